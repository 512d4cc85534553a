// A text as part of a link: zlib (RFC 1950), then base64url (RFC 4648) without padding. A link's content is untrusted.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kafkascope::app {

/// The most bytes that a link may unpack to.
inline constexpr std::size_t kMostUnpacked = std::size_t{4} << 20;

std::string packed(std::string text);
/// nullopt: the text is corrupt, truncated, or larger than kMostUnpacked.
std::optional<std::string> unpacked(std::string_view packed);

}  // namespace kafkascope::app
