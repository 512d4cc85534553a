// ShareFetch and ShareAcknowledge at the leader: sessions and their errors, what a fetch waits for, which acknowledgements are valid.
// The facts are those of Kafka's SharePartitionManagerTest, DelayedShareFetchTest and KafkaApisTest (KIP-932).
#include <initializer_list>

#include "broker/support.h"

namespace {

using namespace broker_test;

constexpr TopicPartition kAudit{2, 0};

/// Broker 1 leads orders-0, audit-0 and the only partition of __share_group_state; group pool may read orders-0 and audit-0 from their
/// first record on.
struct ShareStage : Stage {
  explicit ShareStage(std::int64_t most_sessions = 2000, std::int64_t most_locks = 2000, std::int32_t dirs = 1)
      : Stage(setup(most_sessions, most_locks, dirs)) {
    FeatureLevelRecord feature;
    feature.name = "share.version";
    feature.level = 1;
    std::vector<MetadataRecord> records{feature, TopicRecord{"__share_group_state", 1}, TopicRecord{"audit", 2}};
    for (const TopicPartition tp : {TopicPartition{1, 0}, kAudit}) records.push_back(led(tp));
    commit(std::move(records));
    for (const TopicPartition tp : {kOrders, kAudit})
      REQUIRE(ask<InitializeShareGroupStateResponse>(InitializeShareGroupStateRequest{"pool", tp, 1, Offset{0}}, 50)
                  ->error == ErrorCode::NONE);
  }
  static PartitionRecord led(TopicPartition tp) {
    PartitionRecord p;
    p.partition = tp;
    p.replicas = p.isr = {1};
    p.leader = 1;
    return p;
  }
  static Setup setup(std::int64_t most_sessions, std::int64_t most_locks, std::int32_t dirs) {
    Setup s;
    s.dirs = dirs;
    s.isr = {1};
    const std::string prefix = "share.coordinator.state.topic.";
    s.config = {{prefix + "num.partitions", std::int64_t{1}},
                {prefix + "replication.factor", std::int64_t{1}},
                {prefix + "min.isr", std::int64_t{1}},
                {"group.share.max.share.sessions", most_sessions},
                {"group.share.partition.max.record.locks", most_locks}};
    return s;
  }
  static ShareFetchRequest fetch(std::int32_t epoch, std::vector<ShareFetchPartition> partitions = {},
                                 std::int32_t wait_ms = 0) {
    ShareFetchRequest r;
    r.group_id = "pool";
    r.member_id = "m";
    r.session_epoch = epoch;
    r.max_wait_ms = wait_ms;
    r.partitions = std::move(partitions);
    return r;
  }
  static ShareAcknowledgeRequest acknowledgement(std::int32_t epoch, std::vector<AcknowledgementBatch> batches = {},
                                                 TopicPartition tp = kOrders) {
    ShareAcknowledgeRequest r{"pool", "m", epoch, {}};
    if (!batches.empty()) r.partitions.push_back({tp, std::move(batches)});
    return r;
  }
  ErrorCode fetched(const ShareFetchRequest& r) { return ask<ShareFetchResponse>(r, 50)->error; }
  ErrorCode acknowledged(const ShareAcknowledgeRequest& r) { return ask<ShareAcknowledgeResponse>(r, 50)->error; }
  /// The error of the response's row for orders-0.
  ErrorCode row_error(const ShareAcknowledgeRequest& r) {
    return ask<ShareAcknowledgeResponse>(r, 50)->partitions.at(0).error;
  }
  void fill(int batches, int records = 1, TopicPartition tp = kOrders) {
    for (int i = 0; i < batches; ++i) ask<ProduceResponse>(produce_request(batch(records), 1, 30000, tp));
  }
  /// Opens the client's session with orders-0 in it, and acquires its records.
  void begin(int records = 5) {
    fill(1, records);
    REQUIRE(fetched(fetch(0, {{kOrders, {}}}, 100)) == ErrorCode::NONE);
    REQUIRE(share(kOrders).next_fetch_offset().value == records);
  }
  const broker::SharePartition& share(TopicPartition tp) {
    return broker().share_groups().partitions.at({"pool", tp}).partition;
  }
  std::size_t answers() { return client().got<ShareFetchResponse>().size(); }
};

AcknowledgementBatch of(std::int64_t first, std::int64_t last,
                        std::vector<AcknowledgeType> types = {AcknowledgeType::Accept}) {
  return {Offset{first}, Offset{last}, std::move(types)};
}

}  // namespace

