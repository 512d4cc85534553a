// Writes a command as a step: the fields of its verb, each according to its type.
#include <fmt/format.h>

#include "cluster/verbs.h"
#include "scenario/node_building.h"
#include "scenario/values.h"
#include "scenario/vocabulary.h"
#include "scenario/write.h"

namespace kafkascope::scenario {

namespace {

using cluster::Command;
using cluster::Field;
using cluster::FieldType;

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
  if (!r.topic.empty()) put(node, "topic", word(r.topic));
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

/// A client as in a file: the fields that its kind takes and whose values are not the defaults.
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
  if (has("commit",
          c.commit != (c.kind == cluster::ClientKind::Transform ? cluster::CommitMode::SyncAfter : plain.commit)))
    put(node, "commit", word(cluster::to_string(c.commit)));
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

/// One field's value; nullopt: the field is not set. One overload for each type of field.
struct Writer {
  const Field& field;
  using Written = std::optional<Node>;

  template <class T>
  Written operator()(const std::optional<T>& value) const {
    return value ? (*this)(*value) : Written();
  }
  Written operator()(bool value) const {
    if (field.type == FieldType::Word) return word(value ? field.words.second : field.words.first);
    return Node(value);
  }
  Written operator()(std::int32_t n) const {
    return field.type == FieldType::Handoff ? handoff(n) : Node(static_cast<std::int64_t>(n));
  }
  Written operator()(std::int64_t n) const {
    switch (field.type) {
      case FieldType::Bandwidth: return word(fmt::format("{}B/s", n));
      case FieldType::Size: return word(fmt::format("{}B", n));
      case FieldType::Fraction:
      case FieldType::Positive: return share(n);
      default: return Node(n);
    }
  }
  Written operator()(sim::Duration d) const { return word(duration_text(d)); }
  Written operator()(const std::string& text) const { return word(text); }
  Written operator()(cluster::MessageSide side) const {
    return word(side == cluster::MessageSide::Request ? field.words.first : field.words.second);
  }
  Written operator()(const cluster::NodeRef& ref) const { return word(to_text(ref)); }
  Written operator()(const std::vector<cluster::NodeRef>& refs) const {
    const auto one = [](const cluster::NodeRef& ref) { return word(to_text(ref)); };
    return refs.size() == 1 ? one(refs.front()) : list_of(refs, one);
  }
  Written operator()(const cluster::LatencySpec& spec) const { return latency(spec); }
  Written operator()(const cluster::PartitionName& name) const { return word(name.text()); }
  Written operator()(const std::vector<cluster::PartitionName>& names) const {
    return list_of(names, [](const auto& name) { return word(name.text()); });
  }
  Written operator()(const std::vector<std::int32_t>& list) const { return ids(list); }
  Written operator()(const std::vector<std::string>& list) const { return strings(list); }
  Written operator()(const std::map<std::int32_t, std::vector<std::int32_t>>& assignments) const {
    Node node = Node::object();
    for (const auto& [partition, brokers] : assignments) put(node, std::to_string(partition), ids(brokers));
    return node;
  }
  Written operator()(const std::vector<std::pair<std::string, std::optional<std::string>>>& config) const {
    Node node = Node::object();
    for (const auto& [key, value] : config) put(node, key, value ? word(*value) : Node());
    return node;
  }
  Written operator()(const std::map<cluster::PartitionName, std::int64_t>& offsets) const {
    Node node = Node::object();
    for (const auto& [partition, offset] : offsets) put(node, partition.text(), Node(offset));
    return node;
  }
  Written operator()(const std::vector<cluster::RecordSpec>& records) const { return list_of(records, record); }
  Written operator()(const cluster::ClientSpec& client) const { return client_node(client); }
  Written operator()(cluster::Rate rate) const { return word(rate_text(rate)); }
  Written operator()(const cluster::WorkSpec& spec) const { return work(spec); }
  Written operator()(cluster::SendMode mode) const { return word(to_string(mode)); }
  Written operator()(cluster::CommitMode mode) const { return word(to_string(mode)); }
  Written operator()(const cluster::AcknowledgeSpec& spec) const { return word(acknowledge(spec)); }
  Written operator()(const cluster::PartitionerSpec& spec) const { return word(partitioner(spec)); }
  Written operator()(const cluster::PositionSpec& position) const {
    using Kind = cluster::PositionSpec::Kind;
    const bool number = position.kind == Kind::Offset;
    if (field.type != FieldType::ResetTo && number != (field.type == FieldType::SeekOffset)) return std::nullopt;
    if (number) return Node(position.value);
    const bool seek = field.type == FieldType::SeekTo;
    if (position.kind == Kind::Beginning) return word(seek ? "beginning" : "earliest");
    if (position.kind == Kind::End) return word(seek ? "end" : "latest");
    Node to = Node::object();
    put(to, "timestamp", Node(position.value));
    return to;
  }
};

std::optional<Node> written(const Field& field, const Command& c) {
  if (field.type == FieldType::Count) {  // 1 is the default
    const auto& count = *std::get<const std::optional<std::int64_t>*>(field.view(c));
    if (!count) return word("all");
    return *count == 1 ? std::nullopt : std::optional(Node(*count));
  }
  if (!is_said(field, c)) return std::nullopt;
  return std::visit([&](const auto* value) { return Writer{field}(*value); }, field.view(c));
}

}  // namespace

Node command_node(const Command& c) {
  Node node = Node::object();
  put(node, "do", word(to_string(c.verb)));
  for (const Field& field : cluster::info(c.verb).fields)
    if (auto value = written(field, c)) put(node, field.name, std::move(*value));
  if (!c.as.empty()) put(node, "as", word(c.as));
  if (!c.expected_error.empty()) put(node, "error", word(c.expected_error));
  return node;
}

}  // namespace kafkascope::scenario
