// Reads the `do` of a step: its verb's fields, each according to its type, and whether the names in them exist.
// check_command.cpp has the checks across fields.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "cluster/client_kinds.h"
#include "cluster/verbs.h"
#include "protocol/endpoint.h"
#include "scenario/api_names.h"
#include "scenario/command_checks.h"
#include "scenario/reading.h"
#include "scenario/supported.h"

namespace kafkascope::scenario {

namespace {

using cluster::ClientKind;
using cluster::Command;
using cluster::Field;
using cluster::FieldType;
using cluster::PositionSpec;
using cluster::Verb;

template <class T>
constexpr bool kNumber = std::is_integral_v<T> && !std::is_same_v<T, bool>;

template <class T, class Places>
constexpr bool kIsAmong = false;
template <class T, class... Places>
constexpr bool kIsAmong<T, std::variant<Places...>> = (std::is_same_v<T, Places> || ...);

/// Stores the value if the place is of this type.
template <class Held, class T>
bool stored(const cluster::Place& place, T& value) {
  if constexpr (kIsAmong<Held*, cluster::Place>) {
    if (auto* const* held = std::get_if<Held*>(&place)) {
      if constexpr (kNumber<T>) **held = static_cast<Held>(value);
      else **held = std::move(value);
      return true;
    }
  }
  return false;
}

/// One command being read.
class CommandReader {
 public:
  CommandReader(Reading& reading, Fields& step, Verb verb)
      : reading_(reading), step_(step), verb_(cluster::info(verb)) {
    command_.verb = verb;
  }

  Command read() {
    check_required();
    for (const Field& field : verb_.fields) {
      if (field.type == FieldType::Count) put(field, std::optional<std::int64_t>(1));
      if (const Node* node = step_.take(field.name)) read(field, *node, step_.at(field.name));
    }
    check_command(reading_, step_, command_);
    verb_.is(cluster::kAdmin) ? read_admin() : refuse_admin();
    return std::move(command_);
  }

 private:
  /// Stores a value in its field's place.
  template <class T>
  void put(const Field& field, std::optional<T> value) {
    if (!value) return;
    const cluster::Place place = field.edit(command_);
    bool fits = false;
    if constexpr (kNumber<T>) {
      fits = stored<std::int32_t>(place, *value) || stored<std::optional<std::int32_t>>(place, *value) ||
             stored<std::int64_t>(place, *value) || stored<std::optional<std::int64_t>>(place, *value);
    } else {
      fits = stored<T>(place, *value) || stored<std::optional<T>>(place, *value);
    }
    assert(fits && "the field's type and its member do not go together");
    static_cast<void>(fits);
  }

  void error(std::string_view field, Message message, Message remedy) {
    error_at(reading_, step_, field, std::move(message), std::move(remedy));
  }

  void check_required() {
    for (const Field& field : verb_.fields) {
      if (!field.required || step_.has(field.name)) continue;
      reading_.report.error(
          step_.node(), step_.path(),
          Message("problem.missing_in"_w, {{"field", in_quotes(field.name)}, {"what", in_quotes(verb_.name)}}),
          example(fmt::format("{}: {}", in_quotes(field.name), sample(field))));
    }
  }
  /// A value that the field could have; "…" if it depends on the file.
  static std::string sample(const Field& field) {
    const std::string_view shown = field.example, first = shown.substr(0, shown.find(", "));
    const bool client = field.who != cluster::Who::Anybody && field.who != cluster::Who::Servers;
    switch (field.type) {
      case FieldType::Node:
      case FieldType::Nodes:
        if (!first.empty()) return in_quotes(first);
        return client ? "…" : in_quotes("broker-1");
      case FieldType::Api:
      case FieldType::ErrorCode: return first.empty() ? "…" : in_quotes(first);
      default: return "…";
    }
  }

