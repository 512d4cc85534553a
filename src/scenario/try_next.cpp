#include "scenario/try_next.h"

#include <algorithm>

namespace kafkascope::scenario {

std::vector<HandCommand> acts_of(const TryNext& change) {
  std::vector<HandCommand> acts;
  for (const Step& step : change.steps)
    if (step.command && step.trigger == Step::Trigger::At) acts.push_back({step.at, *step.command, false});
  std::stable_sort(acts.begin(), acts.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  if (!acts.empty()) acts.front().leaves_script = change.leaves_script;
  return acts;
}

std::vector<int> replaced_by(const TryNext& change, const Scenario& script) {
  const std::vector<HandCommand> acts = acts_of(change);
  std::vector<int> replaced;
  for (const Step& step : script.steps) {
    if (!step.command || step.trigger != Step::Trigger::At) continue;
    if (std::any_of(acts.begin(), acts.end(), [&](const HandCommand& act) { return act.at == step.at; }))
      replaced.push_back(step.index);
  }
  return replaced;
}

}  // namespace kafkascope::scenario
