#include "coordinator/share_group.h"

#include <algorithm>

#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::TopicPartition;

std::string_view name(ShareGroupState state) {
  switch (state) {
    case ShareGroupState::Empty: return "Empty";
    case ShareGroupState::Stable: return "Stable";
    case ShareGroupState::Dead: return "Dead";
  }
  return "?";
}

bool ShareGroup::homogeneous() const {
  return std::all_of(members().begin(), members().end(), [&](const auto& m) {
    return m.second.subscribed_topic_names == members().begin()->second.subscribed_topic_names;
  });
}

ShareStatePartitions ShareGroup::state_partitions() const {
  return {{initializing_.begin(), initializing_.end()},
          {initialized_.begin(), initialized_.end()},
          {deleting_.begin(), deleting_.end()}};
}

void ShareGroup::set_state_partitions(const ShareStatePartitions& all) {
  initializing_ = {all.initializing.begin(), all.initializing.end()};
  initialized_ = {all.initialized.begin(), all.initialized.end()};
  deleting_ = {all.deleting.begin(), all.deleting.end()};
}

namespace {

using Assigned = std::map<std::string, std::set<TopicPartition>, std::less<>>;

/// Members with the same subscription. Kafka: SimpleHomogeneousAssignmentBuilder.
void share_out_evenly(const Partitions& partitions, Assigned& members) {
  const auto m = static_cast<std::int64_t>(members.size()), p = static_cast<std::int64_t>(partitions.size());
  if (m == 0) return;
  // So many members per partition that each has one at least.
  const std::int64_t sharing = p == 0 ? 0 : (m + p - 1) / p;
  // So many partitions per member, the fractions going round: ceil(sharing * p / m * i) of the first i.
  std::map<std::string, std::int64_t, std::less<>> desired;
  std::int64_t before = 0, i = 0;
  for (const auto& [id, unused] : members) {
    const std::int64_t upto = (sharing * p * ++i + m - 1) / m;
    desired[id] = upto - before;
    before = upto;
  }
  std::map<TopicPartition, std::set<std::string>> by_partition;
  for (const TopicPartition tp : partitions) by_partition[tp];
  for (auto& [id, has] : members) {
    std::erase_if(has, [&](TopicPartition tp) { return !by_partition.contains(tp); });
    for (const TopicPartition tp : has) by_partition[tp].insert(id);
  }
  const auto take = [&](const std::string& id, TopicPartition tp) {
    members[id].erase(tp);
    by_partition[tp].erase(id);
  };
  // What is shared by too many, from those first who have too many; then from whoever still has.
  for (auto& [tp, sharers] : by_partition) {
    for (const bool only_overfilled : {true, false}) {
      const std::set<std::string> now = sharers;
      for (const std::string& id : now)
        if (static_cast<std::int64_t>(sharers.size()) > sharing &&
            (!only_overfilled || static_cast<std::int64_t>(members[id].size()) > desired[id]))
          take(id, tp);
    }
  }
  for (auto& [id, has] : members)
    while (static_cast<std::int64_t>(has.size()) > desired[id]) take(std::string(id), *has.begin());
  // What is shared by too few, round robin among those with room.
  std::vector<std::string> room;
  for (const auto& [id, has] : members)
    if (static_cast<std::int64_t>(has.size()) < desired[id]) room.push_back(id);
  std::size_t next = 0;
  for (auto& [tp, sharers] : by_partition) {
    for (std::size_t passed = 0; static_cast<std::int64_t>(sharers.size()) < sharing && passed < room.size();) {
      if (next >= room.size()) next = 0;
      const std::string id = room[next];
      if (!sharers.insert(id).second) {
        ++next, ++passed;
        continue;
      }
      passed = 0;
      members[id].insert(tp);
      if (static_cast<std::int64_t>(members[id].size()) >= desired[id])
        room.erase(room.begin() + static_cast<std::ptrdiff_t>(next));
      else ++next;
    }
    // Everybody with room has it already: whoever has not takes it beyond its due, so that nothing is read by too few.
    for (auto& [id, has] : members)
      if (static_cast<std::int64_t>(sharers.size()) < sharing && sharers.insert(id).second) has.insert(tp);
  }
}

}  // namespace

TargetAssignment assign_simple(const AssignorSpec& spec, const Partitions& assignable) {
  // Simplified: where subscriptions differ, each topic is shared out among its own subscribers (SimpleHeterogeneousAssignmentBuilder
  // evens out over all of them).
  Assigned all;
  for (const auto& [id, m] : spec.members) all[id] = {};
  const auto run = [&](const std::vector<protocol::TopicId>& topics) {
    Partitions partitions;
    for (const TopicPartition tp : assignable)
      if (std::binary_search(topics.begin(), topics.end(), tp.topic)) partitions.push_back(tp);
    Assigned members;
    for (const auto& [id, m] : spec.members) {
      if (!std::includes(m.topics.begin(), m.topics.end(), topics.begin(), topics.end())) continue;
      for (const TopicPartition tp : m.target)
        if (std::binary_search(topics.begin(), topics.end(), tp.topic)) members[id].insert(tp);
      members[id];
    }
    share_out_evenly(partitions, members);
    for (const auto& [id, has] : members) all[id].insert(has.begin(), has.end());
  };
  if (spec.homogeneous) {
    if (!spec.members.empty()) run(spec.members.begin()->second.topics);
  } else {
    for (const auto& [topic, unused] : spec.partition_counts) run({topic});
  }
  TargetAssignment out;
  for (const auto& [id, has] : all) out[id] = {has.begin(), has.end()};
  if (sim::mutant("share-partition-to-one-member")) {
    std::set<TopicPartition> given;
    for (auto& [id, has] : out) std::erase_if(has, [&](TopicPartition tp) { return !given.insert(tp).second; });
  }
  return out;
}

}  // namespace kafkascope::coordinator
