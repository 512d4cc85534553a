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
          if (marker.coordinator == line.node && marker.where.second == decision.producer &&
              led->second.at < marker.at && marker.sent < next && decision.of(marker.where.first)) {
            lost.decisions.insert(marker.where);
            excuse_decided(run, lost, decision);
          }
      }
    std::erase_if(known, [&](const Decision& d) { return !(d.offset < cut.to); });
    forget_added(run, line, cut);
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
          unheard.decisions.insert({tp, producer});
          unheard.unstable.insert(tp);
          excuse_decided(run, unheard, decision);
        }
      }
    }
  }

  /// For a coordinator, an added partition that it loaded from above its high watermark is part of the transaction, so it confirms that partition immediately
  /// (TransactionCoordinator.handleAddPartitionsToTransaction). The next coordinator does not know the partition, and ends the transaction without it; its
  /// records share the fate of the producer's next transaction there.
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
    sim::Instant at;  // the time at which the coordinator wrote it
    bool completed = false;
    bool of(TopicPartition tp) const { return std::find(partitions.begin(), partitions.end(), tp) != partitions.end(); }
  };
  /// The time at which the producer's next transaction was decided, as far as that replica knows.
  static sim::Instant decided_after(const std::vector<Decision>& known, const Decision& decision) {
    for (const Decision& d : known)
      if (d.producer == decision.producer && decision.offset < d.offset) return d.at;
    return sim::kNever;
  }
  /// Excuses the transactions that this decision has ended: those with records that the producer has written since its last
  /// completed transaction.
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

}  // namespace kafkascope::transaction_swarm
