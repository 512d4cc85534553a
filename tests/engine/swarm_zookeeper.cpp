// The swarm's cluster over ZooKeeper, and the state that its nodes must agree on after the healing.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "broker/broker.h"
#include "controller/zookeeper/zk_data.h"
#include "engine/swarm.h"
#include "sim/random.h"
#include "storage/partition_log.h"
#include "zookeeper/server.h"

namespace kafkascope::swarm {

/// Leaves out settings that the clients of that version do not have.
std::string zookeeper_file_text(std::uint64_t seed, sim::Random& random) {
  const bool quick = random.chance_ppm(500000), written_back = random.chance_ppm(500000);
  const std::string producer = R"("acks": "all", "enable.idempotence": true, "request.timeout.ms": 5000)";
  const std::string reader =
      R"("group.id": "readers", "auto.offset.reset": "earliest", "session.timeout.ms": 6000, "heartbeat.interval.ms": 1000, "auto.commit.interval.ms": 1000, "request.timeout.ms": 5000, "default.api.timeout.ms": 10000, "max.poll.interval.ms": 6000)";
  return fmt::format(R"({{
  "format": 1,
  "id": "zookeeper-swarm-{0}",
  "seed": {0},
  "kafka": "2.5",
  "cluster": {{"metadata": "zookeeper", "zookeepers": 3, "brokers": 3, "zookeeper_config": {{"tickTime": 1000}},
    "config": {{"zookeeper.session.timeout.ms": {1}, "replica.socket.timeout.ms": 5000, "controller.socket.timeout.ms": 5000{2}}}{3}}},
  "topics": [{{"name": "orders", "partitions": 3, "replication_factor": 3, "config": {{"min.insync.replicas": 2}}}}],
  "clients": [
    {{"id": "shop-1", "kind": "producer", "topic": "orders", "rate": "30/s", "keys": "customer:8", "config": {{{4}}}}},
    {{"id": "shop-2", "kind": "producer", "topic": "orders", "rate": "30/s", "config": {{{4}, "linger.ms": 20}}}},
    {{"id": "reader-1", "kind": "consumer", "topics": ["orders"], "config": {{{5}}}}},
    {{"id": "reader-2", "kind": "consumer", "topics": ["orders"], "config": {{{5}}}}}
  ],
  "steps": [],
  "until": "{6}s"
}}
)",
                     seed, quick ? 2500 : 6000, quick ? R"(, "replica.lag.time.max.ms": 2000)" : "",
                     written_back ? R"(, "disk": {"write_back": "1s"})" : "", producer, reader, seconds_of_a_run());
}

bool in_the_cluster(const cluster::Cluster& cluster, protocol::BrokerId broker) {
  return cluster.broker(broker) != nullptr;
}

bool waits_for_its_deletion(const cluster::Cluster& cluster, const protocol::TopicImage& topic) {
  const zookeeper::DataTree& znodes = cluster.zookeeper_server(cluster.zookeeper_leader()).tree();
  if (znodes.find(controller::znode::delete_topic(topic.name)) == nullptr) return false;
  return std::any_of(topic.partitions.begin(), topic.partitions.end(), [&](const protocol::PartitionRegistration& p) {
    return std::any_of(p.replicas.begin(), p.replicas.end(),
                       [&](protocol::BrokerId id) { return !in_the_cluster(cluster, id); });
  });
}

/// The servers have the same history, and each broker knows the live brokers, the leaders and their epochs according to the znodes. It may
/// learn of ISRs later (IsrChangePropagationInterval).
std::string parted_over_zookeeper(const cluster::Cluster& cluster) {
  constexpr std::size_t kUnderWay = 20;  // transactions: ISR changes of the last moment
  const zookeeper::Server& truth = cluster.zookeeper_server(cluster.zookeeper_leader());
  for (const sim::NodeId node : cluster.zookeepers()) {
    const zookeeper::Server& server = cluster.zookeeper_server(node);
    const std::string& name = cluster.info(node).name;
    if (!server.serving()) return name + " serves nobody after healing";
    std::map<std::int64_t, zookeeper::SharedZkTxn> committed;
    std::size_t behind = 0;
    for (std::size_t i = 0; i < truth.log().size(); ++i) {
      if (truth.log()[i]->zxid > server.committed_zxid()) ++behind;
      else committed[truth.log()[i]->zxid.value] = truth.log()[i];
    }
    if (behind > kUnderWay) return name + " does not follow the ensemble's leader after healing";
    for (std::size_t i = 0; i < server.log().size() && server.log()[i]->zxid <= server.committed_zxid(); ++i)
      if (const auto same = committed.find(server.log()[i]->zxid.value);
          same != committed.end() && !(*same->second == *server.log()[i]))
        return fmt::format("{} has another transaction {:#x} committed", name, server.log()[i]->zxid.value);
  }
  const protocol::MetadataImage& znodes = cluster.committed();
  const bool leaderless = std::any_of(znodes.topics().begin(), znodes.topics().end(), [](const auto& topic) {
    return !topic.removed &&
           std::any_of(topic.partitions.begin(), topic.partitions.end(), [](const auto& p) { return p.leader < 0; });
  });
  for (const cluster::BrokerSpec& b : cluster.spec().brokers) {
    const protocol::MetadataImage& known = cluster.broker(b.id)->image();
    if (!cluster.has_joined(b.id) || znodes.broker(b.id) == nullptr)
      return fmt::format("broker-{} is not registered after healing", b.id);
    // While a partition has no leader, no broker is told of a death (KafkaController.onReplicasBecomeOffline); in that case only the
    // partition is checked.
    const bool all_known = std::all_of(znodes.brokers().begin(), znodes.brokers().end(), [&](const auto& registered) {
      return known.broker(registered.first) != nullptr;
    });
    if (!all_known || (!leaderless && known.brokers().size() != znodes.brokers().size()))
      return fmt::format("broker-{} does not know who lives after healing", b.id);
    for (const auto& topic : znodes.topics()) {
      if (topic.removed || waits_for_its_deletion(cluster, topic))
        continue;  // the brokers were told LeaderAndIsr.LeaderDuringDelete
      for (std::size_t p = 0; p < topic.partitions.size(); ++p) {
        const protocol::PartitionRegistration* there = known.partition({topic.id, static_cast<std::int32_t>(p)});
        if (there == nullptr || there->leader != topic.partitions[p].leader ||
            there->leader_epoch != topic.partitions[p].leader_epoch)
          return fmt::format("broker-{} has not heard who leads {}-{} after healing", b.id, topic.name, p);
      }
    }
  }
  return "";
}

}  // namespace kafkascope::swarm
