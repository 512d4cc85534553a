// The recent lag of each group's partitions, from the trace: the stored committed offset against the leader's high
// watermark.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "observe/model/snapshot.h"
#include "observe/time/steps.h"

namespace kafkascope::scenario {
class Session;
}

namespace kafkascope::app {

class LagHistory {
 public:
  /// Processes the new lines of the session's trace.
  void follow(const scenario::Session& session);
  /// The past was changed: the trace is read again from the start.
  void restart() { *this = {}; }
  /// Fills GroupPartition::lag_history of partitions with a committed offset: from its first commit on, at most 30 s;
  /// and Partition::records_per_s.
  void fill(observe::Snapshot& snapshot, const scenario::Session& session) const;
  /// The lag at that time (µs); -1: the group had not committed anything by then.
  std::int64_t lag(const std::string& group, protocol::TopicPartition tp, std::int64_t us) const;

 private:
  void fill_rates(observe::Snapshot& snapshot, const scenario::Session& session) const;

  using Offsets = observe::Steps<std::int64_t>;

  std::uint64_t seen_ = 0;
  std::map<protocol::TopicPartition, Offsets> high_watermark_;
  std::map<std::pair<std::string, protocol::TopicPartition>, Offsets> committed_;  // by group and partition
};

}  // namespace kafkascope::app
