#include "observe/words/korean.h"

#include <vector>

namespace kafkascope::observe {

namespace {

bool is_slot(std::string_view text, std::size_t at) { return text.compare(at, 2, "{}") == 0; }

/// A placeholder's match may not end inside quotes: text that a user has quoted is not part of the sentence.
bool may_be_blank(std::string_view text) {
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && inside) ++i;
    else if (text[i] == '"') inside = !inside;
  }
  return !inside;
}

bool fits(std::string_view pattern, std::string_view text, std::vector<std::string_view>& blanks) {
  std::size_t i = 0;
  while (i < pattern.size() && !is_slot(pattern, i)) ++i;
  if (text.substr(0, i) != pattern.substr(0, i)) return false;
  text.remove_prefix(i);
  if (i == pattern.size()) return text.empty();
  pattern.remove_prefix(i + 2);
  std::size_t next = 0;
  while (next < pattern.size() && !is_slot(pattern, next)) ++next;
  const std::string_view literal = pattern.substr(0, next);
  for (std::size_t end = 1; end <= text.size(); ++end) {
    if (pattern.empty()) end = text.size();
    else if (text.compare(end, literal.size(), literal) != 0) continue;
    if (!may_be_blank(text.substr(0, end))) continue;
    blanks.push_back(text.substr(0, end));
    if (fits(pattern, text.substr(end), blanks)) return true;
    blanks.pop_back();
  }
  return false;
}

}  // namespace

std::optional<std::string> Phrasebook::korean(std::string_view english) const {
  for (const Phrase& phrase : phrases_) {
    std::vector<std::string_view> blanks;
    if (!fits(phrase.en, english, blanks)) continue;
    std::string out;
    for (std::size_t i = 0; i < phrase.ko.size(); ++i) {
      const char open = phrase.ko[i];
      const bool blank = i + 2 < phrase.ko.size() &&
                         ((open == '{' && phrase.ko[i + 2] == '}') || (open == '[' && phrase.ko[i + 2] == ']'));
      if (!blank) {
        out += open;
        continue;
      }
      const std::string_view what = blanks[static_cast<std::size_t>(phrase.ko[i + 1] - '0')];
      out += open == '[' && what.front() != '"' ? korean(what).value_or(std::string(what)) : std::string(what);
      i += 2;
    }
    return with_particles(out);
  }
  return std::nullopt;
}

}  // namespace kafkascope::observe
