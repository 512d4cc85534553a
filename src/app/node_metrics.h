// The metrics of one broker or controller (observe/model/mbeans.h) for the dashboard: now, at an earlier moment, and
// over time. Nothing is recorded during a run: the values over time are read from the timeline's checkpoints, and the
// earlier moment is executed again.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "observe/model/snapshot.h"
#include "observe/time/timeline.h"
#include "scenario/session.h"

namespace kafkascope::app {

class NodeMetrics {
 public:
  using Timeline = observe::Timeline<scenario::Session, std::vector<scenario::HandCommand>>;

  /// Replaces the cluster's metrics with the node's; keeps them if the node has none, or is not running.
  void add(observe::Snapshot& snapshot, const Timeline& timeline, const std::string& node, sim::Instant before);
  /// Whether the node has metrics and runs.
  static bool reports(const scenario::Session& session, const std::string& node);
  /// The past was changed.
  void restart() { *this = {}; }

 private:
  using Values = std::vector<std::pair<std::string, double>>;  // by name
  static Values values(const scenario::Session& session, const std::string& node);
  // The values at `before_`, which is constant while a step is shown.
  std::string node_;
  sim::Instant before_{-1};
  Values values_before_;
};

}  // namespace kafkascope::app
