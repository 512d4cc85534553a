// Which log the cleaner takes next, and how far it may go. Kafka: LogCleanerManager. Pure over the logs it is shown; how far a log is
// clean (the file cleaner-offset-checkpoint) lies in the log.
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
  bool reset_checkpoint = false;  // the checkpoint lay outside the log
};
CleanableOffsets cleanable_offsets(const PartitionLog& log, std::int64_t now_ms);

/// Kafka: LogToClean.
struct LogToClean {
  std::int32_t index = -1;  // in the list that was shown
  Offset first_dirty;
  Offset first_uncleanable;  // the base offset of the first segment that is left alone
  std::int64_t clean_bytes = 0;
  std::int64_t cleanable_bytes = 0;
  std::int64_t compaction_delay_ms = 0;  // by how much max.compaction.lag.ms has been passed
  std::int64_t total_bytes() const { return clean_bytes + cleanable_bytes; }
  /// Dirtier than min.cleanable.dirty.ratio.
  bool exceeds(std::int64_t ratio_ppm) const;
};
/// Of one log, whether it is worth it or not.
LogToClean describe_for_cleaning(const PartitionLog& log, std::int64_t now_ms);

/// cleanable / total of a against b, exactly: -1, 0, 1.
int compare_dirtiness(const LogToClean& a, const LogToClean& b);

/// Of the compacted logs that are dirty enough, or too late, the dirtiest; the first of equals. nullptrs are skipped.
std::optional<LogToClean> filthiest_log(std::span<const PartitionLog* const> logs, std::int64_t now_ms);

}  // namespace kafkascope::storage
