// A partition's state of idempotent and transactional producers: the epoch, the last five batches and the open
// transaction of each. Kafka: ProducerStateManager, ProducerStateEntry, ProducerAppendInfo (KIP-98, KIP-360).
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "protocol/errors.h"
#include "protocol/records.h"
#include "sim/flat_map.h"

namespace kafkascope::storage {

using protocol::ErrorCode;
using protocol::Offset;
using protocol::ProducerEpoch;
using protocol::ProducerId;
using protocol::RecordBatch;

enum class ProducerCheckKind : std::uint8_t { Accept, Duplicate, Error };
struct ProducerCheck {
  ProducerCheckKind kind = ProducerCheckKind::Accept;
  Offset duplicate_base;  // for Duplicate: the base offset of the first copy
  ErrorCode error = ErrorCode::NONE;
};

/// Kafka: BatchMetadata, which also keeps the ends.
struct AppendedBatch {
  Offset last_offset;
  std::int32_t last_sequence = -1;
  std::int32_t offset_delta = 0;  // of the batch's last record, relative to the base offset

  Offset base_offset() const { return last_offset - offset_delta; }
};

/// Kafka: ProducerStateEntry. At most five batches, oldest first, all of `epoch`.
struct ProducerEntry {
  static constexpr int kBatchesKept = 5;
  ProducerEpoch epoch = -1;
  std::int32_t count = 0;
  std::int32_t coordinator_epoch = -1;  // of its last transaction marker
  Offset transaction_first_offset;      // of its open transaction; -1: none is open
  std::int64_t last_timestamp_ms = -1;  // the largest timestamp of its last batch, from which expiration is measured
  std::array<AppendedBatch, kBatchesKept> batches{};

  /// -1: the producer has no batch of this epoch yet.
  std::int32_t last_sequence() const {
    return count == 0 ? -1 : batches[static_cast<std::size_t>(count - 1)].last_sequence;
  }
};

/// Distinguishes one verification of a transaction from the next. 0: none is in progress (VerificationGuard.SENTINEL).
using VerificationGuard = std::uint64_t;

/// A transaction whose first batch is not in the log yet: the leader asks the coordinator whether the partition belongs
/// to it (KIP-890). Kafka: VerificationStateEntry.
struct VerificationEntry {
  VerificationGuard guard = 0;
  std::int64_t timestamp_ms = -1;  // wall clock when the verification began
  std::int32_t lowest_sequence =
      -1;  // lowest sequence seen in this epoch; the transaction's first batch may not have a higher one
  ProducerEpoch epoch = -1;
  bool bumps_epoch = false;  // the second version of the protocol (supportsEpochBump)
};

/// What the leader knows about the sender of an append.
struct AppendTerms {
  bool verifies = false;  // a transaction's first batch needs a guard (transaction.partition.verification.enable)
  VerificationGuard guard = 0;
};

/// A transaction that a marker has ended. Kafka: CompletedTxn.
struct CompletedTransaction {
  ProducerId producer = protocol::kNoProducerId;
  Offset first_offset, last_offset;  // the last is the marker's
  bool aborted = false;
};

/// Kafka: TxnMetadata.
struct TransactionSpan {
  ProducerId producer = protocol::kNoProducerId;
  Offset first_offset;
  Offset last_offset;  // the marker's; -1 while the transaction is open
};

/// The last batch of a producer, which the cleaner keeps. Kafka: LastRecord.
struct LastRecord {
  Offset last_data_offset;  // unknown if only the producer's epoch is known
  ProducerEpoch epoch = -1;
};

class ProducerStates {
 public:
  /// Checks a batch that a producer sends (not a replicated one). A batch without a producer id is accepted; of a batch
  /// without a sequence (a group's offsets, a marker) only the epochs are checked.
  ProducerCheck check(const RecordBatch& batch, const AppendTerms& terms = {}) const;
  /// `wanted`: the entry for a batch, with a guard that was never used. Returns the guard with which that batch may be
  /// appended; 0 if the producer's transaction is open already. Kafka: UnifiedLog.maybeStartTransactionVerification.
  VerificationGuard start_verification(ProducerId id, const VerificationEntry& wanted);
  const VerificationEntry* verification(ProducerId id) const;
  /// Whether the producer has an open transaction in this epoch. Kafka: UnifiedLog.hasOngoingTransaction.
  bool has_ongoing_transaction(ProducerId id, ProducerEpoch epoch) const;
  /// Records a batch that is in the log, without checks (followers, and replay after a restart). Returns the
  /// transaction that the batch ends, if it is a marker and had data in this partition. Call complete() for it
  /// afterwards.
  std::optional<CompletedTransaction> update(const RecordBatch& batch, Offset base_offset);
  /// The last stable offset after the transaction, as the index of aborted transactions stores it.
  Offset last_stable_offset(const CompletedTransaction& completed) const;
  /// The transaction is over, but stays unstable until its marker is below the high watermark.
  void complete(const CompletedTransaction& completed);
  /// Completed transactions whose marker is below `offset` (the high watermark, or the log start) become stable.
  void settle(Offset offset);
  /// Whether settle() would find such transactions.
  bool settles(Offset offset) const;
  /// The least first offset of all transactions that are open or not yet replicated; unknown if there is none.
  Offset first_unstable_offset() const;
  /// The open transactions, by first offset.
  const std::vector<TransactionSpan>& open_transactions() const { return open_; }
  /// Keeps what a snapshot file holds: the producers with their open transactions only.
  void forget_unreplicated() {
    unreplicated_.clear();
    verifications_.clear();
  }
  void clear() { *this = {}; }
  /// Removes the producers whose last batch is `expiration_ms` old (producer.id.expiration.ms) and returns their ids.
  std::vector<ProducerId> remove_expired(std::int64_t now_ms, std::int64_t expiration_ms);
  bool any_expired(std::int64_t now_ms, std::int64_t expiration_ms) const;
  /// Per producer, the last batch that the cleaner must keep. Kafka: UnifiedLog.lastRecordsOfActiveProducers.
  std::map<ProducerId, LastRecord> last_records() const;

