// The settings that a node of the cluster has.
#pragma once
#include "protocol/config.h"
#include "sim/ids.h"

namespace kafkascope::cluster {
class Cluster;
}

namespace kafkascope::observe {

/// What the node's own file sets. For any node but a broker, or none: the cluster's file.
const protocol::Config& file_config(const cluster::Cluster& cluster, sim::NodeId node);
/// A broker's file, overlaid with the metadata's settings for all brokers and for this broker. For any other node, or none: the
/// cluster's file.
protocol::Config server_config(const cluster::Cluster& cluster, sim::NodeId node);

}  // namespace kafkascope::observe
