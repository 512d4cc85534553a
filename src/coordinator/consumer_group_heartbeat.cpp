// ConsumerGroupHeartbeat: joining, changed subscriptions, and the three steps (consumer_groups.h).
#include <algorithm>
#include <string>
#include <utility>

#include "coordinator/classic_groups.h"
#include "coordinator/consumer_groups.h"
#include "coordinator/current_assignment.h"
#include "coordinator/group_migration.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ConsumerGroupHeartbeatRequest;
using protocol::ConsumerGroupHeartbeatResponse;
using protocol::ErrorCode;
using protocol::TopicPartition;

namespace {

/// The previous epoch is accepted, because the response with the new epoch may have been lost; epoch 0 starts over
/// (KAFKA-19233).
ErrorCode epoch_error(const ConsumerGroupMember& member, const ConsumerGroupHeartbeatRequest& r) {
  if (r.member_epoch == member.member_epoch || r.member_epoch == protocol::kJoinGroupEpoch ||
      sim::mutant("member-epoch-unchecked"))
    return ErrorCode::NONE;
  if (r.member_epoch > member.member_epoch) return ErrorCode::FENCED_MEMBER_EPOCH;
  const bool within =
      r.has_owned && std::all_of(r.topic_partitions.begin(), r.topic_partitions.end(), [&](TopicPartition p) {
        return std::binary_search(member.assigned.begin(), member.assigned.end(), p);
      });
  return r.member_epoch == member.previous_member_epoch && within ? ErrorCode::NONE : ErrorCode::FENCED_MEMBER_EPOCH;
}

}  // namespace

// ---- the request. Kafka: GroupMetadataManager.consumerGroupHeartbeat

// Kafka: throwIfConsumerGroupHeartbeatRequestIsInvalid.
ErrorCode ConsumerGroups::request_error(const ConsumerGroupHeartbeatRequest& r,
                                        const std::vector<std::string>& assignors) {
  const bool joins = r.member_epoch == protocol::kJoinGroupEpoch;
  if (r.group_id.empty() || r.member_id.empty() || r.member_epoch < protocol::kLeaveGroupStaticEpoch)
    return ErrorCode::INVALID_REQUEST;
  if (joins && (r.rebalance_timeout_ms < 0 || !r.has_owned || !r.topic_partitions.empty() ||
                !(r.has_subscription || r.has_regex)))
    return ErrorCode::INVALID_REQUEST;
  if (r.member_epoch == protocol::kLeaveGroupStaticEpoch && r.instance_id.empty()) return ErrorCode::INVALID_REQUEST;
  if (!r.server_assignor.empty() && std::find(assignors.begin(), assignors.end(), r.server_assignor) == assignors.end())
    return ErrorCode::UNSUPPORTED_ASSIGNOR;
  return ErrorCode::NONE;
}

void ConsumerGroups::heartbeat(RequestHandle request, const ConsumerGroupHeartbeatRequest& r) {
  const auto refuse = [&](ErrorCode error) {
    ConsumerGroupHeartbeatResponse response;
    response.error = error;
    op_.reply(request, std::move(response));
  };
  ConsumerGroup* group = op_.consumer_group(r.group_id);
  const bool joins = r.member_epoch == protocol::kJoinGroupEpoch, leaves = r.member_epoch < 0;
  if (group == nullptr) {
    // Only a joining member creates a group. A classic group with that id is replaced if it is empty, or converted.
    const ClassicGroup* classic = op_.classic_group(r.group_id);
    const bool taken =
        classic != nullptr && !classic->in(GroupState::Empty) && !GroupMigration(op_).can_upgrade(*classic);
    if (!joins || taken || op_.share_group(r.group_id) != nullptr) return refuse(ErrorCode::GROUP_ID_NOT_FOUND);
  }
  if (!leaves && group != nullptr &&
      static_cast<std::int64_t>(group->members().size()) >= op_.config().consumer_max_size &&
      group->member(r.member_id) == nullptr)
    return refuse(ErrorCode::GROUP_MAX_SIZE_REACHED);
  const ConsumerGroupMember* member = nullptr;
  if (group != nullptr)
    member = r.instance_id.empty() ? group->member(r.member_id) : group->static_member(r.instance_id);
  if (member == nullptr && !joins) return refuse(ErrorCode::UNKNOWN_MEMBER_ID);
  const bool takes_place = member != nullptr && joins && !r.instance_id.empty();
  if (member != nullptr && !joins && member->member_id != r.member_id) return refuse(ErrorCode::FENCED_INSTANCE_ID);
  // A member with this instance id, even from the same process, must first have left temporarily
  // (throwIfInstanceIdIsUnreleased).
  if (takes_place && !member->speaks_classic() && member->member_epoch != protocol::kLeaveGroupStaticEpoch)
    return refuse(ErrorCode::UNRELEASED_INSTANCE_ID);
  if (leaves) return leave(request, r, *group, *member);
  if (member != nullptr && !takes_place)
    if (const ErrorCode e = epoch_error(*member, r); e != ErrorCode::NONE) return refuse(e);
  if (r.has_regex && !r.subscribed_topic_regex.empty() &&
      (group == nullptr || group->subscribers_of_regex(r.subscribed_topic_regex) == 0) &&
      !is_valid_regex(r.subscribed_topic_regex))
    return refuse(ErrorCode::INVALID_REGULAR_EXPRESSION);
  admit_or_update(request, r);
}

