#include <doctest/doctest.h>

#include "storage/support.h"
#include "storage/timestamp_lookup.h"

using namespace kafkascope::storage;
using kafkascope::sim::Death;
using kafkascope::sim::milliseconds;
using kafkascope::sim::seconds;

namespace {

/// `batches` batches of two records in epoch 0, one per second from 0 s.
PartitionLog filled(int batches, LogOptions options = {}) {
  PartitionLog log(options);
  start_at(log, at_s(0));
  for (int i = 0; i < batches; ++i) log.append_as_leader(batch(2, 1000 * i), e(0), at_s(i));
  return log;
}

}  // namespace

TEST_CASE("A leader assigns offsets and its epoch; a follower keeps those of the batch") {
  PartitionLog leader, follower;
  const auto first = leader.append_as_leader(batch(3), e(4), at_s(1));
  CHECK(first.base_offset == o(0));
  CHECK(first.last_offset() == o(2));
  const auto second = leader.append_as_leader(batch(1), e(4), at_s(1));
  CHECK(second.base_offset == o(3));
  CHECK(leader.log_end_offset() == o(4));
  CHECK(follower.append_as_follower(first, at_s(2)));
  CHECK(follower.latest_epoch() == e(4));
  CHECK_FALSE(follower.append_as_follower(first, at_s(2)));  // the batch is not at the log end
  CHECK(follower.append_as_follower(second, at_s(2)));
  CHECK(follower.batches()[1].data == leader.batches()[1].data);  // shared, not copied
  CHECK(leader.size_bytes() == first.data->size_bytes + second.data->size_bytes);
  CHECK(leader.segments() == std::vector<Segment>{{o(0), leader.size_bytes()}});
}

TEST_CASE("Reads return whole batches up to the isolation limit") {
  const auto log = filled(4);
  const auto all = log.read(o(0), log.log_end_offset(), 1 << 20, true);
  CHECK(all.size() == 4);
  CHECK(log.read(o(3), o(8), 1 << 20, true).front().base_offset == o(2));  // the batch that contains offset 3
  CHECK(log.read(o(0), o(4), 1 << 20, true).size() == 2);
  CHECK(log.read(o(0), o(5), 1 << 20, true).size() == 2);  // half a batch is not returned
  CHECK(log.read(o(8), o(8), 1 << 20, true).empty());
  CHECK(log.read(o(9), o(8), 1 << 20, true).empty());
  CHECK(log.bytes_between(o(2), o(6)) == 2 * all[0].data->size_bytes);
  CHECK(log.batch_at(o(5))->base_offset == o(4));
  CHECK(log.batch_at(o(8)) == nullptr);
}

TEST_CASE("KIP-74: the first batch is returned even if it is larger than the limit") {
  const auto log = filled(3);
  const std::int32_t size = log.batches()[0].data->size_bytes;
  CHECK(log.read(o(0), o(6), size - 1, true).size() == 1);
  CHECK(log.read(o(0), o(6), size - 1, false).empty());
  CHECK(log.read(o(0), o(6), 2 * size, true).size() == 2);
}

TEST_CASE("LogSegment.read: part of the next batch fills the requested size") {
  const auto log = filled(3);
  const std::int32_t size = log.batches()[0].data->size_bytes;
  const auto cut = [&](std::int64_t to, std::int32_t max_bytes, bool at_least_one) {
    std::int32_t bytes = 0;
    log.read(o(0), o(to), max_bytes, at_least_one, &bytes);
    return bytes;
  };
  CHECK(cut(6, 2 * size + 10, true) == 10);
  CHECK(cut(6, 2 * size, true) == 0);
  CHECK(cut(4, 2 * size + 10, true) == 0);  // the isolation limit is at the end of a batch
  CHECK(cut(6, size - 1, true) == 0);       // the first batch alone, as a whole
  CHECK(cut(6, size - 1, false) == 0);      // a partial batch alone is not returned
}

