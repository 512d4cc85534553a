// How many bytes per second of throttled replicas a broker sends, or takes. Kafka: ReplicationQuotaManager, SimpleRate, SampledStat;
// KIP-73. Eleven samples of one second (replication.quota.window.num, .size.seconds); the rate counts from the oldest one.
#pragma once
#include <cstdint>
#include <deque>
#include <limits>

#include "sim/time.h"

namespace kafkascope::broker {

class ReplicationQuota {
 public:
  static constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

  void set_bound(std::int64_t bytes_per_second) { bound_ = bytes_per_second; }
  std::int64_t bound() const { return bound_; }

  void record(sim::Instant now, std::int64_t bytes) {
    if (samples_.empty() || now - samples_.back().start >= kWindow) samples_.push_back({now, now, 0});
    samples_.back().bytes += bytes;
    samples_.back().last = now;
    purge(now);
  }
  bool exceeded(sim::Instant now) {
    if (bound_ == kUnlimited) return false;
    purge(now);
    std::int64_t bytes = 0;
    for (const Sample& s : samples_) bytes += s.bytes;
    if (bytes == 0) return false;
    const std::int64_t elapsed_ms = (now - samples_.front().start).us / 1000;
    const std::int64_t window_ms = elapsed_ms > kWindow.us / 1000 ? elapsed_ms : kWindow.us / 1000;
    // bytes / window > bound, without a fraction; bound is at most some GB/s and the window eleven seconds.
    return bytes * 1000 > bound_ * window_ms;
  }

 private:
  static constexpr sim::Duration kWindow = sim::seconds(1);
  static constexpr int kSamples = 11;
  struct Sample {
    sim::Instant start, last;
    std::int64_t bytes = 0;
  };
  /// A sample counts until the window has passed since its last value (SampledStat.purgeObsoleteSamples, since 3.8).
  void purge(sim::Instant now) {
    while (!samples_.empty() && now - samples_.front().last >= kWindow * kSamples) samples_.pop_front();
  }

  std::int64_t bound_ = kUnlimited;
  std::deque<Sample> samples_;
};

}  // namespace kafkascope::broker
