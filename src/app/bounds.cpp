#include "app/bounds.h"

#include <string>

#include "cluster/acts.h"
#include "scenario/scenario.h"
#include "ui/strings.h"

namespace kafkascope::app {

namespace {

ui::Words too_many(words::Key what, std::int64_t has, std::int64_t most) {
  return ui::both(what, {{"has", std::to_string(has)}, {"most", std::to_string(most)}});
}

}  // namespace

void Size::add(const cluster::Command& act) {
  if (const auto* created = act.get_if<cluster::act::CreateTopic>())
    replicas += std::int64_t{created->partition_count.value_or(0)} * created->replication_factor.value_or(1);
  if (const auto* added = act.get_if<cluster::act::AddPartitions>()) replicas += added->partition_count.value_or(0);
  nodes += act.verb == cluster::Verb::AddBroker || act.verb == cluster::Verb::AddClient;
}

Size size_of(const scenario::Scenario& s) {
  const cluster::ClusterSpec& c = s.cluster;
  Size size;
  for (const cluster::TopicSpec& topic : c.topics)
    size.replicas += std::int64_t{topic.partitions} * topic.replication_factor;
  for (const auto& [partitions, factor] :
       {std::pair{"offsets.topic.num.partitions", "offsets.topic.replication.factor"},
        {"share.coordinator.state.topic.num.partitions", "share.coordinator.state.topic.replication.factor"}})
    if (c.config.explicitly(partitions)) size.replicas += c.config.number(partitions) * c.config.number(factor);
  size.nodes = static_cast<std::int64_t>(c.brokers.size() + c.clients.size());
  size.nodes += c.metadata == cluster::MetadataKind::KRaft ? c.controllers : c.zookeepers;
  for (const scenario::Step& step : s.steps)
    if (step.command) size.add(*step.command);
  return size;
}

std::optional<ui::Words> too_large(const Size& size, const Bounds& bounds) {
  const auto beyond = [](std::int64_t bound, std::int64_t has) { return bound != 0 && has > bound; };
  if (beyond(bounds.replicas, size.replicas))
    return too_many("app.too_many_replicas"_w, size.replicas, bounds.replicas);
  if (beyond(bounds.nodes, size.nodes)) return too_many("app.too_many_nodes"_w, size.nodes, bounds.nodes);
  return std::nullopt;
}

std::optional<ui::Words> too_large(const scenario::Scenario& s, const Bounds& bounds) {
  return too_large(size_of(s), bounds);
}

}  // namespace kafkascope::app
