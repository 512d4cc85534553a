#include "ui/shorten.h"

#include <algorithm>
#include <utility>

namespace kafkascope::ui {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kJoints = "-_.:/#@";  // separators; before a number, a separator belongs to the number
constexpr std::string_view kException = "Exception";
constexpr std::size_t kMostUnit = 6;  // the joint, a number and its unit: "-10min"

bool inside_character(char ch) { return (static_cast<unsigned char>(ch) & 0xC0) == 0x80; }

std::size_t character_at(std::string_view s, std::size_t i) {
  while (i > 0 && i < s.size() && inside_character(s[i])) --i;
  return i;
}

/// The length of the longest beginning that fits. The rest is not measured, because a text may have a million
/// characters.
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

/// The longest end that is not wider than the room.
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

/// A name with its number, "broker-17", within a text: where it begins, where "-17" begins, where it ends.
struct NumberedName {
  std::size_t begin = std::string_view::npos, number = 0, end = 0;
  bool found() const { return begin != std::string_view::npos; }
};

NumberedName numbered_name(std::string_view s, std::size_t from) {
  const auto digit = [&](std::size_t i) { return s[i] >= '0' && s[i] <= '9'; };
  const auto letter = [&](std::size_t i) { return (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z'); };
  const auto part = [&](std::size_t i) { return digit(i) || letter(i) || s[i] == '-' || s[i] == '_' || s[i] == '.'; };
  for (std::size_t i = from; i < s.size(); ++i) {
    if (!part(i)) continue;
    const std::size_t begin = i;
    bool named = false;
    for (; i < s.size() && part(i); ++i) named = named || letter(i);
    std::size_t end = i;
    while (end > begin && s[end - 1] == '.') --end;
    std::size_t number = end;
    while (number > begin && digit(number - 1)) --number;
    if (named && number < end && number > begin && (s[number - 1] == '-' || s[number - 1] == '_'))
      return {begin, number - 1, end};
  }
  return {};
}

/// Whether the text is one word that ends with a digit.
bool is_numbered(std::string_view text) {
  return !text.empty() && text.find(' ') == std::string_view::npos &&
         kDigits.find(text.back()) != std::string_view::npos;
}

/// The end of the numbers that follow a name: "orders-0, 1, 2" are three partitions of one topic.
std::size_t list_end(std::string_view s, std::size_t end) {
  for (;;) {
    std::size_t at = end;
    if (s.substr(at, 2) != ", ") return end;
    at += 2;
    const std::size_t digits = at;
    while (at < s.size() && kDigits.find(s[at]) != std::string_view::npos) ++at;
    if (at == digits || (at < s.size() && s[at] != ',')) return end;
    end = at;
  }
}

/// Shortens "orders-0, 1 → inventory-2": each side gets half of the room, and what one side does not need goes to the
/// other. Empty: the text has no arrow, or the halves are too small.
std::string both_ends(std::string_view text, float room, const Measure& width) {
  constexpr std::string_view kArrow = " → ";
  const std::size_t at = text.find(kArrow);
  if (at == std::string_view::npos) return {};
  const std::string_view from = text.substr(0, at), to = text.substr(at + kArrow.size());
  const float share = (room - width(kArrow)) / 2;
  if (share < width("…00")) return {};
  const float spare_from = std::max(0.f, share - width(from)), spare_to = std::max(0.f, share - width(to));
  return shorten(from, share + spare_to, width) + std::string(kArrow) + shorten(to, share + spare_from, width);
}

}  // namespace

bool keeps_number(std::string_view text, std::string_view shortened) {
  std::string_view number;
  if (is_numbered(text)) number = text.substr(text.find_last_not_of(kDigits) + 1);
  else if (const NumberedName name = numbered_name(text, 0); name.found())
    number = text.substr(name.number + 1, name.end - name.number - 1);
  if (number.size() == text.size()) return true;  // a value, not a name
  return shortened.find(number) != std::string_view::npos;
}

std::string shorten(std::string_view text, float room, const Measure& width) {
  if (width(text) <= room) return std::string(text);
  if (const std::string both = both_ends(text, room, width); !both.empty()) return both;
  const float dots = width(kEllipsis);
  const auto cut = [&](std::string_view head, std::string_view tail) {
    const std::size_t n = beginning(head, room - width(std::string(kEllipsis) + std::string(tail)), width);
    return std::string(head.substr(0, n)) + std::string(kEllipsis) + std::string(tail);
  };
  const bool name = text.find(' ') == std::string_view::npos;
  // The tail stays, after as much of the head as fits; with less room only the number stays.
  const auto with_number = [&](std::string_view head, std::string_view tail, std::string_view number) {
    if (width(std::string(kEllipsis) + std::string(tail)) <= room) return cut(head, tail);
    if (dots + width(number) <= room) return cut(head, number);
    if (width(number) <= room) return std::string(number);
    return dots <= room ? std::string(kEllipsis) : std::string();
  };
  // If the cut of a sentence hits a name with a number, the shortened sentence ends with that number.
  if (const NumberedName first = numbered_name(text, 0); first.found() && !is_numbered(text)) {
    const std::string_view numbers = text.substr(first.number);
    const bool list = list_end(text, first.end) == text.size() && first.end < text.size();
    if (list && dots + width(numbers) <= room) return cut(text.substr(0, first.number), numbers);
    const std::size_t kept = beginning(text, room - dots, width);
    NumberedName hit = first;
    while (hit.found() && hit.end <= kept) hit = numbered_name(text, hit.end);
    if (hit.found() && (hit.begin < kept || hit.begin == first.begin)) {
      const std::string_view tail = text.substr(hit.number, hit.end - hit.number);
      return with_number(text.substr(0, hit.number), tail, tail.substr(1));
    }
  }
  const std::size_t digit = text.find_last_not_of(kDigits);
  if (!name || digit == std::string_view::npos) return dots <= room ? cut(text, {}) : std::string();
  const std::string_view number = text.substr(digit + 1);
  if (number.empty() && dots > room) return {};
  if (number.empty() && text.ends_with(kException)) return cut(text.substr(0, text.size() - kException.size()), {});
  // A part with a number and its unit stays like a number: "beh…-10d".
  const std::size_t joint = number.empty() ? text.find_last_of(kJoints) : std::string_view::npos;
  const std::string_view unit = joint == std::string_view::npos || joint == 0 ? std::string_view() : text.substr(joint);
  if (unit.size() <= kMostUnit && unit.find_first_of(kDigits) == 1)
    for (const std::string_view tail : {unit, unit.substr(1)})
      if (width(std::string(kEllipsis) + std::string(tail)) <= room)
        return cut(text.substr(0, text.size() - tail.size()), tail);
  if (number.empty()) return cut(text, ending(text, (room - dots) / 3, width));
  const bool joined = digit > 0 && kJoints.find(text[digit]) != std::string_view::npos;
  const std::string_view tail = joined ? text.substr(digit) : number;
  return with_number(text.substr(0, text.size() - tail.size()), tail, number);
}

namespace {

/// The length of the beginning that both share, up to a separator, as in "pay-".
std::size_t common_beginning(std::string_view a, std::string_view b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  std::size_t joint = a.substr(0, static_cast<std::size_t>(end - a.begin())).find_last_of(kJoints);
  return ++joint;  // 0 if there is none
}

/// The length of the end that both share, from a separator on.
std::size_t common_ending(std::string_view a, std::string_view b) {
  const auto begin = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend()).first;
  const std::string_view common = a.substr(static_cast<std::size_t>(a.rend() - begin));
  const std::size_t joint = common.find_first_of(kJoints);
  return joint == std::string_view::npos ? 0 : common.size() - joint;
}

/// Of a text's own part, which begins at `before` and ends `after` characters before its end, as much of its beginning
/// or of its end as fits, if no other text has the same there: "…as…" of "pay-async". Else empty.
std::string telling_piece(std::string_view text, std::span<const std::string> others, std::size_t before,
                          std::size_t after, float room, const Measure& width) {
  const std::string dots(kEllipsis), front = before > 0 ? dots : std::string(), back = after > 0 ? dots : std::string();
  const std::string_view own = text.substr(before, text.size() - before - after);
  const std::string_view head = own.substr(0, beginning(own, room - width(front + dots), width)),
                         tail = ending(own, room - width(dots + back), width);
  const auto tells = [&](const auto& at_same_place) {
    return std::all_of(others.begin(), others.end(),
                       [&](const std::string& other) { return other == text || !at_same_place(other); });
  };
  if (tells([&](std::string_view other) { return other.substr(std::min(before, other.size())).starts_with(head); }))
    return front + std::string(head) + dots;
  if (tells([&](std::string_view other) {
        return other.substr(0, other.size() - std::min(after, other.size())).ends_with(tail);
      }))
    return dots + std::string(tail) + back;
  return {};
}

/// The text without its middle, in parts as equal as possible of those that no other text has at the same places: "p-h…ed" of "p-huddled"
/// beside "p-spread". Empty: there are none. A number is whole or left out.
std::string telling_ends(std::string_view text, std::span<const std::string> others, float room, const Measure& width) {
  constexpr std::size_t kLongest = 128, kReadable = 3;  // of a part, so that it says something
  if (text.empty() || text.size() > kLongest) return {};
  const auto digit = [](char ch) { return kDigits.find(ch) != std::string_view::npos; };
  std::string best;
  std::size_t least = kLongest * 2;
  for (std::size_t from = text.size(); --from > 0;) {
    if (inside_character(text[from]) || (digit(text[from]) && digit(text.substr(0, from).back()))) continue;
    const std::string_view tail = text.substr(from);
    const float left = room - width(std::string(kEllipsis) + std::string(tail));
    if (left <= 0) break;
    std::size_t n = beginning(text.substr(0, from), left, width);
    while (n > 0 && digit(text[n]) && digit(text.substr(0, n).back())) --n;
    const std::string_view head = text.substr(0, n);
    const bool tells = n > 0 && std::none_of(others.begin(), others.end(), [&](const std::string& other) {
                         return other != text && other.starts_with(head) && other.ends_with(tail);
                       });
    const std::size_t uneven =
        std::max(n, tail.size()) - std::min(n, tail.size()) + (std::max(n, tail.size()) < kReadable ? kLongest : 0);
    if (!tells || uneven >= least) continue;
    std::string cut = std::string(head) + std::string(kEllipsis) + std::string(tail);
    if (keeps_number(text, cut)) best = std::move(cut), least = uneven;
  }
  return best;
}

}  // namespace

std::string shorten_among(std::string_view text, std::span<const std::string> others, float room,
                          const Measure& width) {
  if (others.empty() || width(text) <= room) return shorten(text, room, width);
  // The lengths of the beginning and of the end that the text shares with others.
  std::size_t before = text.size(), after = 0;
  for (const std::string& other : others) {
    if (other == text) continue;
    if (const std::size_t n = common_beginning(text, other); n > 0) before = std::min(before, n);
    after = std::max(after, common_ending(text, other));
  }
  if (before == text.size()) before = 0;
  if (before + after == 0 || before + after >= text.size()) return shorten(text, room, width);
  // The text's own part with as much of the shared beginning as fits. A name is cut at one place, if that tells it from the others: with the
  // shared end, or without an end if there is no beginning, or in the middle.
  const auto own_part = [&](std::size_t end) -> std::string {
    const std::string tail = std::string(before > 0 ? kEllipsis : "") + std::string(text.substr(before, end - before)) +
                             std::string(end < text.size() ? kEllipsis : "");
    if (width(tail) > room) return {};
    std::string cut = std::string(text.substr(0, beginning(text.substr(0, before), room - width(tail), width))) + tail;
    return keeps_number(text, cut) ? cut : std::string();
  };
  if (std::string cut = own_part(text.size()); !cut.empty()) return cut;
  const std::string without_end = own_part(text.size() - after);
  if (!without_end.empty() && before == 0) return without_end;
  if (std::string cut = telling_ends(text, others, room, width); !cut.empty()) return cut;
  if (!without_end.empty()) return without_end;
  const std::string piece = telling_piece(text, others, before, after, room, width);
  return !piece.empty() && keeps_number(text, piece) ? piece : shorten(text, room, width);
}

std::string initial_and_number(std::string_view name) {
  const std::size_t digit = name.find_last_not_of(kDigits);
  if (!is_numbered(name) || digit == std::string_view::npos) return {};
  std::string_view number = name.substr(digit);
  number.remove_prefix(1);
  std::size_t first = 1;
  while (inside_character(name[first])) ++first;
  return std::string(name.substr(0, first)) + std::string(number);
}

std::string short_node_name(std::string_view name, float room, const Measure& width) {
  constexpr std::size_t kLetters = 2;
  std::string cut = shorten(name, room, width);
  if (const std::size_t dots = cut.find(kEllipsis); dots == std::string::npos ? cut == name : dots >= kLetters)
    return cut;
  std::string brief = initial_and_number(name);
  return width(brief) <= room ? brief : std::string();
}

std::string rounded(std::int64_t n) {
  constexpr std::pair<std::int64_t, const char*> kUnits[] = {{1'000'000'000, "G"}, {1'000'000, "M"}, {1'000, "k"}};
  for (const auto& [unit, name] : kUnits) {
    if (n < unit) continue;
    const std::int64_t whole = n / unit, tenth = n % unit * 10 / unit;
    return std::to_string(whole) + (whole < 10 ? "." + std::to_string(tenth) : "") + name;
  }
  return std::to_string(n);
}

std::string last_parts(std::string list, float room, const Measure& width) {
  constexpr std::string_view kBetween = ", ";
  for (std::size_t end; width(list) > room && (end = list.find(kBetween)) != std::string::npos;)
    list.erase(0, end + kBetween.size());
  return list;
}

std::string lose_middle(std::string_view text, float room, const Measure& width) {
  if (width(text) <= room) return std::string(text);
  const float half = std::max(0.f, (room - width(kEllipsis)) / 2);
  const std::string tail = std::string(kEllipsis) + std::string(ending(text, half, width));
  const std::string_view head = text.substr(0, beginning(text, room - width(tail), width));
  // A number before the dots could have lost digits.
  std::string_view kept = head;
  while (!kept.empty() && kDigits.find(kept.back()) != std::string_view::npos) kept.remove_suffix(1);
  return std::string(kept.empty() ? head : kept) + tail;
}

std::string shorten_names(std::string_view sentence, float room, const Measure& width) {
  constexpr std::size_t kLong = 20, kLeast = 16;
  const auto in_name = [](char ch) {
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '-' || ch == '_' ||
           ch == '.';
  };
  std::string text(sentence);
  for (float over = width(text) - room; over > 0; over = width(text) - room) {
    std::string_view longest;
    for (std::size_t i = 0, end = 0; i < text.size(); i = end + 1) {
      for (end = i; end < text.size() && in_name(text[end]); ++end) {
      }
      std::string_view word = std::string_view(text).substr(i, end - i);
      while (word.ends_with('.')) word.remove_suffix(1);  // of the sentence
      if (word.size() > longest.size() && word.find('-') != std::string_view::npos) longest = word;
    }
    if (longest.size() <= kLong) break;
    const float least = width(longest.substr(0, kLeast));
    const std::string cut = shorten(longest, std::max(least, width(longest) - over), width);
    text.replace(static_cast<std::size_t>(longest.data() - text.data()), longest.size(), cut);
  }
  return text;
}

}  // namespace kafkascope::ui