  void read(const Field& field, const Node& node, const Path& path) {
    Reading& r = reading_;
    switch (field.type) {
      case FieldType::Node: return read_node(field, node, path);
      case FieldType::Nodes: return put(field, std::optional(refs(node, path)));
      case FieldType::Flag: return put(field, r.boolean(node, path));
      case FieldType::Word: return read_word(field, node, path);
      case FieldType::Integer: return put(field, r.integer(node, path, field.least, field.most));
      case FieldType::LogDir: return read_log_dir(field, node, path);
      case FieldType::Count: return read_count(field, node, path);
      case FieldType::Duration: return put(field, r.duration(node, path, field.least < 0));
      case FieldType::Latency: return put(field, r.latency(node, path));
      case FieldType::Bandwidth: return put(field, r.bandwidth(node, path));
      case FieldType::ByteRate:
        return put(field, node.is_string() ? r.bandwidth(node, path) : r.integer(node, path, 1, kLongMax));
      case FieldType::Size: return put(field, r.size(node, path));
      case FieldType::Fraction:
        if (node.is_number() && node.decimal() >= 0 && node.decimal() <= 1) return put(field, millionths(node));
        return error(field.name, Message("problem.fraction"_w, {{"field", field.name}}),
                     Message("remedy.number_from_to"_w, {{"from", 0}, {"to", 1}}));
      case FieldType::Positive:
        if (node.is_number() && node.decimal() > 0 && node.decimal() <= 1e9) return put(field, millionths(node));
        return error(field.name, Message("problem.not_positive_number"_w, {{"field", in_quotes(field.name)}}),
                     "remedy.number_above_0"_w);
      case FieldType::Text:
      case FieldType::Topic:
      case FieldType::NewTopic:
      case FieldType::Group:
      case FieldType::Client:
      case FieldType::Api:
      case FieldType::ErrorCode:
      case FieldType::EventKey:
      case FieldType::Principal:
      case FieldType::Operation:
      case FieldType::Resource: return read_text(field, node, path);
      case FieldType::Partition: return put(field, r.partition(node, path));
      case FieldType::Partitions: return read_partitions(field, node, path);
      case FieldType::Topics: return read_topics(field, node, path);
      case FieldType::BrokerIds: return put(field, r.broker_ids(node, path));
      case FieldType::Assignments:
        put(field, std::optional(read_assignments(r, node, path, verb_.verb == Verb::CreateTopic)));
        return check_created(r, node, path, command_);
      case FieldType::ConfigEntries: return read_config(field, node, path);
      case FieldType::SeekOffset:
        if (const auto offset = r.integer(node, path, 0, kLongMax))
          put(field, std::optional(PositionSpec{PositionSpec::Kind::Offset, *offset}));
        return;
      case FieldType::SeekTo: return read_end(field, node, path, {"beginning", "end"});
      case FieldType::ResetTo: return read_reset(field, node, path);
      case FieldType::NewClient:
        if (const auto read = r.added.find(&node); read != r.added.end()) put(field, std::optional(read->second));
        return;
      case FieldType::Records: return put(field, std::optional(read_records(r, node, path, needs_topic())));
      case FieldType::Offsets: return read_offsets(field, node, path);
      case FieldType::Rate: return put(field, r.rate(node, path));
      case FieldType::Work: return put(field, read_work(r, node, path));
      case FieldType::Send: return put(field, read_send(r, node, path));
      case FieldType::Commit: return put(field, read_commit(r, node, path));
      case FieldType::Handoff: return put(field, read_handoff(r, node, path));
      case FieldType::Acknowledge: return put(field, read_acknowledge(r, node, path));
      case FieldType::Calls: return put(field, r.strings(node, path));
      case FieldType::Partitioner: return put(field, read_partitioner(r, node, path));
    }
  }

  static std::optional<std::int64_t> millionths(const Node& node) { return std::llround(node.decimal() * 1000000); }

  void read_node(const Field& field, const Node& node, const Path& path) {
    auto ref = read_node_ref(reading_, node, path);
    if (!ref) return;
    check_who(reading_, step_, verb_, field, *ref);
    put(field, std::move(ref));
  }

  std::vector<cluster::NodeRef> refs(const Node& node, const Path& path) {
    std::vector<cluster::NodeRef> all;
    if (!node.is_array()) {
      if (auto ref = read_node_ref(reading_, node, path)) all.push_back(std::move(*ref));
      return all;
    }
    if (node.items().empty()) reading_.report.error(node, path, "problem.list_nodes_empty"_w, "remedy.one_node"_w);
    for (std::size_t i = 0; i < node.items().size() && !reading_.report.full(); ++i) {
      if (auto ref = read_node_ref(reading_, node.items()[i], Path(path, i))) all.push_back(std::move(*ref));
    }
    return all;
  }

  void read_word(const Field& field, const Node& node, const Path& path) {
    const auto word = reading_.word(node, path, {field.words.first, field.words.second});
    if (!word) return;
    if (std::holds_alternative<cluster::MessageSide*>(field.edit(command_)))
      put(field, std::optional(*word == 0 ? cluster::MessageSide::Request : cluster::MessageSide::Response));
    else put(field, std::optional(*word == 1));
  }

