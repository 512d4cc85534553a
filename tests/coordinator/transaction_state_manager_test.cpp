// The transaction coordinator and its log, modelled on Kafka's TransactionStateManagerTest: appends that fail, transactions that expire, loads.
#include "protocol/messages_data.h"
#include "protocol/messages_transaction.h"
#include "transaction_bench.h"

namespace transaction_test {

// ---- appends that fail (TransactionStateManagerTest)

TEST_CASE(
    "testAppendFailToCoordinatorNotAvailableError, ...NotCoordinatorError, ...UnknownError: the state is unchanged") {
  const std::vector<std::pair<ErrorCode, ErrorCode>> errors = {
      {UNKNOWN_TOPIC_OR_PARTITION, COORDINATOR_NOT_AVAILABLE},
      {NOT_ENOUGH_REPLICAS, COORDINATOR_NOT_AVAILABLE},
      {NOT_ENOUGH_REPLICAS_AFTER_APPEND, COORDINATOR_NOT_AVAILABLE},
      {REQUEST_TIMED_OUT, COORDINATOR_NOT_AVAILABLE},
      {NOT_LEADER_OR_FOLLOWER, NOT_COORDINATOR},
      {KAFKA_STORAGE_ERROR, NOT_COORDINATOR},
      {MESSAGE_TOO_LARGE, UNKNOWN_SERVER_ERROR},
      {RECORD_LIST_TOO_LARGE, UNKNOWN_SERVER_ERROR},
      {INVALID_REQUIRED_ACKS, INVALID_REQUIRED_ACKS}};
  for (const auto& [error, told] : errors) {
    B b;
    b.init();
    b.add(kId, 0, {kOrders0});
    const TransactionMetadata before = b.tx();
    b.node().append_error = error;
    CHECK(b.add(kId, 0, {kOrders1}) == told);
    CHECK(b.tx() == before);
    for (const TransactionVersion v : {TV0, TV2}) CHECK(b.commit(kId, 0, v) == told);
    CHECK(b.tx() == before);
    b.node().append_error = NONE;
    CHECK(b.commit(kId, 0) == NONE);
  }
}

TEST_CASE(
    "a record that is not committed within the transaction's time-out gets COORDINATOR_NOT_AVAILABLE, and takes effect only at the next load") {
  B b;
  b.init(5000);
  b.node().holds = true;
  const RequestHandle request = b.send(b.add_request(kId, 0, {kOrders0}, TV2));
  b.wait_ms(4990);
  CHECK(b.answer<AddPartitionsToTxnResponse>(request) == nullptr);
  b.wait_ms(20);
  REQUIRE(b.answer<AddPartitionsToTxnResponse>(request) != nullptr);
  CHECK(b.answer<AddPartitionsToTxnResponse>(request)->results[0].partitions[0].error == COORDINATOR_NOT_AVAILABLE);
  CHECK_FALSE(b.tx().pending_transition_in_progress());
  b.finish_appends();
  CHECK(b.tx().state == Empty);
  b.node().holds = false;
  b.elect();
  CHECK(b.tx().state == Ongoing);
}

TEST_CASE("the late completion of an append that timed out does not complete the next append of the same transaction") {
  B b;
  b.init(5000);
  b.node().holds = true;
  b.send(b.add_request(kId, 0, {kOrders0}, TV2));
  b.wait_ms(5100);
  const RequestHandle second = b.send(b.add_request(kId, 0, {kOrders1}, TV2));
  REQUIRE(b.node().in_flight.size() == 2);
  b.act([](TransactionNode& n, Context& ctx) {
    TransactionHost host(n, ctx);
    n.coordinator.on_append_done(host, 0, n.in_flight[0], NONE);
  });
  CHECK(b.answer<AddPartitionsToTxnResponse>(second) == nullptr);
  CHECK(b.tx().state == Empty);
  b.finish_appends();
  CHECK(b.answer<AddPartitionsToTxnResponse>(second)->results[0].partitions[0].error == NONE);
  CHECK(b.tx().partitions == std::set<TopicPartition>{kOrders1});
}

TEST_CASE(
    "shouldRetryAppendToLogOnEndTxnWhenCoordinatorNotAvailableError: the completion is retried until it is stored") {
  B b;
  b.init();
  b.add(kId, 0, {kOrders0});
  b.commit(kId, 0);
  b.node().append_error = NOT_ENOUGH_REPLICAS;
  b.answer_markers();
  CHECK(b.tx().state == PrepareCommit);
  CHECK(b.tx().pending_state == CompleteCommit);
  CHECK(b.coordinator().append_retries() == 1);
  b.wait_ms(30100);
  CHECK(b.coordinator().append_retries() == 1);
  CHECK(b.add(kId, 1, {kOrders0}) == CONCURRENT_TRANSACTIONS);
  b.node().append_error = NONE;
  b.wait_ms(30100);
  CHECK(b.tx().state == CompleteCommit);
  CHECK(b.coordinator().append_retries() == 0);
}

TEST_CASE(
    "at a resignation waiting requests get NOT_COORDINATOR; a record that was appended takes effect at the next load") {
  B b;
  b.init();
  b.node().holds = true;
  const RequestHandle request = b.send(b.add_request(kId, 0, {kOrders0}, TV2));
  b.resign();
  CHECK(b.answer<AddPartitionsToTxnResponse>(request)->results[0].partitions[0].error == NOT_COORDINATOR);
  CHECK(b.coordinator().empty());
  b.node().holds = false;
  b.elect();
  CHECK(b.tx().state == Ongoing);
}

// ---- time

TEST_CASE(
    "shouldAbortExpiredTransactionsInOngoingStateAndBumpEpoch: a check every 10 s measures the time since the transaction's start") {
  for (const int server : {1, 2}) {
    B b(KafkaVersion::V4_1, server);
    const TransactionVersion v = server == 2 ? TV2 : TV0;
    b.init(15000);
    b.at_ms(3000);
    b.add(kId, 0, {kOrders0}, v);
    b.at_ms(17000);
    b.add(kId, 0, {kOrders1}, v);  // does not extend the time-out
    b.at_ms(19990);
    CHECK(b.tx().state == Ongoing);
    b.at_ms(20010);
    CHECK(b.tx().state == PrepareAbort);
    CHECK(b.tx().producer_epoch == 1);
    b.write_all_markers();
    CHECK(b.history() == History{"Empty 0", "Ongoing 0", "Ongoing 0", "PrepareAbort 1", "CompleteAbort 1"});
    if (server == 1) {
      CHECK(b.commit(kId, 0, v) == PRODUCER_FENCED);
      CHECK(b.abort(kId, 0, v) == PRODUCER_FENCED);
      CHECK(b.add(kId, 0, {kOrders0}, v) == PRODUCER_FENCED);
    } else {  // the client's epoch is one behind: it may abort and continue, but not commit (seen on a real cluster)
      CHECK(b.commit(kId, 0, v) == INVALID_TXN_STATE);
      CHECK(b.add(kId, 0, {kOrders0}, v) == PRODUCER_FENCED);
      const EndTxnResponse r = b.end(kId, 0, false, v);
      CHECK(r.error == NONE);
      CHECK(r.producer_epoch == 1);
      CHECK(b.add(kId, 1, {kOrders0}, v) == NONE);
    }
  }
}

TEST_CASE(
    "shouldNotAbortExpiredTransactionsThatHaveAPendingStateTransition: a committing transaction is not aborted either") {
  B b;
  b.init(15000);
  b.add(kId, 0, {kOrders0});
  b.node().holds = true;
  b.at_ms(19000);
  const RequestHandle request = b.send(b.add_request(kId, 0, {kOrders1}, TV2));
  b.at_ms(21000);
  b.finish_appends();
  CHECK(b.answer<AddPartitionsToTxnResponse>(request)->results[0].partitions[0].error == NONE);
  CHECK(b.tx().state == Ongoing);
  b.node().holds = false;
  b.commit(kId, 0);
  b.at_ms(60000);
  CHECK(b.tx().state == PrepareCommit);
}

TEST_CASE("shouldNotBumpEpochWhenAbortingExpiredTransactionIfAppendToLogFails: the next check aborts the transaction") {
  for (const int server : {1, 2}) {
    B b(KafkaVersion::V4_1, server);
    b.init(1000);
    b.add(kId, 0, {kOrders0}, server == 2 ? TV2 : TV0);
    b.node().append_error = NOT_ENOUGH_REPLICAS;
    b.at_ms(30010);
    CHECK(b.tx().state == Ongoing);
    b.node().append_error = NONE;
    b.at_ms(40010);
    CHECK(b.tx().state == PrepareAbort);
    CHECK(b.tx().producer_epoch == 1);
  }
}

TEST_CASE(
    "shouldRemoveCompleteCommitExpiredTransactionalIds, ...CompleteAbort..., ...Empty...: a tombstone is written after transactional.id.expiration.ms") {
  constexpr std::int64_t kHour = 3600000, kWeek = 7 * 24 * kHour;
  B b;
  b.init();
  b.add(kId, 0, {kOrders0});
  b.commit(kId, 0);
  b.write_all_markers();
  InitProducerIdRequest other = b.init_request();
  other.transactional_id = "idle";
  b.ask<InitProducerIdResponse>(other);
  other.transactional_id = "open";
  const InitProducerIdResponse open = b.ask<InitProducerIdResponse>(other);
  b.node().append_error = NONE;
  b.at_ms(kWeek - kHour);
  CHECK(b.coordinator().transaction("idle") != nullptr);
  b.ask<AddPartitionsToTxnResponse>(AddPartitionsToTxnRequest{TV2, {{"open", open.producer_id, 0, false, {kOrders0}}}});
  b.node().markers.clear();
  b.node().append_error = NOT_ENOUGH_REPLICAS;
  b.at_ms(kWeek + kHour + 10);
  CHECK(b.tx().state == CompleteCommit);  // the completion could not be stored
  CHECK_FALSE(b.tx().pending_transition_in_progress());
  b.node().append_error = NONE;
  b.node().holds = true;
  b.at_ms(kWeek + 2 * kHour + 10);
  CHECK(b.tx().pending_state == Dead);
  CHECK(b.init().error == CONCURRENT_TRANSACTIONS);
  b.finish_appends();
  CHECK(b.coordinator().transaction("tx") == nullptr);
  CHECK(b.coordinator().transaction("idle") == nullptr);
  CHECK(b.coordinator().transaction("open") != nullptr);
  const History history = b.history();
  CHECK(std::count(history.begin(), history.end(), "forgotten") == 2);
  CHECK(b.add(kId, 1, {kOrders0}) == INVALID_PRODUCER_ID_MAPPING);
  b.node().holds = false;
  b.elect();
  CHECK(b.coordinator().transaction("tx") == nullptr);
}

TEST_CASE(
    "shouldNotRemoveOngoingTransactionalIds, shouldNotRemovePrepareCommitTransactionalIds, ...PrepareAbort...: their age does not matter") {
  for (const TransactionState state : {Ongoing, PrepareCommit, PrepareAbort}) {
    B b;
    b.load(B::value(state, 4, TV2, {kOrders0}));
    b.node().append_error = NOT_ENOUGH_REPLICAS;  // so that the time-out does not end the transaction
    b.at_ms(8LL * 24 * 3600000);
    CHECK(b.tx().state == state);
  }
}

// ---- failover

TEST_CASE(
    "testLoadAndRemoveTransactionsForPartition, shouldNotLoseTxnCompletionAfterLoad: a load restores the states and sends unfinished markers again") {
  for (const TransactionState state : {Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort}) {
    B b;
    const std::vector<TopicPartition> partitions = state == Ongoing || state == PrepareCommit || state == PrepareAbort
                                                       ? std::vector{kOrders0, kOrders1}
                                                       : std::vector<TopicPartition>{};
    b.load(B::value(state, 4, TV2, partitions));
    CHECK(b.tx().state == state);
    CHECK(b.tx().producer_epoch == 4);
    CHECK(b.tx().partitions == std::set<TopicPartition>(partitions.begin(), partitions.end()));
    const bool ending = state == PrepareCommit || state == PrepareAbort;
    CHECK(b.node().markers.size() == (ending ? 2 : 0));
    if (!ending) continue;
    const WritableTxnMarker& marker = b.node().markers[0].second.markers[0];
    CHECK(marker.committed == (state == PrepareCommit));
    CHECK(marker.coordinator_epoch == b.node().log.latest_epoch().value);
    b.answer_markers();
    // The next coordinator starts over; an answer to the former one is ignored.
    b.elect();
    REQUIRE(b.node().markers.size() == 2);  // broker 2 has not answered yet, and gets no other request before it does
    CHECK(b.tx().partitions.size() == 2);
    CHECK(b.node().markers[0].first == 2);
    b.answer_markers();
    CHECK(b.tx().partitions.size() == 2);
    CHECK(b.node().markers.size() == 2);
    CHECK(b.node().markers[1].first == 2);
    CHECK(b.node().markers[1].second.markers[0].coordinator_epoch == b.node().log.latest_epoch().value);
    b.write_all_markers();
    CHECK(b.tx().state == (state == PrepareCommit ? CompleteCommit : CompleteAbort));
  }
}

TEST_CASE("a transaction that is open when its coordinator loads the log still times out") {
  B b;
  b.init();
  TransactionLogValue v = B::value(Ongoing, 4, TV2, {kOrders0});
  v.transaction_timeout_ms = 12000;
  v.transaction_start_timestamp_ms = b.tx().txn_last_update_timestamp_ms;  // now
  b.load(v);
  b.at_ms(10010);
  CHECK(b.tx().state == Ongoing);
  b.at_ms(20010);
  CHECK(b.tx().state == PrepareAbort);
}

TEST_CASE(
    "an election or resignation of the current epoch is ignored; an election of a later epoch loads the log again") {
  B b;
  b.init();
  b.act([](TransactionNode& n, Context& ctx) {
    TransactionHost host(n, ctx);
    n.coordinator.on_elected(host, 0, n.log.latest_epoch(), n.log);
    n.coordinator.on_resigned(host, 0, n.log.latest_epoch());
  });
  CHECK(b.add(kId, 0, {kOrders0}) == NONE);
  b.commit(kId, 0);
  const std::int32_t epoch = b.node().markers[0].second.markers[0].coordinator_epoch;
  b.disconnect_markers();
  b.elect();
  b.disconnect_markers();
  CHECK(b.node().markers[0].second.markers[0].coordinator_epoch == epoch + 1);
}

TEST_CASE("after a crash the coordinator restores all its state from the log") {
  B b;
  b.init();
  b.add(kId, 0, {kOrders0});
  b.node().holds = true;
  b.send(b.end_request(kId, 0, true));
  b.wait_ms(1);
  b.world.begin_command(sim::Instant{b.now_ms * 1000 + 1}, 77, "test");
  b.world.kill(b.id, sim::Death::Crash);
  b.world.end_command();
  CHECK(b.coordinator().empty());
  CHECK(b.coordinator().markers().empty());
  b.node().holds = false;
  b.wait_ms(1);
  b.world.begin_command(sim::Instant{b.now_ms * 1000 + 1}, 78, "test");
  b.world.restart(b.id);
  b.world.end_command();
  b.wait_ms(10);
  CHECK(b.tx().state == PrepareCommit);
  b.write_all_markers();
  CHECK(b.tx().state == CompleteCommit);
}

// ---- administrators' requests

TEST_CASE("testDescribeTransactions: an unknown transactional.id gets TRANSACTIONAL_ID_NOT_FOUND") {
  B b;
  CHECK(b.ask<DescribeTransactionsResponse>(DescribeTransactionsRequest{{"tx"}}).transactions[0].error ==
        TRANSACTIONAL_ID_NOT_FOUND);
  b.init(12345);
  b.add(kId, 0, {kOrders0, kOrders1});
  const DescribedTransaction d =
      b.ask<DescribeTransactionsResponse>(DescribeTransactionsRequest{{"tx"}}).transactions[0];
  CHECK(d.error == NONE);
  CHECK(d.transactional_id == "tx");
  CHECK(d.transaction_state == "Ongoing");
  CHECK(d.transaction_timeout_ms == 12345);
  CHECK(d.transaction_start_time_ms == b.tx().txn_start_timestamp_ms);
  CHECK(d.producer_id == kId);
  CHECK(d.producer_epoch == 0);
  CHECK(d.partitions == std::vector{kOrders0, kOrders1});
}

TEST_CASE(
    "testListTransactionsFiltering: the list is filtered by state, producer id and duration; the answer names unknown states") {
  B b;
  b.load(B::value(CompleteCommit, 0), "done");
  InitProducerIdRequest r = b.init_request();
  b.init();
  b.add(kId, 0, {kOrders0});
  b.wait_ms(1000);
  const auto list = [&](ListTransactionsRequest request) {
    std::string ids;
    for (const auto& t : b.ask<ListTransactionsResponse>(request).transactions)
      ids += t.transactional_id + ":" + std::to_string(t.producer_id) + ":" + t.transaction_state + " ";
    return ids;
  };
  CHECK(list({}) == "done:7:CompleteCommit tx:1000:Ongoing ");
  CHECK(list({{"Ongoing"}, {}, -1}) == "tx:1000:Ongoing ");
  CHECK(list({{}, {7}, -1}) == "done:7:CompleteCommit ");
  CHECK(list({{"Ongoing"}, {7}, -1}) == "");
  CHECK(list({{"Nonsense"}, {}, -1}) == "");
  CHECK(list({{}, {}, 900}) == "done:7:CompleteCommit tx:1000:Ongoing ");
  CHECK(list({{"Ongoing"}, {}, 2000}) == "");
  CHECK(b.ask<ListTransactionsResponse>(ListTransactionsRequest{{"Nonsense", "Empty"}, {}, -1}).unknown_state_filters ==
        std::vector<std::string>{"Nonsense"});
}

}  // namespace transaction_test
