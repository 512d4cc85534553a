#include "words/particles.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace kafkascope::words {

namespace {

/// How the text before a particle ends. Rieul matters only for euro/ro.
enum class Ending : std::uint8_t { Vowel, Consonant, Rieul };

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// How a Latin word ends as Koreans pronounce it: "billing" with a consonant, "sync" with a vowel (singkeu), "ISR" letter by letter.
Ending ending_of_latin(std::string_view text) {
  std::string word;
  while (!text.empty() && is_letter(text.back())) {
    word.insert(word.begin(), text.back());
    text.remove_suffix(1);
  }
  bool upper = true;
  for (char& c : word) {
    upper = upper && c <= 'Z';
    if (c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto vowel = [&](std::size_t back) {
    return back <= word.size() && std::string_view("aeiouy").find(word[word.size() - back]) != std::string_view::npos;
  };
  const char last = word.back();
  const bool spelled =
      word.find_first_of("aeiouy") == std::string::npos || (upper && word.size() <= 4);  // pronounced letter by letter
  if (last == 'l' || (spelled && last == 'r') || (!spelled && word.ends_with("le"))) return Ending::Rieul;
  if (last == 'm' || last == 'n') return Ending::Consonant;
  if (spelled) return Ending::Vowel;
  if (word.ends_with("ng") || word.ends_with("ck") || ((word.ends_with("ne") || word.ends_with("me")) && vowel(3)))
    return Ending::Consonant;
  return std::string_view("bckpt").find(last) != std::string_view::npos && vowel(2) ? Ending::Consonant : Ending::Vowel;
}

Ending ending_of(std::string_view text) {
  // Skips characters that are not pronounced: quotes, brackets, dots.
  while (!text.empty() && std::string_view("\"')]}…. ").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  if (text.empty()) return Ending::Vowel;
  const auto byte = [&](std::size_t back) { return static_cast<unsigned char>(text[text.size() - back]); };
  if (text.size() >= 3 && (byte(3) & 0xF0) == 0xE0) {
    const std::uint32_t code = (byte(3) & 0x0Fu) << 12 | (byte(2) & 0x3Fu) << 6 | (byte(1) & 0x3Fu);
    if (code < 0xAC00 || code > 0xD7A3) return Ending::Vowel;
    const std::uint32_t final = (code - 0xAC00) % 28;
    return final == 0 ? Ending::Vowel : final == 8 ? Ending::Rieul : Ending::Consonant;
  }
  const char last = text.back();
  if (is_letter(last)) return ending_of_latin(text);
  if (last == '1' || last == '7' || last == '8') return Ending::Rieul;
  return std::string_view("036").find(last) != std::string_view::npos ? Ending::Consonant : Ending::Vowel;
}

// As docs/translating.md lists them: i/ga, eun/neun, eul/reul, gwa/wa, iraneun/raneun, iraseo/raseo, euro/ro.
constexpr std::array<std::string_view, 7> kPairs = {"\uC774/\uAC00",
                                                    "\uC740/\uB294",
                                                    "\uC744/\uB97C",
                                                    "\uACFC/\uC640",
                                                    "\uC774\uB77C\uB294/\uB77C\uB294",
                                                    "\uC774\uB77C\uC11C/\uB77C\uC11C",
                                                    "\uC73C\uB85C/\uB85C"};
constexpr std::string_view kEuroRo = kPairs.back();

}  // namespace

bool is_particle(std::string_view pair) { return std::find(kPairs.begin(), kPairs.end(), pair) != kPairs.end(); }

std::string with_particles(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t close = text[i] == '<' ? text.find('>', i) : std::string_view::npos;
    const std::string_view inside =
        close == std::string_view::npos ? std::string_view() : text.substr(i + 1, close - i - 1);
    if (!is_particle(inside)) {
      out += text[i];
      continue;
    }
    const Ending ending = ending_of(out);
    const std::size_t slash = inside.find('/');
    const bool first = inside == kEuroRo ? ending == Ending::Consonant : ending != Ending::Vowel;
    out += first ? inside.substr(0, slash) : inside.substr(slash + 1);
    i = close;
  }
  return out;
}

}  // namespace kafkascope::words
