#include "observe/invariants/one_leader_per_epoch.h"

#include <fmt/format.h>

namespace kafkascope::observe {

using protocol::Trace;

void OneLeaderPerEpoch::on_trace(const sim::TraceLine& line, const WorldView&, Violations& out) {
  constexpr std::int32_t kEnsemble =
      0;  // of no topic: a ZooKeeper ensemble's epochs, which are not its Kafka controllers'
  std::int64_t epoch = 0;
  TopicPartition of{line.topic, line.partition};
  switch (static_cast<Trace>(line.kind)) {
    case Trace::BecameLeader: epoch = line.a; break;
    case Trace::QuorumElected:
    case Trace::ControllerActive: epoch = line.b; break;
    case Trace::ZkElected: epoch = line.b, of.partition = kEnsemble; break;
    default: return;
  }
  const TopicPartition tp{line.topic, line.partition};
  const auto [it, first] = leaders_[of].try_emplace(epoch, line.node.index);
  if (!first && it->second != line.node.index)
    out.push_back({std::string(kName), line.time.us,
                   fmt::format("nodes {} and {} both lead in epoch {}", it->second, line.node.index, epoch), tp.topic,
                   tp.partition});
}

}  // namespace kafkascope::observe
