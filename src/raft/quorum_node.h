// A replica of __cluster_metadata: a voter (controller) or an observer (broker). Kafka: KafkaRaftClient, QuorumState
// and its *State classes. Source: KIP-595 (pull-based Raft), KIP-996 (pre-vote), KAFKA-15489 (check quorum), KIP-835
// (no-op records, which the host writes).
//
// States and transitions: quorum_state.h. A host (controller, broker) owns a node, passes its callbacks to the node
// first, and afterwards checks high_watermark(), is_leader() and epoch() for changes. The node opens and keeps its own
// connections.
//
// On disk: the log up to flushed_offset(), and (epoch, vote, leader) in the quorum-state file. A leader counts its own
// appends only after the flush, a follower fetches further only after the flush, and a vote is sent only after it is on
// disk. Snapshots (KIP-630; quorum_snapshot.cpp) are made from the host's image, and fetched if the leader's log begins
// too late. Simplified: static voters (controller.quorum.voters).
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/message.h"
#include "protocol/messages_quorum.h"
#include "protocol/metadata_image.h"
#include "protocol/metadata_records.h"
#include "protocol/reasons.h"
#include "protocol/trace_kinds.h"
#include "raft/quorum_metrics.h"
#include "raft/quorum_state.h"
#include "sim/append_list.h"
#include "storage/leader_epoch_cache.h"

namespace kafkascope::protocol {
class Config;
}  // namespace kafkascope::protocol

namespace kafkascope::raft {

using protocol::BrokerId;
using protocol::kNoBroker;
using protocol::LeaderEpoch;
using protocol::Message;
using protocol::MetadataEntry;
using protocol::MetadataRecord;
using protocol::Offset;
using protocol::SharedMetadataEntry;
using Ctx = protocol::Context;

struct Voter {
  BrokerId id = kNoBroker;
  sim::NodeId endpoint;
  friend bool operator==(const Voter&, const Voter&) = default;
};

/// The defaults are Kafka's (QuorumConfig).
struct QuorumOptions {
  BrokerId id = kNoBroker;
  bool voter = false;
  std::vector<Voter> voters;                // identical on every node
  std::int64_t election_timeout_ms = 1000;  // controller.quorum.election.timeout.ms; each wait is uniform in [1x, 2x)
  std::int64_t fetch_timeout_ms = 2000;     // controller.quorum.fetch.timeout.ms; check quorum uses 1.5x
  std::int64_t election_backoff_max_ms = 1000;  // controller.quorum.election.backoff.max.ms
  std::int64_t append_linger_ms = 25;           // controller.quorum.append.linger.ms
  std::int64_t request_timeout_ms = 2000;       // controller.quorum.request.timeout.ms
  std::int64_t retry_backoff_ms = 20;           // controller.quorum.retry.backoff.ms
  std::int32_t fetch_max_wait_ms = 500;         // KafkaRaftClient.MAX_FETCH_WAIT_MS
  bool pre_vote = true;                         // KIP-996
  std::int64_t snapshot_bytes = 20971520;       // metadata.log.max.record.bytes.between.snapshots
  std::int64_t snapshot_interval_ms = 3600000;  // metadata.log.max.snapshot.interval.ms
  std::int64_t retention_bytes = 104857600;     // metadata.max.retention.bytes; -1: no limit
  std::int64_t retention_ms = 604800000;        // metadata.max.retention.ms; -1: no limit
  /// Observers do not flush (appendAsFollower flushes on voters only); the operating system writes their records back
  /// after this time.
  sim::Duration write_back = sim::seconds(30);

  /// The settings of a node; the caller adds its id, its role and the voters.
  static QuorumOptions from(const protocol::Config& config);
};

/// What a leader knows of a replica (LeaderState.ReplicaState).
struct ReplicaProgress {
  BrokerId id = kNoBroker;
  Offset end_offset;            // -1 until the replica has fetched from this leader
  sim::Instant last_fetch{-1};  // -1 us: never
  sim::Instant last_caught_up{-1};
  bool acknowledged = false;  // whether the replica has answered BeginQuorumEpoch or fetched
  Offset leader_end_at_last_fetch;
};

/// The image of all records below `end`; `epoch` is the epoch of the last one.
struct Snapshot {
  Offset end;
  LeaderEpoch epoch;
  std::int64_t bytes = 0;
  sim::Instant made_at;
  protocol::MetadataImage image;
};

/// The log of a cluster formed at time 0, shared by all its nodes and fully flushed and committed.
struct FormedLog {
  FormedLog(const std::vector<MetadataEntry>& log);  // NOLINT: implicit, because a vector of entries is a log
  sim::AppendList<SharedMetadataEntry> entries;
  sim::AppendList<sim::Instant> written_at;  // parallel to the entries
  storage::LeaderEpochCache epochs;
};

class QuorumNode {
 public:
  explicit QuorumNode(QuorumOptions options);
  // Defaulted in the source file: each is long, and many translation units copy worlds.
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
  /// sent to followers when the linger time is over; until then it lies between log_end_offset() and
  /// next_append_offset(). On any other node returns -1 and does nothing.
  Offset append(Ctx& ctx, std::vector<MetadataRecord> records);
  /// Leader only: gives up leadership and names successors (EndQuorumEpoch), at an orderly shutdown or after a
  /// controller error.
  void resign(Ctx& ctx);

