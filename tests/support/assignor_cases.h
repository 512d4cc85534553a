// Random groups and the assignments that Kafka's assignors made for them: tests/coordinator/data/assignors-4.1.tsv (columns:
// tests/oracle/README.md).
#pragma once
#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/ids.h"
#include "support/places.h"

struct AssignorCase {
  using Partitions = std::vector<kafkascope::protocol::TopicPartition>;
  struct Member {
    std::string id, instance;
    std::vector<kafkascope::protocol::TopicId> topics;
    int generation = -1;
    Partitions has;
  };
  std::string line;
  std::map<kafkascope::protocol::TopicId, int> topics;
  Partitions withheld;  // share groups: not initialized
  std::vector<Member> members;
  std::map<std::string, Partitions> result;
};

namespace assignor_cases_detail {

inline std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, by);) parts.push_back(part);
  return parts;
}

inline std::string field(const std::vector<std::string>& fields, std::size_t i) {
  return i < fields.size() ? fields[i] : std::string();  // the last field may be empty
}

/// "1:0.2,3:1"
inline AssignorCase::Partitions partitions(const std::string& text) {
  AssignorCase::Partitions all;
  for (const std::string& topic : split(text, ',')) {
    const auto halves = split(topic, ':');
    for (const std::string& p : split(halves.at(1), '.')) all.push_back({std::stoi(halves[0]), std::stoi(p)});
  }
  return all;
}

}  // namespace assignor_cases_detail

/// The cases of one assignor.
inline std::vector<AssignorCase> assignor_cases(std::string_view assignor) {
  using namespace assignor_cases_detail;
  std::vector<AssignorCase> cases;
  std::ifstream in(source_root() + "/tests/coordinator/data/assignors-4.1.tsv");
  for (std::string line; std::getline(in, line);) {
    const auto fields = split(line, '\t');
    if (fields.at(0) != assignor) continue;
    AssignorCase c;
    c.line = line;
    for (const std::string& topic : split(fields.at(1), ','))
      c.topics[std::stoi(topic)] = std::stoi(topic.substr(topic.find(':') + 1));
    c.withheld = partitions(fields.at(2));
    for (const std::string& text : split(fields.at(3), ' ')) {
      const auto parts = split(text, '/');
      AssignorCase::Member m{parts.at(0), parts.at(1), {}, std::stoi(parts.at(3)), partitions(field(parts, 4))};
      for (const std::string& t : split(parts[2], ',')) m.topics.push_back(std::stoi(t));
      c.members.push_back(std::move(m));
    }
    for (const std::string& text : split(fields.at(4), ' ')) {
      const auto parts = split(text, '/');
      c.result[parts.at(0)] = partitions(field(parts, 1));
    }
    cases.push_back(std::move(c));
  }
  return cases;
}
