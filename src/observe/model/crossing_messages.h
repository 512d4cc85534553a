// Messages that have ended, described like a snapshot's messages in flight.
#pragma once
#include "observe/model/snapshot_parts.h"
#include "observe/time/crossings.h"

namespace kafkascope::observe {

/// The kind as which the stage shows it: a Fetch response to a broker belongs to replication.
Family family_on_stage(const cluster::Cluster& cluster, Family family, protocol::ApiKey api, sim::NodeId from,
                       sim::NodeId to);

/// arrives_us: when it arrived or was lost.
Message message_of(const cluster::Cluster& cluster, const snapshot_parts::Names& names, const Crossing& crossing);

class CrossingTeller {
 public:
  explicit CrossingTeller(const cluster::Cluster& cluster) : cluster_(cluster), names_(cluster) {}
  Message tell(const Crossing& crossing) const { return message_of(cluster_, names_, crossing); }
  Family family(const Crossing& crossing) const;

 private:
  const cluster::Cluster& cluster_;
  snapshot_parts::Names names_;
};

}  // namespace kafkascope::observe
