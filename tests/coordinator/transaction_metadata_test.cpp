// The states of a transaction and their transitions, modelled on Kafka's TransactionMetadataTest.
#include "coordinator/transaction_metadata.h"

#include <doctest/doctest.h>

#include <map>

#include "coordinator/readable_records.h"
#include "transaction_bench.h"

namespace transaction_test {
namespace {

using namespace kafkascope::coordinator;
using enum TransactionState;

constexpr ProducerId kProducer = 23423;

TransactionMetadata metadata(TransactionState state, ProducerEpoch epoch, ProducerEpoch last = kNoProducerEpoch,
                             TransactionVersion client = TV0) {
  TransactionMetadata t;
  t.producer_id = kProducer;
  t.producer_epoch = epoch;
  t.last_producer_epoch = last;
  t.txn_timeout_ms = 30000;
  t.state = state;
  t.txn_start_timestamp_ms = state == Empty ? -1 : 10;
  t.txn_last_update_timestamp_ms = 10;
  t.client_transaction_version = client;
  return t;
}
void take(TransactionMetadata& t, const Prepared& step) {
  REQUIRE(step);
  CHECK(t.pending_state == step->state);
  CHECK(t.complete_transition_to(*step));
  CHECK_FALSE(t.pending_transition_in_progress());
}

}  // namespace

TEST_CASE("TransactionState: names, numbers and transitions are Kafka's (validPreviousStates)") {
  const std::map<TransactionState, std::vector<TransactionState>> previous = {
      {Empty, {Empty, CompleteCommit, CompleteAbort}},
      {Ongoing, {Ongoing, Empty, CompleteCommit, CompleteAbort}},
      {PrepareCommit, {Ongoing}},
      {PrepareAbort, {Ongoing, PrepareEpochFence, Empty, CompleteCommit, CompleteAbort}},
      {CompleteCommit, {PrepareCommit}},
      {CompleteAbort, {PrepareAbort}},
      {Dead, {Empty, CompleteAbort, CompleteCommit}},
      {PrepareEpochFence, {Ongoing}}};
  for (int to = 0; to < kTransactionStates; ++to) {
    const auto state = static_cast<TransactionState>(to);
    CAPTURE(name(state));
    CHECK(transaction_state_from_name(name(state)) == state);
    CHECK(is_expiration_allowed(state) == (state == Empty || state == CompleteCommit || state == CompleteAbort));
    const auto& list = previous.at(state);
    for (int from = 0; from < kTransactionStates; ++from)
      CHECK(is_valid_transition(static_cast<TransactionState>(from), state) ==
            (std::find(list.begin(), list.end(), static_cast<TransactionState>(from)) != list.end()));
  }
  CHECK_FALSE(transaction_state_from_name("Unknown"));
}

TEST_CASE("testInitializeEpoch, testAttemptedEpochBumpWithNewlyCreatedMetadata: a new id begins with epoch 0") {
  for (const std::optional<ProducerEpoch> expected :
       {std::optional<ProducerEpoch>{}, std::optional<ProducerEpoch>{735}}) {
    TransactionMetadata t = metadata(Empty, kNoProducerEpoch);
    const auto [error, transit] = t.prepare_increment_producer_epoch(40000, expected, 20);
    CHECK(error == ErrorCode::NONE);
    take(t, transit);
    CHECK(t.producer_id == kProducer);
    CHECK(t.producer_epoch == 0);
    CHECK(t.last_producer_epoch == kNoProducerEpoch);
    CHECK(t.txn_timeout_ms == 40000);
    CHECK(t.txn_last_update_timestamp_ms == 20);
  }
}

TEST_CASE("testNormalEpochBump, testBumpEpochNotAllowedIfEpochsExhausted") {
  TransactionMetadata t = metadata(Empty, 735);
  take(t, t.prepare_increment_producer_epoch(30000, std::nullopt, 20).transit);
  CHECK(t.producer_epoch == 736);
  CHECK(t.last_producer_epoch == kNoProducerEpoch);
  TransactionMetadata exhausted = metadata(Empty, kMaxProducerEpoch - 1);
  CHECK(exhausted.is_producer_epoch_exhausted());
  const auto [error, transit] = exhausted.prepare_increment_producer_epoch(30000, std::nullopt, 20);
  CHECK(error == ErrorCode::UNKNOWN_SERVER_ERROR);
  CHECK_FALSE(transit);
  CHECK_FALSE(exhausted.pending_transition_in_progress());
}

TEST_CASE("testTolerateUpdateTimeShiftDuringEpochBump: the clock may go back") {
  TransactionMetadata t = metadata(CompleteCommit, 735);
  CHECK_FALSE(t.prepare_fence_producer_epoch());
  TransactionMetadata shifted = metadata(Empty, 1);
  take(shifted, shifted.prepare_increment_producer_epoch(30000, ProducerEpoch{1}, 9).transit);  // an earlier time
  CHECK(shifted.producer_epoch == 2);
  CHECK(shifted.last_producer_epoch == 1);
  CHECK(shifted.txn_last_update_timestamp_ms == 9);
}

TEST_CASE(
    "testRotateProducerId, testTolerateUpdateTimeResetDuringProducerIdRotation: a rotation keeps the previous producer id and, if requested, the last epoch") {
  for (const bool keeps : {false, true}) {
    TransactionMetadata t = metadata(Empty, 1);
    take(t, t.prepare_producer_id_rotation(kProducer + 1, 30000, 9, keeps));
    CHECK(t.producer_id == kProducer + 1);
    CHECK(t.prev_producer_id == kProducer);
    CHECK(t.producer_epoch == 0);
    CHECK(t.last_producer_epoch == (keeps ? 1 : kNoProducerEpoch));
  }
}

TEST_CASE(
    "testEpochBumpWithCurrentEpochProvided, testAttemptedEpochBumpWithLastEpoch: a repeated request raises the epoch only once") {
  TransactionMetadata current = metadata(Empty, 735);
  take(current, current.prepare_increment_producer_epoch(30000, ProducerEpoch{735}, 20).transit);
  CHECK(current.producer_epoch == 736);
  CHECK(current.last_producer_epoch == 735);
  // The same request again.
  take(current, current.prepare_increment_producer_epoch(30000, ProducerEpoch{735}, 20).transit);
  CHECK(current.producer_epoch == 736);
  CHECK(current.last_producer_epoch == 735);
}

TEST_CASE("testAttemptedEpochBumpWithFencedEpoch: an older epoch gets PRODUCER_FENCED, and no step is pending") {
  TransactionMetadata t = metadata(Empty, 735, 734);
  const auto [error, transit] = t.prepare_increment_producer_epoch(30000, ProducerEpoch{733}, 20);
  CHECK(error == ErrorCode::PRODUCER_FENCED);
  CHECK_FALSE(transit);
  CHECK_FALSE(t.pending_transition_in_progress());
}

TEST_CASE("testTolerateTimeShiftDuringAddPartitions: the transaction starts when its first partition is added") {
  for (const TransactionState from : {Empty, CompleteCommit, CompleteAbort}) {
    TransactionMetadata t = metadata(from, 1);
    take(t, t.prepare_add_partitions({kOrders0}, 9, TV2));
    CHECK(t.state == Ongoing);
    CHECK(t.txn_start_timestamp_ms == 9);
    take(t, t.prepare_add_partitions({kOrders1}, 8, TV2));
    CHECK(t.txn_start_timestamp_ms == 9);
    CHECK(t.txn_last_update_timestamp_ms == 8);
    CHECK(t.partitions == std::set<TopicPartition>{kOrders0, kOrders1});
    CHECK(t.producer_epoch == 1);
    CHECK(t.client_transaction_version == TV2);
  }
}

TEST_CASE(
    "testTolerateTimeShiftDuringPrepareCommit, ...Abort, testTolerateTimeShiftDuringCompleteCommit, ...Abort: in TV2 the epoch rises") {
  for (const TransactionVersion client : {TV0, TV2})
    for (const bool commit : {true, false}) {
      TransactionMetadata t = metadata(Ongoing, 5, kNoProducerEpoch, client);
      t.partitions = {kOrders0};
      take(t, t.prepare_abort_or_commit(commit ? PrepareCommit : PrepareAbort, client, kNoProducerId, 9, false));
      const ProducerEpoch epoch = client == TV2 ? 6 : 5;
      CHECK(t.producer_epoch == epoch);
      CHECK(t.last_producer_epoch == (client == TV2 ? 5 : kNoProducerEpoch));
      CHECK(t.partitions.size() == 1);
      CHECK(t.remove_partition(kOrders0));
      take(t, t.prepare_complete(8));
      CHECK(t.state == (commit ? CompleteCommit : CompleteAbort));
      CHECK(t.producer_epoch == epoch);
      CHECK(t.txn_start_timestamp_ms == 10);
      CHECK(t.txn_last_update_timestamp_ms == 8);
    }
}

TEST_CASE("testFenceProducerNotAllowedIfItWouldOverflow: fencing prepares the next epoch, which is not stored yet") {
  TransactionMetadata t = metadata(Ongoing, 735);
  const Prepared fence = t.prepare_fence_producer_epoch();
  REQUIRE(fence);
  CHECK(fence->state == PrepareEpochFence);
  CHECK(fence->producer_epoch == 736);
  CHECK(t.producer_epoch == 735);
  CHECK_FALSE(t.complete_transition_to(*fence));  // this state is never stored
  CHECK_FALSE(t.prepare_fence_producer_epoch());  // one transition at a time
  CHECK_FALSE(metadata(Ongoing, kMaxProducerEpoch).prepare_fence_producer_epoch());
  TransactionMetadata failed = metadata(Ongoing, 736);
  failed.has_failed_epoch_fence = true;
  CHECK(failed.prepare_fence_producer_epoch()->producer_epoch == 736);
}

TEST_CASE(
    "testEpochBumpOnEndTxnOverflow: a transaction in the last usable epoch ends with a new producer id and epoch 0") {
  for (const bool commit : {true, false}) {
    TransactionMetadata t = metadata(Ongoing, kMaxProducerEpoch - 1, kNoProducerEpoch, TV2);
    take(t, t.prepare_abort_or_commit(commit ? PrepareCommit : PrepareAbort, TV2, kProducer + 1, 20, false));
    CHECK(t.producer_epoch == kMaxProducerEpoch);
    CHECK(t.last_producer_epoch == kMaxProducerEpoch - 1);
    CHECK(t.next_producer_id == kProducer + 1);
    take(t, t.prepare_complete(21));
    CHECK(t.producer_id == kProducer + 1);
    CHECK(t.prev_producer_id == kProducer);
    CHECK(t.next_producer_id == kNoProducerId);
    CHECK(t.producer_epoch == 0);
    CHECK(t.last_producer_epoch == kMaxProducerEpoch - 1);
  }
  TransactionMetadata at_the_end = metadata(Ongoing, kMaxProducerEpoch, kNoProducerEpoch, TV2);
  CHECK_FALSE(at_the_end.prepare_abort_or_commit(PrepareAbort, TV2, kNoProducerId, 20, false));
}

TEST_CASE(
    "testRotateProducerIdInOngoingState, ...PrepareAbortState, ...PrepareCommitState: the producer id does not change while a transaction is open") {
  for (const TransactionState state : {Ongoing, PrepareAbort, PrepareCommit}) {
    TransactionMetadata t = metadata(state, kMaxProducerEpoch - 1);
    CHECK_FALSE(t.prepare_producer_id_rotation(kProducer + 1, 30000, 20, true));
    CHECK_FALSE(t.pending_transition_in_progress());
  }
}

TEST_CASE("a step that was not prepared is refused (throwStateTransitionFailure), and the state Dead is never stored") {
  TransactionMetadata t = metadata(Ongoing, 5);
  const Prepared step = t.prepare_add_partitions({kOrders0}, 20, TV0);
  const TransactionMetadata before = t;
  for (const auto& spoil : std::vector<void (*)(TxnTransitMetadata&)>{
           [](TxnTransitMetadata& s) { s.state = PrepareCommit; }, [](TxnTransitMetadata& s) { s.producer_epoch = 6; },
           [](TxnTransitMetadata& s) { s.producer_id = 1; }, [](TxnTransitMetadata& s) { s.txn_timeout_ms = 1; }}) {
    TxnTransitMetadata wrong = *step;
    spoil(wrong);
    CHECK_FALSE(t.complete_transition_to(wrong));
    CHECK(t == before);
  }
  t.drop_pending_state();
  CHECK_FALSE(t.complete_transition_to(*step));
  CHECK_FALSE(t.remove_partition(kOrders0));
  TransactionMetadata idle = metadata(CompleteAbort, 5);
  const Prepared dead = idle.prepare_dead();
  REQUIRE(dead);
  CHECK_FALSE(idle.complete_transition_to(*dead));
}

TEST_CASE(
    "TransactionLog: a stored step is read back without the next and previous producer ids and the last epoch (4.1)") {
  TransactionMetadata t = metadata(Ongoing, kMaxProducerEpoch - 1, 3, TV2);
  t.partitions = {kOrders0, kOrders1, {kOffsets, 3}};
  take(t, t.prepare_abort_or_commit(PrepareCommit, TV2, kProducer + 1, 20, false));
  TxnTransitMetadata transit;
  transit.producer_id = t.producer_id;
  transit.producer_epoch = t.producer_epoch;
  transit.txn_timeout_ms = t.txn_timeout_ms;
  transit.state = t.state;
  transit.partitions = t.partitions;
  transit.txn_start_timestamp_ms = t.txn_start_timestamp_ms;
  transit.txn_last_update_timestamp_ms = t.txn_last_update_timestamp_ms;
  transit.client_transaction_version = t.client_transaction_version;
  const TransactionMetadata back = metadata_of(log_value_of(transit, TV2));
  CHECK(back.next_producer_id == kNoProducerId);
  CHECK(back.prev_producer_id == kNoProducerId);
  CHECK(back.last_producer_epoch == kNoProducerEpoch);
  t.next_producer_id = t.prev_producer_id = kNoProducerId;
  t.last_producer_epoch = kNoProducerEpoch;
  CHECK(back == t);
  CHECK(log_value_of(transit, TV0).value_version == 0);
  CHECK(log_value_of(transit, TransactionVersion::TV1).value_version == 1);
}

}  // namespace transaction_test
