// Validation by a leader before it appends. Pure. Kafka: LogValidator, UnifiedLog.append (KIP-32, KIP-467, KIP-937).
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/errors.h"
#include "protocol/messages_data.h"
#include "protocol/records.h"
#include "storage/log_options.h"

namespace kafkascope::storage {

struct Validation {
  /// NONE, INVALID_RECORD (no key on a compacted topic) or INVALID_TIMESTAMP (CreateTime outside
  /// [now - message.timestamp.before.max.ms, now + message.timestamp.after.max.ms]). One invalid timestamp takes
  /// precedence over any number of missing keys.
  protocol::ErrorCode error = protocol::ErrorCode::NONE;
  std::vector<protocol::RecordError> record_errors;  // in the order of the batch
};

/// topic, partition: for the messages.
Validation validate(const protocol::RecordBatch& batch, const LogOptions& options, std::int64_t now_ms,
                    std::string_view topic = {}, std::int32_t partition = 0);

}  // namespace kafkascope::storage
