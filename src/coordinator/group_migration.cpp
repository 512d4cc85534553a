#include "coordinator/group_migration.h"

#include <algorithm>
#include <map>
#include <utility>

#include "coordinator/classic_groups.h"
#include "coordinator/consumer_groups.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;

std::vector<std::string> protocol_names(const std::vector<protocol::JoinProtocol>& protocols) {
  std::vector<std::string> names;
  for (const protocol::JoinProtocol& p : protocols) names.push_back(p.name);
  return names;
}

bool GroupMigration::can_upgrade(const ClassicGroup& group) const {
  return op_.config().upgrades && group.protocol_type() == "consumer" &&
         static_cast<std::int64_t>(group.members().size()) <= op_.config().consumer_max_size;
}

bool GroupMigration::can_downgrade(const ConsumerGroup& group, std::size_t members_then) const {
  return op_.config().downgrades && !group.empty() && members_then > 0 &&
         static_cast<std::int64_t>(members_then) <= op_.config().max_size;
}

// Each member's current assignment becomes its target, and the generation becomes its epoch. Members with a parked
// request must rejoin.
ClassicGroup GroupMigration::to_consumer_group(ClassicGroup& group) {
  const std::string id = group.group_id();
  for (const auto& [member_id, unused] : group.members()) {
    ClassicGroupMember& member = *group.member(member_id);
    protocol::JoinGroupResponse join;
    join.error = ErrorCode::REBALANCE_IN_PROGRESS;
    join.member_id = member_id;
    ClassicGroups(op_).finish_join(member, std::move(join));
    ClassicGroups(op_).finish_sync(member, {ErrorCode::REBALANCE_IN_PROGRESS, {}, {}});
  }
  for (const std::string& pending : group.pending_members()) ClassicGroups(op_).cancel_session(group, pending);
  for (const TimerKind kind : {GroupTimer::Join, GroupTimer::Sync}) op_.cancel(kind, id);

  ClassicGroup was = ClassicGroups(op_).remove(id, fact::GroupReason::NewerMemberJoined);
  op_.records().push_back(GroupMetadataRecord{{id}, std::nullopt});
  std::vector<ConsumerGroupMember> members;
  for (const auto& [member_id, m] : was.members()) {
    ConsumerGroupMember member;
    member.member_id = member_id;
    member.instance_id = m.group_instance_id;
    member.client_id = m.client_id;
    member.member_epoch = member.previous_member_epoch = was.generation();
    member.rebalance_timeout_ms = m.rebalance_timeout_ms;
    member.subscribed_topic_names = m.protocols.front().metadata.topics;
    std::sort(member.subscribed_topic_names.begin(), member.subscribed_topic_names.end());
    member.classic = ConsumerGroupMember::Classic{m.session_timeout_ms, protocol_names(m.protocols)};
    member.assigned = m.assignment;
    std::sort(member.assigned.begin(), member.assigned.end());
    members.push_back(std::move(member));
  }
  for (const ConsumerGroupMember& m : members) op_.apply(member_metadata_record(id, m));
  op_.apply(ConsumerGroupMetadataRecord{{id}, {{was.generation(), 0}}});
  for (const ConsumerGroupMember& m : members)
    op_.apply(ConsumerGroupTargetAssignmentMemberRecord{{id, m.member_id}, {{m.assigned}}});
  op_.apply(ConsumerGroupTargetAssignmentMetadataRecord{{id}, {{was.generation()}}});
  for (const ConsumerGroupMember& m : members) {
    op_.apply(current_assignment_record(id, m));
    ConsumerGroups(op_).restart_session(id, m);
  }
  ConsumerGroup& group_now = op_.shard().consumer_groups.find(id)->second;
  op_.ctx().trace(fact::GroupState{.from = state_code(ConsumerGroupState::Dead),
                                   .to = state_code(group_now.computed_state()),
                                   .generation = group_now.group_epoch(),
                                   .group = id});
  group_now.set_state(group_now.computed_state(), op_.ctx().now());
  return was;
}

void GroupMigration::to_classic_group(ConsumerGroup& group, const std::string& leaving) {
  // A copy, because the group is removed below.
  const std::string id = group.group_id();  // NOLINT(performance-unnecessary-copy-initialization)
  ClassicGroup classic(id, op_.ctx().now());
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
                  op_.ctx().now());
  classic.note_subscriptions();

  for (const auto& [member_id, unused] : classic.members()) {
    for (const TimerKind kind : {GroupTimer::Session, GroupTimer::Join, GroupTimer::Sync})
      op_.cancel(kind, id, member_id);
    ConsumerGroups(op_).forget_member(id, member_id);
  }
  ConsumerGroups(op_).remove(id);
  op_.count_if_due();
  ClassicGroup& now = op_.shard().groups.insert_or_assign(id, std::move(classic)).first->second;
  op_.ctx().trace(fact::GroupState{.from = static_cast<std::int64_t>(GroupState::Dead),
                                   .to = static_cast<std::int64_t>(GroupState::Stable),
                                   .generation = now.generation(),
                                   .group = id});
  op_.records().push_back(metadata_record(now, assignments, ClassicGroups(op_).state_timestamp_ms(now)));
  for (const auto& [member_id, member] : now.members()) ClassicGroups(op_).restart_session(now, member);
  if (!leaving.empty()) ClassicGroups(op_).prepare_rebalance(now, {fact::GroupReason::ClassicAgain});
}

void GroupMigration::revert_downgrade(ClassicGroup& downgraded, const ConsumerGroup& was) {
  const std::string& id = was.group_id();
  const auto members = downgraded.members();
  for (const auto& [member_id, unused] : members)
    ClassicGroups(op_).drop_member(downgraded, member_id, {fact::GroupReason::NotStoredAsClassic});
  op_.cancel(GroupTimer::Join, id);
  op_.shard().groups.erase(id);
  for (const auto& [member_id, member] : was.members()) ConsumerGroups(op_).restart_session(id, member);
}

}  // namespace kafkascope::coordinator
