#include "ui/panels/act_forms.h"

#include <algorithm>
#include <cctype>

#include "cluster/verbs.h"
#include "ui/panels/menu_items.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

using cluster::FieldType;
using cluster::Who;

/// How a value of a type is typed, an example, and its choices. A choice list in the verb's field takes precedence.
struct Typed {
  FieldKind kind = FieldKind::Text;
  std::string example{}, choices{};
};

Typed typed(const cluster::Field& field) {
  using enum FieldKind;
  switch (field.type) {
    case FieldType::Node:
      if (field.who == Who::Anybody) return {Text, "broker-1", "@nodes"};
      return field.who == Who::Servers ? Typed{Text, "broker-1", "@brokers"} : Typed{Text, "billing-1", "@clients"};
    case FieldType::Nodes: return {List, "broker-1", "@nodes"};
    case FieldType::Flag: return {Number, "true", "true|false"};
    case FieldType::Word:
      return {Text, std::string(field.words.first),
              std::string(field.words.first) + "|" + std::string(field.words.second)};
    case FieldType::Count: return {Number, "1", "1|3|all"};
    case FieldType::LogDir: return {Number, "0"};
    case FieldType::SeekOffset: return {Number, "7"};
    case FieldType::SeekTo: return {Text, "beginning", "beginning|end"};
    case FieldType::Integer:
    case FieldType::ResetTo:
    case FieldType::Fraction:
    case FieldType::Positive: return {Number};
    case FieldType::Topic: return {Text, "orders", "@topics"};
    case FieldType::NewTopic: return {Text, "orders"};
    case FieldType::Topics: return {List, "orders, mail", "@topics"};
    case FieldType::Group: return {Text, "billing", "@groups"};
    case FieldType::Client: return {Text, "shop", "@clients"};
    case FieldType::Api: return {Text, "Fetch", "@apis"};
    case FieldType::Principal: return {Text, "User:kim", "@principals"};
    case FieldType::Resource: return {Text, "topic:orders", "@resources"};
    case FieldType::Partition: return {Text, "orders-0", "@partitions"};
    case FieldType::Partitions: return {List, "orders-0, orders-1", "@partitions"};
    case FieldType::BrokerIds: return {List, "1, 2, 3", "@ids"};
    case FieldType::Calls: return {List, "stock, mail", "@clients"};
    case FieldType::ConfigEntries: return {Map};
    case FieldType::Offsets: return {Map, "orders-0=7"};
    case FieldType::Duration: return {Text, "2s", "200ms|2s|1m"};
    case FieldType::Bandwidth:
    case FieldType::ByteRate: return {Text, "1MB/s", "50KB/s|1MB/s"};
    case FieldType::Size: return {Text, "1MB"};
    default: return {};
  }
}

/// The field as declared in the table of verbs, for a form that gives only its path.
FormField declared(const cluster::Field& field) {
  const Typed by_type = typed(field);
  return {std::string(field.name), by_type.kind, *field.example == '\0' ? by_type.example : field.example,
          *field.choices == '\0' ? by_type.choices : field.choices, field.preset};
}

