// A replica of __cluster_metadata: a voter (controller) or an observer (broker). Kafka: KafkaRaftClient, QuorumState
// and its *State classes. Source: KIP-595 (pull-based Raft), KIP-996 (pre-vote), KAFKA-15489 (check quorum), KIP-835
// (no-op records, which the host writes).
//
// The node is the state machine: it makes the transitions (quorum_state.h) and passes each event to the part that the
// event concerns. What a replica has in every state is in quorum_replica.h; what belongs to a state is in a part of its
// own:
//
//   election   (epoch_election.h)  Unattached, Prospective, Candidate, Resigned: the wait, and the votes
//   following  (follower_state.h)  Follower: fetching, also from any voter while no leader is known
//   leading    (leader_state.h)    Leader: appending, the others' fetches, the high watermark, check quorum
//
// A host (controller, broker) owns a node, passes its callbacks to the node first, and afterwards checks
// high_watermark(), is_leader() and epoch() for changes. The node opens and keeps its own connections (quorum_peers.h).
//
// On disk: the log up to its flushed_offset() (metadata_log.h), and (epoch, vote, leader) in the quorum-state file
// (quorum_state_file.h). A leader counts its own appends only after they are flushed, a follower fetches on only after
// the flush, and a vote is sent only when it is on disk. Snapshots (KIP-630) are made from the host's image, and
// fetched if the leader's log begins too late. Simplified: static voters (controller.quorum.voters).
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/messages_quorum.h"
#include "raft/epoch_election.h"
#include "raft/follower_state.h"
#include "raft/leader_state.h"
#include "raft/quorum_replica.h"

namespace kafkascope::raft {

class QuorumNode {
 public:
  explicit QuorumNode(QuorumOptions options);
  // Defaulted in the source file: their code is long, and every source file that copies a World would compile it again.
  QuorumNode(const QuorumNode&);
  QuorumNode(QuorumNode&&) noexcept;
  QuorumNode& operator=(const QuorumNode&);
  QuorumNode& operator=(QuorumNode&&) noexcept;
  ~QuorumNode();

  /// Forms the node at time 0, before on_start: the log is fully flushed and committed, and the leader of `epoch` is
  /// elected already.
  void preload(const FormedLog& log, LeaderEpoch epoch, BrokerId leader);

