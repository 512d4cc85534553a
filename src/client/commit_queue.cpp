#include "client/commit_queue.h"

#include <algorithm>

namespace kafkascope::client {

void CommitQueue::add(Commit commit) {
  const std::uint64_t id = next_++;
  enter(id, commits_.emplace(id, std::move(commit)).first->second);
}

void CommitQueue::erase(std::uint64_t id) {
  const auto at = commits_.find(id);
  leave(id, at->second);
  commits_.erase(at);
}

void CommitQueue::enter(std::uint64_t id, const Commit& commit) {
  ++of_kind_[static_cast<std::size_t>(commit.kind)];
  if (!commit.sent) unsent_.insert(id);
  if (commit.ends() != sim::kNever) ends_.emplace(commit.ends(), id);
  if (!commit.sent && commit.again) retries_.emplace(commit.retry_at, id);
}

void CommitQueue::leave(std::uint64_t id, const Commit& commit) {
  --of_kind_[static_cast<std::size_t>(commit.kind)];
  unsent_.erase(id);
  ends_.erase({commit.ends(), id});
  retries_.erase({commit.retry_at, id});
}

std::vector<std::uint64_t> CommitQueue::over(sim::Instant now) const {
  std::vector<std::uint64_t> ids;
  for (auto at = ends_.begin(); at != ends_.end() && at->first <= now; ++at) ids.push_back(at->second);
  std::sort(ids.begin(), ids.end());
  return ids;
}

sim::Instant CommitQueue::next_time(sim::Instant now) const {
  sim::Instant next = sim::kNever;
  for (const auto* times : {&ends_, &retries_}) {
    const auto at = times->upper_bound({now, ~std::uint64_t{0}});
    if (at != times->end()) next = std::min(next, at->first);
  }
  return next;
}

void CommitQueue::retarget(protocol::TopicId before, protocol::TopicId now) {
  for (auto& [id, c] : commits_) {
    Offsets fresh;
    for (const auto& [p, position] : c.offsets)
      fresh.emplace(p.topic == before ? protocol::TopicPartition{now, p.partition} : p, position);
    c.offsets = std::move(fresh);
  }
}

}  // namespace kafkascope::client
