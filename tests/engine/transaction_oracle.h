// What readers may see of a topic, found by walking the leaders' logs from marker to marker, without the engine's own index of transactions.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cluster/cluster.h"
#include "protocol/ids.h"

namespace kafkascope::test {

using RecordId = std::pair<std::int32_t, std::uint32_t>;  // the producer's node and the record's number

struct ReadableTopic {
  std::map<std::int32_t, std::vector<std::int64_t>> committed, all;  // by partition: offsets of records, ascending
  std::map<RecordId, int> copies;                                    // of committed records
  std::map<std::string, int> keys;                                   // of committed records
  std::map<std::int32_t, std::set<protocol::ProducerId>> open;  // by partition: who has a transaction without an end
};

/// Whatever is there, above and below the high watermark. Partitions without a log have nothing.
ReadableTopic readable_topic(const cluster::Cluster& cluster, const std::string& topic);

/// Whether each partition has the markers that the coordinators decided: walks __transaction_state and the logs of the topics. Empty if so; else the first
/// partition and producer that differ. A coordinator that has taken over may write a marker a second time. Call when nothing is open.
std::string differs_from_decisions(const cluster::Cluster& cluster, const std::vector<std::string>& topics);

/// Partitions of that topic whose last stable offset is below the high watermark, by name.
std::vector<std::string> unstable_partitions(const cluster::Cluster& cluster, const std::string& topic);

}  // namespace kafkascope::test
