// docs/delivery-promises.json: its rules expand to a promise with a reason for every cell that Kafka allows.
#include <set>
#include <vector>

#include "app/program.h"
#include "support/promises.h"

using namespace kafkascope::promises;

TEST_CASE("the promises about delivery give a reason for every outcome of every cell that Kafka allows") {
  const ordered_json file = ordered_json::parse(read(source("docs/delivery-promises.json")));
  std::set<std::string> ids, outcomes;
  for (const auto& outcome : file["outcomes"].items()) outcomes.insert(outcome.key());
  REQUIRE(outcomes == std::set<std::string>{"lost", "duplicated", "reordered", "skipped"});
  for (const char* kind : {"not_allowed", "may", "must_not"})
    for (const ordered_json& rule : file[kind]) {
      const std::string why = rule["why"];
      CAPTURE(why);
      CHECK(why.size() > 20);
      CHECK(!rule["source"].empty());
      for (const std::string source : rule["source"]) CHECK_MESSAGE(file["sources"].contains(source), source);
      for (const auto& wanted : rule["when"].items()) {
        REQUIRE_MESSAGE(file["axes"].contains(wanted.key()), wanted.key());
        for (const std::string& value : values(wanted.value()))
          CHECK_MESSAGE(file["axes"][wanted.key()].contains(value), value);
      }
      if (kind == std::string("not_allowed")) continue;
      CHECK(ids.insert(rule["id"]).second);
      CHECK(outcomes.contains(rule["outcome"]));
      CHECK(rule.contains("part") == (rule["outcome"] == "duplicated"));
    }

  const std::vector<Cell> all = cells(file);
  CHECK(all.size() == 320);
  CHECK(read(source("docs/delivery-promises.md")).find("They are " + std::to_string(all.size()) + ".") !=
        std::string::npos);
  std::set<std::string> decided;
  for (const Cell& cell : all)
    for (const std::string& outcome : outcomes) {
      CAPTURE(name(cell));
      CAPTURE(outcome);
      std::vector<ordered_json> why = reasons(file, "may", outcome, cell);
      if (why.empty()) {
        why = reasons(file, "must_not", outcome, cell);
        CHECK(!why.empty());
        std::set<std::string> parts;
        for (const ordered_json& rule : why) parts.insert(rule.value("part", std::string()));
        if (outcome == "duplicated") CHECK(parts == std::set<std::string>{"log", "work"});
      }
      for (const ordered_json& rule : why) decided.insert(rule["id"]);
    }
  for (const std::string& id : ids) CHECK_MESSAGE(decided.contains(id), id, " decides nothing");
}
