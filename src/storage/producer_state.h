// What a partition remembers of idempotent producers: their epoch and their last five batches.
// Kafka: ProducerStateManager, ProducerStateEntry, ProducerAppendInfo (KIP-98, KIP-360).
#pragma once
#include <array>
#include <cstdint>
#include <map>

#include "protocol/errors.h"
#include "protocol/records.h"

namespace kafkascope::storage {

using protocol::ErrorCode;
using protocol::Offset;
using protocol::ProducerEpoch;
using protocol::ProducerId;
using protocol::RecordBatch;

enum class ProducerCheckKind : std::uint8_t { Accept, Duplicate, Error };
struct ProducerCheck {
  ProducerCheckKind kind = ProducerCheckKind::Accept;
  Offset duplicate_base;  // Duplicate: where the first copy lies
  ErrorCode error = ErrorCode::NONE;
};

/// Kafka: BatchMetadata.
struct AppendedBatch {
  std::int32_t base_sequence = -1;
  std::int32_t last_sequence = -1;
  Offset base_offset;
  Offset last_offset;
};

/// Kafka: ProducerStateEntry. At most five batches, oldest first, all of `epoch`.
struct ProducerEntry {
  static constexpr int kBatchesKept = 5;
  ProducerEpoch epoch = -1;
  std::int32_t count = 0;
  std::array<AppendedBatch, kBatchesKept> batches{};

  /// -1: nothing of this epoch yet.
  std::int32_t last_sequence() const { return count == 0 ? -1 : batches[static_cast<std::size_t>(count - 1)].last_sequence; }
};

class ProducerStates {
 public:
  /// What the leader does with a client's batch. Batches without producer id or sequence, and control batches, are accepted.
  ProducerCheck check(const RecordBatch& batch) const;
  /// Takes note of a batch in the log; no checks (followers, and replay after a restart).
  void update(const RecordBatch& batch, Offset base_offset);
  void clear() { entries_.clear(); }

  const ProducerEntry* find(ProducerId id) const;
  const std::map<ProducerId, ProducerEntry>& entries() const { return entries_; }

 private:
  std::map<ProducerId, ProducerEntry> entries_;
};

}  // namespace kafkascope::storage
