// Deletions by administrators: offsets (KIP-496), groups (KIP-229).
#include "coordinator/harness.h"
#include "protocol/facts_of_groups.h"

using namespace coordinator_test;

namespace {

ErrorCode delete_group(Bench& b, const std::string& group = "billing") {
  const auto h = b.send(DeleteGroupsRequest{{group}});
  b.wait_ms(20);
  const auto r = b.reply<DeleteGroupsResponse>(h);
  REQUIRE(r);
  REQUIRE(r->results.size() == 1);
  CHECK(r->results[0].name == group);
  return r->results[0].error;
}

OffsetDeleteResponse delete_offsets(Bench& b, std::vector<TopicPartition> partitions) {
  const auto h = b.send(OffsetDeleteRequest{"billing", std::move(partitions)});
  b.wait_ms(20);
  const auto r = b.reply<OffsetDeleteResponse>(h);
  REQUIRE(r);
  return *r;
}

}  // namespace

TEST_CASE(
    "DeleteGroups: an unknown or non-empty group is refused, an empty one is deleted and stays deleted after a failover") {
  Bench b;
  CHECK(delete_group(b) == ErrorCode::GROUP_ID_NOT_FOUND);
  const auto ids = b.stable_group({"c-1"});
  b.send(b.commit_request(42, ids[0], 1));
  b.wait_ms(20);
  CHECK(delete_group(b) == ErrorCode::NON_EMPTY_GROUP);
  CHECK(b.fetch() == 42);
  b.leave(ids[0]);
  CHECK(delete_group(b) == ErrorCode::NONE);
  CHECK(b.coordinator().group("billing") == nullptr);
  CHECK(b.coordinator().offsets("billing") == nullptr);
  CHECK(b.lines.facts<fact::OffsetCommitted>().back().offset.value == -1);
  b.act([](CoordinatorNode& n, Context& ctx) {
    n.resign(ctx);
    n.elect(ctx, LeaderEpoch{2});
  });
  b.wait_ms(20);
  CHECK(b.coordinator().group("billing") == nullptr);
  CHECK(delete_group(b) == ErrorCode::GROUP_ID_NOT_FOUND);
}

TEST_CASE("DeleteGroups: the offsets of a group without members stay until their tombstones are committed") {
  Bench b;
  b.send(b.commit_request(7));
  b.wait_ms(20);
  b.node().never_commits = true;
  const auto h = b.send(DeleteGroupsRequest{{"billing"}});
  b.wait_ms(100);
  CHECK_FALSE(b.reply<DeleteGroupsResponse>(h));
  CHECK(b.coordinator().group("billing") == nullptr);
  REQUIRE(b.coordinator().offsets("billing") != nullptr);
  CHECK(b.coordinator().offsets("billing")->size() == 1);
}

