// Tools of the ZooKeeper era that send no request to a broker: they write a znode, and the controller finds it.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "broker/broker.h"
#include "cluster/cluster.h"
#include "cluster/world.h"
#include "controller/zookeeper/zk_data.h"
#include "observe/tools/tool.h"
#include "scenario/load.h"
#include "zookeeper/client.h"
#include "zookeeper/server.h"

using namespace kafkascope;
namespace znode = controller::znode;

namespace {

/// A cluster with four brokers, orders-0 on 1, 2, 3, and a node from which a tool can talk to ZooKeeper.
struct Tooled {
  cluster::Cluster kafka;
  sim::ConnectionId session;
  std::int32_t xid = 0;

  explicit Tooled(const std::string& brokers = "4") : kafka(spec(brokers)) {
    kafka.start();
    kafka.world().run_until(sim::Instant{1'000'000});
    send(protocol::ZkConnectRequest{{}, 30000, 0, 0}, true);
  }
  static std::shared_ptr<const cluster::ClusterSpec> spec(const std::string& brokers) {
    const auto loaded = scenario::load(
        R"({"format": 1, "id": "tools", "kafka": "2.5", "cluster": {"metadata": "zookeeper", "zookeepers": 3, "brokers": )" +
        brokers + R"(},
      "topics": [{"name": "orders", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}}],
      "clients": [{"id": "tool", "kind": "admin"}], "steps": [], "until": "60s"})");
    REQUIRE(loaded.ok());
    return std::make_shared<const cluster::ClusterSpec>(loaded.scenario->cluster);
  }
  void send(protocol::Body body, bool connect = false, sim::Duration wait = sim::milliseconds(300)) {
    kafka.world().with_context(kafka.find("tool"), [&](protocol::Context& ctx) {
      if (connect) session = ctx.connect(kafka.find("zookeeper-1"));
      ctx.send(session, protocol::request(xid++, std::move(body)));
    });
    run(wait);
  }
  void write(zookeeper::ZkOperation operation, sim::Duration wait = sim::milliseconds(300)) {
    send(protocol::ZkRequest{std::make_shared<const zookeeper::ZkOperation>(std::move(operation))}, false, wait);
  }
  void run(sim::Duration how_long) { kafka.world().run_until(kafka.now() + how_long); }
  const protocol::PartitionRegistration& orders() {
    return *kafka.committed().partition({kafka.committed().topic_id("orders"), 0});
  }
  const zookeeper::Znode* find(const std::string& path) {
    return kafka.zookeeper_server(kafka.zookeeper_leader()).tree().find(path);
  }
  bool there(const std::string& path) { return find(path) != nullptr; }
};

}  // namespace

TEST_CASE(
    "the old kafka-reassign-partitions: the controller carries out the reassignment in /admin/reassign_partitions and deletes the znode") {
  Tooled t;
  t.write(zookeeper::create(znode::kReassign, znode::encode(znode::Reassignments{{{"orders", 0}, {4, 2, 3}}})));
  t.run(sim::seconds(10));
  CHECK(t.orders().replicas == protocol::IdList{4, 2, 3});
  CHECK(t.orders().isr.size() == 3);
  CHECK(t.orders().isr.contains(4));
  CHECK_FALSE(t.there(znode::kReassign));
}

TEST_CASE(
    "the old kafka-preferred-replica-election: partitions in /admin/preferred_replica_election are led by their preferred replicas again") {
  Tooled t;
  t.write(zookeeper::create(znode::kReassign, znode::encode(znode::Reassignments{{{"orders", 0}, {2, 1, 3}}})));
  t.run(sim::seconds(2));
  REQUIRE(t.orders().leader == 1);  // the leader is among the targets, so no other replica is elected
  t.write(zookeeper::create(znode::kPreferredElection, znode::encode(znode::NamedPartitions{{"orders", 0}})));
  t.run(sim::seconds(1));
  CHECK(t.orders().leader == 2);
  CHECK_FALSE(t.there(znode::kPreferredElection));
}

