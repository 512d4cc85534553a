#include "engine/kafkas_own.h"

#include <algorithm>
#include <string>

#include "client/transaction_manager.h"
#include "coordinator/transaction_coordinator_shard.h"
#include "protocol/apis.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/transaction_marker.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::transaction_swarm {

using protocol::Offset;
using protocol::ProducerId;
using protocol::TopicId;
using protocol::TopicPartition;

namespace {

constexpr std::string_view kDecisionLost =
    "a coordinator read a decision above the high watermark, wrote markers, and lost it to the next leader";
constexpr std::string_view kSequenceReused =
    "a batch timed out while its transaction was being ended, and the next one got its sequence in the same epoch";
constexpr std::string_view kLateEnd = "an EndTxn that came late ended the producer's next transaction";
constexpr std::string_view kLateMarker = "a marker that came late ended the producer's next transaction";
constexpr std::string_view kMetadataMissing =
    "a coordinator took over before it had heard of the partitions, and took them for deleted";

class Reading {
 public:
  Reading(const cluster::Cluster& cluster, const observe::TraceStore& trace)
      : cluster_(cluster),
        trace_(trace),
        decisions_(topic("__transaction_state")),
        offsets_(topic("__consumer_offsets")),
        out_(topic("out")) {
    lost_.cause = kDecisionLost;
    reused_.cause = kSequenceReused;
    ended_.cause = kLateEnd;
    marked_.cause = kLateMarker;
    late_.cause = kHanging;
  }

  /// `written`: of log.append and log.replicate.
  void on_line(const sim::TraceLine& line, const protocol::RecordBatch* written) {
    if (const auto leads = fact_if<fact::BecameLeader>(line)) {
      if (leads->partition.topic == decisions_) loaded_[{line.node.index, leads->partition}] = leads->start_offset;
    } else if (const auto cut = fact_if<fact::LogTruncated>(line)) {
      if (cut->partition.topic == decisions_) on_cut(line.node, *cut);
    } else if (const auto appended = fact_if<fact::LogAppended>(line)) {
      on_batch(line, appended->partition, appended->base_offset, written);
      if (written != nullptr && written->transactional) {
        appended_[{appended->partition, appended->base_offset}] = line.time;
        if (!protocol::marker_in(*written)) opened_.try_emplace({appended->partition, written->producer_id}, line.time);
      }
    } else if (const auto marker = fact_if<fact::TransactionMarkerAppended>(line)) {
      const std::pair where{marker->partition, marker->producer_id};
      const auto opened = opened_.extract(where);
      const auto last = marked_at_.find(where);
      if (!opened.empty() && is_late_marker(line, opened.mapped())) {
        marked_.decisions.insert(where);
        for (const std::int32_t program : programs_[marker->producer_id]) marked_.programs.insert(program);
        marked_.outputs = marked_.outputs || marker->partition.topic == out_;
      } else if (opened.empty() && last != marked_at_.end() && is_late_marker(line, last->second)) {
        marked_.decisions.insert(where);  // one more marker, which ends nothing
      }
      marked_at_[where] = line.time;
    } else if (const auto copied = fact_if<fact::LogReplicated>(line)) {
      on_batch(line, copied->partition, copied->base_offset, written);
    } else if (const auto step = fact_if<fact::ProducerTransaction>(line)) {
      const auto to = static_cast<client::TransactionState>(step->to);
      using enum client::TransactionState;
      if (to == InTransaction) began_[line.node.index] = line.time;
      if (to == CommittingTransaction || to == AbortingTransaction) ending_.insert(line.node.index);
      else ending_.erase(line.node.index);
    } else if (const auto delivered = fact_if<fact::MessageDelivered>(line)) {
      if (delivered->api == 2 * static_cast<int>(protocol::ApiKey::EndTxn) && is_late_end(line, delivered->from))
        ended_.programs.insert(delivered->from.index);
    } else if (const auto failed = fact_if<fact::BatchFailed>(line)) {
      if (ending_.contains(line.node.index)) failed_.insert({line.node.index, failed->partition});
    } else if (const auto repeated = fact_if<fact::DuplicateBatch>(line)) {
      repeated_.insert({repeated->partition, repeated->base_offset});
    } else if (const auto acked = fact_if<fact::BatchAcked>(line)) {
      if (acked->attempt == 0 && repeated_.contains({acked->partition, acked->base_offset}) &&
          failed_.contains({line.node.index, acked->partition})) {
        reused_.programs.insert(line.node.index);
        reused_.lost += acked->count;
        reused_.outputs = reused_.outputs || acked->partition.topic == out_;
      }
    }
  }

