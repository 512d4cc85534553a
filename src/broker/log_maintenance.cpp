// Periodic log maintenance: flushing, retention, compaction, producer expiration; and DeleteRecords. Kafka: LogManager
// (startup, cleanupLogs), LogCleaner, UnifiedLog's PeriodicProducerExpirationCheck, ReplicaManager.deleteRecords.
// KIP-107 (DeleteRecords).
#include <algorithm>
#include <utility>

#include "broker/broker.h"
#include "broker/internal_topics.h"
#include "broker/timers.h"
#include "protocol/facts_of_logs.h"
#include "storage/cleaner_manager.h"

namespace kafkascope::broker {
namespace {

constexpr std::int64_t kInitialTaskDelayMs = 30000;      // log.initial.task.delay.ms
constexpr std::int64_t kBytesPerKey = 24;                // SkimpyOffsetMap: 16 bytes of hash, 8 of offset
constexpr std::int64_t kProducerExpiryCheckMs = 600000;  // 2.5: Log.producerIdExpirationCheckIntervalMs
constexpr std::int64_t kNeverMs = std::int64_t{1} << 40;

constexpr std::uint64_t kAllLoaded = 0;  // check_of() never returns this value

/// The timer's argument for a log that was created while the broker ran: its index, and its creation time.
std::uint64_t check_of(std::uint32_t index, sim::Instant made_at) {
  return timer::argument(index + 1, static_cast<std::uint32_t>(made_at.us));
}

/// scheduleAtFixedRate (KafkaScheduler): a pause does not shift later runs.
sim::Duration to_next(sim::Instant now, sim::Instant first, sim::Duration interval) {
  return interval - sim::Duration{(now - first).us % interval.us};
}

}  // namespace

std::int64_t Broker::cleaner_keys(const protocol::Config& broker) {
  return broker.number("log.cleaner.dedupe.buffer.size") / kBytesPerKey / 100 *
         (broker.ppm("log.cleaner.io.buffer.load.factor") / 10000);
}

/// `topic`: the topic's configuration over the broker's; `broker`: the broker's current configuration.
storage::LogOptions Broker::log_options(const protocol::Config& topic, const protocol::Config& broker) const {
  const protocol::Config& own = options_.config;
  const bool old = own.version() == protocol::KafkaVersion::V2_5;
  storage::LogOptions o;
  o.write_back = options_.write_back;
  o.flush_messages = topic.number("flush.messages");
  o.flush_ms = topic.number("flush.ms");
  const std::int64_t checkpoint_ms = own.number("replica.high.watermark.checkpoint.interval.ms");
  o.high_watermark_checkpoint_interval = checkpoint_ms < 0
                                             ? sim::seconds(1'000'000'000'000)
                                             : sim::milliseconds(checkpoint_ms);  // below 0: runs once (KafkaScheduler)
  o.recovery_point_checkpoint_interval = sim::milliseconds(own.number("log.flush.offset.checkpoint.interval.ms"));
  o.log_start_checkpoint_interval = sim::milliseconds(own.number("log.flush.start.offset.checkpoint.interval.ms"));
  o.segment_bytes = topic.number("segment.bytes");
  o.segment_ms = topic.number("segment.ms");
  o.segment_index_bytes = topic.number("segment.index.bytes");
  o.index_interval_bytes = topic.number("index.interval.bytes");
  o.file_delete_delay_ms = topic.number("file.delete.delay.ms");
  o.cleanup_delete = o.cleanup_compact = false;
  for (const std::string& policy : topic.list("cleanup.policy")) {
    o.cleanup_delete |= policy == "delete";
    o.cleanup_compact |= policy == "compact";
  }
  o.retention_ms = topic.number("retention.ms");
  o.retention_bytes = topic.number("retention.bytes");
  o.min_cleanable_dirty_ratio_ppm = topic.ppm("min.cleanable.dirty.ratio");
  o.delete_retention_ms = topic.number("delete.retention.ms");
  o.min_compaction_lag_ms = topic.number("min.compaction.lag.ms");
  o.max_compaction_lag_ms = topic.number("max.compaction.lag.ms");
  o.log_append_time = topic.text("message.timestamp.type") == "LogAppendTime";
  o.horizon_in_batches = !options_.historical.kip_534;
  o.compaction_passes_high_watermark = options_.historical.kafka_13194;
  if (old) {
    o.timestamp_before_max_ms = o.timestamp_after_max_ms = topic.number("message.timestamp.difference.max.ms");
    o.retention_time_first = o.recovery_raises_recovery_point = true;
    o.keeps_last_empty_batch = false;
    o.producer_id_expiration_ms = broker.number("transactional.id.expiration.ms");
  } else {
    o.timestamp_before_max_ms = topic.number("message.timestamp.before.max.ms");
    o.timestamp_after_max_ms = topic.number("message.timestamp.after.max.ms");
    o.producer_id_expiration_ms = broker.number("producer.id.expiration.ms");
  }
  return o;
}

/// Starts a log that this process has loaded or creates.
void Broker::start_log(Ctx& ctx, storage::PartitionLog& log) const {
  log.on_start(ctx.now(), ctx.wall_clock_ms(), {high_watermarks_from_, logs_loaded_at_});
}

/// Called when the logs are loaded (LogManager.startupWithConfigOverrides): the periodic tasks start here. The cleaner
/// runs at once (LogCleaner.CleanerThread.doWork); from KAFKA-13194 on that run has no effect, because the high
/// watermark of a loaded log is its start until its partition is created.
void Broker::begin_log_maintenance(Ctx& ctx) {
  logs_loaded_at_ = ctx.now();
  if (!zk_) high_watermarks_from_ = ctx.now();
  if (loading_ == Loading::Done)
    for (std::size_t i = 0; i < replicas_.size(); ++i)
      if (!look(static_cast<std::int32_t>(i)).offline) start_log(ctx, replicas_[i].log);
  const auto start = [&](std::int64_t in_ms, std::uint16_t kind) {
    if (in_ms < kNeverMs) ctx.set_timer(sim::milliseconds(in_ms), kind);
  };
  start(kInitialTaskDelayMs, timer::kLogRetention);  // the flusher starts at the same time
  if (options_.config.flag("log.cleaner.enable")) start(cleaner_backoff_.us / 1000, timer::kLogCleaner);
  start(producer_expiry_interval().us / 1000, timer::kProducerExpiry);
  if (options_.config.flag("log.cleaner.enable") && options_.historical.kafka_13194) run_cleaner(ctx);
}

bool Broker::on_log_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
  const auto again = [&](std::string_view interval) {
    const sim::Instant first = logs_loaded_at_ + sim::milliseconds(kInitialTaskDelayMs);
    if (const std::int64_t ms = options_.config.number(interval); ms < kNeverMs)
      ctx.set_timer(to_next(ctx.now(), first, sim::milliseconds(ms)), kind);
  };
  switch (kind) {
    case timer::kLogFlush:
      for (std::size_t i = 0; i < replicas_.size(); ++i)
        if (const Replica& r = look(static_cast<std::int32_t>(i));
            r.role != ReplicaRole::None && r.log.flush_due(ctx.now()))
          begin_flush(ctx, r, r.log.log_end_offset());
      again("log.flush.scheduler.interval.ms");
      return true;
    case timer::kFlushDone: finish_flush(ctx, arg); return true;
    case timer::kLogRetention:
      // LogManager.startup gives the flusher the same delay. By default it has no interval, and runs only this once.
      if ((ctx.now() - logs_loaded_at_).us / 1000 - kInitialTaskDelayMs <
          options_.config.number("log.retention.check.interval.ms"))
        on_log_timer(ctx, timer::kLogFlush, 0);
      // For compacted logs the cleaner does this (LogManager.cleanupLogs).
      for (std::size_t i = 0; i < replicas_.size(); ++i)
        if (Replica& r = replicas_[i]; r.role != ReplicaRole::None && !r.log.options().cleanup_compact)
          delete_old_segments(ctx, r);
      again("log.retention.check.interval.ms");
      return true;
    case timer::kLogCleaner:
      run_cleaner(ctx);
      ctx.set_timer(cleaner_backoff_, kind);
      return true;
    case timer::kProducerExpiry: check_producers(ctx, arg); return true;
    case timer::kDeleteRecords: check_delete_records(ctx, true, arg); return true;
    default: return false;
  }
}

