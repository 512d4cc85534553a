#include "engine/excuses.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "client/transaction_manager.h"
#include "coordinator/transaction_coordinator_shard.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/trace_code.h"
#include "protocol/transaction_marker.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::transaction_swarm {

using protocol::Offset;
using protocol::ProducerId;
using protocol::TopicId;
using protocol::TopicPartition;

namespace {

Excuse because(std::string_view cause) {
  Excuse excuse;
  excuse.cause = cause;
  return excuse;
}

using ProducerAt = std::pair<TopicPartition, ProducerId>;

/// What all causes are told of: the run, who writes with which producer id, and the transactions of programs.
class Run {
 public:
  Run(scenario::Session& session, const test::ToldOutcomes& told_outcomes)
      : cluster(session.cluster()),
        trace(session.observation().trace()),
        ledger(session.observation().ledger()),
        told(told_outcomes) {}

  void note(const protocol::RecordBatch& batch) {
    if (!batch.transactional || batch.client < 0) return;
    programs_[batch.producer_id].insert(batch.client);
    for (const protocol::RecordView record : batch.records)
      if (record.key) keys_[{batch.client, record.number}] = std::string(*record.key);
  }
  TopicId topic(const std::string& name) const { return cluster.committed().topic_id(name); }
  const std::set<std::int32_t>& programs(ProducerId producer) { return programs_[producer]; }
  bool copies(std::int32_t node) const {
    return cluster.nodes()[static_cast<std::size_t>(node)].name.starts_with("copy");
  }

  void note_append(const sim::TraceLine& line, TopicPartition tp, Offset base, const protocol::RecordBatch& batch) {
    std::vector<test::RecordId>& records = appended_[{tp, base}].records;
    appended_[{tp, base}].at = line.time;
    records.clear();
    for (const protocol::RecordView record : batch.records) records.push_back({batch.client, record.number});
  }
  /// What is aborted of the batch that was appended there after its program had heard of the abort.
  std::vector<test::RecordId> written_late(TopicPartition tp, Offset base) const {
    std::vector<test::RecordId> late;
    const auto batch = appended_.find({tp, base});
    if (batch == appended_.end()) return late;
    for (const test::RecordId& record : batch->second.records)
      if (const auto aborted = told.aborted(record); aborted && aborted->told < batch->second.at)
        late.push_back(record);
    return late;
  }

  /// The transaction that this program is in at that moment may be half there, and so may the effects that belong to it.
  void excuse_transaction(Excuse& excuse, std::int32_t node, sim::Instant at) const {
    excuse_records(excuse, told.transaction_at(node, at));
  }
  /// The same of the transaction with that record, whenever it was.
  void excuse_transaction_of(Excuse& excuse, const test::RecordId& record) const {
    excuse_records(excuse, told.transaction_of(record));
  }

  /// The records that this line has acknowledged are in no log.
  void excuse_acked(Excuse& excuse, const sim::TraceLine& line, TopicPartition tp) const {
    for (std::uint32_t n = 0;; ++n) {
      const observe::RecordState* record = ledger.record(line.node.index, n);
      if (record == nullptr) return;
      if (record->partition == tp && record->acked_us == line.time.us) excuse.lost_acked.insert({line.node.index, n});
    }
  }

  /// The line of the sender that led to the request of that kind by which `line` came about; nullptr: it did not come about so.
  const sim::TraceLine* sent_by(const sim::TraceLine& line, protocol::ApiKey api) const {
    for (const sim::TraceLine* at = &line; at != nullptr;) {
      const auto delivered = fact_if<fact::MessageDelivered>(*at);
      at = trace.find(at->cause);
      if (delivered && delivered->api == protocol::trace_code(api)) return at;
    }
    return nullptr;
  }

  const cluster::Cluster& cluster;
  const observe::TraceStore& trace;
  const observe::RecordLedger& ledger;
  const test::ToldOutcomes& told;

