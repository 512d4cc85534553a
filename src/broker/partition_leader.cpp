// The leader's side of a partition: appends, followers' progress, the high watermark. Kafka: Partition, UnifiedLog.
#include <algorithm>

#include "broker/broker.h"
#include "protocol/facts_of_logs.h"
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

/// The same records with another codec (LogValidator.validateMessagesAndAssignOffsetsCompressed).
/// Simplified: recompression takes no time.
protocol::BatchRef recompressed(const protocol::RecordBatch& batch, protocol::Compression codec) {
  protocol::RecordBatch copy = batch;
  copy.compression = codec;
  return protocol::seal(std::move(copy));
}

}  // namespace

/// acks: -1, 0 or 1. Kafka: Partition.appendRecordsToLeader, UnifiedLog.append.
Broker::AppendOutcome Broker::append_to_leader(Ctx& ctx, std::int32_t index, protocol::BatchRef batch, int acks,
                                               bool from_client) {
  Replica& r = replicas_[static_cast<std::size_t>(index)];
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
    out.error = storage::validate(*batch, r.log.options(), ctx.wall_clock_ms());
    if (out.error != ErrorCode::NONE) return out;
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
  r.log.make_room(
      batch,
      ctx.now());  // before the producer check: a refused batch may still have closed a segment (UnifiedLog.append)
  trace_roll(ctx, r, active);
  const storage::ProducerCheck check = r.log.check_producer(*batch);
  if (check.kind == storage::ProducerCheckKind::Error) {
    out.error = check.error;
    return out;
  }
  if (check.kind == storage::ProducerCheckKind::Duplicate && !sim::mutant("duplicates-appended")) {
    out.base_offset = check.duplicate_base;
    out.last_offset = check.duplicate_base + batch->last_offset_delta();
    ctx.trace(fact::DuplicateBatch{r.tp, out.base_offset, batch->base_sequence, batch->producer_id});
    // Partition.appendRecordsToLeader does this after every append that is not refused.
    out.high_watermark_moved = maybe_increment_high_watermark(ctx, r);
    return out;
  }
  if (admit_write(ctx, r, batch->size_bytes) != storage::WriteResult::Ok) {
    out.error = ErrorCode::KAFKA_STORAGE_ERROR;
    return out;
  }
  const Offset recovery_point = r.log.recovery_point();
  const StoredBatch stored = r.log.append_as_leader(batch, r.leader_epoch, ctx.now(), dirs_.behind(r.dir, ctx.now()));
  out.base_offset = stored.base_offset;
  out.last_offset = stored.last_offset();
  out.log_append_time_ms = now_ms;
  out.appended = true;
  const protocol::TraceSubject subject{stored.data.get(), stored.base_offset};
  ctx.trace(fact::LogAppended{r.tp, out.base_offset, out.last_offset, r.leader_epoch}, &subject);
  const bool flushed = note_flush(ctx, r, recovery_point);
  out.wait = written(r, batch->size_bytes, flushed, ctx.now());
  // The ISR may consist of this broker alone.
  out.high_watermark_moved = maybe_increment_high_watermark(ctx, r);
  return out;
}

/// The high watermark is the least log end among the leader, the maximal ISR, and replicas that have caught up and are
/// about to join it. It does not move while the ISR is smaller than min.insync.replicas (KIP-966). Kafka:
/// Partition.maybeIncrementLeaderHW.
/// Returns true if it
/// moved.
bool Broker::maybe_increment_high_watermark(Ctx& ctx, Replica& r) {
  if (zk_ && r.pending != PendingIsr::None) return false;  // the partition is locked while its ISR is written
  if (high_watermark_stands(r) && !sim::mutant("hw-moves-below-min-isr")) return false;
  const Offset end = r.log.log_end_offset();
  Offset candidate = end;
  for (const RemoteReplica& remote : r.remotes) {
    if (remote.log_end_offset >= candidate || sim::mutant("hw-ignores-the-isr")) continue;
    if (holds_high_watermark(r, remote, ctx.now())) candidate = remote.log_end_offset;
  }
  if (sim::mutant("hw-one-too-far") && candidate < end) candidate = candidate + 1;
  const Offset before = r.log.high_watermark();
  if (candidate <= before) return false;
  r.log.set_high_watermark(candidate, ctx.now());
  ctx.trace(
      fact::HighWatermarkAdvanced{.partition = r.tp, .from = before, .to = candidate, .leader_epoch = r.leader_epoch});
  return true;
}

bool Broker::holds_high_watermark(const Replica& r, const RemoteReplica& remote, sim::Instant now) const {
  return r.maximal_isr().contains(remote.id) ||
         (caught_up(remote, r.log.log_end_offset(), now) && eligible_for_isr(r, remote));
}

