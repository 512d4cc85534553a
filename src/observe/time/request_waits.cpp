#include "observe/time/request_waits.h"

#include <algorithm>

#include "protocol/facts_of_clients.h"
#include "protocol/records.h"
#include "protocol/trace_code.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::observe {

using protocol::Trace;

void RequestWaits::on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject, bool storing) {
  const protocol::TopicPartition partition{line.topic, line.partition};
  const auto batch = [&] { return Batch{line.node.index, partition, subject->batch->records.number(0)}; };
  const bool known = storing && subject != nullptr && subject->batch != nullptr && !subject->batch->records.empty();
  switch (line.kind) {
    case sim::trace_kind::kNodeStarted:
    case sim::trace_kind::kNodeDied: {
      if (line.kind == sim::trace_kind::kNodeStarted) timed_out_.erase(line.node.index);
      auto at = in_flight_.lower_bound(Batch{line.node.index, {}, 0});  // no partition: the smallest key
      while (at != in_flight_.end() && std::get<0>(at->first) == line.node.index) at = in_flight_.erase(at);
      break;
    }
    case protocol::kind(Trace::BatchSent):
      if (known) in_flight_[batch()] = line.time.us;
      break;
    case protocol::kind(Trace::BatchAcked):
    case protocol::kind(Trace::BatchFailed):  // also of a batch that is not in flight
      if (known) in_flight_.erase(batch());
      break;
    case protocol::kind(Trace::ClientError):
      if (as<fact::ClientError>(line).error == protocol::ErrorCode::REQUEST_TIMED_OUT)
        answered_ = line.node, answered_for_ = partition, answered_at_ = line.time;
      break;
    case protocol::kind(Trace::BatchRetried): {
      const bool answered = answered_ == line.node && answered_for_ == partition && answered_at_ == line.time;
      const bool timed_out = as<fact::BatchRetried>(line).error == protocol::ErrorCode::REQUEST_TIMED_OUT && !answered;
      answered_ = {};
      if (timed_out) timed_out_[line.node.index] = line.time;
      if (!known) break;
      const auto sent = in_flight_.find(batch());
      if (sent == in_flight_.end()) break;
      if (timed_out) waits_.push_back({line.seq, sent->second});
      in_flight_.erase(sent);
      break;
    }
    default: break;
  }
}

const RequestWait* RequestWaits::ended_by(std::uint64_t line) const {
  const auto at = std::lower_bound(waits_.begin(), waits_.end(), line,
                                   [](const RequestWait& wait, std::uint64_t seq) { return wait.line < seq; });
  return at != waits_.end() && at->line == line ? &*at : nullptr;
}

}  // namespace kafkascope::observe
