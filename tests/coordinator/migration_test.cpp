// Groups with members of both protocols (KIP-848), modelled on Kafka's GroupMetadataManagerTest; ConsumerGroupDescribe; regular
// expressions.
#include "coordinator/newer_bench.h"

using namespace coordinator_test;
using coordinator::ConsumerGroup;
using coordinator::ConsumerGroupState;
using coordinator::MemberState;

namespace {

/// Classic members and members of the newer protocol in one group, "billing".
struct MixedBench : NewerBench {
  explicit MixedBench(Config config = Config()) : NewerBench(std::move(config)) { group_id = "billing"; }

  /// Sends a JoinGroup and returns its answer.
  JoinGroupResponse classic_join(const std::string& member, std::vector<TopicPartition> owned = {}) {
    auto r = join_request(client_of(member), member);
    r.protocols[0].metadata.owned = std::move(owned);
    const auto h = send(r);
    wait_ms(20);
    return joined(h);
  }
  SyncGroupResponse classic_sync(const std::string& member, std::int32_t generation) {
    const auto h = send(SyncGroupRequest{"billing", generation, member, {}, "range", {}});
    wait_ms(20);
    auto r = reply<SyncGroupResponse>(h);
    REQUIRE(r);
    return *r;
  }
  /// A Stable classic group with one member that owns all partitions.
  std::string one_classic_member() {
    const std::string a = id_for("a");
    join(a);
    wait_ms(3100);
    sync(a, {{a, {kOrders0, kOrders1, kOrders2}}});
    wait_ms(20);
    REQUIRE(state() == GroupState::Stable);
    return a;
  }
};

}  // namespace

TEST_CASE("KIP-848 upgrade: the first member of the newer protocol converts the group with its classic members") {
  MixedBench b;
  const std::string a = b.one_classic_member();
  const auto joined = b.answer(b.joining("n"));
  CHECK(joined.error == ErrorCode::NONE);
  CHECK(joined.member_epoch == 2);  // the generation was 1
  CHECK(joined.assignment.empty());
  CHECK(b.coordinator().group("billing") == nullptr);
  const ConsumerGroup& g = b.newer();
  CHECK(g.group_epoch() == 2);
  CHECK(g.state() == ConsumerGroupState::Reconciling);
  REQUIRE(g.member(a));
  CHECK(g.member(a)->speaks_classic());
  CHECK_FALSE(g.member("n")->speaks_classic());
  CHECK(g.member(a)->member_epoch == 1);
  CHECK(g.member(a)->assigned == all_three());
  CHECK(b.coordinator().session_timer("billing", a)->total == sim::seconds(10));  // its own session.timeout.ms
  // The classic member stays in the group, commits with its generation, and is told to join again.
  CHECK(b.committed([&] {
    const auto h = b.send(b.commit_request(5, a, 1));
    b.wait_ms(20);
    return h;
  }()) == ErrorCode::NONE);
  CHECK(b.committed([&] {
    const auto h = b.send(b.commit_request(5, a, 2));
    b.wait_ms(20);
    return h;
  }()) == ErrorCode::ILLEGAL_GENERATION);
  CHECK(b.heartbeat(a, 1) == ErrorCode::REBALANCE_IN_PROGRESS);
  // Eager: it owns nothing when it joins. No other member is waited for: the answer is there immediately.
  const auto again = b.classic_join(a);
  CHECK(again.error == ErrorCode::NONE);
  CHECK(again.generation_id == 2);
  CHECK(again.leader.empty());
  CHECK(b.classic_sync(a, 1).error == ErrorCode::ILLEGAL_GENERATION);
  const auto share = b.classic_sync(a, 2);
  CHECK(share.error == ErrorCode::NONE);
  CHECK(share.assignment == std::vector<TopicPartition>{kOrders0, kOrders1});
  CHECK(b.answer(b.beat("n", 2)).assignment == std::vector<TopicPartition>{kOrders2});
  CHECK(b.newer().state() == ConsumerGroupState::Stable);
  CHECK(b.heartbeat(a, 2) == ErrorCode::NONE);
}

