#include "harness.h"
#include "protocol/config.h"
#include "protocol/facts_of_groups.h"
#include "protocol/messages_group.h"

using namespace coordinator_test;

TEST_CASE("coordinator failover: members keep their ids, generation, leader and assignments, and offsets are kept") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"});
  b.send(b.commit_request(42, ids[0], 1, kOrders0));
  b.send(b.commit_request(43, ids[0], 1, kOrders0));
  b.send(b.commit_request(7, ids[1], 1, kOrders1));
  b.wait_ms(50);
  b.kill(sim::Death::Crash);
  CHECK(b.coordinator().group("billing") == nullptr);
  b.wait_ms(2000);
  b.restart();
  CHECK(b.state() == GroupState::Stable);
  CHECK(b.group().generation() == 1);
  CHECK(b.group().leader() == ids[0]);
  CHECK(b.group().protocol_name() == "range");
  CHECK(b.group().members().size() == 2);
  CHECK(b.group().member(ids[1])->client_id == "c-2");
  CHECK(b.group().member(ids[1])->assignment == std::vector<TopicPartition>{kOrders1});
  CHECK(b.heartbeat(ids[0]) == ErrorCode::NONE);
  CHECK(b.fetch(kOrders0) == 43);
  CHECK(b.fetch(kOrders1) == 7);
  const auto loaded = b.lines.facts<fact::GroupLoaded>();
  REQUIRE(loaded.size() == 2);  // first an empty log, then this one
  CHECK(loaded[1].groups == 1);
  CHECK(loaded[1].offsets == 2);
}

TEST_CASE("coordinator failover: after a crash the coordinator's memory equals that of a new one") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"});
  b.send(b.commit_request(42, ids[0], 1, kOrders0));
  b.wait_ms(50);
  b.node().never_commits = true;
  b.send(b.commit_request(43, ids[0], 1, kOrders0));
  b.join(b.id_for("c-3"));
  REQUIRE(b.coordinator().session_timer("billing", ids[1]));
  REQUIRE(b.coordinator().join_timer("billing"));
  REQUIRE(b.coordinator().waiting_writes() > 0);
  b.kill(sim::Death::Crash);
  const GroupCoordinator& dead = b.coordinator();
  CHECK(dead.owned_partitions().empty());
  CHECK(dead.groups().empty());
  CHECK(dead.offset_count() == 0);
  CHECK(dead.waiting_writes() == 0);
  CHECK(dead.counters() == GroupCoordinator::Counters{});
  CHECK(dead.empty());  // no timer is left either
  CHECK(dead.counted_groups({}) == GroupCoordinator::StateCounts{});
}

TEST_CASE("coordinator failover: session timers start again") {
  Bench b;
  const auto ids = b.stable_group({"c-1"});
  b.wait_ms(9000);
  b.kill(sim::Death::Crash);
  b.wait_ms(500);
  b.restart();
  b.wait_ms(9999);
  CHECK(b.group().has_member(ids[0]));
  b.wait_ms(2);
  CHECK_FALSE(b.group().has_member(ids[0]));
}

TEST_CASE(
    "coordinator failover: a follower that rejoins unchanged is not disturbed, and an unfinished rebalance is forgotten") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"});
  b.join(b.id_for("c-3"));
  REQUIRE(b.state() == GroupState::PreparingRebalance);
  b.kill(sim::Death::Crash);
  b.restart();
  CHECK(b.state() == GroupState::Stable);
  CHECK(b.group().generation() == 1);
  CHECK(b.joined(b.join(ids[1])).generation_id == 1);
}

TEST_CASE("an Empty group and one that only commits are loaded as Empty") {
  Bench b;
  const auto ids = b.stable_group({"c-1"});
  b.leave(ids[0]);
  auto simple = b.commit_request(5);
  simple.group_id = "simple";
  b.send(simple);
  b.wait_ms(50);
  b.kill(sim::Death::Crash);
  b.restart();
  CHECK(b.state() == GroupState::Empty);
  CHECK(b.group().generation() == 2);
  CHECK(b.state("simple") == GroupState::Empty);
  CHECK(b.coordinator().offsets("simple")->at(kOrders0).offset == Offset{5});
  CHECK(b.coordinator().groups().size() == 2);
}

TEST_CASE("resignation: waiting requests get NOT_COORDINATOR, and the group is removed from memory") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"});
  const auto join = b.join(ids[0]);
  const auto commit = b.send(b.commit_request(1, ids[1], 1));
  const auto fetch = b.send(OffsetFetchRequest{"billing", {}, -1, true, {kOrders0}});
  b.act([](CoordinatorNode& n, Context& ctx) { n.resign(ctx); });
  CHECK(b.joined(join).error == ErrorCode::NOT_COORDINATOR);
  CHECK(b.committed(commit) == ErrorCode::NOT_COORDINATOR);
  CHECK(b.reply<OffsetFetchResponse>(fetch)->error == ErrorCode::NOT_COORDINATOR);
  CHECK(b.coordinator().group("billing") == nullptr);
  CHECK_FALSE(b.coordinator().owns(0));
  b.act([](CoordinatorNode& n, Context& ctx) { n.elect(ctx, {5}); });
  CHECK(b.state() == GroupState::Stable);
  CHECK_FALSE(b.coordinator().join_timer("billing"));  // the unfinished rebalance is forgotten with its timer
  b.act([](CoordinatorNode& n, Context& ctx) { n.resign(ctx); });
  b.wait_ms(100000);  // timers from the old term have no effect
  CHECK_FALSE(b.world.faulted());
}

