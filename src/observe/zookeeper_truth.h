// What a ZooKeeper ensemble has agreed on, whoever of its servers is there to be asked.
#pragma once
#include <string>
#include <vector>

#include "cluster/cluster.h"

namespace kafkascope::observe {

/// The server that has committed most, one that serves if there is one (the others' trees hold what nobody has confirmed);
/// nullptr: the cluster has no ZooKeeper.
const zookeeper::Server* zookeeper_truth(const cluster::Cluster& cluster);

/// A session that is open.
struct ZooKeeperSession {
  zookeeper::ZkSessionId id = 0;
  std::string owner;  // "broker-2", by its znode under /brokers/ids or by its client; empty: unknown
  std::int32_t timeout_ms = 0;
  sim::Instant expires = sim::kNever;  // as the leader counts; kNever: there is no leader
  sim::NodeId server;                  // that its client is connected to; not valid: none
  std::int64_t ephemerals = 0;
};
std::vector<ZooKeeperSession> zookeeper_sessions(const cluster::Cluster& cluster);

}  // namespace kafkascope::observe
