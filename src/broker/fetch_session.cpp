#include "broker/fetch_session.h"

#include <algorithm>
#include <map>
#include <utility>

#include "sim/mutant.h"

namespace kafkascope::broker {

using protocol::ErrorCode;
using protocol::FetchPartition;
using protocol::FetchPartitionResponse;

namespace {
constexpr sim::Duration kEvictable = sim::seconds(120);  // ServerConfigs: min.incremental.fetch.session.eviction.ms
}

/// After an error the next response contains all fields again.
void FetchSession::remember(Partition& p, const FetchPartitionResponse& told) {
  p.told.high_watermark = told.error == ErrorCode::NONE ? told.high_watermark : protocol::Offset{};
  p.told.log_start = told.log_start_offset;
}

FetchSession::FetchSession(const std::vector<FetchPartition>& asked,
                           const std::vector<FetchPartitionResponse>& answered) {
  partitions_.reserve(asked.size());
  awake_.reserve(asked.size());
  for (const FetchPartition& p : asked) add(p);
  for (std::size_t i = 0; i < std::min(asked.size(), answered.size()); ++i) remember(partitions_[i], answered[i]);
}

/// Searches awake partitions first, because the ones that change often are among them.
std::uint32_t FetchSession::find(protocol::TopicPartition tp) const {
  for (const std::uint32_t slot : awake_)
    if (partitions_[slot].asked.partition == tp) return slot;
  for (std::uint32_t slot = 0; slot < partitions_.size(); ++slot)
    if (partitions_[slot].there && partitions_[slot].asked.partition == tp) return slot;
  return kNone;
}

std::vector<std::uint32_t> FetchSession::in_order() const {
  std::vector<std::uint32_t> slots;
  for (std::uint32_t slot = 0; slot < partitions_.size(); ++slot)
    if (partitions_[slot].there) slots.push_back(slot);
  std::sort(slots.begin(), slots.end(),
            [this](std::uint32_t a, std::uint32_t b) { return partitions_[a].place < partitions_[b].place; });
  return slots;
}

std::vector<FetchPartition> FetchSession::asked() const {
  std::vector<FetchPartition> all;
  for (const std::uint32_t slot : in_order()) all.push_back(partitions_[slot].asked);
  return all;
}

void FetchSession::set_replica(std::uint32_t slot, std::int32_t replica) {
  partitions_[slot].replica = replica;
  if (replica < 0) return;
  if (watched_.size() <= static_cast<std::size_t>(replica)) watched_.resize(static_cast<std::size_t>(replica) + 1);
  watched_[static_cast<std::size_t>(replica)] = true;
}

/// Looks up a few partitions one by one. For many (a broker that follows a hundred thousand partitions anew) that would
/// be quadratic.
void FetchSession::set(const std::vector<FetchPartition>& asked) {
  constexpr std::size_t kFew = 16;
  std::map<protocol::TopicPartition, std::uint32_t> slots;
  const bool many = asked.size() > kFew;
  for (std::uint32_t slot = 0; many && slot < partitions_.size(); ++slot)
    if (partitions_[slot].there) slots.emplace(partitions_[slot].asked.partition, slot);
  for (const FetchPartition& p : asked) {
    const auto known = slots.find(p.partition);
    const std::uint32_t slot = !many ? find(p.partition) : known != slots.end() ? known->second : kNone;
    if (slot != kNone) {
      partitions_[slot].asked = p;
      wake(slot);
    } else {
      add(p);
      if (many) slots.emplace(p.partition, awake_.back());
    }
  }
}

void FetchSession::add(const FetchPartition& p) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(partitions_.size()));
    partitions_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  partitions_[slot] = Partition{};
  partitions_[slot].asked = p;
  partitions_[slot].place = ++last_place_;
  if (!complete_.empty()) partitions_[slot].watched_since = complete_from_ + complete_.back();
  awake_.push_back(slot);
}

void FetchSession::erase(std::uint32_t slot) {
  Partition& p = partitions_[slot];
  if (p.replica >= 0) watched_[static_cast<std::size_t>(p.replica)] = false;
  if (p.awake) std::erase(awake_, slot);
  p.there = false;
  free_.push_back(slot);
}

