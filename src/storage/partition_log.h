// One replica's log: batches, leader epochs, producer state, high watermark, and what of it would survive a power failure.
// Kafka: UnifiedLog, LocalLog, LogLoader, OffsetCheckpointFile. Source: facts sheet sections 4 and 9; KIP-101, KIP-279, KIP-98.
//
// Appended batches lie in the page cache. They reach the disk by flush(), by flush.messages / flush.ms, or by the operating system
// `write_back` after the write. A crashed process finds all of them again; a machine without power finds what had reached the disk.
// Simplified: one segment. Rolling, retention and cleaning will cut along `segments()`.
#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "protocol/records.h"
#include "sim/append_list.h"
#include "sim/ids.h"
#include "sim/time.h"
#include "storage/leader_epoch_cache.h"
#include "storage/producer_state.h"

namespace kafkascope::storage {

using protocol::StoredBatch;

struct LogOptions {
  /// When the operating system writes a dirty page by itself. Linux: vm.dirty_expire_centisecs 3000.
  sim::Duration write_back = sim::seconds(30);
  /// flush.messages: flush inside the append once so many records are unflushed.
  std::int64_t flush_messages = std::numeric_limits<std::int64_t>::max();
  /// flush.ms, looked at when the flusher runs (log.flush.scheduler.interval.ms, by default never).
  std::int64_t flush_ms = std::numeric_limits<std::int64_t>::max();
  /// replica.high.watermark.checkpoint.interval.ms.
  sim::Duration high_watermark_checkpoint_interval = sim::seconds(5);
};

/// segments(): base offset (the file's name) and bytes.
struct Segment {
  Offset base_offset;
  std::int64_t size_bytes = 0;
  friend bool operator==(const Segment&, const Segment&) = default;
};

struct TimestampOffset {
  std::int64_t timestamp_ms = -1;
  Offset offset;
  LeaderEpoch leader_epoch;
};

class PartitionLog {
 public:
  using EpochEnd = storage::EpochEnd;
  using ProducerCheckKind = storage::ProducerCheckKind;
  using ProducerCheck = storage::ProducerCheck;
  using Batches = sim::AppendList<StoredBatch>;

  explicit PartitionLog(LogOptions options = {}) : options_(options) {}

  Offset log_start_offset() const { return log_start_; }
  Offset log_end_offset() const { return log_end_; }
  Offset high_watermark() const { return high_watermark_; }
  /// Kept between log start and log end. Give the time: the checkpoint of every 5 s is worked out from it
  /// (without it, the time of the last append or flush stands in).
  void set_high_watermark(Offset offset, sim::Instant now);
  void set_high_watermark(Offset offset) { set_high_watermark(offset, clock_); }
  /// As the checkpoint file says at that time; what a restart begins with.
  Offset checkpointed_high_watermark(sim::Instant now) const;

  /// The leader gives the batch its offsets and its epoch. Check the producer first.
  StoredBatch append_as_leader(std::shared_ptr<const RecordBatch> batch, LeaderEpoch epoch, sim::Instant now);
  /// A follower takes offsets and epochs as they come; base_offset must be the log end.
  /// False (and nothing done) if it is not: the caller's fault, "what is fetched continues the log".
  bool append_as_follower(const StoredBatch& batch, sim::Instant now);

  /// Whole batches from the one that holds `from`, all of them ending at or before `end_exclusive`, as many as fit into
  /// max_bytes; at_least_one: the first even if it does not fit (KIP-74). Empty if `from` is outside the log.
  std::vector<StoredBatch> read(Offset from, Offset end_exclusive, std::int32_t max_bytes, bool at_least_one) const;
  /// The batch that holds the offset; nullptr if none does. Valid until the next change.
  const StoredBatch* batch_at(Offset offset) const;
  /// Bytes of the batches from the one that holds `from` to `end_exclusive`.
  std::int64_t bytes_between(Offset from, Offset end_exclusive) const;

  /// Keeps what lies below `offset` (a batch that reaches over it goes as a whole). Epochs and producer state follow.
  void truncate_to(Offset offset, sim::Instant now);
  /// Drops everything; the next offset is `offset` (a follower behind its leader's log start).
  void truncate_fully_and_start_at(Offset offset, sim::Instant now);
  /// Raises the log start (DeleteRecords, the leader's log start); never beyond the high watermark. True if it moved.
  bool maybe_increment_log_start_offset(Offset offset);

  /// A new leader's first act, and what followers do when a batch brings a new epoch.
  void assign_epoch(LeaderEpoch epoch, Offset start);
  LeaderEpoch latest_epoch() const { return epochs_.latest(); }
  EpochEnd end_offset_for(LeaderEpoch requested) const { return epochs_.end_offset_for(requested, log_end_); }
  const LeaderEpochCache& epochs() const { return epochs_; }

  ProducerCheck check_producer(const RecordBatch& batch) const { return producers_.check(batch); }
  const ProducerStates& producers() const { return producers_; }

  /// Exclusive end of what would survive a power failure now.
  Offset flushed_offset(sim::Instant now) const;
  void flush(sim::Instant now);
  /// LogManager.flushDirtyLogs, for the scheduled flusher: flushes when flush.ms has passed since the last flush. True if it did.
  bool maybe_flush(sim::Instant now);
  std::int64_t unflushed_records(sim::Instant now) const { return log_end_ - flushed_offset(now); }

  /// The process begins: checkpoints are written from now on every interval.
  void on_start(sim::Instant now);
  /// The process ends. Afterwards the log is as the next start will find it: Crash keeps the page cache, PowerOff drops what had not
  /// reached the disk, Stop flushes and checkpoints. Epochs that had no record yet are forgotten (LogLoader), producer state is
  /// rebuilt. high_watermark() still says what the dead process knew; on_start() puts the checkpoint's in its place.
  /// Returns the old log end if a tail was lost, else -1.
  Offset on_death(sim::Death death, sim::Instant now);

  /// Every batch, oldest first; those below log_start_offset() may still be among them.
  const Batches& batches() const { return batches_; }
  /// The first record at or after that time, below `end`; nothing if there is none (ListOffsets).
  std::optional<TimestampOffset> offset_for_timestamp(std::int64_t timestamp_ms, Offset end_exclusive) const;
  std::int64_t size_bytes() const { return size_bytes_; }
  std::vector<Segment> segments() const { return {Segment{segment_base_, size_bytes_}}; }
  void set_options(const LogOptions& options) { options_ = options; }
  const LogOptions& options() const { return options_; }

 private:
  void append(const StoredBatch& batch, sim::Instant now);
  void cut_to(Offset offset);
  void rebuild_producers();
  /// Index in batches_ of the first batch that ends behind `offset`.
  std::size_t index_of(Offset offset) const;
  std::int64_t checkpoint_round(sim::Instant at) const;

  LogOptions options_;
  Batches batches_;
  sim::AppendList<sim::Instant> written_at_;  // parallel to batches_; never decreases
  LeaderEpochCache epochs_;
  ProducerStates producers_;
  Offset log_start_{0};
  Offset log_end_{0};
  Offset segment_base_{0};
  Offset high_watermark_{0};
  Offset checkpointed_{0};           // the high watermark in the file as of high_watermark_set_at_
  sim::Instant high_watermark_set_at_;
  sim::Instant started_;
  sim::Instant clock_;               // latest time seen
  sim::Instant last_flush_;
  Offset flushed_{0};                // by flush(); write-back comes on top
  std::int64_t size_bytes_ = 0;
};

}  // namespace kafkascope::storage
