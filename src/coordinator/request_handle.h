#pragma once
#include <cstdint>

namespace kafkascope::coordinator {

/// The host's name for a request that waits for its answer.
using RequestHandle = std::uint64_t;

}  // namespace kafkascope::coordinator
