// What Kafka's clients refuse at start, and what a client of this kind cannot do without. Source: ProducerConfig,
// KafkaProducer, ConsumerConfig, KafkaConsumer, AbstractCoordinator (4.1 and 2.5).
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

  /// Reports at the configuration's key if the file sets it, else at the client.
  void at_key(std::string_view key, std::string message, std::string remedy) const {
    const Node* config = node.find("config");
    const Node* value = config != nullptr && config->is_object() ? config->find(key) : nullptr;
    if (value == nullptr) {
      reading.report.error(node, path, std::move(message), std::move(remedy));
      return;
    }
    const Path config_path(path, "config");
    reading.report.error(*value, Path(config_path, key), std::move(message), std::move(remedy));
  }
  void missing(std::string_view field, std::string remedy) const {
    reading.report.error(
        node, path,
        fmt::format("{} is missing: a client of kind {} needs it", in_quotes(field), in_quotes(to_string(client.kind))),
        std::move(remedy));
  }

  void producer() const {
    const auto& config = client.config;
    const std::string acks = config.text("acks");
    const bool transactional = config.explicitly("transactional.id");
    const bool asked = config.explicitly("enable.idempotence") && config.flag("enable.idempotence");
    // Other acks and no retries drop idempotence where it is only the default; more in flight does not any more (since Kafka 4.0).
    const std::string_view why = asked           ? "enable.idempotence=true"
                                 : transactional ? "a transactional.id"
                                                 : "idempotence, the default,";
    if (asked || transactional) {
      if (config.explicitly("acks") && acks != "all" && acks != "-1") {
        at_key("acks",
               fmt::format("{} needs acks=all, not {}: Kafka's producer refuses to start (ConfigException)", why, acks),
               "acks=all, or enable.idempotence=false");
      }
      if (config.explicitly("retries") && config.number("retries") == 0) {
        at_key("retries", fmt::format("{} needs retries: Kafka's producer refuses to start (ConfigException)", why),
               "retries above 0, or enable.idempotence=false");
      }
    }
    if ((config.flag("enable.idempotence") || transactional) &&
        config.number("max.in.flight.requests.per.connection") > 5) {
      at_key("max.in.flight.requests.per.connection",
             fmt::format(
                 "{} allows at most 5 requests in flight, not {}: Kafka's producer refuses to start (ConfigException)",
                 why, config.number("max.in.flight.requests.per.connection")),
             "at most 5, or enable.idempotence=false");
    }
    const std::string partitioner = config.text("partitioner.class");
    if (reading.version != cluster::KafkaVersion::V2_5 && !partitioner.empty() &&
        !partitioner.ends_with(".RoundRobinPartitioner")) {
      at_key("partitioner.class",
             fmt::format("{} is gone since Kafka 4.0: Kafka's producer refuses to start (ConfigException)",
                         in_quotes(partitioner)),
             "leave it out: the default does what both did (KIP-794)");
    }
    if (transactional && config.explicitly("enable.idempotence") && !config.flag("enable.idempotence")) {
      at_key("enable.idempotence",
             "a transactional.id needs idempotence: Kafka's producer refuses to start (ConfigException)",
             "leave enable.idempotence out");
    }
    if (config.explicitly("delivery.timeout.ms")) {
      const std::int64_t least = config.number("linger.ms") + config.number("request.timeout.ms");
      if (config.number("delivery.timeout.ms") < least) {
        at_key(
            "delivery.timeout.ms",
            fmt::format(
                "delivery.timeout.ms is below linger.ms + request.timeout.ms: Kafka's producer refuses to start (ConfigException)"),
            fmt::format("at least {}", least));
      }
    }
    // A key that was refused elsewhere is still there.
    const Node* written = node.find("config");
    const bool named = written != nullptr && written->is_object() && written->find("transactional.id") != nullptr;
    if (client.transaction && !transactional && !named) {
      const Node* transaction = node.find("transaction");
      reading.report.error(transaction != nullptr ? *transaction : node, Path(path, "transaction"),
                           "a transaction without transactional.id", R"("config": {"transactional.id": "…"})");
    }
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
      reading.report.error(node, path,
                           "a consumer that subscribes needs a group: Kafka's consumer throws InvalidGroupIdException",
                           R"("config": {"group.id": "billing"})");
    }
    if (group.empty() && config.explicitly("enable.auto.commit") && config.flag("enable.auto.commit")) {
      at_key("enable.auto.commit",
             "auto commit without group.id: Kafka's consumer refuses to start (InvalidConfigurationException)",
             "a group.id, or enable.auto.commit=false");
    }
    const bool classic = reading.version == cluster::KafkaVersion::V2_5 || config.text("group.protocol") == "classic";
    if (!classic)
      for (const std::string_view key :
           {"session.timeout.ms", "heartbeat.interval.ms", "partition.assignment.strategy"})
        if (config.explicitly(key))
          at_key(
              key,
              fmt::format(
                  "{} with group.protocol=consumer: the coordinator decides, and Kafka's consumer refuses to start (ConfigException)",
                  key),
              "leave it out, or group.protocol=classic");
    if (reading.version != cluster::KafkaVersion::V2_5 && classic && config.explicitly("group.remote.assignor"))
      at_key("group.remote.assignor",
             "group.remote.assignor with group.protocol=classic: Kafka's consumer refuses to start (ConfigException)",
             "group.protocol=consumer");
    // GroupRebalanceConfig: JoinGroupRequest.validateGroupInstanceId, which takes what a topic may be called.
    const std::string instance = config.text("group.instance.id");
    if (config.explicitly("group.instance.id") && !topic_name_problem(instance).empty())
      at_key(
          "group.instance.id",
          fmt::format(
              "{} is not a legal group.instance.id: Kafka's consumer refuses to start (InvalidConfigurationException)",
              in_quotes(instance)),
          "1 to 249 letters, digits, '.', '_' and '-', but neither \".\" nor \"..\"");
    if (classic && config.number("heartbeat.interval.ms") >= config.number("session.timeout.ms")) {
      at_key(
          "heartbeat.interval.ms",
          "heartbeat.interval.ms is not below session.timeout.ms: Kafka's consumer refuses to start (IllegalArgumentException)",
          "usually a third of session.timeout.ms");
    }
  }

  /// Kafka: ShareConsumerConfig.SHARE_GROUP_UNSUPPORTED_CONFIGS.
  void share_consumer() const {
    if (client.config.text("group.id").empty())
      reading.report.error(node, path,
                           "a share consumer needs a group: Kafka's consumer throws InvalidGroupIdException",
                           R"("config": {"group.id": "billing"})");
    for (const std::string_view key : {"auto.offset.reset", "enable.auto.commit", "group.instance.id",
                                       "isolation.level", "partition.assignment.strategy", "session.timeout.ms",
                                       "heartbeat.interval.ms", "group.protocol", "group.remote.assignor"})
      if (client.config.explicitly(key))
        at_key(key, fmt::format("{} on a share consumer: Kafka's consumer refuses to start (ConfigException)", key),
               key == "auto.offset.reset" ? R"("configure" the group: share.auto.offset.reset)" : "leave it out");
  }

  /// What the application makes up, and what it hands over by the line.
  void values() const {
    using protocol::Serde;
    const auto serde = protocol::serde_of_class(client.config.text("value.serializer"));
    const bool fixed = serde == Serde::Long || serde == Serde::Double || serde == Serde::Purchase;
    if (const Node* size = node.find("value_size"); size != nullptr && fixed)
      reading.report.error(*size, Path(path, "value_size"),
                           fmt::format("{} makes values of its own size", client.config.text("value.serializer")),
                           "leave it out");
    const auto key = protocol::serde_of_class(client.config.text("key.serializer"));
    if (key && !protocol::reads_anything(*key) && client.keys.kind != cluster::KeySpec::Kind::None)
      at_key("key.serializer",
             fmt::format("the keys are text, and {} takes none: every send would throw SerializationException",
                         client.config.text("key.serializer")),
             "StringSerializer, or \"keys\": \"none\"");
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
        reading.report.error(*properties, Path(path, "properties"),
                             fmt::format("{} has no property {}", to_string(client.kind), in_quotes(key)),
                             fmt::format("one of {}", known));
    const auto parse = client.properties.find("parse.key");
    if (client.kind != ClientKind::ConsoleProducer || parse == client.properties.end() || parse->second != "true")
      return;
    const auto separator = client.properties.find("key.separator");
    const Path lines(path, "lines");
    for (std::size_t i = 0; i < client.lines.size(); ++i)
      if (client.lines[i].find(separator == client.properties.end() ? "\t" : separator->second) == std::string::npos)
        reading.report.error(node.find("lines")->items()[i], Path(lines, i),
                             "no key separator on this line: kafka-console-producer ends here (KafkaException)",
                             "a key, the separator (key.separator, by default a tab) and a value");
  }

  /// "topics" are Kafka's, or queues.
  void queues() const {
    std::size_t queues = 0;
    for (const std::string& topic : client.topics) {
      const auto at = reading.names.clients.find(topic);
      queues += at != reading.names.clients.end() && at->second.kind == ClientKind::Queue;
    }
    if (queues > 0 && (queues != client.topics.size() || client.kind != ClientKind::Consumer))
      reading.report.error(*node.find("topics"), Path(path, "topics"),
                           "a queue among topics: the two are read in different ways",
                           "a consumer of its own for the queue");
  }

  void service() const {
    for (const std::string& id : client.calls) {
      const auto at = reading.names.clients.find(id);
      if (at != reading.names.clients.end() && at->second.kind != ClientKind::Service)
        reading.report.error(*node.find("calls"), Path(path, "calls"),
                             fmt::format("{} is not a service: nobody there answers a call", in_quotes(id)),
                             "the id of a client of kind \"service\"");
    }
    if (!client.work.by_key.empty())
      reading.report.error(*node.find("work"), Path(path, "work"), "a call has no key", "one time, such as \"2ms\"");
  }

  void bootstrap() const {
    for (const std::string& server : client.config.list("bootstrap.servers")) {
      const std::string name = server.substr(0, server.find(':'));
      if (!name.starts_with("broker-") || !reading.names.has_node(name))
        at_key("bootstrap.servers", fmt::format("no broker is called {}", in_quotes(name)),
               suggestion(name, reading.names.nodes));
    }
  }

  void shape() const {
    switch (client.kind) {
      case ClientKind::Producer:
        // Without a rate it may still be handed records that name their topic.
        if (client.topic.empty() && client.rate && node.find("topic") == nullptr)
          missing("topic", "\"topic\": \"orders\"");
        break;
      case ClientKind::Consumer: {
        const bool topics = node.find("topics") != nullptr, assign = node.find("assign") != nullptr;
        if (!topics && !assign) missing("topics", R"("topics": ["orders"], or "assign": ["orders-0"])");
        if (topics && assign)
          reading.report.error(node, path, "a consumer either subscribes or is assigned partitions",
                               "one of \"topics\" and \"assign\"");
        break;
      }
      case ClientKind::ShareConsumer:
      case ClientKind::Transform:
        if (node.find("topics") == nullptr) missing("topics", R"("topics": ["orders"])");
        if (client.kind == ClientKind::Transform && node.find("topic") == nullptr)
          missing("topic", "\"topic\": \"orders\"");
        break;
      case ClientKind::ConsoleProducer:
      case ClientKind::ConsoleConsumer:
        if (node.find("topic") == nullptr) missing("topic", "\"topic\": \"orders\"");
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
  if ((scopes & protocol::config_scope::kProducer) != 0) checker.producer();
  if ((scopes & protocol::config_scope::kProducer) != 0 && client.kind != ClientKind::Transform) checker.values();
  if (client.kind == ClientKind::Consumer || client.kind == ClientKind::Transform) checker.consumer();
  if (client.kind == ClientKind::ShareConsumer) checker.share_consumer();
  if (client.kind == ClientKind::ConsoleProducer || client.kind == ClientKind::ConsoleConsumer) checker.console();
  if (client.kind == ClientKind::Service) checker.service();
  checker.queues();
  if (client.start && client.stop && *client.stop <= *client.start) {
    reading.report.error(*node.find("stop"), Path(path, "stop"), "the client stops before it starts",
                         "a time after \"start\"");
  }
  for (const auto& [key, time] :
       {std::pair<std::string_view, std::optional<sim::Instant>>{"start", client.start}, {"stop", client.stop}}) {
    if (time && reading.until_known && *time > reading.until) {
      reading.report.error(
          *node.find(key), Path(path, key),
          fmt::format("{} lies beyond until ({})", duration_text({time->us}), duration_text({reading.until.us})),
          "a time up to \"until\"");
    }
  }
}

}  // namespace kafkascope::scenario
