// A segment's sparse indexes, with an entry every index.interval.bytes. The engine finds batches without them; they
// exist because views show the content of the index files, and because a full index closes a segment. Kafka:
// OffsetIndex, TimeIndex, LogSegment.append.
#pragma once
#include <cstdint>
#include <vector>

#include "protocol/records.h"

namespace kafkascope::storage {

using protocol::Offset;
using protocol::StoredBatch;

/// 8 bytes in the file, the offset relative to the segment's base.
struct OffsetIndexEntry {
  static constexpr std::int64_t kBytes = 8;
  Offset offset;              // last offset of the batch at `position`
  std::int64_t position = 0;  // the batch's first byte in the .log file
  friend bool operator==(const OffsetIndexEntry&, const OffsetIndexEntry&) = default;
};

/// 12 bytes in the file: no timestamp up to `offset` exceeds `timestamp_ms`.
struct TimeIndexEntry {
  static constexpr std::int64_t kBytes = 12;
  std::int64_t timestamp_ms = -1;
  Offset offset;
  friend bool operator==(const TimeIndexEntry&, const TimeIndexEntry&) = default;
};

/// How full the indexes of a growing segment are.
struct IndexFill {
  std::int32_t offset_entries = 0;
  std::int32_t time_entries = 0;
  std::int64_t bytes_since_last_entry = 0;
  std::int64_t last_timestamp_ms = -1;  // of the time index's last entry

  /// Counts a batch of `bytes`; `max_timestamp_ms` includes the batch. Returns true if the batch gets an entry in the
  /// offset index.
  bool add(std::int64_t bytes, std::int64_t max_timestamp_ms, std::int64_t interval_bytes);
  /// Kafka: AbstractIndex.isFull. The time index reserves one place for the entry that closing the segment adds.
  bool full(std::int64_t index_bytes) const {
    return offset_entries >= index_bytes / OffsetIndexEntry::kBytes ||
           time_entries >= index_bytes / TimeIndexEntry::kBytes - 1;
  }
  friend bool operator==(const IndexFill&, const IndexFill&) = default;
};

struct Indexes {
  std::vector<OffsetIndexEntry> offsets;
  std::vector<TimeIndexEntry> times;
};

/// The content of the index files of a segment with these batches; `closed`: the segment is not the active one
/// (onBecomeInactiveSegment appends the largest timestamp).
template <class BatchesOfSegment>
Indexes build_indexes(const BatchesOfSegment& batches, std::int64_t interval_bytes, bool closed) {
  Indexes out;
  IndexFill fill;
  std::int64_t position = 0, max_timestamp = -1;
  Offset max_timestamp_at;
  for (const StoredBatch& batch : batches) {
    if (batch.data->max_timestamp_ms > max_timestamp) {
      max_timestamp = batch.data->max_timestamp_ms;
      max_timestamp_at = batch.last_offset();
    }
    const std::int32_t times = fill.time_entries;
    if (fill.add(batch.data->size_bytes, max_timestamp, interval_bytes))
      out.offsets.push_back({batch.last_offset(), position});
    if (fill.time_entries > times) out.times.push_back({max_timestamp, max_timestamp_at});
    position += batch.data->size_bytes;
  }
  if (closed && max_timestamp > fill.last_timestamp_ms) out.times.push_back({max_timestamp, max_timestamp_at});
  return out;
}

}  // namespace kafkascope::storage
