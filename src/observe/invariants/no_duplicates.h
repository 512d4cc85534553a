// An idempotent producer's session appends no duplicate and no gap (KIP-98): in every leader's log the sequences of one
// (producer id, epoch) run on without holes, as long as the log still holds a record of it when a leader starts, and none so old by its
// timestamp that the leader forgets the producer (producer.id.expiration.ms).
#pragma once
#include <map>

#include "observe/invariants/violation.h"
#include "observe/world_view.h"

namespace kafkascope::observe {

class NoDuplicates {
 public:
  static constexpr std::string_view kName = "idempotent-producer";
  static constexpr std::string_view kEn = "An idempotent producer's records stand in the log once each, in order.";
  static constexpr std::string_view kKo = "멱등 프로듀서의 레코드는 로그에 한 번씩, 순서대로 있어요.";

  void on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject, const WorldView& world, Violations& out);

 private:
  struct Session {
    std::int16_t epoch = -1;
    std::int32_t next = 0;
  };
  struct Replica {
    sim::FlatMap<std::int64_t, Session> sessions;  // by producer id
    std::int64_t end = 0;
  };
  static bool leader_may_have_forgotten(TopicPartition tp, const protocol::RecordBatch& batch, std::int64_t offset, sim::Instant now, const WorldView& world);

  protocol::PerPartition<sim::FlatMap<std::int32_t, Replica>> replicas_;  // by the broker's node
};

}  // namespace kafkascope::observe
