// Transactions through a broker: the coordinator, verification before the first append, markers, offsets, what readers see. Source: KIP-98,
// KIP-447, KIP-664, KIP-890.
#include <map>
#include <set>

#include "protocol/facts_of_transactions.h"
#include "protocol/messages_data.h"
#include "protocol/messages_group.h"
#include "protocol/messages_quorum.h"
#include "protocol/messages_transaction.h"
#include "support.h"

using namespace broker_test;

namespace {

constexpr TopicPartition kTransactions{1, 0}, kOffsets{2, 0};

BatchRef transactional(ProducerId id, ProducerEpoch epoch, std::int32_t sequence, int records = 1) {
  RecordBatch b = *batch(records, id, sequence);
  b.producer_epoch = epoch;
  b.transactional = true;
  return seal(std::move(b));
}

/// One broker that leads orders-0, __transaction_state-0 and __consumer_offsets-0 alone.
struct OneBroker : Stage {
  explicit OneBroker(std::int16_t level = 2, const Historical& historical = {},
                     std::vector<std::pair<std::string, ConfigValue>> config = {})
      : Stage({.isr = {1}, .config = std::move(config), .historical = historical}),
        version(static_cast<TransactionVersion>(level)) {
    std::vector<MetadataRecord> records{FeatureLevelRecord{"transaction.version", level},
                                        TopicRecord{"__transaction_state", 1}, TopicRecord{"__consumer_offsets", 2}};
    for (const TopicPartition tp : {kTransactions, kOffsets}) {
      PartitionRecord p;
      p.partition = tp;
      p.replicas = p.isr = {1};
      p.leader = 1;
      records.push_back(p);
    }
    commit(records);
  }

  InitProducerIdResponse init(const std::string& id = "tx-1") {
    InitProducerIdRequest r;
    r.transactional_id = id;
    r.transaction_timeout_ms = 60000;
    for (int i = 0; i < 20; ++i) {
      const auto* answer = ask<InitProducerIdResponse>(r, 50);
      REQUIRE(answer != nullptr);
      if (answer->error == ErrorCode::NONE) return *answer;
    }
    FAIL("no producer id");
    return {};
  }
  ErrorCode write(const InitProducerIdResponse& who, std::int32_t sequence, const std::string& id = "tx-1") {
    ProduceRequest r = produce_request(transactional(who.producer_id, who.producer_epoch, sequence));
    r.transactional_id = id;
    r.transaction_version = version;
    const auto* answer = ask<ProduceResponse>(r, 200);
    REQUIRE(answer != nullptr);
    return answer->partitions.at(0).error;
  }
  ErrorCode add(const InitProducerIdResponse& who, std::vector<TopicPartition> partitions = {kOrders}) {
    const auto* answer = ask<AddPartitionsToTxnResponse>(AddPartitionsToTxnRequest{
        version, {{"tx-1", who.producer_id, who.producer_epoch, false, std::move(partitions)}}});
    REQUIRE(answer != nullptr);
    return answer->results.at(0).partitions.at(0).error;
  }
  /// A producer whose transaction has a record in orders-0.
  InitProducerIdResponse begin() {
    const InitProducerIdResponse who = init();
    if (version == TransactionVersion::TV0) CHECK(add(who) == ErrorCode::NONE);
    CHECK(write(who, 0) == ErrorCode::NONE);
    return who;
  }
  EndTxnResponse end(const InitProducerIdResponse& who, bool commit) {
    const auto* answer =
        ask<EndTxnResponse>(EndTxnRequest{"tx-1", who.producer_id, who.producer_epoch, commit, version}, 50);
    REQUIRE(answer != nullptr);
    return *answer;
  }
  ErrorCode commit_offset(const InitProducerIdResponse& who, std::int64_t offset, std::int32_t generation = -1,
                          const std::string& member = "") {
    TxnOffsetCommitRequest r;
    r.transactional_id = "tx-1";
    r.group_id = "g";
    r.producer_id = who.producer_id;
    r.producer_epoch = who.producer_epoch;
    r.generation_id = generation;
    r.member_id = member;
    r.transaction_version = version;
    r.partitions.push_back({kOrders, Offset{offset}, {}, {}});
    const auto* answer = ask<TxnOffsetCommitResponse>(r, 50);
    REQUIRE(answer != nullptr);
    return answer->partitions.at(0).error;
  }
  OffsetFetchResult fetch_offset(bool require_stable = true) {
    OffsetFetchRequest r;
    r.group_id = "g";
    r.require_stable = require_stable;
    r.partitions = {kOrders};
    const auto* answer = ask<OffsetFetchResponse>(r, 50);
    REQUIRE(answer != nullptr);
    REQUIRE(answer->partitions.size() == 1);
    return answer->partitions[0];
  }
  const coordinator::TransactionMetadata& transaction() {
    const auto* t = broker().transaction_coordinator().transaction("tx-1");
    REQUIRE(t != nullptr);
    return *t;
  }
  std::int64_t end_of_orders() { return orders().log.log_end_offset().value; }
  std::int64_t stable() { return orders().log.last_stable_offset().value; }

