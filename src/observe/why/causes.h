// The chain of causes of a trace line, as a person expects it.
#pragma once
#include <cstdint>
#include <vector>

#include "observe/why/story.h"

namespace kafkascope::observe {

/// The causes from the origin to the line, oldest first; empty if the line was not stored. Like TraceStore::chain,
/// message by message, with one exception: a timer that found a broker or group member silent has only earlier timers
/// as its cause, so these are replaced by the last heartbeat, the death of the silent node if it died, and the verdict.
std::vector<const sim::TraceLine*> causes(const Story& story, std::uint64_t seq);
/// The same; but for a truncated log or a grown ISR it gives the reason instead of the preceding fetches
/// (reasons_of_logs.cpp).
std::vector<const sim::TraceLine*> with_reason(const Story& story, std::vector<const sim::TraceLine*> chain);

}  // namespace kafkascope::observe
