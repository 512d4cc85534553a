// How a rebalance begins, waits, and ends in a new generation, and which members are removed meanwhile. Kafka:
// GroupMetadataManager.prepareRebalance, completeClassicGroupJoin, tryCompleteInitialRebalanceElseSchedule,
// expireClassicGroupMemberHeartbeat, expirePendingSync.
#include <algorithm>
#include <string>

#include "coordinator/group_coordinator.h"
#include "protocol/facts_of_groups.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;
using protocol::JoinGroupResponse;

void GroupCoordinator::rebalance_or_complete_join(Host& host, Shard& shard, ClassicGroup& group, GroupCause cause) {
  if (group.can_rebalance()) prepare_rebalance(host, shard, group, std::move(cause));
  else maybe_complete_join(host, shard, group);
}

void GroupCoordinator::prepare_rebalance(Host& host, Shard& shard, ClassicGroup& group, GroupCause cause) {
  // Members that wait for an assignment will not get it: they must rejoin.
  if (group.in(GroupState::CompletingRebalance)) {
    for (const auto& [id, unused] : group.members()) group.member(id)->assignment.clear();
    propagate_assignment(host, shard, group, ErrorCode::REBALANCE_IN_PROGRESS);
  }
  group.clear_pending_sync();
  timers().cancel(host.ctx(), {GroupTimer::Sync, shard.partition, group.group_id(), {}, 0});

  const bool initial = group.in(GroupState::Empty);
  group.set_rebalance_cause(cause);
  set_state(host, group, GroupState::PreparingRebalance, std::move(cause));
  if (initial) {
    group.initial_delay = ClassicGroup::InitialDelay{
        initial_delay_ms_, std::max<std::int64_t>(group.rebalance_timeout_ms() - initial_delay_ms_, 0)};
    schedule_join(host, shard, group, initial_delay_ms_);
  } else if (group.all_members_joined()) {
    complete_join(host, shard, group);
  } else {
    schedule_join(host, shard, group, group.rebalance_timeout_ms());
  }
}

// Completes the join if all members have joined, except in the first rebalance of an empty group, which always waits
// for its delay.
void GroupCoordinator::maybe_complete_join(Host& host, Shard& shard, ClassicGroup& group) {
  if (!group.in(GroupState::PreparingRebalance) || group.previous_state() == GroupState::Empty ||
      !group.all_members_joined())
    return;
  complete_join(host, shard, group);
}

void GroupCoordinator::on_join_timer(Host& host, Shard& shard, ClassicGroup& group) {
  if (group.initial_delay && group.new_member_added && group.initial_delay->remaining_ms != 0) {
    // A member has joined during the wait: the group waits again, as long as the rebalance timeout allows.
    group.new_member_added = false;
    const ClassicGroup::InitialDelay was = *group.initial_delay;
    const std::int64_t delay = std::min(initial_delay_ms_, was.remaining_ms);
    group.initial_delay = ClassicGroup::InitialDelay{delay, std::max<std::int64_t>(was.remaining_ms - was.delay_ms, 0)};
    schedule_join(host, shard, group, delay);
    return;
  }
  complete_join(host, shard, group);
}

void GroupCoordinator::complete_join(Host& host, Shard& shard, ClassicGroup& group) {
  Ctx& ctx = host.ctx();
  timers().cancel(ctx, {GroupTimer::Join, shard.partition, group.group_id(), {}, 0});
  if (!group.in(GroupState::PreparingRebalance)) return;
  group.initial_delay.reset();

  // Removes dynamic members that have not rejoined; a static member keeps its place until its session ends.
  for (const std::string& id : group.not_yet_rejoined_dynamic_members())
    if (!sim::mutant("silent-members-stay")) drop_member(host, shard, group, id, {fact::GroupReason::NoRejoinInTime});

  if (!group.elect_joined_leader() && !group.members().empty()) {
    // There are only static members and none has rejoined: waits until their sessions end or one rejoins.
    schedule_join(host, shard, group, group.rebalance_timeout_ms());
    return;
  }
  group.init_next_generation();
  if (group.members().empty()) {
    set_state(host, group, GroupState::Empty, group.rebalance_cause());
    write(host, shard, {metadata_record(group, {}, state_timestamp_ms(host, group))}, std::nullopt);
    return;
  }
  set_state(host, group, GroupState::CompletingRebalance, group.rebalance_cause());
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
    finish_join(host, member, std::move(r));
    restart_session(host, shard, group, member);
    member.is_new = false;
    group.add_pending_sync(id);
  }
  if (v4_)
    timers().schedule(ctx, {GroupTimer::Sync, shard.partition, group.group_id(), {}, 0},
                      sim::milliseconds(group.rebalance_timeout_ms()));
}

