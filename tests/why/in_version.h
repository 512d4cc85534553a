// Runs of small files in a version of Kafka, and the moment to which an answer goes back.
#pragma once
#include "why/small_run.h"

namespace kafkascope::test {

inline const std::string kZooKeeper = R"("metadata": "zookeeper", "zookeepers": 3, "brokers": 3)";

/// With ZooKeeper in 2.5.
inline scenario::Session run_in_version(const std::string& rest, std::int64_t at_ms, const std::string& kafka) {
  return small_run(rest, at_ms, kafka, kafka == "2.5" ? kZooKeeper : R"("brokers": 3)");
}

inline std::int64_t root_ms(const observe::Answer& answer) { return answer.root ? answer.root->at.us / 1000 : -1; }

}  // namespace kafkascope::test
