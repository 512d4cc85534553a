// One server of a ZooKeeper ensemble. Source: ZooKeeper 3.5.7 (Kafka 2.5's): QuorumPeer, FastLeaderElection, Leader,
// LearnerHandler, Follower, Learner, PrepRequestProcessor, CommitProcessor, FinalRequestProcessor, SessionTrackerImpl,
// WatchManager; "ZooKeeper's atomic broadcast protocol" (Medeiros 2012) for ZAB.
//
//   Looking --(a quorum votes for it)--> Leading: Discovery -> Synchronization -> Broadcast
//   Looking --(a quorum votes for another)--> Following: the same phases on the follower's side
//   Leading, Following --(no quorum in time, no leader in time)--> Looking: clients are disconnected
//
// On disk: transactions up to flushed_zxid() (a crash keeps the page cache, a power failure does not), the snapshot,
// accepted and current epoch. Every server acknowledges what is on its disk; the leader commits, in order, what a
// quorum has acknowledged. A single server (standalone) has neither elections nor epochs: its zxids just count up.
// Simplified: each session's requests wait for its own writes only (3.5: for all of the server's); a returning follower
// gets a DIFF of the last 500 transactions (commitLogCount), or else a SNAP; no observers, no ACLs, no quotas, no
// four-letter words.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/message.h"
#include "protocol/reasons.h"
#include "sim/append_list.h"
#include "zookeeper/data_tree.h"
#include "zookeeper/session_tracker.h"
#include "zookeeper/watch_manager.h"

namespace kafkascope::zookeeper {

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
};

enum class ServerPhase : std::uint8_t { Election, Discovery, Synchronization, Broadcast };

class Server {
 public:
  Server() = default;
  explicit Server(ServerOptions options);

