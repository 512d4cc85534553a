// One run being watched, with where a person stands in it. A value: a detour, another seed, an abandoned future are each a Run that
// is kept beside, and going there is a swap.
#pragma once
#include <algorithm>
#include <memory>

#include "app/lag_history.h"
#include "app/lesson_flow.h"
#include "app/log_model.h"
#include "app/metrics_model.h"
#include "app/node_metrics.h"
#include "app/timeline_model.h"
#include "observe/timeline.h"
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
  int parent = -1;       // where Return goes
  int origin = -1;       // what it is compared with once there is no Return: the script goes on with what was done
  bool setting = false;  // a Try in which a setting was changed by hand: the script goes on in it
  ui::Words name;        // empty: by what was done in it
  sim::Instant from{0};  // where it left its parent
  ScenarioPtr scenario;
  scenario::LoadOptions options;  // with which the file became this scenario
  SessionTimeline timeline;
  LessonFlow flow;
  TimelineBuilder lanes;
  MetricsBuilder metrics;
  NodeMetrics node_metrics;
  LagHistory lag_history;
  LogBuilder log;
  bool free = false;                 // nothing is told, nothing stops
  bool past_end = false;             // the end of the script has been passed: it runs on
  std::int64_t speed_ppm = kByView;  // chosen by hand
  static constexpr std::int64_t kByView = -2;
  sim::Instant waits_at{0};  // brought back, and not gone to yet: where it stood

  scenario::Session& session() { return timeline.run(); }
  const scenario::Session& session() const { return timeline.run(); }
  sim::Instant now() const { return timeline.run().now(); }
  sim::Instant stands_at() const { return std::max(now(), waits_at); }
  bool left_script() const { return timeline.run().script_suspended(); }
};

}  // namespace kafkascope::app
