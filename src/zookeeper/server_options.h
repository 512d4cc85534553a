// The settings of a ZooKeeper server, and the names that the headers of its parts share.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/context.h"
#include "protocol/reasons.h"
#include "protocol/trace_kinds.h"
#include "sim/ids.h"
#include "sim/time.h"
#include "zookeeper/data_tree.h"

namespace kafkascope::zookeeper {

struct QuorumPeer;
using Ctx = protocol::Context;
using protocol::Message;
using protocol::SharedZkOperation;
using protocol::SharedZkTxn;
using protocol::ZkServerState;

struct ServerAddress {
  std::int32_t sid = 0;
  sim::NodeId endpoint;
};

/// zoo.cfg; the default numbers are those of zoo_sample.cfg.
struct ServerOptions {
  std::int32_t sid = 1;                // myid
  std::vector<ServerAddress> servers;  // all servers including this one; the same list on each
  std::int64_t tick_time_ms = 2000;
  std::int64_t init_limit = 10;              // number of ticks that discovery and synchronisation may take
  std::int64_t sync_limit = 5;               // number of ticks of silence allowed between leader and follower
  std::int64_t min_session_timeout_ms = -1;  // -1: 2 ticks
  std::int64_t max_session_timeout_ms = -1;  // -1: 20 ticks

  bool standalone() const { return servers.size() == 1; }
  bool is_quorum(std::size_t count) const { return count > servers.size() / 2; }
  sim::Duration ticks(std::int64_t n) const { return sim::milliseconds(n * tick_time_ms); }
  sim::NodeId endpoint(std::int32_t of) const {
    for (const ServerAddress& server : servers)
      if (server.sid == of) return server.endpoint;
    return sim::kWorld;
  }
};

enum class ServerPhase : std::uint8_t { Election, Discovery, Synchronization, Broadcast };

}  // namespace kafkascope::zookeeper
