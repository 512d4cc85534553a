// The settings of the object that a snapshot inspects.
#include <algorithm>

#include "broker/broker.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "client/share_consumer.h"
#include "client/transform.h"
#include "observe/model/snapshot_parts.h"
#include "observe/node_config.h"
#include "observe/words/both.h"
#include "zookeeper/server.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

/// The timing settings of zoo.cfg; an ensemble has no Kafka keys.
void inspect_server(const cluster::Cluster& c, sim::NodeId node, Snapshot& s) {
  const zookeeper::ServerOptions& now = c.zookeeper_server(node).options();
  const zookeeper::ServerOptions usual;
  const auto add = [&](const char* key, std::int64_t zookeeper::ServerOptions::*value, words::Key doc) {
    ConfigEntry e;
    e.key = key;
    e.value = std::to_string(now.*value);
    e.default_value = std::to_string(usual.*value);
    e.source = c.spec().zookeeper_config.contains(key) ? ConfigSource::Scenario : ConfigSource::Default;
    e.doc = both(doc);
    s.inspected.config.push_back(std::move(e));
  };
  using Options = zookeeper::ServerOptions;
  add("tickTime", &Options::tick_time_ms, "zookeeper.tick_time"_w);
  add("initLimit", &Options::init_limit, "zookeeper.init_limit"_w);
  add("syncLimit", &Options::sync_limit, "zookeeper.sync_limit"_w);
  add("minSessionTimeout", &Options::min_session_timeout_ms, "zookeeper.min_session_timeout"_w);
  add("maxSessionTimeout", &Options::max_session_timeout_ms, "zookeeper.max_session_timeout"_w);
}

}  // namespace

const protocol::Config& client_config(const cluster::Cluster& c, sim::NodeId node) {
  if (const auto* transform = c.role<client::Transform>(node)) return transform->options().config;
  if (const auto* producer = c.role<client::Producer>(node)) return producer->options().config;
  if (const auto* consumer = c.role<client::Consumer>(node)) return consumer->options().config;
  if (const auto* sharer = c.role<client::ShareConsumer>(node)) return sharer->options().config;
  // This client's configuration does not change during the run, so it is the file's.
  return c.spec().clients[static_cast<std::size_t>(c.info(node).client)].config;
}

void inspect(const cluster::Cluster& c, const std::string& what, Snapshot& s) {
  s.inspected.what = what;
  const sim::NodeId node = c.find(what);
  const protocol::Config *config = nullptr, *of_file = nullptr;
  protocol::ConfigScopes scopes = protocol::config_scope::kBroker;
  // All settings of a topic are in the metadata; the file only shows which of them it declares.
  protocol::Config unset;
  const protocol::Config* topic_of_file = nullptr;
  bool at_start = false;
  std::vector<std::string> live;  // the resources whose settings are in the metadata
  if (node.valid()) {
    const cluster::NodeInfo& info = c.info(node);
    if (info.client >= 0) {
      config = &client_config(c, node);
      scopes = config->scopes();
      of_file = &c.spec().clients[static_cast<std::size_t>(info.client)].config;
      at_start = true;
    } else if (info.kind == cluster::NodeKind::Broker) {
      for (const cluster::BrokerSpec& b : c.spec().brokers)
        if (b.id == info.id) of_file = &b.config;
      config = &c.role<broker::Broker>(node)->options().config;
      at_start = !c.alive(node);
      live = {"broker:", "broker:" + std::to_string(info.id)};
    } else if (info.kind == cluster::NodeKind::ZooKeeper) {
      return inspect_server(c, node, s);
    } else {
      config = &c.spec().config;
      scopes = protocol::config_scope::kController;
    }
  } else if (const auto name = cluster::parse_partition_name(what)) {
    if (c.partition(*name).topic == protocol::kNoTopic) return;
    unset = protocol::Config(protocol::config_scope::kTopic, c.spec().kafka);
    config = &unset;
    for (const cluster::TopicSpec& t : c.spec().topics)
      if (t.name == name->topic) topic_of_file = &t.config;
    scopes = protocol::config_scope::kTopic;
    live = {"topic:" + name->topic};
  }
  if (config == nullptr) return;
  const bool topic = scopes == protocol::config_scope::kTopic;
  for (const protocol::ConfigDefinition& d : protocol::config_definitions()) {
    if ((d.scopes & scopes) == 0 || !d.modelled || !d.known_in(config->version())) continue;
    if (protocol::find_config(d.name, config->scopes(), config->version()) == nullptr) continue;
    ConfigEntry e;
    e.key = std::string(d.name);
    e.value = config->text(d.name);
    e.default_value = std::string(
        d.default_for(config->version()) == protocol::kConfigNull ? "null" : d.default_for(config->version()));
    e.source = config->explicitly(d.name) ? ConfigSource::Scenario : ConfigSource::Default;
    for (const std::string& resource : live) {
      const auto& set = c.committed().config(resource);
      if (const auto it = set.find(e.key); it != set.end() && (topic || it->second != e.value))
        e.value = it->second, e.source = ConfigSource::Live;
    }
    if (of_file != nullptr && of_file->text(d.name) != e.value) e.source = ConfigSource::Live;
    if (e.source == ConfigSource::Live && topic_of_file != nullptr && topic_of_file->explicitly(d.name) &&
        topic_of_file->text(d.name) == e.value)
      e.source = ConfigSource::Scenario;
    e.dynamic = d.dynamic || topic;  // all of a topic's own settings apply at once
    e.at_start = at_start && !e.dynamic;
    e.pending = e.at_start && node.valid() && c.alive(node) && c.info(node).waits_for_start(e.key, c.incarnation(node));
    e.doc = both(d.words());
    s.inspected.config.push_back(std::move(e));
  }
  // Explicit settings come first, the others by name.
  std::stable_partition(s.inspected.config.begin(), s.inspected.config.end(),
                        [](const ConfigEntry& e) { return e.source != ConfigSource::Default; });
}

}  // namespace kafkascope::observe::snapshot_parts
