// The pending events, smallest key first.
#pragma once
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

using Queue = HeapQueue;

}  // namespace kafkascope::sim
