#include "controller/zookeeper/zk_data.h"

#include <nlohmann/json.hpp>

namespace kafkascope::controller::znode {
namespace {

using Json = nlohmann::ordered_json;  // for writing, because it keeps the order of keys
using Read = nlohmann::json;          // for reading, because lookups by key are fast; a topic's znode has a key per
                                      // partition

/// Returns nullopt if the data is not a JSON object. Any client may have written a znode's data.
std::optional<Read> object(std::string_view data) {
  Read json = Read::parse(data, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

Json ids(const IdList& list) {
  Json out = Json::array();
  for (BrokerId id : list) out.push_back(id);
  return out;
}

IdList ids(const Read& parent, std::string_view key) {
  IdList list;
  if (const auto it = parent.find(key); it != parent.end() && it->is_array())
    for (const Read& id : *it) list.push_back(id.get<BrokerId>());
  return list;
}

/// Adds a key that the object does not have yet, without searching for the key.
void append(Json& object, std::string key, Json value) {
  object.get_ref<Json::object_t&>().push_back({std::move(key), std::move(value)});
}

std::int64_t number(std::string_view text) {
  const Read json = Read::parse(text, nullptr, false);
  return json.is_number_integer() ? json.get<std::int64_t>() : 0;
}

/// The names of entity types in ConfigRecord and ClientQuotaRecord, and in ZooKeeper.
constexpr std::pair<std::string_view, std::string_view> kEntities[] = {
    {"topic:", "topics/"}, {"broker:", "brokers/"}, {"user:", "users/"}, {"client-id:", "clients/"}};
constexpr std::string_view kDefault = "<default>";

/// "topics/orders", "brokers/1", "brokers/<default>", "users/kim".
std::string entity(std::string_view resource) {
  for (const auto& [prefix, folder] : kEntities) {
    if (!resource.starts_with(prefix)) continue;
    const std::string_view name = resource.substr(prefix.size());
    return std::string(folder) + std::string(name.empty() ? kDefault : name);
  }
  return "";
}

}  // namespace

std::string broker(BrokerId id) { return kBrokerIds + "/" + std::to_string(id); }
std::string topic(std::string_view name) { return kTopics + "/" + std::string(name); }
std::string partitions(std::string_view name) { return topic(name) + "/partitions"; }
std::string partition(std::string_view name, std::int32_t partition) {
  return partitions(name) + "/" + std::to_string(partition);
}
std::string state(std::string_view name, std::int32_t number) { return partition(name, number) + "/state"; }
std::string delete_topic(std::string_view name) { return kDeleteTopics + "/" + std::string(name); }
std::string config(std::string_view resource) { return "/config/" + entity(resource); }
std::string config_resource(std::string_view path) {
  constexpr std::string_view kConfig = "/config/";
  if (!path.starts_with(kConfig)) return "";
  path.remove_prefix(kConfig.size());
  for (const auto& [prefix, folder] : kEntities) {
    if (!path.starts_with(folder)) continue;
    const std::string_view name = path.substr(folder.size());
    return std::string(prefix) + std::string(name == kDefault && prefix == "broker:" ? "" : name);
  }
  return "";
}
std::string_view leaf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::vector<std::string> persistent_paths() {
  return {"/consumers",   "/brokers",     kBrokerIds,     kTopics,      "/brokers/seqid", "/config",
          kConfigChanges, "/admin",       kDeleteTopics,  kIsrChanges,  kProducerIds,     kDirEvents,
          kConfigTopics,  kConfigBrokers, kConfigClients, kConfigUsers, "/cluster"};
}

std::string encode(const BrokerInfo& broker, std::int64_t timestamp_ms) {
  Json json = {{"listener_security_protocol_map", {{"PLAINTEXT", "PLAINTEXT"}}},
               {"endpoints", Json::array({"PLAINTEXT://" + broker.host + ":9092"})},
               {"jmx_port", -1},
               {"host", broker.host},
               {"timestamp", std::to_string(timestamp_ms)},
               {"port", 9092},
               {"version", 4},
               {"node", broker.node}};
  if (!broker.rack.empty()) json["rack"] = broker.rack;
  if (!broker.urls.empty()) {
    json["endpoints"] = broker.urls;
    json["host"] = protocol::listener_host(broker.urls.front());
    for (const std::string& url : broker.urls)
      json["listener_security_protocol_map"][std::string(protocol::listener_name(url))] = "PLAINTEXT";
  }
  return json.dump();
}
protocol::Endpoint BrokerInfo::endpoint() const { return protocol::AdvertisedListeners{urls, {}, {}}.endpoint(node); }

std::optional<BrokerInfo> decode_broker(std::string_view data) {
  const auto json = object(data);
  if (!json) return std::nullopt;
  return BrokerInfo{json->value("host", ""), json->value("node", -1), json->value("rack", ""),
                    json->value("endpoints", std::vector<std::string>{})};
}

std::string encode_controller(BrokerId id, std::int64_t timestamp_ms) {
  return Json{{"version", 1}, {"brokerid", id}, {"timestamp", std::to_string(timestamp_ms)}}.dump();
}
BrokerId decode_controller(std::string_view data) {
  const auto json = object(data);
  return json ? json->value("brokerid", protocol::kNoBroker) : protocol::kNoBroker;
}

std::string encode(const TopicAssignment& topic) {
  Json partitions = Json::object(), adding = Json::object(), removing = Json::object();
  for (const auto& [number, a] : topic.partitions) {
    const std::string key = std::to_string(number);
    append(partitions, key, ids(a.replicas));
    if (!a.adding.empty()) append(adding, key, ids(a.adding));
    if (!a.removing.empty()) append(removing, key, ids(a.removing));
  }
  return Json{{"version", 2},
              {"topic_id", topic.id},
              {"partitions", partitions},
              {"adding_replicas", adding},
              {"removing_replicas", removing}}
      .dump();
}

std::optional<TopicAssignment> decode_topic(std::string_view data) {
  const auto json = object(data);
  if (!json || !json->contains("partitions") || !(*json)["partitions"].is_object()) return std::nullopt;
  TopicAssignment topic;
  topic.id = json->value("topic_id", protocol::kNoTopic);
  const Read none = Read::object();
  const Read& all = (*json)["partitions"];
  const Read& adding = json->contains("adding_replicas") ? (*json)["adding_replicas"] : none;
  const Read& removing = json->contains("removing_replicas") ? (*json)["removing_replicas"] : none;
  for (const auto& [key, value] : all.items())
    if (!key.starts_with('-'))  // Simplified: a negative partition number exists only in the znode
      topic.partitions[static_cast<std::int32_t>(number(key))] = {ids(all, key), ids(adding, key), ids(removing, key)};
  return topic;
}

std::string encode(const LeaderAndIsr& s) {
  return Json{{"controller_epoch", s.controller_epoch},
              {"leader", s.leader},
              {"version", 1},
              {"leader_epoch", s.leader_epoch.value},
              {"isr", ids(s.isr)}}
      .dump();
}

std::optional<LeaderAndIsr> decode_state(std::string_view data, std::int32_t version) {
  const auto json = object(data);
  if (!json) return std::nullopt;
  return LeaderAndIsr{json->value("leader", protocol::kNoBroker), LeaderEpoch{json->value("leader_epoch", 0)},
                      ids(*json, "isr"), json->value("controller_epoch", 0), version};
}

std::string encode(const Configs& config) {
  Json values = Json::object();
  for (const auto& [key, value] : config) values[key] = value;
  return Json{{"version", 1}, {"config", values}}.dump();
}
Configs decode_config(std::string_view data) {
  Configs config;
  const auto json = object(data);
  if (!json || !json->contains("config")) return config;
  for (const auto& [key, value] : (*json)["config"].items()) config[key] = value.get<std::string>();
  return config;
}

std::string encode_config_change(std::string_view resource) {
  return Json{{"version", 2}, {"entity_path", entity(resource)}}.dump();
}
std::string decode_config_change(std::string_view data) {
  const auto json = object(data);
  return json ? config_resource("/config/" + json->value("entity_path", "")) : "";
}

std::string encode(const NamedPartitions& partitions) {
  Json list = Json::array();
  for (const auto& [topic, partition] : partitions) list.push_back({{"topic", topic}, {"partition", partition}});
  return Json{{"version", 1}, {"partitions", list}}.dump();
}
NamedPartitions decode_partitions(std::string_view data) {
  NamedPartitions out;
  const auto json = object(data);
  if (!json || !json->contains("partitions")) return out;
  for (const Read& p : (*json)["partitions"]) out.emplace_back(p.value("topic", ""), p.value("partition", -1));
  return out;
}

std::string encode(const Reassignments& reassignments) {
  Json list = Json::array();
  for (const auto& [p, replicas] : reassignments)
    list.push_back({{"topic", p.first}, {"partition", p.second}, {"replicas", ids(replicas)}});
  return Json{{"version", 1}, {"partitions", list}}.dump();
}
Reassignments decode_reassignments(std::string_view data) {
  Reassignments out;
  const auto json = object(data);
  if (!json || !json->contains("partitions")) return out;
  for (const Read& p : (*json)["partitions"])
    out.push_back({{p.value("topic", ""), p.value("partition", -1)}, ids(p, "replicas")});
  return out;
}

std::string encode_dir_event(BrokerId broker) { return Json{{"version", 1}, {"broker", broker}, {"event", 1}}.dump(); }
BrokerId decode_dir_event(std::string_view data) {
  const auto json = object(data);
  return json ? json->value("broker", protocol::kNoBroker) : protocol::kNoBroker;
}

std::string encode(const ProducerIdBlock& block) {
  return Json{{"version", 1},
              {"broker", block.broker},
              {"block_start", std::to_string(block.start)},
              {"block_end", std::to_string(block.end)}}
      .dump();
}
ProducerIdBlock decode_producer_ids(std::string_view data) {
  const auto json = object(data);
  if (!json) return {};
  return {json->value("broker", protocol::kNoBroker), number(json->value("block_start", "0")),
          number(json->value("block_end", "-1"))};
}

}  // namespace kafkascope::controller::znode
