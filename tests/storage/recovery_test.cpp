// The log that a start finds after each kind of death, and the amount that it must read. Kafka: LogLoader, LogManager's
// checkpoint files.
#include <doctest/doctest.h>

#include "storage/support.h"

using namespace kafkascope::storage;
using kafkascope::sim::Death;
using kafkascope::sim::milliseconds;
using kafkascope::sim::seconds;

namespace {

/// One record per second from 0 s, two per segment, all committed; closed segments are flushed immediately.
PartitionLog one_a_second(int records) {
  LogOptions options;
  options.segment_bytes = 2 * batch(1)->size_bytes;
  PartitionLog log(options);
  start_at(log, at_s(0));
  for (int i = 0; i < records; ++i) {
    log.append_as_leader(batch(1), e(0), at_s(i));
    log.flush_to(log.active_base_offset(), at_s(i));
  }
  log.set_high_watermark(log.log_end_offset(), at_s(records));
  return log;
}

}  // namespace

TEST_CASE(".kafka_cleanshutdown: after an orderly stop the next start reads no segment") {
  auto log = one_a_second(5);
  log.on_death(Death::Stop, at_s(6));
  CHECK(log.recovery().clean);
  CHECK(log.recovery().bytes_scanned == 0);
  CHECK(log.recovery_point() == o(5));
}

TEST_CASE("LogLoader.recoverLog: after a crash every segment from the checkpointed recovery point on is read") {
  auto log = one_a_second(5);  // segments 0, 2, 4; flushed up to 4 when they were closed
  SUBCASE("before the first checkpoint (log.initial.task.delay.ms) the recovery point in the file is 0") {
    log.on_death(Death::Crash, at_s(29));
    CHECK_FALSE(log.recovery().clean);
    CHECK(log.recovery().segments_scanned == 3);
    CHECK(log.recovery().bytes_scanned == log.size_bytes());
  }
  SUBCASE("after the first checkpoint only the segment that was not flushed is read") {
    log.on_death(Death::Crash, at_s(31));
    CHECK(log.recovery().segments_scanned == 1);
    CHECK(log.recovery().bytes_scanned == batch(1)->size_bytes);
  }
  SUBCASE("segments that were flushed after the checkpoint are read as well, until the next checkpoint 60 s later") {
    log.append_as_leader(batch(1), e(0), at_s(40));
    log.append_as_leader(batch(1), e(0), at_s(41));  // closes [4, 6)
    log.flush_to(o(6), at_s(41));
    PartitionLog later = log;
    log.on_death(Death::Crash, at_s(89));
    CHECK(log.recovery().segments_scanned == 2);
    later.on_death(Death::Crash, at_s(90));
    CHECK(later.recovery().segments_scanned == 1);
  }
  CHECK(log.log_end_offset() >= o(5));  // the page cache survives
}

TEST_CASE(
    "LogLoader.recoverLog: after a second crash everything is read again, since a recovery flushes nothing; in 2.5 it counts as a flush") {
  auto log = one_a_second(5);
  LogOptions old = log.options();
  old.recovery_raises_recovery_point = true;
  PartitionLog in_2_5 = log;
  in_2_5.set_options(old);
  for (PartitionLog* each : {&log, &in_2_5}) {
    each->on_death(Death::Crash, at_s(10));
    CHECK(each->recovery().segments_scanned == 3);
    start_at(*each, at_s(20));
  }
  PartitionLog flushed = log;
  for (PartitionLog* each : {&log, &in_2_5}) each->on_death(Death::Crash, at_s(81));
  CHECK(log.recovery_point() == o(0));
  CHECK(log.recovery().segments_scanned == 3);
  CHECK(in_2_5.recovery().segments_scanned == 1);  // only the active segment
  // A flush raises the recovery point, and the next checkpoint stores it.
  flushed.flush(at_s(25));
  CHECK(flushed.recovery_point() == o(5));
  flushed.on_death(Death::Crash, at_s(81));
  CHECK(flushed.recovery().segments_scanned == 1);
}

