// tests/kafka/sticky_2_5.txt: the assignments of Kafka 2.5.1's own classes (tests/kafka/StickyAssignor251.java).
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "client/assignors.h"
#include "client/java_order.h"
#include "support/places.h"

namespace kafkascope::client::sticky_2_5_test {
namespace {

using Named = std::pair<std::string, std::int32_t>;

std::vector<Named> partitions(const std::string& text) {
  std::vector<Named> out;
  std::istringstream in(text);
  for (std::string p; text != "-" && std::getline(in, p, ',');) {
    const std::size_t dash = p.rfind('-');
    out.emplace_back(p.substr(0, dash), std::stoi(p.substr(dash + 1)));
  }
  return out;
}

/// The lines that begin with one of these words, each split at blanks.
std::vector<std::vector<std::string>> lines(const std::vector<std::string>& words) {
  std::vector<std::vector<std::string>> out;
  std::ifstream file(source_root() + "/tests/kafka/sticky_2_5.txt");
  for (std::string line; std::getline(file, line);) {
    std::istringstream in(line);
    std::vector<std::string> cut;
    for (std::string word; in >> word;) cut.push_back(word);
    if (std::find(words.begin(), words.end(), cut[0]) != words.end()) out.push_back(std::move(cut));
  }
  return out;
}

}  // namespace

TEST_CASE("2.5: a consumer takes its partitions in the order of Java's hash tables") {
  const auto all = lines({"order"});
  CHECK(all.size() == 120);
  for (const auto& line : all) {
    if (line.size() < 3) continue;  // nothing was assigned
    std::vector<Named> order = partitions(line[1]);
    order_as_assigned(
        order, [](const Named& p) { return java_hash(p.first, p.second); }, [](const Named& p) { return p.first; });
    CHECK(order == partitions(line[2]));
  }
}

TEST_CASE(
    "2.5: cooperative-sticky has the constrained assignment, in which members keep the first partitions that they name (constrainedAssign)") {
  const std::map<std::string, protocol::TopicId> ids{{"orders", 1}, {"payments", 2}};
  AssignableTopics topics;
  std::vector<protocol::JoinGroupMember> members;
  std::map<std::string, std::vector<Named>> wanted;
  int assigned = 0;
  const auto check = [&] {
    if (members.empty()) return;
    for (const protocol::MemberAssignment& a : assign("cooperative-sticky", members, topics, true)) {
      std::vector<protocol::TopicPartition> share;
      for (const Named& p : wanted[a.member_id]) share.push_back({ids.at(p.first), p.second});
      CHECK(a.partitions == share);
    }
    ++assigned;
  };
  for (const auto& line : lines({"assign", "member"})) {
    if (line[0] == "assign") {
      check();
      topics.clear();
      members.clear();
      std::istringstream in(line[1]);
      for (std::string topic; std::getline(in, topic, ',');) {
        const std::string name = topic.substr(0, topic.find(':'));
        topics[name] = {ids.at(name), std::stoi(topic.substr(name.size() + 1))};
      }
      continue;
    }
    protocol::JoinGroupMember member{line[1], {}, {}};
    for (const auto& [name, topic] : topics) member.metadata.topics.push_back(name);
    for (const Named& p : partitions(line[2])) member.metadata.owned.push_back({ids.at(p.first), p.second});
    wanted[line[1]] = partitions(line[3]);
    members.push_back(std::move(member));
  }
  check();
  CHECK(assigned == 200);
}

}  // namespace kafkascope::client::sticky_2_5_test