// Removes members that got a JoinGroup response but have not sent SyncGroup, because all members wait for them. Not in
// 2.5.
void GroupCoordinator::on_sync_timer(Host& host, Shard& shard, ClassicGroup& group) {
  if (!group.in(GroupState::CompletingRebalance) && !group.in(GroupState::Stable)) return;
  const std::vector<std::string> late(group.pending_sync_members().begin(), group.pending_sync_members().end());
  if (late.empty()) return;
  for (const std::string& id : late) drop_member(host, shard, group, id, {fact::GroupReason::NoSyncInTime});
  prepare_rebalance(host, shard, group,
                    {.reason = fact::GroupReason::NoSyncFromSome, .argument = static_cast<std::int32_t>(late.size())});
}

void GroupCoordinator::on_session_timer(Host& host, Shard& shard, ClassicGroup& group, const std::string& member_id) {
  if (group.is_pending(member_id)) {
    group.remove(member_id);
    if (group.in(GroupState::PreparingRebalance) && group.all_members_joined()) complete_join(host, shard, group);
    return;
  }
  const ClassicGroupMember* member = group.member(member_id);
  if (!member || member->has_satisfied_heartbeat()) return;
  const GroupCause cause{member->is_new ? fact::GroupReason::ParkedTooLong : fact::GroupReason::SessionTimeout};
  drop_member(host, shard, group, member_id, cause);
  if (group.in(GroupState::Stable) || group.in(GroupState::CompletingRebalance))
    prepare_rebalance(host, shard, group, cause.of_leaving(member_id));
  else if (group.in(GroupState::PreparingRebalance) && group.all_members_joined()) complete_join(host, shard, group);
}

/// Removes the member from the group in any state. Its parked requests are answered, so that a client that is still
/// alive joins again.
void GroupCoordinator::drop_member(Host& host, Shard& shard, ClassicGroup& group, const std::string& member_id,
                                   const GroupCause& cause) {
  cancel_session(host, shard, group, member_id);
  if (ClassicGroupMember* member = group.member(member_id)) {
    JoinGroupResponse r;
    r.error = ErrorCode::UNKNOWN_MEMBER_ID;
    finish_join(host, *member, std::move(r));
    finish_sync(host, *member, {ErrorCode::UNKNOWN_MEMBER_ID, {}, {}});
    host.ctx().trace(fact::GroupMemberLeft{.generation = group.generation(),
                                           .group = group.group_id(),
                                           .member = member_id,
                                           .reason = cause.reason,
                                           .said = cause.said,
                                           .replaced_by = {}});
  }
  group.remove(member_id);
}

// ---- timers and parked requests ----

void GroupCoordinator::schedule_join(Host& host, Shard& shard, const ClassicGroup& group, std::int64_t delay_ms) {
  timers().schedule(host.ctx(), {GroupTimer::Join, shard.partition, group.group_id(), {}, 0},
                    sim::milliseconds(delay_ms));
}

void GroupCoordinator::restart_session(Host& host, Shard& shard, const ClassicGroup& group,
                                       const ClassicGroupMember& member) {
  timers().schedule(host.ctx(), {GroupTimer::Session, shard.partition, group.group_id(), member.member_id, 0},
                    sim::milliseconds(member.session_timeout_ms));
}

void GroupCoordinator::cancel_session(Host& host, Shard& shard, const ClassicGroup& group,
                                      const std::string& member_id) {
  timers().cancel(host.ctx(), {GroupTimer::Session, shard.partition, group.group_id(), member_id, 0});
}

void GroupCoordinator::finish_join(Host& host, ClassicGroupMember& member, JoinGroupResponse response) {
  if (!member.awaiting_join) return;
  const RequestHandle request = *member.awaiting_join;
  member.awaiting_join.reset();
  host.reply(request, std::move(response));
}

void GroupCoordinator::finish_sync(Host& host, ClassicGroupMember& member, protocol::SyncGroupResponse response) {
  if (!member.awaiting_sync) return;
  const RequestHandle request = *member.awaiting_sync;
  member.awaiting_sync.reset();
  host.reply(request, std::move(response));
}

std::int64_t GroupCoordinator::state_timestamp_ms(Host& host, const ClassicGroup& group) const {
  Ctx& ctx = host.ctx();
  return ctx.wall_clock_ms() - (ctx.now() - group.state_since()).us / 1000;
}

}  // namespace kafkascope::coordinator
