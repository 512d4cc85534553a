// Kafka's names of APIs and errors, as files use them.
#pragma once
#include <string_view>
#include <vector>

namespace kafkascope::scenario {

/// Kafka's names of APIs, and those of the engine's own messages (the queue, ZooKeeper).
const std::vector<std::string_view>& api_names();
bool is_api_name(std::string_view name);
/// The names of all error codes: those of the engine (protocol/errors.h), and those that only administrative acts can
/// get.
const std::vector<std::string_view>& error_names();
bool is_error_name(std::string_view name);

}  // namespace kafkascope::scenario
