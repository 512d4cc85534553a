// The top of a file and its "cluster" and "topics": what the world is made of.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "protocol/config_refusal.h"
#include "protocol/endpoint.h"
#include "protocol/historical.h"
#include "protocol/topic_names.h"
#include "scenario/reading.h"
#include "scenario/supported.h"

namespace kafkascope::scenario {

namespace {

constexpr std::int64_t kMaxNodes = 1200;
constexpr std::int64_t kMaxPartitions = kMostPartitions;
constexpr std::int64_t kMaxReplicas = 15;  // protocol::IdList

constexpr std::string_view kHistorical[] = {"KIP-101", "KIP-279",    "KIP-320",    "KIP-380",    "KIP-534",
                                            "KIP-704", "KIP-841",    "KIP-890",    "KIP-903",    "KIP-966",
                                            "KIP-996", "KAFKA-7128", "KAFKA-9839", "KAFKA-13194"};

struct Feature {
  std::string_view name;
  std::int32_t most;
};
constexpr Feature kFeatures[] = {{"metadata.version", 27},
                                 {"kraft.version", 1},
                                 {"transaction.version", 2},
                                 {"group.version", 1},
                                 {"eligible.leader.replicas.version", 1},
                                 {"share.version", 1},
                                 {"streams.version", 1}};

constexpr std::string_view kZooKeeperKeys[] = {"tickTime", "initLimit", "syncLimit", "minSessionTimeout",
                                               "maxSessionTimeout"};

void read_brokers(Reading& reading, const Node& node, const Path& path, cluster::ClusterSpec& spec) {
  if (node.is_integer()) {
    const auto count = reading.integer(node, path, 1, kMaxNodes);
    for (std::int32_t id = 1; count && id <= *count; ++id) {
      cluster::BrokerSpec broker;
      broker.id = id;
      broker.config = cluster::Config(protocol::config_scope::kServer, reading.version);
      spec.brokers.push_back(std::move(broker));
    }
    return;
  }
  if (!node.is_array() || node.items().empty()) {
    reading.report.error(node, path, fmt::format("{} stands where the brokers belong", node.kind_name()),
                         R"(a number, or a list such as [{"id": 1, "rack": "a"}])");
    return;
  }
  std::set<std::int32_t> seen;
  for (std::size_t i = 0; i < node.items().size() && i <= static_cast<std::size_t>(kMaxNodes); ++i) {
    const Path here(path, i);
    Fields fields(reading, node.items()[i], here, "a broker");
    cluster::BrokerSpec broker;
    broker.config = cluster::Config(protocol::config_scope::kServer, reading.version);
    fields.need("id", "\"id\": a whole number");
    // Controllers' ids begin at 3000, and one id space serves both.
    const bool has_id = fields.get("id", broker.id, 0, cluster::kFirstControllerId - 1);
    fields.get("rack", broker.rack);
    fields.get("host", broker.host);
    if (const Node* config = fields.take("config")) {
      read_config(reading, *config, fields.at("config"), broker.config, "a broker");
      if (broker.rack.empty()) broker.rack = broker.config.text("broker.rack");
    }
    fields.finish();
    if (!has_id) continue;
    if (!seen.insert(broker.id).second) {
      reading.report.error(node.items()[i], here, fmt::format("a second broker has the id {}", broker.id),
                           "each id once");
      continue;
    }
    spec.brokers.push_back(std::move(broker));
  }
  std::sort(spec.brokers.begin(), spec.brokers.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}

void read_disk(Reading& reading, const Node& node, const Path& path, cluster::DiskSpec& disk) {
  Fields fields(reading, node, path, "a disk");
  if (const Node* write = fields.take("write")) {
    if (const auto v = reading.bandwidth(*write, fields.at("write"))) disk.write_bytes_per_s = *v;
  }
  fields.get("flush", disk.flush);
  if (const Node* capacity = fields.take("capacity")) {
    if (const auto v = reading.size(*capacity, fields.at("capacity"))) disk.capacity_bytes = *v;
  }
  fields.get("dirs", disk.dirs, 1, kMostLogDirs);
  fields.get("write_back", disk.write_back);
  if (const Node* dirty = fields.take("dirty")) {
    if (const auto v = reading.size(*dirty, fields.at("dirty"))) disk.dirty_bytes = *v;
  }
  fields.finish();
}

void read_network(Reading& reading, const Node& node, const Path& path, cluster::NetworkSpec& network) {
  Fields fields(reading, node, path, "a network");
  if (const Node* latency = fields.take("latency")) {
    if (const auto v = reading.latency(*latency, fields.at("latency"))) network.latency = *v;
  }
  if (const Node* bandwidth = fields.take("bandwidth")) {
    if (const auto v = reading.bandwidth(*bandwidth, fields.at("bandwidth"))) network.bandwidth_bytes_per_s = *v;
  }
  fields.finish();
}

void read_features(Reading& reading, const Node& node, const Path& path, cluster::ClusterSpec& spec) {
  Fields fields(reading, node, path, "the list of features");
  for (const Feature& feature : kFeatures) {
    std::int32_t level = 0;
    if (!fields.get(feature.name, level, 0, feature.most)) continue;
    spec.features[std::string(feature.name)] = level;
    if (feature.name != "eligible.leader.replicas.version" && feature.name != "share.version")
      reading.not_yet(*node.find(feature.name), fields.at(feature.name), fmt::format("the feature {}", feature.name),
                      "leave it out");
  }
  fields.finish();
}

/// 2.5 refuses configurations that contradict themselves, as 4.1 does (KafkaConfig.validateValues).
void check_server_config(Reading& reading, const Node& node, const Path& path, const cluster::Config& config) {
  for (const std::string_view key : kPartitionKeys) {
    if (!config.explicitly(key) || config.number(key) <= kMaxPartitions) continue;
    reading.report.error(node, path, fmt::format("{} makes {} partitions", key, config.number(key)),
                         fmt::format("at most {} partitions", kMaxPartitions));
  }
  const std::int64_t wait = config.number("replica.fetch.wait.max.ms");
  if (wait > config.number("replica.socket.timeout.ms")) {
    reading.report.error(node, path,
                         "replica.fetch.wait.max.ms is above replica.socket.timeout.ms: a broker does not start so",
                         "replica.fetch.wait.max.ms <= replica.socket.timeout.ms");
  }
  if (wait > config.number("replica.lag.time.max.ms")) {
    reading.report.error(node, path,
                         "replica.fetch.wait.max.ms is above replica.lag.time.max.ms: a broker does not start so",
                         "replica.fetch.wait.max.ms <= replica.lag.time.max.ms");
  }
  // 2.5's KafkaScheduler takes a period of 0, and throws for none; 4.1's looks once.
  if (const std::int64_t lag = config.number("replica.lag.time.max.ms");
      lag / 2 == 0 && config.version() == protocol::KafkaVersion::V2_5)
    reading.report.error(
        node, path,
        fmt::format("replica.lag.time.max.ms is {}, half of which is not a period: a broker does not start so", lag),
        "2 or more");
  const cluster::Config topic = cluster::Config(protocol::config_scope::kTopic, config.version()).topic_over(config);
  if (topic.number("retention.ms") == 0)
    reading.report.error(node, path, "log.retention.ms is 0: a broker does not start so", "1 or more, or -1 for ever");
  if (!protocol::is_enough_for_cleaners(config.number("log.cleaner.dedupe.buffer.size"),
                                        config.number("log.cleaner.threads")))
    reading.report.error(
        node, path,
        "log.cleaner.dedupe.buffer.size is not above 1 MiB for each of log.cleaner.threads: a broker does not start so",
        "more than 1048576 for each thread, and at least one thread");
  if (config.number("log.cleaner.min.compaction.lag.ms") >
      config.number("log.cleaner.max.compaction.lag.ms")) {  // LogConfig.validateValues
    reading.report.error(
        node, path,
        "log.cleaner.min.compaction.lag.ms is above log.cleaner.max.compaction.lag.ms: a broker does not start so",
        "log.cleaner.min.compaction.lag.ms <= log.cleaner.max.compaction.lag.ms");
  }
  const std::string authorizer = config.text("authorizer.class.name");
  constexpr std::string_view kStandard = "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                             kOld = "kafka.security.authorizer.AclAuthorizer";
  const bool old = reading.version == cluster::KafkaVersion::V2_5;
  if (authorizer == (old ? kStandard : kOld))
    reading.report.error(
        node, path,
        fmt::format("Kafka {} has no {}: a broker does not start so", protocol::to_string(reading.version), authorizer),
        in_quotes(old ? kOld : kStandard));
  if (reading.version == cluster::KafkaVersion::V4_1) {
    const auto within = [&](const std::string& prefix, const std::string& what) {
      const std::int64_t least = config.number(prefix + ".min." + what), most = config.number(prefix + ".max." + what),
                         value = config.number(prefix + "." + what);
      if (value < least || value > most)
        reading.report.error(
            node, path,
            fmt::format("{}.{} is not between its least and its most ({} to {}): a broker does not start so", prefix,
                        what, least, most),
            fmt::format("{0}.min.{1} <= {0}.{1} <= {0}.max.{1}", prefix, what));
    };
    for (const std::string prefix : {"group.consumer", "group.share"}) {  // GroupCoordinatorConfig.validate
      within(prefix, "session.timeout.ms");
      within(prefix, "heartbeat.interval.ms");
      if (config.number(prefix + ".heartbeat.interval.ms") >= config.number(prefix + ".session.timeout.ms"))
        reading.report.error(
            node, path,
            fmt::format("{0}.heartbeat.interval.ms is not below {0}.session.timeout.ms: a broker does not start so",
                        prefix),
            fmt::format("{0}.heartbeat.interval.ms < {0}.session.timeout.ms", prefix));
    }
    within("group.share", "record.lock.duration.ms");  // ShareGroupConfig.validate
    if (config.number("group.share.max.share.sessions") < config.number("group.share.max.size"))
      reading.report.error(node, path,
                           "group.share.max.share.sessions is below group.share.max.size: a broker does not start so",
                           "group.share.max.share.sessions >= group.share.max.size");
  }
  if (reading.version == cluster::KafkaVersion::V4_1 &&
      config.number("broker.heartbeat.interval.ms") * 2 > config.number("broker.session.timeout.ms")) {
    reading.report.warning(
        node, path,
        "broker.heartbeat.interval.ms is more than half of broker.session.timeout.ms: one late heartbeat fences a broker",
        "a session time-out of at least two intervals");
  }
}

}  // namespace

std::string topic_name_problem(std::string_view name) {
  if (name.empty()) return "a topic's name is empty";
  if (name == "." || name == "..") return "a topic may not be called \".\" or \"..\"";
  if (name.size() > 249) return "a topic's name has more than 249 characters";
  for (const char c : name) {
    const bool legal =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!legal) return fmt::format("{} is not a legal topic name", in_quotes(name));
  }
  return {};
}

/// 0: 4.1, 1: 2.5. The nearest one by its letters is no help: both are named.
std::optional<std::size_t> read_version(Reading& reading, const Node& node, const Path& path) {
  constexpr std::string_view kVersions[] = {"4.1", "2.5"};
  const auto at = std::find(std::begin(kVersions), std::end(kVersions), node.is_string() ? node.text() : "");
  if (at != std::end(kVersions)) return static_cast<std::size_t>(at - std::begin(kVersions));
  reading.report.error(node, path,
                       node.is_string() ? fmt::format("Kafka {} is not known here", in_quotes(node.text()))
                                        : fmt::format("{} stands where a word belongs", node.kind_name()),
                       R"("4.1" (KRaft) or "2.5" (ZooKeeper))");
  return std::nullopt;
}

void read_cluster(Reading& reading, Fields& file, cluster::ClusterSpec& spec) {
  bool zookeeper_era = false;
  const Node* kafka = file.take("kafka");
  if (kafka != nullptr) {
    if (const auto which = read_version(reading, *kafka, file.at("kafka"))) {
      zookeeper_era = *which == 1;
      spec.kafka = zookeeper_era ? cluster::KafkaVersion::V2_5 : cluster::KafkaVersion::V4_1;
      if (!is_supported(Form::Kafka, kafka->text()))
        reading.not_yet(*kafka, file.at("kafka"), "Kafka " + kafka->text(), "\"kafka\": \"4.1\"");
    }
  }
  reading.version = spec.kafka;
  spec.config = cluster::Config(protocol::config_scope::kServer, spec.kafka);
  spec.metadata = zookeeper_era ? cluster::MetadataKind::ZooKeeper : cluster::MetadataKind::KRaft;

  if (const Node* seed = file.take("seed")) {
    if (const auto v = reading.integer(*seed, file.at("seed"), 0, std::numeric_limits<std::int64_t>::max()))
      spec.seed = static_cast<std::uint64_t>(*v);
  }

  const Node* node = file.need("cluster", R"("cluster": {"brokers": 3})");
  reading.names.brokers_unknown = true;  // until they are read
  if (node == nullptr) return;
  const Path path = file.at("cluster");
  Fields fields(reading, *node, path, "the cluster");
  if (!fields.is_object()) return;
  // A form that the engine cannot do yet is refused where it stands; its value is read all the same, for its own mistakes.
  for (const std::string_view key : {"zookeepers", "zookeeper_config", "features", "historical"}) {
    const Node* value = fields.take(key);
    if (value != nullptr && !is_supported(Form::Cluster, key)) reading.not_yet(*value, fields.at(key), in_quotes(key));
  }

  if (const Node* metadata = fields.take("metadata")) {
    if (const auto which = reading.word(*metadata, fields.at("metadata"), {"kraft", "zookeeper"})) {
      spec.metadata = *which == 0 ? cluster::MetadataKind::KRaft : cluster::MetadataKind::ZooKeeper;
      if (*which == 0 && zookeeper_era) {
        reading.report.error(*metadata, fields.at("metadata"), "Kafka 2.5 has no KRaft",
                             R"("metadata": "zookeeper", or "kafka": "4.1")");
      } else if (*which == 1 && !zookeeper_era) {
        reading.report.error(*metadata, fields.at("metadata"), "Kafka 4.1 has no ZooKeeper",
                             R"("metadata": "kraft", or "kafka": "2.5")");
      } else if (!is_supported(Form::Metadata, metadata->text())) {
        reading.not_yet(*metadata, fields.at("metadata"), "a cluster with ZooKeeper", "\"metadata\": \"kraft\"");
      }
    }
  }
  const bool kraft = spec.metadata == cluster::MetadataKind::KRaft;
  if (const Node* controllers = fields.take("controllers")) {
    if (!kraft)
      reading.report.error(*controllers, fields.at("controllers"), "a cluster with ZooKeeper has no KRaft voters",
                           "\"zookeepers\"");
    fields.get("controllers", spec.controllers, 1, 15);
  }
  if (const Node* zookeepers = fields.take("zookeepers")) {
    if (kraft)
      reading.report.error(*zookeepers, fields.at("zookeepers"), "a KRaft cluster has no ZooKeeper", "\"controllers\"");
    fields.get("zookeepers", spec.zookeepers, 1, 15);
  }
  if (const Node* zk = fields.take("zookeeper_config")) {
    if (kraft)
      reading.report.error(*zk, fields.at("zookeeper_config"), "a KRaft cluster has no ZooKeeper", "\"config\"");
    const Path zk_path = fields.at("zookeeper_config");
    Fields keys(reading, *zk, zk_path, "ZooKeeper's configuration");
    for (const std::string_view key : kZooKeeperKeys) {
      std::int64_t value = 0;
      if (keys.get(key, value, 1, kIntMax)) spec.zookeeper_config[std::string(key)] = value;
    }
    keys.finish();
  }
  const Node* config = fields.take("config");
  if (config != nullptr) read_config(reading, *config, fields.at("config"), spec.config, "a cluster");
  if (const Node* brokers = fields.need("brokers", R"("brokers": 3)"))
    read_brokers(reading, *brokers, fields.at("brokers"), spec);
  if (const Node* network = fields.take("network")) read_network(reading, *network, fields.at("network"), spec.network);
  if (const Node* disk = fields.take("disk")) read_disk(reading, *disk, fields.at("disk"), spec.disk);
  reading.names.log_dirs = spec.disk.dirs;
  if (const Node* features = fields.take("features")) {
    if (!kraft) reading.report.error(*features, fields.at("features"), "Kafka 2.5 has no features", "leave it out");
    else read_features(reading, *features, fields.at("features"), spec);
  }
  if (const Node* historical = fields.take("historical")) {
    const Path list_path = fields.at("historical");
    if (auto list = reading.strings(*historical, list_path)) {
      for (std::size_t i = 0; i < list->size(); ++i) {
        const auto& name = (*list)[i];
        if (std::find(std::begin(kHistorical), std::end(kHistorical), name) == std::end(kHistorical)) {
          reading.report.error(historical->items()[std::min(i, historical->items().size() - 1)], Path(list_path, i),
                               fmt::format("no fix {} can be switched off", in_quotes(name)),
                               suggestion(name, kHistorical));
        } else if (std::find(std::begin(protocol::kModelledFixes), std::end(protocol::kModelledFixes), name) ==
                   std::end(protocol::kModelledFixes)) {
          reading.not_yet(historical->items()[std::min(i, historical->items().size() - 1)], Path(list_path, i),
                          fmt::format("Kafka before {}", name), "leave it out");
        }
      }
      spec.historical = std::move(*list);
    }
  }
  fields.get("boot", spec.boot);
  fields.finish();

  const Node& place = config != nullptr ? *config : *node;
  const Path config_path = config != nullptr ? fields.at("config") : path;
  check_server_config(reading, place, config_path, spec.config);
  for (cluster::BrokerSpec& broker : spec.brokers) {
    const bool own = !broker.config.explicit_values().empty();
    broker.config = broker.config.over(spec.config);
    if (own) check_server_config(reading, *node, path, broker.config);
    if (const auto listeners = protocol::advertised_listeners(broker.config, cluster::broker_name(broker.id));
        !listeners.problem.empty())
      reading.report.error(*node, path,
                           fmt::format("broker-{} does not start with its listeners: {}", broker.id, listeners.problem),
                           listeners.remedy);
    reading.names.broker_ids.push_back(broker.id);
    reading.names.add_node(cluster::broker_name(broker.id));
    if (!broker.host.empty()) reading.names.hosts.push_back(broker.host);
  }
  reading.names.brokers_unknown = spec.brokers.empty();
  const int quorum = kraft ? spec.controllers : spec.zookeepers;
  for (int i = 0; i < quorum; ++i)
    reading.names.add_node(kraft ? cluster::controller_name(i) : cluster::zookeeper_name(i));
  if (reading.names.nodes.size() > static_cast<std::size_t>(kMaxNodes)) {
    reading.report.error(*node, path, fmt::format("the cluster has {} nodes", reading.names.nodes.size()),
                         fmt::format("at most {} nodes, clients included", kMaxNodes));
  }
  reading.names.auto_create =
      spec.config.explicitly("auto.create.topics.enable") && spec.config.flag("auto.create.topics.enable");
}

std::map<std::int32_t, std::vector<std::int32_t>> read_assignments(Reading& reading, const Node& node, const Path& path,
                                                                   bool below_zero_too) {
  std::map<std::int32_t, std::vector<std::int32_t>> assignments;
  if (!node.is_object()) {
    reading.report.error(node, path, fmt::format("{} stands where assignments belong", node.kind_name()),
                         R"(such as {"0": [1, 2, 3]})");
    return assignments;
  }
  for (const Member& member : node.members()) {
    const Path here(path, member.key);
    const bool negative = below_zero_too && member.key.starts_with('-') && member.key != "-0";
    const auto name = cluster::parse_partition_name("p-" + member.key.substr(negative ? 1 : 0));
    if (!name || (member.key.starts_with('-') && !negative)) {
      reading.report.error(member.position, here, fmt::format("{} is not a partition number", in_quotes(member.key)),
                           R"(a number, such as "0": [1, 2, 3])");
      continue;
    }
    if (name->partition >= kMaxPartitions) {
      reading.report.error(member.position, here, fmt::format("partition {} lies beyond what a run takes", member.key),
                           fmt::format("at most {} partitions", kMaxPartitions));
      continue;
    }
    if (const auto ids = reading.broker_ids(member.value, here))
      assignments[negative ? -name->partition : name->partition] = *ids;
  }
  return assignments;
}

void check_assignments(Reading& reading, const Node& node, const Path& path, const std::string& topic,
                       const std::map<std::int32_t, std::vector<std::int32_t>>& assignments,
                       std::optional<std::int32_t> partitions, std::optional<std::int32_t> factor) {
  // -1, as Kafka's request has it beside assignments: not given.
  const std::int32_t most = partitions.value_or(-1), replicas = factor.value_or(-1);
  for (const auto& [partition, ids] : assignments) {
    const std::string key = std::to_string(partition);
    const Node* at = node.find(key);
    if (at == nullptr) continue;
    if (most != -1 && partition >= most) {
      reading.report.error(*at, Path(path, key),
                           fmt::format("topic {} has no partition {}", in_quotes(topic), partition),
                           fmt::format("a number from 0 to {}", most - 1));
    } else if (replicas != -1 && static_cast<std::int32_t>(ids.size()) != replicas && at->is_array() &&
               ids.size() == at->items().size()) {
      reading.report.error(*at, Path(path, key),
                           fmt::format("{} replicas where the replication factor is {}", ids.size(), replicas),
                           "as many brokers as the replication factor");
    }
  }
}

void read_topics(Reading& reading, const Node& list, const Path& path, cluster::ClusterSpec& spec) {
  if (!list.is_array()) {
    reading.report.error(list, path, fmt::format("{} stands where the topics belong", list.kind_name()),
                         "a list of topics");
    return;
  }
  if (!reading.short_enough(list, path, static_cast<std::size_t>(kMaxPartitions), "topics")) return;
  std::int64_t partitions = 0;
  std::map<std::string, std::string> by_metric_name;  // as metrics call the topic, and its name
  for (std::size_t i = 0; i < list.items().size() && !reading.report.full(); ++i) {
    const Node& node = list.items()[i];
    const Path here(path, i);
    Fields fields(reading, node, here, "a topic");
    cluster::TopicSpec topic;
    topic.config = cluster::Config(protocol::config_scope::kTopic, reading.version);
    topic.partitions =
        static_cast<std::int32_t>(std::min<std::int64_t>(spec.config.number("num.partitions"), kMaxPartitions));
    topic.replication_factor = static_cast<std::int32_t>(spec.config.number("default.replication.factor"));
    const Node* name = fields.need("name", "\"name\": \"orders\"");
    if (name != nullptr && fields.get("name", topic.name)) {
      if (const std::string problem = topic_name_problem(topic.name); !problem.empty()) {
        reading.report.error(*name, fields.at("name"), problem, "1 to 249 letters, digits, '.', '_' and '-'");
      }
    }
    const bool has_partitions = fields.get("partitions", topic.partitions, 1, kMaxPartitions);
    const bool has_factor = fields.get("replication_factor", topic.replication_factor, 1, kMaxReplicas);
    if (const Node* config = fields.take("config"))
      read_config(reading, *config, fields.at("config"), topic.config, "a topic");
    if (const Node* assignments = fields.take("assignments")) {
      const Path a_path = fields.at("assignments");
      topic.assignments = read_assignments(reading, *assignments, a_path);
      if (!has_partitions && !topic.assignments.empty()) topic.partitions = topic.assignments.rbegin()->first + 1;
      if (!has_factor && !topic.assignments.empty())
        topic.replication_factor = static_cast<std::int32_t>(topic.assignments.begin()->second.size());
      check_assignments(reading, *assignments, a_path, topic.name, topic.assignments, topic.partitions,
                        topic.replication_factor);
    }
    fields.finish();
    if (spec.boot && !topic.assignments.empty() &&
        static_cast<std::int32_t>(topic.assignments.size()) < topic.partitions)
      reading.report.error(
          node, here,
          "with \"boot\" a topic is created by Kafka's own request, which takes assignments of all partitions or of none",
          fmt::format("assignments of partitions 0 to {}, or none", topic.partitions - 1));
    partitions += topic.partitions;
    if (topic.replication_factor < 1)
      reading.report.error(
          node, here,
          fmt::format("default.replication.factor is {}: Kafka refuses topic {} (INVALID_REPLICATION_FACTOR)",
                      topic.replication_factor, in_quotes(topic.name)),
          "\"replication_factor\": 1 or more");
    if (!spec.brokers.empty() && topic.replication_factor > static_cast<std::int32_t>(spec.brokers.size())) {
      const Node* factor = fields.take("replication_factor");
      reading.report.error(
          factor != nullptr ? *factor : node, factor != nullptr ? fields.at("replication_factor") : here,
          fmt::format("replication factor {} with {} broker(s): Kafka refuses it (INVALID_REPLICATION_FACTOR)",
                      topic.replication_factor, spec.brokers.size()),
          "at most one replica per broker");
    }
    const cluster::Config effective = topic.config.topic_over(spec.config);
    if (effective.number("min.insync.replicas") > topic.replication_factor) {
      const std::string effect = reading.version == cluster::KafkaVersion::V4_1
                                     ? "4.x then takes the replication factor"
                                     : "acks=all is then always refused";
      reading.report.warning(
          node, here,
          fmt::format("min.insync.replicas ({}) is above replication_factor ({}) of topic {}",
                      effective.number("min.insync.replicas"), topic.replication_factor, in_quotes(topic.name)),
          effect);
    }
    if (const std::string conflict = topic.config.topic_conflict(spec.config); !conflict.empty())
      reading.report.error(node, here, fmt::format("Kafka refuses topic {}: {}", in_quotes(topic.name), conflict),
                           "min.compaction.lag.ms <= max.compaction.lag.ms");
    if (topic.name.empty()) continue;
    if (reading.names.topics.contains(topic.name) && reading.names.topics[topic.name].declared) {
      reading.report.error(node, here, fmt::format("a second topic is called {}", in_quotes(topic.name)),
                           "each name once");
      continue;
    }
    const auto [other, first_of_its_kind] = by_metric_name.emplace(protocol::in_metrics(topic.name), topic.name);
    if (!first_of_its_kind)
      reading.report.error(node, here,
                           fmt::format("topic {} collides with topic {}: Kafka refuses it (INVALID_TOPIC_EXCEPTION)",
                                       in_quotes(topic.name), in_quotes(other->second)),
                           "names that differ in more than '.' and '_'");
    auto& known = reading.names.topics[topic.name];
    known.declared = true;
    known.partitions = std::max(known.partitions, topic.partitions);
    spec.topics.push_back(std::move(topic));
  }
  if (partitions > kMaxPartitions) {
    reading.report.error(list, path, fmt::format("the topics have {} partitions", partitions),
                         fmt::format("at most {} partitions", kMaxPartitions));
  }
}

}  // namespace kafkascope::scenario
