// How a rebalance begins, waits, and ends in a new generation, and which members are removed meanwhile. Kafka:
// GroupMetadataManager.prepareRebalance, completeClassicGroupJoin, tryCompleteInitialRebalanceElseSchedule,
// expireClassicGroupMemberHeartbeat, expirePendingSync.
#include <algorithm>
#include <string>

#include "coordinator/classic_groups.h"
#include "protocol/facts_of_groups.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;
using protocol::JoinGroupResponse;

void ClassicGroups::rebalance_or_complete_join(ClassicGroup& group, GroupCause cause) {
  if (group.can_rebalance()) prepare_rebalance(group, std::move(cause));
  else maybe_complete_join(group);
}

void ClassicGroups::prepare_rebalance(ClassicGroup& group, GroupCause cause) {
  // Members that wait for an assignment will not get it: they must rejoin.
  if (group.in(GroupState::CompletingRebalance)) {
    for (const auto& [id, unused] : group.members()) group.member(id)->assignment.clear();
    propagate_assignment(group, ErrorCode::REBALANCE_IN_PROGRESS);
  }
  group.clear_pending_sync();
  op_.cancel(GroupTimer::Sync, group.group_id());

  const bool initial = group.in(GroupState::Empty);
  group.set_rebalance_cause(cause);
  set_state(group, GroupState::PreparingRebalance, std::move(cause));
  if (initial) {
    const std::int64_t delay = op_.config().initial_delay_ms;
    group.initial_delay =
        ClassicGroup::InitialDelay{delay, std::max<std::int64_t>(group.rebalance_timeout_ms() - delay, 0)};
    schedule_join(group, delay);
  } else if (group.all_members_joined()) {
    complete_join(group);
  } else {
    schedule_join(group, group.rebalance_timeout_ms());
  }
}

// Completes the join if all members have joined, except in the first rebalance of an empty group, which always waits
// for its delay.
void ClassicGroups::maybe_complete_join(ClassicGroup& group) {
  if (!group.in(GroupState::PreparingRebalance) || group.previous_state() == GroupState::Empty ||
      !group.all_members_joined())
    return;
  complete_join(group);
}

void ClassicGroups::on_join_timer(ClassicGroup& group) {
  if (group.initial_delay && group.new_member_added && group.initial_delay->remaining_ms != 0) {
    // A member has joined during the wait: the group waits again, as long as the rebalance timeout allows.
    group.new_member_added = false;
    const ClassicGroup::InitialDelay was = *group.initial_delay;
    const std::int64_t delay = std::min(op_.config().initial_delay_ms, was.remaining_ms);
    group.initial_delay = ClassicGroup::InitialDelay{delay, std::max<std::int64_t>(was.remaining_ms - was.delay_ms, 0)};
    schedule_join(group, delay);
    return;
  }
  complete_join(group);
}

void ClassicGroups::complete_join(ClassicGroup& group) {
  Ctx& ctx = op_.ctx();
  op_.cancel(GroupTimer::Join, group.group_id());
  if (!group.in(GroupState::PreparingRebalance)) return;
  group.initial_delay.reset();

  // Removes dynamic members that have not rejoined; a static member keeps its place until its session ends.
  for (const std::string& id : group.not_yet_rejoined_dynamic_members())
    if (!sim::mutant("silent-members-stay")) drop_member(group, id, {fact::GroupReason::NoRejoinInTime});

  if (!group.elect_joined_leader() && !group.members().empty()) {
    // There are only static members and none has rejoined: waits until their sessions end or one rejoins.
    schedule_join(group, group.rebalance_timeout_ms());
    return;
  }
  group.init_next_generation();
  if (group.members().empty()) {
    set_state(group, GroupState::Empty, group.rebalance_cause());
    op_.write({metadata_record(group, {}, state_timestamp_ms(group))}, std::nullopt);
    return;
  }
  set_state(group, GroupState::CompletingRebalance, group.rebalance_cause());
  ctx.trace(fact::GroupRebalance{.generation = group.generation(),
                                 .members = static_cast<std::int32_t>(group.members().size()),
                                 .member_left = group.rebalance_cause().member_left,
                                 .reason = group.rebalance_cause().reason,
                                 .group = group.group_id(),
                                 .member = group.rebalance_cause().member,
                                 .said = group.rebalance_cause().said,
                                 .argument = group.rebalance_cause().argument});
  for (const auto& [id, unused] : group.members()) {
    ClassicGroupMember& member = *group.member(id);
    JoinGroupResponse r;
    r.generation_id = group.generation();
    r.protocol_name = group.protocol_name();
    r.leader = group.leader();
    r.member_id = id;
    if (group.is_leader(id)) r.members = group.join_members();
    finish_join(member, std::move(r));
    restart_session(group, member);
    member.is_new = false;
    group.add_pending_sync(id);
  }
  if (op_.config().v4) op_.schedule(GroupTimer::Sync, group.group_id(), {}, group.rebalance_timeout_ms());
}

