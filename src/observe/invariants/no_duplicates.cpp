#include "observe/invariants/no_duplicates.h"

#include <fmt/format.h>

#include <algorithm>

namespace kafkascope::observe {

using protocol::Trace;

void NoDuplicates::on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject, const WorldView& world, Violations& out) {
  if (line.kind == sim::trace_kind::kNodeStarted) {  // of a log with nothing in it no LogRecovered tells
    const BrokerId broker = world.broker_at(line.node);
    if (broker < 0) return;
    replicas_.for_each([&](TopicPartition p, auto& on) {
      if (!on.contains(line.node.index)) return;
      const auto* log = world.log(broker, p);
      if (log != nullptr && log->log_end_offset() == log->log_start_offset()) on.erase_key(line.node.index);
    });
    return;
  }
  const TopicPartition tp{line.topic, line.partition};
  const auto trace = static_cast<Trace>(line.kind);
  switch (trace) {
    case Trace::LogTruncated:
    case Trace::LogDeleted:
    case Trace::LogRecovered:
      replicas_[tp].erase_key(line.node.index);  // begins anew with what comes next
      break;
    case Trace::ProducerExpired:
      replicas_[tp][line.node.index].sessions.erase_key(line.a);
      break;
    case Trace::LogAppended:
    case Trace::LogReplicated: {
      const protocol::RecordBatch& batch = *subject->batch;
      Replica& replica = replicas_[tp][line.node.index];
      // A disk was replaced, so the log begins anew; or compaction took something before it: the sequences may have a hole there.
      if (line.a < replica.end || (line.a > replica.end && trace == Trace::LogReplicated)) replica.sessions.clear();
      replica.end = line.b + 1;
      if (batch.producer_id < 0 || batch.base_sequence < 0) break;
      const TakenAsNew taken{line.a, batch.producer_id, batch.base_sequence};
      const auto due = [&](const Replica& r) {
        const auto session = r.sessions.find(batch.producer_id);
        return session == r.sessions.end() || session->second.epoch != batch.producer_epoch ? batch.base_sequence : session->second.next;
      };
      if (trace == Trace::LogAppended && !replica.sessions.contains(batch.producer_id)) {
        for (const auto& [node, other] : replicas_[tp])
          if (due(other) != batch.base_sequence) {
            taken_as_new_[tp].push_back(taken);
            break;
          }
      }
      const auto copied = [&] {
        const auto found = taken_as_new_.find(tp);
        return trace == Trace::LogReplicated && found != taken_as_new_.end() && std::find(found->second.begin(), found->second.end(), taken) != found->second.end();
      };
      if (due(replica) != batch.base_sequence && !copied())
        out.push_back({std::string(kName), line.time.us,
                       fmt::format("producer id {} epoch {}: sequence {} was appended at offset {} where {} was due", batch.producer_id,
                                   batch.producer_epoch, batch.base_sequence, line.a, due(replica)),
                       tp.topic, tp.partition});
      const std::int32_t last = batch.last_sequence();
      replica.sessions[batch.producer_id] = {batch.producer_epoch, last == INT32_MAX ? 0 : last + 1};
      break;
    }
    default: break;
  }
}

}  // namespace kafkascope::observe
