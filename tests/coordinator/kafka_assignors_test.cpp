// The coordinator's assignors, compared with Kafka's own: data/assignors-4.1.tsv has the assignments that the jars of
// 4.1.0 made for random groups (tests/oracle/README.md). test_client replays the client's assignors from the same file.
#include <doctest/doctest.h>

#include <map>

#include "coordinator/server_assignor.h"
#include "coordinator/share_group.h"
#include "support/assignor_cases.h"

using namespace kafkascope;
using coordinator::AssignorSpec;
using coordinator::Partitions;
using coordinator::TargetAssignment;

namespace {

AssignorSpec spec_of(const AssignorCase& c) {
  AssignorSpec spec;
  for (const auto& m : c.members) {
    AssignorSpec::Member& member = spec.members[m.id];
    member.instance_id = m.instance;
    member.topics = m.topics;
    member.target = m.has;
    spec.homogeneous = spec.homogeneous && m.topics == c.members.front().topics;
    for (const protocol::TopicId t : m.topics) spec.partition_counts[t] = c.topics.at(t);
  }
  return spec;
}

TargetAssignment target_of(const AssignorCase& c) {
  TargetAssignment target;
  for (const auto& [id, partitions] : c.result) target[id] = partitions;
  return target;
}

int replay(const char* name, TargetAssignment (*assign)(const AssignorSpec&, const AssignorCase&)) {
  int cases = 0;
  for (const AssignorCase& c : assignor_cases(name)) {
    CAPTURE(c.line);
    const AssignorSpec spec = spec_of(c);
    TargetAssignment target = assign(spec, c);
    for (const auto& [id, m] : spec.members) target[id];  // an assignor may omit members that get nothing
    CHECK(target == target_of(c));
    ++cases;
  }
  return cases;
}

}  // namespace

TEST_CASE("share groups: 4.1's SimpleAssignor assigns by hash first, then round robin, and not evenly") {
  const int cases = replay("simple", [](const AssignorSpec& spec, const AssignorCase& c) {
    Partitions assignable;
    for (const auto& [topic, count] : spec.partition_counts)
      for (std::int32_t p = 0; p < count; ++p)
        if (!std::binary_search(c.withheld.begin(), c.withheld.end(), protocol::TopicPartition{topic, p}))
          assignable.push_back({topic, p});
    return assign_simple(spec, assignable);
  });
  CHECK(cases > 100);
}

TEST_CASE("UniformAssignor and RangeAssignor give the same assignments as Kafka's for the same groups") {
  CHECK(replay("uniform", [](const AssignorSpec& spec, const AssignorCase&) { return assign_uniform(spec); }) > 100);
  CHECK(replay("server-range", [](const AssignorSpec& spec, const AssignorCase&) { return assign_range(spec); }) > 40);
}
