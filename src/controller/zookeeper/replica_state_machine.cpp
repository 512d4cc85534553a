#include "controller/zookeeper/replica_state_machine.h"

namespace kafkascope::controller {

using protocol::kNoBroker;

/// Kafka: OnlineReplica.
void ReplicaStateMachine::replicas_online(const std::vector<PartitionReplica>& replicas) {
  ControlBatch batch;
  for (const PartitionReplica& r : replicas) {
    if (const auto it = context_.deletions.find(r);
        it != context_.deletions.end() && it->second != DeletionState::Ineligible)
      continue;
    if (context_.find(r.partition)->decided) batch.leader_and_isr(context_, IdList{r.replica}, r.partition, false);
  }
  scope_.send(batch);
}

/// Kafka: handleStateChanges, OfflineReplica.
void ReplicaStateMachine::replicas_offline(const std::vector<PartitionReplica>& replicas) {
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
  scope_.send(batch);
}

/// In 2.5 each change gets a new leader epoch, even if the leader stays. The last member stays in the ISR, and the
/// partition then has no leader. Returns the resulting state of all partitions. Kafka: doRemoveReplicasFromIsr.
std::map<TopicPartition, LeaderAndIsr> ReplicaStateMachine::remove_from_isr(BrokerId replica, Partitions partitions) {
  std::map<TopicPartition, LeaderAndIsr> out;
  while (!partitions.empty()) {
    const auto now = zk_.read_states(partitions);
    std::map<TopicPartition, LeaderAndIsr> next;
    for (const auto& [p, state] : now) {
      if (state.controller_epoch > context_.epoch) continue;
      LeaderAndIsr smaller = state;
      smaller.controller_epoch = context_.epoch;
      if (!state.isr.contains(replica)) {
        scope_.remember(p, smaller);
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
    for (const auto& [p, written] : scope_.write_states(scope_.order.ordered(read, in_map_order), next, now)) {
      if (written) out[p] = *context_.find(p)->decided;
      else partitions.push_back(p);
    }
  }
  return out;
}

}  // namespace kafkascope::controller
