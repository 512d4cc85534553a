#include "storage/validation.h"

namespace kafkascope::storage {

using protocol::ErrorCode;

ErrorCode validate(const protocol::RecordBatch& batch, const LogOptions& options, std::int64_t now_ms) {
  if (batch.control) return ErrorCode::NONE;
  // The timestamp of a record without a key is not checked. One invalid timestamp among all the records takes
  // precedence over missing keys (LogValidator.validateRecord, processRecordErrors).
  bool without_key = false;
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    if (options.cleanup_compact && !batch.records.has_key(i)) {
      without_key = true;
      continue;
    }
    const std::int64_t timestamp_ms = batch.records.timestamp_ms(i);
    if (options.log_append_time || timestamp_ms < 0) continue;
    const std::int64_t age = now_ms - timestamp_ms;
    if (age > options.timestamp_before_max_ms || -age > options.timestamp_after_max_ms)
      return ErrorCode::INVALID_TIMESTAMP;
  }
  return without_key ? ErrorCode::INVALID_RECORD : ErrorCode::NONE;
}

}  // namespace kafkascope::storage
