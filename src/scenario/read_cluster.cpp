// The top level of a file, its "cluster" and its "topics".
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
    reading.report.error(node, path, Message("problem.stands_where_brokers_belong"_w, {{"found", kind_of(node)}}),
                         "remedy.brokers"_w);
    return;
  }
  std::set<std::int32_t> seen;
  for (std::size_t i = 0; i < node.items().size() && i <= static_cast<std::size_t>(kMaxNodes); ++i) {
    const Path here(path, i);
    Fields fields(reading, node.items()[i], here, "problem.thing.broker"_w);
    cluster::BrokerSpec broker;
    broker.config = cluster::Config(protocol::config_scope::kServer, reading.version);
    fields.need("id", "remedy.broker_id"_w);
    // Controllers' ids begin at 3000, and one id space serves both.
    const bool has_id = fields.get("id", broker.id, 0, cluster::kFirstControllerId - 1);
    fields.get("rack", broker.rack);
    fields.get("host", broker.host);
    if (const Node* config = fields.take("config")) {
      read_config(reading, *config, fields.at("config"), broker.config, "problem.thing.broker"_w);
      if (broker.rack.empty()) broker.rack = broker.config.text("broker.rack");
    }
    fields.finish();
    if (!has_id) continue;
    if (!seen.insert(broker.id).second) {
      reading.report.error(node.items()[i], here, Message("problem.second_broker"_w, {{"id", broker.id}}),
                           "remedy.each_id_once"_w);
      continue;
    }
    spec.brokers.push_back(std::move(broker));
  }
  std::sort(spec.brokers.begin(), spec.brokers.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}

void read_disk(Reading& reading, const Node& node, const Path& path, cluster::DiskSpec& disk) {
  Fields fields(reading, node, path, "problem.thing.disk"_w);
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
  Fields fields(reading, node, path, "problem.thing.network"_w);
  if (const Node* latency = fields.take("latency")) {
    if (const auto v = reading.latency(*latency, fields.at("latency"))) network.latency = *v;
  }
  if (const Node* bandwidth = fields.take("bandwidth")) {
    if (const auto v = reading.bandwidth(*bandwidth, fields.at("bandwidth"))) network.bandwidth_bytes_per_s = *v;
  }
  fields.finish();
}

void read_features(Reading& reading, const Node& node, const Path& path, cluster::ClusterSpec& spec) {
  Fields fields(reading, node, path, "problem.thing.list_features"_w);
  for (const Feature& feature : kFeatures) {
    std::int32_t level = 0;
    if (!fields.get(feature.name, level, 0, feature.most)) continue;
    spec.features[std::string(feature.name)] = level;
    if (feature.name != "eligible.leader.replicas.version" && feature.name != "share.version" &&
        feature.name != "transaction.version")
      reading.not_yet(*node.find(feature.name), fields.at(feature.name),
                      Message("problem.feature_not_modelled"_w, {{"feature", feature.name}}), "remedy.leave_out"_w);
  }
  fields.finish();
}

