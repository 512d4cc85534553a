// A sum over a sliding window, divided into samples of fixed length: the measure of quotas. Kafka: SampledStat,
// WindowedSum.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/time.h"

namespace kafkascope::broker {

class SampledSum {
 public:
  SampledSum() = default;
  /// `old`: the behaviour of 2.5, in which a sample expires one window after it began. From 3.8 on a sample expires one
  /// window after its last value, so one more sample is kept.
  SampledSum(std::int64_t samples, sim::Duration length, bool old) : samples_(samples), length_(length), old_(old) {}

  void add(std::int64_t value, sim::Instant now) {
    if (ring_.empty()) ring_.push_back({now, now, 0});
    if (now - ring_[current_].start >= length_) {
      const auto most = static_cast<std::size_t>(samples_ + (old_ ? 0 : 1));
      current_ = (current_ + 1) % most;
      if (current_ == ring_.size()) ring_.emplace_back();
      ring_[current_] = {now, now, 0};
    }
    ring_[current_].sum += value;
    ring_[current_].last = now;
  }
  /// The sum of the samples that have not expired. Expired samples restart empty, and elapsed() counts from that time
  /// (SampledStat.purgeObsoleteSamples).
  std::int64_t sum(sim::Instant now) {
    std::int64_t sum = 0;
    for (Sample& s : ring_) {
      if (now - (old_ ? s.start : s.last) >= length_ * samples_) s = {now, now, 0};
      sum += s.sum;
    }
    return sum;
  }
  /// The time since the oldest sample began; call sum() first.
  sim::Duration elapsed(sim::Instant now) {
    if (ring_.empty()) ring_.push_back({now, now, 0});
    sim::Instant oldest = now;
    for (const Sample& s : ring_) oldest = std::min(oldest, s.start);
    return now - oldest;
  }
  sim::Duration length() const { return length_; }

 private:
  struct Sample {
    sim::Instant start, last;
    std::int64_t sum = 0;
  };
  std::int64_t samples_ = 11;
  sim::Duration length_ = sim::seconds(1);
  bool old_ = false;
  std::vector<Sample> ring_;
  std::size_t current_ = 0;
};

}  // namespace kafkascope::broker
