// Transactions in one log: open ones, markers, the last stable offset, the index of aborted ones, and their cleaning.
// Kafka: ProducerStateManagerTest, UnifiedLogTest, TransactionIndexTest, LogCleanerTest.
#include <doctest/doctest.h>

#include "protocol/transaction_marker.h"
#include "storage/support.h"

using namespace kafkascope::storage;
using kafkascope::protocol::BatchRef;
using kafkascope::protocol::EndTransactionMarker;
using kafkascope::protocol::LeaderEpoch;
using kafkascope::protocol::ProducerEpoch;
using kafkascope::protocol::ProducerId;
using kafkascope::protocol::TransactionResult;
using Kind = ProducerCheckKind;

namespace {

constexpr ProducerId kA = 7, kB = 8;

LogOptions remembering() {
  LogOptions options;
  options.producer_id_expiration_ms = kForEverMs;  // the stamps are of 1970
  return options;
}
LogOptions compacting() {
  LogOptions options = remembering();
  options.cleanup_compact = true;
  options.cleanup_delete = false;
  options.delete_retention_ms = 1000;
  return options;
}

BatchRef transactional(ProducerId producer, std::int32_t sequence, const std::vector<Keyed>& records,
                       ProducerEpoch epoch = 0) {
  kafkascope::protocol::RecordBatch b = *keyed(records, producer, epoch, sequence);
  b.transactional = true;
  return kafkascope::protocol::seal(std::move(b));
}
BatchRef data(ProducerId producer, std::int32_t sequence, ProducerEpoch epoch = 0) {
  return transactional(producer, sequence, {{"k"}}, epoch);
}
BatchRef marker(ProducerId producer, TransactionResult result, ProducerEpoch epoch = 0, std::int32_t coordinator = 0) {
  return kafkascope::protocol::end_transaction_batch(producer, epoch, {result, coordinator}, 0);
}
BatchRef commit(ProducerId producer, ProducerEpoch epoch = 0) {
  return marker(producer, TransactionResult::Commit, epoch);
}
BatchRef abort(ProducerId producer, ProducerEpoch epoch = 0) {
  return marker(producer, TransactionResult::Abort, epoch);
}

void append(PartitionLog& log, const BatchRef& batch) { log.append_as_leader(batch, LeaderEpoch{0}, at_s(0)); }
void commit_all(PartitionLog& log) { log.set_high_watermark(log.log_end_offset(), at_s(0)); }
ErrorCode refused_by(const PartitionLog& log, const BatchRef& b) {
  const auto check = log.check_producer(*b);
  return check.kind == Kind::Error ? check.error : ErrorCode::NONE;
}
/// The last offset of each batch.
std::vector<std::int64_t> batch_ends(const PartitionLog& log) {
  std::vector<std::int64_t> out;
  for (const StoredBatch& b : log.batches()) out.push_back(b.last_offset().value);
  return out;
}
std::vector<std::int64_t> offsets(const PartitionLog& log) {
  std::vector<std::int64_t> out;
  for (const StoredBatch& b : log.batches())
    for (int i = 0; i < b.data->count(); ++i) out.push_back(b.base_offset.value + b.data->offset_delta(i));
  return out;
}
using Numbers = std::vector<std::int64_t>;
void clean_closed(PartitionLog& log, std::int64_t now_ms) {
  log.clean(o(0), log.active_base_offset(), 1000, at_s(1), now_ms);
}
/// The first pass sets a delete horizon, the second runs after it.
void clean_twice(PartitionLog& log) {
  clean_closed(log, 50000);
  clean_closed(log, 60000);
}

}  // namespace

TEST_CASE("A marker is a control batch of 78 bytes that takes one offset") {
  const BatchRef batch = marker(kA, TransactionResult::Commit, 3, 5);
  CHECK(batch->size_bytes == 78);
  CHECK(batch->control);
  CHECK(batch->transactional);
  CHECK(batch->base_sequence == -1);
  CHECK(kafkascope::protocol::marker_in(*batch) == EndTransactionMarker{TransactionResult::Commit, 5});
  CHECK(kafkascope::protocol::marker_in(*abort(kA))->result == TransactionResult::Abort);
  CHECK_FALSE(kafkascope::protocol::marker_in(*data(kA, 0)).has_value());
  CHECK(batch->crc != marker(kA, TransactionResult::Commit, 3, 6)->crc);
}

