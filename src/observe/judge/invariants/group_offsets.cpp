#include "observe/judge/invariants/group_offsets.h"

#include <algorithm>
#include <cstdlib>

#include "coordinator/group_coordinator.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using protocol::Trace;

namespace {

/// A member that does not know a topic's name yet says "topic 3-0", and later the name: both mean the same partition.
std::vector<std::string> named(const fact::PartitionsText& list, const WorldView& world) {
  std::string partitions = list.text.str();
  constexpr std::string_view kUnnamed = "topic ";
  for (std::size_t at = 0; (at = partitions.find(kUnnamed, at)) != std::string::npos; ++at) {
    const std::size_t end = partitions.find('-', at);
    const protocol::TopicImage* topic =
        world.committed().topic(static_cast<protocol::TopicId>(std::atoi(partitions.c_str() + at + kUnnamed.size())));
    if (topic != nullptr && end != std::string::npos) partitions.replace(at, end - at, topic->name);
  }
  return fact::PartitionsText(partitions).names();
}

}  // namespace

void GroupOffsets::on_trace(const sim::TraceLine& line, const WorldView& world, Violations& out) {
  const TopicPartition tp{line.topic, line.partition};
  const auto exposed = [&] {
    const std::int64_t* highest = exposed_.find(tp);
    return highest == nullptr ? 0 : *highest;
  };
  const auto broke = [&](words::Message detail) {
    out.push_back({std::string(kName), line.time.us, std::move(detail), tp.topic, tp.partition});
  };
  if (line.kind == sim::trace_kind::kNodeDied) owned_.erase(line.node.index);
  switch (static_cast<Trace>(line.kind)) {
    case Trace::HighWatermarkAdvanced: {
      if (exposed_.find(tp) == nullptr) name_of(tp.topic, world);  // while the topic still has a name
      auto& highest = exposed_[tp];
      highest = std::max(highest, as<fact::HighWatermarkAdvanced>(line).to.value);
      break;
    }
    case Trace::BecameLeader:
      if (const protocol::TopicImage* topic = world.committed().topic(tp.topic);
          topic != nullptr && topic->name == coordinator::kOffsetsTopic) {
        const std::int64_t start = as<fact::BecameLeader>(line).start_offset.value;
        if (start >= exposed()) break;
        exposed_[tp] = start;
        on_groups_lost(tp.partition, static_cast<std::int32_t>(topic->partitions.size()));
      }
      break;
    case Trace::RecordDelivered:
      if (const std::int64_t last = as<fact::RecordDelivered>(line).last_offset.value; last >= exposed())
        broke({"broken.not_committed_read"_w, {{"offset", last}, {"end", exposed()}}});
      break;
    case Trace::OffsetCommitted: {
      const auto commit = as<fact::OffsetCommitted>(line);
      const std::string group = commit.group.str();
      const std::int64_t offset = commit.offset.value;
      if (offset < 0) {  // deleted: with its topic, by an administrator, or expired
        committed_.erase({group, tp});
        break;
      }
      if (excused_.contains(group)) {
        committed_[{group, tp}] = offset;
        break;
      }
      if (offset > exposed() && offset > exposed_under_its_name(group, tp, world))
        broke({"broken.not_committed_stored"_w, {{"group", group}, {"offset", offset}, {"end", exposed()}}});
      used_.insert({group, tp});
      auto [it, first] = committed_.try_emplace({group, tp}, offset);
      // A commit from before a reset may still be in flight when its position is set. A commit that a coordinator stores for a deleted
      // topic, because it does not know of the deletion yet, is deleted with the topic.
      if (!first && offset < it->second && reset_.erase({group, tp}) == 0 && !is_deleted(world, tp.topic))
        broke({"broken.went_back"_w, {{"group", group}, {"from", it->second}, {"to", offset}}});
      it->second = offset;
      break;
    }
    case Trace::OffsetsReset: {
      const auto reset = as<fact::OffsetsReset>(line);
      for (auto it = committed_.begin(); it != committed_.end();)
        it = it->first.first == reset.group.view() ? committed_.erase(it) : std::next(it);
      break;
    }
    case Trace::PositionSet:
      if (const auto group = group_of_.find(line.node.index); group != group_of_.end()) {
        used_.insert({group->second, tp});
        if (as<fact::PositionSet>(line).reason == fact::PositionReason::Committed) break;
        for (const protocol::TopicId topic : namesakes(tp.topic, world)) {  // reset, out of range, truncated, seek
          committed_.erase({group->second, {topic, tp.partition}});
          reset_.insert({group->second, {topic, tp.partition}});
        }
      }
      break;
    case Trace::GroupMemberJoined: {
      const auto joined = as<fact::GroupMemberJoined>(line);
      on_member(joined.group.view(), joined.member.view(), false);
      break;
    }
    case Trace::GroupMemberLeft: {
      const auto gone = as<fact::GroupMemberLeft>(line);
      on_member(gone.group.view(), gone.member.view(), true);
      break;
    }
    case Trace::PartitionsAssigned:
      if (const auto group = group_of_.find(line.node.index); group != group_of_.end()) {
        const auto assigned = as<fact::PartitionsAssigned>(line);
        on_assigned(line, assigned.generation, named(assigned.partitions, world), group->second, out);
      }
      break;
    case Trace::PartitionsRevoked:
      if (group_of_.contains(line.node.index))
        on_given_up(line.node.index, named(as<fact::PartitionsRevoked>(line).partitions, world));
      break;
    case Trace::PartitionsLost:
      if (group_of_.contains(line.node.index))
        on_given_up(line.node.index, named(as<fact::PartitionsLost>(line).partitions, world));
      break;
    default: break;
  }
}

