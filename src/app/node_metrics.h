// The metrics of one broker or controller (observe/mbeans.h) for the dashboard: now, at an earlier moment, and their course. Nothing is
// recorded for it while a run goes on: the course is read from the timeline's checkpoints, the earlier moment is executed again.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "observe/snapshot.h"
#include "observe/timeline.h"
#include "scenario/session.h"

namespace kafkascope::app {

class NodeMetrics {
 public:
  using Timeline = observe::Timeline<scenario::Session, std::vector<scenario::HandCommand>>;

  /// Puts them in the place of the whole cluster's, which stay if nobody of that name has metrics, or it does not run.
  void add(observe::Snapshot& snapshot, const Timeline& timeline, const std::string& node, sim::Instant before);
  /// The past was changed.
  void restart() { *this = {}; }

 private:
  using Values = std::vector<std::pair<std::string, double>>;  // by name
  static Values values(const scenario::Session& session, const std::string& node);
  // As of `before_`, which stays the same for as long as a step is told.
  std::string node_;
  sim::Instant before_{-1};
  Values values_before_;
};

}  // namespace kafkascope::app
