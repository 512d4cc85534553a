// Incremental fetch sessions on the answering side: a repeated fetch names only changes, and its response contains only
// changes (KIP-227). Kafka: FetchManager, FetchSession, CachedPartition.
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "protocol/messages_data.h"
#include "sim/flat_map.h"
#include "sim/time.h"

namespace kafkascope::broker {

/// Most partitions of a session are usually idle: the follower is at the log end, in sync, and up to date.
/// Idle partitions sleep: a fetch skips them until their replica changes (FetchManager::wake_readers).
class FetchSession {
 public:
  FetchSession() = default;
  /// Created after a full fetch, from the requested partitions and the response.
  FetchSession(const std::vector<protocol::FetchPartition>& asked,
               const std::vector<protocol::FetchPartitionResponse>& answered);

  /// The values last sent to the other side for a partition.
  struct Told {
    protocol::Offset high_watermark, log_start;  // -1: nothing sent yet, or an error
  };
  struct Partition {
    protocol::FetchPartition asked;
    Told told;
    std::int32_t replica = -1;  // the broker's index; -1: not looked up, or not found
    bool there = true;          // false: the slot is free
    bool awake = true;
    std::uint64_t asleep_in = 0;      // the Replica::state() with which the partition fell asleep
    std::uint64_t place = 0;          // position in the reading order
    std::uint64_t watched_since = 0;  // number of the broker's fetch since which the session has watched it
  };

  /// Applies the session's next request: changes, additions and forgotten partitions; calls left(slot) for each
  /// forgotten one.
  template <class F>
  void update(const protocol::FetchRequest& request, F&& left) {
    set(request.partitions);
    for (const protocol::TopicPartition tp : request.forgotten) {
      const std::uint32_t slot = find(tp);
      if (slot == kNone) continue;
      left(slot);
      erase(slot);
    }
  }
  std::size_t size() const { return partitions_.size() - free_.size(); }
  bool empty() const { return size() == 0; }
  /// A partition keeps its slot while it is in the session; some slots below slots() may be free.
  std::size_t slots() const { return partitions_.size(); }
  const Partition& operator[](std::uint32_t slot) const { return partitions_[slot]; }
  static constexpr std::uint32_t kNone = 0xffffffff;
  std::uint32_t find(protocol::TopicPartition tp) const;
  /// asked(): all partitions of the session, in reading order; in_order(): their slots.
  std::vector<protocol::FetchPartition> asked() const;
  std::vector<std::uint32_t> in_order() const;

  void set_replica(std::uint32_t slot, std::int32_t replica);
  /// Whether the session includes this replica.
  bool watches(std::int32_t replica) const {
    return static_cast<std::size_t>(replica) < watched_.size() && watched_[static_cast<std::size_t>(replica)];
  }

