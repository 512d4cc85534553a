#include "coordinator/group_records.h"

#include <doctest/doctest.h>

#include "coordinator/timer_table.h"
#include "harness.h"

using namespace coordinator_test;
using namespace kafkascope::coordinator;

namespace {
CoordinatorRecord there_and_back(const CoordinatorRecord& r) {
  auto back = decode(encode(r, 77));
  REQUIRE(back);
  return *back;
}
}  // namespace

TEST_CASE("__consumer_offsets: an offset commit reads back as it was written, whatever its texts hold") {
  const OffsetCommitRecord r{
      "a group; with=all, the %20 dividers:", {7, 12}, CommittedOffset{{42}, {3}, "note = 1;2,3 \t%", 1704067200123}};
  const auto record = encode(r, 99);
  CHECK(record.timestamp_ms == 99);
  const auto back = std::get<OffsetCommitRecord>(there_and_back(r));
  CHECK(back.group == r.group);
  CHECK(back.partition == r.partition);
  REQUIRE(back.value);
  CHECK(*back.value == *r.value);
}

TEST_CASE("__consumer_offsets: records are lines a person can read") {
  const auto record = encode(OffsetCommitRecord{"billing", {3, 0}, CommittedOffset{{42}, {1}, "", 5}}, 0);
  CHECK(*record.key == "OffsetCommit group=billing topic=3 partition=0");
  CHECK(*record.value == "offset=42 leader_epoch=1 metadata= commit_timestamp=5");
}

TEST_CASE(
    "__consumer_offsets: the key is the same for every commit of a (group, partition), so compaction keeps the last") {
  const auto a = encode(OffsetCommitRecord{"g", {3, 0}, CommittedOffset{{1}, {1}, "", 5}}, 0);
  const auto b = encode(OffsetCommitRecord{"g", {3, 0}, CommittedOffset{{2}, {2}, "x", 6}}, 9);
  const auto tombstone = encode(OffsetCommitRecord{"g", {3, 0}, {}}, 9);
  CHECK(a.key == b.key);
  CHECK(a.key == tombstone.key);
  CHECK_FALSE(tombstone.value);
  CHECK_FALSE(std::get<OffsetCommitRecord>(*decode(tombstone)).value);
}

TEST_CASE("__consumer_offsets: a group's metadata reads back with members, subscriptions and assignments") {
  GroupMetadataValue v;
  v.protocol_type = "consumer";
  v.protocol = "cooperative-sticky";
  v.leader = "c-1-0000";
  v.generation = 9;
  v.state_timestamp_ms = 1704067201000;
  v.members.push_back(
      {"c-1-0000", "", "c-1", 300000, 45000, {{"orders", "pay;ments"}, {{1, 0}, {1, 2}}, 8, {{1, 1}}, 7}, {{1, 0}}});
  v.members.push_back({"c-2-1111", "inst 2", "c-2", 1, 2, {{}, {}, -1}, {}});
  const auto back = std::get<GroupMetadataRecord>(there_and_back(GroupMetadataRecord{"billing", v}));
  CHECK(back.group == "billing");
  REQUIRE(back.value);
  CHECK(back.value->protocol_type == "consumer");
  CHECK(back.value->protocol == "cooperative-sticky");
  CHECK(back.value->leader == "c-1-0000");
  CHECK(back.value->generation == 9);
  CHECK(back.value->state_timestamp_ms == 1704067201000);
  REQUIRE(back.value->members.size() == 2);
  const auto& m = back.value->members[0];
  CHECK(m.member_id == "c-1-0000");
  CHECK(m.client_id == "c-1");
  CHECK(m.rebalance_timeout_ms == 300000);
  CHECK(m.session_timeout_ms == 45000);
  CHECK(m.subscription == v.members[0].subscription);
  CHECK(m.assignment == v.members[0].assignment);
  CHECK(back.value->members[1].group_instance_id == "inst 2");
  CHECK(back.value->members[1].subscription.topics.empty());
  CHECK(back.value->members[1].assignment.empty());
}

TEST_CASE(
    "ConsumerGroupCurrentMemberAssignment and ...TargetAssignmentMember: written as Kafka names them, read back as they were; empty ones are tombstones") {
  const ConsumerGroupCurrentMemberAssignmentRecord current{
      "a group", "m=1",
      ConsumerGroupCurrentMemberAssignmentRecord::Value{
          7, 6, MemberState::UnrevokedPartitions, {{1, 0}, {1, 2}}, {{2, 5}}}};
  const Record written = encode(current, 5);
  CHECK(*written.key == "ConsumerGroupCurrentMemberAssignment group=a%20group member=m%3D1");
  const auto back = decode(written);
  REQUIRE(back);
  const auto& read = std::get<ConsumerGroupCurrentMemberAssignmentRecord>(*back);
  CHECK(read.group == "a group");
  CHECK(read.member == "m=1");
  REQUIRE(read.value);
  CHECK(read.value->member_epoch == 7);
  CHECK(read.value->previous_member_epoch == 6);
  CHECK(read.value->state == MemberState::UnrevokedPartitions);
  CHECK(read.value->assigned == current.value->assigned);
  CHECK(read.value->pending_revocation == current.value->pending_revocation);
  const auto none = decode(encode(ConsumerGroupTargetAssignmentMemberRecord{"g", "m", Partitions{}}, 5));
  REQUIRE(none);
  CHECK(std::get<ConsumerGroupTargetAssignmentMemberRecord>(*none)
            .partitions->empty());  // a target of nothing is no tombstone
  const auto gone = decode(encode(ConsumerGroupTargetAssignmentMemberRecord{"g", "m", std::nullopt}, 5));
  REQUIRE(gone);
  CHECK_FALSE(std::get<ConsumerGroupTargetAssignmentMemberRecord>(*gone).partitions);
}

