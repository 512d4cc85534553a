// HashIndex: maps a key to its index in a list, for many keys with frequent lookups. A binary search of a thousand
// entries touches ten cache lines, a HashIndex one or two. It is never iterated, so its order affects nothing.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace kafkascope::sim {

/// The key as an integer; types other than integers provide an overload.
template <std::integral Key>
constexpr std::uint64_t index_key(Key key) {
  return static_cast<std::uint64_t>(key);
}

/// Open addressing; the table grows with the number of entries, not with the range of keys.
template <class Key>
class HashIndex {
 public:
  /// The index of the key; -1: absent.
  std::int32_t find(Key key) const { return slots_[place_of(key)].index; }
  [[gnu::always_inline]] void prefetch(Key key) const { __builtin_prefetch(&slots_[home(key)]); }
  /// Sets the key's index, 0 or more.
  void set(Key key, std::int32_t index) {
    if (Slot& slot = slots_[place_of(key)]; slot.index >= 0) {
      slot.index = index;
      return;
    }
    if (++size_ * 3 > slots_.size() * 2) grow();
    slots_[place_of(key)] = {key, index};
  }
  /// Does nothing if the key is absent.
  void erase(Key key) {
    std::size_t hole = place_of(key);
    if (slots_[hole].index < 0) return;
    --size_;
    // An entry after the hole that a search would no longer find moves into the hole.
    for (std::size_t at = next(hole); slots_[at].index >= 0; at = next(at)) {
      if (distance(home(slots_[at].key), at) < distance(hole, at)) continue;
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole] = {};
  }
  void clear() { *this = {}; }

 private:
  struct Slot {
    Key key{};
    std::int32_t index = -1;  // -1: free
  };
  /// The slot of the key, or the free slot for it.
  std::size_t place_of(Key key) const {
    std::size_t at = home(key);
    while (slots_[at].index >= 0 && slots_[at].key != key) at = next(at);
    return at;
  }
  std::size_t home(Key key) const {
    return static_cast<std::size_t>(index_key(key) * 0x9E3779B97F4A7C15ull >> 32) & (slots_.size() - 1);
  }
  std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
  std::size_t distance(std::size_t from, std::size_t to) const { return (to - from) & (slots_.size() - 1); }
  void grow() {
    for (const Slot& slot : std::exchange(slots_, std::vector<Slot>(slots_.size() * 2)))
      if (slot.index >= 0) slots_[place_of(slot.key)] = slot;
  }

  std::vector<Slot> slots_ = std::vector<Slot>(8);  // a power of two, at most two thirds full
  std::size_t size_ = 0;
};

}  // namespace kafkascope::sim
