#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/partition_log.h"
#include "storage/wall_clock.h"

namespace kafkascope::storage {

inline Offset o(std::int64_t x) { return {x}; }
inline LeaderEpoch e(std::int32_t x) { return {x}; }

/// A batch of `count` records; idempotent if a sequence is given.
inline protocol::BatchRef batch(int count, std::int64_t first_timestamp_ms = 0, protocol::ProducerId pid = -1,
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

/// One record, as in compacted topics. No value: a tombstone.
struct Keyed {
  std::string key;
  std::optional<std::string> value = "v";
  std::int64_t timestamp_ms = 0;
};
inline protocol::BatchRef keyed(const std::vector<Keyed>& records, protocol::ProducerId pid = -1,
                                protocol::ProducerEpoch epoch = -1, std::int32_t sequence = -1) {
  protocol::RecordBatch b;
  b.producer_id = pid;
  b.producer_epoch = epoch;
  b.base_sequence = sequence;
  for (const Keyed& k : records) {
    protocol::Record r;
    r.key = k.key;
    r.value = k.value;
    r.timestamp_ms = k.timestamp_ms;
    b.records.push_back(r);
  }
  return protocol::seal(std::move(b));
}

/// The remaining records of a log: "offset:key" of each record, "offset:-" of each empty batch, in order.
inline std::string left_in(const PartitionLog& log) {
  std::string out;
  for (const StoredBatch& b : log.batches()) {
    if (b.data->count() == 0) out += (out.empty() ? "" : " ") + std::to_string(b.last_offset().value) + ":-";
    for (int i = 0; i < b.data->count(); ++i)
      out += (out.empty() ? "" : " ") + std::to_string(b.base_offset.value + b.data->offset_delta(i)) + ":" +
             std::string(b.data->records[static_cast<std::size_t>(i)].key.value_or("null"));
  }
  return out;
}
inline std::vector<std::int64_t> bases(const PartitionLog& log) {
  std::vector<std::int64_t> out;
  for (const Segment& s : log.segments()) out.push_back(s.base_offset.value);
  return out;
}

inline sim::Instant at_s(std::int64_t s) { return sim::Instant{} + sim::seconds(s); }

// On a node whose clock is right.
inline void start_at(PartitionLog& log, sim::Instant now) { log.on_start(now, wall_ms(now), {now, now}); }
inline void truncate_log(PartitionLog& log, Offset to, sim::Instant now) { log.truncate_to(to, now, wall_ms(now)); }

}  // namespace kafkascope::storage
