// The parts of one ZooKeeper server, and what it has in every state. A part keeps no reference to another, because a
// copy of a server is a checkpoint: each call receives the peer. ZooKeeper: QuorumPeer, ZooKeeperServer.
//
//   db        the log, the tree, the epochs on disk       election  looking for a leader
//   clients   sessions, reads, watches                    leader    leading: learners, proposals, session expiry
//                                                         follower  following
#pragma once
#include <cstdint>
#include <utility>

#include "zookeeper/client_connections.h"
#include "zookeeper/database.h"
#include "zookeeper/fast_leader_election.h"
#include "zookeeper/follower.h"
#include "zookeeper/leader.h"
#include "zookeeper/server_options.h"

namespace kafkascope::zookeeper {

struct QuorumPeer {
  QuorumPeer() = default;
  explicit QuorumPeer(ServerOptions given) : options(std::move(given)) {}
  /// Keeps the state on disk, and `stay`.
  void on_death(sim::Death death);

  /// The server that this server follows (itself while it leads); 0: none yet.
  std::int32_t leader_sid() const { return state == ZkServerState::Looking ? 0 : election.vote().leader; }
  /// The server leads in Broadcast: it can commit as long as a quorum answers.
  bool is_active_leader() const { return state == ZkServerState::Leading && phase == ServerPhase::Broadcast; }
  void set_state(Ctx& ctx, ZkServerState next, ServerPhase next_phase, fact::ZkStateReason reason);
  /// Broadcast begins for this server: it accepts clients.
  void established();
  void save_epochs(Ctx& ctx) { db.save(ctx, epochs, stay); }

  // Transactions that are committed.
  void commit_to(Ctx& ctx, Zxid zxid);
  void apply_next(Ctx& ctx);

  // The clients' way to the leader.
  void submit(Ctx& ctx, ZkSessionId session, std::int32_t cxid, std::int32_t timeout_ms, SharedZkOperation operation);
  /// The session is active: the leader updates its expiry; a follower reports it with its next answer to a ping.
  void touch(Ctx& ctx, ZkSessionId session);

  ServerOptions options;
  ZkServerState state = ZkServerState::Looking;
  ServerPhase phase = ServerPhase::Election;
  std::uint64_t stay = 0;  // number of the stay in a state; the result of a write from an earlier stay is ignored
  bool serving = false;
  Epochs epochs;  // in memory
  Database db;
  FastLeaderElection election;
  Leader leader;
  Follower follower;
  ClientConnections clients;

 private:
  void report(Ctx& ctx, const Database::Applied& done) const;
};

}  // namespace kafkascope::zookeeper
