#include "engine/excuses.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "client/transaction_manager.h"
#include "coordinator/transaction_coordinator_shard.h"
#include "engine/ended_searches.h"
#include "engine/excuse_run.h"
#include "engine/given_up.h"
#include "engine/lost_decisions.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/trace_code.h"
#include "protocol/transaction_marker.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::transaction_swarm {

namespace {

/// A marker is delayed, its coordinator repeats it, and the first one arrives after the next transaction's first batch, or after its marker. The leader
/// accepts the epochs of both: ProducerAppendInfo.checkProducerEpoch, also in the newer version until 4.2 (KAFKA-19446). By then the repetition with the
/// same epochs and the same result is in the log.
class LateMarkers {
 public:
  void on_batch(const sim::TraceLine& line, TopicPartition tp, const protocol::RecordBatch& batch) {
    if (!batch.transactional || protocol::marker_in(batch)) return;
    opened_.try_emplace({tp, batch.producer_id}, Opened{line.time, batch.producer_epoch, &line, &batch});
  }
  std::optional<MarkerSent> on_marker(Run& run, const sim::TraceLine& line,
                                      const fact::TransactionMarkerAppended& marker) {
    const ProducerAt where{marker.partition, marker.producer_id};
    const auto opened = opened_.extract(where);
    const Marked last = std::exchange(marked_[where], {line.time, marker.coordinator_epoch});
    const bool repeats =
        !repeated_[where].emplace(marker.producer_epoch, marker.coordinator_epoch, marker.result).second;
    const sim::TraceLine* sent = run.marker_sent(line);
    if (sent == nullptr) return std::nullopt;
    const MarkerSent this_one{line.time,
                              sent->time,
                              where,
                              marker.offset,
                              sent->node,
                              marker.result,
                              marker.producer_epoch,
                              marker.coordinator_epoch};
    if (repeats && marker.coordinator_epoch >= last.coordinator_epoch) {
      if (!opened.empty() && sent->time < opened.mapped().at && marker.producer_epoch >= opened.mapped().epoch) {
        excuse.markers.insert(this_one.place());
        run.excuse_transaction(excuse, run.transaction_of(*opened.mapped().line, *opened.mapped().batch));
      } else if (opened.empty() && sent->time < last.at) {
        excuse.markers.insert(this_one.place());  // it ends nothing
      }
    }
    return this_one;
  }

  Excuse excuse = because("a marker that came late ended the producer's next transaction, or ended nothing");

 private:
  /// The first batch of a transaction in a partition. The trace keeps both.
  struct Opened {
    sim::Instant at;
    protocol::ProducerEpoch epoch;
    const sim::TraceLine* line;
    const protocol::RecordBatch* batch;
  };
  struct Marked {
    sim::Instant at{-1};
    std::int32_t coordinator_epoch = -1;
  };
  std::map<ProducerAt, Opened> opened_;
  std::map<ProducerAt, Marked> marked_;
  /// Producer epoch, coordinator epoch and result of the markers in the log.
  std::map<ProducerAt, std::set<std::tuple<std::int32_t, std::int32_t, protocol::TransactionResult>>> repeated_;
};

/// An EndTxn is delayed, the program repeats it, and the first one arrives when the next transaction is open in the same epoch.
/// TransactionCoordinator.endTransaction checks only the producer's id and epoch.
class LateEnds {
 public:
  void on_program(const sim::TraceLine& line, const fact::ProducerTransaction& step) {
    epochs_[line.node.index].emplace_back(line.time, step.producer_epoch);
  }
  void on_delivered(Run& run, const sim::TraceLine& line, const fact::MessageDelivered& message) {
    if (message.api != protocol::trace_code(protocol::api::EndTxn)) return;
    if (const sim::TraceLine* sent = run.trace.find(line.cause))
      asked_[{line.node.index, sent->node.index}].push_back(sent);
  }
  void on_coordinator(Run& run, const sim::TraceLine& line, const fact::TransactionState& step) {
    using coordinator::TransactionState;
    const auto from = static_cast<TransactionState>(step.from), to = static_cast<TransactionState>(step.to);
    const std::string id(step.transactional_id);
    if (from != TransactionState::Ongoing && to == TransactionState::Ongoing) {
      ongoing_[id] = line.time;
      // Earlier requests have been answered: as repetitions, or with CONCURRENT_TRANSACTIONS.
      for (const std::int32_t node : run.programs(step.producer_id)) asked_.erase({line.node.index, node});
    }
    if (from != TransactionState::Ongoing ||
        (to != TransactionState::PrepareCommit && to != TransactionState::PrepareAbort))
      return;
    bool late = false;
    for (const std::int32_t node : run.programs(step.producer_id)) {
      const std::vector<const sim::TraceLine*> asked = std::exchange(asked_[{line.node.index, node}], {});
      if (!asked.empty())  // the first request has led to the decision
        late =
            late || (asked[0]->time < ongoing_[id] && epoch_at(asked[0]->node, asked[0]->time) == step.producer_epoch);
    }
    if (late)
      run.excuse_transaction(
          excuse, run.told.transaction_at({step.producer_id, static_cast<protocol::ProducerEpoch>(step.producer_epoch)},
                                          line.time));
  }

