// The records and batches that compaction keeps. Kafka: Cleaner, MemoryRecords.filterTo; LogCleanerTest. KIP-534.
#include <doctest/doctest.h>

#include <map>

#include "storage/support.h"

using namespace kafkascope::storage;

namespace {

constexpr std::int64_t kManyKeys = 1000;

LogOptions compacted() {
  LogOptions options;
  options.cleanup_compact = true;
  options.cleanup_delete = false;
  options.delete_retention_ms = 1000;
  return options;
}

/// One batch per key, the last segment closed, everything committed.
PartitionLog with(const std::vector<Keyed>& records, LogOptions options = compacted()) {
  PartitionLog log(options);
  start_at(log, at_s(0));
  for (const Keyed& k : records) log.append_as_leader(keyed({k}), e(0), at_s(0));
  log.roll(at_s(0));
  log.set_high_watermark(log.log_end_offset(), at_s(0));
  return log;
}
CleanResult clean_all(PartitionLog& log, std::int64_t now_ms = 0, std::int64_t from = 0) {
  return log.clean(o(from), log.active_base_offset(), kManyKeys, at_s(1), now_ms);
}

}  // namespace

TEST_CASE("LogCleanerTest.testCleanSegments: the last record of each key stays at its offset") {
  auto log = with({{"a"}, {"b"}, {"a"}, {"c"}, {"b"}});
  const auto done = clean_all(log);
  CHECK(left_in(log) == "2:a 3:c 4:b");
  CHECK(done.records_read == 5);
  CHECK(done.records_kept == 3);
  CHECK(done.end == o(5));
  CHECK(log.cleaner_checkpoint() == o(5));
  CHECK(log.log_end_offset() == o(5));
  CHECK(log.log_start_offset() == o(0));  // compaction does not move it
  // A read begins at the first record after a gap.
  CHECK(log.read(o(0), o(5), 1 << 20, true).front().base_offset == o(2));
  CHECK(log.batch_at(o(1)) == nullptr);
  CHECK(log.batch_at(o(3))->data->records[0].key == "c");
}

TEST_CASE("A cleaned batch keeps its offsets, sequences and epoch, and is smaller") {
  PartitionLog log(compacted());
  log.append_as_leader(keyed({{"a"}, {"b"}, {"a"}, {"c"}}, 5, 2, 10), e(3), at_s(0));
  log.append_as_leader(keyed({{"c"}}, 5, 2, 14), e(3), at_s(0));
  log.roll(at_s(0));
  log.set_high_watermark(o(5), at_s(0));
  const std::int32_t before = log.batches()[0].data->size_bytes;
  clean_all(log);
  CHECK(left_in(log) == "1:b 2:a 4:c");
  const StoredBatch& first = log.batches()[0];
  CHECK(first.base_offset == o(0));
  CHECK(first.last_offset() == o(3));
  CHECK(first.leader_epoch == e(3));
  CHECK(first.data->last_sequence() == 13);
  CHECK(first.data->size_bytes < before);
  CHECK(first.data->at(1)->key == "b");
  CHECK_FALSE(first.data->at(3));
  CHECK(first.data->index_from(2) == 1);
  CHECK(first.data->index_from(3) == 2);
}

TEST_CASE("The active segment and the records beyond the offset map are not cleaned") {
  auto log = with({{"a"}, {"a"}});
  log.append_as_leader(keyed({{"a"}}), e(0), at_s(0));
  log.set_high_watermark(o(3), at_s(0));
  clean_all(log);
  CHECK(left_in(log) == "1:a 2:a");
}

TEST_CASE("LogCleanerTest.testPartialSegmentClean: an offset map with room for one key still makes progress") {
  auto log = with({{"0"}, {"1"}, {"0"}, {"1"}, {"0"}});
  log.clean(o(2), log.active_base_offset(), 1, at_s(1), 0);
  CHECK(left_in(log) == "1:1 2:0 3:1 4:0");
  CHECK(log.cleaner_checkpoint() == o(3));
  log.clean(o(3), log.active_base_offset(), 1, at_s(1), 0);
  CHECK(left_in(log) == "2:0 3:1 4:0");
  log.clean(o(4), log.active_base_offset(), 1, at_s(1), 0);
  CHECK(left_in(log) == "3:1 4:0");
}

