// Who leads the metadata quorum, as its voters themselves believe.
#pragma once
#include "sim/ids.h"

namespace kafkascope::cluster {
class Cluster;
}

namespace kafkascope::observe {

/// The KRaft controller that still leads the quorum without a majority of the voters: it can commit nothing, and
/// resigns after a while. Not valid if there is none: the active controller has a majority.
sim::NodeId leader_without_majority(const cluster::Cluster& cluster);

}  // namespace kafkascope::observe