  /// Slots of the partitions that may have changed, in no particular order.
  const std::vector<std::uint32_t>& awake() const { return awake_; }
  /// Calls visit(slot) for each awake partition, in reading order. visit() returns the replica state with which the
  /// partition may sleep until that state changes, or 0 to keep the partition awake.
  template <class F>
  void visit_awake(F&& visit) {
    std::sort(awake_.begin(), awake_.end(),
              [this](std::uint32_t a, std::uint32_t b) { return partitions_[a].place < partitions_[b].place; });
    const std::size_t count = awake_.size();  // partitions woken meanwhile are visited next time
    std::size_t kept = 0;
    for (std::size_t n = 0; n < count; ++n) {
      const std::uint32_t slot = awake_[n];
      const std::uint64_t quiet = visit(slot);
      partitions_[slot].awake = quiet == 0;
      partitions_[slot].asleep_in = quiet;
      if (quiet == 0) awake_[kept++] = slot;
    }
    awake_.erase(awake_.begin() + static_cast<std::ptrdiff_t>(kept),
                 awake_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  void wake(std::uint32_t slot) {
    if (slot >= partitions_.size() || !partitions_[slot].there || std::exchange(partitions_[slot].awake, true)) return;
    awake_.push_back(slot);
  }
  void wake_all() {
    for (std::uint32_t slot = 0; slot < partitions_.size(); ++slot) wake(slot);
  }

  // ---- Assembling a response: begin_answer(), add_row() for each row, keep_news().
  void begin_answer() { rows_.clear(); }
  void add_row(std::uint32_t slot) { rows_.push_back(slot); }
  /// Removes from the response every row without news. News: records, an error, a changed high watermark or log start.
  /// A partition with records is read last the next time, so that none starves.
  void keep_news(std::vector<protocol::FetchPartitionResponse>& answer);

  // ---- the session's delayed fetches that have completed (complete_watches.h), numbered by the broker. Each is on the
  // lists of all its partitions, so it is noted once and counted on demand. `purged`: the lists no longer contain
  // fetches up to this number.
  void note_complete(std::uint64_t number, std::uint64_t purged);
  /// The number of completed fetches on this partition's list, which was last checked after the fetch numbered
  /// `looked_at`.
  std::uint32_t complete_on_list(std::uint32_t slot, std::uint64_t looked_at, std::uint64_t purged) const;

  std::int32_t next_epoch = 1;  // the epoch that the next request must carry
  sim::Instant created, last_used;
  std::size_t shard = 0;    // the cache shard that holds the session
  bool privileged = false;  // the session of a follower
  /// On a follower's session: when it was last read for a request, and that request's broker epoch. Sleeping partitions
  /// count as fetched at that time, so their RemoteReplica need not be updated each time.
  sim::Instant passed_at;
  std::int64_t passed_epoch = -1;

 private:
  void set(const std::vector<protocol::FetchPartition>& asked);
  void add(const protocol::FetchPartition& p);
  void erase(std::uint32_t slot);
  static void remember(Partition& p, const protocol::FetchPartitionResponse& told);

  std::vector<Partition> partitions_;  // by slot
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> awake_;
  std::vector<std::uint32_t> rows_;      // rows of the response being assembled
  std::vector<bool> watched_;            // indexed by the broker's replica index
  std::vector<std::uint32_t> complete_;  // numbers of completed fetches, ascending, relative to complete_from_
  std::uint64_t complete_from_ = 0;
  std::uint64_t last_place_ = 0;
};

/// Kafka: FetchSessionCache, FetchSessionCacheShard. Eight shards (before KAFKA-9401 one) share the slots, and new
/// sessions go to them in turn. A full shard evicts a session that has been unused for two minutes. A larger session
/// evicts a smaller one that is older than two minutes, and a follower's session evicts a consumer's session of any
/// age. Simplified: ids are numbered instead of drawn at random.
class FetchSessions {
 public:
  static constexpr std::size_t kShards = 8;  // KafkaBroker.NumFetchSessionCacheShards
  void set_slots(std::size_t slots, std::size_t shards = kShards) { slots_ = slots, shards_ = shards; }
  /// nullptr if there is no such session, or it has been removed.
  FetchSession* find(std::int32_t id) { return const_cast<FetchSession*>(std::as_const(*this).find(id)); }
  const FetchSession* find(std::int32_t id) const;
  /// The id of the session that the cache evicts in favour of `fresh`; 0 if none.
  std::int32_t evicted_next(const FetchSession& fresh, sim::Instant now) const;
  /// Returns the new session's id; 0 if there is no room.
  std::int32_t add(FetchSession session, sim::Instant now);
  void remove(std::int32_t id);
  void clear();
  std::size_t size() const { return slot_of_.size(); }
  template <class F>
  void for_each(F&& visit) const {
    for (const auto& [id, slot] : slot_of_) visit(sessions_[slot]);
  }
  /// The number of partitions in all sessions.
  std::size_t partitions() const;
  std::int64_t evictions() const { return evictions_; }
  void count_eviction() { ++evictions_; }
  /// 1 follows the greatest epoch, because 0 and -1 have other meanings (FetchMetadata.nextEpoch).
  static std::int32_t epoch_after(std::int32_t epoch) { return epoch == 2147483647 ? 1 : epoch + 1; }

 private:
  sim::FlatMap<std::int32_t, std::uint32_t> slot_of_;  // by id
  std::deque<FetchSession> sessions_;                  // a deque keeps references valid while other sessions are added
                                                       // and removed
  std::vector<std::uint32_t> free_;
  bool full(std::size_t shard) const;
  std::size_t slots_ = 1000;  // max.incremental.fetch.session.cache.slots
  std::size_t shards_ = kShards, next_shard_ = 0;
  std::int32_t last_id_ = 0;
  std::int64_t evictions_ = 0;  // sessions evicted to make room for another
};

}  // namespace kafkascope::broker
