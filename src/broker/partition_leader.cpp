// The leader's side of a partition: appends, followers' progress, the high watermark. Kafka: Partition, UnifiedLog.
#include <algorithm>

#include "broker/broker_server.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/transaction_marker.h"
#include "sim/mutant.h"
#include "storage/validation.h"

namespace kafkascope::broker {
namespace {

/// message.timestamp.type = LogAppendTime: sets the batch's timestamp to the broker's clock.
protocol::BatchRef stamped(const protocol::RecordBatch& batch, std::int64_t now_ms) {
  protocol::RecordBatch copy = batch;
  copy.records.set_timestamps(now_ms);
  return protocol::seal(std::move(copy));
}

/// Returns the same records, compressed with another codec (LogValidator.validateMessagesAndAssignOffsetsCompressed).
/// Simplified: recompression takes no time.
protocol::BatchRef recompressed(const protocol::RecordBatch& batch, protocol::Compression codec) {
  protocol::RecordBatch copy = batch;
  copy.compression = codec;
  return protocol::seal(std::move(copy));
}

}  // namespace

/// acks: -1, 0 or 1. Kafka: Partition.appendRecordsToLeader, UnifiedLog.append.
AppendOutcome ReplicaManager::append_to_leader(Ctx& ctx, BrokerServer& server, std::int32_t index,
                                               protocol::BatchRef batch, int acks, bool from_client,
                                               storage::VerificationGuard guard) {
  Replica& r = server.replicas[static_cast<std::size_t>(index)];
  AppendOutcome out;
  if (from_client && r.internal) {  // checked before leadership (ReplicaManager.appendToLocalLog)
    out.error = ErrorCode::INVALID_TOPIC_EXCEPTION;
    return out;
  }
  if (!r.is_leader()) {
    out.error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
    return out;
  }
  if (acks == -1 && r.isr.size() < r.effective_min_isr() && !sim::mutant("min-isr-unchecked")) {
    out.error = ErrorCode::NOT_ENOUGH_REPLICAS;
    return out;
  }
  if (batch->size_bytes > r.max_message_bytes) {
    out.error = ErrorCode::MESSAGE_TOO_LARGE;
    return out;
  }
  if (from_client) {
    const protocol::TopicImage* topic = server.image.topic(r.tp.topic);  // null: not in this broker's metadata any more
    storage::Validation validation =
        storage::validate(*batch, r.log.options(), ctx.wall_clock_ms(),
                          topic == nullptr ? std::string_view() : std::string_view(topic->name), r.tp.partition);
    if (validation.error != ErrorCode::NONE) {
      out.error = validation.error;
      out.record_errors = std::move(validation.record_errors);
      return out;
    }
    if (r.compression && *r.compression != batch->compression && !sim::mutant("topic-compression-ignored")) {
      batch = recompressed(*batch, *r.compression);
      if (batch->size_bytes > r.max_message_bytes) {  // checked again, because the batch has changed
        out.error = ErrorCode::MESSAGE_TOO_LARGE;
        return out;
      }
    }
  }
  if (batch->size_bytes > r.log.options().segment_bytes) {
    out.error = ErrorCode::RECORD_LIST_TOO_LARGE;
    return out;
  }
  const std::int64_t now_ms = r.log_append_time ? ctx.wall_clock_ms() : -1;
  if (r.log_append_time) batch = stamped(*batch, now_ms);
  const Offset active = r.log.active_base_offset();
  // Before the producer check: a refused batch may still have closed a segment (UnifiedLog.append).
  r.log.make_room(batch, ctx.now());
  server.logs.trace_roll(ctx, server, r, active);
  const bool verifies = server.settings.verify_transactions && !server.options.historical.kip_890 &&
                        !(r.coordinator == CoordinatorType::Group && sim::mutant("offsets-not-verified"));
  const storage::ProducerCheck check = r.log.check_producer(*batch, {verifies, guard});
  if (check.kind == storage::ProducerCheckKind::Error) {
    out.error = check.error;
    return out;
  }
  if (check.kind == storage::ProducerCheckKind::Duplicate && !sim::mutant("duplicates-appended")) {
    out.base_offset = check.duplicate_base;
    out.last_offset = check.duplicate_base + batch->last_offset_delta();
    ctx.trace(fact::DuplicateBatch{r.tp, out.base_offset, batch->base_sequence, batch->producer_id});
    // As in Partition.appendRecordsToLeader, after every append that is not refused.
    out.high_watermark_moved = maybe_increment_high_watermark(ctx, server, r);
    return out;
  }
  if (server.logs.admit_write(ctx, server, r, batch->size_bytes) != storage::WriteResult::Ok) {
    out.error = ErrorCode::KAFKA_STORAGE_ERROR;
    return out;
  }
  const Offset recovery_point = r.log.recovery_point();
  const StoredBatch stored =
      r.log.append_as_leader(batch, r.leader_epoch, ctx.now(), server.dirs.behind(r.dir, ctx.now()));
  out.base_offset = stored.base_offset;
  out.last_offset = stored.last_offset();
  out.log_append_time_ms = now_ms;
  out.appended = true;
  const protocol::TraceSubject subject{stored.data.get(), stored.base_offset};
  ctx.trace(fact::LogAppended{r.tp, out.base_offset, out.last_offset, r.leader_epoch}, &subject);
  if (const auto marker = protocol::marker_in(*batch))
    ctx.trace(fact::TransactionMarkerAppended{r.tp, marker->result, out.base_offset, batch->producer_id,
                                              batch->producer_epoch, marker->coordinator_epoch});
  const bool flushed = server.logs.note_flush(ctx, server, r, recovery_point);
  out.wait = server.logs.written(server, r, batch->size_bytes, flushed, ctx.now());
  // The ISR may consist of this broker alone.
  out.high_watermark_moved = maybe_increment_high_watermark(ctx, server, r);
  return out;
}

/// The high watermark is the least log end of the leader, the maximal ISR, and replicas that have caught up and are
/// about to join it. It does not move while the ISR is smaller than min.insync.replicas (KIP-966). Returns true if it
/// moved. Kafka: Partition.maybeIncrementLeaderHW.
bool ReplicaManager::maybe_increment_high_watermark(Ctx& ctx, BrokerServer& server, Replica& r) {
  if (server.zk && r.pending != PendingIsr::None) return false;  // the partition is locked while its ISR is written
  if (high_watermark_stands(server, r) && !sim::mutant("hw-moves-below-min-isr")) return false;
  const Offset end = r.log.log_end_offset();
  Offset candidate = end;
  for (const RemoteReplica& remote : r.remotes) {
    if (remote.log_end_offset >= candidate || sim::mutant("hw-ignores-the-isr")) continue;
    if (holds_high_watermark(server, r, remote, ctx.now())) candidate = remote.log_end_offset;
  }
  if (sim::mutant("hw-one-too-far") && candidate < end) candidate = candidate + 1;
  const Offset before = r.log.high_watermark();
  if (candidate <= before) return false;
  const Offset stable = r.log.last_stable_offset();
  r.log.set_high_watermark(candidate, ctx.now());
  ctx.trace(
      fact::HighWatermarkAdvanced{.partition = r.tp, .from = before, .to = candidate, .leader_epoch = r.leader_epoch});
  // Without transactions the last stable offset is the high watermark.
  if (const Offset now_stable = r.log.last_stable_offset();
      now_stable > stable && (stable < before || now_stable < candidate))
    ctx.trace(fact::LastStableOffsetAdvanced{r.tp, stable, now_stable});
  return true;
}

bool ReplicaManager::holds_high_watermark(const BrokerServer& server, const Replica& r, const RemoteReplica& remote,
                                          sim::Instant now) const {
  return r.maximal_isr().contains(remote.id) ||
         (caught_up(server, remote, r.log.log_end_offset(), now) && eligible_for_isr(server, r, remote));
}

/// The broker is not fenced and not shutting down, and its fetches come from the registered process (KIP-841, KIP-903).
bool ReplicaManager::eligible_for_isr(const BrokerServer& server, const Replica&, const RemoteReplica& remote) const {
  const protocol::BrokerRegistration* broker = server.image.broker(remote.id);
  if (broker == nullptr || !remote.broker_epoch) return false;
  if (!broker->active() && !server.options.historical.kip_841) return false;
  return server.options.historical.kip_903 || *remote.broker_epoch == -1 || *remote.broker_epoch == broker->epoch;
}

/// Kafka: ReplicaState.isCaughtUp.
bool ReplicaManager::caught_up(const BrokerServer& server, const RemoteReplica& remote, Offset leader_end,
                               sim::Instant now) const {
  return remote.log_end_offset == leader_end || now - last_caught_up(server, remote) <= server.settings.lag_max;
}

/// A follower that is quiet in a session was at the log end at each read of the session.
sim::Instant ReplicaManager::last_caught_up(const BrokerServer& server, const RemoteReplica& remote) const {
  const FetchSession* session = remote.quiet_in == 0 ? nullptr : server.fetches.fetch_sessions.find(remote.quiet_in);
  return session == nullptr ? remote.last_caught_up : std::max(remote.last_caught_up, session->passed_at);
}

/// A follower's fetch offset reports its log end. Kafka: Partition.updateFollowerFetchState.
void ReplicaManager::record_follower_fetch(Ctx& ctx, BrokerServer& server, std::int32_t index, RemoteReplica& remote,
                                           const protocol::FetchPartition& asked, BrokerEpoch epoch,
                                           Offset leader_end) {
  const Offset before = remote.log_end_offset;
  const Offset low = server.delayed.delete_records.empty() ? Offset{} : low_watermark(server, server.look(index));
  server.fetches.leave_quiet(server, remote);
  remote.record_fetch(asked.fetch_offset, asked.log_start_offset, ctx.now(),
                      sim::mutant("caught-up-by-any-fetch") ? asked.fetch_offset : leader_end, epoch);
  server.alter_partitions.maybe_expand_isr(ctx, server, index, remote);
  if (!server.delayed.delete_records.empty() && low_watermark(server, server.look(index)) > low)
    server.delayed.check_all(ctx, server, index);
  if (before == asked.fetch_offset) return;
  server.replicas[static_cast<std::size_t>(index)].note_change();
  if (maybe_increment_high_watermark(ctx, server, server.replicas[static_cast<std::size_t>(index)]))
    server.delayed.check_all(ctx, server, index);
}

/// KIP-320. Kafka: Partition.checkCurrentLeaderEpoch.
ErrorCode ReplicaManager::check_leader_epoch(const Replica& r, LeaderEpoch requested) const {
  if (requested.value < 0 || requested == r.leader_epoch) return ErrorCode::NONE;
  if (sim::mutant("fenced-epoch-accepted")) return ErrorCode::NONE;
  return requested < r.leader_epoch ? ErrorCode::FENCED_LEADER_EPOCH : ErrorCode::UNKNOWN_LEADER_EPOCH;
}

/// The reason why a partition is not served here. Kafka: ReplicaManager.getPartitionOrError, KafkaApis (topic ids).
ErrorCode ReplicaManager::missing_replica_error(const BrokerServer& server, TopicPartition tp, bool by_topic_id) const {
  const Replica* r = server.replica(tp);
  const bool offline = r != nullptr && r->offline, known = server.image.partition(tp) != nullptr;
  // A request with a topic id consults the metadata first (KafkaApis.handleProduceRequest, handleFetchRequest).
  if (offline && (known || !by_topic_id)) return ErrorCode::KAFKA_STORAGE_ERROR;
  if (known) return ErrorCode::NOT_LEADER_OR_FOLLOWER;
  const bool ids = by_topic_id && !server.zk;  // 2.5 requests have topic names (KIP-516 came later)
  return ids && server.image.topic(tp.topic) == nullptr ? ErrorCode::UNKNOWN_TOPIC_ID
                                                        : ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
}

/// Returns NONE if this broker leads the partition, in the epoch that the client expects. Kafka:
/// Partition.getLocalLog(currentLeaderEpoch, requireLeader = true).
ErrorCode ReplicaManager::leader_error(const BrokerServer& server, TopicPartition tp, bool by_topic_id,
                                       LeaderEpoch requested) const {
  const Replica* r = server.replica(tp);
  if (r == nullptr || r->role == ReplicaRole::None) return missing_replica_error(server, tp, by_topic_id);
  if (const ErrorCode fenced = check_leader_epoch(*r, requested); fenced != ErrorCode::NONE) return fenced;
  return r->is_leader() ? ErrorCode::NONE : ErrorCode::NOT_LEADER_OR_FOLLOWER;
}

/// KIP-951: the leader according to this broker's metadata. Kafka: KafkaApis.getCurrentLeader.
void ReplicaManager::current_leader(const BrokerServer& server, TopicPartition tp, BrokerId& leader,
                                    LeaderEpoch& epoch) const {
  if (server.options.historical.kip_951) return;
  const Replica* r = server.replica(tp);
  if (r != nullptr && r->role != ReplicaRole::None) {
    leader = r->leader;
    epoch = r->leader_epoch;
  } else if (const protocol::PartitionRegistration* p = server.image.partition(tp)) {
    leader = p->leader;
    epoch = p->leader_epoch;
  }
}

/// The least log start offset of the replicas on live brokers. Kafka: Partition.lowWatermarkIfLeader.
Offset ReplicaManager::low_watermark(const BrokerServer& server, const Replica& r) const {
  Offset low = r.log.log_start_offset();
  for (const RemoteReplica& remote : r.remotes) {
    const protocol::BrokerRegistration* broker = server.image.broker(remote.id);
    if (broker != nullptr && !broker->fenced) low = std::min(low, remote.log_start_offset);
  }
  return low;
}

bool ReplicaManager::high_watermark_stands(const BrokerServer& server, const Replica& replica) const {
  return replica.under_min_isr() && !server.options.historical.kip_966;
}

}  // namespace kafkascope::broker
