#include <doctest/doctest.h>

#include <limits>

#include "storage/support.h"

using namespace kafkascope::storage;
using kafkascope::protocol::BatchRef;
using kafkascope::protocol::LeaderEpoch;
using Kind = ProducerCheckKind;

namespace {

/// A leader with batches 0..n-1 of 2 records each from producer 7, epoch 0.
PartitionLog log_with(int batches) {
  LogOptions options;
  options.producer_id_expiration_ms = std::int64_t{1} << 60;  // the records are of 1970
  PartitionLog log(options);
  for (int i = 0; i < batches; ++i) log.append_as_leader(batch(2, 0, 7, 0, 2 * i), LeaderEpoch{0}, at_s(0));
  return log;
}
ErrorCode refused(const PartitionLog& log, const BatchRef& b) {
  const auto check = log.check_producer(*b);
  return check.kind == Kind::Error ? check.error : ErrorCode::NONE;
}

}  // namespace

TEST_CASE("KIP-98: the next sequence is accepted; a gap or a step back gets OUT_OF_ORDER_SEQUENCE_NUMBER") {
  const auto log = log_with(2);
  CHECK(log.check_producer(*batch(2, 0, 7, 0, 4)).kind == Kind::Accept);
  CHECK(refused(log, batch(2, 0, 7, 0, 5)) == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  CHECK(refused(log, batch(2, 0, 7, 0, 3)) == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
}

TEST_CASE("KIP-98: an exact repeat of one of the last five batches is a duplicate and gets its original offset") {
  const auto log = log_with(6);  // sequences 0..11; batches 1..5 are remembered
  for (int i = 1; i <= 5; ++i) {
    const auto check = log.check_producer(*batch(2, 0, 7, 0, 2 * i));
    CHECK(check.kind == Kind::Duplicate);
    CHECK(check.duplicate_base == Offset{2 * i});
  }
  CHECK(refused(log, batch(2, 0, 7, 0, 0)) == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  // The same first sequence with another length is not a repeat.
  CHECK(refused(log, batch(1, 0, 7, 0, 10)) == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
}

TEST_CASE(
    "KIP-360: a higher epoch starts with sequence 0; a lower one gets INVALID_PRODUCER_EPOCH, even for a repeated batch") {
  auto log = log_with(2);
  CHECK(refused(log, batch(2, 0, 7, 1, 4)) == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  CHECK(log.check_producer(*batch(2, 0, 7, 1, 0)).kind == Kind::Accept);
  log.append_as_leader(batch(2, 0, 7, 1, 0), LeaderEpoch{0}, at_s(0));
  CHECK(refused(log, batch(2, 0, 7, 0, 4)) == ErrorCode::INVALID_PRODUCER_EPOCH);
  CHECK(refused(log, batch(2, 0, 7, 0, 2)) == ErrorCode::INVALID_PRODUCER_EPOCH);
  CHECK(log.producers().find(7)->count == 1);
}

TEST_CASE("An unknown producer may begin with any sequence, and batches without a producer id are not checked") {
  const auto log = log_with(1);
  CHECK(log.check_producer(*batch(1, 0, 8, 3, 1000)).kind == Kind::Accept);
  CHECK(log.check_producer(*batch(1)).kind == Kind::Accept);
}

TEST_CASE("Sequences wrap from 2^31-1 to 0") {
  PartitionLog log;
  log.append_as_leader(batch(2, 0, 7, 0, std::numeric_limits<std::int32_t>::max() - 1), LeaderEpoch{0}, at_s(0));
  CHECK(log.producers().find(7)->last_sequence() == std::numeric_limits<std::int32_t>::max());
  CHECK(log.check_producer(*batch(1, 0, 7, 0, 0)).kind == Kind::Accept);
  PartitionLog other;  // inside one batch: 2^31-2, 2^31-1, 0
  other.append_as_leader(batch(3, 0, 7, 0, std::numeric_limits<std::int32_t>::max() - 1), LeaderEpoch{0}, at_s(0));
  CHECK(other.check_producer(*batch(1, 0, 7, 0, 1)).kind == Kind::Accept);
}

TEST_CASE("Followers append without checks") {
  PartitionLog log;
  CHECK(log.append_as_follower({Offset{0}, LeaderEpoch{0}, batch(2, 0, 7, 5, 40)}, at_s(0)));
  CHECK(log.append_as_follower({Offset{2}, LeaderEpoch{0}, batch(2, 0, 7, 5, 90)}, at_s(0)));
  CHECK(log.producers().find(7)->last_sequence() == 91);
}

TEST_CASE("Producer state is truncated with the log and is the same after a restart") {
  auto log = log_with(4);
  truncate_log(log, Offset{4}, at_s(1));
  CHECK(log.producers().find(7)->last_sequence() == 3);
  CHECK(log.check_producer(*batch(2, 0, 7, 0, 4)).kind == Kind::Accept);
  CHECK(log.check_producer(*batch(2, 0, 7, 0, 2)).duplicate_base == Offset{2});
  log.on_death(kafkascope::sim::Death::Crash, at_s(2));
  CHECK(log.check_producer(*batch(2, 0, 7, 0, 2)).kind == Kind::Duplicate);
  truncate_log(log, Offset{0}, at_s(3));
  CHECK(log.producers().find(7) == nullptr);
}
