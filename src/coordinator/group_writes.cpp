// Records on their way to __consumer_offsets, and the answers that wait for them. Kafka: CoordinatorRuntime.
//
// Every request that writes adds its records to one open batch, which is appended group.coordinator.append.linger.ms
// after its first record. An answer leaves when the high watermark has passed its records; a request without records
// waits for those before it, so it never tells of something that may still be lost. Simplified: an open batch is never
// full (Kafka also closes it at the topic's max.message.bytes).
#include <algorithm>
#include <string>
#include <type_traits>

#include "coordinator/group_coordinator.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;

// Kafka: GroupMetadataManager.appendGroupMetadataErrorToResponseError,
// GroupCoordinatorService.handleOperationException.
protocol::ErrorCode append_error_to_response_error(ErrorCode error) {
  switch (error) {
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode::NOT_ENOUGH_REPLICAS:
    case ErrorCode::REQUEST_TIMED_OUT: return ErrorCode::COORDINATOR_NOT_AVAILABLE;
    case ErrorCode::NOT_LEADER_OR_FOLLOWER:
    case ErrorCode::FENCED_LEADER_EPOCH:
    case ErrorCode::KAFKA_STORAGE_ERROR: return ErrorCode::NOT_COORDINATOR;
    case ErrorCode::MESSAGE_TOO_LARGE:
    case ErrorCode::RECORD_LIST_TOO_LARGE: return ErrorCode::UNKNOWN_SERVER_ERROR;
    default: return error;
  }
}

protocol::Body with_error(protocol::Body body, ErrorCode error) {
  protocol::visit(
      [error](auto& b) {
        using T = std::decay_t<decltype(b)>;
        if constexpr (std::is_same_v<T, protocol::OffsetCommitResponse>) {
          for (auto& p : b.partitions) p.error = error;
        } else if constexpr (std::is_same_v<T, protocol::DeleteGroupsResponse>) {
          for (auto& g : b.results) g.error = error;
        } else if constexpr (std::is_same_v<T, protocol::ConsumerGroupDescribeResponse> ||
                             std::is_same_v<T, protocol::ShareGroupDescribeResponse>) {
          for (auto& g : b.groups) g.error = error;
        } else if constexpr (std::is_same_v<T, protocol::HeartbeatResponse> ||
                             std::is_same_v<T, protocol::LeaveGroupResponse> ||
                             std::is_same_v<T, protocol::ConsumerGroupHeartbeatResponse> ||
                             std::is_same_v<T, protocol::JoinGroupResponse> ||
                             std::is_same_v<T, protocol::SyncGroupResponse> ||
                             std::is_same_v<T, protocol::ShareGroupHeartbeatResponse> ||
                             std::is_same_v<T, protocol::DescribeShareGroupOffsetsResponse> ||
                             std::is_same_v<T, protocol::AlterShareGroupOffsetsResponse> ||
                             std::is_same_v<T, protocol::DeleteShareGroupOffsetsResponse> ||
                             std::is_same_v<T, protocol::OffsetDeleteResponse>) {
          b.error = error;
        }
      },
      body);
  return body;
}

void GroupCoordinator::write(Host& host, Shard& shard, std::vector<CoordinatorRecord> records, Waiting waiting,
                             std::int32_t generation) {
  if (records.empty()) {
    Batch* last = shard.gathering ? &*shard.gathering : shard.in_flight.empty() ? nullptr : &shard.in_flight.back();
    if (!last) {
      finish(host, shard, std::move(waiting), ErrorCode::NONE);
      return;
    }
    start_write_timeout(host, shard, waiting);
    last->waiting.push_back(std::move(waiting));
    return;
  }
  Ctx& ctx = host.ctx();
  Batch& batch = open_batch(host, shard);
  for (CoordinatorRecord& record : records) {
    batch.records.push_back(encode(record, ctx.wall_clock_ms()));
    if (auto* commit = std::get_if<OffsetCommitRecord>(&record))
      batch.offsets.emplace_back(std::move(*commit), generation);
  }
  start_write_timeout(host, shard, waiting);
  batch.waiting.push_back(std::move(waiting));
}

