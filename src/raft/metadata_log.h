// The log of __cluster_metadata on one replica's disk: its entries, how far they are flushed, and the snapshots that
// replace the records before its start. Elections and the high watermark are not its concern. Kafka: KafkaMetadataLog.
// Snapshots: KIP-630.
#pragma once
#include <cstdint>
#include <vector>

#include "protocol/metadata_image.h"
#include "raft/quorum_options.h"
#include "sim/append_list.h"
#include "storage/leader_epoch_cache.h"

namespace kafkascope::raft {

/// The image of all records below `end`; `epoch` is the epoch of the last one.
struct Snapshot {
  Offset end;
  LeaderEpoch epoch;
  std::int64_t bytes = 0;
  sim::Instant made_at;
  protocol::MetadataImage image;
};

/// The log of a cluster formed at time 0, shared by all its nodes and fully flushed and committed.
struct FormedLog {
  FormedLog(const std::vector<MetadataEntry>& log);  // NOLINT: implicit, because a vector of entries is a log
  sim::AppendList<SharedMetadataEntry> entries;
  sim::AppendList<sim::Instant> written_at;  // parallel to the entries
  storage::LeaderEpochCache epochs;
};

/// Whether a replica that fetches has a prefix of this log. Kafka: ValidOffsetAndEpoch.
struct Validity {
  enum class Kind : std::uint8_t { Valid, Diverging, Snapshot };
  Kind kind = Kind::Valid;
  storage::EpochEnd at{};  // Diverging: where the replica must truncate; Snapshot: the snapshot that it must fetch
};

class MetadataLog {
 public:
  void preload(const FormedLog& log);
  /// The process has started: records that the operating system wrote back in the meantime count as flushed.
  void open(sim::Instant now, const QuorumOptions& options);
  void on_death(sim::Death death, sim::Instant now, const QuorumOptions& options);

  /// The exclusive end of the written log.
  Offset end_offset() const { return Offset{static_cast<std::int64_t>(entries_.size())}; }
  /// The exclusive end of the records that survive a power failure.
  Offset flushed_offset() const { return std::min(flushed_, end_offset()); }
  /// The log is kept from the end of the oldest snapshot on, or from 0 if there is none.
  Offset start_offset() const { return start_; }
  /// The first entry that is kept in memory, at or below start_offset().
  Offset first_entry_kept() const { return Offset{static_cast<std::int64_t>(entries_.first_kept())}; }
  const MetadataEntry& entry(Offset offset) const { return *shared_entry(offset); }
  const SharedMetadataEntry& shared_entry(Offset offset) const {
    return entries_[static_cast<std::size_t>(offset.value)];
  }
  /// The records from `first` that a replay up to `end` applies at once: a whole run (in_one_run), else a single
  /// record.
  std::vector<const MetadataRecord*> run_of_records(Offset first, Offset end) const;
  /// The epoch of the last record below `end`, which may be in the snapshot with which the log begins; 0 if there is no
  /// such record.
  LeaderEpoch epoch_below(Offset end) const;
  LeaderEpoch last_epoch() const;  // epoch of the log's last record; 0 if the log is empty
  /// Where the epoch began in this log; the log's end if it has no record of that epoch, or newer ones.
  Offset start_of_latest(LeaderEpoch epoch) const;
  /// Kafka: KafkaMetadataLog.endOffsetForEpoch. For an epoch that the log does not know, returns that epoch with the
  /// log's own end.
  storage::EpochEnd end_of(LeaderEpoch epoch) const;
  Validity validate(Offset fetch_offset, LeaderEpoch last_fetched_epoch) const;

  void append(SharedMetadataEntry entry, sim::Instant now);
  void truncate_to(Ctx& ctx, Offset end);
  /// Starts to flush everything that is written; `number` identifies the operation.
  void flush(Ctx& ctx, std::uint64_t number);
  bool flushing() const { return !flushing_.empty(); }
  /// Returns false if this process started no such flush.
  bool on_flushed(std::uint64_t number);

  // Snapshots. Simplified: writing and reading take no time, and a snapshot's size is that of the records that would
  // describe the image.
  /// Oldest first.
  const std::vector<Snapshot>& snapshots() const { return snapshots_; }
  const Snapshot* find_snapshot(Offset end, LeaderEpoch epoch) const;  // nullptr: there is none
  /// The host has applied everything up to this image: makes a snapshot if one is due, then deletes snapshots and
  /// records that are too old.
  void maybe_snapshot(Ctx& ctx, const protocol::MetadataImage& applied, const QuorumOptions& options);
  /// Replaces the log by a snapshot: it is empty and begins where the snapshot ends.
  void install(Snapshot snapshot, sim::Instant now);

 private:
  Offset durable_end(sim::Instant now, const QuorumOptions& options) const;
  void clean(Ctx& ctx, const QuorumOptions& options);
  void forget_below_start();

  struct PendingFlush {
    std::uint64_t number = 0;
    Offset end;
  };

  // On disk.
  sim::AppendList<SharedMetadataEntry> entries_;  // index = offset
  sim::AppendList<sim::Instant> written_at_;      // parallel to entries_
  storage::LeaderEpochCache epochs_;
  Offset flushed_{0};
  std::vector<Snapshot> snapshots_;
  Offset start_{0};  // the log start offset; entries_ has no older entries

  // In memory.
  std::vector<PendingFlush> flushing_;
  sim::Instant snapshot_at_,
      // When a snapshot was last made, and when old snapshots were last looked for.
      cleaned_at_;
};

}  // namespace kafkascope::raft
