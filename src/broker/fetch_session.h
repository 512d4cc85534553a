// Incremental fetch sessions, on the side that answers: who fetches again and again names only what has changed, and is told only
// what has changed (KIP-227). Kafka: FetchManager, FetchSession, CachedPartition.
#pragma once
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "protocol/message.h"
#include "sim/flat_map.h"
#include "sim/time.h"

namespace kafkascope::broker {

class FetchSession {
 public:
  FetchSession() = default;
  /// After a full fetch: what was asked, and what was answered.
  FetchSession(const std::vector<protocol::FetchPartition>& asked, const std::vector<protocol::FetchPartitionResponse>& answered);

  /// The next request of the session: changes and additions, and what it wants no longer; `left(replica)` is told of those.
  template <class F>
  void update(const protocol::FetchRequest& request, F&& left) {
    for (const protocol::FetchPartition& p : request.partitions) set(p);
    for (const protocol::TopicPartition tp : request.forgotten) {
      const std::size_t at = find(tp);
      if (at == asked_.size()) continue;
      left(replicas_[at]);
      erase(at);
    }
  }
  bool empty() const { return asked_.empty(); }
  /// Everything the session asks for, in the order in which it is read.
  const std::vector<protocol::FetchPartition>& asked() const { return asked_; }
  /// Parallel to it, the broker's index of each; -1: not looked for, or not found.
  const std::vector<std::int32_t>& replicas() const { return replicas_; }
  void set_replica(std::size_t i, std::int32_t replica) { replicas_[i] = replica; }
  /// What the other side was told last of a partition.
  struct Told {
    protocol::Offset high_watermark, log_start;  // -1: nothing, or an error
  };
  /// What is noted beside each partition.
  struct Note {
    Told told;
    bool got_records = false;     // in the answer that is being put together
    std::uint64_t quiet = 0;      // Replica::state() in which a fetch brings nothing new; 0: not known
    std::uint64_t followed = 0;   // the same, and its RemoteReplica counts on passed_at
  };
  Note& note(std::size_t i) { return notes_[i]; }
  /// From now on each one is looked at again.
  void forget_quiet() {
    for (Note& n : notes_) n.quiet = n.followed = 0;
  }
  /// Leaves in the answer what is news to the other side: records, an error, a moved high watermark or log start. Who got records is
  /// read last the next time, so that nobody starves. Rows without news may be missing, the others stand in the order of asked(), none
  /// before `first`.
  void keep_news(std::vector<protocol::FetchPartitionResponse>& answer, std::size_t first = 0);

  std::int32_t next_epoch = 1;  // that the next request must carry
  sim::Instant created, last_used;
  std::size_t shard = 0;  // of the cache
  /// A follower's session: when it was last read for a request, and that request's broker epoch. What was quiet then has been fetched
  /// then, so its RemoteReplica need not be written to each time.
  sim::Instant passed_at;
  std::int64_t passed_epoch = -1;

 private:
  std::size_t find(protocol::TopicPartition tp) const;
  void set(const protocol::FetchPartition& p);
  void erase(std::size_t i);
  static void remember(Note& note, const protocol::FetchPartitionResponse& told);
  void move_to_end(std::size_t i);
  std::vector<protocol::FetchPartition> asked_;
  std::vector<Note> notes_;             // parallel
  std::vector<std::int32_t> replicas_;  // parallel
};

/// Kafka: FetchSessionCache, FetchSessionCacheShard. Eight shards share the slots, and new sessions go to them in turn. In a full shard a
/// session makes room that nobody used for two minutes, or, for one that asks for more, a smaller one that is older than that.
/// Simplified: ids are numbered instead of drawn; all sessions are followers' (who push out consumers' at once), for consumers have none.
class FetchSessions {
 public:
  void set_slots(std::size_t slots) { slots_ = slots; }
  /// nullptr: no such session (any more).
  FetchSession* find(std::int32_t id) { return const_cast<FetchSession*>(std::as_const(*this).find(id)); }
  const FetchSession* find(std::int32_t id) const;
  /// Who has to make room for a new one with so many partitions; 0: nobody.
  std::int32_t evicted_next(std::size_t partitions, sim::Instant now) const;
  /// The new session's id; 0 when there is no room.
  std::int32_t add(FetchSession session, sim::Instant now);
  void remove(std::int32_t id);
  void clear();
  std::size_t size() const { return slot_of_.size(); }
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
  static constexpr std::size_t kShards = 8;  // KafkaBroker.NumFetchSessionCacheShards
  bool full(std::size_t shard) const;
  std::size_t slots_ = 1000;  // max.incremental.fetch.session.cache.slots
  std::size_t next_shard_ = 0;
  std::int32_t last_id_ = 0;
  std::int64_t evictions_ = 0;  // made room for another
};

}  // namespace kafkascope::broker
