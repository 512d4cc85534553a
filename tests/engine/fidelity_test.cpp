// docs/fidelity.md names tests; these tests check that they exist.
#include <doctest/doctest.h>

#include <map>
#include <regex>
#include <set>

#include "support/lessons.h"

using namespace kafkascope;
using namespace kafkascope::test;

namespace {

std::vector<std::string> rows_of(const std::string& text) {
  std::vector<std::string> rows;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (line.starts_with("| ") && !line.starts_with("| what |")) rows.push_back(line);
    at = end + 1;
  }
  return rows;
}

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t begin = text.find(from);
  REQUIRE(begin != std::string::npos);
  return text.substr(begin, text.find(to, begin + from.size()) - begin);
}

/// The texts in backticks after a word, such as x in "story `x`", and x and y in "stories `x`, `y`".
std::vector<std::string> named(const std::string& row, const std::string& word) {
  std::vector<std::string> names;
  for (std::size_t at = row.find(word); at != std::string::npos; at = row.find(word, at + 1)) {
    for (std::size_t begin = row.find('`', at) + 1, more = 0; more != std::string::npos; begin = more + 3) {
      const std::size_t end = row.find('`', begin);
      if (const std::string name = row.substr(begin, end - begin); more == 0 || name.find('/') == std::string::npos)
        names.push_back(name);
      more = row.compare(end + 1, 3, ", `") == 0 ? end + 1 : std::string::npos;
    }
  }
  return names;
}

}  // namespace

TEST_CASE("docs/fidelity.md: every file, story and lesson named in a row exists") {
  const std::string text = read_text(source_path("docs/fidelity.md"));
  std::set<std::string> lessons;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_path("scenarios")))
    lessons.insert(entry.path().stem().string());
  for (const std::string& row : rows_of(text)) {
    CAPTURE(row);
    for (const std::string& path : named(row, "`tests/"))
      if (path.starts_with("tests/")) CHECK_MESSAGE(std::filesystem::exists(source_path(path)), path);
    for (const char* word : {"story `", "stories `"})
      for (const std::string& story : named(row, word))
        CHECK_MESSAGE(std::filesystem::exists(source_path("tests/stories/" + story + ".json")), story);
    for (const char* word : {"lesson `", "lessons `"})
      for (const std::string& lesson : named(row, word)) CHECK_MESSAGE(lessons.contains(lesson), lesson);
  }
}

TEST_CASE("docs/fidelity.md: every test case that a row quotes after a file's name exists in that file") {
  std::map<std::string, std::string> files;
  int cases = 0;
  for (const std::string& row : rows_of(read_text(source_path("docs/fidelity.md")))) {
    CAPTURE(row);
    for (std::size_t at = row.find("`tests/"); at != std::string::npos; at = row.find("`tests/", at + 1)) {
      const std::size_t end = row.find('`', at + 1);
      const std::string path = row.substr(at + 1, end - at - 1);
      if (row.substr(end, 3) != "` \"") continue;
      const std::string test_case = row.substr(end + 3, row.find('"', end + 3) - end - 3);
      auto [file, fresh] = files.try_emplace(path);
      if (fresh)  // a long name has a line of its own
        file->second = std::regex_replace(read_text(source_path(path)), std::regex("TEST_CASE\\(\\s+"), "TEST_CASE(");
      CHECK_MESSAGE(file->second.find("TEST_CASE(\"" + test_case + "\")") != std::string::npos, path, ": ", test_case);
      ++cases;
    }
  }
  CHECK(cases > 100);
}

TEST_CASE("docs/fidelity.md: each row of the two sections has one behaviour and at least one test case") {
  const std::string text = read_text(source_path("docs/fidelity.md"));
  const std::map<std::string, std::size_t> sections{{"Storage, replication, disks and metrics", 100},
                                                    {"Producers, consumers and classic groups", 60}};
  for (const auto& section : sections) {
    const std::string& title = section.first;
    CAPTURE(title);
    const std::vector<std::string> rows = rows_of(between(text, "\n## " + title, "\n## "));
    CHECK(rows.size() >= section.second);
    std::set<std::string> seen;
    for (const std::string& row : rows) {
      CAPTURE(row);
      CHECK(seen.insert(row.substr(0, row.find(" | ", 2))).second);  // no behaviour is listed twice
      std::size_t tests = named(row, "story `").size();
      for (std::size_t at = row.find("`tests/"); at != std::string::npos; at = row.find("`tests/", at + 1)) {
        CHECK(row.substr(row.find('`', at + 1), 3) == "` \"");
        ++tests;
      }
      CHECK(tests >= 1);
    }
  }
}