 private:
  void excuse_records(Excuse& excuse, const std::vector<test::RecordId>& records) const {
    for (const test::RecordId& record : records) {
      excuse.transactions.insert(record);
      if (const auto key = keys_.find(record); key != keys_.end() && copies(record.first))
        excuse.keys.insert(key->second);
    }
  }
  std::map<ProducerId, std::set<std::int32_t>> programs_;
  struct Appended {
    sim::Instant at;
    std::vector<test::RecordId> records;
  };
  std::map<test::RecordId, std::string> keys_;
  std::map<std::pair<TopicPartition, Offset>, Appended> appended_;
};

/// A follower that copies several transactions of one producer at a time writes an entry into the index of aborted ones whose last stable offset does not count
/// the producer's next one (ProducerStateManager.lastStableOffset). When that replica leads, a search that ends at such an entry does not find the next one
/// (TransactionIndex.collectAbortedTxns), and a reader that is given its first records only takes them for committed. The classes of 4.1.0 do the same.
Excuse ended_searches(const Run& run, const std::vector<TopicPartition>& partitions) {
  Excuse excuse =
      because("a search in the index of aborted transactions ended before a transaction that it should find");
  for (const TopicPartition tp : partitions)
    for (protocol::BrokerId broker = 1; broker <= 3; ++broker) {
      const storage::PartitionLog* log = run.cluster.log(broker, tp);
      if (log == nullptr) continue;
      const auto aborted = log->aborted_transactions(log->log_start_offset(), log->log_end_offset());
      for (std::size_t i = 0; i < aborted.size(); ++i)
        for (std::size_t next = i + 1; next < aborted.size(); ++next) {
          if (aborted[next].producer != aborted[i].producer) continue;
          for (const protocol::StoredBatch& batch : log->batches())
            if (batch.data->producer_id == aborted[i].producer && aborted[next].first_offset <= batch.base_offset &&
                batch.base_offset < aborted[i].last_stable_offset)
              for (Offset o = batch.base_offset; o < batch.next_offset(); o = o + 1) excuse.shown.insert({tp, o});
        }
    }
  return excuse;
}

/// A marker that was appended, and the coordinator that had sent it.
struct MarkerSent {
  sim::Instant at, sent;
  ProducerAt where;
  Offset offset;
  sim::NodeId coordinator;
};

/// A marker is held up, its coordinator repeats it, and the first one arrives behind the next transaction's first batch, or behind its marker. Both have
/// epochs that the leader accepts: ProducerAppendInfo.checkProducerEpoch, also in the newer version until 4.2 (KAFKA-19446). The repetition with the same
/// epochs and the same result is in the log by then.
class LateMarkers {
 public:
  void on_batch(const sim::TraceLine& line, TopicPartition tp, const protocol::RecordBatch& batch) {
    if (!batch.transactional || protocol::marker_in(batch)) return;
    opened_.try_emplace({tp, batch.producer_id}, Opened{line.time, batch.producer_epoch});
  }
  std::optional<MarkerSent> on_marker(Run& run, const sim::TraceLine& line,
                                      const fact::TransactionMarkerAppended& marker) {
    const ProducerAt where{marker.partition, marker.producer_id};
    const auto opened = opened_.extract(where);
    const Marked last = std::exchange(marked_[where], {line.time, marker.coordinator_epoch});
    const bool repeats =
        !repeated_[where].emplace(marker.producer_epoch, marker.coordinator_epoch, marker.result).second;
    const sim::TraceLine* sent = run.sent_by(line, protocol::api::WriteTxnMarkers);
    if (sent == nullptr) return std::nullopt;
    if (repeats && marker.coordinator_epoch >= last.coordinator_epoch) {
      if (!opened.empty() && sent->time < opened.mapped().at && marker.producer_epoch >= opened.mapped().epoch) {
        excuse.markers.insert({marker.partition, marker.offset});
        for (const std::int32_t node : run.programs(marker.producer_id))
          run.excuse_transaction(excuse, node, line.time);
      } else if (opened.empty() && sent->time < last.at) {
        excuse.markers.insert({marker.partition, marker.offset});  // it ends nothing
      }
    }
    return MarkerSent{line.time, sent->time, where, marker.offset, sent->node};
  }

