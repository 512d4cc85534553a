// Translates the texts that Kafka itself sends as texts: a response's error message, a client's reason to leave. The
// catalogues have them under "said.": the English text is compared with the English patterns.
#include <deque>
#include <string>
#include <vector>

#include "observe/words/korean.h"
#include "words/catalogue.h"
#include "words/pattern.h"

namespace kafkascope::observe {

namespace {

constexpr std::string_view kFamily = "said.";
/// The argument of this name is a sentence of its own; the others are names and values.
constexpr std::string_view kSentence = "why";

/// The patterns with numbered placeholders, in the order of the catalogue; the numbers follow the English pattern.
class Said {
 public:
  Said() {
    for (const words::Row& row : words::built_in(words::Lang::En).rows()) {
      if (!std::string_view(row.key).starts_with(kFamily)) continue;
      const char* korean = words::catalogue(words::Lang::Ko).find(words::Key(std::string_view(row.key)));
      std::vector<std::string_view> names;
      const std::string& en = texts_.emplace_back(with_blanks(row.text, names, true));
      const std::string& ko = texts_.emplace_back(with_blanks(korean, names, false));
      phrases_.push_back({en, ko});
    }
  }
  std::span<const Phrase> phrases() const { return phrases_; }

 private:
  static std::string with_blanks(std::string_view pattern, std::vector<std::string_view>& names, bool english) {
    std::string out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      const std::size_t length = pattern[i] == '{' ? words::name_length(pattern.substr(i + 1)) : 0;
      if (length == 0) {
        out += pattern[i];
        continue;
      }
      const std::string_view name = pattern.substr(i + 1, length);
      std::size_t place = 0;
      while (place < names.size() && names[place] != name) ++place;
      if (place == names.size()) names.push_back(name);
      const std::string number = std::to_string(place);
      const bool said = pattern[i + 1 + length] == '}';  // "{first?}": the Korean sentence leaves it out
      if (said) out += english ? "{}" : name == kSentence ? "[" + number + "]" : "{" + number + "}";
      i = words::closing(pattern, i + 1);
    }
    return out;
  }

  std::deque<std::string> texts_;
  std::vector<Phrase> phrases_;
};

}  // namespace

const Phrasebook& reasons() {
  static const Said said;
  static const Phrasebook book(said.phrases());
  return book;
}

std::string reason_in_korean(std::string_view english) {
  if (auto found = reasons().korean(english)) return *std::move(found);
  // A part after a name: "orders: Topic 'orders' already exists."; an ACL's name contains spaces, and so does "orders-0
  // to 0".
  if (const std::size_t colon = english.find(": "); colon != std::string_view::npos) {
    const std::string_view behind = english.substr(colon + 2);
    if (const std::string rest = reason_in_korean(behind); rest != behind)
      return std::string(english.substr(0, colon + 2)) + rest;
  }
  return std::string(english);
}

}  // namespace kafkascope::observe
