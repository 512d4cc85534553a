#include "observe/judge/zookeeper_truth.h"
#include "zookeeper/server.h"

#include <tuple>

namespace kafkascope::observe {

const zookeeper::Server* zookeeper_truth(const cluster::Cluster& cluster) {
  const zookeeper::Server* best = nullptr;
  for (const sim::NodeId node : cluster.zookeepers()) {
    const zookeeper::Server& server = cluster.zookeeper_server(node);
    if (best == nullptr ||
        std::tuple(server.serving(), server.committed_zxid()) > std::tuple(best->serving(), best->committed_zxid()))
      best = &server;
  }
  return best;
}

std::vector<ZooKeeperSession> zookeeper_sessions(const cluster::Cluster& cluster) {
  std::vector<ZooKeeperSession> all;
  const zookeeper::Server* truth = zookeeper_truth(cluster);
  if (truth == nullptr) return all;
  const sim::NodeId leader = cluster.zookeeper_leader();
  for (const auto& [id, timeout_ms] : truth->tree().sessions()) {
    ZooKeeperSession s;
    s.id = id;
    s.timeout_ms = timeout_ms;
    const auto ephemerals = truth->tree().ephemerals(id);
    s.ephemerals = static_cast<std::int64_t>(ephemerals.size());
    for (const std::string& path : ephemerals)
      if (path.starts_with("/brokers/ids/")) s.owner = "broker-" + std::string(zookeeper::name_of(path));
    for (const sim::NodeId node : cluster.zookeepers()) {
      if (!cluster.alive(node)) continue;
      for (const zookeeper::SessionView& view : cluster.zookeeper_server(node).connected_sessions()) {
        if (view.session != id) continue;
        s.server = node;
        s.owner = cluster.info(view.client).name;
      }
    }
    if (leader.valid()) {
      const auto& tracked = cluster.zookeeper_server(leader).tracker().sessions();
      if (const auto it = tracked.find(id); it != tracked.end()) s.expires = it->second.expires;
    }
    all.push_back(std::move(s));
  }
  return all;
}

}  // namespace kafkascope::observe
