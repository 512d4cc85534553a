// Panels are laid out by ui/box.h, not by hand. Two counts of what is still positioned by hand, which may only fall: the draw
// calls whose arguments contain an offset, and all offsets, so that an offset is not just moved to the line before the call.
// An offset is a number added or subtracted ("x + 12", "r.w - 2 * 8", "y += 22"), or a padding within a draw call. The stage has
// geometry of its own (wires, cells, marks), which is drawn in its coordinates: it is counted apart.
#include <doctest/doctest.h>

#include <filesystem>
#include <regex>
#include <string>

#include "support/code_of.h"
#include "support/places.h"

namespace {

std::string number() { return R"((?:[0-9]+\.?[0-9]*|\.[0-9]+)f?)"; }

const std::regex& offset() {
  static const std::regex found(R"([\w)\]]\s*[+-]\s*(?:)" + number() + R"(\b|[\w.]+(?:\(\))?\s*\*\s*)" + number() +
                                "|" + number() + R"(\s*\*)|[+-]=\s*)" + number() + R"(|[+-]=\s*[\w.]+\s*\*\s*)" +
                                number());
  return found;
}

struct Counts {
  int calls = 0, by_hand = 0, offsets = 0;
};

Counts counts_of(const std::string& code) {
  static const std::regex draws(
      R"((?:\bp\.(?!width|wrap|to_window|em\b|tr\b|pick|zoom|scale|note|texts)\w+|\bui\.(?:hit|drag)|\b[a-z_]+)\()");
  static const std::regex takes_ui(R"(^\s*(?:ui\.p|ui|p)\s*,)"), padding(R"(\.(?:padded|middle)\(\s*-?[0-9.])");
  Counts counts;
  for (std::sregex_iterator it(code.begin(), code.end(), draws), end; it != end; ++it) {
    const std::size_t opens = static_cast<std::size_t>(it->position() + it->length());
    std::size_t at = opens;
    for (int depth = 1; at < code.size() && depth > 0; ++at) {
      const char c = code[at];
      depth += c == '(' || c == '{' || c == '[' ? 1 : c == ')' || c == '}' || c == ']' ? -1 : 0;
    }
    const std::string arguments = code.substr(opens, at - opens - 1), name = it->str();
    const bool method = name.starts_with("p.") || name.starts_with("ui.");
    if (!method && !std::regex_search(arguments, takes_ui)) continue;
    ++counts.calls;
    if (std::regex_search(arguments, offset()) || std::regex_search(arguments, padding)) ++counts.by_hand;
  }
  counts.offsets = static_cast<int>(std::distance(std::sregex_iterator(code.begin(), code.end(), offset()), {}));
  return counts;
}

Counts counts_below(const std::string& folder, bool deep = true) {
  Counts sum;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_root() + "/src/ui/" + folder)) {
    if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") continue;
    const auto below = std::filesystem::relative(entry.path(), source_root() + "/src/ui/" + folder);
    if (!deep && below.has_parent_path()) continue;
    const Counts one = counts_of(code_of(entry.path()));
    sum.calls += one.calls;
    sum.by_hand += one.by_hand;
    sum.offsets += one.offsets;
  }
  return sum;
}

void check(const std::string& folder, const Counts& found, const Counts& most) {
  INFO(folder);
  MESSAGE(folder << ": " << found.by_hand << " of " << found.calls << " draw calls by hand, " << found.offsets
                 << " offsets");
  CHECK_MESSAGE(found.by_hand <= most.by_hand, "draw calls with offsets: use ui/box.h");
  CHECK_MESSAGE(found.offsets <= most.offsets, "offsets: use ui/box.h");
}

}  // namespace

TEST_CASE("the count of hand-made positions counts offsets and no other numbers") {
  const auto by_hand = [](const char* code) { return counts_of(code).by_hand; };
  CHECK(by_hand("p.text(r.x + 12, y, words);") == 1);
  CHECK(by_hand("p.fill({x, y, r.w - 2 * 8, h}, color);") == 1);
  CHECK(by_hand("p.line(x, cy + em * .36f, x, y, color);") == 1);
  CHECK(by_hand("button(ui, id, {x, y - 4, w, h}, words);") == 1);
  CHECK(by_hand("p.text(r.padded(8), words);") == 1);
  CHECK(by_hand("p.text(column.next(28), words, {.em = 13});") == 0);
  CHECK(by_hand("p.text(row.left(96), words, {.em = 13, .max = w});") == 0);
  CHECK(by_hand("std::max(x + 12, y);") == 0);
  CHECK(counts_of("y += 22; const float base = y + 16; for (int i = 0; i < n; ++i) {}").offsets == 2);
}

// When a count has fallen, lower its number here.
TEST_CASE("the number of hand-made positions does not grow") {
  check("panels", counts_below("panels"), {.by_hand = 147, .offsets = 990});
  check("stage", counts_below("stage"), {.by_hand = 133, .offsets = 608});
  check("the rest", counts_below("", false), {.by_hand = 14, .offsets = 167});
}