TEST_CASE("Records that have reached the disk survive a power failure, even if the recovery point is lower") {
  auto log = one_a_second(5);  // flushed up to 4
  log.on_death(Death::Crash, at_s(6));
  start_at(log, at_s(7));
  REQUIRE(log.recovery_point() == o(0));
  log.on_death(Death::PowerOff, at_s(8));
  CHECK(log.log_end_offset() == o(4));
}

TEST_CASE("Torn tail: a batch that was partly written fails its CRC and is truncated") {
  auto log = one_a_second(5);
  CHECK(log.on_death(Death::PowerOff, at_s(6)) == o(5));
  CHECK(log.log_end_offset() == o(4));
  CHECK(log.recovery().torn_bytes > 0);
  CHECK(log.recovery().torn_bytes < batch(1)->size_bytes);
  CHECK(log.recovery().lost_from == o(5));
  CHECK(torn_bytes(0, 10000) == 4096);   // the first page
  CHECK(torn_bytes(4000, 10000) == 96);  // the rest of the page in which it began
  CHECK(torn_bytes(4000, 50) == 49);     // never the whole batch
  auto quiet = one_a_second(5);
  quiet.on_death(Death::PowerOff, at_s(60));  // written back long ago
  CHECK(quiet.recovery().torn_bytes == 0);
  CHECK(quiet.log_end_offset() == o(5));
}

TEST_CASE("log.flush.start.offset.checkpoint.interval.ms: after a crash the log start is the one in the file") {
  auto log = one_a_second(5);
  log.maybe_increment_log_start_offset(o(1), at_s(10));
  SUBCASE("not yet in the file: DeleteRecords is undone") {
    log.on_death(Death::Crash, at_s(20));
    CHECK(log.log_start_offset() == o(1));  // the value known to the dead process
    start_at(log, at_s(21));
    CHECK(log.log_start_offset() == o(0));
  }
  SUBCASE("in the file: the log start is kept") {
    log.on_death(Death::Crash, at_s(31));
    start_at(log, at_s(32));
    CHECK(log.log_start_offset() == o(1));
  }
  SUBCASE("an orderly stop writes it") {
    log.on_death(Death::Stop, at_s(20));
    start_at(log, at_s(21));
    CHECK(log.log_start_offset() == o(1));
  }
  SUBCASE("the log start is never below the first remaining segment") {
    log.maybe_increment_log_start_offset(o(3), at_s(10));
    log.delete_old_segments(at_s(10), 0);
    log.on_death(Death::Crash, at_s(20));
    start_at(log, at_s(21));
    CHECK(log.log_start_offset() == o(2));
  }
}

TEST_CASE(
    "LogLoader.deleteSegmentsIfLogStartGreaterThanLogEnd: a log that ends before its log start begins again at that start") {
  LogOptions options;
  PartitionLog log(options);
  start_at(log, at_s(0));
  for (int i = 0; i < 4; ++i) log.append_as_leader(batch(1), e(0), at_s(29));
  log.set_high_watermark(o(4), at_s(29));
  log.maybe_increment_log_start_offset(o(3), at_s(29));
  log.on_death(Death::PowerOff, at_s(31));  // the checkpoint at 30 s has 3; no record was flushed
  CHECK(log.log_end_offset() == o(3));
  start_at(log, at_s(40));
  CHECK(log.log_start_offset() == o(3));
  CHECK(bases(log) == std::vector<std::int64_t>{3});
}

