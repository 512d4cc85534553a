// The assignor of share groups. Kafka: SimpleAssignor (group-coordinator, 4.1.0).
#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/share_group.h"
#include "protocol/records.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::TopicPartition;

namespace {

using Shares = std::map<std::string, std::set<TopicPartition>, std::less<>>;

/// Kafka: memberHashAssignment.
TopicPartition by_hash(std::string_view member, const Partitions& partitions) {
  const auto count = static_cast<std::int32_t>(partitions.size());
  return partitions[static_cast<std::size_t>(std::abs(protocol::java_string_hash(member) % count))];
}

Partitions of_topics(const Partitions& partitions, const std::vector<protocol::TopicId>& topics) {
  Partitions some;
  for (const TopicPartition tp : partitions)
    if (std::binary_search(topics.begin(), topics.end(), tp.topic)) some.push_back(tp);
  return some;
}

std::map<TopicPartition, std::vector<std::string>> present_readers(const AssignorSpec& spec) {
  std::map<TopicPartition, std::vector<std::string>> readers;
  for (const auto& [id, m] : spec.members)
    for (const TopicPartition tp : m.target) readers[tp].push_back(id);
  return readers;
}

/// Deals the partitions in turn to the members that do not exceed their share. Kafka: roundRobinAssignmentWithCount.
void deal(const Partitions& partitions, std::size_t share, Shares& shares) {
  auto next = shares.begin();
  std::set<std::string> full;
  for (auto tp = partitions.begin(); tp != partitions.end() && full.size() < shares.size();) {
    if (next == shares.end()) next = shares.begin();
    if (next->second.size() > share) full.insert(next->first);
    else next->second.insert(*tp++);
    ++next;
  }
}

/// Kafka: newAssignmentHomogeneous.
void assign_to_equals(const AssignorSpec& spec, const Partitions& partitions, Shares& shares) {
  const std::size_t share = (partitions.size() + shares.size() - 1) / shares.size();
  std::set<TopicPartition> hashed, read;
  if (!partitions.empty())
    for (auto& [id, mine] : shares) {
      mine.insert(by_hash(id, partitions));
      hashed.insert(*mine.begin());
    }
  read = hashed;
  const auto& topics = spec.members.begin()->second.topics;
  for (const auto& [tp, readers] : present_readers(spec)) {
    if (hashed.contains(tp) || !std::binary_search(topics.begin(), topics.end(), tp.topic)) continue;
    for (const std::string& id : readers) {
      if (shares[id].size() >= share) continue;
      shares[id].insert(tp);
      read.insert(tp);
    }
  }
  Partitions unread;
  for (const TopicPartition tp : partitions)
    if (!read.contains(tp)) unread.push_back(tp);
  deal(unread, share, shares);
}

/// Each member gets partitions of the topics that it subscribes to; no member gives up a partition in favour of
/// another. Kafka: newAssignmentHeterogeneous.
void assign_to_different(const AssignorSpec& spec, const Partitions& assignable, Shares& shares) {
  std::set<TopicPartition> given;
  std::map<protocol::TopicId, std::vector<std::string>> subscribers;
  for (const auto& [id, m] : spec.members) {
    const Partitions mine = of_topics(assignable, m.topics);
    if (mine.empty()) continue;
    for (const TopicPartition tp : mine)
      if (auto& list = subscribers[tp.topic]; list.empty() || list.back() != id) list.push_back(id);
    const TopicPartition first = by_hash(id, mine);
    shares[id].insert(first);
    given.insert(first);
  }
  const auto readers = present_readers(spec);
  std::map<protocol::TopicId, std::size_t> next;  // round robin within the subscribers of each topic
  for (const TopicPartition tp : assignable) {
    const auto to = subscribers.find(tp.topic);
    if (to == subscribers.end() || given.contains(tp) || readers.contains(tp)) continue;
    shares[to->second[next[tp.topic]++ % to->second.size()]].insert(tp);
    given.insert(tp);
  }
  for (const auto& [tp, ids] : readers) {
    const auto to = subscribers.find(tp.topic);
    if (to == subscribers.end() || given.contains(tp)) continue;
    for (const std::string& id : ids)
      if (std::find(to->second.begin(), to->second.end(), id) != to->second.end()) shares[id].insert(tp);
  }
}

}  // namespace

TargetAssignment assign_simple(const AssignorSpec& spec, const Partitions& assignable) {
  TargetAssignment out;
  if (spec.members.empty()) return out;
  Shares shares;
  for (const auto& [id, m] : spec.members) shares[id];
  if (spec.homogeneous) assign_to_equals(spec, of_topics(assignable, spec.members.begin()->second.topics), shares);
  else assign_to_different(spec, assignable, shares);
  std::set<TopicPartition> taken;  // for the mutant: partitions that are assigned already
  for (const auto& [id, mine] : shares) {
    out[id] = {mine.begin(), mine.end()};
    if (sim::mutant("share-partition-to-one-member"))
      std::erase_if(out[id], [&](TopicPartition tp) { return !taken.insert(tp).second; });
  }
  return out;
}

}  // namespace kafkascope::coordinator
