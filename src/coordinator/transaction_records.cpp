#include "coordinator/transaction_records.h"

namespace kafkascope::coordinator {

std::string_view name(TransactionState state) {
  switch (state) {
    case TransactionState::Empty: return "Empty";
    case TransactionState::Ongoing: return "Ongoing";
    case TransactionState::PrepareCommit: return "PrepareCommit";
    case TransactionState::PrepareAbort: return "PrepareAbort";
    case TransactionState::CompleteCommit: return "CompleteCommit";
    case TransactionState::CompleteAbort: return "CompleteAbort";
    case TransactionState::Dead: return "Dead";
    case TransactionState::PrepareEpochFence: return "PrepareEpochFence";
  }
  return "?";
}

std::int64_t TransactionLogValue::kafka_size(const KafkaLayout& topics) const {
  const KafkaLayout layout{topics.topics, value_version > 0};
  std::int64_t size = 8 + 2 + 4 + 1 + 8 + 8 + layout.end();
  std::size_t names = 0;
  record_codec::for_each_topic(transaction_partitions, [&](protocol::TopicId topic, std::size_t partitions) {
    ++names;
    size += layout.text(layout.topic(topic).size()) + layout.count(partitions) +
            4 * static_cast<std::int64_t>(partitions) + layout.end();
  });
  // Tag, length and an int16.
  if (layout.flexible && client_transaction_version != protocol::TransactionVersion::TV0) size += 1 + 1 + 2;
  // In the state Empty the list is null.
  return size + layout.count(names);
}

}  // namespace kafkascope::coordinator
