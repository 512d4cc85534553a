// Brokers that start, fail, restart, lose a directory or shut down. Kafka: KafkaController.processBrokerChange,
// onBrokerStartup, onBrokerFailure, onReplicasBecomeOffline, doControlledShutdown, processLeaderAndIsrResponseReceived.
#include <algorithm>
#include <charconv>

#include "controller/zookeeper/controller_run.h"
#include "protocol/facts_of_cluster.h"

namespace kafkascope::controller {

/// Kafka: KafkaZkClient.getAllBrokerAndEpochsInCluster.
std::map<BrokerId, LivingBroker> ControllerRun::read_brokers(bool watch) {
  std::map<BrokerId, LivingBroker> out;
  for (const auto& [name, result] : read_children(znode::kBrokerIds, watch)) {
    BrokerId id = protocol::kNoBroker;
    std::from_chars(name.data(), name.data() + name.size(), id);
    if (const auto info = znode::decode_broker(result.data))
      out[id] = {result.stat.czxid.value, info->endpoint(), info->rack};
  }
  return out;
}

void ControllerRun::remove_broker(BrokerId id) {
  tell(fact::BrokerUnregistered{id, context_.brokers.at(id).epoch});
  context_.brokers.erase(id);
}

/// A broker whose znode has a new czxid has restarted, even if the controller never saw it missing (KIP-380).
void ControllerRun::broker_change() {
  const auto now = read_brokers(true);
  std::vector<BrokerId> fresh, dead, bounced;
  for (const auto& [id, broker] : now) {
    const auto before = context_.brokers.find(id);
    if (before == context_.brokers.end()) {
      fresh.push_back(id);
    } else if (broker.epoch > before->second.epoch && !c_.options_.historical.kip_380) {
      bounced.push_back(id);
    }
  }
  for (const auto& [id, broker] : context_.brokers)
    if (!now.contains(id)) dead.push_back(id);

  // All connections are updated first; then new, restarted and dead brokers are handled.
  zk_.once([&] {
    for (BrokerId id : fresh) c_.channels_.add(id, now.at(id));
    for (BrokerId id : bounced) {
      c_.channels_.remove(ctx_, id);
      c_.channels_.add(id, now.at(id));
    }
    for (BrokerId id : dead) c_.channels_.remove(ctx_, id);
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
  update_metadata(others, {});
  update_metadata(brokers, context_.all_partitions());
  std::vector<PartitionReplica> replicas;
  for (BrokerId id : brokers)
    for (TopicPartition p : context_.partitions_on(id)) replicas.push_back({p, id});
  replicas_online(replicas);
  trigger_online_state_change();
  for (TopicPartition p : Partitions(context_.reassigned.begin(), context_.reassigned.end())) {
    const PartitionContext* c = context_.find(p);
    if (c != nullptr &&
        std::any_of(brokers.begin(), brokers.end(), [&](BrokerId id) { return c->target().contains(id); }))
      go_on_with_reassignment(p);
  }
  // These replicas could not be deleted while the broker was dead.
  for (const PartitionReplica& r : replicas)
    if (context_.queued_for_deletion(r.partition)) {
      if (!context_.deleted(r)) context_.deletions.erase(r);
      context_.undeletable.erase(r.partition.topic);
    }
  resume_deletions();
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
  trigger_online_state_change();
  replicas_offline(kept);
  for (const PartitionReplica& r : going) fail_deletion(r);
  if (!going.empty()) resume_deletions();
  // No broker has been notified so far, but every broker must learn that this one is dead.
  if (leaderless.empty()) update_metadata(context_.live_or_shutting_down_ids(), {});
}

/// Moves leadership to other brokers and makes the broker stop following; the response lists the partitions it still
/// leads.
void ControllerRun::controlled_shutdown(const ControllerEvent& event) {
  const BrokerId id = event.broker;
  protocol::ControlledShutdownResponse response;
  const auto broker = context_.brokers.find(id);
  if (broker == context_.brokers.end()) {
    response.error = ErrorCode::BROKER_NOT_AVAILABLE;
    return answer(event.handle, response);
  }
  if (event.broker_epoch < broker->second.epoch && !c_.options_.historical.kip_380) {
    response.error = ErrorCode::STALE_BROKER_EPOCH;
    return answer(event.handle, response);
  }
  if (context_.shutting_down.insert(id).second) tell(fact::BrokerShutdownStarted{id, event.broker_epoch});
  const Partitions here = context_.partitions_on(id);
  Partitions led, followed;
  const auto concerns = [&](TopicPartition p) {
    const PartitionContext& c = *context_.find(p);
    return c.replicas.size() > 1 && c.decided && !context_.queued_for_deletion(p);
  };
  for (TopicPartition p : here)
    if (concerns(p)) (context_.find(p)->decided->leader == id ? led : followed).push_back(p);
  (void)partitions_online(taken_from(here, led), ElectionStrategy::ControlledShutdown);
  std::vector<PartitionReplica> leaving;
  for (TopicPartition p : taken_from(here, followed)) leaving.push_back({p, id});
  replicas_offline(leaving);
  for (TopicPartition p : here)
    if (concerns(p) && context_.find(p)->decided->leader == id) response.remaining.push_back(p);
  answer(event.handle, response);
}

/// A broker has written a notification that one of its directories has failed: the broker gets LeaderAndIsr for all its
/// replicas again, and its response names those that are offline (KIP-112).
void ControllerRun::log_dir_events() {
  std::vector<PartitionReplica> replicas;
  std::vector<std::string> read;
  for (const auto& [name, result] : read_children(znode::kDirEvents, true)) {
    read.push_back(znode::kDirEvents + "/" + name);
    const BrokerId id = znode::decode_dir_event(result.data);
    if (context_.live_or_shutting_down(id))
      for (TopicPartition p : context_.partitions_on(id)) replicas.push_back({p, id});
  }
  replicas_online(replicas);
  remove_all(read);
}

void ControllerRun::leader_and_isr_response(const ControllerEvent& event) {
  const auto& response = protocol::get<protocol::LeaderAndIsrResponse>(*event.body);
  if (response.error != ErrorCode::NONE) return;
  std::vector<PartitionReplica> offline;
  for (const protocol::PartitionError& p : response.partitions) {
    if (context_.find(p.partition) == nullptr) continue;
    auto& failed = context_.failed_dirs[event.broker];
    if (p.error == ErrorCode::KAFKA_STORAGE_ERROR && failed.insert(p.partition).second)
      offline.push_back({p.partition, event.broker});
    if (p.error == ErrorCode::NONE) failed.erase(p.partition);
  }
  if (!offline.empty()) on_replicas_offline(offline);
}

}  // namespace kafkascope::controller
