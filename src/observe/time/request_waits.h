// Which producers' batches waited for an answer until request.timeout.ms had passed. Shared between checkpoints, like the trace.
#pragma once
#include <cstdint>
#include <map>
#include <tuple>

#include "protocol/ids.h"
#include "protocol/trace_subject.h"
#include "sim/append_list.h"
#include "sim/ids.h"
#include "sim/trace.h"

namespace kafkascope::observe {

/// A batch whose request timed out at its client.
struct RequestWait {
  std::uint64_t line = 0;  // seq of its line batch.retried
  std::int64_t sent_us = 0;
};

class RequestWaits {
 public:
  void on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject, bool storing);
  /// By client: when request.timeout.ms last passed for a batch, which is sent again.
  const std::map<std::int32_t, sim::Instant>& timed_out() const { return timed_out_; }
  /// The wait that ended with that line; null: none did. Recorded only while the trace is stored.
  const RequestWait* ended_by(std::uint64_t line) const;

 private:
  /// A batch is known by its first record: requests of a partition are not answered in the order of their batches.
  using Batch = std::tuple<std::int32_t, protocol::TopicPartition, std::int64_t>;

  std::map<std::int32_t, sim::Instant> timed_out_;
  std::map<Batch, std::int64_t> in_flight_;  // when it was sent
  sim::AppendList<RequestWait> waits_;
  /// The last REQUEST_TIMED_OUT that a broker answered: the client's line about it comes before that of the batch.
  sim::NodeId answered_;
  protocol::TopicPartition answered_for_;
  sim::Instant answered_at_;
};

}  // namespace kafkascope::observe