TEST_CASE("The high watermark stays between log start and log end") {
  auto log = filled(2);
  log.set_high_watermark(o(99), at_s(3));
  CHECK(log.high_watermark() == o(4));
  log.set_high_watermark(o(-1), at_s(3));
  CHECK(log.high_watermark() == o(0));
}

TEST_CASE("A truncation shortens the batches, the epochs and the high watermark") {
  auto log = filled(2);
  log.append_as_leader(batch(2), e(3), at_s(2));
  log.set_high_watermark(o(6), at_s(2));
  truncate_log(log, o(4), at_s(3));
  CHECK(log.log_end_offset() == o(4));
  CHECK(log.latest_epoch() == e(0));
  CHECK(log.high_watermark() == o(4));
  CHECK(log.size_bytes() == log.batches()[0].data->size_bytes + log.batches()[1].data->size_bytes);
  CHECK(log.end_offset_for(e(0)) == EpochEnd{e(0), o(4)});
  truncate_log(log, o(3), at_s(3));  // inside a batch: the whole batch is removed
  CHECK(log.log_end_offset() == o(2));
  truncate_log(log, o(50), at_s(3));
  CHECK(log.log_end_offset() == o(2));
}

TEST_CASE("Truncating to the log end forgets an epoch that has no record yet") {
  auto log = filled(2);
  log.assign_epoch(e(7), o(4));
  CHECK(log.latest_epoch() == e(7));
  truncate_log(log, o(4), at_s(2));
  CHECK(log.latest_epoch() == e(0));
}

TEST_CASE("Truncating and appending in a copy of a log does not change the original") {
  auto log = filled(3);
  const PartitionLog checkpoint = log;
  truncate_log(log, o(2), at_s(4));
  log.append_as_leader(batch(5), e(1), at_s(4));
  CHECK(checkpoint.log_end_offset() == o(6));
  CHECK(checkpoint.batches()[1].leader_epoch == e(0));
  CHECK(checkpoint.batches()[1].data->count() == 2);
  CHECK(log.batches()[1].data->count() == 5);
}

TEST_CASE("Logs that were never written to are equal and independent") {
  PartitionLog a, b, later;
  start_at(a, at_s(0));
  start_at(b, at_s(0));
  start_at(later, at_s(100));
  const PartitionLog checkpoint = b;
  a.append_as_leader(batch(3), e(4), at_s(1));
  CHECK(b.log_end_offset() == o(0));
  CHECK(b.latest_epoch() == e(-1));
  CHECK(b.batches().empty());
  b.append_as_leader(batch(2), e(1), at_s(2));
  CHECK(a.latest_epoch() == e(4));
  CHECK(checkpoint.batches().empty());
  CHECK(checkpoint.epochs().entries().empty());
  CHECK(later.batches().empty());
  CHECK(PartitionLog().batches().empty());
}

TEST_CASE("A follower whose log ends before its leader's log start begins again at that start") {
  auto log = filled(3);
  log.truncate_fully_and_start_at(o(100), at_s(5));
  CHECK(log.log_start_offset() == o(100));
  CHECK(log.log_end_offset() == o(100));
  CHECK(log.high_watermark() == o(100));
  CHECK(log.latest_epoch() == e(-1));
  CHECK(log.size_bytes() == 0);
  CHECK(log.append_as_follower({o(100), e(2), batch(1)}, at_s(5)));
  CHECK(log.segments().front().base_offset == o(100));
}

TEST_CASE("The log start rises at most to the high watermark, and records below it cannot be read") {
  auto log = filled(3);
  log.set_high_watermark(o(4), at_s(3));
  CHECK_FALSE(log.maybe_increment_log_start_offset(o(5)));
  CHECK(log.maybe_increment_log_start_offset(o(2)));
  CHECK_FALSE(log.maybe_increment_log_start_offset(o(2)));
  CHECK(log.read(o(1), o(6), 1 << 20, true).empty());
  CHECK(log.read(o(2), o(6), 1 << 20, true).size() == 2);
  CHECK(log.batch_at(o(1)) == nullptr);
}

// ---- page cache and disk

