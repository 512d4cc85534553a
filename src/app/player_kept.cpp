// All runs of a player into what a page keeps, and back.
#include <algorithm>
#include <filesystem>

#include "app/player.h"
#include "scenario/node_json.h"
#include "scenario/write.h"

namespace kafkascope::app {

KeptSession Player::kept_session() const {
  KeptSession kept{file_,
                   w_.scenario->title.empty() ? ui::Words{w_.scenario->id, w_.scenario->id} : words(w_.scenario->title),
                   document_,
                   {}};
  const auto keep = [&](const World& w) {
    KeptRun run{w.id,   w.kind,    w.parent,         w.origin,          w.setting,     w.free, w.past_end,
                w.name, w.from.us, w.stands_at().us, w.options.variant, w.options.set, {}};
    for (const scenario::HandCommand& act : w.timeline.commands())
      run.acts.push_back({act.at.us, scenario::to_text(scenario::command_node(act.command)), act.leaves_script});
    kept.runs.push_back(std::move(run));
  };
  for (const World& w : kept_) keep(w);
  keep(w_);
  return kept;
}

KeptSession Player::linked_session(bool bundled) const {
  KeptSession all = kept_session(), linked = all;
  linked.file = bundled ? std::filesystem::path(file_).stem().string() : "";
  linked.runs = {all.runs.back()};
  linked.runs.back().stood_at_us = 0;  // the link has its moment
  all.runs.pop_back();
  for (auto from = all.runs.end();;) {
    const KeptRun& first = linked.runs.front();
    const int id = first.parent >= 0 ? first.parent : first.origin;
    from = std::find_if(all.runs.begin(), all.runs.end(), [&](const KeptRun& run) { return run.id == id; });
    if (from == all.runs.end()) return linked;
    linked.runs.insert(linked.runs.begin(), std::move(*from));
    all.runs.erase(from);
  }
}

bool Player::take_back(const KeptSession& kept, const Bounds& bounds) {
  std::vector<World> worlds;
  for (const KeptRun& run : kept.runs) {
    scenario::LoadOptions options = options_;
    options.variant = run.variant;
    options.set = run.set;
    scenario::Loaded loaded = scenario::load(document_, options);
    if (!loaded.ok() || too_large(*loaded.scenario, bounds)) return false;
    scenario::SavedSession session;
    session.variant = run.variant;
    session.set = run.set;
    std::vector<std::string> steps;
    for (const KeptAct& act : run.acts) steps.push_back(act.step);
    const auto commands = scenario::read_acts(document_, session, steps);
    if (!commands) return false;
    std::vector<scenario::HandCommand> acts;
    for (std::size_t i = 0; i < commands->size(); ++i)
      acts.push_back({{run.acts[i].at_us}, (*commands)[i], run.acts[i].leaves_script});
    World w(std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)));
    w.id = run.id;
    w.kind = run.kind;
    w.parent = run.parent;
    w.origin = run.origin;
    w.setting = run.setting;
    w.free = run.free;
    w.past_end = run.past_end;
    w.name = run.name;
    w.from = {run.from_us};
    w.waits_at = {run.stood_at_us};
    w.options = std::move(options);
    if (w.setting || w.kind == ui::RunKind::Seed || w.kind == ui::RunKind::Try) w.flow.leave_unattended();
    if (!acts.empty()) w.timeline.rewrite(acts, sim::Instant{0});
    next_id_ = std::max(next_id_, w.id + 1);
    worlds.push_back(std::move(w));
  }
  if (worlds.empty()) return false;
  kept_.assign(std::make_move_iterator(worlds.begin()), std::make_move_iterator(worlds.end() - 1));
  const bool playing = playing_;
  enter(std::move(worlds.back()));
  playing_ = playing;
  return true;
}

}  // namespace kafkascope::app