  Excuse excuse = because("an EndTxn that came late ended the producer's next transaction");

 private:
  std::int32_t epoch_at(sim::NodeId node, sim::Instant at) const {
    std::int32_t epoch = -1;
    if (const auto known = epochs_.find(node.index); known != epochs_.end())
      for (const auto& [since, e] : known->second)
        if (since <= at) epoch = e;
    return epoch;
  }
  std::map<std::int32_t, std::vector<std::pair<sim::Instant, std::int32_t>>> epochs_;
  /// By coordinator and program: the lines that sent an EndTxn without a decision so far.
  std::map<std::pair<std::int32_t, std::int32_t>, std::vector<const sim::TraceLine*>> asked_;
  std::map<std::string, sim::Instant> ongoing_;
};

/// A batch times out while its transaction is being ended: its sequence is taken back (Sender.failBatch), and no new epoch is requested
/// (TransactionManager.maybeTransitionToErrorState). The next batch gets that sequence; if the first batch was written, or arrives now, the leader takes
/// the next batch for it. The sequence of a batch that expires is not taken back (Sender.sendProducerData), so a new batch must really have been sent with
/// it.
class ReusedSequences {
 public:
  void on_line(Run& run, const sim::TraceLine& line) {
    if (is<fact::NodeStarted>(line)) {
      programs_.erase(line.node.index);
    } else if (const auto step = fact_if<fact::ProducerTransaction>(line)) {
      using enum client::TransactionState;
      const auto to = static_cast<client::TransactionState>(step->to);
      Program& program = programs_[line.node.index];
      program.ends = to == CommittingTransaction || to == AbortingTransaction;
      // A state is reported at the end of an event: the batch failed after the application had called
      // abortTransaction().
      if (program.ends && static_cast<client::TransactionState>(step->from) == InTransaction)
        for (const auto& [at, batch] : program.failed_at)
          if (at == line.time) program.failed.insert(batch);
      if (std::exchange(program.epoch, step->producer_epoch) != step->producer_epoch)
        program.failed.clear(), program.reused.clear(), program.renumbered.clear();
    } else if (const auto sent = fact_if<fact::BatchSent>(line)) {
      Program& program = programs_[line.node.index];
      if (sent->attempt != 0) {
        const auto& batches = program.in_flight[sent->partition];  // the first batch is sent again before the others
        if (!batches.empty() && sent->base_sequence < batches.front().base_sequence)
          program.renumbered.insert({sent->partition, sent->base_sequence});
        return;
      }
      program.in_flight[sent->partition].push_back({sent->base_sequence, sent->count});
      if (const std::pair batch{sent->partition, sent->base_sequence}; program.failed.contains(batch))
        program.reused.insert(batch);
    } else if (const auto failed = fact_if<fact::BatchFailed>(line)) {
      Program& program = programs_[line.node.index];
      if (failed->error == protocol::ErrorCode::NONE) return;  // the batch was aborted before it was sent
      if (const auto sequence = program.first_of(failed->partition, failed->count); sequence && program.ends)
        program.failed.insert({failed->partition, *sequence});
      else if (sequence) program.failed_at.push_back({line.time, {failed->partition, *sequence}});
    } else if (const auto repeated = fact_if<fact::DuplicateBatch>(line)) {
      repeated_[{repeated->partition, repeated->base_offset}] = {repeated->producer_id, repeated->base_sequence};
    } else if (const auto acked = fact_if<fact::BatchAcked>(line)) {
      const auto known = repeated_.find({acked->partition, acked->base_offset});
      programs_[line.node.index].first_of(acked->partition, acked->count);
      if (known == repeated_.end()) return;
      const auto [producer, sequence] = known->second;
      if (!run.programs(producer).contains(line.node.index)) return;
      if (acked->attempt != 0) {
        if (programs_[line.node.index].renumbered.contains({acked->partition, sequence}))
          for (const test::RecordId& record : run.acked(line, acked->partition)) renumbered.lost_acked.insert(record);
      } else if (programs_[line.node.index].reused.contains({acked->partition, sequence})) {
        for (const test::RecordId& record : run.acked(line, acked->partition)) {
          excuse.lost_acked.insert(record);
          run.excuse_transaction(excuse, run.told.transaction_of(record));
        }
        for (const test::RecordId& record : run.written_late(acked->partition, acked->base_offset))
          excuse.written_late.insert(record);
      }
    }
  }

