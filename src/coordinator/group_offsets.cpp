#include "coordinator/group_offsets.h"

#include <algorithm>
#include <string>

#include "coordinator/classic_groups.h"
#include "coordinator/coordinator_runtime_code.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;

/// NONE if the commit is allowed. A commit without membership creates a group that only holds offsets (`founded`); a
/// commit with one comes from a former member.
ErrorCode GroupOffsets::admit(const protocol::OffsetCommitRequest& r, bool& founded) {
  if (op_.share_group(r.group_id) != nullptr) return ErrorCode::GROUP_ID_NOT_FOUND;  // a share group commits no offsets
  ClassicGroup* group = op_.classic_group(r.group_id);
  if (const ConsumerGroup* newer = op_.consumer_group(r.group_id)) {
    if (const ErrorCode e = newer->validate_offset_commit(r.member_id, r.generation_id); e != ErrorCode::NONE) return e;
  } else if (group == nullptr) {
    if (r.generation_id >= 0) return op_.config().v4 ? ErrorCode::GROUP_ID_NOT_FOUND : ErrorCode::ILLEGAL_GENERATION;
    group = &op_.create_classic_group(r.group_id);
    founded = true;
  }
  if (group == nullptr) return ErrorCode::NONE;
  if (const ErrorCode e = group->validate_offset_commit(r.member_id, r.group_instance_id, r.generation_id);
      e != ErrorCode::NONE)
    return e;
  if (group->in(GroupState::Stable) || group->in(GroupState::PreparingRebalance))
    if (const ClassicGroupMember* member = group->member(r.member_id))
      ClassicGroups(op_).restart_session(*group, *member);
  return ErrorCode::NONE;
}

void GroupOffsets::commit(RequestHandle request, const protocol::OffsetCommitRequest& r) {
  protocol::OffsetCommitResponse response;
  const auto refuse = [&](ErrorCode error) {
    for (const auto& p : r.partitions) response.partitions.push_back({p.partition, error});
    op_.reply(request, std::move(response));
  };
  bool founded = false;
  if (const ErrorCode e = admit(r, founded); e != ErrorCode::NONE) return refuse(e);

  const std::int64_t now_ms = op_.ctx().wall_clock_ms();
  GroupOperation::Records records;
  for (const auto& p : r.partitions) {
    ErrorCode error = ErrorCode::NONE;
    const protocol::TopicImage* topic = op_.metadata().topic(p.partition.topic);
    if (!op_.metadata().partition(p.partition)) {
      error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;  // KafkaApis
    } else if (static_cast<std::int64_t>(p.metadata.size()) > op_.config().metadata_max_bytes) {
      error = ErrorCode::OFFSET_METADATA_TOO_LARGE;
    } else {
      records.push_back(OffsetCommitRecord{
          {{r.group_id, topic->name, p.partition}, OffsetCommitValue{p.offset, p.leader_epoch, p.metadata, now_ms}},
          r.generation_id});
    }
    response.partitions.push_back({p.partition, error});
  }
  op_.counters().offset_commits += static_cast<std::int64_t>(records.size());
  founded = founded && op_.config().v4 && !records.empty();  // without records Kafka keeps the group; 2.5 always does
  op_.write(std::move(records), Answer{request, std::move(response)});
  if (founded)
    op_.write(GroupOperation::Records{},
              GroupCreated{r.group_id});  // removes the group if its commit cannot be appended
}

