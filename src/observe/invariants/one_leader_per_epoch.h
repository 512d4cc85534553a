// One leader per epoch: of each partition, and of the quorum, whose active controller is one per epoch too.
#pragma once
#include "observe/invariants/violation.h"
#include "observe/world_view.h"
#include "protocol/per_partition.h"
#include "sim/flat_map.h"

namespace kafkascope::observe {

class OneLeaderPerEpoch {
 public:
  static constexpr std::string_view kName = "one-leader-per-epoch";
  static constexpr std::string_view kEn = "In one epoch there is one leader.";
  static constexpr std::string_view kKo = "에포크 하나에 리더는 하나예요.";

  void on_trace(const sim::TraceLine& line, const WorldView& world, Violations& out);

 private:
  protocol::PerPartition<sim::FlatMap<std::int64_t, std::int32_t>>
      leaders_;  // of a partition by epoch: the node; no partition: the quorum's
};

}  // namespace kafkascope::observe
