#include "app/bounds.h"

#include <fmt/format.h>

namespace kafkascope::app {

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
  if (bounds.replicas == 0 || replicas <= bounds.replicas) return std::nullopt;
  return ui::Words{
      fmt::format(
          "This scenario has {} replicas; a page opens one with {} at most. The program for the desktop opens it",
          replicas, bounds.replicas),
      fmt::format(
          "이 시나리오에는 레플리카가 {}개 있어요. 웹 페이지에서는 {}개까지 열 수 있어요. 데스크톱 프로그램으로 여세요",
          replicas, bounds.replicas)};
}

}  // namespace kafkascope::app