/// 2.5 refuses contradictory configurations, as 4.1 does (KafkaConfig.validateValues).
void check_server_config(Reading& reading, const Node& node, const Path& path, const cluster::Config& config) {
  for (const std::string_view key : kPartitionKeys) {
    if (!config.explicitly(key) || config.number(key) <= kMaxPartitions) continue;
    reading.report.error(node, path,
                         Message("problem.key_makes_partitions"_w, {{"key", key}, {"partitions", config.number(key)}}),
                         Message("remedy.partitions"_w, {{"most", kMaxPartitions}}));
  }
  const std::int64_t wait = config.number("replica.fetch.wait.max.ms");
  if (wait > config.number("replica.socket.timeout.ms")) {
    reading.report.error(node, path, Message("problem.fetch_wait_above"_w, {{"key", "replica.socket.timeout.ms"}}),
                         example("replica.fetch.wait.max.ms <= replica.socket.timeout.ms"));
  }
  if (wait > config.number("replica.lag.time.max.ms")) {
    reading.report.error(node, path, Message("problem.fetch_wait_above"_w, {{"key", "replica.lag.time.max.ms"}}),
                         example("replica.fetch.wait.max.ms <= replica.lag.time.max.ms"));
  }
  // 2.5's KafkaScheduler passes a period of 0 on to Java's executor, which throws; 4.1's runs the task once.
  if (const std::int64_t lag = config.number("replica.lag.time.max.ms");
      lag / 2 == 0 && config.version() == protocol::KafkaVersion::V2_5)
    reading.report.error(node, path, Message("problem.lag_is_no_period"_w, {{"lag", lag}}), "remedy.lag"_w);
  const cluster::Config topic = cluster::Config(protocol::config_scope::kTopic, config.version()).topic_over(config);
  if (topic.number("retention.ms") == 0)
    reading.report.error(node, path, "problem.retention_0"_w, "remedy.retention"_w);
  if (!protocol::is_enough_for_cleaners(config.number("log.cleaner.dedupe.buffer.size"),
                                        config.number("log.cleaner.threads")))
    reading.report.error(node, path, "problem.cleaner_buffer"_w, "remedy.cleaner_buffer"_w);
  if (config.number("log.cleaner.min.compaction.lag.ms") >
      config.number("log.cleaner.max.compaction.lag.ms")) {  // LogConfig.validateValues
    reading.report.error(node, path, "problem.compaction_lag"_w,
                         example("log.cleaner.min.compaction.lag.ms <= log.cleaner.max.compaction.lag.ms"));
  }
  const std::string authorizer = config.text("authorizer.class.name");
  constexpr std::string_view kStandard = "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                             kOld = "kafka.security.authorizer.AclAuthorizer";
  const bool old = reading.version == cluster::KafkaVersion::V2_5;
  if (authorizer == (old ? kStandard : kOld))
    reading.report.error(node, path,
                         Message("problem.no_such_authorizer"_w,
                                 {{"version", protocol::to_string(reading.version)}, {"name", authorizer}}),
                         example(in_quotes(old ? kOld : kStandard)));
  if (reading.version == cluster::KafkaVersion::V4_1) {
    const auto within = [&](const std::string& prefix, const std::string& what) {
      const std::int64_t least = config.number(prefix + ".min." + what), most = config.number(prefix + ".max." + what),
                         value = config.number(prefix + "." + what);
      if (value < least || value > most)
        reading.report.error(node, path,
                             Message("problem.between_least_and_most"_w,
                                     {{"key", prefix + "." + what}, {"least", least}, {"most", most}}),
                             example(fmt::format("{0}.min.{1} <= {0}.{1} <= {0}.max.{1}", prefix, what)));
    };
    for (const std::string prefix : {"group.consumer", "group.share"}) {  // GroupCoordinatorConfig.validate
      within(prefix, "session.timeout.ms");
      within(prefix, "heartbeat.interval.ms");
      if (config.number(prefix + ".heartbeat.interval.ms") >= config.number(prefix + ".session.timeout.ms"))
        reading.report.error(node, path, Message("problem.group_heartbeat_not_below_session"_w, {{"prefix", prefix}}),
                             example(fmt::format("{0}.heartbeat.interval.ms < {0}.session.timeout.ms", prefix)));
    }
    within("group.share", "record.lock.duration.ms");  // ShareGroupConfig.validate
    if (config.number("group.share.max.share.sessions") < config.number("group.share.max.size"))
      reading.report.error(node, path, "problem.share_sessions_below_size"_w,
                           example("group.share.max.share.sessions >= group.share.max.size"));
  }
  if (reading.version == cluster::KafkaVersion::V4_1 &&
      config.number("broker.heartbeat.interval.ms") * 2 > config.number("broker.session.timeout.ms")) {
    reading.report.warning(node, path, "problem.heartbeat_above_half_session"_w, "remedy.two_intervals"_w);
  }
}

}  // namespace

Message topic_name_problem(std::string_view name) {
  if (name.empty()) return "problem.topic_name_empty"_w;
  if (name == "." || name == "..") return "problem.topic_name_dots"_w;
  if (name.size() > 249) return "problem.topic_name_too_long"_w;
  for (const char c : name) {
    const bool legal =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!legal) return Message("problem.not_legal_topic_name"_w, {{"name", in_quotes(name)}});
  }
  return {};
}

