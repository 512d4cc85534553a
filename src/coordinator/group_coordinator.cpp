// What CoordinatorRuntime reports to the group coordinator: partitions that are loaded or given up, timers, and records
// that are committed or have failed. Each goes to the class that knows the kind of group.
#include "coordinator/group_coordinator.h"

#include <string>
#include <utility>

#include "coordinator/classic_groups.h"
#include "coordinator/consumer_groups.h"
#include "coordinator/group_deletion.h"
#include "coordinator/group_migration.h"
#include "coordinator/group_offsets.h"
#include "coordinator/share_groups.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;

// Kafka: GroupMetadataManager.onLoaded.
void GroupCoordinator::on_loaded(Host& host, Shard& shard) {
  Ctx& ctx = host.ctx();
  const sim::Instant now = ctx.now();
  std::int64_t offsets = 0;
  for (const auto& [id, map] : shard.offsets) offsets += static_cast<std::int64_t>(map.size());
  const protocol::TopicPartition where{host.metadata().topic_id(kOffsetsTopic), shard.partition};
  ctx.trace(fact::GroupLoaded{
      where, static_cast<std::int64_t>(shard.groups.size() + shard.consumer_groups.size() + shard.share_groups.size()),
      offsets});
  GroupOperation op(*this, host, shard);
  for (auto& [id, group] : shard.groups) ClassicGroups(op).on_loaded(group);
  for (auto& [id, group] : shard.consumer_groups) ConsumerGroups(op).on_loaded(group);
  for (auto& [id, group] : shard.share_groups) ShareGroups(op).on_loaded(group);
  GroupDeletion(op).schedule_clean_up();
  shard.counted = shard.count();
  shard.counted_at = now;
}

void GroupCoordinator::on_unloaded(Host& host, Shard& shard) {
  GroupOperation op(*this, host, shard);
  for (auto& [id, group] : shard.groups) ClassicGroups(op).on_unloaded(group);
}

void GroupCoordinator::on_topic_deleted(Host& host, protocol::TopicId topic) {
  for (const std::int32_t partition : owned_partitions()) {
    Shard* shard = find_shard(partition);
    if (unavailable(shard) != ErrorCode::NONE) continue;
    GroupOperation op(*this, host, *shard);
    GroupOffsets(op).on_topic_deleted(topic);
    flush_if_due(host, partition);
  }
}

void GroupCoordinator::on_death() {
  GroupStore::on_death();
  share_calls_.on_death();
  txn_commits_.on_death();
}

void GroupCoordinator::on_timeout(Host& host, Shard& shard, const TimerKey& key) {
  GroupOperation op(*this, host, shard);
  ClassicGroup* const group = op.classic_group(key.id);
  ConsumerGroup* const newer = op.consumer_group(key.id);
  ShareGroup* const share = op.share_group(key.id);
  const auto member_of_newer = [&](fact::GroupReason reason) {
    if (newer != nullptr) ConsumerGroups(op).on_member_timer(*newer, key.member, {reason});
  };
  switch (key.kind) {
    case GroupTimer::Session:
      if (group != nullptr) ClassicGroups(op).on_session_timer(*group, key.member);
      else if (newer != nullptr) member_of_newer(fact::GroupReason::SessionTimeout);
      else if (share != nullptr) ShareGroups(op).on_session_timer(*share, key.member);
      break;
    case GroupTimer::Revocation:
      if (const ConsumerGroupMember* m = newer == nullptr ? nullptr : newer->member(key.member);
          m != nullptr && m->state == MemberState::UnrevokedPartitions)
        member_of_newer(fact::GroupReason::NotRevokedInTime);
      break;
    // With a member: the timer of a classic member in a group of the newer protocol.
    case GroupTimer::Join:
      if (group != nullptr) ClassicGroups(op).on_join_timer(*group);
      else member_of_newer(fact::GroupReason::NoRejoinInTime);
      break;
    case GroupTimer::Sync:
      if (group != nullptr) ClassicGroups(op).on_sync_timer(*group);
      else member_of_newer(fact::GroupReason::NoSyncInTime);
      break;
    case GroupTimer::Expire: GroupDeletion(op).clean_up(); break;
    default: host.ctx().fault("every timer of the group coordinator has a meaning");
  }
}

// ---- records

void GroupCoordinator::on_committed(Host& host, Shard& shard, GroupDelta& delta, bool loaded) {
  for (OffsetCommitRecord& commit : delta.offsets) {
    const fact::OffsetCommitted told{commit.partition, commit.value ? commit.value->offset : protocol::Offset{-1},
                                     commit.generation, commit.group};
    if (shard.take_offset(std::move(commit)) && !loaded) host.ctx().trace(told);
  }
}

// Kafka: CoordinatorRuntime restores the snapshot before the batch.
void GroupCoordinator::revert(Host& host, Shard& shard, GroupDelta& failed) {
  failed.consumer_groups.revert(shard.consumer_groups);
  failed.share_groups.revert(shard.share_groups);
  failed.pending.revert(shard.pending);
  GroupOperation op(*this, host, shard);
  if (!op.active()) return;  // resigning: on_unloaded() answers the requests, and no timer is restarted
  for (const auto& [id, was] : failed.consumer_groups.entries()) {
    ClassicGroup* downgraded = was ? op.classic_group(id) : nullptr;
    if (downgraded != nullptr) GroupMigration(op).revert_downgrade(*downgraded, *was);
  }
}

void GroupCoordinator::on_reverted(Host& host, Shard& shard, GroupDelta& failed) {
  GroupOperation op(*this, host, shard);
  if (!failed.deleted.empty()) op.count_if_due();
  for (ClassicGroup& group : failed.deleted) ClassicGroups(op).restore(std::move(group));
}

void GroupCoordinator::complete(Host& host, Shard& shard, GroupEvent event, ErrorCode append_error) {
  if (auto* answer = std::get_if<Answer>(&event)) return reply(host, std::move(*answer), append_error);
  if (const auto* marker = std::get_if<MarkerStored>(&event))
    return host.on_transaction_completed(marker->call, append_error);
  const ErrorCode error = append_error_to_response_error(append_error);
  GroupOperation op(*this, host, shard);
  if (const auto* fetch = std::get_if<FetchAnswer>(&event)) return GroupOffsets(op).on_fetch_ready(*fetch, error);
  // An administrator waits for the response, even if another broker coordinates the group by now.
  if (const auto* ready = std::get_if<ShareCallReady>(&event))
    return ShareGroupOffsets(op, share_calls_).on_call_ready(ready->call, error);
  if (!op.active()) return;  // another broker coordinates the groups by now
  if (const auto* stored = std::get_if<AssignmentStored>(&event))
    ClassicGroups(op).on_assignment_stored(*stored, error);
  else if (const auto* replaced = std::get_if<StaticReplaced>(&event))
    ClassicGroups(op).on_static_replaced(*replaced, error);
  else if (const auto* created = std::get_if<GroupCreated>(&event)) ClassicGroups(op).on_created(*created, error);
  else if (const auto* wanted = std::get_if<ShareStateWanted>(&event)) ShareGroups(op).on_state_wanted(*wanted, error);
}

}  // namespace kafkascope::coordinator
