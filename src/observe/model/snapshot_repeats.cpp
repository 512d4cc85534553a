// Records that came more than once: recognized by a leader and not written again, or copied again by a replica that had lost them.
// (Those that are in a log twice: snapshot_data.cpp.)
#include <algorithm>

#include "observe/model/snapshot_parts.h"
#include "observe/words/both.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

void add_known(const Moment& m, const Names& names, Snapshot& s) {
  constexpr std::int64_t kWindowUs = 1'000'000;
  constexpr std::size_t kMostLooked = 50'000;
  const TraceStore& trace = m.observation.trace();
  const std::size_t from = trace.first_at(sim::Instant{std::max<std::int64_t>(0, s.time_us - kWindowUs)});
  if (trace.size() - std::min(from, trace.size()) > kMostLooked) return;
  for (std::size_t i = from; i < trace.size() && trace[i].time.us <= s.time_us; ++i) {
    const auto f = fact_if<fact::DuplicateBatch>(trace[i]);
    const int at = f ? names.of(f->partition) : -1;
    const storage::PartitionLog* log = at < 0 ? nullptr : m.cluster.leader_log(f->partition);
    if (log == nullptr || f->base_offset < log->log_start_offset() || f->base_offset >= log->log_end_offset()) continue;
    const auto batches = log->batches();
    const protocol::StoredBatch& written = batches[batches.index_of(f->base_offset)];
    if (written.base_offset != f->base_offset) continue;
    s.partitions[static_cast<std::size_t>(at)].known.push_back(
        {written.base_offset.value, written.last_offset().value, f->producer_id, f->base_sequence, trace[i].time.us});
  }
}

/// A replica that lost records with the power has copied them again. Nothing is lost in the whole run, so they are the same records.
void note_copied_again(Snapshot& s) {
  if (s.ledger.all.lost_acked > 0 || s.ledger.all.lost_unacked > 0) return;
  for (Partition& p : s.partitions)
    for (ReplicaLog& log : p.logs) {
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

}  // namespace

void add_repeats(const Moment& m, const Names& names, Snapshot& s) {
  add_known(m, names, s);
  note_copied_again(s);
}

}  // namespace kafkascope::observe::snapshot_parts
