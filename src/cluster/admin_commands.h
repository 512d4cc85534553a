// Administrative steps as the requests that Kafka's tools would send for them. Nothing is decided here.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "cluster/cluster.h"
#include "protocol/body.h"

namespace kafkascope::cluster {

/// Of all topics together, however they come to be.
inline constexpr std::int64_t kMostPartitions = 200'000;

struct AdminRequests {
  std::vector<protocol::Body> bodies;  // in the order in which they are sent; the last one's answer is the step's
  std::string refused;                 // why the tool itself does not even ask
};

/// random: the tool's own choices (kafka-reassign-partitions --generate).
AdminRequests admin_requests(const Cluster& cluster, const Command& command, sim::Random& random);

}  // namespace kafkascope::cluster
