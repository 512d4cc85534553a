#include "coordinator/transaction_metadata.h"

#include <algorithm>
#include <utility>

#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;
using protocol::kNoProducerId;
using protocol::TopicPartition;

bool is_valid_transition(TransactionState from, TransactionState to) {
  using enum TransactionState;
  const bool at_rest = from == Empty || from == CompleteCommit || from == CompleteAbort;
  switch (to) {
    case Empty:
    case Dead: return at_rest;
    case Ongoing: return at_rest || from == Ongoing;
    case PrepareCommit:
    case PrepareEpochFence: return from == Ongoing;
    case PrepareAbort: return at_rest || from == Ongoing || from == PrepareEpochFence;
    case CompleteCommit: return from == PrepareCommit;
    case CompleteAbort: return from == PrepareAbort;
  }
  return false;
}

bool is_expiration_allowed(TransactionState state) {
  using enum TransactionState;
  return state == Empty || state == CompleteCommit || state == CompleteAbort;
}

std::optional<TransactionState> transaction_state_from_name(std::string_view text) {
  for (int id = 0; id < kTransactionStates; ++id)
    if (name(static_cast<TransactionState>(id)) == text) return static_cast<TransactionState>(id);
  return std::nullopt;
}

// ---- the first half of a step

TxnTransitMetadata TransactionMetadata::unchanged(TransactionState to) const {
  return {producer_id,
          producer_id,
          next_producer_id,
          producer_epoch,
          last_producer_epoch,
          txn_timeout_ms,
          to,
          partitions,
          txn_start_timestamp_ms,
          txn_last_update_timestamp_ms,
          client_transaction_version};
}

Prepared TransactionMetadata::prepare_transition_to(TxnTransitMetadata transit) {
  if (pending_state || transit.producer_id < 0) return std::nullopt;
  if (transit.state != TransactionState::Dead && transit.producer_epoch < 0) return std::nullopt;
  if (!is_valid_transition(state, transit.state)) return std::nullopt;
  pending_state = transit.state;
  return transit;
}

Prepared TransactionMetadata::prepare_fence_producer_epoch() {
  if (producer_epoch == kMaxProducerEpoch) return std::nullopt;
  TxnTransitMetadata transit = unchanged(TransactionState::PrepareEpochFence);
  if (!has_failed_epoch_fence) ++transit.producer_epoch;
  return prepare_transition_to(std::move(transit));
}

TransactionMetadata::IncrementResult TransactionMetadata::prepare_increment_producer_epoch(
    std::int32_t new_timeout_ms, std::optional<ProducerEpoch> expected, std::int64_t now_ms) {
  if (is_producer_epoch_exhausted()) return {ErrorCode::UNKNOWN_SERVER_ERROR, std::nullopt};
  TxnTransitMetadata transit = unchanged(TransactionState::Empty);
  if (!expected) {
    if (producer_epoch == kNoProducerEpoch || !sim::mutant("init-keeps-the-epoch")) ++transit.producer_epoch;
    transit.last_producer_epoch = kNoProducerEpoch;
  } else if (producer_epoch == kNoProducerEpoch || *expected == producer_epoch) {
    ++transit.producer_epoch;
    transit.last_producer_epoch = producer_epoch;
  } else if (*expected != last_producer_epoch) {  // unchanged if the producer repeats a request that was carried out
    return {ErrorCode::PRODUCER_FENCED, std::nullopt};
  }
  transit.txn_timeout_ms = new_timeout_ms;
  transit.partitions.clear();
  transit.txn_start_timestamp_ms = -1;
  transit.txn_last_update_timestamp_ms = now_ms;
  IncrementResult result{ErrorCode::NONE, prepare_transition_to(std::move(transit))};
  if (!result.transit) result.error = ErrorCode::UNKNOWN_SERVER_ERROR;
  return result;
}

