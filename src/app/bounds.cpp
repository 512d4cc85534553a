#include "app/bounds.h"

#include <fmt/format.h>

namespace kafkascope::app {

namespace {

ui::Words words(std::int64_t has, const char* what, const char* what_ko, std::int64_t most) {
  return {fmt::format("This scenario has {} {}; a page opens one with {} at most. The program for the desktop opens it",
                      has, what, most),
          fmt::format(
              "이 시나리오에는 {}가 {}개 있어요. 웹 페이지에서는 {}개까지 열 수 있어요. 데스크톱 프로그램으로 여세요",
              what_ko, has, most)};
}

}  // namespace

std::optional<ui::Words> too_large(const scenario::Scenario& s, const Bounds& bounds) {
  std::int64_t replicas = 0;
  for (const cluster::TopicSpec& topic : s.cluster.topics)
    replicas += std::int64_t{topic.partitions} * topic.replication_factor;
  for (const auto& [partitions, factor] :
       {std::pair{"offsets.topic.num.partitions", "offsets.topic.replication.factor"},
        {"share.coordinator.state.topic.num.partitions", "share.coordinator.state.topic.replication.factor"}})
    if (s.cluster.config.explicitly(partitions))
      replicas += s.cluster.config.number(partitions) * s.cluster.config.number(factor);
  for (const scenario::Step& step : s.steps)
    if (step.command && step.command->partition_count)
      replicas += std::int64_t{*step.command->partition_count} * step.command->replication_factor.value_or(1);
  const cluster::ClusterSpec& c = s.cluster;
  auto nodes = static_cast<std::int64_t>(c.brokers.size() + c.clients.size());
  nodes += c.metadata == cluster::MetadataKind::KRaft ? c.controllers : c.zookeepers;
  for (const scenario::Step& step : s.steps) nodes += step.command && step.command->verb == cluster::Verb::AddBroker;
  const auto beyond = [](std::int64_t bound, std::int64_t has) { return bound != 0 && has > bound; };
  if (beyond(bounds.replicas, replicas)) return words(replicas, "replicas", "레플리카", bounds.replicas);
  if (beyond(bounds.nodes, nodes)) return words(nodes, "nodes", "노드", bounds.nodes);
  return std::nullopt;
}

}  // namespace kafkascope::app
