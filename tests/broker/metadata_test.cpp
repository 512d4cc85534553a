// Metadata, coordinators and producer ids at a broker.
#include "protocol/messages_data.h"
#include "protocol/messages_group.h"
#include "protocol/messages_quorum.h"
#include "support.h"

using namespace broker_test;

TEST_CASE("Metadata: only unfenced brokers are listed") {
  Stage s;
  CHECK(s.ask<MetadataResponse>(MetadataRequest{true, {}, false})->brokers.size() == 3);
  BrokerRegistrationChangeRecord fence;
  fence.broker_id = 3;
  fence.broker_epoch = 3;
  fence.fenced = 1;
  s.commit({fence});
  const auto* answer = s.ask<MetadataResponse>(MetadataRequest{true, {}, false});
  REQUIRE(answer->brokers.size() == 2);
  CHECK(answer->brokers[0].node_id == 1);
  CHECK(answer->brokers[0].endpoint == Stage::kBroker.index);
  REQUIRE(answer->topics.size() == 1);
  CHECK(answer->topics[0].name == "orders");
  CHECK(answer->topics[0].partitions[0].leader == 1);
  CHECK(answer->topics[0].partitions[0].isr == IdList{1, 2, 3});
}

TEST_CASE("Metadata: a partition without a leader gets LEADER_NOT_AVAILABLE") {
  Stage s;
  s.elect(kNoBroker, {2});
  const auto* answer = s.ask<MetadataResponse>(MetadataRequest{false, {"orders"}, false});
  CHECK(answer->topics[0].error == ErrorCode::NONE);
  CHECK(answer->topics[0].partitions[0].error == ErrorCode::LEADER_NOT_AVAILABLE);
  CHECK(answer->topics[0].partitions[0].leader == kNoBroker);
  CHECK(answer->topics[0].partitions[0].leader_epoch.value == 1);
}

TEST_CASE("Metadata: a broker answers with the metadata that it has applied, even if the controller has decided more") {
  Stage s;
  s.command([&] { s.world.network().partition({Stage::kControllerNode}, {Stage::kBroker}); });
  s.elect(2, {1, 2, 3});
  CHECK(s.ask<MetadataResponse>(MetadataRequest{true, {}, false})->topics[0].partitions[0].leader == 1);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1))->partitions[0].error ==
        ErrorCode::NONE);  // a zombie leader
  s.command([&] { s.world.network().heal_all(); });
  s.run_ms(15000);
  CHECK(s.ask<MetadataResponse>(MetadataRequest{true, {}, false})->topics[0].partitions[0].leader == 2);
}