// Removes members that got a JoinGroup response but have not sent SyncGroup, because all members wait for them. Not in
// 2.5.
void ClassicGroups::on_sync_timer(ClassicGroup& group) {
  if (!group.in(GroupState::CompletingRebalance) && !group.in(GroupState::Stable)) return;
  const std::vector<std::string> late(group.pending_sync_members().begin(), group.pending_sync_members().end());
  if (late.empty()) return;
  for (const std::string& id : late) drop_member(group, id, {fact::GroupReason::NoSyncInTime});
  prepare_rebalance(group,
                    {.reason = fact::GroupReason::NoSyncFromSome, .argument = static_cast<std::int32_t>(late.size())});
}

void ClassicGroups::on_session_timer(ClassicGroup& group, const std::string& member_id) {
  if (group.is_pending(member_id)) {
    group.remove(member_id);
    if (group.in(GroupState::PreparingRebalance) && group.all_members_joined()) complete_join(group);
    return;
  }
  const ClassicGroupMember* member = group.member(member_id);
  if (!member || member->has_satisfied_heartbeat()) return;
  const GroupCause cause{member->is_new ? fact::GroupReason::ParkedTooLong : fact::GroupReason::SessionTimeout};
  drop_member(group, member_id, cause);
  if (group.in(GroupState::Stable) || group.in(GroupState::CompletingRebalance))
    prepare_rebalance(group, cause.of_leaving(member_id));
  else if (group.in(GroupState::PreparingRebalance) && group.all_members_joined()) complete_join(group);
}

/// Removes the member from the group in any state. Its parked requests are answered, so that a client that is still
/// alive joins again.
void ClassicGroups::drop_member(ClassicGroup& group, const std::string& member_id, const GroupCause& cause) {
  cancel_session(group, member_id);
  if (ClassicGroupMember* member = group.member(member_id)) {
    JoinGroupResponse r;
    r.error = ErrorCode::UNKNOWN_MEMBER_ID;
    finish_join(*member, std::move(r));
    finish_sync(*member, {ErrorCode::UNKNOWN_MEMBER_ID, {}, {}});
    op_.ctx().trace(fact::GroupMemberLeft{.generation = group.generation(),
                                          .group = group.group_id(),
                                          .member = member_id,
                                          .reason = cause.reason,
                                          .said = cause.said,
                                          .replaced_by = {}});
  }
  group.remove(member_id);
}

// ---- timers and parked requests ----

void ClassicGroups::schedule_join(const ClassicGroup& group, std::int64_t delay_ms) {
  op_.schedule(GroupTimer::Join, group.group_id(), {}, delay_ms);
}

void ClassicGroups::restart_session(const ClassicGroup& group, const ClassicGroupMember& member) {
  op_.schedule(GroupTimer::Session, group.group_id(), member.member_id, member.session_timeout_ms);
}

void ClassicGroups::cancel_session(const ClassicGroup& group, const std::string& member_id) {
  op_.cancel(GroupTimer::Session, group.group_id(), member_id);
}

void ClassicGroups::finish_join(ClassicGroupMember& member, JoinGroupResponse response) {
  if (!member.awaiting_join) return;
  const RequestHandle request = *member.awaiting_join;
  member.awaiting_join.reset();
  op_.reply(request, std::move(response));
}

void ClassicGroups::finish_sync(ClassicGroupMember& member, protocol::SyncGroupResponse response) {
  if (!member.awaiting_sync) return;
  const RequestHandle request = *member.awaiting_sync;
  member.awaiting_sync.reset();
  op_.reply(request, std::move(response));
}

std::int64_t ClassicGroups::state_timestamp_ms(const ClassicGroup& group) const {
  Ctx& ctx = op_.ctx();
  return ctx.wall_clock_ms() - (ctx.now() - group.state_since()).us / 1000;
}

}  // namespace kafkascope::coordinator
