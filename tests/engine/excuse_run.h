// The data that all causes of the transactions' swarm share: the run, the programs that write with each producer id, and the programs'
// transactions.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/excuses.h"
#include "engine/later_handled.h"
#include "protocol/facts_of_clients.h"
#include "protocol/trace_code.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::transaction_swarm {

using protocol::Offset;
using protocol::ProducerId;
using protocol::TopicId;
using protocol::TopicPartition;

inline Excuse because(std::string_view cause) {
  Excuse excuse;
  excuse.cause = cause;
  return excuse;
}

using ProducerAt = std::pair<TopicPartition, ProducerId>;

class Run {
 public:
  Run(scenario::Session& session, const test::ToldOutcomes& told_outcomes, const test::LaterHandled& later_handled)
      : later(later_handled),
        cluster(session.cluster()),
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
  /// The aborted records of the batch at that offset, if its program learned of the abort before the append.
  std::vector<test::RecordId> written_late(TopicPartition tp, Offset base) const {
    std::vector<test::RecordId> late;
    const auto batch = appended_.find({tp, base});
    if (batch == appended_.end()) return late;
    for (const test::RecordId& record : batch->second.records)
      if (const auto aborted = told.aborted(record); aborted && aborted->told < batch->second.at)
        late.push_back(record);
    return late;
  }

  using Transaction = test::ToldOutcomes::Transaction;
  /// The transaction that the batch belongs to which this line appended: that of its records, or the one in which the program sent the offsets.
  std::optional<Transaction> transaction_of(const sim::TraceLine& line, const protocol::RecordBatch& batch) const {
    if (batch.client >= 0)
      return batch.records.empty() ? std::nullopt : told.transaction_of({batch.client, batch.records[0].number});
    const sim::TraceLine* sent = sent_by(line, protocol::api::TxnOffsetCommit);
    if (sent == nullptr) return std::nullopt;
    const auto transaction = told.transaction_at({batch.producer_id, batch.producer_epoch}, sent->time);
    return transaction && transaction->node == sent->node.index ? transaction : std::nullopt;
  }
  /// The key of a record that a transaction wrote; nullptr: unknown.
  const std::string* key(const test::RecordId& record) const {
    const auto at = keys_.find(record);
    return at == keys_.end() ? nullptr : &at->second;
  }
  /// Adds the records with that key that transforms wrote.
  void each_copy_of(const std::string& key, std::set<test::RecordId>& records) const {
    for (const auto& [record, of] : keys_)
      if (of == key && copies(record.first)) records.insert(record);
  }
  /// The transaction may be partly visible, and so may its effects.
  void excuse_transaction(Excuse& excuse, const std::optional<Transaction>& transaction) const {
    if (!transaction) return;
    for (const test::RecordId& record : transaction->records()) excuse.transactions.insert(record);
    excuse_effects(excuse, *transaction);
  }
  /// Its offsets may count without its records, or its records without its offsets.
  void excuse_effects(Excuse& excuse, const Transaction& transaction) const {
    for (const test::RecordId& record : transaction.records())
      if (const auto key = keys_.find(record); key != keys_.end() && copies(record.first))
        excuse.keys[key->second].insert(record);
  }

  /// The records that this line acknowledges.
  std::vector<test::RecordId> acked(const sim::TraceLine& line, TopicPartition tp) const {
    std::vector<test::RecordId> records;
    for (std::uint32_t n = 0;; ++n) {
      const observe::RecordState* record = ledger.record(line.node.index, n);
      if (record == nullptr) return records;
      if (record->partition == tp && record->acked_us == line.time.us) records.push_back({line.node.index, n});
    }
  }

  /// The line of the sender that led to `line` through a request of that API; nullptr: there is none.
  const sim::TraceLine* sent_by(const sim::TraceLine& line, protocol::ApiKey api) const {
    for (const sim::TraceLine* at = &line; at != nullptr;) {
      const auto delivered = fact_if<fact::MessageDelivered>(*at);
      at = trace.find(at->cause);
      if (delivered && delivered->api == protocol::trace_code(api)) return at;
    }
    return nullptr;
  }

  /// The line of the coordinator that sent the request which led to the marker; nullptr: unknown.
  const sim::TraceLine* marker_sent(const sim::TraceLine& line) const {
    const sim::TraceLine* sent = test::sent_for(trace, line, protocol::api::WriteTxnMarkers);
    return sent != nullptr ? sent : later.sent_for(line);
  }

  const test::LaterHandled& later;
  const cluster::Cluster& cluster;
  const observe::TraceStore& trace;
  const observe::RecordLedger& ledger;
  const test::ToldOutcomes& told;

 private:
  std::map<ProducerId, std::set<std::int32_t>> programs_;
  struct Appended {
    sim::Instant at;
    std::vector<test::RecordId> records;
  };
  std::map<test::RecordId, std::string> keys_;
  std::map<std::pair<TopicPartition, Offset>, Appended> appended_;
};

/// A marker that was appended, and the coordinator that sent it.
struct MarkerSent {
  sim::Instant at, sent;
  ProducerAt where;
  Offset offset;
  sim::NodeId coordinator;
  protocol::TransactionResult result;
  std::int32_t producer_epoch = -1, coordinator_epoch = -1;
  test::MarkerAt place() const { return {where.first, offset, where.second, coordinator_epoch}; }
};

}  // namespace kafkascope::transaction_swarm
