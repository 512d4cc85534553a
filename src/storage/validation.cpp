#include "storage/validation.h"

namespace kafkascope::storage {

using protocol::ErrorCode;

ErrorCode validate(const protocol::RecordBatch& batch, const LogOptions& options, std::int64_t now_ms) {
  if (!batch.control) {
    // Record by record, the key first: the first record that is wrong decides.
    for (const protocol::RecordView r : batch.records) {
      if (options.cleanup_compact && !r.key) return ErrorCode::INVALID_RECORD;
      if (options.log_append_time || r.timestamp_ms < 0) continue;
      const std::int64_t age = now_ms - r.timestamp_ms;
      if (age > options.timestamp_before_max_ms || -age > options.timestamp_after_max_ms) return ErrorCode::INVALID_TIMESTAMP;
    }
  }
  return batch.size_bytes > options.segment_bytes ? ErrorCode::RECORD_LIST_TOO_LARGE : ErrorCode::NONE;
}

}  // namespace kafkascope::storage