// Kafka: GroupCoordinatorService.fetchOffsets.
void GroupOffsets::fetch(RequestHandle request, const protocol::OffsetFetchRequest& r) {
  const bool at_once = !r.require_stable || sim::mutant("unstable-offsets-fetched");
  // In Kafka a fetch that requires stable offsets is a write operation, which uses the uncommitted state.
  const ConsumerGroup* newer = at_once ? op_.committed_consumer_group(r.group_id) : op_.consumer_group(r.group_id);
  const ErrorCode e = newer == nullptr ? ErrorCode::NONE : newer->validate_offset_fetch(r.member_id, r.generation_id);
  if (e != ErrorCode::NONE) return op_.reply(request, protocol::OffsetFetchResponse{e, {}});
  if (at_once) return op_.reply(request, fetch_response(r, {}));
  // The response waits until all earlier records, and therefore its offsets, are committed. Kafka's consumers always
  // require stable offsets.
  std::set<protocol::TopicPartition> unstable;
  for (const auto& [partition, offset] : pending(r.group_id)) unstable.insert(partition);
  op_.write(GroupOperation::Records{}, FetchAnswer{request, r, std::move(unstable)});
}

void GroupOffsets::on_fetch_ready(const FetchAnswer& fetch, ErrorCode error) {
  if (error == ErrorCode::NONE) op_.reply(fetch.request, fetch_response(fetch.fetch, fetch.unstable));
  else op_.reply(fetch.request, protocol::OffsetFetchResponse{error, {}});
}

/// In the order of the request; without partitions: all offsets of the group (Kafka: a null list).
protocol::OffsetFetchResponse GroupOffsets::fetch_response(const protocol::OffsetFetchRequest& r,
                                                           const std::set<protocol::TopicPartition>& unstable) const {
  protocol::OffsetFetchResponse response;
  auto group = op_.shard().offsets.find(r.group_id);
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
    if (group != op_.shard().offsets.end())
      for (const auto& [p, c] : group->second) add(p, &c);
    return response;
  }
  for (const protocol::TopicPartition p : r.partitions) {
    const CommittedOffset* found = nullptr;
    if (group != op_.shard().offsets.end())
      if (auto it = group->second.find(p); it != group->second.end()) found = &it->second;
    add(p, found);
  }
  return response;
}

// ---- uncommitted offsets

