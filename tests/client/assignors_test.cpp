#include "client/assignors.h"

#include <doctest/doctest.h>

using namespace kafkascope;
using namespace kafkascope::client;
using protocol::JoinGroupMember;
using protocol::TopicPartition;

namespace {
JoinGroupMember member(std::string id, std::vector<std::string> topics, std::string instance = {}) {
  return {std::move(id), std::move(instance), {std::move(topics), {}, -1}};
}
using Partitions = std::vector<TopicPartition>;
Partitions share(const Assignments& all, std::string_view id) {
  for (const auto& a : all)
    if (a.member_id == id) return a.partitions;
  FAIL("no entry for " << std::string(id));
  return {};
}
const AssignableTopics kTwoTopics{{"a", {0, 3}}, {"b", {1, 3}}};
}  // namespace

TEST_CASE("RangeAssignor: each member, in order of id, gets consecutive partitions; the first members get one more") {
  const AssignableTopics orders{{"orders", {5, 7}}};
  const auto out = assign_range({member("c", {"orders"}), member("a", {"orders"}), member("b", {"orders"})}, orders);
  CHECK(share(out, "a") == Partitions{{5, 0}, {5, 1}, {5, 2}});
  CHECK(share(out, "b") == Partitions{{5, 3}, {5, 4}});
  CHECK(share(out, "c") == Partitions{{5, 5}, {5, 6}});
}

TEST_CASE("RangeAssignor: with more members than partitions, the last members by id get none") {
  const AssignableTopics orders{{"orders", {5, 3}}};
  const auto out = assign_range({member("c-4-0", {"orders"}), member("c-1-f", {"orders"}), member("c-3-a", {"orders"}),
                                 member("c-2-b", {"orders"})},
                                orders);
  REQUIRE(out.size() == 4);
  CHECK(share(out, "c-1-f") == Partitions{{5, 0}});
  CHECK(share(out, "c-2-b") == Partitions{{5, 1}});
  CHECK(share(out, "c-3-a") == Partitions{{5, 2}});
  CHECK(share(out, "c-4-0").empty());
}

TEST_CASE(
    "RangeAssignor: topics are assigned separately, so with two topics of three partitions one of two members gets four partitions") {
  const auto out = assign_range({member("m1", {"a", "b"}), member("m2", {"b", "a"})}, kTwoTopics);
  CHECK(share(out, "m1") == Partitions{{0, 0}, {0, 1}, {1, 0}, {1, 1}});
  CHECK(share(out, "m2") == Partitions{{0, 2}, {1, 2}});
}

TEST_CASE("RangeAssignor: static members come first, in order of their instance ids") {
  const AssignableTopics orders{{"orders", {5, 3}}};
  const auto out = assign_range(
      {member("a-dynamic", {"orders"}), member("z", {"orders"}, "s-1"), member("b", {"orders"}, "s-2")}, orders);
  CHECK(share(out, "z") == Partitions{{5, 0}});
  CHECK(share(out, "b") == Partitions{{5, 1}});
  CHECK(share(out, "a-dynamic") == Partitions{{5, 2}});
}

TEST_CASE("RangeAssignor: only subscribers of a topic share it; an unknown topic is left out") {
  const auto out = assign_range({member("m1", {"a"}), member("m2", {"a", "b", "nosuch"})}, kTwoTopics);
  CHECK(share(out, "m1") == Partitions{{0, 0}, {0, 1}});
  CHECK(share(out, "m2") == Partitions{{0, 2}, {1, 0}, {1, 1}, {1, 2}});
}

TEST_CASE("RoundRobinAssignor: the partitions of all topics, in order of name, go to the members in turn") {
  const auto out = assign_round_robin({member("m2", {"a", "b"}), member("m1", {"a", "b"})}, kTwoTopics);
  CHECK(share(out, "m1") == Partitions{{0, 0}, {0, 2}, {1, 1}});
  CHECK(share(out, "m2") == Partitions{{0, 1}, {1, 0}, {1, 2}});
}

TEST_CASE("RoundRobinAssignor: a member that does not subscribe to the topic is skipped, so the shares may be uneven") {
  const auto out = assign_round_robin({member("m1", {"a"}), member("m2", {"a", "b"})}, kTwoTopics);
  CHECK(share(out, "m1") == Partitions{{0, 0}, {0, 2}});
  CHECK(share(out, "m2") == Partitions{{0, 1}, {1, 0}, {1, 1}, {1, 2}});
}

TEST_CASE("the leader uses the assignor that the group has chosen") {
  CHECK(has_assignor("range"));
  CHECK(has_assignor("roundrobin"));
  CHECK_FALSE(has_assignor("uniform"));
  const std::vector<JoinGroupMember> two{member("m1", {"a", "b"}), member("m2", {"a", "b"})};
  CHECK(share(assign("range", two, kTwoTopics), "m1").size() == 4);
  CHECK(share(assign("roundrobin", two, kTwoTopics), "m1").size() == 3);
}
