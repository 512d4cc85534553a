// JoinGroup: admission of members, member ids, and the start of rebalances. Kafka:
// GroupMetadataManager.classicGroupJoin*. Source: KIP-62, KIP-345 (static members), KIP-394 (MEMBER_ID_REQUIRED).
#include <string>

#include "coordinator/classic_groups.h"
#include "protocol/facts_of_groups.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;
using protocol::JoinGroupRequest;
using protocol::JoinGroupResponse;

namespace {

JoinGroupResponse refusal(ErrorCode error, std::string member_id = {}) {
  JoinGroupResponse r;
  r.error = error;
  r.member_id = std::move(member_id);
  return r;
}

/// The current generation, without a rebalance.
JoinGroupResponse present_generation(const ClassicGroup& group, const std::string& member_id, bool with_members) {
  JoinGroupResponse r;
  r.generation_id = group.generation();
  r.protocol_name = group.protocol_name();
  r.leader = group.leader();
  r.member_id = member_id;
  if (with_members) r.members = group.join_members();
  return r;
}

}  // namespace

void ClassicGroups::join(RequestHandle request, const JoinGroupRequest& r) {
  if (op_.share_group(r.group_id) != nullptr)
    return op_.reply(request, refusal(ErrorCode::INCONSISTENT_GROUP_PROTOCOL, r.member_id));
  // Only a member without an id can create a group.
  ClassicGroup* group = op_.classic_group(r.group_id);
  const bool founds = group == nullptr;
  if (founds) {
    if (!r.member_id.empty()) return op_.reply(request, refusal(ErrorCode::UNKNOWN_MEMBER_ID, r.member_id));
    group = &op_.create_classic_group(r.group_id);
  }

  if (!accepts(*group, r.member_id)) {
    if (!r.member_id.empty()) drop_member(*group, r.member_id, {fact::GroupReason::MaxSizeReached});
    op_.reply(request, refusal(ErrorCode::GROUP_MAX_SIZE_REACHED));
  } else if (r.member_id.empty()) {
    join_new_member(*group, request, r);
  } else {
    join_existing_member(*group, request, r);
  }
  if (founds) {
    // The record announces the group, not its first member: a static first member is stored with its generation.
    GroupMetadataValue empty;
    empty.state_timestamp_ms = op_.ctx().wall_clock_ms();
    op_.write({GroupMetadataRecord{{r.group_id}, std::move(empty)}}, {GroupCreated{r.group_id}});
  }
}

// Kafka: acceptJoiningMember. While the group waits for JoinGroups, only members with a parked JoinGroup count, so a
// lowered limit turns away the last ones.
bool ClassicGroups::accepts(const ClassicGroup& group, std::string_view member_id) const {
  switch (group.state()) {
    case GroupState::Empty:
    case GroupState::Dead: return true;
    case GroupState::PreparingRebalance: {
      const ClassicGroupMember* member = group.member(member_id);
      return (member && member->awaiting_join) || group.awaiting_join_count() < op_.config().max_size;
    }
    case GroupState::CompletingRebalance:
    case GroupState::Stable:
      return group.has_member(member_id) || static_cast<std::int64_t>(group.members().size()) < op_.config().max_size;
  }
  return false;
}

void ClassicGroups::join_new_member(ClassicGroup& group, RequestHandle request, const JoinGroupRequest& r) {
  if (!group.supports(r.protocol_type, r.protocols)) {
    op_.reply(request, refusal(ErrorCode::INCONSISTENT_GROUP_PROTOCOL));
    return;
  }
  const std::string id = make_member_id(r);
  if (!r.group_instance_id.empty()) {
    if (group.static_member_id(r.group_instance_id).empty() || sim::mutant("static-member-comes-as-new"))
      add_member(group, request, r, id);
    else join_returning_static_member(group, request, r, id);
    return;
  }
  // KIP-394: the client first gets an id and becomes a member only when it joins with that id. A client that gives up
  // in between leaves no member behind.
  group.add_pending(id);
  op_.schedule(GroupTimer::Session, group.group_id(), id, r.session_timeout_ms);
  op_.reply(request, refusal(ErrorCode::MEMBER_ID_REQUIRED, id));
}

