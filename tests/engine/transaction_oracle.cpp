#include "engine/transaction_oracle.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <variant>

#include "client/producer.h"
#include "client/transform.h"
#include "coordinator/group_coordinator_shard.h"
#include "coordinator/transaction_coordinator_shard.h"
#include "protocol/metadata_image.h"
#include "protocol/records.h"
#include "protocol/transaction_marker.h"
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

}  // namespace

ReadableTopic readable_topic(const cluster::Cluster& cluster, const std::string& topic,
                             const std::set<RecordId>& ignored) {
  ReadableTopic readable;
  for_each_leader_log(cluster, topic, [&](std::int32_t partition, const storage::PartitionLog& log) {
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
    ended_.push_back(
        {program.node, program.producer, program.first, program.next, outcome, program.began_us, began_to_end, at_us});
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
      if (producer != nullptr) program.producer = producer->transactions().producer();
    } else if (in_transaction(state) && !in_transaction(before)) {
      program.first = program.next;
      program.began_us = now;
      program.producer = producer->transactions().producer();
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
    const bool ignored = of != ignored_of.end() && *of < RecordId{t.node.index, t.end};
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
    if (!fits && !ignored)
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

std::vector<RecordId> ToldOutcomes::Transaction::records() const {
  std::vector<RecordId> records;
  for (std::uint32_t n = first; n < end; ++n) records.push_back({node, n});
  return records;
}

ToldOutcomes::Transaction ToldOutcomes::transaction(const Ended& t) {
  return {t.node.index, t.producer, t.first, t.end, sim::Instant{t.began_us}, sim::Instant{t.at_us}};
}

std::optional<ToldOutcomes::Transaction> ToldOutcomes::transaction_at(client::ProducerIdAndEpoch producer,
                                                                      sim::Instant at) const {
  for (const Ended& t : ended_)
    if (t.producer == producer && t.began_us <= at.us && at.us < t.at_us) return transaction(t);
  return std::nullopt;
}

std::optional<ToldOutcomes::Transaction> ToldOutcomes::transaction_of(RecordId record) const {
  for (const Ended& t : ended_)
    if (t.node.index == record.first && t.first <= record.second && record.second < t.end) return transaction(t);
  return std::nullopt;
}

std::optional<ToldOutcomes::Transaction> ToldOutcomes::transaction_ended_after(std::int32_t node,
                                                                               sim::Instant at) const {
  for (const Ended& t : ended_)  // in the order in which they ended
    if (t.node.index == node && at.us < t.at_us) return transaction(t);
  return std::nullopt;
}

sim::Instant ToldOutcomes::next_began(const Transaction& transaction) const {
  sim::Instant next = sim::kNever;
  for (const Ended& t : ended_)
    if (t.producer.id == transaction.producer.id && transaction.ended.us <= t.began_us)
      next = std::min(next, sim::Instant{t.began_us});
  return next;
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
  for_each_leader_log(cluster, std::string(coordinator::kTransactionStateTopic), look);
  return end;
}

protocol::Offset stable_offset(const storage::PartitionLog& log) {
  std::map<protocol::ProducerId, protocol::Offset> open;
  protocol::Offset stable = log.high_watermark();
  for (const protocol::StoredBatch& batch : log.batches()) {
    if (!batch.data->transactional) continue;
    if (!protocol::marker_in(*batch.data)) {
      open.try_emplace(batch.data->producer_id, batch.base_offset);
    } else if (const auto ended = open.extract(batch.data->producer_id); !ended.empty()) {
      if (!(batch.base_offset < log.high_watermark())) stable = std::min(stable, ended.mapped());
    }
  }
  for (const auto& [producer, first] : open) stable = std::min(stable, first);
  return stable;
}

std::string wrong_stable_offsets(const cluster::Cluster& cluster, const std::string& topic) {
  const protocol::TopicImage* image = cluster.committed().topic(cluster.committed().topic_id(topic));
  if (image == nullptr) return "";
  for (std::size_t p = 0; p < image->partitions.size(); ++p) {
    const storage::PartitionLog* log = cluster.leader_log({image->id, static_cast<std::int32_t>(p)});
    if (log == nullptr) return fmt::format("{}-{} has no leader", topic, p);
    if (const protocol::Offset stable = stable_offset(*log); log->last_stable_offset() != stable)
      return fmt::format("the last stable offset of {}-{} is {}, according to its batches and markers {}", topic, p,
                         log->last_stable_offset().value, stable.value);
  }
  return "";
}

std::string wrong_aborted_index(const cluster::Cluster& cluster, const std::string& topic) {
  std::string wrong;
  for_each_leader_log(cluster, topic, [&](std::int32_t partition, const storage::PartitionLog& log) {
    std::map<protocol::ProducerId, protocol::Offset> open;
    std::vector<std::tuple<protocol::ProducerId, protocol::Offset, protocol::Offset>> there, wanted;
    for (const protocol::StoredBatch& batch : log.batches()) {
      if (!batch.data->transactional) continue;
      const auto marker = protocol::marker_in(*batch.data);
      if (!marker) open.try_emplace(batch.data->producer_id, batch.base_offset);
      else if (const auto of = open.extract(batch.data->producer_id); !of.empty())
        if (marker->result == protocol::TransactionResult::Abort)
          wanted.emplace_back(of.key(), of.mapped(), batch.base_offset);
    }
    for (const storage::AbortedTransaction& t : log.aborted_transactions(log.log_start_offset(), log.log_end_offset()))
      there.emplace_back(t.producer, t.first_offset, t.last_offset);
    if (there != wanted && wrong.empty())
      wrong = fmt::format("{}-{} has {} aborted transactions in its index, and {} in its log, or others", topic,
                          partition, there.size(), wanted.size());
  });
  return wrong;
}

std::vector<protocol::TopicPartition> unstable_partitions(const cluster::Cluster& cluster, const std::string& topic) {
  std::vector<protocol::TopicPartition> partitions;
  for_each_leader_log(cluster, topic, [&](std::int32_t partition, const storage::PartitionLog& log) {
    if (stable_offset(log) < log.high_watermark())
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
