// A transactional producer by the book: each request, each of its errors. Names after Kafka's TransactionManagerTest.
#include <doctest/doctest.h>

#include "protocol/facts_of_clients.h"
#include "protocol/messages_data.h"
#include "protocol/messages_group.h"
#include "protocol/messages_transaction.h"
#include "rig.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;
using Kind = TransactionCall::Kind;

namespace {

ProducerOptions transactional(bool old = false) {
  ProducerOptions o = producer_options();
  if (old) o.config = Config(config_scope::kProducer, KafkaVersion::V2_5);
  o.config.set("transactional.id", std::string("tx-1"));
  return o;
}

struct Shop {
  Rig rig;
  NodeId n;
  std::int64_t now_ms = 0;
  explicit Shop(TransactionVersion version, ProducerOptions o = transactional(), int partitions = 1)
      : rig(1, partitions) {
    rig.broker().transaction_version = version;
    n = rig.add(std::move(o));
    run(1000);
  }
  void run(std::int64_t ms) { rig.run_ms(now_ms += ms); }
  Producer& producer() { return rig.producer(n); }
  const TransactionManager& txn() { return producer().transactions(); }
  std::string state() { return std::string(to_string(txn().state())); }
  void call(Kind kind) {
    rig.act(n, [&](protocol::Context& ctx) { producer().call(ctx, {kind}); });
  }
  void send_offsets(GroupMetadata group = {"billing", 3, "m-1", ""}) {
    rig.act(n, [&](protocol::Context& ctx) {
      producer().call(ctx, {Kind::SendOffsets, {{orders(0), Offset{5}, {}, ""}}, group});
    });
  }
  void fail(ApiKey api, ErrorCode error) { rig.broker().transaction_errors[api].push_back(error); }
  std::size_t count(ApiKey api) { return rig.broker().of(api).size(); }
  std::string exception() { return producer().stats().thrown ? producer().stats().thrown->class_name : ""; }
  std::string message() { return producer().stats().thrown ? producer().stats().thrown->message : ""; }
  std::string cause() { return producer().stats().thrown ? producer().stats().thrown->cause : ""; }
};

}  // namespace

TEST_CASE("initTransactions finds the coordinator and gets an id, the first try waiting for retry.backoff.ms") {
  Shop s(TransactionVersion::TV2);
  CHECK(s.state() == "READY");
  const auto found = s.rig.broker().of(api::FindCoordinator);
  REQUIRE(found.size() == 1);
  CHECK(protocol::get<FindCoordinatorRequest>(found[0].body).key_type == 1);
  const auto init = s.rig.broker().of(api::InitProducerId);
  REQUIRE(init.size() == 1);
  CHECK(protocol::get<InitProducerIdRequest>(init[0].body).transactional_id == "tx-1");
  CHECK((init[0].at - found[0].at).us >= 100000);
}

TEST_CASE("TV2: a commit flushes, needs no AddPartitionsToTxn, and its answer brings the next epoch") {
  Shop s(TransactionVersion::TV2);
  s.call(Kind::Begin);
  s.rig.produce(s.n, some(3));
  s.call(Kind::Commit);
  s.run(100);
  CHECK(s.state() == "READY");
  CHECK(s.count(api::AddPartitionsToTxn) == 0);
  const auto produced = s.rig.broker().of(api::Produce);
  REQUIRE(produced.size() == 1);
  const auto& request = protocol::get<ProduceRequest>(produced[0].body);
  CHECK(request.transactional_id == "tx-1");
  CHECK(request.transaction_version == TransactionVersion::TV2);
  CHECK(request.partitions[0].batch->transactional);
  CHECK(request.partitions[0].batch->base_sequence == 0);
  CHECK(s.txn().producer().epoch == 1);
  CHECK(s.producer().stats().acked == 3);
  s.call(Kind::Begin);
  s.rig.produce(s.n, some(1));
  s.call(Kind::Commit);
  s.run(100);
  const auto again = s.rig.broker().of(api::Produce);
  CHECK(protocol::get<ProduceRequest>(again[1].body).partitions[0].batch->base_sequence == 0);
}