GroupCoordinator::Batch& GroupCoordinator::open_batch(Host& host, Shard& shard) {
  if (!shard.gathering) {
    Batch batch;
    batch.token = next_token_++;
    shard.gathering = std::move(batch);
    if (linger_ms_ > 0)
      timers_.schedule(host.ctx(), {TimerKind::AppendLinger, shard.partition, {}, {}, 0},
                       sim::milliseconds(linger_ms_));
  }
  return *shard.gathering;
}

// What could not be appended has not happened, nor has what was done on top of it. Kafka: CoordinatorRuntime takes its
// state back to the snapshot before the batch.
void GroupCoordinator::revert(Host& host, Shard& shard, Batch& failed) {
  for (auto& [id, was] : failed.before) {
    if (was) {
      shard.consumer_groups.insert_or_assign(id, *was);
      if (ClassicGroup* downgraded = find_group(shard, id)) {
        const auto members = downgraded->members();
        for (const auto& [member_id, unused] : members)
          drop_member(host, shard, *downgraded, member_id, "the group could not be stored as a classic one");
        timers_.cancel(host.ctx(), {TimerKind::Join, shard.partition, id, {}, 0});
        shard.groups.erase(id);
        for (const auto& [member_id, member] : was->members()) restart_consumer_session(host, shard, id, member);
      }
    } else {
      shard.consumer_groups.erase(id);
    }
    for (Batch& later : shard.in_flight) later.before.erase(id);
    if (shard.gathering) shard.gathering->before.erase(id);
  }
  for (auto& [id, was] : failed.share_before) {
    if (was) shard.share_groups.insert_or_assign(id, *was);
    else shard.share_groups.erase(id);
    for (Batch& later : shard.in_flight) later.share_before.erase(id);
    if (shard.gathering) shard.gathering->share_before.erase(id);
  }
}

void GroupCoordinator::start_write_timeout(Host& host, Shard& shard, Waiting& waiting) {
  // Nobody waits for these.
  if (std::holds_alternative<GroupCreated>(waiting.step) || std::holds_alternative<GroupEmptied>(waiting.step) ||
      std::holds_alternative<ShareStateWanted>(waiting.step))
    return;
  waiting.number = next_waiting_++;
  timers_.schedule(host.ctx(), {TimerKind::WriteTimeout, shard.partition, {}, {}, waiting.number},
                   sim::milliseconds(commit_timeout_ms_));
}

void GroupCoordinator::flush_if_due(Host& host, std::int32_t partition) {
  if (linger_ms_ <= 0) flush(host, partition);
}

void GroupCoordinator::flush(Host& host, std::int32_t partition) {
  auto it = shards_.find(partition);
  if (it == shards_.end() || !it->second.gathering) return;
  Shard& shard = it->second;
  timers_.cancel(host.ctx(), {TimerKind::AppendLinger, partition, {}, {}, 0});
  Batch batch = std::move(*shard.gathering);
  shard.gathering.reset();
  protocol::RecordBatch records;
  records.records = std::move(batch.records);
  batch.records.clear();
  const std::uint64_t token = batch.token;
  shard.in_flight.push_back(std::move(batch));
  host.append(partition, protocol::seal(std::move(records)),
              token);  // may call on_append_done at once: nothing is touched after
}

void GroupCoordinator::on_append_done(Host& host, std::uint64_t token, ErrorCode error) {
  for (auto& [partition, shard] : shards_) {
    auto it =
        std::find_if(shard.in_flight.begin(), shard.in_flight.end(), [&](const Batch& b) { return b.token == token; });
    if (it == shard.in_flight.end()) continue;
    Batch batch = std::move(*it);
    shard.in_flight.erase(it);
    if (error == ErrorCode::NONE) {
      for (auto& [commit, generation] : batch.offsets) {
        if (!batch.loaded)
          host.ctx().trace(fact::OffsetCommitted{
              commit.partition, commit.value ? commit.value->offset : protocol::Offset{-1}, generation, commit.group});
        if (commit.value) shard.offsets[commit.group][commit.partition] = *commit.value;
        else forget_offset(shard, commit.group, commit.partition);
      }
    } else {
      revert(host, shard, batch);
    }
    for (Waiting& w : batch.waiting) finish(host, shard, std::move(w), error);
    if (error != ErrorCode::NONE) restore_deleted(host, shard, std::move(batch.deleted));
    flush_if_due(host, partition);  // what followed may have written; touches shard no more
    return;
  }
}