TEST_CASE("Page cache: an append reaches the disk by write-back 30 s later, or by a flush") {
  auto log = filled(3);  // at 0, 1, 2 s
  CHECK(log.flushed_offset(at_s(2)) == o(0));
  CHECK(log.flushed_offset(at_s(0) + seconds(30)) == o(2));
  CHECK(log.flushed_offset(at_s(1) + seconds(30) - milliseconds(1)) == o(2));
  CHECK(log.flushed_offset(at_s(32)) == o(6));
  log.flush(at_s(3));
  CHECK(log.flushed_offset(at_s(3)) == o(6));
}

TEST_CASE("A crash of the process loses nothing, even before any flush") {
  auto log = filled(3);
  CHECK(log.on_death(Death::Crash, at_s(2)) == o(-1));
  CHECK(log.log_end_offset() == o(6));
  CHECK(log.flushed_offset(at_s(2)) == o(0));  // the page cache is still not on the disk
}

TEST_CASE("F10: a power failure loses the tail that was neither flushed nor written back") {
  auto log = filled(3);
  log.flush(at_s(2));
  log.append_as_leader(batch(2), e(1), at_s(3));
  CHECK(log.on_death(Death::PowerOff, at_s(4)) == o(8));  // the old log end
  CHECK(log.log_end_offset() == o(6));
  CHECK(log.latest_epoch() == e(0));
  CHECK(log.flushed_offset(at_s(4)) == o(6));
  auto written_back = filled(3);
  CHECK(written_back.on_death(Death::PowerOff, at_s(31)) == o(6));
  CHECK(written_back.log_end_offset() == o(4));
  auto quiet = filled(3);
  CHECK(quiet.on_death(Death::PowerOff, at_s(40)) == o(-1));
  CHECK(quiet.log_end_offset() == o(6));
}

TEST_CASE("A power failure tears a closed segment that is not flushed yet, and later segments are lost") {
  auto log = filled(2);  // two records per second, from 0 s on
  log.roll(at_s(1));
  log.append_as_leader(batch(2), e(0), at_s(2));
  REQUIRE(log.segments().size() == 2);
  auto later = log, flushed = log;
  CHECK(log.on_death(Death::PowerOff, at_s(3)) == o(6));
  CHECK(log.log_end_offset() == o(0));
  CHECK(later.flushed_offset(at_s(30)) == o(2));  // write-back ignores segments
  CHECK(later.on_death(Death::PowerOff, at_s(30)) == o(6));
  CHECK(later.log_end_offset() == o(2));
  CHECK(later.segments().size() == 1);
  flushed.flush_to(o(4), at_s(3));
  CHECK(flushed.on_death(Death::PowerOff, at_s(3)) == o(6));
  CHECK(flushed.log_end_offset() == o(4));
}

TEST_CASE("An orderly stop flushes everything and writes the high watermark to its file") {
  auto log = filled(3);
  log.set_high_watermark(o(6), at_s(2));
  CHECK(log.on_death(Death::Stop, at_s(3)) == o(-1));
  CHECK(log.log_end_offset() == o(6));
  CHECK(log.flushed_offset(at_s(3)) == o(6));
  CHECK(log.high_watermark() == o(6));
}

TEST_CASE("flush.messages flushes inside the append") {
  LogOptions options;
  options.flush_messages = 4;
  auto log = filled(3, options);
  CHECK(log.flushed_offset(at_s(2)) == o(4));  // flushed after the second batch; the next flush needs two more records
  options.flush_messages = 1;
  CHECK(filled(3, options).flushed_offset(at_s(2)) == o(6));
}

TEST_CASE("flush.ms: a log is flushed when the flusher runs after that time") {
  LogOptions options;
  options.flush_ms = 1000;
  auto log = filled(1, options);
  CHECK_FALSE(log.flush_due(at_s(0) + milliseconds(999)));
  CHECK(log.flush_due(at_s(1)));
  log.flush(at_s(1));
  CHECK(log.flushed_offset(at_s(1)) == o(2));
  CHECK_FALSE(filled(1).flush_due(at_s(1000)));  // by default never
}

