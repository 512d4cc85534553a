// What a replica keeps while it leads: the records that wait for their batch, the progress of the other replicas, the
// high watermark that follows from it, fetches that wait for records, and whether a majority still fetches. Replaced by
// a new object when the replica stops leading. Kafka: LeaderState, BatchAccumulator,
// KafkaRaftClient.handleFetchRequest, handleFetchSnapshotRequest, maybeAppendBatches. Source: KIP-595, KIP-1166.
#pragma once
#include <cstdint>
#include <deque>
#include <vector>

#include "protocol/messages_quorum.h"
#include "raft/quorum_replica.h"

namespace kafkascope::raft {

/// What a leader knows of a replica (LeaderState.ReplicaState).
struct ReplicaProgress {
  BrokerId id = kNoBroker;
  Offset end_offset;            // -1 until the replica has fetched from this leader
  sim::Instant last_fetch{-1};  // -1 us: never
  sim::Instant last_caught_up{-1};
  bool acknowledged = false;  // whether the replica has answered BeginQuorumEpoch or fetched
  Offset leader_end_at_last_fetch;
};

class LeaderState {
 public:
  // The term.
  /// Formation at time 0: the replica is already the leader, and its whole log is committed.
  void preload(const QuorumReplica& replica);
  /// The process of a leader formed at time 0 starts.
  void start_formed(sim::Instant now, const QuorumOptions& options);
  /// The replica has been elected: it writes the first record of its epoch.
  void begin(Ctx& ctx, QuorumReplica& replica);
  /// Called when the replica has stopped leading: refuses the waiting fetches, so that their senders look for the new
  /// leader.
  void refuse_parked(Ctx& ctx, QuorumReplica& replica);
  /// The offset of the leader's LeaderChange record; -1 on other nodes.
  Offset epoch_start() const { return epoch_start_; }
  /// Does what is due; returns the time of the next call.
  sim::Instant poll(Ctx& ctx, QuorumReplica& replica);

  // Appending.
  void accumulate(sim::Instant now, const QuorumOptions& options, std::vector<MetadataRecord> records);
  std::size_t accumulated() const { return accumulated_.size(); }

  // Fetches, on any replica: one that does not lead refuses them.
  void handle_fetch(Ctx& ctx, QuorumReplica& replica, sim::ConnectionId connection, const Message& message,
                    const protocol::QuorumFetchRequest& request);
  void handle_fetch_snapshot(Ctx& ctx, QuorumReplica& replica, sim::ConnectionId connection, const Message& message,
                             const protocol::FetchSnapshotRequest& request);
  void on_disconnect(sim::ConnectionId connection);

  // The high watermark.
  /// -1 until a majority has reached the epoch's start.
  Offset high_watermark() const { return high_watermark_; }
  void advance_high_watermark(Ctx& ctx, QuorumReplica& replica);

  // The other replicas.
  /// The voters (including this node) and observers.
  std::vector<ReplicaProgress> replicas(const QuorumReplica& replica) const;
  void acknowledge(BrokerId voter) { progress_of(voter).acknowledged = true; }
  /// The other voters, ordered by the length of their logs, the longest first.
  protocol::IdList successors(const QuorumPeers& peers) const;
  sim::Instant check_quorum_due() const { return check_quorum_deadline_; }

 private:
  struct Parked {
    sim::ConnectionId connection;
    std::int32_t correlation_id = 0;
    protocol::QuorumFetchRequest request;
    sim::Instant deadline;
  };
  void append(Ctx& ctx, QuorumReplica& replica, SharedMetadataEntry entry);
  void drain(Ctx& ctx, QuorumReplica& replica);
  protocol::QuorumFetchResponse answer_fetch(Ctx& ctx, QuorumReplica& replica,
                                             const protocol::QuorumFetchRequest& request, bool count_it);
  void park(Parked fetch);
  void wake_parked(Ctx& ctx, QuorumReplica& replica);
  void answer_parked(Ctx& ctx, QuorumReplica& replica, const Parked& fetch);
  void note_fetch(Ctx& ctx, QuorumReplica& replica, const protocol::QuorumFetchRequest& request);
  void note_check_quorum(sim::Instant now, const QuorumOptions& options, BrokerId voter);
  void restart_check_quorum(sim::Instant now, const QuorumOptions& options);
  sim::Instant send_begin_epoch(Ctx& ctx, QuorumReplica& replica);
  ReplicaProgress& progress_of(BrokerId id);

  Offset epoch_start_;
  Offset high_watermark_;
  std::vector<ReplicaProgress> progress_;  // sorted by id; a leader's own entry is made on demand
  std::deque<Parked> parked_;              // ordered by deadline
  std::vector<MetadataRecord> accumulated_;
  sim::Instant linger_deadline_ = sim::kNever;
  sim::Instant check_quorum_deadline_ = sim::kNever;
  sim::Instant begin_epoch_at_ = sim::kNever;
  protocol::IdList fetched_voters_;  // voters that have fetched during the current check-quorum interval
};

}  // namespace kafkascope::raft
