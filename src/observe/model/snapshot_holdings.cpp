// Clients' memory: producers' accumulators; consumers' positions and prefetched records.
#include <algorithm>

#include "client/consumer.h"
#include "client/producer.h"
#include "client/share_consumer.h"
#include "observe/model/snapshot_parts.h"
#include "storage/partition_log.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

void put_accumulator(const cluster::Cluster& c, const Names& names, const client::Producer& producer,
                     Accumulator& out) {
  const sim::Instant now = c.now();
  const client::Accumulator& accumulator = producer.accumulator();
  const client::AccumulatorOptions& options = accumulator.options();
  out.buffer_total = options.buffer_memory;
  out.buffer_used = options.buffer_memory - accumulator.free_memory();
  out.batch_size = options.batch_size;
  out.linger_us = options.linger.us;
  out.max_block_us = producer.max_block().us;
  out.max_in_flight = producer.network().max_in_flight();
  accumulator.for_each_queued([&](const client::ProducerBatch& b) {
    const int partition = names.of(b.partition);
    if (partition < 0) return;
    if (out.queues.empty() || out.queues.back().partition != partition) {
      QueuedBatches& fresh = out.queues.emplace_back();
      fresh.partition = partition;
      fresh.waited_us = (now - b.last_attempt_at).us;
      fresh.attempts = b.attempts;
      if (b.attempts > 0 && !b.leader_changed_for_this_retry())
        fresh.backoff_us = std::max<std::int64_t>(0, (b.backoff_until - now).us);
      fresh.first_sequence = b.base_sequence;
    }
    QueuedBatches& q = out.queues.back();
    if (!b.has_sequence()) q.first_sequence = -1;
    q.last_sequence = q.first_sequence < 0 ? -1 : b.base_sequence + b.count() - 1;
    ++q.batches;
    q.records += b.count();
    q.bytes += b.wire_bytes();
    q.open = !b.full();
    q.last_records = b.count();
    q.last_bytes = b.wire_bytes();
    q.last_limit = b.write_limit;
  });
  std::sort(out.queues.begin(), out.queues.end(),
            [](const QueuedBatches& a, const QueuedBatches& b) { return a.partition < b.partition; });
  for (const auto& [id, requests] : producer.network().in_flight_by_node())
    if (id >= 0) out.in_flight.emplace_back(id, requests);  // the others are bootstrap servers
  if (const client::PendingSend* send = producer.blocked_send()) {
    out.blocked_us = (now - (send->deadline - producer.max_block())).us;
    out.for_memory = send->for_memory;
  }
}

void put_assigned(const cluster::Cluster& c, const Names& names, const client::Consumer& consumer, Client& out) {
  const auto buffered = consumer.fetcher().buffered_records(consumer.subscriptions());
  for (const auto& [p, a] : consumer.subscriptions().assigned) {
    if (names.of(p) < 0) continue;
    AssignedPartition& row = out.assigned.emplace_back();
    row.partition = names.of(p);
    row.fetch_state = client::name(a.state);
    row.paused = a.paused;
    row.read_replica = a.read_replica;
    row.committed = a.committed.value;
    if (const auto at = buffered.find(p); at != buffered.end()) row.buffered = at->second;
    if (!a.has_position()) continue;
    row.position = a.position.offset.value;
    if (const auto* log = c.leader_log(p)) {
      const Lags lags = lags_of(*log, a.position.offset);
      row.lag = lags.to_high_watermark;
      row.log_end_lag = lags.to_log_end;
      if (consumer.fetcher().read_committed()) row.stable_lag = lags.to_last_stable;
    }
  }
  for (const client::ClientNodeId id : consumer.fetcher().fetching())
    if (id >= 0) out.fetching.push_back(id);
}

void put_shared(const Names& names, const client::ShareConsumer& sharer, const Snapshot& s, Client& out) {
  const auto held = sharer.held();
  const auto group = std::find_if(s.groups.begin(), s.groups.end(), [&](const Group& g) { return g.id == out.group; });
  const auto row_of = [&](int partition) -> AssignedPartition& {
    const auto at = std::find_if(out.assigned.begin(), out.assigned.end(),
                                 [&](const AssignedPartition& a) { return a.partition == partition; });
    if (at != out.assigned.end()) return *at;
    out.assigned.emplace_back().partition = partition;
    return out.assigned.back();
  };
  for (const int partition : out.topics_partitions) row_of(partition);
  for (const auto& [p, h] : held) {  // also of partitions that were revoked
    if (names.of(p) < 0) continue;
    AssignedPartition& row = row_of(names.of(p));
    row.buffered = h.buffered;
    row.in_hand = h.in_hand;
    row.to_acknowledge = h.to_acknowledge + h.acknowledging;
  }
  if (group == s.groups.end()) return;
  for (const GroupMember& gm : group->members)
    if (gm.node == out.node)
      for (const auto& [partition, records] : gm.locks) row_of(partition).acquired = records;
}

}  // namespace

void put_holdings(const cluster::Cluster& c, const Names& names, sim::NodeId node, const Snapshot& s, Client& out) {
  if (!c.alive(node)) return;
  if (const auto* producer = c.role<client::Producer>(node)) put_accumulator(c, names, *producer, out.accumulator);
  if (const auto* consumer = c.role<client::Consumer>(node)) put_assigned(c, names, *consumer, out);
  if (const auto* sharer = c.role<client::ShareConsumer>(node)) put_shared(names, *sharer, s, out);
  std::sort(out.assigned.begin(), out.assigned.end(),
            [](const AssignedPartition& a, const AssignedPartition& b) { return a.partition < b.partition; });
}

}  // namespace kafkascope::observe::snapshot_parts
