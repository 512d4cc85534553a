// The queue of pending events, ordered by key.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "sim/event.h"
#include "sim/sized.h"

namespace kafkascope::sim {

/// A 4-ary heap ordered by the full key. A value; it allocates nothing once it has reached its greatest size.
class HeapQueue {
 public:
  void push(const Event& e) {
    if (size_ == heap_.size()) heap_.resize(std::max<std::size_t>(16, 2 * size_));
    std::size_t i = size_++;
    const Wide r = rank(e);
    while (i != 0) {
      const std::size_t parent = (i - 1) / 4;
      if (!(r < rank(heap_[parent]))) break;
      heap_[i] = heap_[parent];
      i = parent;
    }
    heap_[i] = e;
  }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const Event& top() const { return heap_.front(); }
  Event pop() {
    const Event least = heap_.front();
    const std::size_t n = --size_;
    if (n == 0) return least;
    const Event last = heap_[n];
    const Wide r = rank(last);
    std::size_t i = 0;
    for (;;) {
      const std::size_t first = 4 * i + 1;
      if (first >= n) break;
      const std::size_t end = first + 4 < n ? first + 4 : n;
      std::size_t best = first;
      Wide best_rank = rank(heap_[first]);
      for (std::size_t k = first + 1; k < end; ++k) {
        const Wide candidate = rank(heap_[k]);
        if (candidate < best_rank) best = k, best_rank = candidate;
      }
      if (!(best_rank < r)) break;
      heap_[i] = heap_[best];
      i = best;
    }
    heap_[i] = last;
    return least;
  }
  void clear() { size_ = 0; }
  /// Visits the events in no particular order, for views that sort.
  template <class F>
  void for_each(F&& f) const {
    for (std::size_t i = 0; i < size_; ++i) f(heap_[i]);
  }

 private:
  std::size_t size_ = 0;
  std::vector<Event> heap_;  // only the first size_ elements are in use
};

/// A wheel: the near future is divided into buckets narrower than the gap between two events, each with a short sorted
/// list. An event more than one turn ahead is in the pool but in no bucket. After a turn, or when the buckets turn out
/// too wide, the wheel is laid out again for the events then pending. Events that fit into no bucket go to a small heap
/// beside the wheel: those before the current bucket (peeking advances the current bucket), and those that would have
/// to pass many others in their bucket (ten thousand timers set for the same µs). So the cost hardly depends on how
/// many events are pending or how their times are distributed, and the order never depends on the order of insertion.
class WheelQueue {
 public:
  [[gnu::always_inline]] void push(const Event& e) {
    if (free_ == kEnd) [[unlikely]]
      grow();
    const std::uint32_t n = free_;
    Event& x = pool_[n];
    free_ = x.link;
    x.time = e.time, x.order = e.order, x.slot = e.slot, x.packet = e.packet, x.kind = e.kind;
    ++size_;
    if (!place(n, rank(e))) [[unlikely]]
      put_aside(n);
  }
  bool empty() const { return size() == 0; }
  std::size_t size() const { return size_ + aside_.size(); }
  const Event& top() { return !seek(kAnyTime) || aside_first() ? aside_.top() : pool_[first()]; }
  Event pop() {
    Event e;
    pop(kAnyTime, e);
    return e;
  }
  /// Takes the next event if its time is at or before `limit`.
  [[gnu::always_inline]] bool pop(std::int64_t limit, Event& e) {
    if (!seek(limit) || aside_first()) [[unlikely]] {
      if (aside_.empty() || aside_.top().time > limit) return false;
      const Event first = aside_.pop();
      ++taken_;
      taken_at_ = first.time;
      e.time = first.time, e.order = first.order, e.slot = first.slot, e.packet = first.packet, e.kind = first.kind;
      return true;
    }
    std::uint64_t& word = used_[word_];
    const int bit = std::countr_zero(word);
    std::uint32_t& head = heads_[word_ * 64 + static_cast<std::size_t>(bit)];
    const std::uint32_t n = head;
    Event& next = pool_[n];
    if (next.time > limit) return false;
    e.time = next.time, e.order = next.order, e.slot = next.slot, e.packet = next.packet, e.kind = next.kind;
    head = next.link;
    word ^= std::uint64_t{head == kEnd} << bit;
    next.time = kFree;
    next.link = free_;
    free_ = n;
    --size_;
    ++taken_;
    taken_at_ = e.time;
    return true;
  }
  /// The event that will probably be next, for prefetching; null if finding it takes longer.
  const Event* hint() const { return used_[word_] != 0 ? &pool_[first()] : nullptr; }
  /// The event that will probably follow hint().
  const Event* hint_after() const {
    std::uint64_t word = used_[word_];
    if (word == 0) return nullptr;
    if (const std::uint32_t link = pool_[first()].link; link != kEnd) return &pool_[link];
    word &= word - 1;
    return word != 0 ? &pool_[heads_[word_ * 64 + static_cast<std::size_t>(std::countr_zero(word))]] : nullptr;
  }
  /// Visits the events in no particular order, for views that sort.
  template <class F>
  void for_each(F&& f) const {
    aside_.for_each(f);
    for (std::size_t n = 1; n < pool_.size(); ++n) {
      if (pool_[n].time != kFree) f(pool_[n]);
    }
  }

