#include "client/accumulator.h"

#include <algorithm>
#include <utility>

#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::BrokerId;
using protocol::RecordView;
using protocol::TopicPartition;
using sim::Instant;

ProducerBatch& BatchTable::add(BatchId id) {
  if (first_ == next_) first_ = next_ = id;
  while (id - first_ >= ring_.size()) {
    std::vector<std::uint32_t> wider(2 * ring_.size());
    for (BatchId i = first_; i < next_; ++i) wider[i & (wider.size() - 1)] = slot_of(i);
    ring_ = std::move(wider);
  }
  while (next_ < id) slot_of(next_++) = kGone;
  ++next_;
  std::uint32_t slot = static_cast<std::uint32_t>(slots_.size());
  if (free_.empty()) {
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  slot_of(id) = slot;
  return slots_[slot];
}

void BatchTable::erase(BatchId id) {
  ProducerBatch* const batch = find(id);
  if (batch == nullptr) return;
  ProducerBatch gone;
  gone.handed_at = std::move(batch->handed_at);  // the next batch reuses the vector's memory
  gone.handed_at.clear();
  gone.records = std::move(batch->records);
  gone.records.clear();
  *batch = std::move(gone);
  free_.push_back(std::exchange(slot_of(id), kGone));
  while (first_ < next_ && slot_of(first_) == kGone) ++first_;
}

AccumulatorOptions AccumulatorOptions::from(const Config& config) {
  AccumulatorOptions o;
  const auto ms = [&](std::string_view key) { return sim::milliseconds(config.number(key)); };
  const bool old = config.version() == protocol::KafkaVersion::V2_5;
  o.batch_size = std::max<std::int32_t>(1, static_cast<std::int32_t>(config.number("batch.size")));
  o.buffer_memory = config.number("buffer.memory");
  o.max_request_size = static_cast<std::int32_t>(config.number("max.request.size"));
  o.linger = ms("linger.ms");
  // Unless it is set explicitly, delivery.timeout.ms is raised (KafkaProducer.configureDeliveryTimeout).
  o.delivery_timeout = std::max(ms("delivery.timeout.ms"), ms("linger.ms") + ms("request.timeout.ms"));
  if (!old) o.availability_timeout = ms("partitioner.availability.timeout.ms");
  o.retry_backoff = {ms("retry.backoff.ms"), old ? ms("retry.backoff.ms") : ms("retry.backoff.max.ms")};
  o.new_leader_ends_backoff = !old;
  o.compression = *protocol::parse_compression(config.text("compression.type"));
  return o;
}

std::int32_t Accumulator::upper_bound(const RecordView& r) {
  // AbstractRecords.estimateSizeInBytesUpperBound: batch overhead 61; DefaultRecord.recordSizeUpperBound: record
  // overhead at most 21.
  return static_cast<std::int32_t>(std::min<std::int64_t>(61 + 21 + protocol::record_contents_size(r), 2147483647));
}

std::size_t Accumulator::place_of(TopicPartition p) {
  if (last_place_.first == p) return last_place_.second;
  auto at = places_.find(p);
  if (at == places_.end()) {
    at = places_.try_emplace(p, queues_.size()).first;
    queues_.emplace_back();
  }
  last_place_ = *at;
  return at->second;
}

const Accumulator::Queue* Accumulator::find_queue(TopicPartition p) const {
  if (last_place_.first == p) return &queues_[last_place_.second];
  const auto at = places_.find(p);
  return at == places_.end() ? nullptr : &queues_[at->second];
}

void Accumulator::note_length(TopicPartition p, std::size_t place) {
  load_changed_ = true;
  const auto at = busy_.lower_bound(p);
  const bool listed = at != busy_.end() && at->first == p;
  if (listed && queues_[place].empty()) busy_.erase(at);
  if (!listed && !queues_[place].empty()) busy_.try_emplace(p, place);
}

namespace {
std::int32_t size_in(const ProducerBatch& b, const RecordView& record) {
  const std::int64_t base = b.records.empty() ? record.timestamp_ms : b.records.timestamp_ms(0);
  return protocol::record_size(record, static_cast<std::int32_t>(b.records.size()), base);
}
}  // namespace

bool Accumulator::needs_new_batch(TopicPartition p, const RecordView& record) const {
  const Queue* queue = find_queue(p);
  if (queue == nullptr || queue->empty()) return true;
  const ProducerBatch& last = batches_.at(queue->back());
  return last.closed || last.wire_bytes() + size_in(last, record) > last.write_limit;
}

bool Accumulator::all_batches_full(TopicPartition p) const {
  const Queue* queue = find_queue(p);
  return queue == nullptr || queue->empty() || batches_.at(queue->back()).full();
}

Accumulator::Append Accumulator::append(Ctx& ctx, TopicPartition p, const RecordView& record, std::int32_t client) {
  client_ = client;
  const std::size_t place = place_of(p);
  Queue& queue = queues_[place];
  ProducerBatch* last = queue.empty() ? nullptr : &batches_.at(queue.back());
  std::int32_t size = last != nullptr && !last->closed ? size_in(*last, record) : 0;
  const bool fresh = last == nullptr || last->closed || last->wire_bytes() + size > last->write_limit;
  if (fresh) {
    const std::int32_t memory = std::max(options_.batch_size, upper_bound(record));
    load_changed_ = true;
    if (memory > free_memory_ && !sim::mutant("buffer-memory-unlimited")) return {};
    if (last != nullptr) last->closed = true;  // because its tryAppend failed
    free_memory_ -= memory;
    ProducerBatch& b = batches_.add(next_id_);
    b.id = next_id_++;
    b.partition = p;
    b.memory = b.write_limit = memory;
    b.created_at = b.last_attempt_at = ctx.now();
    if (options_.compression != protocol::Compression::None) b.ratio_ppm = expected_ratio_ppm(p.topic);
    queue.push_back(b.id);
    note_length(p, place);
    last = &b;
    size = size_in(b, record);
  }
  ProducerBatch& batch = *last;
  const std::int32_t before = fresh ? 0 : batch.wire_bytes();
  batch.size_bytes += size;
  batch.records.push_back(record);
  batch.handed_at.push_back(ctx.now());
  return {true, batch.wire_bytes() - before, size, fresh || queue.size() > 1 || batch.full()};
}

void Accumulator::note_leader_epoch(ProducerBatch& b, protocol::LeaderEpoch latest) const {
  if (options_.new_leader_ends_backoff && latest.value >= 0 && latest > b.leader_epoch) {
    b.attempts_when_leader_changed = b.attempts;
    b.leader_epoch = latest;
  }
}

void Accumulator::note_node(BrokerId node, Instant now, bool drained) {
  NodeTimes& t = node_times_.try_emplace(node, NodeTimes{now, now}).first->second;
  if (options_.availability_timeout.us > 0) load_changed_ = true;
  t.ready = now;
  if (drained) t.drained = now;
}

void Accumulator::set_load(const MetadataCache& metadata, Partitioner& partitioner) {
  if (!load_changed_ && load_metadata_ == metadata.changes()) return;
  load_changed_ = false;
  if (load_metadata_ != metadata.changes()) leaderless_ = !led_by(protocol::kNoBroker, metadata).empty();
  load_metadata_ = metadata.changes();
  for (const auto& [name, topic] : metadata.topics())
    if (topic.partitions.size() > 1) set_load(topic, partitioner.sticky(name));
}

void Accumulator::set_load(const BelievedTopic& topic, StickyChoice& sticky) {
  const auto partitions = static_cast<std::int32_t>(topic.partitions.size());
  // Possible only if every partition of the topic has a queue: places_ then has one entry for each, in their order.
  const auto first = places_.lower_bound(TopicPartition{topic.id, 0});
  if (places_.end() - first < partitions || first[partitions - 1].first != TopicPartition{topic.id, partitions - 1})
    return sticky.clear_load();
  load_.clear();
  auto busy = busy_.lower_bound(TopicPartition{topic.id, 0});
  const auto until = busy_.lower_bound(TopicPartition{topic.id, partitions});
  if (leaderless_ || options_.availability_timeout.us > 0) {
    for (std::int32_t p = 0; p < partitions; ++p) {
      int size = 0;
      if (busy != until && busy->first.partition == p) size = static_cast<int>(queues_[(busy++)->second].size());
      // A partition without a leader is left out. A partition with a slow leader is left out only if it has batches
      // (partitionReady).
      const BrokerId leader = topic.partitions[static_cast<std::size_t>(p)].leader;
      if (leader == protocol::kNoBroker || (size > 0 && too_slow(leader))) size = -1;
      if (size != 0) load_.push_back({p, size});
    }
  } else {
    for (; busy != until; ++busy)
      load_.push_back({busy->first.partition, static_cast<int>(queues_[busy->second].size())});
  }
  sticky.set_load(load_, partitions);
}

bool Accumulator::too_slow(BrokerId node) const {
  if (options_.availability_timeout.us == 0) return false;
  const auto t = node_times_.find(node);
  return t != node_times_.end() && t->second.ready - t->second.drained > options_.availability_timeout;
}

const Accumulator::Ready& Accumulator::ready(Ctx& ctx, const MetadataCache& metadata, Partitioner& partitioner) {
  Ready& out = ready_;
  out.nodes.clear();
  out.unknown_leader_topics.clear();
  out.next_check = sim::kNever;
  if (partitioner.adaptive()) set_load(metadata, partitioner);
  const BelievedTopic* topic = nullptr;  // the queues of a topic are adjacent
  for (const auto& [p, place] : busy_) {
    const Queue& queue = queues_[place];
    ProducerBatch& first = batches_.at(queue.front());
    if (topic == nullptr || topic->id != p.topic) topic = metadata.topic(p.topic);
    const BelievedPartition belief = topic == nullptr ? BelievedPartition{} : topic->partition(p.partition);
    note_leader_epoch(first, belief.leader_epoch);
    if (belief.leader == protocol::kNoBroker || !metadata.knows(belief.leader)) {
      out.unknown_leader_topics.insert(topic == nullptr ? "" : topic->name);
      continue;
    }
    if (!muted_.empty() && muted_.contains(p)) continue;
    const bool backing_off = should_back_off(first, ctx.now());
    const Instant expires =
        backing_off ? first.backoff_until : std::max(first.created_at, first.last_attempt_at) + options_.linger;
    const bool full = queue.size() > 1 || first.full();
    const bool sendable = full || ctx.now() >= expires || waiting_for_memory_ || flushing_ || completing_;
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
  const TopicPartition p = first.partition;
  if (!transactions.send_allowed(p) || !transactions.producer().valid()) return true;
  if (!first.has_sequence()) {
    if (transactions.has_in_flight(p) && transactions.has_stale_producer(p)) return true;
    if (transactions.has_unresolved_sequence(p)) return true;
  }
  // A retried batch is sent only if it is the partition's first batch in flight.
  const BatchId head = transactions.first_in_flight(p);
  return head != 0 && first.has_sequence() && head != first.id;
}

std::int64_t Accumulator::expected_ratio_ppm(protocol::TopicId topic) const {
  const auto at = ratios_ppm_.find(topic);
  return at == ratios_ppm_.end() ? 1000000 : at->second;
}

/// The estimate rises at once and falls gradually. Kafka: CompressionRatioEstimator.updateEstimation.
void Accumulator::learn_ratio(const ProducerBatch& b) {
  constexpr std::int64_t kImproving = 5000, kDeteriorating = 50000;
  const std::int64_t seen = (b.sealed->size_bytes - 61) * std::int64_t{1000000} / (b.size_bytes - 61);
  const std::int64_t expected = expected_ratio_ppm(b.partition.topic);
  if (seen > expected) ratios_ppm_[b.partition.topic] = std::max(expected + kDeteriorating, seen);
  if (seen < expected) ratios_ppm_[b.partition.topic] = std::max(expected - kImproving, seen);
}

void Accumulator::seal(ProducerBatch& b) {
  const bool first = !b.sealed;
  protocol::RecordBatch batch;
  if (b.sealed) {
    batch = *b.sealed;
  } else {
    batch.client = client_;
    batch.compression = options_.compression;
    batch.records = b.records;  // a copy of the records has only the capacity it needs
    b.records.clear();
  }
  batch.producer_id = b.producer.id;
  batch.producer_epoch = b.producer.epoch;
  batch.base_sequence = b.base_sequence;
  batch.transactional = b.transactional;
  b.sealed = protocol::seal(std::move(batch), b.size_bytes);
  b.closed = true;
  if (first && options_.compression != protocol::Compression::None) learn_ratio(b);
}

const std::vector<TopicPartition>& Accumulator::led_by(BrokerId node, const MetadataCache& metadata) {
  if (led_metadata_ != metadata.changes()) {
    led_metadata_ = metadata.changes();
    led_.clear();
    for (const auto& [name, topic] : metadata.topics())
      for (std::size_t i = 0; i < topic.partitions.size(); ++i)
        led_[topic.partitions[i].leader].push_back({topic.id, static_cast<std::int32_t>(i)});
  }
  return led_[node];
}

const std::vector<BatchId>& Accumulator::drain(Ctx& ctx, const MetadataCache& metadata, BrokerId node,
                                               TransactionManager& transactions) {
  const std::vector<TopicPartition>& parts = led_by(node, metadata);
  std::vector<BatchId>& out = drained_;
  out.clear();
  if (parts.empty()) return out;
  // Starts after the partition at which it last stopped, so that no partition starves.
  TopicPartition& last = drained_last_[node];
  const auto found = std::find(parts.begin(), parts.end(), last);
  const std::size_t start = found == parts.end() ? 0 : static_cast<std::size_t>(found - parts.begin());
  std::int64_t size = 0;
  for (std::size_t n = 0; n < parts.size(); ++n) {
    const TopicPartition p = parts[(start + n) % parts.size()];
    last = p;
    if (!muted_.empty() && muted_.contains(p)) continue;
    const auto q = busy_.find(p);
    if (q == busy_.end()) continue;
    const std::size_t place = q->second;
    Queue& queue = queues_[place];
    ProducerBatch& first = batches_.at(queue.front());
    note_leader_epoch(first, metadata.partition(p).leader_epoch);
    if (should_back_off(first, ctx.now())) continue;
    if (size + first.wire_bytes() > options_.max_request_size && !out.empty()) break;
    if (stop_drain(first, transactions))
      break;  // the node's other partitions wait for the next round (drainBatchesForOneNode)
    queue.erase(queue.begin());
    note_length(p, place);
    if (transactions.enabled && !first.has_sequence()) {
      renumber(transactions.maybe_update_producer(p, [this](BatchId id) { return record_count(id); }));
      TransactionManager::Entry& entry = transactions.entry(p);
      first.producer = transactions.producer();
      first.base_sequence = entry.next_sequence;
      first.transactional = transactions.transactional();
      entry.next_sequence =
          increment_sequence(entry.next_sequence, first.count() - (sim::mutant("sequence-one-too-low") ? 1 : 0));
      entry.in_flight.push_back(first.id);
      seal(first);
    } else if (!first.sealed) {
      seal(first);
    }
    first.in_flight = true;
    const std::pair flying(first.created_at, first.id);
    flight_.insert(std::upper_bound(flight_.begin(), flight_.end(), flying), flying);
    size += first.wire_bytes();
    out.push_back(first.id);
  }
  return out;
}

std::vector<BatchId> Accumulator::take_undrained() {
  std::vector<BatchId> taken;
  const auto busy = busy_;
  for (const auto& [p, place] : busy) {
    Queue& queue = queues_[place];
    const auto kept =
        std::stable_partition(queue.begin(), queue.end(), [&](BatchId id) { return batches_.at(id).has_sequence(); });
    taken.insert(taken.end(), kept, queue.end());
    queue.erase(kept, queue.end());
    note_length(p, place);
  }
  std::sort(taken.begin(), taken.end());
  return taken;
}

void Accumulator::reenqueue(Ctx& ctx, ProducerBatch& batch, const TransactionManager& transactions) {
  batch.in_retry = true;
  batch.last_attempt_at = ctx.now();
  batch.backoff_until = ctx.now() + options_.retry_backoff.after(batch.attempts, ctx.random(sim::Stream::RetryBackoff));
  ++batch.attempts;
  const std::size_t place = place_of(batch.partition);
  Queue& queue = queues_[place];
  auto at = queue.begin();
  if (sim::mutant("retry-goes-to-the-end")) at = queue.end();
  else if (transactions.enabled)  // keeps the queue in the order of sequence numbers
    while (at != queue.end() && batches_.at(*at).has_sequence() && batches_.at(*at).base_sequence < batch.base_sequence)
      ++at;
  queue.insert(at, batch.id);
  note_length(batch.partition, place);
}

void Accumulator::retarget(protocol::TopicId before, protocol::TopicId now) {
  batches_.for_each([&](ProducerBatch& b) {
    if (b.partition.topic == before) b.partition.topic = now;
  });
  last_place_ = {{-1, -1}, 0};
  for (auto it = places_.lower_bound(TopicPartition{before, 0}); it != places_.end() && it->first.topic == before;
       it = places_.lower_bound(TopicPartition{before, 0})) {
    const auto [p, old] = *it;
    places_.erase(it);
    const Queue moved = std::exchange(queues_[old], {});  // index `old` of queues_ stays unused
    note_length(p, old);
    const TopicPartition target{now, p.partition};
    const std::size_t place = place_of(target);
    queues_[place].insert(queues_[place].begin(), moved.begin(), moved.end());
    note_length(target, place);
    if (muted_.erase(p) > 0) muted_.insert(target);
  }
}

void Accumulator::split_and_reenqueue(ProducerBatch& batch, TransactionManager& transactions) {
  const protocol::RecordBatch big = *batch.sealed;
  // From now on no compression is expected for the topic (CompressionRatioEstimator.setEstimation).
  if (options_.compression != protocol::Compression::None) ratios_ppm_[batch.partition.topic] = 1000000;
  const std::vector<Instant> handed_at = batch.handed_at;
  std::vector<ProducerBatch> parts;
  for (std::size_t i = 0; i < big.records.size(); ++i) {
    const RecordView record = big.records[i];
    if (parts.empty() || (parts.back().size_bytes + size_in(parts.back(), record) > parts.back().write_limit &&
                          !parts.back().records.empty())) {
      ProducerBatch& fresh = parts.emplace_back();
      fresh.id = next_id_++;
      fresh.partition = batch.partition;
      fresh.write_limit = std::max(options_.batch_size, upper_bound(record));
      fresh.created_at = batch.created_at;  // delivery.timeout.ms counts from the creation of the original batch
      fresh.last_attempt_at = batch.created_at;
      fresh.closed = true;
    }
    parts.back().size_bytes += size_in(parts.back(), record);
    parts.back().records.push_back(record);
    parts.back().handed_at.push_back(handed_at[i]);
  }
  // The parts take no memory from the pool: the original batch returns its own memory.
  std::int32_t sequence = batch.base_sequence;
  const std::size_t place = place_of(batch.partition);
  Queue& queue = queues_[place];
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
  note_length(batch.partition, place);
  release(batch);
}

std::vector<BatchId> Accumulator::expired(Instant now) {
  std::vector<BatchId> out;
  const auto looked_at = busy_;
  for (const auto& [p, place] : looked_at) {
    Queue& queue = queues_[place];
    while (!queue.empty() && now >= batches_.at(queue.front()).created_at + options_.delivery_timeout) {
      out.push_back(queue.front());
      queue.erase(queue.begin());
    }
    note_length(p, place);
  }
  return out;
}

// Like Kafka, checks only the front of each queue and the batches in flight. A batch that was put back after a failure
// may precede older batches, which are then checked later (RecordAccumulator.expiredBatches,
// maybeUpdateNextBatchExpiryTime).
Instant Accumulator::next_expiry() const {
  Instant due = sim::kNever;
  for (const auto& [p, place] : busy_)
    due = std::min(due, batches_.at(queues_[place].front()).created_at + options_.delivery_timeout);
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

std::int64_t Accumulator::queued_records() const {
  std::int64_t n = 0;
  for_each_queued([&](const ProducerBatch& b) { n += b.count(); });
  return n;
}

}  // namespace kafkascope::client
