// What Kafka's clients refuse at start, and what each kind of client requires. Source: ProducerConfig, KafkaProducer,
// ConsumerConfig, KafkaConsumer, AbstractCoordinator (4.1 and 2.5).
#include <fmt/format.h>

#include <algorithm>

#include "protocol/serdes.h"
#include "scenario/reading.h"
#include "scenario/vocabulary.h"

namespace kafkascope::scenario {

namespace {

using cluster::ClientKind;

struct Checker {
  Reading& reading;
  const Node& node;
  const Path& path;
  const cluster::ClientSpec& client;

  /// Reports at the configuration's key if the file sets it, otherwise at the client.
  void at_key(std::string_view key, Message message, Message remedy, Severity severity = Severity::Error) const {
    const auto report = [&](const Node& at, const Path& place) {
      if (severity == Severity::Warning) reading.report.warning(at, place, std::move(message), std::move(remedy));
      else reading.report.error(at, place, std::move(message), std::move(remedy));
    };
    const Node* config = node.find("config");
    const Node* value = config != nullptr && config->is_object() ? config->find(key) : nullptr;
    if (value == nullptr) return report(node, path);
    const Path config_path(path, "config");
    report(*value, Path(config_path, key));
  }
  void missing(std::string_view field, Message remedy) const {
    reading.report.error(node, path,
                         Message("problem.missing_for_kind"_w,
                                 {{"field", in_quotes(field)}, {"kind", in_quotes(to_string(client.kind))}}),
                         std::move(remedy));
  }

  void producer() const {
    const auto& config = client.config;
    const std::string acks = config.text("acks");
    const bool transactional = config.explicitly("transactional.id");
    const bool asked = config.explicitly("enable.idempotence") && config.flag("enable.idempotence");
    // Other acks or retries=0 switch off idempotence if it is only the default; since Kafka 4.0 more requests in flight
    // do not.
    const auto why = [&] {
      return asked           ? example("enable.idempotence=true")
             : transactional ? Message("problem.thing.transactional_id"_w)
                             : Message("problem.thing.default_idempotence"_w);
    };
    if (asked || transactional) {
      if (config.explicitly("acks") && acks != "all" && acks != "-1") {
        at_key("acks", Message("problem.needs_acks_all"_w, {{"why", why()}, {"acks", acks}}),
               transactional ? "remedy.acks_all_or_no_id"_w : "remedy.acks_all"_w);
      }
      if (config.explicitly("retries") && config.number("retries") == 0) {
        at_key("retries", Message("problem.needs_retries"_w, {{"why", why()}}),
               transactional ? "remedy.retries_or_no_id"_w : "remedy.retries"_w);
      }
    }
    if ((config.flag("enable.idempotence") || transactional) &&
        config.number("max.in.flight.requests.per.connection") > 5) {
      at_key("max.in.flight.requests.per.connection",
             Message("problem.too_many_in_flight"_w,
                     {{"why", why()}, {"count", config.number("max.in.flight.requests.per.connection")}}),
             transactional ? "remedy.at_most_5_or_no_id"_w : "remedy.at_most_5_in_flight"_w);
    }
    const std::string partitioner = config.text("partitioner.class");
    if (reading.version != cluster::KafkaVersion::V2_5 && !partitioner.empty() &&
        !partitioner.ends_with(".RoundRobinPartitioner")) {
      at_key("partitioner.class", Message("problem.partitioner_gone"_w, {{"name", in_quotes(partitioner)}}),
             "remedy.default_partitioner"_w);
    }
    if (transactional && config.explicitly("enable.idempotence") && !config.flag("enable.idempotence")) {
      at_key("enable.idempotence", "problem.transactional_needs_idempotence"_w,
             "remedy.leave_enable_idempotence_out"_w);
    }
    if (config.explicitly("delivery.timeout.ms")) {
      const std::int64_t least = config.number("linger.ms") + config.number("request.timeout.ms");
      if (config.number("delivery.timeout.ms") < least) {
        at_key("delivery.timeout.ms", "problem.delivery_timeout"_w, Message("remedy.at_least"_w, {{"least", least}}));
      }
    }
    // A key may have been refused elsewhere and still be in the file.
    const Node* written = node.find("config");
    const bool named = written != nullptr && written->is_object() && written->find("transactional.id") != nullptr;
    if (client.transaction && !transactional && !named) {
      const Node* transaction = node.find("transaction");
      reading.report.error(transaction != nullptr ? *transaction : node, Path(path, "transaction"),
                           "problem.transaction_without_id"_w, example(R"("config": {"transactional.id": "…"})"));
    }
  }

  void transactions() const {
    const auto& config = client.config;
    if (!config.explicitly("transactional.id")) return;
    if (config.text("transactional.id").empty())  // ProducerConfig: ConfigDef.NonEmptyString
      at_key("transactional.id", "problem.transactional_id_empty"_w, "remedy.name_or_leave_out"_w);
    // TransactionStateManager.validateTransactionTimeoutMs: the broker refuses a larger value, which a file may mean to
    // show.
    const std::int64_t timeout = config.number("transaction.timeout.ms"), most = reading.longest_transaction_ms;
    if (timeout < 1 || timeout > most)
      at_key("transaction.timeout.ms",
             Message("problem.transaction_timeout_refused"_w, {{"timeout", timeout}, {"most", most}}),
             Message("remedy.transaction_timeout"_w, {{"most", most}}), Severity::Warning);
  }

