#include "controller/zookeeper/reassignments.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "protocol/facts_of_cluster.h"
#include "sim/mutant.h"

namespace kafkascope::controller {

namespace {

/// The current replicas without those that a reassignment is adding. Kafka: ReplicaAssignment.originReplicas.
IdList origin(const PartitionContext& now) {
  IdList out;
  for (BrokerId id : now.replicas)
    if (!now.adding.contains(id)) out.push_back(id);
  return out;
}

/// The target replicas first, then the replicas to be removed. Kafka: ReplicaAssignment.reassignTo.
znode::Assignment towards(const PartitionContext& now, const IdList& target) {
  const IdList from = origin(now);
  znode::Assignment next;
  next.replicas = target;
  for (BrokerId id : target)
    if (!from.contains(id)) next.adding.push_back(id);
  for (BrokerId id : from)
    if (!target.contains(id)) {
      next.removing.push_back(id);
      next.replicas.push_back(id);
    }
  return next;
}

template <class Ids>
std::string listed(const Ids& ids) {
  std::string text;
  for (const BrokerId id : ids) text += (text.empty() ? "" : ", ") + std::to_string(id);
  return text;
}

}  // namespace

/// The old kafka-reassign-partitions writes a znode, which is deleted when all of its moves have begun. Simplified:
/// Kafka keeps the znode until the moves are complete.
std::set<TopicPartition> Reassignments::begin_from_znode() {
  std::set<TopicPartition> named_there;
  const ZkResult& asked = zk_.ask(zookeeper::exists(znode::kReassign, true));
  if (asked.error != ZkError::OK) return named_there;
  const ZkResult& result = zk_.ask(zookeeper::get_data(znode::kReassign));
  if (result.error != ZkError::OK) return named_there;
  for (const auto& [named, target] : znode::decode_reassignments(result.data))
    if (const auto p = context_.partition(named.first, named.second); p && !target.empty()) {
      begin(*p, towards(*context_.find(*p), target));
      named_there.insert(*p);
    }
  zk_.remove_all({znode::kReassign});
  (void)zk_.ask(zookeeper::exists(znode::kReassign, true));
  return named_there;
}

protocol::AlterPartitionReassignmentsResponse Reassignments::handle(
    const protocol::AlterPartitionReassignmentsRequest& request) {
  protocol::AlterPartitionReassignmentsResponse response;
  for (const protocol::ReassignablePartition& asked : request.partitions) {
    protocol::AdminResult row{asked.partition.text(), ErrorCode::NONE, ""};
    row.error = handle_one(asked, row.message);
    response.results.push_back(std::move(row));
  }
  return response;
}

ErrorCode Reassignments::handle_one(const protocol::ReassignablePartition& asked, std::string& message) {
  const auto p = context_.partition(asked.partition.topic, asked.partition.partition);
  if (asked.cancel && !p) return ErrorCode::NO_REASSIGNMENT_IN_PROGRESS;
  if (!p || context_.queued_for_deletion(*p)) {
    message = "The partition does not exist.";
    return ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
  }
  const PartitionContext& now = *context_.find(*p);
  if (asked.cancel && !now.being_reassigned()) return ErrorCode::NO_REASSIGNMENT_IN_PROGRESS;
  if (!asked.cancel) message = problem_of(now, asked.replicas);
  if (!message.empty()) return ErrorCode::INVALID_REPLICA_ASSIGNMENT;
  begin(*p, towards(now, asked.cancel ? origin(now) : asked.replicas));
  return ErrorCode::NONE;
}

/// Why a partition cannot have these replicas; "" if it can. Only added replicas must be alive
/// (KafkaController.validateReplicas).
std::string Reassignments::problem_of(const PartitionContext& now, const IdList& replicas) const {
  if (replicas.empty()) return "Empty replica list specified in partition reassignment.";
  const std::set<BrokerId> distinct(replicas.begin(), replicas.end());
  if (static_cast<int>(distinct.size()) != replicas.size())
    return "Duplicate replica ids in partition reassignment replica list: ArrayBuffer(" + listed(replicas) + ")";
  const IdList adding = towards(now, replicas).adding;
  if (std::all_of(adding.begin(), adding.end(),
                  [&](BrokerId id) { return context_.live(id) || sim::mutant("dead-replica-added"); }))
    return "";
  std::vector<BrokerId> live;
  for (const auto& [id, broker] : context_.brokers)
    if (context_.live(id)) live.push_back(id);
  return "Replica assignment has brokers that are not alive. Replica list: ArrayBuffer(" + listed(adding) +
         "), live broker list: Set(" + listed(live) + ")";
}

void Reassignments::begin(TopicPartition p, const znode::Assignment& to) {
  const PartitionContext before = *context_.find(p);
  change_assignment(p, to);
  // Replicas that an earlier reassignment had begun to add and that the new one does not include.
  IdList unwanted;
  for (BrokerId id : before.replicas)
    if (!to.replicas.contains(id)) unwanted.push_back(id);
  stop_removed(p, unwanted);
  context_.reassigned.insert(p);
  go_on(p);
}

void Reassignments::change_assignment(TopicPartition p, const znode::Assignment& to) {
  PartitionContext& c = context_.edit(p);
  if (c.replicas == to.replicas && c.adding == to.adding && c.removing == to.removing) return;
  const IdList before = c.replicas;
  c.replicas = to.replicas;
  c.adding = to.adding;
  c.removing = to.removing;
  write_assignment(p.topic);
  scope_.tell(fact::ReassignmentChanged{.partition = p,
                                        .partition_epoch = c.decided ? c.decided->version : 0,
                                        .adding = to.adding.size(),
                                        .removing = to.removing.size(),
                                        .state = {before, to.replicas}});
}

void Reassignments::write_assignment(TopicId topic) {
  znode::TopicAssignment all{topic, {}};
  const TopicContext& t = context_.topics.at(topic);
  for (std::size_t i = 0; i < t.partitions.size(); ++i)
    if (!t.partitions[i].replicas.empty())
      all.partitions[static_cast<std::int32_t>(i)] = {t.partitions[i].replicas, t.partitions[i].adding,
                                                      t.partitions[i].removing};
  KafkaZkClient::expect(zk_.write({zookeeper::set_data(znode::topic(t.name), znode::encode(all))}).front(),
                        {ZkError::OK});
}

/// Kafka: onPartitionReassignment.
void Reassignments::go_on(TopicPartition p) {
  if (context_.queued_for_deletion(p))
    context_.undeletable.insert(p.topic);  // the deletion waits until the reassignment is complete
  const auto now = zk_.read_states({p});   // the read sets a watch, because the partition is in context_.reassigned
  const PartitionContext& c = *context_.find(p);
  const IdList target = c.target();
  // A change that only reorders the replicas need not wait (KafkaController.isReassignmentComplete).
  const bool complete = !c.being_reassigned() ||
                        (now.contains(p) && std::all_of(target.begin(), target.end(),
                                                        [&](BrokerId id) { return now.at(p).isr.contains(id); }));
  if (complete) return finish(p);
  const IdList adding = c.adding;
  partitions_.bump_epoch_and_send(p, c.replicas);
  ControlBatch batch;
  if (context_.find(p)->decided)
    for (BrokerId id : adding) batch.leader_and_isr(context_, IdList{id}, p, true);
  scope_.send(batch);
}

void Reassignments::on_isr_change(TopicPartition p) {
  const PartitionContext* c = context_.find(p);
  if (c == nullptr || !context_.reassigned.contains(p)) return;
  const auto now = zk_.read_states({p});
  const IdList target = c->target();
  if (!now.contains(p)) return;
  if (std::all_of(target.begin(), target.end(), [&](BrokerId id) { return now.at(p).isr.contains(id); })) finish(p);
}

void Reassignments::finish(TopicPartition p) {
  const IdList target = context_.find(p)->target(), removed = context_.find(p)->removing;
  const auto now = zk_.read_states({p});
  if (now.contains(p)) scope_.remember(p, now.at(p));
  // The request to the leader does not list the old replicas, so the leader will not let them into the ISR again.
  // Kafka: moveReassignedPartitionLeaderIfRequired.
  const IdList before = std::exchange(context_.edit(p).replicas, target);
  context_.edit(p).adding = context_.edit(p).removing = {};
  const BrokerId leader = context_.find(p)->decided ? context_.find(p)->decided->leader : protocol::kNoBroker;
  if (!target.contains(leader) || !context_.replica_online(leader, p))
    (void)partitions_.partitions_online({p}, ElectionStrategy::Reassign);
  else partitions_.bump_epoch_and_send(p, context_.find(p)->replicas);
  stop_removed(p, removed);
  write_assignment(p.topic);
  scope_.tell(
      fact::ReassignmentChanged{.partition = p,
                                .partition_epoch = context_.find(p)->decided ? context_.find(p)->decided->version : 0,
                                .adding = 0,
                                .removing = 0,
                                .state = {before, target}});
  context_.reassigned.erase(p);
  scope_.update_metadata(context_.live_or_shutting_down_ids(), {p});
  context_.undeletable.erase(p.topic);  // even if other partitions of the topic are still being reassigned
  deletions_.resume();
}

/// Kafka: stopRemovedReplicasOfReassignedPartition.
void Reassignments::stop_removed(TopicPartition p, const IdList& removed) {
  std::vector<PartitionReplica> old;
  for (BrokerId id : removed) old.push_back({p, id});
  replicas_.replicas_offline(old);
  ControlBatch batch;
  for (BrokerId id : removed) batch.stop_replica(context_, id, p, true);
  scope_.send(batch);
}

}  // namespace kafkascope::controller
