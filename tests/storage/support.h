#pragma once
#include <memory>
#include <string>

#include "storage/partition_log.h"

namespace kafkascope::storage {

/// A batch of `count` records; idempotent if a sequence is given.
inline std::shared_ptr<const protocol::RecordBatch> batch(int count, std::int64_t first_timestamp_ms = 0, protocol::ProducerId pid = -1,
                                                          protocol::ProducerEpoch epoch = -1, std::int32_t sequence = -1) {
  protocol::RecordBatch b;
  b.producer_id = pid;
  b.producer_epoch = epoch;
  b.base_sequence = sequence;
  for (int i = 0; i < count; ++i) {
    protocol::Record r;
    r.value = "v" + std::to_string(i);
    r.timestamp_ms = first_timestamp_ms + i;
    b.records.push_back(r);
  }
  return protocol::seal(std::move(b));
}

inline sim::Instant at_s(std::int64_t s) { return sim::Instant{} + sim::seconds(s); }

}  // namespace kafkascope::storage
