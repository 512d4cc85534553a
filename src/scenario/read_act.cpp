#include "scenario/read_act.h"

#include "scenario/json_reader.h"
#include "scenario/node_building.h"
#include "scenario/reading.h"
#include "scenario/write.h"

namespace kafkascope::scenario {

namespace {

/// The act as a step at 0 s: its time does not affect what it may name.
Node as_step(Node act) {
  if (act.is_object()) act.members().insert(act.members().begin(), {"at", {}, word("0s")});
  return act;
}

/// Reads acts by hand on top of a file's declarations.
struct ActReader {
  explicit ActReader(const Scenario& of)
      : scenario(of), reading{report, of.names != nullptr ? *of.names : Names{}, of.variant, of.cluster.kafka} {}

  const Scenario& scenario;
  Report report;
  Reading reading;

  /// From here on other acts may name what these acts create.
  void know(const Node& acts) {
    collect_created(reading, &acts);
    collect_added(reading, &acts, Path());
    reading.names.sort();
  }

  std::vector<Step> read(const Node& acts) {
    std::vector<Step> steps;
    read_steps(reading, acts, Path(), steps);
    check_partitions(reading, acts, scenario.cluster);
    check_features(reading, acts, scenario.cluster);
    return steps;
  }
};

}  // namespace

ReadAct read_act(const Session& session, const Node& act) {
  ReadAct read;
  ActReader reader(session.scenario());
  // Earlier acts by hand have been checked already.
  const Node before = list_of(session.hand_commands(), [](const auto& done) { return command_node(done.command); });
  if (Report::Unheard unheard(reader.report); true) reader.know(before);
  add_world(reader.reading.names, session.cluster());
  Node acts = Node::array();
  acts.items().push_back(as_step(act));
  reader.know(acts);
  std::vector<Step> steps = reader.read(acts);
  const bool good = !reader.report.has_errors();
  for (Problem& problem : reader.report.take_sorted()) {
    if (problem.severity != Severity::Error) continue;
    if (problem.pointer.starts_with("/0")) problem.pointer.erase(0, 2);  // index in the list of one act
    read.problems.push_back(std::move(problem));
  }
  if (good && !steps.empty() && steps.back().command) read.command = std::move(*steps.back().command);
  return read;
}

ReadAct read_act(const Session& session, std::string_view act) {
  Report report;
  const auto node = read_json(act, report);
  if (node) return read_act(session, *node);
  return {std::nullopt, report.take_sorted()};
}

std::optional<std::vector<cluster::Command>> read_acts(const Scenario& scenario, const std::vector<std::string>& acts) {
  ActReader reader(scenario);
  Node all = Node::array();
  for (const std::string& act : acts) {
    auto node = read_json(act, reader.report);
    if (!node || !node->is_object()) return std::nullopt;
    all.items().push_back(as_step(std::move(*node)));
  }
  reader.know(all);
  std::vector<cluster::Command> commands;
  for (Step& step : reader.read(all)) {
    if (!step.command) return std::nullopt;
    commands.push_back(std::move(*step.command));
  }
  if (reader.report.has_errors() || commands.size() != acts.size()) return std::nullopt;
  return commands;
}

}  // namespace kafkascope::scenario
