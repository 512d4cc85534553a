#include "observe/model/assignor_previews.h"

#include <algorithm>
#include <map>
#include <string>

#include "client/assignors.h"
#include "coordinator/classic_group.h"
#include "observe/model/snapshot_parts.h"
#include "observe/model/state_sections.h"

namespace kafkascope::observe {

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

/// The topics that the members have subscribed to.
client::AssignableTopics topics_of(const cluster::Cluster& c, const coordinator::ClassicGroup& group) {
  client::AssignableTopics topics;
  for (const auto& [id, member] : group.members())
    for (const std::string& name : member.metadata(group.protocol_name()).topics)
      if (const protocol::TopicImage* topic = c.committed().topic(c.committed().topic_id(name)); topic != nullptr)
        topics[name] = {topic->id, static_cast<std::int32_t>(topic->partitions.size())};
  return topics;
}

void add_to(const cluster::Cluster& c, const snapshot_parts::Names& names, const coordinator::ClassicGroup& group,
            Group& out) {
  const client::AssignableTopics topics = topics_of(c, group);
  std::vector<protocol::JoinGroupMember> members;
  client::Assignments present;
  std::vector<std::size_t> rows;  // each member's place in Group::members, which is ordered differently
  for (const auto& [id, member] : group.members()) {
    protocol::Subscription subscription = member.metadata(group.protocol_name());
    subscription.owned = subscription.previous = member.assignment;
    subscription.generation = subscription.previous_generation = group.generation();
    members.push_back({id, member.group_instance_id, std::move(subscription)});
    present.push_back({id, member.assignment});
    const auto row = std::find_if(out.members.begin(), out.members.end(),
                                  [&, &of = id](const GroupMember& m) { return m.member_id == of; });
    rows.push_back(static_cast<std::size_t>(row - out.members.begin()));
  }
  const Owners now = owners_of(present);
  const bool kafka_2_5 = c.spec().kafka == protocol::KafkaVersion::V2_5;
  for (const char* name : {"range", "roundrobin", "sticky", "cooperative-sticky"}) {
    client::Assignments first = client::assign(name, members, topics, kafka_2_5), last = first;
    if (client::is_cooperative(name)) {  // the second rebalance: nobody owns the partitions that moved
      std::vector<protocol::JoinGroupMember> again = members;
      for (std::size_t i = 0; i < again.size(); ++i) again[i].metadata.owned = first[i].partitions;
      last = client::assign(name, again, topics, kafka_2_5);
    }
    AssignorPreview preview{name, group.protocol_name() == name, {}, {}, 0};
    preview.partitions.resize(out.members.size());
    preview.later.resize(out.members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
      std::vector<int>&at_once = preview.partitions[rows[i]], &later = preview.later[rows[i]];
      for (const TopicPartition p : last[i].partitions) {
        const auto& given = first[i].partitions;
        const bool waits = std::find(given.begin(), given.end(), p) == given.end();
        if (names.of(p) >= 0) (waits ? later : at_once).push_back(names.of(p));
        const auto owner = now.find(p);
        preview.moves += owner != now.end() && owner->second != i;
      }
      std::sort(at_once.begin(), at_once.end());
      std::sort(later.begin(), later.end());
    }
    out.assignors.push_back(std::move(preview));
  }
}

}  // namespace

bool can_compare_assignors(const cluster::Cluster& c, const coordinator::ClassicGroup& group) {
  if (group.members().empty() || group.members().size() > kMostMembers || group.protocol_name().empty()) return false;
  std::int32_t partitions = 0;
  for (const auto& [name, topic] : topics_of(c, group)) partitions += topic.partitions;
  return partitions > 0 && partitions <= kMostPartitions;
}

void add_assignors(const cluster::Cluster& c, Snapshot& s) {
  const snapshot_parts::Names names(c);
  for (Group& group : s.groups) {
    const broker::Broker* coordinator = nullptr;
    if (!group.comparable || !group.assignors.empty()) continue;
    if (const coordinator::ClassicGroup* classic = find_group(c, group.id, &coordinator); classic != nullptr)
      add_to(c, names, *classic, group);
  }
}

}  // namespace kafkascope::observe
