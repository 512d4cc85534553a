// A coordinator's timers, keyed by purpose. The kernel carries only (kind, number). The number is a slot and its
// generation, so that a timer of the slot's former owner is not taken for one of the present owner.
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

/// The purpose of a timer, counted from the coordinator's first timer kind.
using TimerKind = std::uint16_t;
inline constexpr TimerKind kTimerKinds = 50;
/// The last kinds, which every coordinator has (CoordinatorRuntime); the kinds before kFirst are the coordinator's own.
struct RuntimeTimer {
  static constexpr TimerKind kFirst = kTimerKinds - 3;
  static constexpr TimerKind AppendLinger = kFirst;      // append the gathered records
  static constexpr TimerKind WriteTimeout = kFirst + 1;  // of a response that waits for its records
  static constexpr TimerKind Load = kFirst + 2;          // a partition's log has been read
};

struct TimerKey {
  TimerKind kind = 0;
  std::int32_t partition = -1;  // of the coordinator's topic
  std::string id;               // the owner: a group, ...
  std::string member;           // ... or one of its members
  std::uint64_t number = 0;     // WriteTimeout: the number of the response
  friend std::strong_ordering operator<=>(const TimerKey&, const TimerKey&) = default;
};

/// The delay before a timer fires again if its records could not be appended. Kafka: CoordinatorTimerImpl.schedule with
/// retry.
inline constexpr sim::Duration kTimerRetryBackoff = sim::milliseconds(500);

class TimerTable {
 public:
  /// `first_kind`: the first of the kernel's timer kinds that this table uses.
  explicit TimerTable(std::uint16_t first_kind) : first_kind_(first_kind) {}

  struct Entry {
    TimerKey key;
    sim::TimerId timer;
    sim::Instant due;
    sim::Duration total;
    sim::Duration timeout;  // as it was first started: a retry keeps it
    sim::Duration retry_backoff;
    std::uint32_t generation = 0;
    bool used = false;
  };

  struct Due : TimerKey {
    sim::Duration retry_backoff;
    sim::Duration timeout;
  };

  /// Starts or restarts the timer. `retry_backoff`: the delay before it fires again if its records cannot be appended;
  /// 0: it does not fire again.
  void schedule(protocol::Context& ctx, const TimerKey& key, sim::Duration in, sim::Duration retry_backoff = {});
  /// Starts a timer that has fired once more, after its retry backoff.
  void retry(protocol::Context& ctx, const Due& due);
  void cancel(protocol::Context& ctx, const TimerKey& key);
  /// Cancels all timers of one partition.
  void cancel_partition(protocol::Context& ctx, std::int32_t partition);
  bool owns(std::uint16_t kind) const { return kind >= first_kind_ && kind - first_kind_ < kTimerKinds; }
  /// Returns and forgets the timer that has fired; nullopt: it was superseded.
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