TEST_CASE(
    "OffsetMetadataManager: an uncommitted offset does not reappear after its group, offset or topic is deleted") {
  for (const std::string what : {"group", "offset", "topic"}) {
    CAPTURE(what);
    Bench b;
    b.node().commit_delay = sim::seconds(8);
    b.send(b.commit_request(42));
    b.wait_ms(1000);
    if (what == "group") b.send(DeleteGroupsRequest{{"billing"}});
    if (what == "offset") b.send(OffsetDeleteRequest{"billing", {kOrders0}});
    if (what == "topic") b.act([](CoordinatorNode& n, Context& ctx) { n.topic_deleted(ctx, kOrders0.topic); });
    b.wait_ms(20'000);
    CHECK(b.fetch() == -1);
    CHECK(b.coordinator().offsets("billing") == nullptr);
  }
}

TEST_CASE(
    "OffsetDelete: a topic that the group subscribes to is refused; otherwise only the named partitions are deleted") {
  Bench b;
  CHECK(delete_offsets(b, {kOrders0}).error == ErrorCode::GROUP_ID_NOT_FOUND);
  const auto ids = b.stable_group({"c-1"});
  b.send(b.commit_request(42, ids[0], 1, kOrders0));
  b.send(b.commit_request(43, ids[0], 1, kOrders1));
  b.wait_ms(20);
  auto r = delete_offsets(b, {kOrders0});
  CHECK(r.error == ErrorCode::NONE);
  REQUIRE(r.partitions.size() == 1);
  CHECK(r.partitions[0].error == ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC);
  CHECK(b.fetch() == 42);
  b.leave(ids[0]);
  r = delete_offsets(b, {kOrders0, kOrders2});  // the second partition has no committed offset: no tombstone, no error
  REQUIRE(r.partitions.size() == 2);
  CHECK(r.partitions[0].error == ErrorCode::NONE);
  CHECK(r.partitions[1].error == ErrorCode::NONE);
  CHECK(b.fetch(kOrders0) == -1);
  CHECK(b.fetch(kOrders1) == 43);
  CHECK(b.state() == GroupState::Empty);
}

TEST_CASE(
    "ClassicGroup.isSubscribedToTopic: the members of the last generation decide, even if members have joined or left since") {
  Bench b;
  const auto ids = b.stable_group({"c-1"});
  const auto reads = [&](const char* topic) { return b.coordinator().group("billing")->is_subscribed_to(topic); };
  CHECK(reads("orders"));
  CHECK_FALSE(reads("payments"));
  auto join = b.join_request("c-2", b.id_for("c-2"));
  join.protocols = {{"range", {{"payments"}, {}, -1}}};
  b.send(join);
  b.wait_ms(20);
  CHECK(b.state() == GroupState::PreparingRebalance);
  CHECK_FALSE(reads("payments"));
  b.send(b.join_request("c-1", ids[0]));
  b.wait_ms(20);
  CHECK(b.state() == GroupState::CompletingRebalance);
  CHECK(reads("payments"));
  b.act([](CoordinatorNode& n, Context& ctx) {
    n.resign(ctx);
    n.elect(ctx, LeaderEpoch{2});
  });
  b.wait_ms(20);
  CHECK(reads("orders"));  // from the stored generation
  CHECK_FALSE(reads("payments"));
}

TEST_CASE("a deletion that cannot be stored gets an error") {
  Bench b;
  b.send(b.commit_request(7));
  b.wait_ms(20);
  b.node().append_error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
  CHECK(delete_offsets(b, {kOrders0}).error == ErrorCode::NOT_COORDINATOR);
  CHECK(b.fetch() == 7);
  CHECK(delete_group(b) == ErrorCode::NOT_COORDINATOR);
  REQUIRE(b.coordinator().group("billing") != nullptr);
  CHECK(b.state() == GroupState::Empty);
  b.node().append_error = ErrorCode::NONE;
  CHECK(delete_group(b) == ErrorCode::NONE);
}

TEST_CASE(
    "GroupCoordinatorShard.scheduleClassicGroupSizeCounter: groups are counted after loading and once a minute; before 4.x, at each change") {
  const auto counted = [](Bench& b, GroupState state) {
    return b.coordinator().counted_groups(sim::Instant{b.now_ms() * 1000})[static_cast<std::size_t>(state)];
  };
  Bench b;
  b.send(b.commit_request(7));
  b.wait_ms(59000);
  CHECK(counted(b, GroupState::Empty) == 0);
  b.wait_ms(1000);
  CHECK(counted(b, GroupState::Empty) == 1);
  b.wait_ms(30000);
  CHECK(delete_group(b) == ErrorCode::NONE);  // the metric shows the state at the last full minute
  CHECK(counted(b, GroupState::Empty) == 1);
  b.wait_ms(30000);
  CHECK(counted(b, GroupState::Empty) == 0);
  CHECK(b.coordinator().offset_count() == 0);
  struct OldBench : Bench {
    OldBench() : Bench(Config(config_scope::kServer, KafkaVersion::V2_5)) {}
  } old;
  old.send(old.commit_request(7));
  old.wait_ms(20);
  CHECK(counted(old, GroupState::Empty) == 1);
  CHECK(old.coordinator().offset_count() == 1);
}

TEST_CASE(
    "KafkaApis: OffsetDelete of a partition that does not exist gets UNKNOWN_TOPIC_OR_PARTITION, and the offsets of the others are deleted") {
  Bench b;
  b.send(b.commit_request(7));
  b.wait_ms(20);
  const auto r = delete_offsets(b, {{kOrders0.topic, 99}, {77, 0}, kOrders0});
  CHECK(r.error == ErrorCode::NONE);
  REQUIRE(r.partitions.size() == 3);
  CHECK(r.partitions[0].error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(r.partitions[1].error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(r.partitions[2].error == ErrorCode::NONE);
  CHECK(b.fetch() == -1);
}