  Excuse excuse = because("a marker that came late ended the producer's next transaction, or ended nothing");

 private:
  struct Opened {
    sim::Instant at;
    protocol::ProducerEpoch epoch;
  };
  struct Marked {
    sim::Instant at{-1};
    std::int32_t coordinator_epoch = -1;
  };
  std::map<ProducerAt, Opened> opened_;
  std::map<ProducerAt, Marked> marked_;
  /// The epochs of the producer and of the coordinator, and the result, of the markers that are there.
  std::map<ProducerAt, std::set<std::tuple<std::int32_t, std::int32_t, protocol::TransactionResult>>> repeated_;
};

/// An EndTxn is held up, the program repeats it, and the first one arrives when the next transaction is open in the same epoch.
/// TransactionCoordinator.endTransaction looks at the producer's id and epoch only.
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
      // What arrived before was answered: a repetition, or CONCURRENT_TRANSACTIONS.
      for (const std::int32_t node : run.programs(step.producer_id)) asked_.erase({line.node.index, node});
    }
    if (from != TransactionState::Ongoing ||
        (to != TransactionState::PrepareCommit && to != TransactionState::PrepareAbort))
      return;
    bool late = false;
    for (const std::int32_t node : run.programs(step.producer_id)) {
      const std::vector<const sim::TraceLine*> asked = std::exchange(asked_[{line.node.index, node}], {});
      if (!asked.empty())  // the first one has led to the decision
        late =
            late || (asked[0]->time < ongoing_[id] && epoch_at(asked[0]->node, asked[0]->time) == step.producer_epoch);
    }
    if (late)
      for (const std::int32_t node : run.programs(step.producer_id)) run.excuse_transaction(excuse, node, line.time);
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
  /// By coordinator and program: where EndTxn was sent that has led to no decision yet.
  std::map<std::pair<std::int32_t, std::int32_t>, std::vector<const sim::TraceLine*>> asked_;
  std::map<std::string, sim::Instant> ongoing_;
};

/// A batch times out while its transaction is being ended: its sequence is taken back (Sender.failBatch), and no new epoch is asked for
/// (TransactionManager.maybeTransitionToErrorState). The next batch gets that sequence; if the first one was written, or arrives now, the leader takes the
/// next for it. The sequence of a batch that expires is not taken back (Sender.sendProducerData), so a new batch must really have been sent with it.
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
      // States are told at the end of an event: the batch failed after the application had called abortTransaction().
      if (program.ends && static_cast<client::TransactionState>(step->from) == InTransaction)
        for (const auto& [at, batch] : program.failed_at)
          if (at == line.time) program.failed.insert(batch);
      if (std::exchange(program.epoch, step->producer_epoch) != step->producer_epoch)
        program.failed.clear(), program.reused.clear(), program.renumbered.clear();
    } else if (const auto sent = fact_if<fact::BatchSent>(line)) {
      Program& program = programs_[line.node.index];
      if (sent->attempt != 0) {
        const auto& batches = program.in_flight[sent->partition];  // the first one is sent again, before the others
        if (!batches.empty() && sent->base_sequence < batches.front().base_sequence)
          program.renumbered.insert({sent->partition, sent->base_sequence});
        return;
      }
      program.in_flight[sent->partition].push_back({sent->base_sequence, sent->count});
      if (const std::pair batch{sent->partition, sent->base_sequence}; program.failed.contains(batch))
        program.reused.insert(batch);
    } else if (const auto failed = fact_if<fact::BatchFailed>(line)) {
      Program& program = programs_[line.node.index];
      if (failed->error == protocol::ErrorCode::NONE) return;  // it was aborted before it was sent
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
          run.excuse_acked(renumbered, line, acked->partition);
      } else if (programs_[line.node.index].reused.contains({acked->partition, sequence})) {
        run.excuse_transaction(excuse, line.node.index, line.time);
        run.excuse_acked(excuse, line, acked->partition);
        for (const test::RecordId& record : run.written_late(acked->partition, acked->base_offset))
          excuse.written_late.insert(record);
      }
    }
  }

  Excuse excuse = because(
      "a batch timed out while its transaction was being ended, and the next one got its sequence in the same epoch");
  /// The same before the transaction is ended, so that it must be aborted: the batches behind the one that timed out are sent again with the sequences of
  /// those before them (TransactionManager.handleFailedBatch, adjustSequencesDueToFailedBatch), and the leader has these.
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
    std::map<TopicPartition, std::deque<Sent>> in_flight;  // batches of a partition end in their order
    /// Base sequences in this epoch. `reused`: another batch was sent with the sequence of one that had failed; `renumbered`: a batch was sent again with it.
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