  bool is_leader() const { return state_ == QuorumState::Leader; }
  /// The leader's id, or the node's own id while it leads; kNoBroker: unknown.
  BrokerId leader() const;
  LeaderEpoch epoch() const { return epoch_; }
  QuorumState state() const { return state_; }
  BrokerId voted_for() const { return voted_for_; }
  /// The exclusive end of the committed log as far as this node knows; 0 after a start until the leader has sent a
  /// value.
  Offset high_watermark() const { return high_watermark_; }
  /// The exclusive end of the written log, without a leader's records that still linger in the accumulator.
  Offset log_end_offset() const { return Offset{static_cast<std::int64_t>(log_.size())}; }
  /// The offset that the next appended record will get (a leader needs a broker's epoch before it writes the record).
  Offset next_append_offset() const { return log_end_offset() + static_cast<std::int64_t>(accumulated_.size()); }
  Offset flushed_offset() const { return flushed_; }
  Offset log_start_offset() const { return log_start_; }
  /// Oldest first. The log is kept from the end of the oldest snapshot on, or from 0 if there is none.
  const std::vector<Snapshot>& snapshots() const { return snapshots_; }
  /// The snapshot that a host must load before it can read the record at `next`, either when it starts or because the
  /// log begins later. nullptr: the host reads the log (KafkaRaftClient.ListenerContext).
  const Snapshot* snapshot_for(Offset next) const;
  /// Called when the host has applied everything up to this image: makes a snapshot if one is due, then deletes
  /// snapshots and records that are too old.
  void maybe_snapshot(Ctx& ctx, const protocol::MetadataImage& applied);
  /// The offset of the leader's LeaderChange record; -1 on other nodes.
  Offset epoch_start_offset() const { return is_leader() ? epoch_start_ : Offset{}; }
  /// The first entry that is kept in memory, at or below log_start_offset().
  Offset first_entry_kept() const { return Offset{static_cast<std::int64_t>(log_.first_kept())}; }
  const MetadataEntry& entry(Offset offset) const { return *log_[static_cast<std::size_t>(offset.value)]; }
  /// The records from `first` that a replay up to `end` applies at once: a whole run (in_one_run), else a single
  /// record.
  std::vector<const MetadataRecord*> run_of_records(Offset first, Offset end) const;
  /// The epoch of the last record below `end`, which may be in the snapshot with which the log begins; 0 if there is no
  /// such record.
  LeaderEpoch epoch_below(Offset end) const {
    if (end > log_start_) return entry(end - 1).epoch;
    return snapshots_.empty() ? LeaderEpoch{0} : snapshots_.front().epoch;
  }

  // Views.
  const QuorumOptions& options() const { return options_; }
  bool is_voter() const { return options_.voter; }
  sim::Instant election_due() const;  // kNever: the state has no such timer
  sim::Instant fetch_due() const;
  sim::Instant check_quorum_due() const;
  /// The voters that granted or rejected, including this node, while it is Prospective or Candidate.
  const protocol::IdList& votes_granted() const { return granted_; }
  const protocol::IdList& votes_rejected() const { return rejected_; }
  /// The voters (including this node) and observers as the leader knows them; empty on other nodes.
  std::vector<ReplicaProgress> replicas() const;
  const QuorumMetrics& metrics() const { return metrics_; }
  /// The high watermark that the node reports: -1 on a new leader until its epoch's first record is committed
  /// (QuorumState.highWatermark).
  Offset reported_high_watermark() const {
    return is_leader() ? leader_high_watermark_ : high_watermark_ == Offset{0} ? Offset{} : high_watermark_;
  }
  /// The node in the world on which that controller listens; invalid if unknown.
  sim::NodeId endpoint_of(BrokerId voter) const;

