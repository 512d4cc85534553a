#include "cluster/acts.h"

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

protocol::Config with_config(protocol::Config config, const ConfigEntries& entries) {
  for (const auto& [key, text] : entries) {
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

namespace {

/// Writes the values of an act's fields (those that its verb has), one after another.
class ArgumentsText {
 public:
  explicit ArgumentsText(const Command& command) : command_(command) {}

  void add(const std::string& word) {
    if (!word.empty()) text += " " + word;
  }
  /// Writes prefix and value.
  template <class Value>
  void field(std::string_view name, std::string_view prefix = "") {
    if (const auto* value = told<Value>(name))
      if (const std::string text_of = Teller{}(*value); !text_of.empty()) add(std::string(prefix) + text_of);
  }
  void texts(std::string_view name) {
    if (const auto* list = told<std::vector<std::string>>(name))
      for (const std::string& item : *list) add(item);
  }
  /// A word for true, and one for false.
  void flag(std::string_view name, std::string_view yes, std::string_view no = "") {
    if (const auto* value = told<bool>(name)) add(std::string(*value ? yes : no));
  }

  void partitions() {
    if (const auto* list = told<std::vector<PartitionName>>("partitions"))
      for (const PartitionName& p : *list) add(p.text());
  }
  void sides() {
    const auto* from = told<std::vector<NodeRef>>("from");
    const auto* to = told<std::vector<NodeRef>>("to");
    const bool none = (from == nullptr || from->empty()) && (to == nullptr || to->empty());
    if (none) return;
    if (from != nullptr) add(join(*from));
    if (to != nullptr && !to->empty()) text += " | " + join(*to);
    flag("one_way", "one way");
  }
  void side() {
    if (const auto* what = told<MessageSide>("what"); what != nullptr && *what != MessageSide::Any)
      add(Teller{}(*what) + "s");
  }
  void resource() {
    if (command_.verb != Verb::Acl) return;
    const auto& acl = command_.get<act::Acl>();
    add(acl.resource.empty() ? "" : acl.resource + (acl.prefixed ? "*" : ""));
    add(acl.allow ? "allow" : "deny");
  }
  void brokers(std::string_view name) {
    if (const auto* ids = told<std::vector<std::int32_t>>(name); ids != nullptr && !ids->empty())
      add("to " + Teller{}(*ids));
  }
  void config() {
    if (const auto* entries = told<ConfigEntries>("config"))
      for (const auto& [key, value] : *entries) add(key + "=" + value.value_or("(default)"));
  }
  void position() {
    const auto* to = told<std::optional<PositionSpec>>("to");
    if (to == nullptr || !*to) return;
    switch ((*to)->kind) {
      case PositionSpec::Kind::Offset: return add("to " + std::to_string((*to)->value));
      case PositionSpec::Kind::Beginning: return add("to beginning");
      case PositionSpec::Kind::End: return add("to end");
      case PositionSpec::Kind::Timestamp: return add("to timestamp " + std::to_string((*to)->value));
    }
  }
  void offsets() {
    if (const auto* all = told<std::map<PartitionName, std::int64_t>>("offsets"))
      for (const auto& [partition, offset] : *all) add(partition.text() + "=" + std::to_string(offset));
  }
  void new_client() {
    const auto* added = told<std::optional<ClientSpec>>("client");
    if (added == nullptr || !*added) return;
    add((*added)->id);
    add((*added)->topic);
    for (const std::string& topic : (*added)->topics) add(topic);
    for (const auto& [key, value] : (*added)->config.explicit_values()) add(key + "=" + protocol::config_text(value));
  }
  void records() {
    if (const auto* list = told<std::vector<RecordSpec>>("records"); list != nullptr && !list->empty())
      add(std::to_string(list->size()) + (list->size() == 1 ? " record" : " records"));
  }
  void by_name() {
    for (const Field& field : info(command_.verb).fields)
      if (field.by_name && is_said(field, command_)) add(std::string(field.name) + "=" + value_text(field, command_));
  }

  std::string text;

 private:
  /// nullptr also for a field that by_name() writes.
  template <class Value>
  const Value* told(std::string_view name) const {
    const Field* field = info(command_.verb).find(name);
    return field == nullptr || field->by_name ? nullptr : value_of<Value>(command_, name);
  }

  const Command& command_;
};

}  // namespace

std::string arguments_text(const Command& c) {
  using Number = std::optional<std::int32_t>;
  using LongNumber = std::optional<std::int64_t>;
  ArgumentsText t(c);
  if (c.node) t.add(to_text(*c.node));
  t.field<std::string>("client");
  t.sides();
  t.field<std::string>("api");
  t.side();
  t.field<std::string>("error");
  t.field<std::string>("event");
  t.field<sim::Duration>("by", "by ");
  t.field<std::string>("topic");
  t.field<std::string>("group");
  t.field<std::optional<PartitionName>>("partition");
  t.partitions();
  t.field<Number>("partitions", "partitions ");
  t.field<Number>("replication_factor", "replication_factor ");
  t.texts("topics");
  t.field<std::string>("name");
  t.field<std::string>("transactional_id");
  t.field<std::int32_t>("level");
  t.field<std::string>("principal");
  t.field<std::string>("operation");
  t.resource();
  t.flag("remove", "remove");
  t.field<LongNumber>("producer_byte_rate", "producer_byte_rate=");
  t.field<LongNumber>("consumer_byte_rate", "consumer_byte_rate=");
  t.field<Number>("id", "broker-");
  t.flag("all", "all");
  t.flag("cancel", "cancel");
  t.flag("type", "unclean", "preferred");
  t.brokers("replicas");
  t.brokers("brokers");
  t.config();
  t.position();
  t.offsets();
  t.new_client();
  t.records();
  t.by_name();
  if (!c.as.empty()) t.add("as " + c.as);
  return t.text.empty() ? t.text : t.text.substr(1);
}

}  // namespace kafkascope::cluster
