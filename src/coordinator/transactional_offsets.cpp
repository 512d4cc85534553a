// Offsets that a group commits in a producer's transaction: pending until the transaction's marker is written. Kafka: OffsetMetadataManager
// (commitTransactionalOffset, replayEndTransactionMarker), GroupCoordinatorService.completeTransaction; KIP-98, KIP-447, KIP-890.
#include <algorithm>
#include <string>
#include <utility>

#include "coordinator/coordinator_runtime_code.h"
#include "coordinator/group_coordinator.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;
using protocol::ProducerId;
using protocol::TopicPartition;
using protocol::TransactionResult;

// ---- the shard

void GroupCoordinatorShard::replay_in_transaction(Ctx& ctx, const Record& record, ProducerId producer,
                                                  Delta* uncommitted) {
  const auto* commit = std::get_if<OffsetCommitRecord>(&record);
  if (commit == nullptr || !commit->value) return replay(ctx, record, uncommitted);
  if (!consumer_groups.contains(commit->group)) groups.try_emplace(commit->group, commit->group, ctx.now());
  add_pending(producer, *commit, uncommitted);
}

void GroupCoordinatorShard::add_pending(ProducerId producer, OffsetCommitRecord commit, Delta* uncommitted) {
  if (uncommitted != nullptr) uncommitted->pending.keep(pending, producer);
  pending[producer][commit.group][commit.partition] =
      CommittedOffset{*std::move(commit.value), std::move(commit.topic), next_order++};
}

void GroupCoordinatorShard::replay_end_transaction_marker(ProducerId producer, TransactionResult result,
                                                          Delta* uncommitted) {
  const auto it = pending.find(producer);
  if (it == pending.end()) return;
  if (uncommitted != nullptr) uncommitted->pending.keep(pending, producer);
  const OffsetsByGroup ended = std::move(it->second);
  pending.erase(it);
  if (result != TransactionResult::Commit && !sim::mutant("aborted-offsets-committed")) return;
  for (const auto& [group, of_group] : ended)
    for (const auto& [partition, offset] : of_group) {
      OffsetCommitRecord commit{{{group, offset.topic, partition}, OffsetCommitValue(offset)}, -1, offset.order};
      if (uncommitted != nullptr) uncommitted->offsets.push_back(std::move(commit));
      else take_offset(std::move(commit));
    }
}

void GroupCoordinatorShard::forget_pending(const std::string& group, TopicPartition partition, Delta* uncommitted) {
  for (auto& [producer, by_group] : pending) {
    const auto of_group = by_group.find(group);
    if (of_group == by_group.end() || !of_group->second.contains(partition)) continue;
    if (uncommitted != nullptr) uncommitted->pending.keep(pending, producer);
    of_group->second.erase(partition);
    if (of_group->second.empty()) by_group.erase(of_group);
  }
}

/// Of two commits, the one whose record is later in the log wins, no matter when each took effect.
bool GroupCoordinatorShard::take_offset(OffsetCommitRecord commit) {
  if (!commit.value) {
    forget_offset(commit.group, commit.partition);
    return true;
  }
  CommittedOffset& known = offsets[commit.group][commit.partition];
  if (known.order > commit.order) return false;
  known = {*std::move(commit.value), std::move(commit.topic), commit.order};
  return true;
}

bool GroupCoordinatorShard::has_pending(std::string_view group, TopicPartition partition) const {
  return std::any_of(pending.begin(), pending.end(), [&](const auto& of_producer) {
    const auto it = of_producer.second.find(group);
    return it != of_producer.second.end() && it->second.contains(partition);
  });
}

bool GroupCoordinatorShard::has_pending(std::string_view group) const {
  return std::any_of(pending.begin(), pending.end(), [&](const auto& of_producer) {
    return of_producer.second.find(group) != of_producer.second.end();
  });
}

// ---- TxnOffsetCommit

void GroupCoordinator::refuse(Host& host, const TxnOffsetCommit& commit, ErrorCode error) {
  protocol::TxnOffsetCommitResponse response = commit.refused;
  for (const auto& p : commit.body.partitions) response.partitions.push_back({p.partition, error});
  host.reply(commit.request, std::move(response));
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::TxnOffsetCommitRequest& r) {
  TxnOffsetCommit commit{request, r, {}};
  std::erase_if(commit.body.partitions, [&](const protocol::OffsetCommitPartition& p) {
    if (host.metadata().partition(p.partition) != nullptr) return false;
    commit.refused.partitions.push_back({p.partition, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION});  // KafkaApis
    return true;
  });
  if (commit.body.partitions.empty()) return host.reply(request, std::move(commit.refused));
  if (r.group_id.empty()) return refuse(host, commit, ErrorCode::INVALID_GROUP_ID);
  const std::uint64_t call = next_txn_commit_++;
  const auto verified =
      v4_ && (supports_epoch_bump(r.transaction_version) || !sim::mutant("offsets-not-verified"))
          ? host.start_transaction_verification(partition_for(host, r.group_id), r.transactional_id, r.producer_id,
                                                r.producer_epoch, r.transaction_version, call)
          : TransactionVerified{};
  if (verified) commit_in_transaction(host, std::move(commit), *verified);
  else txn_commits_.emplace(call, std::move(commit));
}

