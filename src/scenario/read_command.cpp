// The `do` of a step: which fields the verb takes, what they must be, and whether they name what exists.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "protocol/endpoint.h"
#include "protocol/metadata_records.h"
#include "scenario/api_names.h"
#include "scenario/reading.h"
#include "scenario/supported.h"
#include "scenario/vocabulary.h"

namespace kafkascope::scenario {

namespace {

using cluster::ClientKind;
using cluster::Command;
using cluster::Verb;
constexpr std::int64_t kLongMax = std::numeric_limits<std::int64_t>::max();

bool administrative(Verb verb) { return verb >= Verb::CreateTopic && verb <= Verb::Quota; }
bool for_clients_only(Verb verb) { return verb >= Verb::Start && verb <= Verb::SendOffsetsToTransaction; }
bool for_servers_only(Verb verb) {
  return verb == Verb::Restart || verb == Verb::Shutdown || verb == Verb::Answer || verb == Verb::Disk ||
         verb == Verb::WipeDisk;
}

bool consumes(ClientKind kind) {
  return kind == ClientKind::Consumer || kind == ClientKind::ShareConsumer || kind == ClientKind::Transform ||
         kind == ClientKind::ConsoleConsumer || kind == ClientKind::Streams;
}
bool produces(ClientKind kind) {
  return kind == ClientKind::Producer || kind == ClientKind::Transform || kind == ClientKind::ConsoleProducer ||
         kind == ClientKind::Streams;
}

/// One command being read.
struct CommandReader {
  Reading& reading;
  Fields& step;
  Command command;
  const VerbRow& row;

  bool takes(std::string_view field) const {
    return contains_word(row.required, field) || contains_word(row.optional, field);
  }
  const Node* take(std::string_view field) { return takes(field) ? step.take(field) : nullptr; }
  void error(std::string_view field, std::string message, std::string remedy) {
    const Node* node = step.node().find(field);
    if (node != nullptr) reading.report.error(*node, step.at(field), std::move(message), std::move(remedy));
    else reading.report.error(step.node(), step.path(), std::move(message), std::move(remedy));
  }

  std::vector<cluster::NodeRef> refs(std::string_view field) {
    std::vector<cluster::NodeRef> all;
    const Node* node = take(field);
    if (node == nullptr) return all;
    const Path path = step.at(field);
    if (!node->is_array()) {
      if (auto ref = read_node_ref(reading, *node, path)) all.push_back(std::move(*ref));
      return all;
    }
    if (node->items().empty()) reading.report.error(*node, path, "the list of nodes is empty", "at least one node");
    for (std::size_t i = 0; i < node->items().size() && !reading.report.full(); ++i) {
      if (auto ref = read_node_ref(reading, node->items()[i], Path(path, i))) all.push_back(std::move(*ref));
    }
    return all;
  }

  void read_node() {
    const Node* node = take("node");
    if (node == nullptr) return;
    auto ref = read_node_ref(reading, *node, step.at("node"));
    if (!ref) return;
    const bool is_client = ref->kind == cluster::NodeRef::Kind::Name && reading.names.clients.contains(ref->name);
    const std::string verb = in_quotes(to_string(command.verb));
    if (for_clients_only(command.verb) && !is_client) {
      error("node", fmt::format("{} is for clients, {} is none", verb, in_quotes(to_text(*ref))),
            command.verb == Verb::Start ? "\"restart\"" : suggestion(ref->name, reading.names.client_ids()));
    }
    if (for_servers_only(command.verb) && is_client) {
      const bool process = command.verb == Verb::Restart || command.verb == Verb::Shutdown;
      error("node", fmt::format("{} is for servers, {} is a client", verb, in_quotes(ref->name)),
            process ? "\"start\" and \"stop\"" : "a broker or a controller");
    }
    if (is_client) {
      const auto& client = reading.names.clients.find(ref->name)->second;
      const bool wants_producer = command.verb == Verb::Produce;
      const bool wants_consumer = command.verb == Verb::Commit || command.verb == Verb::Seek ||
                                  (command.verb >= Verb::Subscribe && command.verb <= Verb::ResumePartitions);
      if ((wants_producer && !produces(client.kind)) || (wants_consumer && !consumes(client.kind))) {
        error("node",
              fmt::format("{} is a {} and cannot {}", in_quotes(ref->name), to_string(client.kind),
                          to_string(command.verb)),
              wants_producer ? "a producer" : "a consumer");
      }
    }
    command.node = std::move(*ref);
  }