TEST_CASE(
    "auto.create.topics.enable: the broker asks the controller to create an unknown topic, with one request at a time") {
  Stage s;
  const auto* first = s.ask<MetadataResponse>(MetadataRequest{false, {"news"}, true}, 3);
  REQUIRE(first != nullptr);
  CHECK(first->topics[0].error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  s.ask<MetadataResponse>(MetadataRequest{false, {"news"}, true}, 100);
  REQUIRE(s.controller().creations.size() == 1);
  CHECK(s.controller().creations[0].topics[0].name == "news");
  CHECK(s.controller().creations[0].topics[0].num_partitions == 1);
  CHECK(s.ask<MetadataResponse>(MetadataRequest{false, {"news"}, true})->topics[0].error == ErrorCode::NONE);
}

TEST_CASE("no topic is created automatically if the client or the broker does not allow it or if its name is invalid") {
  Stage s;
  s.ask<MetadataResponse>(MetadataRequest{false, {"news"}, false});
  CHECK(s.ask<MetadataResponse>(MetadataRequest{false, {"no/name"}, true})->topics[0].error ==
        ErrorCode::INVALID_TOPIC_EXCEPTION);
  CHECK(s.controller().creations.empty());
  Stage off({.leader = 1, .isr = {1, 2, 3}, .min_isr = "1", .config = {{"auto.create.topics.enable", false}}});
  CHECK(off.ask<MetadataResponse>(MetadataRequest{false, {"news"}, true})->topics[0].error ==
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(off.controller().creations.empty());
}

TEST_CASE(
    "FindCoordinator creates __consumer_offsets and answers COORDINATOR_NOT_AVAILABLE; later it names the leader of the group's partition") {
  Stage s;
  const auto* first = s.ask<FindCoordinatorResponse>(FindCoordinatorRequest{"billing", 0}, 3);
  REQUIRE(first != nullptr);
  CHECK(first->error == ErrorCode::COORDINATOR_NOT_AVAILABLE);
  s.run_ms(100);
  REQUIRE(s.controller().creations.size() == 1);
  const CreatableTopic topic = s.controller().creations[0].topics[0];
  CHECK(topic.name == "__consumer_offsets");
  CHECK(topic.num_partitions == 50);
  CHECK(topic.replication_factor == 3);
  const auto* then = s.ask<FindCoordinatorResponse>(FindCoordinatorRequest{"billing", 0});
  CHECK(then->error == ErrorCode::NONE);
  CHECK(then->node_id == 1);
  CHECK(then->endpoint == Stage::kBroker.index);
  // Now the coordinator's partition has no leader.
  PartitionChangeRecord change;
  change.partition = {1, partition_for("billing", 50)};
  change.has_leader = true;
  change.leader = kNoBroker;
  s.commit({change});
  CHECK(s.ask<FindCoordinatorResponse>(FindCoordinatorRequest{"billing", 0})->error ==
        ErrorCode::COORDINATOR_NOT_AVAILABLE);
}

TEST_CASE("internal topics refuse records from clients") {
  Stage s;
  s.ask<FindCoordinatorResponse>(FindCoordinatorRequest{"billing", 0}, 200);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1, 1000, {1, 0}))->partitions[0].error ==
        ErrorCode::INVALID_TOPIC_EXCEPTION);
}

