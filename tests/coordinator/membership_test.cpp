#include "harness.h"
#include "protocol/config.h"
#include "protocol/facts_of_groups.h"
#include "protocol/messages_group.h"

using namespace coordinator_test;

TEST_CASE("Heartbeat is answered with NONE, ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID or INVALID_GROUP_ID") {
  Bench b;
  CHECK(b.reply<HeartbeatResponse>(b.send(HeartbeatRequest{"", 0, "x", {}}))->error == ErrorCode::INVALID_GROUP_ID);
  CHECK(b.reply<HeartbeatResponse>(b.send(HeartbeatRequest{"billing", 0, "x", {}}))->error ==
        ErrorCode::UNKNOWN_MEMBER_ID);
  const auto ids = b.stable_group({"c-1"});
  CHECK(b.heartbeat(ids[0]) == ErrorCode::NONE);
  CHECK(b.heartbeat(ids[0], 0) == ErrorCode::ILLEGAL_GENERATION);
  CHECK(b.heartbeat(ids[0], 2) == ErrorCode::ILLEGAL_GENERATION);
  CHECK(b.heartbeat("x") == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE("Heartbeat in CompletingRebalance is accepted") {
  Bench b;
  const auto id = b.id_for("c-1");
  b.join(id);
  b.wait_ms(3001);
  CHECK(b.heartbeat(id) == ErrorCode::NONE);
}

TEST_CASE("session.timeout.ms without a heartbeat: the member is removed and the others rebalance") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"});
  b.wait_ms(5000);
  CHECK(b.heartbeat(ids[0]) == ErrorCode::NONE);
  b.wait_ms(4950);  // 9.99 s after the sync: c-2 has nearly reached its session timeout
  CHECK(b.group().has_member(ids[1]));
  b.wait_ms(50);
  CHECK_FALSE(b.group().has_member(ids[1]));
  CHECK(b.group().has_member(ids[0]));
  CHECK(b.state() == GroupState::PreparingRebalance);
  const auto left = b.lines.facts<fact::GroupMemberLeft>();
  REQUIRE(left.size() == 1);
  CHECK(left[0].group == "billing");
  CHECK(left[0].member == ids[1]);
  CHECK(left[0].reason == fact::GroupReason::SessionTimeout);
  CHECK(b.heartbeat(ids[0]) == ErrorCode::REBALANCE_IN_PROGRESS);
  CHECK(b.joined(b.join(ids[0])).generation_id == 2);
}

TEST_CASE("each heartbeat and each commit restarts the session timer") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"});
  for (int i = 0; i < 3; ++i) {
    b.wait_ms(8000);
    CHECK(b.heartbeat(ids[0]) == ErrorCode::NONE);
    const auto h = b.send(b.commit_request(i, ids[1], 1));
    b.wait_ms(20);
    CHECK(b.committed(h) == ErrorCode::NONE);
  }
  CHECK(b.group().members().size() == 2);
  REQUIRE(b.coordinator().session_timer("billing", ids[0]));
  CHECK(b.coordinator().session_timer("billing", ids[0])->total == sim::seconds(10));
}

TEST_CASE("a member whose JoinGroup is parked does not expire at its session timeout") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"});
  const auto h = b.join(ids[0]);
  b.wait_ms(8000);
  CHECK(b.heartbeat(ids[1]) == ErrorCode::REBALANCE_IN_PROGRESS);
  b.wait_ms(4000);  // c-1 has sent nothing for 12 s, but its JoinGroup is still unanswered
  CHECK(b.group().has_member(ids[0]));
  CHECK_FALSE(b.reply<JoinGroupResponse>(h));
  b.wait_ms(6100);  // c-2 has not joined: its session ends, and with it the rebalance
  CHECK(b.joined(h).generation_id == 2);
  CHECK(b.group().members().size() == 1);
}

