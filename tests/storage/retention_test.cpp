// Which segments are deleted, for which reasons and in which order, and the consequences. Kafka: UnifiedLog.deleteOldSegments;
// UnifiedLogTest.
#include <doctest/doctest.h>

#include "storage/support.h"

using namespace kafkascope::storage;
using kafkascope::sim::milliseconds;

namespace {

using Bases = std::vector<std::int64_t>;

/// 15 records stamped `timestamp_ms`, five to a segment, all committed.
PartitionLog fifteen(LogOptions options, std::int64_t timestamp_ms = 10) {
  options.segment_bytes = 5 * batch(1, timestamp_ms)->size_bytes;
  PartitionLog log(options);
  start_at(log, at_s(0));
  for (int i = 0; i < 15; ++i) log.append_as_leader(batch(1, timestamp_ms), LeaderEpoch{0}, at_s(0));
  log.set_high_watermark(o(15), at_s(0));
  return log;
}

}  // namespace

TEST_CASE("UnifiedLogTest.testLogDeletionAfterDeleteRecords: segments completely below the log start are deleted") {
  LogOptions options;
  options.retention_ms = -1;
  auto log = fifteen(options);
  REQUIRE(log.segments().size() == 3);
  log.maybe_increment_log_start_offset(o(1), at_s(1));
  CHECK(log.delete_old_segments(at_s(1), 1000).empty());
  CHECK(log.log_start_offset() == o(1));
  log.maybe_increment_log_start_offset(o(6), at_s(1));
  const auto gone = log.delete_old_segments(at_s(1), 1000);
  REQUIRE(gone.size() == 1);
  CHECK(gone[0].reason == DeletionReason::LogStartOffset);
  CHECK(gone[0].base_offset == o(0));
  CHECK(gone[0].next_base_offset == o(5));
  CHECK(log.segments().size() == 2);
  CHECK(log.log_start_offset() == o(6));
  log.maybe_increment_log_start_offset(o(15), at_s(1));
  log.delete_old_segments(at_s(1), 1000);
  CHECK(bases(log) == Bases{10});  // the active segment is not deleted, because no segment follows it
  CHECK(log.log_start_offset() == o(15));
}

TEST_CASE(
    "UnifiedLogTest.shouldDeleteSizeBasedSegments: the oldest segments are deleted while at least retention.bytes remain") {
  LogOptions options;
  const std::int64_t size = batch(1, 10)->size_bytes;
  options.retention_ms = -1;
  options.retention_bytes = 10 * size;
  auto log = fifteen(options);
  const auto gone = log.delete_old_segments(at_s(1), 1000);
  REQUIRE(gone.size() == 1);
  CHECK(gone[0].reason == DeletionReason::Size);
  CHECK(bases(log) == Bases{5, 10});
  CHECK(log.log_start_offset() == o(5));
  CHECK(log.delete_old_segments(at_s(1), 1000).empty());
}

TEST_CASE(
    "UnifiedLogTest.shouldNotDeleteSizeBasedSegmentsWhenUnderRetentionSize: the log never falls below retention.bytes") {
  LogOptions options;
  options.retention_ms = -1;
  options.retention_bytes = 10 * batch(1, 10)->size_bytes + 1;
  auto log = fifteen(options);
  CHECK(log.delete_old_segments(at_s(1), 1000).empty());
}

TEST_CASE(
    "UnifiedLogTest.shouldDeleteTimeBasedSegmentsReadyToBeDeleted: if all segments are deleted, an empty one replaces them") {
  LogOptions options;
  options.retention_ms = 10000;
  auto log = fifteen(options);
  CHECK(log.delete_old_segments(at_s(1), 10010).empty());  // exactly 10000 ms old is not older
  const auto gone = log.delete_old_segments(at_s(1), 10011);
  CHECK(gone.size() == 3);
  CHECK(gone.back().reason == DeletionReason::Time);
  CHECK(bases(log) == Bases{15});
  CHECK(log.log_start_offset() == o(15));
  CHECK(log.log_end_offset() == o(15));
  CHECK(log.size_bytes() == 0);
  CHECK(log.delete_old_segments(at_s(100000), 100000000).empty());  // an empty last segment is never deleted
  CHECK(log.epochs().entries() == std::vector<EpochEntry>{{LeaderEpoch{0}, o(15)}});
}

TEST_CASE(
    "UnifiedLogTest.shouldNotDeleteTimeBasedSegmentsWhenNoneReadyToBeDeleted: with retention.ms=-1 segments are kept for ever") {
  LogOptions options;
  options.retention_ms = 10000000;
  auto log = fifteen(options, 5000);
  CHECK(log.delete_old_segments(at_s(1), 6000).empty());
  options.retention_ms = -1;
  auto kept = fifteen(options);
  CHECK(kept.delete_old_segments(at_s(1), 1000000000000).empty());
}

