// The settings of the object that a snapshot inspects, and the values of one setting in all of the cluster.
#include <algorithm>

#include "broker/broker.h"
#include "client/consumer.h"
#include "client/idempotence.h"
#include "client/producer.h"
#include "client/share_consumer.h"
#include "client/transform.h"
#include "observe/model/setting_here.h"
#include "observe/model/snapshot_parts.h"
#include "observe/node_config.h"
#include "observe/words/both.h"
#include "words/key.h"
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
    if (d.name == "acks") e.value = client::acks_in_effect(*config);
    if (d.name == "enable.idempotence" && !config->text("transactional.id").empty()) e.value = "true";
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

namespace kafkascope::observe {

namespace {

using protocol::Config;
using protocol::ConfigDefinition;
namespace scope = protocol::config_scope;

/// One row of the table of settings, looked up in the whole cluster.
struct SettingRow {
  const cluster::Cluster& c;
  const ConfigDefinition& d;
  std::string key;
  SettingHere& here;

  void add(const std::string& value, const std::string& of) {
    const std::string_view usual = d.default_for(c.spec().kafka);
    const bool is_default = value == (usual == protocol::kConfigNull ? "" : usual);
    auto same = std::find_if(here.values.begin(), here.values.end(), [&](const SettingHere::Value& known) {
      return known.value == value && known.is_default == is_default;
    });
    if (same == here.values.end()) same = here.values.insert(same, {value, is_default, {}});
    if (std::find(same->of.begin(), same->of.end(), of) == same->of.end()) same->of.push_back(of);
  }
  /// Whether this row is the one that `config` reads for the key: fetch.max.bytes has one for brokers, one for
  /// consumers.
  bool is_of(const Config& config) const { return protocol::find_config(key, config.scopes(), config.version()) == &d; }
};

void add_node(SettingRow& s, sim::NodeId node) {
  const cluster::NodeInfo& info = s.c.info(node);
  if (info.client >= 0) {
    const Config& config = snapshot_parts::client_config(s.c, node);
    if (s.is_of(config)) s.add(config.text(s.key), info.name);
  } else if (info.kind == cluster::NodeKind::Broker) {
    if ((s.d.scopes & scope::kBroker) != 0) s.add(server_config(s.c, node).text(s.key), info.name);
  } else if (info.kind == cluster::NodeKind::Controller) {
    // A setting that both brokers and controllers read is listed only with the brokers.
    if ((s.d.scopes & scope::kServer) == scope::kController) s.add(s.c.spec().config.text(s.key), info.name);
  }
}

/// A topic's own settings. A setting that the topic leaves to its brokers is listed with the brokers.
void add_topics(SettingRow& s) {
  const auto& all = s.c.committed();
  for (const protocol::TopicImage& topic : all.topics()) {
    if (topic.removed) continue;
    const auto& own = all.config("topic:" + topic.name);
    if (const auto set = own.find(s.key); set != own.end()) s.add(set->second, topic.name);
    else if ((s.d.scopes & scope::kBroker) == 0 && !topic.name.starts_with("__")) {
      for (std::size_t i = 0; i < s.c.nodes().size(); ++i) {
        const sim::NodeId node{static_cast<std::int32_t>(i)};
        if (s.c.info(node).kind != cluster::NodeKind::Broker) continue;
        s.add(Config(scope::kTopic, s.c.spec().kafka).topic_over(server_config(s.c, node)).text(s.key), topic.name);
      }
    }
  }
}

/// The settings of the client's group; the group is known from its members.
void add_group(SettingRow& s, sim::NodeId node) {
  if (s.c.info(node).client < 0) return;
  const Config& config = snapshot_parts::client_config(s.c, node);
  if (!config.explicitly("group.id")) return;
  const std::string group = config.text("group.id");
  const auto& own = s.c.committed().config("group:" + group);
  if (const auto set = own.find(s.key); set != own.end()) s.add(set->second, group);
}

}  // namespace

SettingHere setting_here(const cluster::Cluster& c, std::string_view key) {
  SettingHere here{std::string(key), {}};
  for (const ConfigDefinition& d : protocol::config_definitions()) {
    if (d.words() != words::Key(key) || !d.modelled || !d.known_in(c.spec().kafka)) continue;
    SettingRow row{c, d, std::string(d.name), here};
    const auto each_node = [&](void (*act)(SettingRow&, sim::NodeId)) {
      for (std::size_t i = 0; i < c.nodes().size(); ++i) act(row, sim::NodeId{static_cast<std::int32_t>(i)});
    };
    each_node(add_node);
    if ((d.scopes & scope::kTopic) != 0) add_topics(row);
    if ((d.scopes & scope::kGroup) != 0) each_node(add_group);
  }
  return here;
}

}  // namespace kafkascope::observe
