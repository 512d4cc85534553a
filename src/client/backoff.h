// Exponential backoff. Kafka: ExponentialBackoff (KIP-580): factor 2, jitter 0.2, in integers.
#pragma once
#include <algorithm>
#include <cstdint>

#include "sim/random.h"
#include "sim/time.h"

namespace kafkascope::client {

struct ExponentialBackoff {
  sim::Duration initial{100000}, max{1000000};

  /// `attempts`: number of failed attempts before this one, from 0.
  sim::Duration after(int attempts, sim::Random& random) const {
    if (initial.us <= 0) return {0};
    if (max <= initial) return max;  // no jitter if it cannot grow
    std::int64_t term = initial.us;
    for (int i = 0; i < attempts && term < max.us; ++i) term *= 2;
    term = std::min(term, max.us);
    const std::int64_t factor_ppm = 800000 + static_cast<std::int64_t>(random.below(400001));
    return {std::min(term * factor_ppm / 1000000, max.us)};
  }
};

}  // namespace kafkascope::client
