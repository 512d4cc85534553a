// The bytes per second of throttled replicas that a broker sends or receives. Kafka: ReplicationQuotaManager,
// SimpleRate; KIP-73. Eleven samples of one second (replication.quota.window.num, .size.seconds); the rate is measured
// from the oldest one.
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>

#include "broker/sampled_sum.h"
#include "protocol/kafka_version.h"
#include "sim/time.h"

namespace kafkascope::broker {

class ReplicationQuota {
 public:
  static constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

  explicit ReplicationQuota(protocol::KafkaVersion version = protocol::KafkaVersion::V4_1)
      : bytes_(11, sim::seconds(1), version == protocol::KafkaVersion::V2_5) {}

  void set_bound(std::int64_t bytes_per_second) { bound_ = bytes_per_second; }
  std::int64_t bound() const { return bound_; }

  void record(sim::Instant now, std::int64_t bytes) {
    bytes_.add(bytes, now);
    bytes_.sum(now);  // expired samples start again (Sensor.record checks the quota)
  }
  bool exceeded(sim::Instant now) {
    const std::int64_t bytes = bytes_.sum(now);
    const std::int64_t window_ms = std::max(bytes_.elapsed(now), bytes_.length()).us / 1000;
    // bytes / window > bound, in integers; a bound is at most some GB/s, and the window eleven seconds.
    return bound_ != kUnlimited && bytes * 1000 > bound_ * window_ms;
  }

 private:
  std::int64_t bound_ = kUnlimited;
  SampledSum bytes_;
};

}  // namespace kafkascope::broker
