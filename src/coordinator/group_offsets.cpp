// OffsetCommit, OffsetFetch; OffsetDelete (KIP-496) and DeleteGroups (KIP-229); expiry. Kafka: OffsetMetadataManager,
// ClassicGroup.validateOffsetCommit, GroupCoordinatorShard.deleteGroups.
#include <algorithm>
#include <string>

#include "coordinator/coordinator_runtime_code.h"
#include "coordinator/group_coordinator.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::OffsetCommitRequest& r) {
  protocol::OffsetCommitResponse response;
  auto refuse = [&](ErrorCode error) {
    for (const auto& p : r.partitions) response.partitions.push_back({p.partition, error});
    host.reply(request, std::move(response));
  };
  Shard* shard = shard_for(host, r.group_id);
  if (const ErrorCode e = unavailable(shard); e != ErrorCode::NONE) return refuse(e);
  if (shard->share_groups.contains(r.group_id))
    return refuse(ErrorCode::GROUP_ID_NOT_FOUND);  // a share group commits no offsets
  ClassicGroup* group = find_group(*shard, r.group_id);
  bool founded = false;
  const auto newer = shard->consumer_groups.find(r.group_id);
  if (newer != shard->consumer_groups.end()) {
    if (const ErrorCode e = newer->second.validate_offset_commit(r.member_id, r.generation_id); e != ErrorCode::NONE)
      return refuse(e);
  } else if (!group) {
    // A commit without membership creates a group that only holds offsets; a commit with one comes from a former
    // member.
    if (r.generation_id >= 0) return refuse(v4_ ? ErrorCode::GROUP_ID_NOT_FOUND : ErrorCode::ILLEGAL_GENERATION);
    count_if_due(host.ctx().now());
    group = &shard->groups.try_emplace(r.group_id, r.group_id, host.ctx().now()).first->second;
    founded = true;
  }
  if (group) {
    if (ErrorCode e = group->validate_offset_commit(r.member_id, r.group_instance_id, r.generation_id);
        e != ErrorCode::NONE)
      return refuse(e);
  }
  if (group && (group->in(GroupState::Stable) || group->in(GroupState::PreparingRebalance))) {
    if (const ClassicGroupMember* member = group->member(r.member_id)) restart_session(host, *shard, *group, *member);
  }

  const std::int64_t now_ms = host.ctx().wall_clock_ms();
  std::vector<CoordinatorRecord> records;
  for (const auto& p : r.partitions) {
    ErrorCode error = ErrorCode::NONE;
    const protocol::TopicImage* topic = host.metadata().topic(p.partition.topic);
    if (!host.metadata().partition(p.partition)) {
      error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;  // KafkaApis
    } else if (static_cast<std::int64_t>(p.metadata.size()) > metadata_max_bytes_) {
      error = ErrorCode::OFFSET_METADATA_TOO_LARGE;
    } else {
      records.push_back(OffsetCommitRecord{
          {{r.group_id, topic->name, p.partition}, OffsetCommitValue{p.offset, p.leader_epoch, p.metadata, now_ms}},
          r.generation_id});
    }
    response.partitions.push_back({p.partition, error});
  }
  counters_.offset_commits += static_cast<std::int64_t>(records.size());
  founded = founded && v4_ && !records.empty();  // without records Kafka keeps the group; 2.5 always does
  write(host, *shard, std::move(records), Answer{request, std::move(response)});
  if (founded) write(host, *shard, {}, GroupCreated{r.group_id});  // removes the group if its commit cannot be appended
  flush_if_due(host, shard->partition);
}

// Kafka: GroupCoordinatorService.fetchOffsets.
void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::OffsetFetchRequest& r) {
  using protocol::OffsetFetchResponse;
  const auto member_error = [&](const ConsumerGroup* newer) {
    return newer == nullptr ? ErrorCode::NONE : newer->validate_offset_fetch(r.member_id, r.generation_id);
  };
  if (!r.require_stable || sim::mutant("unstable-offsets-fetched"))
    return schedule_read_operation<OffsetFetchResponse>(
        host, partition_for(host, r.group_id), request, [&](const Shard& shard) {
          const ErrorCode e = member_error(committed_consumer_group(shard, r.group_id));
          return e == ErrorCode::NONE ? fetch_offsets(shard, r, {}) : OffsetFetchResponse{e, {}};
        });
  Shard* shard = shard_for(host, r.group_id);
  ErrorCode e = unavailable(shard);
  if (e == ErrorCode::NONE) {  // in Kafka a write operation, which uses the uncommitted state
    const auto newer = shard->consumer_groups.find(r.group_id);
    e = member_error(newer == shard->consumer_groups.end() ? nullptr : &newer->second);
  }
  if (e != ErrorCode::NONE) return host.reply(request, OffsetFetchResponse{e, {}});
  // The response waits until all earlier records, and therefore its offsets, are committed. Kafka's consumers always
  // require stable offsets.
  std::set<protocol::TopicPartition> unstable;
  if (!shard->pending.empty()) unstable = pending_partitions(*shard, r.group_id);
  write(host, *shard, {}, FetchAnswer{request, r, std::move(unstable)});
}

