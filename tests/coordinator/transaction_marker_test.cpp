// Markers and the answers of their leaders, modelled on Kafka's TransactionMarkerChannelManagerTest and
// TransactionMarkerRequestCompletionHandlerTest.
#include "coordinator/readable_records.h"
#include "protocol/messages_data.h"
#include "protocol/messages_transaction.h"
#include "transaction_bench.h"

namespace transaction_test {
namespace {

using enum ErrorCode;
using enum TransactionState;

/// A transaction with partitions of both leaders, ready to be committed.
B committing(std::vector<TopicPartition> partitions = {kOrders0, kOrders1}) {
  B b;
  b.load(B::value(PrepareCommit, 4, TV2, std::move(partitions)));
  return b;
}
void set_leader(TransactionNode& node, TopicPartition tp, BrokerId leader) {
  PartitionChangeRecord r;
  r.partition = tp;
  r.has_leader = true;
  r.leader = leader;
  node.image.apply(node.image.last_offset() + 1, {1}, r);
}

}  // namespace

TEST_CASE("shouldReEnqueuePartitionsWhenBrokerDisconnected: the same markers are sent again, to the current leaders") {
  B b = committing();
  REQUIRE(b.node().markers.size() == 2);
  set_leader(b.node(), kOrders0, 3);
  b.disconnect_markers();
  REQUIRE(b.node().markers.size() == 2);
  CHECK(b.node().markers[1].first == 3);
  CHECK(b.node().markers[1].second.markers[0].partitions == std::vector{kOrders0});
  CHECK(b.tx().partitions.size() == 2);
  b.write_all_markers();
  CHECK(b.tx().state == CompleteCommit);
}

TEST_CASE(
    "shouldRetryPartitionWhenUnknownTopicOrPartitionError, ...NotLeaderOrFollower..., ...NotEnoughReplicas..., ...NotEnoughReplicasAfterAppend..., ...KafkaStorageError, ...RequestTimedOut") {
  for (const ErrorCode error : {UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS,
                                NOT_ENOUGH_REPLICAS_AFTER_APPEND, KAFKA_STORAGE_ERROR, REQUEST_TIMED_OUT}) {
    B b = committing({kOrders0});
    for (int i = 0; i < 3; ++i) {
      b.answer_markers(error);
      REQUIRE(b.node().markers.size() == 1);
      CHECK(b.tx().partitions.size() == 1);
    }
    b.answer_markers();
    CHECK(b.tx().state == CompleteCommit);
  }
}

TEST_CASE(
    "shouldRemoveTopicPartitionFromWaitingSetOnUnsupportedForMessageFormat: UNSUPPORTED_VERSION counts as written") {
  B b = committing({kOrders0});
  b.answer_markers(UNSUPPORTED_VERSION);
  CHECK(b.tx().state == CompleteCommit);
}

TEST_CASE(
    "shouldCompleteDelayedOperationWhenInvalidProducerEpoch, ...WhenCoordinatorEpochFenced: the markers are given up until the next coordinator loads the transaction") {
  for (const ErrorCode error : {INVALID_PRODUCER_EPOCH, TRANSACTION_COORDINATOR_FENCED}) {
    B b = committing();
    b.answer_markers(error);
    CHECK(b.node().markers.size() == 1);  // only broker 2's request is left
    b.write_all_markers();
    CHECK(b.tx().state == PrepareCommit);
    CHECK(b.tx().partitions == std::set<TopicPartition>{kOrders0});
    CHECK(b.tx().pending_state == CompleteCommit);
    CHECK(b.init().error == CONCURRENT_TRANSACTIONS);
    b.elect();
    b.write_all_markers();
    CHECK(b.tx().state == CompleteCommit);
  }
}

TEST_CASE(
    "shouldThrowIllegalStateExceptionWhenCorruptMessageError, ...MessageTooLarge..., ...UnknownError: the marker is not sent again, and the transaction keeps its state") {
  for (const ErrorCode error :
       {CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_REQUIRED_ACKS, UNKNOWN_SERVER_ERROR}) {
    B b = committing({kOrders0});
    b.answer_markers(error);
    CHECK(b.node().markers.empty());
    CHECK(b.tx().state == PrepareCommit);
  }
}

TEST_CASE("only the partitions of a WriteTxnMarkers that failed are sent again") {
  B b = committing({kOrders1, kOrders2});
  const WriteTxnMarkersRequest request = b.node().markers.at(0).second;
  b.node().markers.clear();
  WriteTxnMarkersResponse response;
  response.markers.push_back({7, {{kOrders1, NONE}}});
  response.markers.push_back({7, {{kOrders2, NOT_LEADER_OR_FOLLOWER}}});  // the same producer twice
  b.act([&](TransactionNode& n, Context& ctx) { n.answer_markers(ctx, 2, &response); });
  CHECK(b.tx().partitions == std::set<TopicPartition>{kOrders2});
  REQUIRE(b.node().markers.size() == 1);
  CHECK(b.node().markers[0].second.markers[0].partitions == std::vector{kOrders2});
}

TEST_CASE(
    "if one error of a WriteTxnMarkers answer ends the attempt, the answer's retriable errors are not retried either") {
  B b = committing({kOrders1, kOrders2});
  b.node().markers.clear();
  WriteTxnMarkersResponse response;
  response.markers.push_back({7, {{kOrders1, TRANSACTION_COORDINATOR_FENCED}, {kOrders2, NOT_LEADER_OR_FOLLOWER}}});
  b.act([&](TransactionNode& n, Context& ctx) { n.answer_markers(ctx, 2, &response); });
  CHECK(b.node().markers.empty());
  CHECK(b.coordinator().markers().empty());
}

TEST_CASE(
    "shouldSkipSendMarkersWhenLeaderNotFound: a deleted partition needs no marker, even if its marker waits for a retry") {
  B b = committing();
  b.node().image.apply(b.node().image.last_offset() + 1, {1}, RemoveTopicRecord{1});
  b.answer_markers(UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(b.tx().partitions == std::set<TopicPartition>{kOrders1});
  b.disconnect_markers();
  CHECK(b.tx().state == CompleteCommit);
  CHECK(b.coordinator().markers().empty());
  B all_gone;
  all_gone.node().image.apply(all_gone.node().image.last_offset() + 1, {1}, RemoveTopicRecord{1});
  all_gone.load(B::value(PrepareAbort, 4, TV2, {kOrders0, kOrders1}));
  CHECK(all_gone.tx().state == CompleteAbort);
}

TEST_CASE(
    "shouldSaveForLaterWhenLeaderUnknownButNotAvailable: the leader is looked up again after request.timeout.ms") {
  B b;
  set_leader(b.node(), kOrders0, kNoBroker);
  b.load(B::value(PrepareCommit, 4, TV2, {kOrders0}));
  CHECK(b.node().markers.empty());
  CHECK(b.coordinator().markers().unknown_destinations() == 1);
  b.wait_ms(31000);
  CHECK(b.coordinator().markers().unknown_destinations() == 1);
  set_leader(b.node(), kOrders0, 3);
  CHECK(b.node().markers.empty());
  b.wait_ms(30000);
  REQUIRE(b.node().markers.size() == 1);
  CHECK(b.node().markers[0].first == 3);
  b.write_all_markers();
  CHECK(b.tx().state == CompleteCommit);
  CHECK(b.coordinator().markers().unknown_destinations() == 0);
}

TEST_CASE(
    "shouldGenerateRequestPerPartitionPerBroker: each broker has one request in flight, and other markers wait for the next one") {
  B b;
  for (const char* id : {"a", "b", "c"}) {
    InitProducerIdRequest init = b.init_request();
    init.transactional_id = id;
    const ProducerId pid = b.ask<InitProducerIdResponse>(init).producer_id;
    b.ask<AddPartitionsToTxnResponse>(AddPartitionsToTxnRequest{TV2, {{id, pid, 0, false, {kOrders0}}}});
    CHECK(b.ask<EndTxnResponse>(EndTxnRequest{id, pid, 0, true, TV2}).error == NONE);
  }
  REQUIRE(b.node().markers.size() == 1);
  CHECK(b.node().markers[0].second.markers.size() == 1);
  CHECK(b.coordinator().markers().queued(1) == 2);
  CHECK(b.coordinator().markers().awaits_answer(1));
  b.answer_markers();
  CHECK(b.tx("a").state == CompleteCommit);
  CHECK(b.tx("b").state == PrepareCommit);
  REQUIRE(b.node().markers.size() == 1);
  CHECK(b.node().markers[0].second.markers.size() == 2);
  b.answer_markers();
  CHECK(b.tx("c").state == CompleteCommit);
  CHECK(b.coordinator().markers().empty());
  b.act([](TransactionNode& n, Context& ctx) { n.answer_markers(ctx, 1, nullptr); });  // no answer is expected
  CHECK(b.node().markers.empty());
}

TEST_CASE(
    "shouldRemoveMarkersForTxnPartitionWhenPartitionEmigrated: markers are removed from the queues and from requests in flight") {
  B b = committing();
  set_leader(b.node(), kOrders1, kNoBroker);
  b.resign();
  CHECK(b.coordinator().markers().empty());
  b.write_all_markers();
  CHECK(b.coordinator().markers().empty());
  CHECK(b.coordinator().empty());
  CHECK_FALSE(b.world.faulted());
}

TEST_CASE("the records of __transaction_state are as long as Kafka's, in both versions") {
  B b;
  const auto size = [&](const TransactionLogValue& v) {
    const Record r = coordinator::encode_record(
        TransactionLogRecord{coordinator::TypedRecord<coordinator::TransactionLogKey, TransactionLogValue>{{"tx"}, v}},
        b.node().image, 0);
    return std::pair(r.key->size(), r.value->size());
  };
  using Size = std::pair<std::size_t, std::size_t>;
  TransactionLogValue empty = B::value(Empty, 0, TV0);
  CHECK(size(empty) == Size{6, 35});
  empty.value_version = 0;
  CHECK(size(empty) == Size{6, 37});
  CHECK(size(B::value(Ongoing, 0, TV2, {kOrders0})) == Size{6, 52});
  CHECK(size(B::value(Ongoing, 0, TV0, {kOrders0, kOrders1, {kOffsets, 3}})) == Size{6, 77});
}

}  // namespace transaction_test
