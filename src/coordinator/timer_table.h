// A coordinator's timers, keyed by purpose. The kernel carries only (kind, number): the number is a slot here and
// its generation, so that a timer of a slot's former owner is never taken for the present one's.
#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "protocol/message.h"
#include "sim/ids.h"
#include "sim/time.h"

namespace kafkascope::coordinator {

/// What a timer is for, counted from the first kind that the coordinator has.
using TimerKind = std::uint16_t;
inline constexpr TimerKind kTimerKinds = 50;
/// Those of every coordinator (CoordinatorRuntime), the last ones; those before kFirst are its own.
struct RuntimeTimer {
  static constexpr TimerKind kFirst = kTimerKinds - 3;
  static constexpr TimerKind AppendLinger = kFirst;      // the records gathered are to be appended
  static constexpr TimerKind WriteTimeout = kFirst + 1;  // of one answer that waits for its records
  static constexpr TimerKind Load = kFirst + 2;          // a partition's log has been read
};

struct TimerKey {
  TimerKind kind = 0;
  std::int32_t partition = -1;  // of the coordinator's topic
  std::string id;               // whose it is: of a group, ...
  std::string member;           // ... of one of its members
  std::uint64_t number = 0;     // WriteTimeout: which answer
  friend std::strong_ordering operator<=>(const TimerKey&, const TimerKey&) = default;
};

/// How soon a timer's write is tried again that could not be appended. Kafka: CoordinatorTimerImpl.schedule with retry.
inline constexpr sim::Duration kTimerRetryBackoff = sim::milliseconds(500);

class TimerTable {
 public:
  /// `first_kind`: of the kernel's timer kinds.
  explicit TimerTable(std::uint16_t first_kind) : first_kind_(first_kind) {}

  struct Entry {
    TimerKey key;
    sim::TimerId timer;
    sim::Instant due;
    sim::Duration total;
    sim::Duration retry_backoff;
    std::uint32_t generation = 0;
    bool used = false;
  };

  struct Due : TimerKey {
    sim::Duration retry_backoff;
  };

  /// Starts it, or starts it afresh. `retry_backoff`: in which it is due again if what it writes cannot be appended; 0: it is not.
  void schedule(protocol::Context& ctx, const TimerKey& key, sim::Duration in, sim::Duration retry_backoff = {});
  void cancel(protocol::Context& ctx, const TimerKey& key);
  /// All of one partition.
  void cancel_partition(protocol::Context& ctx, std::int32_t partition);
  bool owns(std::uint16_t kind) const { return kind >= first_kind_ && kind - first_kind_ < kTimerKinds; }
  /// What fired; forgets it. Nothing: it was superseded.
  std::optional<Due> take(std::uint16_t kind, std::uint64_t arg);
  const Entry* find(const TimerKey& key) const;
  bool empty() const { return by_key_.empty(); }

 private:
  std::uint16_t number_of(TimerKind kind) const { return static_cast<std::uint16_t>(first_kind_ + kind); }
  void release(std::uint32_t slot);
  std::uint16_t first_kind_;
  std::vector<Entry> slots_;
  std::vector<std::uint32_t> free_;
  std::map<TimerKey, std::uint32_t> by_key_;
};

}  // namespace kafkascope::coordinator
