#include "observe/invariants/group_offsets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "coordinator/group_coordinator.h"

namespace kafkascope::observe {

using protocol::Trace;

namespace {

/// A member that has not heard of a topic yet says "topic 3-0", and its name later: the same partition.
std::string with_names(std::string partitions, const WorldView& world) {
  constexpr std::string_view kUnnamed = "topic ";
  for (std::size_t at = 0; (at = partitions.find(kUnnamed, at)) != std::string::npos; ++at) {
    const std::size_t end = partitions.find('-', at);
    const protocol::TopicImage* topic =
        world.committed().topic(static_cast<protocol::TopicId>(std::atoi(partitions.c_str() + at + kUnnamed.size())));
    if (topic != nullptr && end != std::string::npos) partitions.replace(at, end - at, topic->name);
  }
  return partitions;
}

}  // namespace

void GroupOffsets::on_trace(const sim::TraceLine& line, const WorldView& world, Violations& out) {
  const TopicPartition tp{line.topic, line.partition};
  const auto exposed = [&] {
    const std::int64_t* highest = exposed_.find(tp);
    return highest == nullptr ? 0 : *highest;
  };
  const auto broke = [&](std::string detail) {
    out.push_back({std::string(kName), line.time.us, std::move(detail), tp.topic, tp.partition});
  };
  if (line.kind == sim::trace_kind::kNodeDied) owned_.erase(line.node.index);
  switch (static_cast<Trace>(line.kind)) {
    case Trace::HighWatermarkAdvanced: {
      if (exposed_.find(tp) == nullptr) name_of(tp.topic, world);  // while it still has one
      auto& highest = exposed_[tp];
      highest = std::max(highest, line.b);
      break;
    }
    case Trace::BecameLeader:
      if (const protocol::TopicImage* topic = world.committed().topic(tp.topic);
          topic != nullptr && topic->name == coordinator::kOffsetsTopic && line.b < exposed()) {
        exposed_[tp] = line.b;
        on_groups_lost(tp.partition, static_cast<std::int32_t>(topic->partitions.size()));
      }
      break;
    case Trace::RecordDelivered:
      if (line.b >= exposed())
        broke(fmt::format("offset {} was handed to a consumer, but no leader's high watermark was past {}", line.b,
                          exposed()));
      break;
    case Trace::OffsetCommitted: {
      if (line.a < 0) {  // deleted: with its topic, by an administrator, or expired
        committed_.erase({line.text.str(), tp});
        break;
      }
      if (excused_.contains(line.text.str())) {
        committed_[{line.text.str(), tp}] = line.a;
        break;
      }
      if (line.a > exposed() && line.a > exposed_under_its_name(line.text.str(), tp, world))
        broke(fmt::format("group {} committed offset {}, but no leader's high watermark was past {}", line.text.str(),
                          line.a, exposed()));
      used_.insert({line.text.str(), tp});
      auto [it, first] = committed_.try_emplace({line.text.str(), tp}, line.a);
      // A commit of before a reset may still be under way when its position is set. What a coordinator that has not heard yet stores for a
      // deleted topic goes with it.
      if (!first && line.a < it->second && reset_.erase({line.text.str(), tp}) == 0 && !is_deleted(world, tp.topic))
        broke(fmt::format("group {} went back from offset {} to {}", line.text.str(), it->second, line.a));
      it->second = line.a;
      break;
    }
    case Trace::OffsetsReset:
      for (auto it = committed_.begin(); it != committed_.end();)
        it = it->first.first == line.text.view() ? committed_.erase(it) : std::next(it);
      break;
    case Trace::PositionSet:
      if (const auto group = group_of_.find(line.node.index); group != group_of_.end()) {
        used_.insert({group->second, tp});
        if (line.text.str() == "committed") break;
        for (const protocol::TopicId topic : namesakes(tp.topic, world)) {  // reset, out of range, truncated, seek
          committed_.erase({group->second, {topic, tp.partition}});
          reset_.insert({group->second, {topic, tp.partition}});
        }
      }
      break;
    case Trace::GroupMemberJoined:
    case Trace::GroupMemberLeft:
      on_member(line.text.str(), static_cast<Trace>(line.kind) == Trace::GroupMemberLeft);
      break;
    case Trace::PartitionsAssigned:
    case Trace::PartitionsRevoked:
    case Trace::PartitionsLost:
      if (const auto group = group_of_.find(line.node.index); group != group_of_.end()) {
        sim::TraceLine named = line;
        named.text = with_names(std::move(named.text), world);
        on_owned(named, group->second, out);
      }
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

void GroupOffsets::on_member(const std::string& text, bool left) {
  const std::string who = text.substr(0, text.find(": "));
  for (const auto& [node, client_id] : newer_) {
    if (!who.starts_with(group_of_[node] + " " + client_id + "/")) continue;
    Owned& owned = owned_[node];
    if (!left) owned.member = who;
    if (owned.member.empty() || owned.member == who)
      owned.removed = left;  // else an earlier process of it is missed at last
  }
}

void GroupOffsets::on_owned(const sim::TraceLine& line, const std::string& group, Violations& out) {
  Owned& mine = owned_[line.node.index];
  // "[orders-0, orders-1]"
  const auto open = line.text.str().find('['), close = line.text.str().rfind(']');
  std::istringstream partitions(open == std::string::npos || close == std::string::npos
                                    ? line.text.str()
                                    : line.text.str().substr(open + 1, close - open - 1));
  for (std::string name; std::getline(partitions, name, ',');) {
    const auto begin = name.find_first_not_of(' ');
    if (begin == std::string::npos) continue;
    if (static_cast<Trace>(line.kind) == Trace::PartitionsAssigned) mine.partitions.insert(name.substr(begin));
    else mine.partitions.erase(name.substr(begin));
  }
  if (static_cast<Trace>(line.kind) != Trace::PartitionsAssigned) return;
  mine.generation = line.a;
  for (auto& [node, theirs] : owned_) {
    const auto their_group = group_of_.find(node);
    if (node == line.node.index || their_group == group_of_.end() || their_group->second != group) continue;
    // The coordinator of the newer protocol gives nothing away that another member has, or was told to give up and has not yet.
    const bool guarded = newer_.contains(node) && newer_.contains(line.node.index) && mine.generation >= 0 &&
                         theirs.generation >= 0 && !mine.removed && !theirs.removed;
    if (theirs.generation != mine.generation && !guarded) continue;
    const std::string& instance = instance_of_[line.node.index];
    const bool replaced =
        !instance.empty() &&
        instance == instance_of_[node];  // one static member: the process before it is fenced (KIP-345)
    for (const std::string& name : mine.partitions) {
      if (!theirs.partitions.contains(name)) continue;
      if (line.a < 0)  // assign(): without a generation nothing is guarded, and one's commits overwrite the other's
        excuse(group);
      else if (replaced) theirs.partitions.erase(name);
      else if (told_.insert({name, std::min(node, line.node.index), std::max(node, line.node.index)}).second)
        out.push_back({std::string(kName), line.time.us,
                       fmt::format("{} has two owners in generation {} of group {}{}", name, line.a, group,
                                   theirs.generation == line.a ? "" : fmt::format(", one since {}", theirs.generation)),
                       line.topic, line.partition});
    }
  }
}

}  // namespace kafkascope::observe
