// The kinds of requests.
#pragma once
#include <cstdint>
#include <string_view>

#include "protocol/apis.h"

namespace kafkascope::protocol {

/// Kafka's API keys (apis.h).
enum class ApiKey : std::int16_t {
#define KAFKASCOPE_ROW(name, number, request, response, newer, older) name = number,
#define KAFKASCOPE_MORE(name, request, response)
  KAFKASCOPE_APIS(KAFKASCOPE_ROW, KAFKASCOPE_MORE)
#undef KAFKASCOPE_ROW
#undef KAFKASCOPE_MORE
};
inline constexpr int kLastApiKey = 123;
std::string_view name(ApiKey api);

}  // namespace kafkascope::protocol
