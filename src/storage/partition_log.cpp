// Appending, reading, cutting; what a power failure leaves. Kafka: UnifiedLog, LogLoader, ReplicaManager.checkpointHighWatermarks.
#include "storage/partition_log.h"

#include <algorithm>

namespace kafkascope::storage {

void PartitionLog::set_high_watermark(Offset offset, sim::Instant now) {
  clock_ = std::max(clock_, now);
  // The checkpointer ran in between and wrote the value of that time.
  if (checkpoint_round(clock_) != checkpoint_round(high_watermark_set_at_)) checkpointed_ = high_watermark_;
  high_watermark_set_at_ = clock_;
  high_watermark_ = std::clamp(offset, log_start_, log_end_);
}

Offset PartitionLog::checkpointed_high_watermark(sim::Instant now) const {
  return checkpoint_round(now) != checkpoint_round(high_watermark_set_at_) ? high_watermark_ : checkpointed_;
}

std::int64_t PartitionLog::checkpoint_round(sim::Instant at) const {
  const std::int64_t interval = std::max<std::int64_t>(1, options_.high_watermark_checkpoint_interval.us);
  return at < started_ ? -1 : (at - started_).us / interval;
}

StoredBatch PartitionLog::append_as_leader(std::shared_ptr<const RecordBatch> batch, LeaderEpoch epoch, sim::Instant now) {
  StoredBatch stored{log_end_, epoch, std::move(batch)};
  append(stored, now);
  return stored;
}

bool PartitionLog::append_as_follower(const StoredBatch& batch, sim::Instant now) {
  if (batch.base_offset != log_end_) return false;
  append(batch, now);
  return true;
}

void PartitionLog::append(const StoredBatch& batch, sim::Instant now) {
  clock_ = std::max(clock_, now);
  epochs_.assign(batch.leader_epoch, batch.base_offset);
  producers_.update(*batch.data, batch.base_offset);
  size_bytes_ += batch.data->size_bytes;
  log_end_ = batch.next_offset();
  batches_.push_back(batch);
  written_at_.push_back(clock_);
  // flush.messages counts what was appended since the last flush; it does not know of the operating system's writing.
  if (log_end_ - flushed_ >= options_.flush_messages) flush(clock_);
}

std::size_t PartitionLog::index_of(Offset offset) const {
  std::size_t low = 0, high = batches_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (batches_[middle].next_offset() <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

std::vector<StoredBatch> PartitionLog::read(Offset from, Offset end_exclusive, std::int32_t max_bytes, bool at_least_one) const {
  std::vector<StoredBatch> found;
  if (from < log_start_ || from >= log_end_) return found;
  std::int64_t left = max_bytes;
  for (std::size_t i = index_of(from); i < batches_.size(); ++i) {
    const StoredBatch& batch = batches_[i];
    if (batch.next_offset() > end_exclusive) break;
    left -= batch.data->size_bytes;
    if (left < 0 && !(at_least_one && found.empty())) break;
    found.push_back(batch);
  }
  return found;
}

const StoredBatch* PartitionLog::batch_at(Offset offset) const {
  if (offset < log_start_ || offset >= log_end_) return nullptr;
  const std::size_t i = index_of(offset);
  return i < batches_.size() && batches_[i].base_offset <= offset ? &batches_[i] : nullptr;
}

std::int64_t PartitionLog::bytes_between(Offset from, Offset end_exclusive) const {
  std::int64_t bytes = 0;
  if (from < log_start_) return 0;
  for (std::size_t i = index_of(from); i < batches_.size() && batches_[i].next_offset() <= end_exclusive; ++i)
    bytes += batches_[i].data->size_bytes;
  return bytes;
}

void PartitionLog::cut_to(Offset offset) {
  std::size_t keep = batches_.size();
  while (keep > 0 && batches_[keep - 1].next_offset() > offset) size_bytes_ -= batches_[--keep].data->size_bytes;
  // Never below the start: what lay there is gone and its offsets are spoken for.
  log_end_ = keep == batches_.size() ? std::min(offset, log_end_) : std::max(log_start_, batches_[keep].base_offset);
  batches_.truncate_to(keep);
  written_at_.truncate_to(keep);
  flushed_ = std::min(flushed_, log_end_);
  log_start_ = std::min(log_start_, log_end_);
  high_watermark_ = std::min(high_watermark_, log_end_);
  epochs_.truncate_from_end(log_end_);
  rebuild_producers();
}

void PartitionLog::truncate_to(Offset offset, sim::Instant now) {
  if (offset >= log_end_) {
    // Nothing to cut, but an epoch that never got a record ends here (UnifiedLog.truncateTo).
    epochs_.truncate_from_end(std::max(offset, log_start_));
    return;
  }
  set_high_watermark(std::min(high_watermark_, std::max(offset, log_start_)), now);
  cut_to(std::max(offset, log_start_));
}

void PartitionLog::truncate_fully_and_start_at(Offset offset, sim::Instant now) {
  clock_ = std::max(clock_, now);
  batches_.clear();
  written_at_.clear();
  epochs_.clear();
  producers_.clear();
  size_bytes_ = 0;
  log_start_ = log_end_ = flushed_ = segment_base_ = offset;
  set_high_watermark(offset, now);
}

bool PartitionLog::maybe_increment_log_start_offset(Offset offset) {
  if (offset <= log_start_ || offset > high_watermark_) return false;
  log_start_ = offset;
  epochs_.truncate_from_start(offset);
  return true;
}

void PartitionLog::assign_epoch(LeaderEpoch epoch, Offset start) { epochs_.assign(epoch, start); }

Offset PartitionLog::flushed_offset(sim::Instant now) const {
  // Everything written at or before the horizon has been written back.
  const sim::Instant horizon = now - options_.write_back;
  std::size_t low = 0, high = written_at_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (written_at_[middle] <= horizon) low = middle + 1;
    else high = middle;
  }
  return low == 0 ? flushed_ : std::max(flushed_, batches_[low - 1].next_offset());
}

void PartitionLog::flush(sim::Instant now) {
  clock_ = std::max(clock_, now);
  last_flush_ = clock_;
  flushed_ = log_end_;
}

bool PartitionLog::maybe_flush(sim::Instant now) {
  if ((now - last_flush_).us / 1000 < options_.flush_ms) return false;
  flush(now);
  return true;
}

void PartitionLog::on_start(sim::Instant now) {
  started_ = clock_ = last_flush_ = high_watermark_set_at_ = now;
  high_watermark_ = checkpointed_;
}

Offset PartitionLog::on_death(sim::Death death, sim::Instant now) {
  const Offset end_before = log_end_;
  checkpointed_ = death == sim::Death::Stop ? high_watermark_ : checkpointed_high_watermark(now);
  if (death == sim::Death::Stop) flush(now);
  if (death == sim::Death::PowerOff) {
    cut_to(flushed_offset(now));
    flushed_ = log_end_;
  }
  // What LogLoader does at the next start, done here. Only the high watermark stays for onlookers until then.
  epochs_.truncate_from_end(log_end_);
  rebuild_producers();
  checkpointed_ = std::clamp(checkpointed_, log_start_, log_end_);
  high_watermark_ = std::clamp(high_watermark_, log_start_, log_end_);
  clock_ = high_watermark_set_at_ = std::max(clock_, now);
  return log_end_ < end_before ? end_before : Offset{};
}

void PartitionLog::rebuild_producers() {
  producers_.clear();
  for (const StoredBatch& batch : batches_) producers_.update(*batch.data, batch.base_offset);
}

std::optional<TimestampOffset> PartitionLog::offset_for_timestamp(std::int64_t timestamp_ms, Offset end_exclusive) const {
  for (const StoredBatch& batch : batches_) {
    if (batch.next_offset() <= log_start_ || batch.data->max_timestamp_ms < timestamp_ms) continue;
    for (int i = 0; i < batch.data->count(); ++i) {
      const Offset offset = batch.base_offset + i;
      if (offset >= end_exclusive) return std::nullopt;
      const std::int64_t at = batch.data->records[static_cast<std::size_t>(i)].timestamp_ms;
      if (offset >= log_start_ && at >= timestamp_ms) return TimestampOffset{at, offset, batch.leader_epoch};
    }
  }
  return std::nullopt;
}

}  // namespace kafkascope::storage
