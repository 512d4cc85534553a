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

/// A subscribed topic according to the leader's metadata. Unknown topics are left out.
struct AssignableTopic {
  protocol::TopicId id = protocol::kNoTopic;
  std::int32_t partitions = 0;
};
using AssignableTopics = std::map<std::string, AssignableTopic, std::less<>>;  // by name

/// One entry per member, ordered by member id; a member without partitions has an empty list.
using Assignments = std::vector<protocol::MemberAssignment>;

/// Assigns each topic separately: the members, in order, get consecutive ranges of partitions, and the first members
/// get one partition more.
Assignments assign_range(const std::vector<protocol::JoinGroupMember>& members, const AssignableTopics& topics);
/// Deals out the partitions of all subscribed topics in turn, in the order of topic names; skips members that are not
/// subscribed to the topic.
Assignments assign_round_robin(const std::vector<protocol::JoinGroupMember>& members, const AssignableTopics& topics);

/// As even as possible; subject to that, each member keeps as many of its previous partitions (from its user data) as
/// possible.
Assignments assign_sticky(const std::vector<protocol::JoinGroupMember>& members, const AssignableTopics& topics);
/// Like assign_sticky, but based on the partitions that members own when they join. A partition that must change its
/// owner is not assigned yet (KIP-429).
Assignments assign_cooperative_sticky(const std::vector<protocol::JoinGroupMember>& members,
                                      const AssignableTopics& topics);
/// The assignment of both sticky assignors of 2.5.1 if all members subscribe to the same topics
/// (constrained_assign.cpp).
Assignments assign_constrained_2_5(const std::vector<protocol::JoinGroupMember>& members,
                                   const AssignableTopics& topics, bool cooperative);

/// Whether an assignor of that name exists ("range", "roundrobin", "sticky", "cooperative-sticky").
bool has_assignor(std::string_view name);
/// Whether the assignor's members keep their partitions while they join (ConsumerPartitionAssignor.supportedProtocols).
bool is_cooperative(std::string_view name);
/// Assigns with the protocol that the coordinator chose; requires has_assignor(name).
Assignments assign(std::string_view name, const std::vector<protocol::JoinGroupMember>& members,
                   const AssignableTopics& topics, bool kafka_2_5 = false);

}  // namespace kafkascope::client
