// Searches a log for offsets by the timestamps of its records (ListOffsets). Kafka: UnifiedLog.fetchOffsetByTimestamp.
#pragma once
#include <cstdint>
#include <optional>

#include "storage/partition_log.h"

namespace kafkascope::storage {

struct TimestampOffset {
  std::int64_t timestamp_ms = -1;
  Offset offset;
  LeaderEpoch leader_epoch;
};

/// The first record below `end_exclusive` at or after that time; nullopt if there is none.
std::optional<TimestampOffset> offset_for_timestamp(const PartitionLog& log, std::int64_t timestamp_ms,
                                                    Offset end_exclusive);
/// -3 in a ListOffsets request (KIP-734): the first record with the largest timestamp; nullopt if the log is empty.
std::optional<TimestampOffset> offset_of_max_timestamp(const PartitionLog& log);

}  // namespace kafkascope::storage
