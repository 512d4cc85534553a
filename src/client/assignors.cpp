#include "client/assignors.h"

#include <algorithm>
#include <set>

#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::JoinGroupMember;
using protocol::TopicPartition;

namespace {

/// Kafka: AbstractPartitionAssignor.MemberInfo.compareTo. Static members come first, by instance id, then dynamic
/// members by member id. So a static member keeps its share after a restart, even though its member id changes.
bool before(const JoinGroupMember* a, const JoinGroupMember* b) {
  const bool a_static = !a->group_instance_id.empty(), b_static = !b->group_instance_id.empty();
  if (a_static && b_static) return a->group_instance_id < b->group_instance_id;
  if (a_static != b_static) return a_static;
  return a->member_id < b->member_id;
}

std::vector<const JoinGroupMember*> sorted(const std::vector<JoinGroupMember>& members) {
  std::vector<const JoinGroupMember*> list;
  for (const JoinGroupMember& m : members) list.push_back(&m);
  std::sort(list.begin(), list.end(), before);
  return list;
}

bool subscribes(const JoinGroupMember& m, const std::string& topic) {
  const auto& topics = m.metadata.topics;
  return std::find(topics.begin(), topics.end(), topic) != topics.end();
}

/// Ordered by name. Kafka's range assignor iterates over the topics in a hash table's order, which affects only the
/// order of an assignment's list.
std::set<std::string> subscribed_topics(const std::vector<JoinGroupMember>& members) {
  std::set<std::string> names;
  for (const JoinGroupMember& m : members) names.insert(m.metadata.topics.begin(), m.metadata.topics.end());
  return names;
}

using ByMember = std::map<std::string, std::vector<TopicPartition>>;

ByMember empty_shares(const std::vector<JoinGroupMember>& members) {
  ByMember shares;
  for (const JoinGroupMember& m : members) shares[m.member_id];
  return shares;
}

Assignments finished(ByMember shares) {
  Assignments out;
  for (auto& [id, partitions] : shares) out.push_back({id, std::move(partitions)});
  return out;
}

}  // namespace

// Simplified: without rack matching (KIP-881).
Assignments assign_range(const std::vector<JoinGroupMember>& members, const AssignableTopics& topics) {
  ByMember shares = empty_shares(members);
  const auto order = sorted(members);
  for (const std::string& name : subscribed_topics(members)) {
    auto topic = topics.find(name);
    if (topic == topics.end()) continue;
    std::vector<const JoinGroupMember*> subscribers;
    for (const JoinGroupMember* m : order)
      if (subscribes(*m, name)) subscribers.push_back(m);
    const auto count = static_cast<std::int32_t>(subscribers.size());
    const std::int32_t each = topic->second.partitions / count;
    const std::int32_t one_more = sim::mutant("range-leaves-out-the-rest") ? 0 : topic->second.partitions % count;
    std::int32_t next = 0;
    for (std::int32_t i = 0; i < count; ++i) {
      auto& share = shares[subscribers[static_cast<std::size_t>(i)]->member_id];
      for (const std::int32_t end = next + each + (i < one_more ? 1 : 0); next < end; ++next)
        share.push_back({topic->second.id, next});
    }
  }
  return finished(std::move(shares));
}

Assignments assign_round_robin(const std::vector<JoinGroupMember>& members, const AssignableTopics& topics) {
  ByMember shares = empty_shares(members);
  const auto circle = sorted(members);
  std::size_t at = 0;
  for (const std::string& name : subscribed_topics(members)) {
    auto topic = topics.find(name);
    if (topic == topics.end()) continue;
    for (std::int32_t p = 0; p < topic->second.partitions; ++p) {
      while (!subscribes(*circle[at], name)) at = (at + 1) % circle.size();
      shares[circle[at]->member_id].push_back({topic->second.id, p});
      at = (at + 1) % circle.size();
    }
  }
  return finished(std::move(shares));
}

bool has_assignor(std::string_view name) {
  return name == "range" || name == "roundrobin" || name == "sticky" || name == "cooperative-sticky";
}

bool is_cooperative(std::string_view name) { return name == "cooperative-sticky"; }

Assignments assign(std::string_view name, const std::vector<JoinGroupMember>& members, const AssignableTopics& topics,
                   bool kafka_2_5) {
  const auto same_subscription = [&](const JoinGroupMember& m) {
    const auto& first = members.front().metadata.topics;
    return std::set(m.metadata.topics.begin(), m.metadata.topics.end()) == std::set(first.begin(), first.end());
  };
  if (kafka_2_5 && name.ends_with("sticky") && std::all_of(members.begin(), members.end(), same_subscription))
    return assign_constrained_2_5(members, topics, is_cooperative(name));
  if (name == "sticky") return assign_sticky(members, topics);
  if (name == "cooperative-sticky") return assign_cooperative_sticky(members, topics);
  return name == "roundrobin" ? assign_round_robin(members, topics) : assign_range(members, topics);
}

}  // namespace kafkascope::client