/// Kafka replays a record as soon as it is in the open batch (CoordinatorRuntime); deletion and expiry use that state.
/// Here offsets take effect when they are committed, so the uncommitted ones are added to the committed ones.
OffsetsByGroup GroupOffsets::written() const {
  OffsetsByGroup written = op_.shard().offsets;
  op_.for_each_uncommitted([&](const GroupDelta& delta) {
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

/// Pending offsets also get a tombstone; each partition needs only one.
void GroupOffsets::add_tombstones(const OffsetsByGroup& written, const std::string& group,
                                  const std::vector<protocol::TopicPartition>* only) {
  const auto wanted = [&](protocol::TopicPartition partition) {
    return only == nullptr || std::find(only->begin(), only->end(), partition) != only->end();
  };
  OffsetMap all;
  if (const auto offsets = written.find(group); offsets != written.end()) all = offsets->second;
  const OffsetMap of_transactions = pending(group);
  all.insert(of_transactions.begin(), of_transactions.end());
  for (const auto& [partition, committed] : all)
    if (wanted(partition)) op_.records().push_back(offset_tombstone(group, partition, committed));
}

OffsetMap GroupOffsets::pending(std::string_view group) const {
  OffsetMap all;
  for (const auto& [producer, by_group] : op_.shard().pending)
    if (const auto of_group = by_group.find(group); of_group != by_group.end())
      all.insert(of_group->second.begin(), of_group->second.end());
  return all;
}

void GroupOffsets::on_topic_deleted(protocol::TopicId topic) {
  const auto add = [&](const OffsetsByGroup& all) {
    for (const auto& [group, offsets] : all)
      for (const auto& [tp, value] : offsets)
        if (tp.topic == topic) op_.records().push_back(offset_tombstone(group, tp, value));
  };
  add(written());
  for (const auto& [producer, by_group] : op_.shard().pending) add(by_group);
  op_.write(std::nullopt);  // no request waits for these
}

void GroupOffsets::remove(RequestHandle request, const protocol::OffsetDeleteRequest& r) {
  const ClassicGroup* group = op_.classic_group(r.group_id);
  const ConsumerGroup* newer = op_.consumer_group(r.group_id);
  ErrorCode error = ErrorCode::NONE;
  if (newer == nullptr) error = group == nullptr ? ErrorCode::GROUP_ID_NOT_FOUND : group->validate_offset_delete();
  if (error != ErrorCode::NONE) return op_.reply(request, protocol::OffsetDeleteResponse{error, {}});
  protocol::OffsetDeleteResponse response;
  std::vector<protocol::TopicPartition> free;
  for (const protocol::TopicPartition p : r.partitions) {
    if (!op_.metadata().partition(p)) {
      response.partitions.push_back({p, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION});  // KafkaApis
      continue;
    }
    const protocol::TopicImage* topic = op_.metadata().topic(p.topic);
    const bool subscribed = newer ? newer->is_subscribed_to(topic->name) : group->is_subscribed_to(topic->name);
    response.partitions.push_back({p, subscribed ? ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode::NONE});
    if (!subscribed) free.push_back(p);
  }
  add_tombstones(written(), r.group_id, &free);
  op_.counters().offset_deletions += static_cast<std::int64_t>(op_.records().size());
  op_.write(Answer{request, std::move(response)});
}

// ---- expiry (KIP-211). Kafka: OffsetMetadataManager.cleanupExpiredOffsets

/// While members consume, offsets of subscribed topics never expire. The retention of an empty group's offsets starts
/// when the group became empty; for a group that only holds offsets it starts at the commit.
bool GroupOffsets::add_expired(const ClassicGroup& group, const OffsetsByGroup& written) {
  const auto offsets = written.find(group.group_id());
  const bool none_pending = !op_.shard().has_pending(group.group_id());
  if (offsets == written.end()) return none_pending;
  const bool simple = group.protocol_type().empty();
  const bool reads = !simple && group.in(GroupState::Stable) && group.protocol_type() == "consumer";
  if (!simple && !reads && !group.in(GroupState::Empty)) return false;
  const std::int64_t now_ms = op_.ctx().wall_clock_ms();
  bool all = none_pending;
  for (const auto& [partition, committed] : offsets->second) {
    const protocol::TopicImage* topic = op_.metadata().topic(partition.topic);
    const bool subscribed = reads && topic != nullptr && group.is_subscribed_to(topic->name);
    const std::int64_t since =
        simple || reads ? committed.commit_timestamp_ms : ClassicGroups(op_).state_timestamp_ms(group);
    if ((!subscribed || sim::mutant("expiry-ignores-readers")) && now_ms - since >= op_.config().retention_ms &&
        !op_.shard().has_pending(group.group_id(), partition))
      op_.records().push_back(offset_tombstone(group.group_id(), partition, committed));
    else all = false;
  }
  return all;
}

/// Offsets of subscribed topics never expire; the retention of other offsets starts at the commit
/// (ConsumerGroup.offsetExpirationCondition).
bool GroupOffsets::add_expired(const ConsumerGroup& group, const OffsetsByGroup& written) {
  const auto offsets = written.find(group.group_id());
  bool all = !op_.shard().has_pending(group.group_id());
  if (offsets == written.end()) return all;
  const std::int64_t now_ms = op_.ctx().wall_clock_ms();
  for (const auto& [partition, committed] : offsets->second) {
    const protocol::TopicImage* topic = op_.metadata().topic(partition.topic);
    const bool subscribed = topic != nullptr && group.is_subscribed_to(topic->name);
    if (!subscribed && now_ms - committed.commit_timestamp_ms >= op_.config().retention_ms &&
        !op_.shard().has_pending(group.group_id(), partition))
      op_.records().push_back(offset_tombstone(group.group_id(), partition, committed));
    else all = false;
  }
  return all;
}

}  // namespace kafkascope::coordinator
