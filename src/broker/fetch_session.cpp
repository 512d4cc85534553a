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
void FetchSession::note(Partition& p, const FetchPartitionResponse& told) {
  p.told.high_watermark = told.error == ErrorCode::NONE ? told.high_watermark : protocol::Offset{};
  p.told.log_start = told.log_start_offset;
}

FetchSession::FetchSession(const std::vector<FetchPartition>& asked, const std::vector<FetchPartitionResponse>& answered) {
  partitions_.reserve(asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    partitions_.push_back({asked[i], {}, false});
    if (i < answered.size()) note(partitions_.back(), answered[i]);
  }
}

void FetchSession::update(const protocol::FetchRequest& request) {
  const auto find = [&](protocol::TopicPartition tp) {
    return std::find_if(partitions_.begin(), partitions_.end(), [&](const Partition& p) { return p.asked.partition == tp; });
  };
  for (const FetchPartition& p : request.partitions) {
    if (const auto known = find(p.partition); known != partitions_.end()) {
      known->asked = p;
    } else {
      partitions_.push_back({p, {}, false});
    }
  }
  for (const protocol::TopicPartition tp : request.forgotten)
    if (const auto known = find(tp); known != partitions_.end()) partitions_.erase(known);
}

void FetchSession::list(std::vector<FetchPartition>& out) const {
  out.resize(partitions_.size());
  for (std::size_t i = 0; i < partitions_.size(); ++i) out[i] = partitions_[i].asked;
}

void FetchSession::keep_news(std::vector<FetchPartitionResponse>& answer) {
  // What has left the session meanwhile is told as it is.
  std::size_t next = 0, kept = 0, with_records = 0;
  for (std::size_t i = 0; i < answer.size(); ++i) {
    FetchPartitionResponse& row = answer[i];
    while (next < partitions_.size() && partitions_[next].asked.partition != row.partition) ++next;
    bool news = true;
    if (next < partitions_.size()) {
      Partition& p = partitions_[next];
      news = !row.batches.empty() || row.error != ErrorCode::NONE || row.high_watermark != p.told.high_watermark ||
             row.log_start_offset != p.told.log_start || row.diverging_epoch.value >= 0 || row.diverging_end_offset.known() ||
             row.preferred_read_replica != protocol::kNoBroker;
      if (news) note(p, row);
      p.got_records = !row.batches.empty();
      with_records += p.got_records ? 1 : 0;
    }
    if (!news) continue;
    if (kept != i) answer[kept] = std::move(row);
    ++kept;
  }
  answer.resize(kept);
  for (std::size_t i = 0; with_records > 0;) {
    if (!partitions_[i].got_records) {
      ++i;
      continue;
    }
    partitions_[i].got_records = false;
    const auto at = partitions_.begin() + static_cast<std::ptrdiff_t>(i);
    std::rotate(at, at + 1, partitions_.end());
    --with_records;
  }
}

FetchSession* FetchSessions::find(std::int32_t id) {
  const auto it = sessions_.find(id);
  return it == sessions_.end() ? nullptr : &it->second;
}

std::int32_t FetchSessions::add(FetchSession session, sim::Instant now) {
  if (sessions_.size() >= slots_) {
    const auto oldest = std::min_element(sessions_.begin(), sessions_.end(),
                                         [](const auto& a, const auto& b) { return a.second.last_used < b.second.last_used; });
    if (oldest == sessions_.end() || now - oldest->second.last_used <= kEvictable) return 0;
    sessions_.erase(oldest);
  }
  session.last_used = now;
  sessions_.emplace(++last_id_, std::move(session));
  return last_id_;
}

}  // namespace kafkascope::broker
