#include "broker/share_partition.h"

#include <algorithm>
#include <utility>

#include "sim/mutant.h"

namespace kafkascope::broker {

using protocol::AcknowledgeType;
using protocol::AcquiredRecords;
using protocol::ErrorCode;
using protocol::ShareStateBatch;

std::string_view name(RecordState state) {
  switch (state) {
    case RecordState::Available: return "Available";
    case RecordState::Acquired: return "Acquired";
    case RecordState::Acknowledged: return "Acknowledged";
    case RecordState::Archived: return "Archived";
  }
  return "?";
}

namespace {

/// Kafka: SharePartition.fetchRecordState.
RecordState state_after(AcknowledgeType type) {
  switch (type) {
    case AcknowledgeType::Accept: return RecordState::Acknowledged;
    case AcknowledgeType::Release: return RecordState::Available;
    case AcknowledgeType::Gap:
    case AcknowledgeType::Reject: return RecordState::Archived;
  }
  return RecordState::Archived;
}

}  // namespace

bool well_formed(const std::vector<protocol::AcknowledgementBatch>& batches) {
  Offset before{-1};
  return std::all_of(batches.begin(), batches.end(), [&](const protocol::AcknowledgementBatch& b) {
    const auto types = static_cast<std::int64_t>(b.types.size());
    return b.first <= b.last && b.first >= std::exchange(before, b.last) &&
           (types == 1 || types == b.last - b.first + 1);
  });
}

void SharePartition::initialize(Offset start, std::int32_t state_epoch, const std::vector<ShareStateBatch>& stored) {
  active_ = true;
  start_ = start;
  state_epoch_ = state_epoch;
  window_.clear();
  for (const ShareStateBatch& b : stored) {
    for (Offset at = std::max(b.first, start); at <= b.last; at = at + 1) {
      while (end_offset() <= at) window_.emplace_back();
      Record& r = window_[static_cast<std::size_t>(at - start_)];
      r.state = static_cast<RecordState>(b.state);
      r.delivery_count = b.delivery_count;
    }
  }
  advance();
}

Offset SharePartition::next_fetch_offset() const {
  const auto at = std::find_if(window_.begin(), window_.end(), [](const Record& r) { return r.free(); });
  return start_ + (at - window_.begin());
}

const SharePartition::Record* SharePartition::record(Offset at) const {
  return at < start_ || at >= end_offset() ? nullptr : &window_[static_cast<std::size_t>(at - start_)];
}

std::int32_t SharePartition::member_index(const std::string& member) {
  const auto at = std::find(members_.begin(), members_.end(), member);
  const auto index = static_cast<std::int32_t>(at - members_.begin());
  if (at == members_.end()) members_.push_back(member);
  return index;
}

std::vector<AcquiredRecords> SharePartition::acquire(const std::string& member,
                                                     const std::vector<protocol::StoredBatch>& batches,
                                                     std::int64_t max_records, sim::Instant lock_until) {
  std::vector<AcquiredRecords> out;
  const std::int32_t who = member_index(member);
  std::int64_t count = 0;
  Offset at = next_fetch_offset();
  const auto entry = [&](Offset offset) -> Record& {
    while (end_offset() <= offset) window_.emplace_back();
    return window_[static_cast<std::size_t>(offset - start_)];
  };
  // The log no longer has the records before the first batch (maybeArchiveStaleBatches).
  for (; !batches.empty() && at < batches.front().base_offset; at = at + 1)
    if (Record& hole = entry(at); hole.free()) hole.state = RecordState::Archived;
  for (const protocol::StoredBatch& batch : batches) {
    const bool fresh = batch.base_offset >= end_offset();
    if (count >= max_records || (fresh && static_cast<std::int64_t>(window_.size()) >= max_locks_)) break;
    for (; at <= batch.last_offset(); at = at + 1) {
      Record& r = entry(at);
      if (!r.free() && !(r.state == RecordState::Acquired && sim::mutant("share-lock-ignored"))) continue;
      r.state = RecordState::Acquired;
      r.member = who;
      r.lock_until = lock_until;
      if (r.delivery_count == 0 || !sim::mutant("share-delivery-not-counted")) ++r.delivery_count;
      ++count;
      if (!out.empty() && out.back().last + 1 == at && out.back().delivery_count == r.delivery_count)
        out.back().last = at;
      else out.push_back({at, at, r.delivery_count});
    }
  }
  advance();
  return out;
}

void SharePartition::archive_aborted(Offset first, Offset last, std::vector<AcquiredRecords>& acquired) {
  for (Offset at = std::max(first, start_); at <= last && at < end_offset(); at = at + 1) {
    Record& r = window_[static_cast<std::size_t>(at - start_)];
    if (r.state != RecordState::Acquired) continue;
    r = Record{.state = RecordState::Archived, .delivery_count = r.delivery_count};
  }
  std::vector<AcquiredRecords> rest;
  for (const AcquiredRecords& a : acquired) {
    if (a.first < first) rest.push_back({a.first, std::min(a.last, first - 1), a.delivery_count});
    if (a.last > last) rest.push_back({std::max(a.first, last + 1), a.last, a.delivery_count});
  }
  acquired = std::move(rest);
  advance();
}

/// `delivered` false: the delivery that ends does not count.
void SharePartition::begin(Record& r, RecordState to, std::uint32_t transition, bool delivered) {
  r.before = r.state;
  r.count_before = r.delivery_count;
  r.transition = transition;
  if (to == RecordState::Available && !delivered) --r.delivery_count;
  else if (to == RecordState::Available && r.delivery_count >= limit_ && !sim::mutant("share-delivery-limit-ignored"))
    to = RecordState::Archived;
  r.state = to;
}

void SharePartition::note(std::vector<ShareStateBatch>& batches, Offset at, const Record& r) {
  const auto state = static_cast<std::int8_t>(r.state);
  if (!batches.empty() && batches.back().last + 1 == at && batches.back().state == state &&
      batches.back().delivery_count == r.delivery_count)
    batches.back().last = at;
  else batches.push_back({at, at, state, r.delivery_count});
}

SharePartition::Change SharePartition::acknowledge(const std::string& member,
                                                   const std::vector<protocol::AcknowledgementBatch>& batches) {
  Change change;
  const auto known = std::find(members_.begin(), members_.end(), member);
  const auto who = known == members_.end() ? -2 : static_cast<std::int32_t>(known - members_.begin());
  Offset said{-1};
  for (const protocol::AcknowledgementBatch& b : batches) {
    if (change.error != ErrorCode::NONE) break;
    // The log no longer has a batch below the start offset; acknowledging such a batch is not an error.
    if (b.last >= start_ && b.last >= end_offset())
      change.error = window_.empty() ? ErrorCode::INVALID_RECORD_STATE : ErrorCode::INVALID_REQUEST;
    for (Offset at = std::max(b.first, start_); at <= b.last && change.error == ErrorCode::NONE; at = at + 1) {
      const Record* r = record(at);
      const bool own = r != nullptr && at > std::exchange(said, at) && r->state == RecordState::Acquired &&
                       r->transition == 0 && (r->member == who || sim::mutant("share-acknowledged-by-anybody"));
      if (!own) change.error = ErrorCode::INVALID_RECORD_STATE;
    }
  }
  if (change.error != ErrorCode::NONE) return change;
  change.transition = next_transition_++;
  for (const protocol::AcknowledgementBatch& b : batches)
    for (Offset at = std::max(b.first, start_); at <= b.last; at = at + 1) {
      Record& r = window_[static_cast<std::size_t>(at - start_)];
      begin(r, state_after(b.types.size() == 1 ? b.types.front() : b.types[static_cast<std::size_t>(at - b.first)]),
            change.transition, true);
      note(change.batches, at, r);
    }
  return change;
}

SharePartition::Change SharePartition::release_all(const std::string& member) {
  Change change;
  const auto known = std::find(members_.begin(), members_.end(), member);
  if (known == members_.end()) return change;
  const auto who = static_cast<std::int32_t>(known - members_.begin());
  change.transition = next_transition_;
  for (Offset at = start_; at < end_offset(); at = at + 1) {
    Record& r = window_[static_cast<std::size_t>(at - start_)];
    if (r.state != RecordState::Acquired || r.transition != 0 || r.member != who) continue;
    begin(r, RecordState::Available, change.transition, false);
    note(change.batches, at, r);
  }
  if (change.batches.empty()) change.transition = 0;
  else ++next_transition_;
  return change;
}

void SharePartition::complete(std::uint32_t transition, bool stored) {
  for (Record& r : window_) {
    if (r.transition != transition) continue;
    r.transition = 0;
    if (!stored) {
      r.state = r.before;
      r.delivery_count = r.count_before;
    } else if (r.state != RecordState::Acquired) {
      r.member = -1;
      r.lock_until = sim::kNever;
    }
  }
  advance();
}

SharePartition::Change SharePartition::expire(sim::Instant now) {
  Change change;
  for (Offset at = start_; at < end_offset(); at = at + 1) {
    Record& r = window_[static_cast<std::size_t>(at - start_)];
    if (r.state != RecordState::Acquired || r.transition != 0 || r.lock_until > now) continue;
    const std::string& whose = members_[static_cast<std::size_t>(r.member)];
    if (change.batches.empty()) change.member = whose;
    else if (change.member != whose) continue;
    begin(r, RecordState::Available, 0, true);
    r.member = -1;
    r.lock_until = sim::kNever;
    note(change.batches, at, r);
  }
  advance();
  return change;
}

sim::Instant SharePartition::next_expiry() const {
  sim::Instant next = sim::kNever;
  if (sim::mutant("share-lock-never-over")) return next;
  for (const Record& r : window_)
    if (r.state == RecordState::Acquired && r.transition == 0) next = std::min(next, r.lock_until);
  return next;
}

bool SharePartition::settled() const {
  return std::all_of(window_.begin(), window_.end(), [](const Record& r) { return r.transition == 0; });
}

void SharePartition::advance() {
  const bool early = sim::mutant("share-start-passes-the-locked");
  while (!window_.empty() && (window_.front().terminal() || (early && window_.front().state == RecordState::Acquired &&
                                                             window_.size() > 1 && window_[1].terminal()))) {
    window_.pop_front();
    start_ = start_ + 1;
  }
}

void SharePartition::advance_to(Offset log_start) {
  while (start_ < log_start && !window_.empty()) {
    window_.pop_front();
    start_ = start_ + 1;
  }
  start_ = std::max(start_, log_start);
  advance();
}

}  // namespace kafkascope::broker
