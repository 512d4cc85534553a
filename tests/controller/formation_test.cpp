#include "controller/kraft/formation.h"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace kafkascope;
using namespace kafkascope::controller;
using protocol::IdList;

namespace {
FormationSpec three_brokers() {
  FormationSpec s;
  s.voters = {3000, 3001, 3002};
  for (std::int32_t id = 1; id <= 3; ++id) s.brokers.push_back({id, 10 + id, "r" + std::to_string(id), 500 + id});
  return s;
}
FormationTopic topic(std::string name, int partitions, int factor = 3) {
  return {std::move(name), partitions, factor, {}, {}};
}
}  // namespace

TEST_CASE(
    "Formation: controller-1 leads epoch 1, and brokers are registered and unfenced, with the offsets of their records as epochs") {
  auto spec = three_brokers();
  spec.topics = {topic("orders", 3)};
  const auto log = formation_log(spec);
  REQUIRE(std::holds_alternative<protocol::LeaderChangeMessage>(log[0].record));
  CHECK(std::get<protocol::LeaderChangeMessage>(log[0].record).leader_id == 3000);
  for (const auto& entry : log) CHECK(entry.epoch == protocol::LeaderEpoch{1});
  const auto image = replay(log);
  for (const auto& [id, b] : image.brokers()) {
    CHECK(b.active());
    const auto* record = std::get_if<protocol::RegisterBrokerRecord>(&log[static_cast<std::size_t>(b.epoch)].record);
    REQUIRE(record);
    CHECK(record->broker_id == id);
    CHECK(record->endpoint == 10 + id);
  }
  CHECK(image.brokers().size() == 3);
  CHECK(image.topic(0)->partitions.size() == 3);
  CHECK(image.partition({0, 2})->isr.size() == 3);
  CHECK(image.partition({0, 2})->leader_epoch == protocol::LeaderEpoch{0});
}

TEST_CASE("Formation: a new cluster has 4.1's features and those that the file sets") {
  auto spec = three_brokers();
  auto image = replay(formation_log(spec));
  CHECK(image.feature("metadata.version") == 27);
  CHECK(image.feature("eligible.leader.replicas.version") == 1);
  CHECK(image.feature("transaction.version") == 2);
  CHECK(image.feature("group.version") == 1);
  CHECK(image.config("broker:").at("min.insync.replicas") == "1");
  spec.features["eligible.leader.replicas.version"] = 0;
  spec.min_insync_replicas = 2;
  image = replay(formation_log(spec));
  CHECK(image.feature("eligible.leader.replicas.version") == 0);
  CHECK(image.config("broker:").empty());
}

TEST_CASE("Formation: declared assignments and settings are kept, and other partitions are placed") {
  auto spec = three_brokers();
  spec.topics = {topic("orders", 3)};
  spec.topics[0].assignments = {{0, {1, 2, 3}}, {2, {3, 1}}};
  spec.topics[0].configs = {{"min.insync.replicas", "2"}};
  const auto image = replay(formation_log(spec));
  CHECK(image.partition({0, 0})->replicas == IdList{1, 2, 3});
  CHECK(image.partition({0, 1})->replicas.size() == 3);
  CHECK(image.partition({0, 2})->replicas == IdList{3, 1});
  CHECK(image.partition({0, 2})->leader == 3);
  CHECK(image.config("topic:orders").at("min.insync.replicas") == "2");
  spec.topics[0].replication_factor = 4;
  CHECK_THROWS_AS(formation_log(spec), std::invalid_argument);
}

TEST_CASE("Formation: a topic's placement depends on the seed and its position, not on the sizes of other topics") {
  auto spec = three_brokers();
  spec.topics = {topic("a", 2), topic("b", 6)};
  const auto before = replay(formation_log(spec));
  CHECK(formation_log(spec) == formation_log(spec));
  spec.topics[0].partitions = 9;
  const auto after = replay(formation_log(spec));
  for (std::int32_t p = 0; p < 6; ++p) CHECK(before.partition({1, p})->replicas == after.partition({1, p})->replicas);
}
