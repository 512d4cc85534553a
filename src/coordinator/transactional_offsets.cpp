#include "coordinator/transactional_offsets.h"

#include <utility>
#include <variant>

#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;
using protocol::TransactionResult;

void TxnOffsetCommit::refuse(Host& host, ErrorCode error) const {
  protocol::TxnOffsetCommitResponse response = refused;
  for (const auto& p : body.partitions) response.partitions.push_back({p.partition, error});
  host.reply(request, std::move(response));
}

void TransactionalOffsets::commit(const TxnOffsetCommit& commit, std::uint64_t guard) {
  const protocol::TxnOffsetCommitRequest& r = commit.body;
  if (!sim::mutant("transactional-generation-unchecked"))
    if (const ErrorCode error = validate(r); error != ErrorCode::NONE) return commit.refuse(op_.host(), error);
  protocol::TxnOffsetCommitResponse response = commit.refused;
  const std::int64_t now_ms = op_.ctx().wall_clock_ms();
  GroupOperation::Records records;
  for (const auto& p : r.partitions) {
    const bool too_large = static_cast<std::int64_t>(p.metadata.size()) > op_.config().metadata_max_bytes;
    response.partitions.push_back({p.partition, too_large ? ErrorCode::OFFSET_METADATA_TOO_LARGE : ErrorCode::NONE});
    if (!too_large)
      records.push_back(OffsetCommitRecord{{{r.group_id, op_.metadata().topic(p.partition.topic)->name, p.partition},
                                            OffsetCommitValue{p.offset, p.leader_epoch, p.metadata, now_ms}}});
  }
  if (records.empty()) return op_.write(Answer{commit.request, std::move(response)});
  op_.counters().offset_commits += static_cast<std::int64_t>(records.size());
  if (op_.consumer_group(r.group_id) == nullptr && op_.classic_group(r.group_id) == nullptr)
    op_.create_classic_group(r.group_id);
  GroupDelta delta;
  for (const CoordinatorRecord& record : records)
    op_.shard().add_pending(r.producer_id, std::get<OffsetCommitRecord>(record), &delta);
  op_.append_in_transaction({r.producer_id, r.producer_epoch, guard, {}}, records, std::move(delta),
                            Answer{commit.request, std::move(response)});
}

/// NONE if the commit is allowed. Without group metadata (as before KIP-447) it always is.
ErrorCode TransactionalOffsets::validate(const protocol::TxnOffsetCommitRequest& r) {
  if (op_.share_group(r.group_id) != nullptr) return ErrorCode::GROUP_ID_NOT_FOUND;
  if (const ConsumerGroup* newer = op_.consumer_group(r.group_id)) {
    const bool without_metadata = r.generation_id < 0 && r.member_id.empty() && r.group_instance_id.empty();
    const ErrorCode error =
        without_metadata ? ErrorCode::NONE : newer->validate_offset_commit(r.member_id, r.generation_id);
    return error == ErrorCode::STALE_MEMBER_EPOCH ? ErrorCode::ILLEGAL_GENERATION : error;
  }
  const ClassicGroup* group = op_.classic_group(r.group_id);
  if (group == nullptr) return r.generation_id >= 0 ? ErrorCode::ILLEGAL_GENERATION : ErrorCode::NONE;
  return group->validate_transactional_offset_commit(r.member_id, r.group_instance_id, r.generation_id);
}

void TransactionalOffsets::end(const protocol::WritableTxnMarker& marker, std::uint64_t call) {
  const TransactionResult result = marker.committed ? TransactionResult::Commit : TransactionResult::Abort;
  // The gathered records come first: the marker takes effect after them, and its batch is appended after theirs.
  op_.flush();
  GroupDelta delta;
  op_.shard().replay_end_transaction_marker(marker.producer_id, result, &delta);
  op_.append_in_transaction(
      {marker.producer_id, marker.producer_epoch, 0, protocol::EndTransactionMarker{result, marker.coordinator_epoch}},
      {}, std::move(delta), MarkerStored{call});
}

}  // namespace kafkascope::coordinator