// clang-format off
std::vector<ActForm> make_forms() {
  using enum FieldKind;
  const auto kind = [](const char* word) { return FormField{"client/kind", Text, "", "", word, true}; };
  const FormField id{"client/id", Text, "billing-3"}, topics{"client/topics", List, "orders", "@topics"}, config{"client/config", Map, "auto.offset.reset=earliest"};
  return {
      {"new producer", "add_client", "ui.form_new_producer"_w, "ui.form_new_producer_sub"_w, Icon::Producer,
       {id, kind("producer"), {"client/topic", Text, "orders", "@topics"}, {"client/rate", Text, "10/s", "1/s|10/s|100/s", "10/s"}, {"client/keys", Text, "customer:8", "none|customer:8"}, {"client/value_size", Text, "100B"},
        {"client/config", Map, "acks=1, linger.ms=20", "acks=0|acks=1|acks=all|enable.idempotence=false|linger.ms=20"}}},
      {"new consumer", "add_client", "ui.form_new_consumer"_w, "ui.form_new_consumer_sub"_w, Icon::Consumer,
       {id, kind("consumer"), topics, {"client/config", Map, "group.id=billing, auto.offset.reset=earliest", "auto.offset.reset=earliest|isolation.level=read_committed|group.protocol=consumer"}, {"client/work", Text, "5ms", "5ms|200ms|2s"},
        {"client/commit", Text, "sync_after", "auto|sync_after|async_after|sync_before|none"}}},
      {"new share consumer", "add_client", "ui.form_new_sharer"_w, "ui.form_new_sharer_sub"_w, Icon::Consumer,
       {id, kind("share_consumer"), topics, config, {"client/work", Text, "200ms", "5ms|200ms|2s"}, {"client/acknowledge", Text, "release_every:3", "accept|release_every:3|reject_every:3"}}},
      {"behave producer", "behave", "ui.form_behave"_w, "ui.form_behave_sub"_w, Icon::Edit,
       {{"node"}, {"rate", Text, "100/s", "1/s|10/s|100/s|1000/s"}, {"send", Text, "sync", "async|sync|fire_and_forget"}, {"partitioner", Text, "round_robin", "default|round_robin|sticky|key_prefix::|crc32|fnv1a"}}},
      {"behave consumer", "behave", "ui.form_behave"_w, "ui.form_behave_sub"_w, Icon::Edit,
       {{"node"}, {"work", Text, "2s", "0ms|5ms|200ms|2s|15s"}, {"commit", Text, "sync_after", "auto|sync_after|async_after|sync_before|none"}, {"handoff/threads", Number, "4"}}},
      {"behave share consumer", "behave", "ui.form_behave"_w, "ui.form_behave_sub"_w, Icon::Edit,
       {{"node"}, {"work", Text, "2s", "0ms|200ms|2s|40s"}, {"acknowledge", Text, "release_every:3", "accept|release_every:3|reject_every:3"}}},
      {"behave service", "behave", "ui.form_behave"_w, "ui.form_behave_sub"_w, Icon::Edit,
       {{"node"}, {"rate", Text, "10/s"}, {"work", Text, "2s", "5ms|200ms|2s"}, {"calls", List, "stock, mail", "@clients"}}},
      {"produce", "produce", "ui.form_produce"_w, "ui.form_produce_sub"_w, Icon::Producer,
       {{"node"}, {"records/0/key", Text, "user-1"}, {"records/0/value", Text, "hello", "", "by hand"}, {"records/0/topic", Text, "orders", "@topics"}, {"records/0/partition", Number, "0"}, {"records/0/headers", Pairs, "trace=17"},
        {"records/0/timestamp", Number, "1704067205000"}}},
      {"commit", "commit", "ui.form_commit"_w, "ui.form_commit_sub"_w, Icon::Flag, {{"node"}, {"offsets"}}},
      {"begin transaction", "begin_transaction", "ui.form_begin_transaction"_w, "ui.form_begin_transaction_sub"_w, Icon::Link, {{"node"}}},
      {"commit transaction", "commit_transaction", "ui.form_commit_transaction"_w, "ui.form_commit_transaction_sub"_w, Icon::Check, {{"node"}}},
      {"abort transaction", "abort_transaction", "ui.form_abort_transaction"_w, "ui.form_abort_transaction_sub"_w, Icon::Out, {{"node"}}},
      {"send offsets", "send_offsets_to_transaction", "ui.form_send_offsets"_w, "ui.form_send_offsets_sub"_w, Icon::Flag, {{"node"}, {"group"}, {"offsets"}}},
      {"seek", "seek", "ui.form_seek"_w, "ui.form_seek_sub"_w, Icon::Step, {{"node"}, {"partition"}, {"offset"}, {"to"}}},
      {"subscribe", "subscribe", "ui.form_subscribe"_w, "ui.form_subscribe_sub"_w, Icon::Group, {{"node"}, {"topics"}}},
      {"pause partitions", "pause_partitions", "ui.form_pause_partitions"_w, "ui.form_pause_partitions_sub"_w, Icon::Pause, {{"node"}, {"partitions"}}},
      {"resume partitions", "resume_partitions", "ui.form_resume_partitions"_w, "ui.form_resume_partitions_sub"_w, Icon::Play, {{"node"}, {"partitions"}}},
      {"configure", "configure", "ui.form_configure"_w, "ui.form_configure_sub"_w, Icon::Edit, {{"topic"}, {"node"}, {"group"}, {"config"}}},
      {"create topic", "create_topic", "ui.form_create_topic"_w, "ui.form_create_topic_sub"_w, Icon::Disk, {{"topic"}, {"partitions"}, {"replication_factor"}, {"config"}, {"assignments"}}},
      {"add partitions", "add_partitions", "ui.form_add_partitions"_w, "ui.add_partition_sub"_w, Icon::Branch, {{"topic"}, {"partitions"}, {"assignments"}}},
      {"delete records", "delete_records", "ui.form_delete_records"_w, "ui.delete_records_sub"_w, Icon::Out, {{"partition"}, {"before"}}},
      {"abort hanging", "abort_hanging", "ui.form_abort_hanging"_w, "ui.abort_hanging_sub"_w, Icon::Out, {{"partition"}, {"start_offset"}}},
      {"terminate transaction", "terminate_transaction", "ui.form_terminate"_w, "ui.form_terminate_sub"_w, Icon::Out, {{"transactional_id"}}},
      {"reassign", "reassign", "ui.form_reassign"_w, "ui.form_reassign_sub"_w, Icon::Broker, {{"partition"}, {"replicas"}, {"topic"}, {"all"}, {"brokers"}, {"throttle"}, {"cancel"}}, "replicas"},
      {"elect leaders", "elect_leaders", "ui.form_elect"_w, "ui.form_elect_sub"_w, Icon::Crown, {{"type"}, {"partitions"}}},
      {"add broker", "add_broker", "ui.form_add_broker"_w, "ui.add_broker_sub"_w, Icon::Broker, {{"id"}, {"rack"}, {"host"}, {"config"}}},
      {"reset offsets", "reset_offsets", "ui.form_reset_offsets"_w, "ui.form_reset_offsets_sub"_w, Icon::Back, {{"group"}, {"topic"}, {"partitions"}, {"to"}}},
      {"delete offsets", "delete_offsets", "ui.form_delete_offsets"_w, "ui.delete_offsets_sub"_w, Icon::Out, {{"group"}, {"topic"}, {"partitions"}}},
      {"acl", "acl", "ui.form_acl"_w, "ui.form_acl_sub"_w, Icon::Lock, {{"principal"}, {"operation"}, {"resource"}, {"allow"}, {"pattern"}, {"remove"}}},
      {"quota", "quota", "ui.form_quota"_w, "ui.form_quota_sub"_w, Icon::Clock, {{"principal"}, {"client"}, {"producer_byte_rate"}, {"consumer_byte_rate"}, {"remove"}}},
      {"feature", "feature", "ui.form_feature"_w, "ui.form_feature_sub"_w, Icon::Flag, {{"name"}, {"level"}}},
      {"restart", "restart", "ui.form_restart"_w, "ui.form_restart_sub"_w, Icon::Play, {{"node"}, {"config"}}},
      {"disk", "disk", "ui.form_disk"_w, "ui.form_disk_sub"_w, Icon::Disk, {{"node"}, {"dir"}, {"write"}, {"flush"}, {"capacity"}, {"fail"}}},
      {"skew clock", "skew_clock", "ui.form_clock"_w, "ui.clock_ahead_sub"_w, Icon::Clock, {{"node"}, {"by"}}},
      {"link", "link", "ui.form_link"_w, "ui.form_link_sub"_w, Icon::Link, {{"from"}, {"to"}, {"latency"}, {"bandwidth"}, {"loss"}, {"one_way"}}},
      {"partition", "partition", "ui.form_partition"_w, "ui.cut_sub"_w, Icon::Cut, {{"from"}, {"to"}, {"one_way"}}},
      {"hold", "hold", "ui.form_hold"_w, "ui.hold_sub"_w, Icon::Pause, {{"from"}, {"to"}, {"api"}, {"what"}, {"count"}}},
      {"release", "release", "ui.form_release"_w, "ui.release_sub"_w, Icon::Play, {{"from"}, {"to"}, {"api"}, {"what"}, {"count"}}},
      {"lose", "lose", "ui.form_lose"_w, "ui.lose_next_sub"_w, Icon::Crash, {{"from"}, {"to"}, {"api"}, {"what"}, {"count"}}},
      {"answer", "answer", "ui.form_answer"_w, "ui.form_answer_sub"_w, Icon::Warn, {{"node"}, {"from", Text, "shop", "@clients"}, {"api"}, {"error"}, {"count"}}},
  };
}
// clang-format on

