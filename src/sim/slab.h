// Numbered records with a free list; lowest memory traffic first, deterministic reuse (last freed, first reused).
#pragma once
#include <cstdint>
#include <vector>

namespace kafkascope::sim {

inline constexpr std::uint32_t kNone = 0xffffffff;

template <class T>
class Slab {
 public:
  /// The record as it was left; the caller fills it.
  std::uint32_t take() {
    if (!free_.empty()) {
      const std::uint32_t slot = free_.back();
      free_.pop_back();
      return slot;
    }
    items_.emplace_back();
    return static_cast<std::uint32_t>(items_.size() - 1);
  }
  void give_back(std::uint32_t slot) { free_.push_back(slot); }
  T& operator[](std::uint32_t slot) { return items_[slot]; }
  const T& operator[](std::uint32_t slot) const { return items_[slot]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(items_.size()); }

 private:
  std::vector<T> items_;
  std::vector<std::uint32_t> free_;
};

}  // namespace kafkascope::sim
