#include "observe/invariants/no_duplicates.h"

#include <fmt/format.h>

#include "storage/wall_clock.h"

namespace kafkascope::observe {

using protocol::Trace;

/// A start forgets who has no record left in the log (ProducerStateManager.truncateAndReload), and whose last one is too old by its timestamp
/// (isProducerExpired): the leader takes what it is sent then, and its followers copy that, though they remember more.
bool NoDuplicates::leader_may_have_forgotten(TopicPartition tp, const protocol::RecordBatch& batch, std::int64_t offset, sim::Instant now, const WorldView& world) {
  const auto* registration = world.committed().partition(tp);
  const auto* log = registration == nullptr ? nullptr : world.log(registration->leader, tp);
  if (log == nullptr) return false;
  const protocol::RecordBatch* last = nullptr;
  for (const protocol::StoredBatch& stored : log->batches()) {
    if (stored.base_offset.value >= offset) break;
    if (stored.data->producer_id == batch.producer_id && stored.last_offset() >= log->log_start_offset()) last = stored.data.get();
  }
  return last == nullptr || storage::wall_ms(now) - last->max_timestamp_ms >= log->options().producer_id_expiration_ms;
}

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
    case Trace::LogAppended:
    case Trace::LogReplicated: {
      const protocol::RecordBatch& batch = *subject->batch;
      Replica& replica = replicas_[tp][line.node.index];
      // A disk was replaced, so the log begins anew; or compaction took something before it: the sequences may have a hole there.
      if (line.a < replica.end || (line.a > replica.end && trace == Trace::LogReplicated)) replica.sessions.clear();
      replica.end = line.b + 1;
      if (batch.producer_id < 0 || batch.base_sequence < 0) break;
      auto [it, first] = replica.sessions.try_emplace(batch.producer_id);
      Session& session = it->second;
      if (!first && session.epoch == batch.producer_epoch && session.next != batch.base_sequence &&
          !leader_may_have_forgotten(tp, batch, line.a, line.time, world))
        out.push_back({std::string(kName), line.time.us,
                       fmt::format("producer id {} epoch {}: sequence {} was appended at offset {} where {} was due", batch.producer_id,
                                   batch.producer_epoch, batch.base_sequence, line.a, session.next),
                       tp.topic, tp.partition});
      const std::int32_t last = batch.last_sequence();
      session = {batch.producer_epoch, last == INT32_MAX ? 0 : last + 1};
      break;
    }
    default: break;
  }
}

}  // namespace kafkascope::observe
