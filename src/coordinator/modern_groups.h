// What groups of both newer kinds have in common: epochs, targets, and the records of their members (KIP-848, KIP-932).
// The differences are in ConsumerGroups and ShareGroups. Kafka: GroupMetadataManager.updateTargetAssignment,
// TargetAssignmentBuilder (4.1).
#pragma once
#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

#include "coordinator/assignor_spec.h"
#include "coordinator/group_operation.h"
#include "protocol/facts_of_groups.h"
#include "protocol/trace_kinds.h"

namespace kafkascope::coordinator {

template <class Group>
class ModernGroups {
 public:
  /// Adds the member's tombstones to the operation's records.
  void forget_member(const std::string& id, const std::string& member_id);

 protected:
  explicit ModernGroups(GroupOperation& op) : op_(op) {}

  void update_state(Group& group);
  void bump_group_epoch(Group& group, std::uint64_t metadata_hash, GroupCause cause);
  /// `work_out(spec)` returns the assignor's name and its result.
  template <class WorkOut>
  void update_target(Group& group, WorkOut&& work_out);
  void remove_member(Group& group, const std::string& member_id, const GroupCause& cause);
  /// Adds the group's last tombstones; its members have their own.
  void forget_group(const std::string& id);

  /// The common fields of both kinds' heartbeat responses.
  template <class Response>
  static Response heartbeat_response(const typename Group::Member& member, std::int64_t interval_ms,
                                     bool tell_assignment) {
    Response response;
    response.member_id = member.member_id;
    response.member_epoch = member.member_epoch;
    response.heartbeat_interval_ms = static_cast<std::int32_t>(interval_ms);
    response.has_assignment = tell_assignment;
    if (tell_assignment) response.assignment = member.assigned;
    return response;
  }

  GroupOperation& op_;
};

template <class Group>
void ModernGroups<Group>::update_state(Group& group) {
  const auto next = group.computed_state();
  if (next == group.state()) return;
  Ctx& ctx = op_.ctx();
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
void ModernGroups<Group>::bump_group_epoch(Group& group, std::uint64_t metadata_hash, GroupCause cause) {
  const std::string& id = group.group_id();
  using Record = ModernGroupMetadataRecord<Group>;
  op_.apply(Record{{id}, typename Record::Value{group.group_epoch() + 1, metadata_hash}});
  op_.ctx().trace(fact::GroupRebalance{.generation = group.group_epoch(),
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
template <class WorkOut>
void ModernGroups<Group>::update_target(Group& group, WorkOut&& work_out) {
  const std::string& id = group.group_id();
  const AssignorSpec spec = assignor_spec(group, op_.metadata());
  std::pair<std::string, TargetAssignment> worked_out = work_out(spec);
  for (const auto& [member_id, unused] : spec.members) {
    Partitions& next = worked_out.second[member_id];
    if (group.targets().contains(member_id) && group.target(member_id) == next) continue;
    op_.apply(ModernGroupTargetAssignmentMemberRecord<Group>{{id, member_id}, {{std::move(next)}}});
  }
  op_.apply(ModernGroupTargetAssignmentMetadataRecord<Group>{{id}, {{group.group_epoch()}}});
  op_.ctx().trace(fact::GroupTarget{.assignment_epoch = group.assignment_epoch(),
                                    .members = static_cast<std::int32_t>(group.members().size()),
                                    .group = id,
                                    .assignor = worked_out.first});
}

template <class Group>
void ModernGroups<Group>::remove_member(Group& group, const std::string& member_id, const GroupCause& cause) {
  const std::string& id = group.group_id();
  op_.ctx().trace(
      fact::GroupMemberLeft{.generation = group.group_epoch(),
                            .group = id,
                            .member = group.member(member_id)->text(),
                            .reason = cause.reason,
                            .said = cause.said,
                            .replaced_by = cause.reason == fact::GroupReason::Replaced ? cause.member : std::string()});
  for (const TimerKind kind : {GroupTimer::Session, GroupTimer::Revocation, GroupTimer::Join, GroupTimer::Sync})
    op_.cancel(kind, id, member_id);
  forget_member(id, member_id);
}

template <class Group>
void ModernGroups<Group>::forget_member(const std::string& id, const std::string& member_id) {
  op_.apply(typename Group::CurrentAssignmentRecord{{id, member_id}, std::nullopt});
  op_.apply(ModernGroupTargetAssignmentMemberRecord<Group>{{id, member_id}, std::nullopt});
  op_.apply(typename Group::MemberRecord{{id, member_id}, std::nullopt});
}

template <class Group>
void ModernGroups<Group>::forget_group(const std::string& id) {
  op_.apply(ModernGroupTargetAssignmentMetadataRecord<Group>{{id}, std::nullopt});
  op_.apply(ModernGroupMetadataRecord<Group>{{id}, std::nullopt});
}

}  // namespace kafkascope::coordinator