void ClassicGroups::join_existing_member(ClassicGroup& group, RequestHandle request, const JoinGroupRequest& r) {
  if (!group.supports(r.protocol_type, r.protocols)) {
    op_.reply(request, refusal(ErrorCode::INCONSISTENT_GROUP_PROTOCOL, r.member_id));
    return;
  }
  if (group.is_pending(r.member_id)) {
    if (!r.group_instance_id.empty()) {
      op_.reply(request, refusal(ErrorCode::UNKNOWN_SERVER_ERROR, r.member_id));  // Kafka: IllegalStateException
      return;
    }
    add_member(group, request, r, r.member_id);
    return;
  }
  if (ErrorCode e = group.validate_member(r.member_id, r.group_instance_id); e != ErrorCode::NONE) {
    op_.reply(request, refusal(e, r.member_id));
    return;
  }
  ClassicGroupMember& member = *group.member(r.member_id);
  switch (group.state()) {
    case GroupState::PreparingRebalance:
      update_member(group, member, request, r, {fact::GroupReason::JoinedAgain, r.member_id});
      break;
    case GroupState::CompletingRebalance:
      // The same metadata: the response was lost. New metadata: all members must learn it, so the group rebalances.
      if (member.matches(r.protocols))
        op_.reply(request, present_generation(group, r.member_id, group.is_leader(r.member_id)));
      else update_member(group, member, request, r, {fact::GroupReason::NewMetadata, r.member_id, r.reason});
      break;
    case GroupState::Stable:
      // A leader joins again when it has noticed something that the members' metadata does not show, e.g. new
      // partitions of a topic.
      if (group.is_leader(r.member_id))
        update_member(group, member, request, r, {fact::GroupReason::LeaderJoinedAgain, r.member_id, r.reason});
      else if (!member.matches(r.protocols))
        update_member(group, member, request, r, {fact::GroupReason::NewMetadata, r.member_id, r.reason});
      else op_.reply(request, present_generation(group, r.member_id, false));
      break;
    case GroupState::Empty:
    case GroupState::Dead: op_.reply(request, refusal(ErrorCode::UNKNOWN_MEMBER_ID, r.member_id)); break;
  }
}

void ClassicGroups::add_member(ClassicGroup& group, RequestHandle request, const JoinGroupRequest& r,
                               const std::string& member_id) {
  ClassicGroupMember member;
  member.member_id = member_id;
  member.group_instance_id = r.group_instance_id;
  member.client_id = r.client_id;
  member.rebalance_timeout_ms = r.rebalance_timeout_ms;
  member.session_timeout_ms = r.session_timeout_ms;
  member.protocol_type = r.protocol_type;
  member.protocols = r.protocols;
  member.is_new = true;
  member.awaiting_join = request;
  if (group.in(GroupState::PreparingRebalance) && group.previous_state() == GroupState::Empty)
    group.new_member_added = true;
  group.add(std::move(member));
  op_.ctx().trace(fact::GroupMemberJoined{group.generation(), group.group_id(), member_id});
  // The member cannot heartbeat while its JoinGroup is parked. But a dead member must not stay forever, so its timeout
  // is 5 minutes.
  op_.schedule(GroupTimer::Session, group.group_id(), member_id, kNewMemberJoinTimeoutMs);
  rebalance_or_complete_join(group, {fact::GroupReason::Joined, member_id});
}

void ClassicGroups::update_member(ClassicGroup& group, ClassicGroupMember& member, RequestHandle request,
                                  const JoinGroupRequest& r, GroupCause cause) {
  park_join(member, request, r);
  rebalance_or_complete_join(group, std::move(cause));
}

void ClassicGroups::park_join(ClassicGroupMember& member, RequestHandle request, const JoinGroupRequest& r) {
  // A second JoinGroup while one is parked: the client has abandoned the first, and nobody reads its response.
  finish_join(member, refusal(ErrorCode::UNKNOWN_MEMBER_ID, member.member_id));
  member.protocols = r.protocols;
  member.rebalance_timeout_ms = r.rebalance_timeout_ms;
  member.session_timeout_ms = r.session_timeout_ms;
  member.awaiting_join = request;
}