// ---- uncommitted offsets

/// Kafka replays a record as soon as it is in the open batch (CoordinatorRuntime); deletion and expiry use that state.
/// Here offsets take effect when they are committed, so the uncommitted ones are added to the committed ones.
OffsetsByGroup GroupCoordinator::written_offsets(const Shard& shard) const {
  OffsetsByGroup written = shard.offsets;
  for_each_uncommitted(shard, [&](const GroupDelta& delta) {
    for (const OffsetCommitRecord& commit : delta.offsets) {
      if (commit.value) {
        CommittedOffset& known = written[commit.group][commit.partition];
        if (known.order <= commit.order) known = {*commit.value, commit.topic, commit.order};
      } else if (const auto group = written.find(commit.group); group != written.end())
        group->second.erase(commit.partition);
    }
  });
  std::erase_if(written, [](const auto& group) { return group.second.empty(); });
  return written;
}

// ---- deletion by an administrator

/// Also deletes pending offsets; each partition needs only one tombstone.
void GroupCoordinator::delete_offsets(const Shard& shard, const OffsetsByGroup& written, const std::string& group,
                                      const std::vector<protocol::TopicPartition>* only,
                                      std::vector<CoordinatorRecord>& tombstones) {
  const auto wanted = [&](protocol::TopicPartition partition) {
    return only == nullptr || std::find(only->begin(), only->end(), partition) != only->end();
  };
  OffsetMap all;
  if (const auto offsets = written.find(group); offsets != written.end()) all = offsets->second;
  const OffsetMap pending = pending_offsets(shard, group);
  all.insert(pending.begin(), pending.end());
  for (const auto& [partition, committed] : all)
    if (wanted(partition)) tombstones.push_back(offset_tombstone(group, partition, committed));
}

OffsetMap GroupCoordinator::pending_offsets(const Shard& shard, std::string_view group) {
  OffsetMap all;
  for (const auto& [producer, by_group] : shard.pending)
    if (const auto of_group = by_group.find(group); of_group != by_group.end())
      all.insert(of_group->second.begin(), of_group->second.end());
  return all;
}

