#include "coordinator/share_coordinator.h"

#include "coordinator/coordinator_runtime_code.h"
#include "protocol/config.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;
using protocol::LeaderEpoch;
using protocol::Offset;
using protocol::ShareStateBatch;

template class CoordinatorRuntime<ShareCoordinatorShard>;

// ---- stored state

void StoredShareState::merge(Offset start, const std::vector<ShareStateBatch>& batches) {
  if (start.known()) start_offset = start;
  for (const ShareStateBatch& b : batches)
    for (Offset at = b.first; at <= b.last; at = at + 1) {
      One& one = records[at];
      if (std::pair(b.delivery_count, b.state) >= std::pair(one.delivery_count, one.state))
        one = {b.state, b.delivery_count};
    }
  records.erase(records.begin(), records.lower_bound(start_offset));
}

std::vector<ShareStateBatch> StoredShareState::batches() const {
  std::vector<ShareStateBatch> out;
  for (const auto& [at, one] : records) {
    if (!out.empty() && out.back().last + 1 == at && out.back().state == one.state &&
        out.back().delivery_count == one.delivery_count)
      out.back().last = at;
    else out.push_back({at, at, one.state, one.delivery_count});
  }
  return out;
}

protocol::Record ShareCoordinatorShard::encode(const Record& record, const protocol::MetadataImage& topics,
                                               std::int64_t timestamp_ms) {
  return encode_record(record, topics, timestamp_ms);
}

std::optional<ShareStateRecord> ShareCoordinatorShard::decode(const protocol::RecordView& record) {
  if (sim::mutant("share-state-not-loaded")) return std::nullopt;
  return decode_record<ShareStateRecord>(record);
}

/// Kafka: ShareCoordinatorShard.replay.
void ShareCoordinatorShard::apply(const ShareStateRecord& record) {
  if (const auto* update = std::get_if<ShareUpdateRecord>(&record)) {
    if (!update->value) return;  // such a record is never written
    StoredShareState& state = states[*update];
    ++state.updates;
    if (update->value->leader_epoch.value >= 0) state.leader_epoch = update->value->leader_epoch;
    state.merge(update->value->start_offset, update->value->batches);
    return;
  }
  const auto& snapshot = std::get<ShareSnapshotRecord>(record);
  if (!snapshot.value) {
    states.erase(snapshot);
    return;
  }
  const ShareSnapshotValue& v = *snapshot.value;
  StoredShareState state;
  state.snapshot_epoch = v.snapshot_epoch;
  state.state_epoch = v.state_epoch;
  state.leader_epoch = v.leader_epoch;
  state.merge(v.start_offset, v.batches);
  states.insert_or_assign(snapshot, std::move(state));
}

// ---- the coordinator

namespace {

/// 2.5 has no share groups.
std::int64_t share_setting(const protocol::Config& config, const char* key) {
  return config.version() == protocol::KafkaVersion::V4_1 ? config.number(key) : 0;
}

}  // namespace

ShareCoordinator::ShareCoordinator(const protocol::Config& config)
    : CoordinatorRuntime(
          {sim::milliseconds(share_setting(config, "share.coordinator.append.linger.ms")),
           sim::milliseconds(share_setting(config, "share.coordinator.write.timeout.ms")),
           static_cast<std::int32_t>(share_setting(config, "share.coordinator.state.topic.num.partitions"))}),
      updates_per_snapshot_(
          static_cast<std::int32_t>(share_setting(config, "share.coordinator.snapshot.update.records.per.snapshot"))) {}

void ShareCoordinator::on_topic_deleted(Host& host, protocol::TopicId topic) {
  for (const std::int32_t partition : owned_partitions()) {
    Shard* shard = find_shard(partition);
    if (unavailable(shard) != ErrorCode::NONE) continue;
    std::vector<ShareStateRecord> tombstones;
    for (const auto& [key, state] : shard->states)
      if (key.partition.topic == topic) tombstones.push_back(ShareSnapshotRecord{{{key}}, std::nullopt});
    append(host, *shard, tombstones, std::nullopt, Replay::Records);
    flush_if_due(host, partition);
  }
}

const StoredShareState* ShareCoordinator::state(const SharePartitionKey& key) const {
  for (const auto& [partition, context] : contexts())
    if (const StoredShareState* found = context.shard.find(key)) return found;
  return nullptr;
}

/// Runs a request on the key's shard. `op` checks it against the stored state and returns the records to store; the
/// response is sent when all earlier records are committed.
template <class Response, class Request, class Op>
void ShareCoordinator::write(Host& host, RequestHandle request, const Request& r, Op&& op) {
  const SharePartitionKey key{r.group_id, r.partition};
  schedule_write_operation<Response>(host, partition_for(host, key.text()), request, [&](Shard& shard) {
    CoordinatorResult<Response> result;
    if (host.metadata().partition(r.partition) == nullptr)
      result.response.error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    else op(key, shard.find(key), result.response, result.records);
    return result;
  });
}

