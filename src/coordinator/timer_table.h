// The coordinator's timers by what they are for. The kernel carries only (kind, number): the number is a slot here and
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

enum class TimerKind : std::uint16_t {
  Session = 300,       // a member's, or a pending member id's: session.timeout.ms without a sign of life
  Join = 301,          // initial delay, or the rebalance timeout while members are awaited
  Sync = 302,          // the rebalance timeout for SyncGroup
  AppendLinger = 303,  // group.coordinator.append.linger.ms
  WriteTimeout = 304,  // offsets.commit.timeout.ms of one answer that waits for its records
  Load = 305,          // a partition's log has been read
  Expire = 306,        // offsets.retention.check.interval.ms
  Revocation =
      307,  // a member of the newer protocol has that long, its rebalance timeout, to give up what it was asked for
};
inline constexpr std::uint16_t kFirstTimerKind = 300;
inline constexpr std::uint16_t kLastTimerKind = 349;

struct TimerKey {
  TimerKind kind = TimerKind::Session;
  std::int32_t partition = -1;  // of __consumer_offsets
  std::string group;
  std::string member;
  std::uint64_t number = 0;  // WriteTimeout: which answer
  friend std::strong_ordering operator<=>(const TimerKey&, const TimerKey&) = default;
};

class TimerTable {
 public:
  struct Entry {
    TimerKey key;
    sim::TimerId timer;
    sim::Instant due;
    sim::Duration total;
    std::uint32_t generation = 0;
    bool used = false;
  };

  /// Starts it, or starts it afresh.
  void schedule(protocol::Context& ctx, const TimerKey& key, sim::Duration in);
  void cancel(protocol::Context& ctx, const TimerKey& key);
  /// All of one partition.
  void cancel_partition(protocol::Context& ctx, std::int32_t partition);
  /// What fired; forgets it. Nothing: it was superseded.
  std::optional<TimerKey> take(std::uint16_t kind, std::uint64_t arg);
  const Entry* find(const TimerKey& key) const;
  void clear();

 private:
  void release(std::uint32_t slot);
  std::vector<Entry> slots_;
  std::vector<std::uint32_t> free_;
  std::map<TimerKey, std::uint32_t> by_key_;
};

}  // namespace kafkascope::coordinator
