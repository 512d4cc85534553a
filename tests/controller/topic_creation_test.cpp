#include <doctest/doctest.h>

#include "controller/support.h"

using namespace kafkascope;
using namespace kafkascope::controller;
using protocol::CreatableTopic;

namespace {
struct Creation {
  Cluster c{3};
  Records records;
  sim::Random random{1, sim::Stream::Placement};

  std::vector<UsableBroker> usable() const {
    std::vector<UsableBroker> out;
    for (const auto& [id, b] : c.image().brokers()) out.push_back({id, b.rack, b.fenced});
    return out;
  }
  std::vector<protocol::CreateTopicsResult> create(std::vector<CreatableTopic> topics) {
    records.clear();
    auto response = c.replication().create_topics({std::move(topics)}, usable(), random, records);
    c.apply(records);
    return response.topics;
  }
  protocol::CreateTopicsResult create(CreatableTopic topic) { return create(std::vector{std::move(topic)})[0]; }
};
CreatableTopic named(std::string name, int partitions = 2, int factor = 3) {
  return {std::move(name), partitions, factor, {}, {}};
}
}  // namespace

TEST_CASE("CreateTopics writes topic, settings and partitions in this order, with a full ISR and leader epoch 0") {
  Creation t;
  auto topic = named("orders", 2, 3);
  topic.configs = {{"min.insync.replicas", "2"}};
  CHECK(t.create(topic).error == ErrorCode::NONE);
  REQUIRE(t.records.size() == 4);
  CHECK(std::holds_alternative<protocol::TopicRecord>(t.records[0]));
  CHECK(std::holds_alternative<protocol::ConfigRecord>(t.records[1]));
  CHECK(t.c.image().config("topic:orders").at("min.insync.replicas") == "2");
  const auto& p = t.c.partition({0, 1});
  CHECK(p.replicas.size() == 3);
  CHECK(p.isr == p.replicas);
  CHECK(p.leader == p.replicas[0]);
  CHECK(p.leader_epoch == protocol::LeaderEpoch{0});
}

TEST_CASE("CreateTopics: -1 stands for num.partitions and default.replication.factor") {
  Creation t;
  t.c.config.set("num.partitions", std::int64_t{4});
  t.c.config.set("default.replication.factor", std::int64_t{2});
  CHECK(t.create(named("orders", -1, -1)).error == ErrorCode::NONE);
  CHECK(t.c.image().topic(0)->partitions.size() == 4);
  CHECK(t.c.partition({0, 0}).replicas.size() == 2);
}

TEST_CASE("CreateTopics: names are checked (Topic.validate)") {
  Creation t;
  CHECK(t.create(named("a.b_C-9")).error == ErrorCode::NONE);
  for (const std::string& bad : {std::string(), std::string("."), std::string(".."), std::string("a b"),
                                 std::string("caf\xc3\xa9"), std::string(250, 'x')})
    CHECK(t.create(named(bad)).error == ErrorCode::INVALID_TOPIC_EXCEPTION);
  CHECK(topic_name_problem(std::string(249, 'x')).empty());
  CHECK(t.create(named("a_b_C-9")).error == ErrorCode::INVALID_TOPIC_EXCEPTION);  // collides with a.b_C-9
  CHECK(t.create(named("a.b_C-9")).error == ErrorCode::TOPIC_ALREADY_EXISTS);
  CHECK(t.create(named("__cluster_metadata")).error == ErrorCode::INVALID_REQUEST);  // ControllerApis.createTopics
}

TEST_CASE("CreateTopics: one topic's error does not affect the others, and a name given twice is refused") {
  Creation t;
  const auto results =
      t.create(std::vector{named("good"), named("bad name"), named("twice"), named("fine"), named("twice")});
  CHECK(results[0].error == ErrorCode::NONE);
  CHECK(results[1].error == ErrorCode::INVALID_TOPIC_EXCEPTION);
  CHECK(results[2].error == ErrorCode::INVALID_REQUEST);
  CHECK(results[3].error == ErrorCode::NONE);
  CHECK(t.c.image().topic_id("good") == 0);
  CHECK(t.c.image().topic_id("fine") == 1);
  CHECK(t.c.image().topic_id("twice") == protocol::kNoTopic);
}

TEST_CASE("CreateTopics: numbers of partitions and replicas are checked") {
  Creation t;
  CHECK(t.create(named("a", 1, 4)).error == ErrorCode::INVALID_REPLICATION_FACTOR);
  CHECK(t.create(named("a", 1, 0)).error == ErrorCode::INVALID_REPLICATION_FACTOR);
  CHECK(t.create(named("a", 0, 1)).error == ErrorCode::INVALID_PARTITIONS);
  CHECK(t.create(named("a", -2, 1)).error == ErrorCode::INVALID_PARTITIONS);
  CHECK(t.c.image().topics().empty());
}

TEST_CASE(
    "CreateTopics: fenced brokers may be replicas but begin outside the ISR; without an unfenced broker the request is refused") {
  Creation t;
  t.c.fence(3);
  CHECK(t.create(named("a", 3, 3)).error == ErrorCode::NONE);
  for (std::int32_t i = 0; i < 3; ++i) {
    CHECK(t.c.partition({0, i}).replicas.contains(3));
    CHECK_FALSE(t.c.partition({0, i}).isr.contains(3));
    CHECK(t.c.partition({0, i}).leader != 3);
  }
  t.c.fence(1);
  t.c.fence(2);
  CHECK(t.create(named("b", 1, 1)).error == ErrorCode::INVALID_REPLICATION_FACTOR);
}

TEST_CASE("CreateTopics: manual assignments are checked") {
  Creation t;
  const auto manual = [&](std::vector<IdList> lists, int partitions = -1, int factor = -1) {
    return t.create(CreatableTopic{"m", partitions, factor, std::move(lists), {}}).error;
  };
  CHECK(manual({{1, 2}}, -1, 2) == ErrorCode::INVALID_REQUEST);
  CHECK(manual({{1, 2}}, 1, -1) == ErrorCode::INVALID_REQUEST);
  CHECK(manual({{1, 9}}) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  CHECK(manual({{1, 1}}) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  CHECK(manual({{1, 2}, {1}}) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  CHECK(manual({{1, 2}, {}}) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  t.c.fence(3);
  CHECK(manual({{3}}) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  CHECK(manual({{3, 1}, {2, 3}}) == ErrorCode::NONE);
  CHECK(t.c.partition({0, 0}).leader == 1);
  CHECK(t.c.partition({0, 1}).replicas == IdList{2, 3});
}

TEST_CASE("CreateTopics: settings are checked (INVALID_CONFIG)") {
  Creation t;
  auto topic = named("a");
  topic.configs = {{"no.such.key", "1"}};
  CHECK(t.create(topic).error == ErrorCode::INVALID_CONFIG);
  topic.configs = {{"min.insync.replicas", "many"}};
  CHECK(t.create(topic).error == ErrorCode::INVALID_CONFIG);
  CHECK(t.c.image().topics().empty());
}
