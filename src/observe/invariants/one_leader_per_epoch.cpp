#include "observe/invariants/one_leader_per_epoch.h"

#include <fmt/format.h>

namespace kafkascope::observe {

using protocol::Trace;

void OneLeaderPerEpoch::on_trace(const sim::TraceLine& line, const WorldView&, Violations& out) {
  std::int64_t epoch = 0;
  switch (static_cast<Trace>(line.kind)) {
    case Trace::BecameLeader: epoch = line.a; break;
    case Trace::QuorumElected:
    case Trace::ControllerActive: epoch = line.b; break;
    default: return;
  }
  const TopicPartition tp{line.topic, line.partition};
  const auto [it, first] = leaders_[tp].try_emplace(epoch, line.node.index);
  if (!first && it->second != line.node.index)
    out.push_back({std::string(kName), line.time.us, fmt::format("nodes {} and {} both lead in epoch {}", it->second, line.node.index, epoch), tp.topic,
                   tp.partition});
}

}  // namespace kafkascope::observe
