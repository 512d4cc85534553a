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

/// How many records came to a partition, and how many the client read of it, in the last seconds; and the same of all its partitions.
struct ReadLately {
  std::int64_t seconds, read, came, all_read, all_came;
};
/// Tells that the client, which reads less of this partition than comes to it, reads more than comes to all its partitions: it has
/// fetched much of another one, which it hands over first. False: not so, and nothing is added.
bool tell_reads_another(Telling& telling, const std::string& client, const std::string& partition,
                        const nlohmann::json& subscription, const ReadLately& lately);

}  // namespace kafkascope::observe
