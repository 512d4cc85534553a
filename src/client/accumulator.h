// A producer's batches, from the first append to the last response. Kafka: RecordAccumulator, ProducerBatch,
// BufferPool.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/metadata_cache.h"
#include "client/partitioner.h"
#include "client/transaction_manager.h"

namespace kafkascope::client {

struct ProducerBatch {
  BatchId id = 0;
  protocol::TopicPartition partition;
  protocol::RecordList records;         // the records until the batch is sealed
  std::vector<sim::Instant> handed_at;  // for each record: when send() was called
  std::int32_t size_bytes = 61;         // DefaultRecordBatch overhead + records, before compression
  std::int64_t ratio_ppm = 0;           // the expected compression ratio; 0: no compression
  std::int32_t write_limit = 0;         // batch.size, or more if its first record needs it
  std::int32_t memory = 0;              // taken from buffer.memory
  sim::Instant created_at, last_attempt_at;
  sim::Instant backoff_until{0};
  int attempts = 0;
  bool in_retry = false;  // has been put back into its queue at least once
  bool closed = false;    // accepts no more records
  bool in_flight = false;
  bool done = false;  // its futures are completed; the batch exists only while a request contains it
  bool sequence_reset = false;
  bool transactional = false;
  ProducerIdAndEpoch producer;
  std::int32_t base_sequence = -1;
  protocol::LeaderEpoch leader_epoch;  // the partition's leader epoch at the latest attempt
  int attempts_when_leader_changed = -1;
  protocol::BatchRef sealed;

  int count() const { return sealed ? sealed->count() : static_cast<int>(records.size()); }
  bool has_sequence() const { return base_sequence >= 0; }
  /// The batch's size on the wire, known once the batch is sealed. Kafka: MemoryRecordsBuilder.estimatedBytesWritten.
  std::int32_t wire_bytes() const {
    if (sealed) return sealed->size_bytes;
    return ratio_ppm == 0 ? size_bytes
                          : 61 + static_cast<std::int32_t>((size_bytes - 61) * ratio_ppm / 1000000 * 105 / 100);
  }
  bool full() const { return closed || (count() > 0 && wire_bytes() >= write_limit); }
  bool leader_changed_for_this_retry() const { return attempts >= 1 && attempts == attempts_when_leader_changed; }
};

/// Batches by id. Ids increase, and few batches exist at a time. A ring maps each id, from the oldest existing batch
/// on, to the slot of its batch. The address of a batch does not change.
class BatchTable {
 public:
  ProducerBatch* find(BatchId id) {
    if (id - first_ >= next_ - first_) return nullptr;
    const std::uint32_t slot = slot_of(id);
    return slot == kGone ? nullptr : &slots_[slot];
  }
  ProducerBatch& at(BatchId id) { return slots_[slot_of(id)]; }
  const ProducerBatch& at(BatchId id) const { return slots_[slot_of(id)]; }
  /// `id` must be greater than every earlier id.
  ProducerBatch& add(BatchId id);
  void erase(BatchId id);
  template <class F>
  void for_each(F&& visit) {
    for (BatchId id = first_; id < next_; ++id)
      if (const std::uint32_t slot = slot_of(id); slot != kGone) visit(slots_[slot]);
  }

 private:
  static constexpr std::uint32_t kGone = 0xffffffff;
  std::uint32_t& slot_of(BatchId id) { return ring_[id & (ring_.size() - 1)]; }
  std::uint32_t slot_of(BatchId id) const { return ring_[id & (ring_.size() - 1)]; }
  BatchId first_ = 1, next_ = 1;                                      // the oldest id with an entry, and the newest id
                                                                      // + 1
  std::vector<std::uint32_t> ring_ = std::vector<std::uint32_t>(16);  // a power of two
  std::deque<ProducerBatch> slots_;
  std::vector<std::uint32_t> free_;
};

struct AccumulatorOptions {
  std::int32_t batch_size = 16384;
  std::int64_t buffer_memory = 33554432;
  std::int32_t max_request_size = 1048576;
  sim::Duration linger = sim::milliseconds(5);
  sim::Duration delivery_timeout = sim::seconds(120);
  sim::Duration availability_timeout{0};  // partitioner.availability.timeout.ms
  ExponentialBackoff retry_backoff;
  bool new_leader_ends_backoff = true;  // from 3.7 on (KAFKA-15415)
  protocol::Compression compression = protocol::Compression::None;
  static AccumulatorOptions from(const Config& config);
};

class Accumulator {
 public:
  Accumulator() = default;
  explicit Accumulator(AccumulatorOptions options) : options_(options), free_memory_(options.buffer_memory) {}
  const AccumulatorOptions& options() const { return options_; }

