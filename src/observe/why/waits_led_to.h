// What an answer's root led to without a line in the trace: what has stood still and waited since.
#pragma once
#include <vector>

#include "observe/why/story.h"

namespace kafkascope::observe {

/// The high watermarks that stand still, the producers' records and the admin clients' calls that wait, if their own
/// answers rest on the root of this one; a sentence for each of the three.
std::vector<WhyStep> waits_led_to(const Story& story, const Answer& answer);

}  // namespace kafkascope::observe
