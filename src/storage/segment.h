// One segment of a log: the batches of a file <base offset>.log, and the rule that closes it. Kafka: LogSegment,
// LogSegments.
//
// A closed segment is immutable and shared by every copy of the log, checkpoints included; the active one is part of
// its log and grows.
#pragma once
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <vector>

#include "protocol/records.h"
#include "sim/append_list.h"
#include "sim/time.h"
#include "storage/indexes.h"
#include "storage/log_options.h"

namespace kafkascope::storage {

struct LogEntry {
  StoredBatch batch;
  sim::Instant written_at;  // when the batch entered the page cache, plus the time (if any) by which the disk's backlog
                            // exceeds the write-back age
};

/// An entry of the .txnindex. Kafka: AbortedTxn.
struct AbortedTransaction {
  protocol::ProducerId producer = protocol::kNoProducerId;
  Offset first_offset, last_offset;  // the last is the marker's
  Offset last_stable_offset;         // at the time of the marker: a search need not go beyond it
  friend bool operator==(const AbortedTransaction&, const AbortedTransaction&) = default;
};

struct LogSegment {
  Offset base_offset{0};
  sim::AppendList<LogEntry> entries;
  std::int64_t size_bytes = 0;
  std::int64_t created_ms = 0;  // both in ms of the wall clock
  std::int64_t last_modified_ms = 0;
  std::int64_t rolling_timestamp_ms = -1;  // the first batch's largest timestamp; -1: empty
  std::int64_t max_timestamp_ms = -1;      // of all batches
  Offset max_timestamp_offset;             // last offset of the first batch with that timestamp
  IndexFill index;
  std::vector<std::uint32_t> indexed;       // the entries that the offset index points at
  std::vector<AbortedTransaction> aborted;  // the .txnindex: ended by a marker in this segment, by last offset

  bool empty() const { return size_bytes == 0; }
  /// The next offset if this is the last segment (a cleaned segment may end before the next one begins).
  Offset next_offset() const { return entries.empty() ? base_offset : entries.back().batch.next_offset(); }
  /// Kafka: LogSegment.largestTimestamp.
  std::int64_t largest_timestamp_ms() const { return max_timestamp_ms >= 0 ? max_timestamp_ms : last_modified_ms; }

  void append(const StoredBatch& batch, sim::Instant now, std::int64_t index_interval_bytes, sim::Duration late = {});
  /// Drops whole batches that end after `offset`. Returns true if there were any.
  bool truncate_to(Offset offset, sim::Instant now, std::int64_t index_interval_bytes);
  /// Index of the first entry whose batch ends after `offset`.
  std::size_t index_of(Offset offset) const;
  /// Iterates over the batches alone.
  struct BatchView {
    const LogSegment* segment;
    struct iterator {
      using iterator_category = std::input_iterator_tag;
      using value_type = StoredBatch;
      using difference_type = std::ptrdiff_t;
      using pointer = const StoredBatch*;
      using reference = const StoredBatch&;
      sim::AppendList<LogEntry>::const_iterator at;
      reference operator*() const { return at->batch; }
      pointer operator->() const { return &at->batch; }
      iterator& operator++() { return ++at, *this; }
      iterator operator++(int) {
        auto old = *this;
        return ++at, old;
      }
      friend bool operator==(const iterator& a, const iterator& b) { return a.at == b.at; }
    };
    iterator begin() const { return {segment->entries.begin()}; }
    iterator end() const { return {segment->entries.end()}; }
  };
  BatchView batches() const { return {this}; }
};

/// The batches of one append: a single batch or all of one fetch response. Kafka: RollParams.
struct Incoming {
  explicit Incoming(std::span<const StoredBatch> batches);
  std::int64_t size_bytes = 0;
  std::int64_t max_timestamp_ms = -1;
  Offset last_offset;
};

/// Whether the segment must be closed before the append. Kafka: LogSegment.shouldRoll.
bool should_roll(const LogSegment& segment, const Incoming& incoming, const LogOptions& options, std::int64_t now_ms);

/// A log's segments in the order of their base offsets; there is always an active one.
class SegmentList {
 public:
  class Batches;

  /// The aborted transactions that reach into [from, end_exclusive), by last offset.
  std::vector<AbortedTransaction> aborted_between(Offset from, Offset end_exclusive) const;
  /// The same by Kafka's search, which ends at an entry whose last stable offset is `end_exclusive` or later. A
  /// follower that appends several transactions of one producer at a time writes an entry whose last stable offset
  /// ignores the producer's next one (ProducerStateManager.lastStableOffset), so the search may miss that transaction.
  /// Kafka: UnifiedLog.collectAbortedTransactions.
  std::vector<AbortedTransaction> collect_aborted(Offset from, Offset end_exclusive) const;
  /// The aborted transactions in a leader's response with [from, read_to) to a reader of committed records: the search
  /// continues to the last offset of the first later batch that the offset index points at, else to the end of the
  /// segment. Kafka: LocalLog.addAbortedTransactions.
  std::vector<AbortedTransaction> aborted_for_fetch(Offset from, Offset read_to, Offset log_end) const;

