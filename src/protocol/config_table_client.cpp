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
    // All clients.
    text("client.id", P | C | A, "", same).says("The name in requests, quotas and logs; here the client's id."),
    list("bootstrap.servers", P | C | A, "", same).now().says("Brokers a client asks first, by their names here; without it all of them."),
    integer("request.timeout.ms", P | C | A, "30000", same).from(0).ms().now().says("When a client gives up a request that is not answered; a producer's also bounds the broker's wait for acks."),
    number("retry.backoff.ms", P | C | A, "100", same).from(0).ms().now().says("First pause before a request is tried again."),
    number("retry.backoff.max.ms", P | C | A, "1000", absent).from(0).ms().now().says("Longest such pause; it doubles each time (KIP-580)."),
    number("reconnect.backoff.ms", P | C | A, "50", same).from(0).ms().now().says("First pause before a broker is connected to again."),
    number("reconnect.backoff.max.ms", P | C | A, "1000", same).from(0).ms().now().says("Longest such pause; it doubles each time."),
    number("metadata.max.age.ms", P | C | A, "300000", same).from(0).ms().now().says("Metadata older than this is asked for again."),
    number("socket.connection.setup.timeout.ms", P | C | A, "10000", absent).ms().now().says("When an attempt to connect is given up (KIP-601)."),
    number("socket.connection.setup.timeout.max.ms", P | C | A, "30000", absent).ms().now().says("Longest such time-out after repeated attempts."),
    number("connections.max.idle.ms", P | C, "540000", same).ms().says("When a client closes a connection that nobody uses."),
    choice("metadata.recovery.strategy", P | C | A, "rebootstrap", absent).any_case_of("rebootstrap,none").now().says("What a client does when it knows no live broker (KIP-899)."),
    number("metadata.recovery.rebootstrap.trigger.ms", P | C | A, "300000", absent).from(0).ms().says("When a client without metadata starts from its bootstrap servers again (KIP-1102)."),
    list("interceptor.classes", P | C, "", same).says("Classes that see each record on its way."),

    // Producers.
    choice("acks", P, "all", "1").of("all,-1,0,1").now().says("Whose acknowledgement a producer waits for: nobody's, the leader's, every in-sync replica's."),
    boolean("enable.idempotence", P, "true", "false").now().says("Does the broker refuse what a retry would double?"),
    integer("retries", P, "2147483647", same).from(0).in(ConfigUnit::Count).now().says("How often a failed batch is sent again; delivery.timeout.ms ends it sooner."),
    integer("delivery.timeout.ms", P, "120000", same).from(0).ms().now().says("When a record that is not acknowledged fails."),
    number("linger.ms", P, "5", "0").from(0).ms().now().says("How long a batch waits for more records."),
    integer("batch.size", P, "16384", same).from(0).bytes().now().says("Size at which a batch is sent without waiting."),
    number("buffer.memory", P, "33554432", same).from(0).bytes().now().says("Memory for batches that are not sent; when it is full send() blocks."),
    integer("max.request.size", P, "1048576", same).from(0).bytes().now().says("Largest request, and so the largest record."),
    number("max.block.ms", P, "60000", same).from(0).ms().now().says("How long send() may block for metadata and memory."),
    integer("max.in.flight.requests.per.connection", P, "5", same).from(1).in(ConfigUnit::Count).now().says("Requests sent to a broker without waiting for answers."),
    number("metadata.max.idle.ms", P, "300000", same).from(5000).ms().says("A topic that nobody wrote to for this long is forgotten."),
    text("partitioner.class", P, null, "org.apache.kafka.clients.producer.internals.DefaultPartitioner").now().says("Who picks the partition; the field partitioner says the same."),
    boolean("partitioner.adaptive.partitioning.enable", P, "true", absent).now().says("Do slow partitions get fewer records without a key? (KIP-794)"),
    number("partitioner.availability.timeout.ms", P, "0", absent).from(0).ms().now().says("A broker that takes nothing for this long gets no records without a key; 0 is never."),
    boolean("partitioner.ignore.keys", P, "false", absent).now().says("Are records with a key spread like those without?"),
    text("transactional.id", P, null, same).says("The name under which a producer's transactions go on after a restart."),
    integer("transaction.timeout.ms", P, "60000", same).ms().says("When the coordinator aborts an open transaction."),
    choice("compression.type", P, "none", same).of("none,gzip,snappy,lz4,zstd").now().says("What batches are compressed with."),
    text("key.serializer", P, "org.apache.kafka.common.serialization.StringSerializer", same).now().says("What turns keys into bytes."),
    text("value.serializer", P, "org.apache.kafka.common.serialization.StringSerializer", same).now().says("What turns values into bytes."),

    // Consumers.
    text("group.id", C, null, same).now().says("The group whose members share the partitions."),
    text("group.instance.id", C, null, same).now().says("Makes a static member: a restart within the session time-out causes no rebalance (KIP-345)."),
    choice("group.protocol", C, "classic", absent).any_case_of("consumer,classic").now().says("classic: members assign; consumer: the coordinator does (KIP-848)."),
    text("group.remote.assignor", C, null, absent).now().says("The coordinator's assignor in the newer protocol."),
    integer("session.timeout.ms", C, "45000", "10000").ms().now().says("Silence after which the coordinator removes a member."),
    integer("heartbeat.interval.ms", C, "3000", same).ms().now().says("How often a member tells the coordinator that it lives."),
    integer("max.poll.interval.ms", C, "300000", same).from(1).ms().now().says("Longest time between two polls; a slower member leaves its group."),
    integer("max.poll.records", C, "500", same).from(1).in(ConfigUnit::Records).now().says("Most records one poll hands over."),
    integer("fetch.min.bytes", C, "1", same).from(0).bytes().now().says("A fetch is answered once this much is there, or the wait is over."),
    integer("fetch.max.wait.ms", C, "500", same).from(0).ms().now().says("How long a broker may hold a fetch that has nothing to return."),
    integer("fetch.max.bytes", C, "52428800", same).from(0).bytes().now().says("Most bytes in one answer."),
    integer("max.partition.fetch.bytes", C, "1048576", same).from(0).bytes().now().says("Most bytes per partition in one answer."),
    boolean("enable.auto.commit", C, "true", same).now().says("Does poll() commit positions by itself?"),
    integer("auto.commit.interval.ms", C, "5000", same).from(0).ms().now().says("How often it does."),
    choice("auto.offset.reset", C, "latest", same).of("earliest,latest,none,by_duration:<duration>").old_of("latest,earliest,none").now().says("Where a consumer starts without a committed offset."),
    choice("isolation.level", C, "read_uncommitted", same).of("read_committed,read_uncommitted").now().says("Are records of open and aborted transactions handed over?"),
    list("partition.assignment.strategy", C,
         "org.apache.kafka.clients.consumer.RangeAssignor,org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
         "org.apache.kafka.clients.consumer.RangeAssignor").now().says("How the members of a group share partitions, most wanted first."),
    integer("default.api.timeout.ms", C | A, "60000", same).from(0).ms().now().says("When a call such as commitSync gives up."),
    text("client.rack", C, "", same).now().says("The rack of a client; with a replica selector it reads from there (KIP-392)."),
    boolean("allow.auto.create.topics", C, "true", same).now().says("May asking for a topic create it?"),
    boolean("exclude.internal.topics", C, "true", same).says("Are internal topics left out of pattern subscriptions?"),
    boolean("check.crcs", C, "true", same).says("Is each batch's checksum looked at?"),
    choice("share.acknowledgement.mode", C, "implicit", absent).of("implicit,explicit").now().says("How a share consumer acknowledges (KIP-932)."),
    text("key.deserializer", C, "org.apache.kafka.common.serialization.StringDeserializer", same).now().says("What turns bytes into keys."),
    text("value.deserializer", C, "org.apache.kafka.common.serialization.StringDeserializer", same).now().says("What turns bytes into values."),

    // Admin clients.
    integer("retries", A, "2147483647", same).from(0).in(ConfigUnit::Count).now().says("How often a failed call is tried again."),

    // Connect.
    integer("scheduled.rebalance.max.delay.ms", Connect, "300000", same).from(0).ms().says("How long a lost worker's tasks wait for it (KIP-415)."),
    number("offset.flush.interval.ms", Connect, "60000", same).ms().says("How often tasks commit offsets."),
    number("offset.flush.timeout.ms", Connect, "5000", same).ms().says("How long such a commit may take."),
    integer("session.timeout.ms", Connect, "10000", same).ms().says("Silence after which a worker is removed."),
    integer("heartbeat.interval.ms", Connect, "3000", same).ms().says("How often a worker tells the coordinator that it lives."),
    integer("rebalance.timeout.ms", Connect, "60000", same).ms().says("How long workers have to join a rebalance."),
    choice("connect.protocol", Connect, "sessioned", same).of("eager,compatible,sessioned").says("How workers share tasks."),
    choice("exactly.once.source.support", Connect, "disabled", absent).of("disabled,preparing,enabled").says("Do source tasks write in transactions?"),
    choice("errors.tolerance", Connect, "none", same).of("none,all").says("Does a bad record stop the task?"),
    integer("tasks.max", Connect, "1", same).from(1).in(ConfigUnit::Count).says("Most tasks of a connector."),

    // Streams.
    text("application.id", Streams, null, same).says("Group and prefix of a Streams application."),
    choice("processing.guarantee", Streams, "at_least_once", same).of("at_least_once,exactly_once,exactly_once_v2").says("With or without transactions."),
    number("commit.interval.ms", Streams, "30000", same).from(0).ms().says("How often a Streams application commits; 100 with exactly-once."),
    integer("num.standby.replicas", Streams, "0", same).in(ConfigUnit::Count).says("Copies of state that are kept warm."),
    integer("num.stream.threads", Streams, "1", same).in(ConfigUnit::Count).says("Threads of an instance."),
    number("acceptable.recovery.lag", Streams, "10000", absent).from(0).in(ConfigUnit::Records).says("Lag up to which a copy counts as caught up (KIP-441)."),
    integer("replication.factor", Streams, "-1", "1").in(ConfigUnit::Replicas).says("Replicas of internal topics; -1: the broker's default."),
    number("max.task.idle.ms", Streams, "0", same).ms().says("How long a task waits for its slower input."),
    number("state.cleanup.delay.ms", Streams, "600000", same).ms().says("When state that moved away is deleted."),
    number("poll.ms", Streams, "100", same).ms().says("How long a poll blocks."),
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