TEST_CASE("After a restart producer state is restored from the newest snapshot and then from the log") {
  LogOptions options;
  options.segment_bytes = 2 * batch(1, 0, 7, 0, 0)->size_bytes;
  PartitionLog log(options);
  start_at(log, at_s(0));
  log.append_as_leader(batch(1, 0, 7, 0, 0), e(0), at_s(0));
  log.append_as_leader(batch(1, 0, 7, 0, 1), e(0), at_s(0));
  for (int i = 0; i < 2; ++i)
    log.append_as_leader(batch(1, 0, 8, 0, i), e(0), at_s(0));  // closes [0, 2): a snapshot at 2
  log.set_high_watermark(o(4), at_s(0));
  log.maybe_increment_log_start_offset(o(2), at_s(0));
  log.delete_old_segments(at_s(0), 0);
  options.producer_id_expiration_ms = std::int64_t{1} << 60;
  log.set_options(options);
  REQUIRE(log.batches().size() == 2);
  auto rolled = log;
  log.on_death(Death::Crash, at_s(1));
  REQUIRE(log.producers().find(7) !=
          nullptr);  // from the snapshot at the log's start, which is not in the file (LogLoader.recoverSegment)
  CHECK(log.producers().find(7)->last_sequence() == 1);
  CHECK(log.producers().find(8)->last_sequence() == 1);
  CHECK(log.producer_snapshots().latest().offset ==
        o(4));  // the recovered producers, for the next start (UnifiedLog.rebuildProducerState)
  rolled.append_as_leader(batch(1, 0, 8, 0, 2), e(0), at_s(0));  // closes [2, 4): another snapshot at 4
  auto cut = rolled;
  truncate_log(cut, o(3), at_s(1));  // producers known only from it are lost
  CHECK(cut.producers().find(7) == nullptr);
  CHECK(cut.producers().find(8)->last_sequence() == 0);
  rolled.on_death(Death::Crash, at_s(1));
  REQUIRE(rolled.producers().find(7) != nullptr);  // its records are deleted, its snapshot is not
  CHECK(rolled.producers().find(7)->last_sequence() == 1);
  CHECK(rolled.producers().find(8)->last_sequence() == 2);
}

TEST_CASE("ProducerStateManager.truncateAndReload: an orderly stop of an empty log forgets its producers") {
  LogOptions options;
  options.producer_id_expiration_ms = std::int64_t{1} << 60;
  PartitionLog log(options);
  start_at(log, at_s(0));
  log.append_as_leader(batch(2, 0, 7, 0, 0), e(0), at_s(0));
  log.set_high_watermark(o(2), at_s(0));
  auto half = log;
  log.maybe_increment_log_start_offset(o(2), at_s(0));
  log.on_death(Death::Stop, at_s(1));
  CHECK(log.producers().find(7) == nullptr);
  half.maybe_increment_log_start_offset(o(1), at_s(0));
  auto crashed = half;
  half.on_death(Death::Stop, at_s(1));
  CHECK(half.producers().find(7) != nullptr);
  crashed.on_death(Death::Crash, at_s(40));  // without a snapshot the batch that contains the log start is read
  CHECK(crashed.producers().find(7) != nullptr);
}

TEST_CASE(
    "LogLoader.recoverSegment: a recovery also finds the producers of records below the log start, since it reads whole segments") {
  LogOptions options;
  options.producer_id_expiration_ms = std::int64_t{1} << 60;
  PartitionLog log(options);
  start_at(log, at_s(0));
  log.append_as_leader(batch(2, 0, 7, 0, 0), e(0), at_s(0));
  log.append_as_leader(batch(2, 0, 8, 0, 0), e(0), at_s(0));
  log.set_high_watermark(o(4), at_s(0));
  log.maybe_increment_log_start_offset(o(2), at_s(0));
  auto flushed = log;
  log.on_death(Death::Crash, at_s(40));
  start_at(log, at_s(41));
  REQUIRE(log.log_start_offset() == o(2));
  REQUIRE(log.producers().find(7) != nullptr);
  CHECK(log.producers().find(7)->last_sequence() == 1);
  // It does not find the producers of earlier segments.
  flushed.roll(at_s(1));
  flushed.append_as_leader(batch(1, 0, 8, 0, 2), e(0), at_s(1));
  flushed.flush_to(o(4), at_s(1));
  flushed.maybe_increment_log_start_offset(o(4), at_s(1));  // a snapshot at this offset does not count any more
  flushed.on_death(Death::Crash, at_s(70));
  start_at(flushed, at_s(71));
  REQUIRE(flushed.recovery_point() == o(4));
  CHECK(flushed.producers().find(7) == nullptr);
  CHECK(flushed.producers().find(8)->last_sequence() == 2);
}