TEST_CASE("before TV2 batches wait until their partition is added, once in a transaction; sequences go on") {
  Shop s(TransactionVersion::TV0);
  s.call(Kind::Begin);
  s.rig.produce(s.n, some(3));
  s.call(Kind::Commit);
  s.run(100);
  CHECK(s.count(api::AddPartitionsToTxn) == 1);
  const auto added = s.rig.broker().of(api::AddPartitionsToTxn), produced = s.rig.broker().of(api::Produce);
  CHECK(added[0].at < produced[0].at);
  CHECK(s.txn().producer().epoch == 0);
  s.call(Kind::Begin);
  s.rig.produce(s.n, some(1));
  s.call(Kind::Commit);
  s.run(100);
  CHECK(s.count(api::AddPartitionsToTxn) == 2);
  const auto again = s.rig.broker().of(api::Produce);
  CHECK(protocol::get<ProduceRequest>(again[1].body).partitions[0].batch->base_sequence == 3);
}

TEST_CASE("a transaction without a send ends without a request") {
  Shop s(TransactionVersion::TV2);
  s.call(Kind::Begin);
  s.call(Kind::Commit);
  s.call(Kind::Begin);
  s.call(Kind::Abort);
  s.run(100);
  CHECK(s.state() == "READY");
  CHECK(s.count(api::EndTxn) == 0);
  CHECK(s.exception().empty());
}

TEST_CASE("an abort fails the batches that were not sent, with TransactionAbortedException") {
  ProducerOptions o = transactional();
  o.config.set("linger.ms", std::int64_t{500});
  Shop s(TransactionVersion::TV2, o);
  s.call(Kind::Begin);
  s.rig.produce(s.n, some(2));
  s.call(Kind::Abort);
  s.run(100);
  CHECK(s.count(api::Produce) == 0);
  CHECK(s.producer().stats().failed == 2);
  CHECK(s.exception() == "TransactionAbortedException");
  CHECK(s.count(api::EndTxn) == 1);
  CHECK(s.state() == "READY");
}

TEST_CASE("the first AddPartitionsToTxn meets CONCURRENT_TRANSACTIONS and is tried again after 20 ms") {
  Shop s(TransactionVersion::TV0);
  s.fail(api::AddPartitionsToTxn, ErrorCode::CONCURRENT_TRANSACTIONS);
  s.call(Kind::Begin);
  s.rig.produce(s.n, some(1));
  s.run(200);
  const auto added = s.rig.broker().of(api::AddPartitionsToTxn);
  REQUIRE(added.size() == 2);
  CHECK((added[1].at - added[0].at).us < 25000);
  CHECK((added[1].at - added[0].at).us >= 20000);
}

