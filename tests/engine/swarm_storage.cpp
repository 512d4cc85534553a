// The swarm's topics with segments, retention and compaction of every kind, a fourth broker, and administrators' acts
// on them.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/swarm.h"

namespace kafkascope::swarm {

using cluster::Command;
using cluster::PartitionName;
using cluster::Verb;

namespace {

template <class T>
const T& one_of(const std::vector<T>& from, sim::Random& random) {
  return from[random.below(from.size())];
}

/// A topic's configuration; `policy` is "delete", "compact" or both.
std::string drawn_config(sim::Random& random, const std::string& policy, bool zookeeper) {
  std::string out =
      fmt::format(R"("min.insync.replicas": {}, "cleanup.policy": "{}")", random.chance_ppm(300000) ? 1 : 2, policy);
  const auto maybe = [&](std::uint64_t ppm, const char* key, const std::vector<std::string>& values) {
    if (random.chance_ppm(ppm)) out += fmt::format(R"(, "{}": {})", key, one_of(values, random));
  };
  maybe(700000, "segment.bytes",
        zookeeper ? std::vector<std::string>{"32768", "65536"} : std::vector<std::string>{"1048576"});  // KIP-1030
  maybe(800000, "segment.ms", {"1000", "2000", "5000"});
  maybe(200000, "flush.messages", {"1", "10"});
  maybe(200000, "flush.ms", {"500", "2000"});
  maybe(300000, "file.delete.delay.ms", {"1000"});
  maybe(200000, "unclean.leader.election.enable", {"true"});
  maybe(200000, "message.timestamp.type", {R"("LogAppendTime")"});
  if (policy != "compact") {
    maybe(600000, "retention.ms", {"2000", "5000", "10000"});
    maybe(400000, "retention.bytes", {"5000", "20000", "100000"});
  }
  if (policy != "delete") {
    maybe(900000, "min.cleanable.dirty.ratio", {"0.01", "0.1", "0.5"});
    maybe(700000, "delete.retention.ms", {"100", "3000", "20000"});
    maybe(300000, "min.compaction.lag.ms", {"1000", "5000"});
    maybe(300000, "max.compaction.lag.ms", {"6000"});
  }
  return out;
}

std::vector<std::pair<std::string, std::vector<std::string>>> topic_keys() {
  return {{"min.insync.replicas", {"1", "2", "3"}},
          {"segment.ms", {"1000", "4000"}},
          {"retention.ms", {"1000", "5000", "-1"}},
          {"retention.bytes", {"3000", "-1"}},
          {"cleanup.policy", {"delete", "compact", "compact,delete"}},
          {"flush.messages", {"1", "1000"}},
          {"unclean.leader.election.enable", {"true", "false"}},
          {"max.message.bytes", {"300", "1000000"}},
          {"delete.retention.ms", {"0", "5000"}}};
}
std::vector<std::pair<std::string, std::vector<std::string>>> broker_keys() {
  return {{"min.insync.replicas", {"1", "2"}},
          {"num.replica.fetchers", {"1", "2"}},
          {"log.cleaner.backoff.ms", {"500", "3000"}},
          {"log.retention.ms", {"1000", "60000"}}};
}

}  // namespace

const std::vector<std::string>& storage_verbs() {
  static const std::vector<std::string> all{"skew_clock",     "delete_records", "add_partitions",
                                            "delete_topic",   "configure",      "reassign",
                                            "throttled move", "cancelled move", "unclean election"};
  return all;
}

StorageDrawing::StorageDrawing(std::uint64_t seed, sim::Random& random, bool zookeeper, const ScaleDrawing& scale)
    : zookeeper_(zookeeper) {
  const bool quick = random.chance_ppm(500000), written_back = random.chance_ppm(500000);
  const int lag_ms = one_of(std::vector<int>{2000, 10000, 30000}, random),
            changes_factor = random.chance_ppm(700000) ? 3 : 2;
  const std::string orders = drawn_config(random, "delete", zookeeper);
  const std::string changes = drawn_config(random, random.chance_ppm(500000) ? "compact" : "compact,delete", zookeeper);
  const std::string value_size = one_of(std::vector<std::string>{"100B", "1KB", "10KB"}, random);
  const std::string times = zookeeper ? fmt::format(R"("zookeeper.session.timeout.ms": {})", quick ? 2500 : 6000)
                            : quick   ? R"("broker.session.timeout.ms": 3000, "broker.heartbeat.interval.ms": 500)"
                                      : R"("broker.session.timeout.ms": 9000)";
  const std::string quorum = zookeeper
                                 ? R"("metadata": "zookeeper", "zookeepers": 3, "zookeeper_config": {"tickTime": 1000})"
                                 : R"("controllers": 3)";
  const std::string setup =
      zookeeper ? R"("enable.idempotence": true, "acks": "all")"
                : R"("socket.connection.setup.timeout.ms": 3000, "socket.connection.setup.timeout.max.ms": 5000)";
  const std::string reader =
      R"("group.id": "readers", "auto.offset.reset": "earliest", "session.timeout.ms": 6000, "heartbeat.interval.ms": 1000, "auto.commit.interval.ms": 1000, "request.timeout.ms": 5000, "default.api.timeout.ms": 10000, "max.poll.interval.ms": 6000)";
  text = fmt::format(R"({{
  "format": 1,
  "id": "storage-swarm-{0}",
  "seed": {0},
  "kafka": "{1}",
  "cluster": {{{2}, "brokers": {13}, "config": {{"log.retention.check.interval.ms": 1000, "log.cleaner.backoff.ms": 1000, "replica.socket.timeout.ms": 5000, "controller.socket.timeout.ms": 5000, "replica.lag.time.max.ms": {3}, {4}{14}}},
    "disk": {{"write_back": "{5}", "dirs": 2, "dirty": "64KB"}}}},
  "topics": [
    {{"name": "orders", "partitions": 3, "replication_factor": 3, "config": {{{6}}}}},
    {{"name": "changes", "partitions": 2, "replication_factor": {7}, "config": {{{8}}}}}
  ],
  "clients": [
    {{"id": "shop-1", "kind": "producer", "topic": "orders", "rate": "30/s", "keys": "customer:8", "value_size": "{9}", "config": {{"request.timeout.ms": 3000, {10}}}}},
    {{"id": "shop-2", "kind": "producer", "topic": "changes", "rate": "30/s", "keys": "customer:5", "config": {{"request.timeout.ms": 3000, {10}}}}},
    {{"id": "reader-1", "kind": "consumer", "topics": ["orders", "changes"], "config": {{{11}{15}}}}},
    {{"id": "reader-2", "kind": "consumer", "topics": ["orders", "changes"], "config": {{{11}{16}}}}}
  ],
  "steps": [],
  "until": "{12}s"
}}
)",
                     seed, zookeeper ? "2.5" : "4.1", quorum, lag_ms, times, written_back ? "1s" : "30s", orders,
                     changes_factor, changes, value_size, setup, reader, seconds_of_a_run(true), scale.brokers(),
                     scale.selector(), scale.reader_rack(0), scale.reader_rack(1));
}

