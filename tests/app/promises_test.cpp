// docs/delivery-promises.json: its rules expand to a promise with a reason for every cell that Kafka allows.
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "app/program.h"

using nlohmann::ordered_json;

namespace {

using Cell = std::map<std::string, std::string>;  // axis: value

std::set<std::string> values(const ordered_json& one_or_several) {
  if (one_or_several.is_string()) return {one_or_several.get<std::string>()};
  return one_or_several.get<std::set<std::string>>();
}

bool fits(const ordered_json& rule, const Cell& cell) {
  for (const auto& [axis, wanted] : rule["when"].items())
    if (!values(wanted).contains(cell.at(axis))) return false;
  return true;
}

/// Every combination, the last axis changing fastest, without those that are not allowed.
std::vector<Cell> cells(const ordered_json& file) {
  std::vector<Cell> all{{}};
  for (const auto& [axis, meanings] : file["axes"].items()) {
    std::vector<Cell> longer;
    for (const Cell& begun : all)
      for (const auto& [value, meaning] : meanings.items()) {
        longer.push_back(begun);
        longer.back()[axis] = value;
      }
    all = std::move(longer);
  }
  std::erase_if(all, [&](const Cell& cell) {
    return std::any_of(file["not_allowed"].begin(), file["not_allowed"].end(),
                       [&](const ordered_json& rule) { return fits(rule, cell); });
  });
  return all;
}

std::string name(const Cell& cell) {
  return "acks " + cell.at("acks") + ", retries " + cell.at("retries") + ", idempotence " + cell.at("idempotence") +
         ", commit " + cell.at("commit") + ", " + cell.at("fault");
}

}  // namespace

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
      const auto reasons = [&](const char* kind) {
        std::vector<ordered_json> found;
        for (const ordered_json& rule : file[kind])
          if (rule["outcome"] == outcome && fits(rule, cell)) found.push_back(rule);
        return found;
      };
      std::vector<ordered_json> why = reasons("may");
      if (why.empty()) {
        why = reasons("must_not");
        CHECK(!why.empty());
        std::set<std::string> parts;
        for (const ordered_json& rule : why) parts.insert(rule.value("part", std::string()));
        if (outcome == "duplicated") CHECK(parts == std::set<std::string>{"log", "work"});
      }
      for (const ordered_json& rule : why) decided.insert(rule["id"]);
    }
  for (const std::string& id : ids) CHECK_MESSAGE(decided.contains(id), id, " decides nothing");
}