 private:
  struct alignas(32) Place : Event {};  // two per cache line, none of them split between lines
  static_assert(sized<Place>(32));
  static constexpr std::uint32_t kEnd = 0;  // pool_[0] is a sentinel after all events
  static constexpr std::int64_t kFree = -1, kAnyTime = std::numeric_limits<std::int64_t>::max();
  static constexpr std::size_t kLeastBuckets = 64, kMostBuckets = std::size_t{1} << 22;
  static constexpr int kCrowd = 8;            // an event passes at most this many others in a bucket
  static constexpr std::size_t kSample = 63;  // number of events sampled to choose the bucket width

  /// The first event of the first non-empty bucket; the current word must have one.
  std::uint32_t first() const { return heads_[word_ * 64 + static_cast<std::size_t>(std::countr_zero(used_[word_]))]; }
  bool aside_first() const {
    return !aside_.empty() && (used_[word_] == 0 || rank(aside_.top()) < rank(pool_[first()]));
  }
  /// Puts the event into its bucket if the wheel covers its time; otherwise it stays in the pool for a later turn.
  /// Returns false if the event must go to the heap.
  [[gnu::always_inline]] bool place(std::uint32_t n, Wide r) {
    const std::uint64_t number = static_cast<std::uint64_t>(r >> 64) >> shift_;
    if (number - base_ > mask_) return number > base_;
    const std::size_t bucket = number & mask_;
    std::uint32_t* at = &heads_[bucket];
    used_[bucket / 64] |= std::uint64_t{1} << (bucket % 64);
    for (int passed = 0; rank(pool_[*at]) < r; at = &pool_[*at].link) {
      if (++passed > kCrowd) [[unlikely]]
        return false;
    }
    pool_[n].link = *at;
    *at = n;
    return true;
  }
  [[gnu::noinline]] void grow() {
    free_ = static_cast<std::uint32_t>(pool_.size());
    pool_.emplace_back().link = kEnd;
  }
  [[gnu::noinline]] void put_aside(std::uint32_t n) {
    aside_.push(pool_[n]);
    pool_[n].time = kFree;
    pool_[n].link = std::exchange(free_, n);
    --size_;
    if (++put_aside_ > 64 + size()) lay_out(taken_at_);
  }
  /// Advances to a word with events; false if no event in the pool is due by `limit`. Stops there, because every event
  /// inserted before the next one would have to go to the heap.
  [[gnu::always_inline]] bool seek(std::int64_t limit) { return used_[word_] != 0 || seek_on(limit); }
  [[gnu::noinline]] bool seek_on(std::int64_t limit) {
    if (size_ == 0) return false;
    limit = std::max<std::int64_t>(limit, 0);  // run_until may be called with a time before the run's beginning
    while (used_[word_] == 0) {
      if (base_ + 64 > static_cast<std::uint64_t>(limit) >> shift_) return false;
      base_ += 64;
      word_ = (word_ + 1) & (used_.size() - 1);
      if (base_ >= turn_end_) lay_out(limit);
    }
    return true;
  }
  /// Lays out all events again; the events in the pool are moved together. The wheel starts at the first event's time,
  /// but not after `limit`.
  [[gnu::noinline]] void lay_out(std::int64_t limit) {
    std::size_t live = 1;
    std::int64_t first = kAnyTime;
    const auto keep = [&](const Event& e) {
      first = std::min(first, e.time);
      static_cast<Event&>(pool_[live++]) = e;
    };
    for (std::size_t n = 1; n < pool_.size(); ++n) {
      if (pool_[n].time != kFree) keep(pool_[n]);
    }
    pool_.resize(live + aside_.size());
    aside_.for_each(keep);
    aside_.clear();
    size_ = live - 1;
    free_ = kEnd;
    put_aside_ = 0;

    std::array<std::int64_t, kSample> sample{};
    const std::size_t count = std::min(kSample, size_);
    for (std::size_t i = 0; i < count; ++i) sample[i] = pool_[1 + i * size_ / count].time;
    const auto middle = sample.begin() + static_cast<std::ptrdiff_t>(count / 2);
    std::nth_element(sample.begin(), middle, sample.begin() + static_cast<std::ptrdiff_t>(count));
    // Based on the nearer half, because a few events may be far ahead.
    const auto pending = static_cast<std::uint64_t>(*middle - first) / (size_ / 2 + 1);
    // If most events are inserted and taken within one turn, the pending events are not representative; the rate of
    // past events is a better estimate.
    const auto passed = taken_ < 64 ? pending : static_cast<std::uint64_t>(taken_at_ - laid_out_at_) / taken_;
    const auto gap = std::min(pending, passed);
    laid_out_at_ = taken_at_;
    taken_ = 0;
    // A quarter to half of the gap, so that most events are alone in their bucket.
    shift_ = std::clamp(static_cast<int>(std::bit_width(gap)) - 2, 0, 40);
    const std::size_t buckets = std::clamp(std::bit_ceil(8 * size_), kLeastBuckets, kMostBuckets);
    mask_ = buckets - 1;
    heads_.assign(buckets, kEnd);
    used_.assign(buckets / 64, 0);
    base_ = static_cast<std::uint64_t>(std::min(first, limit)) >> shift_ & ~std::uint64_t{63};
    turn_end_ = base_ + buckets;
    word_ = base_ / 64 & (used_.size() - 1);
    for (std::uint32_t n = 1; n < live; ++n) {
      if (!place(n, rank(pool_[n]))) put_aside(n);
    }
  }

  std::uint64_t mask_ = kLeastBuckets - 1;  // number of buckets - 1
  /// Numbers of buckets, counted across all turns: the first bucket of the current word, and the first one after this
  /// turn.
  std::uint64_t base_ = 0, turn_end_ = 0;
  int shift_ = 0;  // a bucket is 2^shift_ µs wide
  std::uint32_t free_ = kEnd;
  std::size_t size_ = 0, word_ = 0;        // size_: number of events in the pool; word_: index of the current word in
                                           // used_
  std::size_t put_aside_ = 0, taken_ = 0;  // counted since the last layout
  std::int64_t laid_out_at_ = 0;           // time of the last layout
  std::int64_t taken_at_ = 0;              // time of the event taken last
  HeapQueue aside_;
  std::vector<std::uint32_t> heads_ = std::vector<std::uint32_t>(kLeastBuckets);  // the first event of each bucket's
                                                                                  // list
  std::vector<std::uint64_t> used_ = std::vector<std::uint64_t>(1);               // one bit per bucket: whether its
                                                                                  // list is not empty
  std::vector<Place> pool_{{{kAnyTime, ~std::uint64_t{0}}}};
};

using Queue = WheelQueue;

}  // namespace kafkascope::sim
