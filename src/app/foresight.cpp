#include "app/foresight.h"

#include <algorithm>

namespace kafkascope::app {

namespace {

constexpr std::chrono::seconds kMost{3};  // of computing time: the largest scenarios take minutes

/// Whether the step is on the timeline and waits for an event, so that its time is not in the file.
bool waits(const scenario::Scenario& scenario, std::size_t i) {
  const scenario::Step& s = scenario.steps[i];
  return s.trigger != scenario::Step::Trigger::At && (s.say || s.ask || s.command);
}

}  // namespace

bool Foresight::of(const Run& run) const {
  return scenario_ == run.scenario && acts_ == run.timeline.commands().size();
}

void Foresight::begin(const Run& run) {
  scenario_ = run.scenario;
  acts_ = run.timeline.commands().size();
  at_.assign(scenario_->steps.size(), -1);
  ahead_.reset();
  spent_ = {};
  for (std::size_t i = 0; i < at_.size(); ++i)
    if (waits(*scenario_, i) && !run.session().step_results()[i].happened) {
      ahead_.emplace(run.session());
      return;
    }
}

bool Foresight::look(const Run& run, Clock::time_point deadline) {
  if (run.free || run.left_script()) {
    ahead_.reset();
    return false;
  }
  if (!of(run)) begin(run);
  if (!ahead_) return false;
  const auto started = Clock::now();
  bool found = false, more = true;
  for (std::uint64_t n = 1; more && (n % 64 != 0 || Clock::now() < deadline); ++n) more = ahead_->step(ahead_->until());
  spent_ += Clock::now() - started;
  bool all = true;
  for (std::size_t i = 0; i < at_.size(); ++i) {
    const scenario::StepResult& result = ahead_->step_results()[i];
    if (at_[i] < 0 && result.happened) at_[i] = result.at.us, found = found || waits(*scenario_, i);
    all = all && (at_[i] >= 0 || !waits(*scenario_, i));
  }
  if (all || !more || spent_ > kMost) ahead_.reset();
  return found;
}

std::optional<sim::Instant> Foresight::time_of(const Run& run, std::size_t step) const {
  const scenario::Step& s = run.scenario->steps[step];
  if (s.trigger == scenario::Step::Trigger::At) return s.at;
  if (!of(run) || run.left_script() || at_[step] < 0) return std::nullopt;
  return sim::Instant{at_[step]};
}

void Foresight::put(const Run& run, ui::LessonModel& lesson) const {
  if (!of(run) || run.left_script()) return;
  const std::vector<int>& visible = run.flow.visible_steps();
  for (std::size_t k = 0; k < std::min(lesson.steps.size(), visible.size()); ++k)
    if (lesson.steps[k].at_us < 0) lesson.steps[k].foreseen_us = at_[static_cast<std::size_t>(visible[k])];
}

}  // namespace kafkascope::app