TEST_CASE(
    "LogLoader.recoverSegment: producer snapshots after the base of the first segment that is read are written again") {
  LogOptions options;
  options.segment_bytes = 2 * batch(1, 0, 7, 0, 0)->size_bytes;
  options.producer_id_expiration_ms = std::int64_t{1} << 60;
  PartitionLog log(options);
  start_at(log, at_s(0));
  for (int i = 0; i < 2; ++i) log.append_as_leader(batch(1, 0, 7, 0, i), e(0), at_s(0));
  for (int i = 0; i < 3; ++i) log.append_as_leader(batch(1, 0, 8, 0, i), e(0), at_s(0));  // [0, 2), [2, 4), [4, 5)
  log.set_high_watermark(o(5), at_s(0));
  log.maybe_increment_log_start_offset(o(3), at_s(0));
  log.delete_old_segments(at_s(0), 0);
  REQUIRE(log.producer_snapshots().latest().offset == o(4));
  auto stopped = log, early = log;
  early.on_death(Death::Crash, at_s(20));  // the log start is not in the file yet
  CHECK(early.producers().find(7) != nullptr);
  log.on_death(Death::Crash,
               at_s(31));  // now it is: the snapshot at 2 is below it, and the one at 4 is after the first segment read
  CHECK(log.producers().find(7) == nullptr);
  CHECK(log.producers().find(8)->last_sequence() == 2);
  stopped.on_death(Death::Stop, at_s(31));
  CHECK(stopped.producers().find(7) != nullptr);
}

TEST_CASE(
    "LocalLog.truncateTo: removed segments take up space for file.delete.delay.ms; LogManager.truncateTo writes the recovery point") {
  auto log = one_a_second(5);
  log.flush_to(o(4), at_s(10));
  const std::int64_t before = log.disk_bytes(at_s(10)), one = batch(1)->size_bytes;
  REQUIRE(log.segments().size() == 3);  // two batches each
  truncate_log(log, o(1), at_s(10));
  CHECK(log.size_bytes() == one);
  CHECK(log.disk_bytes(at_s(11)) == before - one);  // the truncated segment shrinks immediately
  CHECK(log.disk_bytes(at_s(70)) == one);
  log.on_death(Death::Crash, at_s(11));
  CHECK(log.recovery_point() == o(1));  // written to the file, although less than a minute has passed
}

TEST_CASE("ProducerStateManagerTest.testTruncateAndReload: truncation forgets the producers' later batches") {
  PartitionLog log;
  start_at(log, at_s(0));
  LogOptions options;
  options.producer_id_expiration_ms = std::int64_t{1} << 60;
  log.set_options(options);
  for (int i = 0; i < 3; ++i) log.append_as_leader(batch(1, 0, 7, 0, i), e(0), at_s(0));
  log.roll(at_s(0));
  log.append_as_leader(batch(1, 0, 7, 0, 3), e(0), at_s(0));
  CHECK(log.producer_snapshots().latest().offset == o(3));
  truncate_log(log, o(2), at_s(1));
  REQUIRE(log.producer_snapshots().all().size() == 1);
  CHECK(log.producer_snapshots().latest().offset == o(2));
  CHECK(log.producers().find(7)->last_sequence() == 1);
  CHECK(log.check_producer(*batch(1, 0, 7, 0, 2)).kind == ProducerCheckKind::Accept);
}

