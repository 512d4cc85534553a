// The order in which Scala 2.12 goes through hash tables: where it decides in which order something is written to ZooKeeper.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "controller/zookeeper/zk_data.h"
#include "protocol/ids.h"

namespace kafkascope::controller {

/// The keys of replicas.groupBy(_.replica), in the order in which a loop meets them. Given in the order in which they are first seen.
/// Up to four are as the mutable.HashMap has them that groupBy fills; more are as in an immutable.HashMap (TraversableLike.groupBy).
std::vector<protocol::BrokerId> in_group_order(std::vector<protocol::BrokerId> brokers);

/// Partitions whose ISR has changed, in the order in which the note has them. Given in the order of the changes; each is in the note once.
/// Kafka: IsrChangeNotificationSequenceZNode.encode, which makes one mutable.HashSet of another. Simplified: the first keeps the size in Kafka
/// that it has grown to once, which matters when it has held fourteen partitions and two of a later note fall on one place.
znode::NamedPartitions in_note_order(const znode::NamedPartitions& changed);

/// The next five give places in what they are given, in the order in which Kafka comes to them. Up to four partitions immutable maps and sets keep
/// in the order in which they were put in; more are in a trie by their hash, whatever that order was.
using Places = std::vector<std::size_t>;
inline constexpr std::size_t kSmallMap = 4;
Places in_trie_order(const znode::NamedPartitions& partitions);
/// As immutable maps have them that were made of a mutable.HashMap: what ReplicaStateMachine.doRemoveReplicasFromIsr has read.
Places in_map_order(const znode::NamedPartitions& filled);
/// All partitions of topics, as the controller has them that reads their znodes (TopicZNode.encode, decode).
Places in_topic_order(const znode::NamedPartitions& partitions);
/// Those of `all`, which are in the order in which they were made, that wait for a leader: ControllerContext.partitionsInStates. Simplified: where
/// two of up to four fall on one place, Kafka's own order may be that of another life of theirs.
Places in_waiting_order(const znode::NamedPartitions& waiting, const znode::NamedPartitions& all);
/// Those of `all`, topic by topic in the order in which they were made, as a set of them is made of ControllerContext.partitionAssignments:
/// partitionsOnBroker, partitionsForTopic, allPartitions. Simplified: where two topics, or two partitions, fall on one place, Kafka's own order is
/// that in which this controller has heard of them.
Places in_assignment_order(const znode::NamedPartitions& wanted, const znode::NamedPartitions& all);

/// Names as an immutable set has them that they are put in in this order.
std::vector<std::string> in_name_set_order(std::vector<std::string> names);
/// Up to six children of a znode as ZooKeeper names them, given as they were created: a Java HashSet. Simplified: one that has never held more.
std::vector<std::string> in_child_order(std::vector<std::string> names);

}  // namespace kafkascope::controller
