// The control batch with which a transaction ends in a partition. Kafka: EndTransactionMarker, ControlRecordType
// (KIP-98).
#pragma once
#include <cstdint>
#include <optional>

#include "protocol/records.h"

namespace kafkascope::protocol {

/// ControlRecordType's numbers.
enum class TransactionResult : std::uint8_t { Abort = 0, Commit = 1 };

struct EndTransactionMarker {
  TransactionResult result = TransactionResult::Abort;
  std::int32_t coordinator_epoch = -1;  // leader epoch of the coordinator's partition of __transaction_state
  friend bool operator==(const EndTransactionMarker&, const EndTransactionMarker&) = default;
};

/// A batch of one control record, 78 bytes as in Kafka, which takes one offset. It has a producer id and an epoch but
/// no sequence number. `timestamp_ms`: wall clock of the broker that writes it.
BatchRef end_transaction_batch(ProducerId producer, ProducerEpoch epoch, EndTransactionMarker marker,
                               std::int64_t timestamp_ms);
/// The marker in a control batch; nullopt for a data batch, or for one that the cleaner has emptied.
std::optional<EndTransactionMarker> marker_in(const RecordBatch& batch);

}  // namespace kafkascope::protocol
