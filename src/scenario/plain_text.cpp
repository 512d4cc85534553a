#include "scenario/plain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace kafkascope::scenario {

namespace {

constexpr std::string_view kNoCharacter = "\xEF\xBF\xBD";  // U+FFFD

bool is_plain_ascii(char c) { return (c >= ' ' && c < 0x7f) || c == '\n' || c == '\t'; }

/// The length of the character that begins with this byte; 0 if no character does.
std::size_t length_of(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::uint32_t code_point(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first;
  std::uint32_t code = first & (0x7Fu >> character.size());
  for (const char c : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
  return code;
}

bool is_obeyed(std::uint32_t c) {
  const bool control = c < 0x20 || (c >= 0x7F && c <= 0x9F);
  const bool direction =
      c == 0x61C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  const bool line_end = c == 0x2028 || c == 0x2029;
  return control || direction || line_end;
}

}  // namespace

void PlainText::put(std::string_view bytes, std::string& out) {
  std::string joined;
  if (!waiting_.empty()) {
    joined = std::exchange(waiting_, {}).append(bytes);
    bytes = joined;
  }
  while (!bytes.empty()) {
    const auto plain_end = std::find_if_not(bytes.begin(), bytes.end(), is_plain_ascii);
    out.append(bytes.begin(), plain_end);
    bytes.remove_prefix(static_cast<std::size_t>(plain_end - bytes.begin()));
    if (bytes.empty()) return;
    const std::size_t length = length_of(static_cast<unsigned char>(bytes[0]));
    std::size_t there = 1;
    while (there < std::min(length, bytes.size()) && continues(bytes[there])) ++there;
    const std::string_view character = bytes.substr(0, there);
    if (there < length && there == bytes.size()) {
      waiting_ = character;
      return;
    }
    if (length == 0 || there < length) {
      out += kNoCharacter;
    } else if (const std::uint32_t code = code_point(character); is_obeyed(code)) {
      out += fmt::format("\\u{:04x}", code);
    } else {
      out += character;
    }
    bytes.remove_prefix(there);
  }
}

void PlainText::finish(std::string& out) {
  if (!waiting_.empty()) out += kNoCharacter;
  waiting_.clear();
}

std::string plain(std::string_view text) {
  std::string out;
  PlainText whole;
  whole.put(text, out);
  whole.finish(out);
  return out;
}

}  // namespace kafkascope::scenario
