// The coordinator's assignors with Kafka's own examples (RangeAssignorTest, OptimizedUniformAssignmentBuilderTest,
// UniformHeterogeneousAssignmentBuilderTest), and the properties that they guarantee for any group.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "coordinator/server_assignor.h"
#include "sim/random.h"

using namespace kafkascope;
using coordinator::AssignorSpec;
using coordinator::Partitions;
using coordinator::TargetAssignment;

namespace {

Partitions of(protocol::TopicId topic, std::vector<int> numbers) {
  Partitions list;
  for (int n : numbers) list.push_back({topic, n});
  return list;
}
Partitions operator+(Partitions a, const Partitions& b) {
  a.insert(a.end(), b.begin(), b.end());
  std::sort(a.begin(), a.end());
  return a;
}

AssignorSpec spec_of(std::map<protocol::TopicId, int> topics, std::map<std::string, AssignorSpec::Member> members) {
  AssignorSpec spec;
  for (const auto& [id, count] : topics) spec.partition_counts[id] = count;
  for (auto& [id, m] : members) {
    spec.homogeneous = spec.homogeneous && m.topics == members.begin()->second.topics;
    spec.members[id] = m;
  }
  return spec;
}

/// Every partition of a subscribed topic has one owner, who subscribes to the topic.
void check_valid(const AssignorSpec& spec, const TargetAssignment& target) {
  std::set<protocol::TopicPartition> seen;
  for (const auto& [id, partitions] : target)
    for (const auto p : partitions) {
      CHECK(seen.insert(p).second);
      const auto& topics = spec.members.find(id)->second.topics;
      CHECK(std::find(topics.begin(), topics.end(), p.topic) != topics.end());
    }
  for (const auto& [topic, count] : spec.partition_counts) {
    const bool wanted = std::any_of(spec.members.begin(), spec.members.end(), [&, t = topic](const auto& m) {
      return std::find(m.second.topics.begin(), m.second.topics.end(), t) != m.second.topics.end();
    });
    for (int p = 0; wanted && p < count; ++p) CHECK(seen.contains({topic, p}));
  }
}

std::pair<std::size_t, std::size_t> least_and_most(const AssignorSpec& spec, const TargetAssignment& target) {
  std::size_t least = 1000000, most = 0;
  for (const auto& [id, m] : spec.members) {
    const auto it = target.find(id);
    const std::size_t n = it == target.end() ? 0 : it->second.size();
    least = std::min(least, n);
    most = std::max(most, n);
  }
  return {least, most};
}

int moved(const AssignorSpec& spec, const TargetAssignment& target) {
  int n = 0;
  for (const auto& [id, m] : spec.members)
    for (const auto p : m.target) {
      const auto& now = target.find(id)->second;
      n += !std::binary_search(now.begin(), now.end(), p);
    }
  return n;
}

}  // namespace

TEST_CASE(
    "RangeAssignorTest: with two members and two topics, the first member gets the extra partition of each topic") {
  const auto spec = spec_of({{1, 3}, {3, 2}}, {{"A", {"", {1, 3}, {}}}, {"B", {"", {1, 3}, {}}}});
  CHECK(assign_range(spec) == TargetAssignment{{"A", of(1, {0, 1}) + of(3, {0})}, {"B", of(1, {2}) + of(3, {1})}});
}

TEST_CASE("RangeAssignorTest: three members with different subscriptions get the same partitions as in Kafka's test") {
  const auto spec =
      spec_of({{1, 3}, {2, 3}, {3, 2}}, {{"A", {"", {1, 2}, {}}}, {"B", {"", {3}, {}}}, {"C", {"", {2, 3}, {}}}});
  CHECK(assign_range(spec) ==
        TargetAssignment{{"A", of(1, {0, 1, 2}) + of(2, {0, 1})}, {"B", of(3, {0})}, {"C", of(2, {2}) + of(3, {1})}});
}

TEST_CASE("RangeAssignorTest: with more members than partitions, static members come first, by instance id") {
  const auto spec =
      spec_of({{1, 3}, {3, 2}}, {{"A", {"", {1, 3}, {}}}, {"B", {"i-2", {1, 3}, {}}}, {"C", {"i-1", {1, 3}, {}}}});
  CHECK(assign_range(spec) ==
        TargetAssignment{{"C", of(1, {0}) + of(3, {0})}, {"B", of(1, {1}) + of(3, {1})}, {"A", of(1, {2})}});
}

