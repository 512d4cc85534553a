// assets/misconceptions.json: beliefs that people really hold, each with the lesson and step that disproves it.
#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "scenario/files.h"

using nlohmann::json;

TEST_CASE(
    "misconceptions: each is complete in both languages and linked to the step that refutes it; questions name only known ones") {
  const json beliefs = json::parse(read_text(source_path("assets/misconceptions.json")));
  CHECK(beliefs.size() >= 24);
  std::map<std::string, json> lessons;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_path("scenarios"))) {
    if (entry.path().extension() != ".json") continue;
    json lesson = json::parse(read_text(entry.path()));
    const std::string id = lesson["id"];
    lessons[id] = std::move(lesson);
  }
  std::set<std::string> known;
  for (const json& b : beliefs) {
    CAPTURE(b["id"].get<std::string>());
    for (const char* text : {"belief", "truth"})
      for (const char* language : {"en", "ko"}) CHECK(b[text][language].get<std::string>().size() > 10);
    const std::string lesson = b["lesson"], step = b["step"];
    CHECK(known.insert(b["id"]).second);
    if (!lessons.contains(lesson)) continue;  // the lesson is not bundled yet
    bool found = false;
    for (const json& s : lessons[lesson]["steps"]) {
      const bool named = s.contains("id") && s["id"] == step;          // a numeric id belongs to add_broker
      found = found || named || (step == "ask" && s.contains("ask"));  // "ask": the lesson's question
    }
    CHECK_MESSAGE(found, lesson, " has no step ", step);
  }
  for (const auto& [id, lesson] : lessons)
    for (const json& s : lesson["steps"]) {
      if (!s.contains("ask")) continue;
      for (const json& choice : s["ask"].value("choices", json::array())) {
        if (!choice.contains("belief")) continue;
        const std::string belief = choice["belief"];
        CAPTURE(belief);
        CHECK(known.contains(belief));  // several lessons may ask about a belief; the link leads to one of them
      }
    }
}
