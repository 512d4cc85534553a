// The versions of Kafka that are modelled.
#pragma once
#include <cstdint>
#include <string_view>

namespace kafkascope::protocol {

/// V4_1: KRaft only. V2_5: ZooKeeper mode.
enum class KafkaVersion : std::uint8_t { V2_5, V4_1 };
std::string_view to_string(KafkaVersion version);  // "2.5", "4.1"

}  // namespace kafkascope::protocol
