// A group member's unfinished commits: sent, or waiting to be sent. A member that commits faster than the coordinator
// answers has thousands of them, so no operation iterates over all.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client/subscription_state.h"
#include "sim/time.h"

namespace kafkascope::client {

using Offsets = std::map<protocol::TopicPartition, FetchPosition>;

/// The caller that waits for a commit. Sync, Command and Close commits are retried until default.api.timeout.ms,
/// BeforeRebalance for max.poll.interval.ms.
enum class CommitKind : std::uint8_t {
  Auto,
  BeforeRebalance,
  Sync,
  Async,
  Close,
  Command,
  GivenUp
};  // GivenUp: no caller waits for the commit

struct Commit {
  CommitKind kind = CommitKind::Auto;
  Offsets offsets;
  sim::Instant deadline, retry_at;
  int attempts = 0;
  bool sent = false, again = false;  // again: the commit waits for another attempt, at retry_at
  std::int32_t generation = -1;
  std::string member_id;
  /// Whether the caller blocks until the commit is done or times out: commitSync(), close().
  bool waited_for() const {
    return kind == CommitKind::Sync || kind == CommitKind::Command || kind == CommitKind::Close;
  }
  sim::Instant ends() const { return sent && !waited_for() ? sim::kNever : deadline; }
};

class CommitQueue {
 public:
  void add(Commit commit);
  void erase(std::uint64_t id);
  /// All changes of existing commits go through this function.
  template <class F>
  void change(std::uint64_t id, F&& f) {
    const auto at = commits_.find(id);
    leave(at->first, at->second);
    f(at->second);
    enter(at->first, at->second);
  }
  const Commit* find(std::uint64_t id) const {
    const auto at = commits_.find(id);
    return at == commits_.end() ? nullptr : &at->second;
  }
  bool any(CommitKind kind) const { return of_kind_[static_cast<std::size_t>(kind)] > 0; }
  /// Unsent commits, in the order of the calls.
  const std::set<std::uint64_t>& unsent() const { return unsent_; }
  /// Commits that have timed out, in the order of the calls.
  std::vector<std::uint64_t> over(sim::Instant now) const;
  /// When the next commit times out or may be retried; kNever if none.
  sim::Instant next_time(sim::Instant now) const;
  /// The topic was deleted and created again.
  void retarget(protocol::TopicId before, protocol::TopicId now);

 private:
  void enter(std::uint64_t id, const Commit& commit);
  void leave(std::uint64_t id, const Commit& commit);

  std::map<std::uint64_t, Commit> commits_;
  std::uint64_t next_ = 1;
  std::array<int, 7> of_kind_{};
  std::set<std::uint64_t> unsent_;
  std::set<std::pair<sim::Instant, std::uint64_t>> ends_;     // deadlines of the commits that have one
  std::set<std::pair<sim::Instant, std::uint64_t>> retries_;  // retry times of the commits that wait for another
                                                              // attempt
};

}  // namespace kafkascope::client
