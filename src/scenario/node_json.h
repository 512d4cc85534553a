// Converts between our values with positions and the JSON library's. For .cpp files of this folder.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "scenario/node.h"

namespace kafkascope::scenario {

/// Positions are dropped; the order of keys is not kept.
nlohmann::json to_nlohmann(const Node& node);
/// Compact JSON text, keys in the order of the file.
std::string to_text(const Node& node);

}  // namespace kafkascope::scenario
