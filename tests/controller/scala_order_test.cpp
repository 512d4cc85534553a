// tests/kafka/group_order.txt, isr_note_order.txt, partition_order.txt: the orders that Scala 2.12 and Kafka 2.5.1 themselves produce
// (GroupOrder.java, IsrNoteOrder.java, PartitionOrder.java).
#include <doctest/doctest.h>

#include <algorithm>
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

TEST_CASE("replicas go offline in the order of Scala's groupBy") {
  CHECK(in_group_order({1, 2, 3, 4}) == std::vector<protocol::BrokerId>{2, 4, 1, 3});
  std::ifstream file(source_root() + "/tests/kafka/group_order.txt");
  int lines = 0;
  for (std::string before, after; file >> before >> after; ++lines) CHECK(in_group_order(ids(before)) == ids(after));
  CHECK(lines == 301);
}

TEST_CASE("several new topics are written in the order of ZooKeeper's and Scala's sets") {
  // ZooKeeper 3.5.8's DataNode.getChildren
  using Names = std::vector<std::string>;
  CHECK(in_child_order({"orders", "two", "pinned", "logs"}) == Names{"orders", "pinned", "two", "logs"});
  CHECK(in_child_order({"a.b", "clicks", "payments"}) == Names{"clicks", "a.b", "payments"});
  CHECK(in_name_set_order({"two", "orders", "logs"}) == Names{"two", "orders", "logs"});
  CHECK(in_name_set_order({"a.b", "clicks", "logs", "orders", "payments", "two"}) ==
        Names{"payments", "two", "a.b", "clicks", "orders", "logs"});
}

TEST_CASE("an ISR notification names its partitions in the order of Kafka's set") {
  std::ifstream file(source_root() + "/tests/kafka/isr_note_order.txt");
  int lines = 0;
  for (std::string before, after; file >> before >> after; ++lines)
    CHECK(in_note_order(partitions(before)) == partitions(after));
  CHECK(lines == 201);
  CHECK(in_note_order({{"two", 0}, {"two", 0}}) == znode::NamedPartitions{{"two", 0}});
}

TEST_CASE("new partitions, and those without a leader, are written in the order of Kafka's maps") {
  std::ifstream file(source_root() + "/tests/kafka/partition_order.txt");
  const auto at = [](const znode::NamedPartitions& all, const Places& places) {
    znode::NamedPartitions out;
    for (const std::size_t place : places) out.push_back(all[place]);
    return out;
  };
  int lines = 0;
  for (std::string what, first, second, after; file >> what >> first; ++lines) {
    const znode::NamedPartitions given = partitions(first);
    CAPTURE(what);
    CAPTURE(first);
    if (what == "broker" || what == "topic") {
      file >> second >> after;
      const znode::NamedPartitions wanted = partitions(second);
      znode::NamedPartitions found;  // for "topic" the finished set is filtered
      for (const std::size_t at : in_assignment_order(what == "topic" ? given : wanted, given))
        if (const auto& p = (what == "topic" ? given : wanted)[at];
            std::find(wanted.begin(), wanted.end(), p) != wanted.end())
          found.push_back(p);
      CHECK(found == partitions(after));
    } else if (what == "rebalance") {
      file >> second >> after;
      const std::vector<protocol::BrokerId> leaders = ids(second);
      const Places all = in_assignment_order(given, given);
      std::vector<protocol::BrokerId> brokers;
      for (const std::size_t at : all)
        if (std::find(brokers.begin(), brokers.end(), leaders[at]) == brokers.end()) brokers.push_back(leaders[at]);
      znode::NamedPartitions found;
      for (const protocol::BrokerId broker : in_group_order(brokers))
        for (const std::size_t at : all)
          if (leaders[at] == broker) found.push_back(given[at]);
      CHECK(found == partitions(after));
    } else if (what == "offline") {
      file >> second >> after;
      const znode::NamedPartitions waiting = partitions(second);
      CHECK(at(waiting, in_waiting_order(waiting, given)) == partitions(after));
    } else {
      file >> after;
      CHECK(at(given, what == "new" ? in_topic_order(given) : in_map_order(given)) == partitions(after));
    }
  }
  CHECK(lines == 793);
  // In the order in which a 2.5.1 cluster wrote them, according to its ZooKeeper's log.
  const auto of = [](int count) {
    znode::NamedPartitions all;
    for (int i = 0; i < count; ++i) all.emplace_back("orders", i);
    return all;
  };
  CHECK(in_topic_order(of(2)) == Places{1, 0});
  CHECK(in_topic_order(of(6)) == Places{0, 3, 1, 5, 2, 4});
  CHECK(in_waiting_order({{"logs", 0}, {"orders", 0}}, {{"orders", 0}, {"logs", 0}}) == Places{1, 0});
}

}  // namespace kafkascope::controller::scala_order_test
