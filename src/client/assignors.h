// How a group's leader shares partitions out: Kafka's client-side assignors as pure functions.
// Kafka: AbstractPartitionAssignor, RangeAssignor, RoundRobinAssignor, AbstractStickyAssignor (sticky_assignor.cpp).
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/messages_group.h"

namespace kafkascope::client {

/// A subscribed topic as the leader's metadata has it. A topic it does not know is simply absent.
struct AssignableTopic {
  protocol::TopicId id = protocol::kNoTopic;
  std::int32_t partitions = 0;
};
using AssignableTopics = std::map<std::string, AssignableTopic, std::less<>>;  // by name

/// One entry per member, by member id; members without partitions have an empty list.
using Assignments = std::vector<protocol::MemberAssignment>;

/// Per topic by itself: members in order, each a run of neighbouring partitions, the first ones one more.
Assignments assign_range(const std::vector<protocol::JoinGroupMember>& members, const AssignableTopics& topics);
/// All subscribed topics by name, partition after partition, dealt out in a circle; who is not subscribed is skipped.
Assignments assign_round_robin(const std::vector<protocol::JoinGroupMember>& members, const AssignableTopics& topics);

/// As even as can be; everybody keeps what it had (its user data says so) as far as that allows.
Assignments assign_sticky(const std::vector<protocol::JoinGroupMember>& members, const AssignableTopics& topics);
/// The same from what members own as they join; what must change its owner is given to nobody yet (KIP-429).
Assignments assign_cooperative_sticky(const std::vector<protocol::JoinGroupMember>& members,
                                      const AssignableTopics& topics);
/// What both did in 2.5.1 with members that all subscribe to the same topics (constrained_assign.cpp).
Assignments assign_constrained_2_5(const std::vector<protocol::JoinGroupMember>& members,
                                   const AssignableTopics& topics, bool cooperative);

/// Is there an assignor of that name ("range", "roundrobin", "sticky", "cooperative-sticky")?
bool has_assignor(std::string_view name);
/// Can its members keep their partitions while they join? (ConsumerPartitionAssignor.supportedProtocols)
bool is_cooperative(std::string_view name);
/// By the protocol the coordinator chose; has_assignor(name) must hold.
Assignments assign(std::string_view name, const std::vector<protocol::JoinGroupMember>& members,
                   const AssignableTopics& topics, bool kafka_2_5 = false);

}  // namespace kafkascope::client
