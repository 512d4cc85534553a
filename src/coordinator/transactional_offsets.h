// Offsets that a group commits in a producer's transaction: pending until the transaction's marker is written. Kafka:
// OffsetMetadataManager (commitTransactionalOffset, replayEndTransactionMarker),
// GroupCoordinatorService.completeTransaction; KIP-98, KIP-447, KIP-890.
#pragma once
#include <cstdint>

#include "coordinator/group_operation.h"
#include "protocol/messages_transaction.h"

namespace kafkascope::coordinator {

/// A TxnOffsetCommit, which may wait until its transaction is verified.
struct TxnOffsetCommit {
  RequestHandle request = 0;
  protocol::TxnOffsetCommitRequest body;      // without the partitions that do not exist
  protocol::TxnOffsetCommitResponse refused;  // rows for partitions that do not exist

  void refuse(Host& host, protocol::ErrorCode error) const;
};

class TransactionalOffsets {
 public:
  explicit TransactionalOffsets(GroupOperation& op) : op_(op) {}

  /// The transaction is verified; `guard`: from the verification.
  void commit(const TxnOffsetCommit& commit, std::uint64_t guard);
  /// Writes the marker; Host::on_transaction_completed(call) is called when that is done.
  void end(const protocol::WritableTxnMarker& marker, std::uint64_t call);

 private:
  protocol::ErrorCode validate(const protocol::TxnOffsetCommitRequest& r);

  GroupOperation& op_;
};

}  // namespace kafkascope::coordinator
