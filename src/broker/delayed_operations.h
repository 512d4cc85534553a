// Delayed requests of a broker and their completion. Kafka: DelayedOperationPurgatory, DelayedProduce, DelayedFetch,
// DelayedDeleteRecords, ReplicaManager's action queue.
#pragma once
#include <cstdint>
#include <vector>

#include "broker/complete_watches.h"
#include "broker/fetch_session.h"
#include "broker/parts.h"
#include "broker/purgatory.h"
#include "broker/replica.h"

namespace kafkascope::broker {

struct Woken {  // a replica whose waiting requests must be checked after an append
  std::int32_t replica = -1;
  bool appended = false;
  bool high_watermark_moved = false;
};

class DelayedOperations {
 public:
  /// Resets all but next_delete_records, so that no number is used twice.
  void on_death();

  /// The number of partitions that a waiting fetch watches: its own partitions, or those of its session.
  std::size_t partitions_watched_by(const BrokerServer& server, const DelayedFetch& op) const;
  /// The number of watched keys, including completed operations that have not been purged. Kafka:
  /// DelayedOperationPurgatory.watched.
  std::int64_t watched_produces(const BrokerServer& server, sim::Instant now) const;
  std::int64_t watched_fetches(const BrokerServer& server, sim::Instant now) const;
  std::int64_t watched_delete_records(sim::Instant now) const;
  bool in_purgatory(const BrokerServer& server, const DelayedProduce& op) const;
  void check_delete_records(Ctx& ctx, BrokerServer& server, bool expired_only, std::uint64_t expired);
  void delay_produce(Ctx& ctx, BrokerServer& server, std::uint32_t slot, sim::Duration timeout);
  void complete_produce(Ctx& ctx, BrokerServer& server, std::uint32_t slot);
  void expire_produce(Ctx& ctx, BrokerServer& server, std::uint32_t slot);
  void check_fetches(Ctx& ctx, BrokerServer& server, std::int32_t index, bool role_changed = false);
  void answer_fetches(Ctx& ctx, BrokerServer& server, std::int32_t index, bool role_changed = false);
  void leave_on_list(BrokerServer& server, const FetchSession& session, std::uint32_t slot);
  bool fetch_satisfied(Ctx& ctx, BrokerServer& server, const DelayedFetch& fetch, std::size_t first = 0);
  void complete_fetch(Ctx& ctx, BrokerServer& server, std::uint32_t slot);
  void check_all(Ctx& ctx, BrokerServer& server, std::int32_t index, bool role_changed = false);
  void wake(Ctx& ctx, BrokerServer& server);
  void forget_fetches_of(Ctx& ctx, BrokerServer& server, sim::ConnectionId id);

  Purgatory<DelayedProduce> produces;
  Purgatory<DelayedFetch> fetches;
  std::vector<WaitingFetch> waiting_fetches;  // in order of arrival
  std::vector<DelayedDeleteRecords> delete_records;
  std::uint64_t next_delete_records = 1;
  std::vector<Woken> woken;

 private:
  void check_produces(Ctx& ctx, BrokerServer& server, std::int32_t index);
  bool check_produce(Ctx& ctx, BrokerServer& server, std::uint32_t slot);
  void leave_on_lists(BrokerServer& server, const DelayedFetch& fetch, sim::Instant now);
  bool watches(const BrokerServer& server, const DelayedProduce::Item& item) const;
  bool waits_for_its_time(const BrokerServer& server, const DelayedFetch& op, const Replica& replica,
                          const protocol::FetchPartition& asked) const;
  bool has_enough(Ctx& ctx, BrokerServer& server, const DelayedFetch& fetch, const Replica& replica,
                  const protocol::FetchPartition& asked, std::size_t at, std::int64_t& bytes);
  void forget_fetch(Ctx& ctx, BrokerServer& server, std::uint32_t slot);

  CompleteWatches complete_produces_, complete_fetches_;
  std::uint64_t session_fetches_ = 0,
                purged_session_fetches_ = 0;  // session_fetches_: number of delayed session fetches completed so far;
                                              // purged_session_fetches_: its value at the last purge
  CompleteWatchesBy<std::int32_t> complete_deletions_{kDeletionPurgeInterval};
};

}  // namespace kafkascope::broker
