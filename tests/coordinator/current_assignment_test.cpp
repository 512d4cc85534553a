// One member's steps towards its target assignment, modelled on Kafka's CurrentAssignmentBuilderTest.
#include <doctest/doctest.h>

#include <set>

#include "coordinator/current_assignment.h"

using namespace kafkascope;
using coordinator::ConsumerGroupMember;
using coordinator::MemberState;
using coordinator::Partitions;
using coordinator::reconcile;

namespace {

constexpr protocol::TopicId kT = 1, kU = 2;

ConsumerGroupMember at(MemberState state, std::int32_t epoch, Partitions assigned, Partitions to_revoke = {}) {
  ConsumerGroupMember m;
  m.member_id = "m";
  m.state = state;
  m.member_epoch = m.previous_member_epoch = epoch;
  m.assigned = std::move(assigned);
  m.pending_revocation = std::move(to_revoke);
  return m;
}
const auto free_all = [](protocol::TopicPartition) { return false; };
const auto taken = [](std::set<protocol::TopicPartition> by_others) {
  return [by_others](protocol::TopicPartition p) { return by_others.contains(p); };
};

void check(const ConsumerGroupMember& m, MemberState state, std::int32_t epoch, const Partitions& assigned,
           const Partitions& to_revoke = {}) {
  CHECK(m.state == state);
  CHECK(m.member_epoch == epoch);
  CHECK(m.assigned == assigned);
  CHECK(m.pending_revocation == to_revoke);
}

const Partitions k123456{{kT, 1}, {kT, 2}, {kT, 3}, {kU, 4}, {kU, 5}, {kU, 6}};
const Partitions k234567{{kT, 2}, {kT, 3}, {kT, 4}, {kU, 5}, {kU, 6}, {kU, 7}};
const Partitions k2356{{kT, 2}, {kT, 3}, {kU, 5}, {kU, 6}};
const Partitions k14{{kT, 1}, {kU, 4}};

}  // namespace

TEST_CASE("testStableToStable: with unchanged partitions a member takes a new epoch at once") {
  const auto next = reconcile(at(MemberState::Stable, 10, k123456), 11, k123456, {}, free_all);
  check(next, MemberState::Stable, 11, k123456);
  CHECK(next.previous_member_epoch == 10);
}

TEST_CASE("testStableToStableWithNewPartitions: free partitions are assigned at once") {
  Partitions more = k123456;
  more.push_back({kU, 7});
  check(reconcile(at(MemberState::Stable, 10, k123456), 11, more, {}, free_all), MemberState::Stable, 11, more);
}

TEST_CASE(
    "testStableToUnrevokedPartitions: a member stays in its epoch until it has revoked the partitions that its target lacks") {
  check(reconcile(at(MemberState::Stable, 10, k123456), 11, k234567, {}, free_all), MemberState::UnrevokedPartitions,
        10, k2356, k14);
}

TEST_CASE(
    "testStableToUnreleasedPartitions: a member takes the target's epoch at once, and partitions owned by others later") {
  Partitions more = k123456;
  more.push_back({kU, 7});
  check(reconcile(at(MemberState::Stable, 10, k123456), 11, more, {}, taken({{kU, 7}})),
        MemberState::UnreleasedPartitions, 11, k123456);
}

TEST_CASE(
    "testUnrevokedToUnrevoked: a member that does not report its partitions, or reports revoked ones, stays Unrevoked") {
  const auto member = at(MemberState::UnrevokedPartitions, 10, k2356, k14);
  CHECK(reconcile(member, 12, k234567, {}, free_all) == member);
  CHECK(reconcile(member, 12, k234567, k123456, free_all) == member);
}

TEST_CASE("testUnrevokedToStable: a member that reports the revocation moves on to the latest target") {
  check(reconcile(at(MemberState::UnrevokedPartitions, 10, k2356, k14), 11, k2356, k2356, free_all),
        MemberState::Stable, 11, k2356);
  check(reconcile(at(MemberState::UnrevokedPartitions, 10, k2356, k14), 12, k234567, k2356, free_all),
        MemberState::Stable, 12, k234567);
}

TEST_CASE(
    "testUnrevokedToUnrevokedWithNewTarget: a newer target raises the member's epoch by one and adds partitions to revoke") {
  check(reconcile(at(MemberState::UnrevokedPartitions, 10, k2356, k14), 12, {{kT, 3}, {kU, 6}}, k2356, free_all),
        MemberState::UnrevokedPartitions, 11, {{kT, 3}, {kU, 6}}, {{kT, 2}, {kU, 5}});
}

TEST_CASE("testUnreleasedToStable: a member gets its partitions once others have released them") {
  const auto member = at(MemberState::UnreleasedPartitions, 11, k2356);
  check(reconcile(member, 11, k234567, {}, free_all), MemberState::Stable, 11, k234567);
  check(reconcile(member, 11, k234567, {}, taken({{kU, 7}})), MemberState::UnreleasedPartitions, 11,
        {{kT, 2}, {kT, 3}, {kT, 4}, {kU, 5}, {kU, 6}});
}

TEST_CASE("testUnreleasedToUnrevoked: a newer target may take partitions from a member that waits for others") {
  check(reconcile(at(MemberState::UnreleasedPartitions, 11, k2356), 12, {{kT, 3}, {kT, 4}, {kU, 6}}, {},
                  taken({{kT, 4}})),
        MemberState::UnrevokedPartitions, 11, {{kT, 3}, {kU, 6}}, {{kT, 2}, {kU, 5}});
}
