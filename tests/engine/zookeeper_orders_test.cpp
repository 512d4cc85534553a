// A broker's reaction to orders of a ZooKeeper-mode controller that name no leader to follow. Kafka: ReplicaManager.makeFollowers
// (2.5).
// How a topic is created in ZooKeeper. Kafka: AdminZkClient.createTopicWithAssignment (2.5).
// Differences between the logs of a 2.5 broker and those of a 4.1 broker.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "broker/broker.h"
#include "cluster/cluster.h"
#include "controller/zookeeper/zk_data.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "protocol/trace_kinds.h"
#include "scenario/load.h"
#include "scenario/session.h"
#include "support/lessons.h"
#include "zookeeper/server.h"

using namespace kafkascope;
using namespace kafkascope::test;
using protocol::Trace;

TEST_CASE(
    "a broker that learns of a partition without a leader creates its log and follows no broker; one that already follows keeps its leader") {
  const auto loaded = scenario::load(R"({"format": 1, "id": "leaderless", "kafka": "2.5", "seed": 3,
    "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 4, "config": {"zookeeper.session.timeout.ms": 6000, "replica.lag.time.max.ms": 2000}},
    "topics": [{"name": "t", "partitions": 1, "replication_factor": 3, "assignments": {"0": [2, 3, 4]}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "t", "rate": "20/s", "config": {"acks": 1}}],
    "steps": [
      {"at": "2s", "do": "partition", "from": ["broker-2"], "to": ["broker-3", "broker-4"]},
      {"at": "7s", "do": "crash", "node": "broker-4"},
      {"at": "8s", "do": "crash", "node": "broker-2"},
      {"at": "20s", "do": "restart", "node": "broker-4"}], "until": "60s"})");
  REQUIRE(loaded.ok());
  scenario::Session session(std::make_shared<const scenario::Scenario>(*loaded.scenario));
  const cluster::Cluster& kafka = session.cluster();
  const protocol::TopicPartition p{kafka.committed().topic_id("t"), 0};
  session.run_until(sim::Instant{6'000'000});
  REQUIRE(kafka.committed().partition(p)->isr == protocol::IdList{2});
  const protocol::LeaderEpoch before = kafka.broker(3)->replica(p)->leader_epoch;
  session.run_until(sim::Instant{25'000'000});
  REQUIRE(kafka.committed().partition(p)->leader == protocol::kNoBroker);
  REQUIRE(kafka.committed().partition(p)->leader_epoch > before);
  CHECK(kafka.broker(3)->replica(p)->leader == 2);
  CHECK(kafka.broker(3)->replica(p)->leader_epoch == before);
  CHECK(kafka.broker(4)->replica(p)->log.log_end_offset() > protocol::Offset{0});
  CHECK(kafka.broker(4)->replica(p)->role == broker::ReplicaRole::None);
  CHECK(kafka.broker(4)->replica(p)->leader_epoch == protocol::LeaderEpoch{});
}

