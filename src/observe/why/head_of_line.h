// A consumer that has fetched much of one partition, and so fetches no more of another.
#pragma once
#include "observe/why/telling.h"
#include "observe/why/why_parts.h"

namespace kafkascope::observe {

/// Tells which other partition's fetched records come first; false: there are none, and nothing is added.
/// `subscription`: the client's, by partition. Kafka: FetchCollector.collectFetch returns fetched records in their
/// order; AbstractFetch.fetchablePartitions leaves out partitions with records that are not returned yet.
bool tell_behind_another(Telling& telling, const std::string& client, const std::string& partition,
                         const nlohmann::json& subscription);

}  // namespace kafkascope::observe
