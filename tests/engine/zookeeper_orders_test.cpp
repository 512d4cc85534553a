// What a broker does with orders of the ZooKeeper-era controller that name no leader to follow. Kafka: ReplicaManager.makeFollowers (2.5).
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "scenario/load.h"
#include "scenario/session.h"

using namespace kafkascope;

TEST_CASE("a broker told of a partition without a leader has its log and follows nobody; one that follows already stays with its leader") {
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
