#include "observe/model/assignor_previews.h"

#include <algorithm>
#include <map>

#include "client/assignors.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

constexpr std::size_t kMostMembers = 24;
constexpr std::int32_t kMostPartitions = 96;

using Owners = std::map<TopicPartition, std::size_t>;  // the member's place in the group

Owners owners_of(const client::Assignments& shares) {
  Owners owners;
  for (std::size_t i = 0; i < shares.size(); ++i)
    for (const TopicPartition p : shares[i].partitions) owners[p] = i;
  return owners;
}

}  // namespace

std::vector<AssignorPreview> assignor_previews(const cluster::Cluster& c, const Names& names,
                                               const coordinator::ClassicGroup& group) {
  if (group.members().empty() || group.members().size() > kMostMembers || group.protocol_name().empty()) return {};
  std::vector<protocol::JoinGroupMember> members;
  client::Assignments present;
  client::AssignableTopics topics;
  std::int32_t partitions = 0;
  for (const auto& [id, member] : group.members()) {
    protocol::Subscription subscription = member.metadata(group.protocol_name());
    for (const std::string& name : subscription.topics) {
      const protocol::TopicImage* topic = c.committed().topic(c.committed().topic_id(name));
      if (topic == nullptr || topics.contains(name)) continue;
      topics[name] = {topic->id, static_cast<std::int32_t>(topic->partitions.size())};
      partitions += topics[name].partitions;
    }
    subscription.owned = subscription.previous = member.assignment;
    subscription.generation = subscription.previous_generation = group.generation();
    members.push_back({id, member.group_instance_id, std::move(subscription)});
    present.push_back({id, member.assignment});
  }
  if (partitions == 0 || partitions > kMostPartitions) return {};
  const Owners now = owners_of(present);
  const bool kafka_2_5 = c.spec().kafka == protocol::KafkaVersion::V2_5;
  std::vector<AssignorPreview> all;
  for (const char* name : {"range", "roundrobin", "sticky", "cooperative-sticky"}) {
    client::Assignments first = client::assign(name, members, topics, kafka_2_5), last = first;
    if (client::is_cooperative(name)) {  // the second rebalance, in which nobody owns what has moved
      std::vector<protocol::JoinGroupMember> again = members;
      for (std::size_t i = 0; i < again.size(); ++i) again[i].metadata.owned = first[i].partitions;
      last = client::assign(name, again, topics, kafka_2_5);
    }
    AssignorPreview preview{name, group.protocol_name() == name, {}, {}, 0};
    for (std::size_t i = 0; i < members.size(); ++i) {
      std::vector<int> at_once, later;
      for (const TopicPartition p : last[i].partitions) {
        const auto& given = first[i].partitions;
        const bool waits = std::find(given.begin(), given.end(), p) == given.end();
        if (names.of(p) >= 0) (waits ? later : at_once).push_back(names.of(p));
        const auto owner = now.find(p);
        preview.moves += owner != now.end() && owner->second != i;
      }
      std::sort(at_once.begin(), at_once.end());
      std::sort(later.begin(), later.end());
      preview.partitions.push_back(std::move(at_once));
      preview.later.push_back(std::move(later));
    }
    all.push_back(std::move(preview));
  }
  return all;
}

}  // namespace kafkascope::observe::snapshot_parts
