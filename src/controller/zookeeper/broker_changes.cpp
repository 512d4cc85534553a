// Brokers that start, fail, restart, lose a directory or shut down. Kafka: KafkaController.processBrokerChange,
// onBrokerStartup, onBrokerFailure, onReplicasBecomeOffline, doControlledShutdown, processLeaderAndIsrResponseReceived.
#include <algorithm>

#include "controller/zookeeper/controller_run.h"
#include "protocol/facts_of_cluster.h"

namespace kafkascope::controller {

void ControllerRun::remove_broker(BrokerId id) {
  scope_.tell(fact::BrokerUnregistered{id, context_.brokers.at(id).epoch});
  context_.brokers.erase(id);
}

/// A broker whose znode has a new czxid has restarted, even if the controller never saw it missing (KIP-380).
void ControllerRun::broker_change() {
  const auto now = zk_.read_brokers(true);
  std::vector<BrokerId> fresh, dead, bounced;
  for (const auto& [id, broker] : now) {
    const auto before = context_.brokers.find(id);
    if (before == context_.brokers.end()) {
      fresh.push_back(id);
    } else if (broker.epoch > before->second.epoch && scope_.by_epoch) {
      bounced.push_back(id);
    }
  }
  for (const auto& [id, broker] : context_.brokers)
    if (!now.contains(id)) dead.push_back(id);

  // All connections are updated first; then new, restarted and dead brokers are handled.
  scope_.script.once([&] {
    for (BrokerId id : fresh) scope_.channels.add(id, now.at(id));
    for (BrokerId id : bounced) {
      scope_.channels.remove(scope_.ctx, id);
      scope_.channels.add(id, now.at(id));
    }
    for (BrokerId id : dead) scope_.channels.remove(scope_.ctx, id);
  });
  for (BrokerId id : fresh) context_.brokers[id] = now.at(id);
  on_broker_startup(fresh);
  for (BrokerId id : bounced) remove_broker(id);
  on_broker_failure(bounced);
  for (BrokerId id : bounced) context_.brokers[id] = now.at(id);
  on_broker_startup(bounced);
  for (BrokerId id : dead) remove_broker(id);
  on_broker_failure(dead);
}

/// The broker first receives all metadata, then the states of its replicas; leaderless partitions may be waiting for
/// this broker.
void ControllerRun::on_broker_startup(const std::vector<BrokerId>& brokers) {
  if (brokers.empty()) return;
  std::vector<BrokerId> others;
  for (BrokerId id : context_.live_or_shutting_down_ids())
    if (std::find(brokers.begin(), brokers.end(), id) == brokers.end()) others.push_back(id);
  for (BrokerId id : brokers) context_.failed_dirs.erase(id);
  scope_.update_metadata(others, {});
  scope_.update_metadata(brokers, context_.all_partitions());
  std::vector<PartitionReplica> replicas;
  for (BrokerId id : brokers)
    for (TopicPartition p : context_.partitions_on(id)) replicas.push_back({p, id});
  replicas_.replicas_online(replicas);
  partitions_.trigger_online_state_change();
  for (TopicPartition p : Partitions(context_.reassigned.begin(), context_.reassigned.end())) {
    const PartitionContext* c = context_.find(p);
    if (c != nullptr &&
        std::any_of(brokers.begin(), brokers.end(), [&](BrokerId id) { return c->target().contains(id); }))
      reassignments_.go_on(p);
  }
  // These replicas could not be deleted while the broker was dead.
  for (const PartitionReplica& r : replicas)
    if (context_.queued_for_deletion(r.partition)) {
      if (!context_.deleted(r)) context_.deletions.erase(r);
      context_.undeletable.erase(r.partition.topic);
    }
  deletions_.resume();
}

void ControllerRun::on_broker_failure(const std::vector<BrokerId>& brokers) {
  if (brokers.empty()) return;
  std::vector<PartitionReplica> replicas;
  for (BrokerId id : brokers) {
    context_.shutting_down.erase(id);
    context_.failed_dirs.erase(id);
    for (TopicPartition p : context_.partitions_on(id)) replicas.push_back({p, id});
  }
  on_replicas_offline(replicas);
}

void ControllerRun::on_replicas_offline(const std::vector<PartitionReplica>& replicas) {
  std::vector<PartitionReplica> kept, going;
  for (const PartitionReplica& r : replicas) (context_.queued_for_deletion(r.partition) ? going : kept).push_back(r);
  Partitions leaderless;  // among all partitions, not only those on the failed brokers
  context_.for_each([&](TopicPartition p, const PartitionContext& c) {
    if (c.decided && !context_.replica_online(c.decided->leader, p) && !context_.queued_for_deletion(p))
      leaderless.push_back(p);
  });
  for (TopicPartition p : leaderless) context_.edit(p).state = PartitionState::Offline;
  partitions_.trigger_online_state_change();
  replicas_.replicas_offline(kept);
  for (const PartitionReplica& r : going) deletions_.fail(r);
  if (!going.empty()) deletions_.resume();
  // No broker has been notified so far, but every broker must learn that this one is dead.
  if (leaderless.empty()) scope_.update_metadata(context_.live_or_shutting_down_ids(), {});
}

/// Moves leadership to other brokers and makes the broker stop following; the response lists the partitions it still
/// leads.
protocol::ControlledShutdownResponse ControllerRun::controlled_shutdown(BrokerId id, BrokerEpoch broker_epoch) {
  protocol::ControlledShutdownResponse response;
  const auto broker = context_.brokers.find(id);
  if (broker == context_.brokers.end()) {
    response.error = ErrorCode::BROKER_NOT_AVAILABLE;
    return response;
  }
  if (broker_epoch < broker->second.epoch && scope_.by_epoch) {
    response.error = ErrorCode::STALE_BROKER_EPOCH;
    return response;
  }
  if (context_.shutting_down.insert(id).second) scope_.tell(fact::BrokerShutdownStarted{id, broker_epoch});
  const Partitions here = context_.partitions_on(id);
  Partitions led, followed;
  const auto concerns = [&](TopicPartition p) {
    const PartitionContext& c = *context_.find(p);
    return c.replicas.size() > 1 && c.decided && !context_.queued_for_deletion(p);
  };
  for (TopicPartition p : here)
    if (concerns(p)) (context_.find(p)->decided->leader == id ? led : followed).push_back(p);
  (void)partitions_.partitions_online(scope_.order.taken_from(here, led), ElectionStrategy::ControlledShutdown);
  std::vector<PartitionReplica> leaving;
  for (TopicPartition p : scope_.order.taken_from(here, followed)) leaving.push_back({p, id});
  replicas_.replicas_offline(leaving);
  for (TopicPartition p : here)
    if (concerns(p) && context_.find(p)->decided->leader == id) response.remaining.push_back(p);
  return response;
}

/// A broker has written a notification that one of its directories has failed: the broker gets LeaderAndIsr for all its
/// replicas again, and its response names those that are offline (KIP-112).
void ControllerRun::log_dir_events() {
  std::vector<PartitionReplica> replicas;
  std::vector<std::string> read;
  for (const auto& [name, result] : zk_.read_children(znode::kDirEvents, true)) {
    read.push_back(znode::kDirEvents + "/" + name);
    const BrokerId id = znode::decode_dir_event(result.data);
    if (context_.live_or_shutting_down(id))
      for (TopicPartition p : context_.partitions_on(id)) replicas.push_back({p, id});
  }
  replicas_.replicas_online(replicas);
  zk_.remove_all(read);
}

void ControllerRun::leader_and_isr_response(BrokerId broker, const protocol::LeaderAndIsrResponse& response) {
  if (response.error != ErrorCode::NONE) return;
  std::vector<PartitionReplica> offline;
  for (const protocol::PartitionError& p : response.partitions) {
    if (context_.find(p.partition) == nullptr) continue;
    auto& failed = context_.failed_dirs[broker];
    if (p.error == ErrorCode::KAFKA_STORAGE_ERROR && failed.insert(p.partition).second)
      offline.push_back({p.partition, broker});
    if (p.error == ErrorCode::NONE) failed.erase(p.partition);
  }
  if (!offline.empty()) on_replicas_offline(offline);
}

}  // namespace kafkascope::controller