void GroupCoordinator::on_transaction_verified(Host& host, std::uint64_t call, const TransactionVerified& verified) {
  auto waiting = txn_commits_.extract(call);
  if (!waiting.empty()) commit_in_transaction(host, std::move(waiting.mapped()), verified);
}

/// NONE if the commit is allowed. Without group metadata (as before KIP-447) it always is.
ErrorCode GroupCoordinator::validate_transactional_offset_commit(Shard& shard,
                                                                 const protocol::TxnOffsetCommitRequest& r) {
  if (shard.share_groups.contains(r.group_id)) return ErrorCode::GROUP_ID_NOT_FOUND;
  if (const auto newer = shard.consumer_groups.find(r.group_id); newer != shard.consumer_groups.end()) {
    const bool without_metadata = r.generation_id < 0 && r.member_id.empty() && r.group_instance_id.empty();
    const ErrorCode error =
        without_metadata ? ErrorCode::NONE : newer->second.validate_offset_commit(r.member_id, r.generation_id);
    return error == ErrorCode::STALE_MEMBER_EPOCH ? ErrorCode::ILLEGAL_GENERATION : error;
  }
  const ClassicGroup* group = find_group(shard, r.group_id);
  if (group == nullptr) return r.generation_id >= 0 ? ErrorCode::ILLEGAL_GENERATION : ErrorCode::NONE;
  return group->validate_transactional_offset_commit(r.member_id, r.group_instance_id, r.generation_id);
}

void GroupCoordinator::commit_in_transaction(Host& host, TxnOffsetCommit commit, const TransactionVerified& verified) {
  const protocol::TxnOffsetCommitRequest& r = commit.body;
  if (verified.error != ErrorCode::NONE)
    return refuse(host, commit,
                  verified.error == ErrorCode::NETWORK_EXCEPTION ? ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
                                                                 : append_error_to_response_error(verified.error));
  Shard* shard = shard_for(host, r.group_id);
  ErrorCode error = unavailable(shard);
  if (error == ErrorCode::NONE && !sim::mutant("transactional-generation-unchecked"))
    error = validate_transactional_offset_commit(*shard, r);
  if (error != ErrorCode::NONE) return refuse(host, commit, error);
  protocol::TxnOffsetCommitResponse response = commit.refused;
  const std::int64_t now_ms = host.ctx().wall_clock_ms();
  Records records;
  for (const auto& p : r.partitions) {
    const bool too_large = static_cast<std::int64_t>(p.metadata.size()) > metadata_max_bytes_;
    response.partitions.push_back({p.partition, too_large ? ErrorCode::OFFSET_METADATA_TOO_LARGE : ErrorCode::NONE});
    if (!too_large)
      records.push_back(OffsetCommitRecord{{{r.group_id, host.metadata().topic(p.partition.topic)->name, p.partition},
                                            OffsetCommitValue{p.offset, p.leader_epoch, p.metadata, now_ms}}});
  }
  if (records.empty()) {
    write(host, *shard, {}, Answer{commit.request, std::move(response)});
    return flush_if_due(host, shard->partition);
  }
  counters_.offset_commits += static_cast<std::int64_t>(records.size());
  if (!shard->consumer_groups.contains(r.group_id) && find_group(*shard, r.group_id) == nullptr) {
    count_if_due(host.ctx().now());
    shard->groups.try_emplace(r.group_id, r.group_id, host.ctx().now());
  }
  GroupDelta delta;
  for (const CoordinatorRecord& record : records)
    shard->add_pending(r.producer_id, std::get<OffsetCommitRecord>(record), &delta);
  append_in_transaction(host, *shard, {r.producer_id, r.producer_epoch, verified.guard, {}}, records, std::move(delta),
                        Answer{commit.request, std::move(response)});
}

// ---- the marker

void GroupCoordinator::complete_transaction(Host& host, std::int32_t partition,
                                            const protocol::WritableTxnMarker& marker, std::uint64_t call) {
  Shard* shard = find_shard(partition);
  if (const ErrorCode error = unavailable(shard); error != ErrorCode::NONE)
    return host.on_transaction_completed(call, error);
  const TransactionResult result = marker.committed ? TransactionResult::Commit : TransactionResult::Abort;
  // The gathered records come first: the marker takes effect after them, and its batch is appended after theirs.
  flush_now(host, partition);
  GroupDelta delta;
  shard->replay_end_transaction_marker(marker.producer_id, result, &delta);
  append_in_transaction(
      host, *shard,
      {marker.producer_id, marker.producer_epoch, 0, protocol::EndTransactionMarker{result, marker.coordinator_epoch}},
      {}, std::move(delta), MarkerStored{call});
}

}  // namespace kafkascope::coordinator
