// The clock that files are dated by. Simplified: without the node's skew. What is compared with records' timestamps is given the node's own.
#pragma once
#include <cstdint>

#include "sim/time.h"

namespace kafkascope::storage {

inline std::int64_t wall_ms(sim::Instant now) { return sim::kEpochMs + now.us / 1000; }

}  // namespace kafkascope::storage
