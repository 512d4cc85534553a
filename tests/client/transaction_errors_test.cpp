// The effect of each error of each request on a transactional producer. Names follow Kafka's TransactionManagerTest.
#include <doctest/doctest.h>

#include "protocol/facts_of_clients.h"
#include "protocol/messages_data.h"
#include "protocol/messages_transaction.h"
#include "transactional_shop.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;
using Kind = TransactionCall::Kind;

TEST_CASE(
    "each error of AddPartitionsToTxn, AddOffsetsToTxn, TxnOffsetCommit and EndTxn leads to its state and exception") {
  struct Row {
    ApiKey api;
    ErrorCode error;
    std::string_view state;      // after the transaction's calls, before the application reacts to the error
    std::string_view exception;  // exception class that the blocked call throws, or that commitTransaction wraps
  };
  const Row rows[] = {
      {api::AddPartitionsToTxn, ErrorCode::PRODUCER_FENCED, "FATAL_ERROR", "ProducerFencedException"},
      {api::AddPartitionsToTxn, ErrorCode::INVALID_PRODUCER_EPOCH, "FATAL_ERROR", "ProducerFencedException"},
      {api::AddPartitionsToTxn, ErrorCode::INVALID_TXN_STATE, "FATAL_ERROR", "InvalidTxnStateException"},
      {api::AddPartitionsToTxn, ErrorCode::INVALID_PRODUCER_ID_MAPPING, "FATAL_ERROR", "InvalidPidMappingException"},
      {api::AddPartitionsToTxn, ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "FATAL_ERROR",
       "TransactionalIdAuthorizationException"},
      {api::AddPartitionsToTxn, ErrorCode::TOPIC_AUTHORIZATION_FAILED, "ABORTABLE_ERROR",
       "TopicAuthorizationException"},
      {api::AddPartitionsToTxn, ErrorCode::OPERATION_NOT_ATTEMPTED, "ABORTABLE_ERROR", "KafkaException"},
      {api::AddPartitionsToTxn, ErrorCode::UNKNOWN_PRODUCER_ID, "ABORTABLE_ERROR", "UnknownProducerIdException"},
      {api::AddPartitionsToTxn, ErrorCode::TRANSACTION_ABORTABLE, "ABORTABLE_ERROR", "TransactionAbortableException"},
      {api::AddPartitionsToTxn, ErrorCode::UNKNOWN_SERVER_ERROR, "ABORTABLE_ERROR", "KafkaException"},
      {api::AddPartitionsToTxn, ErrorCode::CONCURRENT_TRANSACTIONS, "IN_TRANSACTION", ""},
      {api::AddPartitionsToTxn, ErrorCode::COORDINATOR_NOT_AVAILABLE, "IN_TRANSACTION", ""},
      {api::AddPartitionsToTxn, ErrorCode::NOT_COORDINATOR, "IN_TRANSACTION", ""},
      {api::AddPartitionsToTxn, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, "IN_TRANSACTION", ""},
      {api::AddPartitionsToTxn, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "IN_TRANSACTION", ""},
      {api::AddOffsetsToTxn, ErrorCode::PRODUCER_FENCED, "FATAL_ERROR", "ProducerFencedException"},
      {api::AddOffsetsToTxn, ErrorCode::INVALID_TXN_STATE, "FATAL_ERROR", "InvalidTxnStateException"},
      {api::AddOffsetsToTxn, ErrorCode::UNKNOWN_SERVER_ERROR, "FATAL_ERROR", "KafkaException"},
      {api::AddOffsetsToTxn, ErrorCode::GROUP_AUTHORIZATION_FAILED, "ABORTABLE_ERROR", "GroupAuthorizationException"},
      {api::AddOffsetsToTxn, ErrorCode::UNKNOWN_PRODUCER_ID, "ABORTABLE_ERROR", "UnknownProducerIdException"},
      {api::AddOffsetsToTxn, ErrorCode::INVALID_PRODUCER_EPOCH, "FATAL_ERROR", "ProducerFencedException"},
      {api::AddOffsetsToTxn, ErrorCode::INVALID_PRODUCER_ID_MAPPING, "FATAL_ERROR", "InvalidPidMappingException"},
      {api::AddOffsetsToTxn, ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "FATAL_ERROR",
       "TransactionalIdAuthorizationException"},
      {api::AddOffsetsToTxn, ErrorCode::TRANSACTION_ABORTABLE, "ABORTABLE_ERROR", "TransactionAbortableException"},
      {api::AddOffsetsToTxn, ErrorCode::CONCURRENT_TRANSACTIONS, "IN_TRANSACTION", ""},
      {api::AddOffsetsToTxn, ErrorCode::COORDINATOR_NOT_AVAILABLE, "IN_TRANSACTION", ""},
      {api::AddOffsetsToTxn, ErrorCode::NOT_COORDINATOR, "IN_TRANSACTION", ""},
      {api::AddOffsetsToTxn, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, "IN_TRANSACTION", ""},
      {api::TxnOffsetCommit, ErrorCode::PRODUCER_FENCED, "FATAL_ERROR", "ProducerFencedException"},
      {api::TxnOffsetCommit, ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "FATAL_ERROR",
       "TransactionalIdAuthorizationException"},
      {api::TxnOffsetCommit, ErrorCode::INVALID_TXN_STATE, "FATAL_ERROR", "KafkaException"},
      {api::TxnOffsetCommit, ErrorCode::ILLEGAL_GENERATION, "ABORTABLE_ERROR", "CommitFailedException"},
      {api::TxnOffsetCommit, ErrorCode::UNKNOWN_MEMBER_ID, "ABORTABLE_ERROR", "CommitFailedException"},
      {api::TxnOffsetCommit, ErrorCode::FENCED_INSTANCE_ID, "ABORTABLE_ERROR", "FencedInstanceIdException"},
      {api::TxnOffsetCommit, ErrorCode::GROUP_AUTHORIZATION_FAILED, "ABORTABLE_ERROR", "GroupAuthorizationException"},
      {api::TxnOffsetCommit, ErrorCode::INVALID_PRODUCER_EPOCH, "FATAL_ERROR", "ProducerFencedException"},
      {api::TxnOffsetCommit, ErrorCode::INVALID_PRODUCER_ID_MAPPING, "FATAL_ERROR", "KafkaException"},
      {api::TxnOffsetCommit, ErrorCode::TRANSACTION_ABORTABLE, "ABORTABLE_ERROR", "TransactionAbortableException"},
      {api::TxnOffsetCommit, ErrorCode::COORDINATOR_NOT_AVAILABLE, "IN_TRANSACTION", ""},
      {api::TxnOffsetCommit, ErrorCode::NOT_COORDINATOR, "IN_TRANSACTION", ""},
      {api::TxnOffsetCommit, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "IN_TRANSACTION", ""},
      {api::TxnOffsetCommit, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, "IN_TRANSACTION", ""},
      {api::TxnOffsetCommit, ErrorCode::REQUEST_TIMED_OUT, "IN_TRANSACTION", ""},
      {api::TxnOffsetCommit, ErrorCode::CONCURRENT_TRANSACTIONS, "IN_TRANSACTION", ""},
      {api::EndTxn, ErrorCode::PRODUCER_FENCED, "FATAL_ERROR", "ProducerFencedException"},
      {api::EndTxn, ErrorCode::INVALID_TXN_STATE, "FATAL_ERROR", "InvalidTxnStateException"},
      {api::EndTxn, ErrorCode::INVALID_PRODUCER_ID_MAPPING, "FATAL_ERROR", "InvalidPidMappingException"},
      {api::EndTxn, ErrorCode::UNKNOWN_SERVER_ERROR, "FATAL_ERROR", "KafkaException"},
      {api::EndTxn, ErrorCode::UNKNOWN_PRODUCER_ID, "ABORTABLE_ERROR", "UnknownProducerIdException"},
      {api::EndTxn, ErrorCode::TRANSACTION_ABORTABLE, "ABORTABLE_ERROR", "TransactionAbortableException"},
      {api::EndTxn, ErrorCode::INVALID_PRODUCER_EPOCH, "FATAL_ERROR", "ProducerFencedException"},
      {api::EndTxn, ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "FATAL_ERROR",
       "TransactionalIdAuthorizationException"},
      {api::EndTxn, ErrorCode::COORDINATOR_NOT_AVAILABLE, "READY", ""},
      {api::EndTxn, ErrorCode::CONCURRENT_TRANSACTIONS, "READY", ""},
      {api::EndTxn, ErrorCode::NOT_COORDINATOR, "READY", ""},
      {api::EndTxn, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, "READY", ""},
  };
  for (const Row& row : rows) {
    const std::string_view shown = protocol::name(row.error);
    CAPTURE(static_cast<int>(row.api));
    CAPTURE(shown);
    Shop s(TransactionVersion::TV0);
    s.fail(row.api, row.error);
    s.call(Kind::Begin);
    s.rig.produce(s.n, some(1));
    const bool offsets = row.api == api::AddOffsetsToTxn || row.api == api::TxnOffsetCommit;
    if (offsets) s.send_offsets();
    if (row.api == api::EndTxn) s.call(Kind::Commit);
    s.run(500);
    CHECK(s.state() == row.state);
    if (row.exception.empty()) {
      CHECK(s.exception().empty());
      continue;
    }
    REQUIRE(s.txn().last_error());
    CHECK(s.txn().last_error()->class_name == row.exception);
    if (offsets || row.api == api::EndTxn) CHECK(s.exception() == row.exception);
  }
}

