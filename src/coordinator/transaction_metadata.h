// One transactional id as its coordinator keeps it, and its state machine.
// Kafka: TransactionMetadata, TransactionState, TxnTransitMetadata (4.1; KIP-98, KIP-360, KIP-890).
//
// A step has two halves. prepare...() returns the change to be stored; until that is committed the new state is the
// pending one, which prevents every other step. complete_transition_to() then makes the change; if the append has
// failed, drop_pending_state() forgets it.
//
//   Empty, CompleteCommit, CompleteAbort --InitProducerId--> Empty
//   Empty, CompleteCommit, CompleteAbort --partitions added--> Ongoing
//   Ongoing --commit--> PrepareCommit --markers written--> CompleteCommit
//   Ongoing --abort--> PrepareAbort --markers written--> CompleteAbort
//   Ongoing --InitProducerId, timeout--> PrepareEpochFence (pending only) --> PrepareAbort
//   Empty, CompleteCommit, CompleteAbort --abort under TV2--> PrepareAbort
//   Empty, CompleteCommit, CompleteAbort --expired--> Dead (pending only) --> removed
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "coordinator/transaction_records.h"
#include "protocol/errors.h"

namespace kafkascope::coordinator {

using protocol::ProducerEpoch;
using protocol::ProducerId;
using protocol::TransactionVersion;

inline constexpr ProducerEpoch kNoProducerEpoch = -1;
/// Short.MAX_VALUE: an epoch that only the coordinator uses, for fencing; clients never get it.
inline constexpr ProducerEpoch kMaxProducerEpoch = 32767;
constexpr bool is_epoch_exhausted(ProducerEpoch epoch) { return epoch >= kMaxProducerEpoch - 1; }

/// Kafka: TransactionState.validPreviousStates.
bool is_valid_transition(TransactionState from, TransactionState to);
/// Kafka: TransactionState.isExpirationAllowed.
bool is_expiration_allowed(TransactionState state);
std::optional<TransactionState> transaction_state_from_name(std::string_view name);

/// The change that a step makes. Kafka: TxnTransitMetadata.
struct TxnTransitMetadata {
  ProducerId producer_id = protocol::kNoProducerId;
  ProducerId prev_producer_id = protocol::kNoProducerId;
  ProducerId next_producer_id = protocol::kNoProducerId;
  ProducerEpoch producer_epoch = kNoProducerEpoch;
  ProducerEpoch last_producer_epoch = kNoProducerEpoch;
  std::int32_t txn_timeout_ms = 0;
  TransactionState state = TransactionState::Empty;
  std::set<protocol::TopicPartition> partitions;
  std::int64_t txn_start_timestamp_ms = -1;
  std::int64_t txn_last_update_timestamp_ms = -1;
  TransactionVersion client_transaction_version = TransactionVersion::TV0;
};
/// nullopt: Kafka throws IllegalStateException, and the client gets UNKNOWN_SERVER_ERROR.
using Prepared = std::optional<TxnTransitMetadata>;

struct TransactionMetadata {
  ProducerId producer_id = protocol::kNoProducerId;
  ProducerId prev_producer_id = protocol::kNoProducerId;  // before the last step
  ProducerId next_producer_id = protocol::kNoProducerId;  // TV2: used when the transaction is complete
  ProducerEpoch producer_epoch = kNoProducerEpoch;        // -1: InitProducerId is not committed yet
  ProducerEpoch last_producer_epoch = kNoProducerEpoch;   // a request with this epoch may be a repetition
  std::int32_t txn_timeout_ms = 0;
  TransactionState state = TransactionState::Empty;
  std::set<protocol::TopicPartition> partitions;  // from PrepareCommit or PrepareAbort on: those without a marker
  std::int64_t txn_start_timestamp_ms = -1;       // kept when the transaction is complete
  std::int64_t txn_last_update_timestamp_ms = -1;
  TransactionVersion client_transaction_version = TransactionVersion::TV0;  // of the client that took the last step

  std::optional<TransactionState> pending_state;
  /// The epoch was raised for fencing but could not be stored. No client has it, so it is not raised again.
  bool has_failed_epoch_fence = false;

  bool is_producer_epoch_exhausted() const { return is_epoch_exhausted(producer_epoch); }
  bool pending_transition_in_progress() const { return pending_state.has_value(); }

  Prepared prepare_fence_producer_epoch();
  struct IncrementResult {
    protocol::ErrorCode error = protocol::ErrorCode::NONE;  // PRODUCER_FENCED; UNKNOWN_SERVER_ERROR: no epoch is left
    Prepared transit;
  };
  /// `expected`: the epoch that the producer has; nullopt: the producer is new.
  IncrementResult prepare_increment_producer_epoch(std::int32_t new_timeout_ms, std::optional<ProducerEpoch> expected,
                                                   std::int64_t now_ms);
  Prepared prepare_producer_id_rotation(ProducerId new_id, std::int32_t new_timeout_ms, std::int64_t now_ms,
                                        bool record_last_epoch);
  Prepared prepare_add_partitions(const std::set<protocol::TopicPartition>& added, std::int64_t now_ms,
                                  TransactionVersion client);
  /// `no_partition_added`: TV2 may abort a transaction that has not begun.
  Prepared prepare_abort_or_commit(TransactionState to, TransactionVersion client, ProducerId next_id,
                                   std::int64_t now_ms, bool no_partition_added);
  Prepared prepare_complete(std::int64_t now_ms);
  Prepared prepare_dead();

  /// Returns false and changes nothing if the step does not match the prepared one (IllegalStateException).
  bool complete_transition_to(const TxnTransitMetadata& transit);
  void drop_pending_state() { pending_state.reset(); }
  /// The partition's marker has been written. Returns false if the transaction is not ending (IllegalStateException).
  bool remove_partition(protocol::TopicPartition partition);

  friend bool operator==(const TransactionMetadata&, const TransactionMetadata&) = default;

 private:
  TxnTransitMetadata unchanged(TransactionState to) const;
  Prepared prepare_transition_to(TxnTransitMetadata transit);
  bool follows(const TxnTransitMetadata& transit) const;
  bool valid_producer_epoch(const TxnTransitMetadata& transit) const;
};

/// Kafka: TransactionLog.valueToBytes, read. Fields that are not stored get their initial values.
TransactionLogValue log_value_of(const TxnTransitMetadata& transit, TransactionVersion server);
TransactionMetadata metadata_of(const TransactionLogValue& value);

}  // namespace kafkascope::coordinator
