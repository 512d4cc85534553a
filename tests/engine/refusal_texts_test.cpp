// What administrators are told when Kafka refuses a request: the errors and texts in the answers of a 4.1.0 and a 2.5.1 cluster of three brokers.
// At the end: what somebody is told whose act is impossible at its moment.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/lessons.h"

using namespace kafkascope;

namespace {

struct Refusal {
  std::string act, error, text;
};

std::string create(const std::string& topic, const std::string& rest) {
  return R"("do": "create_topic", "topic": ")" + topic + "\", " + rest;
}
std::string configure(const std::string& whose, const std::string& key, const std::string& value) {
  return R"("do": "configure", )" + whose + R"("config": {")" + key + "\": \"" + value + "\"}";
}
std::string wrong(const std::string& value, const std::string& key, const std::string& why) {
  return "Invalid value " + value + " for configuration " + key + ": " + why;
}
std::string thread_pool(const std::string& key_and_value, const std::string& rule) {
  return "Invalid value org.apache.kafka.common.config.ConfigException: Dynamic thread count update validation failed for " +
         key_and_value + ", value should " + rule + " for configuration Invalid dynamic configuration";
}

const std::string kOrders = R"("topic": "orders", )", kBroker = R"("node": "broker-1", )", kAll,
                  kGroup = R"("group": "billing", )";
const std::string kDedupe =
    "requirement failed: log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.";
const std::string kNotHosted = "This server does not host this topic-partition.";

/// A key, a value that a topic does not accept, and the reason, the same in both versions.
struct WrongValue {
  std::string key, value, why;
};
const std::vector<WrongValue> kTopicValues = {
    {"retention.ms", "-5", "Value must be at least -1"},
    {"retention.ms", "x", "Not a number of type LONG"},
    {"segment.bytes", "2147483648", "Not a number of type INT"},
    {"min.insync.replicas", "0", "Value must be at least 1"},
    {"cleanup.policy", "compact,purge", "String must be one of: compact, delete"},
    {"cleanup.policy", "delete , purge", "String must be one of: compact, delete"},
    {"retention.ms", "-", "Not a number of type LONG"},
    {"retention.ms", "+-5", "Not a number of type LONG"},
    {"compression.type", "foo", "String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer"},
    {"message.timestamp.type", "Never", "String must be one of: CreateTime, LogAppendTime"},
    {"unclean.leader.election.enable", "maybe", "Expected value to be either true or false"},
    {"min.cleanable.dirty.ratio", "1.5", "Value must be no more than 1"},
    {"min.cleanable.dirty.ratio", "-0.5", "Value must be at least 0"},
    {"follower.replication.throttled.replicas", "nonsense",
     "follower.replication.throttled.replicas must be the literal '*' or a list of replicas in the following format: "
     "[partitionId]:[brokerId],[partitionId]:[brokerId],..."},
};

/// The value as the text names it.
std::string named(const WrongValue& w) {
  if (w.value == "nonsense") return "[nonsense]";
  return w.key == "cleanup.policy" ? "purge" : w.value;
}