TEST_CASE("each error of Produce in a transaction is retried, makes the transaction abortable, or ends the producer") {
  struct Row {
    ErrorCode error;
    std::string_view state, exception;
  };
  const Row rows[] = {
      {ErrorCode::NOT_ENOUGH_REPLICAS, "IN_TRANSACTION", ""},
      {ErrorCode::NOT_LEADER_OR_FOLLOWER, "IN_TRANSACTION", ""},
      {ErrorCode::CONCURRENT_TRANSACTIONS, "IN_TRANSACTION", ""},
      {ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, "IN_TRANSACTION", ""},
      {ErrorCode::TRANSACTION_ABORTABLE, "ABORTABLE_ERROR", "TransactionAbortableException"},
      {ErrorCode::INVALID_TXN_STATE, "ABORTABLE_ERROR", "TransactionAbortableException"},
      {ErrorCode::INVALID_PRODUCER_EPOCH, "ABORTABLE_ERROR", "InvalidProducerEpochException"},
      {ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER, "ABORTABLE_ERROR", "OutOfOrderSequenceException"},
      {ErrorCode::MESSAGE_TOO_LARGE, "ABORTABLE_ERROR", "RecordTooLargeException"},
      {ErrorCode::TOPIC_AUTHORIZATION_FAILED, "ABORTABLE_ERROR", "TopicAuthorizationException"},
      {ErrorCode::UNKNOWN_SERVER_ERROR, "ABORTABLE_ERROR", "UnknownServerException"},
      {ErrorCode::PRODUCER_FENCED, "FATAL_ERROR", "ProducerFencedException"},
      {ErrorCode::INVALID_PRODUCER_ID_MAPPING, "FATAL_ERROR", "InvalidPidMappingException"},
      {ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "FATAL_ERROR", "TransactionalIdAuthorizationException"},
      {ErrorCode::CLUSTER_AUTHORIZATION_FAILED, "FATAL_ERROR", "ClusterAuthorizationException"},
  };
  for (const TransactionVersion version : {TransactionVersion::TV0, TransactionVersion::TV2})
    for (const Row& row : rows) {
      const std::string_view shown = protocol::name(row.error);
      CAPTURE(shown);
      Shop s(version);
      s.rig.broker().produce_errors = {row.error};
      s.call(Kind::Begin);
      s.rig.produce(s.n, some(1));
      s.run(1000);
      CHECK(s.state() == row.state);
      CHECK(s.producer().stats().acked == (row.exception.empty() ? 1 : 0));
      if (row.exception.empty()) continue;
      REQUIRE(s.txn().last_error());
      CHECK(s.txn().last_error()->class_name == row.exception);
      s.call(Kind::Abort);  // an abort ends an abortable error, but not a fatal one
      s.run(1000);
      CHECK(s.state() == (row.state == "FATAL_ERROR" ? "FATAL_ERROR" : "READY"));
    }
}