  void read_messages() {
    if (const Node* api = take("api")) {
      if (step.get("api", command.api) && !is_api_name(command.api)) {
        error("api", fmt::format("Kafka has no API {}", in_quotes(command.api)), suggestion(command.api, kApiNames));
      }
      (void)api;
    }
    if (const Node* what = take("what")) {
      if (const auto side = reading.word(*what, step.at("what"), {"request", "response"})) {
        command.what = *side == 0 ? cluster::MessageSide::Request : cluster::MessageSide::Response;
      }
    }
    if (takes("count")) {
      command.count = 1;
      if (const Node* count = take("count")) {
        if (count->is_string() && count->text() == "all") command.count.reset();
        else if (const auto n = reading.integer(*count, step.at("count"), 1, kIntMax)) command.count = *n;
      }
    }
    if (command.verb == Verb::Answer && step.take("error") != nullptr && step.get("error", command.error)) {
      const auto engine_has = [&] {
        for (const std::string_view name : {std::string_view("NONE")})
          if (name == command.error) return false;
        return is_error_name(command.error);
      };
      if (!engine_has())
        error("error", fmt::format("Kafka has no error {}", in_quotes(command.error)),
              suggestion(command.error, error_names()));
    }
  }

  void read_network() {
    if (const Node* latency = take("latency")) command.latency = reading.latency(*latency, step.at("latency"));
    if (const Node* bandwidth = take("bandwidth"))
      command.bandwidth_bytes_per_s = reading.bandwidth(*bandwidth, step.at("bandwidth"));
    if (const Node* loss = take("loss")) {
      if (loss->is_number() && loss->decimal() >= 0 && loss->decimal() <= 1)
        command.loss_ppm = std::llround(loss->decimal() * 1000000);
      else error("loss", "loss is a fraction between 0 and 1", "a number from 0 to 1");
    }
    if (takes("one_way")) step.get("one_way", command.one_way);
  }

  void read_machine() {
    std::int32_t dir = 0;
    if (takes("dir") && step.get("dir", dir, 0, kMostLogDirs - 1)) {
      command.dir = dir;
      if (const std::int32_t dirs = reading.names.log_dirs; dir >= dirs)
        error("dir", fmt::format("a broker has no log directory {}", dir),
              dirs == 1 ? "leave it out, or give the cluster's disk more: \"dirs\": 2"
                        : fmt::format("a number from 0 to {}", dirs - 1));
    }
    if (const Node* write = take("write")) command.write_bytes_per_s = reading.bandwidth(*write, step.at("write"));
    if (const Node* flush = take("flush")) command.flush = reading.duration(*flush, step.at("flush"));
    if (const Node* capacity = take("capacity")) command.capacity_bytes = reading.size(*capacity, step.at("capacity"));
    if (const Node* fail = take("fail")) command.fail = reading.boolean(*fail, step.at("fail"));
    if (command.verb == Verb::SkewClock) {
      if (const Node* by = take("by")) {
        if (const auto d = reading.duration(*by, step.at("by"), true)) command.by = *d;
      }
    }
    if (takes("event") && step.get("event", command.event) && command.event.empty())
      error("event", "no event is named", "the key of a pending event");
  }

  void read_topic_field() {
    if (!takes("topic")) return;
    const Node* topic = step.take("topic");
    if (topic == nullptr || !step.get("topic", command.topic)) return;
    // What Kafka refuses when it is asked to create a topic is part of the story; what nobody ever declares is a typing error.
    if (command.verb != Verb::CreateTopic && !reading.names.topics.contains(command.topic))
      reading.known_topic(*topic, step.at("topic"), command.topic);
  }

