#include "scenario/supported.h"

#include <algorithm>
#include <vector>

#include "cluster/verbs.h"
#include "scenario/vocabulary.h"

namespace kafkascope::scenario {

namespace {

constexpr std::string_view kKafka[] = {"4.1", "2.5"};
constexpr std::string_view kMetadata[] = {"kraft", "zookeeper"};
constexpr std::string_view kCluster[] = {"metadata", "controllers", "zookeepers", "zookeeper_config",
                                         "brokers",  "config",      "network",    "disk",
                                         "features", "historical",  "boot"};
// clang-format off
constexpr std::string_view kKinds[] = {"producer", "consumer", "share_consumer", "transform", "console_producer", "console_consumer", "queue", "service", "admin"};
constexpr std::string_view kClientFields[] = {"id", "kind", "config", "start", "stop", "topic", "rate", "keys", "value_size", "count",
                                              "send", "partitioner", "transaction", "topics", "assign", "work", "commit", "handoff", "acknowledge", "sink", "dead_letter",
                                              "lines", "properties", "from_beginning", "group", "redeliver", "fanout", "calls", "timeout", "slots"};
constexpr std::string_view kConfigValues[] = {
    "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "authorizer.class.name=kafka.security.authorizer.AclAuthorizer",
    "replica.selector.class=org.apache.kafka.common.replica.LeaderSelector",
    "replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector",
    "partition.assignment.strategy=org.apache.kafka.clients.consumer.RangeAssignor",
    "partition.assignment.strategy=org.apache.kafka.clients.consumer.RoundRobinAssignor",
    "partition.assignment.strategy=org.apache.kafka.clients.consumer.StickyAssignor",
    "partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
    "partitioner.class=org.apache.kafka.clients.producer.RoundRobinPartitioner",
    "partitioner.class=org.apache.kafka.clients.producer.UniformStickyPartitioner",
    "partitioner.class=org.apache.kafka.clients.producer.internals.DefaultPartitioner",
"key.serializer=org.apache.kafka.common.serialization.StringSerializer",
    "key.serializer=org.apache.kafka.common.serialization.LongSerializer",
    "key.serializer=org.apache.kafka.common.serialization.DoubleSerializer",
    "key.serializer=org.apache.kafka.common.serialization.ByteArraySerializer",
    "key.serializer=org.apache.kafka.common.serialization.ByteBufferSerializer",
    "key.serializer=com.example.PurchaseSerializer",
    "value.serializer=org.apache.kafka.common.serialization.StringSerializer",
    "value.serializer=org.apache.kafka.common.serialization.LongSerializer",
    "value.serializer=org.apache.kafka.common.serialization.DoubleSerializer",
    "value.serializer=org.apache.kafka.common.serialization.ByteArraySerializer",
    "value.serializer=org.apache.kafka.common.serialization.ByteBufferSerializer",
    "value.serializer=com.example.PurchaseSerializer",
    "key.deserializer=org.apache.kafka.common.serialization.StringDeserializer",
    "key.deserializer=org.apache.kafka.common.serialization.LongDeserializer",
    "key.deserializer=org.apache.kafka.common.serialization.DoubleDeserializer",
    "key.deserializer=org.apache.kafka.common.serialization.ByteArrayDeserializer",
    "key.deserializer=org.apache.kafka.common.serialization.ByteBufferDeserializer",
    "key.deserializer=com.example.PurchaseDeserializer",
    "value.deserializer=org.apache.kafka.common.serialization.StringDeserializer",
    "value.deserializer=org.apache.kafka.common.serialization.LongDeserializer",
    "value.deserializer=org.apache.kafka.common.serialization.DoubleDeserializer",
    "value.deserializer=org.apache.kafka.common.serialization.ByteArrayDeserializer",
    "value.deserializer=org.apache.kafka.common.serialization.ByteBufferDeserializer",
    "value.deserializer=com.example.PurchaseDeserializer",
};
// clang-format on

std::span<const std::string_view> modelled_verbs() {
  static const std::vector<std::string_view> kVerbs = [] {
    std::vector<std::string_view> verbs;
    for (const cluster::VerbInfo& verb : cluster::verbs())
      if (!verb.is(cluster::kNoEngine)) verbs.push_back(verb.name);
    return verbs;
  }();
  return kVerbs;
}

}  // namespace

std::span<const std::string_view> supported(Form form) {
  switch (form) {
    case Form::Kafka: return kKafka;
    case Form::Metadata: return kMetadata;
    case Form::Cluster: return kCluster;
    case Form::Verb: return modelled_verbs();
    case Form::Kind: return kKinds;
    case Form::ClientField: return kClientFields;
    case Form::Send: return cluster::kSendModeNames;
    case Form::Partitioner: return kPartitionerNames;
    case Form::Commit: return cluster::kCommitModeNames;
    case Form::ConfigValue: return kConfigValues;
  }
  return {};
}

bool is_supported(Form form, std::string_view word) {
  const auto words = supported(form);
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_supported_value(std::string_view key, std::string_view value) {
  bool limited = false;
  const auto takes = [&](std::string_view one) {
    return std::any_of(std::begin(kConfigValues), std::end(kConfigValues), [&](std::string_view entry) {
      const std::size_t equals = entry.find('=');
      if (entry.substr(0, equals) != key) return false;
      limited = true;
      return entry.substr(equals + 1) == one;
    });
  };
  if (takes(value) || !limited) return true;
  while (!value.empty()) {  // a list: each of its elements
    const std::size_t comma = value.find(',');
    std::string_view one = value.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (!takes(one)) return false;
    value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
  }
  return true;
}

}  // namespace kafkascope::scenario
