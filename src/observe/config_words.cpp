// Descriptions of configuration keys in Korean; the English ones are beside their defaults
// (protocol/config_table_*.cpp).
#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "observe/words.h"

namespace kafkascope::observe {

namespace {

/// Sorted by key.
constexpr std::pair<std::string_view, std::string_view> kTexts[] = {
#define KOREAN(key, text) {key, text},
#include "observe/config_korean.def"
#undef KOREAN
};

}  // namespace

std::string_view config_in_korean(std::string_view key) {
  const auto* at = std::lower_bound(std::begin(kTexts), std::end(kTexts), key,
                                    [](const auto& row, std::string_view wanted) { return row.first < wanted; });
  return at != std::end(kTexts) && at->first == key ? at->second : std::string_view();
}

}  // namespace kafkascope::observe
