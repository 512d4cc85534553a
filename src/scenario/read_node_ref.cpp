// A node as files name it: by its name, or by what it is at that moment (leader:t-p, coordinator:group ...).
#include <fmt/format.h>

#include "cluster/cluster.h"
#include "scenario/reading.h"

namespace kafkascope::scenario {

std::optional<cluster::NodeRef> read_node_ref(Reading& reading, const Node& node, const Path& path) {
  const auto ref = node.is_string() ? cluster::parse_node_ref(node.text()) : std::nullopt;
  constexpr std::string_view kForms =
      "a node's name, or leader:t-p, follower:t-p, replicas:t-p, controller, coordinator:group, all-brokers, host:name";
  if (!ref) {
    reading.report.error(
        node, path,
        fmt::format("{} refers to no node", node.is_string() ? in_quotes(node.text()) : std::string(node.kind_name())),
        std::string(kForms));
    return std::nullopt;
  }
  const Names& names = reading.names;
  using Kind = cluster::NodeRef::Kind;
  switch (ref->kind) {
    case Kind::Name:
      // The admin client of administrative acts is there from the first of them on.
      if (!names.has_node(ref->name) && !names.clients.contains(ref->name) && ref->name != cluster::kOperator) {
        std::vector<std::string> known = names.nodes;
        for (const auto& [id, client] : names.clients) known.push_back(id);
        reading.report.error(node, path, fmt::format("no node is called {}", in_quotes(ref->name)),
                             suggestion(ref->name, known));
        return std::nullopt;
      }
      break;
    case Kind::Leader:
    case Kind::Follower:
    case Kind::Replicas: {
      Node partition(ref->partition.text());
      partition.set_position(node.position());
      if (!reading.partition(partition, path)) return std::nullopt;
      break;
    }
    case Kind::Coordinator:
      if (!names.has_group(ref->name)) {
        reading.report.error(node, path, fmt::format("no group is called {}", in_quotes(ref->name)),
                             suggestion(ref->name, names.groups));
        return std::nullopt;
      }
      break;
    case Kind::Host:
      if (!names.has_host(ref->name)) {
        reading.report.error(node, path, fmt::format("no broker stands on a host {}", in_quotes(ref->name)),
                             names.hosts.empty() ? "\"host\" of a broker" : suggestion(ref->name, names.hosts));
        return std::nullopt;
      }
      break;
    default: break;
  }
  return ref;
}

}  // namespace kafkascope::scenario
