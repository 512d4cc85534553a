// One run being watched, with the user's position in it. A value: a detour, another seed or an abandoned future is a
// Run that is kept, and showing it is a swap.
#pragma once
#include <algorithm>
#include <memory>

#include "app/lag_history.h"
#include "app/lesson_flow.h"
#include "app/log_model.h"
#include "app/node_metrics.h"
#include "app/owner_history.h"
#include "app/recent_trace.h"
#include "app/space_time_model.h"
#include "app/timeline_model.h"
#include "observe/model/cluster_metrics.h"
#include "observe/time/timeline.h"
#include "scenario/load.h"
#include "scenario/session.h"
#include "ui/models.h"

namespace kafkascope::app {

using SessionTimeline = NodeMetrics::Timeline;
using ScenarioPtr = std::shared_ptr<const scenario::Scenario>;

struct Run {
  explicit Run(ScenarioPtr s) : scenario(std::move(s)), timeline(scenario::Session(scenario, true)), flow(*scenario) {}
  Run(ScenarioPtr s, SessionTimeline t, LessonFlow f)
      : scenario(std::move(s)), timeline(std::move(t)), flow(std::move(f)) {}

  int id = 0;
  ui::RunKind kind = ui::RunKind::Script;
  int parent = -1;           // the run that Return shows
  int origin = -1;           // the former parent, to compare with: the script continues here, and there is no Return
  int with = -1;             // the shown run whose act, repeated in the twin, created this run
  bool setting = false;      // a Try made by changing a setting by hand: the script continues in it
  bool beside_only = false;  // created only to be shown beside another run; no acts of its own
  bool of_lesson = false;    // opened by the lesson itself (view.beside), not by the user
  ui::Words name;            // empty: derived from its acts
  sim::Instant from{0};      // time at which it left its parent
  ScenarioPtr scenario;
  scenario::LoadOptions options;  // the options with which the file was loaded
  SessionTimeline timeline;
  LessonFlow flow;
  TimelineBuilder lanes;
  SpaceTimeBuilder space;
  observe::MetricsBuilder metrics;
  NodeMetrics node_metrics;
  LagHistory lag_history;
  RecentTrace recent;
  OwnerHistory owner_history;
  LogBuilder log;
  bool free = false;                 // free play: no narration, no stops
  bool past_end = false;             // the script's end has been passed, and it continues
  std::int64_t speed_ppm = kByView;  // chosen by hand
  static constexpr std::int64_t kByView = -2;
  bool adapts() const { return speed_ppm == kByView; }
  /// Whether silences are looked for: not event by event, nor as fast as possible.
  bool watches() const { return adapts() || speed_ppm > 0; }
  sim::Instant waits_at{0};  // the position of a restored run, until it is moved there

  scenario::Session& session() { return timeline.run(); }
  const scenario::Session& session() const { return timeline.run(); }
  sim::Instant now() const { return timeline.run().now(); }
  sim::Instant stands_at() const { return std::max(now(), waits_at); }
  /// Whether it differs from the file.
  bool is_own() const { return kind != ui::RunKind::Script || !timeline.commands().empty(); }
  /// Moves everything that is derived from the run to the run's present moment.
  void follow();
  /// The past has changed: everything derived from it is read again.
  void read_again();
  bool left_script() const { return timeline.run().script_suspended(); }
};

/// Whether `run` is a changed copy of `other`; `other` is then world A of a comparison.
inline bool came_from(const Run& run, const Run& other) {
  return other.id == (run.parent >= 0 ? run.parent : run.origin);
}

}  // namespace kafkascope::app
