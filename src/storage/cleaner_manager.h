// Chooses the log that the cleaner takes next, and how far it may clean. Kafka: LogCleanerManager. A pure function of
// the given logs; each log itself stores the offset up to which it is clean (the file cleaner-offset-checkpoint).
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "storage/segment.h"

namespace kafkascope::storage {

class PartitionLog;

/// Kafka: OffsetsToClean.
struct CleanableOffsets {
  Offset first_dirty;
  Offset first_uncleanable;
  bool reset_checkpoint = false;  // the checkpoint was outside the log
};
CleanableOffsets cleanable_offsets(const PartitionLog& log, std::int64_t now_ms);

/// Kafka: LogToClean.
struct LogToClean {
  std::int32_t index = -1;  // index into the list of logs
  Offset first_dirty;
  Offset first_uncleanable;  // the base offset of the first segment that is not cleaned
  std::int64_t clean_bytes = 0;
  std::int64_t cleanable_bytes = 0;
  std::int64_t compaction_delay_ms = 0;  // how far max.compaction.lag.ms has been exceeded
  std::int64_t total_bytes() const { return clean_bytes + cleanable_bytes; }
  /// The dirty ratio exceeds min.cleanable.dirty.ratio.
  bool exceeds(std::int64_t ratio_ppm) const;
};
/// The cleaning figures of one log, whether or not it needs cleaning.
LogToClean describe_for_cleaning(const PartitionLog& log, std::int64_t now_ms);

/// Compares cleanable / total of a and b exactly: -1, 0 or 1.
int compare_dirtiness(const LogToClean& a, const LogToClean& b);

/// The dirtiest of the compacted logs that are dirty enough or overdue; the first among equals. nullptrs are skipped.
std::optional<LogToClean> filthiest_log(std::span<const PartitionLog* const> logs, std::int64_t now_ms);

}  // namespace kafkascope::storage
