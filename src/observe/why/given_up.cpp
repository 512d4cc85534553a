#include "observe/why/given_up.h"

#include "broker/broker.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::TopicPartition;
using GivenUp = Story::Line;

bool has_given_up(const Story& story, TopicPartition tp, BrokerId broker) {
  const sim::NodeId node = story.broker_node(broker);
  if (!node.valid() || !story.cluster().alive(node)) return false;
  const broker::Replica* r = story.cluster().role<broker::Broker>(node)->replica(tp);
  return r != nullptr && r->fetching && r->fetch_failed;
}

const GivenUp* given_up(const Story& story, TopicPartition tp, BrokerId broker) {
  if (!has_given_up(story, tp, broker)) return nullptr;
  const sim::NodeId node = story.broker_node(broker);
  const auto here = [&](const auto& f, const GivenUp& l) { return l.node == node && f.partition == tp; };
  const GivenUp* failed = story.last<fact::ReplicaFailed>(story.end(), here);
  const GivenUp* follows = story.last<fact::BecameFollower>(story.end(), here);
  return latest({failed, follows}) == failed ? failed : nullptr;  // otherwise fenced, and waits for a newer epoch
}

const GivenUp* back_of_given_up(const Story& story, const GivenUp& failed) {
  const auto f = as<fact::ReplicaFailed>(failed);
  if (f.reason == fact::ReplicaFailureReason::LargerThanSegment)
    return story.setting_of(f.partition, "segment.bytes", failed.seq, "log.segment.bytes");
  return story.last<fact::LeaderElected>(failed.seq,
                                         [&](const auto& e, const GivenUp&) { return e.partition == f.partition; });
}

bool tell_given_up(Telling& telling, TopicPartition tp, const std::vector<BrokerId>& brokers) {
  bool told = false;
  for (const BrokerId id : brokers)
    if (const GivenUp* failed = given_up(telling.story(), tp, id)) telling.trail(failed, Weight::Point), told = true;
  return told;
}

}  // namespace kafkascope::observe
