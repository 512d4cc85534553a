// What led to a trace line, as people ask for it.
#pragma once
#include <cstdint>
#include <vector>

#include "cluster/cluster.h"
#include "observe/trace_store.h"

namespace kafkascope::observe {

/// From where it began to the line: oldest first; empty if that line was not stored. As TraceStore::chain, but a timer that found a
/// broker or a group member silent has only its own past as its cause: the last heartbeat, the death of who fell silent if it died,
/// and the verdict stand in the place of that past.
std::vector<const sim::TraceLine*> causes(const TraceStore& trace, const cluster::Cluster& cluster, std::uint64_t seq);
/// The same where a log was cut or an ISR has grown: instead of the fetches before it, why (reasons_of_logs.cpp).
std::vector<const sim::TraceLine*> with_reason(const TraceStore& trace, const cluster::Cluster& cluster,
                                               std::vector<const sim::TraceLine*> chain);

}  // namespace kafkascope::observe