  void read_partitions() {
    if (const Node* partition = take("partition")) {
      if (auto name = reading.partition(*partition, step.at("partition"))) command.partition = std::move(*name);
    }
    const Node* partitions = take("partitions");
    if (partitions == nullptr) return;
    const Path path = step.at("partitions");
    if (command.verb == Verb::CreateTopic || command.verb == Verb::AddPartitions) {
      std::int32_t count = 0;
      // Zero and less are Kafka's to refuse (INVALID_PARTITIONS).
      if (step.get("partitions", count, -1, 200000)) command.partition_count = count;
      return;
    }
    if (!partitions->is_array()) {
      reading.report.error(*partitions, path, "the partitions are no list", R"(such as ["orders-0"])");
      return;
    }
    for (std::size_t i = 0; i < partitions->items().size() && !reading.report.full(); ++i) {
      if (auto name = reading.partition(partitions->items()[i], Path(path, i)))
        command.partitions.push_back(std::move(*name));
    }
  }

  void read_topic_creation() {
    std::int32_t factor = 0;
    if (takes("replication_factor") && step.get("replication_factor", factor, -1, 32767))
      command.replication_factor = factor;
    const Node* assignments = take("assignments");
    if (assignments == nullptr) return;
    const Path path = step.at("assignments");
    command.assignments = read_assignments(reading, *assignments, path, command.verb == Verb::CreateTopic);
    if (command.verb != Verb::CreateTopic) return;
    check_assignments(reading, *assignments, path, command.topic, command.assignments, command.partition_count,
                      command.replication_factor);
    // Kafka's request has either assignments or numbers.
    if (command.partition_count && !command.assignments.empty() &&
        static_cast<std::int32_t>(command.assignments.size()) < *command.partition_count)
      reading.report.error(*assignments, path,
                           fmt::format("{} assignments for {} partitions: Kafka takes those of all partitions, or none",
                                       command.assignments.size(), *command.partition_count),
                           fmt::format("assignments of partitions 0 to {}, or none", *command.partition_count - 1));
  }

  void read_configuration() {
    const Node* config = take("config");
    if (config == nullptr) return;
    namespace s = protocol::config_scope;
    protocol::ConfigScopes scopes = s::kServer;
    std::string whose = "a cluster";
    if (command.verb == Verb::CreateTopic || !command.topic.empty()) {
      scopes = s::kTopic;
      whose = "a topic";
    } else if (command.node && command.node->kind == cluster::NodeRef::Kind::Name &&
               reading.names.clients.contains(command.node->name)) {
      const ClientKind kind = reading.names.clients.find(command.node->name)->second.kind;
      scopes = kind == ClientKind::Admin ? s::kAdmin
                                         : (produces(kind) ? s::kProducer : 0) | (consumes(kind) ? s::kConsumer : 0);
      whose = fmt::format("a {}", to_string(kind));
    } else if (!command.group.empty()) {
      scopes = s::kGroup;
      whose = "a group";
    } else if (command.verb == Verb::Restart &&
               config->is_object()) {  // lines of its server.properties, edited while it was down
      for (const Member& member : config->members())
        if (std::find(std::begin(protocol::kListenerKeys), std::end(protocol::kListenerKeys), member.key) ==
            std::end(protocol::kListenerKeys))
          reading.not_yet(member.value, Path(step.at("config"), member.key),
                          fmt::format("an edit of {} between two starts", in_quotes(member.key)),
                          "advertised.listeners, inter.broker.listener.name, listener.security.protocol.map");
    }
    const bool asked = (command.verb == Verb::Configure || command.verb == Verb::CreateTopic) &&
                       (scopes & (s::kServer | s::kTopic | s::kGroup)) != 0;
    command.config = read_config_texts(reading, *config, step.at("config"), scopes, whose, asked);
  }

