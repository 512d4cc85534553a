#include "observe/model/state_document.h"

#include <nlohmann/json.hpp>

#include "observe/model/acts.h"
#include "observe/model/state_sections.h"

namespace kafkascope::observe {

using nlohmann::json;

std::vector<std::string> split_pointer(std::string_view pointer) {
  std::vector<std::string> tokens;
  std::size_t i = 0;
  while (i < pointer.size()) {
    ++i;  // the slash
    std::string token;
    for (; i < pointer.size() && pointer[i] != '/'; ++i) {
      if (pointer[i] == '~' && i + 1 < pointer.size()) {
        token += pointer[++i] == '1' ? '/' : '~';
      } else {
        token += pointer[i];
      }
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

namespace {

constexpr std::string_view kSections[] = {"time_us", "cluster",      "nodes",      "topics",    "partitions",
                                          "groups",  "transactions", "clients",    "zookeeper", "ledger",
                                          "records", "sinks",        "invariants", "metrics",   "acts"};

/// only: "" = all entries of a section with named entries.
json section(const Moment& m, std::string_view name, const std::string& only, const std::string& inner,
             const std::string& innermost = "") {
  if (name == "time_us") return m.cluster.now().us;
  if (name == "cluster") return cluster_section(m);
  if (name == "nodes") return nodes_section(m, only, inner);
  if (name == "topics") return topics_section(m, only);
  if (name == "partitions") return partitions_section(m, only, inner);
  if (name == "groups") return groups_section(m, only);
  if (name == "clients") return clients_section(m, only, inner);
  if (name == "sinks") return sinks_section(m, only);
  if (name == "ledger") return ledger_section(m, only);
  if (name == "records") return records_section(m, only, inner);
  if (name == "invariants") return invariants_section(m);
  if (name == "metrics") return metrics_section(m, only, inner, innermost);
  if (name == "acts") return acts_section(m, only);
  if (name == "zookeeper") return zookeeper_section(m, only);
  return transactions_section(m, only);
}

}  // namespace

std::optional<json> state_at(const Moment& m, std::string_view pointer) {
  const auto tokens = split_pointer(pointer);
  if (tokens.empty()) {
    json whole = json::object();
    for (std::string_view name : kSections)
      if (name != "records") whole[std::string(name)] = section(m, name, "", "");  // records are only built on request
    return whole;
  }
  if (std::find(std::begin(kSections), std::end(kSections), tokens[0]) == std::end(kSections)) return std::nullopt;
  json value = section(m, tokens[0], tokens.size() > 1 ? tokens[1] : "", tokens.size() > 2 ? tokens[2] : "",
                       tokens.size() > 3 ? tokens[3] : "");
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    if (value.is_object()) {
      const auto it = value.find(tokens[i]);
      if (it == value.end()) return std::nullopt;
      json next = std::move(*it);
      value = std::move(next);
    } else if (value.is_array()) {
      if (tokens[i].empty() || tokens[i].find_first_not_of("0123456789") != std::string::npos || tokens[i].size() > 9)
        return std::nullopt;
      const auto index = static_cast<std::size_t>(std::stoul(tokens[i]));
      if (index >= value.size()) return std::nullopt;
      json next = std::move(value[index]);
      value = std::move(next);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

}  // namespace kafkascope::observe
