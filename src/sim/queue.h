// The pending events, smallest key first.
#pragma once
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
    std::size_t i = heap_.size();
    heap_.push_back(e);
    const Wide r = rank(e);
    while (i != 0) {
      const std::size_t parent = (i - 1) / 4;
      if (!(r < rank(heap_[parent]))) break;
      heap_[i] = heap_[parent];
      i = parent;
    }
    heap_[i] = e;
  }
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  const Event& top() { return heap_.front(); }
  Event pop() {
    const Event least = heap_.front();
    const Event last = heap_.back();
    heap_.pop_back();
    const std::size_t n = heap_.size();
    if (n == 0) return least;
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
    for (const Event& e : heap_) f(e);
  }

 private:
  std::vector<Event> heap_;
};

/// A wheel of wheels: an event lies in the level of the highest 12-bit digit in which its time differs from the present one,
/// in the slot of that digit. When the present comes to a slot, its events go down a level; those of the present (and
/// whatever is pushed at it or before it, since looking at the top moves the present on) are ordered by a small heap. So the
/// cost hardly depends on how many events are pending, nor on how their times are spread, and the order never on the order
/// of pushes. What lies more than a digit beyond the last level (19 hours) waits in a heap of its own.
class WheelQueue {
 public:
  WheelQueue() {
    for (Level& level : levels_) level.heads.assign(kSlots, kEnd);
  }

  void push(const Event& e) {
    ++size_;
    if (has_front_ && rank(e) < rank(front_)) {
      near_.push(std::exchange(front_, e));
    } else {
      place(e);
    }
  }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const Event& top() {
    if (!has_front_) load();
    return front_;
  }
  Event pop() {
    if (!has_front_) load();
    drop();
    return front_;
  }
  /// Removes what top() has just given; that stays readable until the top is looked at again.
  void drop() {
    has_front_ = false;
    --size_;
  }
  /// In no particular order: for views that sort.
  template <class F>
  void for_each(F&& f) const {
    if (has_front_) f(front_);
    near_.for_each(f);
    far_.for_each(f);
    for (const Level& level : levels_) {
      for (std::uint32_t n : level.heads) {
        for (; n != kEnd; n = pool_[n].link) f(pool_[n]);
      }
    }
  }

 private:
  static constexpr int kBits = 12, kLevels = 3;
  static constexpr int kFew = 6;  // a slot of level 1 with so few events goes to the heap at once: cheaper than another level
  static constexpr std::uint32_t kSlots = 1u << kBits;
  static constexpr std::uint32_t kEnd = 0xffffffff;
  struct Level {
    std::vector<std::uint32_t> heads;               // first node of each slot's list
    std::array<std::uint64_t, kSlots / 64> used{};  // which slots have a list
    std::uint64_t words = 0;                        // which words of `used` are not 0
  };
  static_assert(kSlots / 64 == 64);

  void place(const Event& e) {
    if (e.time <= present_) return near_.push(e);
    const std::uint64_t apart = static_cast<std::uint64_t>(e.time) ^ static_cast<std::uint64_t>(present_);
    if (apart >> (kBits * kLevels) != 0) return far_.push(e);
    std::uint32_t n = free_;
    if (n != kEnd) {
      free_ = pool_[n].link;
      pool_[n] = e;
    } else {
      n = static_cast<std::uint32_t>(pool_.size());
      pool_.push_back(e);
    }
    hang(n, apart);
  }
  void hang(std::uint32_t n, std::uint64_t apart) {
    if (apart < kSlots) {
      hang_in<0>(n);
    } else if (apart >> (2 * kBits) == 0) {
      hang_in<1>(n);
    } else {
      hang_in<2>(n);
    }
  }
  template <int L>
  void hang_in(std::uint32_t n) {
    Level& level = levels_[L];
    Event& e = pool_[n];
    const std::uint32_t slot = static_cast<std::uint32_t>(e.time >> (kBits * L)) & (kSlots - 1);
    e.link = level.heads[slot];
    level.heads[slot] = n;
    level.used[slot / 64] |= std::uint64_t{1} << (slot % 64);
    level.words |= std::uint64_t{1} << (slot / 64);
  }
  void set_free(std::uint32_t n) {
    pool_[n].link = free_;
    free_ = n;
  }

