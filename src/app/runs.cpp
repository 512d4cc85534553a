#include "app/runs.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/acts.h"
#include "scenario/write.h"
#include "ui/strings.h"

namespace kafkascope::app {

namespace {

constexpr std::size_t kMostKept = 12;

ui::Words plain_name_of(const Run& run) {
  if (!run.name.empty()) return run.name;
  const auto acts = run.timeline.commands();
  const ui::Words title = run.scenario->title.empty() ? ui::both("app.the_script"_w) : words(run.scenario->title);
  if (acts.empty()) return title;
  return acts_name(acts, run.session());
}

}  // namespace

Runs::Runs(ScenarioPtr scenario, std::string file, std::string document, scenario::LoadOptions options)
    : shown(std::move(scenario)), file_(std::move(file)), document_(std::move(document)), options_(std::move(options)) {
  options_.variant = shown.scenario->variant;
  shown.options = options_;
}

void Run::follow() {
  flow.on_progress(session());
  lanes.follow(session(), timeline.known());
  log.follow(session());
  metrics.follow(session().observation().trace(), session().cluster());
  lag_history.follow(session());
  recent.follow(session());
  owner_history.follow(session());
}

void Run::read_again() {
  lanes.restart();
  space.restart();
  metrics.restart();
  node_metrics.restart();
  lag_history.restart();
  recent.restart();
  owner_history.restart();
  flow.forget_after(now(), session());
}

void Runs::follow() {
  change();
  shown.follow();
}

Run* Runs::find(int id) {
  const auto it = std::find_if(kept.begin(), kept.end(), [&](const Run& run) { return run.id == id; });
  return it == kept.end() ? nullptr : &*it;
}

void Runs::keep(Run added, int parent) {
  kept.push_back(std::move(added));
  if (kept.size() <= kMostKept) return;
  // Drops the oldest run that no other run returns to.
  const auto needed = [&](const Run& run) {
    return run.id == parent || run.id == 0 || run.id == twin ||
           std::any_of(kept.begin(), kept.end(), [&](const Run& o) { return o.parent == run.id; });
  };
  const auto it = std::find_if_not(kept.begin(), kept.end(), needed);
  if (it != kept.end()) kept.erase(it);
}

ui::Words Runs::name_of(const Run& run) const {
  ui::Words name = plain_name_of(run);
  int same = 1;
  const auto count = [&](const Run& other) { same += other.id < run.id && plain_name_of(other).en == name.en ? 1 : 0; };
  count(shown);
  for (const Run& other : kept) count(other);
  if (same > 1) {
    name.en += fmt::format(" ({})", same);
    name.ko += fmt::format(" ({})", same);
  }
  return name;
}

const Run* Runs::counterpart() const {
  if (const Run* run = beside()) return run;
  const Run* found = nullptr;
  const auto origin = [](const Run& run) { return run.parent >= 0 ? run.parent : run.origin; };
  for (const Run& run : kept) {
    if (run.id == origin(shown)) return &run;
    if (origin(run) == shown.id && run.kind != ui::RunKind::Free && (found == nullptr || run.id > found->id))
      found = &run;
  }
  return shown.free ? nullptr : found;
}

std::string Runs::key() const {
  const auto acts = shown.timeline.commands();
  std::string key = fmt::format("{} {} {} {}", file_, shown.id, shown.scenario->cluster.seed, shown.free);
  for (const scenario::HandCommand& c : acts) key += fmt::format(" {}", c.at.us);
  return key;
}

bool Runs::acted() const {
  return !shown.timeline.commands().empty() ||
         std::any_of(kept.begin(), kept.end(), [](const Run& run) { return !run.timeline.commands().empty(); });
}

bool Runs::any_own() const {
  return shown.is_own() ||
         std::any_of(kept.begin(), kept.end(), [](const Run& run) { return run.is_own() && !run.of_lesson; });
}

std::string Runs::saved_session(bool as_file) const {
  // The whole run, even if the user has gone back in it: later acts are also saved.
  const auto acts = shown.timeline.commands();
  sim::Instant end = shown.timeline.known();
  if (!acts.empty()) end = std::max(end, acts.back().at);  // a rewritten run may not have been executed that far
  const scenario::Session s = shown.timeline.past(end);
  scenario::SavedSession saved;
  saved.as_file = as_file;
  saved.variant = shown.scenario->variant;
  saved.set = shown.options.set;
  saved.seed = shown.scenario->cluster.seed;
  for (const scenario::HandCommand& c : acts) saved.acts.emplace_back(c.at, c.command);
  const std::vector<int>& without = shown.options.without;
  if (s.script_suspended() || s.now() > s.until() || !without.empty()) {
    saved.until = s.now();
    // A file whose clients start or stop after its end is refused.
    for (const cluster::ClientSpec& client : shown.scenario->cluster.clients)
      for (const auto& at : {client.start, client.stop}) saved.until = std::max(*saved.until, at.value_or(s.now()));
    saved.happened.emplace();
    for (std::size_t i = 0; i < s.step_results().size(); ++i) {
      const scenario::StepResult& r = s.step_results()[i];
      const bool left_out = std::find(without.begin(), without.end(), shown.scenario->steps[i].index) != without.end();
      saved.happened->push_back(r.happened && !left_out ? std::optional(r.at) : std::nullopt);
    }
  }
  for (const Run& run : kept) {
    if (run.kind != ui::RunKind::Detour && !run.setting) continue;
    const ui::Words name = name_of(run);
    scenario::SavedSession::Detour detour{{name.en, name.ko}, {}};
    for (const scenario::HandCommand& c : run.timeline.commands()) {
      detour.leaves_script = detour.leaves_script || c.leaves_script;
      if (c.at <= saved.until.value_or(s.until())) detour.acts.emplace_back(c.at, c.command);
    }
    if (!detour.acts.empty()) saved.detours.push_back(std::move(detour));
  }
  return scenario::to_json(document_, saved).value_or(document_);
}

}  // namespace kafkascope::app
