#include "observe/words/bytes.h"

namespace kafkascope::observe {

namespace {

/// The length of the visible character that begins at s; 0 if there is none.
std::size_t character(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  if (byte(0) < 0x80) return byte(0) >= 0x20 && byte(0) != 0x7F ? 1 : 0;
  const std::size_t length = byte(0) >= 0xF0 && byte(0) < 0xF5 ? 4 : byte(0) >= 0xE0 ? 3 : byte(0) >= 0xC2 ? 2 : 0;
  if (length == 0 || byte(0) >= 0xF5 || s.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  return length;
}

}  // namespace

bool is_text(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = character(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string in_hex(std::string_view bytes, std::size_t most) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes.substr(0, most)) {
    if (!out.empty()) out += ' ';
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return bytes.size() > most ? out + " …" : out;
}

std::string shown(std::string_view bytes) { return is_text(bytes) ? std::string(bytes) : in_hex(bytes); }

std::string printed(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::size_t length = character(bytes);
    out += length == 0 ? std::string_view(".") : bytes.substr(0, length);
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace kafkascope::observe