 private:
  // --- connections and requests in flight (Kafka: RequestManager, KafkaNetworkChannel); quorum_peers.cpp
  struct Peer {
    Voter voter;
    sim::ConnectionId connection;
    std::int32_t awaiting = 0;              // correlation id of the request whose response counts; 0: none
    sim::Instant sent_at;                   // send time of that request
    sim::Instant backoff_until;             // no request before this time, after a failure
    std::int32_t unanswered = 0;            // number of requests on the wire, including those whose responses will be
                                            // ignored
    sim::Instant quiet_since;               // since when the connection has owed a response
    sim::Instant reconnect_at;              // no new handshake before this time
    std::int64_t reconnect_backoff_ms = 0;  // 0: the last handshake succeeded
  };
  Peer* peer_of(BrokerId id);
  Peer* peer_on(sim::ConnectionId connection);
  bool ready(const Peer& peer, sim::Instant now) const { return peer.awaiting == 0 && peer.backoff_until <= now; }
  bool anything_in_flight() const;
  void reset_peers();
  /// Returns when to try again: at the response's timeout or at the end of a backoff.
  sim::Instant try_send(Ctx& ctx, Peer& peer, protocol::Body body);
  void fail(Ctx& ctx, Peer& peer);
  void expire_requests(Ctx& ctx);
  /// Sends the message once all earlier decisions are on disk.
  void post(Ctx& ctx, sim::ConnectionId connection, Message message);

  // --- states; quorum_node.cpp
  void set_state(Ctx& ctx, QuorumState next, fact::QuorumReason reason);
  void initialize(Ctx& ctx);
  void become_unattached(Ctx& ctx, LeaderEpoch epoch, BrokerId leader, fact::QuorumReason reason);
  void become_follower(Ctx& ctx, LeaderEpoch epoch, BrokerId leader, fact::QuorumReason reason);
  void become_prospective(Ctx& ctx, fact::QuorumReason reason);
  void become_candidate(Ctx& ctx, fact::QuorumReason reason);
  void back_off_election(Ctx& ctx);
  void win(Ctx& ctx);
  void become_leader(Ctx& ctx);
  void become_resigned(Ctx& ctx, fact::QuorumReason reason);
  void follow_or_detach(Ctx& ctx, BrokerId leader, LeaderEpoch epoch, fact::QuorumReason reason);
  sim::Duration random_election_timeout(Ctx& ctx) const;
  void persist(Ctx& ctx);
  /// Every callback ends with a poll (Kafka: KafkaRaftClient.poll): it acts on what is due, sends what may be sent and
  /// sets the next wake-up.
  void poll(Ctx& ctx);
  sim::Instant poll_state(Ctx& ctx);

  // --- elections; quorum_election.cpp
  void handle_vote(Ctx& ctx, sim::ConnectionId connection, const Message& message,
                   const protocol::VoteRequest& request);
  bool handle_vote_response(Ctx& ctx, Peer& peer, const protocol::VoteResponse& response);
  bool can_grant(BrokerId candidate, bool log_up_to_date, bool pre_vote) const;
  bool majority(int count) const { return count >= static_cast<int>(options_.voters.size()) / 2 + 1; }
  bool election_lost() const;
  sim::Instant send_votes(Ctx& ctx);
  void leave_prospective(Ctx& ctx, fact::QuorumReason reason);
  void handle_begin_epoch(Ctx& ctx, sim::ConnectionId connection, const Message& message,
                          const protocol::BeginQuorumEpochRequest& request);
  void handle_end_epoch(Ctx& ctx, sim::ConnectionId connection, const Message& message,
                        const protocol::EndQuorumEpochRequest& request);
  sim::Duration successor_backoff(const protocol::IdList& successors) const;
  void on_response(Ctx& ctx, Peer& peer, const Message& message);
  /// Kafka: maybeHandleCommonResponse. nullopt: the response is of this epoch, and its own handler must process it;
  /// true: handled, the peer is ready again; false: handled, the peer must back off.
  std::optional<bool> handle_common(Ctx& ctx, protocol::ErrorCode error, BrokerId leader, LeaderEpoch epoch);

  // --- leading; quorum_leader.cpp
  struct Parked {
    sim::ConnectionId connection;
    std::int32_t correlation_id = 0;
    protocol::QuorumFetchRequest request;
    sim::Instant deadline;
  };
  void handle_fetch(Ctx& ctx, sim::ConnectionId connection, const Message& message,
                    const protocol::QuorumFetchRequest& request);
  protocol::QuorumFetchResponse answer_fetch(Ctx& ctx, const protocol::QuorumFetchRequest& request, bool count_it);
  void wake_parked(Ctx& ctx);
  void refuse_parked(Ctx& ctx);
  void drain(Ctx& ctx);
  void note_fetch(Ctx& ctx, const protocol::QuorumFetchRequest& request);
  void note_check_quorum(Ctx& ctx, BrokerId voter);
  void advance_leader_high_watermark(Ctx& ctx);
  ReplicaProgress& progress_of(BrokerId id);
  sim::Instant send_begin_epoch(Ctx& ctx);
  protocol::IdList successors() const;