TEST_CASE("when a Produce has no retries left, its error makes the transaction abortable and is named as the cause") {
  ProducerOptions o = transactional();
  o.config.set("retries", std::int64_t{1});
  Shop s(TransactionVersion::TV2, o);
  s.rig.broker().produce_errors = {ErrorCode::NOT_ENOUGH_REPLICAS, ErrorCode::NOT_ENOUGH_REPLICAS};
  s.call(Kind::Begin);
  s.rig.produce(s.n, some(1));
  s.run(1000);
  CHECK(s.state() == "ABORTABLE_ERROR");
  REQUIRE(s.txn().last_error());
  CHECK(s.txn().last_error()->class_name == "TransactionAbortableException");
  CHECK(s.txn().last_error()->cause == "NotEnoughReplicasException");
}

TEST_CASE("an EndTxn for an abort that gets TRANSACTION_ABORTABLE ends the producer") {
  Shop s(TransactionVersion::TV2);
  s.fail(api::EndTxn, ErrorCode::TRANSACTION_ABORTABLE);
  s.call(Kind::Begin);
  s.rig.produce(s.n, some(1));
  s.call(Kind::Abort);
  s.run(500);
  CHECK(s.state() == "FATAL_ERROR");
  CHECK(s.exception() == "KafkaException");
  CHECK(s.message() == "Failed to abort transaction");
  CHECK(s.cause() == "TransactionAbortableException");
}

