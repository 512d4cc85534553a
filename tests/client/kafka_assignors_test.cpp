// The client's assignors, compared with Kafka's own (tests/coordinator/data/assignors-4.1.tsv, tests/oracle/README.md).
#include <doctest/doctest.h>

#include <algorithm>

#include "client/assignors.h"
#include "support/assignor_cases.h"

namespace kafkascope::client {
namespace {

int replay(const std::string& name) {
  int cases = 0;
  for (const AssignorCase& c : assignor_cases(name)) {
    CAPTURE(c.line);
    AssignableTopics topics;
    for (const auto& [id, count] : c.topics) topics["t" + std::to_string(id)] = {id, count};
    std::vector<protocol::JoinGroupMember> members;
    for (const auto& m : c.members) {
      protocol::JoinGroupMember member{m.id, m.instance, {}};
      for (const protocol::TopicId t : m.topics) member.metadata.topics.push_back("t" + std::to_string(t));
      member.metadata.owned = member.metadata.previous = m.has;
      member.metadata.generation = member.metadata.previous_generation = m.generation;
      members.push_back(std::move(member));
    }
    std::map<std::string, AssignorCase::Partitions> shares;
    for (protocol::MemberAssignment& a : assign(name, members, topics)) {
      std::sort(a.partitions.begin(), a.partitions.end());
      shares[a.member_id] = std::move(a.partitions);
    }
    CHECK(shares == c.result);
    ++cases;
  }
  return cases;
}

}  // namespace

TEST_CASE("the client assignors give the same assignments as Kafka's for the same groups") {
  CHECK(replay("range") > 40);
  CHECK(replay("roundrobin") > 40);
  CHECK(replay("sticky") > 100);
  CHECK(replay("cooperative-sticky") > 100);
}

}  // namespace kafkascope::client
