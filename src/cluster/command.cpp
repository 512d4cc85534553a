#include "cluster/command.h"

#include <algorithm>
#include <charconv>
#include <type_traits>

#include "cluster/verbs.h"

namespace kafkascope::cluster {

namespace {

struct RolePrefix {
  std::string_view prefix;
  NodeRef::Kind kind;
};
constexpr RolePrefix kPartitionRoles[] = {
    {"leader:", NodeRef::Kind::Leader}, {"follower:", NodeRef::Kind::Follower}, {"replicas:", NodeRef::Kind::Replicas}};
constexpr RolePrefix kNamedRoles[] = {{"coordinator:", NodeRef::Kind::Coordinator},
                                      {"transaction-coordinator:", NodeRef::Kind::TransactionCoordinator},
                                      {"host:", NodeRef::Kind::Host}};

std::string join(const std::vector<NodeRef>& refs) {
  std::string text;
  for (const NodeRef& ref : refs) {
    if (!text.empty()) text += ", ";
    text += to_text(ref);
  }
  return text;
}

}  // namespace

std::optional<PartitionName> parse_partition_name(std::string_view text) {
  const std::size_t hyphen = text.rfind('-');
  if (hyphen == std::string_view::npos || hyphen == 0 || hyphen + 1 == text.size()) return std::nullopt;
  const std::string_view digits = text.substr(hyphen + 1);
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  std::int32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number < 0) return std::nullopt;
  return PartitionName{std::string(text.substr(0, hyphen)), number};
}

std::optional<NodeRef> parse_node_ref(std::string_view text) {
  NodeRef ref;
  if (text == "controller") {
    ref.kind = NodeRef::Kind::Controller;
    return ref;
  }
  if (text == "all-brokers") {
    ref.kind = NodeRef::Kind::AllBrokers;
    return ref;
  }
  for (const RolePrefix& role : kPartitionRoles) {
    if (!text.starts_with(role.prefix)) continue;
    auto partition = parse_partition_name(text.substr(role.prefix.size()));
    if (!partition) return std::nullopt;
    ref.kind = role.kind;
    ref.partition = std::move(*partition);
    return ref;
  }
  for (const RolePrefix& role : kNamedRoles) {
    if (!text.starts_with(role.prefix)) continue;
    ref.kind = role.kind;
    ref.name = text.substr(role.prefix.size());
    if (ref.name.empty()) return std::nullopt;
    return ref;
  }
  if (text.empty() || text.find(':') != std::string_view::npos) return std::nullopt;
  ref.name = text;
  return ref;
}

std::optional<std::pair<protocol::ResourceType, std::string>> parse_resource(std::string_view text) {
  using Type = protocol::ResourceType;
  if (text == protocol::name(Type::Cluster)) return std::pair(Type::Cluster, std::string(protocol::kClusterResource));
  for (const Type type : {Type::Topic, Type::Group, Type::TransactionalId}) {
    const std::string_view name = protocol::name(type);
    if (text.starts_with(name) && text.size() > name.size() + 1 && text[name.size()] == ':')
      return std::pair(type, std::string(text.substr(name.size() + 1)));
  }
  return std::nullopt;
}

protocol::Config with_config(protocol::Config config, const Command& command) {
  for (const auto& [key, text] : command.config) {
    const protocol::ConfigDefinition* row = protocol::find_config(key, config.scopes(), config.version());
    if (row == nullptr) continue;
    config.erase(key);
    if (!text) continue;
    if (auto value = protocol::parse_config_value(*row, *text)) config.set(key, *std::move(value));
  }
  return config;
}

std::string to_text(const NodeRef& ref) {
  for (const RolePrefix& role : kPartitionRoles) {
    if (role.kind == ref.kind) return std::string(role.prefix) + ref.partition.text();
  }
  for (const RolePrefix& role : kNamedRoles) {
    if (role.kind == ref.kind) return std::string(role.prefix) + ref.name;
  }
  if (ref.kind == NodeRef::Kind::Controller) return "controller";
  if (ref.kind == NodeRef::Kind::AllBrokers) return "all-brokers";
  return ref.name;
}

