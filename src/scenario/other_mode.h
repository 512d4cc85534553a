// The same file in the other metadata mode: KRaft of Kafka 4.1, or ZooKeeper with Kafka 2.5.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenario/load.h"

namespace kafkascope::scenario {

/// The changes that put the file into that mode, as for --set: path and value. What the mode lacks is given its
/// counterpart; what is not part of the run (arrows of the picture, changes to try, expectations) is left out if it
/// names something that the mode lacks. A file that needs more than that cannot be loaded with these changes either.
std::vector<std::pair<std::string, std::string>> in_mode(std::string_view text, const LoadOptions& options,
                                                         bool zookeeper);

}  // namespace kafkascope::scenario
