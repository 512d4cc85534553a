// Completed operations that are still on watch lists: an operation is on one list for each of its keys, and leaves it
// when that key is checked, or when all lists are purged. Only PurgatorySize depends on this. Kafka:
// DelayedOperationPurgatory.Watchers, advanceClock, ExpiredOperationReaper.
#pragma once
#include <cstdint>
#include <map>

#include "sim/time.h"

namespace kafkascope::broker {

/// Decides when the lists are purged: at the reaper's next run after more than `interval` operations have completed
/// since the last purge. Kafka's reaper wakes for every bucket of its timer, and after 200 ms at the latest; this one
/// wakes every 200 ms.
class PurgeClock {
 public:
  explicit PurgeClock(std::int32_t interval) : interval_(interval) {}
  bool is_due(sim::Instant now) const { return now >= due_; }
  /// Returns true if the lists were purged since the last call.
  bool settle(sim::Instant now) {
    if (!is_due(now)) return false;
    complete_ = 0;
    due_ = sim::kNever;
    return true;
  }
  void count(sim::Instant now) {
    if (++complete_ > interval_ && due_ == sim::kNever)
      due_ = sim::Instant{(now.us / kReaperPause.us + 1) * kReaperPause.us};
  }

 private:
  static constexpr sim::Duration kReaperPause = sim::milliseconds(200);
  std::int32_t interval_, complete_ = 0;
  sim::Instant due_ = sim::kNever;
};

inline constexpr std::int32_t kPurgeInterval = 1000;       // {fetch,producer}.purgatory.purge.interval.requests
inline constexpr std::int32_t kDeletionPurgeInterval = 1;  // delete.records.purgatory.purge.interval.requests

/// The watch list of one key, stored with the key's object.
struct CompleteWatch {
  std::uint64_t looked_at = 0;  // number of completed session fetches when the list was last checked
  std::uint32_t purge = 0;      // `complete` counts since this purge
  std::uint32_t complete = 0;
};

/// Watch lists of produces, or of fetches that name their partitions.
class CompleteWatches {
 public:
  explicit CompleteWatches(std::int32_t interval = kPurgeInterval) : clock_(interval) {}
  /// Counts a completed operation; then call add() for each of its keys. Returns true if the lists were purged first.
  bool count(sim::Instant now) {
    const bool purged = clock_.settle(now);
    if (purged) forget();
    clock_.count(now);
    return purged;
  }
  void add(CompleteWatch& key, std::uint32_t times = 1) {
    if (key.purge != purge_) key.complete = 0;
    key.purge = purge_;
    key.complete += times;
    total_ += times;
  }
  /// Adds to the list of a key that will never be checked here.
  void add(std::uint32_t times = 1) { total_ += times; }
  void look_at(CompleteWatch& key) {
    if (key.purge == purge_) total_ -= key.complete;
    key.complete = 0;
  }
  bool is_purged(sim::Instant now) const { return clock_.is_due(now); }
  std::int64_t size(sim::Instant now) const { return is_purged(now) ? 0 : total_; }
  /// Clears the lists, for a new process or a purge.
  void forget() {
    ++purge_;
    total_ = 0;
  }

 private:
  PurgeClock clock_;
  std::uint32_t purge_ = 1;
  std::int64_t total_ = 0;
};

/// Watch lists for keys of any kind, for rare operations.
template <class Key>
class CompleteWatchesBy {
 public:
  explicit CompleteWatchesBy(std::int32_t interval) : clock_(interval) {}
  void count(sim::Instant now) {
    if (clock_.settle(now)) lists_.clear();
    clock_.count(now);
  }
  void add(const Key& key) { ++lists_[key]; }
  void look_at(const Key& key) { lists_.erase(key); }
  template <class F>
  void look_at_all(F&& which) {
    std::erase_if(lists_, [&](const auto& list) { return which(list.first); });
  }
  std::int64_t size(sim::Instant now) const {
    std::int64_t all = 0;
    if (!clock_.is_due(now))
      for (const auto& [key, times] : lists_) all += times;
    return all;
  }

 private:
  PurgeClock clock_;
  std::map<Key, std::int64_t> lists_;
};

}  // namespace kafkascope::broker
