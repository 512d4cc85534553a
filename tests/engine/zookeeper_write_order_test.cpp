// The order in which a 2.5 controller writes the states of several partitions, as the ensemble commits it. The expected orders are those
// of 2.5.1's own classes (tests/kafka/PartitionOrder.java) or, if marked, of a real cluster's ZooKeeper.
#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "protocol/facts_of_zookeeper.h"
#include "protocol/trace_kinds.h"
#include "scenario/load.h"
#include "scenario/session.h"

using namespace kafkascope;

namespace zookeeper_write_order_test {
namespace {

struct World {
  int brokers = 3;
  std::string config, topics, steps;
  std::string until;
  std::string clients = {};
};

/// The partitions (or topics) whose state (or other znode) was written between these two moments, in order.
std::string written(const World& world, double from, double to, const std::string& what = "/state") {
  const auto loaded = scenario::load(
      R"({"format": 1, "id": "order", "kafka": "2.5", "seed": 1, "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": )" +
      std::to_string(world.brokers) + R"(, "config": {"zookeeper.session.timeout.ms": 6000)" + world.config +
      R"(}}, "clients": [)" + world.clients + R"(], "topics": [)" + world.topics + R"(], "steps": [)" + world.steps +
      R"(], "until": ")" + world.until + R"("})");
  REQUIRE(loaded.ok());
  scenario::Session session(std::make_shared<const scenario::Scenario>(*loaded.scenario), true);
  session.run_to_end();
  std::string out;
  const auto& trace = session.observation().trace();
  const auto us = [](double seconds) { return static_cast<std::int64_t>(seconds * 1e6); };
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const auto changed = fact_if<fact::ZnodeChanged>(trace[i]);
    if (!changed || trace[i].time.us < us(from) || trace[i].time.us >= us(to)) continue;
    const std::string path = changed->path.str(), topics = "/brokers/topics/", state = "/state",
                      between = "/partitions/";
    if (!path.starts_with(topics) || !path.ends_with(what)) continue;
    std::string name = path.substr(topics.size(), path.size() - topics.size() - what.size());
    if (const auto at = name.find(between); at != std::string::npos) name.replace(at, between.size(), "-");
    out += (out.empty() ? "" : " ") + name;
  }
  return out;
}

constexpr const char* kNoRebalance = R"(, "auto.leader.rebalance.enable": false)";

}  // namespace

TEST_CASE("a new topic's partitions are written in the order of TopicZNode.decode") {
  const auto create = [](int partitions) {
    return World{.config = kNoRebalance,
                 .topics = "",
                 .steps = R"({"at": "2s", "do": "create_topic", "topic": "orders", "partitions": )" +
                          std::to_string(partitions) + R"(, "replication_factor": 1})",
                 .until = "5s"};
  };
  CHECK(written(create(3), 0, 5) == "orders-2 orders-1 orders-0");
  // The same in a real cluster.
  CHECK(written(create(6), 0, 5) == "orders-0 orders-3 orders-1 orders-5 orders-2 orders-4");
}

TEST_CASE("several new topics are written in the order of ZooKeeper's and Scala's sets") {
  const auto world =
      [](const std::vector<std::string>& topics) {  // created through other brokers while the controller is paused
        std::string clients;
        for (const std::string& topic : topics)
          clients += std::string(clients.empty() ? "" : ", ") + R"({"id": "p)" + topic +
                     R"(", "kind": "producer", "topic": ")" + topic +
                     R"(", "rate": "5/s", "start": "3s", "config": {}})";
        return World{
            .brokers = 6,
            .config = std::string(kNoRebalance) +
                      R"(, "auto.create.topics.enable": true, "num.partitions": 1, "default.replication.factor": 1)",
            .topics = "",
            .steps =
                R"({"at": "2s", "do": "pause", "node": "broker-1"}, {"at": "5s", "do": "resume", "node": "broker-1"})",
            .until = "10s",
            .clients = clients};
      };
  // The last topics were created through the controller.
  CHECK(written(world({"two", "clicks", "payments", "orders"}), 0, 10) == "orders-0 two-0 payments-0 clicks-0");
  const World many = world({"clicks", "logs", "orders", "payments", "two", "pinned", "base", "fresh"});
  CHECK(written(many, 0, 10, "/partitions") == "payments fresh base pinned clicks orders two logs");
  CHECK(written(many, 0, 10) == "pinned-0 orders-0 base-0 fresh-0 clicks-0 payments-0 two-0 logs-0");
}