TEST_CASE("each error of each request leads to its state") {
  struct Row {
    ApiKey api;
    ErrorCode error;
    std::string_view state;      // after the transaction's work, before anything is done about the error
    std::string_view exception;  // class that the blocked call throws, or that commitTransaction wraps
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
      {api::AddPartitionsToTxn, ErrorCode::TRANSACTION_ABORTABLE, "ABORTABLE_ERROR",
       "TransactionAbortableException"},
      {api::AddPartitionsToTxn, ErrorCode::UNKNOWN_SERVER_ERROR, "ABORTABLE_ERROR", "KafkaException"},
      {api::AddPartitionsToTxn, ErrorCode::CONCURRENT_TRANSACTIONS, "IN_TRANSACTION", ""},
      {api::AddPartitionsToTxn, ErrorCode::COORDINATOR_NOT_AVAILABLE, "IN_TRANSACTION", ""},
      {api::AddPartitionsToTxn, ErrorCode::NOT_COORDINATOR, "IN_TRANSACTION", ""},
      {api::AddPartitionsToTxn, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, "IN_TRANSACTION", ""},
      {api::AddPartitionsToTxn, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "IN_TRANSACTION", ""},
      {api::AddOffsetsToTxn, ErrorCode::PRODUCER_FENCED, "FATAL_ERROR", "ProducerFencedException"},
      {api::AddOffsetsToTxn, ErrorCode::INVALID_TXN_STATE, "FATAL_ERROR", "InvalidTxnStateException"},
      {api::AddOffsetsToTxn, ErrorCode::UNKNOWN_SERVER_ERROR, "FATAL_ERROR", "KafkaException"},
      {api::AddOffsetsToTxn, ErrorCode::GROUP_AUTHORIZATION_FAILED, "ABORTABLE_ERROR",
       "GroupAuthorizationException"},
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
      {api::TxnOffsetCommit, ErrorCode::GROUP_AUTHORIZATION_FAILED, "ABORTABLE_ERROR",
       "GroupAuthorizationException"},
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

TEST_CASE("each error of Produce in a transaction: tried again, abortable, or the producer's end") {
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
      s.call(Kind::Abort);  // the way out of an abortable error; there is none out of a fatal one
      s.run(1000);
      CHECK(s.state() == (row.state == "FATAL_ERROR" ? "FATAL_ERROR" : "READY"));
    }
}

TEST_CASE("retries that are used up make a retriable error of Produce abortable, with the error as its cause") {
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

TEST_CASE("an abort that is refused as abortable ends the producer") {
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

TEST_CASE("each error of FindCoordinator, of a transaction's and of a group's coordinator") {
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

TEST_CASE("AddPartitionsToTxn waits for retry.backoff.ms again after an error that is not CONCURRENT_TRANSACTIONS") {
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

TEST_CASE("a commit or an abort that blocks delays what the program would have sent, and nothing comes in a burst") {
  for (const std::int32_t abort_every : {0, 1}) {
    CAPTURE(abort_every);
    ProducerOptions o = transactional();
    o.rate_millionths = 100000000;  // one in 10 ms
    o.transaction = TransactionPlan{5, abort_every};
    o.config.set("max.block.ms", std::int64_t{1000});
    o.config.set("request.timeout.ms", std::int64_t{3000});
    Shop s(TransactionVersion::TV2, o);
    s.rig.broker().unanswered = {api::EndTxn};
    s.run(2000);
    const std::int64_t before = s.producer().stats().sent;
    s.rig.broker().unanswered.clear();
    s.run(4000);
    CHECK(s.producer().stats().sent > before);
    CHECK(s.producer().stats().sent < before + 400);
    const auto sent = s.rig.watch.of(Trace::RecordSent);
    for (std::size_t i = 0; i + 1 < sent.size(); ++i) CHECK(gap_ms(sent, i) >= 9);
  }
}

TEST_CASE("each change of a transactional producer's state is a fact, with the error that led there") {
  Shop s(TransactionVersion::TV2);
  s.call(Kind::Begin);
  s.rig.broker().produce_errors = {ErrorCode::INVALID_TXN_STATE};
  s.rig.produce(s.n, some(1));
  s.run(100);
  s.call(Kind::Abort);
  s.run(100);
  std::string all;
  for (const auto& f : s.rig.watch.facts<fact::ProducerTransaction>())
    all += std::string(to_string(static_cast<TransactionState>(f.to))) + "/" + std::to_string(f.producer_epoch) + " " +
           f.exception.str() + "\n";
  CHECK(all ==
        "INITIALIZING/-1 \nREADY/0 \nIN_TRANSACTION/0 \nABORTABLE_ERROR/0 TransactionAbortableException\n"
        "ABORTING_TRANSACTION/0 \nREADY/1 \n");
  Rig plain;
  plain.add(producer_options());
  plain.run_ms(1000);
  CHECK(plain.watch.facts<fact::ProducerTransaction>().empty());
}

TEST_CASE("each error of InitProducerId leads to its state") {
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

TEST_CASE("a batch refused with INVALID_PRODUCER_EPOCH: abort and go on in 4.1, fenced in 2.5") {
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
    if (!old) CHECK(s.count(api::InitProducerId) == 2);  // KIP-360: with a raised epoch
  }
}

TEST_CASE(
    "after an abortable error the abort raises the epoch, and sequences begin again (KIP-360); with TV2 EndTxn does") {
  for (const TransactionVersion v : {TransactionVersion::TV0, TransactionVersion::TV2}) {
    Shop s(v);
    s.rig.broker().produce_errors = {ErrorCode::INVALID_TXN_STATE};
    s.call(Kind::Begin);
    s.rig.produce(s.n, some(2));
    s.run(100);
    CHECK(s.state() == "ABORTABLE_ERROR");
    CHECK(s.txn().last_error()->class_name == "TransactionAbortableException");
    s.call(Kind::Commit);
    CHECK(s.exception() == "KafkaException");
    CHECK(s.message() == "Cannot execute transactional method because we are in an error state");
    CHECK(s.cause() == "TransactionAbortableException");
    s.call(Kind::Abort);
    s.run(500);
    CHECK(s.state() == "READY");
    CHECK(s.txn().producer().epoch == 1);
    CHECK(s.count(api::InitProducerId) == (v == TransactionVersion::TV0 ? 2 : 1));
    s.call(Kind::Begin);
    s.rig.produce(s.n, some(1));
    s.call(Kind::Commit);
    s.run(100);
    const auto produced = s.rig.broker().of(api::Produce);
    CHECK(protocol::get<ProduceRequest>(produced.back().body).partitions[0].batch->base_sequence == 0);
  }
}

TEST_CASE("a record out of a transaction is refused with IllegalStateException, and stays in its batch unsent") {
  Shop s(TransactionVersion::TV2);
  s.rig.produce(s.n, some(1));
  s.run(100);
  CHECK(s.exception() == "IllegalStateException");
  CHECK(s.message() == "Cannot add partition orders-0 to transaction while in state  READY");
  CHECK(s.count(api::Produce) == 0);
}

TEST_CASE("commitTransaction without beginTransaction is an illegal transition, and does no harm") {
  Shop s(TransactionVersion::TV2);
  s.call(Kind::Commit);
  CHECK(s.exception() == "IllegalStateException");
  CHECK(s.message() ==
        "TransactionalId tx-1: Invalid transition attempted from state READY to state COMMITTING_TRANSACTION");
  CHECK(s.state() == "READY");
}

TEST_CASE("a commit that times out must be called again: nothing else is allowed until then") {
  ProducerOptions o = transactional();
  o.config.set("max.block.ms", std::int64_t{2000});
  Shop s(TransactionVersion::TV2, o);
  s.rig.broker().unanswered = {api::EndTxn};
  s.call(Kind::Begin);
  s.rig.produce(s.n, some(1));
  s.call(Kind::Commit);
  s.run(1900);
  CHECK(s.producer().calling());
  s.run(200);
  CHECK(s.exception() == "TimeoutException");
  CHECK(s.message() == "Timeout expired after 2000ms while awaiting EndTxn(true)");
  s.call(Kind::Abort);
  CHECK(s.exception() == "IllegalStateException");
  CHECK(
      s.message() ==
      "Cannot attempt operation `abortTransaction` because the previous call to `commitTransaction` timed out and must "
      "be retried");
  s.rig.broker().unanswered.clear();
  s.call(Kind::Commit);
  s.run(1000);
  CHECK(s.state() == "COMMITTING_TRANSACTION");  // until request.timeout.ms shows that the first EndTxn is lost
}

TEST_CASE(
    "offsets go to the group's coordinator with the member's generation (KIP-447); only before TV2 is it added first") {
  for (const TransactionVersion v : {TransactionVersion::TV0, TransactionVersion::TV2}) {
    Shop s(v);
    s.call(Kind::Begin);
    s.send_offsets();
    s.call(Kind::Commit);
    s.run(1000);
    CHECK(s.state() == "READY");
    CHECK(s.count(api::AddOffsetsToTxn) == (v == TransactionVersion::TV0 ? 1 : 0));
    const auto committed = s.rig.broker().of(api::TxnOffsetCommit);
    REQUIRE(committed.size() == 1);
    const auto& r = protocol::get<TxnOffsetCommitRequest>(committed[0].body);
    CHECK(r.generation_id == 3);
    CHECK(r.member_id == "m-1");
    CHECK(r.transaction_version == v);
    CHECK(s.count(api::EndTxn) == 1);
  }
}

TEST_CASE("a fenced producer's loop closes; what it had handed over fails") {
  ProducerOptions o = transactional();
  o.rate_millionths = 100000000;
  o.transaction = TransactionPlan{5, 0};
  Shop s(TransactionVersion::TV2, o);
  s.fail(api::EndTxn, ErrorCode::PRODUCER_FENCED);
  s.run(1000);
  CHECK(s.exception() == "ProducerFencedException");
  CHECK_FALSE(s.rig.world.alive(s.n));
}

TEST_CASE("the loop: every third transaction aborts, and nothing is made up for after a slow commit") {
  ProducerOptions o = transactional();
  o.rate_millionths = 100000000;  // one in 10 ms
  o.count = 30;
  o.transaction = TransactionPlan{5, 3};
  Shop s(TransactionVersion::TV2, o);
  s.run(2000);
  int committed = 0, aborted = 0;
  for (const auto& seen : s.rig.broker().of(api::EndTxn))
    ++(protocol::get<EndTxnRequest>(seen.body).committed ? committed : aborted);
  CHECK(committed == 4);
  CHECK(aborted == 2);
  CHECK(s.producer().stats().sent == 30);
  const auto sent = s.rig.watch.of(Trace::RecordSent);
  for (std::size_t i = 0; i + 1 < sent.size(); ++i) CHECK(gap_ms(sent, i) >= 9);
}

TEST_CASE("close() aborts the transaction that is open") {
  Shop s(TransactionVersion::TV2);
  s.call(Kind::Begin);
  s.rig.produce(s.n, some(1));
  s.run(100);
  s.rig.act(s.n, [&](protocol::Context& ctx) { s.producer().request_stop(ctx); });
  s.run(500);
  const auto ended = s.rig.broker().of(api::EndTxn);
  REQUIRE(ended.size() == 1);
  CHECK_FALSE(protocol::get<EndTxnRequest>(ended[0].body).committed);
  CHECK_FALSE(s.rig.world.alive(s.n));
}

TEST_CASE("delivery.timeout.ms inside a transaction makes it abortable") {
  ProducerOptions o = transactional();
  o.config.set("delivery.timeout.ms", std::int64_t{2000});
  o.config.set("request.timeout.ms", std::int64_t{1000});
  Shop s(TransactionVersion::TV2, o);
  s.rig.broker().swallow_produce_answers = true;
  s.call(Kind::Begin);
  s.rig.produce(s.n, some(1));
  s.run(3500);
  CHECK(s.state() == "ABORTABLE_ERROR");
  CHECK(s.exception() == "TimeoutException");
  // Its sequence numbers stay unresolved, which is the last word (maybeResolveSequences).
  CHECK(
      s.txn().last_error()->message ==
      "The client hasn't received acknowledgment for some previously sent messages and can no longer retry them. It is "
      "safe to abort the transaction and continue.");
  s.rig.broker().swallow_produce_answers = false;
  s.call(Kind::Abort);
  s.run(1000);
  CHECK(s.state() == "READY");
}

TEST_CASE("a record that was refused out of a transaction leaves with the next one that has its partition") {
  Shop s(TransactionVersion::TV2);
  s.rig.produce(s.n, some(1));
  s.run(100);
  s.call(Kind::Begin);
  s.rig.produce(s.n, some(1));
  s.call(Kind::Commit);
  s.run(100);
  CHECK(s.rig.broker().records(orders(0)).size() == 2);
}

TEST_CASE("a program calls commitTransaction again after a time-out, sends nothing meanwhile and goes on") {
  ProducerOptions o = transactional();
  o.rate_millionths = 100000000;
  o.transaction = TransactionPlan{5, 0};
  o.config.set("max.block.ms", std::int64_t{1000});
  o.config.set("request.timeout.ms", std::int64_t{3000});
  Shop s(TransactionVersion::TV2, o);
  s.rig.broker().unanswered = {api::EndTxn};
  s.run(3000);
  const std::int64_t sent = s.producer().stats().sent;
  CHECK(s.exception() == "TimeoutException");
  CHECK(s.state() == "COMMITTING_TRANSACTION");
  s.run(500);
  CHECK(s.producer().stats().sent == sent);
  s.rig.broker().unanswered.clear();
  s.run(5000);
  CHECK(s.producer().stats().sent > sent);
  CHECK(s.producer().stats().errors.count("IllegalStateException") == 0);
}

TEST_CASE("a program aborts after an exception of send(), and goes on with the next records") {
  ProducerOptions o = transactional();
  o.rate_millionths = 100000000;
  o.transaction = TransactionPlan{5, 0};
  Shop s(TransactionVersion::TV2, o);
  s.rig.broker().produce_errors = {ErrorCode::INVALID_TXN_STATE};
  s.run(1000);
  CHECK(s.producer().stats().errors.at("InvalidTxnStateException") > 0);
  int aborted = 0, committed = 0;
  for (const auto& seen : s.rig.broker().of(api::EndTxn))
    ++(protocol::get<EndTxnRequest>(seen.body).committed ? committed : aborted);
  CHECK(aborted == 1);
  CHECK(committed > 5);
}
