// Record batches in messages and in logs. They have the content of Kafka's v2 format; its bytes are produced only for
// real clients.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/compression.h"
#include "protocol/ids.h"
#include "protocol/record_list.h"
#include "sim/ref.h"
#include "sim/sized.h"

namespace kafkascope::protocol {

/// What cleaning changes in a batch: offsets never change, so removed records leave gaps (KIP-534, DefaultRecordBatch).
struct CompactedBatch : sim::Counted {
  std::int32_t last_offset_delta = 0;       // the producer's original value: the last sequence number stays known
  std::int64_t delete_horizon_ms = -1;      // tombstones may be removed from this time on; -1: not stamped
  std::vector<std::int32_t> offset_deltas;  // parallel to records, ascending
};

/// A producer's batch: immutable once sent, and shared by every log that holds it. The CRC covers exactly this part.
struct RecordBatch : sim::Counted {
  /// The batch's identity in the ledger: node index of its client, -1 for the cluster's own records. No role reads it.
  std::int32_t client = -1;
  ProducerId producer_id = kNoProducerId;
  std::int32_t base_sequence = -1;  // -1: not idempotent
  ProducerEpoch producer_epoch = -1;
  bool control : 1 = false;        // the end marker of a transaction (transaction_marker.h)
  bool transactional : 1 = false;  // part of a transaction; also true for markers
  Compression compression = Compression::None;
  std::int64_t max_timestamp_ms = 0;
  std::int32_t size_bytes = 0;               // 61 + the compressed size of the records (DefaultRecordBatch)
  std::uint32_t crc = 0;                     // CRC-32C over the fields, computed by seal()
  RecordList records;                        // empty only when the cleaner kept the header alone
  sim::Ref<const CompactedBatch> compacted;  // null: the cleaner has not changed the batch

  int count() const { return static_cast<int>(records.size()); }
  /// The number of offsets that the batch spans, minus one; compaction may have removed records in between.
  std::int32_t last_offset_delta() const { return compacted ? compacted->last_offset_delta : count() - 1; }
  /// The offset of the index-th record minus the base offset.
  std::int32_t offset_delta(int index) const {
    return compacted ? compacted->offset_deltas[static_cast<std::size_t>(index)] : index;
  }
  /// Index of the first record with that offset delta or a larger one; count() if there is none.
  int index_from(std::int64_t delta) const;
  /// Index of the record with that offset delta; -1 if it has been removed.
  int index_of(std::int64_t delta) const;
  /// The record with that offset delta; nullopt if it has been removed.
  std::optional<RecordView> at(std::int64_t delta) const;
  std::int64_t delete_horizon_ms() const { return compacted ? compacted->delete_horizon_ms : -1; }
  /// The size of the records before compression, in bytes; computed on each call.
  std::int32_t uncompressed_bytes() const;
  std::int32_t last_sequence() const;  // wraps at 2^31-1 to 0 (DefaultRecordBatch.incrementSequence)
};
static_assert(sim::sized<RecordBatch>(72));  // 80 bytes with the allocator's block header; a long run has a million
                                             // batches
using BatchRef = sim::Ref<const RecordBatch>;

/// Fills in size_bytes, max_timestamp_ms and crc and makes the batch immutable. `size_bytes`: the batch's size before
/// compression, if the caller knows it; 0: computed here.
BatchRef seal(RecordBatch batch, std::int32_t size_bytes = 0);

/// A batch in a log: the leader assigns its offset and epoch, which the CRC does not cover. Followers share `data` with
/// the leader.
struct StoredBatch {
  Offset base_offset;
  LeaderEpoch leader_epoch;
  BatchRef data;

  Offset last_offset() const { return base_offset + data->last_offset_delta(); }
  Offset next_offset() const { return last_offset() + 1; }
};

/// murmur2 of Kafka's clients (Utils.murmur2).
std::int32_t murmur2(std::string_view bytes);
/// Java's String.hashCode over UTF-16 code units (ASCII here).
std::int32_t java_string_hash(std::string_view text);
/// Kafka's group-to-partition rule: abs(hash) mod n with abs(-2^31) = 0 (Utils.abs).
std::int32_t partition_for(std::string_view group_or_transactional_id, std::int32_t partitions);
/// CRC-32C (Castagnoli) of some bytes, continuing from `crc`.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc = 0);

}  // namespace kafkascope::protocol