  void read_log_dir(const Field& field, const Node& node, const Path& path) {
    const auto dir = reading_.integer(node, path, 0, kMostLogDirs - 1);
    put(field, dir);
    if (const std::int32_t dirs = reading_.names.log_dirs; dir && *dir >= dirs)
      error(field.name, Message("problem.no_log_directory"_w, {{"dir", *dir}}),
            dirs == 1 ? Message("remedy.leave_out_or_more_dirs"_w)
                      : Message("remedy.number_from_to"_w, {{"from", 0}, {"to", dirs - 1}}));
  }

  void read_count(const Field& field, const Node& node, const Path& path) {
    if (node.is_string() && node.text() == "all") *std::get<std::optional<std::int64_t>*>(field.edit(command_)) = {};
    else put(field, reading_.integer(node, path, 1, kIntMax));
  }

  void read_text(const Field& field, const Node& node, const Path& path) {
    const auto text = reading_.string(node, path);
    if (!text) return;
    put(field, text);
    check_text(reading_, step_, field, *text);
  }

  void read_partitions(const Field& field, const Node& node, const Path& path) {
    if (!node.is_array())
      return reading_.report.error(node, path, "problem.partitions_no_list"_w,
                                   Message("remedy.such_as"_w, {{"example", R"(["orders-0"])"}}));
    std::vector<cluster::PartitionName> all;
    for (std::size_t i = 0; i < node.items().size() && !reading_.report.full(); ++i)
      if (auto name = reading_.partition(node.items()[i], Path(path, i))) all.push_back(std::move(*name));
    put(field, std::optional(std::move(all)));
  }

  void read_topics(const Field& field, const Node& node, const Path& path) {
    const auto topics = reading_.strings(node, path);
    if (!topics) return;
    if (topics->empty() && field.required) error(field.name, "problem.list_topics_empty"_w, "remedy.one_topic"_w);
    for (std::size_t i = 0; i < node.items().size() && !reading_.report.full(); ++i)
      if (node.items()[i].is_string()) reading_.known_topic(node.items()[i], Path(path, i), node.items()[i].text());
    put(field, topics);
  }

  void read_offsets(const Field& field, const Node& node, const Path& path) {
    if (!node.is_object())
      return reading_.report.error(node, path, "problem.offsets_no_object"_w,
                                   Message("remedy.such_as"_w, {{"example", R"({"orders-0": 7})"}}));
    std::map<cluster::PartitionName, std::int64_t> offsets;
    for (const Member& member : node.members()) {
      if (reading_.report.full()) break;
      const Path here(path, member.key);
      Node key(member.key);
      key.set_position(member.position);
      const auto name = reading_.partition(key, here);
      const auto offset = reading_.integer(member.value, here, 0, kLongMax);
      if (name && offset) offsets[*name] = *offset;
    }
    put(field, std::optional(std::move(offsets)));
  }

  void read_end(const Field& field, const Node& node, const Path& path,
                std::initializer_list<std::string_view> first_and_last) {
    if (const auto end = reading_.word(node, path, first_and_last))
      put(field, std::optional(PositionSpec{*end == 0 ? PositionSpec::Kind::Beginning : PositionSpec::Kind::End, 0}));
  }

  void read_reset(const Field& field, const Node& node, const Path& path) {
    std::int64_t ms = 0;
    if (node.is_integer()) {
      if (const auto offset = reading_.integer(node, path, 0, kLongMax))
        put(field, std::optional(PositionSpec{PositionSpec::Kind::Offset, *offset}));
    } else if (node.is_object()) {
      Fields fields(reading_, node, path, "problem.thing.position"_w);
      fields.need("timestamp", "remedy.timestamp"_w);
      if (fields.get("timestamp", ms, 0, kLongMax))
        put(field, std::optional(PositionSpec{PositionSpec::Kind::Timestamp, ms}));
      fields.finish();
    } else {
      read_end(field, node, path, {"earliest", "latest"});
    }
  }

  /// The producer has no topic of its own.
  bool needs_topic() const {
    const Names::Client* client = named_client(reading_, command_);
    return client != nullptr && produces(client->kind) && !client->has_topic;
  }

