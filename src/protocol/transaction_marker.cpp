#include "protocol/transaction_marker.h"

#include <charconv>
#include <string>
#include <string_view>

namespace kafkascope::protocol {
namespace {

// 61 bytes of header and one record: a key of 4 bytes (version and type) and a value of 6 (version and coordinator
// epoch).
constexpr std::int32_t kMarkerBytes = 78;
constexpr std::string_view kCommit = "COMMIT", kAbort = "ABORT";  // as DumpLogSegments prints the types

}  // namespace

BatchRef end_transaction_batch(ProducerId producer, ProducerEpoch epoch, EndTransactionMarker marker,
                               std::int64_t timestamp_ms) {
  RecordBatch batch;
  batch.producer_id = producer;
  batch.producer_epoch = epoch;
  batch.control = batch.transactional = true;
  const std::string coordinator_epoch = std::to_string(marker.coordinator_epoch);
  RecordView record;
  record.key = marker.result == TransactionResult::Commit ? kCommit : kAbort;
  record.value = coordinator_epoch;
  record.timestamp_ms = timestamp_ms;
  batch.records.push_back(record);
  return seal(std::move(batch), kMarkerBytes);
}

std::optional<EndTransactionMarker> marker_in(const RecordBatch& batch) {
  if (!batch.control || batch.records.empty()) return std::nullopt;
  const RecordView record = batch.records[0];
  EndTransactionMarker marker;
  marker.result = record.key == kCommit ? TransactionResult::Commit : TransactionResult::Abort;
  const std::string_view text = record.value.value_or("");
  std::from_chars(text.data(), text.data() + text.size(), marker.coordinator_epoch);
  return marker;
}

}  // namespace kafkascope::protocol
