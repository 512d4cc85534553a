// Which topic a node knows by a name: after a deletion and a creation it may still know the earlier one (KIP-516).
#pragma once
#include <string_view>

#include "protocol/ids.h"
#include "sim/ids.h"

namespace kafkascope::cluster {
class Cluster;
}

namespace kafkascope::observe {

/// The id of the topic of that name in the metadata of a broker or a client; kNoTopic: it knows none, or does not run.
protocol::TopicId known_topic(const cluster::Cluster& c, sim::NodeId node, std::string_view name);

}  // namespace kafkascope::observe