  void read_config(const Field& field, const Node& config, const Path& path) {
    namespace s = protocol::config_scope;
    protocol::ConfigScopes scopes = s::kServer;
    Message whose = "problem.thing.a_cluster"_w;
    const Verb verb = verb_.verb;
    const auto* configured = command_.get_if<cluster::act::Configure>();
    if (verb == Verb::CreateTopic || (configured != nullptr && !configured->topic.empty())) {
      scopes = s::kTopic;
      whose = "problem.thing.topic"_w;
    } else if (const Names::Client* client = named_client(reading_, command_)) {
      const ClientKind kind = client->kind;
      scopes = kind == ClientKind::Admin ? s::kAdmin
                                         : (produces(kind) ? s::kProducer : 0) | (consumes(kind) ? s::kConsumer : 0);
      whose = thing(kind);
    } else if (configured != nullptr && !configured->group.empty()) {
      scopes = s::kGroup;
      whose = "problem.thing.group"_w;
    } else if (verb == Verb::Restart &&
               config.is_object()) {  // lines of its server.properties, edited while the broker was down
      for (const Member& member : config.members())
        if (std::find(std::begin(protocol::kListenerKeys), std::end(protocol::kListenerKeys), member.key) ==
            std::end(protocol::kListenerKeys))
          reading_.not_yet(member.value, Path(path, member.key),
                           Message("problem.edit_not_modelled"_w, {{"key", in_quotes(member.key)}}),
                           example("advertised.listeners, inter.broker.listener.name, listener.security.protocol.map"));
    }
    const bool asked =
        (verb == Verb::Configure || verb == Verb::CreateTopic) && (scopes & (s::kServer | s::kTopic | s::kGroup)) != 0;
    put(field, std::optional(read_config_texts(reading_, config, path, scopes, whose, asked)));
  }

  /// The fields that every administrative act takes besides its own.
  void read_admin() {
    if (const Node* error = step_.take("error")) {
      if (step_.get("error", command_.expected_error) && !is_error_name(command_.expected_error)) {
        reading_.report.error(*error, step_.at("error"),
                              Message("problem.kafka_has_no_error"_w, {{"error", in_quotes(command_.expected_error)}}),
                              suggestion(command_.expected_error, error_names()));
      }
    }
    const Node* as = step_.take("as");
    if (as == nullptr || !step_.get("as", command_.as)) return;
    const auto client = reading_.names.clients.find(command_.as);
    if (client != reading_.names.clients.end() && client->second.kind == ClientKind::Admin) return;
    std::vector<std::string> admins;
    for (const auto& [id, c] : reading_.names.clients)
      if (c.kind == ClientKind::Admin) admins.push_back(id);
    Message remedy = suggestion(command_.as, admins);
    reading_.report.error(*as, step_.at("as"), Message("problem.no_such_admin"_w, {{"name", in_quotes(command_.as)}}),
                          remedy.empty() ? "remedy.admin_client"_w : remedy);
  }

  void refuse_admin() {
    for (const std::string_view field : {"error", "as"}) {
      if (verb_.find(field) != nullptr) continue;
      if (const Node* value = step_.take(field)) {
        reading_.report.error(
            *value, step_.at(field),
            Message("problem.field_of_admin_acts"_w, {{"field", in_quotes(field)}, {"verb", in_quotes(verb_.name)}}),
            "remedy.leave_out"_w);
      }
    }
  }

  Reading& reading_;
  Fields& step_;
  const cluster::VerbInfo& verb_;
  Command command_;
};

/// The verb meant by a name from other programs or databases that no spelling suggestion would find; "" if none.
std::string_view verb_meant(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"begin", "begin_transaction"},
      {"end", "commit_transaction"},
      {"abort", "abort_transaction"},
      {"rollback", "abort_transaction"},
      {"rollback_transaction", "abort_transaction"},
      {"init_transactions", "start"},
  };
  for (const auto& [called, verb] : kNames)
    if (called == name) return verb;
  return {};
}

}  // namespace

std::optional<Command> read_command(Reading& reading, Fields& step, const Node& node) {
  const auto name = reading.string(node, step.at("do"), "remedy.verb"_w);
  if (!name) return std::nullopt;
  const auto verb = cluster::parse_verb(*name);
  if (!verb) {
    reading.report.error(node, step.at("do"), Message("problem.no_such_verb"_w, {{"verb", in_quotes(*name)}}),
                         verb_meant(*name).empty()
                             ? suggestion(*name, cluster::verb_names())
                             : Message("remedy.did_you_mean"_w, {{"name", in_quotes(verb_meant(*name))}}));
    // Its fields cannot be checked: accepts every field that any verb takes.
    for (const cluster::VerbInfo& any : cluster::verbs())
      for (const Field& field : any.fields) step.take(field.name);
    return std::nullopt;
  }
  if (!is_supported(Form::Verb, *name))
    reading.not_yet(node, step.at("do"), Message("problem.verb_not_modelled"_w, {{"verb", in_quotes(*name)}}),
                    "remedy.leave_step_out"_w);
  return CommandReader(reading, step, *verb).read();
}

}  // namespace kafkascope::scenario
