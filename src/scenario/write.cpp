#include "scenario/write.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "scenario/json_reader.h"
#include "scenario/load.h"
#include "scenario/node_json.h"
#include "scenario/reading.h"
#include "scenario/variants.h"
#include "scenario/vocabulary.h"

namespace kafkascope::scenario {

namespace {

using cluster::Command;
using cluster::Verb;

constexpr std::size_t kColumns = 120;

/// Columns of a text on a terminal: code points, near enough.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string string_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// On one line; gives up (false) when longer than `room`.
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

// Small builders.
Node word(std::string_view text) { return Node(std::string(text)); }
void put(Node& object, std::string_view key, Node value) {
  object.members().push_back({std::string(key), {}, std::move(value)});
}
void put_text(Node& object, std::string_view key, const std::string& text) {
  if (!text.empty()) put(object, key, word(text));
}
template <class List, class Make>
Node list_of(const List& list, Make make) {
  Node node = Node::array();
  for (const auto& item : list) node.items().push_back(make(item));
  return node;
}
Node ids(const std::vector<std::int32_t>& list) {
  return list_of(list, [](std::int32_t id) { return Node(static_cast<std::int64_t>(id)); });
}
Node strings(const std::vector<std::string>& list) {
  return list_of(list, [](const std::string& s) { return word(s); });
}
std::string rate_text(cluster::Rate rate) {
  std::string text =
      fmt::format("{}.{:06}", rate.millionths_per_second / 1000000, rate.millionths_per_second % 1000000);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text + "/s";
}
Node share(std::int64_t ppm) {
  if (ppm % 1000000 == 0) return Node(ppm / 1000000);
  return Node(static_cast<double>(ppm) / 1000000);
}
Node latency(const cluster::LatencySpec& spec) {
  if (spec.kind == cluster::LatencySpec::Kind::Uniform)
    return word(duration_text(spec.low) + ".." + duration_text(spec.high));
  Node node = Node::object();
  put(node, "median", word(duration_text(spec.median)));
  put(node, "p99", word(duration_text(spec.p99)));
  return node;
}
Node work(const cluster::WorkSpec& spec) {
  if (spec.by_key.empty()) return word(duration_text(spec.each));
  Node node = Node::object();
  put(node, "default", word(duration_text(spec.each)));
  Node keys = Node::object();
  for (const auto& [key, time] : spec.by_key) put(keys, key, word(duration_text(time)));
  put(node, "keys", std::move(keys));
  return node;
}
std::string partitioner(const cluster::PartitionerSpec& spec) {
  std::string text(kPartitionerNames[static_cast<std::size_t>(spec.kind)]);
  if (spec.kind == cluster::PartitionerKind::KeyPrefix) text += ":" + spec.separator;
  return text;
}

Node record_bytes(const protocol::Plain& value) {
  if (const auto* n = std::get_if<std::int64_t>(&value)) return Node(*n);
  if (const auto* d = std::get_if<double>(&value)) return Node(*d);
  if (const auto* text = std::get_if<std::string>(&value)) return word(*text);
  std::string hex;
  for (const char c : std::get<protocol::RawBytes>(value).bytes)
    hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  Node node = Node::object();
  put(node, "hex", word(hex));
  return node;
}

Node record(const cluster::RecordSpec& r) {
  Node node = Node::object();
  put(node, "key", r.key ? record_bytes(*r.key) : Node());
  put(node, "value", r.value ? record_bytes(*r.value) : Node());
  put_text(node, "topic", r.topic);
  if (r.partition) put(node, "partition", Node(static_cast<std::int64_t>(*r.partition)));
  if (!r.headers.empty()) {
    put(node, "headers", list_of(r.headers, [](const auto& header) {
          Node pair = Node::array();
          pair.items().push_back(word(header.first));
          pair.items().push_back(word(header.second));
          return pair;
        }));
  }
  if (r.timestamp_ms) put(node, "timestamp", Node(*r.timestamp_ms));
  return node;
}

void put_position(Node& node, const cluster::PositionSpec& position, bool seek) {
  using Kind = cluster::PositionSpec::Kind;
  switch (position.kind) {
    case Kind::Offset: put(node, seek ? "offset" : "to", Node(position.value)); break;
    case Kind::Beginning: put(node, "to", word(seek ? "beginning" : "earliest")); break;
    case Kind::End: put(node, "to", word(seek ? "end" : "latest")); break;
    case Kind::Timestamp: {
      Node to = Node::object();
      put(to, "timestamp", Node(position.value));
      put(node, "to", std::move(to));
      break;
    }
  }
}

Node handoff(std::int32_t threads) {
  Node node = Node::object();
  put(node, "threads", Node(static_cast<std::int64_t>(threads)));
  return node;
}
std::string acknowledge(const cluster::AcknowledgeSpec& spec) {
  using Kind = cluster::AcknowledgeSpec::Kind;
  const std::string every = std::to_string(spec.every);
  return spec.kind == Kind::Accept         ? "accept"
         : spec.kind == Kind::ReleaseEvery ? "release_every:" + every
                                           : "reject_every:" + every;
}
Node keys(const cluster::KeySpec& spec) {
  using Kind = cluster::KeySpec::Kind;
  if (spec.kind == Kind::List) return strings(spec.list);
  if (spec.kind == Kind::Zipf)
    return word(fmt::format("zipf:{}:{}", spec.count, static_cast<double>(spec.exponent_ppm) / 1000000));
  return word(spec.kind == Kind::None ? "none" : fmt::format("{}:{}", spec.prefix, spec.count));
}

/// A client as a file has it: what its kind takes, and is not as it would be without saying so.
Node client_node(const cluster::ClientSpec& c) {
  const cluster::ClientSpec plain;
  const ClientKindRow& row = kClientKinds[static_cast<std::size_t>(c.kind)];
  Node node = Node::object();
  const auto has = [&](std::string_view field, bool said) { return said && contains_word(row.fields, field); };
  put(node, "id", word(c.id));
  put(node, "kind", word(row.name));
  if (has("topic", !c.topic.empty())) put(node, "topic", word(c.topic));
  if (has("topics", !c.topics.empty())) put(node, "topics", strings(c.topics));
  if (has("assign", !c.assign.empty()))
    put(node, "assign", list_of(c.assign, [](const auto& p) { return word(p.text()); }));
  if (has("rate", c.rate.has_value())) put(node, "rate", word(rate_text(*c.rate)));
  if (has("keys", c.keys != plain.keys)) put(node, "keys", keys(c.keys));
  if (has("value_size", c.value_size != plain.value_size))
    put(node, "value_size", word(fmt::format("{}B", c.value_size)));
  if (has("count", c.count.has_value())) put(node, "count", Node(*c.count));
  if (has("send", c.send != plain.send)) put(node, "send", word(cluster::to_string(c.send)));
  if (has("partitioner", c.partitioner != plain.partitioner))
    put(node, "partitioner", word(partitioner(c.partitioner)));
  if (has("transaction", c.transaction.has_value())) {
    Node transaction = Node::object();
    put(transaction, "records", Node(c.transaction->records));
    if (c.transaction->abort_every > 0) put(transaction, "abort_every", Node(c.transaction->abort_every));
    put(node, "transaction", std::move(transaction));
  }
  if (has("work", c.work != plain.work)) put(node, "work", work(c.work));
  if (has("commit", c.commit != plain.commit)) put(node, "commit", word(cluster::to_string(c.commit)));
  if (has("handoff", c.handoff_threads > 0)) put(node, "handoff", handoff(c.handoff_threads));
  if (has("acknowledge", c.acknowledge != plain.acknowledge))
    put(node, "acknowledge", word(acknowledge(c.acknowledge)));
  if (has("sink", c.sink.has_value())) {
    Node sink = Node::object();
    put(sink, "name", word(c.sink->name));
    put(sink, "idempotent", Node(c.sink->idempotent));
    put(node, "sink", std::move(sink));
  }
  if (has("dead_letter", !c.dead_letter.empty())) put(node, "dead_letter", word(c.dead_letter));
  if (has("lines", !c.lines.empty())) put(node, "lines", strings(c.lines));
  if (has("properties", !c.properties.empty())) {
    Node properties = Node::object();
    for (const auto& [key, value] : c.properties) put(properties, key, word(value));
    put(node, "properties", std::move(properties));
  }
  if (has("from_beginning", c.from_beginning)) put(node, "from_beginning", Node(true));
  if (!c.config.explicit_values().empty()) {
    Node config = Node::object();
    for (const auto& [key, value] : c.config.explicit_values()) put(config, key, word(protocol::config_text(value)));
    put(node, "config", std::move(config));
  }
  return node;
}

void put_behavior(Node& node, const cluster::BehaviorChange& b) {
  if (b.rate) put(node, "rate", word(rate_text(*b.rate)));
  if (b.work) put(node, "work", work(*b.work));
  if (b.send) put(node, "send", word(cluster::to_string(*b.send)));
  if (b.commit) put(node, "commit", word(cluster::to_string(*b.commit)));
  if (b.handoff_threads) put(node, "handoff", handoff(*b.handoff_threads));
  if (b.acknowledge) put(node, "acknowledge", word(acknowledge(*b.acknowledge)));
  if (b.calls) put(node, "calls", strings(*b.calls));
  if (b.partitioner) put(node, "partitioner", word(partitioner(*b.partitioner)));
}

}  // namespace

std::string to_text(const Node& node) {
  std::string out;
  flat(node, out, std::string::npos);
  return out;
}

Node command_node(const Command& c) {
  Node node = Node::object();
  put(node, "do", word(to_string(c.verb)));
  const VerbRow& row = kVerbRows[static_cast<std::size_t>(c.verb)];
  const auto takes = [&](std::string_view field) {
    return contains_word(row.required, field) || contains_word(row.optional, field);
  };
  const auto integer = [](auto n) { return Node(static_cast<std::int64_t>(n)); };
  if (c.node) put(node, "node", word(to_text(*c.node)));
  put_text(node, "client", c.client);
  const auto ref = [](const cluster::NodeRef& r) { return word(to_text(r)); };
  for (auto [key, list] :
       {std::pair<std::string_view, const std::vector<cluster::NodeRef>*>{"from", &c.from}, {"to", &c.to}}) {
    if (list->empty()) continue;
    put(node, key, list->size() == 1 ? ref(list->front()) : list_of(*list, ref));
  }
  if (c.one_way) put(node, "one_way", Node(true));
  if (c.latency) put(node, "latency", latency(*c.latency));
  if (c.bandwidth_bytes_per_s) put(node, "bandwidth", word(fmt::format("{}B/s", *c.bandwidth_bytes_per_s)));
  if (c.loss_ppm) put(node, "loss", share(*c.loss_ppm));
  put_text(node, "api", c.api);
  if (c.what != cluster::MessageSide::Any)
    put(node, "what", word(c.what == cluster::MessageSide::Request ? "request" : "response"));
  if (takes("count")) {
    if (!c.count) put(node, "count", word("all"));
    else if (*c.count != 1) put(node, "count", Node(*c.count));
  }
  if (c.verb == Verb::Answer) put_text(node, "error", c.error);
  put_text(node, "event", c.event);
  if (c.dir) put(node, "dir", integer(*c.dir));
  if (c.write_bytes_per_s) put(node, "write", word(fmt::format("{}B/s", *c.write_bytes_per_s)));
  if (c.flush) put(node, "flush", word(duration_text(*c.flush)));
  if (c.capacity_bytes) put(node, "capacity", word(fmt::format("{}B", *c.capacity_bytes)));
  if (c.fail) put(node, "fail", Node(*c.fail));
  if (c.verb == Verb::SkewClock) put(node, "by", word(duration_text(c.by)));
  put_text(node, "topic", c.topic);
  put_text(node, "group", c.group);
  if (c.partition) put(node, "partition", word(c.partition->text()));
  if (!c.partitions.empty())
    put(node, "partitions", list_of(c.partitions, [](const auto& p) { return word(p.text()); }));
  if (c.partition_count) put(node, "partitions", integer(*c.partition_count));
  if (c.replication_factor) put(node, "replication_factor", integer(*c.replication_factor));
  if (!c.assignments.empty()) {
    Node assignments = Node::object();
    for (const auto& [partition, brokers] : c.assignments) put(assignments, std::to_string(partition), ids(brokers));
    put(node, "assignments", std::move(assignments));
  }
  if (!c.config.empty()) {
    Node config = Node::object();
    for (const auto& [key, value] : c.config) put(config, key, value ? word(*value) : Node());
    put(node, "config", std::move(config));
  }
  if (c.before) put(node, "before", Node(*c.before));
  put_text(node, "name", c.name);
  if (c.verb == Verb::Feature) put(node, "level", integer(c.level));
  if (!c.replicas.empty()) put(node, "replicas", ids(c.replicas));
  if (c.all) put(node, "all", Node(true));
  if (!c.brokers.empty()) put(node, "brokers", ids(c.brokers));
  if (c.throttle_bytes_per_s) put(node, "throttle", word(fmt::format("{}B/s", *c.throttle_bytes_per_s)));
  if (c.cancel) put(node, "cancel", Node(true));
  if (c.verb == Verb::ElectLeaders) put(node, "type", word(c.unclean ? "unclean" : "preferred"));
  if (c.id) put(node, "id", integer(*c.id));
  put_text(node, "rack", c.rack);
  put_text(node, "host", c.host);
  if (c.position) put_position(node, *c.position, c.verb == Verb::Seek);
  put_text(node, "principal", c.principal);
  put_text(node, "operation", c.operation);
  put_text(node, "resource", c.resource);
  if (!c.allow) put(node, "allow", Node(false));
  if (c.prefixed) put(node, "pattern", word("prefixed"));
  if (c.remove) put(node, "remove", Node(true));
  if (c.producer_byte_rate) put(node, "producer_byte_rate", Node(*c.producer_byte_rate));
  if (c.consumer_byte_rate) put(node, "consumer_byte_rate", Node(*c.consumer_byte_rate));
  if (c.request_percentage_ppm) put(node, "request_percentage", share(*c.request_percentage_ppm));
  if (c.controller_mutation_rate_ppm) put(node, "controller_mutation_rate", share(*c.controller_mutation_rate_ppm));
  if (c.added) put(node, "client", client_node(*c.added));
  if (c.verb == Verb::Behave) put_behavior(node, c.behave);
  if (!c.records.empty()) put(node, "records", list_of(c.records, record));
  if (!c.offsets.empty()) {
    Node offsets = Node::object();
    for (const auto& [partition, offset] : c.offsets) put(offsets, partition.text(), Node(offset));
    put(node, "offsets", std::move(offsets));
  }
  if (!c.topics.empty()) put(node, "topics", strings(c.topics));
  put_text(node, "from_file", c.from_file);
  if (c.verb == Verb::Request) {
    put(node, "offset", Node(c.offset));
    put(node, "bytes", Node(c.bytes));
  }
  put_text(node, "as", c.as);
  put_text(node, "error", c.expected_error);
  return node;
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
      for (const std::string_view inner : {"expect"}) {
        Node* expectation = item.find(inner);
        if (expectation != nullptr && expectation->is_object())
          std::erase_if(expectation->members(), [](const Member& member) { return member.key == "only"; });
      }
    }
  }
  std::erase_if(document.members(), [](const Member& member) { return member.key == "variants"; });
}

