// The number of a kind of message in message.* lines, from its API key and its direction.
#pragma once
#include <cstdint>

#include "protocol/api_key.h"

namespace kafkascope::protocol {

constexpr std::uint16_t trace_code(ApiKey api, bool response = false) {
  return static_cast<std::uint16_t>(2 * static_cast<int>(api) + (response ? 1 : 0));
}

constexpr ApiKey api_of(std::uint16_t trace_code) { return static_cast<ApiKey>(trace_code / 2); }
constexpr bool is_response(std::uint16_t trace_code) { return trace_code % 2 != 0; }

}  // namespace kafkascope::protocol
