// New topics and partitions, ISR change notifications, and requested elections. Kafka:
// KafkaController.processTopicChange, processPartitionModifications, onNewPartitionCreation,
// processIsrChangeNotification, processReplicaLeaderElection, checkAndTriggerAutoLeaderRebalance.
#include <algorithm>
#include <set>

#include "controller/zookeeper/controller_run.h"
#include "protocol/error_text.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/messages_admin.h"

namespace kafkascope::controller {

/// Simplified: topics that share a bucket of ZooKeeper's hash set are ordered by name, not by age.
void ControllerRun::topic_change() {
  const std::vector<std::string> now = zk_.children(znode::kTopics, true);
  const std::set<std::string> there(now.begin(), now.end());
  std::vector<std::string> fresh;
  for (const std::string& name : in_name_set_order(in_child_order(now)))
    if (!context_.names.contains(name)) fresh.push_back(name);
  std::vector<TopicId> gone;
  for (const auto& [id, topic] : context_.topics)
    if (!there.contains(topic.name)) gone.push_back(id);
  for (TopicId id : gone) context_.forget_topic(id);
  load_topics(fresh);
  Partitions partitions;
  for (const std::string& name : fresh) {
    const auto it = context_.names.find(name);
    if (it == context_.names.end()) continue;
    const auto& all = context_.topics.at(it->second).partitions;
    for (std::size_t i = 0; i < all.size(); ++i) partitions.push_back({it->second, static_cast<std::int32_t>(i)});
    scope_.tell(fact::TopicCreated{.partition = {it->second, -1},
                                   .partitions = static_cast<std::int32_t>(all.size()),
                                   .replication_factor = all.empty() ? 0 : all[0].replicas.size(),
                                   .topic = name});
  }
  on_new_partitions(scope_.order.ordered(partitions, in_topic_order));
}

/// The topic's znode has changed: partitions were added, or this controller itself is moving replicas.
void ControllerRun::partition_modifications(const std::string& name) {
  const ZkResult& result = zk_.ask(zookeeper::get_data(znode::topic(name), true));
  KafkaZkClient::expect(result, {ZkError::OK, ZkError::NONODE});
  const auto topic = znode::decode_topic(result.data);
  if (result.error != ZkError::OK || !topic || context_.deleting.contains(topic->id)) return;
  std::set<std::int32_t> added;
  znode::NamedPartitions all;
  for (const auto& [number, assignment] : topic->partitions) {
    all.emplace_back(name, number);
    if (context_.find({topic->id, number}) != nullptr) continue;
    context_.assign(topic->id, name, number, assignment);
    added.insert(number);
  }
  Partitions fresh;
  for (const std::size_t at : in_topic_order(all))
    if (added.contains(all[at].second)) fresh.push_back({topic->id, all[at].second});
  on_new_partitions(fresh);
  for (TopicPartition p : fresh)
    if (const PartitionContext& c = *context_.find(p); c.decided)
      scope_.tell(fact::PartitionAdded{p, c.decided->leader, c.decided->leader_epoch, c.decided->isr});
}

void ControllerRun::on_new_partitions(const Partitions& partitions) {
  for (TopicPartition p : partitions) context_.edit(p).state = PartitionState::New;
  (void)partitions_.partitions_online(partitions, ElectionStrategy::Offline);
}

void ControllerRun::isr_change_notification() {
  Partitions partitions;
  std::vector<std::string> read;
  for (const auto& [name, result] : zk_.read_children(znode::kIsrChanges, true)) {
    read.push_back(znode::kIsrChanges + "/" + name);
    for (const auto& [topic, number] : znode::decode_partitions(result.data))
      if (const auto p = context_.partition(topic, number)) partitions.push_back(*p);
  }
  for (const auto& [p, state] : zk_.read_states(partitions)) {
    const PartitionContext& c = *context_.find(p);
    if (c.decided && !(c.decided->isr == state.isr)) scope_.tell(fact::IsrChanged{p, state.version, state.isr});
    scope_.remember(p, state);
  }
  if (!partitions.empty()) scope_.update_metadata(context_.live_or_shutting_down_ids(), partitions);
  zk_.remove_all(read);
}

// ---------------------------------------------------------------------------------------------- requested elections

/// Kafka: onReplicaElection, preceded by the filter of processReplicaLeaderElection.
PartitionStateMachine::Outcome ControllerRun::elect_replicas(const Partitions& partitions, bool unclean) {
  PartitionStateMachine::Outcome out;
  Partitions electable;
  for (TopicPartition p : scope_.order.as_set(partitions)) {
    const PartitionContext& c = *context_.find(p);
    const BrokerId leader = c.decided ? c.decided->leader : protocol::kNoBroker;
    const bool needed = unclean ? !context_.live(leader) : leader != c.replicas[0];
    if (context_.queued_for_deletion(p)) out[p] = ErrorCode::INVALID_TOPIC_EXCEPTION;
    else if (!needed) out[p] = ErrorCode::ELECTION_NOT_NEEDED;
    else electable.push_back(p);
  }
  out.merge(partitions_.partitions_online(electable,
                                          unclean ? ElectionStrategy::OfflineUnclean : ElectionStrategy::Preferred));
  return out;
}

protocol::ElectLeadersResponse ControllerRun::leader_election(const protocol::ElectLeadersRequest& request) {
  protocol::ElectLeadersResponse response;
  Partitions partitions;
  std::map<TopicPartition, std::string> names;
  if (request.all) {
    for (TopicPartition p : context_.all_partitions()) {
      partitions.push_back(p);
      names[p] = context_.name(p) + "-" + std::to_string(p.partition);
    }
  }
  for (const protocol::NamedPartition& named : request.partitions) {
    if (const auto p = context_.partition(named.topic, named.partition)) {
      partitions.push_back(*p);
      names[*p] = named.text();
    } else {
      response.results.push_back(
          {named.text(), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "The partition does not exist."});
    }
  }
  for (const auto& [p, error] : elect_replicas(partitions, request.unclean))
    if (!request.all || error != ErrorCode::ELECTION_NOT_NEEDED)
      response.results.push_back({names.at(p), error,
                                  error == ErrorCode::INVALID_TOPIC_EXCEPTION ? "The topic is being deleted"
                                                                              : protocol::error_text(error, true)});
  return response;
}

/// The old kafka-preferred-replica-election writes a znode, which is deleted when the election is done.
void ControllerRun::zk_leader_election() {
  const ZkResult& asked = zk_.ask(zookeeper::exists(znode::kPreferredElection, true));
  if (asked.error != ZkError::OK) return;
  const ZkResult& result = zk_.ask(zookeeper::get_data(znode::kPreferredElection));
  if (result.error != ZkError::OK) return;
  Partitions partitions;
  for (const auto& [topic, number] : znode::decode_partitions(result.data))
    if (const auto p = context_.partition(topic, number)) partitions.push_back(*p);
  (void)elect_replicas(partitions, false);
  zk_.remove_all({znode::kPreferredElection});
  (void)zk_.ask(zookeeper::exists(znode::kPreferredElection, true));
}

/// A broker whose share of non-preferred leaders exceeds leader.imbalance.per.broker.percentage gets leadership of its
/// partitions back.
void ControllerRun::auto_leader_rebalance() {
  std::map<BrokerId, std::pair<std::int64_t, Partitions>> by_preferred;  // the number of partitions that prefer this
                                                                         // broker; those of them that another broker
                                                                         // leads
  context_.for_each([&](TopicPartition p, const PartitionContext& c) {
    if (context_.queued_for_deletion(p)) return;
    auto& [all, elsewhere] = by_preferred[c.replicas[0]];
    ++all;
    if (c.decided && c.decided->leader != c.replicas[0]) elsewhere.push_back(p);
  });
  const std::int64_t percentage = scope_.config.number("leader.imbalance.per.broker.percentage");
  const auto balanced = [&](const auto& group) {
    return static_cast<std::int64_t>(group.second.second.size()) * 100 <= group.second.first * percentage;
  };
  if (std::all_of(by_preferred.begin(), by_preferred.end(), balanced)) return;
  const Partitions all = context_.all_partitions();
  std::vector<BrokerId> brokers;  // in the order of first occurrence; if there are many brokers, the order does not
                                  // matter
  for (const auto& group : by_preferred) brokers.push_back(group.first);
  if (brokers.size() <= kSmallMap) {
    brokers.clear();
    for (TopicPartition p : scope_.order.taken_from(all, all))
      if (const BrokerId id = context_.find(p)->replicas[0];
          !context_.queued_for_deletion(p) && std::find(brokers.begin(), brokers.end(), id) == brokers.end())
        brokers.push_back(id);
  }
  for (const BrokerId broker : in_group_order(std::move(brokers))) {
    const auto group = by_preferred.find(broker);
    if (balanced(*group)) continue;
    Partitions candidates;
    for (TopicPartition p : group->second.second)
      if (context_.replica_online(broker, p) && context_.reassigned.empty()) candidates.push_back(p);
    (void)elect_replicas(scope_.order.taken_from(all, candidates), false);
  }
}

void ControllerRun::unclean_election_enabled(const std::string& topic) {
  if (topic.empty()) return partitions_.trigger_online_state_change();
  if (const auto it = context_.names.find(topic); it != context_.names.end())
    partitions_.trigger_online_state_change(it->second);
}

}  // namespace kafkascope::controller
