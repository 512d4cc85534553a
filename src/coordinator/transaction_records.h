// The records of __transaction_state, with Kafka's names (transaction-coordinator's TransactionLogKey,
// TransactionLogValue; 4.1).
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/typed_record.h"
#include "protocol/ids.h"
#include "protocol/transaction_version.h"

namespace kafkascope::coordinator {

/// The values are Kafka's.
enum class TransactionState : std::int8_t {
  Empty = 0,
  Ongoing = 1,
  PrepareCommit = 2,
  PrepareAbort = 3,
  CompleteCommit = 4,
  CompleteAbort = 5,
  Dead = 6,
  PrepareEpochFence = 7
};
inline constexpr int kTransactionStates = 8;
std::string_view name(TransactionState state);

struct TransactionLogKey {
  static constexpr RecordType kType = 0;
  static constexpr std::string_view kName = "TransactionLog";
  std::string transactional_id;
  KAFKASCOPE_FIELDS(transactional_id)
};
/// 4.1 does not write the tagged fields PreviousProducerId and NextProducerId, although it can read them: they are lost
/// when another broker takes over.
struct TransactionLogValue {
  static constexpr bool kFlexible = true;
  protocol::ProducerId producer_id = protocol::kNoProducerId;
  protocol::ProducerEpoch producer_epoch = -1;
  std::int32_t transaction_timeout_ms = 0;
  TransactionState transaction_status = TransactionState::Empty;
  std::vector<protocol::TopicPartition> transaction_partitions;
  std::int64_t transaction_last_update_timestamp_ms = -1;
  std::int64_t transaction_start_timestamp_ms = -1;
  protocol::TransactionVersion client_transaction_version = protocol::TransactionVersion::TV0;  // a tagged field
  std::int8_t value_version = 1;  // written before the value; 0 with transaction.version 0, and in 2.5
  KAFKASCOPE_FIELDS(producer_id, producer_epoch, transaction_timeout_ms, transaction_status, transaction_partitions,
                    transaction_last_update_timestamp_ms, transaction_start_timestamp_ms, client_transaction_version,
                    value_version)
  std::int64_t kafka_size(const KafkaLayout& layout) const;
};
using TransactionLogRecord = std::variant<TypedRecord<TransactionLogKey, TransactionLogValue>>;

}  // namespace kafkascope::coordinator