std::set<protocol::TopicPartition> GroupCoordinator::pending_partitions(const Shard& shard, std::string_view group) {
  std::set<protocol::TopicPartition> partitions;
  for (const auto& [partition, offset] : pending_offsets(shard, group)) partitions.insert(partition);
  return partitions;
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::OffsetDeleteRequest& r) {
  Shard* shard = shard_for(host, r.group_id);
  ErrorCode error = unavailable(shard);
  const ClassicGroup* group = error == ErrorCode::NONE ? find_group(*shard, r.group_id) : nullptr;
  const ConsumerGroup* newer = nullptr;
  if (error == ErrorCode::NONE) {
    if (const auto it = shard->consumer_groups.find(r.group_id); it != shard->consumer_groups.end())
      newer = &it->second;
    else error = group == nullptr ? ErrorCode::GROUP_ID_NOT_FOUND : group->validate_offset_delete();
  }
  if (error != ErrorCode::NONE) return host.reply(request, protocol::OffsetDeleteResponse{error, {}});
  protocol::OffsetDeleteResponse response;
  std::vector<protocol::TopicPartition> free;
  for (const protocol::TopicPartition p : r.partitions) {
    if (!host.metadata().partition(p)) {
      response.partitions.push_back({p, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION});  // KafkaApis
      continue;
    }
    const protocol::TopicImage* topic = host.metadata().topic(p.topic);
    const bool subscribed = newer ? newer->is_subscribed_to(topic->name) : group->is_subscribed_to(topic->name);
    response.partitions.push_back({p, subscribed ? ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode::NONE});
    if (!subscribed) free.push_back(p);
  }
  std::vector<CoordinatorRecord> tombstones;
  delete_offsets(*shard, written_offsets(*shard), r.group_id, &free, tombstones);
  counters_.offset_deletions += static_cast<std::int64_t>(tombstones.size());
  write(host, *shard, std::move(tombstones), Answer{request, std::move(response)});
  flush_if_due(host, shard->partition);
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::DeleteGroupsRequest& r) {
  // All groups of one request are in one partition, because the client sorts them by coordinator and partition
  // (GroupCoordinatorService.deleteGroups).
  Shard* shard = r.groups.empty() ? nullptr : shard_for(host, r.groups.front());
  protocol::DeleteGroupsResponse response;
  if (const ErrorCode e = unavailable(shard); e != ErrorCode::NONE) {
    for (const std::string& id : r.groups) response.results.push_back({id, e, {}});
    return host.reply(request, std::move(response));
  }
  const OffsetsByGroup written = written_offsets(*shard);
  std::vector<CoordinatorRecord> tombstones;
  std::vector<ClassicGroup> deleted;
  for (const std::string& id : r.groups) {
    if (const auto newer = shard->consumer_groups.find(id); newer != shard->consumer_groups.end()) {
      const ErrorCode error = newer->second.empty() ? ErrorCode::NONE : ErrorCode::NON_EMPTY_GROUP;
      response.results.push_back({id, error, {}});
      if (error != ErrorCode::NONE) continue;
      delete_offsets(*shard, written, id, nullptr, tombstones);
      remove_consumer_group(host, *shard, id, tombstones);
      continue;
    }
    if (const auto share = shard->share_groups.find(id); share != shard->share_groups.end()) {
      const ErrorCode error = share->second.empty() ? ErrorCode::NONE : ErrorCode::NON_EMPTY_GROUP;
      response.results.push_back({id, error, {}});
      if (error == ErrorCode::NONE) remove_share_group(host, *shard, id, tombstones);
      continue;
    }
    ClassicGroup* group = find_group(*shard, id);
    const ErrorCode error = group == nullptr ? ErrorCode::GROUP_ID_NOT_FOUND : group->validate_delete();
    response.results.push_back({id, error, {}});
    if (error != ErrorCode::NONE) continue;
    delete_offsets(*shard, written, id, nullptr, tombstones);
    tombstones.push_back(GroupMetadataRecord{{id}, std::nullopt});
    deleted.push_back(delete_group(host, *shard, id, fact::GroupReason::Deleted));
  }
  write(host, *shard, std::move(tombstones), Answer{request, std::move(response)});
  note_deleted(host, *shard, std::move(deleted));
  flush_if_due(host, shard->partition);
}

// ---- expiry (KIP-211). Kafka: GroupCoordinatorShard.cleanupGroupMetadata, OffsetMetadataManager.cleanupExpiredOffsets

void GroupCoordinator::schedule_expiration(Host& host, const Shard& shard) {
  timers().schedule(host.ctx(), {GroupTimer::Expire, shard.partition, {}, {}, 0},
                    sim::milliseconds(retention_check_ms_));
}

void GroupCoordinator::on_expire_timer(Host& host, Shard& shard) {
  schedule_expiration(host, shard);
  std::vector<CoordinatorRecord> tombstones;
  std::vector<std::string> over;
  const OffsetsByGroup written = written_offsets(shard);
  const auto of = [&](const std::string& id) {
    const auto it = written.find(id);
    return it == written.end() ? nullptr : &it->second;
  };
  for (const auto& [id, group] : shard.groups) {
    if (!expire_offsets(host, shard, group, of(id), tombstones) || !group.in(GroupState::Empty) ||
        !group.pending_members().empty())
      continue;
    tombstones.push_back(GroupMetadataRecord{{id}, std::nullopt});
    over.push_back(id);
  }
  std::vector<std::string> newer_over;
  for (const auto& [id, group] : shard.consumer_groups)
    if (expire_offsets(host, shard, group, of(id), tombstones) && group.empty()) newer_over.push_back(id);
  for (const std::string& id : newer_over) remove_consumer_group(host, shard, id, tombstones);
  std::vector<ClassicGroup> deleted;
  for (const std::string& id : over)
    deleted.push_back(delete_group(host, shard, id, fact::GroupReason::LastOffsetExpired));
  if (tombstones.empty()) return;
  counters_.offset_expirations += std::count_if(tombstones.begin(), tombstones.end(), [](const CoordinatorRecord& r) {
    return std::holds_alternative<OffsetCommitRecord>(r);
  });
  write(host, shard, std::move(tombstones), std::nullopt);  // no request waits for these
  note_deleted(host, shard, std::move(deleted));
}

