// A transactional producer: its requests, its states, its application. Names follow Kafka's TransactionManagerTest.
// transaction_errors_test.cpp: the effects of each error.
#include <doctest/doctest.h>

#include "protocol/facts_of_clients.h"
#include "protocol/messages_data.h"
#include "protocol/messages_group.h"
#include "protocol/messages_transaction.h"
#include "transactional_shop.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;
using Kind = TransactionCall::Kind;

TEST_CASE("initTransactions() finds the coordinator and sends InitProducerId after retry.backoff.ms") {
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

TEST_CASE("TV2: a commit flushes the batches, needs no AddPartitionsToTxn, and its answer has the next epoch") {
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

TEST_CASE(
    "before TV2 batches wait until their partition is added to the transaction, and sequences continue in the next one") {
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

TEST_CASE("an abort fails unsent batches with TransactionAbortedException") {
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

TEST_CASE("the first AddPartitionsToTxn of a transaction is retried 20 ms after CONCURRENT_TRANSACTIONS") {
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

TEST_CASE("records that a blocked commit or abort delays are not sent in a burst afterwards") {
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

TEST_CASE("each change of a transactional producer's state is a fact with the error that caused it") {
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

TEST_CASE(
    "after an abortable error the abort raises the epoch and resets sequences, by InitProducerId (KIP-360) or, with TV2, by EndTxn") {
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

TEST_CASE("send() outside a transaction throws IllegalStateException, and the record stays in its batch unsent") {
  Shop s(TransactionVersion::TV2);
  s.rig.produce(s.n, some(1));
  s.run(100);
  CHECK(s.exception() == "IllegalStateException");
  CHECK(s.message() == "Cannot add partition orders-0 to transaction while in state  READY");
  CHECK(s.count(api::Produce) == 0);
}

TEST_CASE(
    "commitTransaction() without beginTransaction() throws IllegalStateException and leaves the state unchanged") {
  Shop s(TransactionVersion::TV2);
  s.call(Kind::Commit);
  CHECK(s.exception() == "IllegalStateException");
  CHECK(s.message() ==
        "TransactionalId tx-1: Invalid transition attempted from state READY to state COMMITTING_TRANSACTION");
  CHECK(s.state() == "READY");
}

TEST_CASE("after a commit that timed out only another commitTransaction() is allowed") {
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
  CHECK(s.state() == "COMMITTING_TRANSACTION");  // until request.timeout.ms shows that the first EndTxn was lost
}

TEST_CASE(
    "TxnOffsetCommit carries the member's generation (KIP-447); only before TV2 does AddOffsetsToTxn come before it") {
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

TEST_CASE("a fenced producer closes and exits") {
  ProducerOptions o = transactional();
  o.rate_millionths = 100000000;
  o.transaction = TransactionPlan{5, 0};
  Shop s(TransactionVersion::TV2, o);
  s.fail(api::EndTxn, ErrorCode::PRODUCER_FENCED);
  s.run(1000);
  CHECK(s.exception() == "ProducerFencedException");
  CHECK_FALSE(s.rig.world.alive(s.n));
}

TEST_CASE("with abort_every=3 every third transaction aborts, and records keep their rate after a commit") {
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

TEST_CASE("close() aborts an open transaction") {
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

TEST_CASE("a batch that exceeds delivery.timeout.ms makes its transaction abortable") {
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
  // Its sequence numbers stay unresolved, and that is the final error (maybeResolveSequences).
  CHECK(
      s.txn().last_error()->message ==
      "The client hasn't received acknowledgment for some previously sent messages and can no longer retry them. It is "
      "safe to abort the transaction and continue.");
  s.rig.broker().swallow_produce_answers = false;
  s.call(Kind::Abort);
  s.run(1000);
  CHECK(s.state() == "READY");
}

TEST_CASE("a record that was refused outside a transaction is sent with the next transaction that has its partition") {
  Shop s(TransactionVersion::TV2);
  s.rig.produce(s.n, some(1));
  s.run(100);
  s.call(Kind::Begin);
  s.rig.produce(s.n, some(1));
  s.call(Kind::Commit);
  s.run(100);
  CHECK(s.rig.broker().records(orders(0)).size() == 2);
}

TEST_CASE("an ApiException of send() outside a transaction, or after a fatal error, is an IllegalStateException") {
  ProducerOptions o = transactional();
  o.config.set("max.request.size", std::int64_t{10});
  Shop s(TransactionVersion::TV2, o);
  s.rig.produce(s.n, some(1));
  s.run(100);
  CHECK(s.exception() == "IllegalStateException");
  CHECK(s.message() == "TransactionalId tx-1: Invalid transition attempted from state READY to state ABORTABLE_ERROR");
  CHECK(s.state() == "READY");
  s.call(Kind::Begin);
  s.rig.produce(s.n, some(1));
  s.run(100);
  CHECK(s.state() == "ABORTABLE_ERROR");
  CHECK(s.txn().last_error()->class_name == "RecordTooLargeException");
}

TEST_CASE("after a fatal error a call whose request waits behind another ends after max.block.ms; in 2.5, never") {
  for (const bool old : {false, true}) {
    ProducerOptions o = transactional(old);
    o.config.set("max.block.ms", std::int64_t{6000});
    Shop s(TransactionVersion::TV0, o);
    s.fail(api::AddPartitionsToTxn, ErrorCode::INVALID_PRODUCER_EPOCH);
    s.call(Kind::Begin);
    s.rig.produce(s.n, some(1));
    s.send_offsets();
    s.run(5900);
    CHECK(s.state() == "FATAL_ERROR");
    CHECK(s.producer().calling());
    s.run(200);
    CHECK(s.producer().calling() == old);
    if (!old) CHECK(s.exception() == "TimeoutException");
  }
}

TEST_CASE(
    "an application repeats commitTransaction() after a time-out, sends nothing until it succeeds, and then continues") {
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

TEST_CASE("an application aborts after an exception of send() and continues with the next records") {
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