/// The forms of make_forms(), their fields completed from the table of verbs, followed by a form for each verb that has
/// a struct of its own.
std::vector<ActForm> finished_forms() {
  std::vector<ActForm> forms = make_forms();
  for (ActForm& form : forms) {
    const cluster::VerbInfo& verb = cluster::info(*cluster::parse_verb(form.verb));
    form.does = verb.words("does");
    for (FormField& field : form.fields)
      if (field.kind == FieldKind::AsDeclared) field = declared(*verb.find(field.path));
  }
  for (const cluster::VerbInfo& verb : cluster::verbs()) {
    if (verb.run == nullptr) continue;
    std::string title(verb.name);
    std::replace(title.begin(), title.end(), '_', ' ');
    ActForm form{title, std::string(verb.name),   "ui.form_own"_w,   words::Key{}, Icon::Edit, {},
                 "",    both(verb.words("name")), verb.words("does")};
    for (const cluster::Field& field : verb.fields) form.fields.push_back(declared(field));
    forms.push_back(std::move(form));
  }
  return forms;
}

const Node* node_named(const Snapshot& world, const std::string& name) {
  const auto it =
      std::find_if(world.nodes.begin(), world.nodes.end(), [&](const Node& n) { return n.name == name && !n.removed; });
  return it == world.nodes.end() ? nullptr : &*it;
}
const Partition* partition_named(const Snapshot& world, const std::string& name) {
  const auto it = std::find_if(world.partitions.begin(), world.partitions.end(),
                               [&](const Partition& p) { return p.name == name; });
  return it == world.partitions.end() ? nullptr : &*it;
}
bool is_group(const Snapshot& world, const std::string& name) {
  return std::any_of(world.groups.begin(), world.groups.end(), [&](const Group& g) { return g.id == name; });
}

