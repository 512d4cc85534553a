// Conversion between the classic and the newer protocol while a group has members (KIP-848,
// group.consumer.migration.policy). Kafka: GroupMetadataManager.convertToConsumerGroup, convertToClassicGroup,
// classicGroup{Join,Sync,Heartbeat,Leave}ToConsumerGroup.
//
// When the first member that uses the newer protocol joins a classic group, the group with all its members is
// converted. Classic members keep their protocol: JoinGroup, SyncGroup and Heartbeat are answered without waiting for
// other members. The generation of a classic member is its member epoch, and REBALANCE_IN_PROGRESS tells it to rejoin.
// When the last member of the newer protocol leaves, the group becomes a classic group again and rebalances.
#include <algorithm>
#include <string>

#include "coordinator/modern_groups.h"
#include "protocol/facts_of_groups.h"
#include "protocol/uuid.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;

namespace {

std::vector<std::string> protocol_names(const std::vector<protocol::JoinProtocol>& protocols) {
  std::vector<std::string> names;
  for (const protocol::JoinProtocol& p : protocols) names.push_back(p.name);
  return names;
}
std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

/// Kafka: validateConsumerGroupMember, throwIfMemberDoesNotUseClassicProtocol.
ErrorCode classic_member_error(const ConsumerGroup& group, const std::string& member_id,
                               const std::string& instance_id) {
  const ConsumerGroupMember* member = instance_id.empty() ? group.member(member_id) : group.static_member(instance_id);
  if (member == nullptr) return ErrorCode::UNKNOWN_MEMBER_ID;
  if (!member_id.empty() && member->member_id != member_id) return ErrorCode::FENCED_INSTANCE_ID;
  return member->speaks_classic() ? ErrorCode::NONE : ErrorCode::UNKNOWN_MEMBER_ID;
}

}  // namespace

// ---- conversion

bool GroupCoordinator::can_upgrade(const ClassicGroup& group) const {
  return upgrades_ && group.protocol_type() == "consumer" &&
         static_cast<std::int64_t>(group.members().size()) <= consumer_max_size_;
}
bool GroupCoordinator::can_downgrade(const ConsumerGroup& group, std::size_t members_then) const {
  return downgrades_ && !group.empty() && members_then > 0 && static_cast<std::int64_t>(members_then) <= max_size_;
}

// Each member's current assignment becomes its target, and the generation becomes its epoch. Members with a parked
// request must rejoin.
ClassicGroup GroupCoordinator::convert_to_consumer_group(Host& host, Shard& shard, Records& records,
                                                         ClassicGroup& group) {
  const std::string id = group.group_id();
  for (const auto& [member_id, unused] : group.members()) {
    ClassicGroupMember& member = *group.member(member_id);
    protocol::JoinGroupResponse join;
    join.error = ErrorCode::REBALANCE_IN_PROGRESS;
    join.member_id = member_id;
    finish_join(host, member, std::move(join));
    finish_sync(host, member, {ErrorCode::REBALANCE_IN_PROGRESS, {}, {}});
  }
  for (const std::string& pending : group.pending_members()) cancel_session(host, shard, group, pending);
  for (const TimerKind kind : {GroupTimer::Join, GroupTimer::Sync})
    timers().cancel(host.ctx(), {kind, shard.partition, id, {}, 0});

  ClassicGroup was = delete_group(host, shard, id, fact::GroupReason::NewerMemberJoined);
  records.push_back(GroupMetadataRecord{{id}, std::nullopt});
  std::vector<ConsumerGroupMember> members;
  for (const auto& [member_id, m] : was.members()) {
    ConsumerGroupMember member;
    member.member_id = member_id;
    member.instance_id = m.group_instance_id;
    member.client_id = m.client_id;
    member.member_epoch = member.previous_member_epoch = was.generation();
    member.rebalance_timeout_ms = m.rebalance_timeout_ms;
    member.subscribed_topic_names = sorted(m.protocols.front().metadata.topics);
    member.classic = ConsumerGroupMember::Classic{m.session_timeout_ms, protocol_names(m.protocols)};
    member.assigned = m.assignment;
    std::sort(member.assigned.begin(), member.assigned.end());
    members.push_back(std::move(member));
  }
  for (const ConsumerGroupMember& m : members) apply(host, shard, records, id, member_metadata_record(id, m));
  apply(host, shard, records, id, ConsumerGroupMetadataRecord{{id}, {{was.generation(), 0}}});
  for (const ConsumerGroupMember& m : members)
    apply(host, shard, records, id, ConsumerGroupTargetAssignmentMemberRecord{{id, m.member_id}, {{m.assigned}}});
  apply(host, shard, records, id, ConsumerGroupTargetAssignmentMetadataRecord{{id}, {{was.generation()}}});
  for (const ConsumerGroupMember& m : members) {
    apply(host, shard, records, id, current_assignment_record(id, m));
    restart_consumer_session(host, shard, id, m);
  }
  ConsumerGroup& group_now = shard.consumer_groups.find(id)->second;
  host.ctx().trace(fact::GroupState{.from = state_code(ConsumerGroupState::Dead),
                                    .to = state_code(group_now.computed_state()),
                                    .generation = group_now.group_epoch(),
                                    .group = id});
  group_now.set_state(group_now.computed_state(), host.ctx().now());
  return was;
}

