#include "scenario/other_mode.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "observe/model/state_document.h"

namespace kafkascope::scenario {

namespace {

using nlohmann::json;
using Change = std::pair<std::string, std::string>;

/// A setting that only one of the modes has, and what the other has in its place; empty: nothing, and the run does
/// without it.
struct Setting {
  std::string_view kraft, zookeeper;
};
constexpr std::array kSettings{Setting{"broker.session.timeout.ms", "zookeeper.session.timeout.ms"},
                               Setting{"socket.connection.setup.timeout.ms", ""},
                               Setting{"socket.connection.setup.timeout.max.ms", ""}};
constexpr std::string_view kAuthorizer = "authorizer.class.name";
constexpr Setting kAuthorizers{"org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                               "kafka.security.authorizer.AclAuthorizer"};

/// A part of a path: the name of a member of a list that has names, else the part itself.
std::string name_in(const json& list, const std::string& part) {
  const json* item = list.is_array() ? &list[json::json_pointer("/" + part)] : nullptr;  // the part is a number
  if (item == nullptr || !item->is_object() || item->contains("do")) return part;
  for (const char* key : {"id", "name"}) {
    if (!item->contains(key)) continue;
    const json& value = (*item)[key];
    return value.is_string() ? value.get<std::string>() : value.dump();
  }
  return part;
}

/// What `pointer` names, and its path as --set has it.
struct Place {
  const json* value;
  std::string path;
};
std::optional<Place> place_of(const json& document, const std::vector<std::string>& parts) {
  Place place{&document, {}};
  for (const std::string& part : parts) {
    json::json_pointer next;
    next.push_back(part);
    if (!place.value->contains(next)) return std::nullopt;
    place.path += (place.path.empty() ? "" : "/") + name_in(*place.value, part);
    place.value = &(*place.value)[next];
  }
  return place;
}

/// A setting that the mode does not have: its counterpart gets its value.
std::vector<Change> instead_of(const Place& place, const std::string& key, bool zookeeper) {
  for (const Setting& s : kSettings) {
    if (key != (zookeeper ? s.kraft : s.zookeeper) || key.empty()) continue;
    std::vector<Change> changes{{place.path, "null"}};
    const std::string_view other = zookeeper ? s.zookeeper : s.kraft;
    const std::string folder = place.path.substr(0, place.path.size() - key.size());
    if (!other.empty()) changes.emplace_back(folder + std::string(other), place.value->dump());
    return changes;
  }
  return {};
}

/// The node that takes the part of `name` in the other mode: as the file says, else, for a network that is cut, the server of
/// ZooKeeper or the controller with that number; empty: none.
std::string counterpart_of(const json& document, const std::string& name, bool of_network, bool zookeeper) {
  const json::json_pointer place = json::json_pointer("/counterparts") / name;
  if (document.contains(place) && document[place].is_string()) return document[place].get<std::string>();
  const std::string from = zookeeper ? "controller-" : "zookeeper-";
  if (!of_network || !name.starts_with(from)) return {};
  return (zookeeper ? "zookeeper-" : "controller-") + name.substr(from.size());
}

/// A condition on a part of the state that the mode lacks is not asked there: the step comes when its time is up.
std::vector<Change> without_condition(const json& document, const std::string& step) {
  const json::json_pointer timeout("/steps/" + step + "/timeout");
  if (!document.contains(timeout) || !document[timeout].is_string()) return {};
  const std::string at = "steps/" + step + "/";
  return {{at + "when", "null"}, {at + "timeout", "null"}, {at + "after", document[timeout].get<std::string>()}};
}

/// What removes an error of the file in that mode; empty: nothing that leaves the run as it is.
std::vector<Change> remedies(const json& document, const std::string& pointer, bool zookeeper) {
  const std::vector<std::string> parts = observe::split_pointer(pointer);
  if (parts.empty()) return {};
  if (parts[0] == "expect" || parts[0] == "goal") return {{parts[0], "null"}};
  const std::size_t count = parts.size();
  if (parts[0] == "steps" && count > 3 && parts[2] == "view")
    return {{"steps/" + parts[1] + "/view/" + parts[3], "null"}};
  if (parts[0] == "steps" && count > 2 && parts[2] == "point") return {{"steps/" + parts[1] + "/point", "null"}};
  if (parts[0] == "steps" && count > 2 && parts[2] == "when") return without_condition(document, parts[1]);
  const auto place = place_of(document, parts);
  if (!place) return {};
  if (count > 2 && parts[count - 2] == "config") return instead_of(*place, parts.back(), zookeeper);
  const bool of_network = count == 4 && (parts[2] == "from" || parts[2] == "to");
  if (parts[0] != "steps" || !place->value->is_string() || !(of_network || (count == 3 && parts[2] == "node")))
    return {};
  const std::string other = counterpart_of(document, place->value->get<std::string>(), of_network, zookeeper);
  if (other.empty()) return {};
  std::vector<Change> changes{{place->path, other}};
  if (!other.starts_with("zookeeper-") && !other.starts_with("controller-")) return changes;
  // Of these servers there are as many as of those whose part they take.
  const cluster::ClusterSpec defaults;
  const json::json_pointer servers(zookeeper ? "/cluster/controllers" : "/cluster/zookeepers");
  changes.emplace_back(zookeeper ? "cluster/zookeepers" : "cluster/controllers",
                       document.contains(servers)
                           ? document[servers].dump()
                           : std::to_string(zookeeper ? defaults.controllers : defaults.zookeepers));
  return changes;
}

}  // namespace

std::vector<Change> in_mode(std::string_view text, const LoadOptions& options, bool zookeeper) {
  std::vector<Change> changes{{"kafka", zookeeper ? "2.5" : "4.1"},
                              {"cluster/metadata", zookeeper ? "zookeeper" : "kraft"},
                              {"cluster/controllers", zookeeper ? "null" : "3"},
                              {"cluster/zookeepers", zookeeper ? "3" : "null"},
                              {"try", "null"},
                              {"counterparts", "null"}};
  const json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) return changes;
  const json::json_pointer config("/cluster/config");
  if (document.contains(config) && document[config].is_object() && document[config].contains(kAuthorizer))
    changes.emplace_back("cluster/config/" + std::string(kAuthorizer),
                         zookeeper ? kAuthorizers.zookeeper : kAuthorizers.kraft);
  constexpr int kMostRounds = 4;  // an error can hide others
  for (int round = 0; round < kMostRounds; ++round) {
    LoadOptions with = options;
    with.set.insert(with.set.end(), changes.begin(), changes.end());
    const Loaded loaded = load(text, with);
    if (loaded.ok()) break;
    std::vector<Change> more;
    for (const Problem& p : loaded.problems)
      if (p.severity == Severity::Error)
        for (Change& one : remedies(document, p.pointer, zookeeper))
          if (std::find(more.begin(), more.end(), one) == more.end() &&
              std::find(changes.begin(), changes.end(), one) == changes.end())
            more.push_back(std::move(one));
    if (more.empty()) break;
    changes.insert(changes.end(), more.begin(), more.end());
  }
  return changes;
}

}  // namespace kafkascope::scenario