template <class List, class Text>
std::string joined(const List& list, Text text) {
  std::string out;
  for (const auto& item : list) out += (out.empty() ? "" : ", ") + text(item);
  return out;
}

/// The first free name with that stem: "consumer-2".
std::string free_name(const Snapshot& world, const std::string& stem) {
  for (int n = 1;; ++n) {
    const std::string name = stem + "-" + std::to_string(n);
    const bool topic = std::any_of(world.partitions.begin(), world.partitions.end(),
                                   [&](const Partition& p) { return p.topic == name; });
    if (node_named(world, name) == nullptr && !is_group(world, name) && !topic) return name;
  }
}

/// The stem that programs of one kind share: billing-2 -> billing.
std::string stem_of(const std::string& name) {
  const std::size_t hyphen = name.rfind('-');
  const bool numbered = hyphen != std::string::npos && hyphen > 0 &&
                        name.find_first_not_of("0123456789", hyphen + 1) == std::string::npos &&
                        hyphen + 1 < name.size();
  return numbered ? name.substr(0, hyphen) : name;
}

/// The objects that the target refers to, as far as they are known.
struct About {
  const Node* node = nullptr;
  const Partition* partition = nullptr;
  const Client* client = nullptr;
  std::string group, topic;
};

About about(const Snapshot& world, const std::string& target) {
  About a;
  a.node = node_named(world, target);
  a.partition = partition_named(world, target);
  if (is_group(world, target)) a.group = target;
  if (a.node != nullptr && is_client(a.node->kind)) {
    for (const Client& c : world.clients)
      if (&world.nodes[static_cast<std::size_t>(std::max(c.node, 0))] == a.node) a.client = &c;
    if (a.client != nullptr) a.group = a.client->group;
  }
  const auto topic_of = [&](int partition) {
    if (a.topic.empty() && partition >= 0 && partition < static_cast<int>(world.partitions.size()))
      a.topic = world.partitions[static_cast<std::size_t>(partition)].topic;
  };
  if (a.partition != nullptr) a.topic = a.partition->topic;
  if (a.client != nullptr)
    for (const int p : a.client->topics_partitions) topic_of(p);
  for (const Group& g : world.groups)
    if (g.id == a.group)
      for (const GroupPartition& p : g.partitions) topic_of(p.partition);
  return a;
}

