// Comparing what people type without regard to case.
#pragma once
#include <string>
#include <string_view>

namespace kafkascope::words {

/// The Latin letters A to Z in lower case, everything else as it is.
inline std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace kafkascope::words
