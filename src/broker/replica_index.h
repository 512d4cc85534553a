// Where a broker has which partition: a table of what it holds, not of all there is, for a thousand brokers with rows for a hundred
// thousand partitions would weigh more than all else. Only looked up, never walked: its order reaches nothing.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "protocol/ids.h"

namespace kafkascope::broker {

class ReplicaIndex {
 public:
  /// -1: not there.
  std::int32_t find(protocol::TopicPartition tp) const {
    for (std::size_t at = home(tp);; at = next(at)) {
      const Slot& slot = slots_[at];
      if (slot.index < 0 || slot.tp == tp) return slot.index;
    }
  }
  /// It must not be there yet; the index is 0 or more.
  void add(protocol::TopicPartition tp, std::int32_t index) {
    if (++size_ * 3 > slots_.size() * 2) grow();
    put({tp, index});
  }

 private:
  struct Slot {
    protocol::TopicPartition tp;
    std::int32_t index = -1;  // -1: free
  };
  std::size_t home(protocol::TopicPartition tp) const {
    const std::uint64_t key = static_cast<std::uint64_t>(tp.topic) << 32 | static_cast<std::uint32_t>(tp.partition);
    return static_cast<std::size_t>(key * 0x9E3779B97F4A7C15ull >> 32) & (slots_.size() - 1);
  }
  std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
  void put(Slot slot) {
    std::size_t at = home(slot.tp);
    while (slots_[at].index >= 0) at = next(at);
    slots_[at] = slot;
  }
  void grow() {
    for (const Slot& slot : std::exchange(slots_, std::vector<Slot>(slots_.size() * 2)))
      if (slot.index >= 0) put(slot);
  }

  std::vector<Slot> slots_ = std::vector<Slot>(8);  // a power of two, at most two thirds full
  std::size_t size_ = 0;
};

}  // namespace kafkascope::broker