/// A field's initial value: what the target implies in this world, else the field's preset.
std::string value_of(const Snapshot& world, const ActForm& form, const FormField& field, const std::string& target,
                     const std::string& other) {
  const std::string_view path = field.path, id = form.id;
  const About a = about(world, target);
  const std::string first_topic = world.partitions.empty() ? "" : world.partitions.front().topic;
  if (path == "node" && id == "configure") return a.node != nullptr ? target : "";
  if (path == "node" || path == "from") return a.node != nullptr && !(path == "from" && id == "answer") ? target : "";
  if (path == "to" && field.kind == FieldKind::List) return other;
  if (path == "partition") return a.partition != nullptr ? target : "";
  if (path == "partitions" && id == "add partitions")
    return a.partition == nullptr
               ? ""
               : std::to_string(1 + std::count_if(world.partitions.begin(), world.partitions.end(),
                                                  [&](const Partition& p) { return p.topic == a.topic; }));
  if (path == "partitions" && field.kind == FieldKind::List) {
    if (a.client != nullptr)
      return joined(a.client->topics_partitions,
                    [&](int p) { return world.partitions[static_cast<std::size_t>(p)].name; });
    return a.partition != nullptr ? target : "";
  }
  if (path == "topic" && id == "create topic") return free_name(world, "topic");
  if (path == "topic") return a.partition != nullptr && id != "reassign" ? a.topic : "";
  if (path == "replicas")
    return a.partition == nullptr ? "" : joined(a.partition->replicas, [](int b) { return std::to_string(b); });
  if (path == "transactional_id") {
    for (const Transaction& t : world.transactions)
      if (std::find(t.producers.begin(), t.producers.end(), target) != t.producers.end()) return t.id;
    return "";
  }
  if (path == "group") return is_group(world, target) ? target : "";
  if (path == "id") {
    int most = 0;
    for (const Node& n : world.nodes)
      if (n.kind == NodeKind::Broker) most = std::max(most, n.id);
    return std::to_string(most + 1);
  }
  if (path == "client/id") {
    const bool like = a.client != nullptr, member = !a.group.empty() && id != "new producer";
    return free_name(world, like                   ? stem_of(target)
                            : member               ? stem_of(a.group)
                            : id == "new producer" ? "producer"
                                                   : "consumer");
  }
  if (path == "client/topic" || path == "client/topics") return a.topic.empty() ? first_topic : a.topic;
  if (path == "client/config" && id != "new producer")
    return "group.id=" + (a.group.empty() ? free_name(world, "group") : a.group);
  if (path == "principal") return a.client != nullptr ? "User:" + target : "";
  if (path == "resource")
    return !a.topic.empty() ? "topic:" + a.topic : !first_topic.empty() ? "topic:" + first_topic : "";
  return field.preset;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(at);
    std::string_view one = text.substr(0, end);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (!one.empty()) parts.emplace_back(one);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + "\"";
}

bool is_number(std::string_view s) {
  if (s.starts_with('-')) s.remove_prefix(1);
  const std::size_t dot = s.find('.');
  const std::string_view whole = s.substr(0, dot), rest = dot == std::string_view::npos ? "0" : s.substr(dot + 1);
  const auto digits = [](std::string_view d) {
    return !d.empty() && d.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return digits(whole) && digits(rest) && (whole.size() == 1 || whole.front() != '0');
}

std::string bare(std::string_view text) {
  return is_number(text) || text == "true" || text == "false" ? std::string(text) : json_quoted(text);
}

std::string json_of(const FormField& field, const std::string& value) {
  if (value.starts_with('{') || value.starts_with('[')) return value;
  const auto pair = [&](const std::string& entry, const char* between, bool plain) {
    const std::size_t equals = entry.find('=');
    const std::string_view is =
        equals == std::string::npos ? std::string_view() : std::string_view(entry).substr(equals + 1);
    return json_quoted(entry.substr(0, equals)) + between + (plain ? bare(is) : json_quoted(is));
  };
  switch (field.kind) {
    case FieldKind::AsDeclared:
    case FieldKind::Text: return json_quoted(value);
    case FieldKind::Number: return bare(value);
    case FieldKind::List:
      return "[" + joined(split(value, ','), [](const std::string& one) { return bare(one); }) + "]";
    case FieldKind::Map:
      return "{" + joined(split(value, ','), [&](const std::string& one) { return pair(one, ": ", true); }) + "}";
    case FieldKind::Pairs:
      return "[" +
             joined(split(value, ','), [&](const std::string& one) { return "[" + pair(one, ", ", false) + "]"; }) +
             "]";
  }
  return {};
}

}  // namespace

