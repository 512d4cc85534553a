// The assignors of the newer protocol, which the coordinator runs (KIP-848). Kafka: UniformAssignor, RangeAssignor
// (group-coordinator, 4.1). Pure functions: members with what they subscribe to and had as their target in, targets out.
//
// Where Kafka goes through a hash table, these go by member id and by topic id: the same guarantees, one order.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/ids.h"

namespace kafkascope::coordinator {

/// Sorted, without repeats.
using Partitions = std::vector<protocol::TopicPartition>;
/// By member id.
using TargetAssignment = std::map<std::string, Partitions, std::less<>>;

/// Kafka: GroupSpec, SubscribedTopicDescriber.
struct AssignorSpec {
  struct Member {
    std::string instance_id;                // empty: dynamic
    std::vector<protocol::TopicId> topics;  // that exist; sorted
    Partitions target;                      // its present one
  };
  std::map<std::string, Member, std::less<>> members;
  std::map<protocol::TopicId, std::int32_t> partition_counts;  // of every topic that anybody subscribes to
  bool homogeneous = true;                                     // everybody subscribes to the same topics
};

/// Even within one partition; what moves moves for that (KAFKA-18688), nothing else does.
TargetAssignment assign_uniform(const AssignorSpec& spec);
/// When subscriptions differ: as even as they allow. Kafka: UniformHeterogeneousAssignmentBuilder.
TargetAssignment assign_uniform_heterogeneous(const AssignorSpec& spec);
/// Per topic contiguous ranges, in the order of instance ids (first) and member ids: equal numbers go together.
TargetAssignment assign_range(const AssignorSpec& spec);

/// "uniform" or "range".
bool is_server_assignor(std::string_view name);
TargetAssignment assign(std::string_view name, const AssignorSpec& spec);

}  // namespace kafkascope::coordinator
