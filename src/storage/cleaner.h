// Compaction of one log's closed segments: the last record of every key stays, and offsets never change. Pure: segments
// in, segments out. Kafka: Cleaner (in LogCleaner), MemoryRecords.filterTo; KIP-58, KIP-280, KIP-534.
//
//   clean            dirty                          uncleanable
//   [ ... )          [first dirty ... )             [min(active segment, last stable offset, min.compaction.lag) ... )
//                    its keys go into the map       not touched
//   both are rewritten: a record stays if the map has no later offset for its key
//
// A tombstone (no value) stays until its delete horizon: the first cleaning that meets it stamps the batch with the
// current time + delete.retention.ms; a cleaning after that time drops it.
// The records of aborted transactions are dropped. A marker stays until no batch of its transaction is left and, like a
// tombstone, until its delete horizon.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "storage/producer_state.h"
#include "storage/segment.h"

namespace kafkascope::storage {

struct CleanRequest {
  Offset first_dirty;
  Offset first_uncleanable;  // a segment's base offset (LogToClean.firstUncleanableOffset)
  std::int64_t now_ms = 0;   // wall clock
  sim::Instant now;
  /// Keys that fit into the map: log.cleaner.dedupe.buffer.size / 24 × log.cleaner.io.buffer.load.factor.
  std::int64_t map_capacity = 5033164;
  /// The batch with the last sequence number of a known producer is kept, without records if need be; so is the last
  /// marker of a producer of which only the epoch is known.
  std::map<protocol::ProducerId, LastRecord> last_records;
};

struct CleanResult {
  std::size_t replaced = 0;  // number of closed segments, from the oldest on, that `segments` replaces
  std::vector<std::shared_ptr<const LogSegment>> segments;
  Offset end;  // the clean part ends here
  std::int64_t bytes_read = 0, bytes_written = 0;
  std::int64_t records_read = 0, records_kept = 0;
  std::int64_t tombstones_kept = 0, tombstones_dropped = 0;
  std::int64_t unkeyed_dropped = 0;
};

/// Kafka: Cleaner.doClean.
CleanResult clean(const SegmentList& log, const CleanRequest& request, const LogOptions& options);

}  // namespace kafkascope::storage
