// The README files: their output is the program's, and the files they name exist.
#include <regex>
#include <set>

#include "app/program.h"

namespace fs = std::filesystem;

namespace {

/// The text between ``` lines, in order.
std::vector<std::string> blocks(const std::string& text) {
  std::vector<std::string> found;
  for (std::size_t at = text.find("\n```"); at != std::string::npos; at = text.find("\n```", at)) {
    const std::size_t begin = text.find('\n', at + 1) + 1, end = text.find("\n```", begin - 1);
    if (end == std::string::npos) break;
    found.push_back(text.substr(begin, end + 1 - begin));
    at = end + 4;
  }
  return found;
}

}  // namespace

TEST_CASE(
    "README: its 12 lines are those of the file, its output is the program's, its commands work and its links lead to files") {
  std::set<std::string> tried;
  for (const std::string name : {"README.md", "README.ko.md"}) {
    CAPTURE(name);
    const std::string text = read(source(name));
    const auto shown = blocks(text);
    REQUIRE(shown.size() >= 2);
    CHECK(shown[0] == read(source("docs/examples/first.json")));
    CHECK(std::count(shown[0].begin(), shown[0].end(), '\n') == 12);
    int outputs = 0;
    for (const std::string& block : shown) {
      constexpr std::string_view kPrompt = "$ build/release/kafkascope ";
      if (!block.starts_with(kPrompt)) continue;
      const std::size_t line = block.find('\n');
      const std::string arguments = block.substr(kPrompt.size(), line - kPrompt.size());
      const Ran r = run(arguments + " 2>&1",
                        "cd " + source("").string() + " && " + (name == "README.ko.md" ? kKorean : kEnglish));
      CHECK(r.status == 0);
      CHECK(r.out == block.substr(line + 1));
      ++outputs;
    }
    CHECK(outputs >= 1);
    const std::regex link("\\]\\(([^)#]+)\\)"),
        file("`(?:scripts/run |build/release/kafkascope [a-z]* ?)?((?:scenarios|docs|scripts)/[^` ]+)`");
    for (const std::regex& pattern : {link, file})
      for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it)
        CHECK_MESSAGE(fs::exists(source((*it)[1])), (*it)[1].str());
    // The dashboard's tests cover pictures and pages.
    const std::regex shown_command("`kafkascope ((?:run|tell|inspect|compare|check|list)[^`]*)`");
    for (std::sregex_iterator it(text.begin(), text.end(), shown_command), end; it != end; ++it) {
      const std::string arguments = (*it)[1];
      CAPTURE(arguments);
      if (tried.insert(arguments).second)
        CHECK(run(arguments + " >/dev/null 2>&1 </dev/null", "cd " + source("").string() + " && " + kEnglish).status ==
              0);
    }
    const std::regex command("kafkascope ([a-z]+) ");
    const std::string help = run("--help").out;
    for (std::sregex_iterator it(text.begin(), text.end(), command), end; it != end; ++it)
      CHECK_MESSAGE(help.find("\n  " + (*it)[1].str() + " ") != std::string::npos, (*it)[1].str());
  }
}

TEST_CASE("README says, in the words of the window, that Why? also goes forwards") {
  CHECK(read(source("README.md")).find("also led to") != std::string::npos);
  CHECK(read(source("README.ko.md")).find("의 일로 생긴 다른 일") != std::string::npos);
  CHECK(read(source("assets/words/en.json")).find("\"ui.why_effects\": \"what happened at {time} also led to\"") !=
        std::string::npos);
  CHECK(read(source("assets/words/ko.json")).find("\"ui.why_effects\": \"{time}의 일로 생긴 다른 일\"") !=
        std::string::npos);
}

TEST_CASE("README names the short and the full test run, each with its duration in minutes") {
  for (const std::string name : {"README.md", "README.ko.md"}) {
    CAPTURE(name);
    const std::string text = read(source(name));
    for (const std::string command : {"| `scripts/test` |", "| `scripts/test --all` |"}) {
      CAPTURE(command);
      const std::size_t row = text.find(command);
      REQUIRE(row != std::string::npos);
      const std::string told = text.substr(row, text.find('\n', row) - row);
      CHECK((told.find("minutes") != std::string::npos || told.find("분") != std::string::npos));
    }
  }
  CHECK(read(source(".ci/run")).find("scripts/test\" --all") != std::string::npos);
  CHECK(read(source("scripts/test")).find("--all") != std::string::npos);
}