void GroupCoordinator::on_write_timeout(Host& host, Shard& shard, std::uint64_t number) {
  auto take = [&](Batch& batch) {
    auto it =
        std::find_if(batch.waiting.begin(), batch.waiting.end(), [&](const Waiting& w) { return w.number == number; });
    if (it == batch.waiting.end()) return false;
    Waiting w = std::move(*it);
    batch.waiting.erase(it);
    finish(host, shard, std::move(w), ErrorCode::REQUEST_TIMED_OUT);
    return true;
  };
  // The records stay on their way and take effect if they are committed after all.
  for (Batch& batch : shard.in_flight)
    if (take(batch)) return;
  if (shard.gathering) take(*shard.gathering);
}

void GroupCoordinator::finish(Host& host, Shard& shard, Waiting waiting, ErrorCode append_error) {
  if (waiting.number != 0)
    timers_.cancel(host.ctx(), {TimerKind::WriteTimeout, shard.partition, {}, {}, waiting.number});
  const ErrorCode error = append_error_to_response_error(append_error);
  if (auto* answer = std::get_if<Answer>(&waiting.step)) {
    host.reply(waiting.request,
               error == ErrorCode::NONE ? std::move(answer->body) : with_error(std::move(answer->body), error));
  } else if (auto* fetch = std::get_if<FetchAnswer>(&waiting.step)) {
    if (error == ErrorCode::NONE) {
      host.reply(waiting.request, fetch_offsets(shard, fetch->request));
    } else {
      host.reply(waiting.request, protocol::OffsetFetchResponse{error, {}});
    }
  } else if (auto* stored = std::get_if<AssignmentStored>(&waiting.step)) {
    on_assignment_stored(host, shard, *stored, error);
  } else if (auto* replaced = std::get_if<StaticReplaced>(&waiting.step)) {
    on_static_replaced(host, shard, *replaced, error);
  } else if (auto* created = std::get_if<GroupCreated>(&waiting.step)) {
    if (error != ErrorCode::NONE) remove_created_group(host, shard, created->group, error);
  } else if (auto* wanted = std::get_if<ShareStateWanted>(&waiting.step)) {
    on_share_state_wanted(host, shard, *wanted, error);
  } else if (auto* ready = std::get_if<ShareCallReady>(&waiting.step)) {
    on_share_call_ready(host, ready->call, error);
  }
}

// The record that announces the group is not in the log, so the group does not exist. Kafka reverts its snapshot and
// lets the parked JoinGroups run into the clients' time-out; here they are answered.
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
  timers_.cancel(host.ctx(), {TimerKind::Join, shard.partition, group_id, {}, 0});
  set_state(host, group, GroupState::Dead, "its first record could not be stored");
  shard.groups.erase(it);
}

// Kafka replays a tombstone as soon as it is in the open batch, and goes back to the snapshot before that one if it cannot be appended
// (CoordinatorRuntime: failCurrentBatch, revertLastWrittenOffset).
ClassicGroup GroupCoordinator::delete_group(Host& host, Shard& shard, const std::string& id, std::string reason) {
  const auto it = shard.groups.find(id);
  ClassicGroup as_it_was = it->second;
  set_state(host, it->second, GroupState::Dead, std::move(reason));
  shard.groups.erase(it);
  return as_it_was;
}

void GroupCoordinator::note_deleted(Shard& shard, std::vector<ClassicGroup> deleted) {
  for (ClassicGroup& group : deleted) shard.gathering->deleted.push_back(std::move(group));
}

void GroupCoordinator::restore_deleted(Host& host, Shard& shard, std::vector<ClassicGroup> deleted) {
  if (!deleted.empty()) count_if_due(host.ctx().now());
  for (ClassicGroup& group : deleted) {
    const std::string id = group.group_id();
    const auto [it, absent] = shard.groups.try_emplace(id);
    if (!absent && !it->second.members().empty()) continue;  // somebody joins a group of that name already
    host.ctx().trace(fact::GroupState{.from = static_cast<std::int64_t>(GroupState::Dead),
                                      .to = static_cast<std::int64_t>(group.state()),
                                      .generation = group.generation(),
                                      .group = id});
    it->second = std::move(group);
    for (const auto& [member_id, member] : it->second.members()) restart_session(host, shard, it->second, member);
  }
}

}  // namespace kafkascope::coordinator
