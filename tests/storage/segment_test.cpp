// When a segment is closed, and the contents of its indexes. Kafka: LogSegment, RollParams; UnifiedLogTest,
// LogSegmentTest.
#include <doctest/doctest.h>

#include "storage/support.h"

using namespace kafkascope::storage;
using kafkascope::sim::Death;

namespace {

using Bases = std::vector<std::int64_t>;

LogOptions small(std::int64_t batches, std::int64_t batch_bytes) {
  LogOptions options;
  options.segment_bytes = batches * batch_bytes;
  return options;
}

}  // namespace

TEST_CASE("UnifiedLogTest.testSizeBasedLogRoll: a batch that does not fit into segment.bytes begins the next segment") {
  const auto one = batch(1);
  PartitionLog log(small(5, one->size_bytes));
  for (int i = 0; i < 15; ++i) log.append_as_leader(one, e(0), at_s(i));
  CHECK(bases(log) == Bases{0, 5, 10});
  CHECK(log.size_bytes() == 15 * one->size_bytes);
  CHECK(log.active_base_offset() == o(10));
  PartitionLog tight(small(1, one->size_bytes - 1));  // each batch is larger than a segment; no segment is empty
  for (int i = 0; i < 3; ++i) tight.append_as_leader(one, e(0), at_s(i));
  CHECK(bases(tight) == Bases{0, 1, 2});
}

TEST_CASE(
    "UnifiedLogTest.testTimeBasedLogRollDuringAppend: a segment's age is measured by its records' timestamps, not by the clock") {
  LogOptions options;
  options.segment_ms = 1000;
  PartitionLog log(options);
  log.append_as_leader(batch(1, 5000), e(0), at_s(0));
  log.append_as_leader(batch(1, 6000), e(0), at_s(100));  // exactly 1000 ms apart is not more than segment.ms
  CHECK(log.segments().size() == 1);
  log.append_as_leader(batch(1, 6001), e(0), at_s(100));
  CHECK(bases(log) == Bases{0, 2});
  log.append_as_leader(batch(1, 3000), e(0), at_s(100));  // older than the segment's first batch
  CHECK(log.segments().size() == 2);
}

TEST_CASE("UnifiedLog.appendAsFollower: the records of one fetch are appended together into one segment") {
  const auto one = batch(1);
  PartitionLog leader(small(4, one->size_bytes)), follower(small(4, one->size_bytes));
  for (int i = 0; i < 8; ++i) leader.append_as_leader(one, e(i / 6), at_s(i));
  CHECK(bases(leader) == Bases{0, 4});
  const auto brought = [&](std::int64_t from, std::int64_t to) {
    std::vector<StoredBatch> batches;
    for (std::int64_t i = from; i < to; ++i) batches.push_back(*leader.batch_at(o(i)));
    return batches;
  };
  CHECK(follower.append_as_follower(brought(0, 2), at_s(9)));
  CHECK_FALSE(follower.append_as_follower(brought(1, 4), at_s(9)));
  CHECK(follower.append_as_follower(brought(2, 5),
                                    at_s(9)));  // all five do not fit, so none of the three goes to the first segment
  CHECK(bases(follower) == Bases{0, 2});
  CHECK(follower.append_as_follower(brought(5, 8), at_s(9)));
  CHECK(bases(follower) == Bases{0, 2, 5});
  CHECK(follower.log_end_offset() == o(8));
  CHECK(follower.end_offset_for(e(0)).end_offset == o(6));
  CHECK(follower.append_as_follower(std::vector<StoredBatch>{}, at_s(9)));

  LogOptions options;
  options.segment_ms = 1000;
  options.flush_messages = 2;
  PartitionLog by_time(options);
  by_time.append_as_follower({o(0), e(0), batch(1, 5000)}, at_s(0));
  CHECK(by_time.flushed_offset(at_s(0)) == o(0));
  by_time.append_as_follower(std::vector<StoredBatch>{{o(1), e(0), batch(1, 5500)}, {o(2), e(0), batch(1, 6001)}},
                             at_s(0));
  CHECK(bases(by_time) == Bases{0, 1});     // the append's largest timestamp counts
  CHECK(by_time.recovery_point() == o(3));  // flush.messages is checked once, at the end of the append
}