  void read_administration() {
    if (takes("group") && step.get("group", command.group)) {
      if (!reading.names.has_group(command.group)) {
        error("group", fmt::format("no group is called {}", in_quotes(command.group)),
              suggestion(command.group, reading.names.groups));
      }
    }
    if (takes("before")) {
      std::int64_t before = 0;
      if (step.get("before", before, -1, kLongMax)) command.before = before;
    }
    if (takes("name")) step.get("name", command.name);
    if (takes("level")) step.get("level", command.level, 0, 1000);
    if (takes("all")) step.get("all", command.all);
    if (takes("cancel")) step.get("cancel", command.cancel);
    if (takes("remove")) step.get("remove", command.remove);
    if (takes("allow")) step.get("allow", command.allow);
    if (takes("rack")) step.get("rack", command.rack);
    if (takes("host")) step.get("host", command.host);
    if (takes("principal")) step.get("principal", command.principal);
    if (takes("operation")) step.get("operation", command.operation);
    if (takes("resource")) step.get("resource", command.resource);
    if (command.verb == Verb::AddClient) {
      const Node* client = take("client");
      if (const auto read = reading.added.find(client); read != reading.added.end()) command.added = read->second;
    } else if (takes("client")) {
      step.get("client", command.client);
    }
    if (takes("from_file")) step.get("from_file", command.from_file);
    if (command.verb == Verb::AddBroker || command.verb == Verb::RemoveBroker) {
      std::int32_t id = 0;
      if (step.get("id", id, 0, cluster::kFirstControllerId - 1)) command.id = id;
    }
    if (const Node* replicas = take("replicas")) {
      if (auto ids = reading.broker_ids(*replicas, step.at("replicas"))) command.replicas = std::move(*ids);
    }
    if (const Node* brokers = take("brokers")) {
      if (auto ids = reading.broker_ids(*brokers, step.at("brokers"))) command.brokers = std::move(*ids);
    }
    if (const Node* throttle = take("throttle"))
      command.throttle_bytes_per_s = reading.bandwidth(*throttle, step.at("throttle"));
    if (const Node* type = take("type")) {
      if (const auto v = reading.word(*type, step.at("type"), {"preferred", "unclean"})) command.unclean = *v == 1;
    }
    if (const Node* pattern = take("pattern")) {
      if (const auto v = reading.word(*pattern, step.at("pattern"), {"literal", "prefixed"}))
        command.prefixed = *v == 1;
    }
    for (auto [field, out] : {std::pair{"producer_byte_rate", &command.producer_byte_rate},
                              {"consumer_byte_rate", &command.consumer_byte_rate}}) {
      if (!takes(field)) continue;
      std::int64_t n = 0;
      if (const Node* value = step.node().find(field); value != nullptr && value->is_string())
        *out = reading.bandwidth(*step.take(field), step.at(field));
      else if (step.get(field, n, 1, kLongMax)) *out = n;
    }
    for (auto [field, out] : {std::pair<std::string_view, std::optional<std::int64_t>*>{
                                  "request_percentage", &command.request_percentage_ppm},
                              {"controller_mutation_rate", &command.controller_mutation_rate_ppm}}) {
      const Node* value = take(field);
      if (value == nullptr) continue;
      if (value->is_number() && value->decimal() > 0 && value->decimal() <= 1e9)
        *out = std::llround(value->decimal() * 1000000);
      else error(field, fmt::format("{} is not a positive number", in_quotes(field)), "a number above 0");
    }
  }

  void read_position() {
    if (takes("offset") && command.verb == Verb::Seek) {
      std::int64_t offset = 0;
      if (step.get("offset", offset, 0, kLongMax))
        command.position = cluster::PositionSpec{cluster::PositionSpec::Kind::Offset, offset};
    } else if (takes("offset")) {
      step.get("offset", command.offset, 0, kLongMax);
      step.get("bytes", command.bytes, 0, kLongMax);
    }
    if (command.verb != Verb::Seek && command.verb != Verb::ResetOffsets) return;
    const Node* to = take("to");
    if (to == nullptr) return;
    const bool seek = command.verb == Verb::Seek;
    using Kind = cluster::PositionSpec::Kind;
    if (!seek && to->is_integer()) {
      if (const auto n = reading.integer(*to, step.at("to"), 0, kLongMax))
        command.position = cluster::PositionSpec{Kind::Offset, *n};
    } else if (!seek && to->is_object()) {
      const Path path = step.at("to");
      Fields fields(reading, *to, path, "a position");
      std::int64_t ms = 0;
      fields.need("timestamp", "\"timestamp\": ms of the simulated wall clock");
      if (fields.get("timestamp", ms, 0, kLongMax)) command.position = cluster::PositionSpec{Kind::Timestamp, ms};
      fields.finish();
    } else {
      const auto v = seek ? reading.word(*to, step.at("to"), {"beginning", "end"})
                          : reading.word(*to, step.at("to"), {"earliest", "latest"});
      if (v) command.position = cluster::PositionSpec{*v == 0 ? Kind::Beginning : Kind::End, 0};
    }
  }