/// The refusals that both versions answer alike.
std::vector<Refusal> in_both() {
  std::vector<Refusal> all = {
      {create("orders", R"("partitions": 1, "replication_factor": 1)"), "TOPIC_ALREADY_EXISTS",
       "Topic 'orders' already exists."},
      {create("gap", R"("assignments": {"0": [1, 2], "2": [3, 1]})"), "INVALID_REPLICA_ASSIGNMENT",
       "partitions should be a consecutive 0-based integer sequence"},
      // Numbers that are left out do not count as partitions: the limit of 10,000 is not reached. If negative numbers
      // counted as their absolute values, this request would be valid.
      {create("mixed", R"("assignments": {"0": [1, 2], "-1": [3, 1]})"), "INVALID_REPLICA_ASSIGNMENT",
       "partitions should be a consecutive 0-based integer sequence"},
      {create("wide_gap", R"("assignments": {"0": [1, 2], "12000": [3, 1]})"), "INVALID_REPLICA_ASSIGNMENT",
       "partitions should be a consecutive 0-based integer sequence"},
      {R"("do": "delete_topic", "topic": "")", "INVALID_TOPIC_EXCEPTION",
       "The given topic name '' cannot be represented in a request."},
      {create("", R"("partitions": 1)"), "INVALID_TOPIC_EXCEPTION",
       "The given topic name '' cannot be represented in a request."},
      {create("lag", R"("partitions": 1, "config": {"min.compaction.lag.ms": 2000, "max.compaction.lag.ms": 1000})"),
       "INVALID_CONFIG", "conflict topic config setting min.compaction.lag.ms (2000) > max.compaction.lag.ms (1000)"},
      {R"("do": "delete_topic", "topic": "nothing")", "UNKNOWN_TOPIC_OR_PARTITION", kNotHosted},
      {R"("do": "reassign", "partition": "orders-0", "cancel": true)", "NO_REASSIGNMENT_IN_PROGRESS",
       "No partition reassignment is in progress."},
      {R"("do": "delete_records", "partition": "orders-0", "before": 100000)", "OFFSET_OUT_OF_RANGE",
       "The requested offset is not within the range of offsets maintained by the server."},
      {R"("do": "delete_records", "partition": "comp-0", "before": 0)", "POLICY_VIOLATION",
       "Request parameters do not satisfy the configured policy."},
      {R"("do": "delete_group", "group": "billing")", "NON_EMPTY_GROUP", "The group is not empty."},
      {R"("do": "delete_offsets", "group": "billing", "partitions": ["orders-0"])", "GROUP_SUBSCRIBED_TO_TOPIC",
       "Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it."},
  };
  int n = 0;
  for (const WrongValue& w : kTopicValues)
    all.push_back({create("bad" + std::to_string(n++), R"("config": {")" + w.key + "\": \"" + w.value + "\"}"),
                   "INVALID_CONFIG", wrong(named(w), w.key, w.why)});
  return all;
}

