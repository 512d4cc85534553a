// docs/delivery-promises.json, expanded as described in docs/delivery-promises.md: the cells, and the promises for each cell.
#pragma once
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kafkascope::promises {

using nlohmann::ordered_json;

using Cell = std::map<std::string, std::string, std::less<>>;  // axis: value

inline std::set<std::string> values(const ordered_json& one_or_several) {
  if (one_or_several.is_string()) return {one_or_several.get<std::string>()};
  return one_or_several.get<std::set<std::string>>();
}

inline bool fits(const ordered_json& rule, const Cell& cell) {
  for (const auto& [axis, wanted] : rule["when"].items())
    if (!values(wanted).contains(cell.at(axis))) return false;
  return true;
}

/// Every combination, the last axis changing fastest, without forbidden combinations.
inline std::vector<Cell> cells(const ordered_json& file) {
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

inline std::string name(const Cell& cell) {
  return "acks " + cell.at("acks") + ", retries " + cell.at("retries") + ", idempotence " + cell.at("idempotence") +
         ", commit " + cell.at("commit") + ", " + cell.at("fault");
}

/// The rules of `kind` ("may", "must_not") for that outcome of the cell.
inline std::vector<ordered_json> reasons(const ordered_json& file, std::string_view kind, std::string_view outcome,
                                         const Cell& cell) {
  std::vector<ordered_json> found;
  for (const ordered_json& rule : file[kind])
    if (rule["outcome"] == outcome && fits(rule, cell)) found.push_back(rule);
  return found;
}

}  // namespace kafkascope::promises
