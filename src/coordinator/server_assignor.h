// The assignors of the newer protocol, which the coordinator runs (KIP-848). Kafka: UniformAssignor, RangeAssignor
// (group-coordinator, 4.1). Pure functions: from members with their subscriptions and previous targets to new targets.
//
// Where Kafka iterates over a hash table, these iterate by member id and topic id: the guarantees are the same, and the
// order is fixed.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/ids.h"

namespace kafkascope::coordinator {

/// Sorted, without duplicates.
using Partitions = std::vector<protocol::TopicPartition>;
/// By member id.
using TargetAssignment = std::map<std::string, Partitions, std::less<>>;

/// Kafka: GroupSpec, SubscribedTopicDescriber.
struct AssignorSpec {
  struct Member {
    std::string instance_id;                // empty: a dynamic member
    std::vector<protocol::TopicId> topics;  // the subscribed topics that exist; sorted
    Partitions target;                      // its current target
  };
  std::map<std::string, Member, std::less<>> members;
  std::map<protocol::TopicId, std::int32_t> partition_counts;  // for every topic that a member subscribes to
  bool homogeneous = true;                                     // all members subscribe to the same topics
};

/// The members' shares differ by at most one partition. Partitions move only to achieve this (KAFKA-18688).
TargetAssignment assign_uniform(const AssignorSpec& spec);
/// For different subscriptions: as even as the subscriptions allow. Kafka: UniformHeterogeneousAssignmentBuilder.
TargetAssignment assign_uniform_heterogeneous(const AssignorSpec& spec);
/// Contiguous ranges of each topic, in the order of instance ids (first) and member ids, so partitions with the same
/// number of different topics go to the same member.
TargetAssignment assign_range(const AssignorSpec& spec);

/// "uniform" or "range".
bool is_server_assignor(std::string_view name);
TargetAssignment assign(std::string_view name, const AssignorSpec& spec);

}  // namespace kafkascope::coordinator