TEST_CASE("A partition without appends does not roll its segment by time") {
  LogOptions options;
  options.segment_ms = 1000;
  PartitionLog log(options);
  log.append_as_leader(batch(1, 0), e(0), at_s(0));
  log.delete_old_segments(at_s(1000), 0);
  CHECK(log.segments().size() == 1);
}

TEST_CASE("A full index closes the segment (segment.index.bytes)") {
  LogOptions options;
  options.index_interval_bytes = 0;  // an entry for each batch except the first
  options.segment_index_bytes =
      10 * OffsetIndexEntry::kBytes;  // the time index has room for six entries, one of them for the end
  PartitionLog log(options);
  for (int i = 0; i < 25; ++i)
    log.append_as_leader(batch(1, 100), e(0), at_s(i));  // equal timestamps do not fill the time index
  CHECK(bases(log) == Bases{0, 11, 22});
  PartitionLog growing(options);
  for (int i = 0; i < 25; ++i) growing.append_as_leader(batch(1, 100 + i), e(0), at_s(i));
  CHECK(bases(growing) == Bases{0, 6, 12, 18, 24});
}

TEST_CASE("LogSegment.canConvertToRelativeOffset: offsets of a segment span at most 2^31 - 1") {
  PartitionLog log;
  log.append_as_follower({o(10), e(0), batch(1)}, at_s(0));
  log.append_as_follower({o(2147483647), e(0), batch(1)}, at_s(0));
  CHECK(bases(log) == Bases{0});
  log.append_as_follower({o(2147483648), e(0), batch(1)}, at_s(0));
  CHECK(bases(log) == Bases{0, 2147483648});
}

TEST_CASE("LogConfig.maxSegmentMs: a compacted topic rolls its segment early enough for max.compaction.lag.ms") {
  LogOptions options;
  options.segment_ms = 100000;
  options.max_compaction_lag_ms = 1000;
  CHECK(options.max_segment_ms() == 100000);
  options.cleanup_compact = true;
  CHECK(options.max_segment_ms() == 1000);
  PartitionLog log(options);
  for (std::int64_t t : {1000, 2000, 2001}) log.append_as_leader(keyed({{"a", "v", t}}), e(0), at_s(0));
  CHECK(bases(log) == Bases{0, 2});
}

TEST_CASE("The indexes are sparse: an entry follows every index.interval.bytes") {
  LogOptions options;
  const std::int64_t size = batch(1, 1000)->size_bytes;
  options.index_interval_bytes = 2 * size;
  PartitionLog log(options);
  const std::vector<std::int64_t> times = {1000, 1001, 1002, 900, 1500, 1400, 1300};
  for (std::int64_t t : times) log.append_as_leader(batch(1, t), e(0), at_s(0));
  const Indexes view = build_indexes(log.segment_list().active().batches(), options.index_interval_bytes, false);
  // An entry when more than two batches' bytes have been added since the last one: at the fourth and the seventh batch.
  CHECK(view.offsets == std::vector<OffsetIndexEntry>{{o(3), 3 * size}, {o(6), 6 * size}});
  CHECK(view.times == std::vector<TimeIndexEntry>{{1002, o(2)}, {1500, o(4)}});
  CHECK(log.segment_list().active().index.offset_entries == 2);
  CHECK(log.segment_list().active().index.time_entries == 2);
  const Indexes closed = build_indexes(log.segment_list().active().batches(), 1 << 20, true);
  CHECK(closed.offsets.empty());
  CHECK(closed.times == std::vector<TimeIndexEntry>{{1500, o(4)}});  // added by onBecomeInactiveSegment
}

TEST_CASE(
    "A roll writes a producer snapshot at the next segment's base offset; the log's owner flushes the closed segment") {
  const auto one = batch(1, 0, 7, 0, 0);
  PartitionLog log(small(2, one->size_bytes));
  start_at(log, at_s(0));
  for (int i = 0; i < 3; ++i) log.append_as_leader(batch(1, 0, 7, 0, i), e(0), at_s(i));
  CHECK(bases(log) == Bases{0, 2});
  CHECK(log.flushed_offset(at_s(3)) == o(0));
  CHECK(log.recovery_point() == o(0));
  CHECK(log.segment_list().segments_between(log.recovery_point(), o(2)) == 1);
  log.flush_to(o(2), at_s(3));
  CHECK(log.flushed_offset(at_s(3)) == o(2));
  CHECK(log.recovery_point() == o(2));
  CHECK(log.segment_list().segments_between(o(1), o(3)) == 2);
  CHECK(log.segment_list().segments_between(o(2), o(3)) == 1);
  REQUIRE(log.producer_snapshots().all().size() == 1);
  CHECK(log.producer_snapshots().all()[0].offset == o(2));
  CHECK(log.producer_snapshots().all()[0].producers->find(7)->last_sequence() == 1);
}

