// The names that an act may use.
#include "scenario/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "cluster/cluster.h"
#include "observe/model/state_sections.h"
#include "scenario/reading.h"

namespace kafkascope::scenario {

void collect_created(Reading& reading, const Node* steps) {
  if (steps == nullptr || !steps->is_array()) return;
  for (const Node& step : steps->items()) {
    if (!step.is_object()) continue;
    const Node* act = step.find("do");
    if (act == nullptr || !act->is_string()) continue;
    const Node* topic = step.find("topic");
    if (topic != nullptr && topic->is_string() && (act->text() == "create_topic" || act->text() == "add_partitions")) {
      const Node* partitions = step.find("partitions");
      auto& known = reading.names.topics[topic->text()];
      // A topic that was deleted and created again may have any number of partitions.
      if (partitions == nullptr || !partitions->is_integer()) known.partitions = -1;
      else if (known.partitions >= 0)
        known.partitions = static_cast<std::int32_t>(
            std::max<std::int64_t>(known.partitions, std::min<std::int64_t>(partitions->integer(), kMostPartitions)));
    }
    const Node* id = step.find("id");
    if (act->text() == "add_broker" && id != nullptr && id->is_integer() && id->integer() >= 0 &&
        id->integer() < cluster::kFirstControllerId) {
      // An id that is already used means a second process, broker-2#2.
      const auto number = static_cast<std::int32_t>(id->integer());
      auto& known = reading.names.broker_ids;
      const auto before = std::count(known.begin(), known.end(), number);
      known.push_back(number);
      reading.names.add_node(cluster::broker_name(number) + (before == 0 ? "" : fmt::format("#{}", before + 1)));
    }
    if (act->text() == "configure") {
      const Node* group = step.find("group");
      if (group != nullptr && group->is_string()) reading.names.groups.push_back(group->text());
    }
    if (act->text() == "terminate_transaction")  // an unknown id is created
      if (const Node* id = step.find("transactional_id"); id != nullptr && id->is_string())
        reading.names.transactional_ids.insert(id->text());
    // A restart may give the client another group.id or transactional.id than the file does.
    const Node* config = step.find("config");
    const Node* joined = config != nullptr && config->is_object() ? config->find("group.id") : nullptr;
    if (joined != nullptr && joined->is_string()) reading.names.groups.push_back(joined->text());
    const Node* writes = config != nullptr && config->is_object() ? config->find("transactional.id") : nullptr;
    if (writes != nullptr && writes->is_string()) {
      reading.names.transactional_ids.insert(writes->text());
      if (const Node* node = step.find("node"); node != nullptr && node->is_string())
        reading.names.transactional.insert(node->text());
    }
  }
}

void collect_added(Reading& reading, const Node* steps, const Path& path) {
  if (steps == nullptr || !steps->is_array()) return;
  for (std::size_t i = 0; i < steps->items().size() && !reading.report.full(); ++i) {
    const Node& step = steps->items()[i];
    const Node* act = step.is_object() ? step.find("do") : nullptr;
    const Node* client =
        act != nullptr && act->is_string() && act->text() == "add_client" ? step.find("client") : nullptr;
    if (client == nullptr) continue;
    const Node* only = step.find("only");
    const bool mine = only == nullptr || !only->is_array() ||
                      std::any_of(only->items().begin(), only->items().end(),
                                  [&](const Node& id) { return id.is_string() && id.text() == reading.variant; });
    const Path here(path, i);
    if (mine) read_added_client(reading, *client, Path(here, "client"));
  }
}

void note_transactional(Names& names, const cluster::ClientSpec& client) {
  if (!client.config.explicitly("transactional.id")) return;
  names.transactional_ids.insert(client.config.text("transactional.id"));
  names.transactional.insert(client.id);
}

void add_world(Names& names, const cluster::Cluster& cluster) {
  for (const cluster::NodeInfo& node : cluster.nodes()) {
    if (node.client >= 0) {
      const cluster::ClientSpec& client = cluster.spec().clients[static_cast<std::size_t>(node.client)];
      names.clients.try_emplace(node.name, Names::Client{client.kind, !client.topic.empty(), true});
      note_transactional(names, client);
      continue;
    }
    if (node.kind == cluster::NodeKind::Admin || names.has_node(node.name)) continue;
    names.add_node(node.name);
    if (node.kind == cluster::NodeKind::Broker) names.broker_ids.push_back(node.id);
  }
  for (const protocol::TopicImage& topic : cluster.committed().topics()) {
    if (topic.removed || topic.name.starts_with("__")) continue;
    auto& known = names.topics.try_emplace(topic.name, Names::Topic{-1, false}).first->second;
    // A topic that was deleted may have been auto-created again with more partitions.
    if (known.partitions >= 0)
      known.partitions = std::max(known.partitions, static_cast<std::int32_t>(topic.partitions.size()));
  }
  for (std::string& group : observe::group_ids(cluster)) names.groups.push_back(std::move(group));
  names.sort();
}

}  // namespace kafkascope::scenario
