#include "harness.h"
#include "protocol/config.h"
#include "protocol/facts_of_groups.h"
#include "protocol/messages_group.h"

using namespace coordinator_test;

TEST_CASE("KIP-394: the first JoinGroup of a dynamic member gets MEMBER_ID_REQUIRED and the id <client id>-<uuid>") {
  Bench b;
  const auto r = b.joined(b.send(b.join_request("c-1")));
  CHECK(r.error == ErrorCode::MEMBER_ID_REQUIRED);
  REQUIRE(r.member_id.size() == 4 + 36);
  CHECK(r.member_id.substr(0, 4) == "c-1-");
  CHECK(r.member_id[4 + 14] == '4');  // a version 4 UUID
  CHECK(b.group().members().empty());
  CHECK(b.group().is_pending(r.member_id));
  CHECK(b.state() == GroupState::Empty);
  const auto second = b.join(r.member_id);
  CHECK_FALSE(b.reply<JoinGroupResponse>(second));
  CHECK(b.state() == GroupState::PreparingRebalance);
  CHECK(b.group().pending_members().empty());
  const auto joined = b.lines.facts<fact::GroupMemberJoined>();
  REQUIRE(joined.size() == 1);
  CHECK(joined[0].group == "billing");
  CHECK(joined[0].member == r.member_id);
}

TEST_CASE("KIP-394: a pending id is forgotten after the session timeout") {
  Bench b;
  const std::string id = b.id_for("c-1");
  b.wait_ms(9999);
  CHECK(b.group().is_pending(id));
  b.wait_ms(2);
  CHECK_FALSE(b.group().is_pending(id));
  CHECK(b.joined(b.join(id)).error == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE("KIP-394: a rebalance waits for members that have got an id but have not joined with it") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"});
  b.id_for("c-3");  // c-3 gets an id and never joins with it
  CHECK(b.state() == GroupState::Stable);
  const auto leader = b.join(ids[0]);
  const auto changed = b.join(ids[1]);
  CHECK_FALSE(b.reply<JoinGroupResponse>(leader));  // all members have joined, only the pending one is missing
  b.wait_ms(10001);                                 // c-3's session timeout
  CHECK(b.joined(leader).generation_id == 2);
  CHECK(b.joined(changed).generation_id == 2);
}

TEST_CASE("group.initial.rebalance.delay.ms: an empty group waits 3 s, even if its only member has already joined") {
  Bench b;
  const auto h = b.join(b.id_for("c-1"));
  REQUIRE(b.coordinator().join_timer("billing"));
  CHECK(b.coordinator().join_timer("billing")->total == sim::seconds(3));
  b.wait_ms(3000);
  CHECK_FALSE(b.reply<JoinGroupResponse>(h));
  b.wait_ms(1);
  const auto r = b.joined(h);
  CHECK(r.error == ErrorCode::NONE);
  CHECK(r.generation_id == 1);
  CHECK(r.leader == r.member_id);
  CHECK(r.protocol_name == "range");
  REQUIRE(r.members.size() == 1);
  CHECK(r.members[0].metadata.topics == std::vector<std::string>{"orders"});
  const auto rebalances = b.lines.facts<fact::GroupRebalance>();
  REQUIRE(rebalances.size() == 1);
  CHECK(rebalances[0].generation == 1);
  CHECK(rebalances[0].members == 1);
  CHECK(rebalances[0].group == "billing");
}

TEST_CASE("initial rebalance: a member that joins during the delay adds another 3 s") {
  Bench b;
  const auto first = b.join(b.id_for("c-1"));
  b.wait_ms(1000);
  const auto second = b.join(b.id_for("c-2"));
  b.wait_ms(4999);
  CHECK_FALSE(b.reply<JoinGroupResponse>(first));
  b.wait_ms(2);
  CHECK(b.joined(first).generation_id == 1);
  CHECK(b.joined(second).generation_id == 1);
}

TEST_CASE("initial rebalance: the delay never exceeds the rebalance timeout, even if many members join") {
  Bench b;
  auto join = [&](const std::string& client) {
    auto r = b.join_request(client, b.id_for(client));
    r.rebalance_timeout_ms = 7000;
    return b.send(r);
  };
  const auto first = join("c-1");
  for (int i = 2; i < 9; ++i) {
    b.wait_ms(990);
    join("c-" + std::to_string(i));
  }
  b.at_ms(7000);
  CHECK_FALSE(b.reply<JoinGroupResponse>(first));
  b.at_ms(7001);
  CHECK(b.joined(first).generation_id == 1);
  CHECK(b.joined(first).members.size() == 8);
}

TEST_CASE("join: the first member to join leads, and only the leader gets the list of members, sorted by member id") {
  Bench b;
  const auto z = b.id_for("z"), a = b.id_for("a");
  const auto hz = b.join(z), ha = b.join(a);
  b.wait_ms(6001);
  CHECK(b.joined(hz).leader == z);
  CHECK(b.joined(ha).leader == z);
  CHECK(b.joined(ha).members.empty());
  REQUIRE(b.joined(hz).members.size() == 2);
  CHECK(b.joined(hz).members[0].member_id == a);
  CHECK(b.joined(hz).members[1].member_id == z);
}

TEST_CASE(
    "join while Stable: a new member starts a rebalance that waits for all members, which learn of it by heartbeat") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"});
  CHECK(b.heartbeat(ids[0]) == ErrorCode::NONE);
  const auto third = b.join(b.id_for("c-3"));
  CHECK(b.state() == GroupState::PreparingRebalance);
  CHECK(b.heartbeat(ids[0]) == ErrorCode::REBALANCE_IN_PROGRESS);
  const auto h1 = b.join(ids[0]);
  CHECK_FALSE(b.reply<JoinGroupResponse>(h1));
  CHECK_FALSE(b.reply<JoinGroupResponse>(third));
  const auto h2 = b.join(ids[1]);
  CHECK(b.joined(h1).generation_id == 2);  // immediately, without a delay
  CHECK(b.joined(h2).generation_id == 2);
  CHECK(b.joined(third).generation_id == 2);
  CHECK(b.joined(h1).members.size() == 3);
}

