// How the lag of each group's partitions went lately, from the trace: what the coordinator has stored, against the leader's high watermark.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "app/steps.h"
#include "observe/snapshot.h"
#include "scenario/session.h"

namespace kafkascope::app {

class LagHistory {
 public:
  /// Takes in what is new in the session's trace.
  void follow(const scenario::Session& session);
  /// The past was changed: everything is read again.
  void restart() { *this = {}; }
  /// GroupPartition::lag_history, of partitions with a committed offset: from its first commit on, at most 30 s.
  void fill(observe::Snapshot& snapshot, const scenario::Session& session) const;
  /// As of that µs; -1: the group had committed nothing there.
  std::int64_t lag(const std::string& group, protocol::TopicPartition tp, std::int64_t us) const;

 private:
  using Offsets = Steps<std::int64_t>;

  std::uint64_t seen_ = 0;
  std::map<protocol::TopicPartition, Offsets> high_watermark_;
  std::map<std::pair<std::string, protocol::TopicPartition>, Offsets> committed_;  // by group
};

}  // namespace kafkascope::app
