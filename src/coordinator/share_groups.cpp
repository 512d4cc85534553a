#include "coordinator/share_groups.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "protocol/messages_consumer_group.h"
#include "sim/hasher.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;
using protocol::ShareGroupHeartbeatRequest;
using protocol::ShareGroupHeartbeatResponse;
using protocol::TopicPartition;

namespace {

/// Kafka: throwIfShareGroupMemberEpochIsInvalid; epoch 0 starts over.
ErrorCode share_epoch_error(const ShareGroupMember& member, std::int32_t epoch) {
  const bool fine =
      epoch == member.member_epoch || epoch == member.previous_member_epoch || epoch == protocol::kJoinGroupEpoch;
  return fine ? ErrorCode::NONE : ErrorCode::FENCED_MEMBER_EPOCH;
}

/// Every partition of the existing topics that members subscribe to.
Partitions subscribed_partitions(const ShareGroup& group, const protocol::MetadataImage& image) {
  Partitions all;
  for (const std::string& topic : subscribed_topics(group))
    if (const protocol::TopicImage* t = image.topic(image.topic_id(topic)))
      for (std::size_t p = 0; p < t->partitions.size(); ++p) all.push_back({t->id, static_cast<std::int32_t>(p)});
  std::sort(all.begin(), all.end());
  return all;
}

/// A hash of the group's topics as they are now: if it changes, a new target is computed (KIP-1101).
std::uint64_t metadata_hash_of(const ShareGroup& group, const protocol::MetadataImage& image) {
  sim::Hasher hasher;
  for (const TopicPartition tp : subscribed_partitions(group, image)) {
    hasher.put(tp.topic);
    hasher.put(tp.partition);
  }
  return hasher.digest();
}

}  // namespace

// ---- the request. Kafka: GroupMetadataManager.shareGroupHeartbeat

void ShareGroups::heartbeat(RequestHandle request, const ShareGroupHeartbeatRequest& r) {
  const auto refuse = [&](ErrorCode error) {
    ShareGroupHeartbeatResponse response;
    response.error = error;
    op_.reply(request, std::move(response));
  };
  const bool joins = r.member_epoch == protocol::kJoinGroupEpoch;
  ShareGroup* group = op_.share_group(r.group_id);
  if (group == nullptr) {
    const bool taken = op_.classic_group(r.group_id) != nullptr || op_.consumer_group(r.group_id) != nullptr;
    if (!joins || taken) return refuse(ErrorCode::GROUP_ID_NOT_FOUND);
  }
  const ShareGroupMember* member = group == nullptr ? nullptr : group->member(r.member_id);
  if (member == nullptr && !joins) return refuse(ErrorCode::UNKNOWN_MEMBER_ID);
  if (r.member_epoch == protocol::kLeaveGroupEpoch) return leave(request, r, *group);
  if (group != nullptr && member == nullptr &&
      static_cast<std::int64_t>(group->members().size()) >= op_.config().share_max_size)
    return refuse(ErrorCode::GROUP_MAX_SIZE_REACHED);
  if (member != nullptr)
    if (const ErrorCode e = share_epoch_error(*member, r.member_epoch); e != ErrorCode::NONE) return refuse(e);
  admit_or_update(request, r);
}

void ShareGroups::admit_or_update(RequestHandle request, const ShareGroupHeartbeatRequest& r) {
  const std::string& id = r.group_id;
  ShareGroup& group = op_.shard().share_groups.try_emplace(id, id, op_.ctx().now()).first->second;
  const ShareGroupMember* known = group.member(r.member_id);
  const Partitions assigned_before = known == nullptr ? Partitions{} : known->assigned;

  // 1. The member and its subscription. 2. The target. 3. The member reaches it.
  const Partitions subscribed = update_subscription(group, r);
  if (group.group_epoch() > group.assignment_epoch())
    update_target(group, [&](const AssignorSpec& spec) {
      Partitions assignable = subscribed_partitions(group, op_.metadata());
      std::erase_if(assignable, [&](TopicPartition tp) { return !group.initialized().contains(tp); });
      return std::pair<std::string, TargetAssignment>{"simple", assign_simple(spec, assignable)};
    });
  reach_target(group, r.member_id);
  update_state(group);
  restart_session(id, r.member_id);

  // 4. Partitions that the share coordinator does not know yet, one set of them at a time.
  Partitions unknown;
  if (group.awaited.empty())
    for (const TopicPartition tp : subscribed)
      if (!group.initialized().contains(tp)) unknown.push_back(tp);
  if (!unknown.empty()) {
    write_state_partitions(group, unknown, {});
    group.awaited = {unknown.begin(), unknown.end()};
    group.answered.clear();
  }

  const ShareGroupMember& member = *group.member(r.member_id);
  const std::int64_t interval_ms =
      op_.group_setting(id, "share.heartbeat.interval.ms", op_.config().share_heartbeat_ms);
  op_.write(Answer{request, heartbeat_response<ShareGroupHeartbeatResponse>(
                                member, interval_ms, r.has_subscription || member.assigned != assigned_before)});
  if (!unknown.empty()) op_.write(ShareStateWanted{id, std::move(unknown)});
}

