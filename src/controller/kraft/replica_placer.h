// Places the replicas of a new topic. Kafka: StripedReplicaPlacer.
#pragma once
#include <string>
#include <vector>

#include "protocol/errors.h"
#include "protocol/ids.h"
#include "sim/random.h"

namespace kafkascope::controller {

/// A registered broker that is not shutting down.
struct UsableBroker {
  protocol::BrokerId id = protocol::kNoBroker;
  std::string rack;  // "": no rack; all brokers without a rack count as one rack
  bool fenced = false;
};

struct Placement {
  protocol::ErrorCode error = protocol::ErrorCode::NONE;  // NONE or INVALID_REPLICATION_FACTOR
  std::string message;
  /// Index = partition; the first replica of each is the preferred leader and is unfenced.
  std::vector<protocol::IdList> partitions;
};

/// Visits the racks, and the brokers in each rack, round robin, each from a random start; each partition starts one
/// place after the previous one. Unfenced brokers precede fenced ones. The brokers may be passed in any order.
Placement place_replicas(const std::vector<UsableBroker>& brokers, int partitions, int replication_factor,
                         sim::Random& random);

}  // namespace kafkascope::controller
