// How a kind of message is numbered in message.* lines: its API key and its direction.
#pragma once
#include <cstdint>

#include "protocol/api_key.h"

namespace kafkascope::protocol {

constexpr std::uint16_t trace_code(ApiKey api, bool response = false) {
  return static_cast<std::uint16_t>(2 * static_cast<int>(api) + (response ? 1 : 0));
}

}  // namespace kafkascope::protocol
