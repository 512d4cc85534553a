// Numbered records with a free list; lowest memory traffic first, deterministic reuse (last freed, first reused).
#pragma once
#include <cstdint>
#include <vector>

namespace kafkascope::sim {

inline constexpr std::uint32_t kNone = 0xffffffff;

template <class T>
class Slab {
 public:
  /// Returns a record with its old content; the caller fills it.
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
    free_.push_back(0);  // reserves room for every number
    give_back(size());
    items_.emplace_back();
  }

  std::vector<T> items_;
  std::vector<std::uint32_t> free_;  // only the first free_count_ elements are in use
  std::uint32_t free_count_ = 0;
};

}  // namespace kafkascope::sim
