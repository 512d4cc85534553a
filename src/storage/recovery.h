// Recovery of a log at a start. Kafka: LogLoader, LogManager.loadLogs.
#pragma once
#include <cstdint>

#include "protocol/ids.h"
#include "sim/time.h"

namespace kafkascope::storage {

using protocol::Offset;

/// The recovery of one log.
struct RecoveryReport {
  bool clean = true;                  // .kafka_cleanshutdown was found: nothing is scanned
  std::int64_t segments_scanned = 0;  // counted from the segment that holds the checkpointed recovery point
  std::int64_t bytes_scanned = 0;
  std::int64_t torn_bytes = 0;  // bytes of a batch that was only partly written: its CRC is wrong, and the log is cut
                                // there
  Offset lost_from;             // the log end before a tail was lost; -1: nothing was lost
};

/// The bytes that remain of a write that a power failure interrupted: whole pages may have reached the disk.
/// `position`: where the first lost batch began in its file. Simplified: the batch's first page was written, the rest
/// was not.
std::int64_t torn_bytes(std::int64_t position, std::int64_t lost_batch_bytes);

/// The time a disk takes to transfer `bytes`. At a start the logs of a directory are read in parallel:
/// num.recovery.threads.per.data.dir threads share the disk's bandwidth, so only the bytes count. Simplified: no time
/// per file, and reading is as fast as writing.
sim::Duration transfer_time(std::int64_t bytes, std::int64_t bytes_per_s);

}  // namespace kafkascope::storage