/// Returns true if the group has no offset that must be kept. While members consume, offsets of subscribed topics never
/// expire. The retention of an empty group's offsets starts when the group became empty; for a group that only holds
/// offsets it starts at the commit.
bool GroupCoordinator::expire_offsets(Host& host, const Shard& shard, const ClassicGroup& group,
                                      const OffsetMap* offsets, std::vector<CoordinatorRecord>& tombstones) const {
  const bool none_pending = !shard.has_pending(group.group_id());
  if (offsets == nullptr) return none_pending;
  const bool simple = group.protocol_type().empty();
  const bool reads = !simple && group.in(GroupState::Stable) && group.protocol_type() == "consumer";
  if (!simple && !reads && !group.in(GroupState::Empty)) return false;
  const std::int64_t now_ms = host.ctx().wall_clock_ms();
  bool all = none_pending;
  for (const auto& [partition, committed] : *offsets) {
    const protocol::TopicImage* topic = host.metadata().topic(partition.topic);
    const bool subscribed = reads && topic != nullptr && group.is_subscribed_to(topic->name);
    const std::int64_t since = simple || reads ? committed.commit_timestamp_ms : state_timestamp_ms(host, group);
    if ((!subscribed || sim::mutant("expiry-ignores-readers")) && now_ms - since >= retention_ms_ &&
        !shard.has_pending(group.group_id(), partition))
      tombstones.push_back(offset_tombstone(group.group_id(), partition, committed));
    else all = false;
  }
  return all;
}

/// Offsets of subscribed topics never expire; the retention of other offsets starts at the commit
/// (ConsumerGroup.offsetExpirationCondition).
bool GroupCoordinator::expire_offsets(Host& host, const Shard& shard, const ConsumerGroup& group,
                                      const OffsetMap* offsets, std::vector<CoordinatorRecord>& tombstones) const {
  bool all = !shard.has_pending(group.group_id());
  if (offsets == nullptr) return all;
  const std::int64_t now_ms = host.ctx().wall_clock_ms();
  for (const auto& [partition, committed] : *offsets) {
    const protocol::TopicImage* topic = host.metadata().topic(partition.topic);
    const bool subscribed = topic != nullptr && group.is_subscribed_to(topic->name);
    if (!subscribed && now_ms - committed.commit_timestamp_ms >= retention_ms_ &&
        !shard.has_pending(group.group_id(), partition))
      tombstones.push_back(offset_tombstone(group.group_id(), partition, committed));
    else all = false;
  }
  return all;
}

void GroupCoordinatorShard::forget_offset(const std::string& group, protocol::TopicPartition partition) {
  const auto of_group = offsets.find(group);
  if (of_group == offsets.end()) return;
  of_group->second.erase(partition);
  if (of_group->second.empty()) offsets.erase(of_group);
}

/// In the order of the request; without partitions: all offsets of the group (Kafka: a null list).
protocol::OffsetFetchResponse GroupCoordinator::fetch_offsets(
    const Shard& shard, const protocol::OffsetFetchRequest& r,
    const std::set<protocol::TopicPartition>& unstable) const {
  protocol::OffsetFetchResponse response;
  auto group = shard.offsets.find(r.group_id);
  auto add = [&](protocol::TopicPartition p, const CommittedOffset* c) {
    protocol::OffsetFetchResult result;
    result.partition = p;
    if (unstable.contains(p)) {
      result.error = ErrorCode::UNSTABLE_OFFSET_COMMIT;
    } else if (c) {
      result.committed_offset = c->offset;
      result.committed_leader_epoch = c->leader_epoch;
    }
    response.partitions.push_back(result);
  };
  if (r.partitions.empty()) {
    if (group != shard.offsets.end())
      for (const auto& [p, c] : group->second) add(p, &c);
    return response;
  }
  for (const protocol::TopicPartition p : r.partitions) {
    const CommittedOffset* found = nullptr;
    if (group != shard.offsets.end())
      if (auto it = group->second.find(p); it != group->second.end()) found = &it->second;
    add(p, found);
  }
  return response;
}

}  // namespace kafkascope::coordinator