TEST_CASE("join while Stable: an unchanged follower gets the current generation and causes no rebalance") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"});
  const auto r = b.joined(b.join(ids[1]));
  CHECK(r.error == ErrorCode::NONE);
  CHECK(r.generation_id == 1);
  CHECK(r.leader == ids[0]);
  CHECK(b.state() == GroupState::Stable);
  CHECK(b.lines.of(Trace::GroupRebalance).size() == 1);
}

TEST_CASE("join while Stable: a follower with another subscription starts a rebalance") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"});
  auto r = b.join_request("c-2", ids[1]);
  r.protocols[0].metadata.topics.push_back("payments");
  r.reason = "subscription has changed";
  CHECK_FALSE(b.reply<JoinGroupResponse>(b.send(r)));
  CHECK(b.state() == GroupState::PreparingRebalance);
  CHECK(b.group().rebalance_cause() ==
        coordinator::GroupCause{fact::GroupReason::NewMetadata, ids[1], "subscription has changed"});  // KIP-800
}

TEST_CASE("join while Stable: the leader's JoinGroup always starts a rebalance") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"});
  CHECK_FALSE(b.reply<JoinGroupResponse>(b.join(ids[0])));
  CHECK(b.state() == GroupState::PreparingRebalance);
  CHECK(b.group().rebalance_cause() ==
        coordinator::GroupCause{fact::GroupReason::LeaderJoinedAgain, ids[0]});  // this request gave no reason
}

TEST_CASE("join while CompletingRebalance: the same JoinGroup again gets the same answer") {
  Bench b;
  const auto id = b.id_for("c-1");
  b.join(id);
  b.wait_ms(3001);
  REQUIRE(b.state() == GroupState::CompletingRebalance);
  const auto r = b.joined(b.join(id));
  CHECK(r.generation_id == 1);
  CHECK(r.members.size() == 1);
  CHECK(b.state() == GroupState::CompletingRebalance);
}