TEST_CASE("KIP-848 upgrade: members that wait for a JoinGroup or SyncGroup answer get an error and rejoin") {
  MixedBench b;
  const std::string a = b.id_for("a");
  const auto parked = b.join(a);
  CHECK_FALSE(b.reply<JoinGroupResponse>(parked));
  CHECK(b.answer(b.joining("n")).member_epoch == 1);  // the generation was 0
  CHECK(b.joined(parked).error == ErrorCode::REBALANCE_IN_PROGRESS);
  const auto again = b.classic_join(a);
  CHECK(again.generation_id == 1);
  CHECK(b.newer().members().size() == 2);
}

TEST_CASE(
    "KIP-848: a cooperative classic member keeps most of its partitions and revokes the rest in a second JoinGroup") {
  MixedBench b;
  const std::string a = b.one_classic_member();
  b.answer(b.joining("n"));
  const auto first = b.classic_join(a, all_three());
  CHECK(first.generation_id == 1);  // keeps its epoch until it has revoked the partitions
  CHECK(b.newer().member(a)->state == MemberState::UnrevokedPartitions);
  CHECK(b.classic_sync(a, 1).assignment == std::vector<TopicPartition>{kOrders0, kOrders1});
  CHECK(b.heartbeat(a, 1) == ErrorCode::REBALANCE_IN_PROGRESS);
  CHECK_FALSE(b.answer(b.beat("n", 2)).has_assignment);
  const auto second = b.classic_join(a, {kOrders0, kOrders1});
  CHECK(second.generation_id == 2);
  CHECK(b.classic_sync(a, 2).assignment == std::vector<TopicPartition>{kOrders0, kOrders1});
  CHECK(b.answer(b.beat("n", 2)).assignment == std::vector<TopicPartition>{kOrders2});
}