  std::optional<protocol::Plain> bytes(const Node& node, const Path& path) {
    if (node.is_string()) return protocol::Plain(node.text());
    if (node.is_integer()) return protocol::Plain(node.integer());
    if (node.is_number()) return protocol::Plain(node.decimal());
    if (node.is_object()) {
      Fields fields(reading, node, path, "a byte string");
      std::string hex;
      fields.need("hex", R"({"hex": "00ff"})");
      const bool good = fields.get("hex", hex);
      fields.finish();
      if (!good) return std::nullopt;
      const auto digit = [](char c) {
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                      : -1;
      };
      std::string out;
      bool legal = hex.size() % 2 == 0;
      for (std::size_t i = 0; legal && i + 1 < hex.size(); i += 2) {
        legal = digit(hex[i]) >= 0 && digit(hex[i + 1]) >= 0;
        if (legal) out += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
      }
      if (!legal) {
        reading.report.error(*node.find("hex"), Path(path, "hex"),
                             fmt::format("{} is not a hexadecimal byte string", in_quotes(hex)),
                             "pairs of hexadecimal digits, such as \"00ff\"");
        return std::nullopt;
      }
      return protocol::Plain(protocol::RawBytes{std::move(out)});
    }
    reading.report.error(node, path, fmt::format("{} is neither key nor value", node.kind_name()),
                         R"(a string, null, a number, or {"hex": "00ff"})");
    return std::nullopt;
  }

  void read_headers(const Node& node, const Path& path, cluster::RecordSpec& record) {
    const auto complain = [&](const Node& at, const Path& where) {
      reading.report.error(at, where, "this is not a header", R"(a pair such as ["trace", "17"])");
    };
    if (!node.is_array()) return complain(node, path);
    for (std::size_t i = 0; i < node.items().size() && !reading.report.full(); ++i) {
      const Node& pair = node.items()[i];
      if (!pair.is_array() || pair.items().size() != 2 || !pair.items()[0].is_string() || !pair.items()[1].is_string())
        complain(pair, Path(path, i));
      else record.headers.emplace_back(pair.items()[0].text(), pair.items()[1].text());
    }
  }

  void read_records() {
    const Node* records = take("records");
    if (records == nullptr) return;
    const Path path = step.at("records");
    if (!records->is_array() || records->items().empty()) {
      reading.report.error(*records, path, "no records to produce",
                           R"(a list such as [{"key": "user-1", "value": "hello"}])");
      return;
    }
    bool needs_topic = false;
    if (command.node && command.node->kind == cluster::NodeRef::Kind::Name) {
      const auto client = reading.names.clients.find(command.node->name);
      needs_topic = client != reading.names.clients.end() && produces(client->second.kind) && !client->second.has_topic;
    }
    for (std::size_t i = 0; i < records->items().size() && !reading.report.full(); ++i) {
      const Path here(path, i);
      Fields fields(reading, records->items()[i], here, "a record");
      if (!fields.is_object()) continue;
      cluster::RecordSpec record;
      if (const Node* key = fields.take("key"); key != nullptr && !key->is_null())
        record.key = bytes(*key, fields.at("key"));
      if (const Node* value = fields.take("value"); value != nullptr && !value->is_null())
        record.value = bytes(*value, fields.at("value"));
      if (const Node* topic = fields.take("topic")) {
        if (fields.get("topic", record.topic)) reading.known_topic(*topic, fields.at("topic"), record.topic);
      } else if (needs_topic) {
        reading.report.error(records->items()[i], here, "neither the record nor its producer names a topic",
                             "\"topic\": \"orders\"");
      }
      std::int32_t partition = 0;
      if (fields.get("partition", partition, 0, kIntMax)) {
        record.partition = partition;
        const auto known = reading.names.topics.find(record.topic);
        if (known != reading.names.topics.end() && known->second.partitions >= 0 &&
            partition >= known->second.partitions) {
          reading.report.error(*fields.node().find("partition"), fields.at("partition"),
                               fmt::format("topic {} has no partition {}", in_quotes(record.topic), partition),
                               fmt::format("a number from 0 to {}", known->second.partitions - 1));
        }
      }
      if (const Node* headers = fields.take("headers")) read_headers(*headers, fields.at("headers"), record);
      std::int64_t ms = 0;
      if (fields.get("timestamp", ms, 0, kLongMax)) record.timestamp_ms = ms;
      fields.finish();
      command.records.push_back(std::move(record));
    }
  }

