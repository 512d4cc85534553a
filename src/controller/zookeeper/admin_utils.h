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

/// One list per new partition, beginning with number `first_partition`. The first replicas use the brokers in turn from
/// index `start` on; the other replicas are `shift` places further, and `shift` grows by one after each round; replicas
/// are spread over the racks as far as possible. Requires at least as many brokers as replicas, and that all brokers
/// have a rack or none has.
std::vector<protocol::IdList> assign_replicas(const std::vector<PlacementBroker>& brokers, std::int32_t partitions,
                                              std::int32_t replication_factor, std::int64_t start, std::int64_t shift,
                                              std::int32_t first_partition = 0);

}  // namespace kafkascope::controller
