// One server of a ZooKeeper ensemble. Source: ZooKeeper 3.5.7 (Kafka 2.5's): QuorumPeer, FastLeaderElection, Leader,
// LearnerHandler, Follower, Learner, PrepRequestProcessor, CommitProcessor, FinalRequestProcessor, SessionTrackerImpl,
// WatchManager; "ZooKeeper's atomic broadcast protocol" (Medeiros 2012) for ZAB.
//
//   Looking --a quorum votes for it--> Leading: Discovery -> Synchronization -> Broadcast
//   Looking --a quorum votes for another--> Following: the same phases on the follower's side
//   Leading, Following --no quorum in time, no leader in time--> Looking: clients are disconnected
//
// This class passes each of the kernel's callbacks to the part of the server that it concerns (quorum_peer.h), makes
// the transitions above, and wakes the server when something is due.
//
// On disk: transactions up to flushed_zxid() (a crash keeps the page cache, a power failure does not), the snapshot,
// accepted and current epoch. Every server acknowledges what is on its disk; the leader commits, in order, what a
// quorum has acknowledged. A single server (standalone) has neither elections nor epochs: its zxids just count up.
// Simplified: each session's requests wait for its own writes only (3.5: for all of the server's); a returning follower
// gets a DIFF of the last 500 transactions (commitLogCount), or else a SNAP; no observers, no ACLs, no quotas, no
// four-letter words.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "zookeeper/quorum_peer.h"

namespace kafkascope::zookeeper {

class Server {
 public:
  Server() = default;
  explicit Server(ServerOptions options) : peer_(std::move(options)) {}

  /// Formation at time 0, before on_start: this tree is on disk on every
  /// server, under `leader` in epoch 1.
  void preload(const DataTree& tree, std::int32_t leader);

  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, sim::ConnectionId connection, const Message& message);
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);  // kind 160
  void on_disk(Ctx& ctx, std::uint16_t kind,
               std::uint64_t arg);  // kinds 160 (log), 161 (epochs, snapshot)
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect why);
  void on_death(sim::Death death, sim::Instant now);

  // ---- views
  const ServerOptions& options() const { return peer_.options; }
  ZkServerState state() const { return peer_.state; }
  ServerPhase phase() const { return peer_.phase; }
  bool is_active_leader() const { return peer_.is_active_leader(); }
  /// Whether the server accepts clients.
  bool serving() const { return peer_.serving; }
  /// The server that this server follows (itself while it leads); 0: none yet.
  std::int32_t leader() const { return peer_.leader_sid(); }
  std::int32_t epoch() const { return peer_.epochs.current; }
  const Vote& vote() const { return peer_.election.vote(); }  // while Looking: the vote that it sends to the others
  /// While Looking: the choice of each voter, including its own.
  std::map<std::int32_t, std::int32_t> votes() const { return peer_.election.votes(); }
  Zxid last_zxid() const { return peer_.db.last_zxid(); }
  Zxid flushed_zxid() const { return peer_.db.flushed_zxid(); }
  Zxid committed_zxid() const { return peer_.db.committed_zxid(); }
  /// Transactions after the snapshot, oldest first.
  const sim::AppendList<SharedZkTxn>& log() const { return peer_.db.log(); }
  const DataTree& tree() const { return peer_.db.tree(); }  // as of committed_zxid()
  const WatchManager& watches() const { return peer_.clients.watches(); }
  std::vector<SessionView> connected_sessions() const { return peer_.clients.sessions(); }
  /// The leader's session tracker; empty on other servers.
  const SessionTracker& tracker() const { return peer_.leader.tracker(); }
  /// On the leader: the followers that are synchronised.
  std::set<std::int32_t> synced_followers() const { return peer_.leader.synced_followers(); }

 private:
  /// Stops following or leading and looks for a leader again, if there is a reason.
  void start_looking(Ctx& ctx, std::optional<fact::ZkStateReason> reason);
  /// The election has named a leader.
  void lead_or_follow(Ctx& ctx);
  /// Every callback ends with a poll, which does what is due and sets the next
  /// wake-up.
  void poll(Ctx& ctx);
  void poll_state(Ctx& ctx);
  sim::Instant next_poll() const;

  QuorumPeer peer_;
  bool preloaded_ = false;
  sim::TimerId wake_;
  sim::Instant wake_set_ = sim::kNever;
};

}  // namespace kafkascope::zookeeper