/// Sets a member, in its place when it is there, else before `before` (or at the end).
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
  constexpr std::string_view kId = "-session", kEn = " (session)", kKo = " (해 본 것)";
  const auto add = [](Node* node, std::string_view suffix) {
    if (node != nullptr && node->is_string() && !node->text().ends_with(suffix))
      *node = word(node->text() + std::string(suffix));
  };
  add(document.find("id"), kId);
  Node* title = document.find("title");
  add(title, kEn);
  if (title != nullptr && title->is_object()) {
    add(title->find("en"), kEn);
    add(title->find("ko"), kKo);
  }
}

}  // namespace

namespace {

/// Each at the moment at which it happened, so that none hangs on another, or on what it once waited for; what was checked is left out.
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
    document->find("try")->items().push_back(std::move(one));
  }
  return pretty(*document);
}

namespace {

/// Adds a step at 0 s: when something happened says nothing about what there is to name. False: it is no object.
bool add_step(Node& document, std::optional<Node> step) {
  if (!step || !step->is_object()) return false;
  step->members().insert(step->members().begin(), {"at", {}, word("0s")});
  if (document.find("steps") == nullptr || !document.find("steps")->is_array())
    put_or_replace(document, "steps", Node::array(), "until");
  document.find("steps")->items().push_back(std::move(*step));
  return true;
}

}  // namespace