TEST_CASE("resignation: parked SyncGroups get NOT_COORDINATOR") {
  Bench b;
  const auto c1 = b.id_for("c-1"), c2 = b.id_for("c-2");
  b.join(c1);
  b.join(c2);
  b.wait_ms(6001);
  const auto follower = b.sync(c2);
  b.act([](CoordinatorNode& n, Context& ctx) { n.resign(ctx); });
  CHECK(b.reply<SyncGroupResponse>(follower)->error == ErrorCode::NOT_COORDINATOR);
}

TEST_CASE(
    "after a resignation and a new election, appended records count once committed, and earlier completions are ignored") {
  Bench b;
  b.node().commit_delay = sim::milliseconds(500);
  b.send(b.commit_request(42));
  b.wait_ms(10);  // appended, not committed
  b.act([](CoordinatorNode& n, Context& ctx) { n.resign(ctx); });
  b.act([](CoordinatorNode& n, Context& ctx) { n.elect(ctx, {5}); });
  CHECK(b.fetch() == -1);
  b.wait_ms(1000);  // the old append completes now
  CHECK(b.fetch() == 42);
  CHECK_FALSE(b.world.faulted());
}

TEST_CASE("a later leader epoch for a partition that the broker already leads changes nothing") {
  Bench b;
  const auto ids = b.stable_group({"c-1"});
  b.act([](CoordinatorNode& n, Context& ctx) { n.elect(ctx, {9}); });
  CHECK(b.state() == GroupState::Stable);
  CHECK(b.lines.of(Trace::GroupLoaded).size() == 1);
  CHECK(b.heartbeat(ids[0]) == ErrorCode::NONE);
}

TEST_CASE("a loaded group above group.max.size rebalances") {
  Config config;
  config.set("group.max.size", std::int64_t{1});
  Bench small(config);
  Bench b;
  b.stable_group({"c-1", "c-2"});
  // Both brokers have the same log.
  small.node().logs = b.node().logs;
  small.act([](CoordinatorNode& n, Context& ctx) {
    n.resign(ctx);
    n.elect(ctx, {5});
  });
  CHECK(small.state() == GroupState::PreparingRebalance);
}

TEST_CASE(
    "coordinator failover: while the log is loading, requests get COORDINATOR_LOAD_IN_PROGRESS, and every heartbeat succeeds") {
  Bench b;
  const auto ids = b.stable_group({"c-1"});
  b.send(b.commit_request(42, ids[0], 1, kOrders0));
  b.wait_ms(50);
  b.node().set_load_rate(b.node().logs.at(0).size_bytes());  // a second
  b.kill(sim::Death::Crash);
  b.restart();
  const auto heartbeat = [&](const std::string& member) {
    return b.reply<HeartbeatResponse>(b.send(HeartbeatRequest{"billing", 1, member, {}}))->error;
  };
  CHECK(heartbeat(ids[0]) == ErrorCode::NONE);
  CHECK(heartbeat("nobody") == ErrorCode::NONE);
  CHECK(b.joined(b.join(ids[0])).error == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  CHECK(b.coordinator().group("billing") == nullptr);
  b.wait_ms(1010);
  CHECK(b.state() == GroupState::Stable);
  CHECK(heartbeat("nobody") == ErrorCode::UNKNOWN_MEMBER_ID);
  CHECK(b.fetch(kOrders0) == 42);
}

TEST_CASE("coordinator failover: offsets above the high watermark are returned only after they are committed") {
  Bench b;
  const auto ids = b.stable_group({"c-1"});
  b.send(b.commit_request(42, ids[0], 1, kOrders0));
  b.wait_ms(50);
  b.node().never_commits = true;
  b.send(b.commit_request(50, ids[0], 1, kOrders0));
  b.wait_ms(50);
  b.kill(sim::Death::Crash);
  b.node().never_commits = false;
  b.node().commit_delay = sim::milliseconds(700);
  b.restart();
  CHECK(b.coordinator().offsets("billing")->at(kOrders0).offset == Offset{42});
  const auto asked = b.send(OffsetFetchRequest{"billing", {}, -1, true, {kOrders0}});
  b.wait_ms(600);
  CHECK_FALSE(b.reply<OffsetFetchResponse>(asked).has_value());
  b.wait_ms(200);
  REQUIRE(b.reply<OffsetFetchResponse>(asked).has_value());
  CHECK(b.reply<OffsetFetchResponse>(asked)->partitions.at(0).committed_offset == Offset{50});
  CHECK(b.coordinator().offsets("billing")->at(kOrders0).offset == Offset{50});
}
