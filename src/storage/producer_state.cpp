// Sequence and epoch checks of a leader. Kafka: ProducerStateEntry.findDuplicateBatch,
// ProducerAppendInfo.maybeValidateDataBatch.
#include "storage/producer_state.h"
#include "sim/mutant.h"

#include <algorithm>
#include <limits>

namespace kafkascope::storage {
namespace {

bool in_sequence(std::int32_t last, std::int32_t next) {
  if (sim::mutant("sequence-gap-accepted") && next == last + 2) return true;
  return static_cast<std::int64_t>(next) == static_cast<std::int64_t>(last) + 1 ||
         (next == 0 && last == std::numeric_limits<std::int32_t>::max());
}

bool expired(const ProducerEntry& entry, std::int64_t now_ms, std::int64_t expiration_ms) {
  return now_ms - entry.last_timestamp_ms >= expiration_ms;
}

ProducerCheck refuse(ErrorCode error) { return {ProducerCheckKind::Error, {}, error}; }

}  // namespace

const ProducerEntry* ProducerStates::find(ProducerId id) const {
  const auto it = entries_.find(id);
  return it == entries_.end() ? nullptr : &it->second;
}

ProducerCheck ProducerStates::check(const RecordBatch& batch) const {
  if (batch.producer_id < 0 || batch.base_sequence < 0) return {};
  const ProducerEntry* entry = find(batch.producer_id);
  // The producer is unknown (all its records may have been deleted), so any sequence is accepted.
  if (entry == nullptr) return {};
  if (batch.producer_epoch == entry->epoch) {
    for (int i = 0; i < entry->count; ++i) {
      const AppendedBatch& known = entry->batches[static_cast<std::size_t>(i)];
      if (known.last_sequence == batch.last_sequence() && known.offset_delta == batch.last_offset_delta())
        return {ProducerCheckKind::Duplicate, known.base_offset(), ErrorCode::NONE};
    }
  }
  if (batch.producer_epoch < entry->epoch) return refuse(ErrorCode::INVALID_PRODUCER_EPOCH);
  const bool fits = batch.producer_epoch != entry->epoch ? batch.base_sequence == 0
                                                         : in_sequence(entry->last_sequence(), batch.base_sequence);
  return fits ? ProducerCheck{} : refuse(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
}

void ProducerStates::update(const RecordBatch& batch, Offset base_offset) {
  if (batch.producer_id < 0) return;
  ProducerEntry& entry = entries_[batch.producer_id];
  if (entry.epoch != batch.producer_epoch) {
    entry.epoch = batch.producer_epoch;
    entry.count = 0;
  }
  entry.last_timestamp_ms = batch.max_timestamp_ms;
  // A control batch changes the epoch and nothing else.
  if (batch.base_sequence < 0) return;
  if (entry.count == ProducerEntry::kBatchesKept) {
    for (std::size_t i = 1; i < entry.batches.size(); ++i) entry.batches[i - 1] = entry.batches[i];
    --entry.count;
  }
  const std::int32_t delta = batch.last_offset_delta();
  entry.batches[static_cast<std::size_t>(entry.count++)] = {base_offset + delta, batch.last_sequence(), delta};
}

std::vector<ProducerId> ProducerStates::remove_expired(std::int64_t now_ms, std::int64_t expiration_ms) {
  std::vector<ProducerId> gone;
  for (const auto& [id, entry] : entries_)
    if (expired(entry, now_ms, expiration_ms)) gone.push_back(id);
  for (const ProducerId id : gone) entries_.erase_key(id);
  return gone;
}

bool ProducerStates::any_expired(std::int64_t now_ms, std::int64_t expiration_ms) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const auto& e) { return expired(e.second, now_ms, expiration_ms); });
}

std::map<ProducerId, Offset> ProducerStates::last_data_offsets() const {
  std::map<ProducerId, Offset> result;
  for (const auto& [id, entry] : entries_)
    result[id] = entry.count == 0 ? Offset{} : entry.batches[static_cast<std::size_t>(entry.count - 1)].last_offset;
  return result;
}

bool ProducerSnapshots::take(Offset offset, const ProducerStates& producers) {
  if (offset <= last_taken_) return false;
  snapshots_.push_back({offset, std::make_shared<const ProducerStates>(producers)});
  last_taken_ = offset;
  return true;
}

void ProducerSnapshots::remove(Offset base) {
  std::erase_if(snapshots_, [&](const ProducerSnapshot& s) { return s.offset == base; });
}

void ProducerSnapshots::remove_strays(std::span<const Offset> bases) {
  const auto stray = [&](const ProducerSnapshot& s) {
    return !std::binary_search(bases.begin(), bases.end(), s.offset);
  };
  const auto newest = std::find_if(snapshots_.rbegin(), snapshots_.rend(), stray);
  const Offset kept = newest != snapshots_.rend() && newest->offset >= bases.back() ? newest->offset : Offset{};
  std::erase_if(snapshots_, [&](const ProducerSnapshot& s) { return s.offset != kept && stray(s); });
}

void ProducerSnapshots::truncate(Offset log_start, Offset log_end) {
  std::erase_if(snapshots_, [&](const ProducerSnapshot& s) { return s.offset > log_end || s.offset <= log_start; });
  last_taken_ = snapshots_.empty() ? log_start : snapshots_.back().offset;
}

void ProducerSnapshots::clear() {
  snapshots_.clear();
  last_taken_ = Offset{0};
}

}  // namespace kafkascope::storage
