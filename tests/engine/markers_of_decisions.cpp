// Which decision each marker in the partitions' logs belongs to.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "coordinator/transaction_coordinator_shard.h"
#include "engine/later_handled.h"
#include "engine/transaction_oracle.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/records.h"
#include "protocol/trace_code.h"
#include "protocol/transaction_marker.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::test {

namespace {

/// A decision in the log of __transaction_state.
struct Decision {
  protocol::TransactionResult result;
  std::int32_t epoch = -1;  // of the producer
  protocol::TopicPartition log;
  protocol::Offset offset;
  std::int32_t coordinator_epoch = -1;                         // the leader epoch in which it was appended
  std::optional<sim::Instant> at;                              // of the append; nullopt: the trace does not say
  sim::Instant stored = sim::kNever, completed = sim::kNever;  // according to the coordinator that made it
  std::vector<protocol::TopicPartition> partitions;
};

/// What the trace says of appends: when each decision was appended, and when the requests were sent that brought the markers.
class Appends {
 public:
  Appends(const observe::TraceStore& trace, protocol::TopicId decisions, const LaterHandled* later)
      : known_(trace.size() > 0) {
    const auto& written = trace.written();
    std::size_t next = 0;
    for (std::size_t i = 0; i < trace.size(); ++i) {
      const sim::TraceLine& line = trace[i];
      if (const auto step = fact_if<fact::TransactionState>(line))
        steps_[{step->partition, step->producer_id}].push_back({line.time, line.node, step->to});
      else if (const auto loaded = fact_if<fact::TransactionsLoaded>(line))
        loaded_[{loaded->partition, line.node.index}].push_back(line.time);
      else if (const auto marked = fact_if<fact::TransactionMarkerAppended>(line)) {
        const sim::TraceLine* sent = sent_for(trace, line, protocol::api::WriteTxnMarkers);
        if (sent == nullptr && later != nullptr) sent = later->sent_for(line);
        const auto append = markers_at_.find({marked->partition, marked->offset, line.node.index});
        if (sent != nullptr && append != markers_at_.end()) markers_[append->second] = sent->time;
      }
      while (next < written.size() && written[next].seq < line.seq) ++next;
      const auto append = fact_if<fact::LogAppended>(line);
      if (!append || next == written.size() || written[next].seq != line.seq) continue;
      const protocol::RecordBatch& batch = *written[next].batch;
      if (append->partition.topic == decisions)
        decided_[{append->partition, append->base_offset, append->leader_epoch}] = {line.time, line.node};
      else if (protocol::marker_in(batch))
        markers_at_[{append->partition, append->base_offset, line.node.index}] = &batch;
    }
  }
  bool known() const { return known_; }
  /// Sets the decision's times. A coordinator sends markers from when it has stored the decision until the transaction is complete.
  void set_times(Decision& decision, protocol::ProducerId producer, const protocol::StoredBatch& batch) const {
    using coordinator::TransactionState;
    const auto append = decided_.find({decision.log, batch.base_offset, batch.leader_epoch});
    if (append == decided_.end()) return;
    const auto [at, node] = append->second;
    decision.at = at;
    // A process that dies may come back in the same epoch, and loads what its log has.
    if (const auto loads = loaded_.find({decision.log, node.index}); loads != loaded_.end())
      for (const sim::Instant loaded : loads->second)
        if (at < loaded) decision.stored = std::min(decision.stored, loaded);
    const auto steps = steps_.find({decision.log, producer});
    if (steps == steps_.end()) return;
    bool stored = false;
    for (const Step& step : steps->second) {
      if (step.node != node || step.at < at) continue;
      const auto to = static_cast<TransactionState>(step.to);
      const bool prepared = to == TransactionState::PrepareCommit || to == TransactionState::PrepareAbort;
      if (!stored) {
        if (!prepared) return;  // it has not been stored in time
        decision.stored = std::min(decision.stored, step.at);
        stored = true;
      } else {
        decision.completed = step.at;
        return;
      }
    }
  }
  /// When the request was sent that brought the marker; nullopt: the trace does not say.
  std::optional<sim::Instant> sent(const protocol::RecordBatch& marker) const {
    const auto at = markers_.find(&marker);
    return at == markers_.end() ? std::nullopt : std::optional(at->second);
  }