  void read_offsets() {
    const Node* offsets = take("offsets");
    if (offsets == nullptr) return;
    const Path path = step.at("offsets");
    if (!offsets->is_object()) {
      reading.report.error(*offsets, path, "the offsets are no object", R"(such as {"orders-0": 7})");
      return;
    }
    for (const Member& member : offsets->members()) {
      if (reading.report.full()) return;
      const Path here(path, member.key);
      Node key(member.key);
      key.set_position(member.position);
      const auto name = reading.partition(key, here);
      const auto offset = reading.integer(member.value, here, 0, kLongMax);
      if (name && offset) command.offsets[*name] = *offset;
    }
  }

  void read_topics() {
    const Node* topics = take("topics");
    if (topics == nullptr || !step.get("topics", command.topics) || !topics->is_array()) return;
    if (command.topics.empty() && command.verb == Verb::Subscribe)
      error("topics", "the list of topics is empty", "at least one topic");
    for (std::size_t i = 0; i < topics->items().size() && !reading.report.full(); ++i)
      if (topics->items()[i].is_string())
        reading.known_topic(topics->items()[i], Path(step.at("topics"), i), topics->items()[i].text());
  }

  void read_behavior() {
    if (command.verb != Verb::Behave) return;
    cluster::BehaviorChange& b = command.behave;
    // What its kind does not do cannot be changed about it; what its kind does not do yet neither.
    if (command.node && command.node->kind == cluster::NodeRef::Kind::Name) {
      if (const auto client = reading.names.clients.find(command.node->name); client != reading.names.clients.end()) {
        for (const std::string_view field :
             {"rate", "work", "send", "commit", "handoff", "acknowledge", "calls", "partitioner"}) {
          if (!step.has(field) ||
              contains_word(kClientKinds[static_cast<std::size_t>(client->second.kind)].fields, field))
            continue;
          error(field,
                fmt::format("{} is a {} and has no {}", in_quotes(command.node->name), to_string(client->second.kind),
                            in_quotes(field)),
                "leave it out");
        }
      }
    }
    if (const Node* rate = take("rate")) b.rate = reading.rate(*rate, step.at("rate"));
    if (const Node* work = take("work")) b.work = read_work(reading, *work, step.at("work"));
    if (const Node* send = take("send")) b.send = read_send(reading, *send, step.at("send"));
    if (const Node* commit = take("commit")) b.commit = read_commit(reading, *commit, step.at("commit"));
    if (const Node* handoff = take("handoff")) b.handoff_threads = read_handoff(reading, *handoff, step.at("handoff"));
    if (const Node* acknowledge = take("acknowledge"))
      b.acknowledge = read_acknowledge(reading, *acknowledge, step.at("acknowledge"));
    if (const Node* calls = take("calls")) b.calls = reading.strings(*calls, step.at("calls"));
    if (const Node* partitioner = take("partitioner"))
      b.partitioner = read_partitioner(reading, *partitioner, step.at("partitioner"));
    if (!(b.rate || b.work || b.send || b.commit || b.handoff_threads || b.acknowledge || b.calls || b.partitioner)) {
      error("do", "\"behave\" changes nothing",
            "one of rate, work, send, commit, handoff, acknowledge, calls, partitioner");
    }
  }

  void check_required() {
    std::string_view list = row.required;
    while (!list.empty()) {
      const std::size_t comma = list.find(',');
      const std::string_view field = list.substr(0, comma);
      if (!step.has(field)) {
        reading.report.error(step.node(), step.path(),
                             fmt::format("{} is missing in {}", in_quotes(field), in_quotes(to_string(command.verb))),
                             fmt::format("{}: …", in_quotes(field)));
      }
      if (comma == std::string_view::npos) break;
      list.remove_prefix(comma + 1);
    }
  }

