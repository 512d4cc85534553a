// Share groups at their coordinator (KIP-932), modelled on Kafka's GroupMetadataManagerTest.
#include "coordinator/share_bench.h"

using namespace coordinator_test;
using coordinator::ShareGroupState;

TEST_CASE("KIP-932: without share.version 1 there are no share groups") {
  ShareBench b(false);
  CHECK(b.answer(b.joining("a")).error == ErrorCode::UNSUPPORTED_VERSION);
}

TEST_CASE(
    "KIP-932: a member joins with its first heartbeat, and gets partitions after the share coordinator has initialized them") {
  ShareBench b;
  const auto first = b.answer(b.joining("a"));
  CHECK(first.error == ErrorCode::NONE);
  CHECK(first.member_epoch == 1);
  CHECK(first.heartbeat_interval_ms == 5000);
  CHECK((first.has_assignment && first.assignment.empty()));
  CHECK(b.share().state() == ShareGroupState::Stable);
  CHECK(b.node().share_wanted.size() == 3);
  CHECK(b.share().initializing().size() == 3);
  CHECK_FALSE(b.answer(b.beat("a", 1)).has_assignment);
  CHECK(b.node().share_wanted.size() == 3);  // requested only once
  b.initialize_all();
  CHECK(b.share().initialized().size() == 3);
  const auto next = b.answer(b.beat("a", 1));
  CHECK(next.member_epoch == 2);
  CHECK(next.assignment == std::vector<TopicPartition>{kOrders0, kOrders1, kOrders2});
  // Four members share three partitions: each partition has a member, and each member a partition.
  for (const char* id : {"b", "c", "d"}) b.answer(b.joining(id));
  CHECK(b.share().members().size() == 4);
  for (const auto& [id, m] : b.share().members()) CHECK_FALSE(b.share().target(id).empty());
}

TEST_CASE("KIP-932: partitions that the share coordinator fails to initialize are requested again") {
  ShareBench b;
  b.answer(b.joining("a"));
  b.act([&](CoordinatorNode& n, Context& ctx) {
    for (const auto& [group, tp] : std::exchange(n.share_wanted, {}))
      n.share_initialized(ctx, group, tp, tp == kOrders1 ? ErrorCode::COORDINATOR_NOT_AVAILABLE : ErrorCode::NONE);
  });
  b.wait_ms(20);
  CHECK(b.answer(b.beat("a", 1)).assignment == std::vector<TopicPartition>{kOrders0, kOrders2});
  CHECK(b.node().share_wanted == std::vector<std::pair<std::string, TopicPartition>>{{"g", kOrders1}});
}

TEST_CASE("KIP-932: wrong epochs and unknown members are refused, and epoch -1 leaves the group") {
  ShareBench b;
  CHECK(b.answer(b.beat("a", 3)).error == ErrorCode::GROUP_ID_NOT_FOUND);
  b.answer(b.joining("a"));
  b.initialize_all();
  b.answer(b.beat("a", 1));
  CHECK(b.answer(b.beat("a", 1)).error == ErrorCode::NONE);  // the answer with epoch 2 was lost
  CHECK(b.answer(b.beat("a", 7)).error == ErrorCode::FENCED_MEMBER_EPOCH);
  CHECK(b.answer(b.beat("x", 2)).error == ErrorCode::UNKNOWN_MEMBER_ID);
  CHECK(b.answer(b.beat("a", -2)).error == ErrorCode::INVALID_REQUEST);
  const auto gone = b.answer(b.beat("a", -1));
  CHECK(gone.member_epoch == -1);
  CHECK(b.share().state() == ShareGroupState::Empty);
  CHECK(b.share().group_epoch() == 3);
}

TEST_CASE("KIP-932: a group id belongs to one kind of group") {
  ShareBench b;
  b.answer(b.joining("a"));
  auto join = b.join_request("c");
  join.group_id = "g";
  const auto classic = b.reply<JoinGroupResponse>(b.send(join));
  REQUIRE(classic);
  CHECK(classic->error == ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
  ConsumerGroupHeartbeatRequest newer;
  newer.group_id = "g";
  newer.member_id = "n";
  newer.rebalance_timeout_ms = 1000;
  newer.has_subscription = newer.has_owned = true;
  const auto refused = b.reply<ConsumerGroupHeartbeatResponse>(b.send(newer));
  REQUIRE(refused);
  CHECK(refused->error == ErrorCode::GROUP_ID_NOT_FOUND);
}

TEST_CASE("KIP-932: a member silent for group.share.session.timeout.ms is removed, also after a coordinator failover") {
  ShareBench b;
  b.answer(b.joining("a"));
  b.answer(b.joining("b"));
  b.initialize_all();
  b.answer(b.beat("a", 1));
  b.act([](CoordinatorNode& n, Context& ctx) {
    n.resign(ctx);
    n.elect(ctx, LeaderEpoch{9});
  });
  b.wait_ms(20);
  CHECK(b.share().members().size() == 2);
  CHECK(b.share().initialized().size() == 3);
  const std::int32_t epoch = b.share().member("a")->member_epoch;
  for (int i = 0; i < 9; ++i) {
    b.wait_ms(5000);
    CHECK(b.answer(b.beat("a", epoch)).error == ErrorCode::NONE);
  }
  CHECK(b.share().members().size() == 1);
  CHECK(b.share().member("a")->assigned == std::vector<TopicPartition>{kOrders0, kOrders1, kOrders2});
}