ReadAct read_act(std::string_view original, const SavedSession& session, std::string_view act) {
  ReadAct read;
  Report report;
  SavedSession before;
  before.variant = session.variant;
  before.set = session.set;
  for (const auto& one : session.acts) before.acts.emplace_back(sim::Instant{0}, one.second);
  auto step = read_json(act, report);
  const auto text = to_json(original, before);
  auto document = text ? read_json(*text, report) : std::nullopt;
  if (!document || !add_step(*document, std::move(step))) {
    read.problems = report.take_sorted();
    return read;
  }
  const std::string place = fmt::format("/steps/{}", document->find("steps")->items().size() - 1);
  Loaded loaded = load(pretty(*document));
  for (Problem& problem : loaded.problems)
    if (problem.severity == Severity::Error && (problem.pointer == place || problem.pointer.starts_with(place + "/")))
      read.problems.push_back(std::move(problem));
  if (loaded.ok() && !loaded.scenario->steps.empty() && loaded.scenario->steps.back().command)
    read.command = std::move(*loaded.scenario->steps.back().command);
  return read;
}

std::optional<std::vector<Command>> read_acts(std::string_view original, const SavedSession& session,
                                              const std::vector<std::string>& acts) {
  Report report;
  SavedSession before;
  before.variant = session.variant;
  before.set = session.set;
  const auto text = to_json(original, before);
  auto document = text ? read_json(*text, report) : std::nullopt;
  if (!document) return std::nullopt;
  for (const std::string& act : acts)
    if (!add_step(*document, read_json(act, report))) return std::nullopt;
  const Loaded loaded = load(pretty(*document));
  if (!loaded.ok() || loaded.scenario->steps.size() < acts.size()) return std::nullopt;
  std::vector<Command> commands;
  for (std::size_t i = loaded.scenario->steps.size() - acts.size(); i < loaded.scenario->steps.size(); ++i) {
    if (!loaded.scenario->steps[i].command) return std::nullopt;
    commands.push_back(*loaded.scenario->steps[i].command);
  }
  return commands;
}

}  // namespace kafkascope::scenario
