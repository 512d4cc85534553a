// One partition's replica on this broker: its log, and this broker's view of its leadership.
// Kafka: Partition, Replica, PartitionState (CommittedPartitionState, PendingExpandIsr, PendingShrinkIsr). KIP-497,
// KIP-841, KIP-903, KIP-966.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "broker/complete_watches.h"
#include "coordinator/request_handle.h"
#include "protocol/ids.h"
#include "protocol/messages_data.h"
#include "protocol/metadata_records.h"
#include "sim/time.h"
#include "storage/log_dirs.h"
#include "storage/partition_log.h"

namespace kafkascope::broker {

using coordinator::CoordinatorType;

using protocol::BrokerEpoch;
using protocol::BrokerId;
using protocol::IdList;
using protocol::kNoBroker;
using protocol::LeaderEpoch;
using protocol::Offset;
using protocol::PartitionEpoch;
using protocol::TopicPartition;

/// Kafka's time 0 ("never"): a time before the run began.
inline constexpr sim::Instant kLongAgo{-(std::int64_t{1} << 53)};

/// A leader's view of a follower, learned from the follower's fetches. Kafka: Replica, ReplicaState.
struct RemoteReplica {
  BrokerId id = kNoBroker;
  /// 2.5: the high watermark at its last fetch; the low half is enough to detect a change.
  std::uint32_t sent_high_watermark = 0;
  Offset log_end_offset;  // the offset of its last fetch; -1 until it has fetched from this leader
  Offset log_start_offset;
  sim::Instant last_caught_up = kLongAgo;
  sim::Instant last_fetch = kLongAgo;
  Offset leader_end_at_last_fetch{0};
  std::optional<BrokerEpoch> broker_epoch;  // from its last fetch (KIP-903)
  /// The fetch session in which the follower has stayed at the log end, and its slot there: the session knows the time
  /// of the last fetch. 0: the fields here are complete.
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
  /// Called at a new leader epoch. Kafka: Replica.resetReplicaState.
  void reset(sim::Instant now, Offset leader_end, bool new_leader, bool in_sync);
};

enum class PendingIsr : std::uint8_t { None, Expand, Shrink };
enum class ReplicaRole : std::uint8_t { None, Leader, Follower };

struct Replica {
  TopicPartition tp;
  storage::PartitionLog log;

  /// Call after changing a field below that a fetch reads; changes of the log are detected without it.
  void note_change() { ++changes; }
  std::uint32_t changes = 1;
  std::int32_t dir = storage::kNoDir;  // index of the broker's directory that holds the log
  sim::Instant made_at;                // when this process created it; logs loaded at the start have an earlier time
  /// Equal values mean that nothing a fetch reads has changed. Never 0.
  std::uint64_t state() const { return std::uint64_t{changes} << 32 | log.version(); }
  bool touched = false;  // changed in the current callback (replica_table.h)

  // The partition's state according to the metadata that this broker has applied, or to the response to its own
  // AlterPartition.
  ReplicaRole role = ReplicaRole::None;  // None: not, or no longer, assigned to this broker
  bool offline = false;                  // its directory has failed: the log exists but cannot be accessed (KIP-112)
  bool hosted = false;                   // this process hosts the replica, or did before its directory failed
                                         // (ReplicaManager.allPartitions)
  bool reassigning = false;              // replicas are being added or removed
  bool leader_throttled = false, follower_throttled = false;  // leader., follower.replication.throttled.replicas
  bool internal = false;                                      // __consumer_offsets, __transaction_state
  CoordinatorType coordinator = CoordinatorType::None;        // the coordinator whose records the partition stores
  bool log_append_time = false;         // this and the next three are settings; the topic's override the broker's
  bool min_isr_within_replicas = true;  // KIP-966 (KAFKA-15583); before it, a value above the number of replicas makes
                                        // acks=all impossible
  std::int32_t min_isr = 1;
  std::int32_t max_message_bytes = 1048588;
  std::optional<protocol::Compression> compression;  // the topic's compression.type; nullopt: as produced
  BrokerId leader = kNoBroker;
  LeaderEpoch leader_epoch;  // -1 until the replica first becomes leader or follower
  PartitionEpoch partition_epoch = -1;
  std::int32_t controller_epoch = 1;  // ZooKeeper: epoch of the controller that made the decision, not of the last
                                      // sender; initially that of the formed cluster
  IdList assignment;
  Offset leader_epoch_start;  // leader: its log end when the epoch began; -1 on followers

  // The ISR, on a leader only.
  IdList isr;  // the committed ISR, as far as this broker knows
  PendingIsr pending = PendingIsr::None;
  std::uint32_t pending_id = 0;        // number of the awaited AlterPartition; only grows
  IdList pending_isr;                  // the proposed ISR
  std::vector<RemoteReplica> remotes;  // followers in assignment order; leader only

  // Fetching by a follower. Kafka: PartitionFetchState.
  bool fetching = false;       // assigned to a fetcher
  bool fetch_awake = false;    // the fetcher includes it in its next request
  bool fetch_failed = false;   // fenced: waits for newer metadata
  bool truncating = false;     // before KIP-595: the follower looks for the point of divergence before it fetches
  bool in_session = false;     // in its fetcher's session, whose last row for it is fetch_sent
  bool fetch_in_sync = false;  // the last fetch that updated the lag had reached the leader's high watermark
  bool fetch_sync_known = false;
  std::int32_t left_fetcher = -1;  // the fetcher that it left while that fetcher's request for it was in flight
  std::int32_t left_request = -1;
  std::int32_t fetcher = -1;  // the fetcher's index, and the replica's position in the fetcher's request order
  std::uint32_t fetch_place = 0;
  std::uint64_t fetch_settled = 0;  // the state in which the next request would repeat fetch_sent
  protocol::FetchPartition fetch_sent;
  sim::Instant fetch_delayed_until{0};
  std::int64_t fetch_lag = 0;  // lag behind the leader's high watermark, as of the last response. Kafka:
                               // FetcherLagMetrics

  std::vector<std::uint32_t> produce_watchers;  // slots of produces that wait for its high watermark (purgatory.h)
  CompleteWatch complete_produces, complete_fetches;  // for the PurgatorySize metric

  bool is_leader() const { return role == ReplicaRole::Leader; }
  /// The ISR that counts for the high watermark: a pending expansion counts at once, a pending shrink not yet.
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
