// Records that came more than once: recognized by a leader and not written again, or lost on a replica, which has copied from the leader since.
// (Those that are in a log twice: snapshot_data.cpp.)
#include <algorithm>
#include <limits>
#include <set>

#include "observe/model/snapshot_parts.h"
#include "observe/words/both.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

void add_known(const Moment& m, const Names& names, Snapshot& s) {
  constexpr std::int64_t kWindowUs = 1'000'000;
  for (const RecognizedBatch& again : m.observation.recognized()) {
    if (s.time_us - again.at.us > kWindowUs) continue;
    const int at = names.of(again.partition);
    const storage::PartitionLog* log = at < 0 ? nullptr : m.cluster.leader_log(again.partition);
    if (log == nullptr || again.base_offset < log->log_start_offset() || again.base_offset >= log->log_end_offset())
      continue;
    const auto batches = log->batches();
    const protocol::StoredBatch& written = batches[batches.index_of(again.base_offset)];
    // After a truncation, another batch may begin there.
    if (written.base_offset != again.base_offset || written.data->producer_id != again.producer_id ||
        written.data->base_sequence != again.base_sequence)
      continue;
    s.partitions[static_cast<std::size_t>(at)].known.push_back(
        {written.base_offset.value, written.last_offset().value, again.producer_id, again.base_sequence, again.at.us});
  }
}

/// The partitions of which the ledger counts a record as lost.
std::set<TopicPartition> with_losses(const Moment& m, const Snapshot& s) {
  std::set<TopicPartition> found;
  if (s.ledger.all.lost_acked == 0 && s.ledger.all.lost_unacked == 0) return found;
  RecordLedger& ledger = m.observation.ledger();
  for (const char* fate : {"lost_acked", "lost_unacked"})
    for (const RecordLedger::Named& lost :
         ledger.with_fate(fate, ClusterView(m.cluster), std::numeric_limits<std::size_t>::max()))
      found.insert(ledger.record(lost.client, lost.number)->partition);
  return found;
}

/// A replica that lost records with the power has copied from the leader what is at these offsets now: the same records, or others if
/// their producer sent them again. No record of the partition is lost.
void note_copied_again(const Moment& m, const Names& names, Snapshot& s) {
  const auto lost_there = [](const ReplicaLog& log) {
    return std::any_of(log.runs.begin(), log.runs.end(), [](const LogRun& run) { return run.lost; });
  };
  if (std::none_of(s.partitions.begin(), s.partitions.end(),
                   [&](const Partition& p) { return std::any_of(p.logs.begin(), p.logs.end(), lost_there); }))
    return;
  const std::set<TopicPartition> losses = with_losses(m, s);
  for (const TopicPartition tp : names.partitions) {
    const int at = names.of(tp);
    if (at < 0 || losses.contains(tp)) continue;
    for (ReplicaLog& log : s.partitions[static_cast<std::size_t>(at)].logs) {
      std::int64_t from = -1, end = -1;
      for (const LogRun& run : log.runs) {
        if (!run.lost) continue;
        from = from < 0 ? run.base_offset : std::min(from, run.base_offset);
        end = std::max(end, run.last_offset + 1);
      }
      if (end < 0 || log.log_end_offset < end) continue;
      const bool one = end - from == 1;
      log.made_good = true;
      log.note = both("snapshot.lost_copied_again"_w, {{"count", one ? "" : std::to_string(end - from)},
                                                       {"from", std::to_string(from)},
                                                       {"to", one ? "" : std::to_string(end - 1)}});
    }
  }
}

}  // namespace

void add_repeats(const Moment& m, const Names& names, Snapshot& s) {
  add_known(m, names, s);
  note_copied_again(m, names, s);
}

}  // namespace kafkascope::observe::snapshot_parts