TEST_CASE("partitions added to a topic are written in the order of TopicZNode.decode") {
  const World world{.config = kNoRebalance,
                    .topics = R"({"name": "two", "partitions": 1, "assignments": {"0": [1, 3]}})",
                    .steps = R"({"at": "2s", "do": "add_partitions", "topic": "two", "partitions": 4})",
                    .until = "5s"};
  CHECK(written(world, 1, 5) == "two-2 two-1 two-3");  // the same in a real cluster
}

TEST_CASE("a broker that shuts down hands over its leaderships in the order of partitionsOnBroker") {
  const std::string stop = R"({"at": "5s", "do": "shutdown", "node": "broker-2"})";
  const World three{
      .config = kNoRebalance,
      .topics =
          R"({"name": "orders", "partitions": 3, "assignments": {"0": [2, 1, 3], "1": [2, 3, 1], "2": [2, 1, 3]}})",
      .steps = stop,
      .until = "10s"};
  CHECK(written(three, 4, 10) == "orders-2 orders-1 orders-0");
  // The broker has six partitions, so the map is a trie. It leads three of them, and afterwards leaves the ISRs of the others
  // (doRemoveReplicasFromIsr).
  const World six{
      .config = kNoRebalance,
      .topics =
          R"({"name": "orders", "partitions": 6, "assignments": {"0": [2, 1], "1": [2, 1], "2": [1, 2], "3": [2, 1],
                               "4": [1, 2], "5": [1, 2]}})",
      .steps = stop,
      .until = "10s"};
  CHECK(written(six, 4, 10) == "orders-0 orders-3 orders-1 orders-2 orders-5 orders-4");
  // These two have the same slot in that map: the later one comes first.
  const World follows{
      .config = kNoRebalance,
      .topics =
          R"({"name": "loose", "partitions": 1, "assignments": {"0": [1, 2]}}, {"name": "safe", "partitions": 1, "assignments": {"0": [1, 2]}})",
      .steps = stop,
      .until = "10s"};
  CHECK(written(follows, 4, 10) == "loose-0 safe-0");
}

TEST_CASE("a dead broker leaves the ISRs in the order of the map in doRemoveReplicasFromIsr") {
  const World world{
      .config = kNoRebalance,
      .topics = R"({"name": "orders", "partitions": 3, "assignments": {"0": [1, 2], "1": [3, 2], "2": [1, 2]}})",
      .steps = R"({"at": "2s", "do": "crash", "node": "broker-2"})",
      .until = "15s"};
  CHECK(written(world, 1, 15) == "orders-2 orders-1 orders-0");
}

TEST_CASE("topics without leaders get new leaders in the order of partitionsInStates") {
  const World world{
      .config = kNoRebalance,
      .topics =
          R"({"name": "orders", "partitions": 1, "assignments": {"0": [2]}}, {"name": "two", "partitions": 1, "assignments": {"0": [2]}})",
      .steps = R"({"at": "2s", "do": "crash", "node": "broker-2"}, {"at": "30s", "do": "restart", "node": "broker-2"})",
      .until = "60s"};
  CHECK(written(world, 25, 60) == "two-0 orders-0");
}

TEST_CASE("unclean elections allowed for one topic follow the order of partitionsInStates(topic)") {
  const auto world = [](int partitions) {
    std::string assignments;
    for (int p = 0; p < partitions; ++p)
      assignments +=
          (p == 0 ? "\"" : ", \"") + std::to_string(p) + (p == 2 && partitions > 4 ? "\": [1, 2]" : "\": [2, 3]");
    return World{
        .config = kNoRebalance,
        .topics = R"({"name": "orders", "partitions": )" + std::to_string(partitions) + R"(, "assignments": {)" +
                  assignments + "}}",
        .steps = R"({"at": "2s", "do": "crash", "node": "broker-3"}, {"at": "25s", "do": "crash", "node": "broker-2"},
                             {"at": "45s", "do": "restart", "node": "broker-3"},
                             {"at": "65s", "do": "configure", "topic": "orders", "config": {"unclean.leader.election.enable": true}})",
        .until = "80s"};
  };
  CHECK(written(world(3), 64, 80) == "orders-2 orders-1 orders-0");
  CHECK(written(world(5), 64, 80) == "orders-0 orders-3 orders-1 orders-4");
}

