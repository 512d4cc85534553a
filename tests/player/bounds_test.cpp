// Scenarios that are too large for a page.
#include "app/bounds.h"

#include "player/helpers.h"

using namespace kafkascope;
using namespace kafkascope::app;

TEST_CASE("a web page refuses a scenario with too many replicas and names both numbers; a window opens it") {
  const auto scenario = parse(R"({"format": 1, "id": "large", "cluster": {"brokers": 3}, "until": "5s",
      "topics": [{"name": "a", "partitions": 100, "replication_factor": 3}, {"name": "b", "partitions": 7, "replication_factor": 1}]})");
  CHECK_FALSE(too_large(*scenario, {}));
  CHECK_FALSE(too_large(*scenario, {307, 0}));
  const auto why = too_large(*scenario, {306, 0});
  REQUIRE(why);
  for (const std::string& text : {why->en, why->ko}) {
    CHECK(text.find("307") != std::string::npos);
    CHECK(text.find("306") != std::string::npos);
  }
}

TEST_CASE("a scenario's nodes include every broker, controller, ZooKeeper server, client and broker added by a step") {
  const auto kraft = parse(R"({"format": 1, "id": "nodes", "cluster": {"brokers": 3, "controllers": 3}, "until": "5s",
      "topics": [{"name": "a", "partitions": 1, "replication_factor": 1}],
      "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "1/s"}],
      "steps": [{"at": "1s", "do": "add_broker", "id": 7}]})");
  const auto why = too_large(*kraft, {.nodes = 7});
  REQUIRE(why);
  for (const std::string& text : {why->en, why->ko}) {
    CHECK(text.find('8') != std::string::npos);
    CHECK(text.find('7') != std::string::npos);
  }
  CHECK_FALSE(too_large(*kraft, {.nodes = 8}));
  CHECK_FALSE(too_large(*kraft, {}));
  const auto zookeeper = parse(R"({"format": 1, "id": "nodes", "kafka": "2.5", "until": "5s",
      "cluster": {"brokers": 1, "metadata": "zookeeper", "zookeepers": 3}})");
  CHECK(too_large(*zookeeper, {.nodes = 3}));
  CHECK_FALSE(too_large(*zookeeper, {.nodes = 4}));
}

TEST_CASE("a scenario's replicas include those that steps create and those of internal topics") {
  const auto steps = parse(R"({"format": 1, "id": "later", "cluster": {"brokers": 3}, "until": "5s",
      "steps": [{"at": "1s", "do": "create_topic", "topic": "a", "partitions": 1000, "replication_factor": 3}]})");
  CHECK(too_large(*steps, {.replicas = 2999}));
  CHECK_FALSE(too_large(*steps, {.replicas = 3000}));
  const auto internal = parse(R"({"format": 1, "id": "offsets", "until": "5s",
      "cluster": {"brokers": 3, "config": {"offsets.topic.num.partitions": 1000, "offsets.topic.replication.factor": 3}}})");
  CHECK(too_large(*internal, {.replicas = 2999}));
  CHECK_FALSE(too_large(*internal, {.replicas = 3000}));
}