std::vector<Refusal> of_4_1() {
  std::vector<Refusal> all = in_both();
  const std::vector<Refusal> more = {
      {create("neg", R"("assignments": {"-1": [1, 2]})"), "INVALID_REPLICA_ASSIGNMENT",
       "partitions should be a consecutive 0-based integer sequence"},
      {create("rf4", R"("partitions": 1, "replication_factor": 4)"), "INVALID_REPLICATION_FACTOR",
       "Unable to replicate the partition 4 time(s): The target replication factor of 4 cannot be reached because only 3 broker(s) are "
       "registered."},
      {create("rf0", R"("partitions": 1, "replication_factor": 0)"), "INVALID_REPLICATION_FACTOR",
       "Replication factor must be larger than 0, or -1 to use the default value."},
      {create("p0", R"("partitions": 0, "replication_factor": 1)"), "INVALID_PARTITIONS",
       "Number of partitions was set to an invalid non-positive value."},
      {create("a_b", R"("partitions": 1)"), "INVALID_TOPIC_EXCEPTION", "Topic 'a_b' collides with existing topic: a.b"},
      {create("uneven", R"("assignments": {"0": [1, 2], "1": [3]})"), "INVALID_REPLICA_ASSIGNMENT",
       "The manual partition assignment includes a partition with 1 replica(s), but this is not consistent with previous partitions, which "
       "have 2 replica(s)."},
      // The assignments are checked before the numbers.
      {create("uneven_gap", R"("assignments": {"0": [1, 2], "2": [3]})"), "INVALID_REPLICA_ASSIGNMENT",
       "The manual partition assignment includes a partition with 1 replica(s), but this is not consistent with previous partitions, which "
       "have 2 replica(s)."},
      {R"("do": "add_partitions", "topic": "orders", "partitions": 2)", "INVALID_PARTITIONS",
       "The topic orders currently has 3 partition(s); 2 would not be an increase."},
      {R"("do": "add_partitions", "topic": "orders", "partitions": 3)", "INVALID_PARTITIONS",
       "Topic already has 3 partition(s)."},
      {R"("do": "add_partitions", "topic": "nothing", "partitions": 3)", "UNKNOWN_TOPIC_OR_PARTITION", kNotHosted},
      {R"("do": "reassign", "partition": "nothing-0", "replicas": [1])", "UNKNOWN_TOPIC_OR_PARTITION",
       "Unable to find a topic named nothing."},
      {R"("do": "reassign", "partition": "nothing-0", "cancel": true)", "UNKNOWN_TOPIC_OR_PARTITION",
       "Unable to find a topic named nothing."},
      {R"("do": "elect_leaders", "type": "preferred", "partitions": ["orders-0"])", "ELECTION_NOT_NEEDED",
       "Leader election not needed for topic partition."},
      {configure(R"("topic": "nothing", )", "retention.ms", "5000"), "UNKNOWN_TOPIC_OR_PARTITION",
       "The topic 'nothing' does not exist."},
      {configure(kOrders, "segment.bytes", "10"), "INVALID_CONFIG",
       wrong("10", "segment.bytes", "Value must be at least 1048576")},
      {configure(kOrders, "flush.messages", "0"), "INVALID_CONFIG",
       wrong("0", "flush.messages", "Value must be at least 1")},
      {configure(kBroker, "min.insync.replicas", "2"), "INVALID_CONFIG",
       "Broker-level min.insync.replicas cannot be altered while ELR is enabled."},
      {configure(kAll, "broker.session.timeout.ms", "5000"), "INVALID_REQUEST",
       "Cannot update these configs dynamically: Set(broker.session.timeout.ms)"},
      {configure(kBroker, "message.max.bytes", "-1"), "INVALID_REQUEST",
       wrong("-1", "message.max.bytes", "Value must be at least 0")},
      {configure(kAll, "num.io.threads", "0"), "INVALID_REQUEST",
       wrong("0", "num.io.threads", "Value must be at least 1")},
      {configure(kAll, "num.io.threads", "100"), "INVALID_REQUEST",
       thread_pool("num.io.threads=100", "not be greater than double the current value 8")},
      {configure(kBroker, "num.io.threads", "1"), "INVALID_REQUEST",
       thread_pool("num.io.threads=1", "be at least half the current value 8")},
      {configure(kBroker, "num.replica.fetchers", "0"), "INVALID_REQUEST",
       thread_pool("num.replica.fetchers=0", "be at least 1")},
      {configure(kAll, "log.retention.ms", "0"), "INVALID_REQUEST",
       "requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal to 1"},
      {configure(kGroup, "share.auto.offset.reset", "never"), "INVALID_CONFIG",
       wrong(
           "never", "share.auto.offset.reset",
           "Invalid value `never` for configuration share.auto.offset.reset. The value must be either 'earliest', 'latest' or of the "
           "format 'by_duration:<PnDTnHnMn.nS>'.")},
      {configure(kGroup, "share.record.lock.duration.ms", "1"), "INVALID_CONFIG",
       wrong("1", "share.record.lock.duration.ms", "Value must be at least 1000")},
      {configure(kGroup, "share.record.lock.duration.ms", "3600001"), "INVALID_CONFIG",
       "share.record.lock.duration.ms must be less than or equal to group.share.max.record.lock.duration.ms"},
      {configure(kGroup, "consumer.session.timeout.ms", "1"), "INVALID_CONFIG",
       "consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms"},
      {configure(kGroup, "consumer.heartbeat.interval.ms", "46000"), "INVALID_CONFIG",
       "consumer.heartbeat.interval.ms must be less than or equal to group.consumer.max.heartbeat.interval.ms"},
      {configure(kAll, "log.cleaner.dedupe.buffer.size", "1048576"), "INVALID_REQUEST", kDedupe},
      {configure(kBroker, "log.cleaner.dedupe.buffer.size", "5"), "INVALID_REQUEST", kDedupe},
  };
  all.insert(all.end(), more.begin(), more.end());
  for (const WrongValue& w : kTopicValues)
    all.push_back({configure(kOrders, w.key, w.value), "INVALID_CONFIG", wrong(named(w), w.key, w.why)});
  return all;
}

