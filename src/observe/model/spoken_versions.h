// The version of each request between clients and brokers of one release: RequestMetrics has a meter for each (version=).
#pragma once
#include "protocol/kafka_messages.h"

namespace kafkascope::observe {

/// The version of a request that a broker answers.
constexpr int spoken_version(protocol::ApiKey api, bool kafka_2_5) {
  switch (static_cast<int>(api)) {
    // clang-format off
#define KAFKASCOPE_ROW(name, number, place, request, response, newer, older) case number: return kafka_2_5 ? older : newer;
#define KAFKASCOPE_MORE(name, place, request, response)
    // clang-format on
    KAFKASCOPE_KAFKA_APIS(KAFKASCOPE_ROW, KAFKASCOPE_MORE)
#undef KAFKASCOPE_ROW
#undef KAFKASCOPE_MORE
  }
  return 0;
}

}  // namespace kafkascope::observe