TEST_CASE("preferred leaders return in the order of checkAndTriggerAutoLeaderRebalance's groups") {
  const World three{
      .brokers = 4,
      .config = R"(, "leader.imbalance.check.interval.seconds": 30)",
      .topics = R"({"name": "orders", "partitions": 3, "assignments": {"0": [1, 4], "1": [2, 4], "2": [3, 4]}})",
      .steps = R"({"at": "2s", "do": "crash", "node": "broker-1"}, {"at": "2s", "do": "crash", "node": "broker-2"},
                                {"at": "2s", "do": "crash", "node": "broker-3"}, {"at": "15s", "do": "restart", "node": "broker-1"},
                                {"at": "15s", "do": "restart", "node": "broker-2"}, {"at": "15s", "do": "restart", "node": "broker-3"})",
      .until = "120s"};
  CHECK(written(three, 22, 120) == "orders-1 orders-0 orders-2");
  // 1 and 10 have the same slot in groupBy's table, where the later one comes first.
  const World far{
      .brokers = 10,
      .config = R"(, "leader.imbalance.check.interval.seconds": 30)",
      .topics = R"({"name": "orders", "partitions": 2, "assignments": {"0": [1, 4], "1": [10, 4]}})",
      .steps =
          R"({"at": "2s", "do": "crash", "node": "broker-1"}, {"at": "2s", "do": "crash", "node": "broker-10"},
             {"at": "15s", "do": "restart", "node": "broker-1"}, {"at": "15s", "do": "restart", "node": "broker-10"})",
      .until = "60s"};
  CHECK(written(far, 22, 60) == "orders-0 orders-1");
  const World one{
      .config = R"(, "leader.imbalance.check.interval.seconds": 30)",
      .topics = R"({"name": "orders", "partitions": 3, "assignments": {"0": [2, 3], "1": [2, 3], "2": [2, 3]}})",
      .steps = R"({"at": "2s", "do": "crash", "node": "broker-2"}, {"at": "15s", "do": "restart", "node": "broker-2"})",
      .until = "60s"};
  CHECK(written(one, 30, 60) == "orders-2 orders-1 orders-0");
}

TEST_CASE("an election of more than four named partitions follows the order of Kafka's set") {
  const World world{
      .config = kNoRebalance,
      .topics =
          R"({"name": "orders", "partitions": 6, "assignments": {"0": [2, 3], "1": [2, 3], "2": [3, 2], "3": [2, 3],
                                 "4": [3, 2], "5": [3, 2]}})",
      .steps = R"({"at": "2s", "do": "crash", "node": "broker-2"}, {"at": "15s", "do": "restart", "node": "broker-2"},
                                {"at": "40s", "do": "elect_leaders", "type": "preferred", "partitions": ["orders-0", "orders-1", "orders-2",
                                 "orders-3", "orders-4", "orders-5"]})",
      .until = "50s"};
  CHECK(written(world, 39, 50) == "orders-0 orders-3 orders-1");
}

TEST_CASE("partitions without a live ISR member are written first, and more than four of them in the order of a trie") {
  const auto world = [](int partitions) {
    std::string safe, loose;
    for (int p = 0; p < partitions; ++p) {
      const std::string begin = (p == 0 ? "\"" : ", \"") + std::to_string(p);
      safe += begin + "\": [2, 3]";
      loose += begin + "\": [2, 4]";
    }
    const std::string count = R"("partitions": )" + std::to_string(partitions) + R"(, "assignments": {)";
    return World{
        .brokers = 4,
        .config = kNoRebalance,
        .topics = R"({"name": "safe", )" + count + safe + R"(}}, {"name": "loose", )" + count + loose +
                  R"(}, "config": {"unclean.leader.election.enable": true}})",
        .steps = R"({"at": "2s", "do": "crash", "node": "broker-4"}, {"at": "30s", "do": "restart", "node": "broker-4"},
                             {"at": "30.01s", "do": "crash", "node": "broker-2"})",
        .until = "60s"};
  };
  CHECK(written(world(1), 25, 60) == "loose-0 safe-0");
  CHECK(written(world(3), 25, 60) == "loose-2 safe-2 loose-0 loose-1 safe-0 safe-1");
}

}  // namespace zookeeper_write_order_test
