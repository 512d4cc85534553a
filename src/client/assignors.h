// How a group's leader shares partitions out: Kafka's client-side assignors as pure functions.
// Kafka: AbstractPartitionAssignor, RangeAssignor, RoundRobinAssignor.
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

/// Is there an assignor of that name ("range", "roundrobin")?
bool has_assignor(std::string_view name);
/// By the protocol the coordinator chose; has_assignor(name) must hold.
Assignments assign(std::string_view name, const std::vector<protocol::JoinGroupMember>& members,
                   const AssignableTopics& topics);

}  // namespace kafkascope::client
