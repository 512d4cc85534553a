// Numbered records with a free list. Reuse is deterministic (the record freed last is taken first) and touches little
// memory.
#pragma once
#include <cstdint>
#include <vector>

namespace kafkascope::sim {

inline constexpr std::uint32_t kNone = 0xffffffff;

template <class T>
class Slab {
 public:
  /// Returns the number of a record, which still has its old content; the caller fills it.
  std::uint32_t take() {
    if (free_count_ == 0) [[unlikely]]
      grow();
    return free_[--free_count_];
  }
  void give_back(std::uint32_t slot) { free_[free_count_++] = slot; }
  T& operator[](std::uint32_t slot) { return items_[slot]; }
  const T& operator[](std::uint32_t slot) const { return items_[slot]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(items_.size()); }

 private:
  [[gnu::noinline]] void grow() {
    free_.push_back(0);  // makes room for every number in the free list
    give_back(size());
    items_.emplace_back();
  }

  std::vector<T> items_;
  std::vector<std::uint32_t> free_;  // only the first free_count_ elements are in use
  std::uint32_t free_count_ = 0;
};

}  // namespace kafkascope::sim