  Excuse excuse = because(
      "a batch timed out while its transaction was being ended, and the next one got its sequence in the same epoch");
  /// The same before the transaction is ended, so that it must be aborted: the batches after the one that timed out are sent again with the sequences of
  /// earlier batches (TransactionManager.handleFailedBatch, adjustSequencesDueToFailedBatch), which the leader already has.
  Excuse renumbered = because(
      "a batch timed out, and the batches of its aborted transaction behind it were sent again with lower sequences");

 private:
  struct Program {
    bool ends = false;
    std::int32_t epoch = -1;
    struct Sent {
      std::int32_t base_sequence, count;
    };
    std::vector<std::pair<sim::Instant, std::pair<TopicPartition, std::int32_t>>> failed_at;  // before it was ended
    std::map<TopicPartition, std::deque<Sent>> in_flight;  // batches of a partition end in order
    /// Base sequences in this epoch. `reused`: another batch was sent with the sequence of a failed one; `renumbered`: a batch was sent again with it.
    std::set<std::pair<TopicPartition, std::int32_t>> failed, reused, renumbered;

    std::optional<std::int32_t> first_of(TopicPartition tp, std::int32_t count) {
      auto& batches = in_flight[tp];
      const auto first = std::find_if(batches.begin(), batches.end(), [&](const Sent& b) { return b.count == count; });
      if (first == batches.end()) return std::nullopt;
      const std::int32_t sequence = first->base_sequence;
      batches.erase(first);
      return sequence;
    }
  };
  std::map<std::int32_t, Program> programs_;
  std::map<std::pair<TopicPartition, Offset>, std::pair<ProducerId, std::int32_t>> repeated_;
};

/// Batches of aborted transactions, records or a group's offsets, that their leader appended after a marker that is younger than the call of abortTransaction().
class LateWrites {
 public:
  /// `included`: the partition was part of the producer's open transaction.
  void on_append(const sim::TraceLine& line, TopicPartition tp, Offset base, bool included) {
    appended_[{tp, base}] = {&line, included};
  }

