#include "observe/model/node_config.h"

#include <string>

#include "broker/broker.h"
#include "cluster/cluster.h"

namespace kafkascope::observe {

protocol::Config server_config(const cluster::Cluster& cluster, sim::NodeId node) {
  const auto* broker = node.valid() ? cluster.role<broker::Broker>(node) : nullptr;
  if (broker == nullptr) return cluster.spec().config;
  protocol::Config config = broker->options().config;
  config.overlay(protocol::config_scope::kBroker, cluster.committed().config("broker:"));
  config.overlay(protocol::config_scope::kBroker,
                 cluster.committed().config("broker:" + std::to_string(cluster.info(node).id)));
  return config;
}

}  // namespace kafkascope::observe
