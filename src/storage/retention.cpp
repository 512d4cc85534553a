#include "storage/retention.h"

#include "sim/mutant.h"

namespace kafkascope::storage {

std::vector<DeletionReason> deletion_order(const LogOptions& options) {
  using R = DeletionReason;
  if (!options.cleanup_delete) return {R::LogStartOffset};
  if (options.retention_time_first) return {R::Time, R::Size, R::LogStartOffset};
  return {R::LogStartOffset, R::Size, R::Time};
}

std::size_t deletable_segments(const RetentionView& log, const LogOptions& options, DeletionReason reason,
                               std::int64_t now_ms) {
  std::int64_t surplus = log.segments.size_bytes() - options.retention_bytes;
  if (reason == DeletionReason::Size && (options.retention_bytes < 0 || surplus < 0)) return 0;
  if (reason == DeletionReason::Time && options.retention_ms < 0) return 0;
  const std::size_t count = log.segments.size();
  std::size_t deletable = 0;
  for (; deletable < count; ++deletable) {
    const LogSegment& s = log.segments[deletable];
    const bool last = deletable + 1 == count;
    if (last && s.empty()) break;
    const Offset upper = last ? log.log_end : log.segments[deletable + 1].base_offset;
    if (log.high_watermark < upper && !sim::mutant("retention-passes-the-hw")) break;
    bool go = false;
    switch (reason) {
      case DeletionReason::LogStartOffset: go = !last && upper <= log.log_start; break;
      case DeletionReason::Size:
        go = surplus - s.size_bytes >= 0 || (sim::mutant("retention-one-segment-too-many") && surplus > 0);
        if (go) surplus -= s.size_bytes;
        break;
      case DeletionReason::Time: go = now_ms - s.largest_timestamp_ms() > options.retention_ms; break;
    }
    if (!go) break;
  }
  return deletable;
}

}  // namespace kafkascope::storage