/// What is decided in a replica's log of __transaction_state, and what becomes of it when the log is cut or its leader has not heard of the partitions.
class Decisions {
 public:
  Decisions(const Run& run, const std::vector<Unheard>& unheard)
      : topic_(run.topic(std::string(coordinator::kTransactionStateTopic))), unheard_(unheard) {}

  /// Each marker that a leader has appended.
  void on_appended_marker(const sim::TraceLine& line, const fact::TransactionMarkerAppended& marker) {
    marked_[{marker.partition, marker.producer_id}].push_back(line.time);
  }

  void on_batch(Run& run, const sim::TraceLine& line, TopicPartition tp, Offset base,
                const protocol::RecordBatch& batch, bool led) {
    if (tp.topic != topic_) return;
    using coordinator::TransactionState;
    for (int i = 0; i < batch.count(); ++i) {
      const auto record = coordinator::TransactionCoordinatorShard::decode(batch.records[static_cast<std::size_t>(i)]);
      if (!record || !std::get<0>(*record).value) continue;
      const auto& value = *std::get<0>(*record).value;
      if (led)
        open_[value.producer_id] = value.transaction_status == TransactionState::Ongoing
                                       ? value.transaction_partitions
                                       : std::vector<TopicPartition>{};
      std::vector<Decision>& known = known_[{line.node.index, tp}];
      if (value.transaction_status == TransactionState::PrepareCommit ||
          value.transaction_status == TransactionState::PrepareAbort) {
        const Offset offset = base + batch.offset_delta(i);
        if (led) decided_at_[{tp, offset}] = line.time;
        known.push_back({offset, value.producer_id, value.transaction_partitions, decided_at_[{tp, offset}], false});
      } else {
        if (led) complete_unheard(run, line, tp, value.producer_id);
        for (Decision& d : known) d.completed = d.completed || d.producer == value.producer_id;
        if (led && value.transaction_status != TransactionState::Ongoing)
          completed_[value.producer_id].push_back(line.time);
      }
      if (led && value.transaction_status != TransactionState::Ongoing) ended_[value.producer_id].push_back(line.time);
      const std::vector<TopicPartition> before =
          std::exchange(partitions_[{line.node.index, value.producer_id}], value.transaction_partitions);
      for (const TopicPartition added : value.transaction_partitions)
        if (value.transaction_status == TransactionState::Ongoing &&
            std::find(before.begin(), before.end(), added) == before.end())
          added_[{line.node.index, tp}].push_back({base + batch.offset_delta(i), value.producer_id, added});
    }
  }
  void on_write(const sim::TraceLine& line, TopicPartition tp, const protocol::RecordBatch& batch) {
    if (!batch.transactional || protocol::marker_in(batch)) return;
    writes_[{tp, batch.producer_id}].push_back(line.time);
    if (batch.client < 0) return;
    for (const protocol::RecordView record : batch.records)
      records_[{tp, batch.producer_id}].emplace_back(line.time, test::RecordId{batch.client, record.number});
  }
  /// The partition is part of the producer's open transaction, by the last record that its coordinator has written.
  bool includes(ProducerId producer, TopicPartition tp) const {
    const auto open = open_.find(producer);
    return open != open_.end() && std::find(open->second.begin(), open->second.end(), tp) != open->second.end();
  }
  void on_leader(const sim::TraceLine& line, const fact::BecameLeader& leads) {
    if (leads.partition.topic == topic_) loaded_[{line.node.index, leads.partition}] = {line.time, leads.start_offset};
  }
  void on_marker(const MarkerSent& marker) { markers_.push_back(marker); }
  /// A coordinator loads its log to the end (TransactionStateManager.loadTransactionMetadata) and sends the markers of a decision above its high watermark.
  void on_cut(Run& run, const sim::TraceLine& line, const fact::LogTruncated& cut) {
    if (cut.partition.topic != topic_) return;
    std::vector<Decision>& known = known_[{line.node.index, cut.partition}];
    if (const auto led = loaded_.find({line.node.index, cut.partition}); led != loaded_.end())
      for (const Decision& decision : known) {
        if (decision.offset < cut.to || !(decision.offset < led->second.end)) continue;
        const sim::Instant next = decided_after(known, decision);
        for (const MarkerSent& marker : markers_)
          if (marker.coordinator == line.node && marker.where.second == decision.producer &&
              led->second.at < marker.at && marker.sent < next && decision.of(marker.where.first)) {
            lost.decisions.insert(marker.where);
            excuse_decided(run, lost, decision);
          }
      }
    std::erase_if(known, [&](const Decision& d) { return !(d.offset < cut.to); });
    forget_added(run, line, cut);
  }
  /// A coordinator that has not heard of a partition completes the transaction without markers there (TransactionMarkerChannelManager.addTxnMarkersToBrokerQueue);
  /// the records share the fate of the producer's next transaction. Called when it writes that the transaction is complete.
  void complete_unheard(Run& run, const sim::TraceLine& line, TopicPartition of, ProducerId producer) {
    for (const Decision& decision : known_[{line.node.index, of}]) {
      if (decision.completed || decision.producer != producer) continue;
      for (const Unheard& u : unheard_) {
        if (u.node != line.node || u.of != of || line.time < u.at || u.until < decision.at) continue;
        for (const TopicPartition tp : decision.partitions) {
          const std::vector<sim::Instant>& marked = marked_[{tp, producer}];
          if (!u.partitions.contains(tp) || (!marked.empty() && decision.at <= marked.back())) continue;
          unheard.decisions.insert({tp, producer});
          unheard.unstable.insert(tp);
          excuse_decided(run, unheard, decision);
        }
      }
    }
  }