/// Returns all partitions that the group subscribes to.
Partitions ShareGroups::update_subscription(ShareGroup& group, const ShareGroupHeartbeatRequest& r) {
  const ShareGroupMember* known = group.member(r.member_id);
  const bool fresh = known == nullptr;
  ShareGroupMember member = fresh ? ShareGroupMember{} : *known;
  member.member_id = r.member_id;
  member.client_id = r.client_id;
  if (r.has_subscription) {
    member.subscribed_topic_names = r.subscribed_topic_names;
    std::sort(member.subscribed_topic_names.begin(), member.subscribed_topic_names.end());
  }
  const bool subscribed_anew = fresh || member.subscribed_topic_names != known->subscribed_topic_names;
  if (subscribed_anew) {
    op_.apply(
        ShareGroupMemberMetadataRecord{{r.group_id, r.member_id}, {{member.client_id, member.subscribed_topic_names}}});
    if (fresh) op_.ctx().trace(fact::GroupMemberJoined{group.group_epoch(), r.group_id, member.text()});
  }
  // A partition has been initialized and is not assigned yet. Kafka: initializedAssignmentPending.
  const protocol::MetadataImage& image = op_.metadata();
  Partitions subscribed = subscribed_partitions(group, image);
  const bool pending = std::any_of(subscribed.begin(), subscribed.end(), [&](TopicPartition tp) {
    return group.initialized().contains(tp) &&
           std::none_of(group.targets().begin(), group.targets().end(),
                        [&](const auto& t) { return std::binary_search(t.second.begin(), t.second.end(), tp); });
  });
  if (!subscribed_anew && !pending && group.metadata_checked >= image.last_offset()) return subscribed;
  group.metadata_checked = image.last_offset();
  const std::uint64_t hash = metadata_hash_of(group, image);
  if (!subscribed_anew && !pending && hash == group.metadata_hash()) return subscribed;
  ++op_.counters().share_rebalances;
  bump_group_epoch(group, hash,
                   fresh             ? GroupCause{fact::GroupReason::Joined, member.text()}
                   : subscribed_anew ? GroupCause{fact::GroupReason::NewSubscription, member.text()}
                   : pending         ? GroupCause{fact::GroupReason::PartitionsReady}
                                     : GroupCause{fact::GroupReason::TopicChanged});
  return subscribed;
}

// Kafka: ShareGroupAssignmentBuilder.
void ShareGroups::reach_target(ShareGroup& group, const std::string& member_id) {
  ShareGroupMember member = *group.member(member_id);
  if (member.member_epoch == group.assignment_epoch()) return;
  member.previous_member_epoch = member.member_epoch;
  member.member_epoch = group.assignment_epoch();
  member.assigned = group.target(member_id);
  const std::string& id = group.group_id();
  op_.ctx().trace(fact::MemberEpoch{member.member_epoch, MemberState::Stable,
                                    static_cast<std::int32_t>(member.assigned.size()), id, member.text()});
  op_.apply(ShareGroupCurrentMemberAssignmentRecord{
      {id, member_id}, {{member.member_epoch, member.previous_member_epoch, member.assigned}}});
}

// ---- partitions and the share coordinator. Kafka: initializeShareGroupState

void ShareGroups::write_state_partitions(ShareGroup& group, const Partitions& initializing,
                                         const Partitions& initialized) {
  std::set<TopicPartition> ready = group.initialized();
  ready.insert(initialized.begin(), initialized.end());
  std::set<protocol::TopicId> deleting = group.deleting();
  for (const TopicPartition tp : initializing) deleting.erase(tp.topic);
  op_.apply(ShareGroupStatePartitionMetadataRecord{
      {group.group_id()},
      ShareGroupStatePartitionMetadataValue{
          initializing, {ready.begin(), ready.end()}, {deleting.begin(), deleting.end()}}});
}

