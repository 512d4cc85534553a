// A source file's text for tests that count what it has.
#pragma once
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>

/// The text without comments, string literals and preprocessor lines.
inline std::string code_of(const std::filesystem::path& file) {
  std::stringstream all;
  all << std::ifstream(file).rdbuf();
  std::string out;
  for (std::string line; std::getline(all, line);) {
    if (const std::size_t comment = line.find("//"); comment != std::string::npos) line.resize(comment);
    if (line.find_first_not_of(' ') != std::string::npos && line[line.find_first_not_of(' ')] == '#') continue;
    out += line + ' ';
  }
  return std::regex_replace(out, std::regex(R"("(\\.|[^"\\])*")"), "\"\"");
}