  /// What it has loaded from above its high watermark is part of the transaction for a coordinator, so it confirms that partition at once
  /// (TransactionCoordinator.handleAddPartitionsToTransaction). The next one does not know the partition, and ends the transaction without it; its records share
  /// the fate of the producer's next transaction there.
  void forget_added(Run& run, const sim::TraceLine& line, const fact::LogTruncated& cut) {
    std::vector<Added>& added = added_[{line.node.index, cut.partition}];
    if (const auto led = loaded_.find({line.node.index, cut.partition}); led != loaded_.end())
      for (const Added& a : added) {
        if (a.offset < cut.to || !(a.offset < led->second.end)) continue;
        const std::vector<sim::Instant>& ends = ended_[a.producer];
        const auto end = std::upper_bound(ends.begin(), ends.end(), led->second.at);
        for (const sim::Instant at : writes_[{a.partition, a.producer}]) {
          if (!(led->second.at < at) || (end != ends.end() && *end < at)) continue;
          forgotten.decisions.insert({a.partition, a.producer});
          forgotten.unstable.insert(a.partition);
          for (const std::int32_t node : run.programs(a.producer)) run.excuse_transaction(forgotten, node, at);
        }
      }
    std::erase_if(added, [&](const Added& a) { return !(a.offset < cut.to); });
  }

  Excuse lost =
      because("a coordinator read a decision above the high watermark, wrote markers, and lost it to the next leader");
  Excuse forgotten = because(
      "a coordinator read an added partition above the high watermark, confirmed it, and lost it to the next leader");
  Excuse unheard = because("a coordinator took over before it had heard of the partitions, and took them for deleted");

