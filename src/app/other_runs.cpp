#include "app/other_runs.h"

#include <algorithm>
#include <cstdlib>

#include "app/acts.h"
#include "scenario/other_mode.h"
#include "scenario/try_next.h"
#include "ui/strings.h"

namespace kafkascope::app {

namespace {

/// The first error of a file that could not be loaded. `with_remedy`: adds what can be written in the file instead.
ui::Words first_error(const scenario::Loaded& loaded, bool with_remedy = true) {
  for (const scenario::Problem& p : loaded.problems)
    if (p.severity == scenario::Severity::Error) {
      ui::Words error = observe::both(p.message);
      const ui::Words remedy = p.remedy.empty() || !with_remedy ? ui::Words{} : observe::both(p.remedy);
      if (!remedy.en.empty()) error = {error.en + "; " + remedy.en, error.ko + "; " + remedy.ko};
      return error;
    }
  return {};
}

std::optional<Run> loaded(FileAsLoaded file, ui::RunKind kind, ui::Words* problem = nullptr) {
  scenario::Loaded loaded = scenario::load(file.document, file.options);
  if (!loaded.ok()) {
    if (problem != nullptr) *problem = first_error(loaded);
    return std::nullopt;
  }
  Run run(std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)));
  run.options = std::move(file.options);
  run.kind = kind;
  return run;
}

/// `file` gets the changes that put it into that mode.
scenario::Loaded load_in_mode(FileAsLoaded& file, bool zookeeper) {
  for (const auto& [path, value] : scenario::in_mode(file.document, file.options, zookeeper)) {
    std::erase_if(file.options.set, [&, changed = path](const auto& change) { return change.first == changed; });
    file.options.set.emplace_back(path, value);
  }
  return scenario::load(file.document, file.options);
}

/// Without a remedy: the user does not edit the file here. `file`: in its own mode.
ui::Words why_not_in_mode(const FileAsLoaded& file, const scenario::Loaded& in_mode) {
  // The first of several problems would be about a key of the file.
  const scenario::Loaded own = scenario::load(file.document, file.options);
  if (own.ok() && own.scenario->cluster.features.contains("share.version")) return ui::both("app.share_needs_kraft"_w);
  return first_error(in_mode, false);
}

}  // namespace

std::optional<Run> with_seed(FileAsLoaded file, std::uint64_t seed, ui::Words* problem) {
  std::erase_if(file.options.set, [](const auto& change) { return change.first == "seed"; });
  file.options.set.emplace_back("seed", std::to_string(seed));
  std::optional<Run> run = loaded(std::move(file), ui::RunKind::Seed, problem);
  if (!run) return run;
  run->name = ui::both("app.same_script"_w, {{"seed", std::to_string(seed)}});
  run->flow.leave_unattended();
  return run;
}

std::optional<Run> with_variant(FileAsLoaded file, const std::string& id, ui::Words* problem) {
  file.options.variant = id;
  std::optional<Run> run = loaded(std::move(file), ui::RunKind::Variant, problem);
  if (!run) return run;
  run->name = variant_name(*run->scenario);
  return run;
}

ui::Words variant_name(const scenario::Scenario& scenario) {
  for (const scenario::Variant& v : scenario.variants)
    if (v.id == scenario.variant && !v.title.empty()) return words(v.title);
  // The file itself is named as the lesson, by its title.
  return scenario.variant == "base" ? ui::Words{} : ui::Words{scenario.variant, scenario.variant};
}

std::optional<Run> with_try(FileAsLoaded file, const scenario::TryNext& change, const scenario::Scenario& script,
                            ui::Words* problem) {
  file.options.set.insert(file.options.set.end(), change.set.begin(), change.set.end());
  const std::vector<int> replaced = scenario::replaced_by(change, script);
  file.options.without.insert(file.options.without.end(), replaced.begin(), replaced.end());
  std::optional<Run> run = loaded(std::move(file), ui::RunKind::Try, problem);
  if (!run) return run;
  run->name = words(change.text);
  run->flow.leave_unattended();
  const std::vector<scenario::HandCommand> acts = scenario::acts_of(change);
  if (acts.empty()) return run;
  run->from = std::max(sim::Instant{0}, acts.front().at - sim::seconds(1));
  run->timeline.rewrite(acts, sim::Instant{0});
  return run;
}

