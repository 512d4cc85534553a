// What g++ accepts on this machine and another build of the same sources does not. Each room of src compiles in one piece, as the
// browser's build compiles it: no two of its files define the same type or constant for themselves. Other builds compile smaller
// pieces, in which such a pair may happen to be apart. And clang 14 makes no constant of a key in a lambda with an auto parameter.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
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

/// Whether the text has a lambda with an auto parameter whose body contains a key ("ui.undo"_w).
bool has_key_in_generic_lambda(const std::string& text) {
  static const std::regex kBegins("\\]\\s*\\([^()]*\\bauto\\b[^()]*\\)[^{};]*\\{");
  for (std::sregex_iterator found(text.begin(), text.end(), kBegins), end; found != end; ++found) {
    std::size_t at = static_cast<std::size_t>(found->position() + found->length());
    for (int depth = 1; depth > 0 && at < text.size(); ++at) {
      if (text[at] == '{') ++depth;
      if (text[at] == '}') --depth;
      if (text.compare(at, 3, "\"_w") == 0) return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE(
    "one piece: no key stands in a lambda with an auto parameter: clang 14 would call the function that makes the constant") {
  CHECK(has_key_in_generic_lambda("any_of([](const auto& step) { return step.key == \"why.no_effects\"_w; })"));
  CHECK_FALSE(has_key_in_generic_lambda("any_of([](const Step& step) { return step.key == \"why.no_effects\"_w; })"));
  CHECK_FALSE(has_key_in_generic_lambda("any_of([](const auto& step) { return step.shown; }), \"why.no_effects\"_w"));
  int files = 0;
  for (const char* const folder : {"src", "tests"})
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(fs::path(source_root()) / folder)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") continue;
      if (entry.path().filename() == "one_piece_test.cpp") continue;
      ++files;
      std::ifstream in(entry.path());
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      CHECK_MESSAGE(!has_key_in_generic_lambda(text), entry.path().string(), ": name the parameter's type");
    }
  CHECK(files > 900);
}

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
