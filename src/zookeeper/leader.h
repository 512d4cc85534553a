// Leading: discovery of an epoch, synchronisation of followers, broadcast. Replaced by a new object when the server
// looks for a leader again. ZooKeeper: Leader, LearnerHandler.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "protocol/message.h"
#include "zookeeper/prep_request_processor.h"
#include "zookeeper/session_tracker.h"

namespace kafkascope::zookeeper {

class Leader {
 public:
  /// The server has been elected, or is the only server.
  void begin(Ctx& ctx, QuorumPeer& peer);
  void begin_broadcast(Ctx& ctx, QuorumPeer& peer, Zxid first);
  /// Closes the connections of the learners.
  void close(Ctx& ctx);
  /// Does what is due. Returns a reason if the server must look for a leader again.
  std::optional<fact::ZkStateReason> poll(Ctx& ctx, QuorumPeer& peer);
  sim::Instant next_poll(const QuorumPeer& peer) const;

  // Learners.
  bool has_learner_on(sim::ConnectionId connection) const;
  void handle_follower_info(Ctx& ctx, QuorumPeer& peer, sim::ConnectionId connection,
                            const protocol::ZkFollowerInfo& info);
  void handle(Ctx& ctx, QuorumPeer& peer, sim::ConnectionId connection, const Message& message);
  void on_disconnect(sim::ConnectionId connection);
  /// The leader's epochs are on disk: takes the next step of discovery or synchronisation.
  void epochs_saved(Ctx& ctx, QuorumPeer& peer);
  std::set<std::int32_t> synced_followers() const;

  // Broadcast.
  void propose(Ctx& ctx, QuorumPeer& peer, const WriteRequest& request);
  /// Leader.tryToCommit: commits, in order, the transactions that a quorum has on disk.
  void advance_commit(Ctx& ctx, QuorumPeer& peer);
  void applied(const ZkTxn& txn);
  /// From now on the session may write only through that server. Returns false if there is no such session.
  bool move_session(Ctx& ctx, ZkSessionId session, std::int32_t to);
  void touch(ZkSessionId session, sim::Instant now) { tracker_.touch(session, now); }
  const SessionTracker& tracker() const { return tracker_; }

 private:
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
  Learner* learner_on(sim::ConnectionId connection);
  void handle_ack_epoch(Ctx& ctx, QuorumPeer& peer, Learner& learner, const protocol::ZkAckEpoch& ack);
  void count_epoch_acks(Ctx& ctx, QuorumPeer& peer);
  void synchronize(Ctx& ctx, QuorumPeer& peer, Learner& learner);
  void count_new_leader_acks(Ctx& ctx, QuorumPeer& peer);
  void send_to_forwarding(Ctx& ctx, const protocol::Body& body);
  void close_expired_sessions(Ctx& ctx, QuorumPeer& peer);
  /// Returns false if a quorum does not answer any more.
  bool ping(Ctx& ctx, QuorumPeer& peer);

  std::vector<Learner> learners_;  // sorted by sid

  // Discovery and synchronisation.
  std::int32_t new_epoch_ = 0;         // 0: not yet known
  std::set<std::int32_t> epoch_seen_;  // servers that have reported their accepted epoch, including this one
  std::set<std::int32_t> epoch_acked_;
  bool own_history_on_disk_ = false;  // the leader's own acknowledgement of NEWLEADER
  sim::Instant phase_deadline_ = sim::kNever;

  // Broadcast.
  PrepRequestProcessor requests_;
  SessionTracker tracker_;
  sim::Instant ping_at_ = sim::kNever;
  bool half_tick_ = false;  // every second ping checks whether a quorum still answers
};

}  // namespace kafkascope::zookeeper