const std::vector<ActForm>& act_forms() {
  static const std::vector<ActForm> forms = finished_forms();
  return forms;
}

words::Key does_of(std::string_view verb) {
  const std::optional<cluster::Verb> known = cluster::parse_verb(verb);
  return known ? cluster::info(*known).words("does") : words::Key{};
}

int act_form(std::string_view id) {
  for (std::size_t i = 0; i < act_forms().size(); ++i)
    if (act_forms()[i].id == id) return static_cast<int>(i);
  return -1;
}

namespace {

/// Whether the verb applies to this node or, if the verb takes no node, to the stage.
bool is_for(cluster::Verb verb, const std::string& target, const Node* node) {
  const cluster::Field* whom = cluster::info(verb).find("node");
  if (whom == nullptr) return target == kMenuOfStage;
  if (node == nullptr) return false;
  switch (whom->who) {
    case Who::Anybody: return true;
    case Who::Servers: return !is_client(node->kind);
    case Who::Clients: return is_client(node->kind);
    case Who::Producers: return node->kind == NodeKind::Producer || node->kind == NodeKind::Transform;
    case Who::Consumers:
      return node->kind == NodeKind::Consumer || node->kind == NodeKind::ShareConsumer ||
             node->kind == NodeKind::Transform;
  }
  return false;
}

}  // namespace

std::vector<int> act_forms_for(const Snapshot& world, const std::string& target, const std::string& other) {
  std::vector<const char*> ids;
  const Node* node = node_named(world, target);
  const bool down = node != nullptr && node->down();
  if (target == kMenuOfStage) {
    ids = {"create topic", "add broker", "configure", "reassign", "elect leaders", "acl",
           "quota",        "feature",    "partition", "link",     "release",       "terminate transaction"};
  } else if (node != nullptr && !other.empty()) {
    ids = {"link", "hold", "release", "lose", "partition"};
  } else if (node != nullptr) {
    if (down && node->kind == NodeKind::Broker) ids = {"restart"};
    if (!down) {
      switch (node->kind) {
        case NodeKind::Producer:
          ids = {"produce",
                 "begin transaction",
                 "commit transaction",
                 "abort transaction",
                 "send offsets",
                 "terminate transaction",
                 "acl",
                 "quota"};
          break;
        case NodeKind::Consumer:
          ids = {"commit", "seek", "subscribe", "pause partitions", "resume partitions", "acl", "quota"};
          break;
        case NodeKind::ShareConsumer:
        case NodeKind::Transform: ids = {"subscribe", "acl", "quota"}; break;
        case NodeKind::Broker: ids = {"configure", "disk", "skew clock", "answer"}; break;
        case NodeKind::Controller:
        case NodeKind::ZooKeeper: ids = {"skew clock"}; break;
        default: break;
      }
    }
    for (const char* always : {"hold", "release", "lose", "link", "partition"}) ids.push_back(always);
  } else if (partition_named(world, target) != nullptr) {
    ids = {"reassign"};
    if (other.empty())
      ids = {"new consumer",  "new producer", "reassign", "elect leaders", "add partitions", "delete records",
             "abort hanging", "configure",    "acl"};
  } else if (is_group(world, target)) {
    ids = {"configure", "reset offsets", "delete offsets"};
  }
  std::vector<int> found;
  for (const char* id : ids) found.push_back(act_form(id));
  for (std::size_t i = 0; i < act_forms().size(); ++i)
    if (act_forms()[i].name == "ui.form_own"_w && other.empty() &&
        is_for(*cluster::parse_verb(act_forms()[i].verb), target, node))
      found.push_back(static_cast<int>(i));
  return found;
}