  void consumer() const {
    const auto& config = client.config;
    const bool subscribes = !client.topics.empty();
    const std::string group = config.text("group.id");
    const bool from_queue =
        subscribes && std::all_of(client.topics.begin(), client.topics.end(), [&](const std::string& topic) {
          const auto at = reading.names.clients.find(topic);
          return at != reading.names.clients.end() && at->second.kind == ClientKind::Queue;
        });
    if (subscribes && group.empty() && !from_queue) {
      reading.report.error(node, path, "problem.consumer_needs_group"_w,
                           example(R"("config": {"group.id": "billing"})"));
    }
    if (group.empty() && config.explicitly("enable.auto.commit") && config.flag("enable.auto.commit")) {
      at_key("enable.auto.commit", "problem.auto_commit_without_group"_w, "remedy.group_id"_w);
    }
    const bool classic = reading.version == cluster::KafkaVersion::V2_5 || config.text("group.protocol") == "classic";
    if (!classic)
      for (const std::string_view key :
           {"session.timeout.ms", "heartbeat.interval.ms", "partition.assignment.strategy"})
        if (config.explicitly(key))
          at_key(key, Message("problem.key_with_consumer_protocol"_w, {{"key", key}}), "remedy.leave_out_or_classic"_w);
    if (reading.version != cluster::KafkaVersion::V2_5 && classic && config.explicitly("group.remote.assignor"))
      at_key("group.remote.assignor", "problem.remote_assignor_with_classic"_w, example("group.protocol=consumer"));
    // GroupRebalanceConfig: JoinGroupRequest.validateGroupInstanceId, which has the rule for topic names.
    const std::string instance = config.text("group.instance.id");
    if (config.explicitly("group.instance.id") && !topic_name_problem(instance).empty())
      at_key("group.instance.id", Message("problem.illegal_instance_id"_w, {{"instance", in_quotes(instance)}}),
             "remedy.instance_id"_w);
    if (classic && config.number("heartbeat.interval.ms") >= config.number("session.timeout.ms")) {
      at_key("heartbeat.interval.ms", "problem.heartbeat_not_below_session"_w, "remedy.third_of_session"_w);
    }
  }

  /// Kafka: ShareConsumerConfig.SHARE_GROUP_UNSUPPORTED_CONFIGS.
  void share_consumer() const {
    if (client.config.text("group.id").empty())
      reading.report.error(node, path, "problem.share_consumer_needs_group"_w,
                           example(R"("config": {"group.id": "billing"})"));
    for (const std::string_view key : {"auto.offset.reset", "enable.auto.commit", "group.instance.id",
                                       "isolation.level", "partition.assignment.strategy", "session.timeout.ms",
                                       "heartbeat.interval.ms", "group.protocol", "group.remote.assignor"})
      if (client.config.explicitly(key))
        at_key(key, Message("problem.key_on_share_consumer"_w, {{"key", key}}),
               key == "auto.offset.reset" ? "remedy.configure_group"_w : "remedy.leave_out"_w);
  }

  /// The values that the application generates and the lines that a console tool sends.
  void values() const {
    using protocol::Serde;
    const auto serde = protocol::serde_of_class(client.config.text("value.serializer"));
    const bool fixed = serde == Serde::Long || serde == Serde::Double || serde == Serde::Purchase;
    if (const Node* size = node.find("value_size"); size != nullptr && fixed)
      reading.report.error(
          *size, Path(path, "value_size"),
          Message("problem.serializer_makes_size"_w, {{"serializer", client.config.text("value.serializer")}}),
          "remedy.leave_out"_w);
    const auto key = protocol::serde_of_class(client.config.text("key.serializer"));
    if (key && !protocol::reads_anything(*key) && client.keys.kind != cluster::KeySpec::Kind::None)
      at_key("key.serializer",
             Message("problem.keys_are_text"_w, {{"serializer", client.config.text("key.serializer")}}),
             "remedy.string_serializer_or_no_keys"_w);
  }

  void console() const {
    constexpr std::string_view kReader = "parse.key,key.separator,null.marker";
    constexpr std::string_view kFormatter =
        "print.timestamp,print.key,print.offset,print.partition,print.headers,print.value,key.separator,line.separator,"
        "headers.separator,null.literal,key.deserializer,value.deserializer";
    const std::string_view known = client.kind == ClientKind::ConsoleProducer ? kReader : kFormatter;
    const Node* properties = node.find("properties");
    for (const auto& [key, value] : client.properties)
      if (!contains_word(known, key))
        reading.report.error(
            *properties, Path(path, "properties"),
            Message("problem.no_such_property"_w, {{"kind", to_string(client.kind)}, {"property", in_quotes(key)}}),
            Message("remedy.one_of"_w, {{"names", known}}));
    const auto parse = client.properties.find("parse.key");
    if (client.kind != ClientKind::ConsoleProducer || parse == client.properties.end() || parse->second != "true")
      return;
    const auto separator = client.properties.find("key.separator");
    const Path lines(path, "lines");
    for (std::size_t i = 0; i < client.lines.size(); ++i)
      if (client.lines[i].find(separator == client.properties.end() ? "\t" : separator->second) == std::string::npos)
        reading.report.error(node.find("lines")->items()[i], Path(lines, i), "problem.line_without_separator"_w,
                             "remedy.line_with_separator"_w);
  }

