// The pending events, smallest key first.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/event.h"

namespace kafkascope::sim {

/// A 4-ary heap by the full key. A value; no allocation once it has reached its greatest size.
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
  /// In no particular order: for views that sort.
  template <class F>
  void for_each(F&& f) const {
    for (std::size_t i = 0; i < size_; ++i) f(heap_[i]);
  }

 private:
  std::size_t size_ = 0;
  std::vector<Event> heap_;  // the first size_ of it
};

/// A ladder of one rung: the near future in buckets about as wide as the gap between two events, everything later in one unsorted
/// list. The bucket of the present is ordered by a small heap, which also takes whatever is pushed before the end of that bucket
/// (looking at the top moves the present on). When all buckets are used up they are laid out anew, as wide as the nearer half of
/// the later events asks for: a few that lie very far ahead do not make them coarse. So the cost hardly depends on how many events
/// are pending or how their times are spread, and the order never on the order of pushes.
class LadderQueue {
 public:
  [[gnu::always_inline]] void push(const Event& e) {
    ++size_;
    place(e);
  }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const Event& top() {
    if (near_.empty()) bring(next_bucket());
    return near_.top();
  }
  Event pop() {
    if (near_.empty()) bring(next_bucket());
    --size_;
    return near_.pop();
  }
  /// Takes the next event if its time is not after `limit`.
  [[gnu::always_inline]] bool pop(std::int64_t limit, Event& e) {
    if (near_.empty()) {
      if (size_ == 0) return false;
      const std::size_t bucket = next_bucket();
      const std::uint32_t n = heads_[bucket];
      Event& first = pool_[n];
      if (first.link == kEnd) [[likely]] {  // alone in its bucket
        if (first.time > limit) return false;
        leave(bucket);
        e = first;
        first.link = free_;
        free_ = n;
        --size_;
        return true;
      }
      bring(bucket);
    }
    if (near_.top().time > limit) return false;
    --size_;
    e = near_.pop();
    return true;
  }
  /// What will probably be next, for prefetching; null if that takes longer to find.
  const Event* hint() const {
    if (!near_.empty()) return &near_.top();
    return !used_.empty() && used_[word_] != 0 ? &pool_[heads_[word_ * 64 + static_cast<std::size_t>(std::countr_zero(used_[word_]))]] : nullptr;
  }
  /// In no particular order: for views that sort.
  template <class F>
  void for_each(F&& f) const {
    near_.for_each(f);
    for (const Event& e : far_) f(e);
    for (std::uint32_t n : heads_) {
      for (; n != kEnd; n = pool_[n].link) f(pool_[n]);
    }
  }

 private:
  static constexpr std::uint32_t kEnd = 0xffffffff;
  static constexpr std::size_t kLeastBuckets = 64, kMostBuckets = std::size_t{1} << 20;
  static constexpr std::size_t kSample = 63;  // of the later events, to choose the width

  [[gnu::always_inline]] void place(const Event& e) {
    if (e.time < near_end_) return near_.push(e);
    const std::uint64_t bucket = static_cast<std::uint64_t>(e.time - base_) >> shift_;
    if (bucket >= heads_.size()) return far_.push_back(e);
    std::uint32_t n = free_;
    if (n != kEnd) {
      free_ = pool_[n].link;
      pool_[n] = e;
    } else {
      n = static_cast<std::uint32_t>(pool_.size());
      pool_.push_back(e);
    }
    pool_[n].link = heads_[bucket];
    heads_[bucket] = n;
    used_[bucket / 64] |= std::uint64_t{1} << (bucket % 64);
  }

  /// The first bucket that has a list; there is an event, and none is near.
  std::size_t next_bucket() {
    if (used_.empty() || used_[word_] == 0) seek();
    return word_ * 64 + static_cast<std::size_t>(std::countr_zero(used_[word_]));
  }
  [[gnu::noinline]] void seek() {
    while (used_.empty() || used_[word_] == 0) {
      if (used_.empty() || ++word_ == used_.size()) lay_out();
    }
  }
  /// From now on what belongs into it is near.
  void leave(std::size_t bucket) {
    used_[word_] &= used_[word_] - 1;
    heads_[bucket] = kEnd;
    near_end_ = base_ + (static_cast<std::int64_t>(bucket + 1) << shift_);
  }
  [[gnu::noinline]] void bring(std::size_t bucket) {
    std::uint32_t n = heads_[bucket];
    leave(bucket);
    while (n != kEnd) {
      near_.push(pool_[n]);
      const std::uint32_t next = std::exchange(pool_[n].link, free_);
      free_ = n;
      n = next;
    }
  }
  /// All buckets are empty: they are laid out over what comes later.
  [[gnu::noinline]] void lay_out() {
    std::int64_t first = far_.front().time;
    for (const Event& e : far_) first = std::min(first, e.time);
    std::array<std::int64_t, kSample> sample{};
    const std::size_t count = std::min(kSample, far_.size());
    for (std::size_t i = 0; i < count; ++i) sample[i] = far_[i * far_.size() / count].time;
    const auto middle = sample.begin() + static_cast<std::ptrdiff_t>(count / 2);
    std::nth_element(sample.begin(), middle, sample.begin() + static_cast<std::ptrdiff_t>(count));
    const auto gap = static_cast<std::uint64_t>(*middle - first) / (far_.size() / 2 + 1);
    shift_ = std::clamp(static_cast<int>(std::bit_width(gap)) - 2, 0, 40);  // a quarter to half a gap: most events are alone
    base_ = near_end_ = first >> shift_ << shift_;
    const std::size_t buckets = std::clamp(std::bit_ceil(8 * far_.size()), kLeastBuckets, kMostBuckets);
    heads_.assign(buckets, kEnd);
    used_.assign(buckets / 64, 0);
    word_ = 0;
    later_.swap(far_);
    for (const Event& e : later_) place(e);
    later_.clear();
  }

  std::int64_t base_ = 0, near_end_ = 0;  // times: where bucket 0 begins; where the bucket that is near now ends
  int shift_ = 0;                         // a bucket is 2^shift_ µs wide
  std::uint32_t free_ = kEnd;
  std::size_t size_ = 0, word_ = 0;       // word_: the first of used_ that may have a bit
  HeapQueue near_;
  std::vector<std::uint32_t> heads_;  // first of each bucket's list
  std::vector<std::uint64_t> used_;   // which buckets have a list
  std::vector<Event> pool_;           // the buckets' events, linked
  std::vector<Event> far_, later_;    // beyond the last bucket; later_ is empty but while they are laid out
};

using Queue = LadderQueue;

}  // namespace kafkascope::sim