std::vector<std::string> form_values(const Snapshot& world, const ActForm& form, const std::string& target,
                                     const std::string& other) {
  std::vector<std::string> values;
  for (const FormField& field : form.fields)
    values.push_back(field.fixed ? field.preset : value_of(world, form, field, target, other));
  return values;
}

namespace {

/// The partition named in the form; else, if `any`, the first one.
const Partition* partition_of(const Snapshot& world, const ActForm& form, const std::vector<std::string>& values,
                              bool any) {
  for (std::size_t i = 0; i < form.fields.size() && i < values.size(); ++i)
    if (std::string_view(form.fields[i].path) == "partition")
      if (const Partition* named = partition_named(world, values[i])) return named;
  return any && !world.partitions.empty() ? &world.partitions.front() : nullptr;
}

bool holds(const Partition& p, int broker) {
  return std::find(p.replicas.begin(), p.replicas.end(), broker) != p.replicas.end();
}

}  // namespace

std::string form_note(const Snapshot& world, Lang lang, const ActForm& form, const std::vector<std::string>& values) {
  if (std::none_of(form.fields.begin(), form.fields.end(),
                   [](const FormField& f) { return std::string_view(f.choices) == "@ids"; }))
    return {};
  const Partition* part = partition_of(world, form, values, false);
  std::string brokers;
  for (const Node& n : world.nodes) {
    if (n.kind != NodeKind::Broker || n.removed) continue;
    std::string facts;
    const auto fact = [&](const std::string& words) { facts += (facts.empty() ? "" : ", ") + words; };
    if (!n.rack.empty()) fact(tr(lang, "ui.rack"_w, {{"rack", n.rack}}));
    if (!node_look(n).quiet) fact(tr(lang, state_word(n)));
    if (part != nullptr && holds(*part, n.id))
      fact(tr(lang, part->leader == n.id ? "ui.form_leads"_w : "ui.form_holds"_w, {{"partition", part->name}}));
    brokers += (brokers.empty() ? "" : "; ") + std::to_string(n.id) + (facts.empty() ? "" : " (" + facts + ")");
  }
  return tr(lang, "ui.form_brokers"_w, {{"brokers", brokers}});
}

std::string form_example(const Snapshot& world, const ActForm& form, std::size_t index,
                         const std::vector<std::string>& values) {
  const FormField& field = form.fields[index];
  const std::string_view path = field.path;
  const Partition* part = partition_of(world, form, values, true);
  if (part == nullptr) return field.example;
  const std::string two = world.partitions.size() > 1 ? ", " + world.partitions[1].name : "";
  if (path == "partition") return part->name;
  if (std::string_view(field.choices) == "@partitions")
    return field.kind == FieldKind::List ? world.partitions.front().name + two : world.partitions.front().name;
  if (std::string_view(field.choices) == "@topics") return part->topic;
  if (std::string_view(field.choices) != "@ids") return field.example;
  std::vector<int> ids;
  for (const Node& n : world.nodes)
    if (n.kind == NodeKind::Broker && !n.removed && node_look(n).quiet) ids.push_back(n.id);
  if (path == "replicas") {  // the last replica moves to a broker without one
    const auto free = std::find_if(ids.begin(), ids.end(), [&](int id) { return !holds(*part, id); });
    std::vector<int> moved = part->replicas;
    if (free != ids.end() && !moved.empty()) moved.back() = *free;
    else if (moved.size() > 1) std::rotate(moved.begin(), moved.begin() + 1, moved.end());  // no free broker: reorder
    ids = moved;
  }
  return joined(ids, [](int id) { return std::to_string(id); });
}

