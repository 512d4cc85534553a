// Converts all runs to a page's kept state, and back.
#include <algorithm>
#include <filesystem>

#include "app/runs.h"
#include "scenario/node_json.h"
#include "scenario/read_act.h"
#include "scenario/write.h"

namespace kafkascope::app {

KeptSession Runs::kept_session() const {
  KeptSession session{
      file_,
      shown.scenario->title.empty() ? ui::Words{shown.scenario->id, shown.scenario->id} : words(shown.scenario->title),
      document_,
      {}};
  const auto keep = [&](const Run& run) {
    KeptRun kept_run{run.id,
                     run.kind,
                     run.parent,
                     run.origin,
                     run.setting,
                     run.free,
                     run.past_end,
                     run.name,
                     run.from.us,
                     run.stands_at().us,
                     run.options.variant,
                     run.options.set,
                     run.options.without,
                     {}};
    for (const scenario::HandCommand& act : run.timeline.commands())
      kept_run.acts.push_back({act.at.us, scenario::to_text(scenario::command_node(act.command)), act.leaves_script});
    session.runs.push_back(std::move(kept_run));
  };
  for (const Run& run : kept)
    if (!run.of_lesson) keep(run);  // the lesson opens it again
  keep(shown);
  return session;
}

KeptSession Runs::linked_session(bool bundled) const {
  KeptSession all = kept_session(), linked = all;
  linked.file = bundled ? std::filesystem::path(file_).stem().string() : "";
  linked.runs = {all.runs.back()};
  linked.runs.back().stood_at_us = 0;  // the link names the moment
  all.runs.pop_back();
  for (auto from = all.runs.end(); linked.runs.size() < kMostLinkedRuns;) {
    const KeptRun& first = linked.runs.front();
    const int id = first.parent >= 0 ? first.parent : first.origin;
    from = std::find_if(all.runs.begin(), all.runs.end(), [&](const KeptRun& kept_run) { return kept_run.id == id; });
    if (from == all.runs.end()) break;
    linked.runs.insert(linked.runs.begin(), std::move(*from));
    all.runs.erase(from);
  }
  return linked;
}

std::optional<Run> Runs::take_back(const KeptSession& session, const Bounds& bounds, ui::Words* too_large_words) {
  std::vector<Run> runs;
  for (const KeptRun& kept_run : session.runs) {
    scenario::LoadOptions options = options_;
    options.variant = kept_run.variant;
    options.set = kept_run.set;
    options.without = kept_run.without;
    scenario::Loaded loaded = scenario::load(document_, options);
    if (!loaded.ok()) return std::nullopt;
    std::vector<std::string> steps;
    for (const KeptAct& act : kept_run.acts) steps.push_back(act.step);
    const auto commands =
        steps.empty() ? std::optional(std::vector<cluster::Command>()) : scenario::read_acts(*loaded.scenario, steps);
    if (!commands) return std::nullopt;
    Size size = size_of(*loaded.scenario);
    for (const cluster::Command& command : *commands) size.add(command);
    if (auto why = too_large(size, bounds)) {
      if (too_large_words != nullptr) *too_large_words = std::move(*why);
      return std::nullopt;
    }
    std::vector<scenario::HandCommand> acts;
    for (std::size_t i = 0; i < commands->size(); ++i)
      acts.push_back({{kept_run.acts[i].at_us}, (*commands)[i], kept_run.acts[i].leaves_script});
    Run run(std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)));
    run.id = kept_run.id;
    run.kind = kept_run.kind;
    run.parent = kept_run.parent;
    run.origin = kept_run.origin;
    run.setting = kept_run.setting;
    run.free = kept_run.free;
    run.past_end = kept_run.past_end;
    run.name = kept_run.name;
    run.from = {kept_run.from_us};
    run.waits_at = {kept_run.stood_at_us};
    run.options = std::move(options);
    if (run.setting || run.kind == ui::RunKind::Seed || run.kind == ui::RunKind::Try) run.flow.leave_unattended();
    if (!acts.empty()) run.timeline.rewrite(acts, sim::Instant{0});
    next_id_ = std::max(next_id_, run.id + 1);
    runs.push_back(std::move(run));
  }
  if (runs.empty()) return std::nullopt;
  kept.assign(std::make_move_iterator(runs.begin()), std::make_move_iterator(runs.end() - 1));
  return std::move(runs.back());
}

}  // namespace kafkascope::app
