#include "engine/transaction_oracle.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <variant>

#include "client/producer.h"
#include "client/transform.h"
#include "coordinator/group_coordinator_shard.h"
#include "coordinator/transaction_coordinator_shard.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/metadata_image.h"
#include "protocol/records.h"
#include "protocol/trace_code.h"
#include "protocol/transaction_marker.h"
#include "sim/facts_of_kernel.h"
#include "storage/partition_log.h"

namespace kafkascope::test {

namespace {

/// One partition, in the order of its log.
class Walk {
 public:
  Walk(ReadableTopic& topic, std::int32_t partition, const std::set<RecordId>& ignored)
      : topic_(topic), partition_(partition), ignored_(ignored) {}

  void on_batch(const protocol::StoredBatch& stored) {
    const protocol::RecordBatch& batch = *stored.data;
    if (const auto marker = protocol::marker_in(batch)) {
      const auto ended = open_.extract(batch.producer_id);
      if (!ended.empty() && marker->result == protocol::TransactionResult::Commit)
        for (const protocol::StoredBatch* of : ended.mapped()) commit(*of);
      return;
    }
    for (int i = 0; i < batch.count(); ++i)
      topic_.all[partition_].push_back((stored.base_offset + batch.offset_delta(i)).value);
    if (batch.transactional) open_[batch.producer_id].push_back(&stored);
    else commit(stored);
  }

  void end() {
    std::vector<std::int64_t>& offsets = topic_.committed[partition_];
    std::sort(offsets.begin(), offsets.end());
    for (const auto& [producer, batches] : open_)
      while (!offsets.empty() && offsets.back() > batches.front()->base_offset.value) offsets.pop_back();
    for (const auto& [producer, batches] : open_)
      topic_.open[partition_].emplace(producer, batches.front()->base_offset);
  }

 private:
  void commit(const protocol::StoredBatch& stored) {
    const protocol::RecordBatch& batch = *stored.data;
    for (int i = 0; i < batch.count(); ++i) {
      const protocol::RecordView record = batch.records[static_cast<std::size_t>(i)];
      topic_.committed[partition_].push_back((stored.base_offset + batch.offset_delta(i)).value);
      if (ignored_.contains({batch.client, record.number})) continue;
      if (record.key) ++topic_.keys[std::string(*record.key)];
      ++topic_.copies[{batch.client, record.number}];
      const auto [newest, first] = newest_.try_emplace(batch.client, record.number);
      if (!first && record.number < newest->second && topic_.disorder.empty())
        topic_.disorder = fmt::format("record {} of node {} is behind {} in partition {}", record.number, batch.client,
                                      newest->second, partition_);
      newest->second = record.number;
    }
  }

