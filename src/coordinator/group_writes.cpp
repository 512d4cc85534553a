// Completes events when their records in __consumer_offsets are committed or fail. CoordinatorRuntime writes the
// records.
#include <string>
#include <type_traits>

#include "coordinator/group_coordinator.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;

void GroupCoordinator::write(Host& host, Shard& shard, Records records, std::optional<GroupEvent> event) {
  append(host, shard, records, std::move(event), Replay::Applied);
  for (CoordinatorRecord& record : records)
    if (auto* commit = std::get_if<OffsetCommitRecord>(&record)) {
      GroupDelta& changed = delta(host, shard);
      if (!commit->value) shard.forget_pending(commit->group, commit->partition, &changed);
      commit->order = shard.next_order++;
      changed.offsets.push_back(std::move(*commit));  // offsets take effect when they are committed
    }
}

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
  if (state(shard.partition) != CoordinatorState::Active)
    return;  // resigning: on_unloaded() answers the requests, and no timer is restarted
  for (const auto& [id, was] : failed.consumer_groups.entries()) {
    ClassicGroup* downgraded = was ? find_group(shard, id) : nullptr;
    if (downgraded == nullptr) continue;
    const auto members = downgraded->members();
    for (const auto& [member_id, unused] : members)
      drop_member(host, shard, *downgraded, member_id, {fact::GroupReason::NotStoredAsClassic});
    timers().cancel(host.ctx(), {GroupTimer::Join, shard.partition, id, {}, 0});
    shard.groups.erase(id);
    for (const auto& [member_id, member] : was->members()) restart_consumer_session(host, shard, id, member);
  }
}

void GroupCoordinator::complete(Host& host, Shard& shard, GroupEvent event, ErrorCode append_error) {
  if (auto* answer = std::get_if<Answer>(&event)) return reply(host, std::move(*answer), append_error);
  const ErrorCode error = append_error_to_response_error(append_error);
  if (auto* fetch = std::get_if<FetchAnswer>(&event)) {
    if (error == ErrorCode::NONE) host.reply(fetch->request, fetch_offsets(shard, fetch->fetch, fetch->unstable));
    else host.reply(fetch->request, protocol::OffsetFetchResponse{error, {}});
    return;
  }
  if (const auto* marker = std::get_if<MarkerStored>(&event))
    return host.on_transaction_completed(marker->call, append_error);
  // An administrator waits for the response, even if another broker coordinates the group by now.
  if (const auto* ready = std::get_if<ShareCallReady>(&event)) return on_share_call_ready(host, ready->call, error);
  if (state(shard.partition) != CoordinatorState::Active) return;  // another broker coordinates the groups by now
  if (auto* stored = std::get_if<AssignmentStored>(&event)) {
    on_assignment_stored(host, shard, *stored, error);
  } else if (auto* replaced = std::get_if<StaticReplaced>(&event)) {
    on_static_replaced(host, shard, *replaced, error);
  } else if (auto* created = std::get_if<GroupCreated>(&event)) {
    if (error != ErrorCode::NONE) remove_created_group(host, shard, created->group, error);
  } else if (auto* wanted = std::get_if<ShareStateWanted>(&event)) {
    on_share_state_wanted(host, shard, *wanted, error);
  }
}

// The record that announces the group is not in the log, so the group does not exist. In Kafka the parked JoinGroups
// then time out at the clients; here they are answered.
void GroupCoordinator::remove_created_group(Host& host, Shard& shard, const std::string& group_id, ErrorCode error) {
  auto it = shard.groups.find(group_id);
  if (it == shard.groups.end() || it->second.generation() > 0) return;
  ClassicGroup& group = it->second;
  for (const std::string& id : group.pending_members()) cancel_session(host, shard, group, id);
  for (const auto& [id, unused] : group.members()) {
    cancel_session(host, shard, group, id);
    protocol::JoinGroupResponse response;
    response.error = error;
    finish_join(host, *group.member(id), std::move(response));
  }
  timers().cancel(host.ctx(), {GroupTimer::Join, shard.partition, group_id, {}, 0});
  set_state(host, group, GroupState::Dead, {fact::GroupReason::FirstRecordNotStored});
  shard.groups.erase(it);
}

// Kafka replays a tombstone as soon as it is in the open batch, and restores the earlier snapshot if the tombstone
// cannot be appended (CoordinatorRuntime: failCurrentBatch, revertLastWrittenOffset).
ClassicGroup GroupCoordinator::delete_group(Host& host, Shard& shard, const std::string& id, fact::GroupReason reason) {
  const auto it = shard.groups.find(id);
  ClassicGroup as_it_was = it->second;
  set_state(host, it->second, GroupState::Dead, {reason});
  shard.groups.erase(it);
  return as_it_was;
}

void GroupCoordinator::note_deleted(Host& host, Shard& shard, std::vector<ClassicGroup> deleted) {
  for (ClassicGroup& group : deleted) delta(host, shard).deleted.push_back(std::move(group));
}

void GroupCoordinator::on_reverted(Host& host, Shard& shard, GroupDelta& failed) {
  if (!failed.deleted.empty()) count_if_due(host.ctx().now());
  for (ClassicGroup& group : failed.deleted) {
    const std::string id = group.group_id();
    const auto [it, absent] = shard.groups.try_emplace(id);
    if (!absent && !it->second.members().empty()) continue;  // a member has already joined a new group of that name
    host.ctx().trace(fact::GroupState{.from = static_cast<std::int64_t>(GroupState::Dead),
                                      .to = static_cast<std::int64_t>(group.state()),
                                      .generation = group.generation(),
                                      .group = id});
    it->second = std::move(group);
    for (const auto& [member_id, member] : it->second.members()) restart_session(host, shard, it->second, member);
  }
}

}  // namespace kafkascope::coordinator
