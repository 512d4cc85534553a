// A leader that knows nothing of a producer accepts any sequence of it (ProducerAppendInfo.checkSequence). Which records come behind later ones
// of their producer for that reason, and no other.
#pragma once
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "client/producer.h"
#include "cluster/cluster.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::delivery_matrix {

class TakenForTheFirst {
 public:
  using TopicPartition = protocol::TopicPartition;

  explicit TakenForTheFirst(const cluster::Cluster& cluster) : cluster_(cluster) {}

  /// Call after the line's event, before the next.
  void on_line(const sim::TraceLine& line) {
    if (const auto sent = fact_if<fact::BatchSent>(line)) on_sent(line, *sent);
    else if (const auto retried = fact_if<fact::BatchRetried>(line)) on_retried(line, *retried);
    else if (const auto leads = fact_if<fact::BecameLeader>(line))
      elections_[leads->partition].push_back({line.seq, leads->leader_epoch, leads->start_offset});
  }
  void on_append(const sim::TraceLine& line, const fact::LogAppended& append, const protocol::RecordBatch& batch) {
    for (const protocol::RecordView record : batch.records)
      appended_[{append.partition, batch.client}].try_emplace(record.number, Appended{line.node, line.seq});
    // With the second version a transaction's first batch in a partition must begin with 0 there (KIP-890).
    if (batch.producer_id < 0) return;
    std::vector<Accepted>& accepted = accepted_[{append.partition, batch.producer_id}];
    if (batch.base_sequence != 0 && !batch.transactional) look(line, append, batch, accepted);
    accepted.push_back(
        {line.seq, append.leader_epoch, append.base_offset, batch.producer_epoch, batch.base_sequence, batch.count()});
  }

  /// The record was in flight with a lower sequence than a batch that a leader took for the first, that leader appended it behind it, and no later record of
  /// its producer had been appended before.
  bool explains(TopicPartition p, std::int32_t client, std::uint32_t number) const {
    const auto of = appended_.find({p, client});
    if (of == appended_.end()) return false;
    const auto there = of->second.find(number);
    return there != of->second.end() && std::any_of(taken_.begin(), taken_.end(), [&](const Taken& t) {
             return t.partition == p && t.client == client && t.missed.contains(number) && holds(t) &&
                    t.leader == there->second.leader && t.line < there->second.line &&
                    std::all_of(std::next(there), of->second.end(),
                                [&](const auto& later) { return t.line <= later.second.line; });
           });
  }

 private:
  using Process = std::pair<std::int32_t, std::uint32_t>;          // a node and its incarnation
  using Attempt = std::tuple<std::int32_t, client::BatchId, int>;  // of a client's batch

  struct Appended {  // first
    sim::NodeId leader;
    std::uint64_t line = 0;
  };
  struct Accepted {  // by a leader
    std::uint64_t line = 0;
    protocol::LeaderEpoch leader_epoch;
    protocol::Offset base_offset;
    protocol::ProducerEpoch epoch;
    std::int32_t base_sequence = -1, count = 0;
  };
  struct Election {
    std::uint64_t line = 0;
    protocol::LeaderEpoch leader_epoch;
    protocol::Offset start_offset;  // the new leader's log ends there
  };
  struct InFlight {
    client::ProducerIdAndEpoch producer;
    Process to;
    Attempt attempt;
    std::int32_t base_sequence = -1;
    std::vector<std::uint32_t> numbers;
  };
  struct Taken {
    TopicPartition partition;
    std::int32_t client = -1;
    sim::NodeId leader;
    std::uint64_t line = 0;
    std::set<std::uint32_t> missed;  // records in flight with a lower sequence
    std::vector<Attempt> refused;    // those that came to this leader must have been
  };