std::vector<Refusal> of_2_5() {
  std::vector<Refusal> all = in_both();
  const std::string topic = "Invalid config value for resource ConfigResource(type=TOPIC, name='orders'): ",
                    broker = "Invalid config value for resource ConfigResource(type=BROKER, name='1'): ",
                    brokers = "Invalid config value for resource ConfigResource(type=BROKER, name=''): ";
  const std::vector<Refusal> more = {
      // The check ignores its number, so the topic is created nevertheless, and exists from then on.
      {create("neg", R"("assignments": {"-1": [1, 2]})"), "UNKNOWN_SERVER_ERROR", "key not found: 0"},
      {create("neg", R"("partitions": 1)"), "TOPIC_ALREADY_EXISTS", "Topic 'neg' already exists."},
      {R"("do": "add_partitions", "topic": "neg", "partitions": 3)", "UNKNOWN_SERVER_ERROR",
       "Unexpected existing replica assignment for topic 'neg', partition id 0 is missing."},
      {create("rf4", R"("partitions": 1, "replication_factor": 4)"), "INVALID_REPLICATION_FACTOR",
       "Replication factor: 4 larger than available brokers: 3."},
      {create("rf0", R"("partitions": 1, "replication_factor": 0)"), "INVALID_REPLICATION_FACTOR",
       "Replication factor must be larger than 0."},
      {create("p0", R"("partitions": 0, "replication_factor": 1)"), "INVALID_PARTITIONS",
       "Number of partitions must be larger than 0."},
      {create("a_b", R"("partitions": 1)"), "INVALID_TOPIC_EXCEPTION",
       "Topic 'a_b' collides with existing topics: a.b"},
      {create("uneven", R"("assignments": {"0": [1, 2], "1": [3]})"), "INVALID_REPLICA_ASSIGNMENT",
       "All partitions should have the same number of replicas"},
      {R"("do": "add_partitions", "topic": "orders", "partitions": 2)", "INVALID_PARTITIONS",
       "Topic currently has 3 partitions, which is higher than the requested 2."},
      {R"("do": "add_partitions", "topic": "orders", "partitions": 3)", "INVALID_PARTITIONS",
       "Topic already has 3 partitions."},
      {R"("do": "add_partitions", "topic": "nothing", "partitions": 3)", "UNKNOWN_TOPIC_OR_PARTITION",
       "The topic 'nothing' does not exist."},
      {R"("do": "reassign", "partition": "nothing-0", "replicas": [1])", "UNKNOWN_TOPIC_OR_PARTITION",
       "The partition does not exist."},
      {R"("do": "reassign", "partition": "nothing-0", "cancel": true)", "NO_REASSIGNMENT_IN_PROGRESS",
       "No partition reassignment is in progress."},
      {R"("do": "elect_leaders", "type": "preferred", "partitions": ["orders-0"])", "ELECTION_NOT_NEEDED",
       "Leader election not needed for topic partition"},
      {configure(R"("topic": "nothing", )", "retention.ms", "5000"), "UNKNOWN_SERVER_ERROR",
       "Topic \"nothing\" does not exist."},
      {configure(kOrders, "segment.bytes", "10"), "INVALID_REQUEST",
       topic + wrong("10", "segment.bytes", "Value must be at least 14")},
      {configure(kAll, "zookeeper.session.timeout.ms", "5"), "INVALID_REQUEST",
       brokers + "Cannot update these configs dynamically: Set(zookeeper.session.timeout.ms)"},
      {configure(kBroker, "message.max.bytes", "-1"), "INVALID_REQUEST",
       broker + wrong("-1", "message.max.bytes", "Value must be at least 0")},
      {configure(kAll, "num.io.threads", "100"), "INVALID_REQUEST",
       brokers + thread_pool("num.io.threads=100", "not be greater than double the current value 8")},
      {configure(kBroker, "num.replica.fetchers", "0"), "INVALID_REQUEST",
       broker + thread_pool("num.replica.fetchers=0", "be at least 1")},
      {configure(kBroker, "log.retention.ms", "0"), "INVALID_REQUEST",
       broker + "requirement failed: log.retention.ms must be unlimited (-1) or, equal or greater than 1"},
      {configure(kBroker, "log.roll.ms", "-"), "INVALID_REQUEST",
       broker + wrong("-", "log.roll.ms", "Not a number of type LONG")},
      {configure(kBroker, "num.io.threads", "5000000000"), "INVALID_REQUEST",
       broker + wrong("5000000000", "num.io.threads", "Not a number of type INT")},
      {configure(kOrders, "flush.messages", "+5"), "", ""},
      {configure(kBroker, "compression.type", "foo"), "INVALID_REQUEST",
       broker +
           "requirement failed: compression.type : foo is not valid. Valid options are uncompressed,zstd,lz4,snappy,gzip,producer"},
      {configure(kOrders, "flush.messages", "0"), "", ""},
      {configure(kOrders, "segment.index.bytes", "0"), "", ""},
  };
  all.insert(all.end(), more.begin(), more.end());
  for (const WrongValue& w : kTopicValues)
    all.push_back({configure(kOrders, w.key, w.value), "INVALID_REQUEST", topic + wrong(named(w), w.key, w.why)});
  return all;
}

