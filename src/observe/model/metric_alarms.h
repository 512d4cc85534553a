// The thresholds of metrics. Some stand in Kafka's documentation; others depend on the cluster, so that they come from what
// was usual in this run. They follow from the metric and its history alone.
#pragma once
#include <cstdint>
#include <optional>

#include "observe/model/snapshot.h"
#include "words/message.h"

namespace kafkascope::observe {

struct Alarm {
  enum class When : std::uint8_t { Above, Below, Other };
  double at = 0;
  When when = When::Above;
  words::Message words;  // "alarm: above 0"
  words::Message basis;  // where the number comes from
};

/// The metric's threshold; nullopt: it has none, or nothing was usual yet. `of_cluster`: the sum of all nodes, of which
/// one is the active controller.
std::optional<Alarm> alarm_of(const Metric& m, bool of_cluster);
/// The words of the threshold that the metric is beyond now; empty: it is within, or has none.
Words beyond_threshold(const Metric& m, bool of_cluster);

}  // namespace kafkascope::observe
