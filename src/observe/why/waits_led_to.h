// What an answer's root led to without a line of its own in the trace: what went back, what has stood still and waited since, and which
// writes were refused.
#pragma once
#include <optional>
#include <vector>

#include "observe/why/story.h"

namespace kafkascope::observe {

/// The writes that leaders refused because their ISRs were below min.insync.replicas, if these answers rest on the root of this one: the
/// first of them with their number. nullopt: none was.
std::optional<WhyStep> refusals_led_to(const Story& story, const Answer& answer);
/// The writes that were refused; the high watermarks that went back because of the root of this answer; those that stand still, the
/// producers' records and the admin clients' calls that wait, if their own answers rest on that root; a sentence for each of the five.
std::vector<WhyStep> waits_led_to(const Story& story, const Answer& answer);

}  // namespace kafkascope::observe
