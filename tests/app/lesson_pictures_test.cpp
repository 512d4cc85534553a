// docs/lessons: the index lists exactly the bundled lessons, each with its pictures, and its quotations are the lessons' own words
// (scripts/lesson-pictures).
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <vector>

#include "app/program.h"

namespace fs = std::filesystem;

namespace {

std::vector<std::string> lines_of(const std::string& file) {
  std::istringstream in(read(source(file)));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line.front() != '#') lines.push_back(line);
  return lines;
}

/// The text of the first group of `expression`, for each match in the text.
std::vector<std::string> found(const std::string& text, const std::string& expression) {
  const std::regex pattern(expression);
  std::vector<std::string> all;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) all.push_back((*it)[1]);
  return all;
}

/// A sentence of a lesson in the index, without backslashes and quotation marks.
std::string plain(std::string text) {
  for (const char* mark : {"\n>\n> ", "\n> "})
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos;)
      text.replace(at, std::strlen(mark), "\n\n");
  std::erase(text, '\\');
  return text;
}

}  // namespace

TEST_CASE("the index of the lessons' pictures has every lesson and no other, with the sentences of its steps") {
  const std::vector<std::string> lessons = lines_of("scenarios/curriculum.txt");
  std::map<std::string, std::vector<std::string>> moments;
  std::vector<std::string> drawn;
  for (const std::string& line : lines_of("docs/lessons/moments.txt")) {
    std::istringstream words(line);
    std::string lesson;
    words >> lesson;
    drawn.push_back(lesson);
    for (std::string step; words >> step;) moments[lesson].push_back(step.substr(0, step.find('+')));
    CHECK_MESSAGE(moments[lesson].size() >= 2, lesson);
  }
  CHECK(drawn == lessons);
  std::set<std::string> pictures;
  for (const char* lang : {"en", "ko"}) {
    const std::string index = read(source(std::string("docs/lessons/README") + (lang[0] == 'k' ? ".ko.md" : ".md")));
    CHECK(found(index, "\\(\\.\\./\\.\\./scenarios/([a-z0-9/-]+)\\.json\\)") == lessons);
    const std::string text = plain(index);
    std::size_t shown = 0, wanted = 0;
    for (const std::string& picture : found(index, "!\\[[^\\]]*\\]\\(([^)]+)\\)")) {
      CHECK_MESSAGE(fs::exists(source("docs/lessons/" + picture)), picture);
      pictures.insert(picture);
      ++shown;
    }
    for (const auto& [lesson, steps] : moments) {
      const nlohmann::json file = nlohmann::json::parse(read(source("scenarios/" + lesson + ".json")));
      wanted += steps.size();
      for (const std::string& name : steps) {
        std::string said;
        for (const nlohmann::json& step : file["steps"])
          if (step.contains("say") && step.value("id", nlohmann::json()) == name) said = step["say"][lang];
        const std::string where = lesson + " " + name + ": run scripts/lesson-pictures --missing";
        CHECK_MESSAGE(!said.empty(), where);
        CHECK_MESSAGE(text.find(said) != std::string::npos, where);
      }
    }
    CHECK(shown == wanted);
  }
  for (const auto& entry : fs::directory_iterator(source("docs/lessons")))
    if (entry.path().extension() == ".png")
      CHECK_MESSAGE(pictures.count(entry.path().filename().string()) == 1, entry.path());
}

TEST_CASE("each lesson's pictures have a grade with a reason") {
  const std::string grades = read(source("docs/lessons/grades.md"));
  CHECK(found(grades, "\\n\\| ([a-z0-9/-]+) \\| [A-D] \\| [^|]+ \\|") == lines_of("scenarios/curriculum.txt"));
}
