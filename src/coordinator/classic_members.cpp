#include "coordinator/classic_members.h"

#include <algorithm>
#include <utility>

#include "coordinator/consumer_groups.h"
#include "coordinator/group_migration.h"
#include "protocol/uuid.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;

/// Kafka: validateConsumerGroupMember, throwIfMemberDoesNotUseClassicProtocol.
ErrorCode ClassicMembers::member_error(const std::string& member_id, const std::string& instance_id) const {
  const ConsumerGroupMember* member =
      instance_id.empty() ? group_.member(member_id) : group_.static_member(instance_id);
  if (member == nullptr) return ErrorCode::UNKNOWN_MEMBER_ID;
  if (!member_id.empty() && member->member_id != member_id) return ErrorCode::FENCED_INSTANCE_ID;
  return member->speaks_classic() ? ErrorCode::NONE : ErrorCode::UNKNOWN_MEMBER_ID;
}

void ClassicMembers::await_rejoin(const ConsumerGroupMember& member) {
  const std::string& id = group_.group_id();
  if (!op_.runs(GroupTimer::Join, id, member.member_id))
    op_.schedule(GroupTimer::Join, id, member.member_id, member.rebalance_timeout_ms, kTimerRetryBackoff);
}

void ClassicMembers::join(RequestHandle request, const protocol::JoinGroupRequest& r) {
  const bool unknown = r.member_id.empty();
  const std::string member_id = unknown ? protocol::random_uuid(op_.ctx().random(sim::Stream::MemberId)) : r.member_id;
  const auto refuse = [&](ErrorCode error, const std::string& as) {
    protocol::JoinGroupResponse response;
    response.error = error;
    response.member_id = as;
    op_.reply(request, std::move(response));
  };
  if (static_cast<std::int64_t>(group_.members().size()) >= op_.config().consumer_max_size &&
      group_.member(member_id) == nullptr)
    return refuse(ErrorCode::GROUP_MAX_SIZE_REACHED, r.member_id);
  if (!group_.supports_classic(r.protocol_type, r.protocols))
    return refuse(ErrorCode::INCONSISTENT_GROUP_PROTOCOL, r.member_id);
  if (unknown && r.group_instance_id.empty()) return refuse(ErrorCode::MEMBER_ID_REQUIRED, member_id);  // KIP-394
  const ConsumerGroupMember* place = group_.static_member(r.group_instance_id);
  if (!unknown && !r.group_instance_id.empty()) {
    if (place == nullptr) return refuse(ErrorCode::UNKNOWN_MEMBER_ID, r.member_id);
    if (place->member_id != member_id) return refuse(ErrorCode::FENCED_INSTANCE_ID, r.member_id);
  }
  const bool takes_newer_place = place != nullptr && !place->speaks_classic();

  const ConsumerGroups::Admitted was = ConsumerGroups(op_).admit_member(group_, member_id, r.group_instance_id);
  ConsumerGroupMember member = was.member;
  const protocol::Subscription& subscription = r.protocols.front().metadata;
  if (!r.group_instance_id.empty()) member.instance_id = r.group_instance_id;
  member.client_id = r.client_id;
  member.rebalance_timeout_ms = r.rebalance_timeout_ms;
  member.subscribed_topic_names = subscription.topics;
  std::sort(member.subscribed_topic_names.begin(), member.subscribed_topic_names.end());
  member.classic = ConsumerGroupMember::Classic{r.session_timeout_ms, protocol_names(r.protocols)};
  const ConsumerGroupMember now = ConsumerGroups(op_).settle_member(group_, was, std::move(member), subscription.owned);

  protocol::JoinGroupResponse response;
  response.member_id = member_id;
  response.generation_id = now.member_epoch;
  response.protocol_name = now.classic->protocols.front();
  const std::string id = group_.group_id();
  op_.cancel(GroupTimer::Join, id, member_id);
  if (takes_newer_place && group_.all_classic_except("") &&
      GroupMigration(op_).can_downgrade(group_, group_.members().size())) {
    GroupMigration(op_).to_classic_group(group_, "");
  } else {
    ConsumerGroups(op_).restart_session(id, now);
    op_.schedule(GroupTimer::Sync, id, member_id, r.rebalance_timeout_ms, kTimerRetryBackoff);
  }
  op_.write(Answer{request, std::move(response)});
}

void ClassicMembers::sync(RequestHandle request, const protocol::SyncGroupRequest& r) {
  const auto refuse = [&](ErrorCode error) { op_.reply(request, protocol::SyncGroupResponse{error, {}, {}}); };
  if (const ErrorCode e = member_error(r.member_id, r.group_instance_id); e != ErrorCode::NONE) return refuse(e);
  const ConsumerGroupMember& member = *group_.member(r.member_id);
  if (r.generation_id != member.member_epoch) return refuse(ErrorCode::ILLEGAL_GENERATION);
  if (r.protocol_name != member.classic->protocols.front()) return refuse(ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
  // The group has changed in the meantime: the member must rejoin. A pending revocation comes first.
  if (group_.group_epoch() > member.member_epoch && member.state != MemberState::UnrevokedPartitions) {
    await_rejoin(member);
    return refuse(ErrorCode::REBALANCE_IN_PROGRESS);
  }
  op_.cancel(GroupTimer::Sync, group_.group_id(), r.member_id);
  ConsumerGroups(op_).restart_session(group_.group_id(), member);
  op_.reply_after_writes({request, protocol::SyncGroupResponse{ErrorCode::NONE, r.protocol_name, member.assigned}});
}

void ClassicMembers::heartbeat(RequestHandle request, const protocol::HeartbeatRequest& r) {
  const auto refuse = [&](ErrorCode error) { op_.reply(request, protocol::HeartbeatResponse{error}); };
  if (const ErrorCode e = member_error(r.member_id, r.group_instance_id); e != ErrorCode::NONE) return refuse(e);
  const ConsumerGroupMember& member = *group_.member(r.member_id);
  if (r.generation_id != member.member_epoch) return refuse(ErrorCode::ILLEGAL_GENERATION);
  ConsumerGroups(op_).restart_session(group_.group_id(), member);
  const bool step = !sim::mutant("classic-member-not-told") &&
                    (member.member_epoch < group_.group_epoch() || member.state == MemberState::UnrevokedPartitions ||
                     (member.state == MemberState::UnreleasedPartitions && !group_.waits_for_unreleased(member)));
  if (step) await_rejoin(member);
  op_.reply_after_writes(
      {request, protocol::HeartbeatResponse{step ? ErrorCode::REBALANCE_IN_PROGRESS : ErrorCode::NONE}});
}

void ClassicMembers::leave(RequestHandle request, const protocol::LeaveGroupRequest& r) {
  const auto refuse = [&](ErrorCode error) { op_.reply(request, protocol::LeaveGroupResponse{error}); };
  if (const ErrorCode e = member_error(r.member_id, r.group_instance_id); e != ErrorCode::NONE) return refuse(e);
  const ConsumerGroupMember* member =
      r.member_id.empty() ? group_.static_member(r.group_instance_id) : group_.member(r.member_id);
  ConsumerGroups(op_).fence_member(group_, std::string(member->member_id),
                                   {.reason = fact::GroupReason::Left, .said = r.reason});
  op_.write(Answer{request, protocol::LeaveGroupResponse{}});
}

}  // namespace kafkascope::coordinator
