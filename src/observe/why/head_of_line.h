// A consumer that has fetched much of one partition, and so fetches no more of another.
#pragma once
#include "observe/why/telling.h"
#include "observe/why/why_parts.h"

namespace kafkascope::observe {

/// Tells which partition's fetched records come first; false: none does, and nothing is added. `subscription`: the client's, by
/// partition. Kafka: FetchCollector.collectFetch takes what was fetched in order, AbstractFetch.fetchablePartitions leaves
/// out partitions of which something is still there.
bool tell_behind_another(Telling& telling, const std::string& client, const std::string& partition,
                         const nlohmann::json& subscription);

}  // namespace kafkascope::observe
