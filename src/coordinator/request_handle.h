#pragma once
#include <cstdint>

namespace kafkascope::coordinator {

/// The host's identifier of a request that waits for its response.
using RequestHandle = std::uint64_t;

/// The coordinator of a topic (Kafka: FindCoordinatorRequest.CoordinatorType) or of an append. Markers: transaction
/// markers, in any topic.
enum class CoordinatorType : std::uint8_t { None, Group, Share, Transaction, Markers };

}  // namespace kafkascope::coordinator
