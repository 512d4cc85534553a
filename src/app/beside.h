// The run that is shown, or compared, beside the player's own: a copy of a kept run, moved to the player's moment. The
// kept run itself does not move.
#pragma once
#include <chrono>
#include <optional>

#include "app/run.h"
#include "observe/model/snapshot_builder.h"
#include "observe/time/divergence.h"

namespace kafkascope::app {

/// See MetricsBuilder::sent and observe::producer_metrics.
std::vector<observe::Metric> producers_of(const scenario::Session& run, const observe::MetricsBuilder& metrics);

class Beside {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  explicit Beside(const Run& of);

  /// Whether this is a copy of that run in its present state.
  bool copies(const Run& run) const;
  /// Whether the copy is at t, or has ended before t and cannot move any further.
  bool stands_at(sim::Instant t) const { return timeline_.run().now() == t || (ended_ && timeline_.run().now() < t); }
  /// Moves towards t. Returns false when the time is up.
  bool follow(sim::Instant t, Deadline deadline);
  /// Looks for the first divergence from the shown run, which is at the same moment, for a few milliseconds.
  void look_for_divergence(const scenario::Session& shown);
  /// Whether that search has come up to the present moment.
  bool searched() const { return searched_; }

  scenario::Session& session() { return timeline_.run(); }
  const SessionTimeline& timeline() const { return timeline_; }
  sim::Instant now() const { return timeline_.run().now(); }
  /// Restarts the search: the shown run was replaced or changed.
  void look_again() {
    search_ = {};
    searched_ = false;
  }
  /// `a` is the run shown; nullopt: none so far.
  std::optional<observe::Parting> divergence() const { return search_.found(); }
  /// How long the copy's partitions have had no leader so far (observe::LeaderlessTime).
  std::int64_t leaderless_us() {
    metrics_.follow(timeline_.run().observation().trace(), timeline_.run().cluster());
    return metrics_.leaderless_us(now().us);
  }
  /// What the copy's producers have sent, and how long they wait; the metrics must have been followed to this moment.
  std::vector<observe::Metric> producers() const { return producers_of(timeline_.run(), metrics_); }
  /// The run's snapshot at its present moment, with the metrics' values at `before`. `of_node`: with the selected
  /// node's metrics instead of the cluster's.
  observe::Snapshot picture(const observe::SnapshotOptions& options, sim::Instant before, bool of_node);

 private:
  int run_;
  std::size_t acts_;
  ScenarioPtr scenario_;
  SessionTimeline timeline_;
  observe::MetricsBuilder metrics_;
  observe::FirstDivergence search_;
  bool ended_ = false;
  bool searched_ = false;
};

}  // namespace kafkascope::app
