// Heartbeat, LeaveGroup, and how groups come and go. Kafka: GroupMetadataManager.classicGroupHeartbeat,
// classicGroupLeave.
#include <string>

#include "coordinator/classic_groups.h"
#include "protocol/facts_of_groups.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;

void ClassicGroups::heartbeat(RequestHandle request, const protocol::HeartbeatRequest& r) {
  const auto refuse = [&](ErrorCode error) { op_.reply(request, protocol::HeartbeatResponse{error}); };
  ClassicGroup* group = op_.classic_group(r.group_id);
  if (!group) return refuse(ErrorCode::UNKNOWN_MEMBER_ID);
  if (group->in(GroupState::Dead)) return refuse(ErrorCode::COORDINATOR_NOT_AVAILABLE);
  if (ErrorCode e = group->validate_member(r.member_id, r.group_instance_id); e != ErrorCode::NONE) return refuse(e);
  if (r.generation_id != group->generation()) return refuse(ErrorCode::ILLEGAL_GENERATION);
  if (group->in(GroupState::Empty)) return refuse(ErrorCode::UNKNOWN_MEMBER_ID);

  if (!op_.config().v4 && group->in(GroupState::CompletingRebalance)) return refuse(ErrorCode::REBALANCE_IN_PROGRESS);

  // Also during a rebalance: a member that heartbeats is alive and only has to learn that it must rejoin.
  if (!sim::mutant("heartbeat-restarts-no-session")) restart_session(*group, *group->member(r.member_id));
  const ErrorCode error = group->in(GroupState::PreparingRebalance) && !sim::mutant("heartbeat-hides-the-rebalance")
                              ? ErrorCode::REBALANCE_IN_PROGRESS
                              : ErrorCode::NONE;
  op_.reply_after_writes({request, protocol::HeartbeatResponse{error}});
}

void ClassicGroups::leave(RequestHandle request, const protocol::LeaveGroupRequest& r) {
  const auto refuse = [&](ErrorCode error) { op_.reply(request, protocol::LeaveGroupResponse{error}); };
  ClassicGroup* group = op_.classic_group(r.group_id);
  if (!group) return refuse(ErrorCode::UNKNOWN_MEMBER_ID);
  if (group->in(GroupState::Dead)) return refuse(ErrorCode::COORDINATOR_NOT_AVAILABLE);

  // An administrator removes a static member by its instance id only.
  const std::string id = r.member_id.empty() ? group->static_member_id(r.group_instance_id) : r.member_id;
  if (!group->is_pending(id)) {
    if (ErrorCode e = group->validate_member(id, r.group_instance_id); e != ErrorCode::NONE) return refuse(e);
  }
  const GroupCause cause{.reason = fact::GroupReason::Left, .said = r.reason};
  drop_member(*group, id, cause);
  if (group->in(GroupState::Stable) || group->in(GroupState::CompletingRebalance))
    prepare_rebalance(*group, cause.of_leaving(id));
  else maybe_complete_join(*group);
  op_.reply_after_writes({request, protocol::LeaveGroupResponse{}});
}

// ---- how groups come and go

void ClassicGroups::set_state(ClassicGroup& group, GroupState next, GroupCause cause) {
  Ctx& ctx = op_.ctx();
  if (!find_arrow(group.state(), next)) {
    ctx.fault("group " + group.group_id() + " never goes from " + std::string(name(group.state())) + " to " +
              std::string(name(next)));
    return;
  }
  op_.count_if_due();
  ctx.trace(fact::GroupState{.from = static_cast<std::int64_t>(group.state()),
                             .to = static_cast<std::int64_t>(next),
                             .generation = group.generation(),
                             .group = group.group_id()});
  group.set_state(next, std::move(cause), ctx.now());
}

// Members keep their ids and their generation; their session timeouts start afresh.
void ClassicGroups::on_loaded(ClassicGroup& group) {
  for (const auto& [member_id, member] : group.members()) restart_session(group, member);
  if (static_cast<std::int64_t>(group.members().size()) > op_.config().max_size)
    prepare_rebalance(group, {fact::GroupReason::OverMaxSize});
}

// Kafka: GroupMetadataManager.onUnloaded. No group.state line has the state Dead: only this copy is dropped, the group
// continues on its new coordinator.
void ClassicGroups::on_unloaded(ClassicGroup& group) {
  for (const auto& [member_id, unused] : group.members()) {
    ClassicGroupMember& member = *group.member(member_id);
    protocol::JoinGroupResponse join;
    join.error = ErrorCode::NOT_COORDINATOR;
    join.member_id = member_id;
    finish_join(member, std::move(join));
    finish_sync(member, {ErrorCode::NOT_COORDINATOR, {}, {}});
  }
}

// On an error the record that announces the group is not in the log, so the group does not exist. In Kafka the parked
// JoinGroups then time out at the clients; here they are answered.
void ClassicGroups::on_created(const GroupCreated& step, ErrorCode error) {
  ClassicGroup* group = op_.classic_group(step.group);
  if (error == ErrorCode::NONE || group == nullptr || group->generation() > 0) return;
  for (const std::string& id : group->pending_members()) cancel_session(*group, id);
  for (const auto& [id, unused] : group->members()) {
    cancel_session(*group, id);
    protocol::JoinGroupResponse response;
    response.error = error;
    finish_join(*group->member(id), std::move(response));
  }
  op_.cancel(GroupTimer::Join, step.group);
  set_state(*group, GroupState::Dead, {fact::GroupReason::FirstRecordNotStored});
  op_.shard().groups.erase(step.group);
}

// Kafka replays a tombstone as soon as it is in the open batch, and restores the earlier snapshot if the tombstone
// cannot be appended (CoordinatorRuntime: failCurrentBatch, revertLastWrittenOffset).
ClassicGroup ClassicGroups::remove(const std::string& id, fact::GroupReason reason) {
  const auto it = op_.shard().groups.find(id);
  ClassicGroup as_it_was = it->second;
  set_state(it->second, GroupState::Dead, {reason});
  op_.shard().groups.erase(it);
  return as_it_was;
}

void ClassicGroups::restore(ClassicGroup group) {
  const auto [it, absent] = op_.shard().groups.try_emplace(group.group_id());
  if (!absent && !it->second.members().empty()) return;  // a member has already joined a new group of that name
  op_.ctx().trace(fact::GroupState{.from = static_cast<std::int64_t>(GroupState::Dead),
                                   .to = static_cast<std::int64_t>(group.state()),
                                   .generation = group.generation(),
                                   .group = group.group_id()});
  it->second = std::move(group);
  for (const auto& [member_id, member] : it->second.members()) restart_session(it->second, member);
}

}  // namespace kafkascope::coordinator