  /// Formation at time 0, before on_start: this tree is on disk on every server, under `leader` in epoch 1.
  void preload(const DataTree& tree, std::int32_t leader);

  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, sim::ConnectionId connection, const Message& message);
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);  // kind 160
  void on_disk(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);   // kinds 160 (log), 161 (epochs, snapshot)
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect why);
  void on_death(sim::Death death, sim::Instant now);

  // ---- views
  struct Vote {
    std::int32_t leader = 0;
    Zxid zxid;
    std::int32_t peer_epoch = 0;
    friend bool operator==(const Vote&, const Vote&) = default;
  };
  /// A session that is connected to this server.
  struct SessionView {
    ZkSessionId session = 0;
    sim::NodeId client;
  };
  const ServerOptions& options() const { return options_; }
  ZkServerState state() const { return state_; }
  ServerPhase phase() const { return phase_; }
  /// The server leads in Broadcast: it can commit as long as a quorum answers.
  bool is_active_leader() const { return state_ == ZkServerState::Leading && phase_ == ServerPhase::Broadcast; }
  /// Whether the server accepts clients.
  bool serving() const { return serving_; }
  /// The server that this server follows (itself while it leads); 0: none yet.
  std::int32_t leader() const { return state_ == ZkServerState::Looking ? 0 : vote_.leader; }
  std::int32_t epoch() const { return current_epoch_; }
  const Vote& vote() const { return vote_; }           // while Looking: the vote that it sends to the others
  std::map<std::int32_t, std::int32_t> votes() const;  // while Looking: the choice of each voter, including its own
  Zxid last_zxid() const { return log_.empty() ? snapshot_.zxid() : log_.back()->zxid; }
  Zxid flushed_zxid() const { return zxid_at(flushed_); }
  Zxid committed_zxid() const { return zxid_at(applied_); }
  /// Transactions after the snapshot, oldest first.
  const sim::AppendList<SharedZkTxn>& log() const { return log_; }
  const DataTree& tree() const { return tree_; }  // as of committed_zxid()
  const WatchManager& watches() const { return watches_; }
  std::vector<SessionView> connected_sessions() const;
  /// The leader's session tracker; empty on other servers.
  const SessionTracker& tracker() const { return tracker_; }
  std::set<std::int32_t> synced_followers() const;  // on the leader: the followers that are synchronised

 private:
  // --- election; server_election.cpp
  struct Ballot {
    Vote vote;
    std::int64_t election_epoch = 0;
    ZkServerState state = ZkServerState::Looking;
  };
  using Ballots = std::map<std::int32_t, Ballot>;  // by the voter's sid
  void start_looking(Ctx& ctx, fact::ZkStateReason reason);
  void handle_notification(Ctx& ctx, const protocol::ZkNotification& n);
  void send_notification(Ctx& ctx, std::int32_t to);
  void send_notifications(Ctx& ctx);
  void adopt(Ctx& ctx, const Vote& vote);
  void count_ballots(Ctx& ctx);
  bool follow_established(Ctx& ctx, const Ballot& told);
  void lead_or_follow(Ctx& ctx);
  void poll_election(Ctx& ctx);

  // --- leading; server_leader.cpp
  struct Learner {
    std::int32_t sid = 0;
    sim::ConnectionId connection;
    std::int32_t accepted_epoch = 0;
    bool acked_epoch = false;  // ACKEPOCH was received
    protocol::ZkAckEpoch at;   // epoch and zxid in that ACKEPOCH
    bool forwarding = false;   // receives proposals and commits
    bool synced = false;       // has acknowledged NEWLEADER
    Zxid history_end;          // the last zxid sent before NEWLEADER
    Zxid acked;                // the last zxid on the learner's disk
    sim::Instant last_heard;
  };
  void lead(Ctx& ctx);
  void handle_follower_info(Ctx& ctx, sim::ConnectionId connection, const protocol::ZkFollowerInfo& info);
  void handle_from_learner(Ctx& ctx, sim::ConnectionId connection, const Message& message);
  void propose_epoch(Ctx& ctx);
  void tell_epoch(Ctx& ctx, const Learner& learner);
  void count_epoch_acks(Ctx& ctx);
  void synchronize(Ctx& ctx, Learner& learner);
  void count_new_leader_acks(Ctx& ctx);
  void begin_broadcast(Ctx& ctx, Zxid first);
  void send_to_forwarding(Ctx& ctx, const protocol::Body& body);
  bool move_session(Ctx& ctx, ZkSessionId session, std::int32_t to);
  void propose(Ctx& ctx, ZkTxn txn);
  void advance_commit(Ctx& ctx);
  void poll_leader(Ctx& ctx);
  Learner* learner_on(sim::ConnectionId connection);

  // --- following; server_follower.cpp
  void follow(Ctx& ctx);
  void connect_to_leader(Ctx& ctx);
  void handle_from_leader(Ctx& ctx, const Message& message);
  void handle_sync(Ctx& ctx, const protocol::ZkSync& sync);
  void acknowledge(Ctx& ctx, std::size_t from);
  void poll_follower(Ctx& ctx);

  // --- requests of clients; server_clients.cpp
  struct Waiting {
    std::int32_t xid = 0;
    protocol::Body body;  // ZkRequest, ZkPingRequest, ZkSetWatchesRequest
  };
  struct ClientConnection {
    sim::ConnectionId connection;
    sim::NodeId node;
    ZkSessionId session = 0;
    std::int32_t timeout_ms = 0;
    bool established = false;   // the session is open, and this server has told the client so
    std::deque<Waiting> queue;  // in order; the front request waits for its commit
  };
  ClientConnection* client_on(sim::ConnectionId connection);
  ClientConnection* client_of(ZkSessionId session);
  void handle_connect(Ctx& ctx, sim::ConnectionId connection, const protocol::ZkConnectRequest& request);
  void finish_session(Ctx& ctx, ZkSessionId session, bool valid);
  void handle_from_client(Ctx& ctx, ClientConnection& client, const Message& message);
  void work_off(Ctx& ctx, ClientConnection& client);
  void set_watches(Ctx& ctx, ClientConnection& client, const protocol::ZkSetWatchesRequest& request);
  protocol::SharedZkResult read(ClientConnection& client, const ZkOperation& operation);
  /// Answers the client of this server whose transaction has been applied.
  void answer_write(Ctx& ctx, const ZkTxn& txn, ZkResult result);
  void submit(Ctx& ctx, ZkSessionId session, std::int32_t cxid, std::int32_t timeout_ms, SharedZkOperation operation);
  void touch(Ctx& ctx, ZkSessionId session);
  void drop_client(Ctx& ctx, sim::ConnectionId connection);
  void notify(Ctx& ctx, ClientConnection& client, ZnodeChange change);
  void fire(Ctx& ctx, const std::vector<ZnodeChange>& changes);

  // --- requests become transactions, on the leader; server_prepare.cpp
  struct Prospect {  // a znode as it will be when all proposals are committed (ChangeRecord)
    Zxid zxid;
    bool exists = false;
    std::int32_t version = 0, cversion = 0, children = 0;
    ZkSessionId owner = 0;
  };
  using Prospects = std::map<std::string, Prospect, std::less<>>;
  void prepare(Ctx& ctx, ZkSessionId session, std::int32_t cxid, std::int32_t owner, std::int32_t timeout_ms,
               const ZkOperation& operation);
  Prospect prospect(const Prospects& pending, std::string_view path) const;
  ZkError prepare_one(const ZkOperation& operation, ZkSessionId session, Prospects& pending, ZkTxn& txn) const;
  ZkError prepare_multi(const ZkOperation& operation, ZkSessionId session, Prospects& pending, ZkTxn& txn) const;
  void prepare_close(ZkSessionId session, Prospects& pending) const;

  // --- log, disk, applying; server_log.cpp
  struct Flush {
    std::uint64_t number = 0;
    std::size_t log_size = 0;  // number of log entries on disk when the flush is done
    std::int32_t accepted_epoch = 0, current_epoch = 0;
    std::uint64_t stay = 0;  // the stay (stay_) that continues when the flush is done; 0: the flush is of the log only
  };
  void append(Ctx& ctx, SharedZkTxn txn);
  void flush_log(Ctx& ctx);
  void save_state(Ctx& ctx);
  void start_flush(Ctx& ctx, std::uint16_t kind, std::uint64_t stay, std::uint64_t bytes);
  void commit_to(Ctx& ctx, Zxid zxid);
  void apply_next(Ctx& ctx);
  void report(Ctx& ctx, const ZkTxn& txn, const ZkResult& result, const std::vector<ZnodeChange>& changes);
  void truncate_log(Ctx& ctx, Zxid to);
  void replace_database(const DataTree& tree);
  /// Applies the whole log, committed or not: before an election (ZKDatabase.fastForwardDataBase) and at a start.
  void fast_forward();
  /// The number of transactions in the log up to and including `zxid`.
  std::size_t position_after(Zxid zxid) const;
  Zxid zxid_at(std::size_t count) const { return count == 0 ? snapshot_.zxid() : log_[count - 1]->zxid; }

  void set_state(Ctx& ctx, ZkServerState state, ServerPhase phase, fact::ZkStateReason reason);
  /// The epochs, and everything written before them, are on disk: takes the next step of discovery or synchronisation.
  void state_saved(Ctx& ctx);
  /// Every callback ends with a poll, which does what is due and sets the next wake-up.
  void poll(Ctx& ctx);
  void wake_at(sim::Instant at) { next_wake_ = std::min(next_wake_, at); }
  bool standalone() const { return options_.servers.size() == 1; }
  bool heard_of_late(const Learner& learner, sim::Instant now) const {
    return now - learner.last_heard <= ticks(options_.sync_limit);
  }
  bool quorum(std::size_t count) const { return count > options_.servers.size() / 2; }
  sim::NodeId endpoint(std::int32_t sid) const;
  sim::Duration ticks(std::int64_t n) const { return sim::milliseconds(n * options_.tick_time_ms); }

  ServerOptions options_;

  // State on disk.
  DataTree snapshot_;
  sim::AppendList<SharedZkTxn> log_;  // transactions after the snapshot
  std::size_t flushed_ = 0;           // number of transactions in log_ that are on disk
  std::int32_t saved_accepted_epoch_ = 0, saved_current_epoch_ = 0;
  struct OldDisk {
    DataTree snapshot;
    sim::AppendList<SharedZkTxn> log;
    std::size_t flushed = 0;
  };
  std::optional<OldDisk> before_snap_;  // the disk's content before a SNAP that has not been flushed; a crash restores
                                        // it
  bool preloaded_ = false;

  // State in memory.
  ZkServerState state_ = ZkServerState::Looking;
  ServerPhase phase_ = ServerPhase::Election;
  std::uint64_t stay_ = 0;  // counts changes of state; work begun during an earlier stay is ignored
  bool serving_ = false;
  DataTree tree_;
  std::size_t applied_ = 0;  // number of log entries applied
  std::int32_t accepted_epoch_ = 0, current_epoch_ = 0;
  std::uint64_t next_flush_ = 1;
  std::vector<Flush> flushing_;
  sim::TimerId wake_;
  sim::Instant next_wake_ = sim::kNever, wake_set_ = sim::kNever;

  // State of the election.
  std::map<std::int32_t, sim::ConnectionId> links_;  // outgoing connections for notifications
  std::int64_t election_epoch_ = 0;                  // the logical clock
  Vote vote_;
  Ballots ballots_;  // the votes of this round, including this server's
  Ballots outside_;  // the votes of servers that have a leader
  sim::Instant notify_at_ = sim::kNever;
  sim::Duration notify_every_;
  sim::Instant settle_at_ = sim::kNever;  // a quorum agrees; until this time the server waits for a better vote

  // State of a leader.
  std::vector<Learner> learners_;      // sorted by sid
  std::int32_t new_epoch_ = 0;         // 0: not yet known
  std::set<std::int32_t> epoch_seen_;  // servers that have reported their accepted epoch, including this one
  std::set<std::int32_t> epoch_acked_;
  bool own_history_on_disk_ = false;  // the leader's own acknowledgement of NEWLEADER
  Zxid next_zxid_;
  Prospects prospects_;
  SessionTracker tracker_;
  sim::Instant phase_deadline_ = sim::kNever;
  sim::Instant ping_at_ = sim::kNever;
  bool half_tick_ = false;  // every second ping checks whether a quorum still answers

  // State of a follower.
  sim::ConnectionId leader_connection_;
  std::int32_t attempts_ = 0;
  sim::Instant connect_at_ = sim::kNever;
  sim::Instant leader_heard_;
  bool new_leader_received_ = false;  // NEWLEADER was received; its acknowledgement waits for the disk

  // Clients of this server.
  std::vector<ClientConnection> clients_;
  WatchManager watches_;
  ZkSessionId next_session_ = 0;
  std::set<ZkSessionId> touched_;  // on a follower: the sessions active since the leader's last ping
};

}  // namespace kafkascope::zookeeper