TEST_CASE(
    "UnifiedLogTest.testLastStableOffsetWithMixedProducerData: an open transaction holds the last stable offset back") {
  PartitionLog log(remembering());
  CHECK(log.last_stable_offset() == o(0));
  append(log, transactional(kA, 0, {{"a"}, {"b"}, {"c"}}));
  append(log, transactional(kB, 0, {{"d"}}));
  append(log, keyed({{"plain"}}));
  commit_all(log);
  CHECK(log.high_watermark() == o(5));
  CHECK(log.last_stable_offset() == o(0));
  append(log, abort(kA));
  CHECK(log.last_stable_offset() == o(0));  // the marker is not replicated yet
  commit_all(log);
  CHECK(log.last_stable_offset() == o(3));  // the start of the other producer's transaction
  append(log, commit(kB));
  commit_all(log);
  CHECK(log.last_stable_offset() == o(7));
}

TEST_CASE(
    "UnifiedLogTest.testLastStableOffsetDoesNotExceedLogStartOffset: the last stable offset is never above the high watermark") {
  PartitionLog log(remembering());
  append(log, keyed({{"a"}, {"b"}}));
  append(log, data(kA, 0));
  append(log, keyed({{"c"}, {"d"}}));
  log.set_high_watermark(o(1));
  CHECK(log.last_stable_offset() == o(1));
  commit_all(log);
  CHECK(log.last_stable_offset() == o(2));
  log.maybe_increment_log_start_offset(o(4), at_s(0));
  CHECK(log.last_stable_offset() == o(4));  // the transaction is still open, but begins before the log start
}

TEST_CASE(
    "UnifiedLogTest.testTransactionIndexUpdated: the index has an entry for each aborted transaction when its marker is appended") {
  PartitionLog log(remembering());
  append(log, data(kA, 0));  // 0
  append(log, data(kB, 0));  // 1
  append(log, abort(kB));    // 2
  append(log, data(kB, 1));  // 3
  append(log, commit(kB));   // 4
  append(log, abort(kA));    // 5
  append(log, data(kA, 1));  // 6
  const std::vector<AbortedTransaction> all = {{kB, o(1), o(2), o(0)}, {kA, o(0), o(5), o(6)}};
  CHECK(log.aborted_transactions(o(0), o(7)) == all);
  CHECK(log.aborted_transactions(o(3), o(5)) == std::vector<AbortedTransaction>{all[1]});
  CHECK(log.aborted_transactions(o(6), o(7)).empty());
  // Cut before the second marker, the transaction is open again.
  truncate_log(log, o(5), at_s(1));
  CHECK(log.aborted_transactions(o(0), o(7)) == std::vector<AbortedTransaction>{all[0]});
  REQUIRE(log.producers().open_transactions().size() == 1);
  CHECK(log.producers().open_transactions()[0].first_offset == o(0));
}

TEST_CASE("An aborted transaction that spans segments is found in a read from each of them") {
  PartitionLog log(remembering());
  append(log, data(kA, 0));
  log.roll(at_s(0));
  append(log, data(kA, 1));
  log.roll(at_s(0));
  append(log, abort(kA));
  for (int from = 0; from < 3; ++from)
    CHECK(log.aborted_transactions(o(from), o(from + 1)) == std::vector<AbortedTransaction>{{kA, o(0), o(2), o(3)}});
}

TEST_CASE("ProducerStateManagerTest.testTxnFirstOffsetMetadataCached: open transactions survive a restart and a roll") {
  for (const auto death :
       {kafkascope::sim::Death::Crash, kafkascope::sim::Death::Stop, kafkascope::sim::Death::PowerOff}) {
    CAPTURE(static_cast<int>(death));
    PartitionLog log(remembering());
    start_at(log, at_s(0));
    append(log, data(kA, 0));
    append(log, data(kB, 0));
    append(log, abort(kB));
    log.roll(at_s(0));
    append(log, data(kA, 1));
    commit_all(log);
    log.flush(at_s(1));
    log.on_death(death, at_s(100));
    start_at(log, at_s(101));
    commit_all(log);
    CHECK(log.last_stable_offset() == o(0));
    CHECK(log.aborted_transactions(o(0), o(4)) == std::vector<AbortedTransaction>{{kB, o(1), o(2), o(0)}});
    append(log, commit(kA));
    commit_all(log);
    CHECK(log.last_stable_offset() == o(5));
  }
}