  /// The leader's log has nothing of the producer, not even of another epoch, and each sequence below the batch's is accounted for: an earlier leader had
  /// accepted it, and a later one was elected whose log ended before it; or it was in flight when this batch was sent.
  void look(const sim::TraceLine& line, const fact::LogAppended& append, const protocol::RecordBatch& batch,
            const std::vector<Accepted>& accepted) {
    const TopicPartition p = append.partition;
    const storage::PartitionLog* log = cluster_.log(cluster_.info(line.node).id, p);
    if (log == nullptr) return;
    for (const protocol::StoredBatch& earlier : log->batches())
      if (earlier.base_offset < append.base_offset && earlier.data->producer_id == batch.producer_id) return;
    std::set<std::int32_t> missing;
    for (std::int32_t sequence = 0; sequence < batch.base_sequence; ++sequence) missing.insert(missing.end(), sequence);
    const auto found = [&](std::int32_t base_sequence, std::int32_t count) {
      missing.erase(missing.lower_bound(base_sequence), missing.lower_bound(base_sequence + count));
    };
    for (const Accepted& a : accepted) {
      if (a.epoch != batch.producer_epoch || !cut_off(p, a, append)) return;
      found(a.base_sequence, a.count);
    }
    Taken taken{p, batch.client, line.node, line.seq, {}, {}};
    for (const InFlight& b : before_[{p, batch.client, batch.base_sequence}]) {
      if (b.producer != client::ProducerIdAndEpoch{batch.producer_id, batch.producer_epoch}) return;
      found(b.base_sequence, static_cast<std::int32_t>(b.numbers.size()));
      taken.missed.insert(b.numbers.begin(), b.numbers.end());
      if (b.to == process(line.node)) taken.refused.push_back(b.attempt);
    }
    if (missing.empty()) taken_.push_back(std::move(taken));
  }
  /// A leader whose log ended before it was elected since.
  bool cut_off(TopicPartition p, const Accepted& batch, const fact::LogAppended& now) const {
    const auto elections = elections_.find(p);
    return elections != elections_.end() &&
           std::any_of(elections->second.begin(), elections->second.end(), [&](const Election& e) {
             return batch.line < e.line && batch.leader_epoch < e.leader_epoch && e.leader_epoch <= now.leader_epoch &&
                    e.start_offset <= batch.base_offset;
           });
  }
  /// What came to the same process of that leader was refused for want of in-sync replicas, which is seen before the sequence
  /// (Partition.appendRecordsToLeader). Known when it has been answered.
  bool holds(const Taken& taken) const {
    return std::all_of(taken.refused.begin(), taken.refused.end(), [&](const Attempt& attempt) {
      const auto error = retried_.find(attempt);
      return error != retried_.end() && error->second == protocol::ErrorCode::NOT_ENOUGH_REPLICAS;
    });
  }

  /// Notes where the batch goes, and which ones before it are in requests: none may wait to be sent again (the deques of RecordAccumulator are in order).
  void on_sent(const sim::TraceLine& line, const fact::BatchSent& sent) {
    if (sent.base_sequence < 0) return;
    std::vector<InFlight>& before = before_[{sent.partition, line.node.index, sent.base_sequence}];
    before.clear();
    for_each_batch(line.node, sent.partition, [&](const client::ProducerBatch& batch) {
      const Attempt attempt{line.node.index, batch.id, batch.attempts};
      if (batch.base_sequence == sent.base_sequence) {
        const auto* producer = cluster_.role<client::Producer>(line.node);
        const protocol::BrokerId leader = producer->metadata().partition(sent.partition).leader;
        sent_to_[attempt] = process(cluster_.find("broker-" + std::to_string(leader)));
      } else if (batch.in_flight && batch.base_sequence < sent.base_sequence) {
        before.push_back({batch.producer, sent_to_[attempt], attempt, batch.base_sequence, {}});
        for (const protocol::RecordView record : batch.sealed->records) before.back().numbers.push_back(record.number);
      }
    });
  }
  /// Its answer; the batch waits to be sent again, or has been already.
  void on_retried(const sim::TraceLine& line, const fact::BatchRetried& retried) {
    bool noted = false;
    for_each_batch(line.node, retried.partition, [&](const client::ProducerBatch& batch) {
      if (noted || batch.attempts != retried.attempt || batch.count() != retried.count) return;
      noted = retried_.try_emplace({line.node.index, batch.id, batch.attempts - 1}, retried.error).second;
    });
  }
  /// Those with a sequence and without an answer for good, by sequence.
  template <class F>
  void for_each_batch(sim::NodeId node, TopicPartition p, F&& f) const {
    const auto* producer = cluster_.role<client::Producer>(node);
    if (producer == nullptr) return;
    const auto& entries = producer->transactions().entries();
    const auto entry = entries.find(p);
    if (entry == entries.end()) return;
    client::Accumulator batches = producer->accumulator();
    for (const client::BatchId id : entry->second.in_flight)
      if (const client::ProducerBatch* batch = batches.find(id)) f(*batch);
  }
  Process process(sim::NodeId node) const { return {node.index, cluster_.incarnation(node)}; }

  const cluster::Cluster& cluster_;
  std::map<std::pair<TopicPartition, std::int32_t>, std::map<std::uint32_t, Appended>> appended_;  // by client: numbers
  std::map<std::pair<TopicPartition, protocol::ProducerId>, std::vector<Accepted>> accepted_;
  std::map<TopicPartition, std::vector<Election>> elections_;
  std::map<std::tuple<TopicPartition, std::int32_t, std::int32_t>, std::vector<InFlight>>
      before_;  // by what was sent last
  std::map<Attempt, Process> sent_to_;
  std::map<Attempt, protocol::ErrorCode> retried_;
  std::vector<Taken> taken_;
};

}  // namespace kafkascope::delivery_matrix