sim::Duration Broker::producer_expiry_interval() const {
  const bool old = options_.config.version() == protocol::KafkaVersion::V2_5;
  return sim::milliseconds(old ? kProducerExpiryCheckMs
                               : options_.config.number("producer.id.expiration.check.interval.ms"));
}

/// Starts the check of a newly created log.
void Broker::begin_producer_check(Ctx& ctx, std::int32_t index) {
  Replica& r = replicas_[static_cast<std::size_t>(index)];
  r.made_at = ctx.now();
  if (r.made_at > logs_loaded_at_)
    ctx.set_timer(producer_expiry_interval(), timer::kProducerExpiry,
                  check_of(static_cast<std::uint32_t>(index), r.made_at));
}

/// Each log has its own check, starting when it was created or loaded (UnifiedLog, PeriodicProducerExpirationCheck).
void Broker::check_producers(Ctx& ctx, std::uint64_t arg) {
  const sim::Duration interval = producer_expiry_interval();
  sim::Instant since = logs_loaded_at_;
  const auto check = [&](Replica& r) {
    for (const protocol::ProducerId id : r.log.remove_expired_producers(ctx.wall_clock_ms()))
      ctx.trace(fact::ProducerExpired{r.tp, id});
  };
  if (arg != kAllLoaded) {
    const auto index = static_cast<std::uint32_t>(arg >> 32) - 1;
    Replica& r = replicas_[index];
    if (r.dir == storage::kNoDir || check_of(index, r.made_at) != arg) return;  // the log is gone
    since = r.made_at;
    check(r);
  } else {
    for (std::size_t i = 0; i < replicas_.size(); ++i)
      if (look(static_cast<std::int32_t>(i)).made_at <= logs_loaded_at_) check(replicas_[i]);
  }
  ctx.set_timer(to_next(ctx.now(), since, interval), timer::kProducerExpiry, arg);
}

