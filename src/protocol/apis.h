// All kinds of requests, for code that looks one up or iterates over them.
#pragma once
#include <span>

#include "protocol/api_key.h"

namespace kafkascope::protocol {

/// Sorted by number.
std::span<const ApiKey> all_apis();

}  // namespace kafkascope::protocol