  const ProducerEntry* find(ProducerId id) const;
  const sim::FlatMap<ProducerId, ProducerEntry>& entries() const { return entries_; }

 private:
  sim::FlatMap<ProducerId, ProducerEntry> entries_;   // few: one or two in most logs
  std::vector<TransactionSpan> open_, unreplicated_;  // by first offset; empty in most logs
  sim::FlatMap<ProducerId, VerificationEntry> verifications_;
};

/// A .snapshot file: the producers at an offset, written when a segment is closed and at an orderly stop.
struct ProducerSnapshot {
  Offset offset;
  std::shared_ptr<const ProducerStates> producers;
};

/// The snapshots in the order of their offsets.
class ProducerSnapshots {
 public:
  /// Returns false if a snapshot was already taken at `offset` or beyond.
  bool take(Offset offset, const ProducerStates& producers);
  /// Removes the snapshot at the base of a deleted segment (ProducerStateManager.removeAndMarkSnapshotForDeletion).
  void remove(Offset base);
  /// Called at a start: of the snapshots that are at no segment's base only the newest stays, and only if it is beyond
  /// the last base (ProducerStateManager.removeStraySnapshots). `bases` are in ascending order.
  void remove_strays(std::span<const Offset> bases);
  /// Removes the snapshots outside (log_start, log_end]. The producers are then loaded from the newest remaining one
  /// (ProducerStateManager.truncateAndReload).
  void truncate(Offset log_start, Offset log_end);
  void clear();
  /// The newest snapshot; empty, with an unknown offset, if there is none.
  ProducerSnapshot latest() const { return snapshots_.empty() ? ProducerSnapshot{} : snapshots_.back(); }
  const std::vector<ProducerSnapshot>& all() const { return snapshots_; }

 private:
  std::vector<ProducerSnapshot> snapshots_;
  Offset last_taken_{0};  // the offset of the last snapshot taken or loaded
};

}  // namespace kafkascope::storage
