// A group's progress with a record, stored in one byte.
#pragma once
#include <cstdint>

namespace kafkascope::observe {

inline constexpr std::uint8_t kDelivered = 1;
inline constexpr std::uint8_t kProcessed = 2;
inline constexpr std::uint8_t kRedelivered = 4;
inline constexpr std::uint8_t kAbortedRead = 8;  // by a reader of committed records

}  // namespace kafkascope::observe
