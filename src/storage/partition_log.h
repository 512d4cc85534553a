// One replica's log: segments of batches, leader epochs, producer state, high watermark, and the part that would
// survive a power failure. Kafka: UnifiedLog, LocalLog, LogLoader. Source: facts sheet sections 4 and 9; KIP-32,
// KIP-98, KIP-101, KIP-107, KIP-279, KIP-534.
//
// Appended batches are in the page cache. They reach the disk in three ways: by flush_to(), which a broker calls some
// time after a segment is closed and by flush.ms; by flush.messages inside the append; or when the operating system
// writes them back, `write_back` after the write. After a crash the process finds all batches again; after a power
// failure it finds only those that had reached the disk.
//
// The log is a value: copies share everything (sim/copy_on_write.h); closed segments and the blocks of the active one
// stay shared even after a change.
//
// Files: segment.* (growing, closing, cutting), indexes.*, retention.*, cleaner.* and cleaner_manager.*,
// producer_state.* and producer_reload.*, leader_epoch_cache.*, checkpoints.h and recovery.*, validation.*,
// timestamp_lookup.*; partition_log.cpp (append, read, cut), partition_log_upkeep.cpp (retention, cleaning),
// partition_log_recovery.cpp (flush, death, start).
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "protocol/records.h"
#include "sim/copy_on_write.h"
#include "sim/ids.h"
#include "sim/time.h"
#include "storage/checkpoints.h"
#include "storage/cleaner.h"
#include "storage/leader_epoch_cache.h"
#include "storage/log_options.h"
#include "storage/producer_state.h"
#include "storage/recovery.h"
#include "storage/retention.h"
#include "storage/segment.h"

namespace kafkascope::storage {

/// An element of segments(): the base offset (the file name) and the bytes.
struct Segment {
  Offset base_offset;
  std::int64_t size_bytes = 0;
  friend bool operator==(const Segment&, const Segment&) = default;
};

class PartitionLog {
 public:
  using EpochEnd = storage::EpochEnd;
  using ProducerCheckKind = storage::ProducerCheckKind;
  using ProducerCheck = storage::ProducerCheck;
  using Batches = SegmentList::Batches;

  PartitionLog();
  explicit PartitionLog(const LogOptions& options);

  Offset log_start_offset() const { return log_start_; }
  Offset log_end_offset() const { return log_end_; }
  Offset high_watermark() const { return high_watermark_; }
  /// The high watermark, or the first offset of the earliest transaction that is open, or whose marker is not yet below
  /// the high watermark. Kafka: UnifiedLog.lastStableOffset.
  Offset last_stable_offset() const {
    const Offset unstable = body_->producers.first_unstable_offset();
    return unstable.known() ? std::min(std::max(unstable, log_start_), high_watermark_) : high_watermark_;
  }
  std::vector<AbortedTransaction> aborted_transactions(Offset from, Offset end_exclusive) const {
    return body_->segments.aborted_between(from, end_exclusive);
  }
  /// Clamped between log start and log end. `now` decides what the 5-second checkpoint holds (by default, the time of
  /// the last append or flush is used).
  void set_high_watermark(Offset offset, sim::Instant now);
  void set_high_watermark(Offset offset) { set_high_watermark(offset, clock_); }
  /// The high watermark in the checkpoint file at `now`; a restart begins with it.
  Offset checkpointed_high_watermark(sim::Instant now) const;

  /// Closes the active segment if the batch does not fit into it (active_base_offset() moves).
  void make_room(const protocol::BatchRef& batch, sim::Instant now) {
    const StoredBatch next{log_end_, {}, batch};
    make_room(std::span(&next, 1), now);
  }
  /// Appends as the leader, which assigns the batch its offsets and epoch. Call validate(), make_room() and the
  /// producer check first. `behind`: the time by which the disk is behind with its writes; the batch is not written
  /// back sooner than that.
  StoredBatch append_as_leader(protocol::BatchRef batch, LeaderEpoch epoch, sim::Instant now,
                               sim::Duration behind = {});
  /// Appends as a follower: offsets and epochs are kept, and all batches of one fetch response go into one segment
  /// (UnifiedLog.appendAsFollower). The first batch may begin beyond the log end (compaction leaves gaps) but not
  /// before it; in that case the function returns false and does nothing, and the caller reports the fault "what is
  /// fetched continues the log".
  bool append_as_follower(std::span<const StoredBatch> batches, sim::Instant now, sim::Duration behind = {});
  bool append_as_follower(const StoredBatch& batch, sim::Instant now) {
    return append_as_follower(std::span(&batch, 1), now);
  }

