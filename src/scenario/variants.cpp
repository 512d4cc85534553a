#include "scenario/variants.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "scenario/json_reader.h"

namespace kafkascope::scenario {

namespace {

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    parts.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

std::optional<std::size_t> index_of(std::string_view text) {
  std::size_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return n;
}

/// Clients, topics, brokers, steps and variants by id or name; other lists by index.
std::optional<std::size_t> find_item(const Node& list, std::string_view part) {
  bool named = false;
  for (std::size_t i = 0; i < list.items().size(); ++i) {
    const Node& item = list.items()[i];
    if (!item.is_object()) continue;
    for (const std::string_view key : {"id", "name"}) {
      const Node* value = item.find(key);
      if (value == nullptr) continue;
      if (item.find("do") != nullptr && (key == "name" || value->is_integer()))
        continue;  // a field of the verb: "feature", "add_broker"
      // Most steps have no id, so they can also be addressed by index.
      named = named || key == "name" || item.find("kind") != nullptr || value->is_integer();
      if (value->is_string() && value->text() == part) return i;
      if (value->is_integer() && std::to_string(value->integer()) == part) return i;
    }
  }
  const auto index = index_of(part);
  if (named || !index || *index >= list.items().size()) return std::nullopt;
  return index;
}

std::vector<std::string> names_in(const Node& node) {
  std::vector<std::string> names;
  if (node.is_object()) {
    for (const Member& member : node.members()) names.push_back(member.key);
  } else if (node.is_array()) {
    for (std::size_t i = 0; i < node.items().size(); ++i) {
      const Node& item = node.items()[i];
      if (!item.is_object()) continue;
      for (const std::string_view key : {"id", "name"}) {
        const Node* value = item.find(key);
        if (value != nullptr && value->is_string()) names.push_back(value->text());
        if (value != nullptr && value->is_integer()) names.push_back(std::to_string(value->integer()));
      }
    }
  }
  return names;
}

void list_brokers(Node& brokers) {
  Node list = Node::array();
  list.set_position(brokers.position());
  const std::int64_t count = std::min<std::int64_t>(brokers.integer(), 1200);
  for (std::int64_t id = 1; id <= count; ++id) {
    Node broker = Node::object();
    broker.set_position(brokers.position());
    Node number(id);
    number.set_position(brokers.position());
    broker.members().push_back({"id", brokers.position(), std::move(number)});
    list.items().push_back(std::move(broker));
  }
  brokers = std::move(list);
}

}  // namespace

bool apply_set(Node& document, std::string_view path, const Node& value, Report& report, Position at,
               const Path& where) {
  const auto parts = split_path(path);
  const auto refuse = [&](Message message, Message remedy) {
    report.error(at, where, std::move(message), std::move(remedy));
    return false;
  };
  if (path.empty() || std::find(parts.begin(), parts.end(), "") != parts.end()) {
    return refuse(Message("problem.not_path"_w, {{"path", in_quotes(path)}}), "remedy.set_path"_w);
  }
  if (parts.size() > 60) return refuse("problem.path_too_long"_w, Message("remedy.path_parts"_w, {{"most", 60}}));
  Node* node = &document;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string& part = parts[i];
    const bool last = i + 1 == parts.size();
    if (i == 2 && node->is_integer() && parts[0] == "cluster" && parts[1] == "brokers") list_brokers(*node);
    if (node->is_object()) {
      Node* next = node->find(part);
      if (last) {
        if (value.is_null()) {
          std::erase_if(node->members(), [&](const Member& member) { return member.key == part; });
        } else if (next != nullptr) {
          *next = value;
        } else {
          node->members().push_back({part, at, value});
        }
        return true;
      }
      if (next == nullptr) {
        if (value.is_null()) return true;  // nothing to remove
        Node made = Node::object();
        made.set_position(node->position());
        node->members().push_back({part, at, std::move(made)});
        next = &node->members().back().value;
      }
      node = next;
    } else if (node->is_array()) {
      const auto index = find_item(*node, part);
      if (!index) {
        if (last && value.is_object()) {  // an additional client, topic or broker
          Node added = value;
          const std::string_view key = parts[0] == "topics" ? "name" : "id";
          if (added.find(key) == nullptr) {
            const auto number = index_of(part);
            Node name = parts[0] == "cluster" && number ? Node(static_cast<std::int64_t>(*number)) : Node(part);
            name.set_position(at);
            added.members().insert(added.members().begin(), {std::string(key), at, std::move(name)});
          }
          node->items().push_back(std::move(added));
          return true;
        }
        if (value.is_null() && last) return true;
        std::string before;
        for (std::size_t k = 0; k < i; ++k) before += (k == 0 ? "" : "/") + parts[k];
        return refuse(Message("problem.no_such_item"_w, {{"path", before}, {"part", in_quotes(part)}}),
                      suggestion(part, names_in(*node)));
      }
      if (last) {
        if (value.is_null()) node->items().erase(node->items().begin() + static_cast<std::ptrdiff_t>(*index));
        else node->items()[*index] = value;
        return true;
      }
      node = &node->items()[*index];
    } else {
      std::string before;
      for (std::size_t k = 0; k < i; ++k) before += (k == 0 ? "" : "/") + parts[k];
      return refuse(Message("problem.path_has_no_parts"_w, {{"path", before}, {"what", Message(node->kind_name())}}),
                    "remedy.path_into_object_or_list"_w);
    }
  }
  return true;
}

namespace {

/// A member that is always a text, whatever it looks like: kafka=2.5 names a version, rack=1 a rack.
bool is_text(std::string_view path) {
  const std::string_view last = path.substr(path.rfind('/') + 1);
  return last == "kafka" || last == "rack" || last == "host";
}

/// Values from the command line have no position in the file.
void forget_positions(Node& node) {
  node.set_position({});
  if (node.is_array()) {
    for (Node& item : node.items()) forget_positions(item);
  } else if (node.is_object()) {
    for (Member& member : node.members()) {
      member.position = {};
      forget_positions(member.value);
    }
  }
}

}  // namespace

bool apply_set_argument(Node& document, std::string_view path, std::string_view value, Report& report) {
  Report quiet;
  auto parsed = read_json(value, quiet);
  if (!parsed || quiet.has_errors() || (is_text(path) && !parsed->is_string() && !parsed->is_null()))
    parsed = Node(std::string(value));
  forget_positions(*parsed);
  const Path where;
  return apply_set(document, path, *parsed, report, {}, where);
}

std::pair<std::string, std::string> split_set(std::string_view argument) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string_view::npos) return {};
  return {std::string(argument.substr(0, equals)), std::string(argument.substr(equals + 1))};
}

}  // namespace kafkascope::scenario
