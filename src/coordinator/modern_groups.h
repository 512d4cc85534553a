// The code that GroupCoordinator shares between both kinds of newer group: records, epochs and targets (KIP-848,
// KIP-932). These are templates, for the files that use them; the differences between the kinds are in
// consumer_group_heartbeat.cpp and share_group_heartbeat.cpp. Kafka: GroupMetadataManager.replay,
// updateTargetAssignment, TargetAssignmentBuilder (4.1).
#pragma once
#include <algorithm>
#include <string>
#include <utility>

#include "coordinator/group_coordinator.h"
#include "protocol/facts_of_groups.h"
#include "protocol/trace_kinds.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

/// The group's member with that id, or a new one.
template <class Group>
typename Group::Member member_in(const Group& group, const std::string& id) {
  if (const auto* known = group.member(id)) return *known;
  typename Group::Member fresh;
  fresh.member_id = id;
  return fresh;
}

template <class Group>
Group* GroupCoordinatorShard::group_for_record(const std::string& id, bool make, sim::Instant now) {
  auto& of_kind = groups_of<Group>();
  if (make) {
    // A group that only holds offsets has no record of its own; this record replaces it by a group of this kind.
    if (const auto simple = groups.find(id);
        simple != groups.end() && simple->second.protocol_type().empty() && simple->second.members().empty())
      groups.erase(simple);
    return &of_kind.try_emplace(id, id, now).first->second;
  }
  const auto it = of_kind.find(id);
  return it == of_kind.end() ? nullptr : &it->second;
}

template <class Group>
bool GroupCoordinatorShard::replay_modern_record(const CoordinatorRecord& record, sim::Instant now) {
  if (const auto* r = std::get_if<ModernGroupMetadataRecord<Group>>(&record)) {
    if (r->value)
      group_for_record<Group>(r->group, true, now)->set_group_epoch(r->value->epoch, r->value->metadata_hash);
    else groups_of<Group>().erase(r->group);
  } else if (const auto* e = std::get_if<ModernGroupTargetAssignmentMetadataRecord<Group>>(&record)) {
    if (Group* group = group_for_record<Group>(e->group, e->value.has_value(), now))
      group->set_assignment_epoch(e->value ? e->value->assignment_epoch : -1);
  } else if (const auto* t = std::get_if<ModernGroupTargetAssignmentMemberRecord<Group>>(&record)) {
    Group* group = group_for_record<Group>(t->group, t->value.has_value(), now);
    if (group == nullptr) return true;
    if (t->value) group->set_target(t->member, sim::mutant("targets-not-kept") ? Partitions{} : t->value->partitions);
    else group->remove_target(t->member);
  } else {
    return false;
  }
  return true;
}

template <class OfGroup>
void GroupCoordinator::apply(Host& host, Shard& shard, Records& records, const std::string& id, OfGroup record) {
  using Group = typename OfGroup::Key::Group;
  const auto& groups = shard.template groups_of<Group>();
  GroupDelta& changed = delta(host, shard);
  if (auto& undo = changed.undo<Group>(); !undo.keeps(id)) {
    const auto group = groups.find(id);
    const bool was = group != groups.end() && (group->second.group_epoch() > 0 || !group->second.empty());
    undo.keep(id, was ? std::optional<Group>(group->second) : std::nullopt);
  }
  shard.replay(host.ctx(), records.emplace_back(std::move(record)), &changed);
}

template <class Group>
void GroupCoordinator::update_state(Host& host, Group& group) {
  const auto next = group.computed_state();
  if (next == group.state()) return;
  Ctx& ctx = host.ctx();
  if constexpr (requires { find_arrow(group.state(), next); })
    if (!find_arrow(group.state(), next)) {
      ctx.fault("group " + group.group_id() + " never goes from " + std::string(name(group.state())) + " to " +
                std::string(name(next)));
      return;
    }
  ctx.trace(fact::GroupState{.from = state_code(group.state()),
                             .to = state_code(next),
                             .generation = group.group_epoch(),
                             .group = group.group_id()});
  group.set_state(next, ctx.now());
}

