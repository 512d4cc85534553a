// Which log is cleaned next, and up to which offset. Kafka: LogCleanerManager; LogCleanerManagerTest.
#include <doctest/doctest.h>

#include "storage/cleaner_manager.h"
#include "storage/support.h"

using namespace kafkascope::storage;

namespace {

LogOptions two_per_segment() {
  LogOptions options;
  options.cleanup_compact = true;
  options.cleanup_delete = false;
  options.segment_bytes = 2 * keyed({{"k"}})->size_bytes;  // two records per segment
  return options;
}
/// Records k0, k1 … stamped 0, 1000, 2000 …; all committed.
PartitionLog of_records(int records, LogOptions options = two_per_segment()) {
  PartitionLog log(options);
  for (int i = 0; i < records; ++i) log.append_as_leader(keyed({{"k", "v", 1000 * i}}), LeaderEpoch{0}, at_s(i));
  log.set_high_watermark(log.log_end_offset(), at_s(records));
  return log;
}
const PartitionLog* chosen(std::vector<const PartitionLog*> logs, std::int64_t now_ms = 0) {
  const auto found = filthiest_log(logs, now_ms);
  return found ? logs[static_cast<std::size_t>(found->index)] : nullptr;
}

}  // namespace

TEST_CASE("LogCleanerManagerTest.testCleanableOffsetsForNone: a log is cleanable up to the active segment") {
  const auto log = of_records(5);  // segments 0, 2, 4
  const auto offsets = cleanable_offsets(log, 10000);
  CHECK(offsets.first_dirty == o(0));
  CHECK(offsets.first_uncleanable == o(4));
  CHECK_FALSE(offsets.reset_checkpoint);
}

TEST_CASE("Cleaning ends before the segment of the last stable offset") {
  PartitionLog log(two_per_segment());
  for (int i = 0; i < 7; ++i) log.append_as_leader(keyed({{"k"}}), LeaderEpoch{0}, at_s(i));
  log.set_high_watermark(o(3), at_s(9));
  CHECK(cleanable_offsets(log, 0).first_uncleanable == o(3));
  const auto described = describe_for_cleaning(log, 0);
  CHECK(described.first_uncleanable == o(2));
  CHECK(described.cleanable_bytes == log.segments()[0].size_bytes);
  LogOptions old = two_per_segment();
  old.compaction_passes_high_watermark = true;  // before KAFKA-13194
  log.set_options(old);
  CHECK(cleanable_offsets(log, 0).first_uncleanable == o(6));
}

TEST_CASE(
    "LogCleanerManagerTest.testCleanableOffsetsForTime: min.compaction.lag.ms protects a segment by its largest timestamp") {
  LogOptions options = two_per_segment();
  options.min_compaction_lag_ms = 5000;
  const auto log = of_records(7, options);  // segments 0 (0, 1 s), 2 (2, 3 s), 4 (4, 5 s), active 6
  CHECK(cleanable_offsets(log, 8000).first_uncleanable == o(4));  // 3 s is exactly 5 s old, which is not younger
  CHECK(cleanable_offsets(log, 7999).first_uncleanable == o(2));
  CHECK(cleanable_offsets(log, 100000).first_uncleanable == o(6));
}

TEST_CASE("LogCleanerManagerTest.testCleanableOffsetsNeedsCheckpointReset") {
  auto log = of_records(7);
  log.clean(o(0), o(6), 100, at_s(9), 0);
  CHECK(cleanable_offsets(log, 0).first_dirty == o(6));
  log.maybe_increment_log_start_offset(o(7), at_s(9));
  const auto after = cleanable_offsets(log, 0);
  CHECK(after.first_dirty == o(7));
  CHECK(after.reset_checkpoint);
}

TEST_CASE("min.cleanable.dirty.ratio: a log is cleaned only if its dirty ratio is larger, not if it is equal") {
  auto log = of_records(5);
  log.clean(o(0), o(4), 100, at_s(9), 0);  // clean: one record of four, in [0, 4)
  CHECK(chosen({&log}) == nullptr);
  log.append_as_leader(keyed({{"k"}}), LeaderEpoch{0}, at_s(9));
  log.append_as_leader(keyed({{"k"}}), LeaderEpoch{0}, at_s(9));  // closes [4, 6)
  log.set_high_watermark(o(7), at_s(9));
  const auto described = describe_for_cleaning(log, 0);
  CHECK(described.first_dirty == o(4));
  CHECK(described.cleanable_bytes == 2 * keyed({{"k"}})->size_bytes);
  CHECK(described.exceeds(500000));
  CHECK_FALSE(LogToClean{0, o(0), o(0), 100, 100, 0}.exceeds(500000));
  CHECK(LogToClean{0, o(0), o(0), 99, 100, 0}.exceeds(500000));
  CHECK(chosen({&log}) == &log);
}

TEST_CASE("LogCleanerManagerTest.testGrabFilthiestCompactedLogReturnsLogWithDirtiestRatio") {
  auto a = of_records(9), b = of_records(9);
  a.clean(o(0), o(4), 100, at_s(9), 0);
  CHECK(compare_dirtiness(describe_for_cleaning(b, 0), describe_for_cleaning(a, 0)) > 0);
  CHECK(chosen({&a, &b}) == &b);
  CHECK(chosen({&b, &a}) == &b);
  const auto c = of_records(9);
  CHECK(chosen({&b, &c}) == &b);  // equal ratios: the first one
  CHECK(chosen({nullptr, &c}) == &c);
  LogOptions deleted = two_per_segment();
  deleted.cleanup_compact = false;
  const auto not_compacted = of_records(9, deleted);
  CHECK(chosen({&not_compacted}) == nullptr);
  CHECK(chosen({}) == nullptr);
}

TEST_CASE("Dirty ratios are compared exactly for any sizes") {
  const auto log = [](std::int64_t clean, std::int64_t dirty) { return LogToClean{0, o(0), o(0), clean, dirty, 0}; };
  CHECK(compare_dirtiness(log(1, 2), log(2, 4)) == 0);
  CHECK(compare_dirtiness(log(0, 5), log(1, 5000000000000)) > 0);
  CHECK(compare_dirtiness(log(3000000000001, 5000000000000), log(3000000000000, 5000000000000)) < 0);
  CHECK(compare_dirtiness(log(7, 0), log(7, 1)) < 0);
}

TEST_CASE(
    "LogCleanerManagerTest.testGrabFilthiestLogIgnoresLogsWithoutEnoughDirt: such a log is cleaned once max.compaction.lag.ms has passed") {
  LogOptions options = two_per_segment();
  options.min_cleanable_dirty_ratio_ppm = 1000000;  // never because of the ratio
  options.max_compaction_lag_ms = 60000;
  PartitionLog log(options);
  const std::int64_t start = 1000000000;
  for (int i = 0; i < 5; ++i) log.append_as_leader(keyed({{"k", "v", start + i}}), LeaderEpoch{0}, at_s(i));
  log.set_high_watermark(o(5), at_s(9));
  CHECK(chosen({&log}, start + 60000) == nullptr);
  CHECK(chosen({&log}, start + 60001) == &log);
  CHECK(describe_for_cleaning(log, start + 60010).compaction_delay_ms == 10);
}