TEST_CASE(
    "UnifiedLog.deleteProducerSnapshots: a segment's producer snapshot is deleted when the segment is deleted or merged") {
  const auto offsets = [](const PartitionLog& log) {
    std::vector<std::int64_t> out;
    for (const ProducerSnapshot& s : log.producer_snapshots().all()) out.push_back(s.offset.value);
    return out;
  };
  const auto one = keyed({{"k"}}, 7, 0, 0);
  LogOptions options = small(2, one->size_bytes);
  options.cleanup_compact = true;
  options.producer_id_expiration_ms = std::int64_t{1} << 60;
  PartitionLog log(options);
  start_at(log, at_s(0));
  for (int i = 0; i < 7; ++i) log.append_as_leader(keyed({{"k"}}, 7, 0, i), e(0), at_s(i));
  log.set_high_watermark(o(7), at_s(7));
  CHECK(offsets(log) == Bases{2, 4, 6});
  PartitionLog deleted = log, crashed = log;
  options.segment_bytes *= 10;
  log.set_options(options);
  log.clean(o(0), o(6), 100, at_s(8), 0);
  CHECK(bases(log) == Bases{0, 6});
  CHECK(offsets(log) == Bases{6});
  deleted.maybe_increment_log_start_offset(o(5), at_s(8));
  deleted.delete_old_segments(at_s(8), 0);
  CHECK(bases(deleted) == Bases{4, 6});
  CHECK(offsets(deleted) == Bases{4, 6});
  // A truncation leaves a snapshot at an offset where no segment begins. A start keeps such a snapshot only after the last
  // base offset, and only the newest one.
  truncate_log(crashed, o(5), at_s(8));
  CHECK(offsets(crashed) == Bases{2, 4, 5});
  crashed.append_as_leader(keyed({{"k"}}, 7, 0, 5), e(0), at_s(9));
  crashed.on_death(Death::Stop, at_s(10));
  CHECK(offsets(crashed) == Bases{2, 4, 6});
  start_at(crashed, at_s(10));
  crashed.append_as_leader(keyed({{"k"}}, 7, 0, 6), e(0), at_s(11));  // closes [4, 6)
  CHECK(bases(crashed) == Bases{0, 2, 4, 6});
  CHECK(offsets(crashed) == Bases{2, 4, 6});  // the snapshot at 6 already existed
  truncate_log(crashed, o(5), at_s(12));
  CHECK(offsets(crashed) == Bases{2, 4, 5});
  crashed.append_as_leader(keyed({{"k"}}, 7, 0, 5), e(0), at_s(13));
  crashed.append_as_leader(keyed({{"k"}}, 7, 0, 6), e(0), at_s(13));
  crashed.on_death(Death::Crash, at_s(14));
  CHECK(offsets(crashed) == Bases{2, 4, 6, 7});
}

