// Every client key that the engine acts on: its default in both versions, a value that Kafka refuses, and its effect. The effect is the
// difference between two runs of one small world that differ only in the key.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "observe/model/state_document.h"
#include "protocol/config.h"
#include "scenario/load.h"
#include "scenario/session.h"
#include "scenario/variants.h"

using namespace kafkascope;
using nlohmann::json;

namespace {

/// One or two brokers, a producer `p` and a consumer `c` of group `g` on topic `t`.
json small_world() {
  return json::parse(R"({"format": 1, "id": "keys", "title": {"en": "Keys"}, "seed": 5, "kafka": "4.1",
    "cluster": {"metadata": "kraft", "controllers": 1, "brokers": 2, "network": {"latency": "2ms..3ms"}, "config": {"offsets.topic.replication.factor": 1}},
    "topics": [{"name": "t", "partitions": 2, "replication_factor": 1, "assignments": {"0": [1], "1": [2]}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "t", "rate": "100/s", "value_size": "200B", "config": {}},
                {"id": "c", "kind": "consumer", "topics": ["t"], "work": "1ms", "config": {"group.id": "g", "auto.offset.reset": "earliest"}}],
    "until": "20s"})");
}

enum class Effect { Less, More, Other };

struct KeyRow {
  const char* key;
  const char* client;       // "p" or "c"
  const char* default_4_1;  // Kafka's text; "<null>", "<absent>" as in protocol/config.h
  const char* default_2_5;
  const char* refused;                  // a value that the check of the file refuses; nullptr: every text is valid
  const char* value;                    // JSON: the changed value
  std::vector<const char*> both = {};   // PATH=VALUE, in both runs
  std::vector<const char*> steps = {};  // JSON, in both runs
  const char* path = "";                // path in the final state; "": the trace hash
  Effect effect = Effect::Other;
};

constexpr const char* kStall = R"({"at": "3s", "do": "pause", "node": "all-brokers"})";
constexpr const char* kGoOn = R"({"at": "14s", "do": "resume", "node": "all-brokers"})";
constexpr const char* kRefuse =
    R"({"at": "5s", "do": "answer", "node": "all-brokers", "from": "p", "api": "Produce", "error": "NOT_ENOUGH_REPLICAS", "count": 8})";
constexpr const char* kLate = R"(clients/c/start="8s")";
constexpr const char* kQuick = "clients/p/config/request.timeout.ms=1000";