void ConsumerGroups::admit_or_update(RequestHandle request, const ConsumerGroupHeartbeatRequest& r) {
  const std::string& id = r.group_id;
  std::vector<ClassicGroup> replaced = replace_classic_group(id);
  ConsumerGroup& group = op_.shard().consumer_groups.try_emplace(id, id, op_.ctx().now()).first->second;
  const Admitted was = admit_member(group, r.member_id, r.instance_id);
  ConsumerGroupMember member = was.member;
  member.client_id = r.client_id;
  member.classic.reset();
  if (!r.instance_id.empty()) member.instance_id = r.instance_id;
  if (!r.rack_id.empty()) member.rack_id = r.rack_id;
  if (r.rebalance_timeout_ms >= 0) member.rebalance_timeout_ms = r.rebalance_timeout_ms;
  if (!r.server_assignor.empty()) member.server_assignor = r.server_assignor;
  if (r.has_regex) member.subscribed_topic_regex = r.subscribed_topic_regex;
  if (r.has_subscription) {
    member.subscribed_topic_names = r.subscribed_topic_names;
    std::sort(member.subscribed_topic_names.begin(), member.subscribed_topic_names.end());
  }
  std::optional<Partitions> owned;
  if (r.has_owned) owned = r.topic_partitions;
  const ConsumerGroupMember& now = settle_member(group, was, std::move(member), owned);
  if (was.joined || !sim::mutant("newer-heartbeat-restarts-no-session")) restart_session(id, now);

  const auto interval_ms = static_cast<std::int32_t>(
      op_.group_setting(id, "consumer.heartbeat.interval.ms", op_.config().consumer_heartbeat_ms));
  const bool full = r.member_epoch == protocol::kJoinGroupEpoch ||
                    (r.rebalance_timeout_ms >= 0 && (r.has_subscription || r.has_regex) && r.has_owned);
  op_.write(Answer{request, heartbeat_response<ConsumerGroupHeartbeatResponse>(
                                now, interval_ms, full || now.assigned != was.member.assigned)});
  op_.note_deleted(std::move(replaced));
  resolve_regexes_if_due(group);
}

/// Removes an empty classic group with that id, whose offsets stay, or converts one that has members; returns the group
/// that was converted, if there was one.
std::vector<ClassicGroup> ConsumerGroups::replace_classic_group(const std::string& id) {
  ClassicGroup* classic = op_.classic_group(id);
  if (classic == nullptr) return {};
  if (!classic->in(GroupState::Empty)) return {GroupMigration(op_).to_consumer_group(*classic)};
  if (!classic->protocol_type().empty() || classic->generation() > 0)
    op_.records().push_back(GroupMetadataRecord{{id}, std::nullopt});
  ClassicGroups(op_).remove(id, fact::GroupReason::NewerProtocol);
  return {};
}

// ---- the steps

