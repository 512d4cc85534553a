// The clock that timestamps files. Simplified: it ignores the node's clock skew. Comparisons with records' timestamps
// use the node's own clock.
#pragma once
#include <cstdint>

#include "sim/time.h"

namespace kafkascope::storage {

inline std::int64_t wall_ms(sim::Instant now) { return sim::kEpochMs + now.us / 1000; }

}  // namespace kafkascope::storage