void Broker::delete_old_segments(Ctx& ctx, Replica& r) {
  const Offset start = r.log.log_start_offset(), active = r.log.active_base_offset();
  const auto gone = r.log.delete_old_segments(ctx.now(), ctx.wall_clock_ms());
  trace_roll(ctx, r, active);
  if (r.log.log_start_offset() > start)
    ctx.trace(fact::LogStartAdvanced{.partition = r.tp,
                                     .from = start,
                                     .to = r.log.log_start_offset(),
                                     .reason = fact::LogStartReason::SegmentsDeleted});
  for (const storage::DeletedSegment& s : gone)
    ctx.trace(fact::SegmentDeleted{r.tp, s.base_offset, s.next_base_offset, s.size_bytes, s.reason});
}

/// Cleans the dirtiest log, then the next, until none is dirty enough; after each, deletes old segments of compacted
/// logs. Simplified: cleaning takes no time, and log.cleaner.io.max.bytes.per.second does not slow it. Kafka:
/// LogCleaner.CleanerThread.cleanFilthiestLog.
void Broker::run_cleaner(Ctx& ctx) {
  const bool loaded_is_enough = options_.historical.kafka_13194;
  const auto compacted = [&](const Replica& r) {
    const bool there = r.role != ReplicaRole::None || (loaded_is_enough && r.dir != storage::kNoDir && !r.offline);
    return there && r.log.options().cleanup_compact;
  };
  std::vector<const storage::PartitionLog*> logs;
  logs.reserve(replicas_.size());
  bool any = false;
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    const bool mine = compacted(look(static_cast<std::int32_t>(i)));
    logs.push_back(mine ? &replicas_[i].log
                        : nullptr);  // non-const access: the log examined here must be the one that is cleaned
    any = any || mine;
  }
  if (!any) return;
  const auto delete_old = [&] {
    for (std::size_t i = 0; i < replicas_.size(); ++i) {  // the cleaner takes nothing above the high watermark
      const Replica& r = look(static_cast<std::int32_t>(i));
      if (r.role != ReplicaRole::None && compacted(r)) delete_old_segments(ctx, replicas_[i]);
    }
  };
  for (std::size_t round = 0; round <= logs.size(); ++round) {
    const auto dirtiest = storage::filthiest_log(logs, ctx.wall_clock_ms());
    if (!dirtiest) break;
    Replica& r = replicas_[static_cast<std::size_t>(dirtiest->index)];
    storage::PartitionLog cleaned = r.log;
    const storage::CleanResult done = cleaned.clean(dirtiest->first_dirty, dirtiest->first_uncleanable, cleaner_keys_,
                                                    ctx.now(), ctx.wall_clock_ms());
    // The cleaned copy is written beside the segments it replaces, which stay for file.delete.delay.ms.
    if (done.replaced == 0 || admit_write(ctx, r, done.bytes_written) != storage::WriteResult::Ok) {
      logs[static_cast<std::size_t>(dirtiest->index)] = nullptr;
      continue;
    }
    r.log = std::move(cleaned);
    ctx.trace(fact::LogCompacted{.partition = r.tp,
                                 .clean_until = done.end,
                                 .records_before = done.records_read,
                                 .records_after = done.records_kept,
                                 .tombstones_kept = done.tombstones_kept,
                                 .tombstones_dropped = done.tombstones_dropped});
    delete_old();
  }
  delete_old();
}