TEST_CASE(
    "when a broker without replicas dies all brokers get new metadata, unless some partition has no leader (KafkaController.onReplicasBecomeOffline)") {
  for (const bool leaderless : {false, true}) {
    CAPTURE(leaderless);
    const auto loaded = scenario::load(
        std::string(R"({"format": 1, "id": "idle", "kafka": "2.5", "seed": 3,
      "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 4, "config": {"zookeeper.session.timeout.ms": 6000}},
      "topics": [{"name": "t", "partitions": 2, "assignments": {"0": [1, 2], "1": [3, 2]}}], "clients": [], "steps": [)") +
        (leaderless
             ? R"({"at": "1s", "do": "crash", "node": "broker-2"}, {"at": "12s", "do": "crash", "node": "broker-3"},)"
             : "") +
        R"({"at": "24s", "do": "crash", "node": "broker-4"}], "until": "60s"})");
    REQUIRE(loaded.ok());
    scenario::Session session(std::make_shared<const scenario::Scenario>(*loaded.scenario));
    const cluster::Cluster& kafka = session.cluster();
    session.run_until(sim::Instant{23'000'000});
    REQUIRE((kafka.committed().partition({kafka.committed().topic_id("t"), 1})->leader == protocol::kNoBroker) ==
            leaderless);
    REQUIRE(kafka.broker(1)->image().broker(4) != nullptr);
    session.run_until(sim::Instant{40'000'000});
    REQUIRE(kafka.committed().broker(4) == nullptr);
    CHECK((kafka.broker(1)->image().broker(4) == nullptr) == !leaderless);
  }
}

TEST_CASE(
    "a dead broker's leaderships move first, then it leaves the other ISRs (onReplicasBecomeOffline); a new controller does it in the opposite order (ReplicaStateMachine.startup)") {
  for (const char* dies : {"broker-3", "broker-1"}) {  // broker-1 is the controller
    CAPTURE(dies);
    const auto loaded = scenario::load(std::string(R"({"format": 1, "id": "order", "kafka": "2.5", "seed": 3,
      "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 3, "config": {"zookeeper.session.timeout.ms": 6000}},
      "topics": [{"name": "t", "partitions": 2, "assignments": {"0": [2, 1, 3], "1": [)") +
                                       (dies[7] == '3' ? "3, 1, 2" : "1, 2, 3") + R"(]}}], "clients": [],
      "steps": [{"at": "1s", "do": "crash", "node": ")" +
                                       dies + R"("}], "until": "20s"})");
    REQUIRE(loaded.ok());
    scenario::Session session(std::make_shared<const scenario::Scenario>(*loaded.scenario), true);
    session.run_to_end();
    std::string order;
    const auto& trace = session.observation().trace();
    for (std::size_t i = 0; i < trace.size(); ++i) {
      if (trace[i].time < sim::Instant{1'000'000}) continue;
      if (const auto elected = fact_if<fact::LeaderElected>(trace[i]))
        order += elected->leader < 0 ? "none " : "leader ";
      else if (trace[i].kind == protocol::kind(protocol::Trace::IsrChanged)) order += "isr ";
    }
    // The election also shrinks the ISR of that partition. In the other case the partition has no leader in between; partition 1 is written
    // before partition 0, in the order of Kafka's map (partition_order.txt).
    CHECK(order == (dies[7] == '3' ? "leader isr isr " : "none isr isr leader "));
  }
}

namespace znode = controller::znode;

TEST_CASE("CreateTopics writes /config/topics/T and /brokers/topics/T in separate transactions") {
  scenario::Session session(test::loaded(R"({"format": 1, "id": "x", "kafka": "2.5",
    "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 1},
    "steps": [{"at": "1s", "do": "create_topic", "topic": "orders", "partitions": 1, "replication_factor": 1}], "until": "5s"})"));
  session.run_to_end();
  const zookeeper::DataTree& tree = session.cluster().zookeeper_server(session.cluster().zookeeper_leader()).tree();
  const zookeeper::Znode* config = tree.find(znode::config("topic:orders"));
  const zookeeper::Znode* topic = tree.find(znode::topic("orders"));
  REQUIRE(config != nullptr);
  REQUIRE(topic != nullptr);
  CHECK(topic->stat.czxid == config->stat.czxid.next());
}

TEST_CASE(
    "2.5 deletes by time before size, counts records read at a start as flushed, and compacts uncommitted records") {
  for (const bool old : {false, true}) {
    const std::string cluster =
        old ? R"("kafka": "2.5", "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 1})"
            : R"("kafka": "4.1", "cluster": {"controllers": 1, "brokers": 1})";
    scenario::Session session(loaded(R"({"format": 1, "id": "logs", )" + cluster + R"(,
      "topics": [{"name": "t", "partitions": 1, "config": {"segment.ms": 1000, "retention.ms": 5000, "retention.bytes": 1}, "assignments": {"0": [1]}}],
      "clients": [{"id": "p", "kind": "producer", "topic": "t"}],
      "steps": [{"at": "1s", "do": "produce", "node": "p", "records": [{"value": "a"}]},
                {"at": "3s", "do": "produce", "node": "p", "records": [{"value": "b"}]},
                {"at": "5s", "do": "produce", "node": "p", "records": [{"value": "c"}]}],
      "until": "31s"})"),
                              true);
    session.run_to_end();
    const observe::TraceStore& trace = session.observation().trace();
    std::vector<fact::SegmentDeletionReason> reasons;
    for (std::size_t i = 0; i < trace.size(); ++i)
      if (const auto f = fact_if<fact::SegmentDeleted>(trace[i])) reasons.push_back(f->reason);
    REQUIRE_FALSE(reasons.empty());
    CHECK(reasons[0] == (old ? fact::SegmentDeletionReason::Time : fact::SegmentDeletionReason::Size));
    const cluster::Cluster& c = session.cluster();
    const broker::Replica* replica = c.broker(1)->replica({c.committed().topic_id("t"), 0});
    REQUIRE(replica != nullptr);
    CHECK(replica->log.options().recovery_raises_recovery_point == old);
    CHECK(replica->log.options().compaction_passes_high_watermark == old);
    CHECK(replica->log.options().keeps_last_empty_batch != old);
  }
}

TEST_CASE("2.5 forgets producers after transactional.id.expiration.ms, which it checks every ten minutes") {
  scenario::Session session(loaded(R"({"format": 1, "id": "producers", "kafka": "2.5",
      "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 1, "config": {"transactional.id.expiration.ms": 1000}},
      "topics": [{"name": "t", "partitions": 1, "assignments": {"0": [1]}}],
      "clients": [{"id": "p", "kind": "producer", "topic": "t", "config": {"enable.idempotence": true, "acks": "all"}}],
      "steps": [{"at": "1s", "do": "produce", "node": "p", "records": [{"value": "a"}]}],
      "until": "601s"})"),
                            true);
  const auto known = [&] {
    const cluster::Cluster& c = session.cluster();
    return c.broker(1)->replica({c.committed().topic_id("t"), 0})->log.producers().entries().size();
  };
  session.run_until(sim::Instant{} + sim::seconds(599));
  CHECK(known() == 1);
  session.run_to_end();
  CHECK(known() == 0);
}