/// The broker is not fenced, not shutting down, and its fetches come from the registered process (KIP-841, KIP-903).
bool Broker::eligible_for_isr(const Replica&, const RemoteReplica& remote) const {
  const protocol::BrokerRegistration* broker = image_.broker(remote.id);
  if (broker == nullptr || !remote.broker_epoch) return false;
  if (!broker->active() && !options_.historical.kip_841) return false;
  return options_.historical.kip_903 || *remote.broker_epoch == -1 || *remote.broker_epoch == broker->epoch;
}

/// Kafka: ReplicaState.isCaughtUp.
bool Broker::caught_up(const RemoteReplica& remote, Offset leader_end, sim::Instant now) const {
  return remote.log_end_offset == leader_end || now - last_caught_up(remote) <= lag_max_;
}

/// A follower that is quiet in a session was at the log end whenever the session was read.
sim::Instant Broker::last_caught_up(const RemoteReplica& remote) const {
  const FetchSession* session = remote.quiet_in == 0 ? nullptr : fetch_sessions_.find(remote.quiet_in);
  return session == nullptr ? remote.last_caught_up : std::max(remote.last_caught_up, session->passed_at);
}

void Broker::leave_quiet(RemoteReplica& remote) {
  if (remote.quiet_in == 0) return;
  remote.last_caught_up = last_caught_up(remote);
  if (FetchSession* session = fetch_sessions_.find(remote.quiet_in)) {
    remote.last_fetch = std::max(remote.last_fetch, session->passed_at);
    session->wake(remote.quiet_at);
  }
  remote.quiet_in = 0;
}

/// A follower's fetch offset reports its log end. Kafka: Partition.updateFollowerFetchState.
void Broker::record_follower_fetch(Ctx& ctx, std::int32_t index, RemoteReplica& remote,
                                   const protocol::FetchPartition& asked, BrokerEpoch epoch, Offset leader_end) {
  const Offset before = remote.log_end_offset;
  const Offset low = delete_records_.empty() ? Offset{} : low_watermark(look(index));
  leave_quiet(remote);
  remote.record_fetch(asked.fetch_offset, asked.log_start_offset, ctx.now(),
                      sim::mutant("caught-up-by-any-fetch") ? asked.fetch_offset : leader_end, epoch);
  maybe_expand_isr(ctx, index, remote);
  if (!delete_records_.empty() && low_watermark(look(index)) > low) check_all(ctx, index);
  if (before == asked.fetch_offset) return;
  replicas_[static_cast<std::size_t>(index)].note_change();
  if (maybe_increment_high_watermark(ctx, replicas_[static_cast<std::size_t>(index)])) check_all(ctx, index);
}

/// KIP-320. Kafka: Partition.checkCurrentLeaderEpoch.
ErrorCode Broker::check_leader_epoch(const Replica& r, LeaderEpoch requested) const {
  if (requested.value < 0 || requested == r.leader_epoch) return ErrorCode::NONE;
  if (sim::mutant("fenced-epoch-accepted")) return ErrorCode::NONE;
  return requested < r.leader_epoch ? ErrorCode::FENCED_LEADER_EPOCH : ErrorCode::UNKNOWN_LEADER_EPOCH;
}

/// The reason why a partition is not served here. Kafka: ReplicaManager.getPartitionOrError, KafkaApis (topic ids).
ErrorCode Broker::missing_replica_error(TopicPartition tp, bool by_topic_id) const {
  const Replica* r = replica(tp);
  const bool offline = r != nullptr && r->offline, known = image_.partition(tp) != nullptr;
  // A request with a topic id consults the metadata first (KafkaApis.handleProduceRequest, handleFetchRequest).
  if (offline && (known || !by_topic_id)) return ErrorCode::KAFKA_STORAGE_ERROR;
  if (known) return ErrorCode::NOT_LEADER_OR_FOLLOWER;
  const bool ids = by_topic_id && !zk_;  // 2.5 requests have topic names (KIP-516 came later)
  return ids && image_.topic(tp.topic) == nullptr ? ErrorCode::UNKNOWN_TOPIC_ID : ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
}

/// KIP-951: the leader according to this broker's metadata. Kafka: KafkaApis.getCurrentLeader.
void Broker::current_leader(TopicPartition tp, BrokerId& leader, LeaderEpoch& epoch) const {
  if (options_.historical.kip_951) return;
  const Replica* r = replica(tp);
  if (r != nullptr && r->role != ReplicaRole::None) {
    leader = r->leader;
    epoch = r->leader_epoch;
  } else if (const protocol::PartitionRegistration* p = image_.partition(tp)) {
    leader = p->leader;
    epoch = p->leader_epoch;
  }
}

}  // namespace kafkascope::broker
