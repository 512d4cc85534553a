// Records that came more than once: written a second time, recognized by a leader and not written again, or lost on a replica, which has
// copied from the leader since.
#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "observe/model/snapshot_parts.h"
#include "observe/words/both.h"
#include "storage/partition_log.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

using NumberedRecord = std::pair<std::int32_t, std::uint32_t>;  // producer's node, number

/// Calls visit(record, offset) for each record of a producer, from batch `from` of the log on, until visit returns
/// false.
template <class Visit>
void for_each_record(const storage::PartitionLog& log, std::size_t from, Visit&& visit) {
  const auto batches = log.batches();
  for (std::size_t i = from; i < batches.size(); ++i) {
    const protocol::RecordBatch& data = *batches[i].data;
    if (data.client < 0 || data.control) continue;
    for (int k = 0; k < data.count(); ++k)
      if (!visit(NumberedRecord{data.client, data.records.number(static_cast<std::size_t>(k))},
                 batches[i].base_offset.value + data.offset_delta(k)))
        return;
  }
}

/// The first offset of the leader's log that its strip shows; -1: none.
std::int64_t shown_from(const Partition& p) {
  std::int64_t from = -1;
  for (const ReplicaLog& log : p.logs)
    for (const LogRun& run : log.runs)
      if (!run.truncated && !run.deleted && (from < 0 || run.base_offset < from)) from = run.base_offset;
  return from;
}

std::vector<RepeatedRecord> repeated_in(const storage::PartitionLog& log, const RecordLedger& ledger,
                                        std::int64_t from) {
  struct Copies {
    std::int64_t first = -1;
    int present = 0, seen = 0;
  };
  // The number of batches before the shown ones in which the first copy is looked for; limited, because each frame
  // makes a snapshot.
  constexpr std::size_t kLookedBack = 2'000;
  const std::size_t shown = log.batches().index_of(protocol::Offset{from});
  std::map<NumberedRecord, Copies> copies;
  std::int64_t last = -1;
  for_each_record(log, shown, [&](const NumberedRecord& named, std::int64_t offset) {
    const RecordState* state = ledger.record(named.first, named.second);
    if (state != nullptr && state->copies > 1) copies[named], last = offset;
    return true;
  });
  std::vector<RepeatedRecord> all;
  if (copies.empty()) return all;
  const NumberedRecord lowest = copies.begin()->first, highest = copies.rbegin()->first;
  const auto for_each_copy = [&](const auto& visit) {
    for_each_record(log, shown - std::min(shown, kLookedBack), [&](const NumberedRecord& named, std::int64_t offset) {
      if (lowest <= named && named <= highest)
        if (const auto it = copies.find(named); it != copies.end()) visit(named, it->second, offset);
      return offset < last;
    });
  };
  for_each_copy([](const NumberedRecord&, Copies& of, std::int64_t) { ++of.present; });
  for_each_copy([&](const NumberedRecord& named, Copies& of, std::int64_t offset) {
    // If the first copies have left the log, or are far back, the first copy found here is a later one.
    const int gone = static_cast<int>(ledger.record(named.first, named.second)->copies) - of.present;
    const int copy = std::max(gone, 0) + ++of.seen;
    if (copy == 1) of.first = offset < log.log_start_offset().value ? -1 : offset;
    else if (offset >= from) all.push_back({offset, of.first, copy});
  });
  return all;
}

void add_repeated(const Moment& m, const Names& names, Snapshot& s) {
  if (s.ledger.all.duplicated == 0) return;
  for (const TopicPartition tp : names.partitions) {
    const storage::PartitionLog* log = m.cluster.leader_log(tp);
    const int at = names.of(tp);
    if (log == nullptr || at < 0) continue;
    Partition& p = s.partitions[static_cast<std::size_t>(at)];
    if (const std::int64_t from = shown_from(p); from >= 0)
      p.repeated = repeated_in(*log, m.observation.ledger(), std::max(from, p.log_start_offset));
  }
}

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
    // After a truncation, another batch may begin at that offset.
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

/// A replica that lost records in a power failure has copied from the leader what is at these offsets now: the same
/// records, or others if their producer sent them again. No record of the partition is lost.
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
      log.note_brief = {};
      log.note = both("snapshot.lost_copied_again"_w, {{"count", one ? "" : std::to_string(end - from)},
                                                       {"from", std::to_string(from)},
                                                       {"to", one ? "" : std::to_string(end - 1)}});
    }
  }
}

}  // namespace

void add_repeats(const Moment& m, const Names& names, Snapshot& s) {
  add_repeated(m, names, s);
  add_known(m, names, s);
  note_copied_again(m, names, s);
}

}  // namespace kafkascope::observe::snapshot_parts
