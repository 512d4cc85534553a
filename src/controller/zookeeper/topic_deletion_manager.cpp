#include "controller/zookeeper/topic_deletion_manager.h"

#include "protocol/config.h"
#include "protocol/facts_of_cluster.h"
#include "sim/mutant.h"

namespace kafkascope::controller {

/// Removes the entries of topics that do not exist, or all entries if deletion is disabled. A topic under reassignment
/// waits only in two cases: a controller that takes over finds the entry (fetchTopicDeletionsInProgress), or the topic
/// was queued already. The reason for the second case: markTopicIneligibleForDeletion checks the queued topics before
/// this topic is queued (processTopicDeletion).
void TopicDeletionManager::queue(bool takes_over) {
  std::vector<std::string> unknown;
  const bool enabled = scope_.config.flag("delete.topic.enable");
  for (const std::string& name : zk_.children(znode::kDeleteTopics, true)) {
    const auto it = context_.names.find(name);
    if (it == context_.names.end() || !enabled) {
      unknown.push_back(znode::delete_topic(name));
      continue;
    }
    const bool fresh = context_.deleting.insert(it->second).second;
    for (TopicPartition p : context_.reassigned)
      if (p.topic == it->second && (takes_over || !fresh)) context_.undeletable.insert(it->second);
  }
  zk_.remove_all(unknown);
}

/// A replica that is already deleted stays deleted, dead or alive
/// (ReplicaState.validPreviousStates).
void TopicDeletionManager::fail(const PartitionReplica& replica) {
  if (!context_.deleted(replica)) context_.deletions[replica] = DeletionState::Ineligible;
  context_.undeletable.insert(replica.partition.topic);
}

void TopicDeletionManager::resume() {
  for (TopicId topic : std::vector<TopicId>(context_.deleting.begin(), context_.deleting.end())) {
    std::int64_t replicas = 0, started = 0, successful = 0;
    const auto& partitions = context_.topics.at(topic).partitions;
    for (std::size_t i = 0; i < partitions.size(); ++i) replicas += partitions[i].replicas.size();
    for (const auto& [replica, state] : context_.deletions) {
      if (replica.partition.topic != topic) continue;
      started += state == DeletionState::Started;
      successful += state == DeletionState::Successful;
    }
    if (successful == replicas) complete(topic);
    else if (started == 0 && !context_.undeletable.contains(topic)) start(topic);
  }
}

/// All brokers are notified of the deletion; the replicas stop, then delete their logs. Kafka: onTopicDeletion,
/// onPartitionDeletion.
void TopicDeletionManager::start(TopicId topic) {
  Partitions partitions;
  std::vector<PartitionReplica> alive;
  const auto& all = context_.topics.at(topic).partitions;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const TopicPartition p{topic, static_cast<std::int32_t>(i)};
    context_.edit(p).state = PartitionState::NonExistent;
    partitions.push_back(p);
    for (BrokerId id : all[i].replicas) {
      const PartitionReplica r{p, id};
      if (!context_.replica_online(id, p)) fail(r);
      else if (!context_.deleted(r)) alive.push_back(r);
    }
  }
  scope_.update_metadata(context_.live_or_shutting_down_ids(), partitions);
  // The followers stop; in the end the partition has no leader, and its ISR has only its last member.
  if (!sim::mutant("deletion-keeps-the-leader")) replicas_.replicas_offline(alive);
  ControlBatch remove;
  for (const PartitionReplica& r : alive) {
    remove.stop_replica(context_, r.replica, r.partition, true);
    context_.deletions[r] = DeletionState::Started;
  }
  scope_.send(remove);
}

void TopicDeletionManager::on_response(BrokerId broker, const protocol::StopReplicaResponse& response) {
  for (const protocol::PartitionError& p : response.partitions) {
    if (!context_.queued_for_deletion(p.partition)) continue;
    const bool ok = response.error == ErrorCode::NONE && p.error == ErrorCode::NONE;
    if (!ok) context_.undeletable.insert(p.partition.topic);
    // Ignores a replica that a reassignment has removed (ReplicaState.validPreviousStates).
    const auto replica = context_.deletions.find({p.partition, broker});
    if (replica == context_.deletions.end() || replica->second != DeletionState::Started) continue;
    replica->second = ok ? DeletionState::Successful : DeletionState::Ineligible;
  }
  resume();
}

/// Kafka: completeDeleteTopic, KafkaZkClient.deleteTopicZNode, deleteTopicConfigs, deleteTopicDeletions.
void TopicDeletionManager::complete(TopicId topic) {
  const std::string name = context_.topics.at(topic).name;
  const auto& partitions = context_.topics.at(topic).partitions;
  std::vector<std::string> leaves, parents;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    leaves.push_back(znode::state(name, static_cast<std::int32_t>(i)));
    parents.push_back(znode::partition(name, static_cast<std::int32_t>(i)));
  }
  zk_.remove_all(leaves);
  zk_.remove_all(parents);
  zk_.remove_all({znode::partitions(name)});
  zk_.remove_all({znode::topic(name)});
  zk_.remove_all({znode::config("topic:" + name)});
  zk_.remove_all({znode::delete_topic(name)});
  scope_.tell(fact::TopicDeleted{{topic, -1}, static_cast<std::int32_t>(partitions.size()), name});
  context_.forget_topic(topic);
}

}  // namespace kafkascope::controller
