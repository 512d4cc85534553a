#include "ui/shorten.h"

#include <algorithm>

namespace kafkascope::ui {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kJoints = "-_.:/#@";  // belong to the number after them

bool inside_character(char ch) { return (static_cast<unsigned char>(ch) & 0xC0) == 0x80; }

std::size_t character_at(std::string_view s, std::size_t i) {
  while (i > 0 && i < s.size() && inside_character(s[i])) --i;
  return i;
}

/// The length of the longest beginning that fits. The rest is not measured, because a text may have a million characters.
std::size_t beginning(std::string_view s, float room, const Measure& width) {
  std::size_t fits = 0, most = std::min<std::size_t>(s.size(), 16);
  while (width(s.substr(0, character_at(s, most))) <= room) {
    fits = character_at(s, most);
    if (most == s.size()) return fits;
    most = std::min(s.size(), most * 2);
  }
  while (most - fits > 1) {
    const std::size_t middle = fits + (most - fits) / 2, at = character_at(s, middle);
    if (at <= fits) {  // within one character: the next one begins after it
      std::size_t next = middle;
      while (next < most && next < s.size() && inside_character(s[next])) ++next;
      if (next >= most || width(s.substr(0, next)) > room) return fits;
      fits = next;
    } else if (width(s.substr(0, at)) <= room) {
      fits = at;
    } else {
      most = at;
    }
  }
  return fits;
}

/// The shortest end that is not wider than the room.
std::string_view ending(std::string_view s, float room, const Measure& width) {
  std::size_t at = s.size();
  while (at > 0) {
    std::size_t before = at - 1;
    while (before > 0 && inside_character(s[before])) --before;
    if (width(s.substr(before)) > room) break;
    at = before;
  }
  return s.substr(at);
}

}  // namespace

std::string shorten(std::string_view text, float room, const Measure& width) {
  if (width(text) <= room) return std::string(text);
  const float dots = width(kEllipsis);
  const auto cut = [&](std::string_view head, std::string_view tail) {
    const std::size_t n = beginning(head, room - width(std::string(kEllipsis) + std::string(tail)), width);
    return std::string(head.substr(0, n)) + std::string(kEllipsis) + std::string(tail);
  };
  const bool name = text.find(' ') == std::string_view::npos;
  const std::size_t digit = text.find_last_not_of(kDigits);
  if (!name || digit == std::string_view::npos) return dots <= room ? cut(text, {}) : std::string();
  const std::string_view number = text.substr(digit + 1);
  if (number.empty()) return dots <= room ? cut(text, ending(text, (room - dots) / 3, width)) : std::string();
  const bool joined = digit > 0 && kJoints.find(text[digit]) != std::string_view::npos;
  const std::string_view tail = joined ? text.substr(digit) : number;
  if (width(std::string(kEllipsis) + std::string(tail)) <= room)
    return cut(text.substr(0, text.size() - tail.size()), tail);
  if (dots + width(number) <= room) return std::string(kEllipsis) + std::string(number);
  if (width(number) <= room) return std::string(number);
  return dots <= room ? std::string(kEllipsis) : std::string();
}

}  // namespace kafkascope::ui