void check(const std::string& cluster, const std::vector<Refusal>& refusals) {
  std::string steps;
  for (const Refusal& r : refusals)
    steps += std::string(steps.empty() ? R"({"at": "10s", )" : R"(, {"after": "300ms", )") + r.act + "}";
  scenario::Session session(test::loaded(R"({"format": 1, "id": "refusals", )" + cluster + R"(,
      "topics": [{"name": "orders", "partitions": 3, "replication_factor": 3, "assignments": {"0": [1, 2, 3], "1": [2, 3, 1], "2": [3, 1, 2]}},
                 {"name": "a.b", "partitions": 1, "replication_factor": 1},
                 {"name": "comp", "partitions": 1, "replication_factor": 3, "config": {"cleanup.policy": "compact"}}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "10/s"},
                  {"id": "bill", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "billing"}}],
      "steps": [)" + steps + R"(], "until": "60s"})"));
  session.run_to_end();
  for (std::size_t i = 0; i < refusals.size(); ++i) {
    CAPTURE(refusals[i].act);
    const std::string said = scenario::told(session.step_results()[i], words::Lang::En);
    CAPTURE(said);
    if (refusals[i].error.empty()) {
      CHECK(session.step_results()[i].happened);
      CHECK(said == (refusals[i].text.empty() ? "topic:orders" : refusals[i].text));  // the object that was configured
      continue;
    }
    CHECK(said.substr(0, said.find(':')) == refusals[i].error);
    CHECK(said.ends_with(": " + refusals[i].text));
  }
}

}  // namespace

TEST_CASE("refusals have 4.1's messages: ranges of values, assignments with a gap, topics that do not exist") {
  check(R"("cluster": {"controllers": 1, "brokers": 3, "config": {"offsets.topic.num.partitions": 3}})", of_4_1());
}

namespace {
const std::string k25 =
    R"("kafka": "2.5", "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 3, "config": {"offsets.topic.num.partitions": 3}})";
}

TEST_CASE("a group's session must be longer than its heartbeat interval, and its defaults are checked too") {
  const auto cluster = [](const std::string& limits) {
    return R"("cluster": {"controllers": 1, "brokers": 3, "config": {"offsets.topic.num.partitions": 3, )" + limits +
           "}}";
  };
  const std::string too_long = "consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms";
  check(cluster(R"("group.consumer.max.heartbeat.interval.ms": 60000, "group.share.max.heartbeat.interval.ms": 60000)"),
        {{configure(kGroup, "consumer.heartbeat.interval.ms", "45000"), "INVALID_CONFIG", too_long},
         {configure(kGroup, "consumer.heartbeat.interval.ms", "44999"), "", "group:billing"},
         {configure(kGroup, "share.heartbeat.interval.ms", "45000"), "INVALID_CONFIG",
          "share.session.timeout.ms must be greater than share.heartbeat.interval.ms"}});
  check(cluster(R"("group.consumer.min.heartbeat.interval.ms": 6000, "group.consumer.heartbeat.interval.ms": 6000)"),
        {{configure(kGroup, "share.auto.offset.reset", "earliest"), "INVALID_CONFIG",
          "consumer.heartbeat.interval.ms must be greater than or equal to group.consumer.min.heartbeat.interval.ms"}});
}

TEST_CASE("refusals of a 2.5 cluster have 2.5's messages") { check(k25, of_2_5()); }

TEST_CASE("2.5: a value for all brokers is checked together with the values of the broker that gets the request") {
  const std::string second = R"("node": "broker-2", )", third = R"("node": "broker-3", )",
                    one = "Invalid config value for resource ConfigResource(type=BROKER, name='1'): ",
                    all = "Invalid config value for resource ConfigResource(type=BROKER, name=''): ",
                    retention =
                        "requirement failed: log.retention.ms must be unlimited (-1) or, equal or greater than 1";
  std::vector<Refusal> refusals = {
      {configure(kAll, "log.retention.ms", "0"), "INVALID_REQUEST", all + retention},
      {configure(kAll, "compression.type", "foo"), "INVALID_REQUEST",
       all +
           "requirement failed: compression.type : foo is not valid. Valid options are uncompressed,zstd,lz4,snappy,gzip,producer"},
      {configure(kAll, "num.io.threads", "100"), "INVALID_REQUEST",
       all + thread_pool("num.io.threads=100", "not be greater than double the current value 8")},
  };
  for (const auto& [key, value] : {std::pair{"log.retention.ms", "-5"}, std::pair{"compression.type", "gzip"},
                                   std::pair{"num.io.threads", "10"}, std::pair{"log.roll.ms", "1000"}}) {
    refusals.push_back({configure(kBroker, key, value), "", "broker:1"});
    refusals.push_back({configure(second, key, value), "", "broker:2"});
    refusals.push_back({configure(third, key, value), "", "broker:3"});
  }
  const std::vector<Refusal> beside = {
      {configure(kAll, "log.retention.ms", "0"), "", "broker:"},
      {configure(kAll, "log.retention.ms", "x"), "INVALID_REQUEST",
       all + wrong("x", "log.retention.ms", "Not a number of type LONG")},
      // Without its own value the broker would use the value of all brokers.
      {R"("do": "configure", "node": "broker-1", "config": {"log.retention.ms": null})", "INVALID_REQUEST",
       one + retention},
      {configure(kAll, "log.retention.ms", "600000"), "", "broker:"},
      {R"("do": "configure", "node": "broker-1", "config": {"log.retention.ms": null})", "", "broker:1"},
      {configure(kAll, "compression.type", "foo"), "", "broker:"},
      {configure(kAll, "num.io.threads", "100"), "", "broker:"},
      {configure(kAll, "log.roll.ms", "0"), "", "broker:"},
  };
  refusals.insert(refusals.end(), beside.begin(), beside.end());
  check(k25, refusals);
}

