// The table of docs/failures.md that sets each part of the protocol of transactions beside what it was before.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "support/lessons.h"

using namespace kafkascope;
using namespace kafkascope::test;
using nlohmann::json;
using scenario::Session;

namespace {

/// A file with one of its variants: `a-story/tv1`, lesson `a-lesson`.
struct Named {
  std::string file, variant;
  friend bool operator==(const Named&, const Named&) = default;
};

struct Row {
  std::string part;
  std::vector<Named> after, before;
  bool same = false;  // nothing has changed
};

/// The path of a story or lesson, empty if there is none.
std::string path_of(const std::string& name, bool lesson) {
  if (!lesson) {
    const std::string path = source_path("tests/stories/" + name + ".json");
    return std::filesystem::exists(path) ? path : std::string();
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_path("scenarios")))
    if (entry.path().filename() == name + ".json") return entry.path().string();
  return {};
}

/// Everything in backticks that is a story or, after the word, a lesson; names of settings have dots.
std::vector<Named> named_in(const std::string& cell) {
  std::vector<Named> all;
  for (std::size_t at = cell.find('`'); at != std::string::npos;) {
    const std::size_t end = cell.find('`', at + 1);
    const std::string text = cell.substr(at + 1, end - at - 1);
    const std::size_t slash = text.find('/');
    const bool lesson = at >= 7 && cell.compare(at - 7, 7, "lesson ") == 0;
    const std::string name = text.substr(0, slash);
    if (name.find('.') == std::string::npos) {
      const std::string path = path_of(name, lesson);
      CHECK_MESSAGE(!path.empty(), name);
      all.push_back({path, slash == std::string::npos ? "base" : text.substr(slash + 1)});
    }
    at = cell.find('`', end + 1);
  }
  return all;
}

std::vector<Row> rows_of_parts() {
  const std::string text = read_text(source_path("docs/failures.md"));
  std::vector<Row> all;
  std::size_t at = text.find("|---|", text.find("## Transactions, part by part"));
  REQUIRE(at != std::string::npos);
  for (at = text.find('\n', at) + 1; at < text.size() && text[at] == '|';) {
    const std::size_t end = text.find('\n', at);
    std::vector<std::string> cells;
    for (std::size_t begin = at + 2; begin < end;) {
      const std::size_t stop = text.find(" |", begin);
      cells.push_back(text.substr(begin, stop - begin));
      begin = stop + 3;
    }
    REQUIRE(cells.size() == 4);
    CAPTURE(cells[0]);
    all.push_back({cells[0], named_in(cells[1]), named_in(cells[2]), cells[2].starts_with("the same")});
    at = end + 1;
  }
  return all;
}

/// The text of a file in which what `there` has to fulfil is expected of `here`.
std::string with_expectations_of(const std::string& text, const std::string& here, const std::string& there) {
  json file = json::parse(text);
  const auto swap = [&](json& one) {
    if (!one.contains("only")) return;
    json names = json::array();
    bool expected = false;
    for (const json& name : one["only"]) {
      expected |= name == there;
      if (name != here) names.push_back(name);
    }
    if (expected) names.push_back(here);
    one["only"] = names;
  };
  json kept = json::array();
  for (json step : file["steps"]) {
    if (step.contains("expect")) swap(step);
    if (!step.contains("only") || !step["only"].empty()) kept.push_back(step);
  }
  file["steps"] = kept;
  json expected = json::array();
  for (json one : file["expect"]) {
    swap(one);
    if (!one.contains("only") || !one["only"].empty()) expected.push_back(one);
  }
  file["expect"] = expected;
  return file.dump();
}

bool holds(const std::string& text, const std::string& variant) {
  Session session(loaded(text, variant));
  session.run_to_end();
  return session.ok();
}

}  // namespace

TEST_CASE("docs/failures.md: each part of the transaction protocol names existing stories for after and before") {
  const std::vector<Row> all = rows_of_parts();
  CHECK(all.size() == 15);
  for (const Row& row : all) {
    CAPTURE(row.part);
    CHECK_FALSE(row.after.empty());
    CHECK_FALSE(row.before.empty());
    for (const auto* cell : {&row.after, &row.before})
      for (const Named& one : *cell) {
        CAPTURE(one.file);
        CAPTURE(one.variant);
        const json file = json::parse(read_text(one.file));
        const json variants = file.value("variants", json::array());
        CHECK((one.variant == "base" ||
               std::any_of(variants.begin(), variants.end(), [&](const json& v) { return v["id"] == one.variant; })));
      }
  }
}

TEST_CASE("docs/failures.md: the story before a change fails the expectations of the story after it, and vice versa") {
  for (const Row& row : rows_of_parts()) {
    CAPTURE(row.part);
    int pairs = 0;
    for (const Named& before : row.before) {
      const auto after =
          std::find_if(row.after.begin(), row.after.end(), [&](const Named& one) { return one.file == before.file; });
      if (row.same || after == row.after.end()) continue;
      ++pairs;
      CAPTURE(before.file);
      CAPTURE(before.variant);
      const std::string text = read_text(before.file);
      CHECK(holds(text, before.variant));
      CHECK_FALSE(holds(with_expectations_of(text, before.variant, after->variant), before.variant));
      CHECK_FALSE(holds(with_expectations_of(text, after->variant, before.variant), after->variant));
    }
    // The two ways of an application with its offsets are different files.
    CHECK((row.same || pairs > 0 || row.part == "offsets in a transaction"));
  }
}
