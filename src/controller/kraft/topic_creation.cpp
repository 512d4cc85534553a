// CreateTopics. Kafka: ControllerApis.createTopics, ReplicationControlManager.createTopics,
// org.apache.kafka.common.internals.Topic.
#include <algorithm>
#include <set>
#include <string>

#include "controller/kraft/replication_control.h"
#include "controller/kraft/settings.h"
#include "protocol/config_refusal.h"
#include "protocol/topic_names.h"

namespace kafkascope::controller {

using protocol::CreatableTopic;
using protocol::CreateTopicsRequest;
using protocol::CreateTopicsResponse;
using protocol::CreateTopicsResult;

namespace {

constexpr std::size_t kMaxNameLength = 249;

/// AdminUtils.assignReplicasToBrokers.
std::string too_few_brokers_2_5(std::int64_t factor, std::size_t brokers) {
  return "Replication factor: " + std::to_string(factor) +
         " larger than available brokers: " + std::to_string(brokers) + ".";
}

}  // namespace

std::string topic_name_problem(std::string_view name) {
  const std::string quoted = "'" + std::string(name) + "'";
  if (name.empty()) return "the empty string is not allowed";
  if (name == "." || name == "..") return quoted + " is not allowed";
  if (name.size() > kMaxNameLength)
    return "the length of " + quoted + " is longer than the max allowed length " + std::to_string(kMaxNameLength);
  const auto valid = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  if (!std::all_of(name.begin(), name.end(), valid))
    return quoted + " contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'";
  return {};
}

namespace {

/// The error of AdminUtils.assignReplicasToBrokers, which Kafka checks before everything else.
ErrorCode check_numbers_2_5(const CreatableTopic& topic, std::size_t brokers, std::string& message) {
  if (!topic.assignments.empty()) return ErrorCode::NONE;
  if (topic.num_partitions != -1 && topic.num_partitions <= 0) {
    message = "Number of partitions must be larger than 0.";
    return ErrorCode::INVALID_PARTITIONS;
  }
  if (topic.replication_factor != -1 && topic.replication_factor <= 0) {
    message = "Replication factor must be larger than 0.";
    return ErrorCode::INVALID_REPLICATION_FACTOR;
  }
  if (topic.replication_factor > static_cast<int>(brokers)) {
    message = too_few_brokers_2_5(topic.replication_factor, brokers);
    return ErrorCode::INVALID_REPLICATION_FACTOR;
  }
  return ErrorCode::NONE;
}

/// 2.5: org.apache.kafka.common.internals.Topic.validate.
std::string topic_name_problem_2_5(std::string_view name) {
  if (name == "." || name == "..") return "Topic name cannot be \".\" or \"..\"";
  if (name.size() > kMaxNameLength)
    return "Topic name is illegal, it can't be longer than " + std::to_string(kMaxNameLength) +
           " characters, topic name: " + std::string(name);
  return "Topic name \"" + std::string(name) +
         "\" is illegal, it contains a character other than ASCII alphanumerics, '.', '_' and '-'";
}

ErrorCode check_name(const protocol::MetadataImage& image, const std::string& name, bool old, std::string& message) {
  if (image.topic_id(name) != protocol::kNoTopic) {
    message = "Topic '" + name + "' already exists.";
    return ErrorCode::TOPIC_ALREADY_EXISTS;
  }
  if (const std::string problem = topic_name_problem(name); !problem.empty()) {
    message = old && !name.empty() ? topic_name_problem_2_5(name) : "Topic name is invalid: " + problem;
    return ErrorCode::INVALID_TOPIC_EXCEPTION;
  }
  if (!protocol::may_collide(name)) return ErrorCode::NONE;
  for (const protocol::TopicImage& other : image.topics()) {
    if (other.removed || !protocol::topics_collide(other.name, name)) continue;
    message = old ? "Topic '" + name + "' collides with existing topics: " + other.name
                  : "Topic '" + name + "' collides with existing topic: " + other.name;
    return ErrorCode::INVALID_TOPIC_EXCEPTION;
  }
  return ErrorCode::NONE;
}

ErrorCode check_configs(const CreatableTopic& topic, const protocol::Config& server, std::string& message) {
  protocol::Config all(protocol::config_scope::kTopic, server.version());
  for (const auto& [key, value] : topic.configs) {
    const protocol::ConfigDefinition* definition =
        protocol::find_config(key, protocol::config_scope::kTopic, server.version());
    if (!definition) {
      message = "Unknown topic config name: " + key;
      return ErrorCode::INVALID_CONFIG;
    }
    auto parsed = protocol::parse_config_value(*definition, value);
    if (!parsed) {
      message = protocol::config_refusal(*definition, value);
      return ErrorCode::INVALID_CONFIG;
    }
    all.set(key, std::move(*parsed));
  }
  message = all.topic_conflict(server);
  return message.empty() ? ErrorCode::NONE : ErrorCode::INVALID_CONFIG;
}

}  // namespace

CreateTopicsResponse ReplicationControl::create_topics(const CreateTopicsRequest& request,
                                                       const std::vector<UsableBroker>& brokers, sim::Random& random,
                                                       Records& out) const {
  std::set<std::string> seen, duplicates;
  for (const CreatableTopic& topic : request.topics)
    if (!seen.insert(topic.name).second) duplicates.insert(topic.name);

  CreateTopicsResponse response;
  protocol::TopicId next_id = image_.next_topic_id();
  for (const CreatableTopic& topic : request.topics) {
    CreateTopicsResult result;
    result.name = topic.name;
    if (duplicates.contains(topic.name)) {
      result.error = ErrorCode::INVALID_REQUEST;
      result.message = "Duplicate topic name.";
    } else if (topic.name == "__cluster_metadata" && !by_2_5(config_)) {
      result.error = ErrorCode::INVALID_REQUEST;
      result.message = "Creation of internal topic __cluster_metadata is prohibited.";
    } else {
      if (by_2_5(config_)) result.error = check_numbers_2_5(topic, brokers.size(), result.message);
      if (result.error == ErrorCode::NONE)
        result.error = check_name(image_, topic.name, by_2_5(config_), result.message);
      if (result.error == ErrorCode::NONE) result.error = check_configs(topic, config_, result.message);
      if (result.error == ErrorCode::NONE)
        result.error = create_topic(topic, brokers, random, next_id, out, result.message);
      if (result.error == ErrorCode::NONE) ++next_id;
    }
    response.topics.push_back(std::move(result));
  }
  return response;
}

/// validateManualPartitionAssignment.
ErrorCode ReplicationControl::check_assignment(const IdList& replicas, int replication_factor,
                                               std::string& message) const {
  const std::string prefix = "The manual partition assignment includes ";
  if (replicas.empty()) {
    message = prefix + "an empty replica list.";
    return ErrorCode::INVALID_REPLICA_ASSIGNMENT;
  }
  if (by_2_5(config_) && replicas.size() != replication_factor) {
    message = "All partitions should have the same number of replicas";
    return ErrorCode::INVALID_REPLICA_ASSIGNMENT;
  }
  std::vector<protocol::BrokerId> ids(replicas.begin(), replicas.end());
  std::sort(ids.begin(), ids.end());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!image_.broker(ids[i])) {
      message = prefix + "broker " + std::to_string(ids[i]) + ", but no such broker is registered.";
      return ErrorCode::INVALID_REPLICA_ASSIGNMENT;
    }
    if (i > 0 && ids[i] == ids[i - 1]) {
      message = prefix + "the broker " + std::to_string(ids[i]) + " more than once.";
      return ErrorCode::INVALID_REPLICA_ASSIGNMENT;
    }
  }
  if (replicas.size() != replication_factor) {
    message = prefix + "a partition with " + std::to_string(replicas.size()) +
              " replica(s), but this is not consistent with previous partitions, which have " +
              std::to_string(replication_factor) + " replica(s).";
    return ErrorCode::INVALID_REPLICA_ASSIGNMENT;
  }
  return ErrorCode::NONE;
}