TEST_CASE("__consumer_offsets: what is no record of ours is skipped") {
  CHECK_FALSE(decode(Record{}));
  Record strange;
  strange.key = "StreamsGroupMetadata group=x";
  CHECK_FALSE(decode(strange));
}

TEST_CASE("ClassicGroupState: the arrows are Kafka's valid previous states") {
  using S = GroupState;
  const std::pair<S, S> legal[] = {{S::Empty, S::PreparingRebalance},
                                   {S::Stable, S::PreparingRebalance},
                                   {S::CompletingRebalance, S::PreparingRebalance},
                                   {S::PreparingRebalance, S::CompletingRebalance},
                                   {S::CompletingRebalance, S::Stable},
                                   {S::PreparingRebalance, S::Empty},
                                   {S::Empty, S::Dead},
                                   {S::PreparingRebalance, S::Dead},
                                   {S::CompletingRebalance, S::Dead},
                                   {S::Stable, S::Dead}};
  for (int from = 0; from < kGroupStates; ++from) {
    for (int to = 0; to < kGroupStates; ++to) {
      const std::pair<S, S> arrow{static_cast<S>(from), static_cast<S>(to)};
      const bool expected = std::find(std::begin(legal), std::end(legal), arrow) != std::end(legal);
      CHECK((find_arrow(arrow.first, arrow.second) != nullptr) == expected);
    }
  }
  for (const auto& a : kGroupArrows) CHECK_FALSE(a.sentence.empty());
  CHECK(name(S::CompletingRebalance) == "CompletingRebalance");
}

namespace {
ClassicGroup group_of(const std::vector<std::vector<std::string>>& preferences) {
  ClassicGroup g("g", {});
  int i = 0;
  for (const auto& names : preferences) {
    ClassicGroupMember m;
    m.member_id = "m" + std::to_string(i++);
    m.protocol_type = "consumer";
    for (const auto& n : names) m.protocols.push_back({n, {}});
    g.add(m);
  }
  g.set_state(GroupState::PreparingRebalance, {}, {});
  return g;
}
}  // namespace

TEST_CASE("ClassicGroup.selectProtocol: common to all, then most votes by each member's preference") {
  CHECK(group_of({{"range", "cooperative-sticky"}, {"cooperative-sticky", "range"}, {"cooperative-sticky", "range"}})
            .select_protocol() == "cooperative-sticky");
  CHECK(group_of({{"sticky", "range"}, {"sticky", "range"}, {"range"}}).select_protocol() ==
        "range");  // sticky is not everybody's
}

TEST_CASE("ClassicGroup.supportsProtocols: same type and at least one protocol that all members have") {
  const auto g = group_of({{"range", "sticky"}, {"range"}});
  CHECK(g.supports("consumer", {{"range", {}}}));
  CHECK_FALSE(g.supports("consumer", {{"sticky", {}}}));
  CHECK_FALSE(g.supports("connect", {{"range", {}}}));
  const ClassicGroup empty("g", {});
  CHECK(empty.supports("connect", {{"sessioned", {}}}));
  CHECK_FALSE(empty.supports("", {{"range", {}}}));
  CHECK_FALSE(empty.supports("consumer", {}));
}

TEST_CASE("the coordinator's timers: a slot's former timer is not taken for the present one's") {
  Bench b;
  b.act([&](CoordinatorNode&, Context& ctx) {
    TimerTable table(300);
    const TimerKey first{GroupTimer::Session, 0, "g", "a", 0}, second{GroupTimer::Session, 0, "g", "b", 0};
    table.schedule(ctx, first, sim::seconds(100));
    table.cancel(ctx, first);
    table.schedule(ctx, second, sim::seconds(100));  // the same slot, generation 1
    CHECK_FALSE(table.take(300, 0));
    CHECK(table.find(second));
    CHECK_FALSE(table.take(301, std::uint64_t{1} << 32));
    const auto fired = table.take(300, std::uint64_t{1} << 32);
    REQUIRE(fired);
    CHECK(fired->member == "b");
    CHECK_FALSE(table.find(second));
  });
}
