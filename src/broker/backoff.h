// The pause before a broker repeats a request to its controller. Kafka: ExponentialBackoff(100 ms, 2, longest, 0.02),
// as BrokerLifecycleManager and AssignmentsManager create it; computed in integers.
#pragma once
#include <algorithm>
#include <cstdint>

#include "sim/random.h"
#include "sim/time.h"

namespace kafkascope::broker {

/// `failures`: number of failures before this one, from 0.
inline sim::Duration controller_backoff(std::int32_t failures, sim::Duration longest, sim::Random& random) {
  std::int64_t us = sim::milliseconds(100).us;
  for (std::int32_t i = 0; i < failures && us < longest.us; ++i) us *= 2;
  us = std::min(us, longest.us);
  return {std::min(us + us / 50 * random.between(-1000, 1000) / 1000, longest.us)};
}

}  // namespace kafkascope::broker