TEST_CASE(
    "InitProducerId: the broker gives each id of its block once; without a block it answers COORDINATOR_LOAD_IN_PROGRESS") {
  Stage s;
  CHECK(s.ask<InitProducerIdResponse>(InitProducerIdRequest{})->error == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  for (int i = 0; i < 1100; ++i) {
    const auto* answer = s.ask<InitProducerIdResponse>(InitProducerIdRequest{}, 5);
    REQUIRE(answer->error == ErrorCode::NONE);
    REQUIRE(answer->producer_id == i);
    REQUIRE(answer->producer_epoch == 0);
  }
  CHECK(s.controller().allocations == 2);  // the second block was fetched when 90 % of the first was used
}

TEST_CASE("an offset commit is answered when the high watermark of __consumer_offsets has passed it") {
  Stage s;
  s.ask<FindCoordinatorResponse>(FindCoordinatorRequest{"billing", 0}, 200);
  OffsetCommitRequest commit;
  commit.group_id = "billing";
  commit.partitions.push_back({kOrders, {5}, {0}, ""});
  const auto* answer = s.ask<OffsetCommitResponse>(commit);
  REQUIRE(answer != nullptr);
  CHECK(answer->partitions[0].error == ErrorCode::NONE);
  OffsetFetchRequest fetch;
  fetch.group_id = "billing";
  fetch.partitions.push_back(kOrders);
  const auto* fetched = s.ask<OffsetFetchResponse>(fetch);
  REQUIRE(fetched->partitions.size() == 1);
  CHECK(fetched->partitions[0].committed_offset.value == 5);
  const broker::Replica* log = s.broker().replica({1, partition_for("billing", 50)});
  CHECK(log->log.log_end_offset().value == 1);

  // If a follower does not fetch, the record waits, and the answer comes only when the follower has it.
  PartitionRecord wider;
  wider.partition = {1, partition_for("billing", 50)};
  wider.replicas = wider.isr = {1, 2};
  wider.leader = 1;
  wider.leader_epoch = {1};
  wider.partition_epoch = 1;
  s.commit({wider});
  commit.partitions[0].offset = {9};
  CHECK(s.ask<OffsetCommitResponse>(commit, 1000) == nullptr);
  FetchRequest catch_up = Stage::fetch_request(2, 2, 1);
  catch_up.partitions[0].partition = wider.partition;
  s.send(Stage::kSecond, catch_up);
  s.run_ms(10);
  CHECK(s.client().got<OffsetCommitResponse>().size() == 2);
}

TEST_CASE(
    "below min.insync.replicas an offset commit is written but answered COORDINATOR_NOT_AVAILABLE after 5 s, and takes effect when the ISR is back") {
  Stage s({.config = {{"min.insync.replicas", std::int64_t{2}}}});
  s.ask<FindCoordinatorResponse>(FindCoordinatorRequest{"billing", 0}, 200);
  PartitionRecord wider;
  wider.partition = {1, partition_for("billing", 50)};
  wider.replicas = {1, 2};
  wider.isr = {1};
  wider.leader = 1;
  wider.leader_epoch = {1};
  wider.partition_epoch = 1;
  s.commit({wider});
  OffsetCommitRequest commit;
  commit.group_id = "billing";
  commit.partitions.push_back({kOrders, {9}, {0}, ""});
  CHECK(s.ask<OffsetCommitResponse>(commit, 4900) == nullptr);
  CHECK(s.broker().replica(wider.partition)->log.log_end_offset().value == 1);
  s.run_ms(200);
  REQUIRE(s.client().got<OffsetCommitResponse>().size() == 1);
  CHECK(s.client().got<OffsetCommitResponse>()[0].second.partitions[0].error == ErrorCode::COORDINATOR_NOT_AVAILABLE);
  FetchRequest catch_up = Stage::fetch_request(2, 1, 1);
  catch_up.partitions[0].partition = wider.partition;
  s.send(Stage::kSecond, catch_up);
  s.run_ms(100);
  OffsetFetchRequest fetch;
  fetch.group_id = "billing";
  fetch.partitions.push_back(kOrders);
  CHECK(s.ask<OffsetFetchResponse>(fetch)->partitions.at(0).committed_offset.value == 9);
}

TEST_CASE("members of a group whose partition moves away get NOT_COORDINATOR") {
  Stage s;
  s.ask<FindCoordinatorResponse>(FindCoordinatorRequest{"billing", 0}, 200);
  HeartbeatRequest beat;
  beat.group_id = "billing";
  beat.member_id = "nobody";
  CHECK(s.ask<HeartbeatResponse>(beat)->error == ErrorCode::UNKNOWN_MEMBER_ID);
  PartitionRecord moved;
  moved.partition = {1, partition_for("billing", 50)};
  moved.replicas = moved.isr = {1, 2};
  moved.leader = 2;
  moved.leader_epoch = {1};
  moved.partition_epoch = 1;
  s.commit({moved});
  CHECK(s.ask<HeartbeatResponse>(beat)->error == ErrorCode::NOT_COORDINATOR);
}

TEST_CASE("a client's CreateTopics is forwarded to the controller, whose answer goes back to the client") {
  Stage s;
  CreateTopicsRequest create;
  CreatableTopic& topic = create.topics.emplace_back();
  topic.name = "made";
  topic.num_partitions = 2;
  const auto* answer = s.ask<CreateTopicsResponse>(create, 200);
  REQUIRE(answer != nullptr);
  REQUIRE(answer->topics.size() == 1);
  CHECK(answer->topics[0].name == "made");
  CHECK(s.broker().image().topic_id("made") == 1);
}

TEST_CASE("a copy of a world with a broker runs on identically") {
  Stage s;
  s.produce(1);
  s.run_ms(50);
  World copy = s.world;
  copy.attach(nullptr);
  s.world.attach(nullptr);
  s.world.run_until(sim::Instant{20000000});
  copy.run_until(sim::Instant{20000000});
  CHECK(copy.digest() == s.world.digest());
  CHECK(copy.executed() == s.world.executed());
  CHECK_FALSE(s.world.faulted());
}
