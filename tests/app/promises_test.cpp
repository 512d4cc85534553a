// docs/delivery-promises.json: its rules expand to a promise with a reason for every cell that Kafka allows. docs/delivery-matrix.json keeps them.
#include <set>
#include <vector>

#include "app/program.h"
#include "support/promises.h"

using namespace kafkascope::promises;

TEST_CASE("the delivery promises give a reason for every outcome in every cell that Kafka allows") {
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

TEST_CASE("the delivery matrix has 200 runs of every cell, with the promise from the file, and no run broke it") {
  const ordered_json file = ordered_json::parse(read(source("docs/delivery-promises.json")));
  const ordered_json matrix = ordered_json::parse(read(source("docs/delivery-matrix.json")));
  const std::vector<Cell> all = cells(file);
  REQUIRE(matrix["cells"].size() == all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const ordered_json& row = matrix["cells"][i];
    CAPTURE(name(all[i]));
    CHECK(row["cell"] == i);
    CHECK(row["seeds"] == 200);
    for (const auto& [axis, value] : all[i]) CHECK(row[axis] == value);
    for (const auto& outcome : file["outcomes"].items()) {
      const ordered_json& of = row[outcome.key()];
      const std::vector<ordered_json> may = reasons(file, "may", outcome.key(), all[i]);
      const std::int64_t seen = of["seen"];
      CHECK(of["promise"] == (may.empty() ? "must not" : "may"));
      CHECK(of.value("never_seen", false) == (!may.empty() && seen == 0));
      if (may.empty()) CHECK(seen == 0);
      std::set<std::string> why;
      for (const ordered_json& rule : may.empty() ? reasons(file, "must_not", outcome.key(), all[i]) : may)
        why.insert(rule["id"]);
      CHECK(of["why"].get<std::set<std::string>>() == why);
    }
  }
}
