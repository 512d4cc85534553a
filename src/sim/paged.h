// A vector whose copies share unchanged pages, for big tables that are copied often and changed seldom.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/copy_on_write.h"
#include "sim/index_iterator.h"

namespace kafkascope::sim {

/// Elements are stored in pages of N. A copy costs one reference; a change costs a copy of the page and, once per copy,
/// of the page list.
///
/// A page's reference count tells whether the page is shared, but reading the count costs a second cache line for every
/// change. So the list remembers the pages that it has found to be unshared since it was last copied.
template <class T, std::size_t N = 32>
class Paged {
 public:
  Paged() = default;
  Paged(const Paged& o) noexcept : pages_(o.pages_), size_(o.size_), round_(o.round_) {
    o.copied_.store(true, std::memory_order_relaxed);
  }
  Paged& operator=(const Paged& o) noexcept {
    o.copied_.store(true, std::memory_order_relaxed);
    pages_ = o.pages_;
    size_ = o.size_;
    round_ = o.round_;
    copied_.store(true, std::memory_order_relaxed);
    return *this;
  }
  ~Paged() = default;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T& operator[](std::size_t i) const { return (*(*pages_)[i / N].page)[i % N]; }
  const T& front() const { return (*this)[0]; }
  /// Returns the element for modification; earlier copies keep the old value.
  T& edit(std::size_t i) {
    if (copied_.load(std::memory_order_relaxed)) [[unlikely]] {  // in the new round no page counts as unshared yet
      ++round_;
      copied_.store(false, std::memory_order_relaxed);
    }
    Place& place = pages_.change()[i / N];
    if (place.own_in == round_) [[likely]]
      return place.page.own()[i % N];
    place.own_in = round_;
    return place.page.change()[i % N];
  }
  void push_back(T value) {
    resize(size_ + 1);
    edit(size_ - 1) = std::move(value);
  }
  void resize(std::size_t n) {
    const std::size_t pages = (n + N - 1) / N;
    if (pages != pages_->size()) pages_.change().resize(pages);
    for (std::size_t i = n; i < size_ && i < pages * N; ++i) edit(i) = T{};
    size_ = n;
  }
  void clear() { *this = Paged(); }

  using const_iterator = IndexIterator<Paged>;
  const_iterator begin() const { return {this, 0}; }
  const_iterator end() const { return {this, size_}; }

 private:
  using Page = std::array<T, N>;
  struct Place {
    CopyOnWrite<Page> page;
    std::uint64_t own_in = 0;  // the last round in which the page was found unshared
  };
  CopyOnWrite<std::vector<Place>> pages_;
  std::size_t size_ = 0;
  std::uint64_t round_ = 1;  // incremented by the first change after a copy, both in the original and in the copy
  mutable std::atomic<bool> copied_{true};  // whether the list was copied from or to since the last change
};

}  // namespace kafkascope::sim