namespace {

struct ImpossibleAct {
  std::string act, english, korean;
};

/// By 10 s `before` has happened, in two steps.
void check_acts(const std::string& before, const std::vector<ImpossibleAct>& acts) {
  std::string steps;
  for (const ImpossibleAct& r : acts) steps += R"(, {"at": "10s", )" + r.act + "}";
  scenario::Session session(test::loaded(R"({"format": 1, "id": "refused",
      "cluster": {"controllers": 1, "brokers": 3}, "topics": [{"name": "orders", "partitions": 1, "replication_factor": 3}, {"name": "audit", "partitions": 1}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "10/s"},
                  {"id": "bill", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "billing"}}],
      "steps": [)" + before + steps + R"(], "until": "11s"})"));
  session.run_to_end();
  for (std::size_t i = 0; i < acts.size(); ++i) {
    CAPTURE(acts[i].act);
    const scenario::StepResult& result = session.step_results()[i + 2];
    CHECK(scenario::told(result, words::Lang::En) == acts[i].english);
    CHECK(scenario::told(result, words::Lang::Ko) == acts[i].korean);
  }
}

}  // namespace

TEST_CASE("an act that is impossible now names the node and the reason in both languages") {
  const std::string before =
      R"({"at": "5s", "do": "crash", "node": "broker-2"}, {"at": "6s", "do": "pause", "node": "broker-3"})";
  check_acts(
      before,
      {
          {R"("do": "crash", "node": "broker-2")", "broker-2 is not running", "broker-2는 실행 중이 아니에요"},
          {R"("do": "start", "node": "bill")", "bill is running already", "bill은 이미 실행 중이에요"},
          {R"("do": "restart", "node": "broker-1", "config": {"advertised.listeners": "PLAINTEXT://broker-1:9092"})",
           "broker-1 is running already", "broker-1은 이미 실행 중이에요"},
          {R"("do": "shutdown", "node": "broker-3")", "broker-3 is paused", "broker-3은 멈춰 있어요"},
          {R"("do": "pause", "node": "broker-3")", "broker-3 is not running, or paused already",
           "broker-3은 실행 중이 아니거나 이미 멈춰 있어요"},
          {R"("do": "resume", "node": "broker-1")", "broker-1 is not paused", "broker-1은 멈춰 있지 않아요"},
          {R"("do": "wipe_disk", "node": "broker-1")", "broker-1 is running", "broker-1은 실행 중이에요"},
          {R"("do": "pause_partitions", "node": "bill", "partitions": ["audit-0"])",
           "audit-0 is not assigned to this consumer", "audit-0은 이 컨슈머의 할당이 아니에요"},
      });
}

TEST_CASE("an act on several nodes that none of them can carry out gives the reason of each") {
  const std::string before =
      R"({"at": "5s", "do": "pause", "node": "broker-3"}, {"at": "6s", "do": "resume", "node": "broker-3"})";
  check_acts(before, {{R"("do": "resume", "node": "all-brokers")",
                       "broker-1 is not paused; broker-2 is not paused; broker-3 is not paused",
                       "broker-1은 멈춰 있지 않아요; broker-2는 멈춰 있지 않아요; broker-3은 멈춰 있지 않아요"}});
}
