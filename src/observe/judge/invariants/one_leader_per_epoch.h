// One leader per epoch, of each partition and of the quorum, which also has one active controller per epoch. Two processes with one broker
// id are one broker: Kafka distinguishes them only by the broker epoch, and the unregistered one also leads, by the
// other's metadata.
#pragma once
#include <set>
#include <utility>

#include "observe/judge/invariants/violation.h"
#include "observe/judge/world_view.h"
#include "protocol/per_partition.h"
#include "sim/flat_map.h"
#include "words/key.h"

namespace kafkascope::observe {

class OneLeaderPerEpoch {
 public:
  static constexpr std::string_view kName = "one-leader-per-epoch";
  static constexpr words::Key kWords = "invariant.one_leader_per_epoch"_w;

  void on_trace(const sim::TraceLine& line, const WorldView& world, Violations& out);

 private:
  protocol::PerPartition<sim::FlatMap<std::int64_t, std::int32_t>>
      leaders_;  // by epoch: the broker's id; for the quorum, which has no partition, the node
  std::set<std::pair<TopicPartition, std::int64_t>> told_;
};

}  // namespace kafkascope::observe
