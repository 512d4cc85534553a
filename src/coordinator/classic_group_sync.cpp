// SyncGroup: the leader's assignment is stored, then every member gets its part. Kafka:
// GroupMetadataManager.classicGroupSync*.
#include <string>

#include "coordinator/classic_groups.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;
using protocol::SyncGroupRequest;
using protocol::SyncGroupResponse;

namespace {
ErrorCode validate(const ClassicGroup& group, const SyncGroupRequest& r) {
  if (group.in(GroupState::Dead)) return ErrorCode::COORDINATOR_NOT_AVAILABLE;
  if (ErrorCode e = group.validate_member(r.member_id, r.group_instance_id); e != ErrorCode::NONE) return e;
  if (r.generation_id != group.generation()) return ErrorCode::ILLEGAL_GENERATION;
  if (!r.protocol_name.empty() && !group.protocol_name().empty() && r.protocol_name != group.protocol_name())
    return ErrorCode::INCONSISTENT_GROUP_PROTOCOL;
  return ErrorCode::NONE;
}
}  // namespace

void ClassicGroups::sync(RequestHandle request, const SyncGroupRequest& r) {
  const auto refuse = [&](ErrorCode error) { op_.reply(request, SyncGroupResponse{error, {}, {}}); };
  ClassicGroup* group = op_.classic_group(r.group_id);
  if (!group || group->in(GroupState::Empty)) return refuse(ErrorCode::UNKNOWN_MEMBER_ID);
  if (ErrorCode e = validate(*group, r); e != ErrorCode::NONE) return refuse(e);
  if (group->in(GroupState::PreparingRebalance)) return refuse(ErrorCode::REBALANCE_IN_PROGRESS);

  ClassicGroupMember& member = *group->member(r.member_id);
  // Kafka: removePendingSyncMember.
  group->remove_pending_sync(r.member_id);
  if (group->pending_sync_members().empty()) op_.cancel(GroupTimer::Sync, group->group_id());

  if (group->in(GroupState::Stable)) {
    op_.reply(request, SyncGroupResponse{ErrorCode::NONE, group->protocol_name(), member.assignment});
    return;
  }
  // CompletingRebalance: the request is parked. A second SyncGroup of the same member replaces the first.
  finish_sync(member, SyncGroupResponse{ErrorCode::UNKNOWN_MEMBER_ID, {}, {}});
  member.awaiting_sync = request;
  if (group->is_leader(r.member_id)) {
    AssignmentStored step{group->group_id(), r.member_id, r.generation_id, {}};
    for (const auto& a : r.assignments)
      step.assignments[a.member_id] = a.partitions;  // a member that is not listed gets nothing
    auto record = metadata_record(*group, step.assignments, state_timestamp_ms(*group));
    op_.write({std::move(record)}, {std::move(step)});
  }
}

void ClassicGroups::on_assignment_stored(const AssignmentStored& step, ErrorCode error) {
  ClassicGroup* group = op_.classic_group(step.group);
  // Another rebalance may have begun before the record was committed.
  if (!group || !group->in(GroupState::CompletingRebalance) || group->generation() != step.generation) return;
  for (const auto& [id, unused] : group->members()) {
    ClassicGroupMember& member = *group->member(id);
    auto it = step.assignments.find(id);
    if (error == ErrorCode::NONE && it != step.assignments.end()) member.assignment = it->second;
    else member.assignment.clear();
  }
  if (error != ErrorCode::NONE) {
    propagate_assignment(*group, error);
    rebalance_or_complete_join(
        *group, {.reason = fact::GroupReason::AssignmentNotStored, .argument = static_cast<std::int32_t>(error)});
    return;
  }
  set_state(*group, GroupState::Stable, {fact::GroupReason::AssignmentStored});
  ++op_.counters().completed_rebalances;
  propagate_assignment(*group, ErrorCode::NONE);
}

/// Answers every parked SyncGroup. A member that waited did not have to heartbeat, so its session starts afresh.
void ClassicGroups::propagate_assignment(ClassicGroup& group, ErrorCode error) {
  for (const auto& [id, unused] : group.members()) {
    ClassicGroupMember& member = *group.member(id);
    if (!member.awaiting_sync) continue;
    SyncGroupResponse r;
    r.error = error;
    if (error == ErrorCode::NONE) r.protocol_name = group.protocol_name();
    r.assignment = member.assignment;
    finish_sync(member, std::move(r));
    restart_session(group, member);
  }
}

}  // namespace kafkascope::coordinator