TEST_CASE("LogCleanerTest.testLogCleanerRetainsProducerLastSequence: a producer's last batch stays as an empty batch") {
  LogOptions options = compacted();
  options.producer_id_expiration_ms = kForEverMs;  // the stamps are of 1970
  PartitionLog log(options);
  log.append_as_leader(keyed({{"0", "0"}}), e(0), at_s(0));
  log.append_as_leader(keyed({{"0", "1"}}, 1, 0, 0), e(0), at_s(0));
  log.append_as_leader(keyed({{"0", "2"}}, 2, 0, 0), e(0), at_s(0));
  log.append_as_leader(keyed({{"0", "3"}}, 3, 0, 0), e(0), at_s(0));
  log.append_as_leader(keyed({{"1", "1"}}, 2, 0, 1), e(0), at_s(0));
  log.roll(at_s(0));
  log.set_high_watermark(o(5), at_s(0));
  clean_all(log);
  CHECK(left_in(log) == "1:- 3:0 4:1");
  std::map<std::int64_t, std::int32_t> last;
  for (const StoredBatch& b : log.batches()) last[b.data->producer_id] = b.data->last_sequence();
  CHECK(last == std::map<std::int64_t, std::int32_t>{{1, 0}, {2, 1}, {3, 0}});
  CHECK(log.batches()[0].data->size_bytes == 61);  // only the header
  // After a restart the log knows the producer from this batch.
  log.on_death(kafkascope::sim::Death::Crash, at_s(2));
  REQUIRE(log.producers().find(1) != nullptr);
  CHECK(log.producers().find(1)->last_sequence() == 0);
}

TEST_CASE(
    "LogCleanerTest.testCleanSegmentsRetainingLastEmptyBatch: the last batch of a cleaning stays, empty if needed") {
  auto log = with({{"a"}, {"b"}, {"a"}, {"b"}});  // one closed segment, [0, 4)
  log.append_as_leader(keyed({{"a"}}), e(0), at_s(0));
  log.append_as_leader(keyed({{"b"}}), e(0), at_s(0));
  log.roll(at_s(0));
  log.set_high_watermark(o(6), at_s(0));
  clean_all(log);
  CHECK(left_in(log) == "4:a 5:b");
  // Nothing up to the limit is superseded; an expired tombstone leaves an empty batch.
  auto last = with({{"a"}, {"a", std::nullopt}});
  clean_all(last, 0);
  clean_all(last, 1000, 0);
  CHECK(left_in(last) == "1:-");
  CHECK(last.log_end_offset() == o(2));
  auto old = with({{"a"}, {"a", std::nullopt}});
  LogOptions options = old.options();
  options.keeps_last_empty_batch = false;  // 2.5
  old.set_options(options);
  clean_all(old, 0);
  clean_all(old, 1000, 0);
  CHECK(left_in(old).empty());
}

TEST_CASE(
    "KIP-534: the first cleaning sets a tombstone's delete horizon, and a cleaning after the horizon removes the tombstone") {
  auto log = with({{"a"}, {"a", std::nullopt}, {"b"}});
  clean_all(log, 50000);
  CHECK(left_in(log) == "1:a 2:b");
  REQUIRE(log.batches()[0].data->delete_horizon_ms() == 51000);
  CHECK_FALSE(log.batches()[0].data->records[0].value.has_value());
  clean_all(log, 50999);
  CHECK(left_in(log) == "1:a 2:b");
  CHECK(log.batches()[0].data->delete_horizon_ms() == 51000);  // the first horizon stays
  const auto done = clean_all(log, 51000);
  CHECK(left_in(log) == "2:b");
  CHECK(done.tombstones_dropped == 1);
}

TEST_CASE("F27: a superseded tombstone is removed at once") {
  auto log = with({{"a", std::nullopt}, {"a"}});
  clean_all(log, 50000);
  CHECK(left_in(log) == "1:a");
  CHECK(log.batches()[0].data->compacted == nullptr);
}

TEST_CASE(
    "A tombstone gets its delete horizon in every cleaned segment, even if the offset map is full (MemoryRecords.filterTo), and in no other segment") {
  const std::vector<Keyed> records = {{"a"}, {"b", std::nullopt}};
  PartitionLog log(compacted());
  for (const Keyed& k : records) log.append_as_leader(keyed({k}), e(0), at_s(0)), log.roll(at_s(0));
  log.set_high_watermark(o(2), at_s(0));
  CHECK(log.clean(o(0), o(1), kManyKeys, at_s(1), 50000).end == o(1));
  CHECK(left_in(log) == "0:a 1:b");
  CHECK(log.batches()[1].data->delete_horizon_ms() == -1);
  auto full = with(records);  // one segment, and a map for one key: the second record is copied unchecked
  CHECK(full.clean(o(0), o(2), 1, at_s(1), 50000).end == o(1));
  CHECK(left_in(full) == "0:a 1:b");
  CHECK(full.batches()[1].data->delete_horizon_ms() == 51000);
}

