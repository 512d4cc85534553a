#include "harness.h"
#include "protocol/messages_group.h"

using namespace coordinator_test;

TEST_CASE("SyncGroup: no member is answered before the leader's assignment is committed in __consumer_offsets") {
  Bench b;
  const auto c1 = b.id_for("c-1"), c2 = b.id_for("c-2");
  b.join(c1);
  b.join(c2);
  b.wait_ms(6001);
  const auto follower = b.sync(c2);
  b.wait_ms(100);
  CHECK_FALSE(b.reply<SyncGroupResponse>(follower));
  const auto leader = b.sync(c1, {{c1, {kOrders0, kOrders1}}, {c2, {kOrders2}}});
  b.wait_ms(6);  // linger 5 ms, then 2 ms to the high watermark
  CHECK_FALSE(b.reply<SyncGroupResponse>(leader));
  CHECK(b.state() == GroupState::CompletingRebalance);
  b.wait_ms(2);
  REQUIRE(b.reply<SyncGroupResponse>(leader));
  CHECK(b.reply<SyncGroupResponse>(leader)->assignment == std::vector<TopicPartition>{kOrders0, kOrders1});
  CHECK(b.reply<SyncGroupResponse>(leader)->protocol_name == "range");
  REQUIRE(b.reply<SyncGroupResponse>(follower));
  CHECK(b.reply<SyncGroupResponse>(follower)->assignment == std::vector<TopicPartition>{kOrders2});
  CHECK(b.state() == GroupState::Stable);
}

TEST_CASE("SyncGroup: a member that the leader's assignment omits gets no partitions") {
  Bench b;
  const auto c1 = b.id_for("c-1"), c2 = b.id_for("c-2");
  b.join(c1);
  b.join(c2);
  b.wait_ms(6001);
  const auto follower = b.sync(c2);
  b.sync(c1, {{c1, {kOrders0, kOrders1, kOrders2}}});
  b.wait_ms(20);
  CHECK(b.reply<SyncGroupResponse>(follower)->error == ErrorCode::NONE);
  CHECK(b.reply<SyncGroupResponse>(follower)->assignment.empty());
}

TEST_CASE("SyncGroup while Stable returns the current assignment") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"});
  const auto r = b.reply<SyncGroupResponse>(b.sync(ids[1]));
  REQUIRE(r);
  CHECK(r->assignment == std::vector<TopicPartition>{kOrders1});
}

