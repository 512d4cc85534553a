// Rebuilds a log's producer state from snapshots and records. Kafka: ProducerStateManager.truncateAndReload,
// UnifiedLog.rebuildProducerState, LogLoader.recoverSegment.
#pragma once
#include <cstdint>
#include <optional>

#include "storage/producer_state.h"
#include "storage/segment.h"

namespace kafkascope::storage {

struct ProducerReload {
  enum class When : std::uint8_t { AtTruncation, AtStart };
  When when = When::AtStart;
  Offset log_start, log_end;
  std::optional<std::int64_t> now_ms;  // the wall clock; nullopt: no producer expires
  std::int64_t expiration_ms = 0;
};

/// Loads the newest snapshot and replays the records after it. Snapshots at or below the log start offset are ignored,
/// and a producer without a record above it is forgotten. A new snapshot is taken at the log end for the next reload.
/// Truncating a log without producers looks for no snapshot.
void reload_producers(ProducerStates& producers, ProducerSnapshots& snapshots, const SegmentList& segments,
                      const ProducerReload& reload);

/// Reads each segment, starting with the one that holds the recovery point and including the part below the log start
/// offset. It starts from the producers known before that segment, and takes a producer snapshot at the segment's end
/// for reload_producers. `start`: the log start offset in the file. Kafka: LogLoader.recoverSegment (2.5:
/// Log.recoverSegment), LogSegment.recover.
void recover_producers(ProducerSnapshots& snapshots, const SegmentList& segments, Offset recovery_point, Offset start);

}  // namespace kafkascope::storage
