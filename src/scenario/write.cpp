#include "scenario/write.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "scenario/json_reader.h"
#include "scenario/load.h"
#include "scenario/node_building.h"
#include "scenario/node_json.h"
#include "scenario/reading.h"
#include "scenario/variants.h"
#include "words/message.h"

namespace kafkascope::scenario {

namespace {

using cluster::Command;

constexpr std::size_t kColumns = 120;

/// The width of a text on a terminal: the number of code points, a close approximation.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string string_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// On one line; gives up (false) if it is longer than `room`.
bool flat(const Node& node, std::string& out, std::size_t room) {
  switch (node.kind()) {
    case Node::Kind::Null: out += "null"; break;
    case Node::Kind::Boolean: out += node.boolean() ? "true" : "false"; break;
    case Node::Kind::Integer: out += std::to_string(node.integer()); break;
    case Node::Kind::Decimal: out += nlohmann::json(node.decimal()).dump(); break;
    case Node::Kind::String: out += string_text(node.text()); break;
    case Node::Kind::Array: {
      out += '[';
      bool first = true;
      for (const Node& item : node.items()) {
        if (!first) out += ", ";
        first = false;
        if (!flat(item, out, room)) return false;
      }
      out += ']';
      break;
    }
    case Node::Kind::Object: {
      out += '{';
      bool first = true;
      for (const Member& member : node.members()) {
        if (!first) out += ", ";
        first = false;
        out += string_text(member.key) + ": ";
        if (!flat(member.value, out, room)) return false;
      }
      out += '}';
      break;
    }
  }
  return room == std::string::npos || width(out) <= room;
}

void write(const Node& node, std::size_t indent, std::size_t used, std::string& out) {
  std::string line;
  const bool container = node.is_array() || node.is_object();
  if (flat(node, line, container ? kColumns - std::min(kColumns, used) : std::string::npos) &&
      !(indent == 0 && container)) {
    out += line;
    return;
  }
  const std::string inner(indent + 2, ' ');
  const bool object = node.is_object();
  const std::size_t count = object ? node.members().size() : node.items().size();
  if (count == 0) {
    out += object ? "{}" : "[]";
    return;
  }
  out += object ? "{\n" : "[\n";
  for (std::size_t i = 0; i < count; ++i) {
    out += inner;
    std::size_t column = indent + 3;  // with the comma
    if (object) {
      const std::string key = string_text(node.members()[i].key) + ": ";
      out += key;
      column += width(key);
      write(node.members()[i].value, indent + 2, column, out);
    } else {
      write(node.items()[i], indent + 2, column, out);
    }
    out += i + 1 < count ? ",\n" : "\n";
  }
  out += std::string(indent, ' ') + (object ? "}" : "]");
}

}  // namespace

std::string to_text(const Node& node) {
  std::string out;
  flat(node, out, std::string::npos);
  return out;
}

std::string pretty(const Node& node) {
  std::string out;
  write(node, 0, 0, out);
  return out + "\n";
}

namespace {

bool belongs_to(const Node& item, const std::string& variant) {
  const Node* only = item.is_object() ? item.find("only") : nullptr;
  if (only == nullptr || !only->is_array()) return true;
  return std::any_of(only->items().begin(), only->items().end(),
                     [&](const Node& id) { return id.is_string() && id.text() == variant; });
}

void keep_variant(Node& document, const std::string& variant) {
  for (const std::string_view key : {"steps", "expect", "goal"}) {
    Node* list = document.find(key);
    if (list == nullptr || !list->is_array()) continue;
    std::erase_if(list->items(), [&](const Node& item) { return !belongs_to(item, variant); });
    for (Node& item : list->items()) {
      if (!item.is_object()) continue;
      std::erase_if(item.members(), [](const Member& member) { return member.key == "only"; });
      if (Node* view = item.find("view"); view != nullptr && view->is_object())
        std::erase_if(view->members(), [](const Member& member) { return member.key == "beside"; });
      for (const std::string_view inner : {"expect"}) {
        Node* expectation = item.find(inner);
        if (expectation != nullptr && expectation->is_object())
          std::erase_if(expectation->members(), [](const Member& member) { return member.key == "only"; });
      }
    }
  }
  std::erase_if(document.members(), [](const Member& member) { return member.key == "variants"; });
}

/// Sets a member: in place if it exists, otherwise before `before` (or at the end).
void put_or_replace(Node& object, std::string_view key, Node value, std::string_view before) {
  if (Node* old = object.find(key)) {
    *old = std::move(value);
    return;
  }
  auto& members = object.members();
  const auto at =
      std::find_if(members.begin(), members.end(), [&](const Member& member) { return member.key == before; });
  members.insert(at, {std::string(key), {}, std::move(value)});
}

Node step_node(sim::Instant at, const Command& command) {
  Node step = command_node(command);
  step.members().insert(step.members().begin(), {"at", {}, word(duration_text({at.us}))});
  return step;
}

}  // namespace

namespace {

void rename_session(Node& document) {
  std::erase_if(document.members(), [](const Member& member) { return member.key == "$schema"; });
  constexpr std::string_view kId = "-session";
  const std::string_view en = words::text(words::Lang::En, "run.session_suffix"_w),
                         ko = words::text(words::Lang::Ko, "run.session_suffix"_w);
  const auto add = [](Node* node, std::string_view suffix) {
    if (node != nullptr && node->is_string() && !node->text().ends_with(suffix))
      *node = word(node->text() + std::string(suffix));
  };
  add(document.find("id"), kId);
  Node* title = document.find("title");
  add(title, en);
  if (title != nullptr && title->is_object()) {
    add(title->find("en"), en);
    add(title->find("ko"), ko);
  }
}

}  // namespace

namespace {

/// Gives each step the time at which it happened, so that none depends on another step or on a condition; expectations
/// are left out.
void keep_what_happened(Node& steps, const std::vector<std::optional<sim::Instant>>& happened) {
  std::vector<Node> kept;
  for (std::size_t i = 0; i < steps.items().size() && i < happened.size(); ++i) {
    Node step = steps.items()[i];
    if (!happened[i] || !step.is_object()) continue;
    std::erase_if(step.members(), [](const Member& m) {
      return m.key == "at" || m.key == "when" || m.key == "after" || m.key == "timeout" || m.key == "expect";
    });
    if (step.find("do") == nullptr && step.find("say") == nullptr && step.find("ask") == nullptr) continue;
    step.members().insert(step.members().begin(), {"at", {}, word(duration_text({happened[i]->us}))});
    kept.push_back(std::move(step));
  }
  steps.items() = std::move(kept);
}

}  // namespace

std::optional<std::string> to_json(std::string_view original, const SavedSession& session) {
  Report report;
  auto document = read_json(original, report);
  if (!document || !document->is_object()) return std::nullopt;
  if (session.as_file) rename_session(*document);
  if (session.variant != "base") {
    const Node* variants = document->find("variants");
    Node copy = variants != nullptr ? *variants : Node::array();
    if (copy.is_array()) {
      for (const Node& variant : copy.items()) {
        const Node* id = variant.is_object() ? variant.find("id") : nullptr;
        const Node* set = variant.is_object() ? variant.find("set") : nullptr;
        if (id == nullptr || !id->is_string() || id->text() != session.variant || set == nullptr || !set->is_object())
          continue;
        for (const Member& member : set->members())
          apply_set(*document, member.key, member.value, report, member.position, Path());
      }
    }
  }
  for (const auto& [path, value] : session.set) apply_set_argument(*document, path, value, report);
  keep_variant(*document, session.variant);
  if (session.seed)
    put_or_replace(*document, "seed", Node(static_cast<std::int64_t>(*session.seed & 0x7fffffffffffffffull)), "kafka");
  if (session.until) put_or_replace(*document, "until", word(duration_text({session.until->us})), "expect");
  if (session.happened) {
    if (Node* steps = document->find("steps"); steps != nullptr && steps->is_array())
      keep_what_happened(*steps, *session.happened);
    std::erase_if(document->members(), [](const Member& member) {
      return member.key == "expect" || member.key == "goal" || member.key == "try";
    });
  }
  if (!session.acts.empty()) {
    if (document->find("steps") == nullptr || !document->find("steps")->is_array())
      put_or_replace(*document, "steps", Node::array(), "until");
    Node& steps = *document->find("steps");
    for (const auto& [at, command] : session.acts) {
      steps.items().push_back(step_node(at, command));
    }
  }
  for (const SavedSession::Detour& detour : session.detours) {
    if (document->find("try") == nullptr || !document->find("try")->is_array()) put(*document, "try", Node::array());
    Node one = Node::object(), text = Node::object();
    put(text, "en", word(detour.name.en));
    put(text, "ko", word(detour.name.ko));
    put(one, "text", std::move(text));
    put(one, "do", list_of(detour.acts, [](const auto& act) { return step_node(act.first, act.second); }));
    if (detour.leaves_script) put(one, "leaves_script", Node(true));
    document->find("try")->items().push_back(std::move(one));
  }
  return pretty(*document);
}

}  // namespace kafkascope::scenario