TEST_CASE("each error of FindCoordinator, for a transaction or a group, leads to its state and exception") {
  struct Row {
    ErrorCode error;
    std::string_view state, exception;
    bool group;
  };
  for (const Row& row :
       {Row{ErrorCode::COORDINATOR_NOT_AVAILABLE, "READY", "", false},
        Row{ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "FATAL_ERROR", "TransactionalIdAuthorizationException",
            false},
        Row{ErrorCode::TRANSACTION_ABORTABLE, "ABORTABLE_ERROR", "TransactionAbortableException", false},
        Row{ErrorCode::INVALID_REQUEST, "FATAL_ERROR", "KafkaException", false},
        Row{ErrorCode::COORDINATOR_NOT_AVAILABLE, "IN_TRANSACTION", "", true},
        Row{ErrorCode::GROUP_AUTHORIZATION_FAILED, "ABORTABLE_ERROR", "GroupAuthorizationException", true},
        Row{ErrorCode::INVALID_REQUEST, "FATAL_ERROR", "KafkaException", true}}) {
    CAPTURE(protocol::name(row.error));
    Rig rig;
    rig.broker().transaction_version = TransactionVersion::TV2;
    if (!row.group) rig.broker().coordinator_errors.push_back(row.error);
    const NodeId n = rig.add(transactional());
    rig.run_ms(1000);
    if (row.group) {
      rig.broker().coordinator_errors.push_back(row.error);
      rig.act(n, [&](protocol::Context& ctx) {
        rig.producer(n).call(ctx, {Kind::Begin});
        rig.producer(n).call(ctx, {Kind::SendOffsets, {{orders(0), Offset{5}, {}, ""}}, {"billing", 3, "m-1", ""}});
      });
      rig.run_ms(2000);
    }
    const TransactionManager& t = rig.producer(n).transactions();
    CHECK(to_string(t.state()) == row.state);
    CHECK((t.last_error() ? t.last_error()->class_name : "") == row.exception);
  }
}

TEST_CASE("AddPartitionsToTxn is retried after retry.backoff.ms if the error is not CONCURRENT_TRANSACTIONS") {
  Shop s(TransactionVersion::TV0);
  s.fail(api::AddPartitionsToTxn, ErrorCode::CONCURRENT_TRANSACTIONS);
  s.fail(api::AddPartitionsToTxn, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  s.call(Kind::Begin);
  s.rig.produce(s.n, some(1));
  s.run(500);
  const auto added = s.rig.broker().of(api::AddPartitionsToTxn);
  REQUIRE(added.size() == 3);
  CHECK((added[1].at - added[0].at).us < 25000);
  CHECK((added[2].at - added[1].at).us >= 100000);
}

TEST_CASE("each error of InitProducerId leads to its state and exception") {
  struct Row {
    ErrorCode error;
    std::string_view state, exception;
  };
  for (const Row& row :
       {Row{ErrorCode::CONCURRENT_TRANSACTIONS, "READY", ""}, Row{ErrorCode::NOT_COORDINATOR, "READY", ""},
        Row{ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, "READY", ""},
        Row{ErrorCode::PRODUCER_FENCED, "FATAL_ERROR", "ProducerFencedException"},
        Row{ErrorCode::INVALID_PRODUCER_EPOCH, "FATAL_ERROR", "ProducerFencedException"},
        Row{ErrorCode::INVALID_TRANSACTION_TIMEOUT, "FATAL_ERROR", "KafkaException"},
        Row{ErrorCode::TRANSACTION_ABORTABLE, "ABORTABLE_ERROR", "TransactionAbortableException"},
        Row{ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "UNINITIALIZED",
            "TransactionalIdAuthorizationException"}}) {
    CAPTURE(protocol::name(row.error));
    Rig rig;
    rig.broker().init_errors.push_back(row.error);
    const NodeId n = rig.add(transactional());
    rig.run_ms(1000);
    CHECK(to_string(rig.producer(n).transactions().state()) == row.state);
    CHECK((rig.producer(n).stats().thrown ? rig.producer(n).stats().thrown->class_name : "") == row.exception);
  }
}

TEST_CASE(
    "a batch refused with INVALID_PRODUCER_EPOCH makes the transaction abortable in 4.1 and fences the producer in 2.5") {
  for (const bool old : {false, true}) {
    CAPTURE(old);
    Shop s(TransactionVersion::TV0, transactional(old));
    s.rig.broker().produce_errors = {ErrorCode::INVALID_PRODUCER_EPOCH};
    s.call(Kind::Begin);
    s.rig.produce(s.n, some(1));
    s.run(100);
    CHECK(s.state() == (old ? "FATAL_ERROR" : "ABORTABLE_ERROR"));
    CHECK(s.exception() == (old ? "ProducerFencedException" : "InvalidProducerEpochException"));
    s.call(Kind::Abort);
    s.run(500);
    CHECK(s.state() == (old ? "FATAL_ERROR" : "READY"));
    if (!old) CHECK(s.count(api::InitProducerId) == 2);  // KIP-360: InitProducerId raises the epoch
  }
}
