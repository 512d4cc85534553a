// A catalogue's phrase with its placeholders filled, in both languages: the text that a reader sees.
#pragma once
#include <string>
#include <utility>

#include "observe/words/korean.h"

namespace kafkascope::test {

/// English and Korean with `quote`xN`quote` at place N; particles of the Korean are not fitted yet.
inline std::pair<std::string, std::string> filled(const observe::Phrase& phrase, const std::string& quote) {
  std::string english, korean(phrase.ko);
  int n = 0;
  for (std::size_t i = 0; i < phrase.en.size(); ++i) {
    if (phrase.en.compare(i, 2, "{}") != 0) {
      english += phrase.en[i];
      continue;
    }
    const std::string value = quote + "x" + std::to_string(n) + quote;
    english += value;
    for (const std::string& form : {"{" + std::to_string(n) + "}", "[" + std::to_string(n) + "]"})
      for (std::size_t at; (at = korean.find(form)) != std::string::npos;) korean.replace(at, form.size(), value);
    ++n;
    ++i;
  }
  return {english, korean};
}

}  // namespace kafkascope::test
