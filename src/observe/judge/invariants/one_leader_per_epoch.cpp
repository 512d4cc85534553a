#include "observe/judge/invariants/one_leader_per_epoch.h"

#include <fmt/format.h>

#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/facts_of_zookeeper.h"

namespace kafkascope::observe {

using protocol::Trace;

void OneLeaderPerEpoch::on_trace(const sim::TraceLine& line, const WorldView& world, Violations& out) {
  constexpr std::int32_t kEnsemble =
      0;  // a ZooKeeper ensemble's epochs, which have no topic and are not those of its Kafka controllers
  std::int64_t epoch = 0;
  std::int32_t leader = line.node.index;
  TopicPartition of{line.topic, line.partition};
  switch (static_cast<Trace>(line.kind)) {
    case Trace::BecameLeader:
      epoch = as<fact::BecameLeader>(line).leader_epoch.value;
      leader = world.broker_at(line.node);
      break;
    case Trace::QuorumElected: epoch = as<fact::QuorumElected>(line).epoch.value; break;
    case Trace::ControllerActive: epoch = as<fact::ControllerActive>(line).epoch.value; break;
    case Trace::ZkElected:
      epoch = as<fact::ZkElected>(line).epoch;
      of.partition = kEnsemble;
      break;
    default: return;
  }
  if (leader < 0) return;
  const auto [it, first] = leaders_[of].try_emplace(epoch, leader);
  if (first || it->second == leader || !told_.insert({of, epoch}).second) return;
  const auto name = [&](std::int32_t who) {
    return line.topic < 0 ? world.node(sim::NodeId{who}) : fmt::format("broker-{}", who);
  };
  out.push_back({std::string(kName),
                 line.time.us,
                 {"broken.two_leaders"_w, {{"first", name(it->second)}, {"second", name(leader)}, {"epoch", epoch}}},
                 line.topic,
                 line.partition});
}

}  // namespace kafkascope::observe
