// The lag of one group for the metrics panel, as kafka-consumer-groups reports it: from committed offsets, so that it
// also covers the partitions of a dead consumer, which no longer reports records-lag.
#pragma once
#include <string>

#include "app/lag_history.h"
#include "sim/time.h"

namespace kafkascope::app {

/// Adds the group's lag before the cluster's metrics: for all its partitions together, then for each. Does nothing if there is no such
/// group.
void add_group_metrics(observe::Snapshot& snapshot, const scenario::Session& session, const LagHistory& lags,
                       const std::string& group, sim::Instant before);

}  // namespace kafkascope::app
