// One partition's replica on this broker: its log, and what the broker believes about its leadership.
// Kafka: Partition, Replica, PartitionState (CommittedPartitionState, PendingExpandIsr, PendingShrinkIsr). KIP-497,
// KIP-841, KIP-903, KIP-966.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "broker/complete_watches.h"
#include "protocol/ids.h"
#include "protocol/message.h"
#include "protocol/metadata_records.h"
#include "sim/time.h"
#include "storage/log_dirs.h"
#include "storage/partition_log.h"

namespace kafkascope::broker {

using protocol::BrokerEpoch;
using protocol::BrokerId;
using protocol::IdList;
using protocol::kNoBroker;
using protocol::LeaderEpoch;
using protocol::Offset;
using protocol::PartitionEpoch;
using protocol::TopicPartition;

/// Stands for Kafka's time 0 ("never") where a time before the run is meant.
inline constexpr sim::Instant kLongAgo{-(std::int64_t{1} << 53)};

/// What a leader knows of a follower, from its fetches. Kafka: Replica, ReplicaState.
struct RemoteReplica {
  BrokerId id = kNoBroker;
  std::uint32_t sent_high_watermark =
      0;                  // 2.5: as of its last fetch; the low half, enough to tell whether it has moved
  Offset log_end_offset;  // = its last fetch offset; -1 until it fetched from this leader
  Offset log_start_offset;
  sim::Instant last_caught_up = kLongAgo;
  sim::Instant last_fetch = kLongAgo;
  Offset leader_end_at_last_fetch{0};
  std::optional<BrokerEpoch> broker_epoch;  // of its last fetch (KIP-903)
  /// The fetch session in which it has asked for the end ever since, and its place there: the session says when it did last. 0: what
  /// stands here is all.
  std::int32_t quiet_in = 0;
  std::uint32_t quiet_at = 0;

  /// Facts section 4, "lastCaughtUpTime". Kafka: Replica.updateFetchStateOrThrow.
  void record_fetch(Offset fetch_offset, Offset start, sim::Instant now, Offset leader_end, BrokerEpoch epoch) {
    if (fetch_offset >= leader_end) {
      last_caught_up = std::max(last_caught_up, now);
    } else if (fetch_offset >= leader_end_at_last_fetch) {
      last_caught_up = std::max(last_caught_up, last_fetch);
    }
    log_start_offset = start;
    log_end_offset = fetch_offset;
    leader_end_at_last_fetch = std::max(leader_end_at_last_fetch, leader_end);
    last_fetch = now;
    broker_epoch = epoch;
  }
  /// A new leader epoch began. Kafka: Replica.resetReplicaState.
  void reset(sim::Instant now, Offset leader_end, bool new_leader, bool in_sync);
};

enum class PendingIsr : std::uint8_t { None, Expand, Shrink };
enum class ReplicaRole : std::uint8_t { None, Leader, Follower };

struct Replica {
  TopicPartition tp;
  storage::PartitionLog log;

  /// Who changes something below that a fetch looks at, says so; of its log the replica knows by itself.
  void note_change() { ++changes; }
  std::uint32_t changes = 1;
  std::int32_t dir = storage::kNoDir;  // which of the broker's directories has it
  sim::Instant made_at;                // by this process; before it has loaded its logs: one of those
  /// The same as once before: nothing has changed that a fetch looks at. Never 0.
  std::uint64_t state() const { return std::uint64_t{changes} << 32 | log.version(); }
  bool touched = false;  // by this callback (replica_table.h)

  // What the metadata says, as far as this broker has applied it (or its own AlterPartition has been answered).
  ReplicaRole role = ReplicaRole::None;  // None: not assigned here (any more)
  bool offline = false;                  // its directory has failed: the log is there, and nobody gets at it (KIP-112)
  bool hosted = false;       // this process has it, or had before its directory failed (ReplicaManager.allPartitions)
  bool reassigning = false;  // replicas are being added or removed
  bool leader_throttled = false, follower_throttled = false;  // leader., follower.replication.throttled.replicas
  bool internal = false;                                      // __consumer_offsets, __transaction_state
  bool offsets_topic = false;                                 // __consumer_offsets
  bool log_append_time = false;         // these and the next three are configuration, the topic's over the broker's
  bool min_isr_within_replicas = true;  // KIP-966 (KAFKA-15583); before, more than there are made acks=all impossible
  std::int32_t min_isr = 1;
  std::int32_t max_message_bytes = 1048588;
  std::optional<protocol::Compression> compression;  // the topic's compression.type; nothing: as the producer made it
  BrokerId leader = kNoBroker;
  LeaderEpoch leader_epoch;  // -1 until the first become-leader or -follower
  PartitionEpoch partition_epoch = -1;
  std::int32_t controller_epoch = 1;  // ZooKeeper: whose decision this is, not who told it last; 1: as formed
  IdList assignment;
  Offset leader_epoch_start;  // leader: its log end when the epoch began; -1 on followers

  // The ISR, on a leader only.
  IdList isr;  // committed, as known
  PendingIsr pending = PendingIsr::None;
  std::uint32_t pending_id = 0;        // which AlterPartition is awaited; grows with each one
  IdList pending_isr;                  // as asked for
  std::vector<RemoteReplica> remotes;  // followers in assignment order; leader only

  // A follower's fetching. Kafka: PartitionFetchState.
  bool fetching = false;       // has a place at a fetcher
  bool fetch_awake = false;    // the fetcher looks at it for its next request
  bool fetch_failed = false;   // fenced: waits for newer metadata
  bool truncating = false;     // before KIP-595: asks where its log parts from the leader's before it fetches
  bool in_session = false;     // of its fetcher, which last asked for
  bool fetch_in_sync = false;  // its last fetch that said so reached the leader's high watermark
  bool fetch_sync_known = false;
  std::int32_t left_fetcher = -1;  // the one it was taken from while this request of it was out, which asked for it
  std::int32_t left_request = -1;
  std::int32_t fetcher = -1;  // which it is, an index; and in which order it is asked for there
  std::uint32_t fetch_place = 0;
  std::uint64_t fetch_settled = 0;  // in this state there is nothing to ask for beyond fetch_sent
  protocol::FetchPartition fetch_sent;
  sim::Instant fetch_delayed_until{0};
  std::int64_t fetch_lag = 0;  // behind the leader's high watermark, as of the last answer. Kafka: FetcherLagMetrics

  std::vector<std::uint32_t> produce_watchers;  // slots of produces that wait for its high watermark (purgatory.h)
  CompleteWatch complete_produces, complete_fetches;  // for PurgatorySize

  bool is_leader() const { return role == ReplicaRole::Leader; }
  /// ISR for the high watermark: a pending expansion counts at once, a pending shrink not yet.
  const IdList& maximal_isr() const { return pending == PendingIsr::Expand ? pending_isr : isr; }
  /// min.insync.replicas, at most the number of replicas. Kafka: Partition.effectiveMinIsr.
  std::int32_t effective_min_isr() const {
    return min_isr < assignment.size() || !min_isr_within_replicas ? min_isr : assignment.size();
  }
  /// Kafka: Partition.isUnderMinIsr.
  bool under_min_isr() const { return is_leader() && isr.size() < effective_min_isr(); }
  RemoteReplica* remote(BrokerId id) { return const_cast<RemoteReplica*>(std::as_const(*this).remote(id)); }
  const RemoteReplica* remote(BrokerId id) const {
    for (const RemoteReplica& r : remotes)
      if (r.id == id) return &r;
    return nullptr;
  }
};

}  // namespace kafkascope::broker