// KIP-345: a JoinGroup with a known instance id but no member id is a restart. The member takes its predecessor's
// place; if the group is Stable the other members do not notice.
void ClassicGroups::join_returning_static_member(ClassicGroup& group, RequestHandle request, const JoinGroupRequest& r,
                                                 const std::string& new_id) {
  const std::string old_leader = group.leader();
  ClassicGroupMember old = group.replace_static_member(r.group_instance_id, new_id);
  cancel_session(group, old.member_id);
  finish_join(old, refusal(ErrorCode::FENCED_INSTANCE_ID, old.member_id));
  finish_sync(old, {ErrorCode::FENCED_INSTANCE_ID, {}, {}});
  Ctx& ctx = op_.ctx();
  ctx.trace(fact::GroupMemberLeft{.generation = group.generation(),
                                  .group = group.group_id(),
                                  .member = old.member_id,
                                  .reason = fact::GroupReason::Replaced,
                                  .said = {},
                                  .replaced_by = new_id});
  ctx.trace(fact::GroupMemberJoined{group.generation(), group.group_id(), new_id});

  ClassicGroupMember& member = *group.member(new_id);
  restart_session(group, member);
  park_join(member, request, r);

  switch (group.state()) {
    case GroupState::Stable: {
      if (group.select_protocol() != group.protocol_name()) {
        rebalance_or_complete_join(group, {fact::GroupReason::StaticNewProtocol, r.group_instance_id});
        return;
      }
      // Stored first, because a new coordinator must know the new id.
      std::map<std::string, std::vector<protocol::TopicPartition>> assignments;
      for (const auto& [id, m] : group.members()) assignments[id] = m.assignment;
      op_.write({metadata_record(group, assignments, state_timestamp_ms(group))},
                {StaticReplaced{group.group_id(), old_leader, old.member_id, new_id, old.protocols,
                                old.rebalance_timeout_ms, old.session_timeout_ms}});
      return;
    }
    case GroupState::CompletingRebalance:
      // The leader may be computing an assignment for the old id.
      prepare_rebalance(group, {fact::GroupReason::StaticCameBack, r.group_instance_id});
      return;
    case GroupState::PreparingRebalance: maybe_complete_join(group); return;
    case GroupState::Empty:
    case GroupState::Dead: op_.ctx().fault("a group with a static member is neither Empty nor Dead"); return;
  }
}

void ClassicGroups::on_static_replaced(const StaticReplaced& step, ErrorCode error) {
  ClassicGroup* group = op_.classic_group(step.group);
  if (!group) return;
  ClassicGroupMember* member = group->member(step.new_member);
  if (!member) return;
  if (error != ErrorCode::NONE) {
    member->protocols = step.old_protocols;
    member->rebalance_timeout_ms = step.old_rebalance_timeout_ms;
    member->session_timeout_ms = step.old_session_timeout_ms;
    JoinGroupResponse r = present_generation(*group, {}, false);
    r.error = error;
    r.leader = step.old_leader;
    finish_join(*member, std::move(r));
    cancel_session(*group, step.new_member);
    const std::string instance = member->group_instance_id;
    group->replace_static_member(instance, step.old_member);
    restart_session(*group, *group->member(step.old_member));
    return;
  }
  JoinGroupResponse r = present_generation(*group, step.new_member, false);
  if (op_.config().v4) {
    // KIP-814: a leader that rejoins gets the member list, and is told to skip the assignment.
    if (group->is_leader(step.new_member)) {
      r.members = group->join_members();
      r.skip_assignment = true;
    }
  } else {
    r.leader = step.old_leader;  // the old id, so that the member does not act as leader
  }
  finish_join(*member, std::move(r));
}

std::string ClassicGroups::make_member_id(const JoinGroupRequest& r) {
  static constexpr char kHex[] = "0123456789abcdef";
  sim::Random& random = op_.ctx().random(sim::Stream::MemberId);
  std::uint64_t high = random.next(), low = random.next();
  high = (high & 0xffffffffffff0fffull) | 0x4000;               // a version 4 UUID, as
  low = (low & 0x3fffffffffffffffull) | 0x8000000000000000ull;  // java.util.UUID makes them
  std::string id = (r.group_instance_id.empty() ? r.client_id : r.group_instance_id) + "-";
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) id += '-';
    id += kHex[((i < 16 ? high : low) >> (60 - 4 * (i % 16))) & 15];
  }
  return id;
}

}  // namespace kafkascope::coordinator