TEST_CASE(
    "Retention stops at the first segment that is kept, so a segment with recent timestamps protects all later ones") {
  LogOptions options;
  options.retention_ms = 1000;
  const auto one = batch(1, 10);
  options.segment_bytes = one->size_bytes;
  PartitionLog log(options);
  for (std::int64_t t : {10, 50000, 10, 10}) log.append_as_leader(batch(1, t), LeaderEpoch{0}, at_s(0));
  log.set_high_watermark(o(4), at_s(0));
  CHECK(log.delete_old_segments(at_s(1), 20000).size() == 1);
  CHECK(log.log_start_offset() == o(1));
}

TEST_CASE("F33: a record with a timestamp in the future keeps its segment until retention.ms after that time") {
  LogOptions options;
  options.retention_ms = 1000;
  PartitionLog log(options);
  log.append_as_leader(batch(1, 10), LeaderEpoch{0}, at_s(0));
  log.append_as_leader(batch(1, 259200000), LeaderEpoch{0}, at_s(0));
  log.set_high_watermark(o(2), at_s(0));
  CHECK(log.delete_old_segments(at_s(1), 100000).empty());
  CHECK(log.delete_old_segments(at_s(1), 259201001).size() == 1);
}

TEST_CASE("UnifiedLogTest.shouldNotDeleteSegmentsWhenPolicyDoesNotIncludeDelete") {
  LogOptions options;
  options.retention_ms = 10000;
  options.cleanup_delete = false;
  options.cleanup_compact = true;
  auto log = fifteen(options);
  CHECK(log.delete_old_segments(at_s(1), 1000000).empty());
  // Segments below the log start are deleted under every policy.
  log.maybe_increment_log_start_offset(o(5), at_s(1));
  CHECK(log.delete_old_segments(at_s(1), 1000000).size() == 1);
  options.cleanup_delete = true;  // compact,delete
  auto both = fifteen(options);
  CHECK(both.delete_old_segments(at_s(1), 1000000).size() == 3);
}

TEST_CASE("UnifiedLogTest.testDeletionWithoutHighWatermark: no segment at or above the high watermark is deleted") {
  LogOptions options;
  options.retention_ms = 1000;
  auto log = fifteen(options);
  PartitionLog behind(log.options());
  for (const auto& b : log.batches()) behind.append_as_follower(b, at_s(0));
  CHECK(behind.delete_old_segments(at_s(1), 1000000).empty());
  behind.set_high_watermark(o(9), at_s(1));
  CHECK(behind.delete_old_segments(at_s(1), 1000000).size() == 1);
  CHECK(behind.log_start_offset() == o(5));
}

TEST_CASE("Segments are deleted by log start, size and time in 4.x, by time, size and log start in 2.5") {
  using R = DeletionReason;
  LogOptions options;
  CHECK(deletion_order(options) == std::vector<R>{R::LogStartOffset, R::Size, R::Time});
  options.retention_time_first = true;
  CHECK(deletion_order(options) == std::vector<R>{R::Time, R::Size, R::LogStartOffset});
  options = {};
  options.retention_bytes = 0;  // both size and time would delete everything
  options.retention_ms = 0;
  auto log = fifteen(options);
  log.maybe_increment_log_start_offset(o(5), at_s(1));
  const auto gone = log.delete_old_segments(at_s(1), 1000000);
  REQUIRE(gone.size() == 3);
  CHECK(gone[0].reason == R::LogStartOffset);
  CHECK(gone[1].reason == R::Size);
  CHECK(gone[2].reason == R::Size);
}

TEST_CASE("file.delete.delay.ms: a deleted file takes up space for another minute") {
  LogOptions options;
  options.retention_ms = 1000;
  options.file_delete_delay_ms = 60000;
  auto log = fifteen(options);
  const std::int64_t size = log.size_bytes();
  log.delete_old_segments(at_s(10), 1000000);
  CHECK(log.size_bytes() == 0);
  CHECK(log.disk_bytes(at_s(69)) == size);
  CHECK(log.disk_bytes(at_s(70)) == 0);
}

TEST_CASE("KIP-360: a producer stays known after its records are deleted") {
  LogOptions options;
  options.retention_ms = 1000;
  PartitionLog log(options);
  log.append_as_leader(batch(1, 10, 7, 0, 0), LeaderEpoch{0}, at_s(0));
  log.set_high_watermark(o(1), at_s(0));
  log.delete_old_segments(at_s(1), 1000000);
  CHECK(log.log_start_offset() == o(1));
  CHECK(log.check_producer(*batch(1, 10, 7, 0, 1)).kind == ProducerCheckKind::Accept);
  CHECK(log.check_producer(*batch(1, 10, 7, 0, 2)).error ==
        kafkascope::protocol::ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
}
