// The order in which a question's choices are shown: drawn by lot, so that their places say nothing (docs/scenario-format.md, "The lesson as a medium").
#pragma once
#include <cstdint>

#include "scenario/scenario.h"

namespace kafkascope::scenario {

/// Puts the choices into the order in which they are shown, and `answer` with them. The lot depends on the seed, the question and the
/// choices' texts, not on where the file has them.
void draw_order(Ask& ask, std::uint64_t seed);

}  // namespace kafkascope::scenario