TEST_CASE("UnifiedLog.flush: a log without new records is not flushed and keeps the time of its last flush") {
  LogOptions options;
  options.flush_ms = 1000;
  auto log = filled(1, options);
  log.flush(at_s(1));
  CHECK_FALSE(log.flush_due(at_s(3)));  // no record beyond the recovery point
  log.flush(at_s(3));
  log.append_as_leader(batch(2), e(0), at_s(3) + milliseconds(500));
  CHECK(log.flush_due(at_s(3) + milliseconds(500)));  // 2.5 s since the last flush, not half a second
}

TEST_CASE("A tail that is written after a truncation does not count as flushed, even if the old tail was") {
  auto log = filled(3);
  log.flush(at_s(2));
  truncate_log(log, o(4), at_s(3));
  log.append_as_leader(batch(2), e(1), at_s(3));
  CHECK(log.flushed_offset(at_s(3)) == o(4));
  CHECK(log.on_death(Death::PowerOff, at_s(4)) == o(6));
  CHECK(log.log_end_offset() == o(4));
}

// ---- the checkpoint of the high watermark

TEST_CASE(
    "replica.high.watermark.checkpoint.interval.ms: a restart finds the value of the last five-second checkpoint") {
  auto log = filled(3);
  log.set_high_watermark(o(2), at_s(3));
  log.set_high_watermark(o(4), at_s(6));  // the checkpoint at 5 s has 2
  CHECK(log.checkpointed_high_watermark(at_s(7)) == o(2));
  CHECK(log.checkpointed_high_watermark(at_s(10)) == o(4));
  log.set_high_watermark(o(6), at_s(7));
  SUBCASE("a crash before the next checkpoint") {
    log.on_death(Death::Crash, at_s(9));
    CHECK(log.high_watermark() == o(6));  // the value known to the dead process
    start_at(log, at_s(20));
    CHECK(log.high_watermark() == o(2));
  }
  SUBCASE("a crash after the next checkpoint") {
    log.on_death(Death::Crash, at_s(10));
    start_at(log, at_s(20));
    CHECK(log.high_watermark() == o(6));
  }
  SUBCASE("a crash much later") {
    log.on_death(Death::PowerOff, at_s(1000));
    start_at(log, at_s(1001));
    CHECK(log.high_watermark() == o(6));
  }
}

TEST_CASE("The checkpoint times are counted from the start of the process") {
  PartitionLog log;
  start_at(log, at_s(2));
  log.append_as_leader(batch(2), e(0), at_s(2));
  log.set_high_watermark(o(2), at_s(4));
  CHECK(log.checkpointed_high_watermark(at_s(6)) == o(0));
  CHECK(log.checkpointed_high_watermark(at_s(7)) == o(2));
}

TEST_CASE("After a crash the high watermark is that of the checkpoint, but at most the log end") {
  auto log = filled(3);
  log.set_high_watermark(o(6), at_s(2));
  log.on_death(Death::PowerOff, at_s(6));  // the checkpoint has 6, and the whole log was lost
  CHECK(log.log_end_offset() == o(0));
  CHECK(log.high_watermark() == o(0));
}

TEST_CASE("LogLoader: an epoch without records is forgotten at a restart") {
  auto log = filled(2);
  log.assign_epoch(e(9), o(4));
  log.on_death(Death::Crash, at_s(3));
  CHECK(log.latest_epoch() == e(0));
}

TEST_CASE("ListOffsets by time finds the first record at or after the time") {
  const auto log = filled(3);  // stamps 0,1; 1000,1001; 2000,2001
  CHECK(offset_for_timestamp(log, 0, o(6))->offset == o(0));
  CHECK(offset_for_timestamp(log, 1, o(6))->offset == o(1));
  const auto found = offset_for_timestamp(log, 2, o(6));
  CHECK(found->offset == o(2));
  CHECK(found->timestamp_ms == 1000);
  CHECK(found->leader_epoch == e(0));
  CHECK_FALSE(offset_for_timestamp(log, 2001, o(5)));  // not committed yet
  CHECK_FALSE(offset_for_timestamp(log, 2002, o(6)));
}