  struct Append {
    bool fits = false;              // false: the pool has too little memory, and the caller waits (at most
                                    // max.block.ms)
    std::int32_t bytes = 0;         // growth of the partition's batches
    std::int32_t record_bytes = 0;  // size of the record alone, before compression
    bool wakes_sender = false;      // a batch was started or became full (KafkaProducer.doSend)
  };
  /// Appends the record to the partition's last batch, or to a new one from the pool.
  Append append(Ctx& ctx, protocol::TopicPartition p, const protocol::RecordView& record, std::int32_t client);
  bool has_queue(protocol::TopicPartition p) const { return places_.contains(p); }
  /// Whether appending this record would start a new batch.
  bool needs_new_batch(protocol::TopicPartition p, const protocol::RecordView& record) const;
  /// Whether the partition has no open batch, so that the sticky partitioner may switch to another partition.
  bool all_batches_full(protocol::TopicPartition p) const;
  static std::int32_t upper_bound(const protocol::RecordView& record);
  /// The expected compression ratio of the topic's next batch, in ppm (CompressionRatioEstimator; 2.5 and 4.1 start
  /// with 1).
  std::int64_t expected_ratio_ppm(protocol::TopicId topic) const;

  struct Ready {
    std::vector<protocol::BrokerId> nodes;  // sorted
    std::set<std::string> unknown_leader_topics;
    sim::Instant next_check = sim::kNever;
  };
  /// Valid until the next call of ready().
  const Ready& ready(Ctx& ctx, const MetadataCache& metadata, Partitioner& partitioner);
  /// Takes one batch per partition of the node, starting at a rotating partition, up to max.request.size. Valid until
  /// the next call of drain().
  const std::vector<BatchId>& drain(Ctx& ctx, const MetadataCache& metadata, protocol::BrokerId node,
                                    TransactionManager& transactions);
  void reenqueue(Ctx& ctx, ProducerBatch& batch, const TransactionManager& transactions);
  /// The broker found the batch too large: its records are sent again in batches of at most batch.size, which count as
  /// new; the batch itself is done. Kafka: RecordAccumulator.splitAndReenqueue, ProducerBatch.split.
  void split_and_reenqueue(ProducerBatch& batch, TransactionManager& transactions);
  /// Removes the batches whose delivery.timeout.ms has passed from the queues, and returns them.
  std::vector<BatchId> expired(sim::Instant now);
  sim::Instant next_expiry() const;

  /// The topic was deleted and created again: its batches go to the new topic (Kafka's accumulator identifies topics by
  /// name).
  void retarget(protocol::TopicId before, protocol::TopicId now);

  void mute(protocol::TopicPartition p) { muted_.insert(p); }
  void unmute(protocol::TopicPartition p) { muted_.erase(p); }
  void set_waiting_for_memory(bool waiting) { waiting_for_memory_ = waiting; }
  /// While true, all batches can be sent at once. For flush() and close().
  void set_flushing(bool flushing) { flushing_ = flushing; }
  void note_node(protocol::BrokerId node, sim::Instant now, bool drained);

