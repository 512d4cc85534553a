#include "coordinator/readable_records.h"

#include "coordinator/group_coordinator_shard.h"
#include "coordinator/share_coordinator.h"
#include "coordinator/transaction_coordinator_shard.h"

namespace kafkascope::coordinator {

namespace {

template <class Record>
std::optional<ReadableRecord> read(const protocol::RecordView& record, const protocol::MetadataImage& topics) {
  const auto decoded = decode_record<Record>(record);
  return decoded ? std::optional(readable_record(*decoded, topics)) : std::nullopt;
}

}  // namespace

std::optional<ReadableRecord> readable(std::string_view topic, const protocol::RecordView& record,
                                       const protocol::MetadataImage& topics) {
  if (topic == kOffsetsTopic) return read<CoordinatorRecord>(record, topics);
  if (topic == kShareStateTopic) return read<ShareStateRecord>(record, topics);
  if (topic == kTransactionStateTopic) return read<TransactionLogRecord>(record, topics);
  return std::nullopt;
}

}  // namespace kafkascope::coordinator