  TransactionVersion version;
};

}  // namespace

TEST_CASE(
    "FindCoordinator for a transactional id creates __transaction_state with Kafka's settings, then names the partition's leader") {
  Stage s({.isr = {1}});
  FindCoordinatorRequest find;
  find.key = "tx-1";
  find.key_type = 1;
  const auto* first = s.ask<FindCoordinatorResponse>(find, 50);
  REQUIRE(first != nullptr);
  CHECK(first->error == ErrorCode::COORDINATOR_NOT_AVAILABLE);
  REQUIRE(s.controller().creations.size() == 1);
  const CreatableTopic& topic = s.controller().creations[0].topics.at(0);
  CHECK(topic.name == "__transaction_state");
  CHECK(topic.num_partitions == 50);
  CHECK(topic.replication_factor == 3);
  const std::map<std::string, std::string> configs(topic.configs.begin(), topic.configs.end());
  CHECK(configs == std::map<std::string, std::string>{{"cleanup.policy", "compact"},
                                                      {"compression.type", "uncompressed"},
                                                      {"min.insync.replicas", "2"},
                                                      {"segment.bytes", "104857600"},
                                                      {"unclean.leader.election.enable", "false"}});
  s.run_ms(100);
  const auto* then = s.ask<FindCoordinatorResponse>(find, 50);
  REQUIRE(then != nullptr);
  CHECK(then->error == ErrorCode::NONE);
  CHECK(then->node_id == 1);
}

TEST_CASE("TV2: the leader adds its partition to the transaction, and the commit marker moves the last stable offset") {
  OneBroker s(2);
  const auto who = s.init();
  CHECK(who.producer_epoch == 0);
  CHECK(s.write(who, 0) == ErrorCode::NONE);
  CHECK(s.write(who, 1) == ErrorCode::NONE);
  CHECK(s.transaction().state == coordinator::TransactionState::Ongoing);
  CHECK(s.transaction().partitions == std::set<TopicPartition>{kOrders});
  CHECK(s.stable() == 0);
  CHECK(s.high_watermark() == 2);
  const auto ended = s.end(who, true);
  CHECK(ended.error == ErrorCode::NONE);
  CHECK(ended.producer_epoch == 1);  // the next transaction's epoch
  s.run_ms(50);
  CHECK(s.transaction().state == coordinator::TransactionState::CompleteCommit);
  CHECK(s.end_of_orders() == 3);
  CHECK(s.stable() == 3);
  const auto markers = s.watcher.facts<fact::TransactionMarkerAppended>();
  REQUIRE(markers.size() == 1);
  CHECK(markers[0].result == TransactionResult::Commit);
  CHECK(markers[0].offset.value == 2);
  CHECK(markers[0].producer_epoch == 1);
  CHECK(markers[0].coordinator_epoch == 0);
  const auto moves = s.watcher.facts<fact::LastStableOffsetAdvanced>();
  REQUIRE(moves.size() == 1);
  CHECK(moves[0].from.value == 0);
  CHECK(moves[0].to.value == 3);
  // The next transaction's first batch arrives while the coordinator may still be busy.
  CHECK(s.write({ErrorCode::NONE, ended.producer_id, ended.producer_epoch}, 0) == ErrorCode::NONE);
}

