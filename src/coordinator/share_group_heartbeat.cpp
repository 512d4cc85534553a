// ShareGroupHeartbeat (KIP-932): joining, assignment, initialization of partitions, leaving. Kafka:
// GroupMetadataManager.shareGroupHeartbeat, shareGroupLeave, initializeShareGroupState (4.1).
//
// It works like ConsumerGroupHeartbeat (consumer_group_heartbeat.cpp), with two differences: a member reaches its
// target at once, and the share coordinator must initialize a new partition before it is assigned.
#include <algorithm>
#include <string>

#include "coordinator/modern_groups.h"
#include "protocol/facts_of_groups.h"

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

}  // namespace

std::uint64_t metadata_hash_of(const ShareGroup& group, const protocol::MetadataImage& image) {
  sim::Hasher hasher;
  for (const TopicPartition tp : subscribed_partitions(group, image)) {
    hasher.put(tp.topic);
    hasher.put(tp.partition);
  }
  return hasher.digest();
}

// ---- effects of the records

void GroupCoordinatorShard::replay_share_record(const CoordinatorRecord& record, sim::Instant now) {
  if (replay_modern_record<ShareGroup>(record, now)) return;
  const auto group_of = [&](const std::string& id, bool make) { return group_for_record<ShareGroup>(id, make, now); };
  if (const auto* m = std::get_if<ShareGroupMemberMetadataRecord>(&record)) {
    ShareGroup* group = group_of(m->group, m->value.has_value());
    if (group == nullptr) return;
    if (!m->value) return group->remove_member(m->member);
    ShareGroupMember member = member_in(*group, m->member);
    member.client_id = m->value->client_id;
    member.subscribed_topic_names = m->value->subscribed_topic_names;
    group->update_member(std::move(member));
  } else if (const auto* c = std::get_if<ShareGroupCurrentMemberAssignmentRecord>(&record)) {
    ShareGroup* group = group_of(c->group, c->value.has_value());
    if (group == nullptr || (!c->value && group->member(c->member) == nullptr)) return;
    ShareGroupMember member = member_in(*group, c->member);
    const auto v = c->value.value_or(
        ShareGroupCurrentMemberAssignmentValue{protocol::kLeaveGroupEpoch, protocol::kLeaveGroupEpoch, {}});
    member.member_epoch = v.member_epoch;
    member.previous_member_epoch = v.previous_member_epoch;
    member.assigned = v.assigned;
    group->update_member(std::move(member));
  } else if (const auto* s = std::get_if<ShareGroupStatePartitionMetadataRecord>(&record)) {
    ShareGroup* group = group_of(s->group, s->value.has_value());
    if (group == nullptr) return;
    const auto v = s->value.value_or(ShareGroupStatePartitionMetadataValue{});
    group->set_state_partitions(v);
  }
}

// ---- the request

bool GroupCoordinator::share_groups_enabled(Host& host) const {
  return v4_ && host.metadata().feature("share.version") >= 1;
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const ShareGroupHeartbeatRequest& r) {
  const auto refuse = [&](ErrorCode error) {
    ShareGroupHeartbeatResponse response;
    response.error = error;
    host.reply(request, std::move(response));
  };
  if (!share_groups_enabled(host)) return refuse(ErrorCode::UNSUPPORTED_VERSION);
  const bool joins = r.member_epoch == protocol::kJoinGroupEpoch;
  if (r.group_id.empty() || r.member_id.empty() || r.member_epoch < protocol::kLeaveGroupEpoch ||
      (joins && !r.has_subscription))
    return refuse(ErrorCode::INVALID_REQUEST);
  Shard* shard = shard_for(host, r.group_id);
  if (const ErrorCode e = unavailable(shard); e != ErrorCode::NONE) return refuse(e);
  const auto found = shard->share_groups.find(r.group_id);
  const ShareGroup* group = found == shard->share_groups.end() ? nullptr : &found->second;
  if (group == nullptr) {
    const bool taken = find_group(*shard, r.group_id) != nullptr || shard->consumer_groups.contains(r.group_id);
    if (!joins || taken) return refuse(ErrorCode::GROUP_ID_NOT_FOUND);
  }
  const ShareGroupMember* member = group == nullptr ? nullptr : group->member(r.member_id);
  if (member == nullptr && !joins) return refuse(ErrorCode::UNKNOWN_MEMBER_ID);
  if (r.member_epoch == protocol::kLeaveGroupEpoch) {
    Records records;
    fence_share_member(host, *shard, records, found->second, r.member_id, {fact::GroupReason::Left});
    ShareGroupHeartbeatResponse response;
    response.member_id = r.member_id;
    response.member_epoch = r.member_epoch;
    write(host, *shard, std::move(records), Answer{request, std::move(response)});
  } else {
    if (group != nullptr && member == nullptr && static_cast<std::int64_t>(group->members().size()) >= share_max_size_)
      return refuse(ErrorCode::GROUP_MAX_SIZE_REACHED);
    if (member != nullptr)
      if (const ErrorCode e = share_epoch_error(*member, r.member_epoch); e != ErrorCode::NONE) return refuse(e);
    share_group_heartbeat(host, *shard, request, r);
  }
  flush_if_due(host, shard->partition);
}