TEST_CASE("A transaction whose marker is lost in a power failure is open again") {
  PartitionLog log(remembering());
  start_at(log, at_s(0));
  append(log, data(kA, 0));
  log.flush(at_s(0));
  append(log, abort(kA));
  commit_all(log);
  CHECK(log.last_stable_offset() == o(2));
  log.on_death(kafkascope::sim::Death::PowerOff, at_s(0));
  start_at(log, at_s(1));
  CHECK(log.log_end_offset() == o(1));
  CHECK(log.aborted_transactions(o(0), o(1)).empty());
  commit_all(log);
  CHECK(log.last_stable_offset() == o(0));
}

TEST_CASE("UnifiedLogTest.testZombieCoordinatorFenced: a marker of an older coordinator epoch is refused") {
  PartitionLog log(remembering());
  append(log, data(kA, 0));
  append(log, marker(kA, TransactionResult::Abort, 0, 5));
  append(log, data(kA, 1));
  CHECK(refused_by(log, marker(kA, TransactionResult::Commit, 0, 4)) == ErrorCode::TRANSACTION_COORDINATOR_FENCED);
  CHECK(refused_by(log, marker(kA, TransactionResult::Commit, 0, 5)) == ErrorCode::NONE);
  CHECK(refused_by(log, marker(kA, TransactionResult::Commit, 0, 6)) == ErrorCode::NONE);
}