void ShareGroups::on_state_wanted(const ShareStateWanted& step, ErrorCode error) {
  ShareGroup* group = op_.share_group(step.group);
  if (group == nullptr) return;
  if (error != ErrorCode::NONE) return group->awaited.clear();  // as if it had never been requested
  for (const TopicPartition tp : step.partitions)
    op_.host().initialize_share_state(step.group, tp, group->group_epoch(), {}, 0);
}

void ShareGroups::on_state_initialized(const std::string& group_id, TopicPartition tp, ErrorCode error) {
  ShareGroup* group = op_.share_group(group_id);
  if (group == nullptr || group->awaited.erase(tp) == 0) return;
  if (error == ErrorCode::NONE) group->answered.insert(tp);
  if (!group->awaited.empty()) return;
  // Partitions that failed are requested again by a later heartbeat.
  const Partitions ready(group->answered.begin(), group->answered.end());
  group->answered.clear();
  write_state_partitions(*group, {}, ready);
  op_.write(std::nullopt);  // no request waits for these
}

// ---- sessions, leaving and fencing

void ShareGroups::on_loaded(ShareGroup& group) {
  group.set_state(group.computed_state(), op_.ctx().now());
  group.set_cause({fact::GroupReason::Loaded});
  for (const auto& [member_id, member] : group.members()) restart_session(group.group_id(), member_id);
}

void ShareGroups::restart_session(const std::string& id, const std::string& member_id) {
  op_.schedule(GroupTimer::Session, id, member_id,
               op_.group_setting(id, "share.session.timeout.ms", op_.config().share_session_ms), kTimerRetryBackoff);
}

void ShareGroups::leave(RequestHandle request, const ShareGroupHeartbeatRequest& r, ShareGroup& group) {
  fence_member(group, r.member_id, {fact::GroupReason::Left});
  ShareGroupHeartbeatResponse response;
  response.member_id = r.member_id;
  response.member_epoch = r.member_epoch;
  op_.write(Answer{request, std::move(response)});
}

void ShareGroups::fence_member(ShareGroup& group, const std::string& member_id, const GroupCause& cause) {
  const std::string who = group.member(member_id)->text();
  remove_member(group, member_id, cause);
  bump_group_epoch(group, metadata_hash_of(group, op_.metadata()), cause.of_leaving(who));
  update_state(group);
}

void ShareGroups::on_session_timer(ShareGroup& group, const std::string& member_id) {
  if (group.member(member_id) == nullptr) return;
  fence_member(group, member_id, {fact::GroupReason::SessionTimeout});
  op_.write(std::nullopt);  // no request waits for these
}

// ---- description and removal

// Kafka: ShareGroup.asDescribedGroup. A read operation: it uses the committed state.
protocol::DescribedShareGroup ShareGroups::describe(const std::string& id) const {
  protocol::DescribedShareGroup out;
  out.group_id = id;
  const ShareGroup* group = op_.committed_share_group(id);
  if (group == nullptr) {
    out.error = ErrorCode::GROUP_ID_NOT_FOUND;
    out.group_state = name(ShareGroupState::Dead);
    return out;
  }
  out.group_state = name(group->state());
  out.group_epoch = group->group_epoch();
  out.assignment_epoch = group->assignment_epoch();
  out.assignor_name = "simple";
  for (const auto& [member_id, m] : group->members())
    out.members.push_back({member_id, m.client_id, m.member_epoch, m.subscribed_topic_names, m.assigned});
  return out;
}

// Kafka: GroupMetadataManager.shareGroupBuildPartitionDeleteRequest.
void ShareGroups::remove(const std::string& id) {
  const ShareGroup group = op_.shard().share_groups.find(id)->second;
  for (const TopicPartition tp : group.initialized()) op_.host().delete_share_state(id, tp, 0);
  op_.ctx().trace(fact::GroupState{.from = state_code(group.state()),
                                   .to = state_code(ShareGroupState::Dead),
                                   .generation = group.group_epoch(),
                                   .group = id});
  op_.apply(ShareGroupStatePartitionMetadataRecord{{id}, std::nullopt});
  forget_group(id);
}

}  // namespace kafkascope::coordinator
