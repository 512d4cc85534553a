#include "app/owner_history.h"

#include <algorithm>
#include <set>

#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::app {

void OwnerHistory::follow(const scenario::Session& session) {
  const observe::TraceStore& trace = session.observation().trace();
  for (std::size_t i = trace.first_from(seen_ + 1); i < trace.size(); ++i) {
    const sim::TraceLine& l = trace[i];
    seen_ = l.seq;
    if (const auto f = fact_if<fact::PartitionsAssigned>(l))
      for (const std::string& name : f->partitions.names()) given_[name].push_back({l.time.us, l.node.index});
    if (const auto f = fact_if<fact::GroupRebalance>(l)) rebalances_[f->group.str()].push_back(l.time.us);
  }
}

void OwnerHistory::fill(observe::Snapshot& snapshot) const {
  for (observe::Group& group : snapshot.groups) {
    const auto rebalances = rebalances_.find(group.id);
    if (rebalances == rebalances_.end()) continue;
    const auto& times = rebalances->second;
    const auto after = std::upper_bound(times.begin(), times.end(), snapshot.time_us);
    if (after == times.begin()) continue;
    const std::int64_t began = *std::prev(after);
    std::set<int> readers;  // also those that have left
    for (const observe::Client& client : snapshot.clients)
      if (client.group == group.id) readers.insert(client.node);
    for (observe::GroupPartition& gp : group.partitions) {
      const auto given = given_.find(snapshot.partitions[static_cast<std::size_t>(gp.partition)].name);
      if (given == given_.end()) continue;
      const Given *last = nullptr, *before = nullptr;
      for (const Given& one : given->second) {
        if (one.us > snapshot.time_us || !readers.contains(one.node)) continue;
        before = last;
        last = &one;
      }
      if (last == nullptr || last->us < began) continue;
      if (before == nullptr) gp.first_given = true;
      else if (last->node == before->node) gp.interrupted = true;
      else gp.came_from = snapshot.nodes[static_cast<std::size_t>(before->node)].name;
    }
  }
}

}  // namespace kafkascope::app
