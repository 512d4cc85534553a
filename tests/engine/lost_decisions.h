// Decisions that coordinators lose when the leader of __transaction_state changes, and partitions that they have not
// learned of yet.
#pragma once
#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "coordinator/transaction_coordinator_shard.h"
#include "engine/excuse_run.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/transaction_marker.h"

namespace kafkascope::transaction_swarm {

/// The decisions in a replica's log of __transaction_state, and their fate when the log is truncated or its leader has not learned of the partitions.
class Decisions {
 public:
  Decisions(const Run& run, const std::vector<Unheard>& unheard)
      : topic_(run.topic(std::string(coordinator::kTransactionStateTopic))), unheard_(unheard) {}

  /// Called for each marker that a leader has appended.
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
      if (led) {
        open_[value.producer_id] = value.transaction_status == TransactionState::Ongoing
                                       ? value.transaction_partitions
                                       : std::vector<TopicPartition>{};
        const Offset offset = base + batch.offset_delta(i);
        std::vector<Step>& steps = steps_[value.producer_id];  // what stood there from that offset on was cut off
        std::erase_if(steps, [&](const Step& s) { return s.log == tp && !(s.offset < offset); });
        steps.push_back({tp, offset, line.time, value.transaction_status, value.transaction_partitions});
      }
      std::vector<Decision>& known = known_[{line.node.index, tp}];
      if (value.transaction_status == TransactionState::PrepareCommit ||
          value.transaction_status == TransactionState::PrepareAbort) {
        const Offset offset = base + batch.offset_delta(i);
        if (led) decided_at_[{tp, offset}] = line.time;
        const bool commits = value.transaction_status == TransactionState::PrepareCommit;
        known.push_back({offset, value.producer_id, value.producer_epoch,
                         commits ? protocol::TransactionResult::Commit : protocol::TransactionResult::Abort,
                         value.transaction_partitions, decided_at_[{tp, offset}], false});
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
  void on_write(const sim::TraceLine& line, TopicPartition tp, Offset base, const protocol::RecordBatch& batch) {
    if (!batch.transactional || protocol::marker_in(batch)) return;
    writes_[{tp, batch.producer_id}].push_back({line.time, base, batch.producer_epoch, &line, &batch});
    if (batch.client < 0) return;
    for (const protocol::RecordView record : batch.records)
      records_[{tp, batch.producer_id}].emplace_back(line.time, test::RecordId{batch.client, record.number});
  }
  /// Whether the partition is part of the producer's open transaction, according to the last record that its
  /// coordinator has written.
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
          if (marker.coordinator == line.node && led->second.at <= marker.sent && marker.sent < next &&
              decision.leads_to(marker)) {
            lost.markers.insert(marker.place());
            excuse_decided(run, lost, decision);
          }
      }
    std::erase_if(known, [&](const Decision& d) { return !(d.offset < cut.to); });
    forget_added(line, cut);
  }
  /// A coordinator that has not learned of a partition completes the transaction without markers there
  /// (TransactionMarkerChannelManager.addTxnMarkersToBrokerQueue); the records share the fate of the producer's next transaction. Called when the coordinator
  /// writes that the transaction is complete.
  void complete_unheard(Run& run, const sim::TraceLine& line, TopicPartition of, ProducerId producer) {
    for (const Decision& decision : known_[{line.node.index, of}]) {
      if (decision.completed || decision.producer != producer) continue;
      for (const Unheard& u : unheard_) {
        if (u.node != line.node || u.of != of || line.time < u.at || u.until < decision.at) continue;
        for (const TopicPartition tp : decision.partitions) {
          const std::vector<sim::Instant>& marked = marked_[{tp, producer}];
          if (!u.partitions.contains(tp) || (!marked.empty() && decision.at <= marked.back())) continue;
          unheard.unmarked.insert({of, decision.offset, tp});
          unmarked_.push_back({decision, tp, completed_before(decision), line.time});
          excuse_decided(run, unheard, decision);
        }
      }
    }
  }

  /// Which writes have no end since their marker is missing. Without it a leader also accepts what comes afterwards with the epoch that it should have
  /// ended (a transaction that times out is aborted in the next epoch). Call at the end.
  void look_for_writes_without_end() {
    for (const Unmarked& u : unmarked_) {
      const ProducerAt where{u.partition, u.decision.producer};
      for (const Write& write : writes_[where]) {
        const std::vector<sim::Instant>& marked = marked_[where];
        const bool ended = std::any_of(marked.begin(), marked.end(),
                                       [&](sim::Instant at) { return u.decision.at <= at && at <= write.at; });
        if (u.since < write.at && !ended && (write.at <= u.completed || write.epoch < u.decision.epoch))
          unheard.unstable.insert({u.partition, u.decision.producer, write.offset});
      }
    }
  }

