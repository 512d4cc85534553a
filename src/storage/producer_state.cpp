// Sequence and epoch checks of a leader. Kafka: ProducerStateEntry.findDuplicateBatch,
// ProducerAppendInfo.maybeValidateDataBatch.
#include "storage/producer_state.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "protocol/transaction_marker.h"
#include "sim/mutant.h"

namespace kafkascope::storage {
namespace {

bool in_sequence(std::int32_t last, std::int32_t next) {
  if (sim::mutant("sequence-gap-accepted") && next == last + 2) return true;
  if (sim::mutant("any-sequence-accepted")) return true;
  return static_cast<std::int64_t>(next) == static_cast<std::int64_t>(last) + 1 ||
         (next == 0 && last == std::numeric_limits<std::int32_t>::max());
}

bool expired(const ProducerEntry& entry, std::int64_t now_ms, std::int64_t expiration_ms) {
  return !entry.transaction_first_offset.known() && now_ms - entry.last_timestamp_ms >= expiration_ms;
}

ProducerCheck refuse(ErrorCode error) { return {ProducerCheckKind::Error, {}, error}; }

}  // namespace

const ProducerEntry* ProducerStates::find(ProducerId id) const {
  const auto it = entries_.find(id);
  return it == entries_.end() ? nullptr : &it->second;
}

const VerificationEntry* ProducerStates::verification(ProducerId id) const {
  const auto it = verifications_.find(id);
  return it == verifications_.end() ? nullptr : &it->second;
}

bool ProducerStates::has_ongoing_transaction(ProducerId id, ProducerEpoch epoch) const {
  const ProducerEntry* entry = find(id);
  return entry != nullptr && entry->transaction_first_offset.known() && entry->epoch == epoch;
}

VerificationGuard ProducerStates::start_verification(ProducerId id, const VerificationEntry& wanted) {
  if (has_ongoing_transaction(id, wanted.epoch)) return 0;
  VerificationEntry& entry = verifications_[id];
  if (entry.guard == 0) {
    entry = wanted;
  } else if (wanted.epoch > entry.epoch) {
    entry.epoch = wanted.epoch;
    entry.lowest_sequence = wanted.lowest_sequence;
  } else if (wanted.epoch == entry.epoch) {
    entry.lowest_sequence = std::min(entry.lowest_sequence, wanted.lowest_sequence);
  }
  return entry.guard;
}

ProducerCheck ProducerStates::check(const RecordBatch& batch, const AppendTerms& terms) const {
  if (batch.producer_id < 0) return {};
  const ProducerEntry* entry = find(batch.producer_id);
  const bool sequenced = batch.base_sequence >= 0;
  if (entry != nullptr && sequenced && batch.producer_epoch == entry->epoch) {
    for (int i = 0; i < entry->count; ++i) {
      const AppendedBatch& known = entry->batches[static_cast<std::size_t>(i)];
      if (known.last_sequence == batch.last_sequence() && known.offset_delta == batch.last_offset_delta())
        return {ProducerCheckKind::Duplicate, known.base_offset(), ErrorCode::NONE};
    }
  }
  const VerificationEntry* const verified = batch.control ? nullptr : verification(batch.producer_id);
  // Each transaction has its own guard, so that an answer that arrives after its abort marker does not open the next
  // one.
  const bool guarded = terms.guard != 0 && verified != nullptr && verified->guard == terms.guard;
  if (terms.verifies && batch.transactional && !batch.control && !guarded &&
      !has_ongoing_transaction(batch.producer_id, batch.producer_epoch) && !sim::mutant("transactions-not-verified"))
    return refuse(ErrorCode::INVALID_TXN_STATE);
  if (entry != nullptr && batch.producer_epoch < entry->epoch)
    return sim::mutant("zombie-append-accepted") ? ProducerCheck{} : refuse(ErrorCode::INVALID_PRODUCER_EPOCH);
  if (sequenced && verified != nullptr) {
    const bool unknown = entry == nullptr || entry->count == 0;
    if (verified->bumps_epoch && unknown && batch.base_sequence != 0)
      return refuse(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
    if (batch.base_sequence > verified->lowest_sequence) return refuse(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  }
  // The producer is unknown (all its records may have been deleted), so any sequence is accepted.
  if (entry == nullptr) return {};
  if (const auto marker = protocol::marker_in(batch))
    return marker->coordinator_epoch < entry->coordinator_epoch && !sim::mutant("older-coordinator-accepted")
               ? refuse(ErrorCode::TRANSACTION_COORDINATOR_FENCED)
               : ProducerCheck{};
  if (sequenced) {
    const bool fits = batch.producer_epoch != entry->epoch ? batch.base_sequence == 0
                                                           : in_sequence(entry->last_sequence(), batch.base_sequence);
    if (!fits) return refuse(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  }
  if (entry->transaction_first_offset.known() && !batch.transactional) return refuse(ErrorCode::INVALID_TXN_STATE);
  return {};
}

std::optional<CompletedTransaction> ProducerStates::update(const RecordBatch& batch, Offset base_offset) {
  if (batch.producer_id < 0) return std::nullopt;
  const auto marker = protocol::marker_in(batch);
  if (batch.control && !marker) return std::nullopt;  // the cleaner has removed the whole transaction
  if (const VerificationEntry* const verified = batch.transactional ? verification(batch.producer_id) : nullptr) {
    // A marker of the second version has the epoch of the producer's next transaction: if it arrives late, that
    // transaction is already being verified (UnifiedLog.updateProducers: isV2NextTransactionStarted).
    const bool next_has_begun = verified->bumps_epoch && marker && verified->epoch == batch.producer_epoch;
    if (!next_has_begun) verifications_.erase_key(batch.producer_id);
  }
  ProducerEntry& entry = entries_[batch.producer_id];
  if (entry.epoch != batch.producer_epoch) {
    entry.epoch = batch.producer_epoch;
    entry.count = 0;
  }
  entry.last_timestamp_ms = batch.max_timestamp_ms;
  if (marker) {
    entry.coordinator_epoch = marker->coordinator_epoch;
    const Offset first = std::exchange(entry.transaction_first_offset, Offset{});
    // A marker without data before it does not change the last stable offset.
    if (!first.known()) {
      if (!sim::mutant("second-marker-opens")) return std::nullopt;
      entry.transaction_first_offset = base_offset;
      open_.push_back({batch.producer_id, base_offset, {}});
      return std::nullopt;
    }
    return CompletedTransaction{batch.producer_id, first, base_offset,
                                marker->result == protocol::TransactionResult::Abort};
  }
  if (batch.transactional && !entry.transaction_first_offset.known()) {
    entry.transaction_first_offset = base_offset;
    open_.push_back({batch.producer_id, base_offset, {}});
  }
  if (entry.count == ProducerEntry::kBatchesKept) {
    for (std::size_t i = 1; i < entry.batches.size(); ++i) entry.batches[i - 1] = entry.batches[i];
    --entry.count;
  }
  const std::int32_t delta = batch.last_offset_delta();
  // The group coordinator gives each batch of transactional offsets the sequence 0, which nobody checks. Here such a
  // batch has none.
  const bool sequenced = batch.base_sequence >= 0;
  entry.batches[static_cast<std::size_t>(entry.count++)] = {base_offset + delta,
                                                            sequenced ? batch.last_sequence() : delta, delta};
  return std::nullopt;
}

Offset ProducerStates::last_stable_offset(const CompletedTransaction& completed) const {
  for (const TransactionSpan& t : open_)
    if (t.producer != completed.producer) return t.first_offset;
  return completed.last_offset + 1;
}

void ProducerStates::complete(const CompletedTransaction& completed) {
  std::erase_if(open_, [&](const TransactionSpan& t) { return t.first_offset == completed.first_offset; });
  if (sim::mutant("stable-before-replicated")) return;
  const TransactionSpan span{completed.producer, completed.first_offset, completed.last_offset};
  unreplicated_.insert(std::upper_bound(unreplicated_.begin(), unreplicated_.end(), span,
                                        [](const TransactionSpan& a, const TransactionSpan& b) {
                                          return a.first_offset < b.first_offset;
                                        }),
                       span);
}

bool ProducerStates::settles(Offset offset) const {
  return std::any_of(unreplicated_.begin(), unreplicated_.end(),
                     [&](const TransactionSpan& t) { return t.last_offset < offset; });
}

void ProducerStates::settle(Offset offset) {
  std::erase_if(unreplicated_, [&](const TransactionSpan& t) { return t.last_offset < offset; });
}

Offset ProducerStates::first_unstable_offset() const {
  if (open_.empty()) return unreplicated_.empty() ? Offset{} : unreplicated_.front().first_offset;
  if (unreplicated_.empty()) return open_.front().first_offset;
  return std::min(open_.front().first_offset, unreplicated_.front().first_offset);
}

std::vector<ProducerId> ProducerStates::remove_expired(std::int64_t now_ms, std::int64_t expiration_ms) {
  std::vector<ProducerId> gone;
  for (const auto& [id, entry] : entries_)
    if (expired(entry, now_ms, expiration_ms)) gone.push_back(id);
  for (const ProducerId id : gone) entries_.erase_key(id);
  std::vector<ProducerId> never_verified;
  for (const auto& [id, entry] : verifications_)
    if (now_ms - entry.timestamp_ms >= expiration_ms) never_verified.push_back(id);
  for (const ProducerId id : never_verified) verifications_.erase_key(id);
  return gone;
}

bool ProducerStates::any_expired(std::int64_t now_ms, std::int64_t expiration_ms) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const auto& e) { return expired(e.second, now_ms, expiration_ms); }) ||
         std::any_of(verifications_.begin(), verifications_.end(),
                     [&](const auto& e) { return now_ms - e.second.timestamp_ms >= expiration_ms; });
}

std::map<ProducerId, LastRecord> ProducerStates::last_records() const {
  std::map<ProducerId, LastRecord> result;
  for (const auto& [id, entry] : entries_)
    result[id] = {entry.count == 0 ? Offset{} : entry.batches[static_cast<std::size_t>(entry.count - 1)].last_offset,
                  entry.epoch};
  return result;
}

bool ProducerSnapshots::take(Offset offset, const ProducerStates& producers) {
  if (offset <= last_taken_) return false;
  ProducerStates kept = producers;
  kept.forget_unreplicated();
  snapshots_.push_back({offset, std::make_shared<const ProducerStates>(std::move(kept))});
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
