#include "observe/model/assignor_previews.h"

#include <algorithm>
#include <map>
#include <string>

#include "client/assignors.h"
#include "coordinator/assignor_spec.h"
#include "coordinator/classic_group.h"
#include "coordinator/consumer_group.h"
#include "observe/model/snapshot_parts.h"
#include "observe/model/state_sections.h"

namespace kafkascope::observe {

namespace {

constexpr std::size_t kMostMembers = 24;
constexpr std::int32_t kMostPartitions = 96;

using Owners = std::map<TopicPartition, std::string>;  // by the member's id

/// The topics that the members have subscribed to.
client::AssignableTopics topics_of(const cluster::Cluster& c, const coordinator::ClassicGroup& group) {
  client::AssignableTopics topics;
  for (const auto& [id, member] : group.members())
    for (const std::string& name : member.metadata(group.protocol_name()).topics)
      if (const protocol::TopicImage* topic = c.committed().topic(c.committed().topic_id(name)); topic != nullptr)
        topics[name] = {topic->id, static_cast<std::int32_t>(topic->partitions.size())};
  return topics;
}

std::int32_t partitions_of(const cluster::Cluster& c, const coordinator::ClassicGroup& group) {
  std::int32_t all = 0;
  for (const auto& [name, topic] : topics_of(c, group)) all += topic.partitions;
  return all;
}
std::int32_t partitions_of(const cluster::Cluster& c, const coordinator::ConsumerGroup& group) {
  std::int32_t all = 0;
  for (const std::string& name : coordinator::subscribed_topics(group))
    if (const protocol::TopicImage* topic = c.committed().topic(c.committed().topic_id(name)); topic != nullptr)
      all += static_cast<std::int32_t>(topic->partitions.size());
  return all;
}

/// A matrix to be filled: what an assignor gives at once, and what it gives in a second rebalance.
class Preview {
 public:
  Preview(const snapshot_parts::Names& names, const Group& group, std::string_view assignor, bool used)
      : names_(names), group_(group), preview_{std::string(assignor), used, {}, {}, 0} {
    preview_.partitions.resize(group.members.size());
    preview_.later.resize(group.members.size());
  }
  /// `moves`: the member does not have the partition now.
  void give(const std::string& member_id, TopicPartition p, bool later, bool moves) {
    const auto row = std::find_if(group_.members.begin(), group_.members.end(),
                                  [&](const GroupMember& m) { return m.member_id == member_id; });
    if (names_.of(p) < 0 || row == group_.members.end()) return;
    auto& lists = later ? preview_.later : preview_.partitions;
    std::vector<int>& of = lists[static_cast<std::size_t>(row - group_.members.begin())];
    of.insert(std::upper_bound(of.begin(), of.end(), names_.of(p)), names_.of(p));
    preview_.moves += moves;
  }
  AssignorPreview done() { return std::move(preview_); }

 private:
  const snapshot_parts::Names& names_;
  const Group& group_;
  AssignorPreview preview_;
};

/// The assignors of the members of a classic group.
void add_to(const cluster::Cluster& c, const snapshot_parts::Names& names, const coordinator::ClassicGroup& group,
            Group& out) {
  const client::AssignableTopics topics = topics_of(c, group);
  std::vector<protocol::JoinGroupMember> members;
  Owners now;
  for (const auto& [id, member] : group.members()) {
    protocol::Subscription subscription = member.metadata(group.protocol_name());
    subscription.owned = subscription.previous = member.assignment;
    subscription.generation = subscription.previous_generation = group.generation();
    members.push_back({id, member.group_instance_id, std::move(subscription)});
    for (const TopicPartition p : member.assignment) now[p] = id;
  }
  const bool kafka_2_5 = c.spec().kafka == protocol::KafkaVersion::V2_5;
  for (const char* name : {"range", "roundrobin", "sticky", "cooperative-sticky"}) {
    client::Assignments first = client::assign(name, members, topics, kafka_2_5), last = first;
    if (client::is_cooperative(name)) {  // the second rebalance: nobody owns the partitions that moved
      std::vector<protocol::JoinGroupMember> again = members;
      for (std::size_t i = 0; i < again.size(); ++i) again[i].metadata.owned = first[i].partitions;
      last = client::assign(name, again, topics, kafka_2_5);
    }
    Preview preview(names, out, name, group.protocol_name() == name);
    for (std::size_t i = 0; i < members.size(); ++i)
      for (const TopicPartition p : last[i].partitions) {
        const auto& given = first[i].partitions;
        const auto owner = now.find(p);
        preview.give(members[i].member_id, p, std::find(given.begin(), given.end(), p) == given.end(),
                     owner != now.end() && owner->second != members[i].member_id);
      }
    out.assignors.push_back(preview.done());
  }
}

/// The assignors that the coordinator may run for a group of the newer protocol (KIP-848): group.consumer.assignors. A
/// partition that moves is given to its new member when the old one has released it, without a second rebalance.
void add_to(const cluster::Cluster& c, const snapshot_parts::Names& names, const broker::Broker& coordinator,
            const coordinator::ConsumerGroup& group, Group& out) {
  const coordinator::AssignorSpec spec = coordinator::assignor_spec(group, c.committed());
  const auto owns = [&](const std::string& member_id, TopicPartition p) {  // now, whatever its target is
    return std::any_of(out.members.begin(), out.members.end(), [&](const GroupMember& m) {
      return m.member_id == member_id &&
             std::find(m.partitions.begin(), m.partitions.end(), names.of(p)) != m.partitions.end();
    });
  };
  for (const std::string& name : consumer_assignors(coordinator)) {
    Preview preview(names, out, name, out.assignor == name);
    for (const auto& [id, partitions] : coordinator::assign(name, spec))
      for (const TopicPartition p : partitions) preview.give(id, p, false, !owns(id, p));
    out.assignors.push_back(preview.done());
  }
}

template <class OfKind>
bool has_few(const cluster::Cluster& c, const OfKind& group) {
  const std::int32_t partitions = group.members().size() > kMostMembers ? 0 : partitions_of(c, group);
  return partitions > 0 && partitions <= kMostPartitions;
}

}  // namespace

bool can_compare_assignors(const cluster::Cluster& c, const coordinator::ClassicGroup& group) {
  return !group.protocol_name().empty() && has_few(c, group);
}
bool can_compare_assignors(const cluster::Cluster& c, const coordinator::ConsumerGroup& group) {
  return has_few(c, group);
}

void add_assignors(const cluster::Cluster& c, Snapshot& s) {
  const snapshot_parts::Names names(c);
  for (Group& group : s.groups) {
    const broker::Broker* coordinator = nullptr;
    if (!group.comparable || !group.assignors.empty()) continue;
    if (const coordinator::ClassicGroup* classic = find_group(c, group.id, &coordinator); classic != nullptr)
      add_to(c, names, *classic, group);
    else if (const coordinator::ConsumerGroup* of = find_consumer_group(c, group.id, &coordinator); of != nullptr)
      add_to(c, names, *coordinator, *of, group);
  }
}

}  // namespace kafkascope::observe
