// Legal uses of clients that are probably unintended: a partition that does not exist, one id for groups of two kinds, a transform that
// reads its own output, or that processes uncommitted records.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cluster/acts.h"
#include "scenario/reading.h"

namespace kafkascope::scenario {

namespace {

using cluster::ClientKind;
using cluster::ClientSpec;

struct Uses {
  Reading& reading;
  const Node& document;
  const Scenario& scenario;

  const ClientSpec* client(std::string_view id) const {
    const auto& all = scenario.cluster.clients;
    const auto at = std::find_if(all.begin(), all.end(), [&](const ClientSpec& c) { return c.id == id; });
    return at == all.end() ? nullptr : &*at;
  }

  /// At the client's field, or at the client if the field is absent. `field`: "topic", or "config/group.id".
  void at_client(const ClientSpec& spec, std::string_view field, Message message, Message remedy) const {
    const Node* list = document.find("clients");
    if (list == nullptr || !list->is_array()) return;
    const Path root, clients(root, "clients");
    for (std::size_t i = 0; i < list->items().size(); ++i) {
      const Node& node = list->items()[i];
      const Node* id = node.is_object() ? node.find("id") : nullptr;
      if (id == nullptr || !id->is_string() || id->text() != spec.id) continue;
      const Path one(clients, i), config(one, "config");
      const Node* value = node.find(field);
      if (value != nullptr)
        return reading.report.warning(*value, Path(one, field), std::move(message), std::move(remedy));
      const Node* settings = node.find("config");
      value = settings != nullptr && settings->is_object() ? settings->find(field) : nullptr;
      if (value != nullptr)
        return reading.report.warning(*value, Path(config, field), std::move(message), std::move(remedy));
      return reading.report.warning(node, one, std::move(message), std::move(remedy));
    }
  }

  bool expected(const std::string& path) const {
    const auto is_it = [&](const Expectation& e) { return e.path.starts_with(path); };
    return std::any_of(scenario.expect.begin(), scenario.expect.end(), is_it) ||
           std::any_of(scenario.steps.begin(), scenario.steps.end(),
                       [&](const Step& step) { return step.expect && is_it(*step.expect); });
  }

  /// KafkaProducer.waitOnMetadata waits for the partition until max.block.ms. A record that names its topic is checked
  /// where it is read.
  void missing_partitions() const {
    const Node* list = document.find("steps");
    if (list == nullptr || !list->is_array()) return;
    const Path root, steps(root, "steps");
    for (const Step& step : scenario.steps) {
      if (!step.command || step.command->verb != cluster::Verb::Produce || !step.command->node ||
          step.command->node->kind != cluster::NodeRef::Kind::Name || step.index < 0 ||
          static_cast<std::size_t>(step.index) >= list->items().size())
        continue;
      const ClientSpec* spec = client(step.command->node->name);
      if (spec == nullptr || expected(fmt::format("/clients/{}/e", spec->id))) continue;  // errors, exception
      const auto topic = reading.names.topics.find(spec->topic);
      if (topic == reading.names.topics.end() || topic->second.partitions < 0) continue;
      const auto index = static_cast<std::size_t>(step.index);
      const Path one(steps, index), records(one, "records");
      const Node* written = list->items()[index].find("records");
      const auto& sent = step.command->get<cluster::act::Produce>().records;
      for (std::size_t i = 0; i < sent.size(); ++i) {
        const cluster::RecordSpec& record = sent[i];
        if (!record.topic.empty() || record.partition.value_or(0) < topic->second.partitions) continue;
        const Path here(records, i);
        const bool there = written != nullptr && written->is_array() && i < written->items().size();
        const Node* partition = there ? written->items()[i].find("partition") : nullptr;
        reading.report.warning(
            partition != nullptr ? *partition : list->items()[index], Path(here, "partition"),
            Message("problem.waits_for_partition"_w,
                    {{"topic", in_quotes(spec->topic)}, {"partition", *record.partition}}),
            Message("remedy.partition_from_to"_w,
                    {{"to", topic->second.partitions - 1}, {"path", fmt::format("/clients/{}/exception", spec->id)}}));
      }
    }
  }

  /// GroupMetadataManager: the id belongs to the kind of group that came first; the others are refused.
  void groups_of_two_kinds() const {
    std::map<std::string, const ClientSpec*> first;
    for (const ClientSpec& spec : scenario.cluster.clients) {
      const bool shares = spec.kind == ClientKind::ShareConsumer;
      if (!shares && spec.kind != ClientKind::Consumer && spec.kind != ClientKind::Transform) continue;
      const std::string group = spec.config.text("group.id");
      if (group.empty() || (!shares && spec.topics.empty())) continue;
      const auto [at, fresh] = first.try_emplace(group, &spec);
      if (fresh || (at->second->kind == ClientKind::ShareConsumer) == shares) continue;
      at_client(
          spec, "group.id",
          Message("problem.group_of_two_kinds"_w,
                  {{"group", in_quotes(group)}, {"one", in_quotes(at->second->id)}, {"other", in_quotes(spec.id)}}),
          "remedy.own_group_id"_w);
    }
  }

  bool reads(const ClientSpec& spec, const std::string& topic) const {
    return std::find(spec.topics.begin(), spec.topics.end(), topic) != spec.topics.end();
  }

  void transforms() const {
    for (const ClientSpec& spec : scenario.cluster.clients) {
      if (spec.kind != ClientKind::Transform) continue;
      if (!spec.topic.empty() && reads(spec, spec.topic))
        at_client(
            spec, "topic",
            Message("problem.reads_its_output"_w, {{"client", in_quotes(spec.id)}, {"topic", in_quotes(spec.topic)}}),
            "remedy.another_output_topic"_w);
      if (spec.config.text("transactional.id").empty() || spec.config.text("isolation.level") == "read_committed")
        continue;
      for (const ClientSpec& writer : scenario.cluster.clients) {
        if (writer.id == spec.id || writer.topic.empty() || !reads(spec, writer.topic) ||
            (writer.kind != ClientKind::Producer && writer.kind != ClientKind::Transform) ||
            writer.config.text("transactional.id").empty())
          continue;
        at_client(spec, "isolation.level",
                  Message("problem.reads_uncommitted"_w, {{"client", in_quotes(spec.id)},
                                                          {"topic", in_quotes(writer.topic)},
                                                          {"writer", in_quotes(writer.id)}}),
                  example(R"("config": {"isolation.level": "read_committed"})"));
        break;
      }
    }
  }
};

}  // namespace

void warn_about_uses(Reading& reading, const Node& document, const Scenario& scenario) {
  const Uses uses{reading, document, scenario};
  uses.missing_partitions();
  uses.groups_of_two_kinds();
  uses.transforms();
}

}  // namespace kafkascope::scenario