 private:
  struct Decision {
    Offset offset;
    ProducerId producer = protocol::kNoProducerId;
    std::vector<TopicPartition> partitions;
    sim::Instant at;  // when the coordinator wrote it
    bool completed = false;
    bool of(TopicPartition tp) const { return std::find(partitions.begin(), partitions.end(), tp) != partitions.end(); }
  };
  /// When the producer's next transaction was decided, as far as that replica knows.
  static sim::Instant decided_after(const std::vector<Decision>& known, const Decision& decision) {
    for (const Decision& d : known)
      if (d.producer == decision.producer && decision.offset < d.offset) return d.at;
    return sim::kNever;
  }
  /// The transactions that this decision has ended: of what the producer had written there since its last one was complete.
  void excuse_decided(const Run& run, Excuse& excuse, const Decision& decision) const {
    sim::Instant since{-1};
    if (const auto completed = completed_.find(decision.producer); completed != completed_.end())
      for (const sim::Instant at : completed->second)
        if (at < decision.at) since = at;
    for (const TopicPartition tp : decision.partitions)
      if (const auto written = records_.find({tp, decision.producer}); written != records_.end())
        for (const auto& [at, record] : written->second)
          if (since < at && at <= decision.at) run.excuse_transaction_of(excuse, record);
  }
  struct Added {
    Offset offset;
    ProducerId producer = protocol::kNoProducerId;
    TopicPartition partition;
  };
  struct Loaded {
    sim::Instant at;
    Offset end;
  };
  TopicId topic_;
  const std::vector<Unheard>& unheard_;
  std::map<ProducerId, std::vector<TopicPartition>> open_;  // partitions of open transactions
  std::map<std::pair<std::int32_t, TopicPartition>, std::vector<Decision>> known_;
  std::map<std::pair<std::int32_t, TopicPartition>, Loaded> loaded_;
  std::map<std::pair<std::int32_t, TopicPartition>, std::vector<Added>> added_;
  std::map<std::pair<std::int32_t, ProducerId>, std::vector<TopicPartition>> partitions_;  // by a replica's last record
  std::map<ProducerAt, std::vector<sim::Instant>> writes_, marked_;
  std::map<ProducerAt, std::vector<std::pair<sim::Instant, test::RecordId>>> records_;
  std::map<std::pair<TopicPartition, Offset>, sim::Instant> decided_at_;
  std::map<ProducerId, std::vector<sim::Instant>> ended_, completed_;
  std::vector<MarkerSent> markers_;
};

/// Batches of aborted transactions that their leader appended behind a marker that is younger than the call of abortTransaction().
class LateWrites {
 public:
  /// `included`: the partition was part of the producer's open transaction.
  void on_append(const sim::TraceLine& line, TopicPartition tp, Offset base, bool included) {
    appended_[{tp, base}] = {line.time, included};
  }

  /// `verified`: leaders ask whether the partition is part of the transaction, so that only a late write for which it is can be appended.
  void look(const Run& run, TopicPartition tp, bool verified) {
    const storage::PartitionLog* log = run.cluster.leader_log(tp);
    if (log == nullptr) return;
    struct Marker {
      sim::Instant at;
      protocol::ProducerEpoch epoch;
    };
    std::map<ProducerId, Marker> markers;
    std::map<ProducerId, bool> open;  // whether all batches of the transaction without an end came late
    for (const protocol::StoredBatch& stored : log->batches()) {
      const protocol::RecordBatch& batch = *stored.data;
      const auto at = appended_.find({tp, stored.base_offset});
      if (at == appended_.end() || !batch.transactional) continue;
      if (protocol::marker_in(batch)) {
        open.erase(batch.producer_id);
        markers.insert_or_assign(batch.producer_id, Marker{at->second.at, batch.producer_epoch});
        continue;
      }
      const auto marker = markers.find(batch.producer_id);
      bool late =
          marker != markers.end() && marker->second.epoch == batch.producer_epoch && (!verified || at->second.included);
      for (const protocol::RecordView record : batch.records) {
        const auto aborted = run.told.aborted({batch.client, record.number});
        late = late && aborted && aborted->began_to_end < marker->second.at;
      }
      auto [of, first] = open.try_emplace(batch.producer_id, true);
      of->second = of->second && late;
      if (late)
        for (const protocol::RecordView record : batch.records)
          excuse.written_late.insert({batch.client, record.number});
    }
    if (!open.empty() && std::all_of(open.begin(), open.end(), [](const auto& o) { return o.second; }))
      excuse.unstable.insert(tp);
  }

