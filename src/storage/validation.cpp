#include "storage/validation.h"

#include <fmt/format.h>

namespace kafkascope::storage {

using protocol::ErrorCode;

Validation validate(const protocol::RecordBatch& batch, const LogOptions& options, std::int64_t now_ms,
                    std::string_view topic, std::int32_t partition) {
  Validation out;
  if (batch.control) return out;
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    const auto index = static_cast<std::int32_t>(i);
    if (options.cleanup_compact && !batch.records.has_key(i)) {  // the record's timestamp is then not checked
      if (out.error == ErrorCode::NONE) out.error = ErrorCode::INVALID_RECORD;
      out.record_errors.push_back(
          {index, fmt::format("Compacted topic cannot accept message without key in topic partition {}-{}", topic,
                              partition)});
      continue;
    }
    const std::int64_t timestamp_ms = batch.records.timestamp_ms(i);
    if (options.log_append_time || timestamp_ms < 0) continue;
    const std::int64_t age = now_ms - timestamp_ms;
    if (age <= options.timestamp_before_max_ms && -age <= options.timestamp_after_max_ms) continue;
    out.error = ErrorCode::INVALID_TIMESTAMP;
    out.record_errors.push_back(
        {index, fmt::format("Timestamp {} of message with offset {} is out of range. The timestamp should be within "
                            "[{}, {}]",
                            timestamp_ms, i, now_ms - options.timestamp_before_max_ms,
                            now_ms + options.timestamp_after_max_ms)});
  }
  return out;
}

}  // namespace kafkascope::storage
