// tests/kafka/group_order.txt: what Scala 2.12 itself answers (tests/kafka/GroupOrder.java).
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

}  // namespace

TEST_CASE("replicas went offline by ascending broker id, not in the order of Scala's groupBy") {
  CHECK(in_group_order({1, 2, 3, 4}) == std::vector<protocol::BrokerId>{2, 4, 1, 3});
  std::ifstream file(source_root() + "/tests/kafka/group_order.txt");
  int lines = 0;
  for (std::string before, after; file >> before >> after; ++lines) CHECK(in_group_order(ids(before)) == ids(after));
  CHECK(lines == 301);
}

}  // namespace kafkascope::controller::scala_order_test
