// The lag of one group for the metrics panel, as kafka-consumer-groups tells it: by what is committed, so that it is there for the
// partitions of a dead consumer, whose own records-lag nobody reports any more.
#pragma once
#include <string>

#include "app/lag_history.h"

namespace kafkascope::app {

/// Puts it before the whole cluster's metrics: of all its partitions together, then of each. Nothing if no group has that name.
void add_group_metrics(observe::Snapshot& snapshot, const scenario::Session& session, const LagHistory& lags,
                       const std::string& group, sim::Instant before);

}  // namespace kafkascope::app
