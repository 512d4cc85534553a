// Finds an English sentence in a text that should be Korean: a run of four words or more that are not identifiers.
#pragma once
#include <cctype>
#include <string>

/// The first such run; empty if there is none. Text in quotes or braces is a user's own text or an example.
inline std::string english_in(const std::string& text) {
  std::string run;
  int words = 0;
  std::size_t letters = 0;
  const auto long_enough = [&] { return words >= 4 && letters >= 14; };  // "us ms s m h d" are units
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '{' || c == '[') {
      const char close = c == '"' ? '"' : c == '{' ? '}' : ']';
      ++i;
      for (int depth = 1; i < text.size() && depth > 0 && text[i] != '\n'; ++i) {
        if (c == '"' && text[i] == '\\') ++i;
        else if (text[i] == close) --depth;
        else if (c != '"' && text[i] == c) ++depth;
      }
      if (long_enough()) return run;
      run.clear();
      words = 0;
      letters = 0;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && static_cast<unsigned char>(text[end]) > ' ' && text[end] != '"' && text[end] != '{' &&
           text[end] != '[')
      ++end;
    if (end == i) {
      if (c != ' ') {
        if (long_enough()) return run;
        run.clear();
        words = 0;
        letters = 0;
      }
      ++i;
      continue;
    }
    std::string word = text.substr(i, end - i);
    const bool last = std::string(",;:").find(word.back()) != std::string::npos;  // a list of names is not a sentence
    while (!word.empty() && std::string(",;:.()?!").find(word.back()) != std::string::npos) word.pop_back();
    bool plain = !word.empty();
    for (char w : word) plain = plain && (std::isalpha(static_cast<unsigned char>(w)) != 0 || w == '\'');
    if (plain) {
      run += (run.empty() ? "" : " ") + word;
      ++words;
      letters += word.size();
    }
    if (!plain || last) {
      if (long_enough()) return run;
      run.clear();
      words = 0;
      letters = 0;
    }
    i = end;
  }
  return long_enough() ? run : std::string();
}
