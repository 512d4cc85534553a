// Kafka's names of APIs and errors, as files use them.
#pragma once
#include <string_view>
#include <vector>

namespace kafkascope::scenario {

/// Kafka's names of APIs; the engine's own are among them.
const std::vector<std::string_view>& api_names();
bool is_api_name(std::string_view name);
/// Every error code by its name: those the engine has (protocol/errors.h), and those only administrative acts can get.
const std::vector<std::string_view>& error_names();
bool is_error_name(std::string_view name);

}  // namespace kafkascope::scenario
