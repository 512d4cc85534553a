// Replica placement by Kafka's own tools and, in 2.5, by its brokers. Kafka: AdminUtils.assignReplicasToBrokers.
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

/// One list per new partition, the first of them `first_partition`. First replicas take the brokers in turn from `start` on, the other
/// replicas are `shift` further, one more after each round; replicas spread over the racks as far as possible. Requires at least as many
/// brokers as replicas, and either all brokers or none with a rack.
std::vector<protocol::IdList> assign_replicas(const std::vector<PlacementBroker>& brokers, std::int32_t partitions,
                                              std::int32_t replication_factor, std::int64_t start, std::int64_t shift,
                                              std::int32_t first_partition = 0);

}  // namespace kafkascope::controller