TEST_CASE(
    "share session: epochs must be in order; epoch 0 begins a session and must not carry acknowledgements, and epoch -1 ends it") {
  ShareStage s;
  CHECK(s.fetched(s.fetch(1)) == ErrorCode::SHARE_SESSION_NOT_FOUND);
  CHECK(s.fetched(s.fetch(-1)) == ErrorCode::SHARE_SESSION_NOT_FOUND);
  CHECK(s.acknowledged(s.acknowledgement(1)) == ErrorCode::SHARE_SESSION_NOT_FOUND);
  CHECK(s.acknowledged(s.acknowledgement(0)) == ErrorCode::INVALID_SHARE_SESSION_EPOCH);
  CHECK(s.fetched(s.fetch(0, {{kOrders, {of(0, 0)}}})) == ErrorCode::INVALID_REQUEST);
  CHECK(s.broker().share_groups().sessions.empty());
  CHECK(s.fetched(s.fetch(0, {{kOrders, {}}})) == ErrorCode::NONE);
  CHECK(s.fetched(s.fetch(2)) == ErrorCode::INVALID_SHARE_SESSION_EPOCH);
  CHECK(s.fetched(s.fetch(1)) == ErrorCode::NONE);
  CHECK(s.fetched(s.fetch(1)) == ErrorCode::INVALID_SHARE_SESSION_EPOCH);  // the same epoch again
  CHECK(s.acknowledged(s.acknowledgement(1)) == ErrorCode::INVALID_SHARE_SESSION_EPOCH);
  CHECK(s.acknowledged(s.acknowledgement(2)) == ErrorCode::NONE);
  CHECK(s.fetched(s.fetch(3)) == ErrorCode::NONE);
  CHECK(s.fetched(s.fetch(0, {{kOrders, {}}})) == ErrorCode::NONE);  // a new session
  CHECK(s.fetched(s.fetch(4)) == ErrorCode::INVALID_SHARE_SESSION_EPOCH);
  CHECK(s.fetched(s.fetch(-1)) == ErrorCode::NONE);
  CHECK(s.fetched(s.fetch(1)) == ErrorCode::SHARE_SESSION_NOT_FOUND);
}

TEST_CASE("share session: at most group.share.max.share.sessions exist, and a member may restart its own session") {
  ShareStage s(1);
  CHECK(s.fetched(s.fetch(0)) == ErrorCode::NONE);
  ShareFetchRequest other = s.fetch(0);
  other.member_id = "m2";
  CHECK(s.fetched(other) == ErrorCode::SHARE_SESSION_LIMIT_REACHED);
  CHECK(s.fetched(s.fetch(0)) == ErrorCode::NONE);
  CHECK(s.acknowledged(s.acknowledgement(-1)) == ErrorCode::NONE);
  CHECK(s.fetched(other) == ErrorCode::NONE);
}

TEST_CASE(
    "share session: the final epoch stores the acknowledgements, releases other records without counting a delivery, and fetches nothing") {
  ShareStage s;
  s.begin();
  ShareFetchRequest other = s.fetch(0);  // a second member keeps the group's partitions at the broker
  other.member_id = "m2";
  CHECK(s.fetched(other) == ErrorCode::NONE);
  const ShareFetchResponse* last = s.ask<ShareFetchResponse>(s.fetch(-1, {{kOrders, {of(0, 1)}}}), 50);
  REQUIRE((last != nullptr && last->partitions.size() == 1));
  CHECK((last->partitions[0].acknowledge_error == ErrorCode::NONE && last->partitions[0].acquired.empty()));
  CHECK(s.share(kOrders).start_offset().value == 2);
  const auto* freed = s.share(kOrders).record(Offset{2});
  REQUIRE(freed != nullptr);
  CHECK((freed->free() && freed->delivery_count == 0));
}