/// 0: 4.1, 1: 2.5. Suggesting the version with the most similar spelling would be no help, so the remedy names both.
std::optional<std::size_t> read_version(Reading& reading, const Node& node, const Path& path) {
  constexpr std::string_view kVersions[] = {"4.1", "2.5"};
  const auto at = std::find(std::begin(kVersions), std::end(kVersions), node.is_string() ? node.text() : "");
  if (at != std::end(kVersions)) return static_cast<std::size_t>(at - std::begin(kVersions));
  reading.report.error(node, path,
                       node.is_string()
                           ? Message("problem.kafka_not_known_here"_w, {{"version", in_quotes(node.text())}})
                           : Message("problem.stands_where_word_belongs"_w, {{"found", kind_of(node)}}),
                       "remedy.known_versions"_w);
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
        reading.not_yet(*kafka, file.at("kafka"),
                        Message("problem.version_not_modelled"_w, {{"version", kafka->text()}}),
                        example("\"kafka\": \"4.1\""));
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
  reading.names.brokers_unknown = true;  // until the brokers are read
  if (node == nullptr) return;
  const Path path = file.at("cluster");
  Fields fields(reading, *node, path, "problem.thing.cluster"_w);
  if (!fields.is_object()) return;
  // A field that the engine does not support yet is refused at its position; its value is still checked for mistakes.
  for (const std::string_view key : {"zookeepers", "zookeeper_config", "features", "historical"}) {
    const Node* value = fields.take(key);
    if (value != nullptr && !is_supported(Form::Cluster, key))
      reading.not_yet(*value, fields.at(key), not_modelled(in_quotes(key)));
  }

  if (const Node* metadata = fields.take("metadata")) {
    if (const auto which = reading.word(*metadata, fields.at("metadata"), {"kraft", "zookeeper"})) {
      spec.metadata = *which == 0 ? cluster::MetadataKind::KRaft : cluster::MetadataKind::ZooKeeper;
      if (*which == 0 && zookeeper_era) {
        reading.report.error(*metadata, fields.at("metadata"), "problem.kafka_2_5_has_no_kraft"_w,
                             "remedy.zookeeper_or_4_1"_w);
      } else if (*which == 1 && !zookeeper_era) {
        reading.report.error(*metadata, fields.at("metadata"), "problem.kafka_4_1_has_no_zookeeper"_w,
                             "remedy.kraft_or_2_5"_w);
      } else if (!is_supported(Form::Metadata, metadata->text())) {
        reading.not_yet(*metadata, fields.at("metadata"), "problem.zookeeper_not_modelled"_w,
                        example("\"metadata\": \"kraft\""));
      }
    }
  }
  const bool kraft = spec.metadata == cluster::MetadataKind::KRaft;
  if (const Node* controllers = fields.take("controllers")) {
    if (!kraft)
      reading.report.error(*controllers, fields.at("controllers"), "problem.cluster_with_zookeeper_has_no_kraft"_w,
                           "remedy.zookeepers_not_controllers"_w);
    fields.get("controllers", spec.controllers, 1, 15);
  }
  if (const Node* zookeepers = fields.take("zookeepers")) {
    if (kraft)
      reading.report.error(*zookeepers, fields.at("zookeepers"), "problem.kraft_cluster_has_no_zookeeper"_w,
                           "remedy.controllers_not_zookeepers"_w);
    fields.get("zookeepers", spec.zookeepers, 1, 15);
  }
  if (const Node* zk = fields.take("zookeeper_config")) {
    if (kraft)
      reading.report.error(*zk, fields.at("zookeeper_config"), "problem.kraft_cluster_has_no_zookeeper"_w,
                           "remedy.config_not_zookeeper_config"_w);
    const Path zk_path = fields.at("zookeeper_config");
    Fields keys(reading, *zk, zk_path, "problem.thing.zookeeper_configuration"_w);
    for (const std::string_view key : kZooKeeperKeys) {
      std::int64_t value = 0;
      if (keys.get(key, value, 1, kIntMax)) spec.zookeeper_config[std::string(key)] = value;
    }
    keys.finish();
  }
  const Node* config = fields.take("config");
  if (config != nullptr) read_config(reading, *config, fields.at("config"), spec.config, "problem.thing.a_cluster"_w);
  if (const Node* brokers = fields.need("brokers", R"("brokers": 3)"))
    read_brokers(reading, *brokers, fields.at("brokers"), spec);
  if (const Node* network = fields.take("network")) read_network(reading, *network, fields.at("network"), spec.network);
  if (const Node* disk = fields.take("disk")) read_disk(reading, *disk, fields.at("disk"), spec.disk);
  reading.names.log_dirs = spec.disk.dirs;
  if (const Node* features = fields.take("features")) {
    if (!kraft)
      reading.report.error(*features, fields.at("features"), "problem.kafka_2_5_has_no_features"_w,
                           "remedy.leave_out"_w);
    else read_features(reading, *features, fields.at("features"), spec);
  }
  if (const Node* historical = fields.take("historical")) {
    const Path list_path = fields.at("historical");
    if (auto list = reading.strings(*historical, list_path)) {
      for (std::size_t i = 0; i < list->size(); ++i) {
        const auto& name = (*list)[i];
        if (std::find(std::begin(kHistorical), std::end(kHistorical), name) == std::end(kHistorical)) {
          reading.report.error(historical->items()[std::min(i, historical->items().size() - 1)], Path(list_path, i),
                               Message("problem.no_such_fix"_w, {{"fix", in_quotes(name)}}),
                               suggestion(name, kHistorical));
        } else if (std::find(std::begin(protocol::kModelledFixes), std::end(protocol::kModelledFixes), name) ==
                   std::end(protocol::kModelledFixes)) {
          reading.not_yet(historical->items()[std::min(i, historical->items().size() - 1)], Path(list_path, i),
                          Message("problem.before_fix_not_modelled"_w, {{"fix", name}}), "remedy.leave_out"_w);
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
                           Message("problem.listeners"_w, {{"broker", broker.id}, {"problem", listeners.problem}}),
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
    reading.report.error(*node, path, Message("problem.too_many_nodes"_w, {{"count", reading.names.nodes.size()}}),
                         Message("remedy.nodes"_w, {{"most", kMaxNodes}}));
  }
  reading.names.auto_create =
      spec.config.explicitly("auto.create.topics.enable") && spec.config.flag("auto.create.topics.enable");
}

std::map<std::int32_t, std::vector<std::int32_t>> read_assignments(Reading& reading, const Node& node, const Path& path,
                                                                   bool below_zero_too) {
  std::map<std::int32_t, std::vector<std::int32_t>> assignments;
  if (!node.is_object()) {
    reading.report.error(node, path, Message("problem.stands_where_assignments_belong"_w, {{"found", kind_of(node)}}),
                         Message("remedy.such_as"_w, {{"example", R"({"0": [1, 2, 3]})"}}));
    return assignments;
  }
  for (const Member& member : node.members()) {
    const Path here(path, member.key);
    const bool negative = below_zero_too && member.key.starts_with('-') && member.key != "-0";
    const auto name = cluster::parse_partition_name("p-" + member.key.substr(negative ? 1 : 0));
    if (!name || (member.key.starts_with('-') && !negative)) {
      reading.report.error(member.position, here,
                           Message("problem.not_partition_number"_w, {{"name", in_quotes(member.key)}}),
                           Message("remedy.number_such_as"_w, {{"example", R"("0": [1, 2, 3])"}}));
      continue;
    }
    if (name->partition >= kMaxPartitions) {
      reading.report.error(member.position, here, Message("problem.partition_too_large"_w, {{"partition", member.key}}),
                           Message("remedy.partitions"_w, {{"most", kMaxPartitions}}));
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
  // -1 means "not given", as in Kafka's request with assignments.
  const std::int32_t most = partitions.value_or(-1), replicas = factor.value_or(-1);
  for (const auto& [partition, ids] : assignments) {
    const std::string key = std::to_string(partition);
    const Node* at = node.find(key);
    if (at == nullptr) continue;
    if (most != -1 && partition >= most) {
      reading.report.error(
          *at, Path(path, key),
          Message("problem.no_such_partition"_w, {{"topic", in_quotes(topic)}, {"partition", partition}}),
          Message("remedy.number_from_to"_w, {{"from", 0}, {"to", most - 1}}));
    } else if (replicas != -1 && static_cast<std::int32_t>(ids.size()) != replicas && at->is_array() &&
               ids.size() == at->items().size()) {
      reading.report.error(*at, Path(path, key),
                           Message("problem.replicas_not_factor"_w, {{"count", ids.size()}, {"factor", replicas}}),
                           "remedy.as_many_brokers"_w);
    }
  }
}

void read_topics(Reading& reading, const Node& list, const Path& path, cluster::ClusterSpec& spec) {
  if (!list.is_array()) {
    reading.report.error(list, path, Message("problem.stands_where_topics_belong"_w, {{"found", kind_of(list)}}),
                         "remedy.list_topics"_w);
    return;
  }
  if (!reading.short_enough(list, path, static_cast<std::size_t>(kMaxPartitions), "problem.file_has_topics"_w)) return;
  std::int64_t partitions = 0;
  std::map<std::string, std::string> by_metric_name;  // from a topic's name in metrics to its name
  for (std::size_t i = 0; i < list.items().size() && !reading.report.full(); ++i) {
    const Node& node = list.items()[i];
    const Path here(path, i);
    Fields fields(reading, node, here, "problem.thing.topic"_w);
    cluster::TopicSpec topic;
    topic.config = cluster::Config(protocol::config_scope::kTopic, reading.version);
    topic.partitions =
        static_cast<std::int32_t>(std::min<std::int64_t>(spec.config.number("num.partitions"), kMaxPartitions));
    topic.replication_factor = static_cast<std::int32_t>(spec.config.number("default.replication.factor"));
    const Node* name = fields.need("name", "\"name\": \"orders\"");
    if (name != nullptr && fields.get("name", topic.name)) {
      if (const Message problem = topic_name_problem(topic.name); !problem.empty()) {
        reading.report.error(*name, fields.at("name"), problem, "remedy.topic_name"_w);
      }
    }
    const bool has_partitions = fields.get("partitions", topic.partitions, 1, kMaxPartitions);
    const bool has_factor = fields.get("replication_factor", topic.replication_factor, 1, kMaxReplicas);
    if (const Node* config = fields.take("config"))
      read_config(reading, *config, fields.at("config"), topic.config, "problem.thing.topic"_w);
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
          node, here, "problem.boot_assignments"_w,
          Message("remedy.assignments_of_partitions"_w, {{"first", 0}, {"last", topic.partitions - 1}}));
    partitions += topic.partitions;
    if (topic.replication_factor < 1)
      reading.report.error(node, here,
                           Message("problem.default_replication_factor"_w,
                                   {{"factor", topic.replication_factor}, {"topic", in_quotes(topic.name)}}),
                           "remedy.replication_factor"_w);
    if (!spec.brokers.empty() && topic.replication_factor > static_cast<std::int32_t>(spec.brokers.size())) {
      const Node* factor = fields.take("replication_factor");
      reading.report.error(factor != nullptr ? *factor : node,
                           factor != nullptr ? fields.at("replication_factor") : here,
                           Message("problem.factor_above_brokers"_w,
                                   {{"factor", topic.replication_factor}, {"brokers", spec.brokers.size()}}),
                           "remedy.replica_per_broker"_w);
    }
    const cluster::Config effective = topic.config.topic_over(spec.config);
    if (effective.number("min.insync.replicas") > topic.replication_factor) {
      const words::Key effect = reading.version == cluster::KafkaVersion::V4_1 ? "remedy.then_replication_factor"_w
                                                                               : "remedy.then_acks_all_refused"_w;
      reading.report.warning(
          node, here,
          Message("problem.min_isr_above_factor"_w, {{"replicas", effective.number("min.insync.replicas")},
                                                     {"factor", topic.replication_factor},
                                                     {"topic", in_quotes(topic.name)}}),
          effect);
    }
    // Config::topic_conflict
    const cluster::Config& judged = reading.version == cluster::KafkaVersion::V4_1 ? effective : topic.config;
    if (!topic.config.topic_conflict(spec.config).empty())
      reading.report.error(node, here,
                           Message("problem.topic_conflict"_w, {{"topic", in_quotes(topic.name)},
                                                                {"least", judged.number("min.compaction.lag.ms")},
                                                                {"most", judged.number("max.compaction.lag.ms")}}),
                           example("min.compaction.lag.ms <= max.compaction.lag.ms"));
    if (topic.name.empty()) continue;
    if (reading.names.topics.contains(topic.name) && reading.names.topics[topic.name].declared) {
      reading.report.error(node, here, Message("problem.second_topic"_w, {{"topic", in_quotes(topic.name)}}),
                           "remedy.each_name_once"_w);
      continue;
    }
    const auto [other, first_of_its_kind] = by_metric_name.emplace(protocol::in_metrics(topic.name), topic.name);
    if (!first_of_its_kind)
      reading.report.error(
          node, here,
          Message("problem.topic_collides"_w, {{"topic", in_quotes(topic.name)}, {"other", in_quotes(other->second)}}),
          "remedy.other_name"_w);
    auto& known = reading.names.topics[topic.name];
    known.declared = true;
    known.partitions = std::max(known.partitions, topic.partitions);
    spec.topics.push_back(std::move(topic));
  }
  if (partitions > kMaxPartitions) {
    reading.report.error(list, path, Message("problem.too_many_partitions"_w, {{"count", partitions}}),
                         Message("remedy.partitions"_w, {{"most", kMaxPartitions}}));
  }
}

}  // namespace kafkascope::scenario
