#include "coordinator/server_assignor.h"

#include <algorithm>

#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::TopicId;
using protocol::TopicPartition;

namespace {

bool subscribes(const AssignorSpec::Member& member, TopicId topic) {
  return std::binary_search(member.topics.begin(), member.topics.end(), topic);
}

void sort_all(TargetAssignment& target) {
  for (auto& [id, partitions] : target) std::sort(partitions.begin(), partitions.end());
}

}  // namespace

TargetAssignment assign_uniform(const AssignorSpec& spec) {
  TargetAssignment target;
  if (spec.members.empty() || spec.members.begin()->second.topics.empty()) return target;
  if (!spec.homogeneous) return assign_uniform_heterogeneous(spec);

  const auto& topics = spec.members.begin()->second.topics;
  Partitions taken, unassigned;
  for (const auto& [id, m] : spec.members)
    if (!sim::mutant("uniform-forgets")) taken.insert(taken.end(), m.target.begin(), m.target.end());
  std::sort(taken.begin(), taken.end());
  int total = 0;
  for (const TopicId topic : topics) {
    const std::int32_t count = spec.partition_counts.at(topic);
    total += count;
    for (std::int32_t p = 0; p < count; ++p)
      if (!std::binary_search(taken.begin(), taken.end(), TopicPartition{topic, p})) unassigned.push_back({topic, p});
  }
  const int quota = total / static_cast<int>(spec.members.size());
  int extras = total % static_cast<int>(spec.members.size());  // number of members that get one partition more

  // Every member keeps its partitions, up to its quota. An extra partition goes first to a member that already has one.
  std::vector<std::pair<Partitions*, int>> unfilled;
  for (const auto& [id, member] : spec.members) {
    Partitions& mine = target[id];
    int room = quota + (extras > 0 ? 1 : 0);
    bool extra = extras > 0;
    for (const TopicPartition p : member.target) {
      if (!subscribes(member, p.topic) || sim::mutant("uniform-forgets")) continue;
      if (room > 0) {
        mine.push_back(p);
        --room;
      } else {
        unassigned.push_back(p);
      }
    }
    if (extra && room > 0) {
      --room;
      extra = false;
    }
    if (extra) --extras;
    if (room > 0 || (extras > 0 && !extra)) unfilled.emplace_back(&mine, room);
  }
  // The remaining extra partitions go to the last members with room.
  for (auto it = unfilled.rbegin(); it != unfilled.rend() && extras > 0; ++it, --extras) ++it->second;
  auto next = unassigned.begin();
  for (auto& [mine, room] : unfilled)
    for (; room > 0 && next != unassigned.end(); --room) mine->push_back(*next++);
  sort_all(target);
  return target;
}

TargetAssignment assign_range(const AssignorSpec& spec) {
  std::vector<std::pair<const std::string*, const AssignorSpec::Member*>> order;
  for (const auto& [id, m] : spec.members) order.emplace_back(&id, &m);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    const bool as = !a.second->instance_id.empty(), bs = !b.second->instance_id.empty();
    return as != bs ? as : as && a.second->instance_id < b.second->instance_id;
  });
  TargetAssignment target;
  for (const auto& [id, m] : spec.members) target[id];
  for (const auto& [topic, count] : spec.partition_counts) {
    std::vector<const std::string*> subscribers;
    for (const auto& [id, m] : order)
      if (subscribes(*m, topic)) subscribers.push_back(id);
    if (subscribers.empty()) continue;
    const auto members = static_cast<std::int32_t>(subscribers.size());
    std::int32_t next = 0;
    for (std::int32_t i = 0; i < members; ++i)
      for (std::int32_t n = count / members + (i < count % members ? 1 : 0); n > 0; --n)
        target[*subscribers[static_cast<std::size_t>(i)]].push_back({topic, next++});
  }
  sort_all(target);
  return target;
}

bool is_server_assignor(std::string_view name) { return name == "uniform" || name == "range"; }

TargetAssignment assign(std::string_view name, const AssignorSpec& spec) {
  return name == "range" ? assign_range(spec) : assign_uniform(spec);
}

}  // namespace kafkascope::coordinator
