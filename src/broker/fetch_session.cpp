#include "broker/fetch_session.h"

#include <algorithm>
#include <utility>

#include "sim/mutant.h"

namespace kafkascope::broker {

using protocol::ErrorCode;
using protocol::FetchPartition;
using protocol::FetchPartitionResponse;

namespace {
constexpr sim::Duration kEvictable = sim::seconds(120);  // ServerConfigs: min.incremental.fetch.session.eviction.ms
}

/// After an error the next answer says all again.
void FetchSession::remember(Note& note, const FetchPartitionResponse& told) {
  note.told.high_watermark = told.error == ErrorCode::NONE ? told.high_watermark : protocol::Offset{};
  note.told.log_start = told.log_start_offset;
  note.quiet = note.followed = 0;
}

FetchSession::FetchSession(const std::vector<FetchPartition>& asked, const std::vector<FetchPartitionResponse>& answered)
    : asked_(asked), notes_(asked.size()), replicas_(asked.size(), -1) {
  for (std::size_t i = 0; i < std::min(asked.size(), answered.size()); ++i) remember(notes_[i], answered[i]);
}

/// From the end: there is what changes often. asked_.size(): it is not there.
std::size_t FetchSession::find(protocol::TopicPartition tp) const {
  for (std::size_t i = asked_.size(); i-- > 0;)
    if (asked_[i].partition == tp) return i;
  return asked_.size();
}

void FetchSession::set(const FetchPartition& p) {
  if (const std::size_t at = find(p.partition); at < asked_.size()) {
    asked_[at] = p;
    notes_[at].quiet = notes_[at].followed = 0;
    return;
  }
  asked_.push_back(p);
  notes_.emplace_back();
  replicas_.push_back(-1);
}

void FetchSession::erase(std::size_t i) {
  const auto at = static_cast<std::ptrdiff_t>(i);
  asked_.erase(asked_.begin() + at);
  notes_.erase(notes_.begin() + at);
  replicas_.erase(replicas_.begin() + at);
}

void FetchSession::keep_news(std::vector<FetchPartitionResponse>& answer, std::size_t first) {
  // What has left the session meanwhile is told as it is.
  std::size_t next = first, kept = 0, with_records = 0;
  for (std::size_t i = 0; i < answer.size(); ++i) {
    FetchPartitionResponse& row = answer[i];
    while (next < asked_.size() && asked_[next].partition != row.partition) ++next;
    bool news = true;
    if (next < asked_.size()) {
      Note& n = notes_[next];
      news = !row.batches.empty() || row.error != ErrorCode::NONE || (row.high_watermark != n.told.high_watermark && !sim::mutant("session-keeps-back-the-hw")) ||
             row.log_start_offset != n.told.log_start || row.diverging_epoch.value >= 0 || row.diverging_end_offset.known() ||
             row.preferred_read_replica != protocol::kNoBroker;
      if (news) remember(n, row);
      n.got_records = !row.batches.empty();
      with_records += n.got_records ? 1 : 0;
    }
    if (!news) continue;
    if (kept != i) answer[kept] = std::move(row);
    ++kept;
  }
  answer.resize(kept);
  for (std::size_t i = first; with_records > 0;) {
    if (!std::exchange(notes_[i].got_records, false)) {
      ++i;
      continue;
    }
    move_to_end(i);
    --with_records;
  }
}

void FetchSession::move_to_end(std::size_t i) {
  const auto move = [&](auto& list) {
    const auto at = list.begin() + static_cast<std::ptrdiff_t>(i);
    const auto item = *at;
    std::move(at + 1, list.end(), at);
    list.back() = item;
  };
  move(asked_);
  move(notes_);
  move(replicas_);
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
  const auto here = std::count_if(slot_of_.begin(), slot_of_.end(), [&](const auto& entry) { return sessions_[entry.second].shard == shard; });
  return static_cast<std::size_t>(here) >= slots_ / kShards;
}

std::int32_t FetchSessions::evicted_next(std::size_t partitions, sim::Instant now) const {
  if (!full(next_shard_)) return 0;
  std::int32_t stale = 0, smallest = 0;
  for (const auto& [id, slot] : slot_of_) {
    const FetchSession& s = sessions_[slot];
    if (s.shard != next_shard_) continue;
    if (now - s.last_used > kEvictable && (stale == 0 || s.last_used < find(stale)->last_used)) stale = id;
    if (s.last_used - s.created > kEvictable && (smallest == 0 || s.asked().size() < find(smallest)->asked().size())) smallest = id;
  }
  if (stale != 0) return stale;
  return smallest != 0 && partitions > find(smallest)->asked().size() ? smallest : 0;
}

std::size_t FetchSessions::partitions() const {
  std::size_t n = 0;
  for (const auto& [id, slot] : slot_of_) n += sessions_[slot].asked().size();
  return n;
}

std::int32_t FetchSessions::add(FetchSession session, sim::Instant now) {
  if (const std::int32_t leaves = evicted_next(session.asked().size(), now)) {
    remove(leaves);
    ++evictions_;
  }
  session.shard = std::exchange(next_shard_, (next_shard_ + 1) % kShards);
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