TEST_CASE("a topic named under /admin/delete_topics is deleted; for an unknown topic only the znode is deleted") {
  Tooled t;
  t.write(zookeeper::create(znode::delete_topic("nothing"), ""));
  CHECK_FALSE(t.there(znode::delete_topic("nothing")));
  t.write(zookeeper::create(znode::delete_topic("orders"), ""));
  t.run(sim::seconds(2));
  CHECK(t.kafka.committed().topic_id("orders") == protocol::kNoTopic);
  CHECK_FALSE(t.there(znode::delete_topic("orders")));
  CHECK_FALSE(t.there(znode::config("topic:orders")));
}

TEST_CASE(
    "a controller with delete.topic.enable=false discards pending deletions when it takes over (TopicDeletionManager.init)") {
  Tooled t(
      R"([{"id": 1}, {"id": 2, "config": {"delete.topic.enable": false}}, {"id": 3, "config": {"delete.topic.enable": false}}])");
  t.kafka.world().kill(t.kafka.find("broker-1"),
                       sim::Death::Crash);  // the controller; no broker reacts until its session has ended
  t.write(zookeeper::create(znode::delete_topic("orders"), ""));
  CHECK(t.there(znode::delete_topic("orders")));
  t.run(sim::seconds(30));
  REQUIRE(t.kafka.zookeeper_controller_epoch() == 2);
  CHECK_FALSE(t.there(znode::delete_topic("orders")));
  CHECK(t.kafka.committed().topic_id("orders") != protocol::kNoTopic);
  CHECK(t.orders().leader == 2);  // the topic still exists: the dead leader has a successor
}

TEST_CASE("a partition whose state znode already exists gets no leader, and no broker is informed (NODEEXISTS)") {
  Tooled t;
  const znode::TopicAssignment fresh{77, {{0, {{2, 3}, {}, {}}}}};
  t.write(zookeeper::multi(
      {zookeeper::create(znode::topic("fresh"), znode::encode(fresh)),
       zookeeper::create(znode::partitions("fresh"), ""), zookeeper::create(znode::partition("fresh", 0), ""),
       zookeeper::create(znode::state("fresh", 0),
                         znode::encode(znode::LeaderAndIsr{3, protocol::LeaderEpoch{4}, {3, 2}, 1, 0}))}));
  REQUIRE(t.there(znode::state("fresh", 0)));
  t.run(sim::seconds(2));
  const auto& controller = t.kafka.broker(1)->zookeeper_mode()->controller;
  REQUIRE(controller.context().names.contains("fresh"));
  const protocol::TopicPartition p{controller.context().names.at("fresh"), 0};
  CHECK(controller.context().find(p)->state == controller::PartitionState::New);
  CHECK(t.kafka.broker(3)->replica(p) == nullptr);
}

TEST_CASE(
    "zkCli: if /controller is deleted during an event, the old controller's remaining writes fail by the version of /controller_epoch (KAFKA-6082)") {
  constexpr int kPartitions = 300;
  Tooled t;
  znode::TopicAssignment wide{78, {}};
  for (int p = 0; p < kPartitions; ++p) wide.partitions[p] = {{2, 3}, {}, {}};
  t.write(zookeeper::create(znode::topic("wide"), znode::encode(wide)));
  t.write(zookeeper::remove(znode::kController), sim::seconds(5));
  REQUIRE(t.kafka.zookeeper_controller_epoch() == 2);
  CHECK_FALSE(t.kafka.broker(1)->zookeeper_mode()->controller.active());
  const protocol::Zxid replaced = t.find(znode::kControllerEpoch)->stat.mzxid;
  CHECK(t.find(znode::kController)->stat.czxid == replaced);  // written in the same multi
  int by_the_old_one = 0;
  for (int p = 0; p < kPartitions; ++p) {
    const zookeeper::Znode* node = t.find(znode::state("wide", p));
    REQUIRE(node != nullptr);  // the new controller has written the rest
    if (znode::decode_state(node->data, node->stat.version)->controller_epoch > 1) continue;
    ++by_the_old_one;
    CHECK(node->stat.czxid < replaced);
  }
  CHECK(by_the_old_one > 0);
  CHECK(by_the_old_one < kPartitions);
}

