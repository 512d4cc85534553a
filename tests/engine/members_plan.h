// Shared by the swarms of groups: a random plan for members and three brokers, the mending, and the counts of effects.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/swarm.h"
#include "sim/random.h"

namespace kafkascope::swarm {

class MembersPlan {
 protected:
  explicit MembersPlan(std::uint64_t seed) : random_(seed, sim::Stream::Swarm) { plan_.seed = seed; }

  cluster::Command& add(sim::Instant at, cluster::Verb verb, const std::string& node) {
    cluster::Command c;
    c.verb = verb;
    if (!node.empty()) c.node = cluster::NodeRef{cluster::NodeRef::Kind::Name, node, {}};
    plan_.faults.push_back({at, std::move(c)});
    return plan_.faults.back().command;
  }
  /// Takes one of the brokers down, and brings it back within that time.
  void take_down(sim::Instant at, cluster::Verb crash_or_shutdown, std::int64_t longest_us) {
    const std::string broker = fmt::format("broker-{}", random_.below(3) + 1);
    add(at, crash_or_shutdown, broker);
    add(at + sim::microseconds(random_.between(100'000, longest_us)), cluster::Verb::Restart, broker);
  }
  /// Brings the brokers back; `members` adds the acts that repair the members.
  template <class Members>
  Plan mended(sim::Instant at, Members&& members) {
    sort(plan_.faults);
    std::vector<Act> faults = std::exchange(plan_.faults, {});
    for (int i = 1; i <= 3; ++i) add(at, cluster::Verb::Restart, fmt::format("broker-{}", i));
    members();
    sort(plan_.faults);
    plan_.mending = std::exchange(plan_.faults, std::move(faults));
    return std::move(plan_);
  }

  sim::Random random_;
  Plan plan_;

 private:
  static void sort(std::vector<Act>& acts) {
    std::stable_sort(acts.begin(), acts.end(), [](const Act& a, const Act& b) { return a.at < b.at; });
  }
};

/// The plan's acts that had an effect, by verb.
inline std::map<std::string, int> acts_of(const Plan& plan, const scenario::Session& session) {
  std::map<std::string, int> acts;
  for (std::size_t i = 0; i < plan.faults.size(); ++i) {
    const scenario::StepResult& step = session.step_results()[i];
    if (step.happened && step.ok && (step.silent() || !step.nodes.empty()))
      ++acts[std::string(cluster::to_string(plan.faults[i].command.verb))];
  }
  return acts;
}

}  // namespace kafkascope::swarm
