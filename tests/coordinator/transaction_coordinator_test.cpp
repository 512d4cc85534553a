// The transaction coordinator's requests, modelled on Kafka's TransactionCoordinatorTest.
#include "protocol/messages_data.h"
#include "protocol/messages_transaction.h"
#include "transaction_bench.h"

namespace transaction_test {
// ---- InitProducerId

TEST_CASE(
    "testValidateTransactionTimeout: a time-out below 1 or above transaction.max.timeout.ms gets INVALID_TRANSACTION_TIMEOUT") {
  B b;
  for (const std::int32_t timeout : {0, -1, 900001}) CHECK(b.init(timeout).error == INVALID_TRANSACTION_TIMEOUT);
  CHECK(b.node().log.log_end_offset() == Offset{0});
  CHECK(b.init(900000).error == NONE);
}

TEST_CASE("shouldInitPidWithEpochZeroForNewTransactionalId: the new transaction is stored as Empty") {
  B b;
  const InitProducerIdResponse r = b.init();
  CHECK(r.error == NONE);
  CHECK(r.producer_id == kId);
  CHECK(r.producer_epoch == 0);
  CHECK(b.tx().state == Empty);
  CHECK(b.tx().txn_start_timestamp_ms == -1);
  CHECK(b.history() == History{"Empty 0"});
}

TEST_CASE(
    "shouldIncrementEpochAndUpdateMetadataOnHandleInitPidWhenExistingEmptyTransaction, ...CompleteTransaction, ...CompleteAbortTransaction") {
  for (const TransactionState state : {Empty, CompleteCommit, CompleteAbort}) {
    B b;
    b.load(B::value(state, 4));
    const InitProducerIdResponse r = b.init(30000);
    CHECK(r.error == NONE);
    CHECK(r.producer_id == 7);
    CHECK(r.producer_epoch == 5);
    CHECK(b.tx().state == Empty);
    CHECK(b.tx().txn_timeout_ms == 30000);
  }
}

TEST_CASE(
    "shouldRespondWithNotCoordinator..., shouldRespondWithCoordinatorLoadInProgress...: every request gets the error while the broker is not the coordinator or still loads") {
  B b;
  b.init();
  const auto all = [&](ErrorCode error) {
    CHECK(b.init().error == error);
    CHECK(b.add(kId, 0, {kOrders0}) == error);
    CHECK(b.verify(kId, 0, {kOrders0}) == std::vector{error});
    CHECK(b.commit(kId, 0) == error);
    CHECK(b.commit(kId, 0, TV0) == error);
    CHECK(b.ask<AddOffsetsToTxnResponse>(AddOffsetsToTxnRequest{"tx", kId, 0, "g"}).error == error);
    CHECK(b.ask<DescribeTransactionsResponse>(DescribeTransactionsRequest{{"tx"}}).transactions[0].error == error);
  };
  b.resign();
  all(NOT_COORDINATOR);
  CHECK(b.ask<ListTransactionsResponse>(ListTransactionsRequest{}).transactions.empty());
  b.coordinator().set_load_rate(1);
  b.elect();
  all(COORDINATOR_LOAD_IN_PROGRESS);
  CHECK(b.ask<ListTransactionsResponse>(ListTransactionsRequest{}).error == COORDINATOR_LOAD_IN_PROGRESS);
}

TEST_CASE(
    "COORDINATOR_LOAD_IN_PROGRESS: a request that needs a new producer id gets this error while the coordinator has none") {
  B b;
  b.node().ids.clear();
  CHECK(b.init().error == COORDINATOR_LOAD_IN_PROGRESS);
  CHECK(b.coordinator().transaction("tx") == nullptr);
  b.load(B::value(Empty, 32766));
  CHECK(b.init().error == COORDINATOR_LOAD_IN_PROGRESS);
  b.load(B::value(Ongoing, 32766, TV2, {kOrders0}));
  CHECK(b.commit(7, 32766) == COORDINATOR_LOAD_IN_PROGRESS);
  CHECK(b.tx().state == Ongoing);
  CHECK_FALSE(b.tx().pending_transition_in_progress());
}

TEST_CASE(
    "CONCURRENT_TRANSACTIONS: while one step of a transaction is being stored, every other request gets this error") {
  B b;
  b.init();
  b.node().holds = true;
  const RequestHandle first = b.send(b.add_request(kId, 0, {kOrders0}, TV2));
  CHECK(b.init().error == CONCURRENT_TRANSACTIONS);
  CHECK(b.add(kId, 0, {kOrders1}) == CONCURRENT_TRANSACTIONS);
  CHECK(b.add(kId, 0, {kOrders1}, TV0) == CONCURRENT_TRANSACTIONS);
  for (const TransactionVersion v : {TV0, TV2}) CHECK(b.commit(kId, 0, v) == CONCURRENT_TRANSACTIONS);
  CHECK(b.ask<AddOffsetsToTxnResponse>(AddOffsetsToTxnRequest{"tx", kId, 0, "g"}).error == CONCURRENT_TRANSACTIONS);
  CHECK(b.answer<AddPartitionsToTxnResponse>(first) == nullptr);
  CHECK(b.tx().state == Empty);
  b.finish_appends();
  CHECK(b.answer<AddPartitionsToTxnResponse>(first)->results[0].partitions[0].error == NONE);
  CHECK(b.tx().state == Ongoing);
}

TEST_CASE(
    "shouldWaitForCommitToCompleteOnHandleInitPidAndExistingTransactionInPrepareCommitState, ...PrepareAbortState: requests are refused until all markers are written") {
  for (const TransactionState state : {PrepareCommit, PrepareAbort}) {
    B b;
    b.load(B::value(state, 4, TV2, {kOrders0}));
    CHECK(b.init().error == CONCURRENT_TRANSACTIONS);
    CHECK(b.add(7, 4, {kOrders0}) == CONCURRENT_TRANSACTIONS);
    CHECK(b.verify(7, 4, {kOrders0}) == std::vector{CONCURRENT_TRANSACTIONS});
    b.write_all_markers();
    CHECK(b.init().producer_epoch == 5);
  }
}

TEST_CASE(
    "shouldAbortTransactionOnHandleInitPidWhenExistingTransactionInOngoingState, TV1: the old producer is fenced, its transaction is aborted, and the client retries") {
  B b(KafkaVersion::V4_1, 1);
  b.init();
  b.add(kId, 0, {kOrders0, kOrders1}, TV0);
  CHECK(b.init().error == CONCURRENT_TRANSACTIONS);
  CHECK(b.tx().state == PrepareAbort);
  CHECK(b.tx().producer_epoch == 1);
  CHECK(b.tx().pending_state == CompleteAbort);
  REQUIRE(b.node().markers.size() == 2);
  CHECK(b.node().markers[0].second.markers[0].producer_epoch == 1);
  CHECK_FALSE(b.node().markers[0].second.markers[0].committed);
  CHECK(b.init().error == CONCURRENT_TRANSACTIONS);
  b.write_all_markers();
  const InitProducerIdResponse r = b.init();
  CHECK(r.producer_epoch == 2);
  CHECK(b.add(kId, 0, {kOrders0}, TV0) == PRODUCER_FENCED);
  CHECK(b.commit(kId, 0, TV0) == PRODUCER_FENCED);
  CHECK(b.history() == History{"Empty 0", "Ongoing 0", "PrepareAbort 1", "CompleteAbort 1", "Empty 2"});
}

TEST_CASE(
    "shouldAbortTransactionOnHandleInitPidWhenExistingTransactionInOngoingState, TV2: the epoch rises once for the abort (KAFKA-19367)") {
  B b;
  b.init();
  b.add(kId, 0, {kOrders0});
  CHECK(b.init().error == CONCURRENT_TRANSACTIONS);
  b.write_all_markers();
  CHECK(b.init().producer_epoch == 2);
  CHECK(b.history() == History{"Empty 0", "Ongoing 0", "PrepareAbort 1", "CompleteAbort 1", "Empty 2"});
}

TEST_CASE(
    "shouldUseLastEpochToFenceWhenEpochsAreExhausted: fencing uses the last epoch, and the next InitProducerId gets a new producer id") {
  for (const int version : {1, 2}) {
    B b(KafkaVersion::V4_1, version);
    b.load(B::value(Ongoing, 32766, version == 2 ? TV2 : TV0, {kOrders0}));
    CHECK(b.init().error == CONCURRENT_TRANSACTIONS);
    CHECK(b.tx().producer_epoch == 32767);
    b.write_all_markers();
    CHECK(b.tx().state == CompleteAbort);
    const InitProducerIdResponse r = b.init();
    CHECK(r.producer_id == kId);
    CHECK(r.producer_epoch == 0);
  }
}

TEST_CASE("shouldNotRepeatedlyBumpEpochDueToInitPidDuringOngoingTxnIfAppendToLogFails") {
  const auto epochs = [](KafkaVersion version, int server) {
    B b(version, server);
    b.load(B::value(Ongoing, 3, server == 2 ? TV2 : TV0, {kOrders0}));
    b.node().append_error = NOT_ENOUGH_REPLICAS;
    for (int i = 0; i < 2; ++i) CHECK(b.init().error == COORDINATOR_NOT_AVAILABLE);
    CHECK(b.tx().state == Ongoing);
    CHECK_FALSE(b.tx().pending_transition_in_progress());
    const ProducerEpoch failed = b.tx().producer_epoch;
    b.node().append_error = NONE;
    CHECK(b.init().error == CONCURRENT_TRANSACTIONS);
    b.write_all_markers();
    CHECK_FALSE(b.tx().has_failed_epoch_fence);
    return std::pair(failed, b.init().producer_epoch);
  };
  using Epochs = std::pair<ProducerEpoch, ProducerEpoch>;
  CHECK(epochs(KafkaVersion::V4_1, 1) == Epochs{4, 5});
  CHECK(epochs(KafkaVersion::V4_1, 2) == Epochs{3, 5});  // the epoch is raised only once it is stored
  CHECK(epochs(KafkaVersion::V2_5, 0) == Epochs{5, 7});  // before KAFKA-9666
}

TEST_CASE(
    "testFenceProducerWhenMappingExistsWithDifferentProducerId, testInitProducerIdWithCurrentEpochProvided: InitProducerId raises the producer's current epoch once (KIP-360)") {
  B b;
  b.load(B::value(Empty, 10));
  CHECK(b.init(60000, 8, 10).error == PRODUCER_FENCED);
  CHECK(b.init(60000, 7, 9).error == PRODUCER_FENCED);
  CHECK(b.init(60000, 7, 10).producer_epoch == 11);
  CHECK(b.init(60000, 7, 10).producer_epoch == 11);  // the same request again
  CHECK(b.init(60000, 7, 9).error == PRODUCER_FENCED);
  CHECK(b.init().producer_epoch == 12);
  CHECK(b.init(60000, 7, 11).error == PRODUCER_FENCED);  // another process has the id now
  B old(KafkaVersion::V2_5, 0);
  old.load(B::value(Empty, 10, TV0));
  CHECK(old.init(60000, 7, 9).error == INVALID_PRODUCER_EPOCH);
  CHECK(old.init(60000, 8, 10).error == INVALID_PRODUCER_EPOCH);
}

TEST_CASE(
    "testInitProducerIdWithNoLastProducerData: an unknown transactional.id gets a new producer id, even if the request names one") {
  B b;
  const InitProducerIdResponse r = b.init(60000, 99, 12);
  CHECK(r.error == NONE);
  CHECK(r.producer_id == kId);
  CHECK(r.producer_epoch == 0);
}

TEST_CASE(
    "testRetryInitProducerIdAfterProducerIdRotation: the retry is recognized by the previous producer id and epoch") {
  B b;
  b.load(B::value(Empty, 32766));
  CHECK(b.init(60000, 7, 32766).producer_id == kId);
  const InitProducerIdResponse again = b.init(60000, 7, 32766);
  CHECK(again.error == NONE);
  CHECK(again.producer_id == kId);
  CHECK(again.producer_epoch == 0);
  // After a new instance has started, this fails.
  CHECK(b.init().producer_epoch == 1);
  CHECK(b.init(60000, 7, 32766).error == PRODUCER_FENCED);
}

TEST_CASE(
    "testInitProducerIdWithInvalidEpochAfterProducerIdRotation, ...AfterNewProducerId: another epoch of the previous producer id is fenced") {
  B b;
  b.load(B::value(Empty, 32766));
  CHECK(b.init().producer_id == kId);  // without the former id: a repetition of this request is not recognised
  CHECK(b.init(60000, 7, 32766).error == PRODUCER_FENCED);
  CHECK(b.init(60000, 7, 2).error == PRODUCER_FENCED);
  // The former id with an epoch that was not the last one is fenced, even if a repetition would return that epoch.
  B bumped;
  bumped.load(B::value(Ongoing, 32766, TV2, {kOrders0}));
  bumped.commit(7, 32766);
  bumped.write_all_markers();
  CHECK(bumped.tx().prev_producer_id == 7);
  CHECK(bumped.init(60000, 7, 0).error == PRODUCER_FENCED);
}

TEST_CASE(
    "InitProducerId with a wrong epoch while the stored epoch is exhausted gets UNKNOWN_SERVER_ERROR, as in Kafka") {
  B b;
  b.load(B::value(Empty, 32766));
  CHECK(b.init(60000, 7, 5).error == UNKNOWN_SERVER_ERROR);
  CHECK_FALSE(b.tx().pending_transition_in_progress());
}

TEST_CASE("an InitProducerId that could not be stored keeps its producer id for the next attempt") {
  B b;
  b.node().append_error = NOT_ENOUGH_REPLICAS;
  CHECK(b.init().error == COORDINATOR_NOT_AVAILABLE);
  CHECK(b.tx().producer_epoch == -1);
  b.node().append_error = NONE;
  CHECK(b.init().producer_id == kId);
  CHECK(b.history() == History{"Empty 0"});
}

// ---- AddPartitionsToTxn, AddOffsetsToTxn

TEST_CASE(
    "shouldRespondWithInvalidPidMappingOnAddPartitionsToTransactionWhenTransactionalIdNotPresent, shouldRespondWithErrorsNoneOn...: a partition is stored once") {
  B b;
  CHECK(b.add(kId, 0, {kOrders0}) == INVALID_PRODUCER_ID_MAPPING);
  CHECK(b.verify(kId, 0, {kOrders0}) == std::vector{INVALID_PRODUCER_ID_MAPPING});
  b.init();
  CHECK(b.add(kId + 1, 0, {kOrders0}) == INVALID_PRODUCER_ID_MAPPING);
  CHECK(b.add(kId, 1, {kOrders0}) == PRODUCER_FENCED);
  CHECK(b.verify(kId + 1, 0, {kOrders0}) == std::vector{INVALID_PRODUCER_ID_MAPPING});
  CHECK(b.verify(kId, 1, {kOrders0}) == std::vector{PRODUCER_FENCED});
  CHECK(b.add(kId, 0, {kOrders0}) == NONE);
  CHECK(b.add(kId, 0, {kOrders0}) == NONE);  // already added: nothing is stored
  CHECK(b.history() == History{"Empty 0", "Ongoing 0"});
  CHECK(b.add(kId, 0, {kOrders0, kOrders1}) == NONE);
  CHECK(b.history() == History{"Empty 0", "Ongoing 0", "Ongoing 0"});
  CHECK(b.tx().partitions == std::set<TopicPartition>{kOrders0, kOrders1});
}

TEST_CASE(
    "shouldRespondWithInvalidRequestAddPartitionsToTransactionWhenTransactionalIdIsEmpty: EndTxn and DescribeTransactions get the error as well") {
  B b;
  AddPartitionsToTxnRequest add = b.add_request(kId, 0, {kOrders0}, TV2);
  add.transactions[0].transactional_id = "";
  CHECK(b.ask<AddPartitionsToTxnResponse>(add).results[0].partitions[0].error == INVALID_REQUEST);
  add.transactions[0].verify_only = true;
  CHECK(b.ask<AddPartitionsToTxnResponse>(add).results[0].partitions[0].error == INVALID_REQUEST);
  CHECK(b.ask<EndTxnResponse>(EndTxnRequest{"", kId, 0, true, TV2}).error == INVALID_REQUEST);
  CHECK(b.ask<DescribeTransactionsResponse>(DescribeTransactionsRequest{{""}}).transactions[0].error ==
        INVALID_REQUEST);
}

TEST_CASE("AddPartitionsToTxn with verify_only answers for each partition separately and stores nothing") {
  B b;
  b.init();
  CHECK(b.verify(kId, 0, {kOrders0}) == std::vector{TRANSACTION_ABORTABLE});
  b.add(kId, 0, {kOrders0}, TV0);
  CHECK(b.verify(kId, 0, {kOrders0, kOrders1}) == std::vector{NONE, TRANSACTION_ABORTABLE});
  b.commit(kId, 0, TV0);
  b.write_all_markers();
  CHECK(b.verify(kId, 0, {kOrders0}) == std::vector{TRANSACTION_ABORTABLE});
  CHECK(b.history().size() == 4);  // a verification stores nothing
}

TEST_CASE(
    "AddPartitionsToTxn: if one partition does not exist, no partition of its transaction is added; other transactions are not affected") {
  B b;
  b.init();
  AddPartitionsToTxnRequest r = b.add_request(kId, 0, {kOrders0, {1, 9}}, TV2);
  r.transactions.push_back({"tx", kId, 0, false, {kOrders1}});
  const AddPartitionsToTxnResponse answer = b.ask<AddPartitionsToTxnResponse>(r);
  REQUIRE(answer.results.size() == 2);
  CHECK(answer.results[0].partitions[0].error == OPERATION_NOT_ATTEMPTED);
  CHECK(answer.results[0].partitions[1].error == UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(answer.results[1].partitions[0].error == NONE);
  CHECK(b.tx().partitions == std::set<TopicPartition>{kOrders1});
  CHECK(b.ask<AddPartitionsToTxnResponse>(AddPartitionsToTxnRequest{}).results.empty());
}

TEST_CASE("AddPartitionsToTxn of several transactions is answered when the last of them has been handled") {
  B b;
  b.init();
  b.node().holds = true;
  AddPartitionsToTxnRequest r = b.add_request(kId, 0, {kOrders0}, TV2);
  r.transactions.push_back({"tx", kId, 0, true, {kOrders0}});
  const RequestHandle request = b.send(r);
  CHECK(b.answer<AddPartitionsToTxnResponse>(request) == nullptr);
  b.resign();
  const auto* answer = b.answer<AddPartitionsToTxnResponse>(request);
  REQUIRE(answer != nullptr);
  CHECK(answer->results[0].partitions[0].error == NOT_COORDINATOR);
  CHECK(answer->results[1].partitions[0].error == TRANSACTION_ABORTABLE);
}

TEST_CASE("AddOffsetsToTxn adds the group's partition of __consumer_offsets") {
  B b;
  b.init();
  CHECK(b.ask<AddOffsetsToTxnResponse>(AddOffsetsToTxnRequest{"tx", kId, 1, "g"}).error == PRODUCER_FENCED);
  CHECK(b.ask<AddOffsetsToTxnResponse>(AddOffsetsToTxnRequest{"tx", kId, 0, "g"}).error == NONE);
  CHECK(b.tx().partitions == std::set<TopicPartition>{{kOffsets, partition_for("g", 4)}});
  CHECK(b.tx().client_transaction_version == TV0);
}

// ---- EndTxn, first version

TEST_CASE(
    "shouldReplyWithInvalidPidMappingOnEndTxnWhenTxnIdDoesntExist, ...WhenPidDosentMatchMapped, ...ProducerFencedOnEndTxnWhenEpochIsNotSame...") {
  for (const TransactionVersion v : {TV0, TV2}) {
    B b;
    CHECK(b.commit(kId, 0, v) == INVALID_PRODUCER_ID_MAPPING);
    b.init();
    b.add(kId, 0, {kOrders0});
    CHECK(b.commit(kId + 1, 0, v) == INVALID_PRODUCER_ID_MAPPING);
    CHECK(b.commit(kId, 1, v) == PRODUCER_FENCED);
    CHECK(b.commit(kId, -1, v) == PRODUCER_FENCED);
    CHECK(b.tx().state == Ongoing);
  }
}

TEST_CASE(
    "shouldReturnOkOnEndTxnWhenStatusIsCompleteCommitAndResultIsCommit, ...Abort...: in TV1 only a repetition with the same result succeeds") {
  B b;
  b.load(B::value(CompleteCommit, 4, TV0));
  CHECK(b.commit(7, 4, TV0) == NONE);
  CHECK(b.abort(7, 4, TV0) == INVALID_TXN_STATE);
  b.load(B::value(CompleteAbort, 4, TV0));
  CHECK(b.commit(7, 4, TV0) == INVALID_TXN_STATE);
  CHECK(b.abort(7, 4, TV0) == NONE);
  b.load(B::value(Empty, 4, TV0));
  CHECK(b.commit(7, 4, TV0) == INVALID_TXN_STATE);
  CHECK(b.abort(7, 4, TV0) == INVALID_TXN_STATE);
}

TEST_CASE(
    "shouldReturnConcurrentTransactionsOnEndTxnRequestWhenStatusIsPrepareCommit, shouldReturnInvalidTxnRequestOnEndTxnRequestWhenStatusIsPrepareAbort") {
  // A step is pending while markers are to be written. Without a pending step (the markers were given up, and the completion was dropped) the
  // state decides.
  for (const TransactionVersion v : {TV0, TV2})
    for (const TransactionState state : {PrepareCommit, PrepareAbort}) {
      B b;
      b.load(B::value(state, 4, v, {}));  // no partitions: completed immediately
      CHECK(b.tx().state == (state == PrepareCommit ? CompleteCommit : CompleteAbort));
      b.node().append_error = NOT_LEADER_OR_FOLLOWER;
      b.load(B::value(state, 4, v, {}));
      CHECK(b.tx().state == state);
      CHECK_FALSE(b.tx().pending_transition_in_progress());
      const ProducerEpoch epoch = v == TV2 ? 3 : 4;
      const ErrorCode same = state == PrepareCommit ? b.commit(7, epoch, v) : b.abort(7, epoch, v);
      const ErrorCode other = state == PrepareCommit ? b.abort(7, epoch, v) : b.commit(7, epoch, v);
      CHECK(same == CONCURRENT_TRANSACTIONS);
      CHECK(other == INVALID_TXN_STATE);
      if (v == TV2) CHECK(b.commit(7, 4, v) == PRODUCER_FENCED);
      CHECK(b.init().error == CONCURRENT_TRANSACTIONS);
    }
}

TEST_CASE(
    "shouldAppendPrepareCommitToLogOnEndTxnWhenStatusIsOngoingAndResultIsCommit, ...Abort: the answer precedes the markers, and the markers complete the transaction") {
  for (const bool commit : {true, false}) {
    B b;
    b.init();
    b.add(kId, 0, {kOrders0, kOrders1, kOrders2}, TV0);
    b.node().holds = true;
    const RequestHandle request = b.send(b.end_request(kId, 0, commit, TV0));
    CHECK(b.answer<EndTxnResponse>(request) == nullptr);
    CHECK(b.node().markers.empty());
    CHECK(b.tx().state == Ongoing);
    b.finish_appends();
    CHECK(b.answer<EndTxnResponse>(request)->error == NONE);
    CHECK(b.answer<EndTxnResponse>(request)->producer_id == -1);
    CHECK(b.tx().state == (commit ? PrepareCommit : PrepareAbort));
    REQUIRE(b.node().markers.size() == 2);
    const WritableTxnMarker expected0{kId, 0, commit, {kOrders0}, b.node().log.latest_epoch().value};
    const WritableTxnMarker expected12{kId, 0, commit, {kOrders1, kOrders2}, b.node().log.latest_epoch().value};
    CHECK(b.node().markers[0].first == 1);
    CHECK(b.node().markers[0].second.markers == std::vector{expected0});
    CHECK(b.node().markers[1].first == 2);
    CHECK(b.node().markers[1].second.markers == std::vector{expected12});
    b.answer_markers();
    CHECK(b.tx().partitions == std::set<TopicPartition>{kOrders1, kOrders2});
    CHECK(b.tx().state == (commit ? PrepareCommit : PrepareAbort));
    b.answer_markers();
    CHECK(b.tx().partitions.empty());
    CHECK(b.tx().state == (commit ? PrepareCommit : PrepareAbort));  // until the completion is also committed
    b.finish_appends();
    CHECK(b.tx().state == (commit ? CompleteCommit : CompleteAbort));
    CHECK(b.tx().producer_epoch == 0);
    CHECK_FALSE(b.tx().pending_transition_in_progress());
    CHECK(b.history() == (commit ? History{"Empty 0", "Ongoing 0", "PrepareCommit 0", "CompleteCommit 0"}
                                 : History{"Empty 0", "Ongoing 0", "PrepareAbort 0", "CompleteAbort 0"}));
  }
}

// ---- EndTxn, second version

TEST_CASE("EndTxn, TV2: each transaction's end raises the epoch, and the answer has the new epoch") {
  B b;
  b.init();
  for (ProducerEpoch epoch = 0; epoch < 3; ++epoch) {
    b.add(kId, epoch, {kOrders0});
    const EndTxnResponse r = b.end(kId, epoch, epoch != 1);
    CHECK(r.error == NONE);
    CHECK(r.producer_id == kId);
    CHECK(r.producer_epoch == epoch + 1);
    CHECK(b.node().markers[0].second.markers[0].producer_epoch == epoch + 1);
    CHECK(b.add(kId, static_cast<ProducerEpoch>(epoch + 1), {kOrders0}) == CONCURRENT_TRANSACTIONS);
    b.write_all_markers();
  }
  CHECK(b.history() == History{"Empty 0", "Ongoing 0", "PrepareCommit 1", "CompleteCommit 1", "Ongoing 1",
                               "PrepareAbort 2", "CompleteAbort 2", "Ongoing 2", "PrepareCommit 3",
                               "CompleteCommit 3"});
}

TEST_CASE("EndTxn, TV2: a repeated and a new request get the right answer in Empty, CompleteCommit and CompleteAbort") {
  struct Row {
    TransactionState state;
    bool commit, repeats;
    ErrorCode error;
    bool bumps;
  };
  for (const Row& row : std::vector<Row>{{Empty, false, true, PRODUCER_FENCED, false},
                                         {Empty, false, false, NONE, true},
                                         {Empty, true, true, PRODUCER_FENCED, false},
                                         {Empty, true, false, INVALID_TXN_STATE, false},
                                         {CompleteAbort, false, true, NONE, false},
                                         {CompleteAbort, false, false, NONE, true},
                                         {CompleteAbort, true, true, INVALID_TXN_STATE, false},
                                         {CompleteAbort, true, false, INVALID_TXN_STATE, false},
                                         {CompleteCommit, false, true, INVALID_TXN_STATE, false},
                                         {CompleteCommit, false, false, NONE, true},
                                         {CompleteCommit, true, true, NONE, false},
                                         {CompleteCommit, true, false, INVALID_TXN_STATE, false}}) {
    CAPTURE(name(row.state));
    CAPTURE(row.commit);
    CAPTURE(row.repeats);
    B b;
    b.load(B::value(row.state, 4));
    const EndTxnResponse r = b.end(7, row.repeats ? 3 : 4, row.commit);
    CHECK(r.error == row.error);
    CHECK(r.producer_epoch == (row.error != NONE ? -1 : row.bumps ? 5 : 4));
    CHECK(b.tx().producer_epoch == (row.bumps ? 5 : 4));
    CHECK(b.tx().state == (row.bumps ? CompleteAbort : row.state));  // with no partitions it is complete immediately
    CHECK(b.node().markers.empty());
  }
}

TEST_CASE(
    "testEpochBumpOnEndTxnOverflow at the coordinator: EndTxn in the last epoch answers with a new producer id, and a repetition is recognized") {
  B b;
  b.load(B::value(Ongoing, 32766, TV2, {kOrders0}));
  const EndTxnResponse r = b.end(7, 32766, true);
  CHECK(r.error == NONE);
  CHECK(r.producer_id == kId);
  CHECK(r.producer_epoch == 0);
  CHECK(b.node().markers[0].second.markers[0].producer_id == 7);
  CHECK(b.node().markers[0].second.markers[0].producer_epoch == 32767);
  // The client continues with the new id, which is still pending.
  CHECK(b.add(kId, 0, {kOrders0}) == CONCURRENT_TRANSACTIONS);
  CHECK(b.commit(kId, 0) == CONCURRENT_TRANSACTIONS);
  b.write_all_markers();
  const EndTxnResponse again = b.end(7, 32766, true);
  CHECK(again.error == NONE);
  CHECK(again.producer_id == kId);
  CHECK(again.producer_epoch == 0);
  CHECK(b.abort(7, 32766) == INVALID_TXN_STATE);
  CHECK(b.add(kId, 0, {kOrders0}) == NONE);
}

TEST_CASE("a coordinator that takes over while EndTxn changes the producer id does not know the new id (4.1)") {
  B b;
  b.load(B::value(Ongoing, 32766, TV2, {kOrders0}));
  CHECK(b.end(7, 32766, true).producer_id == kId);
  b.elect();
  b.write_all_markers();
  CHECK(b.tx().state == CompleteCommit);
  CHECK(b.tx().producer_id == 7);
  CHECK(b.tx().producer_epoch == 32767);
  CHECK(b.add(kId, 0, {kOrders0}) == INVALID_PRODUCER_ID_MAPPING);
}

TEST_CASE(
    "EndTxn and AddPartitionsToTxn follow the request's transaction version, not the cluster's (as in a real cluster)") {
  for (const int server : {1, 2}) {
    B b(KafkaVersion::V4_1, server);
    b.init();
    CHECK(b.add(kId, 0, {kOrders0}, TV0) == NONE);
    CHECK(b.add(kId, 0, {kOrders0, kOrders1}, TV2) == NONE);
    CHECK(b.tx().client_transaction_version == TV2);
    CHECK(b.commit(kId, -1, TV0) == PRODUCER_FENCED);
    CHECK(b.commit(kId, 0, TV0) == NONE);
    b.write_all_markers();
    CHECK(b.commit(kId, 0, TV0) == NONE);
    CHECK(b.abort(kId, 0, TV0) == INVALID_TXN_STATE);
    CHECK(b.abort(kId, 0) == NONE);
    CHECK(b.commit(kId, 1) == INVALID_TXN_STATE);
    CHECK(b.add(kId, 1, {kOrders0}) == NONE);
    CHECK(b.commit(kId, 1) == NONE);
    b.write_all_markers();
    CHECK(b.commit(kId, 1) == NONE);
    CHECK(b.abort(kId, 1) == INVALID_TXN_STATE);
    CHECK(b.add(kId, 2, {kOrders0}) == NONE);
    CHECK(b.history() == History{"Empty 0", "Ongoing 0", "Ongoing 0", "PrepareCommit 0", "CompleteCommit 0",
                                 "PrepareAbort 1", "CompleteAbort 1", "Ongoing 1", "PrepareCommit 2",
                                 "CompleteCommit 2", "Ongoing 2"});
  }
}

}  // namespace transaction_test