void GroupCoordinator::convert_to_classic_group(Host& host, Shard& shard, Records& records, ConsumerGroup& group,
                                                const std::string& leaving) {
  // A copy, because the group is removed below.
  const std::string id = group.group_id();  // NOLINT(performance-unnecessary-copy-initialization)
  ClassicGroup classic(id, host.ctx().now());
  std::map<std::string, std::vector<protocol::TopicPartition>> assignments;
  for (const auto& [member_id, m] : group.members()) {
    ClassicGroupMember member;
    member.member_id = member_id;
    member.group_instance_id = m.instance_id;
    member.client_id = m.client_id;
    member.rebalance_timeout_ms = m.rebalance_timeout_ms;
    member.session_timeout_ms = m.classic->session_timeout_ms;
    member.protocol_type = "consumer";
    for (const std::string& name : m.classic->protocols)
      member.protocols.push_back({name, {m.subscribed_topic_names, m.assigned, m.member_epoch, {}, -1}});
    member.assignment = assignments[member_id] = group.target(member_id);
    classic.add(std::move(member));
  }
  classic.restore(GroupState::Stable, group.group_epoch(), "consumer", classic.select_protocol(), classic.leader(),
                  host.ctx().now());
  classic.note_subscriptions();

  for (const auto& [member_id, unused] : classic.members()) {
    for (const TimerKind kind : {GroupTimer::Session, GroupTimer::Join, GroupTimer::Sync})
      timers().cancel(host.ctx(), {kind, shard.partition, id, member_id, 0});
    forget_member<ConsumerGroup>(host, shard, records, id, member_id);
  }
  remove_consumer_group(host, shard, id, records);
  count_if_due(host.ctx().now());
  ClassicGroup& now = shard.groups.insert_or_assign(id, std::move(classic)).first->second;
  host.ctx().trace(fact::GroupState{.from = static_cast<std::int64_t>(GroupState::Dead),
                                    .to = static_cast<std::int64_t>(GroupState::Stable),
                                    .generation = now.generation(),
                                    .group = id});
  records.push_back(metadata_record(now, assignments, state_timestamp_ms(host, now)));
  for (const auto& [member_id, member] : now.members()) restart_session(host, shard, now, member);
  if (!leaving.empty()) prepare_rebalance(host, shard, now, {fact::GroupReason::ClassicAgain});
}

// ---- classic members' requests in a group of the newer protocol

/// The member must rejoin. Its rebalance timeout starts now unless it already runs.
void GroupCoordinator::await_rejoin(Host& host, Shard& shard, const ConsumerGroup& group,
                                    const ConsumerGroupMember& member) {
  const TimerKey key{GroupTimer::Join, shard.partition, group.group_id(), member.member_id, 0};
  if (timers().find(key) == nullptr)
    timers().schedule(host.ctx(), key, sim::milliseconds(member.rebalance_timeout_ms), kTimerRetryBackoff);
}

void GroupCoordinator::classic_join(Host& host, Shard& shard, RequestHandle request, ConsumerGroup& group,
                                    const protocol::JoinGroupRequest& r) {
  const bool unknown = r.member_id.empty();
  const std::string member_id = unknown ? protocol::random_uuid(host.ctx().random(sim::Stream::MemberId)) : r.member_id;
  const auto refuse = [&](ErrorCode error, const std::string& as) {
    protocol::JoinGroupResponse response;
    response.error = error;
    response.member_id = as;
    host.reply(request, std::move(response));
  };
  if (static_cast<std::int64_t>(group.members().size()) >= consumer_max_size_ && group.member(member_id) == nullptr)
    return refuse(ErrorCode::GROUP_MAX_SIZE_REACHED, r.member_id);
  if (!group.supports_classic(r.protocol_type, r.protocols))
    return refuse(ErrorCode::INCONSISTENT_GROUP_PROTOCOL, r.member_id);
  if (unknown && r.group_instance_id.empty()) return refuse(ErrorCode::MEMBER_ID_REQUIRED, member_id);  // KIP-394
  const ConsumerGroupMember* place = group.static_member(r.group_instance_id);
  if (!unknown && !r.group_instance_id.empty()) {
    if (place == nullptr) return refuse(ErrorCode::UNKNOWN_MEMBER_ID, r.member_id);
    if (place->member_id != member_id) return refuse(ErrorCode::FENCED_INSTANCE_ID, r.member_id);
  }
  const bool takes_newer_place = place != nullptr && !place->speaks_classic();

  Records records;
  const Admitted was = admit_member(host, shard, records, group, member_id, r.group_instance_id);
  ConsumerGroupMember member = was.member;
  const protocol::Subscription& subscription = r.protocols.front().metadata;
  if (!r.group_instance_id.empty()) member.instance_id = r.group_instance_id;
  member.client_id = r.client_id;
  member.rebalance_timeout_ms = r.rebalance_timeout_ms;
  member.subscribed_topic_names = sorted(subscription.topics);
  member.classic = ConsumerGroupMember::Classic{r.session_timeout_ms, protocol_names(r.protocols)};
  const ConsumerGroupMember now =
      settle_member(host, shard, records, group, was, std::move(member), subscription.owned);

  protocol::JoinGroupResponse response;
  response.member_id = member_id;
  response.generation_id = now.member_epoch;
  response.protocol_name = now.classic->protocols.front();
  const std::string id = group.group_id();
  timers().cancel(host.ctx(), {GroupTimer::Join, shard.partition, id, member_id, 0});
  if (takes_newer_place && group.all_classic_except("") && can_downgrade(group, group.members().size())) {
    convert_to_classic_group(host, shard, records, group, "");
  } else {
    restart_consumer_session(host, shard, id, now);
    timers().schedule(host.ctx(), {GroupTimer::Sync, shard.partition, id, member_id, 0},
                      sim::milliseconds(r.rebalance_timeout_ms), kTimerRetryBackoff);
  }
  write(host, shard, std::move(records), Answer{request, std::move(response)});
  flush_if_due(host, shard.partition);
}

