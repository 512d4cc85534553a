// A run without one of the file's acts: checks whether the root that Why? names is necessary.
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>

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

inline std::shared_ptr<const scenario::Scenario> without(const scenario::Scenario& original, const FileAct& act) {
  auto copy = std::make_shared<scenario::Scenario>(original);
  if (act.step >= 0) {
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