TEST_CASE("range: topics with equal partition counts and the same subscribers are co-partitioned") {
  sim::Random random(23, sim::Stream::Swarm);
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    const int count = static_cast<int>(random.between(1, 12)), members = static_cast<int>(random.between(1, 8));
    std::map<std::string, AssignorSpec::Member> all;
    for (int i = 0; i < members; ++i) {
      const bool both = i == 0 || random.chance_ppm(700000), third = random.chance_ppm(400000);
      AssignorSpec::Member m;
      if (random.chance_ppm(300000))
        m.instance_id = "i-" + std::to_string(random.below(1000)) + "-" + std::to_string(i);
      if (both) m.topics = {1, 2};
      if (third || !both) m.topics.push_back(3);
      all["m-" + std::to_string(random.below(1000)) + "-" + std::to_string(i)] = m;
    }
    const auto spec = spec_of({{1, count}, {2, count}, {3, static_cast<int>(random.between(1, 12))}}, all);
    const auto target = assign_range(spec);
    check_valid(spec, target);
    for (const auto& [id, partitions] : target)
      for (const auto p : partitions)
        if (p.topic != 3)
          CHECK(std::binary_search(partitions.begin(), partitions.end(),
                                   protocol::TopicPartition{p.topic == 1 ? 2 : 1, p.partition}));
  }
}

TEST_CASE(
    "OptimizedUniformAssignmentBuilderTest: a member above its quota keeps its first partitions, and the rest go to members below theirs") {
  auto spec = spec_of({{1, 3}, {2, 3}}, {{"A", {"", {1, 2}, of(1, {0, 1}) + of(2, {0, 1})}},
                                         {"B", {"", {1, 2}, of(1, {2}) + of(2, {2})}}});
  CHECK(assign_uniform(spec) == TargetAssignment{{"A", of(1, {0, 1}) + of(2, {0})}, {"B", of(1, {2}) + of(2, {1, 2})}});
}

TEST_CASE("OptimizedUniformAssignmentBuilderTest: a new member gets only partitions from members above their quota") {
  const auto spec = spec_of({{1, 3}, {2, 3}}, {{"A", {"", {1, 2}, of(1, {0, 2}) + of(2, {0})}},
                                               {"B", {"", {1, 2}, of(1, {1}) + of(2, {1, 2})}},
                                               {"C", {"", {1, 2}, {}}}});
  CHECK(assign_uniform(spec) ==
        TargetAssignment{{"A", of(1, {0, 2})}, {"B", of(1, {1}) + of(2, {1})}, {"C", of(2, {0, 2})}});
}

TEST_CASE(
    "OptimizedUniformAssignmentBuilderTest: after a member leaves or partitions are added, no member loses a partition") {
  const auto gone = spec_of(
      {{1, 3}, {2, 3}}, {{"A", {"", {1, 2}, of(1, {0}) + of(2, {0})}}, {"B", {"", {1, 2}, of(1, {1}) + of(2, {1})}}});
  CHECK(moved(gone, assign_uniform(gone)) == 0);
  CHECK(least_and_most(gone, assign_uniform(gone)) == std::pair<std::size_t, std::size_t>{3, 3});
  const auto added = spec_of({{1, 6}, {2, 5}}, {{"A", {"", {1, 2}, of(1, {0, 2}) + of(2, {0})}},
                                                {"B", {"", {1, 2}, of(1, {1}) + of(2, {1, 2})}}});
  CHECK(moved(added, assign_uniform(added)) == 0);
  CHECK(least_and_most(added, assign_uniform(added)) == std::pair<std::size_t, std::size_t>{5, 6});
}

TEST_CASE("OptimizedUniformAssignmentBuilderTest: with more members than partitions, the surplus members get none") {
  const auto spec = spec_of({{3, 2}}, {{"A", {"", {3}, {}}}, {"B", {"", {3}, {}}}, {"C", {"", {3}, {}}}});
  const auto target = assign_uniform(spec);
  check_valid(spec, target);
  CHECK(least_and_most(spec, target) == std::pair<std::size_t, std::size_t>{0, 1});
}

TEST_CASE("KAFKA-18688: a member that has the extra partition keeps it for any order of the members") {
  const auto spec = spec_of({{1, 3}}, {{"A", {"", {1}, of(1, {0})}}, {"B", {"", {1}, of(1, {1, 2})}}});
  CHECK(moved(spec, assign_uniform(spec)) == 0);
}

