// All kinds of requests, for those that look one up or go through them.
#pragma once
#include <span>

#include "protocol/api_key.h"

namespace kafkascope::protocol {

/// By number.
std::span<const ApiKey> all_apis();

}  // namespace kafkascope::protocol
