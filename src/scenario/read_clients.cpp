// "clients": the producers and consumers, each kind with its own fields.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "protocol/records.h"
#include "scenario/reading.h"
#include "scenario/supported.h"
#include "scenario/vocabulary.h"

namespace kafkascope::scenario {

namespace {

using cluster::ClientKind;

protocol::ConfigScopes scopes_of(ClientKind kind) {
  namespace s = protocol::config_scope;
  switch (kind) {
    case ClientKind::Producer:
    case ClientKind::ConsoleProducer: return s::kProducer;
    case ClientKind::Consumer:
    case ClientKind::ShareConsumer:
    case ClientKind::ConsoleConsumer: return s::kConsumer;
    case ClientKind::Transform: return s::kProducer | s::kConsumer;
    case ClientKind::Streams: return s::kStreams | s::kProducer | s::kConsumer;
    case ClientKind::Connector: return s::kConnect | s::kProducer | s::kConsumer;
    case ClientKind::Admin: return s::kAdmin;
    case ClientKind::Queue:
    case ClientKind::Service: return 0;
  }
  return 0;
}

/// Parses "round_robin", … and the values of Kafka's own key.
std::optional<cluster::PartitionerSpec> partitioner_of_class(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  const std::string_view last = dot == std::string_view::npos ? name : name.substr(dot + 1);
  if (last == "RoundRobinPartitioner") return cluster::PartitionerSpec{cluster::PartitionerKind::RoundRobin, {}};
  if (last == "UniformStickyPartitioner") return cluster::PartitionerSpec{cluster::PartitionerKind::Sticky, {}};
  if (last == "DefaultPartitioner") return cluster::PartitionerSpec{};
  return std::nullopt;
}

void read_topic_name(Reading& reading, Fields& fields, std::string& out) {
  const Node* node = fields.take("topic");
  if (node == nullptr || !fields.get("topic", out)) return;
  const auto queue = reading.names.clients.find(out);
  if (queue != reading.names.clients.end() && queue->second.kind == ClientKind::Queue) return;
  reading.known_topic(*node, fields.at("topic"), out);
}

void read_topic_list(Reading& reading, Fields& fields, std::vector<std::string>& out) {
  const Node* node = fields.take("topics");
  if (node == nullptr || !fields.get("topics", out) || !node->is_array()) return;
  const Path path = fields.at("topics");
  if (node->items().empty()) reading.report.error(*node, path, "problem.list_topics_empty"_w, "remedy.one_topic"_w);
  for (std::size_t i = 0; i < node->items().size() && !reading.report.full(); ++i) {
    const Node& item = node->items()[i];
    if (!item.is_string()) continue;
    const auto queue = reading.names.clients.find(item.text());
    if (queue != reading.names.clients.end() && queue->second.kind == ClientKind::Queue) continue;
    reading.known_topic(item, Path(path, i), item.text());
  }
}

void read_assign(Reading& reading, Fields& fields, std::vector<cluster::PartitionName>& out) {
  const Node* node = fields.take("assign");
  if (node == nullptr) return;
  const Path path = fields.at("assign");
  if (!node->is_array() || node->items().empty()) {
    reading.report.error(*node, path, Message("problem.stands_where_partitions_belong"_w, {{"found", kind_of(*node)}}),
                         Message("remedy.list_such_as"_w, {{"example", R"(["orders-0"])"}}));
    return;
  }
  for (std::size_t i = 0; i < node->items().size() && !reading.report.full(); ++i) {
    if (auto partition = reading.partition(node->items()[i], Path(path, i))) out.push_back(std::move(*partition));
  }
}

void read_producer_fields(Reading& reading, Fields& fields, cluster::ClientSpec& client) {
  read_topic_name(reading, fields, client.topic);
  if (const Node* rate = fields.take("rate")) client.rate = reading.rate(*rate, fields.at("rate"));
  if (const Node* keys = fields.take("keys")) {
    if (keys->is_array()) {
      client.keys.kind = cluster::KeySpec::Kind::List;
      if (auto list = reading.strings(*keys, fields.at("keys"))) client.keys.list = std::move(*list);
      if (keys->items().empty())
        reading.report.error(*keys, fields.at("keys"), "problem.list_keys_empty"_w, "remedy.one_key"_w);
    } else {
      const auto spec = keys->is_string() ? parse_keys(keys->text()) : std::nullopt;
      if (spec) client.keys = *spec;
      else
        reading.report.error(
            *keys, fields.at("keys"),
            Message("problem.does_not_name_keys"_w,
                    {{"found", keys->is_string() ? example(in_quotes(keys->text())) : kind_of(*keys)}}),
            kKeysForm);
    }
  }
  if (const Node* size = fields.take("value_size")) {
    if (const auto v = reading.size(*size, fields.at("value_size"))) {
      client.value_size = *v;
      if (*v > 1000000000)
        reading.report.error(*size, fields.at("value_size"), "problem.record_value_above_1_gb"_w,
                             Message("remedy.at_most"_w, {{"most", R"("1GB")"}}));
    }
  }
  std::int64_t count = 0;
  if (fields.get("count", count, 0, std::numeric_limits<std::int64_t>::max())) client.count = count;
  if (const Node* send = fields.take("send")) {
    if (const auto v = read_send(reading, *send, fields.at("send"))) client.send = *v;
  }
  if (const Node* partitioner = fields.take("partitioner")) {
    if (auto v = read_partitioner(reading, *partitioner, fields.at("partitioner"))) client.partitioner = std::move(*v);
  }
}

void read_transaction(Reading& reading, Fields& fields, cluster::ClientSpec& client) {
  const Node* node = fields.take("transaction");
  if (node == nullptr) return;
  const Path path = fields.at("transaction");
  Fields inner(reading, *node, path, "problem.thing.transaction"_w);
  cluster::TransactionSpec spec;
  inner.need("records", "\"records\": 5");
  inner.get("records", spec.records, 1, kIntMax);
  inner.get("abort_every", spec.abort_every, 1, kIntMax);
  inner.finish();
  client.transaction = spec;
}

void read_sink(Reading& reading, Fields& fields, cluster::ClientSpec& client) {
  const Node* node = fields.take("sink");
  if (node == nullptr) return;
  cluster::SinkSpec sink;
  if (node->is_object()) {
    const Path path = fields.at("sink");
    Fields inner(reading, *node, path, "problem.thing.sink"_w);
    inner.need("name", "\"name\": \"table\"");
    inner.get("name", sink.name);
    inner.get("idempotent", sink.idempotent);
    inner.finish();
  } else if (!fields.get("sink", sink.name)) {
    return;
  }
  reading.names.sinks.push_back(sink.name);
  client.sink = std::move(sink);
}

void read_consumer_fields(Reading& reading, Fields& fields, cluster::ClientSpec& client) {
  read_topic_list(reading, fields, client.topics);
  if (const Node* work = fields.take("work")) {
    if (auto v = read_work(reading, *work, fields.at("work"))) client.work = std::move(*v);
  }
  read_sink(reading, fields, client);
}

/// The identity of a client, read before everything else: other clients and the cluster's parts refer to it.
struct Head {
  std::string id;
  std::optional<ClientKind> kind;
};

}  // namespace

Message thing(ClientKind kind) {
  switch (kind) {
    case ClientKind::Producer: return "problem.thing.producer"_w;
    case ClientKind::Consumer: return "problem.thing.consumer"_w;
    case ClientKind::ShareConsumer: return "problem.thing.share_consumer"_w;
    case ClientKind::Transform: return "problem.thing.transform"_w;
    case ClientKind::ConsoleProducer: return "problem.thing.console_producer"_w;
    case ClientKind::ConsoleConsumer: return "problem.thing.console_consumer"_w;
    case ClientKind::Queue: return "problem.thing.queue"_w;
    case ClientKind::Service: return "problem.thing.service"_w;
    case ClientKind::Streams: return "problem.thing.streams"_w;
    case ClientKind::Connector: return "problem.thing.connector"_w;
    case ClientKind::Admin: return "problem.thing.admin"_w;
  }
  return {};
}

std::string_view to_string(ClientKind kind) { return kClientKinds[static_cast<std::size_t>(kind)].name; }

std::optional<cluster::WorkSpec> read_work(Reading& reading, const Node& node, const Path& path) {
  cluster::WorkSpec work;
  if (!node.is_object()) {
    const auto each = reading.duration(node, path);
    if (!each) return std::nullopt;
    work.each = *each;
    return work;
  }
  Fields fields(reading, node, path, "problem.thing.work"_w);
  fields.get("default", work.each);
  if (const Node* keys = fields.take("keys")) {
    const Path keys_path = fields.at("keys");
    if (!keys->is_object()) {
      reading.report.error(*keys, keys_path,
                           Message("problem.stands_where_keys_times_belong"_w, {{"found", kind_of(*keys)}}),
                           Message("remedy.such_as"_w, {{"example", R"({"poison": "15s"})"}}));
    } else {
      for (const Member& member : keys->members()) {
        if (const auto d = reading.duration(member.value, Path(keys_path, member.key)))
          work.by_key.emplace_back(member.key, *d);
      }
    }
  }
  fields.finish();
  return work;
}

std::optional<cluster::PartitionerSpec> read_partitioner(Reading& reading, const Node& node, const Path& path) {
  cluster::PartitionerSpec spec;
  if (!node.is_string()) {
    reading.report.error(node, path, Message("problem.not_partitioner"_w, {{"found", kind_of(node)}}),
                         suggestion("", kPartitionerNames));
    return std::nullopt;
  }
  std::string_view name = node.text();
  if (name.starts_with("key_prefix:")) {
    spec.separator = name.substr(11);
    name = "key_prefix";
    if (spec.separator.empty()) {
      reading.report.error(node, path, "problem.key_prefix_names_no_separator"_w, "remedy.key_prefix"_w);
      return std::nullopt;
    }
  } else if (name == "key_prefix") {
    reading.report.error(node, path, "problem.key_prefix_names_no_separator"_w,
                         Message("remedy.such_as"_w, {{"example", R"("key_prefix:|")"}}));
    return std::nullopt;
  }
  const auto at = std::find(std::begin(kPartitionerNames), std::end(kPartitionerNames), name);
  if (at == std::end(kPartitionerNames)) {
    reading.report.error(node, path, Message("problem.no_such_partitioner"_w, {{"name", in_quotes(name)}}),
                         suggestion(name, kPartitionerNames));
    return std::nullopt;
  }
  if (!is_supported(Form::Partitioner, name))
    reading.not_yet(node, path, Message("problem.partitioner_not_modelled"_w, {{"name", in_quotes(name)}}));
  spec.kind = static_cast<cluster::PartitionerKind>(at - std::begin(kPartitionerNames));
  return spec;
}

std::optional<cluster::SendMode> read_send(Reading& reading, const Node& node, const Path& path) {
  const auto v = reading.word(node, path, cluster::kSendModeNames);
  if (!v) return std::nullopt;
  if (!is_supported(Form::Send, node.text())) reading.not_yet(node, path, not_modelled(in_quotes(node.text())));
  return static_cast<cluster::SendMode>(*v);
}

std::optional<cluster::CommitMode> read_commit(Reading& reading, const Node& node, const Path& path) {
  const auto v = reading.word(node, path, cluster::kCommitModeNames);
  if (!v) return std::nullopt;
  if (!is_supported(Form::Commit, node.text())) reading.not_yet(node, path, not_modelled(in_quotes(node.text())));
  return static_cast<cluster::CommitMode>(*v);
}

/// A transform commits after its poll's output is acknowledged, or right after the poll; with transactional.id its offsets are part of the transaction.
void read_commit_of_transform(Reading& reading, Fields& fields, cluster::ClientSpec& client) {
  client.commit = cluster::CommitMode::SyncAfter;
  const Node* commit = fields.take("commit");
  if (commit == nullptr) return;
  const auto mode = read_commit(reading, *commit, fields.at("commit"));
  if (!mode) return;
  if (*mode != cluster::CommitMode::SyncAfter && *mode != cluster::CommitMode::SyncBefore)
    reading.report.error(*commit, fields.at("commit"),
                         Message("problem.transform_commits_otherwise"_w, {{"commit", in_quotes(commit->text())}}),
                         "remedy.transform_commits"_w);
  else if (client.config.explicitly("transactional.id"))
    reading.report.error(*commit, fields.at("commit"), "problem.transaction_commits_offsets"_w, "remedy.leave_out"_w);
  else client.commit = *mode;
}

std::optional<cluster::AcknowledgeSpec> read_acknowledge(Reading& reading, const Node& node, const Path& path) {
  constexpr words::Key kForm = "remedy.acknowledge"_w;
  const auto text = reading.string(node, path, kForm);
  if (!text) return std::nullopt;
  cluster::AcknowledgeSpec spec;
  if (*text == "accept") return spec;
  const std::size_t colon = text->find(':');
  const std::string_view head = std::string_view(*text).substr(0, colon);
  const auto every = colon == std::string::npos ? std::nullopt : parse_keys("n:" + text->substr(colon + 1));
  if (every && (head == "release_every" || head == "reject_every")) {
    spec.kind = head == "release_every" ? cluster::AcknowledgeSpec::Kind::ReleaseEvery
                                        : cluster::AcknowledgeSpec::Kind::RejectEvery;
    spec.every = every->count;
    return spec;
  }
  reading.report.error(node, path, Message("problem.not_way_acknowledge"_w, {{"text", in_quotes(*text)}}), kForm);
  return std::nullopt;
}

std::optional<std::int32_t> read_handoff(Reading& reading, const Node& node, const Path& path) {
  Fields fields(reading, node, path, "problem.thing.handoff"_w);
  std::int32_t threads = 0;
  fields.need("threads", "\"threads\": 4");
  const bool good = fields.get("threads", threads, 1, 1000);
  fields.finish();
  if (!good) return std::nullopt;
  return threads;
}

namespace {

/// The settings that kafka-console-producer and kafka-console-consumer change by default (ConsoleProducerOptions,
/// ConsoleConsumerOptions).
void as_console_tool(cluster::ClientSpec& client) {
  const auto otherwise = [&](std::string_view key, protocol::ConfigValue value) {
    if (!client.config.explicitly(key)) client.config.set(key, std::move(value));
  };
  if (client.kind == ClientKind::ConsoleProducer) {
    otherwise("linger.ms", std::int64_t{1000});
    otherwise("retries", std::int64_t{3});
    otherwise("request.timeout.ms", std::int64_t{1500});
    return;
  }
  client.topics = {client.topic};
  if (client.from_beginning) otherwise("auto.offset.reset", std::string("earliest"));
  if (client.group.empty()) client.group = client.config.text("group.id");
  if (client.group.empty()) {  // a group that is never used again: nothing is committed
    const auto number = static_cast<std::uint32_t>(protocol::murmur2(client.id)) % 100000;
    client.group = fmt::format("console-consumer-{}", number);
    otherwise("enable.auto.commit", false);
  }
  client.config.set("group.id", client.group);
  client.commit = client.config.flag("enable.auto.commit") ? cluster::CommitMode::Auto : cluster::CommitMode::None;
}

void read_client(Reading& reading, const Node& node, const Path& path, const Head& head, cluster::ClusterSpec& spec) {
  Fields fields(reading, node, path,
                Message("problem.thing.client_of_kind"_w, {{"kind", in_quotes(to_string(*head.kind))}}));
  cluster::ClientSpec client;
  client.id = head.id;
  client.kind = *head.kind;
  client.config = cluster::Config(scopes_of(client.kind), reading.version);
  fields.take("id");
  fields.take("kind");

  const ClientKindRow& row = kClientKinds[static_cast<std::size_t>(client.kind)];
  const auto has = [&row](std::string_view field) { return contains_word(row.fields, field); };
  if (!reading.contract_only) {
    for (const Member& member : node.members()) {
      if (has(member.key) && !is_supported(Form::ClientField, member.key)) {
        reading.not_yet(member.value, Path(path, member.key),
                        Message("problem.client_field_not_modelled"_w, {{"field", in_quotes(member.key)}}),
                        "remedy.leave_out"_w);
      }
    }
  }
  if (const Node* start = fields.take("start")) client.start = reading.instant(*start, fields.at("start"));
  if (const Node* stop = fields.take("stop")) client.stop = reading.instant(*stop, fields.at("stop"));
  if (const Node* config = fields.take("config")) {
    if (client.config.scopes() == 0) {
      reading.report.error(*config, fields.at("config"),
                           Message("problem.kind_has_no_config"_w, {{"kind", to_string(client.kind)}}),
                           "remedy.leave_out"_w);
    } else {
      read_config(reading, *config, fields.at("config"), client.config, thing(client.kind));
    }
  }
  if (has("rate") && has("topic")) read_producer_fields(reading, fields, client);
  else if (has("topic")) read_topic_name(reading, fields, client.topic);
  if (has("transaction")) read_transaction(reading, fields, client);
  if (has("topics")) read_consumer_fields(reading, fields, client);
  if (has("assign")) read_assign(reading, fields, client.assign);
  if (has("commit") && client.kind == ClientKind::Transform) read_commit_of_transform(reading, fields, client);
  else if (has("commit")) {
    const Node* commit = fields.take("commit");
    std::optional<cluster::CommitMode> mode;
    if (commit != nullptr) mode = read_commit(reading, *commit, fields.at("commit"));
    const bool said = client.config.explicitly("enable.auto.commit");
    const bool automatic = client.config.flag("enable.auto.commit");
    if (mode && said && automatic != (*mode == cluster::CommitMode::Auto)) {
      reading.report.error(*commit, fields.at("commit"),
                           Message("problem.commit_contradicts"_w, {{"commit", in_quotes(commit->text())},
                                                                    {"automatic", automatic ? "true" : "false"}}),
                           "remedy.leave_one_them_out"_w);
    }
    client.commit = mode.value_or(automatic ? cluster::CommitMode::Auto : cluster::CommitMode::None);
    if (!said && client.commit != cluster::CommitMode::Auto) client.config.set("enable.auto.commit", false);
  }
  if (has("handoff")) {
    if (const Node* handoff = fields.take("handoff"))
      client.handoff_threads = read_handoff(reading, *handoff, fields.at("handoff")).value_or(0);
  }
  if (has("acknowledge")) {
    if (const Node* acknowledge = fields.take("acknowledge")) {
      client.acknowledge =
          read_acknowledge(reading, *acknowledge, fields.at("acknowledge")).value_or(cluster::AcknowledgeSpec{});
      const bool speaks = client.acknowledge.kind != cluster::AcknowledgeSpec::Kind::Accept &&
                          reading.version != cluster::KafkaVersion::V2_5;
      if (speaks && !client.config.explicitly("share.acknowledgement.mode")) {
        client.config.set("share.acknowledgement.mode", std::string("explicit"));
      } else if (speaks && client.config.text("share.acknowledgement.mode") == "implicit") {
        reading.report.error(
            *acknowledge, fields.at("acknowledge"),
            Message("problem.acknowledge_while_implicit"_w, {{"acknowledge", in_quotes(acknowledge->text())}}),
            "remedy.explicit_mode"_w);
      }
    }
  }
  if (has("dead_letter")) {
    const Node* topic = fields.take("dead_letter");
    if (topic != nullptr && fields.get("dead_letter", client.dead_letter))
      reading.known_topic(*topic, fields.at("dead_letter"), client.dead_letter);
  }
  if (has("lines")) fields.get("lines", client.lines);
  if (has("properties")) {
    if (const Node* properties = fields.take("properties")) {
      const Path p = fields.at("properties");
      if (!properties->is_object())
        reading.report.error(*properties, p, "problem.properties_no_object"_w,
                             Message("remedy.such_as"_w, {{"example", R"({"parse.key": "true"})"}}));
      else
        for (const Member& member : properties->members()) {
          if (member.value.is_boolean()) client.properties[member.key] = member.value.boolean() ? "true" : "false";
          else if (auto text = reading.string(member.value, Path(p, member.key)))
            client.properties[member.key] = std::move(*text);
        }
    }
  }
  if (has("from_beginning")) fields.get("from_beginning", client.from_beginning);
  if (has("group")) fields.get("group", client.group);
  if (has("redeliver")) fields.get("redeliver", client.redeliver);
  if (has("fanout")) fields.get("fanout", client.fanout);
  if (has("calls")) {
    const Node* calls = fields.take("calls");
    if (calls != nullptr && fields.get("calls", client.calls) && calls->is_array()) {
      const Path calls_path = fields.at("calls");
      for (std::size_t i = 0; i < calls->items().size() && !reading.report.full(); ++i) {
        const Node& item = calls->items()[i];
        if (item.is_string() && !reading.names.clients.contains(item.text())) {
          reading.report.error(item, Path(calls_path, i), no_such("thing.client"_w, item.text()),
                               suggestion(item.text(), reading.names.client_ids()));
        }
      }
    }
    if (const Node* rate = fields.take("rate")) client.rate = reading.rate(*rate, fields.at("rate"));
    if (const Node* work = fields.take("work"))
      client.work = read_work(reading, *work, fields.at("work")).value_or(cluster::WorkSpec{});
    if (const Node* timeout = fields.take("timeout")) client.timeout = reading.duration(*timeout, fields.at("timeout"));
    fields.get("slots", client.slots, 1, kIntMax);
  }
  fields.finish();
  if (client.kind == ClientKind::ConsoleProducer || client.kind == ClientKind::ConsoleConsumer) as_console_tool(client);

  // Kafka's own key for the same choice; the field takes precedence.
  if ((client.config.scopes() & protocol::config_scope::kProducer) != 0 &&
      client.config.explicitly("partitioner.class") && !fields.has("partitioner")) {
    if (const auto by_class = partitioner_of_class(client.config.text("partitioner.class")))
      client.partitioner = *by_class;
  }
  if ((client.config.scopes() & protocol::config_scope::kConsumer) != 0) {
    if (const std::string group = client.config.text("group.id"); !group.empty()) reading.names.groups.push_back(group);
  }
  if (!client.group.empty()) reading.names.groups.push_back(client.group);
  note_transactional(reading.names, client);
  for (const std::string& topic : client.topics) {  // for a fanout, the reader's own queue
    const auto at = reading.names.clients.find(topic);
    if (at != reading.names.clients.end() && at->second.kind == ClientKind::Queue)
      reading.names.groups.push_back(topic + "." + client.id);
  }
  reading.names.clients[client.id].has_topic = !client.topic.empty();
  check_client(reading, node, path, client);
  spec.clients.push_back(std::move(client));
}

}  // namespace

namespace {

/// `added`: by a step. Several steps may add a client with that id; the cluster refuses the later ones.
Head read_head(Reading& reading, const Node& node, const Path& here, bool added) {
  Head head;
  Fields fields(reading, node, here, "problem.thing.client"_w);
  const Node* id = fields.need("id", "\"id\": \"checkout\"");
  const Node* kind = fields.need("kind", "\"kind\": \"producer\"");
  if (id != nullptr && fields.get("id", head.id)) {
    const auto known = reading.names.clients.find(head.id);
    constexpr std::size_t kLongest = 32767;  // of a string in a request header
    if (head.id.empty() || head.id.size() > kLongest || head.id.find_first_of(":/~#") != std::string::npos) {
      reading.report.error(*id, fields.at("id"), Message("problem.not_client_id"_w, {{"id", in_quotes(head.id)}}),
                           "remedy.client_id"_w);
    } else if ((known != reading.names.clients.end() && !(added && known->second.added)) ||
               reading.names.has_node(head.id) || head.id == "controller" || head.id == "all-brokers") {
      reading.report.error(*id, fields.at("id"), Message("problem.second_node"_w, {{"name", in_quotes(head.id)}}),
                           "remedy.each_id_once"_w);
      return head;
    }
  }
  if (kind == nullptr) return head;
  const auto text = reading.string(*kind, fields.at("kind"), "remedy.kind"_w);
  if (!text) return head;
  const auto row =
      std::find_if(std::begin(kClientKinds), std::end(kClientKinds), [&](const auto& r) { return r.name == *text; });
  if (row == std::end(kClientKinds)) {
    std::vector<std::string_view> names;
    for (const auto& r : kClientKinds) names.push_back(r.name);
    reading.report.error(*kind, fields.at("kind"),
                         Message("problem.no_such_client_kind"_w, {{"kind", in_quotes(*text)}}),
                         suggestion(*text, names));
    return head;
  }
  head.kind = static_cast<ClientKind>(row - std::begin(kClientKinds));
  if (!is_supported(Form::Kind, *text)) {
    std::string names;
    for (const std::string_view word : supported(Form::Kind)) names.append(names.empty() ? "" : ", ").append(word);
    reading.not_yet(*kind, fields.at("kind"),
                    Message("problem.client_kind_not_modelled"_w, {{"kind", in_quotes(*text)}}),
                    Message("remedy.one_of"_w, {{"names", names}}));
  }
  if (!head.id.empty()) reading.names.clients[head.id] = {*head.kind, false, added};
  return head;
}

}  // namespace

void read_clients(Reading& reading, const Node& list, const Path& path, cluster::ClusterSpec& spec) {
  if (!list.is_array()) {
    reading.report.error(list, path, Message("problem.stands_where_clients_belong"_w, {{"found", kind_of(list)}}),
                         "remedy.list_clients"_w);
    return;
  }
  if (!reading.short_enough(list, path, kMostNodes, "problem.file_has_clients"_w)) return;
  std::vector<Head> heads(list.items().size());
  for (std::size_t i = 0; i < list.items().size() && !reading.report.full(); ++i)
    heads[i] = read_head(reading, list.items()[i], Path(path, i), false);
  for (std::size_t i = 0; i < list.items().size() && !reading.report.full(); ++i) {
    if (heads[i].kind && !heads[i].id.empty()) read_client(reading, list.items()[i], Path(path, i), heads[i], spec);
  }
  if (reading.names.nodes.size() + list.items().size() > 1200) {
    reading.report.error(
        list, path, Message("problem.file_has_nodes"_w, {{"count", reading.names.nodes.size() + list.items().size()}}),
        Message("remedy.nodes"_w, {{"most", 1200}}));
  }
}

void read_added_client(Reading& reading, const Node& node, const Path& path) {
  const Head head = read_head(reading, node, path, true);
  if (!head.kind || head.id.empty()) return;
  if (*head.kind == ClientKind::Queue || *head.kind == ClientKind::Service) {
    reading.report.error(*node.find("kind"), Path(path, "kind"),
                         Message("problem.kind_from_beginning"_w, {{"kind", to_string(*head.kind)}}),
                         Message("remedy.one_of"_w, {{"names", R"(the file's "clients")"}}));
    return;
  }
  for (const std::string_view field : {"start", "stop"})
    if (const Node* when = node.find(field))
      reading.report.error(*when, Path(path, field),
                           Message("problem.time_of_added_client"_w, {{"field", in_quotes(field)}}),
                           "remedy.leave_out"_w);
  cluster::ClusterSpec scratch;
  read_client(reading, node, path, head, scratch);
  if (!scratch.clients.empty()) reading.added.emplace(&node, std::move(scratch.clients.front()));
}

}  // namespace kafkascope::scenario
