// Selects segments that are too old, exceed the size limit or are wholly below the log start offset. Pure. Kafka:
// UnifiedLog.deleteOldSegments (KIP-107 for the start offset).
#pragma once
#include <cstdint>
#include <vector>

#include "protocol/reasons.h"
#include "storage/segment.h"

namespace kafkascope::storage {

/// LogStartOffset: its records are below the log start offset (DeleteRecords, the leader's log start). Size:
/// retention.bytes. Time: retention.ms.
using DeletionReason = fact::SegmentDeletionReason;

struct DeletedSegment {
  Offset base_offset;
  Offset next_base_offset;
  std::int64_t size_bytes = 0;
  DeletionReason reason = DeletionReason::Time;
};

/// The reasons in the order in which they are checked; a log that is only compacted has just the first one.
std::vector<DeletionReason> deletion_order(const LogOptions& options);

struct RetentionView {
  const SegmentList& segments;
  Offset log_start, log_end, high_watermark;
};
/// The number of segments, from the oldest on, to delete for this reason. It may include the active segment unless that
/// is empty; a segment that reaches the high watermark is never deleted.
std::size_t deletable_segments(const RetentionView& log, const LogOptions& options, DeletionReason reason,
                               std::int64_t now_ms);

}  // namespace kafkascope::storage
