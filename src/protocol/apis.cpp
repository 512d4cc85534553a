#include "protocol/apis.h"

#include <algorithm>
#include <vector>

#include "protocol/all_messages.h"

namespace kafkascope::protocol {

std::span<const ApiKey> all_apis() {
  static const std::vector<ApiKey> all = [] {
    std::vector<ApiKey> keys(kApiAt.begin(), kApiAt.end());
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());  // two pairs of types may share a number
    return keys;
  }();
  return all;
}

}  // namespace kafkascope::protocol