  ReadableTopic& topic_;
  std::int32_t partition_;
  const std::set<RecordId>& ignored_;
  std::map<std::int32_t, std::uint32_t> newest_;  // committed record of each client
  std::map<protocol::ProducerId, std::vector<const protocol::StoredBatch*>> open_;
};

/// f(number, leader's log).
template <class F>
void for_each_partition(const cluster::Cluster& cluster, const std::string& topic, F&& f) {
  const protocol::TopicImage* image = cluster.committed().topic(cluster.committed().topic_id(topic));
  if (image == nullptr) return;
  for (std::size_t p = 0; p < image->partitions.size(); ++p)
    if (const storage::PartitionLog* log = cluster.leader_log({image->id, static_cast<std::int32_t>(p)}))
      f(static_cast<std::int32_t>(p), *log);
}

/// The markers that may be repeated: a coordinator sends a marker again if no answer has confirmed it, and another coordinator sends it after loading the
/// decision.
class Repeats {
 public:
  explicit Repeats(const observe::TraceStore& trace) {
    using coordinator::TransactionState;
    for (std::size_t i = 0; i < trace.size(); ++i) {
      const sim::TraceLine& line = trace[i];
      if (const auto step = fact_if<fact::TransactionState>(line)) {
        const auto to = static_cast<TransactionState>(step->to);
        if (to == TransactionState::PrepareCommit || to == TransactionState::PrepareAbort)
          for (std::vector<sim::Instant>* times :
               {&decided_[step->producer_id], &decided_by_[{step->producer_id, line.node.index}]})
            times->push_back(line.time);
        if (to == TransactionState::CompleteCommit || to == TransactionState::CompleteAbort)
          completed_[step->producer_id].push_back(line.time);
      } else if (const auto loaded = fact_if<fact::TransactionsLoaded>(line)) {
        if (loaded->transactions > 0) loaded_[line.node.index].push_back(line.time);
      } else if (is<fact::NodeStarted>(line)) {
        waiting_.erase(line.node.index);
      } else if (const std::optional<Sent> request = request_at(trace, line)) {
        waiting_[line.node.index].push_back(*request);
      } else if (const auto marker = fact_if<fact::TransactionMarkerAppended>(line)) {
        // A leader of an earlier epoch may append another marker at that offset, and truncate it later.
        std::vector<Sent>& requests = markers_[{marker->partition, marker->offset, marker->coordinator_epoch}];
        std::vector<Sent>& waiting = waiting_[line.node.index];
        if (const std::optional<Sent> request = request_of(trace, line)) {
          requests.push_back(*request);
          std::erase_if(waiting, [&](const Sent& s) { return s.message == request->message; });
        } else {
          // A 2.5 broker whose handler waited for ZooKeeper: the marker may come from any received request.
          requests.insert(requests.end(), waiting.begin(), waiting.end());
        }
      }
    }
  }
  /// A marker in a partition.
  struct At {
    protocol::Offset offset;
    std::int32_t coordinator_epoch = -1;
  };
  /// `at` is the producer's next marker in that partition after `before`.
  bool allowed(protocol::TopicPartition tp, protocol::ProducerId producer, At before, At at) const {
    const auto first = markers_.find({tp, before.offset, before.coordinator_epoch}),
               again = markers_.find({tp, at.offset, at.coordinator_epoch});
    if (first == markers_.end() || again == markers_.end()) return false;
    const bool other = before.coordinator_epoch != at.coordinator_epoch;
    for (const Sent& a : first->second)
      for (const Sent& b : again->second) {
        if (a.message == b.message) continue;
        if (other ? repeats_loaded(producer, a, b)
                  : a.coordinator == b.coordinator && !between(decided_, producer, a.at, b.at) &&
                        !between(completed_, producer, a.at, b.at))
          return true;
      }
    return false;
  }