 private:
  bool known_;
  std::map<std::tuple<protocol::TopicPartition, protocol::Offset, protocol::LeaderEpoch>,
           std::pair<sim::Instant, sim::NodeId>>
      decided_;
  struct Step {
    sim::Instant at;
    sim::NodeId node;
    std::int64_t to;
  };
  std::map<std::pair<protocol::TopicPartition, protocol::ProducerId>, std::vector<Step>> steps_;
  std::map<std::pair<protocol::TopicPartition, std::int32_t>, std::vector<sim::Instant>> loaded_;
  std::map<const protocol::RecordBatch*, sim::Instant> markers_;  // the trace keeps the batches
  /// By place and leader: the last marker that was appended there.
  std::map<std::tuple<protocol::TopicPartition, protocol::Offset, std::int32_t>, const protocol::RecordBatch*>
      markers_at_;
};

using Decided = std::map<protocol::ProducerId, std::vector<Decision>>;

/// A decision that is not stored in time counts as refused, although it is in the log (TransactionStateManager.appendTransactionToLog): the transaction goes on, or another decision follows. So only the
/// last one before the completion counts.
Decided decisions(const cluster::Cluster& cluster, const std::string& topic, const Appends& appends) {
  using coordinator::TransactionState;
  Decided all;
  for_each_leader_log(cluster, topic, [&](std::int32_t partition, const storage::PartitionLog& log) {
    const protocol::TopicPartition tp{cluster.committed().topic_id(topic), partition};
    std::map<std::string, std::pair<protocol::ProducerId, Decision>> last;
    const auto counts = [&](const std::pair<protocol::ProducerId, Decision>& decision) {
      all[decision.first].push_back(decision.second);
    };
    for (const protocol::StoredBatch& batch : log.batches())
      for (int i = 0; i < batch.data->count(); ++i) {
        const auto record =
            coordinator::TransactionCoordinatorShard::decode(batch.data->records[static_cast<std::size_t>(i)]);
        if (!record || !std::get<0>(*record).value) continue;
        const std::string& id = std::get<0>(*record).transactional_id;
        const auto& value = *std::get<0>(*record).value;
        const bool commits = value.transaction_status == TransactionState::PrepareCommit;
        if (commits || value.transaction_status == TransactionState::PrepareAbort) {
          Decision decision{commits ? protocol::TransactionResult::Commit : protocol::TransactionResult::Abort,
                            value.producer_epoch,
                            tp,
                            batch.base_offset + batch.data->offset_delta(i),
                            batch.leader_epoch.value,
                            std::nullopt,
                            sim::kNever,
                            sim::kNever,
                            value.transaction_partitions};
          appends.set_times(decision, value.producer_id, batch);
          last.insert_or_assign(id, std::pair{value.producer_id, std::move(decision)});
        } else if (const auto of = last.extract(id); !of.empty()) {
          if (value.transaction_status != TransactionState::Ongoing) counts(of.mapped());
        }
      }
    for (const auto& [id, decision] : last) counts(decision);
  });
  return all;
}

/// A marker in a partition's log.
struct Marker {
  protocol::Offset offset;
  protocol::TransactionResult result;
  std::int32_t epoch = -1, coordinator_epoch = -1;
  std::optional<sim::Instant> sent;  // of the request that brought it
  bool ends = false;                 // the producer has written there since the marker before
};

/// The decisions for one producer in one partition, and its markers there, in the order of the logs.
struct Ends {
  std::vector<const Decision*> decisions;
  std::vector<Marker> markers;
};

/// The place in `ends.decisions` of the one that this marker belongs to; nullopt: there is none. A coordinator does not decide again before a transaction is complete, so it sends the markers
/// of the last decision that it has made or loaded. Of two epochs the older coordinator does not know what the newer one has decided.
std::optional<int> decision_of(const Ends& ends, const std::vector<Decision>& of_producer, const Marker& marker) {
  if (!marker.sent) return std::nullopt;
  const sim::Instant sent = *marker.sent;
  const Decision* ending = nullptr;
  for (const Decision& decision : of_producer)
    if (decision.at && *decision.at <= sent && decision.coordinator_epoch <= marker.coordinator_epoch)
      ending = &decision;
  const auto there = std::find(ends.decisions.begin(), ends.decisions.end(), ending);
  if (there == ends.decisions.end()) return std::nullopt;
  // Another coordinator has loaded the decision.
  const bool made_it = ending->coordinator_epoch == marker.coordinator_epoch;
  if (made_it && (sent < ending->stored || ending->completed < sent)) return std::nullopt;
  if (ending->result != marker.result || ending->epoch != marker.epoch) return std::nullopt;
  return static_cast<int>(there - ends.decisions.begin());
}

std::string text_of(protocol::TransactionResult result, std::int32_t epoch, protocol::Offset offset) {
  return fmt::format("{} at {} in epoch {}", result == protocol::TransactionResult::Commit ? "COMMIT" : "ABORT",
                     offset.value, epoch);
}

/// Each decision has its marker, and each marker its decision: none is left out, the markers of one decision stand together, and only the first of them ends anything. Empty if so.
std::string disagree(const Ends& ends, const std::vector<Decision>& of_producer, bool trace_known) {
  int last = -1;  // the place of the decision that the marker before belongs to
  for (std::size_t i = 0; i < ends.markers.size(); ++i) {
    const Marker& marker = ends.markers[i];
    std::optional<int> next;
    if (!trace_known) {
      const Decision* same = i < ends.decisions.size() ? ends.decisions[i] : nullptr;
      if (same != nullptr && same->result == marker.result && same->epoch == marker.epoch) next = static_cast<int>(i);
    } else {
      // A leader refuses the markers of a coordinator that has been replaced (ProducerAppendInfo.checkCoordinatorEpoch).
      const bool replaced = i > 0 && marker.coordinator_epoch < ends.markers[i - 1].coordinator_epoch;
      const auto place = replaced ? std::nullopt : decision_of(ends, of_producer, marker);
      if (place && (*place == last + 1 || (*place == last && !marker.ends))) next = place;
    }
    if (!next) {
      const auto expected = static_cast<std::size_t>(last + 1);
      return fmt::format("{}, sent at {} us; decided: {}", text_of(marker.result, marker.epoch, marker.offset),
                         marker.sent ? marker.sent->us : -1,
                         expected < ends.decisions.size()
                             ? text_of(ends.decisions[expected]->result, ends.decisions[expected]->epoch,
                                       ends.decisions[expected]->offset)
                             : "nothing more");
    }
    last = *next;
  }
  const auto place = static_cast<std::size_t>(last + 1);
  if (place == ends.decisions.size()) return "";
  const Decision& missing = *ends.decisions[place];
  return fmt::format("none; decided: {}", text_of(missing.result, missing.epoch, missing.offset));
}

}  // namespace

