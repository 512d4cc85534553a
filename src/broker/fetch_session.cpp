#include "broker/fetch_session.h"

#include <algorithm>
#include <utility>

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
  note.quiet = 0;
}

FetchSession::FetchSession(const std::vector<FetchPartition>& asked, const std::vector<FetchPartitionResponse>& answered)
    : asked_(asked), notes_(asked.size()) {
  for (std::size_t i = 0; i < std::min(asked.size(), answered.size()); ++i) remember(notes_[i], answered[i]);
}

void FetchSession::update(const protocol::FetchRequest& request) {
  const auto find = [&](protocol::TopicPartition tp) {
    return std::find_if(asked_.begin(), asked_.end(), [&](const FetchPartition& p) { return p.partition == tp; }) - asked_.begin();
  };
  for (const FetchPartition& p : request.partitions) {
    if (const auto at = static_cast<std::size_t>(find(p.partition)); at < asked_.size()) {
      asked_[at] = p;
      notes_[at].quiet = 0;
    } else {
      asked_.push_back(p);
      notes_.emplace_back();
    }
  }
  for (const protocol::TopicPartition tp : request.forgotten) {
    const auto at = find(tp);
    if (static_cast<std::size_t>(at) == asked_.size()) continue;
    asked_.erase(asked_.begin() + at);
    notes_.erase(notes_.begin() + at);
  }
}

void FetchSession::keep_news(std::vector<FetchPartitionResponse>& answer) {
  // What has left the session meanwhile is told as it is.
  std::size_t next = 0, kept = 0, with_records = 0;
  for (std::size_t i = 0; i < answer.size(); ++i) {
    FetchPartitionResponse& row = answer[i];
    while (next < asked_.size() && asked_[next].partition != row.partition) ++next;
    bool news = true;
    if (next < asked_.size()) {
      Note& n = notes_[next];
      news = !row.batches.empty() || row.error != ErrorCode::NONE || row.high_watermark != n.told.high_watermark ||
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
  for (std::size_t i = 0; with_records > 0;) {
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
}

FetchSession* FetchSessions::find(std::int32_t id) {
  const auto it = sessions_.find(id);
  return it == sessions_.end() ? nullptr : &it->second;
}

std::size_t FetchSessions::partitions() const {
  std::size_t n = 0;
  for (const auto& [id, session] : sessions_) n += session.asked().size();
  return n;
}

std::int32_t FetchSessions::add(FetchSession session, sim::Instant now) {
  if (sessions_.size() >= slots_) {
    const auto oldest = std::min_element(sessions_.begin(), sessions_.end(),
                                         [](const auto& a, const auto& b) { return a.second.last_used < b.second.last_used; });
    if (oldest == sessions_.end() || now - oldest->second.last_used <= kEvictable) return 0;
    sessions_.erase(oldest);
    ++evictions_;
  }
  session.last_used = now;
  sessions_.emplace(++last_id_, std::move(session));
  return last_id_;
}

}  // namespace kafkascope::broker