TEST_CASE("producer.id.expiration.ms: a producer is forgotten when its last batch is that old, also at a restart") {
  LogOptions options;
  options.producer_id_expiration_ms = 1000;
  PartitionLog log(options);
  start_at(log, at_s(0));
  const std::int64_t t = kafkascope::sim::kEpochMs;
  log.append_as_leader(batch(1, t, 7, 0, 0), e(0), at_s(0));
  log.append_as_leader(batch(1, t + 500, 8, 0, 0), e(0), at_s(0));
  PartitionLog restarted = log;
  CHECK(log.remove_expired_producers(t + 999).empty());
  CHECK(log.remove_expired_producers(t + 1000) == std::vector<ProducerId>{7});
  CHECK(log.producers().find(7) == nullptr);
  CHECK(log.producers().find(8) != nullptr);
  // ProducerStateManagerTest.testRemoveExpiredPidsOnReload: producers in the snapshot are checked for age, replayed ones are kept.
  restarted.on_death(Death::Stop, at_s(1));
  start_at(restarted, at_s(1));
  CHECK(restarted.producers().find(7) == nullptr);
  CHECK(restarted.producers().find(8) != nullptr);
}

TEST_CASE("LogLoader.recoverSegment: a recovery writes a snapshot, and then forgets producers that are too old") {
  LogOptions options;
  options.producer_id_expiration_ms = 1000;
  PartitionLog log(options);
  start_at(log, at_s(0));
  log.append_as_leader(batch(1, kafkascope::sim::kEpochMs, 7, 0, 0), e(0), at_s(0));
  log.flush(at_s(1));
  const auto known = [](PartitionLog after, std::int64_t ms) {
    after.on_start(at_s(4), kafkascope::sim::kEpochMs + ms, {at_s(4), at_s(4)});
    return after.producers().find(7) != nullptr;
  };
  log.on_death(Death::Crash, at_s(2));
  CHECK(known(log, 999));
  CHECK_FALSE(known(log, 1000));
  log.on_unread_death();
  log.on_death(Death::PowerOff, at_s(3));
  CHECK(known(log, 999));
  CHECK_FALSE(known(log, 1000));
}

TEST_CASE(
    "ProducerStateManager.loadFromSnapshot: the broker's clock at its start, or at a truncation, decides whether a producer is too old") {
  LogOptions options;
  options.producer_id_expiration_ms = 10'000;
  const std::int64_t t = kafkascope::sim::kEpochMs;
  PartitionLog log(options);
  start_at(log, at_s(0));
  log.append_as_leader(batch(1, t, 7, 0, 0), e(0), at_s(0));
  log.roll(at_s(0));
  log.append_as_leader(batch(1, t + 9'000, 8, 0, 0), e(0), at_s(0));
  for (const std::int64_t skew_ms : {0, 86'400'000}) {
    PartitionLog cut = log;
    cut.truncate_to(o(1), at_s(1), t + 1'000 + skew_ms);
    CHECK((cut.producers().find(7) == nullptr) == (skew_ms > 0));
    PartitionLog stopped = log;
    stopped.on_death(Death::Stop, at_s(1));
    stopped.on_start(at_s(2), t + 2'000 + skew_ms, {at_s(2), at_s(2)});
    CHECK((stopped.producers().find(7) == nullptr) == (skew_ms > 0));
    CHECK((stopped.producers().find(8) == nullptr) == (skew_ms > 0));
  }
  // The log may be unused for longer than that.
  PartitionLog late = log;
  late.on_death(Death::Stop, at_s(1));
  start_at(late, at_s(15));
  CHECK(late.producers().find(7) == nullptr);
  CHECK(late.producers().find(8) != nullptr);
}

TEST_CASE("The time of a recovery is the number of its bytes divided by the disk's speed") {
  CHECK(transfer_time(200000000, 200000000) == seconds(1));
  CHECK(transfer_time(1000, 200000000) == kafkascope::sim::microseconds(5));
  CHECK(transfer_time(0, 200000000) == seconds(0));
  CHECK(transfer_time(5000000000, 1000000000) == seconds(5));
}
