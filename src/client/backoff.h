// Exponential backoff. Kafka: ExponentialBackoff (KIP-580): factor 2, jitter 0.2, computed in integers.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>

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

/// A request that succeeded is not sent again before the first backoff is over. Kafka:
/// RequestState.onSuccessfulAttempt.
class PauseAfterSuccess {
 public:
  void succeeded(sim::Instant now) { at_ = now; }
  /// When the request may be sent again. The jitter is drawn only if it can matter.
  sim::Instant until(sim::Instant now, const ExponentialBackoff& backoff, sim::Random& random) {
    const sim::Instant at = std::exchange(at_, sim::kNever);
    if (at != sim::kNever && now < at + backoff.initial + sim::Duration{backoff.initial.us / 5})
      until_ = at + backoff.after(0, random);
    return until_;
  }

 private:
  sim::Instant at_ = sim::kNever, until_{0};
};

}  // namespace kafkascope::client