TEST_CASE(
    "share session: it ends when the broker drops its connection, which does not happen while a fetch of that connection waits") {
  ShareStage s;
  s.begin();
  ShareFetchRequest other = s.fetch(0);
  other.member_id = "m2";
  s.send(Stage::kSecond, other);
  s.run_ms(5);
  s.send(Stage::kClient, s.fetch(1, {}, 1000));
  s.run_ms(5);
  s.command([&] { s.world.kill(Stage::kClient, sim::Death::Stop); });
  s.run_ms(900);
  CHECK(s.broker().share_groups().sessions.size() == 2);
  CHECK(s.share(kOrders).next_fetch_offset().value == 5);
  s.run_ms(200);
  CHECK(s.broker().share_groups().sessions.size() == 1);
  CHECK(s.share(kOrders).next_fetch_offset().value == 0);
}

TEST_CASE(
    "share session: records of a partition that it has forgotten are released when the lock expires, not when the session ends") {
  ShareStage s;
  s.begin();
  ShareFetchRequest other = s.fetch(0);
  other.member_id = "m2";
  CHECK(s.fetched(other) == ErrorCode::NONE);
  ShareFetchRequest forget = s.fetch(1);
  forget.forgotten = {kOrders};
  CHECK(s.fetched(forget) == ErrorCode::NONE);
  CHECK(s.acknowledged(s.acknowledgement(-1)) == ErrorCode::NONE);
  CHECK(s.share(kOrders).next_fetch_offset().value == 5);
  s.run_ms(31000);
  CHECK(s.share(kOrders).next_fetch_offset().value == 0);
}

TEST_CASE(
    "acknowledgements: malformed ones and offsets past all acquired records get INVALID_REQUEST; finished records and those of another member's lock get INVALID_RECORD_STATE") {
  ShareStage s;
  s.begin();
  using enum AcknowledgeType;
  std::int32_t epoch = 1;
  const auto error_of = [&](std::vector<AcknowledgementBatch> batches) {
    return s.row_error(s.acknowledgement(epoch++, std::move(batches)));
  };
  CHECK(error_of({of(1, 0)}) == ErrorCode::INVALID_REQUEST);                    // the range runs backwards
  CHECK(error_of({of(2, 3), of(0, 1)}) == ErrorCode::INVALID_REQUEST);          // the ranges are out of order
  CHECK(error_of({of(0, 2, {Accept, Accept})}) == ErrorCode::INVALID_REQUEST);  // two types for three
  CHECK(error_of({of(0, 2, {})}) == ErrorCode::INVALID_REQUEST);
  CHECK(error_of({of(4, 5)}) == ErrorCode::INVALID_REQUEST);  // offset 5 was not acquired
  CHECK(error_of({of(7, 9)}) == ErrorCode::INVALID_REQUEST);
  CHECK(error_of({of(0, 4), of(4, 4)}) == ErrorCode::INVALID_RECORD_STATE);  // all or nothing
  CHECK(s.share(kOrders).start_offset().value == 0);
  CHECK(error_of({of(0, 4)}) == ErrorCode::NONE);
  CHECK(s.share(kOrders).start_offset().value == 5);
  CHECK(error_of({of(0, 4)}) == ErrorCode::NONE);                  // before the start: ignored
  CHECK(error_of({of(5, 5)}) == ErrorCode::INVALID_RECORD_STATE);  // nothing is in flight
}

