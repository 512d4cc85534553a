// One leader per epoch: of each partition, and of the quorum, whose active controller is one per epoch too.
#pragma once
#include <map>

#include "observe/invariants/violation.h"
#include "observe/world_view.h"

namespace kafkascope::observe {

class OneLeaderPerEpoch {
 public:
  static constexpr std::string_view kName = "one-leader-per-epoch";
  static constexpr std::string_view kEn = "In one epoch there is one leader.";
  static constexpr std::string_view kKo = "에포크 하나에 리더는 하나예요.";

  void on_trace(const sim::TraceLine& line, const WorldView& world, Violations& out);

 private:
  std::map<std::pair<TopicPartition, std::int64_t>, std::int32_t> leaders_;  // (partition, epoch) -> node; no partition: the quorum's
};

}  // namespace kafkascope::observe