std::string differs_from_decisions(const cluster::Cluster& cluster, const observe::TraceStore& trace,
                                   const std::vector<std::string>& topics, const std::set<DecisionFor>& ignored,
                                   const std::set<MarkerAt>& ignored_markers, const LaterHandled* later) {
  const std::string of_decisions(coordinator::kTransactionStateTopic);
  const Appends appends(trace, cluster.committed().topic_id(of_decisions), later);
  const Decided decided = decisions(cluster, of_decisions, appends);
  std::map<std::pair<protocol::TopicPartition, protocol::ProducerId>, Ends> all;
  for (const auto& [producer, list] : decided)
    for (const Decision& decision : list)
      for (const protocol::TopicPartition p : decision.partitions)
        if (std::find(topics.begin(), topics.end(), cluster.topic_name(p.topic)) != topics.end() &&
            !ignored.contains({decision.log, decision.offset, p}))
          all[{p, producer}].decisions.push_back(&decision);
  for (const std::string& topic : topics)
    for_each_leader_log(cluster, topic, [&](std::int32_t partition, const storage::PartitionLog& log) {
      const protocol::TopicPartition tp{cluster.committed().topic_id(topic), partition};
      std::set<protocol::ProducerId> open;
      for (const protocol::StoredBatch& batch : log.batches())
        if (const auto marker = protocol::marker_in(*batch.data); !marker) {
          if (batch.data->transactional) open.insert(batch.data->producer_id);
        } else {
          const protocol::ProducerId producer = batch.data->producer_id;
          const bool ends = open.erase(producer) > 0;
          if (ignored_markers.contains({tp, batch.base_offset, producer, marker->coordinator_epoch})) continue;
          all[{tp, producer}].markers.push_back({batch.base_offset, marker->result, batch.data->producer_epoch,
                                                 marker->coordinator_epoch, appends.sent(*batch.data), ends});
        }
    });
  const std::vector<Decision> none;
  for (const auto& [where, ends] : all) {
    const auto of_producer = decided.find(where.second);
    const std::string what = disagree(ends, of_producer == decided.end() ? none : of_producer->second, appends.known());
    if (!what.empty())
      return fmt::format("{} has other markers of producer {} than its coordinator decided: {}",
                         cluster.name(where.first), where.second, what);
  }
  return "";
}

}  // namespace kafkascope::test