  std::size_t size() const { return closed_.size() + 1; }
  const LogSegment& operator[](std::size_t i) const { return i < closed_.size() ? *closed_[i] : active_; }
  const LogSegment& active() const { return active_; }
  LogSegment& active() { return active_; }
  const std::vector<std::shared_ptr<const LogSegment>>& closed() const { return closed_; }
  Offset base_offset() const { return (*this)[0].base_offset; }
  std::int64_t size_bytes() const { return closed_bytes_ + active_.size_bytes; }
  std::size_t batch_count() const { return closed_batches_ + active_.entries.size(); }

  /// The index of the segment that would hold `offset`: the last that begins at or before it; the first if all begin
  /// later.
  std::size_t find(Offset offset) const;
  /// The number of segments between the two offsets, each of which costs one flush (LocalLog.flush).
  int segments_between(Offset from, Offset to) const;
  /// Drops all segments; an empty one begins at `offset`.
  void reset(Offset offset, std::int64_t now_ms);
  /// Closes the active segment; a new one begins at `base`.
  void roll(Offset base, std::int64_t now_ms);
  void drop_front(std::size_t count);
  /// Kafka: LocalLog.truncateTo. Returns false if there is nothing to cut.
  bool truncate_to(Offset offset, sim::Instant now, std::int64_t index_interval_bytes);
  /// Replaces the first `count` closed segments by as many or fewer (the cleaner's result).
  void replace_front(std::size_t count, std::vector<std::shared_ptr<const LogSegment>> cleaned);

 private:
  void recount();
  /// `may_stop`: the search ends at an entry whose last stable offset is `end_exclusive` or later.
  std::vector<AbortedTransaction> scan_aborted(Offset from, Offset end_exclusive, bool may_stop) const;

  std::vector<std::shared_ptr<const LogSegment>> closed_;
  LogSegment active_;
  std::int64_t closed_bytes_ = 0;
  std::size_t closed_batches_ = 0;
};

/// Every batch of a log, oldest first, as one sequence. Valid until the log changes.
class SegmentList::Batches {
 public:
  explicit Batches(const SegmentList& list) : list_(&list) {}
  std::size_t size() const { return list_->batch_count(); }
  bool empty() const { return size() == 0; }
  const StoredBatch& operator[](std::size_t i) const;
  const StoredBatch& front() const { return (*this)[0]; }
  const StoredBatch& back() const { return (*this)[size() - 1]; }
  /// Index of the first batch that ends after `offset`; size() if none does.
  std::size_t index_of(Offset offset) const;

  class const_iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = StoredBatch;
    using difference_type = std::ptrdiff_t;
    using pointer = const StoredBatch*;
    using reference = const StoredBatch&;
    const_iterator(const SegmentList* list, std::size_t segment) : list_(list), segment_(segment) { enter(); }
    /// Starts at an entry inside a segment.
    const_iterator(const SegmentList* list, std::size_t segment, std::size_t entry) : const_iterator(list, segment) {
      if (segment_ < list_->size()) {
        at_ += static_cast<std::ptrdiff_t>(entry);
        skip();
      }
    }
    reference operator*() const { return at_->batch; }
    pointer operator->() const { return &at_->batch; }
    const LogEntry& entry() const { return *at_; }
    const_iterator& operator++() {
      ++at_;
      skip();
      return *this;
    }
    const_iterator operator++(int) {
      auto old = *this;
      return ++*this, old;
    }
    friend bool operator==(const const_iterator& a, const const_iterator& b) {
      return a.segment_ == b.segment_ && (a.segment_ == a.list_->size() || a.at_ == b.at_);
    }

   private:
    void enter() {
      if (segment_ >= list_->size()) return;
      at_ = (*list_)[segment_].entries.begin();
      end_ = (*list_)[segment_].entries.end();
      skip();
    }
    void skip() {
      while (segment_ < list_->size() && at_ == end_) {
        if (++segment_ == list_->size()) return;
        at_ = (*list_)[segment_].entries.begin();
        end_ = (*list_)[segment_].entries.end();
      }
    }
    const SegmentList* list_;
    std::size_t segment_;
    sim::AppendList<LogEntry>::const_iterator at_, end_;
  };
  const_iterator begin() const { return {list_, 0}; }
  const_iterator end() const { return {list_, list_->size()}; }
  /// Iterates from the first batch that ends after `offset`.
  const_iterator from(Offset offset) const;

 private:
  const SegmentList* list_;
};

}  // namespace kafkascope::storage
