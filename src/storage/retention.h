// Which segments are too old, too many, or wholly below the log's start. Pure. Kafka: UnifiedLog.deleteOldSegments (KIP-107 for the
// start offset).
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/segment.h"

namespace kafkascope::storage {

enum class DeletionReason : std::uint8_t {
  LogStartOffset,  // what it holds lies below the log start (DeleteRecords, the leader's log start)
  Size,            // retention.bytes
  Time             // retention.ms
};
std::string_view name(DeletionReason reason);

struct DeletedSegment {
  Offset base_offset;
  Offset next_base_offset;
  std::int64_t size_bytes = 0;
  DeletionReason reason = DeletionReason::Time;
};

/// The reasons in the order in which they are looked at; only the first for a log that is compacted and not deleted.
std::vector<DeletionReason> deletion_order(const LogOptions& options);

struct RetentionView {
  const SegmentList& segments;
  Offset log_start, log_end, high_watermark;
};
/// How many segments, from the oldest on, are to go for this reason. The active one may be among them unless it is empty; nothing
/// that reaches the high watermark goes.
std::size_t deletable_segments(const RetentionView& log, const LogOptions& options, DeletionReason reason,
                               std::int64_t now_ms);

}  // namespace kafkascope::storage
