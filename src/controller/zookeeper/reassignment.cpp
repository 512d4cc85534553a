// Reassignment: the new replicas join and catch up, then the old ones are removed. Kafka:
// KafkaController.onPartitionReassignment (KIP-455, as of 2.5).
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/zookeeper/controller_run.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/messages_admin.h"
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
/// Kafka keeps the znode until the moves are complete. Returns the partitions in it.
std::set<TopicPartition> ControllerRun::zk_reassignment() {
  std::set<TopicPartition> named_there;
  const ZkResult& asked = ask(zookeeper::exists(znode::kReassign, true));
  if (asked.error != ZkError::OK) return named_there;
  const ZkResult& result = ask(zookeeper::get_data(znode::kReassign));
  if (result.error != ZkError::OK) return named_there;
  for (const auto& [named, target] : znode::decode_reassignments(result.data))
    if (const auto p = context_.partition(named.first, named.second); p && !target.empty()) {
      (void)reassign(*p, towards(*context_.find(*p), target));
      named_there.insert(*p);
    }
  remove_all({znode::kReassign});
  (void)ask(zookeeper::exists(znode::kReassign, true));
  return named_there;
}

void ControllerRun::api_reassignment(const ControllerEvent& event) {
  protocol::AlterPartitionReassignmentsResponse response;
  for (const protocol::ReassignablePartition& asked :
       protocol::get<protocol::AlterPartitionReassignmentsRequest>(*event.body).partitions) {
    protocol::AdminResult row{asked.partition.text(), ErrorCode::NONE, ""};
    const auto p = context_.partition(asked.partition.topic, asked.partition.partition);
    if (asked.cancel && !p) {
      row.error = ErrorCode::NO_REASSIGNMENT_IN_PROGRESS;
    } else if (!p || context_.queued_for_deletion(*p)) {
      row.error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
      row.message = "The partition does not exist.";
    } else if (asked.cancel) {
      const PartitionContext& c = *context_.find(*p);
      if (!c.being_reassigned()) row.error = ErrorCode::NO_REASSIGNMENT_IN_PROGRESS;
      else row.error = reassign(*p, towards(c, origin(c)));
    } else {
      // Only added replicas must be alive (KafkaController.validateReplicas).
      const IdList adding = towards(*context_.find(*p), asked.replicas).adding;
      const auto unknown = std::find_if(adding.begin(), adding.end(), [&](BrokerId id) {
        return !context_.live(id) && !sim::mutant("dead-replica-added");
      });
      std::set<BrokerId> distinct(asked.replicas.begin(), asked.replicas.end());
      std::vector<BrokerId> live;
      for (const auto& [id, broker] : context_.brokers)
        if (context_.live(id)) live.push_back(id);
      if (asked.replicas.empty() || unknown != adding.end() ||
          static_cast<int>(distinct.size()) != asked.replicas.size()) {
        row.error = ErrorCode::INVALID_REPLICA_ASSIGNMENT;
        row.message = asked.replicas.empty() ? "Empty replica list specified in partition reassignment."
                      : static_cast<int>(distinct.size()) != asked.replicas.size()
                          ? "Duplicate replica ids in partition reassignment replica list: ArrayBuffer(" +
                                listed(asked.replicas) + ")"
                          : "Replica assignment has brokers that are not alive. Replica list: ArrayBuffer(" +
                                listed(adding) + "), live broker list: Set(" + listed(live) + ")";
      } else {
        row.error = reassign(*p, towards(*context_.find(*p), asked.replicas));
      }
    }
    response.results.push_back(std::move(row));
  }
  answer(event.handle, std::move(response));
}

ErrorCode ControllerRun::reassign(TopicPartition p, const znode::Assignment& to) {
  const PartitionContext before = *context_.find(p);
  change_assignment(p, to);
  // Replicas that an earlier reassignment had begun to add and that the new one does not include.
  IdList unwanted;
  for (BrokerId id : before.replicas)
    if (!to.replicas.contains(id)) unwanted.push_back(id);
  stop_removed(p, unwanted);
  context_.reassigned.insert(p);
  go_on_with_reassignment(p);
  return ErrorCode::NONE;
}

