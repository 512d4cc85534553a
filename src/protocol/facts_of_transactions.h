// Facts of brokers about transactions: their steps at the coordinator, their markers and verification at partitions'
// leaders.
#pragma once
#include "protocol/errors.h"
#include "protocol/trace_kinds.h"
#include "protocol/transaction_marker.h"

namespace kafkascope::fact {

using protocol::Offset;
using protocol::TopicPartition;
using protocol::Trace;
using sim::Text;

/// The coordinator has stored a step. The states' numbers are those of coordinator::TransactionState.
struct TransactionState {
  KAFKASCOPE_FACT(Trace::TransactionState, "transaction.state")
  TopicPartition partition;  // of __transaction_state
  std::int64_t from, to;
  protocol::ProducerId producer_id;
  std::int32_t producer_epoch;
  Text transactional_id;
  KAFKASCOPE_FIELDS(partition, from, to, producer_id, producer_epoch, transactional_id)
};
/// A partition's leader has appended the marker that ends a transaction.
struct TransactionMarkerAppended {
  KAFKASCOPE_FACT(Trace::TransactionMarkerAppended, "transaction.marker")
  TopicPartition partition;
  protocol::TransactionResult result;
  Offset offset;
  protocol::ProducerId producer_id;
  std::int32_t producer_epoch, coordinator_epoch;
  KAFKASCOPE_FIELDS(partition, result, offset, producer_id, producer_epoch, coordinator_epoch)
};
/// Readers of committed records may read further: a transaction's marker is replicated.
struct LastStableOffsetAdvanced {
  KAFKASCOPE_FACT(Trace::LastStableOffsetAdvanced, "lso.advance")
  TopicPartition partition;
  Offset from, to;
  KAFKASCOPE_FIELDS(partition, from, to)
};
/// The coordinator says that the partition is not part of the producer's transaction, or could not be asked (KIP-890).
struct TransactionVerificationRefused {
  KAFKASCOPE_FACT(Trace::TransactionVerificationRefused, "transaction.unverified")
  TopicPartition partition;
  protocol::ErrorCode error;
  protocol::ProducerId producer_id;
  std::int32_t producer_epoch;
  Text transactional_id;
  KAFKASCOPE_FIELDS(partition, error, producer_id, producer_epoch, transactional_id)
};
/// A coordinator has read its partition of __transaction_state.
struct TransactionsLoaded {
  KAFKASCOPE_FACT(Trace::TransactionsLoaded, "transaction.loaded")
  TopicPartition partition;
  std::int64_t transactions;
  KAFKASCOPE_FIELDS(partition, transactions)
};

using FactsOfTransactions = sim::FactList<TransactionState, TransactionMarkerAppended, LastStableOffsetAdvanced,
                                          TransactionVerificationRefused, TransactionsLoaded>;

}  // namespace kafkascope::fact
