// An idempotent producer's session appends no duplicate and no gap (KIP-98): in every leader's log the sequences of one
// (producer id, epoch) run on without holes, as long as this leader has not forgotten the producer: it begins anew at a start and a truncation
// (ProducerStateManager.truncateAndReload), and when producer.id.expiration.ms has passed. Followers copy what a leader took so, though they
// remember more.
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

  /// A leader that knew nothing of the producer took a batch that another replica would not have.
  struct TakenAsNew {
    std::int64_t offset, producer_id;
    std::int32_t base_sequence;
    friend bool operator==(const TakenAsNew&, const TakenAsNew&) = default;
  };

  protocol::PerPartition<sim::FlatMap<std::int32_t, Replica>> replicas_;  // by the broker's node
  std::map<TopicPartition, std::vector<TakenAsNew>> taken_as_new_;
};

}  // namespace kafkascope::observe