  // --- following; quorum_follower.cpp
  sim::Instant send_fetch(Ctx& ctx, Peer& peer);
  sim::Instant fetch_from_anyone(Ctx& ctx);
  sim::Instant fetch_from_best(Ctx& ctx);
  bool handle_fetch_response(Ctx& ctx, const protocol::QuorumFetchResponse& response);
  void advance_follower_high_watermark(Ctx& ctx, Offset told);

  // --- snapshots; quorum_snapshot.cpp
  void forget_below_start();
  bool needs_snapshot(const protocol::QuorumFetchRequest& request) const;
  void handle_fetch_snapshot(Ctx& ctx, sim::ConnectionId connection, const Message& message,
                             const protocol::FetchSnapshotRequest& request);
  bool handle_fetch_snapshot_response(Ctx& ctx, const protocol::FetchSnapshotResponse& response);
  void clean_log(Ctx& ctx);

  // --- the log; quorum_follower.cpp
  void append_entry(Ctx& ctx, SharedMetadataEntry entry);
  void flush_log(Ctx& ctx);
  void truncate_to(Ctx& ctx, Offset end);
  Offset durable_end(sim::Instant now) const;
  LeaderEpoch last_epoch() const;  // epoch of the log's last record; 0 if the log is empty
  storage::EpochEnd end_of(LeaderEpoch epoch) const;

  struct Election {  // the content of the quorum-state file
    LeaderEpoch epoch{0};
    BrokerId leader = kNoBroker;
    BrokerId vote = kNoBroker;
    friend bool operator==(const Election&, const Election&) = default;
  };
  struct PendingPersist {
    std::uint64_t number = 0;
    Election election;
  };
  struct PendingFlush {
    std::uint64_t number = 0;
    Offset end;
  };
  struct Outgoing {
    sim::ConnectionId connection;
    Message message;
  };

  QuorumOptions options_;

  // State on disk.
  sim::AppendList<SharedMetadataEntry> log_;  // index = offset
  sim::AppendList<sim::Instant> written_at_;  // parallel to log_
  storage::LeaderEpochCache epochs_;
  Offset flushed_{0};
  Election persisted_;
  std::vector<Snapshot> snapshots_;
  Offset log_start_{0};     // log_ has no entries below it
  bool preloaded_ = false;  // the next start continues from the state formed at time 0

  // Volatile state.
  QuorumState state_ = QuorumState::Unattached;
  LeaderEpoch epoch_{0};
  BrokerId leader_ = kNoBroker;  // Prospective keeps the leader; Resigned: this node
  BrokerId voted_for_ = kNoBroker;
  Offset high_watermark_{0};  // never decreases while the process lives
  sim::Instant election_deadline_ = sim::kNever;
  sim::Instant fetch_deadline_ = sim::kNever;
  bool has_fetched_from_leader_ = false;  // KIP-996: a follower may grant a pre-vote until it has fetched from the
                                          // leader
  protocol::IdList granted_, rejected_;
  int lost_elections_ = 0;                  // before KIP-996: elections lost since the node first stood
  bool backing_off_ = false;                // before KIP-996: the node waits before it stands for election again
  bool won_ = false;                        // a candidate with a majority leads as soon as its election is on disk
  std::vector<Peer> peers_;                 // the other voters
  std::vector<sim::ConnectionId> inbound_;  // connections on which raft requests have arrived
  std::int32_t next_correlation_ = 1;
  sim::TimerId wake_;
  sim::Instant wake_at_ = sim::kNever;
  std::uint64_t next_number_ = 1;  // numbers disk operations; restarts do not reset it
  std::vector<PendingPersist> persisting_;
  std::vector<PendingFlush> flushing_;
  std::vector<Outgoing> outbox_;

  sim::Instant snapshot_at_, cleaned_at_;  // when the node last made a snapshot, and when it last looked for old ones
                                           // to delete

  // State of a follower.
  std::optional<std::pair<Offset, LeaderEpoch>> wanted_snapshot_;  // a snapshot to fetch, because the leader's log no
                                                                   // longer has the records
  Offset told_high_watermark_;                                     // becomes the high watermark once the records
                                                                   // received together with it are flushed

  // State of a leader.
  Offset epoch_start_;
  Offset leader_high_watermark_;           // -1 until a majority has reached the epoch's start
  std::vector<ReplicaProgress> progress_;  // sorted by id; a leader's own entry is made on demand
  std::deque<Parked> parked_;              // ordered by deadline
  std::vector<MetadataRecord> accumulated_;
  sim::Instant linger_deadline_ = sim::kNever;
  sim::Instant check_quorum_deadline_ = sim::kNever;
  sim::Instant begin_epoch_at_ = sim::kNever;
  protocol::IdList fetched_voters_;  // voters that have fetched during the current check-quorum interval

  // State of a resigned leader.
  protocol::IdList successors_, unacknowledged_;

  QuorumMetrics metrics_;
};

}  // namespace kafkascope::raft
