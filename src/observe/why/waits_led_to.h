// What an answer's root led to without a line of its own in the trace: what went back, and what has stood still and waited since.
#pragma once
#include <vector>

#include "observe/why/story.h"

namespace kafkascope::observe {

/// The high watermarks that went back because of the root of this answer; those that stand still, the producers' records and the admin
/// clients' calls that wait, if their own answers rest on that root; a sentence for each of the four.
std::vector<WhyStep> waits_led_to(const Story& story, const Answer& answer);

}  // namespace kafkascope::observe