void GroupCoordinator::share_group_heartbeat(Host& host, Shard& shard, RequestHandle request,
                                             const ShareGroupHeartbeatRequest& r) {
  const std::string& id = r.group_id;
  Records records;
  const protocol::MetadataImage& image = host.metadata();
  ShareGroup& group = shard.share_groups.try_emplace(id, id, host.ctx().now()).first->second;
  const ShareGroupMember* known = group.member(r.member_id);
  const bool fresh = known == nullptr;

  // 1. The member and its subscription.
  ShareGroupMember member = fresh ? ShareGroupMember{} : *known;
  member.member_id = r.member_id;
  member.client_id = r.client_id;
  if (r.has_subscription) {
    member.subscribed_topic_names = r.subscribed_topic_names;
    std::sort(member.subscribed_topic_names.begin(), member.subscribed_topic_names.end());
  }
  const Partitions assigned_before = member.assigned;
  const bool subscribed_anew = fresh || member.subscribed_topic_names != known->subscribed_topic_names;
  if (subscribed_anew) {
    apply(host, shard, records, id,
          ShareGroupMemberMetadataRecord{{id, r.member_id}, {{member.client_id, member.subscribed_topic_names}}});
    if (fresh) host.ctx().trace(fact::GroupMemberJoined{group.group_epoch(), id, member.text()});
  }
  // A partition has been initialized and is not assigned yet. Kafka: initializedAssignmentPending.
  const Partitions subscribed = subscribed_partitions(group, image);
  const bool pending = std::any_of(subscribed.begin(), subscribed.end(), [&](TopicPartition tp) {
    return group.initialized().contains(tp) &&
           std::none_of(group.targets().begin(), group.targets().end(),
                        [&](const auto& t) { return std::binary_search(t.second.begin(), t.second.end(), tp); });
  });
  if (subscribed_anew || pending || group.metadata_checked < image.last_offset()) {
    group.metadata_checked = image.last_offset();
    const std::uint64_t hash = metadata_hash_of(group, image);
    if (subscribed_anew || pending || hash != group.metadata_hash()) {
      ++counters_.share_rebalances;
      bump_group_epoch(host, shard, records, group, hash,
                       fresh             ? GroupCause{fact::GroupReason::Joined, member.text()}
                       : subscribed_anew ? GroupCause{fact::GroupReason::NewSubscription, member.text()}
                       : pending         ? GroupCause{fact::GroupReason::PartitionsReady}
                                         : GroupCause{fact::GroupReason::TopicChanged});
    }
  }

  // 2. The target. 3. The member reaches it at once (ShareGroupAssignmentBuilder).
  if (group.group_epoch() > group.assignment_epoch()) update_target(host, shard, records, group);
  member = *group.member(r.member_id);
  if (member.member_epoch != group.assignment_epoch()) {
    member.previous_member_epoch = member.member_epoch;
    member.member_epoch = group.assignment_epoch();
    member.assigned = group.target(r.member_id);
    host.ctx().trace(fact::MemberEpoch{member.member_epoch, MemberState::Stable,
                                       static_cast<std::int32_t>(member.assigned.size()), id, member.text()});
    apply(host, shard, records, id,
          ShareGroupCurrentMemberAssignmentRecord{
              {id, r.member_id}, {{member.member_epoch, member.previous_member_epoch, member.assigned}}});
  }
  update_state(host, group);
  timers().schedule(host.ctx(), {GroupTimer::Session, shard.partition, id, r.member_id, 0},
                    sim::milliseconds(group_setting(host, id, "share.session.timeout.ms", share_session_ms_)),
                    kTimerRetryBackoff);

  // 4. Partitions that the share coordinator does not know yet, one set of them at a time.
  Partitions unknown;
  if (group.awaited.empty())
    for (const TopicPartition tp : subscribed)
      if (!group.initialized().contains(tp)) unknown.push_back(tp);
  if (!unknown.empty()) {
    write_state_partitions(host, shard, records, group, unknown, {});
    group.awaited = {unknown.begin(), unknown.end()};
    group.answered.clear();
  }

  const std::int64_t interval_ms = group_setting(host, id, "share.heartbeat.interval.ms", share_heartbeat_ms_);
  write(host, shard, std::move(records),
        Answer{request, heartbeat_response<ShareGroupHeartbeatResponse>(
                            member, interval_ms, r.has_subscription || member.assigned != assigned_before)});
  if (!unknown.empty()) write(host, shard, {}, ShareStateWanted{id, std::move(unknown)});
}

std::int64_t GroupCoordinator::group_setting(Host& host, const std::string& group, const std::string& key,
                                             std::int64_t otherwise) const {
  const auto& own = host.metadata().config("group:" + group);
  const auto it = own.find(key);
  return it == own.end() ? otherwise : std::stoll(it->second);
}

