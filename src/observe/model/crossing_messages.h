// Messages that have ended, described like a snapshot's messages in flight.
#pragma once
#include "observe/model/snapshot_parts.h"
#include "observe/time/crossings.h"

namespace kafkascope::observe {

class CrossingTeller {
 public:
  explicit CrossingTeller(const cluster::Cluster& cluster) : cluster_(cluster), names_(cluster) {}
  /// arrives_us: when it arrived or was lost.
  Message tell(const Crossing& crossing) const;
  Family family(const Crossing& crossing) const;

 private:
  const cluster::Cluster& cluster_;
  snapshot_parts::Names names_;
};

}  // namespace kafkascope::observe
