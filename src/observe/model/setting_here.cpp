// The values of one setting in all of the cluster.
#include "observe/model/setting_here.h"

#include <algorithm>

#include "observe/model/snapshot_parts.h"
#include "observe/node_config.h"
#include "words/key.h"

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