ErrorCode ReplicationControl::create_topic(const CreatableTopic& topic, const std::vector<UsableBroker>& brokers,
                                           sim::Random& random, protocol::TopicId id, Records& out,
                                           std::string& message) const {
  std::vector<IdList> partitions = topic.assignments;
  const bool manual = !partitions.empty();
  if (manual) {
    if (topic.replication_factor != -1) {
      message = "A manual partition assignment was specified, but replication factor was not set to -1.";
      return ErrorCode::INVALID_REQUEST;
    }
    if (topic.num_partitions != -1) {
      message = "A manual partition assignment was specified, but numPartitions was not set to -1.";
      return ErrorCode::INVALID_REQUEST;
    }
  } else {
    if (topic.replication_factor < -1 || topic.replication_factor == 0) {
      message = "Replication factor must be larger than 0, or -1 to use the default value.";
      return ErrorCode::INVALID_REPLICATION_FACTOR;
    }
    if (topic.num_partitions < -1 || topic.num_partitions == 0) {
      message = "Number of partitions was set to an invalid non-positive value.";
      return ErrorCode::INVALID_PARTITIONS;
    }
    const auto count = topic.num_partitions == -1 ? config_.number("num.partitions") : topic.num_partitions;
    const auto factor =
        topic.replication_factor == -1 ? config_.number("default.replication.factor") : topic.replication_factor;
    Placement placement = place_replicas(brokers, static_cast<int>(count), static_cast<int>(factor), random);
    if (placement.error != ErrorCode::NONE) {
      message = by_2_5(config_)
                    ? too_few_brokers_2_5(factor, brokers.size())
                    : "Unable to replicate the partition " + std::to_string(factor) + " time(s): " + placement.message;
      return placement.error;
    }
    partitions = std::move(placement.partitions);
  }

  Records records;
  records.emplace_back(protocol::TopicRecord{topic.name, id});
  for (const auto& [key, value] : topic.configs)
    records.emplace_back(protocol::ConfigRecord{"topic:" + topic.name, key, value, false});
  int replication_factor = 0;  // replication factor of the first manually assigned partition
  bool gap = false;            // the request leaves out a partition number, or has a negative one
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (manual && partitions[i].empty()) {
      gap = true;
      continue;
    }
    if (replication_factor == 0) replication_factor = partitions[i].size();
    const bool negative = manual && partitions[i][0] < 0;
    if (negative) partitions[i] = protocol::below_zero(partitions[i]);
    gap |= negative;
    ErrorCode error = manual ? check_assignment(partitions[i], replication_factor, message) : ErrorCode::NONE;
    if (error == ErrorCode::NONE && !negative)
      error = add_partition({id, static_cast<std::int32_t>(i)}, partitions[i], manual, records, message);
    if (error != ErrorCode::NONE) return error;
  }
  if (gap) {
    message = "partitions should be a consecutive 0-based integer sequence";
    return ErrorCode::INVALID_REPLICA_ASSIGNMENT;
  }
  out.insert(out.end(), std::make_move_iterator(records.begin()), std::make_move_iterator(records.end()));
  return ErrorCode::NONE;
}

ErrorCode ReplicationControl::add_partition(TopicPartition p, const IdList& replicas, bool manual, Records& out,
                                            std::string& message) const {
  protocol::PartitionRecord record;
  record.partition = p;
  record.replicas = replicas;
  record.isr = filtered(replicas, [&](BrokerId b) { return is_active(b); });
  if (record.isr.empty()) {
    message = manual ? "All brokers specified in the manual partition assignment for partition " +
                           std::to_string(p.partition) + " are fenced or in controlled shutdown."
                     : "Unable to replicate the partition " + std::to_string(replicas.size()) +
                           " time(s): All brokers are currently fenced or in controlled shutdown.";
    return manual ? ErrorCode::INVALID_REPLICA_ASSIGNMENT : ErrorCode::INVALID_REPLICATION_FACTOR;
  }
  record.leader = record.isr[0];
  for (BrokerId id : replicas) {
    const protocol::BrokerRegistration* b = image_.broker(id);
    record.directories.push_back(b ? b->default_dir() : protocol::kUnassigned);
  }
  out.emplace_back(record);
  return ErrorCode::NONE;
}

}  // namespace kafkascope::controller
