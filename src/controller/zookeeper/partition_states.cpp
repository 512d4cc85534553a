// Decides and writes a partition's leader and ISR. Kafka: ZkPartitionStateMachine, PartitionLeaderElectionAlgorithms,
// ZkReplicaStateMachine, KafkaZkClient.updateLeaderAndIsr.
#include <algorithm>
#include <set>

#include "controller/zookeeper/controller_run.h"
#include "protocol/facts_of_cluster.h"
#include "sim/mutant.h"

namespace kafkascope::controller {

using protocol::kNoBroker;

znode::NamedPartitions ControllerRun::named(const Partitions& partitions) const {
  znode::NamedPartitions out;
  out.reserve(partitions.size());
  for (const TopicPartition p : partitions) out.emplace_back(context_.name(p), p.partition);
  return out;
}

ControllerRun::Partitions ControllerRun::ordered(const Partitions& partitions,
                                                 Places (*order)(const znode::NamedPartitions&)) const {
  if (partitions.size() < 2) return partitions;
  Partitions out;
  out.reserve(partitions.size());
  for (const std::size_t at : order(named(partitions))) out.push_back(partitions[at]);
  return out;
}

ControllerRun::Partitions ControllerRun::as_set(const Partitions& partitions) const {
  return partitions.size() > kSmallMap ? ordered(partitions, in_trie_order) : partitions;
}

ControllerRun::Partitions ControllerRun::taken_from(const Partitions& set, const Partitions& filtered) const {
  if (set.size() > kSmallMap) return ordered(filtered, in_trie_order);
  Partitions out;
  if (filtered.size() < 2) return filtered;
  for (const std::size_t at : in_assignment_order(named(set), named(context_.all_partitions())))
    if (std::find(filtered.begin(), filtered.end(), set[at]) != filtered.end()) out.push_back(set[at]);
  return out;
}

/// Tries to elect a leader for every partition that has none, because it is new or its leader is dead. Kafka:
/// triggerOnlinePartitionStateChange.
void ControllerRun::trigger_online_state_change(TopicId only) {
  Partitions waiting;
  context_.for_each([&](TopicPartition p, const PartitionContext& c) {
    if ((c.state == PartitionState::New || c.state == PartitionState::Offline) &&
        (only == protocol::kNoTopic || p.topic == only))
      waiting.push_back(p);
  });
  if (only != protocol::kNoTopic) {
    waiting = taken_from(context_.partitions_of(only), waiting);
  } else if (waiting.size() > 1) {
    Partitions in_order;
    for (const std::size_t at : in_waiting_order(named(waiting), named(context_.all_partitions())))
      in_order.push_back(waiting[at]);
    waiting = std::move(in_order);
  }
  std::erase_if(waiting, [&](TopicPartition p) { return context_.queued_for_deletion(p); });
  (void)partitions_online(waiting, ElectionStrategy::Offline);
}

std::map<TopicPartition, ErrorCode> ControllerRun::partitions_online(const Partitions& partitions,
                                                                     ElectionStrategy strategy) {
  std::map<TopicPartition, ErrorCode> out;
  if (partitions.empty()) return out;
  ControlBatch batch;
  Partitions fresh, known;
  for (TopicPartition p : partitions) (context_.find(p)->state == PartitionState::New ? fresh : known).push_back(p);
  initialize(fresh, batch, out);
  for (Partitions remaining = known; !remaining.empty();) remaining = elect(remaining, strategy, batch, out);
  for (const auto& [p, error] : out)
    if (error == ErrorCode::NONE) context_.edit(p).state = PartitionState::Online;
  flush(batch);
  return out;
}

/// The first state of each partition: all live replicas are in sync, and the first of them leads. Kafka:
/// initializeLeaderAndIsrForPartitions.
void ControllerRun::initialize(const Partitions& partitions, ControlBatch& batch,
                               std::map<TopicPartition, ErrorCode>& out) {
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
  (void)write(topics);
  (void)write(parents);
  const auto results = write(leaves);
  std::size_t i = 0;
  for (auto& [p, state] : states) {
    const ZkResult& result = results[i++];
    if (result.error !=
        ZkError::
            OK) {  // the znode exists, perhaps by this very write, whose response was lost: Kafka leaves the partition unchanged
      out[p] = ErrorCode::LEADER_NOT_AVAILABLE;
      continue;
    }
    out[p] = ErrorCode::NONE;
    remember(p, state);
    batch.leader_and_isr(context_, state.isr, p, true);
  }
}

std::map<TopicPartition, LeaderAndIsr> ControllerRun::read_states(const Partitions& partitions) {
  std::map<TopicPartition, LeaderAndIsr> out;
  if (partitions.empty()) return out;
  std::vector<ZkOperation> reads;
  for (TopicPartition p : partitions)
    reads.push_back(zookeeper::get_data(znode::state(context_.name(p), p.partition), context_.reassigned.contains(p)));
  const auto& results = ask(std::move(reads));
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    expect(*results[i], {ZkError::OK, ZkError::NONODE});
    if (const auto state = znode::decode_state(results[i]->data, results[i]->stat.version);
        results[i]->error == ZkError::OK && state)
      out[partitions[i]] = *state;
  }
  return out;
}