TEST_CASE(
    "UnifiedLog.rebuildProducerState: a truncation rebuilds producers from the snapshots, unless the log knows no producer") {
  LogOptions options;
  options.producer_id_expiration_ms = 1000;
  PartitionLog log(options);
  start_at(log, at_s(0));
  const std::int64_t t = kafkascope::sim::kEpochMs;
  for (int i = 0; i < 4; ++i) log.append_as_leader(batch(1, t, 7, 0, i), e(0), at_s(0));
  PartitionLog expired = log;
  truncate_log(log, o(3), at_s(5));
  CHECK(log.producers().find(7) != nullptr);  // replayed producers are kept, however old
  CHECK(expired.remove_expired_producers(t + 1000).size() == 1);
  truncate_log(expired, o(3), at_s(5));
  CHECK(expired.producers().find(7) == nullptr);
  // A log that starts over has only the snapshot at its new start.
  const auto one = batch(1, 0, 7, 0, 0);
  PartitionLog anew(small(1, one->size_bytes));
  start_at(anew, at_s(0));
  for (int i = 0; i < 5; ++i) anew.append_as_leader(batch(1, 0, 7, 0, i), e(0), at_s(0));
  anew.truncate_fully_and_start_at(o(2), at_s(1));
  REQUIRE(anew.producer_snapshots().all().size() == 1);
  CHECK(anew.producer_snapshots().latest().offset == o(2));
  CHECK(anew.producer_snapshots().latest().producers->entries().empty());
  anew.append_as_leader(batch(1, 0, 7, 0, 0), e(0), at_s(1));
  anew.append_as_leader(batch(1, 0, 7, 0, 1), e(0), at_s(1));
  CHECK(anew.producer_snapshots().latest().offset == o(3));  // written, although there was one at 4 before
}

TEST_CASE("Reads, offset lookups and truncations work across segments") {
  const auto two = batch(2);
  PartitionLog log(small(2, two->size_bytes));
  for (int i = 0; i < 6; ++i) log.append_as_leader(two, e(i / 3), at_s(i));
  CHECK(bases(log) == Bases{0, 4, 8});
  CHECK(log.read(o(3), o(12), 1 << 20, true).size() == 1);  // LocalLog.read: from one segment; the next read continues
  CHECK(log.read(o(4), o(12), 1 << 20, true).size() == 2);
  CHECK(log.batch_at(o(9))->base_offset == o(8));
  CHECK(log.bytes_between(o(2), o(10)) == 4 * two->size_bytes);
  CHECK(log.batches().size() == 6);
  CHECK(log.batches()[4].base_offset == o(8));
  CHECK(log.batches().index_of(o(7)) == 3);
  const PartitionLog checkpoint = log;
  truncate_log(log, o(6), at_s(9));
  CHECK(bases(log) == Bases{0, 4});
  CHECK(log.log_end_offset() == o(6));
  CHECK(log.size_bytes() == 3 * two->size_bytes);
  CHECK(log.latest_epoch() == e(0));
  log.append_as_leader(two, e(5), at_s(9));
  CHECK(bases(log) == Bases{0, 4});
  CHECK(log.batches().size() == 4);
  truncate_log(log, o(4), at_s(9));  // a segment's base offset: the segment stays, empty
  CHECK(bases(log) == Bases{0, 4});
  CHECK(log.segment_list().active().empty());
  CHECK(checkpoint.batches().size() == 6);
  CHECK(checkpoint.log_end_offset() == o(12));
}

TEST_CASE("UnifiedLog.truncateTo: a truncation below the first segment starts an empty log at that offset") {
  const auto one = batch(1);
  PartitionLog log(small(2, one->size_bytes));
  for (int i = 0; i < 6; ++i) log.append_as_leader(one, e(0), at_s(i));
  log.set_high_watermark(o(6), at_s(6));
  log.maybe_increment_log_start_offset(o(4), at_s(6));
  log.delete_old_segments(at_s(6), 0);
  CHECK(bases(log) == Bases{4});
  truncate_log(log, o(3), at_s(7));
  CHECK(log.log_start_offset() == o(3));
  CHECK(log.log_end_offset() == o(3));
  CHECK(log.high_watermark() == o(3));
  CHECK(bases(log) == Bases{3});
}

TEST_CASE("A copy shares all segments, and a change copies only the segments that it changes") {
  const auto one = batch(1);
  PartitionLog log(small(2, one->size_bytes));
  for (int i = 0; i < 5; ++i) log.append_as_leader(one, e(0), at_s(i));
  const PartitionLog copy = log;
  CHECK(&copy.segment_list() == &log.segment_list());
  log.set_high_watermark(o(5), at_s(6));  // moves often, and is not part of the shared list
  CHECK(&copy.segment_list() == &log.segment_list());
  CHECK(copy.high_watermark() == o(0));
  log.append_as_leader(one, e(0), at_s(6));
  CHECK(&copy.segment_list() != &log.segment_list());
  CHECK(copy.segment_list().closed()[0] == log.segment_list().closed()[0]);  // closed segments are still shared
  CHECK(copy.log_end_offset() == o(5));
}
