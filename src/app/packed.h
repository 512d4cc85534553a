// A text as part of a link: zlib (RFC 1950), then base64url (RFC 4648) without padding. Whatever comes from a link is a stranger's.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kafkascope::app {

/// Bytes that a link may unfold to.
inline constexpr std::size_t kMostUnpacked = std::size_t{4} << 20;

std::string packed(std::string text);
/// Nothing: it is broken, cut, or more than kMostUnpacked.
std::optional<std::string> unpacked(std::string_view packed);

}  // namespace kafkascope::app
