// The same file in the other metadata mode: KRaft of Kafka 4.1, or ZooKeeper with Kafka 2.5.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace kafkascope::scenario {

/// The changes, as for --set: path and value.
inline std::vector<std::pair<std::string, std::string>> in_mode(bool zookeeper) {
  return {{"kafka", zookeeper ? "2.5" : "4.1"},
          {"cluster/metadata", zookeeper ? "zookeeper" : "kraft"},
          {"cluster/controllers", zookeeper ? "null" : "3"},
          {"cluster/zookeepers", zookeeper ? "3" : "null"},
          {"try", "null"}};  // its changes may name what the other mode lacks, and are not part of the run
}

}  // namespace kafkascope::scenario