TEST_CASE("TV0: the producer adds its partitions itself, and the leader asks the coordinator whether it has done so") {
  OneBroker s(0);
  const auto who = s.init();
  CHECK(s.write(who, 0) == ErrorCode::TRANSACTION_ABORTABLE);  // the producer has not added the partition
  CHECK(s.end_of_orders() == 0);
  const auto refused = s.watcher.facts<fact::TransactionVerificationRefused>();
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].error == ErrorCode::TRANSACTION_ABORTABLE);
  CHECK(refused[0].transactional_id == "tx-1");
  CHECK(s.add(who) == ErrorCode::NONE);
  CHECK(s.write(who, 0) == ErrorCode::NONE);
  CHECK(s.end(who, false).error == ErrorCode::NONE);
  s.run_ms(50);
  CHECK(s.transaction().state == coordinator::TransactionState::CompleteAbort);
  REQUIRE(s.end_of_orders() == 2);
  CHECK(s.orders().log.aborted_transactions(Offset{0}, Offset{2}).size() == 1);
  CHECK(s.watcher.facts<fact::TransactionMarkerAppended>().at(0).producer_epoch == 0);
  // A late write would open a transaction that nobody ends.
  CHECK(s.write(who, 1) == ErrorCode::TRANSACTION_ABORTABLE);
  CHECK(s.end_of_orders() == 2);
}

TEST_CASE("before KIP-890 a batch that arrives after the abort stays in the log and blocks the last stable offset") {
  Historical old;
  old.kip_890 = true;
  OneBroker s(0, old);
  const auto who = s.init();
  CHECK(s.add(who) == ErrorCode::NONE);
  CHECK(s.write(who, 0) == ErrorCode::NONE);
  CHECK(s.end(who, false).error == ErrorCode::NONE);
  s.run_ms(50);
  CHECK(s.stable() == 2);
  CHECK(s.write(who, 1) == ErrorCode::NONE);
  s.run_ms(100000);
  CHECK(s.transaction().state == coordinator::TransactionState::CompleteAbort);
  CHECK(s.stable() == 2);
  CHECK(s.high_watermark() == 3);
  // DescribeProducers shows the hanging transaction (KIP-664).
  const auto* described = s.ask<DescribeProducersResponse>(DescribeProducersRequest{{kOrders}});
  REQUIRE(described != nullptr);
  REQUIRE(described->partitions.at(0).active_producers.size() == 1);
  CHECK(described->partitions[0].active_producers[0].current_txn_start_offset.value == 2);
  CHECK(described->partitions[0].active_producers[0].coordinator_epoch == 0);
}

TEST_CASE(
    "transaction.partition.verification.enable=false: the leader of a TV0 client's partition does not ask the coordinator") {
  OneBroker s(0, {}, {{"transaction.partition.verification.enable", false}});
  const auto who = s.init();
  CHECK(s.write(who, 0) == ErrorCode::NONE);
}

