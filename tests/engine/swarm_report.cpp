// The results of all seeds together, in the form of docs/swarm.md.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "coordinator/classic_group.h"
#include "coordinator/consumer_group.h"
#include "engine/swarm.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_quorum.h"
#include "raft/quorum_state.h"

namespace kafkascope::swarm {

using protocol::Trace;

void note_state(const sim::TraceLine& line, States& states) {
  if (const auto f = fact_if<fact::QuorumStateChanged>(line)) ++states[fmt::format("quorum: {}", raft::name(f->state))];
  if (const auto f = fact_if<fact::GroupState>(line))
    ++states[fmt::format("group: {}", coordinator::state_name(f->to))];
  if (const auto f = fact_if<fact::LeaderElected>(line); f && f->leader < 0) ++states["partition: without a leader"];
  if (line.kind == protocol::kind(Trace::BrokerFenced)) ++states["broker: fenced"];
  if (line.kind == protocol::kind(Trace::ControllerResigned)) ++states["controller: resigned"];
  if (line.kind == protocol::kind(Trace::ZkSessionExpired)) ++states["session: expired"];
  if (line.kind == protocol::kind(Trace::BrokerShutdownStarted)) ++states["broker: in controlled shutdown"];
}

std::string states_table(const States& states) {
  std::string out = "\n| state | times reached |\n|---|---:|\n";
  for (const auto& [state, times] : states) out += fmt::format("| {} | {} |\n", state, times);
  return out;
}

void Report::add(const Result& r) {
  ++seeds;
  if (!r.kafkas_own.empty()) kafkas_own[r.kafkas_own].push_back(r.seed);
  with_loss += r.lost_acked > 0;
  for (const auto& [verb, count] : r.faults) {
    faults[verb] += count;
    ++seeds_with[verb];
  }
  for (const auto& [state, times] : r.states) total.states[state] += times;
  total.elections += r.elections;
  total.quorum_elections += r.quorum_elections;
  total.truncations += r.truncations;
  total.isr_changes += r.isr_changes;
  total.rebalances += r.rebalances;
  total.acked += r.acked;
  total.lost_acked += r.lost_acked;
  total.lost_by_promise += r.lost_by_promise;
  total.events += r.events;
}

std::string Report::text() const {
  std::string out = fmt::format("{} seeds of {} simulated seconds, {} events, in {:.1f} s\n\n", seeds, seconds_of_each,
                                total.events, seconds);
  out += "| fault | done | seeds |\n|---|---:|---:|\n";
  std::vector<std::string> all = verbs();
  for (const auto* more : {&disk_verbs(), &storage_verbs(), &scale_verbs()})
    for (const std::string& verb : *more)
      if (seeds_with.contains(verb) && std::find(all.begin(), all.end(), verb) == all.end()) all.push_back(verb);
  for (const std::string& verb : all) {
    const auto done = faults.find(verb);
    const auto with = seeds_with.find(verb);
    out += fmt::format("| {} | {} | {} |\n", verb, done == faults.end() ? 0 : done->second,
                       with == seeds_with.end() ? 0 : with->second);
  }
  out += fmt::format(
      "\n| what came of them | |\n|---|---:|\n| partition leaders elected | {} |\n| quorum leaders elected | {} |\n| truncations | {} |\n"
      "| ISR changes asked for | {} |\n| rebalances | {} |\n| records acknowledged | {} |\n| acknowledged and lost, all by power failures | {} (in {} seeds) |\n"
      "| committed offsets given up by the promise's end | {} |\n",
      total.elections, total.quorum_elections, total.truncations, total.isr_changes, total.rebalances, total.acked,
      total.lost_acked, with_loss, total.lost_by_promise);
  for (const auto& [what, which] : kafkas_own)
    out += fmt::format("| Kafka's own: {} | seeds {} |\n", what, fmt::join(which, ", "));
  return out + states_table(total.states);
}

}  // namespace kafkascope::swarm