void ShareCoordinator::handle(Host& host, RequestHandle request, const protocol::InitializeShareGroupStateRequest& r) {
  write<protocol::InitializeShareGroupStateResponse>(
      host, request, r, [&](const SharePartitionKey& key, const StoredShareState* was, auto& response, auto& records) {
        if (was != nullptr && was->state_epoch > r.state_epoch) {
          response.error = ErrorCode::FENCED_STATE_EPOCH;
          return;
        }
        // A new beginning: the state stored under an older state epoch is discarded.
        const std::int32_t snapshot_epoch = was == nullptr ? 0 : was->snapshot_epoch + 1;
        records.push_back(
            ShareSnapshotRecord{{{key}}, ShareSnapshotValue{snapshot_epoch, r.state_epoch, {}, r.start_offset, {}}});
      });
}

/// A read by a newer leader fences the older leader.
void ShareCoordinator::handle(Host& host, RequestHandle request, const protocol::ReadShareGroupStateRequest& r) {
  write<protocol::ReadShareGroupStateResponse>(
      host, request, r, [&](const SharePartitionKey& key, const StoredShareState* was, auto& response, auto& records) {
        if (was == nullptr) response.error = ErrorCode::INVALID_REQUEST;  // never initialized, or deleted
        else if (was->leader_epoch > r.leader_epoch) response.error = ErrorCode::FENCED_LEADER_EPOCH;
        if (response.error != ErrorCode::NONE) return;
        response.state_epoch = was->state_epoch;
        response.start_offset = was->start_offset;
        response.state_batches = was->batches();
        if (was->leader_epoch == r.leader_epoch) return;
        ++writes_;
        records.push_back(record_of(key, *was, was->state_epoch, r.leader_epoch, was->start_offset, {}));
      });
}

void ShareCoordinator::handle(Host& host, RequestHandle request, const protocol::ReadShareGroupStateSummaryRequest& r) {
  write<protocol::ReadShareGroupStateSummaryResponse>(
      host, request, r, [&](const SharePartitionKey&, const StoredShareState* was, auto& response, auto&) {
        if (was == nullptr) return;
        response.state_epoch = was->state_epoch;
        response.leader_epoch = was->leader_epoch;
        response.start_offset = was->start_offset;
      });
}

void ShareCoordinator::handle(Host& host, RequestHandle request, const protocol::WriteShareGroupStateRequest& r) {
  write<protocol::WriteShareGroupStateResponse>(
      host, request, r, [&](const SharePartitionKey& key, const StoredShareState* was, auto& response, auto& records) {
        ++writes_;
        if (was == nullptr) response.error = ErrorCode::INVALID_REQUEST;
        else if (was->leader_epoch > r.leader_epoch) response.error = ErrorCode::FENCED_LEADER_EPOCH;
        else if (was->state_epoch > r.state_epoch) response.error = ErrorCode::FENCED_STATE_EPOCH;
        if (response.error != ErrorCode::NONE) return;
        records.push_back(record_of(key, *was, r.state_epoch, r.leader_epoch, r.start_offset, r.state_batches));
      });
}

void ShareCoordinator::handle(Host& host, RequestHandle request, const protocol::DeleteShareGroupStateRequest& r) {
  write<protocol::DeleteShareGroupStateResponse>(
      host, request, r, [&](const SharePartitionKey& key, const StoredShareState* was, auto&, auto& records) {
        if (was != nullptr) records.push_back(ShareSnapshotRecord{{{key}}, std::nullopt});
      });
}

/// Kafka: ShareCoordinatorShard.generateShareStateRecord.
ShareStateRecord ShareCoordinator::record_of(const SharePartitionKey& key, const StoredShareState& was,
                                             std::int32_t state_epoch, LeaderEpoch leader_epoch, Offset start,
                                             const std::vector<ShareStateBatch>& batches) const {
  if (was.updates < updates_per_snapshot_)
    return ShareUpdateRecord{{{key}}, ShareUpdateValue{was.snapshot_epoch, leader_epoch, start, batches}};
  StoredShareState next = was;
  if (leader_epoch.value >= 0) next.leader_epoch = leader_epoch;
  next.merge(start, batches);
  return ShareSnapshotRecord{
      {{key}},
      ShareSnapshotValue{was.snapshot_epoch + 1, state_epoch, next.leader_epoch, next.start_offset, next.batches()}};
}

}  // namespace kafkascope::coordinator