  ProducerBatch* find(BatchId id);
  /// The batch's request was answered or has failed.
  void landed(ProducerBatch& batch);
  /// Batches in flight whose delivery.timeout.ms has passed, by ascending id.
  std::vector<BatchId> expired_in_flight(sim::Instant now) const;
  /// Gives the batch's memory back to the pool; the batch itself is deleted when no request contains it.
  void release(ProducerBatch& batch);
  void forget(BatchId id) { batches_.erase(id); }
  /// Seals a batch that has expired in its queue, before it was drained.
  void close_for_good(ProducerBatch& batch) { seal(batch); }
  void renumber(const std::vector<TransactionManager::Renumbering>& list);
  int record_count(BatchId id) const;
  std::int64_t free_memory() const { return free_memory_; }
  bool has_undrained() const { return !busy_.empty(); }
  /// Batches that have no result yet, sent or not. Kafka: hasIncomplete.
  bool has_incomplete() const { return !busy_.empty() || !flight_.empty(); }
  /// Removes the batches that have never been sent, and returns them. Kafka: abortUndrainedBatches.
  std::vector<BatchId> take_undrained();
  /// The batches of a transaction that is ending can be sent at once.
  void set_completing(bool completing) { completing_ = completing; }
  std::int64_t queued_records() const;
  /// Visits the batches that no request contains, oldest first in each partition.
  template <class F>
  void for_each_queued(F&& visit) const {
    for (const auto& [p, place] : busy_)
      for (const BatchId id : queues_[place]) visit(batches_.at(id));
  }

 private:
  using Queue = std::vector<BatchId>;
  struct NodeTimes {
    sim::Instant ready, drained;
  };
  bool should_back_off(const ProducerBatch& b, sim::Instant now) const {
    return b.attempts > 0 && now < b.backoff_until && !b.leader_changed_for_this_retry();
  }
  void note_leader_epoch(ProducerBatch& b, protocol::LeaderEpoch latest) const;
  bool stop_drain(const ProducerBatch& first, const TransactionManager& transactions) const;
  void seal(ProducerBatch& batch);
  void learn_ratio(const ProducerBatch& batch);
  void leave_flight(const ProducerBatch& batch);
  /// The index of the partition's queue, created if new. Call note_length whenever a queue's length changes.
  std::size_t place_of(protocol::TopicPartition p);
  const Queue* find_queue(protocol::TopicPartition p) const;
  void note_length(protocol::TopicPartition p, std::size_t place);
  /// The partitions of all topics that the node leads, ordered by topic name.
  const std::vector<protocol::TopicPartition>& led_by(protocol::BrokerId node, const MetadataCache& metadata);
  void set_load(const MetadataCache& metadata, Partitioner& partitioner);
  void set_load(const BelievedTopic& topic, StickyChoice& sticky);
  /// Whether the node's batches have waited for longer than partitioner.availability.timeout.ms.
  bool too_slow(protocol::BrokerId node) const;

  AccumulatorOptions options_;
  BatchTable batches_;
  std::vector<std::pair<sim::Instant, BatchId>>
      flight_;                 // (created_at, id) of batches in flight that are not done, sorted
  std::vector<Queue> queues_;  // in the order in which their partitions were first written
  sim::FlatMap<protocol::TopicPartition, std::size_t> places_;  // partition -> index in queues_
  sim::FlatMap<protocol::TopicPartition, std::size_t> busy_;    // the partitions that have batches; a round visits no
                                                                // others
  std::pair<protocol::TopicPartition, std::size_t> last_place_{{-1, -1}, 0};  // the result of the last lookup
  sim::FlatMap<protocol::BrokerId, protocol::TopicPartition> drained_last_;
  sim::FlatMap<protocol::BrokerId, NodeTimes> node_times_;
  std::set<protocol::TopicPartition> muted_;
  sim::FlatMap<protocol::TopicId, std::int64_t> ratios_ppm_;  // expected_ratio_ppm of each topic, if compression is on
  // Members that keep their memory between calls: the results of ready() and drain(), and the list for set_load().
  Ready ready_;
  std::vector<BatchId> drained_;
  std::vector<QueueLoad> load_;
  bool load_changed_ = true;  // queue lengths or slow nodes have changed since set_load
  bool leaderless_ = false;   // a partition had no leader at load_metadata_
  int load_metadata_ = -1;    // MetadataCache::changes() when load was last computed
  sim::FlatMap<protocol::BrokerId, std::vector<protocol::TopicPartition>>
      led_;  // cache of led_by() for the metadata numbered led_metadata_
  int led_metadata_ = -1;
  std::int64_t free_memory_ = 0;
  std::int32_t client_ = -1;
  BatchId next_id_ = 1;
  bool waiting_for_memory_ = false, flushing_ = false, completing_ = false;
};

}  // namespace kafkascope::client
