#include "storage/indexes.h"

namespace kafkascope::storage {

bool IndexFill::add(std::int64_t bytes, std::int64_t max_timestamp_ms, std::int64_t interval_bytes) {
  const bool entry = bytes_since_last_entry > interval_bytes;
  if (entry) {
    ++offset_entries;
    // Kafka: TimeIndex.maybeAppend accepts only increasing timestamps.
    if (max_timestamp_ms > last_timestamp_ms) {
      ++time_entries;
      last_timestamp_ms = max_timestamp_ms;
    }
    bytes_since_last_entry = 0;
  }
  bytes_since_last_entry += bytes;
  return entry;
}

}  // namespace kafkascope::storage