  /// Returns the batches from the first one that ends after `from`, all ending at or before `end_exclusive`, as many as
  /// fit into max_bytes; at_least_one: includes the first batch even if it does not fit (KIP-74). Reads one segment
  /// only; the next segment needs another read (LocalLog.read). Empty if `from` is outside the log. `cut_bytes`: the
  /// bytes of the next batch that fill up max_bytes (LogSegment.read).
  std::vector<StoredBatch> read(Offset from, Offset end_exclusive, std::int32_t max_bytes, bool at_least_one,
                                std::int32_t* cut_bytes = nullptr) const;
  /// The batch that holds the offset; nullptr if no batch does. Valid until the next change.
  const StoredBatch* batch_at(Offset offset) const;
  /// Bytes of the batches from the one that holds `from` to `end_exclusive`.
  std::int64_t bytes_between(Offset from, Offset end_exclusive) const;

  /// Keeps the records below `offset` (a batch that spans it is dropped whole). Epochs and producer state are truncated
  /// accordingly. `now_ms`: the wall clock.
  void truncate_to(Offset offset, sim::Instant now, std::int64_t now_ms);
  /// Drops everything and continues at `offset` (for a follower whose log ends before its leader's log start).
  void truncate_fully_and_start_at(Offset offset, sim::Instant now);
  /// Raises the log start (DeleteRecords, the leader's log start), at most to the high watermark. Returns true if it
  /// moved.
  bool maybe_increment_log_start_offset(Offset offset, sim::Instant now);
  bool maybe_increment_log_start_offset(Offset offset) { return maybe_increment_log_start_offset(offset, clock_); }

  /// Called by a new leader, and by a follower when a batch brings a new epoch.
  void assign_epoch(LeaderEpoch epoch, Offset start);
  LeaderEpoch latest_epoch() const { return body_->epochs.latest(); }
  EpochEnd end_offset_for(LeaderEpoch requested) const { return body_->epochs.end_offset_for(requested, log_end_); }
  const LeaderEpochCache& epochs() const { return body_->epochs; }

  ProducerCheck check_producer(const RecordBatch& batch, const AppendTerms& terms = {}) const {
    return body_->producers.check(batch, terms);
  }
  /// See ProducerStates.
  VerificationGuard start_verification(ProducerId id, const VerificationEntry& wanted) {
    if (body_->producers.has_ongoing_transaction(id, wanted.epoch)) return 0;
    return body_.change().producers.start_verification(id, wanted);
  }
  const ProducerStates& producers() const { return body_->producers; }
  const ProducerSnapshots& producer_snapshots() const { return body_->past->snapshots; }
  /// Removes producers idle for producer.id.expiration.ms and returns their ids; `now_ms` is the wall clock.
  std::vector<ProducerId> remove_expired_producers(std::int64_t now_ms);

  // ---- page cache and disk (partition_log_recovery.cpp)

  /// The exclusive end of the records that would survive a power failure at `now`.
  Offset flushed_offset(sim::Instant now) const;
  /// Makes the records below `to` durable. Does nothing if there is nothing beyond the recovery point
  /// (UnifiedLog.flush).
  void flush_to(Offset to, sim::Instant now);
  void flush(sim::Instant now) { flush_to(log_end_, now); }
  /// Whether the scheduled flusher must flush (LogManager.flushDirtyLogs): flush.ms has passed since the last flush,
  /// and there are unflushed records.
  bool flush_due(sim::Instant now) const {
    return (now - body_->last_flush).us / 1000 >= options_->flush_ms && log_end_ > body_->recovery_point;
  }
  /// Kafka's recovery point: the process remembers having flushed everything below it.
  Offset recovery_point() const { return body_->recovery_point; }