/// This setting is read only for partitions without a live ISR member, where it matters. Kafka:
/// collectUncleanLeaderElectionState.
std::map<TopicId, bool> ControllerRun::unclean_allowed(const Partitions& partitions) {
  std::map<TopicId, bool> out;
  for (TopicPartition p : partitions) out[p.topic] = c_.options_.config.flag("unclean.leader.election.enable");
  if (out.empty()) return out;
  std::vector<ZkOperation> reads;
  for (const auto& [topic, allowed] : out)
    reads.push_back(zookeeper::get_data(znode::config("topic:" + context_.topics.at(topic).name)));
  const auto& results = ask(std::move(reads));
  std::size_t i = 0;
  for (auto& [topic, allowed] : out) {
    const auto own = znode::decode_config(results[i++]->data);
    if (const auto it = own.find("unclean.leader.election.enable"); it != own.end()) allowed = it->second == "true";
  }
  return out;
}

/// Kafka: PartitionLeaderElectionAlgorithms, Election.
std::optional<LeaderAndIsr> ControllerRun::choose(TopicPartition p, const LeaderAndIsr& now, ElectionStrategy strategy,
                                                  bool unclean) {
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

/// One round of elections; returns the partitions whose znode another writer has changed. Partitions without a live ISR
/// member come first; within each of the two groups the given order is kept. Kafka: doElectLeaderForPartitions,
/// collectUncleanLeaderElectionState.
ControllerRun::Partitions ControllerRun::elect(const Partitions& partitions, ElectionStrategy strategy,
                                               ControlBatch& batch, std::map<TopicPartition, ErrorCode>& out) {
  const auto now = read_states(partitions);
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
  for (const auto& [p, written] : write_states(in_turn, next, now)) {
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

/// Kafka keeps the states in an immutable map (KafkaZkClient.updateLeaderAndIsr).
std::vector<std::pair<TopicPartition, bool>> ControllerRun::write_states(
    const Partitions& order, const std::map<TopicPartition, LeaderAndIsr>& states,
    const std::map<TopicPartition, LeaderAndIsr>& before) {
  Partitions written_ones;
  for (const TopicPartition p : order)
    if (states.contains(p)) written_ones.push_back(p);
  written_ones = as_set(written_ones);
  std::vector<ZkOperation> writes;
  for (const TopicPartition p : written_ones) {
    const LeaderAndIsr& state = states.at(p);
    writes.push_back(zookeeper::set_data(znode::state(context_.name(p), p.partition), znode::encode(state),
                                         sim::mutant("state-version-not-checked") ? -1 : state.version));
  }
  const auto results = write(writes);
  std::vector<std::pair<TopicPartition, bool>> out;
  std::size_t i = 0;
  for (const TopicPartition p : written_ones) {
    const LeaderAndIsr& state = states.at(p);
    const ZkResult& result = results[i++];
    out.emplace_back(p, result.error == ZkError::OK);
    if (result.error == ZkError::BADVERSION) continue;
    expect(result, {ZkError::OK});
    LeaderAndIsr written = state;
    written.version = result.stat.version;
    const LeaderAndIsr& old = before.at(p);
    if (written.leader != old.leader)
      tell(fact::LeaderElected{.partition = p,
                               .leader = written.leader,
                               .leader_epoch = written.leader_epoch,
                               .previous = old.leader,
                               .isr = written.isr});
    if (!(written.isr == old.isr)) tell(fact::IsrChanged{p, written.version, written.isr});
    remember(p, written);
  }
  return out;
}

void ControllerRun::remember(TopicPartition p, const LeaderAndIsr& state) { context_.edit(p).decided = state; }

/// Sends each replica its state, even for a topic that is to be deleted, unless the replica's deletion has begun.
/// Kafka: ZkReplicaStateMachine, OnlineReplica.
void ControllerRun::replicas_online(const std::vector<PartitionReplica>& replicas) {
  ControlBatch batch;
  for (const PartitionReplica& r : replicas) {
    if (const auto it = context_.deletions.find(r);
        it != context_.deletions.end() && it->second != DeletionState::Ineligible)
      continue;
    if (context_.find(r.partition)->decided) batch.leader_and_isr(context_, IdList{r.replica}, r.partition, false);
  }
  flush(batch);
}

/// The replicas stop and leave the ISR, and the other replicas are notified, one broker at a time; the last member of
/// an ISR stays in it.
/// Kafka: ZkReplicaStateMachine.handleStateChanges, OfflineReplica.
void ControllerRun::replicas_offline(const std::vector<PartitionReplica>& replicas) {
  ControlBatch batch;
  std::map<BrokerId, Partitions> by_broker;
  std::vector<BrokerId> brokers;
  Partitions undecided;
  for (const PartitionReplica& r : replicas) {
    batch.stop_replica(context_, r.replica, r.partition, false);
    if (by_broker.try_emplace(r.replica).second) brokers.push_back(r.replica);
    if (context_.find(r.partition)->decided) by_broker[r.replica].push_back(r.partition);
    else undecided.push_back(r.partition);
  }
  for (const BrokerId broker : in_group_order(std::move(brokers)))
    for (const auto& [p, state] : remove_from_isr(broker, by_broker[broker])) {
      IdList others = context_.find(p)->replicas;
      others.remove(broker);
      if (!context_.queued_for_deletion(p)) batch.leader_and_isr(context_, others, p, false);
    }
  if (!undecided.empty()) batch.update_metadata(context_, context_.live_or_shutting_down_ids(), undecided);
  flush(batch);
}

/// In 2.5 each change gets a new leader epoch, even if the leader stays. The last member stays in the ISR, and the
/// partition then has no leader. Returns the resulting state of all partitions. Kafka: doRemoveReplicasFromIsr.
std::map<TopicPartition, LeaderAndIsr> ControllerRun::remove_from_isr(BrokerId replica, Partitions partitions) {
  std::map<TopicPartition, LeaderAndIsr> out;
  while (!partitions.empty()) {
    const auto now = read_states(partitions);
    std::map<TopicPartition, LeaderAndIsr> next;
    for (const auto& [p, state] : now) {
      if (state.controller_epoch > context_.epoch) continue;
      LeaderAndIsr smaller = state;
      smaller.controller_epoch = context_.epoch;
      if (!state.isr.contains(replica)) {
        remember(p, smaller);
        out[p] = smaller;
        continue;
      }
      smaller.leader = state.leader == replica ? kNoBroker : state.leader;
      if (state.isr.size() > 1) smaller.isr.remove(replica);
      smaller.leader_epoch = state.leader_epoch.next();
      next[p] = smaller;
    }
    Partitions read;
    for (const TopicPartition p : partitions)
      if (now.contains(p)) read.push_back(p);
    partitions.clear();
    for (const auto& [p, written] : write_states(ordered(read, in_map_order), next, now)) {
      if (written) out[p] = *context_.find(p)->decided;
      else partitions.push_back(p);
    }
  }
  return out;
}

/// Keeps the leader but starts a new epoch, so that the leader notices added or removed followers. Kafka:
/// updateLeaderEpochAndSendRequest.
void ControllerRun::bump_epoch_and_send(TopicPartition p, const IdList& brokers) {
  for (;;) {
    const auto now = read_states({p});
    if (!now.contains(p) || now.at(p).controller_epoch > context_.epoch) return;
    LeaderAndIsr next = now.at(p);
    next.leader_epoch = next.leader_epoch.next();
    next.controller_epoch = context_.epoch;
    if (!write_states({p}, {{p, next}}, now).front().second) continue;
    ControlBatch batch;
    batch.leader_and_isr(context_, brokers, p, false);
    return flush(batch);
  }
}

}  // namespace kafkascope::controller