// clang-format off
std::vector<KeyRow> rows() {
  using enum Effect;
  const char* kString = "org.apache.kafka.common.serialization.StringSerializer";
  const char* kStringBack = "org.apache.kafka.common.serialization.StringDeserializer";
  return {
      // Every client (facts 1e, 1f).
      {"bootstrap.servers", "p", "", "", nullptr, R"("broker-2:9092")", {}, {R"({"at": "0s", "do": "isolate", "node": "broker-2"})"}, "/clients/p/acked", Less},
      {"request.timeout.ms", "p", "30000", "30000", "-1", "1000", {}, {kStall, kGoOn}, "/metrics/requests/Produce", More},
      {"retry.backoff.ms", "p", "100", "100", "-1", "900", {}, {kRefuse}, "/clients/p/latency_us/max", More},
      {"retry.backoff.max.ms", "p", "1000", "<absent>", "-1", "100", {}, {kRefuse}, "/clients/p/latency_us/max", Less},
      {"reconnect.backoff.ms", "p", "50", "50", "-1", "900", {}, {R"({"at": "5s", "do": "crash", "node": "broker-1"})", R"({"at": "6s", "do": "restart", "node": "broker-1"})"}, "/metrics/requests/Metadata", Less},
      {"reconnect.backoff.max.ms", "p", "1000", "1000", "-1", "50", {}, {R"({"at": "5s", "do": "crash", "node": "broker-1"})", R"({"at": "6s", "do": "restart", "node": "broker-1"})"}, "/metrics/requests/ApiVersions", More},
      {"metadata.max.age.ms", "p", "300000", "300000", "-1", "1000", {}, {R"({"at": "5s", "do": "add_partitions", "topic": "t", "partitions": 4})"}, "/metrics/requests/Metadata", More},
      {"metadata.recovery.strategy", "p", "rebootstrap", "<absent>", "never", "\"none\"", {"clients/p/config/metadata.max.age.ms=1000"},
       {R"({"at": "1s", "do": "crash", "node": "broker-2"})", R"({"at": "12s", "do": "crash", "node": "broker-1"})", R"({"at": "13s", "do": "restart", "node": "broker-2"})"}, "/clients/p/acked", Less},
      {"socket.connection.setup.timeout.ms", "p", "10000", "<absent>", "soon", "100", {}, {R"({"at": "0s", "do": "isolate", "node": "broker-2"})"}, "/metrics/requests/Metadata", More},
      {"socket.connection.setup.timeout.max.ms", "p", "30000", "<absent>", "soon", "500", {"clients/p/config/socket.connection.setup.timeout.ms=400"}, {R"({"at": "0s", "do": "isolate", "node": "broker-2"})"}, "/metrics/requests/Metadata", More},
      // Producers.
      {"acks", "p", "all", "1", "2", "\"0\"", {}, {}, "/clients/p/latency_us/max", Less},
      {"enable.idempotence", "p", "true", "false", "maybe", "false", {}, {R"({"at": "5s", "do": "lose", "from": "all-brokers", "to": "p", "api": "Produce", "what": "response"})"}, "/ledger/duplicated", More},
      {"retries", "p", "2147483647", "2147483647", "-1", "1", {"clients/p/config/enable.idempotence=false"}, {kRefuse}, "/clients/p/failed", More},
      {"delivery.timeout.ms", "p", "120000", "120000", "-1", "2000", {kQuick}, {kStall, kGoOn}, "/clients/p/failed", More},
      {"linger.ms", "p", "5", "0", "-1", "200", {}, {}, "/metrics/requests/Produce", Less},
      {"batch.size", "p", "16384", "16384", "-1", "600", {"clients/p/config/linger.ms=200"}, {}, "/metrics/requests/Produce", More},
      {"buffer.memory", "p", "33554432", "33554432", "-1", "40000", {}, {kStall}, "/clients/p/sent", Less},
      {"max.request.size", "p", "1048576", "1048576", "-1", "150", {}, {}, "/clients/p/errors/RecordTooLargeException", More},
      {"max.block.ms", "p", "60000", "60000", "-1", "500", {"clients/p/config/buffer.memory=40000"}, {kStall}, "/clients/p/failed", More},
      {"transactional.id", "p", "<null>", "<null>", nullptr, "\"tx-1\"", {"cluster/config/transaction.state.log.replication.factor=1", "cluster/config/transaction.state.log.min.isr=1"}, {}, "/clients/p/acked", Less},
      {"transaction.timeout.ms", "p", "60000", "60000", nullptr, "5000", {"cluster/config/transaction.state.log.replication.factor=1", "cluster/config/transaction.state.log.min.isr=1", "clients/p/config/transactional.id=tx-1"}, {}, "", Other},
      {"max.in.flight.requests.per.connection", "p", "5", "5", "0", "1", {"clients/p/config/linger.ms=0"}, {R"({"at": "0s", "do": "link", "from": ["p"], "to": ["all-brokers"], "latency": "60ms..60ms"})"}, "/metrics/requests/Produce", Less},
      {"partitioner.class", "p", "<null>", "org.apache.kafka.clients.producer.internals.DefaultPartitioner", "org.apache.kafka.clients.producer.internals.DefaultPartitioner", R"("org.apache.kafka.clients.producer.RoundRobinPartitioner")", {"clients/p/count=1001"}, {}, "/partitions/t-0/log_end_offset", Other},
      {"partitioner.adaptive.partitioning.enable", "p", "true", "<absent>", "maybe", "false", {"clients/p/value_size=4KB", "clients/p/rate=\"200/s\""}, {R"({"at": "0s", "do": "link", "from": ["p"], "to": ["broker-2"], "bandwidth": "300KB/s"})"}, "/partitions/t-0/log_end_offset", Less},
      {"partitioner.availability.timeout.ms", "p", "0", "<absent>", "-1", "100", {"clients/p/value_size=4KB", "clients/p/config/max.in.flight.requests.per.connection=2", "clients/p/config/linger.ms=0"}, {R"({"at": "3s", "do": "pause", "node": "broker-2"})"}, "/clients/p/waiting", Less},
      {"partitioner.ignore.keys", "p", "false", "<absent>", "maybe", "true", {R"(clients/p/keys=["one"])"}, {}, "/partitions/t-0/log_end_offset", Other},
      {"compression.type", "p", "none", "none", "rar", "\"zstd\"", {"clients/p/config/linger.ms=200"}, {}, "/partitions/t-0/logs/1/size_bytes", Less},
      {"key.serializer", "p", kString, kString, nullptr, R"("org.apache.kafka.common.serialization.LongSerializer")", {}, {R"({"at": "5s", "do": "produce", "node": "p", "records": [{"key": "kim", "value": "v"}]})"}, "/clients/p/errors/SerializationException", More},
      {"value.serializer", "p", kString, kString, nullptr, R"("org.apache.kafka.common.serialization.LongSerializer")", {"clients/p/value_size=null"}, {R"({"at": "5s", "do": "produce", "node": "p", "records": [{"value": "v"}]})"}, "/clients/p/errors/SerializationException", More},
      // Consumers.
      {"group.id", "c", "<null>", "<null>", nullptr, "\"h\"", {}, {}, "/groups/g/state", Other},
      {"group.instance.id", "c", "<null>", "<null>", "", "\"one\"", {}, {R"({"at": "10s", "do": "stop", "node": "c"})", R"({"at": "11s", "do": "start", "node": "c"})"}, "/groups/g/rebalances", Less},
      {"group.protocol", "c", "classic", "<absent>", "modern", "\"consumer\"", {}, {}, "/groups/g/protocol", Other},
      {"group.remote.assignor", "c", "<null>", "<absent>", nullptr, "\"range\"", {"clients/c/config/group.protocol=consumer"}, {}, "/groups/g/assignor", Other},
      {"session.timeout.ms", "c", "45000", "10000", "long", "6000", {}, {R"({"at": "8s", "do": "kill", "node": "c"})"}, "/groups/g/state", Other},
      {"heartbeat.interval.ms", "c", "3000", "3000", "soon", "500", {}, {}, "/metrics/requests/Heartbeat", More},
      {"max.poll.interval.ms", "c", "300000", "300000", "0", "2000", {"clients/c/work=\"50ms\""}, {}, "/groups/g/rebalances", More},
      {"max.poll.records", "c", "500", "500", "0", "1", {"clients/c/commit=\"sync_after\""}, {}, "/metrics/requests/OffsetCommit", More},
      {"fetch.min.bytes", "c", "1", "1", "-1", "100000", {}, {}, "/metrics/requests/Fetch", Less},
      {"fetch.max.wait.ms", "c", "500", "500", "-1", "50", {"clients/p/count=1"}, {}, "/metrics/requests/Fetch", More},
      {"fetch.max.bytes", "c", "52428800", "52428800", "-1", "500", {kLate}, {}, "/metrics/requests/Fetch", More},
      {"max.partition.fetch.bytes", "c", "1048576", "1048576", "-1", "500", {kLate}, {}, "/metrics/requests/Fetch", More},
      {"isolation.level", "c", "read_uncommitted", "read_uncommitted", "committed", R"("read_committed")"},  // without transactions only the requests differ
      {"enable.auto.commit", "c", "true", "true", "maybe", "false", {}, {}, "/metrics/requests/OffsetCommit", Less},
      {"auto.commit.interval.ms", "c", "5000", "5000", "-1", "500", {}, {}, "/metrics/requests/OffsetCommit", More},
      {"auto.offset.reset", "c", "latest", "latest", "first", "\"latest\"", {kLate}, {}, "/clients/c/received", Less},
      {"partition.assignment.strategy", "c", "org.apache.kafka.clients.consumer.RangeAssignor,org.apache.kafka.clients.consumer.CooperativeStickyAssignor", "org.apache.kafka.clients.consumer.RangeAssignor", nullptr,
       R"("org.apache.kafka.clients.consumer.RoundRobinAssignor")", {}, {}, "/groups/g/assignor", Other},
      {"share.acknowledgement.mode", "c", "implicit", "<absent>", "maybe", "\"explicit\"",
       {"clients/c/kind=share_consumer", "clients/c/config/auto.offset.reset=null", R"(cluster/features={"share.version": 1})",
        R"(cluster/config={"offsets.topic.replication.factor": 1, "share.coordinator.state.topic.replication.factor": 1, "share.coordinator.state.topic.min.isr": 1})"},
       {R"({"at": "8s", "do": "behave", "node": "c", "acknowledge": "release_every:2"})"}, "/clients/c/errors/IllegalStateException", Less},
      {"default.api.timeout.ms", "c", "60000", "60000", "-1", "2000", {"clients/c/commit=\"sync_after\""}, {R"({"at": "8s", "do": "hold", "from": "all-brokers", "to": "c", "api": "OffsetCommit"})"}, "/clients/c/errors/TimeoutException", More},
      {"client.rack", "c", "", "", nullptr, "\"b\"",
       {R"(cluster/brokers=[{"id": 1, "rack": "a"}, {"id": 2, "rack": "b"}])", "cluster/config/replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector",
        R"(topics/t={"name": "t", "partitions": 1, "replication_factor": 2, "assignments": {"0": [1, 2]}})"}, {}, "/metrics/mbeans/broker-2/kafka.server:type=BrokerTopicMetrics,name=BytesOutPerSec", More},
      {"allow.auto.create.topics", "c", "true", "true", "maybe", "false", {R"(clients/c/topics=["new"])", R"(cluster/config/auto.create.topics.enable=true)"}, {}, "/topics/new/partitions", Other},
      {"key.deserializer", "c", kStringBack, kStringBack, nullptr, R"("org.apache.kafka.common.serialization.LongDeserializer")", {R"(clients/p/keys=["k"])"}, {}, "/clients/c/errors/RecordDeserializationException", More},
      {"value.deserializer", "c", kStringBack, kStringBack, nullptr, R"("org.apache.kafka.common.serialization.DoubleDeserializer")", {}, {}, "/clients/c/errors/RecordDeserializationException", More},
  };
}
// clang-format on

