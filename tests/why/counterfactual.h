// A run without one of the file's acts: checks whether the root that Why? names is necessary.
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cluster/acts.h"
#include "cluster/verbs.h"
#include "observe/why/why.h"
#include "scenario/session.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::test {

/// An act of the file: a step, or a client's start or stop.
struct FileAct {
  int step = -1;
  std::string client;
  bool start = false;
  std::string name;  // unique for each act
};

/// The file's act that is the root; nullopt: the root is not an act. A step is identified by its moment and its words.
inline std::optional<FileAct> act_of(const scenario::Session& session, const observe::WhyStep& root) {
  const sim::TraceLine* line = session.observation().trace().find(root.seq);
  const auto act = line == nullptr ? std::nullopt : fact_if<fact::Command>(*line);
  if (!act) return std::nullopt;
  for (std::size_t i = 0; i < session.scenario().steps.size(); ++i) {
    const auto& step = session.scenario().steps[i];
    const auto& result = session.step_results()[i];
    if (!step.command || !result.happened || result.at != line->time) continue;
    if (std::string(cluster::to_string(step.command->verb)) == act->verb.view() &&
        cluster::arguments_text(*step.command) == act->arguments.view())
      return FileAct{static_cast<int>(i), "", false, std::to_string(i)};
  }
  if (act->verb != "start" && act->verb != "stop") return std::nullopt;
  return FileAct{-1, act->arguments.str(), act->verb == "start", act->spelled()};
}

/// All acts of the file that happened.
inline std::vector<FileAct> acts_in(const scenario::Session& session) {
  std::vector<FileAct> acts;
  for (std::size_t i = 0; i < session.scenario().steps.size(); ++i)
    if (session.scenario().steps[i].command && session.step_results()[i].happened)
      acts.push_back({static_cast<int>(i), "", false, std::to_string(i)});
  for (const cluster::ClientSpec& client : session.scenario().cluster.clients) {
    if (client.start && client.start->us > 0 && *client.start <= session.now())
      acts.push_back({-1, client.id, true, "start " + client.id});
    if (client.stop && *client.stop <= session.now()) acts.push_back({-1, client.id, false, "stop " + client.id});
  }
  return acts;
}

inline std::shared_ptr<const scenario::Scenario> without(const scenario::Scenario& original, const FileAct& act) {
  auto copy = std::make_shared<scenario::Scenario>(original);
  auto* command = act.step < 0 ? nullptr : &copy->steps[static_cast<std::size_t>(act.step)].command;
  const bool edits = command != nullptr && *command && (*command)->get_if<cluster::act::Restart>() != nullptr &&
                     !(*command)->get<cluster::act::Restart>().config.empty();
  if (edits) {  // the fault is the setting that it changes: without the restart itself the broker would stay down
    (*command)->edit<cluster::act::Restart>().config.clear();
  } else if (act.step >= 0) {
    copy->steps[static_cast<std::size_t>(act.step)].command = {};
    copy->steps[static_cast<std::size_t>(act.step)].say = scenario::Text{"-", "-"};
  }
  for (auto& c : copy->cluster.clients) {
    if (act.step >= 0 || c.id != act.client) continue;
    if (act.start) c.start = copy->cluster.until;
    else c.stop.reset();
  }
  return copy;
}

}  // namespace kafkascope::test
