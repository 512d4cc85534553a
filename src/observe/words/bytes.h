// A record's bytes for display: as text if they are text, otherwise byte by byte.
#pragma once
#include <string>
#include <string_view>

namespace kafkascope::observe {

/// Whether the bytes are UTF-8 without control characters.
bool is_text(std::string_view bytes);
/// "00 00 05 dc"; an ellipsis after `most` bytes.
std::string in_hex(std::string_view bytes, std::size_t most = 24);
/// The text itself, or its bytes in hex.
std::string shown(std::string_view bytes);
/// The bytes as a terminal would show them: a dot for each byte that is not text.
std::string printed(std::string_view bytes);

}  // namespace kafkascope::observe
