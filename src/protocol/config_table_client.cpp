// Keys of producers, consumers, admin clients, Connect and Streams. Source: ProducerConfig, ConsumerConfig,
// AdminClientConfig, DistributedConfig, WorkerConfig, StreamsConfig (4.1 and 2.5). now() = the engine acts on it. A
// change that makes the engine act on a key adds now() to its row.
#include <algorithm>

#include "protocol/config_rows.h"

namespace kafkascope::protocol::config_rows {

namespace {

constexpr ConfigScopes Connect = config_scope::kConnect, Streams = config_scope::kStreams;

// clang-format off
constexpr Row kClientRows[] = {
    // Every client.
    text("client.id", P | C | A, "", same),
    list("bootstrap.servers", P | C | A, "", same).now(),
    integer("request.timeout.ms", P | C | A, "30000", same).from(0).ms().now().in_words("client"),
    number("retry.backoff.ms", P | C | A, "100", same).from(0).ms().now(),
    number("retry.backoff.max.ms", P | C | A, "1000", absent).from(0).ms().now(),
    number("reconnect.backoff.ms", P | C | A, "50", same).from(0).ms().now(),
    number("reconnect.backoff.max.ms", P | C | A, "1000", same).from(0).ms().now(),
    number("metadata.max.age.ms", P | C | A, "300000", same).from(0).ms().now(),
    number("socket.connection.setup.timeout.ms", P | C | A, "10000", absent).ms().now().in_words("client"),
    number("socket.connection.setup.timeout.max.ms", P | C | A, "30000", absent).ms().now(),
    number("connections.max.idle.ms", P | C, "540000", same).ms().in_words("client"),
    choice("metadata.recovery.strategy", P | C | A, "rebootstrap", absent).any_case_of("rebootstrap,none").now(),
    number("metadata.recovery.rebootstrap.trigger.ms", P | C | A, "300000", absent).from(0).ms(),
    list("interceptor.classes", P | C, "", same),

    // Producers.
    choice("acks", P, "all", "1").of("all,-1,0,1").now(),
    boolean("enable.idempotence", P, "true", "false").now(),
    integer("retries", P, "2147483647", same).from(0).in(ConfigUnit::Count).now(),
    integer("delivery.timeout.ms", P, "120000", same).from(0).ms().now(),
    number("linger.ms", P, "5", "0").from(0).ms().now(),
    integer("batch.size", P, "16384", same).from(0).bytes().now(),
    number("buffer.memory", P, "33554432", same).from(0).bytes().now(),
    integer("max.request.size", P, "1048576", same).from(0).bytes().now(),
    number("max.block.ms", P, "60000", same).from(0).ms().now(),
    integer("max.in.flight.requests.per.connection", P, "5", same).from(1).in(ConfigUnit::Count).now(),
    number("metadata.max.idle.ms", P, "300000", same).from(5000).ms(),
    text("partitioner.class", P, null, "org.apache.kafka.clients.producer.internals.DefaultPartitioner").now(),
    boolean("partitioner.adaptive.partitioning.enable", P, "true", absent).now(),
    number("partitioner.availability.timeout.ms", P, "0", absent).from(0).ms().now(),
    boolean("partitioner.ignore.keys", P, "false", absent).now(),
    text("transactional.id", P, null, same).now(),
    integer("transaction.timeout.ms", P, "60000", same).ms().now(),
    choice("compression.type", P, "none", same).of("none,gzip,snappy,lz4,zstd").now().in_words("client"),
    text("key.serializer", P, "org.apache.kafka.common.serialization.StringSerializer", same).now(),
    text("value.serializer", P, "org.apache.kafka.common.serialization.StringSerializer", same).now(),

    // Consumers.
    text("group.id", C, null, same).now(),
    text("group.instance.id", C, null, same).now(),
    choice("group.protocol", C, "classic", absent).any_case_of("consumer,classic").now(),
    text("group.remote.assignor", C, null, absent).now(),
    integer("session.timeout.ms", C, "45000", "10000").ms().now(),
    integer("heartbeat.interval.ms", C, "3000", same).ms().now(),
    integer("max.poll.interval.ms", C, "300000", same).from(1).ms().now(),
    integer("max.poll.records", C, "500", same).from(1).in(ConfigUnit::Records).now(),
    integer("fetch.min.bytes", C, "1", same).from(0).bytes().now(),
    integer("fetch.max.wait.ms", C, "500", same).from(0).ms().now(),
    integer("fetch.max.bytes", C, "52428800", same).from(0).bytes().now().in_words("client"),
    integer("max.partition.fetch.bytes", C, "1048576", same).from(0).bytes().now(),
    boolean("enable.auto.commit", C, "true", same).now(),
    integer("auto.commit.interval.ms", C, "5000", same).from(0).ms().now(),
    choice("auto.offset.reset", C, "latest", same).of("earliest,latest,none,by_duration:<duration>").old_of("latest,earliest,none").now(),
    choice("isolation.level", C, "read_uncommitted", same).of("read_committed,read_uncommitted").now(),
    list("partition.assignment.strategy", C,
         "org.apache.kafka.clients.consumer.RangeAssignor,org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
         "org.apache.kafka.clients.consumer.RangeAssignor").now(),
    integer("default.api.timeout.ms", C | A, "60000", same).from(0).ms().now(),
    text("client.rack", C, "", same).now(),
    boolean("allow.auto.create.topics", C, "true", same).now(),
    boolean("exclude.internal.topics", C, "true", same),
    boolean("check.crcs", C, "true", same),
    choice("share.acknowledgement.mode", C, "implicit", absent).of("implicit,explicit").now(),
    text("key.deserializer", C, "org.apache.kafka.common.serialization.StringDeserializer", same).now(),
    text("value.deserializer", C, "org.apache.kafka.common.serialization.StringDeserializer", same).now(),

    // Admin clients.
    integer("retries", A, "2147483647", same).from(0).in(ConfigUnit::Count).now().in_words("admin"),

    // Connect.
    integer("scheduled.rebalance.max.delay.ms", Connect, "300000", same).from(0).ms(),
    number("offset.flush.interval.ms", Connect, "60000", same).ms(),
    number("offset.flush.timeout.ms", Connect, "5000", same).ms(),
    integer("session.timeout.ms", Connect, "10000", same).ms().in_words("connect"),
    integer("heartbeat.interval.ms", Connect, "3000", same).ms().in_words("connect"),
    integer("rebalance.timeout.ms", Connect, "60000", same).ms(),
    choice("connect.protocol", Connect, "sessioned", same).of("eager,compatible,sessioned"),
    choice("exactly.once.source.support", Connect, "disabled", absent).of("disabled,preparing,enabled"),
    choice("errors.tolerance", Connect, "none", same).of("none,all"),
    integer("tasks.max", Connect, "1", same).from(1).in(ConfigUnit::Count),

    // Streams.
    text("application.id", Streams, null, same),
    choice("processing.guarantee", Streams, "at_least_once", same).of("at_least_once,exactly_once,exactly_once_v2"),
    number("commit.interval.ms", Streams, "30000", same).from(0).ms(),
    integer("num.standby.replicas", Streams, "0", same).in(ConfigUnit::Count),
    integer("num.stream.threads", Streams, "1", same).in(ConfigUnit::Count),
    number("acceptable.recovery.lag", Streams, "10000", absent).from(0).in(ConfigUnit::Records),
    integer("replication.factor", Streams, "-1", "1").in(ConfigUnit::Replicas),
    number("max.task.idle.ms", Streams, "0", same).ms(),
    number("state.cleanup.delay.ms", Streams, "600000", same).ms(),
    number("poll.ms", Streams, "100", same).ms(),
};
// clang-format on

}  // namespace

std::span<const Row> client_rows() { return kClientRows; }

}  // namespace kafkascope::protocol::config_rows

namespace kafkascope::protocol {

namespace {

/// Adds a row; if its limits differ between the versions, it becomes one definition for each version.
void add(std::vector<ConfigDefinition>& all, const config_rows::Row& row) {
  ConfigDefinition old = row;
  old.min = row.min_2_5;
  old.max = row.max_2_5;
  old.values = row.values_2_5;
  const bool same = old.min == row.min && old.max == row.max && old.values == row.values;
  if (row.known_in(KafkaVersion::V4_1)) all.push_back(row);
  else all.push_back(old);
  if (same || !row.known_in(KafkaVersion::V4_1) || !row.known_in(KafkaVersion::V2_5)) return;
  all.back().default_2_5 = kConfigAbsent;
  old.default_4_1 = kConfigAbsent;
  all.push_back(old);
}

}  // namespace

std::span<const ConfigDefinition> config_definitions() {
  static const std::vector<ConfigDefinition> rows = [] {
    std::vector<ConfigDefinition> all;
    for (const auto& row : config_rows::server_rows()) add(all, row);
    for (const auto& row : config_rows::client_rows()) add(all, row);
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return all;
  }();
  return rows;
}

}  // namespace kafkascope::protocol
