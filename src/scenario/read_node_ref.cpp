// A reference to a node: by its name, or by its role at that moment (leader:t-p, coordinator:group ...).
#include <fmt/format.h>

#include "cluster/cluster.h"
#include "scenario/reading.h"

namespace kafkascope::scenario {

std::optional<cluster::NodeRef> read_node_ref(Reading& reading, const Node& node, const Path& path) {
  const auto ref = node.is_string() ? cluster::parse_node_ref(node.text()) : std::nullopt;
  constexpr words::Key kForms = "remedy.node_ref"_w;
  if (!ref) {
    reading.report.error(node, path,
                         Message("problem.refers_no_node"_w,
                                 {{"found", node.is_string() ? example(in_quotes(node.text())) : kind_of(node)}}),
                         kForms);
    return std::nullopt;
  }
  const Names& names = reading.names;
  using Kind = cluster::NodeRef::Kind;
  switch (ref->kind) {
    case Kind::Name:
      // The admin client exists from the first administrative act on.
      if (!names.has_node(ref->name) && !names.clients.contains(ref->name) && ref->name != cluster::kOperator) {
        std::vector<std::string> known = names.nodes;
        for (const auto& [id, client] : names.clients) known.push_back(id);
        reading.report.error(node, path, no_such("thing.node"_w, ref->name), suggestion(ref->name, known));
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
        reading.report.error(node, path, no_such("thing.group"_w, ref->name), suggestion(ref->name, names.groups));
        return std::nullopt;
      }
      break;
    case Kind::TransactionCoordinator:
      if (!names.transactional_ids.contains(ref->name)) {
        reading.report.error(node, path, no_such("glossary.transactional-id"_w, ref->name),
                             suggestion(ref->name, std::vector<std::string>(names.transactional_ids.begin(),
                                                                            names.transactional_ids.end())));
        return std::nullopt;
      }
      break;
    case Kind::Host:
      if (!names.has_host(ref->name)) {
        reading.report.error(
            node, path, Message("problem.no_broker_on_host"_w, {{"host", in_quotes(ref->name)}}),
            names.hosts.empty() ? Message("remedy.host_of_broker"_w) : suggestion(ref->name, names.hosts));
        return std::nullopt;
      }
      break;
    default: break;
  }
  return ref;
}

}  // namespace kafkascope::scenario