template <class Group>
void GroupCoordinator::bump_group_epoch(Host& host, Shard& shard, Records& records, Group& group, std::uint64_t hash,
                                        GroupCause cause) {
  const std::string& id = group.group_id();
  using Record = ModernGroupMetadataRecord<Group>;
  apply(host, shard, records, id, Record{{id}, typename Record::Value{group.group_epoch() + 1, hash}});
  host.ctx().trace(fact::GroupRebalance{.generation = group.group_epoch(),
                                        .members = static_cast<std::int32_t>(group.members().size()),
                                        .member_left = cause.member_left,
                                        .reason = cause.reason,
                                        .group = id,
                                        .member = cause.member,
                                        .said = cause.said,
                                        .argument = cause.argument});
  group.set_cause(std::move(cause));
}

template <class Group>
void GroupCoordinator::update_target(Host& host, Shard& shard, Records& records, Group& group) {
  const std::string& id = group.group_id();
  const protocol::MetadataImage& image = host.metadata();
  AssignorSpec spec;
  spec.homogeneous = group.homogeneous();
  for (const auto& [member_id, m] : group.members()) {
    AssignorSpec::Member& one = spec.members[member_id];
    if constexpr (std::is_same_v<Group, ConsumerGroup>) one.instance_id = m.instance_id;
    one.target = group.target(member_id);
    for (const std::string& topic : group.topics_of(m)) {
      const protocol::TopicImage* t = image.topic(image.topic_id(topic));
      if (t == nullptr) continue;  // the topic may be created later
      one.topics.push_back(t->id);
      spec.partition_counts[t->id] = static_cast<std::int32_t>(t->partitions.size());
    }
    std::sort(one.topics.begin(), one.topics.end());
  }
  auto [assignor, targets] = work_out(group, spec, image);
  for (const auto& [member_id, unused] : spec.members) {
    Partitions& next = targets[member_id];
    if (group.targets().contains(member_id) && group.target(member_id) == next) continue;
    apply(host, shard, records, id,
          ModernGroupTargetAssignmentMemberRecord<Group>{{id, member_id}, {{std::move(next)}}});
  }
  apply(host, shard, records, id, ModernGroupTargetAssignmentMetadataRecord<Group>{{id}, {{group.group_epoch()}}});
  host.ctx().trace(fact::GroupTarget{.assignment_epoch = group.assignment_epoch(),
                                     .members = static_cast<std::int32_t>(group.members().size()),
                                     .group = id,
                                     .assignor = assignor});
}

template <class Group>
void GroupCoordinator::remove_member(Host& host, Shard& shard, Records& records, Group& group,
                                     const std::string& member_id, const GroupCause& cause) {
  const std::string& id = group.group_id();
  host.ctx().trace(
      fact::GroupMemberLeft{.generation = group.group_epoch(),
                            .group = id,
                            .member = group.member(member_id)->text(),
                            .reason = cause.reason,
                            .said = cause.said,
                            .replaced_by = cause.reason == fact::GroupReason::Replaced ? cause.member : std::string()});
  for (const TimerKind kind : {GroupTimer::Session, GroupTimer::Revocation, GroupTimer::Join, GroupTimer::Sync})
    timers().cancel(host.ctx(), {kind, shard.partition, id, member_id, 0});
  forget_member<Group>(host, shard, records, id, member_id);
}

template <class Group>
void GroupCoordinator::forget_member(Host& host, Shard& shard, Records& records, const std::string& id,
                                     const std::string& member_id) {
  apply(host, shard, records, id, typename Group::CurrentAssignmentRecord{{id, member_id}, std::nullopt});
  apply(host, shard, records, id, ModernGroupTargetAssignmentMemberRecord<Group>{{id, member_id}, std::nullopt});
  apply(host, shard, records, id, typename Group::MemberRecord{{id, member_id}, std::nullopt});
}

/// The group's last tombstones; its members have their own.
template <class Group>
void GroupCoordinator::forget_group(Host& host, Shard& shard, Records& records, const std::string& id) {
  apply(host, shard, records, id, ModernGroupTargetAssignmentMetadataRecord<Group>{{id}, std::nullopt});
  apply(host, shard, records, id, ModernGroupMetadataRecord<Group>{{id}, std::nullopt});
}

/// The common fields of both kinds' heartbeat responses.
template <class Response, class Member>
Response heartbeat_response(const Member& member, std::int64_t interval_ms, bool tell_assignment) {
  Response response;
  response.member_id = member.member_id;
  response.member_epoch = member.member_epoch;
  response.heartbeat_interval_ms = static_cast<std::int32_t>(interval_ms);
  response.has_assignment = tell_assignment;
  if (tell_assignment) response.assignment = member.assigned;
  return response;
}

}  // namespace kafkascope::coordinator
