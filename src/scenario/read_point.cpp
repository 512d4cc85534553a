// The object that a lesson's sentence is about, so that the picture can point at it.
#include "cluster/command.h"
#include "scenario/reading.h"

namespace kafkascope::scenario {

std::optional<std::string> read_point(Reading& reading, const Node& node, const Path& path) {
  const std::string text = node.is_string() ? node.text() : std::string();
  if (text.empty()) {
    reading.report.error(
        node, path,
        Message("problem.no_point"_w, {{"found", node.is_string() ? example(in_quotes(text)) : kind_of(node)}}),
        "remedy.point"_w);
    return std::nullopt;
  }
  if (text == "none") return text;
  if (text.starts_with('/')) {
    if (!check_state_path(reading, node, path, text)) return std::nullopt;
    return text;
  }
  const Names& names = reading.names;
  constexpr std::string_view kGroup = "group:";
  if (text.starts_with(kGroup)) {
    const std::string group = text.substr(kGroup.size());
    if (names.has_group(group)) return text;
    reading.report.error(node, path, no_such("thing.group"_w, group), suggestion(group, names.groups));
    return std::nullopt;
  }
  // If a client has a partition's name, the client is meant.
  if (names.has_node(text) || names.clients.contains(text)) return text;
  const std::size_t at = text.find('@');
  const std::string partition = text.substr(0, at);
  if (cluster::parse_partition_name(partition) && text.find(':') == std::string::npos) {
    Node first(partition);
    first.set_position(node.position());
    if (!reading.partition(first, path)) return std::nullopt;
    if (at == std::string::npos) return text;
    Node second(text.substr(at + 1));
    second.set_position(node.position());
    if (!read_node_ref(reading, second, path)) return std::nullopt;
    return text;
  }
  if (!cluster::parse_node_ref(text)) {
    reading.report.error(node, path, Message("problem.no_point"_w, {{"found", example(in_quotes(text))}}),
                         "remedy.point"_w);
    return std::nullopt;
  }
  if (!read_node_ref(reading, node, path)) return std::nullopt;
  return text;
}

}  // namespace kafkascope::scenario
