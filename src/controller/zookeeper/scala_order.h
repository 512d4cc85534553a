// The order in which Scala 2.12 goes through what it has grouped by broker: where a hash table's order decides what is written to ZooKeeper.
#pragma once
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

}  // namespace kafkascope::controller