  /// `verified`: leaders ask whether the partition is part of the transaction, so a late write is appended only if it is.
  void look(const Run& run, TopicPartition tp, bool verified) {
    const storage::PartitionLog* log = run.cluster.leader_log(tp);
    if (log == nullptr) return;
    struct Marker {
      sim::Instant at;
      protocol::ProducerEpoch epoch;
      protocol::EndTransactionMarker marker;
    };
    std::map<ProducerId, Marker> markers;
    struct Open {
      Offset first;
      bool late = true;  // all its batches
    };
    std::map<ProducerId, Open> open;
    for (const protocol::StoredBatch& stored : log->batches()) {
      const protocol::RecordBatch& batch = *stored.data;
      const auto at = appended_.find({tp, stored.base_offset});
      if (at == appended_.end() || !batch.transactional) continue;
      if (const auto marker = protocol::marker_in(batch)) {
        const auto of = open.extract(batch.producer_id);
        const auto before = markers.find(batch.producer_id);
        // Its coordinator has not heard of the first marker, and sends it again: that one ends what was written late.
        if (!of.empty() && of.mapped().late && before != markers.end() &&
            before->second.epoch == batch.producer_epoch && before->second.marker.result == marker->result &&
            before->second.marker.coordinator_epoch <= marker->coordinator_epoch)
          excuse.markers.insert({tp, stored.base_offset, batch.producer_id, marker->coordinator_epoch});
        markers.insert_or_assign(batch.producer_id, Marker{at->second.line->time, batch.producer_epoch, *marker});
        continue;
      }
      const auto marker = markers.find(batch.producer_id);
      bool late =
          marker != markers.end() && marker->second.epoch == batch.producer_epoch && (!verified || at->second.included);
      const auto after = [&](const test::RecordId& record) {
        const auto aborted = run.told.aborted(record);
        return aborted && aborted->began_to_end < marker->second.at;
      };
      // A group's offsets: the transaction in which the program sent them.
      std::optional<Run::Transaction> offsets_of;
      if (late && batch.client < 0) {
        offsets_of = run.transaction_of(*at->second.line, batch);
        late = offsets_of && after({offsets_of->node, offsets_of->first});
      }
      if (batch.client >= 0)
        for (const protocol::RecordView record : batch.records) late = late && after({batch.client, record.number});
      auto [of, first] = open.try_emplace(batch.producer_id, Open{stored.base_offset});
      of->second.late = of->second.late && late;
      if (late && offsets_of) run.excuse_effects(excuse, *offsets_of);
      else if (late)
        for (const protocol::RecordView record : batch.records)
          excuse.written_late.insert({batch.client, record.number});
    }
    for (const auto& [producer, of] : open)
      if (of.late) excuse.unstable.insert({tp, producer, of.first});
  }

  Excuse excuse = because(kLateWrite);

 private:
  struct Appended {
    const sim::TraceLine* line;  // the trace keeps it
    bool included = false;
  };
  std::map<std::pair<TopicPartition, Offset>, Appended> appended_;
};

}  // namespace

void Excuse::add(const Excuse& other) {
  const auto all = [](auto& into, const auto& from) { into.insert(from.begin(), from.end()); };
  all(unmarked, other.unmarked);
  all(markers, other.markers);
  all(transactions, other.transactions);
  all(lost_acked, other.lost_acked);
  all(written_late, other.written_late);
  for (const auto& [key, records] : other.keys) all(keys[key], records);
  all(unstable, other.unstable);
  all(shown, other.shown);
}

