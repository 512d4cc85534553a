// Transactions: as their coordinators see them, and those that hang in a partition.
#include <algorithm>
#include <map>

#include "broker/broker.h"
#include "client/producer.h"
#include "observe/model/snapshot_parts.h"
#include "observe/model/transaction_coordinators.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

using coordinator::TransactionState;

/// Records of that producer from its transaction's first offset on.
std::int64_t records_from(const storage::PartitionLog& log, const storage::TransactionSpan& span) {
  const auto batches = log.batches();
  std::int64_t records = 0;
  for (std::size_t i = batches.index_of(span.first_offset); i < batches.size(); ++i)
    if (batches[i].data->producer_id == span.producer && !batches[i].data->control) records += batches[i].data->count();
  return records;
}

const storage::TransactionSpan* open_span(const storage::PartitionLog* log, protocol::ProducerId producer) {
  if (log == nullptr) return nullptr;
  const auto& open = log->producers().open_transactions();
  const auto it = std::find_if(open.begin(), open.end(), [&](const auto& span) { return span.producer == producer; });
  return it == open.end() ? nullptr : &*it;
}

Transaction of(const Moment& m, const Names& names, const broker::Broker& b, const std::string& id,
               const coordinator::TransactionMetadata& t) {
  const cluster::Cluster& c = m.cluster;
  Transaction out;
  out.id = id;
  out.state = coordinator::name(t.state);
  if (const auto from = b.transaction_coordinator().came_from(id)) out.previous_state = coordinator::name(*from);
  out.coordinator = b.id();
  out.producer_id = t.producer_id;
  out.producer_epoch = t.producer_epoch;
  const bool open = t.state == TransactionState::Ongoing;
  const bool ends = t.state == TransactionState::PrepareCommit || t.state == TransactionState::PrepareAbort;
  if (open) {
    out.started_us = (t.txn_start_timestamp_ms - sim::kEpochMs) * 1000;
    out.timeout.running = true;
    out.timeout.total_us = std::int64_t{t.txn_timeout_ms} * 1000;
    out.timeout.remaining_us = std::max<std::int64_t>(0, out.started_us + out.timeout.total_us - c.now().us);
    out.timeout.key = "transaction.timeout.ms";
    out.timeout.value = std::to_string(t.txn_timeout_ms);
    out.timeout.check_us =
        b.options().config.number("transaction.abort.timed.out.transaction.cleanup.interval.ms") * 1000;
  }
  for (const TopicPartition p : t.partitions) {
    TransactionPart part;
    part.name = c.name(p);
    part.partition = names.of(p);
    part.awaits_marker = ends;
    if (const storage::TransactionSpan* span = open_span(c.leader_log(p), t.producer_id)) {
      part.from = span->first_offset.value;
      part.records = records_from(*c.leader_log(p), *span);
    }
    out.parts.push_back(std::move(part));
  }
  return out;
}

/// KIP-664: a transaction hangs if it is open in a leader's log but the coordinator's transaction of that producer
/// lacks the partition. While a coordinator is away, nobody can tell.
void add_hanging(const cluster::Cluster& c, const Names& names, Snapshot& s) {
  if (without_transaction_coordinator(c)) return;
  for (const TopicPartition p : names.partitions) {
    const storage::PartitionLog* log = c.leader_log(p);
    if (log == nullptr) continue;
    for (const storage::TransactionSpan& span : log->producers().open_transactions()) {
      const std::string name = c.name(p);
      const bool known = std::any_of(s.transactions.begin(), s.transactions.end(), [&](const Transaction& t) {
        return t.producer_id == span.producer &&
               std::any_of(t.parts.begin(), t.parts.end(),
                           [&](const TransactionPart& part) { return part.name == name; });
      });
      if (known) continue;
      Transaction hanging;
      hanging.producer_id = span.producer;
      if (const storage::ProducerEntry* entry = log->producers().find(span.producer))
        hanging.producer_epoch = entry->epoch;
      hanging.hanging = true;
      hanging.parts.push_back({name, names.of(p), span.first_offset.value, records_from(*log, span), false});
      s.transactions.push_back(std::move(hanging));
    }
  }
}

}  // namespace

void add_transactions(const Moment& m, const Names& names, Snapshot& s) {
  const cluster::Cluster& c = m.cluster;
  std::map<std::string, Transaction> found;
  for (const auto& [id, known] : coordinated_transactions(c))
    found[id] = of(m, names, *known.coordinator, id, *known.transaction);
  for (Client& client : s.clients) {
    const client::Producer* producer = c.role<client::Producer>(sim::NodeId{client.node});
    if (producer == nullptr || !producer->transactions().transactional()) continue;
    const client::TransactionManager& t = producer->transactions();
    client.transactional_id = t.options().transactional_id;
    client.transaction_state = client::to_string(t.state());
    client.producer_fenced = t.last_error() && t.last_error()->is("ProducerFencedException");
    for (const TopicPartition p : t.partitions())
      if (const int place = names.of(p); place >= 0) client.transaction_partitions.push_back(place);
    if (const auto it = found.find(client.transactional_id); it != found.end())
      it->second.producers.push_back(s.nodes[static_cast<std::size_t>(client.node)].name);
  }
  for (auto& [id, transaction] : found) s.transactions.push_back(std::move(transaction));
  add_hanging(c, names, s);
}

}  // namespace kafkascope::observe::snapshot_parts