  /// The process starts, or creates the log. Checkpoints are written at intervals that begin when the log has been
  /// loaded. A producer known only from a snapshot is forgotten if it has expired by the wall clock, `now_ms`
  /// (ProducerStateManager.loadFromSnapshot).
  void on_start(sim::Instant now, std::int64_t now_ms, CheckpointsFrom from);
  /// 2.5 starts to write high watermark checkpoints at its first LeaderAndIsr, which arrives at `now`.
  void begin_high_watermark_checkpoints(sim::Instant now);
  /// The process died before it read this log, so it has written nothing.
  void on_unread_death();
  /// The process ends. Afterwards the log is as the next start will find it: Crash keeps the page cache, PowerOff drops
  /// what had not reached the disk, Stop flushes and checkpoints. Epochs without records are forgotten (LogLoader), and
  /// producer state is rebuilt. PowerOff may follow a Crash, because the page cache belongs to the machine.
  /// high_watermark() still returns what the dead process knew; on_start() replaces it by the checkpoint. Returns the
  /// old log end if a tail was lost, else -1.
  Offset on_death(sim::Death death, sim::Instant now);
  /// The recovery that the next start must perform, or that the last start performed.
  const RecoveryReport& recovery() const { return body_->past->recovery; }

  // ---- upkeep (partition_log_upkeep.cpp)

  /// Deletes segments from the oldest on, in Kafka's order of reasons, and raises the log start accordingly. `now_ms`:
  /// the wall clock.
  std::vector<DeletedSegment> delete_old_segments(sim::Instant now, std::int64_t now_ms);
  /// Closes the active segment if it has any records.
  void roll(sim::Instant now);
  /// Compacts up to the manager's limit (cleaner_manager.h). If there is nothing to do, the result has replaced = 0.
  CleanResult clean(Offset first_dirty, Offset first_uncleanable, std::int64_t map_capacity, sim::Instant now,
                    std::int64_t now_ms);
  /// The end of the clean part; -1: never cleaned. Each change is written to disk at once (cleaner-offset-checkpoint).
  Offset cleaner_checkpoint() const { return body_->first_dirty; }

  /// Every batch, oldest first, possibly including some below log_start_offset().
  Batches batches() const { return Batches(body_->segments); }
  std::int64_t size_bytes() const { return body_->segments.size_bytes(); }
  /// Includes deleted files that still exist (file.delete.delay.ms).
  std::int64_t disk_bytes(sim::Instant now) const;
  std::vector<Segment> segments() const;
  const SegmentList& segment_list() const { return body_->segments; }
  Offset active_base_offset() const { return body_->segments.active().base_offset; }
  void set_options(const LogOptions& options);
  const LogOptions& options() const { return *options_; }
  /// Increases with every change that a fetch can see: log start, log end, high watermark, leader epochs.
  std::uint32_t version() const { return version_; }

 private:
  struct DeletedFile {
    sim::Instant gone_at;
    std::int64_t bytes = 0;
  };
  /// State about closed segments, deleted segments and starts; most logs of a large cluster have none of it.
  struct Past {
    ProducerSnapshots snapshots;
    std::vector<DeletedFile> deleted;
    RecoveryReport recovery;
  };
  struct Body {
    SegmentList segments;
    LeaderEpochCache epochs;
    ProducerStates producers;
    sim::CopyOnWrite<Past> past;
    Offset flushed{0};         // flushed explicitly or by closing a segment; the operating system may have written back
                               // more
    Offset recovery_point{0};  // the recovery point that the process knows; lower after a crash, because no file
                               // records its last flushes
    sim::Instant last_flush;
    CheckpointedOffset recovery_point_file, log_start_file;
    Offset first_dirty;
    Offset start_after_restart;  // log start offset according to the files; -1 while alive
  };

  void make_room(std::span<const StoredBatch> batches, sim::Instant now);
  void append(std::span<const StoredBatch> batches, sim::Instant now, sim::Duration behind);
  void roll_to(Offset base, sim::Instant now);
  void set_log_start(Offset offset);
  void cut_to(Offset offset);
  void settle_transactions(Offset offset);
  void delete_later(Body& body, std::int64_t bytes);

  std::shared_ptr<const LogOptions> options_;
  sim::CopyOnWrite<Body> body_;
  // The fields that change most are outside the shared body, so that a change to them does not copy it.
  Offset log_start_{0};
  Offset log_end_{0};
  Offset high_watermark_{0};
  CheckpointedOffset high_watermark_file_;
  CheckpointsFrom from_;
  sim::Instant clock_;  // the latest time passed to any function
  std::uint32_t version_ = 0;
};

}  // namespace kafkascope::storage