  /// What it has loaded from above its high watermark is part of the transaction for a coordinator, so it confirms that partition at once
  /// (TransactionCoordinator.handleAddPartitionsToTransaction). The next one does not know the partition, and ends the transaction without it; its records share
  /// the fate of the producer's next transaction there.
  void forget_added(const sim::TraceLine& line, const fact::LogTruncated& cut) {
    std::vector<Added>& added = added_[{line.node.index, cut.partition}];
    if (const auto led = loaded_.find({line.node.index, cut.partition}); led != loaded_.end())
      for (const Added& a : added) {
        if (a.offset < cut.to || !(a.offset < led->second.end)) continue;
        const std::vector<sim::Instant>& ends = ended_[a.producer];
        const auto end = std::upper_bound(ends.begin(), ends.end(), led->second.at);
        for (const Write& write : writes_[{a.partition, a.producer}]) {
          if (!(led->second.at < write.at) || (end != ends.end() && *end < write.at)) continue;
          perhaps_forgotten_.emplace_back(ProducerAt{a.partition, a.producer}, write);
        }
      }
    std::erase_if(added, [&](const Added& a) { return !(a.offset < cut.to); });
  }

  /// Of these writes those whose partition the transaction has really lost: the coordinators' log has no decision about that transaction that names it. Call at the end.
  void look_for_forgotten(const Run& run) {
    for (const auto& [where, write] : perhaps_forgotten_) {
      const auto transaction = run.transaction_of(*write.line, *write.batch);
      if (!transaction || is_decided(where, write.at, run.told.next_began(*transaction))) continue;
      forgotten.unstable.insert({where.first, where.second, write.offset});
      run.excuse_transaction(forgotten, transaction);
    }
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
    std::int32_t epoch = -1;
    protocol::TransactionResult result;
    std::vector<TopicPartition> partitions;
    sim::Instant at;  // the time at which the coordinator wrote it
    bool completed = false;
    bool leads_to(const MarkerSent& m) const {
      return m.where.second == producer && m.producer_epoch == epoch && m.result == result &&
             std::find(partitions.begin(), partitions.end(), m.where.first) != partitions.end();
    }
  };
  /// A decision after that write names the partition, and the coordinator's transaction had begun before the producer's next one.
  bool is_decided(const ProducerAt& where, sim::Instant written, sim::Instant next) const {
    using coordinator::TransactionState;
    const auto steps = steps_.find(where.second);
    if (steps == steps_.end()) return false;
    sim::Instant began = sim::kNever;
    for (const Step& step : steps->second) {
      if (step.state == TransactionState::Ongoing) {
        if (began == sim::kNever) began = step.at;
      } else if (step.state == TransactionState::PrepareCommit || step.state == TransactionState::PrepareAbort) {
        if (written <= step.at && began < next &&
            std::find(step.partitions.begin(), step.partitions.end(), where.first) != step.partitions.end())
          return true;
      } else {
        began = sim::kNever;
      }
    }
    return false;
  }
  /// The time at which the producer's next transaction was decided, as far as that replica knows.
  static sim::Instant decided_after(const std::vector<Decision>& known, const Decision& decision) {
    for (const Decision& d : known)
      if (d.producer == decision.producer && decision.offset < d.offset) return d.at;
    return sim::kNever;
  }
  /// When the producer's last transaction before was complete.
  sim::Instant completed_before(const Decision& decision) const {
    sim::Instant since{-1};
    if (const auto completed = completed_.find(decision.producer); completed != completed_.end())
      for (const sim::Instant at : completed->second)
        if (at < decision.at) since = at;
    return since;
  }
  /// The transactions that this decision has ended: of what the producer had written there since its last one was complete.
  void excuse_decided(const Run& run, Excuse& excuse, const Decision& decision) const {
    const sim::Instant since = completed_before(decision);
    for (const TopicPartition tp : decision.partitions)
      if (const auto written = records_.find({tp, decision.producer}); written != records_.end())
        for (const auto& [at, record] : written->second)
          if (since < at && at <= decision.at) run.excuse_transaction(excuse, run.told.transaction_of(record));
  }
  struct Added {
    Offset offset;
    ProducerId producer = protocol::kNoProducerId;
    TopicPartition partition;
  };
  struct Write {
    sim::Instant at;
    Offset offset;
    protocol::ProducerEpoch epoch;
    const sim::TraceLine* line;  // the trace keeps both
    const protocol::RecordBatch* batch;
  };
  /// A record of __transaction_state that has not been cut off.
  struct Step {
    TopicPartition log;
    Offset offset;
    sim::Instant at;
    coordinator::TransactionState state;
    std::vector<TopicPartition> partitions;
  };
  /// A decision of which this partition has no marker.
  struct Unmarked {
    Decision decision;
    TopicPartition partition;
    sim::Instant since, completed;  // when the producer's last transaction was complete, and this one
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
  std::map<ProducerAt, std::vector<Write>> writes_;
  std::map<ProducerId, std::vector<Step>> steps_;
  std::vector<std::pair<ProducerAt, Write>> perhaps_forgotten_;
  std::vector<Unmarked> unmarked_;
  std::map<ProducerAt, std::vector<sim::Instant>> marked_;
  std::map<ProducerAt, std::vector<std::pair<sim::Instant, test::RecordId>>> records_;
  std::map<std::pair<TopicPartition, Offset>, sim::Instant> decided_at_;
  std::map<ProducerId, std::vector<sim::Instant>> ended_, completed_;
  std::vector<MarkerSent> markers_;
};

}  // namespace kafkascope::transaction_swarm
