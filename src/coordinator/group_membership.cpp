// Heartbeat and LeaveGroup. Kafka: GroupMetadataManager.classicGroupHeartbeat, classicGroupLeave.
#include <string>

#include "coordinator/group_coordinator.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::HeartbeatRequest& r) {
  auto refuse = [&](ErrorCode error) { host.reply(request, protocol::HeartbeatResponse{error}); };
  if (r.group_id.empty()) return refuse(ErrorCode::INVALID_GROUP_ID);
  Shard* shard = shard_for(host, r.group_id);
  // While the group is loading its members are unknown: every heartbeat is accepted
  // (GroupCoordinatorService.heartbeat).
  if (const ErrorCode e = unavailable(shard); e != ErrorCode::NONE)
    return refuse(e == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode::NONE : e);
  if (const auto newer = shard->consumer_groups.find(r.group_id); newer != shard->consumer_groups.end())
    return classic_heartbeat(host, *shard, request, newer->second, r);
  ClassicGroup* group = find_group(*shard, r.group_id);
  if (!group) return refuse(ErrorCode::UNKNOWN_MEMBER_ID);
  if (group->in(GroupState::Dead)) return refuse(ErrorCode::COORDINATOR_NOT_AVAILABLE);
  if (ErrorCode e = group->validate_member(r.member_id, r.group_instance_id); e != ErrorCode::NONE) return refuse(e);
  if (r.generation_id != group->generation()) return refuse(ErrorCode::ILLEGAL_GENERATION);
  if (group->in(GroupState::Empty)) return refuse(ErrorCode::UNKNOWN_MEMBER_ID);

  if (!v4_ && group->in(GroupState::CompletingRebalance)) return refuse(ErrorCode::REBALANCE_IN_PROGRESS);

  // Also during a rebalance: a member that heartbeats is alive and only has to learn that it must rejoin.
  if (!sim::mutant("heartbeat-restarts-no-session")) restart_session(host, *shard, *group, *group->member(r.member_id));
  const ErrorCode error = group->in(GroupState::PreparingRebalance) && !sim::mutant("heartbeat-hides-the-rebalance")
                              ? ErrorCode::REBALANCE_IN_PROGRESS
                              : ErrorCode::NONE;
  reply_after_writes(host, *shard, {request, protocol::HeartbeatResponse{error}});
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::LeaveGroupRequest& r) {
  auto refuse = [&](ErrorCode error) { host.reply(request, protocol::LeaveGroupResponse{error}); };
  if (r.group_id.empty()) return refuse(ErrorCode::INVALID_GROUP_ID);
  Shard* shard = shard_for(host, r.group_id);
  if (const ErrorCode e = unavailable(shard); e != ErrorCode::NONE) return refuse(e);
  if (const auto newer = shard->consumer_groups.find(r.group_id); newer != shard->consumer_groups.end())
    return classic_leave(host, *shard, request, newer->second, r);
  ClassicGroup* group = find_group(*shard, r.group_id);
  if (!group) return refuse(ErrorCode::UNKNOWN_MEMBER_ID);
  if (group->in(GroupState::Dead)) return refuse(ErrorCode::COORDINATOR_NOT_AVAILABLE);

  // An administrator removes a static member by its instance id only.
  const std::string id = r.member_id.empty() ? group->static_member_id(r.group_instance_id) : r.member_id;
  if (!group->is_pending(id)) {
    if (ErrorCode e = group->validate_member(id, r.group_instance_id); e != ErrorCode::NONE) return refuse(e);
  }
  const GroupCause cause{.reason = fact::GroupReason::Left, .said = r.reason};
  drop_member(host, *shard, *group, id, cause);
  if (group->in(GroupState::Stable) || group->in(GroupState::CompletingRebalance))
    prepare_rebalance(host, *shard, *group, cause.of_leaving(id));
  else maybe_complete_join(host, *shard, *group);
  reply_after_writes(host, *shard, {request, protocol::LeaveGroupResponse{}});
  flush_if_due(host, shard->partition);
}

}  // namespace kafkascope::coordinator
