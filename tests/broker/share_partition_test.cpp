// The state machine of one share partition, with the facts of Kafka's SharePartitionTest (KIP-932).
#include "broker/share_partition.h"

#include <doctest/doctest.h>

namespace kafkascope::broker {
namespace {

using protocol::AcknowledgementBatch;
using protocol::AcknowledgeType;
using protocol::ErrorCode;

constexpr sim::Instant kShareLock{30000000};

/// A batch of `count` records at that offset.
protocol::StoredBatch share_batch(std::int64_t base, int count) {
  protocol::RecordBatch records;
  for (int i = 0; i < count; ++i) {
    protocol::Record r;
    r.value = "v";
    records.records.push_back(r);
  }
  return {Offset{base}, protocol::LeaderEpoch{0}, protocol::seal(std::move(records))};
}

AcknowledgementBatch says(std::int64_t first, std::int64_t last, AcknowledgeType type) {
  return {Offset{first}, Offset{last}, {type}};
}

SharePartition fresh_share(std::int64_t start = 0, int limit = 5, int locks = 2000) {
  SharePartition p(limit, locks);
  p.initialize(Offset{start}, 1, {});
  return p;
}

void settle_share(SharePartition& p, const std::string& member, std::int64_t first, std::int64_t last,
                  AcknowledgeType type) {
  const auto change = p.acknowledge(member, {says(first, last, type)});
  REQUIRE(change.error == ErrorCode::NONE);
  p.complete(change.transition, true);
}

}  // namespace

TEST_CASE(
    "share partition: acquired records are locked for one member and count a delivery; the next member gets the records after them") {
  SharePartition p = fresh_share();
  const auto a = p.acquire("m1", {share_batch(0, 5), share_batch(5, 5)}, 5, kShareLock);
  REQUIRE(a.size() == 1);
  CHECK((a[0].first.value == 0 && a[0].last.value == 4 && a[0].delivery_count == 1));
  CHECK(p.next_fetch_offset().value == 5);
  CHECK(p.acquire("m2", {share_batch(0, 5)}, 5, kShareLock).empty());
  const auto b = p.acquire("m2", {share_batch(5, 5)}, 5, kShareLock);
  REQUIRE(b.size() == 1);
  CHECK((b[0].first.value == 5 && b[0].last.value == 9));
  CHECK((p.start_offset().value == 0 && p.end_offset().value == 10));
}

TEST_CASE("share partition: records of an aborted transaction are archived, and taken from what was acquired") {
  SharePartition p = fresh_share();
  auto a = p.acquire("m1", {share_batch(0, 2), share_batch(2, 3), share_batch(5, 2)}, 10, kShareLock);
  p.archive_aborted(Offset{2}, Offset{4}, a);
  REQUIRE(a.size() == 2);
  CHECK((a[0].first.value == 0 && a[0].last.value == 1 && a[1].first.value == 5 && a[1].last.value == 6));
  CHECK(p.start_offset().value == 0);
  CHECK(p.record(Offset{3})->state == RecordState::Archived);
  CHECK(p.record(Offset{3})->lock_until == sim::kNever);
  CHECK(p.acknowledge("m1", {says(2, 4, AcknowledgeType::Accept)}).error == ErrorCode::INVALID_RECORD_STATE);
  settle_share(p, "m1", 0, 1, AcknowledgeType::Accept);
  CHECK(p.start_offset().value == 5);  // past what is archived
  auto b = p.acquire("m1", {share_batch(7, 1)}, 10, kShareLock);
  p.archive_aborted(Offset{7}, Offset{7}, b);
  CHECK(b.empty());
}

TEST_CASE("share partition: max records is a soft limit, since a batch is acquired as a whole") {
  SharePartition p = fresh_share();
  const auto a = p.acquire("m", {share_batch(0, 7), share_batch(7, 7), share_batch(14, 7)}, 10, kShareLock);
  REQUIRE(a.size() == 1);
  CHECK(a[0].last.value == 13);
}

TEST_CASE("share partition: the start offset moves past the finished records at the front, and no further") {
  SharePartition p = fresh_share();
  p.acquire("m", {share_batch(0, 10)}, 10, kShareLock);
  settle_share(p, "m", 3, 5, AcknowledgeType::Accept);
  CHECK(p.start_offset().value == 0);
  settle_share(p, "m", 0, 1, AcknowledgeType::Reject);
  CHECK(p.start_offset().value == 2);
  settle_share(p, "m", 2, 2, AcknowledgeType::Accept);
  CHECK(p.start_offset().value == 6);
  settle_share(p, "m", 6, 9, AcknowledgeType::Accept);
  CHECK((p.start_offset().value == 10 && p.end_offset().value == 10 && p.window().empty()));
}

TEST_CASE("share partition: a released record is delivered first again, with a delivery count of two") {
  SharePartition p = fresh_share();
  p.acquire("m", {share_batch(0, 10)}, 10, kShareLock);
  settle_share(p, "m", 4, 5, AcknowledgeType::Release);
  CHECK(p.next_fetch_offset().value == 4);
  const auto again = p.acquire("m2", {share_batch(0, 10)}, 10, kShareLock);
  REQUIRE(again.size() == 1);
  CHECK((again[0].first.value == 4 && again[0].last.value == 5 && again[0].delivery_count == 2));
  CHECK(p.next_fetch_offset().value == 10);
}

TEST_CASE(
    "share partition: an acknowledgement of another member's lock or of a finished record is refused as a whole") {
  SharePartition p = fresh_share();
  p.acquire("m1", {share_batch(0, 5)}, 5, kShareLock);
  p.acquire("m2", {share_batch(5, 5)}, 5, kShareLock);
  CHECK(p.acknowledge("m1", {says(5, 6, AcknowledgeType::Accept)}).error == ErrorCode::INVALID_RECORD_STATE);
  CHECK(p.acknowledge("m1", {says(0, 1, AcknowledgeType::Accept), says(5, 5, AcknowledgeType::Accept)}).error ==
        ErrorCode::INVALID_RECORD_STATE);
  CHECK(p.record(Offset{0})->state == RecordState::Acquired);
  CHECK(p.acknowledge("nobody", {says(0, 1, AcknowledgeType::Accept)}).error == ErrorCode::INVALID_RECORD_STATE);
  // Beyond all acquired records: INVALID_REQUEST; if nothing is in flight: INVALID_RECORD_STATE.
  CHECK(p.acknowledge("m1", {says(20, 21, AcknowledgeType::Accept)}).error == ErrorCode::INVALID_REQUEST);
  CHECK(p.acknowledge("m1", {says(0, 10, AcknowledgeType::Accept)}).error == ErrorCode::INVALID_REQUEST);
  CHECK(fresh_share().acknowledge("m1", {says(20, 21, AcknowledgeType::Accept)}).error ==
        ErrorCode::INVALID_RECORD_STATE);
  settle_share(p, "m1", 1, 1, AcknowledgeType::Accept);
  CHECK(p.acknowledge("m1", {says(1, 1, AcknowledgeType::Accept)}).error == ErrorCode::INVALID_RECORD_STATE);
}

TEST_CASE("share partition: each offset of a batch may have its own acknowledgement type") {
  SharePartition p = fresh_share();
  p.acquire("m", {share_batch(0, 3)}, 3, kShareLock);
  const auto change = p.acknowledge(
      "m", {{Offset{0}, Offset{2}, {AcknowledgeType::Accept, AcknowledgeType::Release, AcknowledgeType::Reject}}});
  p.complete(change.transition, true);
  CHECK(p.start_offset().value == 1);
  CHECK(p.record(Offset{1})->state == RecordState::Available);
  CHECK(p.record(Offset{2})->state == RecordState::Archived);
  REQUIRE(change.batches.size() == 3);
  CHECK((change.batches[1].state == 0 && change.batches[1].delivery_count == 1));
}

TEST_CASE(
    "share partition: an acknowledgement takes effect when it is stored; if storing fails, the lock is restored") {
  SharePartition p = fresh_share();
  p.acquire("m", {share_batch(0, 2)}, 2, kShareLock);
  const auto released = p.acknowledge("m", {says(0, 1, AcknowledgeType::Release)});
  CHECK(p.next_fetch_offset().value == 2);
  CHECK(p.acquire("m2", {share_batch(0, 2)}, 2, kShareLock).empty());
  CHECK(p.acknowledge("m", {says(0, 1, AcknowledgeType::Accept)}).error == ErrorCode::INVALID_RECORD_STATE);
  p.complete(released.transition, false);
  CHECK(p.record(Offset{0})->state == RecordState::Acquired);
  CHECK(p.record(Offset{0})->delivery_count == 1);
  const auto accepted = p.acknowledge("m", {says(0, 1, AcknowledgeType::Accept)});
  CHECK(p.start_offset().value == 0);
  p.complete(accepted.transition, true);
  CHECK(p.start_offset().value == 2);
}

TEST_CASE("share partition: an expired lock makes the record available, or archived at the delivery limit") {
  SharePartition p = fresh_share(0, 2);
  p.acquire("m", {share_batch(0, 3)}, 3, sim::Instant{10});
  CHECK(p.next_expiry() == sim::Instant{10});
  CHECK(p.expire(sim::Instant{9}).batches.empty());
  auto change = p.expire(sim::Instant{10});
  REQUIRE(change.batches.size() == 1);
  CHECK((change.transition == 0 && change.batches[0].state == 0 && change.batches[0].delivery_count == 1));
  CHECK(p.acknowledge("m", {says(0, 0, AcknowledgeType::Accept)}).error ==
        ErrorCode::INVALID_RECORD_STATE);  // the acknowledgement comes too late
  p.acquire("m2", {share_batch(0, 3)}, 3, sim::Instant{20});
  change = p.expire(sim::Instant{20});
  REQUIRE(change.batches.size() == 1);
  CHECK((change.batches[0].state == 4 && change.batches[0].delivery_count == 2));
  CHECK(p.start_offset().value == 3);
  CHECK(p.next_expiry() == sim::kNever);
  p.acquire("m", {share_batch(3, 3)}, 3, sim::Instant{30});
  p.acquire("m2", {share_batch(6, 3)}, 3, sim::Instant{30});
  CHECK(p.expire(sim::Instant{30}).member == "m");
  CHECK(p.expire(sim::Instant{30}).member == "m2");
}

TEST_CASE(
    "share partition: a record released at the delivery limit is archived; a closed session returns records without counting a delivery") {
  SharePartition p = fresh_share(0, 2);
  p.acquire("m", {share_batch(0, 1)}, 1, kShareLock);
  settle_share(p, "m", 0, 0, AcknowledgeType::Release);
  p.acquire("m", {share_batch(0, 1)}, 1, kShareLock);
  const auto closed = p.release_all("m");
  REQUIRE(closed.batches.size() == 1);
  CHECK((closed.batches[0].state == 0 && closed.batches[0].delivery_count == 1));
  p.complete(closed.transition, true);
  p.acquire("m", {share_batch(0, 1)}, 1, kShareLock);
  settle_share(p, "m", 0, 0, AcknowledgeType::Release);
  CHECK(p.start_offset().value == 1);
  CHECK(p.release_all("m").batches.empty());
}

TEST_CASE(
    "share partition: the number of records in flight is limited, but released records inside the window may be delivered again") {
  SharePartition p = fresh_share(0, 5, 10);
  p.acquire("m", {share_batch(0, 6), share_batch(6, 6), share_batch(12, 6)}, 100, kShareLock);
  CHECK(p.end_offset().value == 12);
  CHECK(!p.can_acquire());
  settle_share(p, "m", 3, 3, AcknowledgeType::Release);
  CHECK(p.can_acquire());
  const auto again = p.acquire("m", {share_batch(0, 6), share_batch(6, 6), share_batch(12, 6)}, 100, kShareLock);
  REQUIRE(again.size() == 1);
  CHECK((again[0].first.value == 3 && again[0].last.value == 3 && p.end_offset().value == 12));
}

TEST_CASE("share partition: it begins with the stored state; records without stored state are available") {
  SharePartition p(5, 2000);
  p.initialize(Offset{10}, 3,
               {{Offset{10}, Offset{11}, 2, 1}, {Offset{14}, Offset{15}, 0, 3}, {Offset{16}, Offset{16}, 4, 1}});
  CHECK((p.start_offset().value == 12 && p.end_offset().value == 17 && p.state_epoch() == 3));
  CHECK(p.next_fetch_offset().value == 12);
  const auto a = p.acquire("m", {share_batch(10, 10)}, 100, kShareLock);
  REQUIRE(a.size() == 3);
  CHECK((a[0].first.value == 12 && a[0].last.value == 13 && a[0].delivery_count == 1));
  CHECK((a[1].first.value == 14 && a[1].last.value == 15 && a[1].delivery_count == 4));
  CHECK((a[2].first.value == 17 && a[2].last.value == 19));
}

TEST_CASE(
    "share partition: records that have left the log leave the window, and late acknowledgements of them are ignored") {
  SharePartition p = fresh_share();
  p.acquire("m", {share_batch(0, 10)}, 10, kShareLock);
  p.advance_to(Offset{4});
  CHECK(p.start_offset().value == 4);
  settle_share(p, "m", 2, 5, AcknowledgeType::Accept);
  CHECK(p.start_offset().value == 6);
  p.advance_to(Offset{40});
  CHECK((p.start_offset().value == 40 && p.end_offset().value == 40));
}

TEST_CASE(
    "share partition: a gap between batches is locked with them until it is acknowledged as a gap; a gap before them is skipped") {
  SharePartition p = fresh_share();
  const auto a = p.acquire("m", {share_batch(2, 2), share_batch(6, 2)}, 10, kShareLock);
  REQUIRE(a.size() == 1);
  CHECK((a[0].first.value == 2 && a[0].last.value == 7));
  CHECK(p.start_offset().value == 2);
  settle_share(p, "m", 2, 3, AcknowledgeType::Accept);
  CHECK(p.start_offset().value == 4);
  settle_share(p, "m", 4, 5, AcknowledgeType::Gap);
  CHECK(p.start_offset().value == 6);
}

}  // namespace kafkascope::broker
