// Changes of existing topics: DeleteTopics, CreatePartitions, ElectLeaders, AlterPartitionReassignments.
// Kafka: ControllerApis, ReplicationControlManager, PartitionReassignmentReplicas, PartitionReassignmentRevert.
#include <algorithm>
#include <set>
#include <string>

#include "controller/kraft/replication_control.h"
#include "controller/kraft/settings.h"

namespace kafkascope::controller {

using protocol::AdminResult;
using protocol::kNoTopic;
using protocol::TopicId;

protocol::DeleteTopicsResponse ReplicationControl::delete_topics(const protocol::DeleteTopicsRequest& request,
                                                                 Records& out) const {
  protocol::DeleteTopicsResponse response;
  const bool enabled = config_.flag("delete.topic.enable");
  std::set<std::string> seen, duplicates;
  for (const std::string& name : request.topics)
    if (!seen.insert(name).second) duplicates.insert(name);
  for (const std::string& name : seen) {
    AdminResult result{name, ErrorCode::NONE, ""};
    const TopicId id = image_.topic_id(name);
    if (!enabled) {
      result = {name, ErrorCode::TOPIC_DELETION_DISABLED, "Topic deletion is disabled."};
    } else if (duplicates.contains(name)) {
      result = {name, ErrorCode::INVALID_REQUEST, "Duplicate topic name."};
    } else if (id == kNoTopic) {
      result = {name, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "This server does not host this topic-partition."};
    } else {
      out.emplace_back(protocol::RemoveTopicRecord{id});
    }
    response.results.push_back(std::move(result));
  }
  return response;
}

protocol::CreatePartitionsResponse ReplicationControl::create_partitions(
    const protocol::CreatePartitionsRequest& request, const std::vector<UsableBroker>& brokers, sim::Random& random,
    Records& out) const {
  protocol::CreatePartitionsResponse response;
  for (const protocol::CreatablePartitions& topic : request.topics) {
    AdminResult result{topic.topic, ErrorCode::NONE, ""};
    result.error = add_partitions(topic, brokers, random, out, result.message);
    response.results.push_back(std::move(result));
  }
  return response;
}

ErrorCode ReplicationControl::add_partitions(const protocol::CreatablePartitions& asked,
                                             const std::vector<UsableBroker>& brokers, sim::Random& random,
                                             Records& out, std::string& message) const {
  const TopicId id = image_.topic_id(asked.topic);
  if (id == kNoTopic) {
    message = "This server does not host this topic-partition.";
    return ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
  }
  const protocol::TopicImage& topic = *image_.topic(id);
  const auto present = static_cast<std::int32_t>(topic.partitions.size());
  if (asked.count == present) {
    message = "Topic already has " + std::to_string(present) + (by_2_5(config_) ? " partitions." : " partition(s).");
    return ErrorCode::INVALID_PARTITIONS;
  }
  if (asked.count < present && by_2_5(config_)) {
    message = "Topic currently has " + std::to_string(present) + " partitions, which is higher than the requested " +
              std::to_string(asked.count) + ".";
    return ErrorCode::INVALID_PARTITIONS;
  }
  if (asked.count < present) {
    message = "The topic " + asked.topic + " currently has " + std::to_string(present) + " partition(s); " +
              std::to_string(asked.count) + " would not be an increase.";
    return ErrorCode::INVALID_PARTITIONS;
  }
  const std::int32_t additional = asked.count - present;
  const int factor = topic.partitions.front().replicas.size();
  std::vector<IdList> placed = asked.assignments;
  const bool manual = !placed.empty();
  if (manual && static_cast<std::int32_t>(placed.size()) != additional) {
    message = "Attempted to add " + std::to_string(additional) + " additional partition(s), but only " +
              std::to_string(placed.size()) + " assignment(s) were specified.";
    return ErrorCode::INVALID_REPLICA_ASSIGNMENT;
  }
  if (manual) {
    for (const IdList& replicas : placed)
      if (const ErrorCode error = check_assignment(replicas, factor, message); error != ErrorCode::NONE) return error;
  } else {
    Placement placement = place_replicas(brokers, additional, factor, random);
    if (placement.error != ErrorCode::NONE) {
      message = "Unable to replicate the partition " + std::to_string(factor) + " time(s): " + placement.message;
      return placement.error;
    }
    placed = std::move(placement.partitions);
  }
  Records records;
  for (std::int32_t i = 0; i < additional; ++i) {
    const IdList& replicas = placed[static_cast<std::size_t>(i)];
    if (const ErrorCode error = add_partition({id, present + i}, replicas, manual, records, message);
        error != ErrorCode::NONE)
      return error;
  }
  out.insert(out.end(), std::make_move_iterator(records.begin()), std::make_move_iterator(records.end()));
  return ErrorCode::NONE;
}

/// A request without topics and partitions means all of them; partitions that need no election are then left out of the
/// response.
protocol::ElectLeadersResponse ReplicationControl::elect_leaders(const protocol::ElectLeadersRequest& request,
                                                                 Records& out) const {
  protocol::ElectLeadersResponse response;
  const Election type = request.unclean ? Election::Unclean : Election::Preferred;
  const auto elect = [&](const protocol::NamedPartition& named) {
    AdminResult result{named.text(), ErrorCode::NONE, ""};
    const TopicId id = image_.topic_id(named.topic);
    if (id == kNoTopic) {
      result.error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
      result.message = "No such topic as " + named.topic;
    } else {
      result.error = elect_leader({id, named.partition}, type, out);
      if (result.error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
        result.message = "No such partition as " + named.text();
    }
    if (!request.all || result.error != ErrorCode::ELECTION_NOT_NEEDED) response.results.push_back(std::move(result));
  };
  if (request.all) {
    for (const protocol::TopicImage& topic : image_.topics())
      for (std::size_t i = 0; i < topic.partitions.size(); ++i) elect({topic.name, static_cast<std::int32_t>(i)});
  } else {
    for (const protocol::NamedPartition& named : request.partitions) elect(named);
  }
  return response;
}

protocol::AlterPartitionReassignmentsResponse ReplicationControl::reassign(
    const protocol::AlterPartitionReassignmentsRequest& request, Records& out) const {
  protocol::AlterPartitionReassignmentsResponse response;
  for (const protocol::ReassignablePartition& asked : request.partitions) {
    AdminResult result{asked.partition.text(), ErrorCode::NONE, ""};
    const TopicPartition tp{image_.topic_id(asked.partition.topic), asked.partition.partition};
    const PartitionRegistration* partition = image_.partition(tp);
    if (partition == nullptr) {
      result.error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
      result.message = tp.topic == kNoTopic ? "Unable to find a topic named " + asked.partition.topic + "."
                                            : "Unable to find partition " + asked.partition.topic + ":" +
                                                  std::to_string(asked.partition.partition) + ".";
    } else if (asked.cancel) {
      result.error = cancel_reassignment(tp, *partition, out, result.message);
    } else {
      result.error = change_reassignment(tp, *partition, asked.replicas, out, result.message);
    }
    response.results.push_back(std::move(result));
  }
  return response;
}

/// The target replicas come first, then the replicas to be removed, which serve until the new ones are in sync.
ErrorCode ReplicationControl::change_reassignment(TopicPartition tp, const PartitionRegistration& partition,
                                                  const IdList& target, Records& out, std::string& message) const {
  if (const ErrorCode error = check_assignment(target, target.size(), message); error != ErrorCode::NONE) return error;
  const auto sorted_difference = [](const IdList& a, const IdList& b) {
    std::set<BrokerId> left;
    for (BrokerId id : a)
      if (!b.contains(id)) left.insert(id);
    IdList list;
    for (BrokerId id : left) list.push_back(id);
    return list;
  };
  const IdList removing = sorted_difference(partition.replicas, target);
  const IdList adding = sorted_difference(target, partition.replicas);
  IdList replicas = target;
  for (BrokerId id : removing) replicas.push_back(id);
  auto builder = change(tp, *image_.topic(tp.topic), partition, {});
  if (!(replicas == partition.replicas)) builder.replicas(replicas);
  if (!removing.empty()) builder.removing(removing);
  if (!adding.empty()) builder.adding(adding);
  if (auto record = builder.build()) out.emplace_back(*record);
  return ErrorCode::NONE;
}

ErrorCode ReplicationControl::cancel_reassignment(TopicPartition tp, const PartitionRegistration& partition,
                                                  Records& out, std::string& message) const {
  if (partition.adding.empty() && partition.removing.empty()) {
    message = "No partition reassignment is in progress.";
    return ErrorCode::NO_REASSIGNMENT_IN_PROGRESS;
  }
  const auto stays = [&](BrokerId id) { return !partition.adding.contains(id); };
  const IdList replicas = filtered(partition.replicas, stays);
  IdList isr = filtered(partition.isr, stays);
  const protocol::TopicImage& topic = *image_.topic(tp.topic);
  const bool unclean_enabled = unclean_election_enabled(image_, config_, topic);
  if (isr.empty()) {
    // Only new replicas are in sync: cancelling would elect a leader that may lack records of these replicas.
    if (replicas.empty()) {
      message = "Invalid replica assignment: addingReplicas contains all replicas.";
      return ErrorCode::INVALID_REPLICA_ASSIGNMENT;
    }
    if (!unclean_enabled) {
      message = "Unable to revert partition assignment for " + topic.name + ":" + std::to_string(tp.partition) +
                " because it would require an unclean leader election.";
      return ErrorCode::INVALID_REPLICA_ASSIGNMENT;
    }
    isr = IdList{replicas[0]};
  }
  auto builder = change(tp, topic, partition, {});
  if (unclean_enabled) builder.election(Election::Unclean);
  if (auto record = builder.isr(isr).replicas(replicas).removing({}).adding({}).build()) out.emplace_back(*record);
  return ErrorCode::NONE;
}

}  // namespace kafkascope::controller
