// What a start does with the log it finds. Kafka: LogLoader, LogManager.loadLogs.
#pragma once
#include <cstdint>

#include "protocol/ids.h"
#include "sim/time.h"

namespace kafkascope::storage {

using protocol::Offset;

/// Of one log.
struct RecoveryReport {
  bool clean = true;                  // .kafka_cleanshutdown was there: nothing is scanned
  std::int64_t segments_scanned = 0;  // from the one that holds the checkpointed recovery point on
  std::int64_t bytes_scanned = 0;
  std::int64_t torn_bytes = 0;  // of a batch that was written in part: its CRC is wrong, the log is cut there
  Offset lost_from;             // -1, or the log end before a tail was lost
};

/// A write that the power cut: whole pages of it may have arrived. `position`: where the first lost batch began in its file.
/// Simplified: the batch's first page made it, the rest did not.
std::int64_t torn_bytes(std::int64_t position, std::int64_t lost_batch_bytes);

/// How long a disk takes for so many bytes. At a start the logs of a directory are read so: num.recovery.threads.per.data.dir threads share
/// the disk's bandwidth, so only the bytes count. Simplified: no time per file, and reading is as fast as writing.
sim::Duration transfer_time(std::int64_t bytes, std::int64_t bytes_per_s);

}  // namespace kafkascope::storage