TEST_CASE("a transactional batch in a Produce without a transactional id is refused") {
  OneBroker s;
  const auto* answer = s.ask<ProduceResponse>(Stage::produce_request(transactional(1, 0, 0)));
  REQUIRE(answer != nullptr);
  CHECK(answer->partitions.at(0).error == ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
}

TEST_CASE(
    "a marker is refused if its producer epoch or coordinator epoch is older, or if the broker has no replica of its partition") {
  OneBroker s;
  const auto who = s.init();
  CHECK(s.write(who, 0) == ErrorCode::NONE);
  const auto marker = [&](ProducerEpoch epoch, std::int32_t coordinator_epoch, TopicPartition tp = kOrders) {
    const auto* answer = s.ask<WriteTxnMarkersResponse>(
        WriteTxnMarkersRequest{{{who.producer_id, epoch, false, {tp}, coordinator_epoch}}}, 50);
    REQUIRE(answer != nullptr);
    return answer->markers.at(0).partitions.at(0).error;
  };
  CHECK(marker(-1, 5) == ErrorCode::INVALID_PRODUCER_EPOCH);
  CHECK(marker(0, 5) == ErrorCode::NONE);
  CHECK(marker(0, 4) == ErrorCode::TRANSACTION_COORDINATOR_FENCED);
  CHECK(marker(0, 5, {7, 0}) == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(s.end_of_orders() == 2);
}

TEST_CASE(
    "a new producer with the same transactional.id fences the old one, whose transaction is aborted and whose records are refused") {
  for (const std::int16_t level : {0, 2}) {
    CAPTURE(level);
    OneBroker s(level);
    const auto old = s.begin();
    const auto fresh = s.init();  // CONCURRENT_TRANSACTIONS until the old transaction is aborted
    CHECK(fresh.producer_epoch > old.producer_epoch);
    CHECK(s.transaction().state == coordinator::TransactionState::Empty);
    const auto markers = s.watcher.facts<fact::TransactionMarkerAppended>();
    REQUIRE(markers.size() == 1);
    CHECK(markers[0].result == TransactionResult::Abort);
    CHECK(s.write(old, 1) == ErrorCode::INVALID_PRODUCER_EPOCH);
    CHECK(s.end(old, true).error == ErrorCode::PRODUCER_FENCED);
  }
}

TEST_CASE("a leader whose log has a later epoch of the producer refuses a batch without asking the coordinator") {
  for (const std::int16_t level : {0, 2}) {
    CAPTURE(level);
    OneBroker s(level);
    const auto old = s.begin();
    (void)s.init();  // the abort marker in the log has a later epoch
    s.run_ms(50);
    PartitionChangeRecord gone;
    gone.partition = kTransactions;
    gone.has_leader = true;
    s.commit({gone});
    const std::int64_t failures = s.broker().metrics().verification_failures;
    CHECK(s.write(old, 1) == ErrorCode::INVALID_PRODUCER_EPOCH);
    CHECK(s.broker().metrics().verification_failures == failures);  // counts requests to the coordinator
    CHECK(s.watcher.facts<fact::TransactionVerificationRefused>().empty());
    // The group's log has no batch of that producer: its leader would have to ask the coordinator.
    CHECK(s.commit_offset(old, 7) == ErrorCode::COORDINATOR_NOT_AVAILABLE);
    CHECK(s.broker().metrics().verification_failures ==
          failures);  // AddPartitionsToTxnManager.addOrVerifyTransaction: no coordinator could be asked
  }
}

TEST_CASE("a transaction that takes longer than its time-out is aborted by the coordinator") {
  OneBroker s;
  const auto who = s.init();
  CHECK(s.write(who, 0) == ErrorCode::NONE);
  s.run_ms(75000);
  CHECK(s.transaction().state == coordinator::TransactionState::CompleteAbort);
  CHECK(s.stable() == 2);
  CHECK(s.write(who, 1) == ErrorCode::INVALID_PRODUCER_EPOCH);
}

TEST_CASE(
    "offsets of a transaction are unstable until it ends; a commit makes them the group's offsets, an abort drops them") {
  for (const std::int16_t level : {0, 2}) {
    for (const bool commit : {true, false}) {
      CAPTURE(level);
      CAPTURE(commit);
      OneBroker s(level);
      const auto who = s.init();
      if (level == 0) {
        const auto* added =
            s.ask<AddOffsetsToTxnResponse>(AddOffsetsToTxnRequest{"tx-1", who.producer_id, who.producer_epoch, "g"});
        REQUIRE(added != nullptr);
        CHECK(added->error == ErrorCode::NONE);
      }
      CHECK(s.commit_offset(who, 7) == ErrorCode::NONE);
      CHECK(s.transaction().partitions == std::set<TopicPartition>{kOffsets});
      CHECK(s.fetch_offset().error == ErrorCode::UNSTABLE_OFFSET_COMMIT);
      CHECK(s.fetch_offset(false).committed_offset.value == -1);
      CHECK(s.end(who, commit).error == ErrorCode::NONE);
      s.run_ms(50);
      CHECK(s.fetch_offset().error == ErrorCode::NONE);
      CHECK(s.fetch_offset().committed_offset.value == (commit ? 7 : -1));
    }
  }
}

TEST_CASE("TxnOffsetCommit is refused if the transaction has not begun or the producer is fenced") {
  OneBroker first(0);
  const auto who = first.init();
  CHECK(first.commit_offset(who, 7) == ErrorCode::TRANSACTION_ABORTABLE);
  OneBroker second(2);
  const auto old = second.init();
  (void)second.init();
  CHECK(second.commit_offset(old, 7) == ErrorCode::INVALID_PRODUCER_EPOCH);
}

TEST_CASE("TxnOffsetCommit names a member of the current generation or no member at all; other members are refused") {
  OneBroker s;
  const auto who = s.init();
  CHECK(s.commit_offset(who, 3, 5, "m") == ErrorCode::ILLEGAL_GENERATION);  // the group does not exist
  // The offsets' partition is nevertheless part of the transaction.
  CHECK(s.transaction().partitions == std::set<TopicPartition>{kOffsets});
  CHECK(s.commit_offset(who, 3) == ErrorCode::NONE);
  CHECK(s.commit_offset(who, 4, 5, "m") == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE("of two offset commits the later one in the log counts, even if the other one's transaction ends after it") {
  OneBroker s;
  const auto who = s.init();
  CHECK(s.commit_offset(who, 7) == ErrorCode::NONE);
  OffsetCommitRequest plain;
  plain.group_id = "g";
  plain.partitions.push_back({kOrders, Offset{9}, {}, {}});
  const auto* committed = s.ask<OffsetCommitResponse>(plain, 50);
  REQUIRE(committed != nullptr);
  CHECK(committed->partitions.at(0).error == ErrorCode::NONE);
  CHECK(s.end(who, true).error == ErrorCode::NONE);
  s.run_ms(50);
  CHECK(s.fetch_offset().committed_offset.value == 9);
}

TEST_CASE(
    "after a restart the coordinator finds open transactions and pending offsets in the log, and completes them") {
  OneBroker s;
  const auto who = s.init();
  CHECK(s.write(who, 0) == ErrorCode::NONE);
  CHECK(s.commit_offset(who, 7) == ErrorCode::NONE);
  s.command([&] { s.world.kill(Stage::kBroker, sim::Death::Crash); });
  s.run_ms(1000);
  s.command([&] { s.world.start(Stage::kBroker); });
  s.run_ms(30000);
  REQUIRE(s.broker().transaction_coordinator().transaction("tx-1") != nullptr);
  CHECK(s.transaction().state == coordinator::TransactionState::Ongoing);
  CHECK(s.fetch_offset().error == ErrorCode::UNSTABLE_OFFSET_COMMIT);
  CHECK(s.write(who, 1) == ErrorCode::NONE);  // the log knows the open transaction: no question to the coordinator
  CHECK(s.end(who, true).error == ErrorCode::NONE);
  s.run_ms(100);
  CHECK(s.fetch_offset().committed_offset.value == 7);
  CHECK(s.transaction().state == coordinator::TransactionState::CompleteCommit);
}

TEST_CASE("DescribeTransactions and ListTransactions are answered by the coordinator") {
  OneBroker s;
  const auto who = s.init();
  CHECK(s.write(who, 0) == ErrorCode::NONE);
  const auto* described = s.ask<DescribeTransactionsResponse>(DescribeTransactionsRequest{{"tx-1", "tx-2"}});
  REQUIRE(described != nullptr);
  CHECK(described->transactions.at(0).transaction_state == "Ongoing");
  CHECK(described->transactions.at(0).partitions == std::vector<TopicPartition>{kOrders});
  CHECK(described->transactions.at(1).error == ErrorCode::TRANSACTIONAL_ID_NOT_FOUND);
  const auto* listed = s.ask<ListTransactionsResponse>(ListTransactionsRequest{});
  REQUIRE(listed != nullptr);
  REQUIRE(listed->transactions.size() == 1);
  CHECK(listed->transactions[0].transactional_id == "tx-1");
}
