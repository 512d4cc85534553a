// Bytes as text (RFC 4648), for pictures in a page and for the content of a link.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kafkascope::app {

inline constexpr std::string_view kLettersOfPages = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                                  kLettersOfAddresses =
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

inline std::string base64_letters(std::string_view bytes, std::string_view alphabet) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) out += alphabet[bits >> (held - 6) & 63];
  }
  if (held > 0) out += alphabet[bits << (6 - held) & 63];
  return out;
}

/// With padding.
inline std::string base64(std::string_view bytes) {
  std::string out = base64_letters(bytes, kLettersOfPages);
  while (out.size() % 4 != 0) out += '=';
  return out;
}

/// The URL-safe alphabet, without padding.
inline std::string base64url(std::string_view bytes) { return base64_letters(bytes, kLettersOfAddresses); }

/// nullopt: the text contains a character outside the base64url alphabet.
inline std::optional<std::string> from_base64url(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const std::size_t six = kLettersOfAddresses.find(c);
    if (six == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(six);
    if ((held += 6) < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 255);
  }
  return out;
}

}  // namespace kafkascope::app