TEST_CASE(
    "join end: the rebalance waits at most the largest rebalance timeout, then removes dynamic members that did not rejoin") {
  Bench b;
  std::vector<std::string> ids{b.id_for("c-1"), b.id_for("c-2")};
  for (std::size_t i = 0; i < 2; ++i) {
    auto r = b.join_request(Bench::client_of(ids[i]), ids[i]);
    r.rebalance_timeout_ms = i == 0 ? 5000 : 20000;
    r.session_timeout_ms = 60000;
    b.send(r);
  }
  b.wait_ms(6001);
  b.sync_all(ids);
  auto r = b.join_request("c-1", ids[0]);
  r.rebalance_timeout_ms = 5000;
  const auto leader = b.send(r);
  REQUIRE(b.coordinator().join_timer("billing"));
  CHECK(b.coordinator().join_timer("billing")->total == sim::seconds(20));
  b.wait_ms(19999);
  CHECK_FALSE(b.reply<JoinGroupResponse>(leader));
  b.wait_ms(2);
  CHECK(b.joined(leader).generation_id == 2);
  CHECK(b.joined(leader).members.size() == 1);
  CHECK_FALSE(b.group().has_member(ids[1]));
  const auto left = b.lines.facts<fact::GroupMemberLeft>();
  REQUIRE(left.size() == 1);
  CHECK(left[0].group == "billing");
  CHECK(left[0].member == ids[1]);
  CHECK(left[0].reason == fact::GroupReason::NoRejoinInTime);
  CHECK(b.heartbeat(ids[1]) == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE("join end: a leader that did not rejoin is replaced by one that did") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"}, 1800000);
  auto r = b.join_request("c-2", ids[1]);
  r.protocols[0].metadata.topics = {"orders", "payments"};
  const auto h = b.send(r);
  b.wait_ms(60001);
  CHECK(b.joined(h).leader == ids[1]);
}

TEST_CASE(
    "JoinGroup is refused with INVALID_GROUP_ID, INVALID_SESSION_TIMEOUT, UNKNOWN_MEMBER_ID or INCONSISTENT_GROUP_PROTOCOL") {
  Bench b;
  auto refused = [&](auto change) {
    auto r = b.join_request("c-1");
    change(r);
    return b.joined(b.send(r)).error;
  };
  CHECK(refused([](auto& r) { r.group_id = ""; }) == ErrorCode::INVALID_GROUP_ID);
  CHECK(refused([](auto& r) { r.session_timeout_ms = 5999; }) == ErrorCode::INVALID_SESSION_TIMEOUT);
  CHECK(refused([](auto& r) { r.session_timeout_ms = 1800001; }) == ErrorCode::INVALID_SESSION_TIMEOUT);
  CHECK(refused([](auto& r) { r.session_timeout_ms = 6000; }) == ErrorCode::MEMBER_ID_REQUIRED);
  CHECK(refused([](auto& r) { r.group_id = "unknown", r.member_id = "x"; }) == ErrorCode::UNKNOWN_MEMBER_ID);
  b.stable_group({"c-1"});
  CHECK(refused([](auto& r) { r.member_id = "x"; }) == ErrorCode::UNKNOWN_MEMBER_ID);
  CHECK(refused([](auto& r) { r.protocols = {{"roundrobin", {}}}; }) == ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
  CHECK(refused([](auto& r) { r.protocol_type = "connect"; }) == ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
}

TEST_CASE("group.max.size: one member too many gets GROUP_MAX_SIZE_REACHED, and existing members stay") {
  Config config;
  config.set("group.max.size", std::int64_t{2});
  Bench b(config);
  const auto ids = b.stable_group({"c-1", "c-2"});
  CHECK(b.joined(b.send(b.join_request("c-3"))).error == ErrorCode::GROUP_MAX_SIZE_REACHED);
  CHECK(b.joined(b.join(ids[1])).error == ErrorCode::NONE);
  CHECK(b.state() == GroupState::Stable);
}

TEST_CASE("a broker that does not lead the group's partition answers NOT_COORDINATOR to everything") {
  Bench b(Config(), 50);
  b.act([](CoordinatorNode& n, Context& ctx) { n.resign(ctx, partition_for("billing", 50)); });
  CHECK(b.joined(b.send(b.join_request("c-1"))).error == ErrorCode::NOT_COORDINATOR);
  CHECK(b.reply<SyncGroupResponse>(b.send(SyncGroupRequest{"billing", 1, "x", {}, {}, {}}))->error ==
        ErrorCode::NOT_COORDINATOR);
  CHECK(b.reply<HeartbeatResponse>(b.send(HeartbeatRequest{"billing", 1, "x", {}}))->error ==
        ErrorCode::NOT_COORDINATOR);
  CHECK(b.reply<LeaveGroupResponse>(b.send(LeaveGroupRequest{"billing", "x", {}, {}}))->error ==
        ErrorCode::NOT_COORDINATOR);
  CHECK(b.committed(b.send(b.commit_request(1))) == ErrorCode::NOT_COORDINATOR);
  CHECK(b.reply<OffsetFetchResponse>(b.send(OffsetFetchRequest{"billing", {}, -1, false, {kOrders0}}))->error ==
        ErrorCode::NOT_COORDINATOR);
  // Groups in other partitions are not affected.
  auto other = b.join_request("c-1");
  other.group_id = "my-group";
  REQUIRE(partition_for("my-group", 50) != partition_for("billing", 50));
  CHECK(b.joined(b.send(other)).error == ErrorCode::MEMBER_ID_REQUIRED);
}

TEST_CASE(
    "group.max.size during a join: members with a parked JoinGroup count towards the limit, and may send it again") {
  Config config;
  config.set("group.max.size", std::int64_t{2});
  Bench b(config);
  const auto c1 = b.id_for("c-1"), c2 = b.id_for("c-2"), c3 = b.id_for("c-3");
  b.join(c1);
  b.join(c2);
  REQUIRE(b.state() == GroupState::PreparingRebalance);
  CHECK(b.joined(b.join(c3)).error == ErrorCode::GROUP_MAX_SIZE_REACHED);
  CHECK_FALSE(b.group().is_pending(c3));
  CHECK_FALSE(b.reply<JoinGroupResponse>(b.join(c2)));
}

TEST_CASE(
    "KAFKA-7610: a new member's parked JoinGroup outlives its session timeout, and is dropped after five minutes") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"}, 1800000);
  auto leader = b.join_request("c-1", ids[0]);
  leader.rebalance_timeout_ms = 1800000;
  leader.session_timeout_ms = 1800000;
  b.send(leader);
  const auto h = b.join(b.id_for("c-3"));
  b.wait_ms(299990);
  CHECK_FALSE(b.reply<JoinGroupResponse>(h));
  b.wait_ms(20);
  CHECK(b.joined(h).error == ErrorCode::UNKNOWN_MEMBER_ID);
  CHECK(b.group().members().size() == 2);
}

TEST_CASE("join while CompletingRebalance: another subscription starts a new rebalance") {
  Bench b;
  const auto c1 = b.id_for("c-1"), c2 = b.id_for("c-2");
  b.join(c1);
  b.join(c2);
  b.wait_ms(6001);
  const auto parked = b.sync(c1);
  auto r = b.join_request("c-2", c2);
  r.protocols[0].metadata.topics.push_back("payments");
  CHECK_FALSE(b.reply<JoinGroupResponse>(b.send(r)));
  CHECK(b.state() == GroupState::PreparingRebalance);
  CHECK(b.reply<SyncGroupResponse>(parked)->error == ErrorCode::REBALANCE_IN_PROGRESS);
  CHECK_FALSE(b.coordinator().sync_timer("billing"));
}

TEST_CASE("join end: a member that waited longer than its session timeout gets a new session") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"}, 30000);
  const auto h = b.join(ids[0]);  // the session of 10 s begins here
  b.wait_ms(29900);
  CHECK_FALSE(b.reply<JoinGroupResponse>(h));
  b.wait_ms(200);  // c-2's session ends, c-1's JoinGroup is answered
  CHECK(b.joined(h).generation_id == 2);
  b.wait_ms(9800);
  CHECK(b.group().has_member(ids[0]));
  b.wait_ms(300);
  CHECK_FALSE(b.group().has_member(ids[0]));
}
