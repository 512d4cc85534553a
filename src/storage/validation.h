// Validation by a leader before it appends. Pure. Kafka: LogValidator, UnifiedLog.append (KIP-32, KIP-937).
#pragma once
#include <cstdint>

#include "protocol/errors.h"
#include "protocol/records.h"
#include "storage/log_options.h"

namespace kafkascope::storage {

/// NONE, INVALID_RECORD (no key on a compacted topic) or INVALID_TIMESTAMP (CreateTime outside
/// [now - message.timestamp.before.max.ms, now + message.timestamp.after.max.ms]).
protocol::ErrorCode validate(const protocol::RecordBatch& batch, const LogOptions& options, std::int64_t now_ms);

}  // namespace kafkascope::storage