void ControllerRun::change_assignment(TopicPartition p, const znode::Assignment& to) {
  PartitionContext& c = context_.edit(p);
  if (c.replicas == to.replicas && c.adding == to.adding && c.removing == to.removing) return;
  const IdList before = c.replicas;
  c.replicas = to.replicas;
  c.adding = to.adding;
  c.removing = to.removing;
  write_assignment(p.topic);
  tell(fact::ReassignmentChanged{.partition = p,
                                 .partition_epoch = c.decided ? c.decided->version : 0,
                                 .adding = to.adding.size(),
                                 .removing = to.removing.size(),
                                 .state = {before, to.replicas}});
}

void ControllerRun::write_assignment(TopicId topic) {
  znode::TopicAssignment all{topic, {}};
  const TopicContext& t = context_.topics.at(topic);
  for (std::size_t i = 0; i < t.partitions.size(); ++i)
    if (!t.partitions[i].replicas.empty())
      all.partitions[static_cast<std::int32_t>(i)] = {t.partitions[i].replicas, t.partitions[i].adding,
                                                      t.partitions[i].removing};
  expect(write({zookeeper::set_data(znode::topic(t.name), znode::encode(all))}).front(), {ZkError::OK});
}

/// Runs the first half of the reassignment if a target replica is not in sync yet, else the second half. Kafka:
/// onPartitionReassignment.
void ControllerRun::go_on_with_reassignment(TopicPartition p) {
  if (context_.queued_for_deletion(p))
    context_.undeletable.insert(p.topic);  // the deletion waits until the reassignment is complete
  const auto now = read_states({p});       // the read sets a watch, because the partition is in context_.reassigned
  const PartitionContext& c = *context_.find(p);
  const IdList target = c.target();
  // A change that only reorders the replicas need not wait (KafkaController.isReassignmentComplete).
  const bool complete = !c.being_reassigned() ||
                        (now.contains(p) && std::all_of(target.begin(), target.end(),
                                                        [&](BrokerId id) { return now.at(p).isr.contains(id); }));
  if (complete) return finish_reassignment(p);
  const IdList adding = c.adding;
  bump_epoch_and_send(p, c.replicas);
  ControlBatch batch;
  if (context_.find(p)->decided)
    for (BrokerId id : adding) batch.leader_and_isr(context_, IdList{id}, p, true);
  flush(batch);
}

void ControllerRun::reassignment_isr_change(TopicPartition p) {
  const PartitionContext* c = context_.find(p);
  if (c == nullptr || !context_.reassigned.contains(p)) return;
  const auto now = read_states({p});
  const IdList target = c->target();
  if (!now.contains(p)) return;
  if (std::all_of(target.begin(), target.end(), [&](BrokerId id) { return now.at(p).isr.contains(id); }))
    finish_reassignment(p);
}

void ControllerRun::finish_reassignment(TopicPartition p) {
  const IdList target = context_.find(p)->target(), removed = context_.find(p)->removing;
  const auto now = read_states({p});
  if (now.contains(p)) remember(p, now.at(p));
  // The request to the leader does not list the old replicas, so the leader will not let them into the ISR again.
  // Kafka: moveReassignedPartitionLeaderIfRequired.
  const IdList before = std::exchange(context_.edit(p).replicas, target);
  context_.edit(p).adding = context_.edit(p).removing = {};
  const BrokerId leader = context_.find(p)->decided ? context_.find(p)->decided->leader : protocol::kNoBroker;
  if (!target.contains(leader) || !context_.replica_online(leader, p))
    (void)partitions_online({p}, ElectionStrategy::Reassign);
  else bump_epoch_and_send(p, context_.find(p)->replicas);
  stop_removed(p, removed);
  write_assignment(p.topic);
  tell(fact::ReassignmentChanged{.partition = p,
                                 .partition_epoch = context_.find(p)->decided ? context_.find(p)->decided->version : 0,
                                 .adding = 0,
                                 .removing = 0,
                                 .state = {before, target}});
  context_.reassigned.erase(p);
  update_metadata(context_.live_or_shutting_down_ids(), {p});
  context_.undeletable.erase(p.topic);  // even if other partitions of the topic are still being reassigned
  resume_deletions();
}

/// Kafka: stopRemovedReplicasOfReassignedPartition.
void ControllerRun::stop_removed(TopicPartition p, const IdList& removed) {
  std::vector<PartitionReplica> old;
  for (BrokerId id : removed) old.push_back({p, id});
  replicas_offline(old);
  ControlBatch batch;
  for (BrokerId id : removed) batch.stop_replica(context_, id, p, true);
  flush(batch);
}

}  // namespace kafkascope::controller
