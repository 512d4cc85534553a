// The order in which Scala 2.12 goes through what it has grouped by broker: where a hash table's order decides what is written to ZooKeeper.
#pragma once
#include <vector>

#include "protocol/ids.h"

namespace kafkascope::controller {

/// The keys of replicas.groupBy(_.replica), in the order in which a loop meets them. Given in the order in which they are first seen.
/// Up to four are as the mutable.HashMap has them that groupBy fills; more are as in an immutable.HashMap (TraversableLike.groupBy).
std::vector<protocol::BrokerId> in_group_order(std::vector<protocol::BrokerId> brokers);

}  // namespace kafkascope::controller
