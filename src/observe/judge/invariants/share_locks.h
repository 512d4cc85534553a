// Share groups (KIP-932): at a partition's leader each record is acquired by one member at a time, is delivered at most
// group.share.delivery.count.limit times (as counted here, and the leader's count must agree), and the start offset passes no record that
// is acquired or waits for another delivery. A new leader starts from the stored state, and knows of no locks.
#pragma once
#include <map>
#include <string>
#include <tuple>

#include "observe/judge/invariants/violation.h"
#include "observe/judge/world_view.h"
#include "words/key.h"

namespace kafkascope::observe {

class ShareLocks {
 public:
  static constexpr std::string_view kName = "share-locks";
  static constexpr words::Key kWords = "invariant.share_locks"_w;

  void set_limit(std::int64_t deliveries) { limit_ = deliveries; }
  void on_trace(const sim::TraceLine& line, Violations& out);

 private:
  enum class State : std::uint8_t { Locked, Free, Done };
  struct Record {
    State state = State::Locked;
    std::int64_t deliveries = 0;
  };
  using Key = std::tuple<std::int32_t, std::string, TopicPartition>;  // leader's node, group, partition
  std::map<Key, std::map<std::int64_t, Record>>
      records_;  // at or after the start offset, as far as known from the lines
  std::int64_t limit_ = 5;
};

}  // namespace kafkascope::observe
