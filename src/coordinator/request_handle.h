#pragma once
#include <cstdint>

namespace kafkascope::coordinator {

/// The host's name for a request that waits for its answer.
using RequestHandle = std::uint64_t;

/// Whose topic it is (Kafka: FindCoordinatorRequest.CoordinatorType), or whose append. Markers: those of transactions, in any topic.
enum class CoordinatorType : std::uint8_t { None, Group, Share, Transaction, Markers };

}  // namespace kafkascope::coordinator
