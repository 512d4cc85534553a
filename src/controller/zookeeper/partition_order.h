// The order in which Kafka's hash tables list partitions (scala_order.h), where it decides the order of writes to
// ZooKeeper.
#pragma once
#include <vector>

#include "controller/zookeeper/controller_context.h"
#include "controller/zookeeper/scala_order.h"

namespace kafkascope::controller {

using Partitions = std::vector<TopicPartition>;

class PartitionOrder {
 public:
  explicit PartitionOrder(const ControllerContext& context) : context_(context) {}

  znode::NamedPartitions named(const Partitions& partitions) const;
  Partitions ordered(const Partitions& partitions, Places (*order)(const znode::NamedPartitions&)) const;
  /// The partitions in the iteration order of an immutable set or map filled in this order.
  Partitions as_set(const Partitions& partitions) const;
  /// The members of `filtered` that are in `set`, which partitionAssignments produced (in_assignment_order).
  Partitions taken_from(const Partitions& set, const Partitions& filtered) const;
  /// Partitions that wait for a leader (in_waiting_order).
  Partitions waiting(const Partitions& partitions) const;

 private:
  const ControllerContext& context_;
};

}  // namespace kafkascope::controller