  void check_principal() {
    if (!command.principal.starts_with("User:"))
      error("principal", fmt::format("{} is not a principal", in_quotes(command.principal)),
            "\"User:kim\" for the client kim");
  }

  void check_acl() {
    check_principal();
    const auto operation = protocol::parse_acl_operation(command.operation);
    if (!operation) {
      error(
          "operation", fmt::format("ACLs know no operation {}", in_quotes(command.operation)),
          "All, Read, Write, Create, Delete, Alter, Describe, ClusterAction, DescribeConfigs, AlterConfigs or IdempotentWrite");
    }
    const auto resource = cluster::parse_resource(command.resource);
    if (!resource) {
      error("resource", fmt::format("{} is not a resource", in_quotes(command.resource)),
            "\"topic:orders\", \"group:billing\", \"transactional-id:tx\" or \"cluster\"");
    } else if (operation && !protocol::fits(*operation, resource->first)) {
      error("operation",
            fmt::format("a {} has no operation {}: kafka-acls refuses it", protocol::name(resource->first),
                        command.operation),
            "\"operation\": \"Describe\"");
    }
  }

  void check_combinations() {
    const auto both = [&](std::string_view a, std::string_view b) {
      if (step.has(a) && step.has(b))
        error(b, fmt::format("{} and {} exclude each other", in_quotes(a), in_quotes(b)), "one of them");
    };
    switch (command.verb) {
      case Verb::Heal:
        both("node", "from");
        if (step.has("from") != step.has("to"))
          error(step.has("from") ? "from" : "to", "\"from\" and \"to\" belong together",
                "both, or \"node\", or nothing");
        break;
      case Verb::Link:
        if (!step.has("latency") && !step.has("bandwidth") && !step.has("loss"))
          error("do", "\"link\" changes nothing", "one of latency, bandwidth, loss");
        break;
      case Verb::Disk:
        if (!step.has("write") && !step.has("flush") && !step.has("capacity") && !step.has("fail"))
          error("do", "\"disk\" changes nothing", "one of write, flush, capacity, fail");
        for (const char* of_brokers : {"dir", "capacity", "fail"})
          if (step.has(of_brokers) && command.node && !command.node->name.empty() &&
              !command.node->name.starts_with("broker-"))
            error(of_brokers, fmt::format("{} is for brokers", in_quotes(of_brokers)),
                  "write and flush for other nodes");
        break;
      case Verb::Configure:
        both("topic", "node");
        both("topic", "group");
        both("node", "group");
        break;
      case Verb::Seek:
        both("offset", "to");
        if (!step.has("offset") && !step.has("to"))
          error("do", "\"seek\" goes nowhere", "\"offset\": 7, or \"to\": \"beginning\"");
        break;
      case Verb::Reassign:
        both("cancel", "all");
        both("partition", "all");
        both("cancel", "replicas");
        if (step.has("brokers") && !step.has("all"))
          error("brokers", "\"brokers\" without \"all\"", "\"all\": true, or the \"replicas\" of one \"partition\"");
        if (step.has("all") && !step.has("brokers"))
          error("all", "\"all\" without \"brokers\"",
                fmt::format("\"brokers\": [{}]", fmt::join(reading.names.broker_ids, ", ")));
        if (!step.has("cancel") && !step.has("all") && !step.has("replicas"))
          error("do", "\"reassign\" moves nothing",
                "\"partition\" and \"replicas\", or \"all\" and \"brokers\", or \"cancel\"");
        if (step.has("replicas") && !step.has("partition"))
          error("replicas", "the replicas of which partition?", "\"partition\": \"orders-0\"");
        break;
      case Verb::Acl: check_acl(); break;
      case Verb::Feature:
        if (step.has("name") && command.name != "eligible.leader.replicas.version")
          reading.not_yet(*step.node().find("name"), step.at("name"),
                          fmt::format("a change of the feature {}", in_quotes(command.name)),
                          "eligible.leader.replicas.version");
        break;
      case Verb::Quota:
        both("principal", "client");
        if (!step.has("principal") && !step.has("client"))
          error("do", "\"quota\" is for nobody", "\"principal\" or \"client\"");
        if (step.has("principal")) check_principal();
        if (step.has("client") && command.client != protocol::kDefaultEntity &&
            !reading.names.clients.contains(command.client))
          error("client", fmt::format("no client is called {}", in_quotes(command.client)),
                suggestion(command.client, reading.names.client_ids()));
        if (!command.remove && !step.has("producer_byte_rate") && !step.has("consumer_byte_rate") &&
            !step.has("request_percentage") && !step.has("controller_mutation_rate"))
          error("do", "\"quota\" limits nothing",
                "\"producer_byte_rate\" or \"consumer_byte_rate\", or \"remove\": true");
        for (const std::string_view field : {"request_percentage", "controller_mutation_rate"})
          if (step.has(field))
            reading.not_yet(*step.node().find(field), step.at(field), in_quotes(field),
                            "producer_byte_rate, consumer_byte_rate");
        break;
      default: break;
    }
  }
};

}  // namespace

std::optional<Command> read_command(Reading& reading, Fields& step, const Node& node) {
  const auto name = reading.string(node, step.at("do"), "a verb such as \"crash\"");
  if (!name) return std::nullopt;
  const auto verb = cluster::parse_verb(*name);
  if (!verb) {
    reading.report.error(node, step.at("do"), fmt::format("no verb is called {}", in_quotes(*name)),
                         suggestion(*name, cluster::kVerbNames));
    // Its fields cannot be judged: what any verb takes is let be.
    for (const VerbRow& row : kVerbRows) {
      for (std::string_view list : {row.required, row.optional}) {
        while (!list.empty()) {
          const std::size_t comma = list.find(',');
          step.take(list.substr(0, comma));
          if (comma == std::string_view::npos) break;
          list.remove_prefix(comma + 1);
        }
      }
    }
    return std::nullopt;
  }
  if (!is_supported(Form::Verb, *name))
    reading.not_yet(node, step.at("do"), fmt::format("the verb {}", in_quotes(*name)), "leave the step out");

  CommandReader reader{reading, step, {}, kVerbRows[static_cast<std::size_t>(*verb)]};
  Command& command = reader.command;
  command.verb = *verb;
  reader.check_required();
  reader.read_node();
  if (*verb != Verb::Seek && *verb != Verb::ResetOffsets && !(*verb >= Verb::Request)) {
    command.from = reader.refs("from");
    command.to = reader.refs("to");
  } else if (*verb >= Verb::Request && reader.takes("to")) {
    command.to = reader.refs("to");
  }
  reader.read_messages();
  reader.read_network();
  reader.read_machine();
  reader.read_topic_field();
  reader.read_administration();
  reader.read_partitions();
  reader.read_topic_creation();
  reader.read_configuration();
  reader.read_position();
  reader.read_topics();
  reader.read_records();
  reader.read_offsets();
  reader.read_behavior();
  reader.check_combinations();

  if (administrative(*verb)) {
    if (const Node* error = step.take("error")) {
      if (step.get("error", command.expected_error) && !is_error_name(command.expected_error)) {
        reading.report.error(*error, step.at("error"),
                             fmt::format("Kafka has no error {}", in_quotes(command.expected_error)),
                             suggestion(command.expected_error, error_names()));
      }
    }
    if (const Node* as = step.take("as")) {
      if (step.get("as", command.as)) {
        const auto client = reading.names.clients.find(command.as);
        if (client == reading.names.clients.end() || client->second.kind != ClientKind::Admin) {
          std::vector<std::string> admins;
          for (const auto& [id, c] : reading.names.clients)
            if (c.kind == ClientKind::Admin) admins.push_back(id);
          std::string remedy = suggestion(command.as, admins);
          reading.report.error(*as, step.at("as"), fmt::format("no admin client is called {}", in_quotes(command.as)),
                               remedy.empty() ? R"(a client {"id": "ops", "kind": "admin"})" : remedy);
        }
      }
    }
  } else {
    for (const std::string_view field : {"error", "as"}) {
      if (field == "error" && *verb == Verb::Answer) continue;
      if (const Node* value = step.take(field)) {
        reading.report.error(
            *value, step.at(field),
            fmt::format("{} belongs to administrative acts, {} is none", in_quotes(field), in_quotes(*name)),
            "leave it out");
      }
    }
  }
  return std::move(reader.command);
}

}  // namespace kafkascope::scenario
