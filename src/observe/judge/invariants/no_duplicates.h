// An idempotent producer's session appends no duplicate and no gap (KIP-98): in every leader's log the sequences of one
// (producer id, epoch) are consecutive, as long as this leader cannot have forgotten the producer. It can at a start or a truncation, if
// the log holds no record of the producer any more or its last one is too old (ProducerStateManager.truncateAndReload, loadFromSnapshot; a
// recovery also reads records below the log start, LogLoader.recoverSegment), and when the
// check for producer.id.expiration.ms finds the last one too old (removeExpiredProducers). Followers copy what a leader accepted, although
// they remember more, and ignore everything below their leader's log start.
#pragma once
#include <map>
#include <vector>

#include "observe/judge/invariants/violation.h"
#include "observe/judge/world_view.h"
#include "words/key.h"

namespace kafkascope::observe {

class NoDuplicates {
 public:
  static constexpr std::string_view kName = "idempotent-producer";
  static constexpr words::Key kWords = "invariant.no_duplicates"_w;

  void on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject, const WorldView& world,
                Violations& out);

 private:
  struct Session {
    std::int64_t last_timestamp_ms = -1;
    std::int32_t next = 0;
    std::int16_t epoch = -1;
    bool may_be_forgotten = false;
    std::int64_t last_offset = -1;
  };
  struct Replica {
    sim::FlatMap<std::int64_t, Session> sessions;  // by producer id
    std::int64_t end = 0;
  };
  /// A leader that may have forgotten the producer accepted a batch that another replica would not have expected.
  struct TakenAsNew {
    std::int64_t offset, producer_id;
    std::int32_t base_sequence;
    friend bool operator==(const TakenAsNew&, const TakenAsNew&) = default;
  };

  static void forget_all(Replica& replica);
  static void read_again(Replica& replica, const sim::TraceLine& line, TopicPartition tp, const WorldView& world);
  void on_append(const sim::TraceLine& line, TopicPartition tp, std::int64_t base_offset, std::int64_t last_offset,
                 const protocol::RecordBatch& batch, const WorldView& world, Violations& out);

  protocol::PerPartition<sim::FlatMap<std::int32_t, Replica>> replicas_;  // by the broker's node
  std::map<TopicPartition, std::vector<TakenAsNew>> taken_as_new_;
};

}  // namespace kafkascope::observe