  /// Batches of aborted transactions that their leader appended after the program had heard of the abort.
  void look_for_late_writes(const test::ToldOutcomes& told, std::string_view name) {
    const TopicId id = topic(std::string(name));
    for (std::int32_t p = 0; p < 2; ++p) {
      const TopicPartition tp{id, p};
      const storage::PartitionLog* log = cluster_.leader_log(tp);
      if (log == nullptr) continue;
      std::map<ProducerId, bool> all_late;  // of a transaction without an end
      for (const protocol::StoredBatch& stored : log->batches()) {
        const protocol::RecordBatch& batch = *stored.data;
        if (protocol::marker_in(batch)) {
          all_late.erase(batch.producer_id);
          continue;
        }
        if (!batch.transactional) continue;
        const bool is_late = is_late_write(told, tp, stored);
        auto [open, first] = all_late.try_emplace(batch.producer_id, true);
        open->second = open->second && is_late;
        if (!is_late) continue;
        for (int i = 0; i < batch.count(); ++i)
          late_.records.insert({batch.client, batch.records[static_cast<std::size_t>(i)].number});
        late_.outputs = late_.outputs || id == out_;
      }
      if (!all_late.empty() && std::all_of(all_late.begin(), all_late.end(), [](const auto& o) { return o.second; }))
        late_.unstable.insert(tp);
    }
  }

  /// Which partitions that coordinator did not know is not in the trace.
  Exceptions metadata_missing() const {
    Exceptions unknown;
    unknown.cause = kMetadataMissing;
    unknown.outputs = true;
    for (const auto& [producer, nodes] : programs_) {
      unknown.programs.insert(nodes.begin(), nodes.end());
      for (const char* name : {"out", "pay"})
        for (std::int32_t p = 0; p < 2; ++p) unknown.decisions.insert({{topic(name), p}, producer});
    }
    return unknown;
  }

  std::vector<Exceptions> found() const {
    std::vector<Exceptions> all;
    if (!lost_.decisions.empty()) all.push_back(lost_);
    if (!reused_.programs.empty()) all.push_back(reused_);
    if (!ended_.programs.empty()) all.push_back(ended_);
    if (!marked_.decisions.empty()) all.push_back(marked_);
    if (!late_.records.empty()) all.push_back(late_);
    return all;
  }

 private:
  struct Decision {
    Offset offset;
    ProducerId producer = protocol::kNoProducerId;
    std::vector<TopicPartition> partitions;
  };

  TopicId topic(const std::string& name) const { return cluster_.committed().topic_id(name); }

  bool is_late_write(const test::ToldOutcomes& told, TopicPartition tp, const protocol::StoredBatch& stored) const {
    const auto at = appended_.find({tp, stored.base_offset});
    const auto aborted = told.aborted_at({stored.data->client, stored.data->records[0].number});
    return at != appended_.end() && aborted && *aborted < at->second;
  }

  /// Its coordinator sent it before that moment.
  bool is_late_marker(const sim::TraceLine& marker, sim::Instant than) const {
    const sim::TraceLine* line = &marker;
    while (line != nullptr) {
      const auto delivered = fact_if<fact::MessageDelivered>(*line);
      line = trace_.find(line->cause);
      if (delivered && delivered->api == 2 * static_cast<int>(protocol::ApiKey::WriteTxnMarkers))
        return line != nullptr && line->time < than;
    }
    return false;
  }

  /// It was sent before its producer began the transaction that is open now.
  bool is_late_end(const sim::TraceLine& delivered, sim::NodeId program) const {
    const sim::TraceLine* sent = trace_.find(delivered.cause);
    const auto began = began_.find(program.index);
    return sent != nullptr && sent->node == program && began != began_.end() && sent->time < began->second;
  }

