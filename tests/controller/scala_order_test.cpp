// tests/kafka/group_order.txt, isr_note_order.txt: what Scala 2.12 and Kafka 2.5.1 answer themselves (GroupOrder.java, IsrNoteOrder.java).
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "controller/zookeeper/scala_order.h"
#include "support/places.h"

namespace kafkascope::controller::scala_order_test {
namespace {

std::vector<protocol::BrokerId> ids(const std::string& text) {
  std::vector<protocol::BrokerId> out;
  std::istringstream in(text);
  for (std::string id; std::getline(in, id, ',');) out.push_back(std::stoi(id));
  return out;
}

znode::NamedPartitions partitions(const std::string& text) {
  znode::NamedPartitions out;
  std::istringstream in(text);
  for (std::string p; std::getline(in, p, ',');)
    out.emplace_back(p.substr(0, p.rfind('-')), std::stoi(p.substr(p.rfind('-') + 1)));
  return out;
}

}  // namespace

TEST_CASE("replicas went offline by ascending broker id, not in the order of Scala's groupBy") {
  CHECK(in_group_order({1, 2, 3, 4}) == std::vector<protocol::BrokerId>{2, 4, 1, 3});
  std::ifstream file(source_root() + "/tests/kafka/group_order.txt");
  int lines = 0;
  for (std::string before, after; file >> before >> after; ++lines) CHECK(in_group_order(ids(before)) == ids(after));
  CHECK(lines == 301);
}

TEST_CASE("an ISR note named its partitions by topic, not in the order of Kafka's set") {
  std::ifstream file(source_root() + "/tests/kafka/isr_note_order.txt");
  int lines = 0;
  for (std::string before, after; file >> before >> after; ++lines)
    CHECK(in_note_order(partitions(before)) == partitions(after));
  CHECK(lines == 201);
  CHECK(in_note_order({{"two", 0}, {"two", 0}}) == znode::NamedPartitions{{"two", 0}});
}

}  // namespace kafkascope::controller::scala_order_test