Prepared TransactionMetadata::prepare_producer_id_rotation(ProducerId new_id, std::int32_t new_timeout_ms,
                                                           std::int64_t now_ms, bool record_last_epoch) {
  TxnTransitMetadata transit = unchanged(TransactionState::Empty);
  transit.producer_id = new_id;
  transit.producer_epoch = 0;
  transit.last_producer_epoch = record_last_epoch ? producer_epoch : kNoProducerEpoch;
  transit.txn_timeout_ms = new_timeout_ms;
  transit.partitions.clear();
  transit.txn_start_timestamp_ms = -1;
  transit.txn_last_update_timestamp_ms = now_ms;
  return prepare_transition_to(std::move(transit));
}

Prepared TransactionMetadata::prepare_add_partitions(const std::set<TopicPartition>& added, std::int64_t now_ms,
                                                     TransactionVersion client) {
  TxnTransitMetadata transit = unchanged(TransactionState::Ongoing);
  if (state != TransactionState::Ongoing) transit.txn_start_timestamp_ms = now_ms;
  transit.partitions.insert(added.begin(), added.end());
  transit.txn_last_update_timestamp_ms = now_ms;
  transit.client_transaction_version = client;
  return prepare_transition_to(std::move(transit));
}

Prepared TransactionMetadata::prepare_abort_or_commit(TransactionState to, TransactionVersion client,
                                                      ProducerId next_id, std::int64_t now_ms,
                                                      bool no_partition_added) {
  TxnTransitMetadata transit = unchanged(to);
  if (supports_epoch_bump(client)) {
    if (producer_epoch == kMaxProducerEpoch) return std::nullopt;  // Kafka refuses the negative epoch
    if (!sim::mutant("end-keeps-the-epoch")) ++transit.producer_epoch;
    transit.last_producer_epoch = producer_epoch;
  }
  if (no_partition_added) transit.txn_start_timestamp_ms = now_ms;  // there is no other start time
  transit.next_producer_id = next_id;
  transit.txn_last_update_timestamp_ms = now_ms;
  transit.client_transaction_version = client;
  return prepare_transition_to(std::move(transit));
}

Prepared TransactionMetadata::prepare_complete(std::int64_t now_ms) {
  using enum TransactionState;
  has_failed_epoch_fence = false;
  TxnTransitMetadata transit = unchanged(state == PrepareCommit ? CompleteCommit : CompleteAbort);
  if (supports_epoch_bump(client_transaction_version) && next_producer_id != kNoProducerId) {
    // The epochs are exhausted. The last epoch stays the one that the client had.
    transit.producer_id = next_producer_id;
    transit.producer_epoch = 0;
  }
  transit.next_producer_id = kNoProducerId;
  transit.partitions.clear();
  transit.txn_last_update_timestamp_ms = now_ms;
  return prepare_transition_to(std::move(transit));
}

Prepared TransactionMetadata::prepare_dead() {
  TxnTransitMetadata transit = unchanged(TransactionState::Dead);
  transit.partitions.clear();
  return prepare_transition_to(std::move(transit));
}

// ---- the second half

bool TransactionMetadata::valid_producer_epoch(const TxnTransitMetadata& transit) const {
  using enum TransactionState;
  if (supports_epoch_bump(transit.client_transaction_version)) {
    const bool completes = transit.state == CompleteCommit || transit.state == CompleteAbort;
    if (completes && transit.producer_epoch == 0)
      return transit.last_producer_epoch == last_producer_epoch && transit.prev_producer_id == producer_id;
    if (transit.state == PrepareCommit || transit.state == PrepareAbort)
      return transit.last_producer_epoch == producer_epoch && transit.producer_id == producer_id;
  }
  return transit.producer_epoch == producer_epoch && transit.producer_id == producer_id;
}

