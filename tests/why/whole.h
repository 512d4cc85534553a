// Asks Why? and checks that question and answer are whole sentences: an empty name would leave a gap in them.
#pragma once
#include <doctest/doctest.h>

#include <cctype>
#include <optional>
#include <string>
#include <string_view>

#include "observe/why/why.h"

namespace kafkascope::test {

/// The gap that an empty name leaves in a sentence; "": there is none.
inline std::string gap_in(const std::string& text) {
  if (text.empty()) return "it is empty";
  if (text.front() == ' ' || text.back() == ' ') return "a space at its begin or end";
  for (const char* gap : {"  ", " ?", " ,", " ;", "\"\"", "{", "?}"})
    if (text.find(gap) != std::string::npos) return "\"" + std::string(gap) + "\"";
  // A particle that is none; Kafka's <default> is a name.
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at + 1))
    if (at + 1 == text.size() || std::isalpha(static_cast<unsigned char>(text[at + 1])) == 0) return "\"<\"";
  // After a letter it is a method: "poll()".
  if (const auto at = text.find("()");
      at != std::string::npos && (at == 0 || std::isalpha(static_cast<unsigned char>(text[at - 1])) == 0))
    return "\"()\"";
  return {};
}

inline void check_whole(const observe::Answer& answer) {
  const auto check = [&](const observe::Words& words) {
    for (const std::string* text : {&words.en, &words.ko})
      CHECK_MESSAGE(gap_in(*text).empty(), answer.path, ": ", gap_in(*text), " in: ", *text);
  };
  check(answer.question);
  for (const observe::WhyStep& step : answer.steps) check(step.words);
  for (const observe::WhyStep& effect : answer.effects) check(effect.words);
  if (answer.root) check(answer.root->words);
}

/// observe::why, checked.
inline std::optional<observe::Answer> whole_why(const observe::Moment& moment, std::string_view path) {
  auto answer = observe::why(moment, path);
  if (answer) check_whole(*answer);
  return answer;
}

}  // namespace kafkascope::test