namespace {

struct Teller {
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(std::int32_t n) const { return std::to_string(n); }
  std::string operator()(std::int64_t n) const { return std::to_string(n); }
  std::string operator()(sim::Duration d) const { return std::to_string(d.us) + " us"; }
  std::string operator()(const NodeRef& ref) const { return to_text(ref); }
  std::string operator()(const PartitionName& name) const { return name.text(); }
  std::string operator()(const std::vector<NodeRef>& refs) const { return join(refs); }
  template <class T>
  std::string operator()(const std::optional<T>& value) const {
    if constexpr (std::is_invocable_v<Teller, const T&>) return value ? (*this)(*value) : "";
    else return "";
  }
  template <class T>
  std::string operator()(const std::vector<T>& list) const {
    std::string text;
    if constexpr (std::is_invocable_v<Teller, const T&>)
      for (const T& item : list) text += (text.empty() ? "" : ",") + (*this)(item);
    return text;
  }
  /// A map does not fit into one line and is abbreviated.
  template <class K, class V>
  std::string operator()(const std::map<K, V>&) const {
    return "…";
  }
  std::string operator()(MessageSide side) const { return side == MessageSide::Request ? "request" : "response"; }
};

}  // namespace

std::string value_text(const Field& field, const Command& c) {
  return std::visit([](const auto* value) { return Teller{}(*value); }, field.view(c));
}

std::string to_text(const Command& c) {
  const std::string arguments = arguments_text(c);
  return std::string(to_string(c.verb)) + (arguments.empty() ? "" : " ") + arguments;
}

std::string arguments_text(const Command& c) {
  std::string text;
  const auto add = [&text](const std::string& word) {
    if (!word.empty()) text += " " + word;
  };
  if (c.node) add(to_text(*c.node));
  add(c.client);
  if (!c.from.empty() || !c.to.empty()) {
    add(join(c.from));
    if (!c.to.empty()) text += " | " + join(c.to);
    if (c.one_way) text += " one way";
  }
  add(c.api);
  if (c.what == MessageSide::Request) text += " requests";
  if (c.what == MessageSide::Response) text += " responses";
  add(c.error);
  add(c.event);
  if (c.verb == Verb::SkewClock) text += " by " + std::to_string(c.by.us) + " us";
  add(c.topic);
  add(c.group);
  if (c.partition) add(c.partition->text());
  for (const PartitionName& p : c.partitions) add(p.text());
  if (c.partition_count) text += " partitions " + std::to_string(*c.partition_count);
  if (c.replication_factor) text += " replication_factor " + std::to_string(*c.replication_factor);
  for (const std::string& topic : c.topics) add(topic);
  add(c.name);
  if (c.verb == Verb::Feature) text += " " + std::to_string(c.level);
  add(c.principal);
  add(c.operation);
  if (!c.resource.empty()) text += " " + c.resource + (c.prefixed ? "*" : "");
  if (c.verb == Verb::Acl) text += c.allow ? " allow" : " deny";
  if (c.remove) text += " remove";
  if (c.producer_byte_rate) text += " producer_byte_rate=" + std::to_string(*c.producer_byte_rate);
  if (c.consumer_byte_rate) text += " consumer_byte_rate=" + std::to_string(*c.consumer_byte_rate);
  if (c.id) text += " broker-" + std::to_string(*c.id);
  if (c.all) text += " all";
  if (c.cancel) text += " cancel";
  if (c.verb == Verb::ElectLeaders) text += c.unclean ? " unclean" : " preferred";
  for (std::size_t i = 0; i < c.replicas.size(); ++i) text += (i == 0 ? " to " : ",") + std::to_string(c.replicas[i]);
  for (std::size_t i = 0; i < c.brokers.size(); ++i) text += (i == 0 ? " to " : ",") + std::to_string(c.brokers[i]);
  for (const auto& [key, value] : c.config) text += " " + key + "=" + value.value_or("(default)");
  if (c.position) {
    switch (c.position->kind) {
      case PositionSpec::Kind::Offset: text += " to " + std::to_string(c.position->value); break;
      case PositionSpec::Kind::Beginning: text += " to beginning"; break;
      case PositionSpec::Kind::End: text += " to end"; break;
      case PositionSpec::Kind::Timestamp: text += " to timestamp " + std::to_string(c.position->value); break;
    }
  }
  for (const auto& [partition, offset] : c.offsets) text += " " + partition.text() + "=" + std::to_string(offset);
  if (c.added) {
    add(c.added->id);
    add(c.added->topic);
    for (const std::string& topic : c.added->topics) add(topic);
    for (const auto& [key, value] : c.added->config.explicit_values())
      text += " " + key + "=" + protocol::config_text(value);
  }
  if (!c.records.empty())
    text += " " + std::to_string(c.records.size()) + (c.records.size() == 1 ? " record" : " records");
  for (const Field& field : info(c.verb).fields)
    if (field.own && is_said(field, c)) text += " " + std::string(field.name) + "=" + value_text(field, c);
  if (!c.as.empty()) text += " as " + c.as;
  return text.empty() ? text : text.substr(1);
}

}  // namespace kafkascope::cluster
