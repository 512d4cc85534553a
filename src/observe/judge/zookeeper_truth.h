// The committed state of a ZooKeeper ensemble, from whichever server is available.
#pragma once
#include <string>
#include <vector>

#include "cluster/cluster.h"

namespace kafkascope::observe {

/// The server with the most committed transactions, preferably a serving one (other servers' trees may hold unconfirmed changes);
/// nullptr: the cluster has no ZooKeeper.
const zookeeper::Server* zookeeper_truth(const cluster::Cluster& cluster);

/// A session that is open.
struct ZooKeeperSession {
  zookeeper::ZkSessionId id = 0;
  std::string owner;  // "broker-2", from its znode under /brokers/ids or from its client; empty: unknown
  std::int32_t timeout_ms = 0;
  sim::Instant expires = sim::kNever;  // as counted by the leader; kNever: there is no leader
  sim::NodeId server;                  // the server its client is connected to; not valid: none
  std::int64_t ephemerals = 0;
};
std::vector<ZooKeeperSession> zookeeper_sessions(const cluster::Cluster& cluster);

}  // namespace kafkascope::observe
