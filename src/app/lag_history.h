// How the lag of each group's partitions went lately, from the trace: what the coordinator has stored, against the leader's high watermark.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

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
  using Steps = std::vector<std::pair<std::int64_t, std::int64_t>>;  // from that µs on: an offset; -1: none
  static std::int64_t at(const Steps& steps, std::int64_t us);

  std::uint64_t seen_ = 0;
  std::map<protocol::TopicPartition, Steps> high_watermark_;
  std::map<std::pair<std::string, protocol::TopicPartition>, Steps> committed_;  // by group
};

}  // namespace kafkascope::app