void Broker::advance_log_start(Ctx& ctx, Replica& r, Offset to, fact::LogStartReason reason) {
  const Offset from = r.log.log_start_offset();
  if (r.log.maybe_increment_log_start_offset(to, ctx.now()))
    ctx.trace(fact::LogStartAdvanced{.partition = r.tp, .from = from, .to = to, .reason = reason});
}

/// Flushes the closed segments, up to the base of the new one (UnifiedLog.roll).
void Broker::trace_roll(Ctx& ctx, const Replica& r, Offset active_before) {
  const Offset active = r.log.active_base_offset();
  if (active == active_before) return;
  const storage::SegmentList& segments = r.log.segment_list();
  const std::int64_t closed = segments.closed().empty() ? 0 : segments.closed().back()->size_bytes;
  ctx.trace(fact::SegmentRolled{
      .partition = r.tp, .base_offset = active, .closed_base_offset = active_before, .closed_bytes = closed});
  begin_flush(ctx, r, active);
}

/// Runs in a scheduler thread: no request waits for it. Kafka: UnifiedLog.flush.
void Broker::begin_flush(Ctx& ctx, const Replica& r, Offset to) {
  if (to <= r.log.recovery_point()) return;
  flushes_.push_back({next_flush_, r.tp, to});
  ctx.set_timer(dirs_.sync(r.dir, ctx.now()), timer::kFlushDone, next_flush_++);
}

void Broker::finish_flush(Ctx& ctx, std::uint64_t number) {
  const auto done =
      std::find_if(flushes_.begin(), flushes_.end(), [&](const BackgroundFlush& f) { return f.number == number; });
  if (done == flushes_.end()) return;  // the log is gone
  const BackgroundFlush flush = *done;
  flushes_.erase(done);
  Replica& r = replicas_[static_cast<std::size_t>(find(flush.tp))];
  if (r.offline) return;
  if (dirs_[r.dir].failing) return take_dir_offline(ctx, r.dir, fact::DirFailureReason::Failing);
  const Offset before = r.log.recovery_point();
  if (!sim::mutant("closed-segments-stay-in-memory")) r.log.flush_to(flush.to, ctx.now());
  note_flush(ctx, r, before);
}

/// Returns whether the log was flushed. Flushes are counted by segment (LogSegment.LOG_FLUSH_TIMER).
bool Broker::note_flush(Ctx& ctx, const Replica& r, Offset before) {
  const Offset now = r.log.recovery_point();
  if (now <= before) return false;
  metrics_.log_flushes += r.log.segments_between(before, now);
  ctx.trace(fact::LogFlushed{r.tp, now});
  return true;
}

// ---------------------------------------------------------------------------------------------- DeleteRecords