TEST_CASE("Before KIP-534 tombstones expire by the age of the last clean segment") {
  LogOptions options = compacted();
  options.horizon_in_batches = false;
  options.segment_bytes = 1 << 20;
  PartitionLog log(options);
  log.append_as_leader(keyed({{"a", std::nullopt}}), e(0), at_s(0));
  log.append_as_leader(keyed({{"c"}}), e(0), at_s(0));
  log.roll(at_s(0));
  log.append_as_leader(keyed({{"b"}}), e(0), at_s(100));
  log.roll(at_s(100));
  log.set_high_watermark(o(3), at_s(100));
  clean_all(log, 0);  // no segment was clean before: no horizon
  CHECK(left_in(log) == "0:a 1:c 2:b");
  CHECK(log.batches()[0].data->compacted == nullptr);
  // Another dirty segment. The last clean segment (written at 100 s) sets the limit, and is not older than itself minus 1 s.
  log.append_as_leader(keyed({{"d"}}), e(0), at_s(200));
  log.roll(at_s(200));
  log.set_high_watermark(o(4), at_s(200));
  clean_all(log, 0, 3);
  CHECK(left_in(log) == "0:a 1:c 2:b 3:d");
  // Both are in one segment that was last written at 200 s; a later clean segment of 500 s makes it old enough.
  LogOptions tight = options;
  tight.segment_bytes = 1;
  log.set_options(tight);
  log.append_as_leader(keyed({{"f"}}), e(0), at_s(500));
  log.roll(at_s(500));
  log.set_high_watermark(o(5), at_s(500));
  clean_all(log, 0, 4);
  CHECK(left_in(log) == "0:a 1:c 2:b 3:d 4:f");
  log.append_as_leader(keyed({{"g"}}), e(0), at_s(600));
  log.roll(at_s(600));
  log.set_high_watermark(o(6), at_s(600));
  clean_all(log, 0, 5);
  CHECK(left_in(log) == "1:c 2:b 3:d 4:f 5:g");
}

TEST_CASE("Cleaning drops records without a key") {
  PartitionLog log(compacted());
  log.append_as_leader(batch(1), e(0), at_s(0));
  log.append_as_leader(keyed({{"a"}}), e(0), at_s(0));
  log.roll(at_s(0));
  log.set_high_watermark(o(2), at_s(0));
  CHECK(clean_all(log).unkeyed_dropped == 1);
  CHECK(left_in(log) == "1:a");
}

TEST_CASE("LogCleanerTest.testSegmentGrouping: adjacent cleaned segments are merged up to segment.bytes") {
  LogOptions options = compacted();
  const std::int64_t size = keyed({{"x"}})->size_bytes;
  options.segment_bytes = 2 * size;
  PartitionLog log(options);
  for (const char* key : {"a", "b", "a", "b", "a", "c", "d"}) log.append_as_leader(keyed({{key}}), e(0), at_s(0));
  CHECK(bases(log) == std::vector<std::int64_t>{0, 2, 4, 6});
  log.set_high_watermark(o(7), at_s(0));
  clean_all(log);
  // Segments are grouped by their sizes before cleaning: in the first round none fit together, and the first one is
  // empty afterwards.
  CHECK(bases(log) == std::vector<std::int64_t>{0, 2, 4, 6});
  CHECK(left_in(log) == "3:b 4:a 5:c 6:d");
  CHECK(log.read(o(0), o(7), 1 << 20, true).front().base_offset ==
        o(3));  // LocalLog.read continues to the first segment with records
  for (const char* key : {"e", "f"}) log.append_as_leader(keyed({{key}}), e(0), at_s(0));
  log.set_high_watermark(o(9), at_s(0));
  clean_all(log, 0, 6);
  CHECK(bases(log) == std::vector<std::int64_t>{0, 4, 6, 8});
  CHECK(left_in(log) == "3:b 4:a 5:c 6:d 7:e 8:f");
}

TEST_CASE("A follower accepts the gaps that a leader's cleaner has left") {
  auto leader = with({{"a"}, {"a"}, {"b"}});
  clean_all(leader);
  PartitionLog follower(compacted());
  for (const StoredBatch& b : leader.batches()) CHECK(follower.append_as_follower(b, at_s(2)));
  CHECK(follower.log_end_offset() == o(3));
  CHECK(left_in(follower) == "1:a 2:b");
}

TEST_CASE(
    "Truncation below the active segment moves the cleaner's checkpoint back to the base of the new active segment") {
  auto log = with({{"a"}, {"b"}, {"a"}});
  clean_all(log);
  REQUIRE(log.cleaner_checkpoint() == o(3));
  log.append_as_leader(keyed({{"c"}}), e(0), at_s(2));
  truncate_log(log, o(3), at_s(2));  // only the active segment is truncated: no clean segment changes
  CHECK(log.cleaner_checkpoint() == o(3));
  truncate_log(log, o(2), at_s(2));
  CHECK(log.active_base_offset() == o(0));
  CHECK(log.cleaner_checkpoint() == o(0));  // LogManager.maybeTruncateCleanerCheckpointToActiveSegmentBaseOffset
  CHECK(left_in(log) == "1:b");
  CHECK(log.log_end_offset() == o(2));
}

TEST_CASE("A copy made before a cleaning does not change") {
  auto log = with({{"a"}, {"a"}});
  const PartitionLog before = log;
  clean_all(log);
  CHECK(left_in(before) == "0:a 1:a");
  CHECK(left_in(log) == "1:a");
}