  void on_batch(const sim::TraceLine& line, TopicPartition tp, Offset base, const protocol::RecordBatch* batch) {
    if (batch == nullptr) return;
    if (batch->transactional && batch->client >= 0) programs_[batch->producer_id].insert(batch->client);
    if (tp.topic != decisions_) return;
    using coordinator::TransactionState;
    for (int i = 0; i < batch->count(); ++i) {
      const auto record = coordinator::TransactionCoordinatorShard::decode(batch->records[static_cast<std::size_t>(i)]);
      if (!record) continue;
      const auto& value = std::get<0>(*record).value;
      if (!value || (value->transaction_status != TransactionState::PrepareCommit &&
                     value->transaction_status != TransactionState::PrepareAbort))
        continue;
      known_[{line.node.index, tp}].push_back(
          {base + batch->offset_delta(i), value->producer_id, value->transaction_partitions});
    }
  }

  /// It has acted on the decisions that were in its log when it was elected.
  void on_cut(sim::NodeId node, const fact::LogTruncated& cut) {
    std::vector<Decision>& known = known_[{node.index, cut.partition}];
    const auto led = loaded_.find({node.index, cut.partition});
    for (const Decision& decision : known) {
      if (decision.offset < cut.to || led == loaded_.end() || !(decision.offset < led->second)) continue;
      for (const TopicPartition tp : decision.partitions) {
        lost_.decisions.insert({tp, decision.producer});
        lost_.outputs = lost_.outputs || tp.topic == out_ || tp.topic == offsets_;
      }
      for (const std::int32_t program : programs_[decision.producer]) lost_.programs.insert(program);
    }
    std::erase_if(known, [&](const Decision& d) { return !(d.offset < cut.to); });
  }

  const cluster::Cluster& cluster_;
  const observe::TraceStore& trace_;
  TopicId decisions_, offsets_, out_;
  std::map<std::pair<std::int32_t, TopicPartition>, Offset>
      loaded_;  // where its log ended when that node became leader
  std::map<std::pair<std::int32_t, TopicPartition>, std::vector<Decision>> known_;
  std::map<ProducerId, std::set<std::int32_t>> programs_;
  std::map<std::int32_t, sim::Instant> began_;                // programs' last transactions
  std::set<std::int32_t> ending_;                             // programs that commit or abort
  std::set<std::pair<std::int32_t, TopicPartition>> failed_;  // where a batch of theirs failed meanwhile
  std::set<std::pair<TopicPartition, Offset>> repeated_;      // batches that a leader took for a repetition
  std::map<std::pair<TopicPartition, Offset>, sim::Instant> appended_;
  std::map<std::pair<TopicPartition, ProducerId>, sim::Instant>
      opened_;  // when the first batch of a transaction was appended
  std::map<std::pair<TopicPartition, ProducerId>, sim::Instant> marked_at_;
  Exceptions lost_, reused_, ended_, marked_, late_;
};

}  // namespace

std::vector<Exceptions> kafkas_own(const scenario::Session& session, const test::ToldOutcomes& told, bool newer,
                                   bool verified, bool metadata_missing) {
  const observe::TraceStore& trace = session.observation().trace();
  Reading reading(session.cluster(), trace);
  std::size_t next = 0;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const protocol::RecordBatch* written = nullptr;
    while (next < trace.written().size() && trace.written()[next].seq < trace[i].seq) ++next;
    if (next < trace.written().size() && trace.written()[next].seq == trace[i].seq)
      written = trace.written()[next].batch.get();
    reading.on_line(trace[i], written);
  }
  if (!verified)
    for (const char* name : {"out", "pay"}) reading.look_for_late_writes(told, name);
  std::vector<Exceptions> all = reading.found();
  // In the newer version each end raises the epoch: no sequence comes twice in one, and what comes late from the transaction before is refused.
  std::erase_if(all, [&](const Exceptions& e) {
    return newer && (e.cause == kSequenceReused || e.cause == kLateEnd || e.cause == kLateMarker);
  });
  if (metadata_missing) all.push_back(reading.metadata_missing());
  return all;
}

}  // namespace kafkascope::transaction_swarm