  /// Makes the next event the front; there is one.
  void load() {
    has_front_ = true;
    if (!near_.empty()) {
      front_ = near_.pop();
      return;
    }
    Level& now = levels_[0];
    if (now.words != 0) {
      const std::uint32_t slot = take_slot(now);
      present_ = (present_ & -std::int64_t{kSlots}) + slot;
      take_list(std::exchange(now.heads[slot], kEnd));
      return;
    }
    for (;;) {
      int l = 0;
      while (l < kLevels && levels_[static_cast<std::size_t>(l)].words == 0) ++l;
      if (l == kLevels) {
        pull_far();
        if (near_.empty()) continue;
        front_ = near_.pop();
        return;
      }
      Level& level = levels_[static_cast<std::size_t>(l)];
      const std::uint32_t slot = take_slot(level);
      const std::uint32_t first = std::exchange(level.heads[slot], kEnd);
      const std::int64_t unit = std::int64_t{1} << (kBits * l);
      present_ = (present_ & -(unit << kBits)) + static_cast<std::int64_t>(slot) * unit;
      if (l == 0 || pool_[first].link == kEnd || (l == 1 && few(first))) {
        // Alone in its slot it is the next one, however far ahead; a few become near together with the rest of their slot.
        present_ = l == 0 ? present_ : pool_[first].link == kEnd ? pool_[first].time : present_ + unit - 1;
        take_list(first);
        return;
      }
      for (std::uint32_t n = first; n != kEnd;) {
        const std::uint32_t next = pool_[n].link;
        const std::uint64_t apart = static_cast<std::uint64_t>(pool_[n].time) ^ static_cast<std::uint64_t>(present_);
        if (apart == 0) {
          near_.push(pool_[n]);
          set_free(n);
        } else {
          hang(n, apart);
        }
        n = next;
      }
      if (near_.empty()) continue;
      front_ = near_.pop();
      return;
    }
  }
  static std::uint32_t take_slot(Level& level) {
    const auto word = static_cast<std::uint32_t>(std::countr_zero(level.words));
    std::uint64_t& used = level.used[word];
    const std::uint32_t slot = word * 64 + static_cast<std::uint32_t>(std::countr_zero(used));
    used &= used - 1;
    if (used == 0) level.words &= level.words - 1;
    return slot;
  }
  /// The least of the list becomes the front, the others are near.
  void take_list(std::uint32_t n) {
    front_ = pool_[n];
    set_free(n);
    for (n = front_.link; n != kEnd;) {
      const std::uint32_t next = pool_[n].link;
      if (rank(pool_[n]) < rank(front_)) {
        near_.push(std::exchange(front_, pool_[n]));
      } else {
        near_.push(pool_[n]);
      }
      set_free(n);
      n = next;
    }
  }
  bool few(std::uint32_t n) const {
    int count = 0;
    for (; n != kEnd && count <= kFew; n = pool_[n].link) ++count;
    return count <= kFew;
  }
  void pull_far() {
    present_ = far_.top().time;
    do {
      place(far_.pop());
    } while (!far_.empty() && (far_.top().time ^ present_) >> (kBits * kLevels) == 0);
  }

  std::int64_t present_ = 0;
  std::size_t size_ = 0;
  std::uint32_t free_ = kEnd;
  bool has_front_ = false;
  Event front_;  // the least of all, if it was looked for
  HeapQueue near_, far_;
  std::array<Level, kLevels> levels_;
  std::vector<Event> pool_;
};

using Queue = WheelQueue;

}  // namespace kafkascope::sim