const std::string& GroupOffsets::name_of(protocol::TopicId topic, const WorldView& world) {
  std::string& name = names_[topic];
  const auto& topics = world.committed().topics();
  if (name.empty() && topic >= 0 && static_cast<std::size_t>(topic) < topics.size())
    name = topics[static_cast<std::size_t>(topic)].name;
  return name;
}

std::vector<protocol::TopicId> GroupOffsets::namesakes(protocol::TopicId topic, const WorldView& world) {
  const std::string name = name_of(topic, world);
  std::vector<protocol::TopicId> out;
  for (const auto& [id, known] : names_)
    if (id == topic || (known == name && !name.empty())) out.push_back(id);
  return out;
}

std::int64_t GroupOffsets::exposed_under_its_name(const std::string& group, TopicPartition tp, const WorldView& world) {
  std::int64_t highest = 0;
  for (const protocol::TopicId topic : namesakes(tp.topic, world))
    if (const std::int64_t* exposed = exposed_.find({topic, tp.partition});
        exposed != nullptr && used_.contains({group, {topic, tp.partition}}))
      highest = std::max(highest, *exposed);
  return highest;
}

void GroupOffsets::on_groups_lost(std::int32_t partition, std::int32_t partitions) {
  const auto lost = [&](const std::string& group) { return protocol::partition_for(group, partitions) == partition; };
  std::erase_if(committed_, [&](const auto& commit) { return lost(commit.first.first); });
  for (auto& [node, owned] : owned_) {
    const auto group = group_of_.find(node);
    if (group == group_of_.end() || !lost(group->second)) continue;
    owned.removed = true;
    owned.generation = kForgotten;
  }
}

void GroupOffsets::on_member(std::string_view group, std::string_view member, bool left) {
  for (const auto& [node, client_id] : newer_) {
    if (group != group_of_[node] || !member.starts_with(client_id + "/")) continue;
    Owned& owned = owned_[node];
    if (!left) owned.member = member;
    if (owned.member.empty() || owned.member == member)
      owned.removed = left;  // otherwise the coordinator has only now noticed the absence of an earlier process
  }
}

void GroupOffsets::on_given_up(std::int32_t node, const std::vector<std::string>& partitions) {
  for (const std::string& name : partitions) owned_[node].partitions.erase(name);
}

void GroupOffsets::on_assigned(const sim::TraceLine& line, std::int32_t generation,
                               const std::vector<std::string>& partitions, const std::string& group, Violations& out) {
  Owned& mine = owned_[line.node.index];
  mine.partitions.insert(partitions.begin(), partitions.end());
  mine.generation = generation;
  for (auto& [node, theirs] : owned_) {
    const auto their_group = group_of_.find(node);
    if (node == line.node.index || their_group == group_of_.end() || their_group->second != group) continue;
    // The consumer protocol's coordinator assigns no partition that another member has, or has been told to revoke but
    // has not revoked yet.
    const bool guarded = newer_.contains(node) && newer_.contains(line.node.index) && mine.generation >= 0 &&
                         theirs.generation >= 0 && !mine.removed && !theirs.removed;
    if (theirs.generation != mine.generation && !guarded) continue;
    const std::string& instance = instance_of_[line.node.index];
    const bool replaced = !instance.empty() &&
                          instance == instance_of_[node];  // one static member: its earlier process is fenced (KIP-345)
    for (const std::string& name : mine.partitions) {
      if (!theirs.partitions.contains(name)) continue;
      if (generation < 0)  // assign(): without a generation nothing is guarded, and commits overwrite each other
        excuse(group);
      else if (replaced) theirs.partitions.erase(name);
      else if (told_.insert({name, std::min(node, line.node.index), std::max(node, line.node.index)}).second)
        out.push_back({std::string(kName),
                       line.time.us,
                       {"broken.two_owners"_w,
                        {{"partition", name},
                         {"generation", generation},
                         {"group", group},
                         {"since", theirs.generation == generation ? "" : std::to_string(theirs.generation)}}},
                       line.topic,
                       line.partition});
    }
  }
}

}  // namespace kafkascope::observe
