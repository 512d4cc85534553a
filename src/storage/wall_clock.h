// The clock that files are dated by. Simplified: without the node's skew.
#pragma once
#include <cstdint>

#include "sim/time.h"

namespace kafkascope::storage {

inline std::int64_t wall_ms(sim::Instant now) { return sim::kEpochMs + now.us / 1000; }

}  // namespace kafkascope::storage