GroupCoordinator::WorkedOut GroupCoordinator::work_out(const ShareGroup& group, const AssignorSpec& spec,
                                                       const protocol::MetadataImage& image) const {
  Partitions assignable = subscribed_partitions(group, image);
  std::erase_if(assignable, [&](TopicPartition tp) { return !group.initialized().contains(tp); });
  return {"simple", assign_simple(spec, assignable)};
}

// ---- requests to the share coordinator

void GroupCoordinator::write_state_partitions(Host& host, Shard& shard, Records& records, ShareGroup& group,
                                              const Partitions& initializing, const Partitions& initialized) {
  std::set<TopicPartition> ready = group.initialized();
  ready.insert(initialized.begin(), initialized.end());
  std::set<protocol::TopicId> deleting = group.deleting();
  for (const TopicPartition tp : initializing) deleting.erase(tp.topic);
  const std::string& id = group.group_id();
  apply(host, shard, records, id,
        ShareGroupStatePartitionMetadataRecord{
            {id},
            ShareGroupStatePartitionMetadataValue{
                initializing, {ready.begin(), ready.end()}, {deleting.begin(), deleting.end()}}});
}

/// The group's record of these partitions is committed: the share coordinator is asked to initialize them.
void GroupCoordinator::on_share_state_wanted(Host& host, Shard& shard, const ShareStateWanted& step, ErrorCode error) {
  const auto it = shard.share_groups.find(step.group);
  if (it == shard.share_groups.end()) return;
  if (error != ErrorCode::NONE) return it->second.awaited.clear();  // as if it had never been requested
  for (const TopicPartition tp : step.partitions)
    host.initialize_share_state(step.group, tp, it->second.group_epoch(), {}, 0);
}

void GroupCoordinator::on_share_state_initialized(Host& host, const std::string& group_id, TopicPartition tp,
                                                  ErrorCode error) {
  Shard* shard = shard_for(host, group_id);
  if (unavailable(shard) != ErrorCode::NONE) return;
  const auto it = shard->share_groups.find(group_id);
  if (it == shard->share_groups.end() || it->second.awaited.erase(tp) == 0) return;
  ShareGroup& group = it->second;
  if (error == ErrorCode::NONE) group.answered.insert(tp);
  if (!group.awaited.empty()) return;
  // Partitions that failed are requested again by a later heartbeat.
  const Partitions ready(group.answered.begin(), group.answered.end());
  group.answered.clear();
  Records records;
  write_state_partitions(host, *shard, records, group, {}, ready);
  write(host, *shard, std::move(records), std::nullopt);  // no request waits for these
  flush_if_due(host, shard->partition);
}

// ---- leaving and fencing

void GroupCoordinator::fence_share_member(Host& host, Shard& shard, Records& records, ShareGroup& group,
                                          const std::string& member_id, const GroupCause& cause) {
  const std::string who = group.member(member_id)->text();
  remove_member(host, shard, records, group, member_id, cause);
  bump_group_epoch(host, shard, records, group, metadata_hash_of(group, host.metadata()), cause.of_leaving(who));
  update_state(host, group);
}

void GroupCoordinator::on_share_session_timer(Host& host, Shard& shard, ShareGroup& group,
                                              const std::string& member_id) {
  if (group.member(member_id) == nullptr) return;
  Records records;
  fence_share_member(host, shard, records, group, member_id, {fact::GroupReason::SessionTimeout});
  write(host, shard, std::move(records), std::nullopt);  // no request waits for these
}

// ---- removal

/// Writes the group's tombstones, and deletes its state at the share coordinator. Kafka:
/// GroupMetadataManager.shareGroupBuildPartitionDeleteRequest.
void GroupCoordinator::remove_share_group(Host& host, Shard& shard, const std::string& id, Records& tombstones) {
  const ShareGroup group = shard.share_groups.find(id)->second;
  for (const TopicPartition tp : group.initialized()) host.delete_share_state(id, tp, 0);
  host.ctx().trace(fact::GroupState{.from = state_code(group.state()),
                                    .to = state_code(ShareGroupState::Dead),
                                    .generation = group.group_epoch(),
                                    .group = id});
  apply(host, shard, tombstones, id, ShareGroupStatePartitionMetadataRecord{{id}, std::nullopt});
  forget_group<ShareGroup>(host, shard, tombstones, id);
}

// ---- views

std::vector<const ShareGroup*> GroupCoordinator::share_groups() const {
  std::vector<const ShareGroup*> list;
  for (const auto& [partition, context] : contexts())
    for (const auto& [id, group] : context.shard.share_groups) list.push_back(&group);
  return list;
}

const ShareGroup* GroupCoordinator::share_group(std::string_view group_id) const {
  const Shard* shard = shard_of(group_id);
  if (shard == nullptr) return nullptr;
  const auto it = shard->share_groups.find(group_id);
  return it == shard->share_groups.end() ? nullptr : &it->second;
}

}  // namespace kafkascope::coordinator