std::vector<std::string> form_choices(const Snapshot& world, const ActForm& form, std::size_t index,
                                      std::string_view typed) {
  const std::string_view choices = form.fields[index].choices;
  if (!choices.starts_with('@')) return split(choices, '|');
  std::vector<std::string> all;
  const auto add = [&](std::string name) {
    if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(std::move(name));
  };
  const auto topics = [&](const std::string& before) {
    for (const Partition& p : world.partitions) add(before + p.topic);
  };
  const auto groups = [&](const std::string& before) {
    for (const Group& g : world.groups) add(before + g.id);
  };
  const std::string_view verb = form.verb;
  const bool consumers = verb == "commit" || verb == "seek" || verb == "subscribe" || verb.ends_with("_partitions");
  for (const Node& n : world.nodes) {
    if (n.name == "operator" || n.removed) continue;
    const bool reads =
        n.kind == NodeKind::Consumer || n.kind == NodeKind::ShareConsumer || n.kind == NodeKind::Transform;
    if (choices == "@nodes" || (choices == "@brokers" && n.kind == NodeKind::Broker)) add(n.name);
    if (choices == "@ids" && n.kind == NodeKind::Broker) add(std::to_string(n.id));
    if (choices == "@clients" && is_client(n.kind) && (!consumers || reads) &&
        (verb != "produce" || n.kind == NodeKind::Producer))
      add(n.name);
    if (choices == "@principals" && is_client(n.kind)) add("User:" + n.name);
  }
  if (choices == "@topics") topics("");
  if (choices == "@groups") groups("");
  if (choices == "@resources") topics("topic:"), groups("group:"), add("cluster");
  if (choices == "@partitions")
    for (const Partition& p : world.partitions) add(p.name);
  if (choices == "@apis")
    for (const char* api : {"Produce", "Fetch", "Metadata", "JoinGroup", "SyncGroup", "Heartbeat", "OffsetCommit",
                            "AlterPartition", "BrokerHeartbeat", "Vote"})
      add(api);
  const std::size_t comma = form.fields[index].kind == FieldKind::List ? typed.rfind(',') : std::string_view::npos;
  std::string_view begun = comma == std::string_view::npos ? typed : typed.substr(comma + 1);
  while (begun.starts_with(' ')) begun.remove_prefix(1);
  if (std::find(all.begin(), all.end(), begun) != all.end()) return all;  // chosen: the others keep their places
  std::stable_partition(all.begin(), all.end(),
                        [&](const std::string& one) { return one != begun && one.starts_with(begun); });
  return all;
}

bool has_choice(const FormField& field, const std::string& value, const std::string& choice) {
  if (field.kind != FieldKind::List && field.kind != FieldKind::Map) return value == choice;
  const std::vector<std::string> parts = split(value, ',');
  return std::find(parts.begin(), parts.end(), choice) != parts.end();
}

std::string with_choice(const FormField& field, const std::string& value, const std::string& choice) {
  if (field.kind != FieldKind::List && field.kind != FieldKind::Map) return choice;
  std::vector<std::string> parts = split(value, ',');
  if (std::erase(parts, choice) == 0) {
    if (!parts.empty() && choice.starts_with(parts.back())) parts.pop_back();  // the partly typed word
    const std::size_t equals = choice.find('=');
    if (equals != std::string::npos)
      std::erase_if(parts, [&](const std::string& part) { return part.starts_with(choice.substr(0, equals + 1)); });
    parts.push_back(choice);
  }
  return joined(parts, [](const std::string& part) { return part; });
}

std::string form_step(const ActForm& form, const std::vector<std::string>& values) {
  // Fields of one object are adjacent, so an object is opened once, and closed before the first field outside it.
  std::string out = "{\"do\": " + json_quoted(form.verb);
  // The objects, and lists of one object, being written, each with the character that closes it.
  std::vector<std::pair<std::string, char>> open;
  bool first = false;
  const auto close_to = [&](std::size_t depth) {
    for (; open.size() > depth; open.pop_back()) out += open.back().second, first = false;
  };
  for (std::size_t i = 0; i < form.fields.size() && i < values.size(); ++i) {
    if (split(values[i], '\n').empty()) continue;
    std::vector<std::string> way = split(form.fields[i].path, '/');
    const std::string key = way.back();
    way.pop_back();
    std::size_t same = 0;
    while (same < way.size() && same < open.size() && way[same] == open[same].first) ++same;
    close_to(same);
    for (; same < way.size(); ++same) {
      const bool list = same + 1 < way.size() && way[same + 1] == "0";
      if (way[same] == "0") out += "{";
      else out += std::string(first ? "" : ", ") + json_quoted(way[same]) + (list ? ": [" : ": {");
      first = true;
      open.emplace_back(way[same], list ? ']' : '}');
    }
    out += (first ? "" : ", ") + json_quoted(key) + ": " + json_of(form.fields[i], values[i]);
    first = false;
  }
  close_to(0);
  return out + "}";
}

}  // namespace kafkascope::ui
