// Assignment of partitions by a group's leader: Kafka's client-side assignors as pure functions.
// Kafka: AbstractPartitionAssignor, RangeAssignor, RoundRobinAssignor, AbstractStickyAssignor (sticky_assignor.cpp).
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/messages_group.h"

namespace kafkascope::client {

/// A subscribed topic according to the leader's metadata. Unknown topics are absent.
struct AssignableTopic {
  protocol::TopicId id = protocol::kNoTopic;
  std::int32_t partitions = 0;
};
using AssignableTopics = std::map<std::string, AssignableTopic, std::less<>>;  // by name

/// One entry per member, by member id; members without partitions have an empty list.
using Assignments = std::vector<protocol::MemberAssignment>;

/// Each topic separately: the members in order get consecutive ranges of partitions, the first ones one more.
Assignments assign_range(const std::vector<protocol::JoinGroupMember>& members, const AssignableTopics& topics);
/// All subscribed topics by name, dealt out partition by partition in rotation; members not subscribed to the topic are
/// skipped.
Assignments assign_round_robin(const std::vector<protocol::JoinGroupMember>& members, const AssignableTopics& topics);

/// As even as possible; each member keeps its previous partitions (from its user data) as far as that allows.
Assignments assign_sticky(const std::vector<protocol::JoinGroupMember>& members, const AssignableTopics& topics);
/// The same, based on the partitions that members own as they join; a partition that must change its owner is not
/// assigned yet (KIP-429).
Assignments assign_cooperative_sticky(const std::vector<protocol::JoinGroupMember>& members,
                                      const AssignableTopics& topics);
/// The behaviour of both in 2.5.1 if all members subscribe to the same topics (constrained_assign.cpp).
Assignments assign_constrained_2_5(const std::vector<protocol::JoinGroupMember>& members,
                                   const AssignableTopics& topics, bool cooperative);

/// Whether an assignor of that name exists ("range", "roundrobin", "sticky", "cooperative-sticky").
bool has_assignor(std::string_view name);
/// Whether its members keep their partitions while they join (ConsumerPartitionAssignor.supportedProtocols).
bool is_cooperative(std::string_view name);
/// Assigns with the protocol that the coordinator chose; requires has_assignor(name).
Assignments assign(std::string_view name, const std::vector<protocol::JoinGroupMember>& members,
                   const AssignableTopics& topics, bool kafka_2_5 = false);

}  // namespace kafkascope::client