void GroupCoordinator::classic_sync(Host& host, Shard& shard, RequestHandle request, ConsumerGroup& group,
                                    const protocol::SyncGroupRequest& r) {
  const auto refuse = [&](ErrorCode error) { host.reply(request, protocol::SyncGroupResponse{error, {}, {}}); };
  if (const ErrorCode e = classic_member_error(group, r.member_id, r.group_instance_id); e != ErrorCode::NONE)
    return refuse(e);
  const ConsumerGroupMember& member = *group.member(r.member_id);
  if (r.generation_id != member.member_epoch) return refuse(ErrorCode::ILLEGAL_GENERATION);
  if (r.protocol_name != member.classic->protocols.front()) return refuse(ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
  // The group has changed in the meantime: the member must rejoin. A pending revocation comes first.
  if (group.group_epoch() > member.member_epoch && member.state != MemberState::UnrevokedPartitions) {
    await_rejoin(host, shard, group, member);
    return refuse(ErrorCode::REBALANCE_IN_PROGRESS);
  }
  timers().cancel(host.ctx(), {GroupTimer::Sync, shard.partition, group.group_id(), r.member_id, 0});
  restart_consumer_session(host, shard, group.group_id(), member);
  reply_after_writes(host, shard,
                     {request, protocol::SyncGroupResponse{ErrorCode::NONE, r.protocol_name, member.assigned}});
}

void GroupCoordinator::classic_heartbeat(Host& host, Shard& shard, RequestHandle request, ConsumerGroup& group,
                                         const protocol::HeartbeatRequest& r) {
  const auto refuse = [&](ErrorCode error) { host.reply(request, protocol::HeartbeatResponse{error}); };
  if (const ErrorCode e = classic_member_error(group, r.member_id, r.group_instance_id); e != ErrorCode::NONE)
    return refuse(e);
  const ConsumerGroupMember& member = *group.member(r.member_id);
  if (r.generation_id != member.member_epoch) return refuse(ErrorCode::ILLEGAL_GENERATION);
  restart_consumer_session(host, shard, group.group_id(), member);
  const bool step = !sim::mutant("classic-member-not-told") &&
                    (member.member_epoch < group.group_epoch() || member.state == MemberState::UnrevokedPartitions ||
                     (member.state == MemberState::UnreleasedPartitions && !group.waits_for_unreleased(member)));
  if (step) await_rejoin(host, shard, group, member);
  reply_after_writes(host, shard,
                     {request, protocol::HeartbeatResponse{step ? ErrorCode::REBALANCE_IN_PROGRESS : ErrorCode::NONE}});
}

void GroupCoordinator::classic_leave(Host& host, Shard& shard, RequestHandle request, ConsumerGroup& group,
                                     const protocol::LeaveGroupRequest& r) {
  const auto refuse = [&](ErrorCode error) { host.reply(request, protocol::LeaveGroupResponse{error}); };
  if (const ErrorCode e = classic_member_error(group, r.member_id, r.group_instance_id); e != ErrorCode::NONE)
    return refuse(e);
  const ConsumerGroupMember* member =
      r.member_id.empty() ? group.static_member(r.group_instance_id) : group.member(r.member_id);
  Records records;
  fence_consumer_member(host, shard, records, group, std::string(member->member_id),
                        {.reason = fact::GroupReason::Left, .said = r.reason});
  write(host, shard, std::move(records), Answer{request, protocol::LeaveGroupResponse{}});
  flush_if_due(host, shard.partition);
}

}  // namespace kafkascope::coordinator
