// Groups of the newer protocol at their coordinator (KIP-848), modelled on Kafka's GroupMetadataManagerTest.
#include "coordinator/newer_bench.h"

using namespace coordinator_test;
using coordinator::ConsumerGroup;
using coordinator::ConsumerGroupState;
using coordinator::MemberState;

TEST_CASE("KIP-848: the first member gets every partition with its first heartbeat, once the records are committed") {
  NewerBench b;
  const auto h = b.send(b.joining("a"));
  CHECK_FALSE(b.reply<ConsumerGroupHeartbeatResponse>(h));
  b.wait_ms(20);
  const auto r = b.reply<ConsumerGroupHeartbeatResponse>(h);
  REQUIRE(r);
  CHECK(r->error == ErrorCode::NONE);
  CHECK(r->member_epoch == 1);
  CHECK(r->heartbeat_interval_ms == 5000);
  CHECK(r->has_assignment);
  CHECK(r->assignment == all_three());
  CHECK(b.newer().state() == ConsumerGroupState::Stable);
  CHECK(b.newer().group_epoch() == 1);
  CHECK(b.newer().assignment_epoch() == 1);
  // The answer to a heartbeat without changes has no assignment.
  const auto quiet = b.answer(b.beat("a", 1));
  CHECK(quiet.member_epoch == 1);
  CHECK_FALSE(quiet.has_assignment);
}

TEST_CASE(
    "KIP-848: a second member gets partitions only after the first has revoked them and reported it in a heartbeat") {
  NewerBench b;
  b.two_members();
  CHECK(b.newer().state() == ConsumerGroupState::Reconciling);
  CHECK(b.newer().group_epoch() == 2);
  CHECK(b.newer().member("b")->state == MemberState::UnreleasedPartitions);
  CHECK(b.newer().member("b")->member_epoch == 2);  // the target's epoch, although no partition is free yet

  const auto told = b.answer(b.beat("a", 1));
  CHECK(told.member_epoch == 1);  // until a has revoked the partition
  CHECK(told.assignment == std::vector<TopicPartition>{kOrders0, kOrders1});
  CHECK(b.newer().member("a")->state == MemberState::UnrevokedPartitions);
  CHECK_FALSE(b.answer(b.beat("b", 2)).has_assignment);  // orders-2 is not free yet

  const auto freed = b.answer(b.owning("a", 1, {kOrders0, kOrders1}));
  CHECK(freed.member_epoch == 2);
  const auto given = b.answer(b.beat("b", 2));
  CHECK(given.assignment == std::vector<TopicPartition>{kOrders2});
  CHECK(b.newer().state() == ConsumerGroupState::Stable);
}

TEST_CASE(
    "KIP-848: a wrong member epoch gets FENCED_MEMBER_EPOCH, except the previous epoch with a matching assignment, since that answer may be lost") {
  NewerBench b;
  b.two_members();
  b.answer(b.beat("a", 1));
  b.answer(b.owning("a", 1, {kOrders0, kOrders1}));  // the epoch is now 2; assume that the answer was lost
  CHECK(b.answer(b.beat("a", 3)).error == ErrorCode::FENCED_MEMBER_EPOCH);
  CHECK(b.answer(b.owning("a", 1, {kOrders0, kOrders1})).member_epoch == 2);
  CHECK(b.answer(b.owning("a", 1, all_three())).error == ErrorCode::FENCED_MEMBER_EPOCH);  // one too many
  CHECK(b.answer(b.beat("a", 1)).error == ErrorCode::FENCED_MEMBER_EPOCH);                 // none reported
  CHECK(b.answer(b.beat("nobody", 2)).error == ErrorCode::UNKNOWN_MEMBER_ID);
  // Epoch 0 starts over, with the partitions that the coordinator still counts as the member's own (KAFKA-19233).
  const auto again = b.answer(b.joining("a"));
  CHECK(again.error == ErrorCode::NONE);
  CHECK(again.assignment == std::vector<TopicPartition>{kOrders0, kOrders1});
}

