#include "app/bounds.h"

#include <fmt/format.h>

namespace kafkascope::app {

namespace {

ui::Words words(std::int64_t has, const char* what, const char* what_ko, std::int64_t most) {
  return {
      fmt::format("This scenario has {} {}; a page opens one with {} at most. The program for the desktop opens it",
                  has, what, most),
      fmt::format("이 시나리오에는 {} {}개 있어요. 웹 페이지에서는 {}개까지 열 수 있어요. 데스크톱 프로그램으로 여세요",
                  what_ko, has, most)};
}

}  // namespace

void Size::add(const cluster::Command& act) {
  if (act.partition_count) replicas += std::int64_t{*act.partition_count} * act.replication_factor.value_or(1);
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
  if (beyond(bounds.replicas, size.replicas)) return words(size.replicas, "replicas", "복제본이", bounds.replicas);
  if (beyond(bounds.nodes, size.nodes)) return words(size.nodes, "nodes", "노드가", bounds.nodes);
  return std::nullopt;
}

std::optional<ui::Words> too_large(const scenario::Scenario& s, const Bounds& bounds) {
  return too_large(size_of(s), bounds);
}

}  // namespace kafkascope::app