TEST_CASE(
    "SyncGroup is refused with UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, INCONSISTENT_GROUP_PROTOCOL or REBALANCE_IN_PROGRESS") {
  Bench b;
  auto sync = [&](SyncGroupRequest r) { return b.reply<SyncGroupResponse>(b.send(r))->error; };
  CHECK(sync({"", 1, "x", {}, {}, {}}) == ErrorCode::INVALID_GROUP_ID);
  CHECK(sync({"billing", 1, "x", {}, {}, {}}) == ErrorCode::UNKNOWN_MEMBER_ID);
  const auto ids = b.stable_group({"c-1", "c-2"});
  CHECK(sync({"billing", 1, "x", {}, {}, {}}) == ErrorCode::UNKNOWN_MEMBER_ID);
  CHECK(sync({"billing", 0, ids[0], {}, {}, {}}) == ErrorCode::ILLEGAL_GENERATION);
  CHECK(sync({"billing", 1, ids[0], {}, "sticky", {}}) == ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
  b.join(ids[0]);
  CHECK(sync({"billing", 1, ids[1], {}, "range", {}}) == ErrorCode::REBALANCE_IN_PROGRESS);
}

TEST_CASE(
    "a rebalance that begins before the assignment is stored answers waiting members with REBALANCE_IN_PROGRESS") {
  Bench b;
  const auto c1 = b.id_for("c-1"), c2 = b.id_for("c-2");
  b.join(c1);
  b.join(c2);
  b.wait_ms(6001);
  const auto follower = b.sync(c2);
  const auto leader = b.sync(c1, {{c1, {kOrders0}}});
  b.join(b.id_for("c-3"));  // while the record lingers
  CHECK(b.reply<SyncGroupResponse>(follower)->error == ErrorCode::REBALANCE_IN_PROGRESS);
  CHECK(b.reply<SyncGroupResponse>(leader)->error == ErrorCode::REBALANCE_IN_PROGRESS);
  b.wait_ms(100);  // the stale record is committed, and has no effect
  CHECK(b.state() == GroupState::PreparingRebalance);
  CHECK(b.group().member(c1)->assignment.empty());
}

TEST_CASE(
    "pending sync: a member that sends no SyncGroup within the rebalance timeout is removed, and the others rebalance") {
  Bench b;
  const auto c1 = b.id_for("c-1"), c2 = b.id_for("c-2");
  for (const auto& id : {c1, c2}) {
    auto r = b.join_request(Bench::client_of(id), id);
    r.rebalance_timeout_ms = 8000;
    r.session_timeout_ms = 60000;
    b.send(r);
  }
  b.wait_ms(6001);
  b.sync(c1, {{c1, {kOrders0}}, {c2, {kOrders1}}});
  b.wait_ms(20);
  CHECK(b.state() == GroupState::Stable);
  REQUIRE(b.coordinator().sync_timer("billing"));
  CHECK(b.coordinator().sync_timer("billing")->total == sim::seconds(8));
  b.wait_ms(7970);
  CHECK(b.group().has_member(c2));
  b.wait_ms(20);
  CHECK_FALSE(b.group().has_member(c2));
  CHECK(b.state() == GroupState::PreparingRebalance);
  CHECK_FALSE(b.coordinator().sync_timer("billing"));
}

TEST_CASE("pending sync: the timer ends when every member has sent SyncGroup") {
  Bench b;
  b.stable_group({"c-1", "c-2"});
  CHECK_FALSE(b.coordinator().sync_timer("billing"));
}

TEST_CASE("if the assignment cannot be stored, every member gets the error and rejoins") {
  Bench b;
  const auto id = b.id_for("c-1");
  b.join(id);
  b.wait_ms(3001);
  b.node().append_error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
  const auto h = b.sync(id, {{id, {kOrders0}}});
  b.wait_ms(10);
  CHECK(b.reply<SyncGroupResponse>(h)->error == ErrorCode::NOT_COORDINATOR);
  CHECK(b.state() == GroupState::PreparingRebalance);
  b.node().append_error = ErrorCode::NONE;
  const auto again = b.join(id);
  CHECK(b.joined(again).generation_id == 2);
}

TEST_CASE(
    "if the assignment is not committed within offsets.commit.timeout.ms, members get COORDINATOR_NOT_AVAILABLE and rebalance") {
  Bench b;
  const auto id = b.id_for("c-1");
  b.join(id);
  b.wait_ms(3001);
  b.node().never_commits = true;
  const auto h = b.sync(id, {{id, {kOrders0}}});
  b.wait_ms(5000);
  CHECK_FALSE(b.reply<SyncGroupResponse>(h));
  b.wait_ms(1);
  CHECK(b.reply<SyncGroupResponse>(h)->error == ErrorCode::COORDINATOR_NOT_AVAILABLE);
  CHECK(b.state() == GroupState::PreparingRebalance);
}

TEST_CASE("a group whose first record cannot be stored is not created") {
  Bench b;
  b.node().append_error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
  const auto h = b.join(b.id_for("c-1"));
  b.wait_ms(10);
  CHECK(b.coordinator().group("billing") == nullptr);
  CHECK(b.joined(h).error == ErrorCode::NOT_COORDINATOR);
  CHECK_FALSE(b.world.faulted());
  b.wait_ms(60000);  // none of its timers has an effect
  CHECK_FALSE(b.world.faulted());
}

TEST_CASE("an assignment of an older generation that is committed late changes nothing") {
  Bench b;
  const auto c1 = b.id_for("c-1"), c2 = b.id_for("c-2");
  b.join(c1);
  b.join(c2);
  b.wait_ms(6001);
  b.node().commit_delay = sim::seconds(2);
  b.sync(c1, {{c1, {kOrders0}}, {c2, {kOrders1}}});
  b.wait_ms(10);
  b.leave_now(c2);
  b.join(c1);
  REQUIRE(b.state() == GroupState::CompletingRebalance);
  REQUIRE(b.group().generation() == 2);
  const auto h = b.sync(c1);  // from the leader: the new generation's record takes two seconds more
  b.wait_ms(1995);            // the first generation's record is committed now
  CHECK(b.state() == GroupState::CompletingRebalance);
  CHECK_FALSE(b.reply<SyncGroupResponse>(h));
  b.wait_ms(20);
  CHECK(b.state() == GroupState::Stable);
  CHECK(b.reply<SyncGroupResponse>(h)->assignment.empty());
}

TEST_CASE("a member that waited for its assignment longer than its session timeout gets a new session") {
  Bench b;
  const auto c1 = b.id_for("c-1"), c2 = b.id_for("c-2");
  b.join(c1);
  b.join(c2);
  b.wait_ms(6001);
  const auto follower = b.sync(c2);
  b.wait_ms(8000);
  CHECK(b.heartbeat(c1) == ErrorCode::NONE);
  b.wait_ms(4000);  // c-2 silent for 12 s, but parked
  CHECK(b.group().has_member(c2));
  b.sync(c1, {{c2, {kOrders0}}});
  b.wait_ms(20);
  CHECK(b.reply<SyncGroupResponse>(follower)->assignment.size() == 1);
  b.wait_ms(5000);
  CHECK(b.heartbeat(c1) == ErrorCode::NONE);
  b.wait_ms(4900);
  CHECK(b.group().has_member(c2));
  b.wait_ms(200);
  CHECK_FALSE(b.group().has_member(c2));
}
