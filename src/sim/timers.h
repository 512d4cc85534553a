// Timers, and a park for those in the more distant future: lists beside the queue, one for each stretch of time. Most
// such timers are timeouts that are cancelled long before they are due; parked, they never enter the queue and do not
// affect its layout.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "sim/ids.h"
#include "sim/slab.h"

namespace kafkascope::sim {

struct alignas(64) Timer {
  std::uint64_t order = 0;  // 0 if the record is free
  std::int64_t due = 0, set_at = 0;
  std::uint64_t arg = 0, cause = 0;
  std::uint32_t generation = 0;
  NodeId node;
  std::uint16_t kind = 0;
  bool parked = false;
  std::uint32_t next = kNone, before = kNone;  // for a parked timer: links in the list of its stretch
};

class TimerPark {
 public:
  /// Whether a timer can be parked: it is not due soon, and not so far ahead that its stretch would be confused with a
  /// nearer one.
  static bool takes(std::int64_t due, std::int64_t now) {
    const std::uint64_t ahead = static_cast<std::uint64_t>(stretch(due) - stretch(now));
    return ahead - 1 < kStretches - 1;
  }
  void put(Slab<Timer>& timers, std::uint32_t n) {
    Timer& t = timers[n];
    const std::size_t at = place(t.due);
    t.parked = true;
    t.before = kNone;
    t.next = heads_[at];
    if (t.next != kNone) timers[t.next].before = n;
    heads_[at] = n;
    used_[at / 64] |= std::uint64_t{1} << (at % 64);
    const std::int64_t begin = stretch(t.due) << kShift;
    if (begin < begins_) begins_ = begin;
  }
  void remove(Slab<Timer>& timers, std::uint32_t n) {
    Timer& t = timers[n];
    t.parked = false;
    if (t.next != kNone) timers[t.next].before = t.before;
    if (t.before != kNone) {
      timers[t.before].next = t.next;
    } else if ((heads_[place(t.due)] = t.next) == kNone) {
      empty(place(t.due));
    }
  }
  /// The first µs of the first stretch with timers; the greatest possible number if there is none.
  std::int64_t begins() const { return begins_; }
  /// Removes the timers of the first stretch and passes each to the callback.
  template <class F>
  void open(Slab<Timer>& timers, F&& each) {
    const std::size_t at = place(begins_);
    for (std::uint32_t n = heads_[at]; n != kNone; n = timers[n].next) {
      timers[n].parked = false;
      each(n);
    }
    heads_[at] = kNone;
    empty(at);
  }

 private:
  static constexpr int kShift = 17;  // a stretch is 131 ms long, all of them together 9 minutes: longer than most
                                     // timeouts
  static constexpr std::size_t kStretches = 4096;
  static constexpr std::int64_t kNone64 = std::numeric_limits<std::int64_t>::max();

  static std::int64_t stretch(std::int64_t us) { return us >> kShift; }
  static std::size_t place(std::int64_t us) { return static_cast<std::size_t>(us >> kShift) % kStretches; }
  void empty(std::size_t at) {
    used_[at / 64] &= ~(std::uint64_t{1} << (at % 64));
    if (at == place(begins_)) begins_ = next_after(at);
  }
  /// All stretches with timers are less than kStretches after the first one.
  std::int64_t next_after(std::size_t at) const {
    const std::size_t words = used_.size();
    std::uint64_t word = used_[at / 64] & (~std::uint64_t{0} << (at % 64));
    for (std::size_t w = at / 64, looked = 0; looked <= words; ++looked, w = (w + 1) % words, word = used_[w]) {
      if (word == 0) continue;
      const std::size_t found = w * 64 + static_cast<std::size_t>(std::countr_zero(word));
      return ((begins_ >> kShift) + static_cast<std::int64_t>((found - at) % kStretches)) << kShift;
    }
    return kNone64;
  }

  std::int64_t begins_ = kNone64;
  std::array<std::uint64_t, kStretches / 64> used_{};
  std::array<std::uint32_t, kStretches> heads_ = filled();
  static constexpr std::array<std::uint32_t, kStretches> filled() {
    std::array<std::uint32_t, kStretches> none{};
    none.fill(kNone);
    return none;
  }
};

}  // namespace kafkascope::sim
