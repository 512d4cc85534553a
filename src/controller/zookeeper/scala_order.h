// The iteration order of Scala 2.12 hash tables, where it decides the order of writes to ZooKeeper.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "controller/zookeeper/zk_data.h"
#include "protocol/ids.h"

namespace kafkascope::controller {

/// The keys of replicas.groupBy(_.replica), in iteration order. The input is in the order in which they are first seen.
/// Up to four keys have the order of the mutable.HashMap that groupBy fills; more keys have the order of an
/// immutable.HashMap (TraversableLike.groupBy).
std::vector<protocol::BrokerId> in_group_order(std::vector<protocol::BrokerId> brokers);

/// Partitions whose ISR has changed, in the order of the notification. The input is in the order of the changes,
/// without duplicates. Kafka: IsrChangeNotificationSequenceZNode.encode, which builds one mutable.HashSet from another.
/// Simplified: in Kafka the first set never shrinks. This matters if the set has held fourteen partitions and two
/// partitions of a later notification share a slot.
znode::NamedPartitions in_note_order(const znode::NamedPartitions& changed);

/// The next five functions return indexes into their input, in Kafka's iteration order. Immutable maps and sets keep up
/// to four partitions in insertion order; more partitions are in a trie ordered by their hash.
using Places = std::vector<std::size_t>;
inline constexpr std::size_t kSmallMap = 4;
Places in_trie_order(const znode::NamedPartitions& partitions);
/// The order of an immutable map made from a mutable.HashMap: the states that
/// ReplicaStateMachine.doRemoveReplicasFromIsr has read.
Places in_map_order(const znode::NamedPartitions& filled);
/// All partitions of topics, in the order in which the controller reads their znodes (TopicZNode.encode, decode).
Places in_topic_order(const znode::NamedPartitions& partitions);
/// The partitions that wait for a leader, a subset of `all`, which is in creation order:
/// ControllerContext.partitionsInStates. Simplified: if two of up to four partitions share a bucket, Kafka's order may
/// depend on earlier entries of the table.
Places in_waiting_order(const znode::NamedPartitions& waiting, const znode::NamedPartitions& all);
/// The `wanted` partitions of `all`, topic by topic in creation order, in the order of a set made from
/// ControllerContext.partitionAssignments: partitionsOnBroker, partitionsForTopic, allPartitions. Simplified: if two
/// topics, or two partitions, share a bucket, Kafka orders them as the controller learned of them.
Places in_assignment_order(const znode::NamedPartitions& wanted, const znode::NamedPartitions& all);

/// Names in the order of an immutable set filled in this order.
std::vector<std::string> in_name_set_order(std::vector<std::string> names);
/// Up to six children of a znode in ZooKeeper's order, which is that of a Java HashSet; the input is in creation order.
/// Simplified: assumes that the set has never held more children.
std::vector<std::string> in_child_order(std::vector<std::string> names);

}  // namespace kafkascope::controller