  /// "topics" are either Kafka's topics or queues.
  void queues() const {
    std::size_t queues = 0;
    for (const std::string& topic : client.topics) {
      const auto at = reading.names.clients.find(topic);
      queues += at != reading.names.clients.end() && at->second.kind == ClientKind::Queue;
    }
    if (queues > 0 && (queues != client.topics.size() || client.kind != ClientKind::Consumer))
      reading.report.error(*node.find("topics"), Path(path, "topics"), "problem.queue_among_topics"_w,
                           "remedy.consumer_of_its_own"_w);
  }

  void service() const {
    for (const std::string& id : client.calls) {
      const auto at = reading.names.clients.find(id);
      if (at != reading.names.clients.end() && at->second.kind != ClientKind::Service)
        reading.report.error(*node.find("calls"), Path(path, "calls"),
                             Message("problem.not_service"_w, {{"id", in_quotes(id)}}), "remedy.service_id"_w);
    }
    if (!client.work.by_key.empty())
      reading.report.error(*node.find("work"), Path(path, "work"), "problem.call_has_no_key"_w, "remedy.one_time"_w);
  }

  void bootstrap() const {
    for (const std::string& server : client.config.list("bootstrap.servers")) {
      const std::string name = server.substr(0, server.find(':'));
      if (!name.starts_with("broker-") || !reading.names.has_node(name))
        at_key("bootstrap.servers", no_such("thing.broker"_w, name), suggestion(name, reading.names.nodes));
    }
  }

  void shape() const {
    switch (client.kind) {
      case ClientKind::Producer:
        // Steps may give a producer without a rate records that name their own topic.
        if (client.topic.empty() && client.rate && node.find("topic") == nullptr)
          missing("topic", example("\"topic\": \"orders\""));
        break;
      case ClientKind::Consumer: {
        const bool topics = node.find("topics") != nullptr, assign = node.find("assign") != nullptr;
        if (!topics && !assign) missing("topics", "remedy.topics_or_assign"_w);
        if (topics && assign)
          reading.report.error(node, path, "problem.subscribes_or_assigned"_w, "remedy.one_of_topics_assign"_w);
        break;
      }
      case ClientKind::ShareConsumer:
      case ClientKind::Transform:
        if (node.find("topics") == nullptr) missing("topics", example(R"("topics": ["orders"])"));
        if (client.kind == ClientKind::Transform && node.find("topic") == nullptr)
          missing("topic", example("\"topic\": \"orders\""));
        break;
      case ClientKind::ConsoleProducer:
      case ClientKind::ConsoleConsumer:
        if (node.find("topic") == nullptr) missing("topic", example("\"topic\": \"orders\""));
        break;
      default: break;
    }
  }
};

}  // namespace

void check_client(Reading& reading, const Node& node, const Path& path, const cluster::ClientSpec& client) {
  const Checker checker{reading, node, path, client};
  checker.shape();
  const auto scopes = client.config.scopes();
  if ((scopes &
       (protocol::config_scope::kProducer | protocol::config_scope::kConsumer | protocol::config_scope::kAdmin)) != 0)
    checker.bootstrap();
  if ((scopes & protocol::config_scope::kProducer) != 0) checker.producer(), checker.transactions();
  if ((scopes & protocol::config_scope::kProducer) != 0 && client.kind != ClientKind::Transform) checker.values();
  if (client.kind == ClientKind::Consumer || client.kind == ClientKind::Transform) checker.consumer();
  if (client.kind == ClientKind::ShareConsumer) checker.share_consumer();
  if (client.kind == ClientKind::ConsoleProducer || client.kind == ClientKind::ConsoleConsumer) checker.console();
  if (client.kind == ClientKind::Service) checker.service();
  checker.queues();
  if (client.start && client.stop && *client.stop <= *client.start) {
    reading.report.error(*node.find("stop"), Path(path, "stop"), "problem.client_stops_before_starts"_w,
                         "remedy.time_after_start"_w);
  }
  for (const auto& [key, time] :
       {std::pair<std::string_view, std::optional<sim::Instant>>{"start", client.start}, {"stop", client.stop}}) {
    if (time && reading.until_known && *time > reading.until) {
      reading.report.error(*node.find(key), Path(path, key),
                           Message("problem.beyond_until"_w,
                                   {{"at", duration_text({time->us})}, {"until", duration_text({reading.until.us})}}),
                           "remedy.time_up_to_until"_w);
    }
  }
}

}  // namespace kafkascope::scenario
