// Periodic log maintenance: flushing, retention, compaction, producer expiration; and DeleteRecords. Kafka: LogManager
// (startup, cleanupLogs), LogCleaner, UnifiedLog's PeriodicProducerExpirationCheck, ReplicaManager.deleteRecords.
// KIP-107 (DeleteRecords).
#include <algorithm>
#include <utility>

#include "broker/broker_server.h"
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

std::int64_t LogManager::cleaner_keys(const protocol::Config& broker) {
  return broker.number("log.cleaner.dedupe.buffer.size") / kBytesPerKey / 100 *
         (broker.ppm("log.cleaner.io.buffer.load.factor") / 10000);
}

/// `topic`: the topic's configuration, overriding the broker's; `broker`: the broker's current configuration.
storage::LogOptions LogManager::log_options(const BrokerServer& server, const protocol::Config& topic,
                                            const protocol::Config& broker) const {
  const protocol::Config& own = server.options.config;
  const bool old = own.version() == protocol::KafkaVersion::V2_5;
  storage::LogOptions o;
  o.write_back = server.options.write_back;
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
  o.horizon_in_batches = !server.options.historical.kip_534;
  o.compaction_passes_high_watermark = server.options.historical.kafka_13194;
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
void LogManager::start_log(Ctx& ctx, storage::PartitionLog& log) const {
  log.on_start(ctx.now(), ctx.wall_clock_ms(), {high_watermarks_from, logs_loaded_at});
}

/// Called when the logs are loaded (LogManager.startupWithConfigOverrides): the periodic tasks start here. The cleaner
/// runs at once (LogCleaner.CleanerThread.doWork); from KAFKA-13194 on that run has no effect, because the high
/// watermark of a loaded log is its start until its partition is created.
void LogManager::begin_log_maintenance(Ctx& ctx, BrokerServer& server) {
  logs_loaded_at = ctx.now();
  if (!server.zk) high_watermarks_from = ctx.now();
  if (loading == Loading::Done)
    for (std::size_t i = 0; i < server.replicas.size(); ++i)
      if (!server.look(static_cast<std::int32_t>(i)).offline) start_log(ctx, server.replicas[i].log);
  const auto start = [&](std::int64_t in_ms, std::uint16_t kind) {
    if (in_ms < kNeverMs) ctx.set_timer(sim::milliseconds(in_ms), kind);
  };
  start(kInitialTaskDelayMs, timer::kLogRetention);  // the flusher starts at the same time
  if (server.options.config.flag("log.cleaner.enable"))
    start(server.settings.cleaner_backoff.us / 1000, timer::kLogCleaner);
  start(producer_expiry_interval(server).us / 1000, timer::kProducerExpiry);
  if (server.options.config.flag("log.cleaner.enable") && server.options.historical.kafka_13194)
    run_cleaner(ctx, server);
}

bool LogManager::on_log_timer(Ctx& ctx, BrokerServer& server, std::uint16_t kind, std::uint64_t arg) {
  const auto again = [&](std::string_view interval) {
    const sim::Instant first = logs_loaded_at + sim::milliseconds(kInitialTaskDelayMs);
    if (const std::int64_t ms = server.options.config.number(interval); ms < kNeverMs)
      ctx.set_timer(to_next(ctx.now(), first, sim::milliseconds(ms)), kind);
  };
  switch (kind) {
    case timer::kLogFlush:
      for (std::size_t i = 0; i < server.replicas.size(); ++i)
        if (const Replica& r = server.look(static_cast<std::int32_t>(i));
            r.role != ReplicaRole::None && r.log.flush_due(ctx.now()))
          begin_flush(ctx, server, r, r.log.log_end_offset());
      again("log.flush.scheduler.interval.ms");
      return true;
    case timer::kFlushDone: finish_flush(ctx, server, arg); return true;
    case timer::kLogRetention:
      // LogManager.startup gives the flusher the same delay. By default the flusher has no interval and runs only this
      // once.
      if ((ctx.now() - logs_loaded_at).us / 1000 - kInitialTaskDelayMs <
          server.options.config.number("log.retention.check.interval.ms"))
        on_log_timer(ctx, server, timer::kLogFlush, 0);
      // For compacted logs the cleaner deletes old segments (LogManager.cleanupLogs).
      for (std::size_t i = 0; i < server.replicas.size(); ++i)
        if (Replica& r = server.replicas[i]; r.role != ReplicaRole::None && !r.log.options().cleanup_compact)
          delete_old_segments(ctx, server, r);
      again("log.retention.check.interval.ms");
      return true;
    case timer::kLogCleaner:
      run_cleaner(ctx, server);
      ctx.set_timer(server.settings.cleaner_backoff, kind);
      return true;
    case timer::kProducerExpiry: check_producers(ctx, server, arg); return true;
    case timer::kDeleteRecords: server.delayed.check_delete_records(ctx, server, true, arg); return true;
    default: return false;
  }
}

sim::Duration LogManager::producer_expiry_interval(const BrokerServer& server) const {
  const bool old = server.options.config.version() == protocol::KafkaVersion::V2_5;
  return sim::milliseconds(old ? kProducerExpiryCheckMs
                               : server.options.config.number("producer.id.expiration.check.interval.ms"));
}

/// Starts the expiration check of a newly created log.
void LogManager::begin_producer_check(Ctx& ctx, BrokerServer& server, std::int32_t index) {
  Replica& r = server.replicas[static_cast<std::size_t>(index)];
  r.made_at = ctx.now();
  if (r.made_at > logs_loaded_at)
    ctx.set_timer(producer_expiry_interval(server), timer::kProducerExpiry,
                  check_of(static_cast<std::uint32_t>(index), r.made_at));
}

/// Each log has its own check, starting when it was created or loaded (UnifiedLog, PeriodicProducerExpirationCheck).
void LogManager::check_producers(Ctx& ctx, BrokerServer& server, std::uint64_t arg) {
  const sim::Duration interval = producer_expiry_interval(server);
  sim::Instant since = logs_loaded_at;
  const auto check = [&](Replica& r) {
    for (const protocol::ProducerId id : r.log.remove_expired_producers(ctx.wall_clock_ms()))
      ctx.trace(fact::ProducerExpired{r.tp, id});
  };
  if (arg != kAllLoaded) {
    const auto index = static_cast<std::uint32_t>(arg >> 32) - 1;
    Replica& r = server.replicas[index];
    if (r.dir == storage::kNoDir || check_of(index, r.made_at) != arg) return;  // the log is gone
    since = r.made_at;
    check(r);
  } else {
    for (std::size_t i = 0; i < server.replicas.size(); ++i)
      if (server.look(static_cast<std::int32_t>(i)).made_at <= logs_loaded_at) check(server.replicas[i]);
  }
  ctx.set_timer(to_next(ctx.now(), since, interval), timer::kProducerExpiry, arg);
}

void LogManager::delete_old_segments(Ctx& ctx, BrokerServer& server, Replica& r) {
  const Offset start = r.log.log_start_offset(), active = r.log.active_base_offset();
  const auto gone = r.log.delete_old_segments(ctx.now(), ctx.wall_clock_ms());
  trace_roll(ctx, server, r, active);
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
void LogManager::run_cleaner(Ctx& ctx, BrokerServer& server) {
  const bool loaded_is_enough = server.options.historical.kafka_13194;
  const auto compacted = [&](const Replica& r) {
    const bool there = r.role != ReplicaRole::None || (loaded_is_enough && r.dir != storage::kNoDir && !r.offline);
    return there && r.log.options().cleanup_compact;
  };
  std::vector<const storage::PartitionLog*> logs;
  logs.reserve(server.replicas.size());
  bool any = false;
  for (std::size_t i = 0; i < server.replicas.size(); ++i) {
    const bool mine = compacted(server.look(static_cast<std::int32_t>(i)));
    logs.push_back(mine ? &server.replicas[i].log
                        : nullptr);  // non-const access: the log examined here must be the one that is cleaned
    any = any || mine;
  }
  if (!any) return;
  const auto delete_old = [&] {
    for (std::size_t i = 0; i < server.replicas.size(); ++i) {  // the cleaner cleans nothing above the high watermark
      const Replica& r = server.look(static_cast<std::int32_t>(i));
      if (r.role != ReplicaRole::None && compacted(r)) delete_old_segments(ctx, server, server.replicas[i]);
    }
  };
  for (std::size_t round = 0; round <= logs.size(); ++round) {
    const auto dirtiest = storage::filthiest_log(logs, ctx.wall_clock_ms());
    if (!dirtiest) break;
    Replica& r = server.replicas[static_cast<std::size_t>(dirtiest->index)];
    storage::PartitionLog cleaned = r.log;
    const storage::CleanResult done = cleaned.clean(dirtiest->first_dirty, dirtiest->first_uncleanable,
                                                    server.settings.cleaner_keys, ctx.now(), ctx.wall_clock_ms());
    // The cleaned copy is written beside the segments it replaces, which stay for file.delete.delay.ms.
    if (done.replaced == 0 || admit_write(ctx, server, r, done.bytes_written) != storage::WriteResult::Ok) {
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

void LogManager::advance_log_start(Ctx& ctx, Replica& r, Offset to, fact::LogStartReason reason) {
  const Offset from = r.log.log_start_offset();
  if (r.log.maybe_increment_log_start_offset(to, ctx.now()))
    ctx.trace(fact::LogStartAdvanced{.partition = r.tp, .from = from, .to = to, .reason = reason});
}

/// Flushes the closed segments, up to the base of the new one (UnifiedLog.roll).
void LogManager::trace_roll(Ctx& ctx, BrokerServer& server, const Replica& r, Offset active_before) {
  const Offset active = r.log.active_base_offset();
  if (active == active_before) return;
  const storage::SegmentList& segments = r.log.segment_list();
  const std::int64_t closed = segments.closed().empty() ? 0 : segments.closed().back()->size_bytes;
  ctx.trace(fact::SegmentRolled{
      .partition = r.tp, .base_offset = active, .closed_base_offset = active_before, .closed_bytes = closed});
  begin_flush(ctx, server, r, active);
}

/// Runs in a scheduler thread: no request waits for it. Kafka: UnifiedLog.flush.
void LogManager::begin_flush(Ctx& ctx, BrokerServer& server, const Replica& r, Offset to) {
  if (to <= r.log.recovery_point()) return;
  flushes.push_back({next_flush_, r.tp, to});
  ctx.set_timer(server.dirs.sync(r.dir, ctx.now()), timer::kFlushDone, next_flush_++);
}

void LogManager::finish_flush(Ctx& ctx, BrokerServer& server, std::uint64_t number) {
  const auto done =
      std::find_if(flushes.begin(), flushes.end(), [&](const BackgroundFlush& f) { return f.number == number; });
  if (done == flushes.end()) return;  // the log is gone
  const BackgroundFlush flush = *done;
  flushes.erase(done);
  Replica& r = server.replicas[static_cast<std::size_t>(server.find(flush.tp))];
  if (r.offline) return;
  if (server.dirs[r.dir].failing) return take_dir_offline(ctx, server, r.dir, fact::DirFailureReason::Failing);
  const Offset before = r.log.recovery_point();
  if (!sim::mutant("closed-segments-stay-in-memory")) r.log.flush_to(flush.to, ctx.now());
  note_flush(ctx, server, r, before);
}

/// Returns whether the log was flushed. Flushes are counted by segment (LogSegment.LOG_FLUSH_TIMER).
bool LogManager::note_flush(Ctx& ctx, BrokerServer& server, const Replica& r, Offset before) {
  const Offset now = r.log.recovery_point();
  if (now <= before) return false;
  server.metrics.log_flushes += r.log.segment_list().segments_between(before, now);
  ctx.trace(fact::LogFlushed{r.tp, now});
  return true;
}

// ---------------------------------------------------------------------------------------------- DeleteRecords

/// Kafka: ReplicaManager.deleteRecords, Partition.deleteRecordsOnLeader.
void LogManager::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                        const protocol::DeleteRecordsRequest& request) {
  DelayedDeleteRecords op;
  op.connection = connection.id;
  bool waits = false;
  for (const protocol::DeleteRecordsPartition& asked : request.partitions) {
    DelayedDeleteRecords::Item& item = op.items.emplace_back();
    protocol::DeleteRecordsPartitionResult& out = op.answer.partitions.emplace_back();
    out.partition = asked.partition;
    if (server.image.partition(asked.partition) == nullptr) {
      out.error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;  // KafkaApis.handleDeleteRecordsRequest
    } else if (is_internal(server.image.topic(asked.partition.topic)->name)) {
      out.error = ErrorCode::INVALID_TOPIC_EXCEPTION;
    } else if (out.error = server.replica_manager.leader_error(server, asked.partition, false);
               out.error == ErrorCode::NONE) {
      const std::int32_t index = server.find(asked.partition);
      Replica& r = server.replicas[static_cast<std::size_t>(index)];
      const Offset to = asked.offset.value == -1 ? r.log.high_watermark() : asked.offset;
      if (!r.log.options().cleanup_delete) out.error = ErrorCode::POLICY_VIOLATION;
      else if (to.value < 0) out.error = ErrorCode::OFFSET_OUT_OF_RANGE;
      else advance_log_start(ctx, r, to, fact::LogStartReason::RecordsDeleted);
      // The offset is above the high watermark (UnifiedLog.maybeIncrementLogStartOffset).
      if (out.error == ErrorCode::NONE && r.log.log_start_offset() < to) out.error = ErrorCode::OFFSET_OUT_OF_RANGE;
      if (out.error == ErrorCode::NONE) {
        out.low_watermark = server.replica_manager.low_watermark(server, r);
        item = {index, to, out.low_watermark < to};
        waits = waits || item.pending;
      }
    }
    if (out.error != ErrorCode::NONE)
      server.connections.refuse(ctx, api::DeleteRecords, asked.partition, out.error, connection.peer);
  }
  if (!waits) {
    server.connections.respond(ctx, server, connection.id, std::move(op.answer));
    return;
  }
  op.number = server.delayed.next_delete_records++;
  op.timer = ctx.set_timer(sim::milliseconds(request.timeout_ms), timer::kDeleteRecords, op.number);
  server.delayed.delete_records.push_back(std::move(op));
}

}  // namespace kafkascope::broker