/// Kafka: ReplicaManager.deleteRecords, Partition.deleteRecordsOnLeader.
void Broker::handle(Ctx& ctx, Connection& connection, const protocol::DeleteRecordsRequest& request) {
  DelayedDeleteRecords op;
  op.connection = connection.id;
  bool waits = false;
  for (const protocol::DeleteRecordsPartition& asked : request.partitions) {
    DelayedDeleteRecords::Item& item = op.items.emplace_back();
    protocol::DeleteRecordsPartitionResult& out = op.answer.partitions.emplace_back();
    out.partition = asked.partition;
    const std::int32_t index = find(asked.partition);
    if (image_.partition(asked.partition) == nullptr) {
      out.error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;  // KafkaApis.handleDeleteRecordsRequest
    } else if (is_internal(image_.topic(asked.partition.topic)->name)) {
      out.error = ErrorCode::INVALID_TOPIC_EXCEPTION;
    } else if (index < 0 || replicas_[static_cast<std::size_t>(index)].role == ReplicaRole::None) {
      out.error = missing_replica_error(asked.partition, false);
    } else {
      Replica& r = replicas_[static_cast<std::size_t>(index)];
      const Offset to = asked.offset.value == -1 ? r.log.high_watermark() : asked.offset;
      if (!r.is_leader()) out.error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
      else if (!r.log.options().cleanup_delete) out.error = ErrorCode::POLICY_VIOLATION;
      else if (to.value < 0) out.error = ErrorCode::OFFSET_OUT_OF_RANGE;
      else advance_log_start(ctx, r, to, fact::LogStartReason::RecordsDeleted);
      // The offset is above the high watermark (UnifiedLog.maybeIncrementLogStartOffset).
      if (out.error == ErrorCode::NONE && r.log.log_start_offset() < to) out.error = ErrorCode::OFFSET_OUT_OF_RANGE;
      if (out.error == ErrorCode::NONE) {
        out.low_watermark = low_watermark(r);
        item = {index, to, out.low_watermark < to};
        waits = waits || item.pending;
      }
    }
    if (out.error != ErrorCode::NONE) refuse(ctx, ApiKey::DeleteRecords, asked.partition, out.error, connection.peer);
  }
  if (!waits) {
    respond(ctx, connection.id, std::move(op.answer));
    return;
  }
  op.number = next_delete_records_++;
  op.timer = ctx.set_timer(sim::milliseconds(request.timeout_ms), timer::kDeleteRecords, op.number);
  delete_records_.push_back(std::move(op));
}

/// The least log start offset of the replicas on live brokers. Kafka: Partition.lowWatermarkIfLeader.
Offset Broker::low_watermark(const Replica& r) const {
  Offset low = r.log.log_start_offset();
  for (const RemoteReplica& remote : r.remotes) {
    const protocol::BrokerRegistration* broker = image_.broker(remote.id);
    if (broker != nullptr && !broker->fenced) low = std::min(low, remote.log_start_offset);
  }
  return low;
}

/// Answers the requests that are complete, or (expired_only) the one whose time is up. Kafka: DelayedDeleteRecords.
void Broker::check_delete_records(Ctx& ctx, bool expired_only, std::uint64_t expired) {
  for (std::size_t i = 0; i < delete_records_.size();) {
    DelayedDeleteRecords& op = delete_records_[i];
    const bool late = expired_only && op.number == expired;
    if (expired_only && !late) {
      ++i;
      continue;
    }
    bool waits = false;
    for (std::size_t k = 0; k < op.items.size(); ++k) {
      DelayedDeleteRecords::Item& item = op.items[k];
      protocol::DeleteRecordsPartitionResult& out = op.answer.partitions[k];
      if (!item.pending) continue;
      if (late) {  // an expired operation is not checked again (DelayedOperation.run)
        out.error = ErrorCode::REQUEST_TIMED_OUT;
        ++metrics_.expired_delete_records;
        continue;
      }
      const Replica& r = replicas_[static_cast<std::size_t>(item.replica)];
      if (!r.is_leader()) {
        out.error = r.offline                     ? ErrorCode::KAFKA_STORAGE_ERROR
                    : r.role == ReplicaRole::None ? ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
                                                  : ErrorCode::NOT_LEADER_OR_FOLLOWER;
        out.low_watermark = Offset{};
        item.pending = false;
      } else {
        const Offset low = low_watermark(r);
        item.pending = low < item.required;
        if (!item.pending) out.low_watermark = low;
      }
      waits = waits || item.pending;
    }
    if (waits) {
      ++i;
      continue;
    }
    DelayedDeleteRecords done = std::move(op);
    delete_records_.erase(delete_records_.begin() + static_cast<std::ptrdiff_t>(i));
    complete_deletions_.count(ctx.now());
    for (const DelayedDeleteRecords::Item& item : done.items) complete_deletions_.add(item.replica);
    ctx.cancel(done.timer);
    respond(ctx, done.connection, std::move(done.answer));
  }
}

}  // namespace kafkascope::broker
