// Durability: what is on the disk, what the death of the process leaves, and what a start finds. Kafka:
// UnifiedLog.flush, LogLoader, LogManager, ProducerStateManager.
#include <algorithm>

#include "sim/mutant.h"
#include "storage/partition_log.h"
#include "storage/producer_reload.h"

namespace kafkascope::storage {

Offset PartitionLog::flushed_offset(sim::Instant now) const {
  // Everything written at or before the horizon has been written back.
  const sim::Instant horizon = now - options_->write_back;
  const SegmentList& segments = body_->segments;
  for (std::size_t i = segments.size(); i-- > 0 && segments[i].next_offset() > body_->flushed;) {
    const auto& entries = segments[i].entries;
    std::size_t low = 0, high = entries.size();
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (entries[middle].written_at <= horizon) low = middle + 1;
      else high = middle;
    }
    if (low > 0) return std::max(body_->flushed, entries[low - 1].batch.next_offset());
  }
  return body_->flushed;
}

/// When there is nothing to flush, the time of the last flush does not change (LocalLog.markFlushed).
void PartitionLog::flush_to(Offset to, sim::Instant now) {
  clock_ = std::max(clock_, now);
  to = std::min(to, log_end_);  // the log may have been truncated in the meantime
  if (to <= body_->recovery_point) return;
  Body& body = body_.change();
  body.last_flush = clock_;
  if (sim::mutant("flush-reaches-no-disk")) return;
  body.recovery_point_file.before_change(body.recovery_point, clock_, from_.recovery_point_schedule(*options_));
  body.recovery_point = to;
  body.flushed = std::max(body.flushed, to);
}

void PartitionLog::on_start(sim::Instant now, std::int64_t now_ms, CheckpointsFrom from) {
  ++version_;
  from_ = from;
  clock_ = now;
  if (body_->start_after_restart.known()) {
    Body& body = body_.change();
    log_start_ = std::exchange(body.start_after_restart, Offset{});
    // Otherwise the state that on_death left is right.
    if (body.producers.any_expired(now_ms, options_->producer_id_expiration_ms))
      reload_producers(
          body.producers, body.past.change().snapshots, body.segments,
          {ProducerReload::When::AtStart, log_start_, log_end_, now_ms, options_->producer_id_expiration_ms});
  }
  high_watermark_ = std::clamp(
      sim::mutant("high-watermark-restored-too-far") ? log_end_ : high_watermark_file_.in_file(), log_start_, log_end_);
  high_watermark_file_.write(high_watermark_, now);
  settle_transactions(high_watermark_);
  CheckpointedOffset recovery_point = body_->recovery_point_file, log_start = body_->log_start_file;
  recovery_point.write(recovery_point.in_file(), now);
  log_start.write(log_start_, now);
  // A log formed with the cluster has not changed and keeps sharing its body until the first write.
  if (body_->last_flush == now && body_->recovery_point_file == recovery_point && body_->log_start_file == log_start)
    return;
  Body& body = body_.change();
  body.last_flush = now;
  body.recovery_point_file = recovery_point;
  body.log_start_file = log_start;
}

void PartitionLog::begin_high_watermark_checkpoints(sim::Instant now) {
  from_.high_watermarks = now;
  high_watermark_file_.write(high_watermark_, now);
}

void PartitionLog::on_unread_death() {
  if (!body_->start_after_restart.known()) body_.change().start_after_restart = log_start_;
}

Offset PartitionLog::on_death(sim::Death death, sim::Instant now) {
  ++version_;
  const Offset end_before = log_end_;
  const bool clean = death == sim::Death::Stop;
  const bool ended = body_->start_after_restart.known();  // the process had already crashed: the files have not changed
  const Offset file_high_watermark = clean   ? high_watermark_
                                     : ended ? high_watermark_file_.in_file()
                                             : checkpointed_high_watermark(now);
  clock_ = std::max(clock_, now);
  if (clean) flush(now);
  Body& body = body_.change();
  Offset recovery_point =
      clean   ? log_end_
      : ended ? body.recovery_point_file.in_file()
              : body.recovery_point_file.value(body.recovery_point, now, from_.recovery_point_schedule(*options_));
  const Offset file_start = clean   ? log_start_
                            : ended ? body.start_after_restart
                                    : body.log_start_file.value(log_start_, now, from_.log_start_schedule(*options_));
  Past& past = body.past.change();
  past.recovery = RecoveryReport{};
  past.recovery.clean = clean;
  if (clean) past.snapshots.take(log_end_, body.producers);
  const bool tail_is_read = !sim::mutant("recovery-skips-the-tail");
  if ((death == sim::Death::PowerOff && !sim::mutant("power-loss-loses-nothing")) || !tail_is_read) {
    const Offset survives = tail_is_read ? flushed_offset(now) : recovery_point;
    if (const StoredBatch* lost = batch_at(std::max(survives, log_start_));
        lost != nullptr && survives < log_end_ && lost->base_offset == survives) {
      const LogSegment& torn = body.segments[body.segments.find(survives)];
      past.recovery.torn_bytes =
          torn_bytes(torn.size_bytes - bytes_between(survives, torn.next_offset()), lost->data->size_bytes);
    }
    if (survives < log_end_) cut_to(std::max(survives, body.segments.base_offset()));
    body.flushed = log_end_;
  }
  // Kafka: LogLoader.deleteSegmentsIfLogStartGreaterThanLogEnd.
  if (log_end_ < file_start) truncate_fully_and_start_at(file_start, now);
  recovery_point = std::min(recovery_point, log_end_);
  if (!clean) {
    // No file says that the log start offset is the first segment's base.
    recover_producers(past.snapshots, body.segments, recovery_point,
                      file_start > body.segments.base_offset() ? file_start : Offset{0});
    // Every segment is read from end to end, starting with the one that holds the recovery point; a torn batch is cut
    // off.
    for (std::size_t i = body.segments.find(recovery_point); i < body.segments.size(); ++i) {
      ++past.recovery.segments_scanned;
      past.recovery.bytes_scanned += body.segments[i].size_bytes;
    }
    past.recovery.bytes_scanned += past.recovery.torn_bytes;
    // Reading the segments does not flush them: they are read again at each start until a flush has raised the recovery
    // point in the file (LogLoader.recoverLog).
    if (options_->recovery_raises_recovery_point) recovery_point = log_end_;
  }
  // This does what LogLoader does at the next start. Until then views still see the old high watermark and log start
  // offset.
  body.recovery_point_file.write(recovery_point, clock_);
  body.recovery_point = recovery_point;
  past.deleted.clear();
  body.epochs.truncate_from_end(log_end_);
  body.start_after_restart =
      std::clamp(file_start, body.segments.base_offset(), std::max(log_end_, body.segments.base_offset()));
  std::vector<Offset> bases;
  for (std::size_t i = 0; i < body.segments.size(); ++i) bases.push_back(body.segments[i].base_offset);
  past.snapshots.remove_strays(bases);
  reload_producers(body.producers, past.snapshots, body.segments,
                   {ProducerReload::When::AtStart, body.start_after_restart, log_end_, std::nullopt});
  high_watermark_file_.write(std::clamp(file_high_watermark, std::min(log_start_, log_end_), log_end_), clock_);
  high_watermark_ = std::clamp(high_watermark_, std::min(log_start_, log_end_), log_end_);
  if (log_end_ < end_before) past.recovery.lost_from = end_before;
  return past.recovery.lost_from;
}

}  // namespace kafkascope::storage
