// Incremental fetch sessions, on the side that answers: who fetches again and again names only what has changed, and is told only
// what has changed (KIP-227). Kafka: FetchManager, FetchSession, CachedPartition.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "protocol/message.h"
#include "sim/time.h"

namespace kafkascope::broker {

class FetchSession {
 public:
  FetchSession() = default;
  /// After a full fetch: what was asked, and what was answered.
  FetchSession(const std::vector<protocol::FetchPartition>& asked, const std::vector<protocol::FetchPartitionResponse>& answered);

  /// The next request of the session: changes and additions, and what it wants no longer.
  void update(const protocol::FetchRequest& request);
  bool empty() const { return asked_.empty(); }
  /// Everything the session asks for, in the order in which it is read.
  const std::vector<protocol::FetchPartition>& asked() const { return asked_; }
  /// What the other side was told last of a partition.
  struct Told {
    protocol::Offset high_watermark, log_start;  // -1: nothing, or an error
  };
  /// What is noted beside each partition.
  struct Note {
    Told told;
    std::int32_t replica = -1;  // the broker's index of it; -1: not looked for, or not found
    bool got_records = false;   // in the answer that is being put together
    std::uint64_t quiet = 0;    // Replica::state() in which a fetch brings nothing new; 0: not known
  };
  Note& note(std::size_t i) { return notes_[i]; }
  /// Leaves in the answer what is news to the other side: records, an error, a moved high watermark or log start. Who got records is
  /// read last the next time, so that nobody starves. Rows without news may be missing, the others stand in the order of list().
  void keep_news(std::vector<protocol::FetchPartitionResponse>& answer);

  std::int32_t next_epoch = 1;  // that the next request must carry
  sim::Instant last_used;

 private:
  static void remember(Note& note, const protocol::FetchPartitionResponse& told);
  void move_to_end(std::size_t i);
  std::vector<protocol::FetchPartition> asked_;
  std::vector<Note> notes_;  // parallel
};

/// Kafka: FetchSessionCache. Simplified: ids are numbered instead of drawn, and when the cache is full only sessions that nobody used for
/// two minutes make room (Kafka also lets followers push out consumers and larger sessions smaller ones).
class FetchSessions {
 public:
  void set_slots(std::size_t slots) { slots_ = slots; }
  /// nullptr: no such session (any more).
  FetchSession* find(std::int32_t id);
  /// The new session's id; 0 when there is no room.
  std::int32_t add(FetchSession session, sim::Instant now);
  void remove(std::int32_t id) { sessions_.erase(id); }
  void clear() {
    sessions_.clear();
    evictions_ = 0;
  }
  std::size_t size() const { return sessions_.size(); }
  /// What all of them ask for together.
  std::size_t partitions() const;
  std::int64_t evictions() const { return evictions_; }
  /// 1 follows the greatest, 0 and -1 mean something else (FetchMetadata.nextEpoch).
  static std::int32_t epoch_after(std::int32_t epoch) { return epoch == 2147483647 ? 1 : epoch + 1; }

 private:
  std::map<std::int32_t, FetchSession> sessions_;
  std::size_t slots_ = 1000;  // max.incremental.fetch.session.cache.slots
  std::int32_t last_id_ = 0;
  std::int64_t evictions_ = 0;  // made room for another
};

}  // namespace kafkascope::broker