TEST_CASE(
    "KIP-848: a new classic member in a group of the newer protocol first gets an id, then partitions as they become free") {
  MixedBench b;
  b.answer(b.joining("n"));
  b.answer(b.owning("n", 1, all_three()));
  const std::string c = b.reply<JoinGroupResponse>(b.send(b.join_request("c")))->member_id;
  CHECK(c.size() == 22);  // Uuid.randomUuid, without the client's name
  auto request = b.join_request("c", c);
  const auto h = b.send(request);
  b.wait_ms(20);
  CHECK(b.joined(h).generation_id == 2);
  CHECK(b.classic_sync(c, 2).assignment.empty());
  CHECK(b.heartbeat(c, 2) == ErrorCode::NONE);  // c's partition is not free yet, so it need not join again
  b.answer(b.beat("n", 1));
  b.answer(b.owning("n", 1, {kOrders0, kOrders1}));
  CHECK(b.heartbeat(c, 2) == ErrorCode::REBALANCE_IN_PROGRESS);
  const auto again = b.send(request);
  b.wait_ms(20);
  CHECK(b.joined(again).generation_id == 2);
  CHECK(b.classic_sync(c, 2).assignment.size() == 1);
  // A member that has no protocol in common with the classic members is refused.
  auto odd = b.join_request("d");
  odd.protocols[0].name = "sticky";
  CHECK(b.reply<JoinGroupResponse>(b.send(odd))->error == ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
}

TEST_CASE(
    "KIP-848: a classic member is removed if it does not rejoin, or sends no SyncGroup, within its rebalance timeout") {
  for (const bool joins : {false, true}) {
    CAPTURE(joins);
    MixedBench b;
    const std::string a = b.one_classic_member();
    b.answer(b.joining("n"));
    CHECK(b.heartbeat(a, 1) == ErrorCode::REBALANCE_IN_PROGRESS);
    if (joins) b.classic_join(a);
    for (int i = 0; i < 13; ++i) {
      b.wait_ms(4600);
      b.heartbeat(a, joins ? 2 : 1);
      b.answer(b.beat("n", 2));
      if (i < 11) REQUIRE(b.newer().member(a));
    }
    CHECK(b.newer().member(a) == nullptr);
    CHECK(b.heartbeat(a, 1) == ErrorCode::UNKNOWN_MEMBER_ID);
  }
}

TEST_CASE(
    "KIP-848 downgrade: when the last member of the newer protocol has left, the group is classic again and rebalances") {
  for (const bool crash : {false, true}) {
    CAPTURE(crash);
    MixedBench b;
    const std::string a = b.one_classic_member();
    b.answer(b.joining("n"));
    b.classic_join(a);
    b.classic_sync(a, 2);
    b.answer(b.beat("n", 2));
    if (crash) {
      for (int i = 0; i < 6; ++i) {
        b.wait_ms(8000);
        if (b.coordinator().consumer_group("billing")) b.heartbeat(a, 2);
      }
    } else {
      CHECK(b.answer(b.beat("n", -1)).error == ErrorCode::NONE);
    }
    CHECK(b.coordinator().consumer_group("billing") == nullptr);
    CHECK(b.group().generation() == 2);  // equal to the group epoch
    CHECK(b.state() == GroupState::PreparingRebalance);
    CHECK(b.group().member(a)->assignment == std::vector<TopicPartition>{kOrders0, kOrders1});
    CHECK(b.heartbeat(a, 2) == ErrorCode::REBALANCE_IN_PROGRESS);
    const auto h = b.join(a);
    CHECK(b.joined(h).generation_id == 3);
    CHECK(b.joined(h).leader == a);
  }
}

TEST_CASE(
    "KIP-848 downgrade: a static member of the newer protocol that returns as a classic one downgrades the group without a rebalance") {
  MixedBench b;
  b.answer(b.joining("n", "one"));
  b.answer(b.owning("n", 1, all_three()));
  auto request = b.join_request("n");
  request.group_instance_id = "one";
  const auto h = b.send(request);  // the earlier member need not have left
  b.wait_ms(20);
  const auto joined = b.joined(h);
  CHECK(joined.error == ErrorCode::NONE);
  CHECK(b.coordinator().consumer_group("billing") == nullptr);
  CHECK(b.state() == GroupState::Stable);  // it takes the earlier member's place: no rebalance
  CHECK(joined.generation_id == b.group().generation());
  CHECK(b.group().member(joined.member_id)->assignment == all_three());
}

TEST_CASE("group.consumer.migration.policy decides whether a group may be upgraded or downgraded") {
  for (const std::string policy : {"disabled", "upgrade", "downgrade"}) {
    CAPTURE(policy);
    Config config;
    config.set("group.consumer.migration.policy", policy);
    MixedBench b(config);
    const std::string a = b.one_classic_member();
    CHECK(b.answer(b.joining("n")).error == (policy == "upgrade" ? ErrorCode::NONE : ErrorCode::GROUP_ID_NOT_FOUND));
    if (policy != "upgrade") continue;
    b.answer(b.beat("n", -1));
    CHECK(b.coordinator().group("billing") == nullptr);
    CHECK(b.newer().members().size() == 1);
  }
}

TEST_CASE("a failover of a mixed group restores each member's protocol and timers from the log") {
  MixedBench b;
  const std::string a = b.one_classic_member();
  b.answer(b.joining("n"));
  const ConsumerGroup before = b.newer();
  const auto failover = [&] {
    b.act([&](CoordinatorNode& n, Context& ctx) {
      n.resign(ctx);
      n.elect(ctx, {2});
    });
  };
  failover();
  CHECK(b.newer().members() == before.members());
  CHECK(b.coordinator().group("billing") == nullptr);
  CHECK(b.heartbeat(a, 1) == ErrorCode::REBALANCE_IN_PROGRESS);
  b.answer(b.beat("n", -1));
  failover();
  CHECK(b.coordinator().consumer_group("billing") == nullptr);
  CHECK(b.group().members().size() == 1);
  CHECK(b.group().generation() == 2);
}

TEST_CASE("a conversion whose records cannot be appended leaves the group unchanged") {
  MixedBench b;
  const std::string a = b.one_classic_member();
  const auto fail = [&](ErrorCode e) { b.act([e](CoordinatorNode& n, Context&) { n.append_error = e; }); };
  fail(ErrorCode::NOT_ENOUGH_REPLICAS);
  CHECK(b.answer(b.joining("n")).error == ErrorCode::COORDINATOR_NOT_AVAILABLE);
  CHECK(b.coordinator().consumer_group("billing") == nullptr);
  CHECK(b.state() == GroupState::Stable);
  CHECK(b.coordinator().session_timer("billing", a));
  fail(ErrorCode::NONE);
  b.answer(b.joining("n"));
  fail(ErrorCode::NOT_ENOUGH_REPLICAS);
  CHECK(b.answer(b.beat("n", -1)).error == ErrorCode::COORDINATOR_NOT_AVAILABLE);
  CHECK(b.coordinator().group("billing") == nullptr);
  CHECK(b.newer().members().size() == 2);
  CHECK(b.coordinator().session_timer("billing", "n"));
}

TEST_CASE(
    "LeaveGroup in a group of the newer protocol removes a classic member, and gets UNKNOWN_MEMBER_ID for one of the newer protocol") {
  MixedBench b;
  const std::string a = b.one_classic_member();
  b.answer(b.joining("n"));
  CHECK(b.leave("n") == ErrorCode::UNKNOWN_MEMBER_ID);
  CHECK(b.leave(a) == ErrorCode::NONE);
  CHECK(b.newer().members().size() == 1);
  CHECK(b.answer(b.beat("n", 2)).assignment == all_three());
}

// ---- ConsumerGroupDescribe

TEST_CASE(
    "ConsumerGroupDescribe shows epochs, assignor, and each member's current and target partitions; any other group gets GROUP_ID_NOT_FOUND") {
  MixedBench b;
  const std::string a = b.one_classic_member();
  const auto describe = [&] {
    const auto h = b.send(ConsumerGroupDescribeRequest{{"billing"}});
    b.wait_ms(20);
    return b.reply<ConsumerGroupDescribeResponse>(h)->groups.at(0);
  };
  CHECK(describe().error == ErrorCode::GROUP_ID_NOT_FOUND);
  auto joining = b.joining("n");
  joining.rack_id = "r1";
  b.answer(joining);
  const DescribedGroup g = describe();
  CHECK(g.error == ErrorCode::NONE);
  CHECK(g.group_state == "Reconciling");
  CHECK(g.group_epoch == 2);
  CHECK(g.assignment_epoch == 2);
  CHECK(g.assignor_name == "uniform");
  REQUIRE(g.members.size() == 2);
  const DescribedMember& classic = g.members[0].member_type == 0 ? g.members[0] : g.members[1];
  const DescribedMember& newer = g.members[0].member_type == 0 ? g.members[1] : g.members[0];
  CHECK(classic.member_id == a);
  CHECK(classic.assignment == all_three());
  CHECK(classic.target_assignment.size() == 2);
  CHECK(newer.member_type == 1);
  CHECK(newer.rack_id == "r1");
  CHECK(newer.member_epoch == 2);
  CHECK(newer.assignment.empty());
  CHECK(newer.target_assignment == std::vector<TopicPartition>{kOrders2});
}

// ---- regular expressions

namespace {

struct RegexBench : NewerBench {
  ConsumerGroupHeartbeatRequest joining_by(std::string id, std::string regex) const {
    auto r = joining(std::move(id));
    r.has_subscription = false;
    r.subscribed_topic_names.clear();
    r.has_regex = true;
    r.subscribed_topic_regex = std::move(regex);
    return r;
  }
  void add_topic(const std::string& name) {
    act([&](CoordinatorNode& n, Context&) {
      const TopicId topic = n.image.next_topic_id();
      n.image.apply(n.image.last_offset() + 1, {1}, TopicRecord{name, topic});
      PartitionRecord r;
      r.partition = {topic, 0};
      r.replicas = r.isr = {1};
      r.leader = 1;
      n.image.apply(n.image.last_offset() + 1, {1}, r);
    });
  }
};

}  // namespace

TEST_CASE(
    "SubscribedTopicRegex: the coordinator resolves an expression after its heartbeat, and the next heartbeat gets the partitions") {
  RegexBench b;
  const auto first = b.answer(b.joining_by("a", "ord.*"));
  CHECK(first.error == ErrorCode::NONE);
  CHECK(first.assignment.empty());
  CHECK(b.newer().regexes().at("ord.*").topics == std::vector<std::string>{"orders"});
  const auto second = b.answer(b.beat("a", first.member_epoch));
  CHECK(second.assignment == all_three());
  // Another member with an expression that is already resolved does not wait.
  const std::int32_t epoch = b.newer().group_epoch();
  b.answer(b.joining_by("b", "ord.*"));
  CHECK(b.newer().group_epoch() == epoch + 1);
  CHECK(b.newer().target("b").size() == 1);
  CHECK(b.newer().homogeneous());
}

TEST_CASE("SubscribedTopicRegex: a new topic that matches is found, but at most every ten seconds") {
  RegexBench b;
  b.answer(b.joining_by("a", "ord.*|__.*"));
  CHECK(b.newer().regexes().begin()->second.topics == std::vector<std::string>{"__consumer_offsets", "orders"});
  b.wait_ms(4000);
  b.add_topic("ordinary");
  b.answer(b.beat("a", b.newer().member("a")->member_epoch));
  CHECK_FALSE(b.newer().is_subscribed_to("ordinary"));
  b.wait_ms(6500);
  const std::int32_t before = b.newer().group_epoch();
  b.answer(b.beat("a", b.newer().member("a")->member_epoch));
  CHECK(b.newer().is_subscribed_to("ordinary"));
  CHECK(b.newer().group_epoch() == before + 1);
}

TEST_CASE(
    "SubscribedTopicRegex: an invalid expression, or one with features that RE2 lacks, gets INVALID_REGULAR_EXPRESSION") {
  RegexBench b;
  for (const std::string bad : {"ord(", "(?=x)orders", "(a)\\1", "[z-a]"}) {
    CAPTURE(bad);
    CHECK(b.answer(b.joining_by("a", bad)).error == ErrorCode::INVALID_REGULAR_EXPRESSION);
  }
  CHECK(b.coordinator().consumer_groups().empty());
  CHECK(b.answer(b.joining_by("a", "(?:orders|\\w+x)")).error == ErrorCode::NONE);
}

TEST_CASE(
    "SubscribedTopicRegex: a resolved expression survives a failover and is removed when no member uses it any more") {
  RegexBench b;
  b.answer(b.joining_by("a", "ord.*"));
  b.answer(b.joining_by("b", "o.*"));
  b.wait_ms(11000);
  b.answer(b.beat("b", b.newer().member("b")->member_epoch));
  CHECK(b.newer().regexes().size() == 2);
  CHECK_FALSE(b.newer().homogeneous());
  const auto before = b.newer().regexes();
  b.act([&](CoordinatorNode& n, Context& ctx) {
    n.resign(ctx);
    n.elect(ctx, {2});
  });
  CHECK(b.newer().regexes() == before);
  auto names = b.beat("a", b.newer().member("a")->member_epoch);
  names.has_regex = names.has_subscription = true;
  names.subscribed_topic_names = {"orders"};
  b.answer(names);
  CHECK(b.newer().regexes().size() == 1);
  b.answer(b.beat("b", -1));
  CHECK(b.newer().regexes().empty());
}

// ---- racks

TEST_CASE(
    "racks: 4.1's assignors ignore them, but a change of a partition's racks still causes a new target assignment") {
  NewerBench b;
  b.answer(b.joining("a"));
  const auto epoch = [&] { return b.answer(b.beat("a", b.newer().member("a")->member_epoch)).member_epoch; };
  CHECK(epoch() == 1);
  const auto brokers = [&](int id, std::string rack) {
    b.act([&](CoordinatorNode& n, Context&) {
      RegisterBrokerRecord r;
      r.broker_id = id;
      r.rack = rack;
      n.image.apply(n.image.last_offset() + 1, {1}, r);
    });
  };
  brokers(2, "r2");
  CHECK(epoch() == 1);  // no replica is in rack r2
  brokers(1, "r1");
  CHECK(epoch() == 2);
}
