#include "observe/node_config.h"

#include <string>

#include "broker/broker.h"
#include "cluster/cluster.h"

namespace kafkascope::observe {

const protocol::Config& file_config(const cluster::Cluster& cluster, sim::NodeId node) {
  const auto* broker = node.valid() ? cluster.role<broker::Broker>(node) : nullptr;
  return broker == nullptr ? cluster.spec().config : broker->options().config;
}

protocol::Config server_config(const cluster::Cluster& cluster, sim::NodeId node) {
  protocol::Config config = file_config(cluster, node);
  if (!node.valid() || cluster.info(node).kind != cluster::NodeKind::Broker) return config;
  config.overlay(protocol::config_scope::kBroker, cluster.committed().config("broker:"));
  config.overlay(protocol::config_scope::kBroker,
                 cluster.committed().config("broker:" + std::to_string(cluster.info(node).id)));
  return config;
}

}  // namespace kafkascope::observe