std::vector<Excuse> excuses(scenario::Session& session, const test::ToldOutcomes& told, bool newer, bool verified,
                            bool newer_group, const std::vector<Unheard>& unheard, const test::LaterHandled& later) {
  Run run(session, told, later);
  LateMarkers late_markers;
  LateEnds late_ends;
  ReusedSequences reused;
  Decisions decisions(run, unheard);
  LateWrites late_writes;
  EndedSearches ended_searches;
  GivenUp given_up;
  const auto& written = run.trace.written();
  std::size_t next_written = 0;
  for (std::size_t i = 0; i < run.trace.size(); ++i) {
    const sim::TraceLine& line = run.trace[i];
    while (next_written < written.size() && written[next_written].seq < line.seq) ++next_written;
    if (next_written < written.size() && written[next_written].seq == line.seq) {
      const protocol::RecordBatch& batch = *written[next_written].batch;
      const auto led = fact_if<fact::LogAppended>(line);
      const auto copied = fact_if<fact::LogReplicated>(line);
      const TopicPartition tp = led ? led->partition : copied->partition;
      const Offset base = led ? led->base_offset : copied->base_offset;
      run.note(batch);
      decisions.on_batch(run, line, tp, base, batch, led.has_value());
      ended_searches.on_batch(line, tp, base, batch, led.has_value());
      if (led) {
        run.note_append(line, tp, base, batch);
        decisions.on_write(line, tp, base, batch);
        late_markers.on_batch(line, tp, batch);
        late_writes.on_append(line, tp, base, decisions.includes(batch.producer_id, tp));
      }
    } else if (const auto marker = fact_if<fact::TransactionMarkerAppended>(line)) {
      decisions.on_appended_marker(line, *marker);
      if (const auto sent = late_markers.on_marker(run, line, *marker)) decisions.on_marker(*sent);
    } else if (const auto state = fact_if<fact::TransactionState>(line)) {
      late_ends.on_coordinator(run, line, *state);
    } else if (const auto leads = fact_if<fact::BecameLeader>(line)) {
      decisions.on_leader(line, *leads);
      ended_searches.on_leader(line, *leads);
    } else if (const auto cut = fact_if<fact::LogTruncated>(line)) {
      decisions.on_cut(run, line, *cut);
      ended_searches.on_cut(line, *cut);
    } else if (const auto step = fact_if<fact::ProducerTransaction>(line)) {
      late_ends.on_program(line, *step);
    } else if (const auto message = fact_if<fact::MessageDelivered>(line)) {
      late_ends.on_delivered(run, line, *message);
    }
    reused.on_line(run, line);
    if (newer_group) given_up.on_line(run, line);
  }
  given_up.look(run);
  decisions.look_for_writes_without_end();
  decisions.look_for_forgotten(run);
  std::vector<TopicPartition> written_to;
  for (const char* name : {"out", "pay"})
    for (std::int32_t p = 0; p < 2; ++p) written_to.push_back({run.topic(name), p});
  for (const TopicPartition tp : written_to) {
    late_writes.look(run, tp, verified);
    ended_searches.look(tp);
  }
  for (std::int32_t p = 0; p < 2; ++p) late_writes.look(run, {run.topic("__consumer_offsets"), p}, verified);

  std::vector<Excuse> all;
  if (!ended_searches.excuse.shown.empty()) all.push_back(std::move(ended_searches.excuse));
  if (!given_up.excuse.keys.empty()) all.push_back(std::move(given_up.excuse));
  if (!late_markers.excuse.markers.empty()) all.push_back(std::move(late_markers.excuse));
  if (!decisions.lost.markers.empty()) all.push_back(std::move(decisions.lost));
  std::erase_if(reused.renumbered.lost_acked, [&](const test::RecordId& record) { return !told.aborted(record); });
  if (!reused.renumbered.lost_acked.empty()) all.push_back(std::move(reused.renumbered));
  // In the newer version each end raises the epoch: no sequence is used by two transactions of an epoch, and a late EndTxn or batch is refused. No seed has shown the
  // other causes there.
  if (newer) return all;
  if (!decisions.forgotten.unstable.empty()) all.push_back(std::move(decisions.forgotten));
  if (!decisions.unheard.unmarked.empty()) all.push_back(std::move(decisions.unheard));
  if (!late_ends.excuse.transactions.empty()) all.push_back(std::move(late_ends.excuse));
  if (!reused.excuse.transactions.empty()) all.push_back(std::move(reused.excuse));
  // A verified late write belongs to the next transaction, which has the same partition and epoch: the batch timed out while its own transaction was
  // being ended.
  if (verified) late_writes.excuse.cause = "a write that came after the end of its transaction became part of the next";
  const Excuse& late = late_writes.excuse;
  if (!late.written_late.empty() || !late.unstable.empty() || !late.keys.empty())
    all.push_back(std::move(late_writes.excuse));
  return all;
}

}  // namespace kafkascope::transaction_swarm