 private:
  /// A request with markers.
  struct Sent {
    sim::Instant at;
    std::uint64_t message = 0;  // the line of its arrival
    sim::NodeId coordinator;
  };
  /// The decision is the same if the coordinator of `b` had decided nothing since it loaded its log, and the coordinator of `a` nothing since it sent `a`. The
  /// coordinator of `a` may not know yet that another one has taken over, and send `a` after `b`.
  bool repeats_loaded(protocol::ProducerId producer, const Sent& a, const Sent& b) const {
    const auto loads = loaded_.find(b.coordinator.index);
    if (loads == loaded_.end()) return false;
    const auto later = std::upper_bound(loads->second.begin(), loads->second.end(), b.at);
    if (later == loads->second.begin()) return false;
    const auto decided = [&](sim::NodeId node, sim::Instant from) {
      return between(decided_by_, std::pair{producer, node.index}, from, b.at);
    };
    return !decided(b.coordinator, later[-1]) && !decided(a.coordinator, a.at);
  }
  static std::optional<Sent> request_at(const observe::TraceStore& trace, const sim::TraceLine& line) {
    const auto delivered = fact_if<fact::MessageDelivered>(line);
    if (!delivered || delivered->api != protocol::trace_code(protocol::api::WriteTxnMarkers)) return std::nullopt;
    const sim::TraceLine* by = trace.find(line.cause);
    if (by == nullptr) return std::nullopt;
    return Sent{by->time, line.seq, by->node};
  }
  static std::optional<Sent> request_of(const observe::TraceStore& trace, const sim::TraceLine& line) {
    for (const sim::TraceLine* at = &line; at != nullptr; at = trace.find(at->cause))
      if (auto request = request_at(trace, *at)) return request;
    return std::nullopt;
  }
  /// Whether there is a time after `from`, up to `to`.
  template <class K>
  static bool between(const std::map<K, std::vector<sim::Instant>>& times, K of, sim::Instant from, sim::Instant to) {
    const auto known = times.find(of);
    return known != times.end() && std::any_of(known->second.begin(), known->second.end(),
                                               [&](sim::Instant at) { return from < at && at <= to; });
  }
  /// By offset and coordinator epoch: the requests that may have brought the marker.
  std::map<std::tuple<protocol::TopicPartition, protocol::Offset, std::int32_t>, std::vector<Sent>> markers_;
  std::map<std::int32_t, std::vector<Sent>> waiting_;  // by leader: requests without a marker so far
  std::map<protocol::ProducerId, std::vector<sim::Instant>> decided_, completed_;
  std::map<std::pair<protocol::ProducerId, std::int32_t>, std::vector<sim::Instant>> decided_by_;  // and node
  std::map<std::int32_t, std::vector<sim::Instant>> loaded_;
};

std::string_view name(protocol::TransactionResult result) {
  return result == protocol::TransactionResult::Commit ? "COMMIT" : "ABORT";
}

/// The decisions, or the markers, for one producer in one partition: runs of equal results, in order.
struct Runs {
  struct Run {
    protocol::TransactionResult result;
    protocol::Offset first;      // in the log that was read
    int count = 0, repeats = 0;  // of the markers in `count`, those that may be repetitions
    std::set<protocol::ProducerEpoch> epochs{};
  };
  std::vector<Run> runs;
  Repeats::At last;  // the last marker
  void add(protocol::TransactionResult result, protocol::Offset offset, protocol::ProducerEpoch epoch,
           bool repeats = false) {
    if (runs.empty() || runs.back().result != result) runs.push_back({result, offset});
    ++runs.back().count;
    runs.back().repeats += repeats;
    runs.back().epochs.insert(epoch);
  }
};
using Ends = std::map<std::pair<protocol::TopicPartition, protocol::ProducerId>, Runs>;

/// A decision that is not stored in time counts as refused, although it is in the log, and another decision follows it
/// (TransactionStateManager.appendTransactionToLog): the last one before the completion counts.
Ends decisions(const cluster::Cluster& cluster, const std::set<DecisionFor>& ignored) {
  using coordinator::TransactionState;
  Ends ends;
  struct Decision {
    coordinator::TransactionLogValue value;
    protocol::TopicPartition log;
    protocol::Offset offset;
  };
  const auto decided = [&](const Decision& decision) {
    const coordinator::TransactionLogValue& value = decision.value;
    const bool commits = value.transaction_status == TransactionState::PrepareCommit;
    for (const protocol::TopicPartition p : value.transaction_partitions) {
      if (ignored.contains({decision.log, decision.offset, p})) continue;
      ends[{p, value.producer_id}].add(
          commits ? protocol::TransactionResult::Commit : protocol::TransactionResult::Abort, decision.offset,
          value.producer_epoch);
    }
  };
  const std::string topic(coordinator::kTransactionStateTopic);
  for_each_partition(cluster, topic, [&](std::int32_t partition, const storage::PartitionLog& log) {
    const protocol::TopicPartition tp{cluster.committed().topic_id(topic), partition};
    std::map<std::string, Decision> last;
    for (const protocol::StoredBatch& batch : log.batches())
      for (int i = 0; i < batch.data->count(); ++i) {
        const auto record =
            coordinator::TransactionCoordinatorShard::decode(batch.data->records[static_cast<std::size_t>(i)]);
        if (!record) continue;
        const std::string& id = std::get<0>(*record).transactional_id;
        const auto& value = std::get<0>(*record).value;
        if (!value) continue;
        if (value->transaction_status == TransactionState::PrepareCommit ||
            value->transaction_status == TransactionState::PrepareAbort) {
          last.insert_or_assign(id, Decision{*value, tp, batch.base_offset + batch.data->offset_delta(i)});
        } else if (const auto of = last.extract(id); !of.empty()) {
          decided(of.mapped());
        }
      }
    for (const auto& [id, decision] : last) decided(decision);
  });
  return ends;
}

}  // namespace

std::string differs_from_decisions(const cluster::Cluster& cluster, const observe::TraceStore& trace,
                                   const std::vector<std::string>& topics, const std::set<DecisionFor>& ignored,
                                   const std::set<MarkerAt>& ignored_markers) {
  Ends decided = decisions(cluster, ignored), written;
  const Repeats repeats(trace);
  std::erase_if(decided, [&](const auto& of) {
    const std::string name = cluster.topic_name(of.first.first.topic);
    return std::find(topics.begin(), topics.end(), name) == topics.end();
  });
  for (const std::string& topic : topics)
    for_each_partition(cluster, topic, [&](std::int32_t partition, const storage::PartitionLog& log) {
      for (const protocol::StoredBatch& batch : log.batches())
        if (const auto marker = protocol::marker_in(*batch.data)) {
          const protocol::TopicPartition tp{cluster.committed().topic_id(topic), partition};
          const protocol::ProducerId producer = batch.data->producer_id;
          if (ignored_markers.contains({tp, batch.base_offset, producer, marker->coordinator_epoch})) continue;
          Runs& runs = written[{tp, producer}];
          const Repeats::At at{batch.base_offset, marker->coordinator_epoch};
          runs.add(marker->result, batch.base_offset, batch.data->producer_epoch,
                   !runs.runs.empty() && repeats.allowed(tp, producer, runs.last, at));
          runs.last = at;
        }
    });
  for (const auto& [where, runs] : decided) written[where];
  for (const auto& [where, runs] : written) {
    const auto& wanted = decided[where].runs;
    const auto [there, of] = std::mismatch(runs.runs.begin(), runs.runs.end(), wanted.begin(), wanted.end(),
                                           [](const Runs::Run& there, const Runs::Run& of) {
                                             return there.result == of.result && there.epochs == of.epochs &&
                                                    of.count <= there.count && there.count <= of.count + there.repeats;
                                           });
    if (there == runs.runs.end() && of == wanted.end()) continue;
    const auto told = [](const auto& run, const auto& end) {
      return run == end ? std::string("none")
                        : fmt::format("{} of {} from offset {} on, epochs {}", run->count, name(run->result),
                                      run->first.value, fmt::join(run->epochs, " "));
    };
    return fmt::format("{} has other markers of producer {} than its coordinator decided: {}; decided: {}",
                       cluster.name(where.first), where.second, told(there, runs.runs.end()), told(of, wanted.end()));
  }
  return "";
}

ReadableTopic readable_topic(const cluster::Cluster& cluster, const std::string& topic,
                             const std::set<RecordId>& ignored) {
  ReadableTopic readable;
  for_each_partition(cluster, topic, [&](std::int32_t partition, const storage::PartitionLog& log) {
    Walk walk(readable, partition, ignored);
    for (const protocol::StoredBatch& batch : log.batches()) walk.on_batch(batch);
    walk.end();
  });
  return readable;
}

// ---- outcomes that programs learned

namespace {

/// The producer of a program that is up; nullptr: it is down.
const client::Producer* producer_of(const cluster::Cluster& cluster, sim::NodeId node) {
  if (!cluster.alive(node)) return nullptr;
  if (const auto* transform = cluster.role<client::Transform>(node)) return &transform->producer();
  return cluster.role<client::Producer>(node);
}

bool in_transaction(client::TransactionState s) {
  using enum client::TransactionState;
  return s == InTransaction || s == CommittingTransaction || s == AbortingTransaction || s == AbortableError;
}

}  // namespace

void ToldOutcomes::end(Program& program, Outcome outcome, std::int64_t at_us) {
  const std::int64_t began_to_end = program.began_to_end_us.value_or(at_us);
  if (program.next > program.first)
    ended_.push_back({program.node, program.first, program.next, outcome, program.began_us, began_to_end, at_us});
  program.began_us = at_us;
  program.began_to_end_us.reset();
}

void ToldOutcomes::look(const cluster::Cluster& cluster) {
  using State = client::TransactionState;
  const std::int64_t now = cluster.now().us;
  for (Program& program : programs_) {
    const client::Producer* producer = producer_of(cluster, program.node);
    if (const std::uint32_t process = cluster.incarnation(program.node); process != program.process) {
      // The process may have died and restarted at the same instant.
      if (in_transaction(program.state))
        end(program, program.state == State::CommittingTransaction ? Outcome::Unknown : Outcome::Aborted, now);
      program.state = State::Uninitialized;
      program.process = process;
    }
    const State before = program.state;
    const State state = producer == nullptr ? State::Uninitialized : producer->transactions().state();
    const std::uint32_t next = producer == nullptr ? program.next : producer->next_number();
    const bool went_on = state == State::Ready || in_transaction(state) || state == State::Initializing;
    // A transaction of one record may begin and end in the event in which the previous one has ended.
    const bool another = (before == State::CommittingTransaction || before == State::AbortingTransaction) &&
                         (state == State::InTransaction || next != program.next);
    if (in_transaction(before) && (!in_transaction(state) || another)) {
      // Without a partition there is nothing to end: the application aborts in the event in which its commit fails.
      const bool threw =
          producer != nullptr && producer->stats().thrown && producer->stats().thrown->at == cluster.now();
      if (before == State::CommittingTransaction)
        end(program,
            !went_on || (threw && next != program.next) ? Outcome::Unknown
            : threw                                     ? Outcome::Aborted
                                                        : Outcome::Committed,
            now);
      else if (before == State::InTransaction && went_on) end(program, Outcome::Unknown, now);
      else end(program, Outcome::Aborted, now);
      program.first = program.next;
    } else if (in_transaction(state) && !in_transaction(before)) {
      program.first = program.next;
      program.began_us = now;
    }
    if (state == State::CommittingTransaction || state == State::AbortingTransaction)
      program.began_to_end_us = program.began_to_end_us.value_or(now);
    program.state = state;
    program.next = next;
  }
}

std::string ToldOutcomes::differs_from(const cluster::Cluster& cluster, const std::map<RecordId, int>& committed_copies,
                                       const std::set<RecordId>& ignored_of) const {
  for (const Ended& t : ended_) {
    const auto of = ignored_of.lower_bound({t.node.index, t.first});
    if (of != ignored_of.end() && *of < RecordId{t.node.index, t.end}) continue;
    std::uint32_t there = 0;
    for (std::uint32_t n = t.first; n < t.end; ++n) {
      const auto it = committed_copies.find({t.node.index, n});
      const int copies = it == committed_copies.end() ? 0 : it->second;
      if (copies > 1) return fmt::format("record {} of {} is there {} times", n, cluster.info(t.node).name, copies);
      there += copies == 1;
    }
    const std::uint32_t all = t.end - t.first;
    const bool fits = t.outcome == Outcome::Committed ? there == all
                      : t.outcome == Outcome::Aborted ? there == 0
                                                      : there == 0 || there == all;
    if (!fits)
      return fmt::format("of the transaction of {} with records {} to {}, {} at {} us, {} may be read",
                         cluster.info(t.node).name, t.first, t.end - 1,
                         t.outcome == Outcome::Committed ? "committed"
                         : t.outcome == Outcome::Aborted ? "aborted"
                                                         : "whose end its producer did not hear of",
                         t.at_us, there);
  }
  return "";
}

std::optional<ToldOutcomes::Aborted> ToldOutcomes::aborted(RecordId record) const {
  for (const Ended& t : ended_)
    if (t.node.index == record.first && t.first <= record.second && record.second < t.end) {
      if (t.outcome != Outcome::Aborted) return std::nullopt;
      return Aborted{sim::Instant{t.began_to_end_us}, sim::Instant{t.at_us}};
    }
  return std::nullopt;
}

std::vector<RecordId> ToldOutcomes::transaction_at(std::int32_t node, sim::Instant at) const {
  std::vector<RecordId> records;
  for (const Ended& t : ended_)
    if (t.node.index == node && t.began_us <= at.us && at.us <= t.at_us)
      for (std::uint32_t n = t.first; n < t.end; ++n) records.push_back({node, n});
  return records;
}

std::vector<RecordId> ToldOutcomes::transaction_of(RecordId record) const {
  std::vector<RecordId> records;
  for (const Ended& t : ended_)
    if (t.node.index == record.first && t.first <= record.second && record.second < t.end)
      for (std::uint32_t n = t.first; n < t.end; ++n) records.push_back({record.first, n});
  return records;
}

std::optional<protocol::TransactionResult> decided_end(const cluster::Cluster& cluster, const std::string& id) {
  using coordinator::TransactionState;
  std::optional<protocol::TransactionResult> end;
  const auto look = [&](std::int32_t, const storage::PartitionLog& log) {
    for (const protocol::StoredBatch& batch : log.batches())
      for (const protocol::RecordView of : batch.data->records) {
        const auto record = coordinator::TransactionCoordinatorShard::decode(of);
        if (!record || std::get<0>(*record).transactional_id != id || !std::get<0>(*record).value) continue;
        const TransactionState state = std::get<0>(*record).value->transaction_status;
        if (state == TransactionState::PrepareCommit || state == TransactionState::CompleteCommit)
          end = protocol::TransactionResult::Commit;
        else if (state == TransactionState::PrepareAbort || state == TransactionState::CompleteAbort)
          end = protocol::TransactionResult::Abort;
        else end.reset();
      }
  };
  for_each_partition(cluster, std::string(coordinator::kTransactionStateTopic), look);
  return end;
}

std::vector<protocol::TopicPartition> unstable_partitions(const cluster::Cluster& cluster, const std::string& topic) {
  std::vector<protocol::TopicPartition> partitions;
  for_each_partition(cluster, topic, [&](std::int32_t partition, const storage::PartitionLog& log) {
    if (log.last_stable_offset() < log.high_watermark())
      partitions.push_back({cluster.committed().topic_id(topic), partition});
  });
  return partitions;
}

std::vector<OpenTransaction> open_transactions(const cluster::Cluster& cluster, const std::string& topic) {
  std::vector<OpenTransaction> all;
  for (const auto& [partition, open] : readable_topic(cluster, topic).open)
    for (const auto& [producer, first] : open)
      all.push_back({{cluster.committed().topic_id(topic), partition}, producer, first});
  return all;
}

std::set<protocol::TopicPartition> offsets_in(const cluster::Cluster& cluster, const OpenTransaction& open,
                                              const std::string& group) {
  std::set<protocol::TopicPartition> partitions;
  const storage::PartitionLog* log = cluster.leader_log(open.partition);
  if (log == nullptr) return partitions;
  for (const protocol::StoredBatch& batch : log->batches()) {
    if (batch.base_offset < open.first || batch.data->producer_id != open.producer || !batch.data->transactional)
      continue;
    for (const protocol::RecordView record : batch.data->records) {
      const auto decoded = coordinator::GroupCoordinatorShard::decode(record);
      const auto* commit = decoded ? std::get_if<coordinator::OffsetCommitRecord>(&*decoded) : nullptr;
      if (commit != nullptr && commit->key().group == group) partitions.insert(commit->key().partition);
    }
  }
  return partitions;
}

}  // namespace kafkascope::test
