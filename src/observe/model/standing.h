// What the numbers of a partition or a reader say about it: "below min.insync.replicas", "two records behind". These rules
// exist only here. The snapshot, the state document, MBeans, "Why?" and the tools supply their own numbers: the committed
// ones, or those that one node believes.
#pragma once
#include <algorithm>
#include <cstdint>

#include "protocol/ids.h"

namespace kafkascope::protocol {
struct PartitionRegistration;
}

namespace kafkascope::observe {

struct Standing {
  bool led = false;
  int replicas = 0;  // without those that are being added. Kafka: OngoingReassignmentState.replicationFactor
  int in_sync = 0;
  int min_isr = 1;

  bool offline() const { return !led; }
  // Only a leader knows these, so without a leader all of them are false.
  bool under_replicated() const { return led && in_sync < replicas; }
  bool under_min_isr() const { return led && in_sync < min_isr; }
  bool at_min_isr() const { return led && in_sync == min_isr; }
};

Standing standing_of(const protocol::PartitionRegistration& partition, int min_isr);

/// Whether the leader is not the first in the list of replicas; also true if there is no leader.
template <class Leader, class Replicas>
bool off_preferred(Leader leader, const Replicas& replicas) {
  return replicas.empty() || leader != *replicas.begin();
}

/// The numbers of partitions that are …
struct Standings {
  std::int64_t offline = 0, under_replicated = 0, under_min_isr = 0, at_min_isr = 0;
  void add(const Standing& s) {
    offline += s.offline();
    under_replicated += s.under_replicated();
    under_min_isr += s.under_min_isr();
    at_min_isr += s.at_min_isr();
  }
};

/// The number of offsets from the position to the end. 0: the log ends before the position, as after a truncation.
inline std::int64_t lag_of(protocol::Offset end, protocol::Offset position) {
  return std::max<std::int64_t>(0, end - position);
}

/// The distances from a consumer's position to three ends of its leader's log.
struct Lags {
  std::int64_t to_high_watermark, to_log_end, to_last_stable;
};
template <class Log>
Lags lags_of(const Log& leader, protocol::Offset position) {
  return {lag_of(leader.high_watermark(), position), lag_of(leader.log_end_offset(), position),
          lag_of(leader.last_stable_offset(), position)};
}

}  // namespace kafkascope::observe
