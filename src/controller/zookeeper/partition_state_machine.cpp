#include "controller/zookeeper/partition_state_machine.h"

#include <algorithm>
#include <set>
#include <string>

#include "protocol/config.h"
#include "protocol/facts_of_cluster.h"
#include "sim/mutant.h"

namespace kafkascope::controller {

using protocol::kNoBroker;

PartitionStateMachine::Outcome PartitionStateMachine::partitions_online(const Partitions& partitions,
                                                                        ElectionStrategy strategy) {
  Outcome out;
  if (partitions.empty()) return out;
  ControlBatch batch;
  Partitions fresh, known;
  for (TopicPartition p : partitions) (context_.find(p)->state == PartitionState::New ? fresh : known).push_back(p);
  initialize(fresh, batch, out);
  for (Partitions remaining = known; !remaining.empty();) remaining = elect(remaining, strategy, batch, out);
  for (const auto& [p, error] : out)
    if (error == ErrorCode::NONE) context_.edit(p).state = PartitionState::Online;
  scope_.send(batch);
  return out;
}

/// Kafka: triggerOnlinePartitionStateChange.
void PartitionStateMachine::trigger_online_state_change(TopicId only) {
  Partitions waiting;
  context_.for_each([&](TopicPartition p, const PartitionContext& c) {
    if ((c.state == PartitionState::New || c.state == PartitionState::Offline) &&
        (only == protocol::kNoTopic || p.topic == only))
      waiting.push_back(p);
  });
  if (only != protocol::kNoTopic) {
    waiting = scope_.order.taken_from(context_.partitions_of(only), waiting);
  } else {
    waiting = scope_.order.waiting(waiting);
  }
  std::erase_if(waiting, [&](TopicPartition p) { return context_.queued_for_deletion(p); });
  (void)partitions_online(waiting, ElectionStrategy::Offline);
}

/// The first state of each partition: all live replicas are in sync, and the first of them leads. Kafka:
/// initializeLeaderAndIsrForPartitions.
void PartitionStateMachine::initialize(const Partitions& partitions, ControlBatch& batch, Outcome& out) {
  std::vector<std::pair<TopicPartition, LeaderAndIsr>> states;
  std::set<TopicId> seen;
  std::vector<std::string> names;
  std::vector<ZkOperation> topics, parents, leaves;
  for (TopicPartition p : partitions) {
    LeaderAndIsr state;
    for (BrokerId id : context_.find(p)->replicas)
      if (context_.replica_online(id, p)) state.isr.push_back(id);
    if (state.isr.empty()) {
      out[p] = ErrorCode::LEADER_NOT_AVAILABLE;
      continue;
    }
    state.leader = state.isr[0];
    state.controller_epoch = context_.epoch;
    const std::string& name = context_.name(p);
    if (seen.insert(p.topic).second) names.push_back(name);
    parents.push_back(zookeeper::create(znode::partition(name, p.partition), ""));
    leaves.push_back(zookeeper::create(znode::state(name, p.partition), znode::encode(state)));
    states.emplace_back(p, state);
  }
  for (const std::string& name : in_name_set_order(std::move(names)))
    topics.push_back(zookeeper::create(znode::partitions(name), ""));
  (void)zk_.write(topics);
  (void)zk_.write(parents);
  const auto results = zk_.write(leaves);
  std::size_t i = 0;
  for (auto& [p, state] : states) {
    const ZkResult& result = results[i++];
    // The znode may exist, perhaps by this very write, whose response was lost: Kafka leaves the partition unchanged.
    if (result.error != ZkError::OK) {
      out[p] = ErrorCode::LEADER_NOT_AVAILABLE;
      continue;
    }
    out[p] = ErrorCode::NONE;
    scope_.remember(p, state);
    batch.leader_and_isr(context_, state.isr, p, true);
  }
}

/// One round of elections; returns the partitions whose znode another writer has changed. Partitions without a live ISR
/// member come first; within each of the two groups the given order is kept. Kafka: doElectLeaderForPartitions,
/// collectUncleanLeaderElectionState.
Partitions PartitionStateMachine::elect(const Partitions& partitions, ElectionStrategy strategy, ControlBatch& batch,
                                        Outcome& out) {
  const auto now = zk_.read_states(partitions);
  const bool offline = strategy == ElectionStrategy::Offline || strategy == ElectionStrategy::OfflineUnclean;
  Partitions in_turn, others;
  for (TopicPartition p : partitions) {
    const auto it = now.find(p);
    if (it == now.end()) {
      out[p] = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
      continue;
    }
    if (it->second.controller_epoch > context_.epoch) {  // a newer controller has written the state
      out[p] = ErrorCode::NOT_CONTROLLER;
      continue;
    }
    const IdList& isr = it->second.isr;
    const bool hopeless =
        offline && std::none_of(isr.begin(), isr.end(), [&](BrokerId id) { return context_.replica_online(id, p); });
    (hopeless ? in_turn : others).push_back(p);
  }
  const auto unclean = strategy == ElectionStrategy::Offline ? unclean_allowed(in_turn) : std::map<TopicId, bool>{};
  in_turn.insert(in_turn.end(), others.begin(), others.end());
  std::map<TopicPartition, LeaderAndIsr> next;
  for (TopicPartition p : in_turn) {
    const auto allowed = unclean.find(p.topic);
    const auto chosen =
        choose(p, now.at(p), strategy,
               strategy == ElectionStrategy::OfflineUnclean || (allowed != unclean.end() && allowed->second));
    if (chosen) {
      next[p] = *chosen;
    } else {
      out[p] = strategy == ElectionStrategy::Preferred ? ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE
                                                       : ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE;
    }
  }
  Partitions again;
  for (const auto& [p, written] : scope_.write_states(in_turn, next, now)) {
    if (!written) {
      again.push_back(p);
      continue;
    }
    out[p] = ErrorCode::NONE;
    IdList recipients;
    const PartitionContext& c = *context_.find(p);
    for (BrokerId id : strategy == ElectionStrategy::Reassign ? c.target() : c.replicas)
      if (context_.live_or_shutting_down(id)) recipients.push_back(id);
    batch.leader_and_isr(context_, recipients, p, false);
  }
  return again;
}

/// This setting is read only for partitions without a live ISR member, where it matters. Kafka:
/// collectUncleanLeaderElectionState.
std::map<TopicId, bool> PartitionStateMachine::unclean_allowed(const Partitions& partitions) {
  std::map<TopicId, bool> out;
  for (TopicPartition p : partitions) out[p.topic] = scope_.config.flag("unclean.leader.election.enable");
  if (out.empty()) return out;
  std::vector<ZkOperation> reads;
  for (const auto& [topic, allowed] : out)
    reads.push_back(zookeeper::get_data(znode::config("topic:" + context_.topics.at(topic).name)));
  const auto& results = zk_.ask(std::move(reads));
  std::size_t i = 0;
  for (auto& [topic, allowed] : out) {
    const auto own = znode::decode_config(results[i++]->data);
    if (const auto it = own.find("unclean.leader.election.enable"); it != own.end()) allowed = it->second == "true";
  }
  return out;
}

/// Kafka: PartitionLeaderElectionAlgorithms, Election.
std::optional<LeaderAndIsr> PartitionStateMachine::choose(TopicPartition p, const LeaderAndIsr& now,
                                                          ElectionStrategy strategy, bool unclean) {
  const PartitionContext& c = *context_.find(p);
  const auto first = [&](const IdList& among, auto&& fits) {
    for (BrokerId id : among)
      if (fits(id)) return id;
    return kNoBroker;
  };
  // For the election of a replacement, a broker that is shutting down still counts as alive.
  const auto lives = [&](BrokerId id) {
    return (strategy == ElectionStrategy::ControlledShutdown ? context_.live_or_shutting_down(id)
                                                             : context_.live(id)) &&
           !context_.failed_dir(id, p);
  };
  const auto in_sync = [&](BrokerId id) { return lives(id) && now.isr.contains(id); };
  LeaderAndIsr next = now;
  next.leader_epoch = now.leader_epoch.next();
  next.controller_epoch = context_.epoch;
  next.isr.clear();
  switch (strategy) {
    case ElectionStrategy::Offline:
    case ElectionStrategy::OfflineUnclean:
      next.leader = first(c.replicas, in_sync);
      if (next.leader == kNoBroker && unclean) {
        next.leader = first(c.replicas, lives);
        context_.unclean_elections += next.leader != kNoBroker;
      }
      if (next.leader == kNoBroker) return std::nullopt;
      for (BrokerId id : now.isr)
        if (now.isr.contains(next.leader) && lives(id)) next.isr.push_back(id);
      if (next.isr.empty()) next.isr.push_back(next.leader);
      return next;
    case ElectionStrategy::Reassign:
      next.leader = first(c.target(), in_sync);
      next.isr = now.isr;
      break;
    case ElectionStrategy::Preferred:
      next.leader = in_sync(c.replicas[0]) ? c.replicas[0] : kNoBroker;
      next.isr = now.isr;
      break;
    case ElectionStrategy::ControlledShutdown:
      next.leader = first(c.replicas, [&](BrokerId id) { return in_sync(id) && !context_.shutting_down.contains(id); });
      for (BrokerId id : now.isr)
        if (!context_.shutting_down.contains(id)) next.isr.push_back(id);
      break;
  }
  return next.leader == kNoBroker ? std::nullopt : std::optional(next);
}

/// Kafka: updateLeaderEpochAndSendRequest.
void PartitionStateMachine::bump_epoch_and_send(TopicPartition p, const IdList& brokers) {
  for (;;) {
    const auto now = zk_.read_states({p});
    if (!now.contains(p) || now.at(p).controller_epoch > context_.epoch) return;
    LeaderAndIsr next = now.at(p);
    next.leader_epoch = next.leader_epoch.next();
    next.controller_epoch = context_.epoch;
    if (!scope_.write_states({p}, {{p, next}}, now).front().second) continue;
    ControlBatch batch;
    batch.leader_and_isr(context_, brokers, p, false);
    return scope_.send(batch);
  }
}

}  // namespace kafkascope::controller
