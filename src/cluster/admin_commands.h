// Administrative steps as the requests that Kafka's tools would send. The cluster decides the results.
#pragma once
#include <cstdint>
#include <vector>

#include "cluster/acts.h"
#include "cluster/cluster.h"
#include "protocol/message.h"
#include "words/message.h"

namespace kafkascope::cluster {

struct AdminRequests {
  std::vector<protocol::Body> bodies;  // in sending order; the step's result is the response to the last one
  words::Message refused;              // why the tool itself refuses without sending a request; empty if it does not
};

/// The entry that the act adds or removes.
protocol::AccessControlEntry entry_of(const act::Acl& acl);

/// random: for the tool's own choices (kafka-reassign-partitions --generate).
AdminRequests admin_requests(const Cluster& cluster, const Command& command, sim::Random& random);

}  // namespace kafkascope::cluster
