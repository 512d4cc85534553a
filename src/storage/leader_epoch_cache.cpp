// The rules of LeaderEpochFileCache: assign, endOffsetFor, truncateFromEnd, truncateFromStart.
#include "storage/leader_epoch_cache.h"

#include <algorithm>

namespace kafkascope::storage {

void LeaderEpochCache::assign(LeaderEpoch epoch, Offset start) {
  if (epoch.value < 0 || !start.known()) return;
  if (!entries_.empty() && entries_.back().epoch == epoch && entries_.back().start_offset <= start) return;
  while (!entries_.empty() && (entries_.back().epoch >= epoch || entries_.back().start_offset >= start))
    entries_.pop_back();
  entries_.push_back({epoch, start});
}

void LeaderEpochCache::truncate_from_end(Offset end) {
  while (!entries_.empty() && entries_.back().start_offset >= end) entries_.pop_back();
}

void LeaderEpochCache::truncate_from_start(Offset start) {
  const auto behind =
      std::find_if(entries_.begin(), entries_.end(), [&](const EpochEntry& e) { return e.start_offset > start; });
  if (behind == entries_.begin()) return;
  const LeaderEpoch kept = std::prev(behind)->epoch;
  entries_.erase(entries_.begin(), std::prev(behind));
  entries_.front() = {kept, start};
}

LeaderEpoch LeaderEpochCache::epoch_at(Offset offset) const {
  const auto behind =
      std::find_if(entries_.begin(), entries_.end(), [&](const EpochEntry& e) { return e.start_offset > offset; });
  return behind == entries_.begin() ? LeaderEpoch{} : std::prev(behind)->epoch;
}

EpochEnd LeaderEpochCache::end_offset_for(LeaderEpoch requested, Offset log_end) const {
  if (requested.value < 0 || entries_.empty()) return {};
  if (entries_.back().epoch == requested) return {requested, log_end};
  const auto higher =
      std::find_if(entries_.begin(), entries_.end(), [&](const EpochEntry& e) { return e.epoch > requested; });
  if (higher == entries_.end()) return {};
  // The requested epoch is below the first known epoch: its records have been deleted, and the follower starts at the
  // log start offset.
  if (higher == entries_.begin()) return {requested, higher->start_offset};
  return {std::prev(higher)->epoch, higher->start_offset};
}

}  // namespace kafkascope::storage
