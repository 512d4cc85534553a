// Where replicas go by Kafka's own tools and, in 2.5, its brokers. Kafka: AdminUtils.assignReplicasToBrokers.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/ids.h"

namespace kafkascope::controller {

struct PlacementBroker {
  protocol::BrokerId id = protocol::kNoBroker;
  std::string rack;
};

/// One list per new partition, the first of them `first_partition`. Brokers in turn from `start` on, the other replicas `shift` further,
/// one more after each round; over the racks as far as there are any. At least as many brokers as replicas; all have a rack, or none.
std::vector<protocol::IdList> assign_replicas(const std::vector<PlacementBroker>& brokers, std::int32_t partitions,
                                              std::int32_t replication_factor, std::int64_t start, std::int64_t shift,
                                              std::int32_t first_partition = 0);

}  // namespace kafkascope::controller
