// The leader epochs of a log and the offset at which each began. Kafka: LeaderEpochFileCache (KIP-101, KIP-279).
#pragma once
#include <vector>

#include "protocol/ids.h"

namespace kafkascope::storage {

using protocol::LeaderEpoch;
using protocol::Offset;

struct EpochEntry {
  LeaderEpoch epoch;
  Offset start_offset;
  friend constexpr bool operator==(EpochEntry, EpochEntry) = default;
};

/// The answer to "where does that epoch end?". (-1, -1): the log knows nothing of the epoch.
struct EpochEnd {
  LeaderEpoch epoch;
  Offset end_offset;
  friend constexpr bool operator==(EpochEnd, EpochEnd) = default;
};

/// Entries ascend strictly in epoch and in start offset.
class LeaderEpochCache {
 public:
  /// Records that `epoch` starts at `start`, and removes contradicting entries (same or later epoch, same or later
  /// start).
  void assign(LeaderEpoch epoch, Offset start);
  /// Forgets epochs that began at or after `end`.
  void truncate_from_end(Offset end);
  /// The log now starts at `start`: of the epochs that began at or before `start`, the newest is kept and its start
  /// becomes `start`.
  void truncate_from_start(Offset start);
  void clear() { entries_.clear(); }

  LeaderEpoch latest() const { return entries_.empty() ? LeaderEpoch{} : entries_.back().epoch; }
  /// The epoch of the record at `offset`; -1 if `offset` is before the first entry.
  LeaderEpoch epoch_at(Offset offset) const;
  /// Kafka: LeaderEpochFileCache.endOffsetFor. The latest epoch ends at the log end; an earlier one ends where the next
  /// begins. The result names the largest known epoch that is not above the requested one; for an epoch above all known
  /// ones the result is undefined.
  EpochEnd end_offset_for(LeaderEpoch requested, Offset log_end) const;

  const std::vector<EpochEntry>& entries() const { return entries_; }

 private:
  std::vector<EpochEntry> entries_;
};

}  // namespace kafkascope::storage
