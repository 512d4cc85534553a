// From the trace: who had a group's partitions before the last rebalance, and which members have just left it.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "observe/model/snapshot.h"
#include "scenario/session.h"

namespace kafkascope::app {

class OwnerHistory {
 public:
  /// Processes the new lines of the session's trace.
  void follow(const scenario::Session& session);
  /// The past was changed: the trace is read again from the start.
  void restart() { *this = {}; }
  /// Fills GroupPartition::came_from, interrupted and first_given, and Group::former.
  void fill(observe::Snapshot& snapshot) const;

 private:
  struct Given {
    std::int64_t us = 0;
    std::int32_t node = -1;
  };
  struct Leaving {
    std::int64_t us = 0;
    observe::FormerMember member;
  };
  void fill_former(observe::Group& group, std::int64_t now_us) const;
  void fill_owners(const observe::Snapshot& snapshot, observe::Group& group) const;

  std::uint64_t seen_ = 0;
  std::map<std::string, std::vector<Given>> given_;              // by partition: who got it, oldest first
  std::map<std::string, std::vector<std::int64_t>> rebalances_;  // by group: when one began
  std::map<std::string, std::vector<Leaving>> leavings_;         // by group, oldest first
};

}  // namespace kafkascope::app