std::vector<Command> StorageDrawing::act(const std::string& verb, const std::string& somebody, sim::Random& random) {
  Command c;
  const std::string topic = random.chance_ppm(600000) ? "orders" : "changes";
  const PartitionName partition{
      topic, static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(partitions_[topic])))};
  if (verb == "skew_clock") {
    c.verb = Verb::SkewClock;
    c.node = cluster::NodeRef{cluster::NodeRef::Kind::Name, somebody, {}};
    c.edit<cluster::act::SkewClock>().by =
        sim::milliseconds(one_of(std::vector<std::int64_t>{-10'000, 5'000, 1'800'000, -86'400'000, 0}, random));
  } else if (verb == "delete_records") {
    c.verb = Verb::DeleteRecords;
    c.edit<cluster::act::DeleteRecords>() = {partition, one_of(std::vector<std::int64_t>{-1, 5, 50, 200}, random)};
  } else if (verb == "add_partitions") {
    if (partitions_[topic] == 5) return {};
    c.verb = Verb::AddPartitions;
    c.edit<cluster::act::AddPartitions>().topic = topic;
    c.edit<cluster::act::AddPartitions>().partition_count = ++partitions_[topic];
  } else if (verb == "delete_topic") {
    c.verb = Verb::DeleteTopic;
    c.edit<cluster::act::DeleteTopic>().topic = "changes";
    return {c, created_again()};
  } else if (verb == "configure") {
    c.verb = Verb::Configure;
    auto& change = c.edit<cluster::act::Configure>();
    if (random.chance_ppm(800000)) change.topic = topic;
    const auto keys = change.topic.empty() ? broker_keys() : topic_keys();
    const auto& [key, values] = one_of(keys, random);
    change.config.emplace_back(key, one_of(values, random));
  } else if (verb == "unclean election") {
    c.verb = Verb::ElectLeaders;
    c.edit<cluster::act::ElectLeaders>() = {{partition}, true};
  } else {
    c.verb = Verb::Reassign;
    auto& move = c.edit<cluster::act::Reassign>();
    move.partition = partition;
    move.cancel = verb == "cancelled move";
    if (move.cancel) return {c};
    std::vector<std::int32_t> all{1, 2, 3, 4};
    for (std::size_t i = 3; i > 0; --i) std::swap(all[i], all[random.below(i + 1)]);
    const std::size_t factor = one_of(std::vector<std::size_t>{1, 2, 3, 3}, random);
    move.replicas.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(factor));
    if (verb == "throttled move")
      move.throttle_bytes_per_s = one_of(std::vector<std::int64_t>{1'000, 20'000, 1'000'000}, random);
  }
  return {c};
}

Command StorageDrawing::created_again() const {
  Command c;
  c.verb = Verb::CreateTopic;
  auto& topic = c.edit<cluster::act::CreateTopic>();
  topic.topic = "changes";
  topic.partition_count = partitions_.at("changes");
  topic.replication_factor = 3;
  topic.config = {{"min.insync.replicas", "1"},
                  {"cleanup.policy", "compact"},
                  {"segment.ms", "1000"},
                  {"min.cleanable.dirty.ratio", "0.1"}};
  return c;
}

std::vector<Command> StorageDrawing::mending() const {
  std::vector<Command> out{created_again()};
  for (const std::string topic : {"orders", "changes"}) {
    Command c;
    c.verb = Verb::Configure;
    auto& change = c.edit<cluster::act::Configure>();
    change.topic = topic;
    change.config = {{"max.message.bytes", "1000000"}};
    // In 2.5 a value above the number of replicas refuses writes permanently (since KAFKA-15583 it is capped at that number); in 4.1 a
    // change of it would erase the ELR of members that have not returned yet (ConfigurationControlManager.createClearElrRecordsAsNeeded).
    if (zookeeper_) change.config.emplace_back("min.insync.replicas", "1");
    out.push_back(std::move(c));
  }
  if (zookeeper_) {  // also for a topic with one replica that a producer recreates after a delayed deletion (seed 990)
    Command c;
    c.verb = Verb::Configure;
    c.edit<cluster::act::Configure>().config = {{"min.insync.replicas", "1"}};
    out.push_back(std::move(c));
  }
  return out;
}

}  // namespace kafkascope::swarm
