#include "storage/validation.h"

namespace kafkascope::storage {

using protocol::ErrorCode;

ErrorCode validate(const protocol::RecordBatch& batch, const LogOptions& options, std::int64_t now_ms) {
  if (!batch.control) {
    // Record by record, the key first: the first record that is wrong decides.
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
      if (options.cleanup_compact && !batch.records.has_key(i)) return ErrorCode::INVALID_RECORD;
      const std::int64_t timestamp_ms = batch.records.timestamp_ms(i);
      if (options.log_append_time || timestamp_ms < 0) continue;
      const std::int64_t age = now_ms - timestamp_ms;
      if (age > options.timestamp_before_max_ms || -age > options.timestamp_after_max_ms) return ErrorCode::INVALID_TIMESTAMP;
    }
  }
  return batch.size_bytes > options.segment_bytes ? ErrorCode::RECORD_LIST_TOO_LARGE : ErrorCode::NONE;
}

}  // namespace kafkascope::storage