TEST_CASE(
    "UniformHeterogeneousAssignmentBuilderTest: first assignments with different subscriptions are those of Kafka's tests") {
  CHECK(assign_uniform(spec_of({{1, 3}, {3, 6}}, {{"A", {"", {1, 3}, {}}}, {"B", {"", {3}, {}}}})) ==
        TargetAssignment{{"A", of(1, {0, 1, 2}) + of(3, {4})}, {"B", of(3, {0, 1, 2, 3, 5})}});
  CHECK(assign_uniform(spec_of({{1, 2}, {3, 1}}, {{"A", {"", {3}, {}}}, {"B", {"", {3}, {}}}, {"C", {"", {1}, {}}}})) ==
        TargetAssignment{{"A", of(3, {0})}, {"B", {}}, {"C", of(1, {0, 1})}});
}

TEST_CASE("UniformHeterogeneousAssignmentBuilderTest: an unbalanced assignment is balanced topic by topic") {
  const auto spec = spec_of({{1, 6}, {2, 4}, {3, 4}},
                            {{"A", {"", {1}, of(1, {0, 1, 2})}},
                             {"B", {"", {1, 2}, of(1, {3}) + of(2, {0})}},
                             {"C", {"", {1, 2, 3}, of(1, {4, 5}) + of(2, {1, 2, 3}) + of(3, {0, 1, 2, 3})}}});
  CHECK(assign_uniform(spec) == TargetAssignment{{"A", of(1, {0, 1, 2, 5})},
                                                 {"B", of(1, {3}) + of(2, {0, 1, 2, 3})},
                                                 {"C", of(1, {4}) + of(3, {0, 1, 2, 3})}});
}

TEST_CASE(
    "UniformHeterogeneousAssignmentBuilderTest: added partitions go to the subscriber with the fewest partitions") {
  const auto spec =
      spec_of({{1, 6}, {2, 5}, {3, 3}, {4, 3}}, {{"A", {"", {1, 3}, of(1, {0, 1, 2, 3}) + of(3, {0, 1})}},
                                                 {"B", {"", {1, 2, 3, 4}, of(2, {0, 1, 2}) + of(4, {0, 1, 2})}}});
  CHECK(assign_uniform(spec) == TargetAssignment{{"A", of(1, {0, 1, 2, 3, 4, 5}) + of(3, {0, 1, 2})},
                                                 {"B", of(2, {0, 1, 2, 3, 4}) + of(4, {0, 1, 2})}});
}

TEST_CASE(
    "random groups: assignments are complete, with one owner each, balanced within one partition, sticky, and stable without changes") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    sim::Random random(seed, sim::Stream::Swarm);
    CAPTURE(seed);
    std::map<protocol::TopicId, int> topics;
    for (int t = 1; t <= 1 + static_cast<int>(random.below(4)); ++t) topics[t] = 1 + static_cast<int>(random.below(9));
    std::map<std::string, AssignorSpec::Member> members;
    const bool same = random.chance_ppm(500000);
    for (int m = 0; m <= static_cast<int>(random.below(6)); ++m) {
      AssignorSpec::Member& one = members["m-" + std::to_string(m)];
      for (const auto& [t, n] : topics)
        if (same || random.chance_ppm(600000)) one.topics.push_back(t);
      if (one.topics.empty()) one.topics.push_back(1);
    }
    auto spec = spec_of(topics, members);
    check_valid(spec, assign_range(spec));
    TargetAssignment target = assign_uniform(spec);
    check_valid(spec, target);
    for (int change = 0; change < 4; ++change) {
      for (auto& [id, m] : spec.members) m.target = target.contains(id) ? target[id] : Partitions{};
      CHECK(assign_uniform(spec) == target);  // nothing changed: nothing moves
      if (random.chance_ppm(500000) && spec.members.size() > 1) spec.members.erase(spec.members.begin());
      else spec.members["n-" + std::to_string(change)].topics = spec.members.begin()->second.topics;
      target = assign_uniform(spec);
      check_valid(spec, target);
      if (!spec.homogeneous) continue;
      const auto [least, most] = least_and_most(spec, target);
      CHECK(most - least <= 1);
      // A member that loses a partition had more than its share, and gets no other partition for it.
      for (const auto& [id, m] : spec.members) {
        int kept = 0;
        for (const auto p : m.target) kept += std::binary_search(target[id].begin(), target[id].end(), p);
        if (kept == static_cast<int>(m.target.size())) continue;
        CHECK(m.target.size() > least);
        CHECK(static_cast<int>(target[id].size()) == kept);
      }
    }
  }
}
