// Append, read and truncate. Kafka: UnifiedLog, LocalLog.
#include "storage/partition_log.h"

#include <algorithm>

#include "sim/mutant.h"
#include "storage/producer_reload.h"
#include "storage/wall_clock.h"

namespace kafkascope::storage {
namespace {

const std::shared_ptr<const LogOptions>& default_options() {
  static const std::shared_ptr<const LogOptions> options = std::make_shared<const LogOptions>();
  return options;
}

}  // namespace

PartitionLog::PartitionLog() : options_(default_options()) {}
PartitionLog::PartitionLog(const LogOptions& options) : PartitionLog() { set_options(options); }

void PartitionLog::set_options(const LogOptions& options) {
  if (options != *options_) options_ = std::make_shared<const LogOptions>(options);
}

void PartitionLog::set_high_watermark(Offset offset, sim::Instant now) {
  clock_ = std::max(clock_, now);
  ++version_;
  high_watermark_file_.before_change(high_watermark_, clock_, from_.high_watermark_schedule(*options_));
  high_watermark_ = std::clamp(offset, log_start_, log_end_);
  settle_transactions(high_watermark_);
}

void PartitionLog::settle_transactions(Offset offset) {
  if (body_->producers.settles(offset)) body_.change().producers.settle(offset);
}

Offset PartitionLog::checkpointed_high_watermark(sim::Instant now) const {
  return high_watermark_file_.value(high_watermark_, now, from_.high_watermark_schedule(*options_));
}

StoredBatch PartitionLog::append_as_leader(protocol::BatchRef batch, LeaderEpoch epoch, sim::Instant now,
                                           sim::Duration behind) {
  StoredBatch stored{log_end_, epoch, std::move(batch)};
  append(std::span(&stored, 1), now, behind);
  return stored;
}

bool PartitionLog::append_as_follower(std::span<const StoredBatch> batches, sim::Instant now, sim::Duration behind) {
  if (batches.empty()) return true;
  if (batches.front().base_offset < log_end_) return false;
  append(batches, now, behind);
  return true;
}

void PartitionLog::make_room(std::span<const StoredBatch> batches, sim::Instant now) {
  clock_ = std::max(clock_, now);
  if (should_roll(body_->segments.active(), Incoming(batches), *options_, wall_ms(clock_)))
    roll_to(batches.front().base_offset, clock_);
}

void PartitionLog::append(std::span<const StoredBatch> batches, sim::Instant now, sim::Duration behind) {
  make_room(batches, now);
  ++version_;
  Body& body = body_.change();
  std::vector<CompletedTransaction> completed;
  for (const StoredBatch& batch : batches) {
    body.epochs.assign(batch.leader_epoch, batch.base_offset);
    if (const auto transaction = body.producers.update(*batch.data, batch.base_offset))
      completed.push_back(*transaction);
    body.segments.active().append(batch, clock_, options_->index_interval_bytes,
                                  std::max(sim::Duration{0}, behind - options_->write_back));
  }
  for (const CompletedTransaction& transaction : completed) {
    if (transaction.aborted)
      body.segments.active().aborted.push_back({transaction.producer, transaction.first_offset, transaction.last_offset,
                                                body.producers.last_stable_offset(transaction)});
    body.producers.complete(transaction);
  }
  log_end_ = batches.back().next_offset();
  // flush.messages counts the records appended since the last flush, including those that the operating system has
  // written back.
  if (log_end_ - body.recovery_point >= options_->flush_messages) flush(clock_);
}

/// Takes a producer snapshot at the new segment's base. The log's owner flushes the closed segment later, and the
/// append does not wait for that (UnifiedLog.roll, "flush-log").
void PartitionLog::roll_to(Offset base, sim::Instant now) {
  Body& body = body_.change();
  body.segments.roll(base, wall_ms(now));
  body.past.change().snapshots.take(base, body.producers);
}

void PartitionLog::roll(sim::Instant now) {
  clock_ = std::max(clock_, now);
  if (!body_->segments.active().empty()) roll_to(log_end_, clock_);
}

std::vector<StoredBatch> PartitionLog::read(Offset from, Offset end_exclusive, std::int32_t max_bytes,
                                            bool at_least_one, std::int32_t* cut_bytes) const {
  std::vector<StoredBatch> found;
  if (from < log_start_ || from >= log_end_) return found;
  std::int64_t left = max_bytes;
  const SegmentList& segments = body_->segments;
  for (std::size_t i = segments.find(from); i < segments.size() && found.empty(); ++i) {
    const auto& entries = segments[i].entries;
    for (std::size_t k = segments[i].index_of(from); k < entries.size(); ++k) {
      const StoredBatch& batch = entries[k].batch;
      if (batch.next_offset() > end_exclusive) return found;
      if (batch.data->size_bytes > left && !(at_least_one && found.empty())) {
        // If the first batch does not fit, the part that would fit is ignored (ReplicaManager.readFromLog,
        // firstEntryIncomplete).
        if (cut_bytes != nullptr && !found.empty()) *cut_bytes = static_cast<std::int32_t>(left);
        return found;
      }
      left = std::max<std::int64_t>(0, left - batch.data->size_bytes);
      found.push_back(batch);
    }
  }
  return found;
}

const StoredBatch* PartitionLog::batch_at(Offset offset) const {
  if (offset < log_start_ || offset >= log_end_) return nullptr;
  const Batches all = batches();
  const auto it = all.from(offset);
  return it != all.end() && it->base_offset <= offset ? &*it : nullptr;
}

std::int64_t PartitionLog::bytes_between(Offset from, Offset end_exclusive) const {
  std::int64_t bytes = 0;
  if (from < log_start_) return 0;
  const Batches all = batches();
  const auto end = all.end();
  for (auto it = all.from(from); it != end && it->next_offset() <= end_exclusive; ++it) bytes += it->data->size_bytes;
  return bytes;
}

/// `offset` is below log_end_ and not below the first segment.
void PartitionLog::cut_to(Offset offset) {
  const Batches all = batches();
  if (const auto it = all.from(offset); it != all.end() && it->base_offset < offset)
    offset = it->base_offset;  // truncation removes whole batches only
  Body& body = body_.change();
  body.segments.truncate_to(offset, clock_, options_->index_interval_bytes);
  ++version_;
  log_end_ = offset;
  body.flushed = std::min(body.flushed, log_end_);
  body.recovery_point = std::min(body.recovery_point, log_end_);
  if (log_start_ > log_end_) set_log_start(log_end_);
  high_watermark_ = std::min(high_watermark_, log_end_);
  body.epochs.truncate_from_end(log_end_);
}

/// Kafka: UnifiedLog.truncateTo.
void PartitionLog::truncate_to(Offset offset, sim::Instant now, std::int64_t now_ms) {
  if (offset >= log_end_) {
    // There are no records to cut, but an epoch without records may begin at this offset.
    ++version_;
    body_.change().epochs.truncate_from_end(log_end_);
    return;
  }
  if (offset < body_->segments.base_offset()) {
    truncate_fully_and_start_at(offset, now);
    return;
  }
  set_high_watermark(std::min(high_watermark_, offset), now);
  const bool below_active = offset < active_base_offset();
  std::int64_t whole = 0;  // bytes of the segments that are deleted whole
  for (std::size_t i = body_->segments.find(offset) + 1; i < body_->segments.size(); ++i)
    whole += body_->segments[i].size_bytes;
  cut_to(offset);
  // The files of segments deleted whole remain as .deleted files for some time (LocalLog.truncateTo).
  Body& body = body_.change();
  delete_later(body, whole);
  // Kafka writes the recovery points of the whole directory (LogManager.truncateTo); here only this log's is written.
  body.recovery_point_file.write(body.recovery_point, clock_);
  if (!sim::mutant("producers-survive-truncation"))
    reload_producers(
        body.producers, body.past.change().snapshots, body.segments,
        {ProducerReload::When::AtTruncation, log_start_, log_end_, now_ms, options_->producer_id_expiration_ms});
  settle_transactions(high_watermark_);
  // LogManager.maybeTruncateCleanerCheckpointToActiveSegmentBaseOffset.
  if (below_active && body.first_dirty > active_base_offset()) body.first_dirty = active_base_offset();
}

void PartitionLog::truncate_fully_and_start_at(Offset offset, sim::Instant now) {
  clock_ = std::max(clock_, now);
  Body& body = body_.change();
  delete_later(body, body.segments.size_bytes());
  body.segments.reset(offset, wall_ms(clock_));
  ++version_;
  body.epochs.clear();
  body.producers.clear();
  ProducerSnapshots& snapshots = body.past.change().snapshots;
  snapshots.clear();
  snapshots.take(offset, body.producers);  // UnifiedLog.truncateFullyAndStartAt rebuilds the producer state and takes a
                                           // snapshot
  body.recovery_point_file.write(offset, clock_);
  body.flushed = body.recovery_point = log_end_ = offset;
  if (body.first_dirty > offset) body.first_dirty = offset;
  set_log_start(offset);
  set_high_watermark(offset, now);
}

void PartitionLog::set_log_start(Offset offset) {
  ++version_;
  body_.change().log_start_file.before_change(log_start_, clock_, from_.log_start_schedule(*options_));
  log_start_ = offset;
}

bool PartitionLog::maybe_increment_log_start_offset(Offset offset, sim::Instant now) {
  if (offset <= log_start_ || (offset > high_watermark_ && !sim::mutant("log-start-passes-the-hw"))) return false;
  clock_ = std::max(clock_, now);
  set_log_start(offset);
  settle_transactions(offset);
  body_.change().epochs.truncate_from_start(offset);
  return true;
}

void PartitionLog::assign_epoch(LeaderEpoch epoch, Offset start) {
  ++version_;
  body_.change().epochs.assign(epoch, start);
}

std::vector<ProducerId> PartitionLog::remove_expired_producers(std::int64_t now_ms) {
  const std::int64_t expiration_ms = sim::mutant("producer-expires-early") ? 1000 : options_->producer_id_expiration_ms;
  if (!body_->producers.any_expired(now_ms, expiration_ms)) return {};
  return body_.change().producers.remove_expired(now_ms, expiration_ms);
}

std::vector<Segment> PartitionLog::segments() const {
  std::vector<Segment> out;
  for (std::size_t i = 0; i < body_->segments.size(); ++i)
    out.push_back({body_->segments[i].base_offset, body_->segments[i].size_bytes});
  return out;
}

}  // namespace kafkascope::storage
