#include "observe/model/leaderless.h"

#include <algorithm>

#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::observe {

void LeaderlessTime::take(const sim::TraceLine& l, const cluster::Cluster& cluster) {
  const auto node_of = [&](protocol::BrokerId id) { return id < 0 ? -1 : cluster.broker_node(id).index; };
  const protocol::TopicPartition tp{l.topic, l.partition};
  const auto of_users = [&] { return l.topic >= 0 && !cluster.topic_name(l.topic).starts_with("__"); };
  if (is<fact::NodeDied>(l)) dead_.insert(l.node.index);
  else if (is<fact::NodeStarted>(l)) dead_.erase(l.node.index);
  else if (const auto elected = fact_if<fact::LeaderElected>(l); elected && of_users())
    leader_[tp] = node_of(elected->leader);
  else if (const auto added = fact_if<fact::PartitionAdded>(l); added && of_users())
    leader_[tp] = node_of(added->leader);
  else if (is<fact::BecameLeader>(l) && of_users())
    leader_.try_emplace(tp, l.node.index);  // the leader at the partition's creation
  else if (const auto deleted = fact_if<fact::TopicDeleted>(l))
    std::erase_if(leader_, [&](const auto& led) { return led.first.topic == deleted->partition.topic; });
  else return;
  const auto without = static_cast<int>(std::count_if(
      leader_.begin(), leader_.end(), [&](const auto& led) { return led.second < 0 || dead_.contains(led.second); }));
  if (steps_.empty() ? without == 0 : steps_.back().without == without) return;
  steps_.push_back({l.time.us, us(l.time.us), without});
}

void LeaderlessTime::follow(const TraceStore& trace, const cluster::Cluster& cluster) {
  for (std::size_t i = trace.first_from(seen_ + 1); i < trace.size(); ++i) {
    take(trace[i], cluster);
    seen_ = trace[i].seq;
  }
}

std::int64_t LeaderlessTime::us(std::int64_t now_us) const {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), now_us,
                                      [](std::int64_t at, const Step& step) { return at < step.at_us; });
  if (after == steps_.begin()) return 0;
  const Step& step = *std::prev(after);
  return step.before_us + step.without * (now_us - step.at_us);
}

}  // namespace kafkascope::observe
