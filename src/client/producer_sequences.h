// Idempotence of a producer: producer id, epoch, a sequence per partition, and the order of batches in flight. Kafka:
// TransactionManager, TxnPartitionMap, TxnPartitionEntry (KIP-98, KIP-360). Transactions: transaction_manager.h.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "protocol/errors.h"
#include "protocol/ids.h"
#include "sim/flat_map.h"
#include "sim/time.h"

namespace kafkascope::client {

using BatchId = std::uint64_t;

struct ProducerIdAndEpoch {
  protocol::ProducerId id = protocol::kNoProducerId;
  protocol::ProducerEpoch epoch = -1;
  bool valid() const { return id != protocol::kNoProducerId; }
  friend bool operator==(const ProducerIdAndEpoch&, const ProducerIdAndEpoch&) = default;
};

std::int32_t increment_sequence(std::int32_t sequence, std::int32_t by);

class ProducerSequences {
 public:
  struct Entry {
    ProducerIdAndEpoch producer;
    std::int32_t next_sequence = 0;
    std::int32_t last_acked_sequence = -1;  // sequence of the last record in the last acknowledged batch
    std::int64_t last_acked_offset = -1;
    std::vector<BatchId> in_flight;  // sorted by sequence
  };
  struct Renumbering {  // a batch in flight that gets a new sequence
    BatchId batch;
    ProducerIdAndEpoch producer;
    std::int32_t base_sequence;
  };

  bool enabled = false;       // enable.idempotence
  bool initializing = false;  // an InitProducerId request is in flight or due
  sim::Instant init_blocked_until{0};
  int init_attempts = 0;
  /// If not NONE, the producer cannot send until its process restarts (State.FATAL_ERROR).
  protocol::ErrorCode fatal_error = protocol::ErrorCode::NONE;
  bool failed_for_good() const { return fatal_error != protocol::ErrorCode::NONE; }

  const ProducerIdAndEpoch& producer() const { return producer_; }
  void set_producer(ProducerIdAndEpoch p) { producer_ = p; }

  Entry& entry(protocol::TopicPartition p) { return entries_[p]; }
  const sim::FlatMap<protocol::TopicPartition, Entry>& entries() const { return entries_; }
  bool has_in_flight(protocol::TopicPartition p) const;
  BatchId first_in_flight(protocol::TopicPartition p) const;  // 0: none
  bool has_stale_producer(protocol::TopicPartition p) const;
  bool has_unresolved_sequence(protocol::TopicPartition p) const { return unresolved_.contains(p); }
  bool is_next_sequence(protocol::TopicPartition p, std::int32_t sequence) const;
  bool is_next_after_unresolved(protocol::TopicPartition p, std::int32_t sequence) const;

  void mark_unresolved(protocol::TopicPartition p, std::int32_t next_sequence);
  void remove_in_flight(protocol::TopicPartition p, BatchId batch);
  /// See Accumulator::retarget.
  void retarget(protocol::TopicId before, protocol::TopicId now);
  /// A batch was split; its parts replace it.
  void replace_in_flight(protocol::TopicPartition p, BatchId batch, const std::vector<BatchId>& parts);
  /// Restarts every partition's sequence at 0: the producer has a new id or epoch (resetSequenceNumbers).
  void reset_sequences();
  /// The broker no longer knows this producer in the partition (resetSequenceForPartition).
  void reset_sequence_of(protocol::TopicPartition p);
  /// Renumbers the partition's batches in flight from 0 on (TxnPartitionEntry.startSequencesAtBeginning).
  template <class CountOf>
  std::vector<Renumbering> restart_sequences(protocol::TopicPartition p, CountOf count_of) {
    std::vector<Renumbering> out;
    start_at_beginning(p, count_of, out);
    return out;
  }
  /// A batch has failed for good: the batches after it take over its sequence numbers. `sequence_of` returns a batch's
  /// first sequence. Kafka: TxnPartitionEntry.adjustSequencesDueToFailedBatch.
  template <class SequenceOf>
  std::vector<Renumbering> close_gap(protocol::TopicPartition p, std::int32_t base_sequence, int count,
                                     SequenceOf sequence_of) {
    std::vector<Renumbering> out;
    const auto it = entries_.find(p);
    if (it == entries_.end()) return out;
    it->second.next_sequence = it->second.next_sequence >= count ? it->second.next_sequence - count : 0;
    for (BatchId b : it->second.in_flight)
      if (const std::int32_t sequence = sequence_of(b); sequence > base_sequence)
        out.push_back({b, it->second.producer, sequence - count});
    return out;
  }
  void on_acked(protocol::TopicPartition p, std::int32_t last_sequence, std::int64_t last_offset, BatchId batch);
  void request_epoch_bump(protocol::TopicPartition p);
  /// Handles partitions with unresolved sequences and no batch in flight: either the sequences are resolved, or the
  /// epoch is bumped.
  void resolve_sequences();

  bool bump_required() const { return bump_required_; }
  /// KIP-360: the client raises its epoch itself. Returns false if the epochs are exhausted and a new producer id is
  /// needed.
  /// `count_of` returns a batch's number of records.
  template <class CountOf>
  std::vector<Renumbering> bump_epoch(CountOf count_of) {
    if (producer_.epoch == 32767) producer_ = {};
    else ++producer_.epoch;
    std::vector<Renumbering> out;
    for (protocol::TopicPartition p : rewrite_) {
      start_at_beginning(p, count_of, out);
      unresolved_.erase(p);
    }
    rewrite_.clear();
    bump_required_ = false;
    return out;
  }
  /// Call before a new batch gets its sequence: if the partition's state belongs to an older producer id, its sequences
  /// start again at 0.
  template <class CountOf>
  std::vector<Renumbering> maybe_update_producer(protocol::TopicPartition p, CountOf count_of) {
    std::vector<Renumbering> out;
    if (entries_[p].producer != producer_ && entries_[p].in_flight.empty()) start_at_beginning(p, count_of, out);
    return out;
  }

 protected:
  const std::map<protocol::TopicPartition, std::int32_t>& unresolved() const { return unresolved_; }
  void resolve(protocol::TopicPartition p) { unresolved_.erase(p); }

 private:
  template <class CountOf>
  void start_at_beginning(protocol::TopicPartition p, CountOf count_of, std::vector<Renumbering>& out) {
    Entry& e = entries_[p];
    std::int32_t sequence = 0;
    for (BatchId b : e.in_flight) {
      out.push_back({b, producer_, sequence});
      sequence += count_of(b);
    }
    e.producer = producer_;
    e.next_sequence = sequence;
    e.last_acked_sequence = -1;
  }

  ProducerIdAndEpoch producer_;
  sim::FlatMap<protocol::TopicPartition, Entry> entries_;
  std::map<protocol::TopicPartition, std::int32_t> unresolved_;  // the sequence that follows the unresolved batch
  std::set<protocol::TopicPartition> rewrite_;
  bool bump_required_ = false;
};

}  // namespace kafkascope::client
