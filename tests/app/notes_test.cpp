// docs/notes.md and docs/notes.ko.md: both have the same statements, and at each moment that they name the lesson says or does something.
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <vector>

#include "app/program.h"

namespace fs = std::filesystem;

namespace {

/// A row of the tables: its number, its mark, the last version for which it was true, its links, and the lessons that it lists as planned.
struct Statement {
  std::string number;
  std::size_t mark = 0;
  std::string until;
  std::vector<std::string> links;
  std::string planned;
};

/// `kinds`: the beginnings of the marks; of two that match, the later one counts.
std::vector<Statement> statements(const std::string& text, const std::vector<std::string>& kinds) {
  std::vector<Statement> found;
  const std::regex row("\\| ([1-5]\\.[0-9]+) \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\|");
  const std::regex version("\\(([0-9.]+)\\)"), link("\\[[^\\]]+\\]\\([^)]+\\)"), planned("\\* \\(([a-z, -]+)\\)");
  for (std::sregex_iterator it(text.begin(), text.end(), row), end; it != end; ++it) {
    Statement s{(*it)[1], kinds.size(), "", {}, ""};
    const std::string mark = (*it)[3], moments = (*it)[5];
    for (std::size_t kind = 0; kind < kinds.size(); ++kind)
      if (mark.starts_with(kinds[kind])) s.mark = kind;
    if (std::smatch until; std::regex_search(mark, until, version)) s.until = until[1];
    for (std::sregex_iterator at(moments.begin(), moments.end(), link); at != end; ++at) s.links.push_back(at->str());
    if (std::smatch names; std::regex_search(moments, names, planned)) s.planned = names[1];
    found.push_back(std::move(s));
  }
  return found;
}

/// The times at which a lesson says or does something, in microseconds.
std::set<std::int64_t> told(const fs::path& file) {
  const Ran r = run("run --json --variant base " + file.string());
  REQUIRE(r.status == 0);
  std::set<std::int64_t> times;
  const nlohmann::json report = nlohmann::json::parse(r.out);
  for (const auto& step : report["steps"])
    if (step["what"] == "say" || step["what"] == "do") times.insert(step["at_us"].get<std::int64_t>());
  return times;
}

}  // namespace

TEST_CASE(
    "the study notes have the same verdicts in both languages, and their links lead to moments of lessons that show what they say") {
  const auto english = statements(read(source("docs/notes.md")), {"true", "true then (", "needs care", "–"});
  const auto korean = statements(read(source("docs/notes.ko.md")), {"맞음", "그때는 맞음(", "주의", "–"});
  REQUIRE(english.size() >= 120);
  REQUIRE(english.size() == korean.size());
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(source("scenarios")))
    if (entry.path().extension() == ".json") files.insert(entry.path().stem().string());
  std::map<std::string, std::set<std::int64_t>> lessons;
  const std::regex link(
      "\\[([a-z0-9-]+)@([0-9]+)(?:\\.([0-9]{1,3}))?s\\]\\(\\.\\./(scenarios/[a-z]+/([a-z0-9-]+)\\.json)\\)");
  const std::regex name("[a-z0-9-]+");
  for (std::size_t i = 0; i < english.size(); ++i) {
    const Statement& s = english[i];
    CAPTURE(s.number);
    CHECK(s.number == korean[i].number);
    CHECK(s.mark < 4);
    CHECK(s.mark == korean[i].mark);
    CHECK(s.until == korean[i].until);
    CHECK(s.until.empty() == (s.mark != 1));
    CHECK(s.links == korean[i].links);
    CHECK(s.planned == korean[i].planned);
    CHECK_FALSE(s.links.empty());  // a planned lesson alone shows nothing
    for (std::sregex_iterator it(s.planned.begin(), s.planned.end(), name), end; it != end; ++it)
      CHECK_MESSAGE(!files.contains(it->str()), it->str(), " is a lesson now: link to its moment");
    for (const std::string& text : s.links) {
      CAPTURE(text);
      std::smatch part;
      REQUIRE(std::regex_match(text, part, link));
      CHECK(part[1] == part[5]);
      REQUIRE(fs::exists(source(part[4])));
      if (!lessons.contains(part[1])) lessons[part[1]] = told(source(part[4]));
      const std::set<std::int64_t>& times = lessons[part[1]];
      const std::int64_t ms = std::stoll(part[2]) * 1000 + std::stoll((part[3].str() + "000").substr(0, 3));
      const auto last = times.upper_bound(ms * 1000);  // the link opens just after the event
      CHECK((last != times.begin() && *std::prev(last) > (ms - 1) * 1000));
    }
  }
}
