// Each room of src compiles in one piece, as the browser's build compiles it: no two of its files define the same type or constant
// for themselves. Other builds compile smaller pieces, in which such a pair may happen to be apart.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "support/places.h"

namespace fs = std::filesystem;

namespace {

/// What the file defines in its unnamed namespaces, at the beginning of a line: types and constants.
std::set<std::string> own_names(const fs::path& file) {
  static const std::regex kType("^(?:struct|class|enum class|enum) (\\w+)[^;(]*\\{.*"),
      kConstant("^(?:constexpr|const|static constexpr|inline constexpr) .*?\\b(k[A-Z]\\w*)\\b.*");
  std::set<std::string> names;
  int unnamed = 0;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::smatch found;
    if (line == "namespace {") ++unnamed;
    else if (line.starts_with("}  // namespace") && unnamed > 0) --unnamed;
    else if (unnamed > 0 && (std::regex_match(line, found, kType) || std::regex_match(line, found, kConstant)))
      names.insert(found[1].str());
  }
  return names;
}

}  // namespace

TEST_CASE("one piece: no two files of a room define the same type or constant in an unnamed namespace") {
  int files = 0;
  for (const fs::directory_entry& room : fs::directory_iterator(fs::path(source_root()) / "src")) {
    if (!room.is_directory() || room.path().filename() == "app" || room.path().filename() == "ui")
      continue;  // in smaller pieces
    std::map<std::string, std::string> first;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(room.path())) {
      if (entry.path().extension() != ".cpp") continue;
      ++files;
      const std::string file = fs::relative(entry.path(), source_root()).generic_string();
      for (const std::string& name : own_names(entry.path())) {
        const auto known = first.emplace(name, file);
        CHECK_MESSAGE(known.second, name, " is defined in ", known.first->second, " and ", file);
      }
    }
  }
  CHECK(files > 300);
}
