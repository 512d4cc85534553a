// The catalogues' files and the sources, for the tests.
#pragma once
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/places.h"

inline std::filesystem::path words_source(const std::string& below) {
  return std::filesystem::path(source_root()) / below;
}

inline std::string words_read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

/// Every file of src/ with one of these endings.
inline std::vector<std::filesystem::path> words_sources() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(words_source("src"))) {
    const std::string ending = entry.path().extension().string();
    if (entry.is_regular_file() &&
        (ending == ".cpp" || ending == ".h" || ending == ".def" || ending == ".js" || ending == ".html"))
      files.push_back(entry.path());
  }
  return files;
}
