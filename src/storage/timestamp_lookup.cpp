#include "storage/timestamp_lookup.h"

#include "sim/mutant.h"

namespace kafkascope::storage {

/// Searches the first segment that reaches the timestamp. Returns nullopt if the record found there is below the log
/// start offset, because Kafka searches no further. Kafka: UnifiedLog.searchOffsetInLocalLog,
/// LogSegment.findOffsetByTimestamp.
std::optional<TimestampOffset> offset_for_timestamp(const PartitionLog& log, std::int64_t timestamp_ms,
                                                    Offset end_exclusive) {
  const SegmentList& segments = log.segment_list();
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].largest_timestamp_ms() < timestamp_ms) continue;
    for (const StoredBatch& batch : segments[i].batches()) {
      if (batch.next_offset() <= log.log_start_offset() || batch.data->max_timestamp_ms < timestamp_ms) continue;
      for (int k = 0; k < batch.data->count(); ++k) {
        const Offset offset = batch.base_offset + batch.data->offset_delta(k);
        if (offset >= end_exclusive) return std::nullopt;
        const std::int64_t at = batch.data->records.timestamp_ms(static_cast<std::size_t>(k));
        if (offset >= log.log_start_offset() &&
            (sim::mutant("timestamp-lookup-one-late") ? at > timestamp_ms : at >= timestamp_ms))
          return TimestampOffset{at, offset, batch.leader_epoch};
      }
    }
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<TimestampOffset> offset_of_max_timestamp(const PartitionLog& log) {
  const SegmentList& segments = log.segment_list();
  std::size_t best = 0;
  for (std::size_t i = 1; i < segments.size(); ++i)
    if (segments[i].max_timestamp_ms > segments[best].max_timestamp_ms) best = i;
  const std::int64_t newest = segments[best].max_timestamp_ms;
  for (const StoredBatch& batch : segments[best].batches()) {
    if (batch.data->max_timestamp_ms != newest) continue;
    for (int k = 0; k < batch.data->count(); ++k)
      if (batch.data->records.timestamp_ms(static_cast<std::size_t>(k)) == newest)
        return TimestampOffset{newest, batch.base_offset + batch.data->offset_delta(k), batch.leader_epoch};
  }
  return std::nullopt;
}

}  // namespace kafkascope::storage