TEST_CASE("KIP-848: invalid heartbeats, unknown groups and unknown assignors are refused") {
  NewerBench b;
  CHECK(b.answer(b.beat("a", 5)).error == ErrorCode::GROUP_ID_NOT_FOUND);
  auto r = b.joining("a");
  r.server_assignor = "sticky";
  CHECK(b.answer(r).error == ErrorCode::UNSUPPORTED_ASSIGNOR);
  r = b.joining("a");
  r.rebalance_timeout_ms = -1;
  CHECK(b.answer(r).error == ErrorCode::INVALID_REQUEST);
  r = b.joining("");
  CHECK(b.answer(r).error == ErrorCode::INVALID_REQUEST);
  r = b.joining("a");
  r.topic_partitions = {kOrders0};
  CHECK(b.answer(r).error == ErrorCode::INVALID_REQUEST);
  CHECK(b.coordinator().consumer_groups().empty());
  r = b.joining("a");
  r.server_assignor = "range";
  CHECK(b.answer(r).error == ErrorCode::NONE);
  CHECK(b.coordinator().assignor_of(b.newer()) == "range");
}

TEST_CASE(
    "group.consumer.session.timeout.ms: a member that is silent for 45 s is fenced, and the others continue in a new group epoch") {
  NewerBench b;
  b.two_members();
  b.answer(b.beat("a", 1));
  b.answer(b.owning("a", 1, {kOrders0, kOrders1}));
  b.answer(b.beat("b", 2));
  for (int i = 0; i < 8; ++i) {
    b.wait_ms(5000);
    CHECK(b.answer(b.beat("b", 2)).error == ErrorCode::NONE);
  }
  b.wait_ms(5000);
  CHECK(b.newer().members().size() == 1);
  CHECK(b.newer().group_epoch() == 3);
  CHECK(b.newer().state() == ConsumerGroupState::Assigning);  // computed with the next heartbeat
  const auto r = b.answer(b.beat("b", 2));
  CHECK(r.member_epoch == 3);
  CHECK(r.assignment == all_three());
  CHECK(b.newer().state() == ConsumerGroupState::Stable);
  CHECK(b.answer(b.beat("a", 2)).error == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE(
    "a group's own consumer.session.timeout.ms and consumer.heartbeat.interval.ms override the broker's (GroupConfig)") {
  NewerBench b;
  b.act([](CoordinatorNode& n, Context&) {
    for (const auto& [key, value] :
         {std::pair{"consumer.session.timeout.ms", "60000"}, std::pair{"consumer.heartbeat.interval.ms", "12000"}})
      n.image.apply(n.image.last_offset() + 1, {1}, ConfigRecord{"group:g", key, value, false});
  });
  CHECK(b.answer(b.joining("a")).heartbeat_interval_ms == 12000);
  b.wait_ms(50000);
  CHECK(b.newer().members().size() == 1);
  b.wait_ms(10000);
  CHECK(b.newer().members().empty());
}

TEST_CASE(
    "a member that does not revoke its partitions within the rebalance timeout is fenced, even if it sends heartbeats") {
  NewerBench b;
  b.two_members();
  b.answer(b.beat("a", 1));
  for (int i = 0; i < 11; ++i) {
    b.wait_ms(5000);
    CHECK(b.answer(b.beat("a", 1)).error == ErrorCode::NONE);
    CHECK(b.answer(b.beat("b", 2)).error == ErrorCode::NONE);
  }
  b.wait_ms(5000);
  CHECK(b.answer(b.beat("a", 1)).error == ErrorCode::UNKNOWN_MEMBER_ID);
  CHECK(b.answer(b.beat("b", 2)).assignment == all_three());
}

TEST_CASE("epoch -1: a member leaves the group, which is Empty after the last one") {
  NewerBench b;
  b.two_members();
  CHECK(b.answer(b.beat("a", -1)).member_epoch == -1);
  CHECK(b.answer(b.beat("b", 2)).assignment == all_three());
  b.answer(b.beat("b", -1));
  CHECK(b.newer().state() == ConsumerGroupState::Empty);
  CHECK(b.newer().group_epoch() == 4);
  CHECK(b.newer().targets().empty());
}

TEST_CASE(
    "epoch -2: a static member leaves temporarily, and its next process takes its place without a new group epoch") {
  NewerBench b;
  b.answer(b.joining("a", "one"));
  b.answer(b.owning("a", 1, all_three()));
  auto other = b.joining("a2", "one");
  CHECK(b.answer(other).error == ErrorCode::UNRELEASED_INSTANCE_ID);
  CHECK(b.answer(b.joining("a", "one")).error == ErrorCode::UNRELEASED_INSTANCE_ID);  // the same id as well
  auto away = b.beat("a", -2);
  away.instance_id = "one";
  CHECK(b.answer(away).member_epoch == -2);
  CHECK(b.newer().state() == ConsumerGroupState::Reconciling);
  CHECK(b.newer().member("a")->assigned == all_three());
  const auto back = b.answer(other);
  CHECK(back.error == ErrorCode::NONE);
  CHECK(back.member_epoch == 1);
  CHECK(back.assignment == all_three());
  CHECK(b.newer().group_epoch() == 1);
  CHECK(b.newer().members().size() == 1);
  auto old = b.beat("a", 1);
  old.instance_id = "one";
  CHECK(b.answer(old).error == ErrorCode::FENCED_INSTANCE_ID);
}

TEST_CASE("group.consumer.max.size: one member too many is refused, and existing members stay") {
  Config config;
  config.set("group.consumer.max.size", std::int64_t{1});
  NewerBench b(config);
  b.answer(b.joining("a"));
  CHECK(b.answer(b.joining("b")).error == ErrorCode::GROUP_MAX_SIZE_REACHED);
  CHECK(b.answer(b.beat("a", 1)).error == ErrorCode::NONE);
  b.answer(b.beat("a", -1));
  b.answer(b.joining("s", "one"));
  auto away = b.beat("s", -2);
  away.instance_id = "one";
  b.answer(away);
  // Members count by their ids: a static member that returns under another id exceeds the limit
  // (throwIfConsumerGroupIsFull).
  CHECK(b.answer(b.joining("s2", "one")).error == ErrorCode::GROUP_MAX_SIZE_REACHED);
}

TEST_CASE("OffsetCommit and OffsetFetch carry the member epoch, and a wrong one gets STALE_MEMBER_EPOCH") {
  NewerBench b;
  b.answer(b.joining("a"));
  const auto commit = [&](std::int64_t offset, std::string member, std::int32_t epoch) {
    auto r = b.commit_request(offset, std::move(member), epoch);
    r.group_id = "g";
    const auto h = b.send(r);
    b.wait_ms(20);
    return b.committed(h);
  };
  CHECK(commit(5, "a", 1) == ErrorCode::NONE);
  CHECK(commit(6, "a", 0) == ErrorCode::STALE_MEMBER_EPOCH);
  CHECK(commit(6, "b", 1) == ErrorCode::UNKNOWN_MEMBER_ID);
  CHECK(commit(6, "", -1) == ErrorCode::UNKNOWN_MEMBER_ID);  // the group has a member
  const auto fetch = [&](std::string member, std::int32_t epoch) {
    const auto h = b.send(OffsetFetchRequest{"g", std::move(member), epoch, true, {kOrders0}});
    b.wait_ms(20);
    return *b.reply<OffsetFetchResponse>(h);
  };
  CHECK(fetch("a", 1).partitions[0].committed_offset.value == 5);
  CHECK(fetch("a", 4).error == ErrorCode::STALE_MEMBER_EPOCH);
  CHECK(fetch("", -1).partitions[0].committed_offset.value == 5);
  b.answer(b.beat("a", -1));
  CHECK(commit(7, "", -1) == ErrorCode::NONE);  // the group is empty
}

TEST_CASE("when a topic grows, the next heartbeat raises the group epoch and the new partitions are assigned") {
  NewerBench b;
  b.answer(b.joining("a"));
  b.act([&](CoordinatorNode& n, Context&) {
    PartitionRecord r;
    r.partition = {1, 3};
    r.replicas = r.isr = {1};
    r.leader = 1;
    n.image.apply(n.image.last_offset() + 1, {1}, r);
  });
  const auto r = b.answer(b.beat("a", 1));
  CHECK(r.member_epoch == 2);
  CHECK(r.assignment.size() == 4);
}

TEST_CASE("a failover in the middle of a reconciliation restores epochs, targets and pending revocations") {
  NewerBench b;
  b.two_members();
  b.answer(b.beat("a", 1));
  const ConsumerGroup before = b.newer();
  b.act([&](CoordinatorNode& n, Context& ctx) {
    n.resign(ctx);
    n.elect(ctx, {2});
  });
  CHECK(b.newer().group_epoch() == before.group_epoch());
  CHECK(b.newer().assignment_epoch() == before.assignment_epoch());
  CHECK(b.newer().members() == before.members());
  CHECK(b.newer().targets() == before.targets());
  CHECK(b.newer().state() == ConsumerGroupState::Reconciling);
  CHECK(b.coordinator().revocation_timer("g", "a"));
  CHECK(b.coordinator().session_timer("g", "b"));
  b.answer(b.owning("a", 1, {kOrders0, kOrders1}));
  CHECK(b.answer(b.beat("b", 2)).assignment == std::vector<TopicPartition>{kOrders2});
}

TEST_CASE("when records cannot be appended, the group returns to its state before them") {
  NewerBench b;
  b.answer(b.joining("a"));
  b.act([](CoordinatorNode& n, Context&) { n.append_error = ErrorCode::NOT_ENOUGH_REPLICAS; });
  CHECK(b.answer(b.joining("b")).error == ErrorCode::COORDINATOR_NOT_AVAILABLE);
  CHECK(b.newer().members().size() == 1);
  CHECK(b.newer().group_epoch() == 1);
  b.act([](CoordinatorNode& n, Context&) { n.append_error = ErrorCode::NONE; });
  CHECK(b.answer(b.joining("b")).member_epoch == 2);
}

TEST_CASE(
    "an expired member stays while its removal cannot be appended; the coordinator retries after 500 ms (CoordinatorTimerImpl)") {
  NewerBench b;
  b.answer(b.joining("a"));
  b.wait_ms(44000);
  b.act([](CoordinatorNode& n, Context&) { n.append_error = ErrorCode::NOT_LEADER_OR_FOLLOWER; });
  b.wait_ms(1300);
  CHECK(b.newer().members().size() == 1);
  b.act([](CoordinatorNode& n, Context&) { n.append_error = ErrorCode::NONE; });
  b.wait_ms(600);
  CHECK(b.newer().members().empty());
}

TEST_CASE("read requests are answered at once, from the committed state of the group (scheduleReadOperation)") {
  NewerBench b;
  b.answer(b.joining("a"));
  b.node().never_commits = true;
  b.send(b.joining("b"));
  b.send(b.joining("elsewhere"));
  CHECK(b.newer().members().size() == 3);
  const auto described = [&] {
    const auto h = b.send(ConsumerGroupDescribeRequest{{"g"}});
    return b.reply<ConsumerGroupDescribeResponse>(h)->groups.at(0);
  };
  CHECK(described().error == ErrorCode::NONE);
  CHECK(described().group_epoch == 1);
  CHECK(described().members.size() == 1);
  OffsetFetchRequest fetch;
  fetch.group_id = "g";
  fetch.member_id = "b";
  fetch.generation_id = b.newer().member("b")->member_epoch;
  fetch.require_stable = false;
  CHECK(b.reply<OffsetFetchResponse>(b.send(fetch))->error == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE("an empty group is replaced when a member of the other protocol joins") {
  NewerBench b;
  b.answer(b.joining("a"));
  b.answer(b.beat("a", -1));
  auto classic = b.join_request("old");
  classic.group_id = "g";
  auto known = classic;
  known.member_id = "old-1";
  CHECK(b.reply<JoinGroupResponse>(b.send(known))->error == ErrorCode::UNKNOWN_MEMBER_ID);  // it has an id
  CHECK(b.coordinator().consumer_group("g") != nullptr);
  CHECK(b.reply<JoinGroupResponse>(b.send(classic))->error == ErrorCode::MEMBER_ID_REQUIRED);
  CHECK(b.coordinator().consumer_group("g") == nullptr);
  // A client that only has an id is not a member yet (ClassicGroup.isEmpty).
  CHECK(b.answer(b.joining("a")).error == ErrorCode::NONE);
  CHECK(b.coordinator().group("g") == nullptr);
}