  Excuse excuse = because(kLateWrite);

 private:
  struct Appended {
    sim::Instant at;
    bool included = false;
  };
  std::map<std::pair<TopicPartition, Offset>, Appended> appended_;
};

}  // namespace

void Excuse::add(const Excuse& other) {
  const auto all = [](auto& into, const auto& from) { into.insert(from.begin(), from.end()); };
  all(decisions, other.decisions);
  all(markers, other.markers);
  all(transactions, other.transactions);
  all(lost_acked, other.lost_acked);
  all(written_late, other.written_late);
  all(keys, other.keys);
  all(unstable, other.unstable);
  all(shown, other.shown);
}

std::vector<Excuse> excuses(scenario::Session& session, const test::ToldOutcomes& told, bool newer, bool verified,
                            const std::vector<Unheard>& unheard) {
  Run run(session, told);
  LateMarkers late_markers;
  LateEnds late_ends;
  ReusedSequences reused;
  Decisions decisions(run, unheard);
  LateWrites late_writes;
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
      if (led) {
        run.note_append(line, tp, base, batch);
        decisions.on_write(line, tp, batch);
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
    } else if (const auto cut = fact_if<fact::LogTruncated>(line)) {
      decisions.on_cut(run, line, *cut);
    } else if (const auto step = fact_if<fact::ProducerTransaction>(line)) {
      late_ends.on_program(line, *step);
    } else if (const auto message = fact_if<fact::MessageDelivered>(line)) {
      late_ends.on_delivered(run, line, *message);
    }
    reused.on_line(run, line);
  }
  std::vector<TopicPartition> written_to;
  for (const char* name : {"out", "pay"})
    for (std::int32_t p = 0; p < 2; ++p) written_to.push_back({run.topic(name), p});
  for (const TopicPartition tp : written_to) late_writes.look(run, tp, verified);

  std::vector<Excuse> all;
  if (Excuse ended = ended_searches(run, written_to); !ended.shown.empty()) all.push_back(std::move(ended));
  if (!late_markers.excuse.markers.empty()) all.push_back(std::move(late_markers.excuse));
  if (!decisions.lost.decisions.empty()) all.push_back(std::move(decisions.lost));
  std::erase_if(reused.renumbered.lost_acked, [&](const test::RecordId& record) { return !told.aborted(record); });
  if (!reused.renumbered.lost_acked.empty()) all.push_back(std::move(reused.renumbered));
  // In the newer version each end raises the epoch: no sequence comes twice in one, a late EndTxn or batch is refused. The others no seed has shown there.
  if (newer) return all;
  if (!decisions.forgotten.decisions.empty()) all.push_back(std::move(decisions.forgotten));
  if (!decisions.unheard.decisions.empty()) all.push_back(std::move(decisions.unheard));
  if (!late_ends.excuse.transactions.empty()) all.push_back(std::move(late_ends.excuse));
  if (!reused.excuse.transactions.empty()) all.push_back(std::move(reused.excuse));
  // A verified write is part of the next transaction, which has that partition and the same epoch: the batch timed out while its own was being ended.
  if (verified) late_writes.excuse.cause = "a write that came after the end of its transaction became part of the next";
  if (!late_writes.excuse.written_late.empty()) all.push_back(std::move(late_writes.excuse));
  return all;
}

}  // namespace kafkascope::transaction_swarm