void FetchSession::note_complete(std::uint64_t number, std::uint64_t purged) {
  if (complete_from_ != purged) complete_.clear();
  complete_from_ = purged;
  complete_.push_back(static_cast<std::uint32_t>(number - purged));
}

std::uint32_t FetchSession::complete_on_list(std::uint32_t slot, std::uint64_t looked_at, std::uint64_t purged) const {
  if (complete_from_ != purged || complete_.empty()) return 0;
  const std::uint64_t after = std::max(looked_at, partitions_[slot].watched_since);
  if (after <= purged) return static_cast<std::uint32_t>(complete_.size());
  return static_cast<std::uint32_t>(complete_.end() -
                                    std::upper_bound(complete_.begin(), complete_.end(), after - purged));
}

void FetchSession::keep_news(std::vector<FetchPartitionResponse>& answer) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < answer.size(); ++i) {
    FetchPartitionResponse& row = answer[i];
    Partition& p = partitions_[rows_[i]];
    const bool news = !row.batches.empty() || row.error != ErrorCode::NONE ||
                      (row.high_watermark != p.told.high_watermark && !sim::mutant("session-keeps-back-the-hw")) ||
                      row.log_start_offset != p.told.log_start || row.diverging_epoch.value >= 0 ||
                      row.diverging_end_offset.known() || row.preferred_read_replica != protocol::kNoBroker;
    if (!row.batches.empty()) p.place = ++last_place_;
    if (!news) continue;
    remember(p, row);
    if (kept != i) answer[kept] = std::move(row);
    ++kept;
  }
  answer.resize(kept);
}

const FetchSession* FetchSessions::find(std::int32_t id) const {
  const auto it = slot_of_.find(id);
  return it == slot_of_.end() ? nullptr : &sessions_[it->second];
}

void FetchSessions::remove(std::int32_t id) {
  const auto it = slot_of_.find(id);
  if (it == slot_of_.end()) return;
  sessions_[it->second] = FetchSession();
  free_.push_back(it->second);
  slot_of_.erase(it);
}

void FetchSessions::clear() {
  slot_of_.clear();
  sessions_.clear();
  free_.clear();
  next_shard_ = 0;
  evictions_ = 0;
}

bool FetchSessions::full(std::size_t shard) const {
  const auto here = std::count_if(slot_of_.begin(), slot_of_.end(),
                                  [&](const auto& entry) { return sessions_[entry.second].shard == shard; });
  return static_cast<std::size_t>(here) >= slots_ / shards_;
}

std::int32_t FetchSessions::evicted_next(const FetchSession& fresh, sim::Instant now) const {
  if (!full(next_shard_)) return 0;
  const auto worth = [](const FetchSession& s) { return std::pair(s.privileged, s.size()); };  // EvictableKey
  std::int32_t stale = 0, least = 0;
  for (const auto& [id, slot] : slot_of_) {
    const FetchSession& s = sessions_[slot];
    if (s.shard != next_shard_) continue;
    if (now - s.last_used > kEvictable && (stale == 0 || s.last_used < find(stale)->last_used)) stale = id;
    const bool evictable = s.last_used - s.created > kEvictable || (fresh.privileged && !s.privileged);
    if (evictable && (least == 0 || worth(s) < worth(*find(least)))) least = id;
  }
  if (stale != 0) return stale;
  return least != 0 && worth(fresh) > worth(*find(least)) ? least : 0;
}

std::size_t FetchSessions::partitions() const {
  std::size_t n = 0;
  for (const auto& [id, slot] : slot_of_) n += sessions_[slot].size();
  return n;
}

std::int32_t FetchSessions::add(FetchSession session, sim::Instant now) {
  if (const std::int32_t leaves = evicted_next(session, now)) {
    remove(leaves);
    ++evictions_;
  }
  session.shard = std::exchange(next_shard_, (next_shard_ + 1) % shards_);
  if (full(session.shard)) return 0;
  session.created = session.last_used = now;
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(sessions_.size()));
    sessions_.emplace_back();
  }
  slot_of_.try_emplace(++last_id_, free_.back());
  sessions_[free_.back()] = std::move(session);
  free_.pop_back();
  return last_id_;
}

}  // namespace kafkascope::broker