TEST_CASE("LeaveGroup: the others rebalance at once, without waiting for the one that left") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"});
  CHECK(b.leave(ids[1]) == ErrorCode::NONE);
  CHECK(b.state() == GroupState::PreparingRebalance);
  CHECK(b.joined(b.join(ids[0])).generation_id == 2);
  CHECK(b.leave(ids[1]) == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE("LeaveGroup during a rebalance completes it if only the leaving member was missing") {
  Bench b;
  const auto ids = b.stable_group({"c-1", "c-2"});
  const auto h = b.join(ids[0]);
  CHECK_FALSE(b.reply<JoinGroupResponse>(h));
  b.leave(ids[1]);
  CHECK(b.joined(h).generation_id == 2);
}

TEST_CASE("when the last member leaves, the group is Empty, its generation rises by one, and its offsets stay") {
  Bench b;
  const auto ids = b.stable_group({"c-1"});
  b.send(b.commit_request(42, ids[0], 1));
  b.wait_ms(20);
  CHECK(b.leave(ids[0]) == ErrorCode::NONE);
  CHECK(b.state() == GroupState::Empty);
  CHECK(b.group().generation() == 2);
  CHECK(b.group().leader().empty());
  CHECK(b.fetch() == 42);
  CHECK(b.lines.of(Trace::GroupRebalance).size() == 1);  // nobody got partitions
}

TEST_CASE("LeaveGroup of a pending member forgets its id") {
  Bench b;
  const auto id = b.id_for("c-1");
  CHECK(b.leave(id) == ErrorCode::NONE);
  CHECK_FALSE(b.group().is_pending(id));
  CHECK_FALSE(b.coordinator().session_timer("billing", id));
}

TEST_CASE("a group that has become Empty waits for the initial delay again") {
  Bench b;
  const auto ids = b.stable_group({"c-1"});
  b.leave(ids[0]);
  const auto h = b.join(b.id_for("c-1"));
  b.wait_ms(2990);
  CHECK_FALSE(b.reply<JoinGroupResponse>(h));
  b.wait_ms(20);
  CHECK(b.joined(h).generation_id == 3);
}

// ---- static members ----

namespace {
struct StaticBench : Bench {
  JoinGroupRequest static_join(const std::string& instance, std::string member_id = {}) const {
    auto r = join_request("c-" + instance, std::move(member_id));
    r.group_instance_id = instance;
    return r;
  }
  /// Two static members, s-1 leading, Stable in generation 1.
  std::vector<std::string> two() {
    const auto a = send(static_join("s-1")), b = send(static_join("s-2"));
    wait_ms(6001);
    std::vector<std::string> ids{joined(a).member_id, joined(b).member_id};
    sync_all(ids);
    return ids;
  }
};
}  // namespace

TEST_CASE("KIP-345: a static member joins at once, and its id begins with the instance id") {
  StaticBench b;
  const auto h = b.send(b.static_join("s-1"));
  CHECK_FALSE(b.reply<JoinGroupResponse>(h));
  b.wait_ms(3001);
  CHECK(b.joined(h).member_id.substr(0, 4) == "s-1-");
  CHECK(b.joined(h).members.at(0).group_instance_id == "s-1");
}

TEST_CASE(
    "KIP-345: a static follower that restarts while Stable gets a new id and the current generation, without a rebalance") {
  StaticBench b;
  const auto ids = b.two();
  const auto h = b.send(b.static_join("s-2"));
  b.wait_ms(20);
  const auto r = b.joined(h);
  CHECK(r.error == ErrorCode::NONE);
  CHECK(r.generation_id == 1);
  CHECK(r.member_id != ids[1]);
  CHECK(r.leader == ids[0]);
  CHECK_FALSE(r.skip_assignment);
  CHECK(b.state() == GroupState::Stable);
  CHECK(b.lines.of(Trace::GroupRebalance).size() == 1);
  // Its partitions have not changed.
  const auto s = b.reply<SyncGroupResponse>(b.send(SyncGroupRequest{"billing", 1, r.member_id, "s-2", "range", {}}));
  REQUIRE(s);
  CHECK(s->assignment == std::vector<TopicPartition>{kOrders1});
}

TEST_CASE("KIP-814: a static leader that returns gets the members and the flag to skip the assignment") {
  StaticBench b;
  b.two();
  const auto h = b.send(b.static_join("s-1"));
  b.wait_ms(20);
  const auto r = b.joined(h);
  CHECK(r.leader == r.member_id);
  CHECK(r.skip_assignment);
  CHECK(r.members.size() == 2);
}

TEST_CASE("KIP-345: the previous process's member id is fenced") {
  StaticBench b;
  const auto ids = b.two();
  b.send(b.static_join("s-2"));
  b.wait_ms(20);
  auto error = [&](auto request) { return b.send(request); };
  CHECK(b.reply<HeartbeatResponse>(error(HeartbeatRequest{"billing", 1, ids[1], "s-2"}))->error ==
        ErrorCode::FENCED_INSTANCE_ID);
  CHECK(b.reply<SyncGroupResponse>(error(SyncGroupRequest{"billing", 1, ids[1], "s-2", {}, {}}))->error ==
        ErrorCode::FENCED_INSTANCE_ID);
  CHECK(b.joined(b.send(b.static_join("s-2", ids[1]))).error == ErrorCode::FENCED_INSTANCE_ID);
  auto commit = b.commit_request(1, ids[1], 1);
  commit.group_instance_id = "s-2";
  CHECK(b.committed(b.send(commit)) == ErrorCode::FENCED_INSTANCE_ID);
  CHECK(b.leave(ids[1], "s-2") == ErrorCode::FENCED_INSTANCE_ID);
  // A client without instance ids is simply unknown.
  CHECK(b.heartbeat(ids[1]) == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE("KIP-345: a second process with the same instance id fences the first one's parked JoinGroup") {
  StaticBench b;
  const auto first = b.send(b.static_join("s-1"));
  const auto second = b.send(b.static_join("s-1"));
  CHECK(b.joined(first).error == ErrorCode::FENCED_INSTANCE_ID);
  b.wait_ms(3001);
  CHECK(b.joined(second).error == ErrorCode::NONE);
  CHECK(b.group().members().size() == 1);
}

TEST_CASE("KIP-345: a static member is removed only when its session expires, not at the end of a join") {
  StaticBench b;
  auto slow = [&](const std::string& instance) {
    auto r = b.static_join(instance);
    r.session_timeout_ms = 30000;
    r.rebalance_timeout_ms = 7000;
    return b.send(r);
  };
  const auto a = slow("s-1"), c = slow("s-2");
  b.wait_ms(6001);
  const std::vector<std::string> ids{b.joined(a).member_id, b.joined(c).member_id};
  b.sync_all(ids);
  auto again = b.static_join("s-1", ids[0]);
  again.session_timeout_ms = 30000;
  again.rebalance_timeout_ms = 7000;
  const auto h = b.send(again);
  b.wait_ms(7001);
  CHECK(b.joined(h).generation_id == 2);
  CHECK(b.joined(h).members.size() == 2);  // s-2 has not joined, but stays a member
  CHECK(b.group().has_member(ids[1]));
  // CompletingRebalance does not wait for it: its session started again.
  b.wait_ms(30001);
  CHECK_FALSE(b.group().has_member(ids[1]));
}

TEST_CASE("KIP-345: a restart that changes the chosen protocol causes a rebalance") {
  StaticBench b;
  auto r1 = b.static_join("s-1");
  r1.protocols = {{"range", {{"orders"}, {}, -1}}, {"roundrobin", {{"orders"}, {}, -1}}};
  const auto h = b.send(r1);
  b.wait_ms(3001);
  b.sync_all({b.joined(h).member_id});
  auto r2 = b.static_join("s-1");
  r2.protocols = {{"roundrobin", {{"orders"}, {}, -1}}};
  // The new protocols do not include "range", so the group's choice changes; s-1 is the only member and has joined.
  const auto back = b.send(r2);
  CHECK(b.joined(back).generation_id == 2);
  CHECK(b.joined(back).protocol_name == "roundrobin");
}

TEST_CASE(
    "KIP-345: if the new member id cannot be stored, the restarted member gets an error and the old id stays valid") {
  StaticBench b;
  const auto ids = b.two();
  b.node().append_error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
  const auto h = b.send(b.static_join("s-2"));
  b.wait_ms(20);
  CHECK(b.joined(h).error == ErrorCode::NOT_COORDINATOR);
  CHECK(b.group().static_member_id("s-2") == ids[1]);
  CHECK(b.coordinator().session_timer("billing", ids[1]));
}

TEST_CASE("KIP-345: an administrator removes a static member by its instance id") {
  StaticBench b;
  const auto ids = b.two();
  CHECK(b.leave("", "s-9") == ErrorCode::UNKNOWN_MEMBER_ID);
  CHECK(b.leave("", "s-2") == ErrorCode::NONE);
  CHECK_FALSE(b.group().has_member(ids[1]));
  CHECK(b.state() == GroupState::PreparingRebalance);
}

TEST_CASE(
    "KIP-345: a restart while the leader computes the assignment fences the parked SyncGroup and starts a new rebalance") {
  StaticBench b;
  const auto h1 = b.send(b.static_join("s-1")), h2 = b.send(b.static_join("s-2"));
  b.wait_ms(6001);
  const auto old = b.joined(h2).member_id;
  const auto parked = b.send(SyncGroupRequest{"billing", 1, old, "s-2", "range", {}});
  const auto back = b.send(b.static_join("s-2"));
  CHECK(b.reply<SyncGroupResponse>(parked)->error == ErrorCode::FENCED_INSTANCE_ID);
  CHECK(b.state() == GroupState::PreparingRebalance);
  b.send(b.static_join("s-1", b.joined(h1).member_id));
  CHECK(b.joined(back).generation_id == 2);
}

TEST_CASE("KIP-345: if a group has only static members and none rejoins, the coordinator keeps waiting") {
  StaticBench b;
  auto slow = b.static_join("s-1");
  slow.session_timeout_ms = 60000;
  slow.rebalance_timeout_ms = 5000;
  const auto h = b.send(slow);
  b.wait_ms(3001);
  const auto id = b.joined(h).member_id;
  b.sync_all({id});
  // A dynamic member joins and leaves again; s-1 stays silent.
  const auto c1 = b.id_for("c-1");
  b.join(c1);
  b.leave_now(c1);
  REQUIRE(b.state() == GroupState::PreparingRebalance);
  b.wait_ms(60000 - 200);
  CHECK(b.state() == GroupState::PreparingRebalance);
  CHECK(b.coordinator().join_timer("billing"));
  CHECK(b.group().has_member(id));
  b.wait_ms(300);
  CHECK(b.state() == GroupState::Empty);
}

TEST_CASE(
    "2.5: a static leader that returns does not learn that it leads (before KIP-814), and there is no pending-sync timer") {
  struct OldBench : Bench {
    OldBench() : Bench(Config(config_scope::kServer, KafkaVersion::V2_5)) {}
  } b;
  auto r = b.join_request("c-s-1");
  r.group_instance_id = "s-1";
  const auto h = b.send(r);
  b.wait_ms(3001);
  CHECK_FALSE(b.coordinator().sync_timer("billing"));
  const auto old = b.joined(h).member_id;
  b.sync_all({old});
  const auto back = b.send(r);
  b.wait_ms(20);
  CHECK(b.joined(back).leader == old);
  CHECK(b.joined(back).member_id != old);
  CHECK_FALSE(b.joined(back).skip_assignment);
  CHECK(b.joined(back).members.empty());
}

TEST_CASE(
    "2.5: a heartbeat in CompletingRebalance gets REBALANCE_IN_PROGRESS, and answers wait for no records (GroupCoordinator.handleHeartbeat)") {
  struct OldBench : Bench {
    OldBench() : Bench(Config(config_scope::kServer, KafkaVersion::V2_5)) {}
  } b;
  const auto id = b.id_for("c-1");
  b.join(id);
  b.wait_ms(3001);
  REQUIRE(b.state() == GroupState::CompletingRebalance);
  CHECK(b.heartbeat(id) == ErrorCode::REBALANCE_IN_PROGRESS);
  b.sync_all({id});
  b.node().never_commits = true;
  b.send(b.commit_request(1, id, 1));
  CHECK(b.heartbeat(id) == ErrorCode::NONE);
}

TEST_CASE("2.5 appends a group's records with acks=all (offsets.commit.required.acks), 4.1 with acks=1") {
  for (const KafkaVersion version : {KafkaVersion::V2_5, KafkaVersion::V4_1}) {
    struct VersionBench : Bench {
      explicit VersionBench(KafkaVersion version) : Bench(Config(config_scope::kServer, version)) {}
    } b(version);
    const auto id = b.id_for("c-1");
    b.join(id);
    b.wait_ms(3001);
    b.sync_all({id});
    CHECK(b.node().required_acks == (version == KafkaVersion::V2_5 ? -1 : 1));
    b.node().append_error = ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND;
    const auto commit = b.send(b.commit_request(1, id, 1));
    b.wait_ms(50);
    CHECK(b.reply<OffsetCommitResponse>(commit)->partitions.at(0).error == ErrorCode::COORDINATOR_NOT_AVAILABLE);
  }
}
