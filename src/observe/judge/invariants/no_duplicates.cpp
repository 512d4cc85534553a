#include "observe/judge/invariants/no_duplicates.h"

#include <algorithm>

#include "protocol/facts_of_logs.h"
#include "storage/partition_log.h"
#include "storage/wall_clock.h"

namespace kafkascope::observe {

using protocol::Trace;

namespace {

/// By the clock of the line's node.
bool is_too_old(std::int64_t last_timestamp_ms, const storage::PartitionLog& log, const sim::TraceLine& line,
                const WorldView& world) {
  return storage::wall_ms(line.time + world.clock_skew(line.node)) - last_timestamp_ms >=
         log.options().producer_id_expiration_ms;
}

std::int32_t behind(const protocol::RecordBatch& batch) {
  const std::int32_t last = batch.last_sequence();
  return last == INT32_MAX ? 0 : last + 1;
}

}  // namespace

void NoDuplicates::forget_all(Replica& replica) {
  for (auto& [id, session] : replica.sessions) session.may_be_forgotten = true;
}

/// The producers that the broker knows after a start or a truncation. After an unclean stop it knows all producers of
/// the last segment (LogLoader.recoverSegment); a snapshot may or may not contain the others. A compacted log does not
/// show which batch came last.
void NoDuplicates::read_again(Replica& replica, const sim::TraceLine& line, TopicPartition tp, const WorldView& world) {
  if (replica.sessions.empty()) return;
  forget_all(replica);
  const auto* log = world.log(world.broker_at(line.node), tp);
  if (log == nullptr) return;
  replica.end = log->log_end_offset().value;
  if (log->cleaner_checkpoint().known()) return;
  const bool recovered = static_cast<Trace>(line.kind) == Trace::LogRecovered && !log->recovery().clean &&
                         log->log_end_offset() > log->log_start_offset();
  const Offset read_from =
      recovered ? std::min(log->active_base_offset(), log->log_start_offset()) : log->log_start_offset();
  for (const protocol::StoredBatch& stored : log->batches()) {
    const protocol::RecordBatch& batch = *stored.data;
    if (batch.producer_id >= 0 && batch.base_sequence >= 0 && stored.last_offset() >= read_from)
      replica.sessions[batch.producer_id] = {batch.max_timestamp_ms, behind(batch), batch.producer_epoch, false,
                                             stored.last_offset().value};
  }
  for (auto& [id, session] : replica.sessions)
    session.may_be_forgotten |= is_too_old(session.last_timestamp_ms, *log, line, world);
}

void NoDuplicates::on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject, const WorldView& world,
                            Violations& out) {
  if (line.kind == sim::trace_kind::kNodeStarted) {  // LogRecovered is not emitted for an empty log
    const BrokerId broker = world.broker_at(line.node);
    if (broker < 0) return;
    replicas_.for_each([&](TopicPartition p, auto& on) {
      const auto replica = on.find(line.node.index);
      if (replica == on.end()) return;
      const auto* log = world.log(broker, p);
      if (log != nullptr && log->log_end_offset() == log->log_start_offset()) forget_all(replica->second);
    });
    return;
  }
  const TopicPartition tp{line.topic, line.partition};
  switch (static_cast<Trace>(line.kind)) {
    case Trace::LogTruncated:
    case Trace::LogRecovered: read_again(replicas_[tp][line.node.index], line, tp, world); break;
    case Trace::LogDeleted: replicas_[tp].erase_key(line.node.index); break;
    case Trace::ProducerExpired: {
      auto& sessions = replicas_[tp][line.node.index].sessions;
      const auto session = sessions.find(as<fact::ProducerExpired>(line).producer_id);
      const auto* log = world.log(world.broker_at(line.node), tp);
      if (session != sessions.end() && log != nullptr &&
          is_too_old(session->second.last_timestamp_ms, *log, line, world))
        session->second.may_be_forgotten = true;
      break;
    }
    case Trace::LogAppended:
    case Trace::LogReplicated: {
      const auto f = fact::written_in(line);
      on_append(line, tp, f->base_offset.value, f->last_offset.value, *subject->batch, world, out);
      break;
    }
    default: break;
  }
}

void NoDuplicates::on_append(const sim::TraceLine& line, TopicPartition tp, std::int64_t base_offset,
                             std::int64_t last_offset, const protocol::RecordBatch& batch, const WorldView& world,
                             Violations& out) {
  const bool by_leader = static_cast<Trace>(line.kind) == Trace::LogAppended;
  auto& on = replicas_[tp];
  Replica& replica = on[line.node.index];
  // A disk was replaced, so the log starts again; or compaction removed records before it: the sequences may have a gap there.
  if (base_offset < replica.end || (base_offset > replica.end && !by_leader)) forget_all(replica);
  replica.end = last_offset + 1;
  if (batch.producer_id < 0 || batch.base_sequence < 0) return;
  const auto unexpected = [&](const Replica& r) {
    const auto session = r.sessions.find(batch.producer_id);
    return session != r.sessions.end() && session->second.epoch == batch.producer_epoch &&
           session->second.next != batch.base_sequence;
  };
  const auto entry = replica.sessions.try_emplace(batch.producer_id);
  Session& session = entry.first->second;
  const bool may_be_new = entry.second || session.may_be_forgotten;
  const TakenAsNew taken{base_offset, batch.producer_id, batch.base_sequence};
  if (by_leader && may_be_new &&
      std::any_of(on.begin(), on.end(), [&](const auto& other) { return unexpected(other.second); }))
    taken_as_new_[tp].push_back(taken);
  const auto copied = [&] {
    const auto of = taken_as_new_.find(tp);
    return !by_leader && of != taken_as_new_.end() &&
           std::find(of->second.begin(), of->second.end(), taken) != of->second.end();
  };
  // With this response the follower deletes a producer's batches below its leader's log start offset. The leader may
  // have had other batches there (a replaced disk).
  const auto deleted_at_leader = [&] {
    const storage::PartitionLog* leader = by_leader ? nullptr : world.leader_log(tp);
    return leader != nullptr && session.last_offset < leader->log_start_offset().value &&
           leader->log_start_offset().value <= base_offset;
  };
  if (!may_be_new && unexpected(replica) && !copied() && !deleted_at_leader())
    out.push_back({std::string(kName),
                   line.time.us,
                   {"broken.sequence"_w,
                    {{"producer", batch.producer_id},
                     {"epoch", batch.producer_epoch},
                     {"sequence", batch.base_sequence},
                     {"offset", base_offset},
                     {"due", session.next}}},
                   tp.topic,
                   tp.partition});
  session = {batch.max_timestamp_ms, behind(batch), batch.producer_epoch, false, last_offset};
}

}  // namespace kafkascope::observe
