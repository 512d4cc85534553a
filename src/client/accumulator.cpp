#include "client/accumulator.h"

#include <algorithm>
#include <utility>

namespace kafkascope::client {

using protocol::BrokerId;
using protocol::Record;
using protocol::TopicPartition;
using sim::Instant;

ProducerBatch& BatchTable::add(BatchId id) {
  if (slot_of_.empty()) first_ = id;
  slot_of_.resize(id - first_, kGone);
  if (free_.empty()) {
    slot_of_.push_back(static_cast<std::uint32_t>(slots_.size()));
    return slots_.emplace_back();
  }
  slot_of_.push_back(free_.back());
  free_.pop_back();
  return slots_[slot_of_.back()];
}

void BatchTable::erase(BatchId id) {
  if (find(id) == nullptr) return;
  std::uint32_t& slot = slot_of_[id - first_];
  ProducerBatch gone;
  gone.handed_at = std::move(slots_[slot].handed_at);  // its memory serves the next one
  gone.handed_at.clear();
  slots_[slot] = std::move(gone);
  free_.push_back(std::exchange(slot, kGone));
  for (; !slot_of_.empty() && slot_of_.front() == kGone; ++first_) slot_of_.pop_front();
}

AccumulatorOptions AccumulatorOptions::from(const Config& config) {
  AccumulatorOptions o;
  const auto ms = [&](std::string_view key) { return sim::milliseconds(config.number(key)); };
  const bool old = config.version() == protocol::KafkaVersion::V2_5;
  o.batch_size = std::max<std::int32_t>(1, static_cast<std::int32_t>(config.number("batch.size")));
  o.buffer_memory = config.number("buffer.memory");
  o.max_request_size = static_cast<std::int32_t>(config.number("max.request.size"));
  o.linger = ms("linger.ms");
  o.delivery_timeout = ms("delivery.timeout.ms");
  if (!old) o.availability_timeout = ms("partitioner.availability.timeout.ms");
  o.retry_backoff = {ms("retry.backoff.ms"), old ? ms("retry.backoff.ms") : ms("retry.backoff.max.ms")};
  o.new_leader_ends_backoff = !old;
  return o;
}

std::int32_t Accumulator::upper_bound(const Record& r) {
  // AbstractRecords.estimateSizeInBytesUpperBound: batch overhead 61, record overhead at most 21.
  std::int64_t size = 61 + 21 + r.filler;
  if (r.key) size += static_cast<std::int64_t>(r.key->size());
  if (r.value) size += static_cast<std::int64_t>(r.value->size());
  for (const auto& [name, value] : r.headers) size += static_cast<std::int64_t>(name.size() + value.size()) + 10;
  return static_cast<std::int32_t>(std::min<std::int64_t>(size, 2147483647));
}

bool Accumulator::needs_new_batch(TopicPartition p, const Record& record) const {
  const auto q = queues_.find(p);
  if (q == queues_.end() || q->second.batches.empty()) return true;
  const ProducerBatch& last = batches_.at(q->second.batches.back());
  if (last.closed) return true;
  const std::int64_t base = last.records.empty() ? record.timestamp_ms : last.records.front().timestamp_ms;
  return last.size_bytes + protocol::record_size(record, static_cast<std::int32_t>(last.records.size()), base) > last.write_limit;
}

bool Accumulator::all_batches_full(TopicPartition p) const {
  const auto q = queues_.find(p);
  return q == queues_.end() || q->second.batches.empty() || batches_.at(q->second.batches.back()).full();
}

Accumulator::Append Accumulator::append(Ctx& ctx, TopicPartition p, Record& record, std::int32_t client) {
  client_ = client;
  Queue& queue = queues_[p];
  ProducerBatch* last = queue.batches.empty() ? nullptr : &batches_.at(queue.batches.back());
  const auto size_in = [&](const ProducerBatch& b) {
    const std::int64_t base = b.records.empty() ? record.timestamp_ms : b.records.front().timestamp_ms;
    return protocol::record_size(record, static_cast<std::int32_t>(b.records.size()), base);
  };
  std::int32_t size = last != nullptr && !last->closed ? size_in(*last) : 0;
  const bool fresh = last == nullptr || last->closed || last->size_bytes + size > last->write_limit;
  if (fresh) {
    const std::int32_t memory = std::max(options_.batch_size, upper_bound(record));
    load_changed_ = true;
    if (memory > free_memory_) return {};
    if (last != nullptr) last->closed = true;  // its tryAppend failed
    free_memory_ -= memory;
    ProducerBatch& b = batches_.add(next_id_);
    b.id = next_id_++;
    b.partition = p;
    b.memory = b.write_limit = memory;
    b.created_at = b.last_attempt_at = ctx.now();
    b.records.reserve(queue.records_before);
    b.handed_at.reserve(queue.records_before);
    queue.batches.push_back(b.id);
    last = &b;
    size = size_in(b);
  }
  ProducerBatch& batch = *last;
  const std::int32_t before = fresh ? 0 : batch.size_bytes;
  batch.size_bytes += size;
  batch.records.push_back(std::move(record));
  batch.handed_at.push_back(ctx.now());
  return {true, batch.size_bytes - before, fresh || queue.batches.size() > 1 || batch.full()};
}

void Accumulator::note_leader_epoch(ProducerBatch& b, protocol::LeaderEpoch latest) const {
  if (options_.new_leader_ends_backoff && latest.value >= 0 && latest > b.leader_epoch) {
    b.attempts_when_leader_changed = b.attempts;
    b.leader_epoch = latest;
  }
}

void Accumulator::note_node(BrokerId node, Instant now, bool drained) {
  NodeTimes& t = node_times_[node];
  if (options_.availability_timeout.us > 0) load_changed_ = true;
  t.ready = now;
  if (drained) t.drained = now;
}

void Accumulator::set_load(const MetadataCache& metadata, Partitioner& partitioner) {
  if (!load_changed_ && load_metadata_ == metadata.changes()) return;
  load_changed_ = false;
  load_metadata_ = metadata.changes();
  for (const auto& [name, topic] : metadata.topics())
    if (topic.partitions.size() > 1) set_load(topic, partitioner.sticky(name));
}

void Accumulator::set_load(const BelievedTopic& topic, StickyChoice& sticky) {
  queue_sizes_.clear();
  queue_ids_.clear();
  bool excluded = false;
  auto queue = queues_.lower_bound(TopicPartition{topic.id, 0});
  for (std::size_t i = 0; i < topic.partitions.size(); ++i, ++queue) {
    // Not before a batch was scheduled for every partition.
    if (queue == queues_.end() || queue->first != TopicPartition{topic.id, static_cast<std::int32_t>(i)}) return sticky.clear_load();
    const BrokerId leader = topic.partitions[i].leader;
    bool left_out = leader == protocol::kNoBroker;
    if (!left_out && options_.availability_timeout.us > 0) {
      const auto t = node_times_.find(leader);
      left_out = t != node_times_.end() && t->second.ready - t->second.drained > options_.availability_timeout;
    }
    if (left_out) {
      excluded = true;
      continue;
    }
    queue_sizes_.push_back(static_cast<int>(queue->second.batches.size()));
    queue_ids_.push_back(static_cast<std::int32_t>(i));
  }
  if (queue_sizes_.empty()) return sticky.clear_load();
  sticky.set_load(queue_sizes_, queue_ids_, excluded);
}

const Accumulator::Ready& Accumulator::ready(Ctx& ctx, const MetadataCache& metadata, Partitioner& partitioner) {
  Ready& out = ready_;
  out.nodes.clear();
  out.unknown_leader_topics.clear();
  out.next_check = sim::kNever;
  if (partitioner.adaptive()) set_load(metadata, partitioner);
  const BelievedTopic* topic = nullptr;  // the queues of a topic lie side by side
  for (auto& [p, queue] : queues_) {
    if (queue.batches.empty()) continue;
    ProducerBatch& first = batches_.at(queue.batches.front());
    if (topic == nullptr || topic->id != p.topic) topic = metadata.topic(p.topic);
    const BelievedPartition belief = topic == nullptr ? BelievedPartition{} : topic->partition(p.partition);
    note_leader_epoch(first, belief.leader_epoch);
    if (belief.leader == protocol::kNoBroker || !metadata.node(belief.leader)) {
      out.unknown_leader_topics.insert(topic == nullptr ? "" : topic->name);
      continue;
    }
    if (!muted_.empty() && muted_.contains(p)) continue;
    const bool backing_off = should_back_off(first, ctx.now());
    const Instant expires = backing_off ? first.backoff_until : std::max(first.created_at, first.last_attempt_at) + options_.linger;
    const bool full = queue.batches.size() > 1 || first.full();
    const bool sendable = full || ctx.now() >= expires || waiting_for_memory_ || flushing_;
    if (sendable && !backing_off) {
      const auto at = std::lower_bound(out.nodes.begin(), out.nodes.end(), belief.leader);
      if (at == out.nodes.end() || *at != belief.leader) out.nodes.insert(at, belief.leader);
    } else {
      out.next_check = std::min(out.next_check, expires);
    }
  }
  return out;
}

bool Accumulator::stop_drain(const ProducerBatch& first, const TransactionManager& transactions) const {
  if (!transactions.enabled) return false;
  if (!transactions.producer().valid()) return true;
  const TopicPartition p = first.partition;
  if (!first.has_sequence()) {
    if (transactions.has_in_flight(p) && transactions.has_stale_producer(p)) return true;
    if (transactions.has_unresolved_sequence(p)) return true;
  }
  // A retried batch goes only as the first of its partition in flight.
  const BatchId head = transactions.first_in_flight(p);
  return head != 0 && first.has_sequence() && head != first.id;
}

void Accumulator::seal(ProducerBatch& b) {
  protocol::RecordBatch batch;
  if (b.sealed) {
    batch = *b.sealed;
  } else {
    batch.client = client_;
    batch.records = std::move(b.records);
    b.records.clear();
  }
  batch.producer_id = b.producer.id;
  batch.producer_epoch = b.producer.epoch;
  batch.base_sequence = b.base_sequence;
  b.sealed = protocol::seal(std::move(batch), b.size_bytes);
  b.closed = true;
}

const std::vector<TopicPartition>& Accumulator::led_by(BrokerId node, const MetadataCache& metadata) {
  if (led_metadata_ != metadata.changes()) {
    led_metadata_ = metadata.changes();
    led_.clear();
    for (const auto& [name, topic] : metadata.topics())
      for (std::size_t i = 0; i < topic.partitions.size(); ++i) led_[topic.partitions[i].leader].push_back({topic.id, static_cast<std::int32_t>(i)});
  }
  return led_[node];
}

std::vector<BatchId> Accumulator::drain(Ctx& ctx, const MetadataCache& metadata, BrokerId node, TransactionManager& transactions) {
  const std::vector<TopicPartition>& parts = led_by(node, metadata);
  std::vector<BatchId> out;
  if (parts.empty()) return out;
  // Begins behind where it stopped last time, so that no partition starves.
  std::size_t start = 0;
  if (const auto last = drained_last_.find(node); last != drained_last_.end())
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (parts[i] == last->second) start = i;
  std::int64_t size = 0;
  for (std::size_t n = 0; n < parts.size(); ++n) {
    const TopicPartition p = parts[(start + n) % parts.size()];
    drained_last_[node] = p;
    if (!muted_.empty() && muted_.contains(p)) continue;
    const auto q = queues_.find(p);
    if (q == queues_.end() || q->second.batches.empty()) continue;
    ProducerBatch& first = batches_.at(q->second.batches.front());
    note_leader_epoch(first, metadata.partition(p).leader_epoch);
    if (should_back_off(first, ctx.now())) continue;
    if (size + first.size_bytes > options_.max_request_size && !out.empty()) break;
    if (stop_drain(first, transactions)) break;  // the node's other partitions wait for the next round (drainBatchesForOneNode)
    q->second.batches.erase(q->second.batches.begin());
    q->second.records_before = static_cast<std::size_t>(first.count());
    load_changed_ = true;
    if (transactions.enabled && !first.has_sequence()) {
      renumber(transactions.maybe_update_producer(p, [this](BatchId id) { return record_count(id); }));
      TransactionManager::Entry& entry = transactions.entry(p);
      first.producer = transactions.producer();
      first.base_sequence = entry.next_sequence;
      entry.next_sequence = increment_sequence(entry.next_sequence, first.count());
      entry.in_flight.push_back(first.id);
      seal(first);
    } else if (!first.sealed) {
      seal(first);
    }
    first.in_flight = true;
    const std::pair flying(first.created_at, first.id);
    flight_.insert(std::upper_bound(flight_.begin(), flight_.end(), flying), flying);
    size += first.size_bytes;
    out.push_back(first.id);
  }
  return out;
}

void Accumulator::reenqueue(Ctx& ctx, ProducerBatch& batch, const TransactionManager& transactions) {
  batch.in_retry = true;
  batch.last_attempt_at = ctx.now();
  batch.backoff_until = ctx.now() + options_.retry_backoff.after(batch.attempts, ctx.random(sim::Stream::RetryBackoff));
  ++batch.attempts;
  std::vector<BatchId>& queue = queues_[batch.partition].batches;
  load_changed_ = true;
  auto at = queue.begin();
  if (transactions.enabled)  // in the order of sequences
    while (at != queue.end() && batches_.at(*at).has_sequence() && batches_.at(*at).base_sequence < batch.base_sequence) ++at;
  queue.insert(at, batch.id);
}

void Accumulator::retarget(protocol::TopicId before, protocol::TopicId now) {
  batches_.for_each([&](ProducerBatch& b) {
    if (b.partition.topic == before) b.partition.topic = now;
  });
  for (auto it = queues_.lower_bound(TopicPartition{before, 0}); it != queues_.end() && it->first.topic == before;
       it = queues_.lower_bound(TopicPartition{before, 0})) {
    const TopicPartition p = it->first;
    const Queue moved = std::move(it->second);
    queues_.erase(it);
    std::vector<BatchId>& queue = queues_[{now, p.partition}].batches;
    load_changed_ = true;
    queue.insert(queue.begin(), moved.batches.begin(), moved.batches.end());
    if (muted_.erase(p) > 0) muted_.insert({now, p.partition});
  }
}

void Accumulator::split_and_reenqueue(ProducerBatch& batch, TransactionManager& transactions) {
  const protocol::RecordBatch big = *batch.sealed;
  const std::vector<Instant> handed_at = batch.handed_at;
  std::vector<ProducerBatch> parts;
  for (std::size_t i = 0; i < big.records.size(); ++i) {
    const Record& record = big.records[i];
    const auto size = [&](const ProducerBatch& b) {
      const std::int64_t base = b.records.empty() ? record.timestamp_ms : b.records.front().timestamp_ms;
      return protocol::record_size(record, static_cast<std::int32_t>(b.records.size()), base);
    };
    if (parts.empty() || (parts.back().size_bytes + size(parts.back()) > parts.back().write_limit && !parts.back().records.empty())) {
      ProducerBatch& fresh = parts.emplace_back();
      fresh.id = next_id_++;
      fresh.partition = batch.partition;
      fresh.write_limit = std::max(options_.batch_size, upper_bound(record));
      fresh.created_at = batch.created_at;  // delivery.timeout.ms runs on
      fresh.last_attempt_at = batch.created_at;
      fresh.closed = true;
    }
    parts.back().size_bytes += size(parts.back());
    parts.back().records.push_back(record);
    parts.back().handed_at.push_back(handed_at[i]);
  }
  // No memory of the pool is theirs: the big batch gives its own back.
  std::int32_t sequence = batch.base_sequence;
  std::vector<BatchId>& queue = queues_[batch.partition].batches;
  load_changed_ = true;
  auto at = queue.begin();
  if (batch.has_sequence())
    while (at != queue.end() && batches_.at(*at).has_sequence() && batches_.at(*at).base_sequence < sequence) ++at;
  std::vector<BatchId> ids;
  for (ProducerBatch& part : parts) {
    if (batch.has_sequence()) {
      part.producer = batch.producer;
      part.base_sequence = sequence;
      sequence = increment_sequence(sequence, part.count());
    }
    ids.push_back(part.id);
    seal(part);
    batches_.add(part.id) = std::move(part);
  }
  if (batch.has_sequence()) transactions.replace_in_flight(batch.partition, batch.id, ids);
  queue.insert(at, ids.begin(), ids.end());
  release(batch);
}

std::vector<BatchId> Accumulator::expired(Instant now) {
  std::vector<BatchId> out;
  for (auto& [p, queue] : queues_)
    while (!queue.batches.empty() && now >= batches_.at(queue.batches.front()).created_at + options_.delivery_timeout) {
      out.push_back(queue.batches.front());
      queue.batches.erase(queue.batches.begin());
      load_changed_ = true;
    }
  return out;
}

// As Kafka looks: a queue's front and what is in flight. Batches put back after a failure may stand before older ones, which then
// wait for their turn (RecordAccumulator.expiredBatches, maybeUpdateNextBatchExpiryTime).
Instant Accumulator::next_expiry() const {
  Instant due = sim::kNever;
  for (const auto& [p, queue] : queues_)
    if (!queue.batches.empty()) due = std::min(due, batches_.at(queue.batches.front()).created_at + options_.delivery_timeout);
  if (!flight_.empty()) due = std::min(due, flight_.front().first + options_.delivery_timeout);
  return due;
}

std::vector<BatchId> Accumulator::expired_in_flight(Instant now) const {
  std::vector<BatchId> out;
  for (const auto& [created_at, id] : flight_)
    if (now >= created_at + options_.delivery_timeout) out.push_back(id);
  std::sort(out.begin(), out.end());
  return out;
}

void Accumulator::landed(ProducerBatch& batch) {
  if (batch.in_flight) leave_flight(batch);
  batch.in_flight = false;
}

void Accumulator::leave_flight(const ProducerBatch& b) {
  const std::pair flying(b.created_at, b.id);
  const auto at = std::lower_bound(flight_.begin(), flight_.end(), flying);
  if (at != flight_.end() && *at == flying) flight_.erase(at);
}

ProducerBatch* Accumulator::find(BatchId id) { return batches_.find(id); }

void Accumulator::release(ProducerBatch& batch) {
  if (batch.in_flight) leave_flight(batch);
  free_memory_ += batch.memory;
  batch.memory = 0;
  batch.done = true;
}

void Accumulator::renumber(const std::vector<TransactionManager::Renumbering>& list) {
  for (const TransactionManager::Renumbering& r : list) {
    ProducerBatch& b = batches_.at(r.batch);
    b.producer = r.producer;
    b.base_sequence = r.base_sequence;
    b.sequence_reset = true;
    seal(b);
  }
}

int Accumulator::record_count(BatchId id) const { return batches_.at(id).count(); }

bool Accumulator::has_undrained() const {
  return std::any_of(queues_.begin(), queues_.end(), [](const auto& q) { return !q.second.batches.empty(); });
}

std::int64_t Accumulator::queued_records() const {
  std::int64_t n = 0;
  for (const auto& [p, queue] : queues_)
    for (BatchId id : queue.batches) n += batches_.at(id).count();
  return n;
}

}  // namespace kafkascope::client