TEST_CASE(
    "a new controller replaces the reassignment under way by the one at /admin/reassign_partitions, in one new leader epoch (initializePartitionReassignments)") {
  Tooled t;
  t.kafka.world().kill(t.kafka.find("broker-4"), sim::Death::Crash);
  t.run(sim::seconds(25));
  t.write(zookeeper::create(znode::kReassign, znode::encode(znode::Reassignments{{{"orders", 0}, {4, 2, 3}}})),
          sim::seconds(2));
  REQUIRE(t.orders().leader_epoch == protocol::LeaderEpoch{1});  // the reassignment waits for broker-4
  REQUIRE(t.orders().adding == protocol::IdList{4});
  t.kafka.world().kill(t.kafka.find("broker-1"), sim::Death::Crash);
  t.write(zookeeper::create(znode::kReassign, znode::encode(znode::Reassignments{{{"orders", 0}, {2, 3, 4}}})));
  t.run(sim::seconds(30));
  REQUIRE(t.kafka.zookeeper_controller_epoch() == 2);
  CHECK(t.orders().replicas == protocol::IdList{2, 3, 4, 1});
  CHECK(t.orders().leader_epoch == protocol::LeaderEpoch{4});  // the ISR shrinks, a leader is elected, the move ends
}

TEST_CASE(
    "events that arrive while the current event waits for ZooKeeper are handled after it (ControllerEventManager)") {
  constexpr int kPartitions = 300;
  Tooled t;
  znode::TopicAssignment wide{78, {}};
  for (int p = 0; p < kPartitions; ++p) wide.partitions[p] = {{2, 3}, {}, {}};
  t.write(zookeeper::create(znode::topic("wide"), znode::encode(wide)), sim::milliseconds(100));
  t.write(zookeeper::create(znode::delete_topic("orders"), ""), sim::milliseconds(50));
  const auto& events = t.kafka.broker(1)->zookeeper_mode()->controller.events();
  REQUIRE(events.size() == 2);
  CHECK(events[0].kind == controller::ControllerEventKind::TopicChange);
  CHECK(events[1].kind == controller::ControllerEventKind::TopicDeletion);
  t.run(sim::seconds(10));
  REQUIRE_FALSE(t.there(znode::topic("orders")));
  const protocol::Zxid gone = t.find(znode::kTopics)->stat.pzxid;
  for (int p = 0; p < kPartitions; ++p) CHECK(t.find(znode::state("wide", p))->stat.czxid < gone);
}

// What the terminal offers while a command of a tool is typed.
TEST_CASE("after a command of kafka-transactions only the options of that command are offered, and no other command") {
  const auto loaded = scenario::load(
      R"({"format": 1, "id": "tools", "cluster": {"controllers": 1, "brokers": 1}, "topics": [], "clients": [], "steps": [], "until": "1s"})");
  REQUIRE(loaded.ok());
  const cluster::Cluster kafka(std::make_shared<const cluster::ClusterSpec>(loaded.scenario->cluster));
  const auto offers = [&](const std::string& line, const std::string& word) {
    const auto all = observe::tools::completions(kafka, line);
    return std::find(all.begin(), all.end(), word) != all.end();
  };
  CHECK(offers("kafka-transactions ", "find-hanging"));
  CHECK(offers("kafka-transactions ", "--topic"));
  CHECK(offers("kafka-transactions find-hanging ", "--topic"));
  CHECK(offers("kafka-transactions find-hanging ", "--max-transaction-timeout"));
  CHECK_FALSE(offers("kafka-transactions find-hanging ", "--transactional-id"));
  CHECK_FALSE(offers("kafka-transactions find-hanging ", "describe"));
  CHECK(offers("kafka-transactions list ", "--duration-filter"));
  CHECK(offers("kafka-transactions list ", "--bootstrap-server"));
  CHECK_FALSE(offers("kafka-transactions list ", "--topic"));
  CHECK(offers("kafka-metadata-quorum describe ", "--status"));
}