std::optional<Run> with_setting(FileAsLoaded file, const std::string& path, const std::string& value,
                                ui::Words* problem) {
  std::erase_if(file.options.set, [&](const auto& change) { return change.first == path; });
  file.options.set.emplace_back(path, value);
  std::optional<Run> run = loaded(std::move(file), ui::RunKind::Try, problem);
  if (run) run->flow.leave_unattended();
  return run;
}

ui::Words mode_name(cluster::MetadataKind kind) {
  const std::string name = kind == cluster::MetadataKind::ZooKeeper ? "ZooKeeper, Kafka 2.5" : "KRaft, Kafka 4.1";
  return {name, name};
}

bool runs_in_other_mode(const FileAsLoaded& file, bool zookeeper, ui::Words& problem) {
  FileAsLoaded changed = file;
  const scenario::Loaded loaded = load_in_mode(changed, zookeeper);
  problem = loaded.ok() ? ui::Words{} : why_not_in_mode(file, loaded);
  return loaded.ok() && loaded.scenario->in_other_mode.empty();
}

std::optional<Run> in_other_mode(FileAsLoaded file, bool zookeeper, ui::Words& problem) {
  const FileAsLoaded own = file;
  scenario::Loaded loaded = load_in_mode(file, zookeeper);
  if (!loaded.ok()) {
    problem = why_not_in_mode(own, loaded);
    return std::nullopt;
  }
  Run run(std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)));
  run.options = std::move(file.options);
  run.kind = ui::RunKind::Try;
  run.flow.leave_unattended();
  run.name = mode_name(run.scenario->cluster.metadata);
  return run;
}

std::optional<Run> without_act(FileAsLoaded file, const Run& run, ActOfRun which) {
  constexpr std::int64_t kNear = 2;  // µs between an act and the event that reports it
  const scenario::Session& session = run.session();
  std::vector<ui::Words> gone;
  const auto is_it = [&](std::int64_t number, sim::Instant at, const cluster::Command& act) {
    if (!which.all_faults && !gone.empty()) return false;
    if (which.number != 0) return number == which.number;
    return std::llabs(at.us - which.at_us) <= kNear &&
           (!which.all_faults || act_kind(cluster::to_string(act.verb)) == ui::MarkKind::Fault);
  };
  for (std::size_t i = 0; i < run.scenario->steps.size(); ++i) {
    const scenario::StepResult& result = session.step_results()[i];
    const scenario::Step& step = run.scenario->steps[i];
    if (!step.command || !result.happened || !is_it(number_of_step(i), result.at, *step.command)) continue;
    file.options.without.push_back(step.index);
    gone.push_back(done_words(*step.command, result.nodes, session).deed);
  }
  std::vector<scenario::HandCommand> acts;
  bool leaves_script = false;  // whether the act that is left out had left the script
  const auto& all = run.timeline.commands();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (is_it(number_of_hand_act(i), all[i].at, all[i].command)) {
      gone.push_back(act_words(all[i].command, session).deed);
      leaves_script = leaves_script || all[i].leaves_script;
      continue;
    }
    acts.push_back(all[i]);
    if (leaves_script) acts.back().leaves_script = true;
    leaves_script = false;
  }
  if (gone.empty()) return std::nullopt;
  std::optional<Run> without = loaded(std::move(file), ui::RunKind::Try);
  if (!without) return without;
  if (!acts.empty()) without->timeline.rewrite(acts, sim::Instant{0});
  constexpr std::size_t kNamed = 2;
  ui::Words deeds = gone.front();
  for (std::size_t i = 1; i < gone.size(); ++i) deeds = {deeds.en + ", " + gone[i].en, deeds.ko + ", " + gone[i].ko};
  if (gone.size() > kNamed) deeds = ui::both("app.all_faults"_w, {{"count", std::to_string(gone.size())}});
  without->name = ui::both("app.without_act"_w, {{"deed", deeds}});
  without->flow.leave_unattended();
  return without;
}

}  // namespace kafkascope::app