protocol::ConfigScopes scope_of(const KeyRow& row) {
  return row.client[0] == 'p' ? protocol::config_scope::kProducer : protocol::config_scope::kConsumer;
}

struct Seen {
  json value;
  std::string hash;
};

Seen run(const KeyRow& row, bool changed) {
  json file = small_world();
  for (const char* step : row.steps) file["steps"].push_back(json::parse(step));
  scenario::LoadOptions options;
  for (const char* set : row.both) options.set.push_back(scenario::split_set(set));
  if (changed)
    options.set.push_back(scenario::split_set(fmt::format("clients/{}/config/{}={}", row.client, row.key, row.value)));
  scenario::Loaded loaded = scenario::load(file.dump(), options);
  REQUIRE_MESSAGE(loaded.ok(), (loaded.problems.empty() ? "" : scenario::format(loaded.problems.front(), row.key)));
  scenario::Session session(std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)));
  session.run_to_end();
  CHECK_FALSE(session.cluster().faulted());
  const auto value = std::string(row.path).empty() ? std::nullopt : observe::state_at(session.moment(), row.path);
  return {value.value_or(nullptr), session.final_hash()};
}

double number(const json& value) { return value.is_number() ? value.get<double>() : 0; }

}  // namespace

TEST_CASE("every modelled client key is in the table, with Kafka's default and a value that Kafka refuses") {
  std::set<std::string_view> told;
  for (const KeyRow& row : rows()) {
    const std::string key = row.key;
    CAPTURE(key);
    told.insert(row.key);
    const protocol::ConfigDefinition* newer =
        protocol::find_config(row.key, scope_of(row), protocol::KafkaVersion::V4_1);
    const protocol::ConfigDefinition* older =
        protocol::find_config(row.key, scope_of(row), protocol::KafkaVersion::V2_5);
    REQUIRE(newer != nullptr);
    CHECK(newer->default_for(protocol::KafkaVersion::V4_1) == row.default_4_1);
    CHECK((older != nullptr ? older->default_for(protocol::KafkaVersion::V2_5) : protocol::kConfigAbsent) ==
          row.default_2_5);
    if (row.refused != nullptr) {
      scenario::LoadOptions options;
      for (const char* set : row.both) options.set.push_back(scenario::split_set(set));
      CHECK(scenario::load(small_world().dump(), options).ok());
      options.set.push_back(
          scenario::split_set(fmt::format("clients/{}/config/{}=\"{}\"", row.client, row.key, row.refused)));
      CHECK_FALSE(scenario::load(small_world().dump(), options).ok());
    }
  }
  for (const protocol::ConfigDefinition& d : protocol::config_definitions())
    if (d.modelled && (d.scopes & (protocol::config_scope::kProducer | protocol::config_scope::kConsumer)) != 0)
      CHECK_MESSAGE(told.contains(d.name), d.name);
}

TEST_CASE("every client key has an effect of the expected direction") {
  for (const KeyRow& row : rows()) {
    const std::string key = row.key;
    CAPTURE(key);
    const Seen before = run(row, false), after = run(row, true);
    CAPTURE(before.value.dump());
    CAPTURE(after.value.dump());
    if (std::string(row.path).empty()) CHECK(before.hash != after.hash);
    else if (row.effect == Effect::Less) CHECK(number(after.value) < number(before.value));
    else if (row.effect == Effect::More) CHECK(number(after.value) > number(before.value));
    else CHECK(after.value != before.value);
  }
}
