// What to select for a sentence about the present: each sentence of an answer leads to its moment or to an object.
#pragma once
#include "observe/why/story.h"

namespace kafkascope::observe {

/// Gives each sentence about the present that has no subject one: what its words name, or what the question is about, or the subject of
/// another sentence. What is said of the whole cluster leads to its active controller.
void give_subjects(const Story& story, Answer& answer);

}  // namespace kafkascope::observe