bool TransactionMetadata::follows(const TxnTransitMetadata& transit) const {
  using enum TransactionState;
  if (pending_state != transit.state) return false;
  const bool same_timeout = transit.txn_timeout_ms == txn_timeout_ms;
  switch (transit.state) {
    case Empty: {
      const bool bumped = transit.producer_epoch == producer_epoch + 1;
      const bool rotated = transit.producer_epoch == 0 && transit.producer_id != producer_id;
      return (transit.producer_epoch == producer_epoch || bumped || rotated) && transit.partitions.empty() &&
             transit.txn_start_timestamp_ms == -1;
    }
    case Ongoing:
      return valid_producer_epoch(transit) && same_timeout &&
             std::includes(transit.partitions.begin(), transit.partitions.end(), partitions.begin(), partitions.end());
    case PrepareCommit:
    case PrepareAbort: {
      const bool empty_abort =
          transit.state == PrepareAbort && state != Ongoing && supports_epoch_bump(transit.client_transaction_version);
      return valid_producer_epoch(transit) && same_timeout && transit.partitions == partitions &&
             (transit.txn_start_timestamp_ms == txn_start_timestamp_ms || empty_abort);
    }
    case CompleteCommit:
    case CompleteAbort: return valid_producer_epoch(transit) && same_timeout && transit.txn_start_timestamp_ms != -1;
    case PrepareEpochFence:  // becomes PrepareAbort before it is stored
    case Dead:               // the transaction is removed instead
      return false;
  }
  return false;
}

bool TransactionMetadata::complete_transition_to(const TxnTransitMetadata& transit) {
  if (!follows(transit)) return false;
  producer_id = transit.producer_id;
  prev_producer_id = transit.prev_producer_id;
  next_producer_id = transit.next_producer_id;
  producer_epoch = transit.producer_epoch;
  last_producer_epoch = transit.last_producer_epoch;
  txn_timeout_ms = transit.txn_timeout_ms;
  partitions = transit.partitions;
  txn_start_timestamp_ms = transit.txn_start_timestamp_ms;
  txn_last_update_timestamp_ms = transit.txn_last_update_timestamp_ms;
  client_transaction_version = transit.client_transaction_version;
  pending_state.reset();
  state = transit.state;
  return true;
}

bool TransactionMetadata::remove_partition(TopicPartition partition) {
  using enum TransactionState;
  if (state != PrepareCommit && state != PrepareAbort) return false;
  partitions.erase(partition);
  return true;
}

// ---- stored form

TransactionLogValue log_value_of(const TxnTransitMetadata& transit, TransactionVersion server) {
  TransactionLogValue value;
  value.producer_id = transit.producer_id;
  value.producer_epoch = transit.producer_epoch;
  value.transaction_timeout_ms = transit.txn_timeout_ms;
  value.transaction_status = transit.state;
  value.transaction_partitions.assign(transit.partitions.begin(), transit.partitions.end());
  value.transaction_last_update_timestamp_ms = transit.txn_last_update_timestamp_ms;
  value.transaction_start_timestamp_ms = transit.txn_start_timestamp_ms;
  value.value_version = server == TransactionVersion::TV0 ? 0 : 1;
  if (value.value_version > 0) value.client_transaction_version = transit.client_transaction_version;
  return value;
}

TransactionMetadata metadata_of(const TransactionLogValue& value) {
  TransactionMetadata m;
  m.producer_id = value.producer_id;
  m.producer_epoch = value.producer_epoch;
  m.txn_timeout_ms = value.transaction_timeout_ms;
  m.state = value.transaction_status;
  m.partitions = {value.transaction_partitions.begin(), value.transaction_partitions.end()};
  if (m.state == TransactionState::Ongoing && m.partitions.size() > 1 && sim::mutant("failover-forgets-partitions"))
    m.partitions.erase(m.partitions.begin());
  m.txn_start_timestamp_ms = value.transaction_start_timestamp_ms;
  m.txn_last_update_timestamp_ms = value.transaction_last_update_timestamp_ms;
  m.client_transaction_version = value.client_transaction_version;
  return m;
}

}  // namespace kafkascope::coordinator
