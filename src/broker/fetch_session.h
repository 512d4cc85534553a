// Incremental fetch sessions, on the side that answers: who fetches again and again names only what has changed, and is told only
// what has changed (KIP-227). Kafka: FetchManager, FetchSession, CachedPartition.
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "protocol/message.h"
#include "sim/flat_map.h"
#include "sim/time.h"

namespace kafkascope::broker {

/// Most partitions of a session are idle most of the time: the follower stands at the end, in sync, and knows all. Those sleep, and a fetch
/// passes over them, until whoever changes their replica wakes them (Broker::wake_readers).
class FetchSession {
 public:
  FetchSession() = default;
  /// After a full fetch: what was asked, and what was answered.
  FetchSession(const std::vector<protocol::FetchPartition>& asked,
               const std::vector<protocol::FetchPartitionResponse>& answered);

  /// What the other side was told last of a partition.
  struct Told {
    protocol::Offset high_watermark, log_start;  // -1: nothing, or an error
  };
  struct Partition {
    protocol::FetchPartition asked;
    Told told;
    std::int32_t replica = -1;  // the broker's index; -1: not looked for, or not found
    bool there = true;          // false: its slot is free
    bool awake = true;
    std::uint64_t asleep_in = 0;      // Replica::state() in which a fetch brings nothing new
    std::uint64_t place = 0;          // the order in which they are read
    std::uint64_t watched_since = 0;  // after this one of its broker's fetches
  };

  /// The next request of the session: changes and additions, and what it wants no longer; `left(slot)` is told of those.
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
  /// A partition keeps its slot for as long as the session asks for it; below slots() some may be free.
  std::size_t slots() const { return partitions_.size(); }
  const Partition& operator[](std::uint32_t slot) const { return partitions_[slot]; }
  static constexpr std::uint32_t kNone = 0xffffffff;
  std::uint32_t find(protocol::TopicPartition tp) const;
  /// Everything the session asks for, in the order in which it is read; all slots, likewise.
  std::vector<protocol::FetchPartition> asked() const;
  std::vector<std::uint32_t> in_order() const;

  void set_replica(std::uint32_t slot, std::int32_t replica);
  /// It asks for what this replica has.
  bool watches(std::int32_t replica) const {
    return static_cast<std::size_t>(replica) < watched_.size() && watched_[static_cast<std::size_t>(replica)];
  }

  /// Those that may have news, in no order.
  const std::vector<std::uint32_t>& awake() const { return awake_; }
  /// visit(slot) of each of them, in the order in which they are read. It says in which state the replica has nothing new, to sleep until
  /// that changes; 0: it stays awake.
  template <class F>
  void visit_awake(F&& visit) {
    std::sort(awake_.begin(), awake_.end(),
              [this](std::uint32_t a, std::uint32_t b) { return partitions_[a].place < partitions_[b].place; });
    const std::size_t count = awake_.size();  // who is woken meanwhile has its turn the next time
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

  // ---- an answer: begin_answer(), add_row() for each of its rows, keep_news().
  void begin_answer() { rows_.clear(); }
  void add_row(std::uint32_t slot) { rows_.push_back(slot); }
  /// Leaves in the answer what is news to the other side: records, an error, a moved high watermark or log start. Who got records is
  /// read last the next time, so that nobody starves.
  void keep_news(std::vector<protocol::FetchPartitionResponse>& answer);

  // ---- its fetches that have waited and are complete (complete_watches.h), numbered by the broker. Each stands on the lists of all its
  // partitions, so they are noted once, and counted when somebody asks. `purged`: those up to this one are on no list any more.
  void note_complete(std::uint64_t number, std::uint64_t purged);
  /// How many of them are on this partition's list, which was looked at after the fetch with that number.
  std::uint32_t complete_on_list(std::uint32_t slot, std::uint64_t looked_at, std::uint64_t purged) const;

  std::int32_t next_epoch = 1;  // that the next request must carry
  sim::Instant created, last_used;
  std::size_t shard = 0;    // of the cache
  bool privileged = false;  // a follower's
  /// A follower's session: when it was last read for a request, and that request's broker epoch. What slept then has been fetched
  /// then, so its RemoteReplica need not be written to each time.
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
  std::vector<std::uint32_t> rows_;      // of the answer that is being put together
  std::vector<bool> watched_;            // by the broker's index
  std::vector<std::uint32_t> complete_;  // numbers of fetches, ascending, from here on:
  std::uint64_t complete_from_ = 0;
  std::uint64_t last_place_ = 0;
};

/// Kafka: FetchSessionCache, FetchSessionCacheShard. Eight shards (before KAFKA-9401 one) share the slots, new sessions go to them in turn.
/// In a full shard a session makes room that nobody used for two minutes; or, for one that asks for more, a smaller one that is older than that;
/// or, for a follower's, a consumer's however young. Simplified: ids are numbered instead of drawn.
class FetchSessions {
 public:
  static constexpr std::size_t kShards = 8;  // KafkaBroker.NumFetchSessionCacheShards
  void set_slots(std::size_t slots, std::size_t shards = kShards) { slots_ = slots, shards_ = shards; }
  /// nullptr: no such session (any more).
  FetchSession* find(std::int32_t id) { return const_cast<FetchSession*>(std::as_const(*this).find(id)); }
  const FetchSession* find(std::int32_t id) const;
  /// Who has to make room for this one; 0: nobody.
  std::int32_t evicted_next(const FetchSession& fresh, sim::Instant now) const;
  /// The new session's id; 0 when there is no room.
  std::int32_t add(FetchSession session, sim::Instant now);
  void remove(std::int32_t id);
  void clear();
  std::size_t size() const { return slot_of_.size(); }
  template <class F>
  void for_each(F&& visit) const {
    for (const auto& [id, slot] : slot_of_) visit(sessions_[slot]);
  }
  /// What all of them ask for together.
  std::size_t partitions() const;
  std::int64_t evictions() const { return evictions_; }
  void count_eviction() { ++evictions_; }
  /// 1 follows the greatest, 0 and -1 mean something else (FetchMetadata.nextEpoch).
  static std::int32_t epoch_after(std::int32_t epoch) { return epoch == 2147483647 ? 1 : epoch + 1; }

 private:
  sim::FlatMap<std::int32_t, std::uint32_t> slot_of_;  // by id
  std::deque<FetchSession> sessions_;                  // whoever holds one keeps it while others come and go
  std::vector<std::uint32_t> free_;
  bool full(std::size_t shard) const;
  std::size_t slots_ = 1000;  // max.incremental.fetch.session.cache.slots
  std::size_t shards_ = kShards, next_shard_ = 0;
  std::int32_t last_id_ = 0;
  std::int64_t evictions_ = 0;  // made room for another
};

}  // namespace kafkascope::broker