  // The host's callbacks, passed to the node first. A result of true means that raft handled the event and the host
  // must not.
  void on_start(Ctx& ctx);
  bool on_message(Ctx& ctx, sim::ConnectionId connection, const Message& message);
  bool on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);  // kinds 100-149
  bool on_disk(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);   // kinds 100-149
  bool on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect why);
  void on_death(sim::Death death, sim::Instant now);

  /// Leader only: takes the records as one batch (scheduleAppend of the active controller) and returns the offset of
  /// the last one, which becomes invalid if the leader resigns before it is written. The batch is written, flushed and
  /// sent to followers when the linger time is over; until then it lies between the log's end and next_append_offset().
  /// On any other node returns -1 and does nothing.
  Offset append(Ctx& ctx, std::vector<MetadataRecord> records);
  /// Leader only: gives up leadership and names successors (EndQuorumEpoch), at an orderly shutdown or after a
  /// controller error.
  void resign(Ctx& ctx);
  /// Called when the host has applied everything up to this image: makes a snapshot if one is due.
  void maybe_snapshot(Ctx& ctx, const protocol::MetadataImage& applied);

  // Views.
  const QuorumOptions& options() const { return replica_.options; }
  bool is_voter() const { return replica_.options.voter; }
  QuorumState state() const { return replica_.state; }
  bool is_leader() const { return replica_.is_leader(); }
  LeaderEpoch epoch() const { return replica_.epoch; }
  /// The leader's id, or the node's own id while it leads; kNoBroker: unknown.
  BrokerId leader() const;
  BrokerId voted_for() const { return replica_.voted_for; }
  /// The exclusive end of the committed log as far as this node knows; 0 after a start until the leader has sent a
  /// value.
  Offset high_watermark() const { return replica_.high_watermark; }
  /// The high watermark that the node reports: -1 on a new leader until its epoch's first record is committed
  /// (QuorumState.highWatermark).
  Offset reported_high_watermark() const;
  /// The written log, without a leader's records that still linger in the accumulator.
  const MetadataLog& log() const { return replica_.log; }
  /// The offset that the next appended record will get (a leader needs a broker's epoch before it writes the record).
  Offset next_append_offset() const { return log().end_offset() + static_cast<std::int64_t>(leading_.accumulated()); }
  /// The snapshot that a host must load before it can read the record at `next`, either when it starts or because the
  /// log begins later. nullptr: the host reads the log (KafkaRaftClient.ListenerContext).
  const Snapshot* snapshot_for(Offset next) const;
  const EpochElection& election() const { return election_; }
  const FollowerState& following() const { return following_; }
  const LeaderState& leading() const { return leading_; }
  /// The voters (including this node) and observers as the leader knows them; empty on other nodes.
  std::vector<ReplicaProgress> replicas() const { return leading_.replicas(replica_); }
  const QuorumMetrics& metrics() const { return replica_.metrics; }
  /// The node in the world on which that controller listens; invalid if unknown.
  sim::NodeId endpoint_of(BrokerId voter) const;

 private:
  // --- states; quorum_node.cpp
  void set_state(Ctx& ctx, QuorumState next, fact::QuorumReason reason);
  void initialize(Ctx& ctx);
  void become_unattached(Ctx& ctx, LeaderEpoch epoch, BrokerId leader, fact::QuorumReason reason);
  void become_follower(Ctx& ctx, LeaderEpoch epoch, BrokerId leader, fact::QuorumReason reason);
  void become_prospective(Ctx& ctx, fact::QuorumReason reason);
  void become_candidate(Ctx& ctx, fact::QuorumReason reason);
  void win(Ctx& ctx);
  void become_leader(Ctx& ctx);
  void become_resigned(Ctx& ctx, fact::QuorumReason reason);
  void follow_or_detach(Ctx& ctx, BrokerId leader, LeaderEpoch epoch, fact::QuorumReason reason);
  void leave_prospective(Ctx& ctx, fact::QuorumReason reason);
  /// Every callback ends with a poll (Kafka: KafkaRaftClient.poll): it acts on what is due, sends what may be sent and
  /// sets the next wake-up.
  void poll(Ctx& ctx);
  sim::Instant poll_state(Ctx& ctx);
  sim::Instant poll_candidate(Ctx& ctx);
  sim::Instant poll_resigned(Ctx& ctx);

  // --- votes, new and ending epochs, responses; quorum_election.cpp
  void handle_vote(Ctx& ctx, sim::ConnectionId connection, const Message& message,
                   const protocol::VoteRequest& request);
  bool can_grant(BrokerId candidate, bool log_up_to_date, bool pre_vote) const;
  sim::Instant send_votes(Ctx& ctx);
  void count_vote(Ctx& ctx, BrokerId voter, bool granted);
  void handle_begin_epoch(Ctx& ctx, sim::ConnectionId connection, const Message& message,
                          const protocol::BeginQuorumEpochRequest& request);
  void handle_end_epoch(Ctx& ctx, sim::ConnectionId connection, const Message& message,
                        const protocol::EndQuorumEpochRequest& request);
  /// Whether the request went well, so that its connection is ready for another one.
  bool handle_response(Ctx& ctx, BrokerId from, const protocol::Body& body);
  /// Kafka: maybeHandleCommonResponse. nullopt: the response is of this epoch, and its own handler must process it;
  /// true: handled, the peer is ready again; false: handled, the peer must back off.
  std::optional<bool> handle_common(Ctx& ctx, protocol::ErrorCode error, BrokerId leader, LeaderEpoch epoch);

  /// EndQuorumEpoch goes to the other voters until each has acknowledged it.
  struct Resignation {
    protocol::IdList successors, unacknowledged;
  };

  QuorumReplica replica_;
  EpochElection election_;
  FollowerState following_;
  LeaderState leading_;
  Resignation resigned_;
  bool preloaded_ = false;                  // the next start continues from the state formed at time 0
  std::vector<sim::ConnectionId> inbound_;  // connections on which raft requests have arrived
  sim::TimerId wake_;
  sim::Instant wake_at_ = sim::kNever;
};

}  // namespace kafkascope::raft
