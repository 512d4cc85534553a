// Time in the log: refused timestamps, and the offsets that ListOffsets finds. Kafka: LogValidator, UnifiedLog.fetchOffsetByTimestamp. KIP-32, KIP-734,
// KIP-937.
#include <doctest/doctest.h>

#include "storage/support.h"
#include "storage/timestamp_lookup.h"
#include "storage/validation.h"

using namespace kafkascope::storage;
using kafkascope::protocol::ErrorCode;

TEST_CASE("LogValidatorTest: a timestamp must lie within [now - before.max, now + after.max]") {
  LogOptions options;
  options.timestamp_before_max_ms = 1000;
  options.timestamp_after_max_ms = 500;
  CHECK(validate(*batch(1, 9000), options, 10000).error == ErrorCode::NONE);
  CHECK(validate(*batch(1, 8999), options, 10000).error == ErrorCode::INVALID_TIMESTAMP);
  CHECK(validate(*batch(1, 10500), options, 10000).error == ErrorCode::NONE);
  CHECK(validate(*batch(1, 10501), options, 10000).error == ErrorCode::INVALID_TIMESTAMP);
  CHECK(validate(*batch(2, 10500), options, 10000).error == ErrorCode::INVALID_TIMESTAMP);  // the second record
  options.log_append_time = true;
  CHECK(validate(*batch(1, 0), options, 10000).error == ErrorCode::NONE);  // it will be overwritten
}

TEST_CASE("F33, KIP-1030: by default a timestamp may be at most an hour in the future and any time in the past") {
  const LogOptions options;
  CHECK(validate(*batch(1, 1), options, 1700000000000).error == ErrorCode::NONE);
  CHECK(validate(*batch(1, 1700003600000), options, 1700000000000).error == ErrorCode::NONE);
  CHECK(validate(*batch(1, 1700003600001), options, 1700000000000).error == ErrorCode::INVALID_TIMESTAMP);
}

TEST_CASE("LogValidatorTest.testRecordWithoutKeyOnCompactedTopic: the record gets INVALID_RECORD") {
  LogOptions options;
  CHECK(validate(*batch(1), options, 0).error == ErrorCode::NONE);
  options.cleanup_compact = true;
  CHECK(validate(*batch(1), options, 0).error == ErrorCode::INVALID_RECORD);
  CHECK(validate(*keyed({{"a"}}), options, 0).error == ErrorCode::NONE);
}

TEST_CASE(
    "LogValidator.processRecordErrors: a bad timestamp takes precedence over missing keys; a record without a key is not checked for its timestamp") {
  LogOptions options;
  options.cleanup_compact = true;
  options.timestamp_after_max_ms = 500;
  const auto two = [](bool first_has_key, std::int64_t first_ms, bool second_has_key, std::int64_t second_ms) {
    kafkascope::protocol::RecordBatch b;
    for (const auto& [has_key, ms] : {std::pair{first_has_key, first_ms}, std::pair{second_has_key, second_ms}}) {
      kafkascope::protocol::Record r;
      if (has_key) r.key = "k";
      r.timestamp_ms = ms;
      b.records.push_back(r);
    }
    return kafkascope::protocol::seal(std::move(b));
  };
  CHECK(validate(*two(false, 0, true, 9000), options, 0).error == ErrorCode::INVALID_TIMESTAMP);
  CHECK(validate(*two(true, 9000, false, 0), options, 0).error == ErrorCode::INVALID_TIMESTAMP);
  CHECK(validate(*two(false, 9000, true, 0), options, 0).error == ErrorCode::INVALID_RECORD);
  CHECK(validate(*two(true, 0, false, 0), options, 0).error == ErrorCode::INVALID_RECORD);
  CHECK(validate(*two(true, 0, true, 0), options, 0).error == ErrorCode::NONE);

  const auto both = validate(*two(false, 0, true, 9000), options, 100, "orders", 2).record_errors;
  REQUIRE(both.size() == 2);
  CHECK(both[0].batch_index == 0);
  CHECK(both[0].message == "Compacted topic cannot accept message without key in topic partition orders-2");
  CHECK(both[1].batch_index == 1);
  CHECK(both[1].message ==
        "Timestamp 9000 of message with offset 1 is out of range. The timestamp should be within "
        "[-9223372036854775707, 600]");
}

TEST_CASE("UnifiedLogTest.testFetchOffsetByTimestampIncludesLeaderEpoch") {
  PartitionLog log;
  log.append_as_leader(batch(1, 1000), e(0), at_s(0));
  log.append_as_leader(batch(1, 1001), e(1), at_s(0));
  const auto first = offset_for_timestamp(log, 1000, o(2)), second = offset_for_timestamp(log, 1001, o(2));
  CHECK(first->offset == o(0));
  CHECK(first->leader_epoch == e(0));
  CHECK(second->offset == o(1));
  CHECK(second->leader_epoch == e(1));
  CHECK_FALSE(offset_for_timestamp(log, 1002, o(2)));
}

TEST_CASE("A search by time reads only the first segment whose largest timestamp reaches the time") {
  LogOptions options;
  options.segment_bytes = 2 * batch(1, 1000)->size_bytes;
  PartitionLog log(options);
  for (std::int64_t t : {1000, 3000, 2000, 2500, 4000}) log.append_as_leader(batch(1, t), e(0), at_s(0));
  CHECK(offset_for_timestamp(log, 2000, o(5))->offset == o(1));  // in log order, not in time order
  CHECK(offset_for_timestamp(log, 3001, o(5))->offset == o(4));
  log.set_high_watermark(o(5), at_s(0));
  log.maybe_increment_log_start_offset(o(2), at_s(0));
  // The segment [0, 2) reaches 2500 with a record that is below the log start; Kafka's search ends there.
  CHECK_FALSE(offset_for_timestamp(log, 2500, o(5)));
  log.delete_old_segments(at_s(0), 0);
  CHECK(offset_for_timestamp(log, 2500, o(5))->offset == o(3));
}

TEST_CASE(
    "A search by time ends at a segment that cleaning has emptied, whose timestamp is that of its file (LogSegment.largestTimestamp)") {
  LogOptions options;
  options.cleanup_compact = true;
  options.segment_bytes = keyed({{"a"}})->size_bytes;
  PartitionLog log(options);
  for (const char* key : {"a", "a", "b"}) log.append_as_leader(keyed({{key, "v", 1000}}), e(0), at_s(0));
  log.set_high_watermark(o(3), at_s(0));
  CHECK(offset_for_timestamp(log, 1000, o(3))->offset == o(0));
  log.clean(o(0), o(2), 100, at_s(1), 0);
  REQUIRE(log.segment_list()[0].empty());
  CHECK_FALSE(offset_for_timestamp(log, 1000, o(3)));
}

TEST_CASE("KIP-734: of several records with the largest timestamp the first is found") {
  PartitionLog log;
  CHECK_FALSE(offset_of_max_timestamp(log));
  LogOptions options;
  options.segment_bytes = 2 * batch(1, 1000)->size_bytes;
  log.set_options(options);
  for (std::int64_t t : {1000, 3000, 2000, 3000, 2999}) log.append_as_leader(batch(1, t), e(2), at_s(0));
  const auto found = offset_of_max_timestamp(log);
  REQUIRE(found);
  CHECK(found->offset == o(1));
  CHECK(found->timestamp_ms == 3000);
  CHECK(found->leader_epoch == e(2));
}