TEST_CASE(
    "acknowledgements: a partition that the broker does not keep for the group, or no longer leads, gets UNKNOWN_TOPIC_OR_PARTITION") {
  ShareStage s;
  s.begin();
  CHECK(s.row_error(s.acknowledgement(1, {of(0, 0)}, kAudit)) == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(s.row_error(s.acknowledgement(2, {of(0, 0)})) == ErrorCode::NONE);
  CHECK(s.row_error(s.acknowledgement(3, {of(0, 0)}, {9, 0})) == ErrorCode::UNKNOWN_TOPIC_ID);
  s.elect(2, {1, 2});
  CHECK(s.row_error(s.acknowledgement(4, {of(1, 1)})) == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
}

TEST_CASE("acknowledgements: errors of the share coordinator are translated as Kafka's leaders translate them") {
  ShareStage s;
  s.begin();
  // The state is deleted without the leader's knowledge: from now on the share coordinator answers INVALID_REQUEST.
  REQUIRE(s.ask<DeleteShareGroupStateResponse>(DeleteShareGroupStateRequest{"pool", kOrders}, 50)->error ==
          ErrorCode::NONE);
  CHECK(s.row_error(s.acknowledgement(1, {of(0, 0)})) == ErrorCode::UNKNOWN_SERVER_ERROR);
  CHECK(s.share(kOrders).record(Offset{0})->state == broker::RecordState::Acquired);
  // The share coordinator gets a newer state epoch and another start offset.
  REQUIRE(s.ask<InitializeShareGroupStateResponse>(InitializeShareGroupStateRequest{"pool", kOrders, 2, Offset{3}}, 50)
              ->error == ErrorCode::NONE);
  CHECK(s.row_error(s.acknowledgement(2, {of(0, 0)})) == ErrorCode::NOT_LEADER_OR_FOLLOWER);
}

TEST_CASE("share fetch: it waits for fetch.min.bytes, and returns the available records when its time is up") {
  ShareStage s;
  s.fill(1);
  const std::int64_t one = s.orders().log.size_bytes();
  ShareFetchRequest r = s.fetch(0, {{kOrders, {}}}, 1000);
  r.min_bytes = static_cast<std::int32_t>(3 * one);
  s.send(Stage::kClient, r);
  s.run_ms(100);
  CHECK(s.answers() == 0);
  const auto produce = [&] {  // another connection: a connection's requests are answered in order
    s.send(Stage::kSecond, Stage::produce_request(batch(1), 1));
    s.run_ms(20);
  };
  produce();
  CHECK(s.answers() == 0);
  produce();
  REQUIRE(s.answers() == 1);
  CHECK(s.client().got<ShareFetchResponse>()[0].second.partitions.at(0).acquired.at(0).last.value == 2);
  r.session_epoch = 1;
  s.send(Stage::kClient, r);
  produce();
  CHECK(s.answers() == 1);
  s.run_ms(1000);
  REQUIRE(s.answers() == 2);
  CHECK(s.client().got<ShareFetchResponse>()[1].second.partitions.at(0).acquired.at(0).first.value == 3);
  CHECK(s.broker().metrics().expired_share_fetches == 1);
}

TEST_CASE("share fetch: when it times out it stays only on the two lists of a partition that could not be acquired") {
  ShareStage s(2000, 100);
  const auto watched = [&] { return s.broker().watched_share_fetches(s.now()); };
  s.begin(100);  // acquires all records of orders-0 that may be acquired at once
  s.send(Stage::kClient, s.fetch(1, {{kAudit, {}}}, 100));
  s.run_ms(60);
  CHECK(watched() == 4);
  s.run_ms(100);
  REQUIRE(s.answers() == 2);
  CHECK(watched() == 2);
  s.fill(1);  // moves orders-0's high watermark: the partition's own key
  CHECK(watched() == 1);
  REQUIRE(s.fetched(s.fetch(2)) == ErrorCode::NONE);  // this fetch did not wait
  CHECK(watched() == 1);
  REQUIRE(s.row_error(s.acknowledgement(3, {of(0, 99)})) == ErrorCode::NONE);  // the group's key for orders-0
  CHECK(watched() == 0);
}

TEST_CASE(
    "share fetch: when it is answered with records of one partition it leaves the lists of all partitions that could be acquired") {
  ShareStage s;
  const auto watched = [&] { return s.broker().watched_share_fetches(s.now()); };
  s.send(Stage::kClient, s.fetch(0, {{kOrders, {}}, {kAudit, {}}}, 1000));
  s.run_ms(50);
  CHECK(watched() == 4);
  s.send(Stage::kSecond, Stage::produce_request(batch(1), 1, 30000, kAudit));
  s.run_ms(50);
  REQUIRE(s.answers() == 1);
  CHECK(watched() == 0);
}

TEST_CASE("share fetch: partitions with records share fetch.max.bytes evenly") {
  ShareStage s;
  s.fill(3, 2);
  s.fill(3, 2, kAudit);
  const std::int64_t batch_bytes = s.orders().log.size_bytes() / 3;
  ShareFetchRequest r = s.fetch(0, {{kOrders, {}}, {kAudit, {}}}, 100);
  r.max_bytes = static_cast<std::int32_t>(4 * batch_bytes);
  REQUIRE(s.fetched(r) == ErrorCode::NONE);
  CHECK(s.share(kOrders).next_fetch_offset().value == 4);
  CHECK(s.share(kAudit).next_fetch_offset().value == 4);
}

TEST_CASE(
    "share fetch: one unreadable partition does not end the wait for the others; if no partition is readable, the answer is immediate") {
  ShareStage s;
  constexpr TopicPartition kNowhere{9, 0};
  s.send(Stage::kClient, s.fetch(0, {{kOrders, {}}, {kNowhere, {}}}, 1000));
  s.run_ms(500);
  CHECK(s.answers() == 0);
  s.send(Stage::kSecond, Stage::produce_request(batch(1), 1));
  s.run_ms(50);
  REQUIRE(s.answers() == 1);
  ErrorCode nowhere = ErrorCode::NONE;
  const auto first = s.client().got<ShareFetchResponse>()[0].second;
  for (const auto& row : first.partitions)
    if (row.partition == kNowhere) nowhere = row.error;
  CHECK(nowhere == ErrorCode::UNKNOWN_TOPIC_ID);
  s.send(Stage::kClient, s.fetch(0, {{kNowhere, {}}}, 1000));
  s.run_ms(50);
  CHECK(s.answers() == 2);
}

TEST_CASE("share coordinator: when its topic is deleted it resigns; a new topic of that name begins empty") {
  ShareStage s;
  REQUIRE(s.broker().share_coordinator().state({"pool", kOrders}) != nullptr);
  s.commit({RemoveTopicRecord{1}});
  s.run_ms(50);
  CHECK_FALSE(s.broker().share_coordinator().owns(0));
  s.commit({TopicRecord{"__share_group_state", 3}, ShareStage::led({3, 0})});
  s.run_ms(50);
  CHECK(s.broker().share_coordinator().owns(0));
  CHECK(s.broker().share_coordinator().state({"pool", kOrders}) == nullptr);
}

TEST_CASE(
    "an append is reported to the coordinator that made it, even if another one has the same partition and token") {
  ShareStage s;  // the share coordinator has appended two batches to partition 0
  PartitionRecord offsets = ShareStage::led({3, 0});
  s.commit({TopicRecord{"__consumer_offsets", 3}, offsets});
  s.run_ms(50);
  OffsetCommitRequest commit;
  commit.group_id = "billing";
  commit.partitions.push_back({kOrders, {9}, {0}, ""});
  for (int i = 0; i < 2; ++i) REQUIRE(s.ask<OffsetCommitResponse>(commit, 50) != nullptr);
  offsets.replicas = offsets.isr = {1, 2};  // broker 2 does not fetch
  offsets.partition_epoch = 1;
  s.commit({offsets});
  s.run_ms(50);
  CHECK(s.ask<OffsetCommitResponse>(commit, 50) == nullptr);
  REQUIRE(s.broker().replica({3, 0})->log.log_end_offset().value == 3);
  s.send(Stage::kSecond, InitializeShareGroupStateRequest{"pool", kAudit, 2, Offset{0}});
  s.run_ms(50);
  CHECK(s.broker().share_coordinator().state({"pool", kAudit})->state_epoch == 2);
  CHECK(s.broker().share_coordinator().waiting_writes() == 0);
  CHECK(s.broker().coordinator().waiting_writes() == 1);
}

TEST_CASE("share coordinator: it resigns from the partitions of a directory that has failed") {
  ShareStage s(2000, 2000, 2);
  s.commit({ShareStage::led({1, 1})});
  s.run_ms(50);
  const auto in_second = [&](std::int32_t partition) { return s.broker().replica({1, partition})->dir == 1; };
  REQUIRE((in_second(0) || in_second(1)));
  s.world.with_context(Stage::kBroker, [&](Ctx& ctx) {
    s.broker().change_disk(1, {{}, {}, {}, true}, ctx.now());
    s.broker().expect_disk_failure(ctx);
  });
  const std::vector<bool> failed{in_second(0), in_second(1)};
  s.run_ms(6000);
  REQUIRE(s.watcher.of(Trace::LogDirOffline, {}).size() == 1);
  for (std::int32_t p = 0; p < 2; ++p)
    CHECK(s.broker().share_coordinator().owns(p) != failed[static_cast<std::size_t>(p)]);
}
