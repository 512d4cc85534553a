// No class is so large that a newcomer cannot read its declaration at a glance.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <regex>
#include <string>
#include <string_view>

#include "support/code_of.h"
#include "support/places.h"

namespace {

constexpr int kMost = 60;

bool declares_method(std::string statement) {
  static const std::regex not_one(R"(^\s*(using|friend|typedef|static_assert|KAFKASCOPE_)|^[^(]*=)");
  statement = std::regex_replace(statement, std::regex(R"(^\s*(public|private|protected)\s*:)"), "");
  const std::size_t opens = statement.find('(');
  if (opens == std::string::npos || opens == 0) return false;
  if (statement.find("operator") == std::string::npos && std::regex_search(statement, not_one)) return false;
  const std::size_t last = statement.find_last_not_of(' ', opens - 1);
  return last != std::string::npos && (std::isalnum(static_cast<unsigned char>(statement[last])) != 0 ||
                                       statement[last] == '_' || statement[last] == '=');
}

/// The number of methods declared in each class, by "file: class"; methods of nested classes count only for the nested
/// class.
std::map<std::string, int> methods_below(const std::filesystem::path& folder) {
  static const std::regex begins(R"(\b(class|struct)\s+(?:\[\[\w+\]\]\s*)?(\w+)(?:\s+final)?\s*(?::[^{;]*)?\{)");
  std::map<std::string, int> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".h") continue;
    const std::string code = code_of(entry.path());
    for (std::sregex_iterator it(code.begin(), code.end(), begins), end; it != end; ++it) {
      int depth = 1, methods = 0;
      std::string statement;
      for (std::size_t at = static_cast<std::size_t>(it->position() + it->length()); at < code.size() && depth > 0;
           ++at) {
        const char c = code[at];
        if (c == '{') ++depth;
        if ((c == '{' && depth == 2) || (c == ';' && depth == 1)) {
          methods += declares_method(statement) ? 1 : 0;
          statement.clear();
        } else if (c == '}') {
          --depth;
        } else if (depth == 1) {
          statement += c;
        }
      }
      found[std::filesystem::relative(entry.path(), folder).generic_string() + ": " + (*it)[2].str()] = methods;
    }
  }
  return found;
}

}  // namespace

TEST_CASE("No class has more than 60 methods") {
  const auto found = methods_below(std::filesystem::path(source_root()) / "src");
  REQUIRE(found.size() > 500);
  for (const auto& entry : found) {
    CAPTURE(entry.first);
    CHECK(entry.second <= kMost);
  }
}
