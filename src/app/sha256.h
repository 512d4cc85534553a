// SHA-256 (FIPS 180-4): a page's policy identifies the page's own style and script by it.
#pragma once
#include <string>
#include <string_view>

namespace kafkascope::app {

/// 32 bytes.
std::string sha256(std::string_view bytes);

}  // namespace kafkascope::app