TEST_CASE("UnifiedLogTest.testEndTxnWithFencedProducerEpoch: a marker of an older producer epoch is refused") {
  PartitionLog log(remembering());
  append(log, data(kA, 0, 2));
  CHECK(refused_by(log, commit(kA, 1)) == ErrorCode::INVALID_PRODUCER_EPOCH);
  CHECK(refused_by(log, commit(kA, 2)) == ErrorCode::NONE);
  append(log, abort(kA, 3));
  // The marker has raised the epoch: batches of the old instance are refused, and the new one begins with sequence 0.
  CHECK(refused_by(log, data(kA, 1, 2)) == ErrorCode::INVALID_PRODUCER_EPOCH);
  CHECK(refused_by(log, data(kA, 1, 3)) == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  CHECK(refused_by(log, data(kA, 0, 3)) == ErrorCode::NONE);
}

TEST_CASE(
    "ProducerStateManagerTest.testNonTransactionalAppendWithOngoingTransaction: the append gets INVALID_TXN_STATE") {
  PartitionLog log(remembering());
  append(log, data(kA, 0));
  CHECK(refused_by(log, batch(1, 0, kA, 0, 1)) == ErrorCode::INVALID_TXN_STATE);
  append(log, commit(kA));
  CHECK(refused_by(log, batch(1, 0, kA, 0, 1)) == ErrorCode::NONE);
}

TEST_CASE("A transaction's offsets of a group are checked for their producer epoch but not for a sequence") {
  PartitionLog log(remembering());
  append(log, data(kA, -1, 3));
  CHECK(refused_by(log, data(kA, -1, 3)) == ErrorCode::NONE);
  CHECK(refused_by(log, data(kA, -1, 2)) == ErrorCode::INVALID_PRODUCER_EPOCH);
}

TEST_CASE("ProducerStateManagerTest.testSkipEmptyTransactions: a marker without data adds no aborted transaction") {
  PartitionLog log(remembering());
  append(log, abort(kA, 1));
  append(log, commit(kA, 1));
  commit_all(log);
  CHECK(log.last_stable_offset() == o(2));
  CHECK(log.aborted_transactions(o(0), o(2)).empty());
  CHECK(log.producers().find(kA)->epoch == 1);
}

TEST_CASE("ProducerStateManagerTest.testProducersWithOngoingTransactionsDontExpire") {
  LogOptions options;
  options.producer_id_expiration_ms = 1000;
  PartitionLog log(options);
  append(log, data(kA, 0));
  CHECK(log.remove_expired_producers(100000).empty());
  append(log, commit(kA));
  CHECK(log.remove_expired_producers(100000) == std::vector<ProducerId>{kA});
}

TEST_CASE(
    "A follower that appends several transactions at once has the same transaction index and last stable offset") {
  PartitionLog leader(remembering()), follower(remembering());
  append(leader, data(kA, 0));
  append(leader, data(kB, 0));
  append(leader, abort(kA));
  append(leader, commit(kB));
  append(leader, data(kA, 1));
  std::vector<StoredBatch> batches;
  for (const StoredBatch& b : leader.batches()) batches.push_back(b);
  CHECK(follower.append_as_follower(batches, at_s(0)));
  commit_all(leader);
  commit_all(follower);
  CHECK(leader.last_stable_offset() == o(4));
  CHECK(follower.last_stable_offset() == o(4));
  CHECK(follower.aborted_transactions(o(0), o(5)).size() == 1);
}

TEST_CASE(
    "A fetch reports an aborted transaction that a new leader had copied in one append with the end of the previous one") {
  // The index entry of A's first transaction has 3 as the last stable offset: A's next transaction, at 2, is ignored
  // (ProducerStateManager.lastStableOffset).
  const auto told = [](const LogOptions& options) {
    PartitionLog log(options);
    const std::vector<StoredBatch> copied = [] {
      PartitionLog leader(remembering());
      append(leader, data(kA, 0));
      append(leader, abort(kA));
      append(leader, data(kA, 1));
      append(leader, data(kB, 0));
      const auto batches = leader.batches();
      return std::vector<StoredBatch>(batches.begin(), batches.end());
    }();
    CHECK(log.append_as_follower(copied, at_s(0)));
    append(log, abort(kA));
    commit_all(log);
    CHECK(log.last_stable_offset() == o(3));
    CHECK(log.aborted_transactions(o(2), o(3)).size() == 1);
    return log.segment_list().aborted_for_fetch(o(2), o(3), log.log_end_offset());
  };
  LogOptions options = remembering();
  CHECK(told(options) == std::vector<AbortedTransaction>{{kA, o(2), o(4), o(3)}});
  // Kafka's fault: the search ends with the first transaction if the offset index points at the batch after the fetched
  // ones.
  options.index_interval_bytes = 0;
  CHECK(told(options).empty());
}

TEST_CASE(
    "LogCleanerTest.testAbortMarkerRemoval: aborted records are removed at once, their marker after its delete horizon") {
  PartitionLog log(compacting());
  append(log, transactional(kA, 0, {{"1"}}));
  append(log, transactional(kA, 1, {{"2"}, {"3"}}));
  append(log, abort(kA));
  append(log, transactional(kA, 3, {{"3"}}));
  append(log, commit(kA));
  log.roll(at_s(0));
  commit_all(log);
  clean_closed(log, 50000);
  CHECK(offsets(log) == Numbers{3, 4, 5});
  CHECK(log.batches()[0].data->size_bytes == 78);
  clean_twice(log);
  CHECK(offsets(log) == Numbers{4, 5});
}

TEST_CASE(
    "LogCleanerTest.testAbortMarkerRetentionWithEmptyBatch: the marker stays as long as a batch of its transaction stays") {
  PartitionLog log(compacting());
  append(log, transactional(kA, 0, {{"2"}, {"3"}}));
  append(log, abort(kA));
  log.roll(at_s(0));
  commit_all(log);
  const std::vector<AbortedTransaction> indexed = {{kA, o(0), o(2), o(3)}};
  clean_closed(log, 50000);
  CHECK(offsets(log) == Numbers{2});
  CHECK(batch_ends(log) == Numbers{1, 2});
  CHECK(log.aborted_transactions(o(0), o(100)) == indexed);
  clean_twice(log);  // the empty batch has the producer's last sequence
  CHECK(batch_ends(log) == Numbers{1, 2});
  append(log, transactional(kA, 2, {{"1"}}));
  log.roll(at_s(0));
  commit_all(log);
  clean_closed(log, 50000);
  CHECK(offsets(log) == Numbers{2, 3});
  CHECK(batch_ends(log) == Numbers{2, 3});
  CHECK(log.aborted_transactions(o(0), o(100)) == indexed);
  clean_twice(log);
  CHECK(offsets(log) == Numbers{3});
  CHECK(log.aborted_transactions(o(0), o(100)).empty());
}

TEST_CASE("LogCleanerTest.testAbortedTransactionSpanningSegments") {
  PartitionLog log(compacting());
  append(log, transactional(kA, 0, {{"1"}}));
  log.roll(at_s(0));
  append(log, abort(kA));
  log.roll(at_s(0));
  commit_all(log);
  clean_closed(log, 50000);
  CHECK(offsets(log) == Numbers{1});
  CHECK(batch_ends(log) == Numbers{0, 1});
  clean_closed(log, 90000);
  CHECK(batch_ends(log) == Numbers{0, 1});
}

TEST_CASE("LogCleanerTest.testCommitMarkerRemoval: a commit's marker is removed when its records are superseded") {
  PartitionLog log(compacting());
  append(log, transactional(kA, 0, {{"1"}}));         // 0
  append(log, transactional(kA, 1, {{"2"}, {"3"}}));  // 1, 2
  append(log, commit(kA));                            // 3
  append(log, transactional(kB, 0, {{"2"}}));         // 4
  append(log, commit(kB));                            // 5
  log.roll(at_s(0));
  commit_all(log);
  clean_closed(log, 50000);
  CHECK(offsets(log) == Numbers{0, 2, 3, 4, 5});
  append(log, transactional(kB, 1, {{"1"}, {"3"}}));  // 6, 7
  append(log, transactional(kA, 3, {{"9"}}));         // 8: the producer's last sequence is in this batch
  append(log, commit(kA));                            // 9
  append(log, commit(kB));                            // 10
  log.roll(at_s(0));
  commit_all(log);
  clean_closed(log, 50000);
  CHECK(offsets(log) == Numbers{3, 4, 5, 6, 7, 8, 9, 10});
  clean_twice(log);
  CHECK(offsets(log) == Numbers{4, 5, 6, 7, 8, 9, 10});
}

TEST_CASE("LogCleanerTest.testCleaningWithKeysConflictingWithTxnMarkerKeys: an aborted record supersedes nothing") {
  PartitionLog log(compacting());
  append(log, keyed({{"COMMIT"}, {"ABORT"}, {"a"}}));
  append(log, transactional(kA, 0, {{"a"}}));
  append(log, abort(kA));
  append(log, transactional(kA, 1, {{"b"}}));
  append(log, commit(kA));
  log.roll(at_s(0));
  commit_all(log);
  clean_closed(log, 50000);
  CHECK(offsets(log) == Numbers{0, 1, 2, 4, 5, 6});
}

TEST_CASE("LogCleanerTest.testEmptyBatchRemovalWithSequenceReuse: transactional offsets of a group are compacted") {
  PartitionLog log(compacting());
  append(log, transactional(kA, -1, {{"1"}}));
  append(log, commit(kA));
  append(log, transactional(kA, -1, {{"2"}}));
  append(log, commit(kA));
  append(log, keyed({{"1"}}));
  append(log, keyed({{"2"}}));
  log.roll(at_s(0));
  commit_all(log);
  clean_closed(log, 50000);
  CHECK(offsets(log) == Numbers{1, 3, 4, 5});
  CHECK(batch_ends(log) == Numbers{1, 2, 3, 4, 5});
  clean_twice(log);
  CHECK(offsets(log) == Numbers{3, 4, 5});
  CHECK(batch_ends(log) == Numbers{2, 3, 4, 5});
}

TEST_CASE("The cleaner keeps the last marker of a producer of which only the epoch is known") {
  PartitionLog log(compacting());
  append(log, abort(kA, 3));
  append(log, abort(kA, 4));
  append(log, keyed({{"x"}}));
  log.roll(at_s(0));
  commit_all(log);
  clean_twice(log);
  CHECK(batch_ends(log) == Numbers{1, 2});
  CHECK(log.producers().find(kA)->epoch == 4);
}