ConsumerGroups::Admitted ConsumerGroups::admit_member(ConsumerGroup& group, const std::string& member_id,
                                                      const std::string& instance_id) {
  const std::string& id = group.group_id();
  const ConsumerGroupMember* known = instance_id.empty() ? group.member(member_id) : group.static_member(instance_id);
  Admitted out;
  out.fresh = out.joined = known == nullptr;
  if (known != nullptr) out.member = *known;
  ConsumerGroupMember& member = out.member;
  const std::string old_id = std::exchange(member.member_id, member_id);
  if (!out.fresh && old_id != member_id) {
    // A static member in another process: it replaces the old one and begins at epoch 0.
    out.joined = true;
    const Partitions target = group.target(old_id);
    member.member_epoch = member.previous_member_epoch = 0;
    remove_member(group, old_id, {fact::GroupReason::Replaced, member_id});
    op_.apply(member_metadata_record(id, member));
    op_.apply(ConsumerGroupTargetAssignmentMemberRecord{{id, member_id}, {{target}}});
    op_.apply(current_assignment_record(id, member));
  } else if (member.member_epoch == protocol::kLeaveGroupStaticEpoch) {  // ... or in the same process
    member.member_epoch = member.previous_member_epoch = 0;
    op_.apply(current_assignment_record(id, member));
  }
  return out;
}

const ConsumerGroupMember& ConsumerGroups::settle_member(ConsumerGroup& group, const Admitted& was,
                                                         ConsumerGroupMember member,
                                                         const std::optional<Partitions>& owned) {
  update_subscription(group, was, member);
  if (group.group_epoch() > group.assignment_epoch()) {
    update_target(group, [&](const AssignorSpec& spec) {
      const std::string assignor = group.preferred_assignor(op_.config().consumer_assignors.front());
      return std::pair<std::string, TargetAssignment>{assignor, assign(assignor, spec)};
    });
    update_state(group);
  }
  reconcile_member(group, member.member_id, owned);
  update_state(group);
  return *group.member(member.member_id);
}

void ConsumerGroups::update_subscription(ConsumerGroup& group, const Admitted& was, const ConsumerGroupMember& member) {
  const std::string& id = group.group_id();
  if (was.fresh || member != was.member) op_.apply(member_metadata_record(id, member));
  if (was.joined) op_.ctx().trace(fact::GroupMemberJoined{group.group_epoch(), id, member.text()});
  const bool by_regex = regex_changes_subscription(group, was.member, member);
  const bool subscribed_anew = member.subscribed_topic_names != was.member.subscribed_topic_names || by_regex;
  const protocol::MetadataImage& image = op_.metadata();
  if (subscribed_anew || was.fresh || group.metadata_checked != image.last_offset()) {
    group.metadata_checked = image.last_offset();
    const std::uint64_t hash = metadata_hash_of(group, image);
    if (subscribed_anew || (hash != group.metadata_hash() && !sim::mutant("topic-growth-unseen"))) {
      ++op_.counters().consumer_rebalances;
      bump_group_epoch(group, hash,
                       was.fresh         ? GroupCause{fact::GroupReason::Joined, member.text()}
                       : subscribed_anew ? GroupCause{fact::GroupReason::NewSubscription, member.text()}
                                         : GroupCause{fact::GroupReason::TopicChanged});
      update_state(group);
    }
  }
}

void ConsumerGroups::reconcile_member(ConsumerGroup& group, const std::string& member_id,
                                      const std::optional<Partitions>& owned) {
  const ConsumerGroupMember& member = *group.member(member_id);
  if (member.reconciled_to(group.assignment_epoch())) return;
  // A partition that this member itself still has to revoke is not free for it either.
  const ConsumerGroupMember next =
      reconcile(member, group.assignment_epoch(), group.target(member_id), owned, [&](TopicPartition p) {
        return group.current_partition_epoch(p) != -1 && !sim::mutant("given-before-released");
      });
  if (next == member) return;
  const std::string& id = group.group_id();
  op_.apply(current_assignment_record(id, next));
  op_.ctx().trace(fact::MemberEpoch{next.member_epoch, next.state, static_cast<std::int32_t>(next.assigned.size()), id,
                                    next.text()});
  // A classic member has join and sync timers instead.
  if (next.state == MemberState::UnrevokedPartitions && !next.speaks_classic() && !sim::mutant("revocation-untimed"))
    op_.schedule(GroupTimer::Revocation, id, member_id, next.rebalance_timeout_ms, kTimerRetryBackoff);
  else op_.cancel(GroupTimer::Revocation, id, member_id);
}

}  // namespace kafkascope::coordinator
