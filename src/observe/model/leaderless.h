// How long partitions have been without a live leader, whatever the metadata say: the cost of a failover.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "cluster/cluster.h"
#include "observe/time/trace_store.h"

namespace kafkascope::observe {

class LeaderlessTime {
 public:
  /// Processes the new lines of the trace.
  void follow(const TraceStore& trace, const cluster::Cluster& cluster);
  /// The sum over all partitions of users' topics up to that moment, in microseconds.
  std::int64_t us(std::int64_t now_us) const;

 private:
  void take(const sim::TraceLine& line, const cluster::Cluster& cluster);
  struct Step {
    std::int64_t at_us = 0, before_us = 0;  // before_us: the sum at that time
    int without = 0;                        // partitions without a leader from then on
  };
  std::uint64_t seen_ = 0;
  std::map<protocol::TopicPartition, std::int32_t> leader_;  // node; -1: none
  std::set<std::int32_t> dead_;
  std::vector<Step> steps_;
};

}  // namespace kafkascope::observe
