// A vector whose copies share what they have not changed: for big things that are copied often and changed seldom.
#pragma once
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "sim/copy_on_write.h"
#include "sim/index_iterator.h"

namespace kafkascope::sim {

/// Elements lie in pages of N; a copy costs one reference, a change the page and (once per copy) the list of pages.
template <class T, std::size_t N = 32>
class Paged {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T& operator[](std::size_t i) const { return (*(*pages_)[i / N])[i % N]; }
  const T& front() const { return (*this)[0]; }
  /// To change it; copies made before keep what they have.
  T& edit(std::size_t i) { return pages_.change()[i / N].change()[i % N]; }
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
  void clear() {
    pages_ = {};
    size_ = 0;
  }

  using const_iterator = IndexIterator<Paged>;
  const_iterator begin() const { return {this, 0}; }
  const_iterator end() const { return {this, size_}; }

 private:
  using Page = std::array<T, N>;
  CopyOnWrite<std::vector<CopyOnWrite<Page>>> pages_;
  std::size_t size_ = 0;
};

}  // namespace kafkascope::sim
