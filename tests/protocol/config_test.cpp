#include "protocol/config.h"
#include "words/message.h"

#include <doctest/doctest.h>

#include <set>
#include <stdexcept>
#include <tuple>

using namespace kafkascope::protocol;
namespace s = config_scope;

TEST_CASE("every row of the configuration table has an explanation, and no explanation is left over") {
  std::set<kafkascope::words::Key> told;
  for (const ConfigDefinition& d : config_definitions()) {
    CAPTURE(d.name);
    const std::string_view sentence = kafkascope::words::text(kafkascope::words::Lang::En, d.words());
    CHECK(sentence.size() > 1);
    CHECK((sentence.ends_with(".") || sentence.ends_with("?") || sentence.ends_with(")")));
    told.insert(d.words());
  }
  for (const kafkascope::words::Row& row : kafkascope::words::built_in(kafkascope::words::Lang::En).rows()) {
    CAPTURE(row.key);
    if (std::string_view(row.key).starts_with("config."))
      CHECK(told.contains(kafkascope::words::Key(std::string_view(row.key))));
  }
}

TEST_CASE("every row of the configuration table is well formed") {
  std::string_view previous;
  std::set<std::tuple<std::string_view, ConfigScopes, bool, bool>> seen;
  for (const ConfigDefinition& d : config_definitions()) {
    CAPTURE(d.name);
    CHECK(previous <= d.name);
    previous = d.name;
    CHECK(d.scopes != 0);
    CHECK((d.known_in(KafkaVersion::V4_1) || d.known_in(KafkaVersion::V2_5)));
    for (const KafkaVersion version : {KafkaVersion::V2_5, KafkaVersion::V4_1}) {
      if (!d.known_in(version)) continue;
      const std::string_view text = d.default_for(version);
      if (text == kConfigNull || text.empty()) continue;
      CHECK((d.type == ConfigType::Double || parse_config_value(d, text).has_value()));
      // One row per key, scope and version.
      CHECK(find_config(d.name, d.scopes, version) != nullptr);
    }
    CHECK(seen.emplace(d.name, d.scopes, d.known_in(KafkaVersion::V2_5), d.known_in(KafkaVersion::V4_1)).second);
    if (!d.server_name.empty())
      CHECK(find_config(d.server_name, s::kServer,
                        d.known_in(KafkaVersion::V4_1) ? KafkaVersion::V4_1 : KafkaVersion::V2_5) != nullptr);
    if ((d.type == ConfigType::Enum) && !d.values.empty()) CHECK(d.values.find(' ') == std::string_view::npos);
  }
}

TEST_CASE("Kafka's keys that are not modelled are recognized by name, scope and version, and have no row") {
  for (const ConfigDefinition& d : config_definitions())
    for (const KafkaVersion version : {KafkaVersion::V2_5, KafkaVersion::V4_1})
      if (d.known_in(version)) CHECK_MESSAGE((config_without_row(d.name, version) & d.scopes) == 0, d.name);
  for (const char* key : {"metadata.log.dir", "background.threads", "max.connections", "replication.quota.window.num",
                          "compression.gzip.level", "num.replica.alter.log.dirs.threads"})
    CHECK_MESSAGE((config_without_row(key, KafkaVersion::V4_1) & s::kBroker) != 0, key);
  CHECK(config_without_row("compression.gzip.level", KafkaVersion::V4_1) == (s::kBroker | s::kTopic | s::kProducer));
  CHECK(config_without_row("ssl.protocol", KafkaVersion::V2_5) == (s::kBroker | s::kClient));
  CHECK(config_without_row("host.name", KafkaVersion::V2_5) == s::kBroker);
  CHECK(config_without_row("host.name", KafkaVersion::V4_1) == 0);
  CHECK(config_without_row("metadata.log", KafkaVersion::V4_1) == 0);
  CHECK(config_without_row("", KafkaVersion::V4_1) == 0);
}

TEST_CASE("default values are those of the Kafka version") {
  const Config old_producer(s::kProducer, KafkaVersion::V2_5), producer(s::kProducer, KafkaVersion::V4_1);
  CHECK(old_producer.text("acks") == "1");
  CHECK(producer.text("acks") == "all");
  CHECK_FALSE(old_producer.flag("enable.idempotence"));
  CHECK(producer.flag("enable.idempotence"));
  CHECK(old_producer.number("linger.ms") == 0);
  CHECK(producer.number("linger.ms") == 5);
  CHECK(Config(s::kConsumer, KafkaVersion::V2_5).number("session.timeout.ms") == 10000);
  CHECK(Config(s::kConsumer, KafkaVersion::V4_1).number("session.timeout.ms") == 45000);
  const Config server;
  CHECK(server.number("replica.lag.time.max.ms") == 30000);
  CHECK(server.number("broker.session.timeout.ms") == 9000);
  CHECK(server.number("offsets.topic.replication.factor") == 3);
  CHECK(server.number("fetch.max.bytes") == 57671680);
  CHECK(Config(s::kConsumer).number("fetch.max.bytes") == 52428800);
  // Share groups, and the values that Kafka refuses (GroupCoordinatorConfig, ShareGroupConfig of 4.1).
  struct ShareKey {
    const char* key;
    std::int64_t number;
    const char* refused;
  };
  const ShareKey share[] = {{"group.share.session.timeout.ms", 45000, "0"},
                            {"group.share.min.session.timeout.ms", 45000, "0"},
                            {"group.share.max.session.timeout.ms", 60000, "0"},
                            {"group.share.heartbeat.interval.ms", 5000, "0"},
                            {"group.share.min.heartbeat.interval.ms", 5000, "0"},
                            {"group.share.max.heartbeat.interval.ms", 15000, "0"},
                            {"group.share.max.size", 200, "1001"},
                            {"group.share.max.share.sessions", 2000, "0"},
                            {"group.share.delivery.count.limit", 5, "11"},
                            {"group.share.partition.max.record.locks", 2000, "99"},
                            {"group.share.record.lock.duration.ms", 30000, "999"},
                            {"group.share.min.record.lock.duration.ms", 15000, "30001"},
                            {"group.share.max.record.lock.duration.ms", 60000, "29999"}};
  for (const ShareKey& row : share) {
    CAPTURE(row.key);
    CHECK(server.number(row.key) == row.number);
    CHECK_FALSE(parse_config_value(*find_config(row.key, s::kServer, KafkaVersion::V4_1), row.refused).has_value());
    CHECK(find_config(row.key, s::kServer, KafkaVersion::V2_5) == nullptr);
  }
  CHECK(server.ppm("log.cleaner.min.cleanable.ratio") == 500000);
  CHECK(server.is_null("log.flush.interval.ms"));
  CHECK_FALSE(server.number_if("log.flush.interval.ms").has_value());
  CHECK(Config(s::kConsumer).list("partition.assignment.strategy").size() == 2);
}

TEST_CASE("a misused key throws a logic_error instead of giving a default") {
  Config config;
  CHECK_THROWS_AS(config.number("replica.lag.max.ms"), std::logic_error);
  CHECK_THROWS_AS(config.flag("replica.lag.time.max.ms"), std::logic_error);
  CHECK_THROWS_AS(config.number("log.flush.interval.ms"), std::logic_error);         // null
  CHECK_THROWS_AS(config.number("zookeeper.session.timeout.ms"), std::logic_error);  // not in 4.1
  CHECK_THROWS_AS(config.set("min.insync.replicas", std::string("2")), std::logic_error);
  CHECK_THROWS_AS(config.set("group.id", std::string("g")), std::logic_error);  // a consumer's key
  CHECK_NOTHROW(config.set("min.insync.replicas", std::int64_t{2}));
}

TEST_CASE("a configuration can be set, erased and merged over another, and knows which values are explicit") {
  Config cluster;
  cluster.set("min.insync.replicas", std::int64_t{2});
  cluster.set("num.partitions", std::int64_t{6});
  Config broker;
  broker.set("num.partitions", std::int64_t{9});
  const Config merged = broker.over(cluster);
  CHECK(merged.number("min.insync.replicas") == 2);
  CHECK(merged.number("num.partitions") == 9);
  CHECK(merged.explicitly("min.insync.replicas"));
  CHECK_FALSE(merged.explicitly("default.replication.factor"));
  cluster.erase("num.partitions");
  CHECK(cluster.number("num.partitions") == 1);
  CHECK(cluster.explicit_values().size() == 1);
}

TEST_CASE("overlay: values from the metadata replace the set ones; unknown and invalid values are ignored") {
  Config c;
  c.set("num.replica.fetchers", std::int64_t{2});
  c.overlay(config_scope::kBroker, {{"num.io.threads", "4"},
                                    {"num.replica.fetchers", "3"},
                                    {"log.cleaner.backoff.ms", "soon"},
                                    {"retention.ms", "5"},
                                    {"no.such.key", "1"}});
  CHECK(c.number("num.io.threads") == 4);
  CHECK(c.number("num.replica.fetchers") == 3);
  CHECK(c.explicit_values().size() == 2);
}

TEST_CASE("a topic's configuration takes precedence over its broker's, under Kafka's names") {
  Config broker;
  broker.set("log.flush.interval.messages", std::int64_t{1});
  broker.set("min.insync.replicas", std::int64_t{2});
  broker.set("message.max.bytes", std::int64_t{5000});
  broker.set("log.retention.hours", std::int64_t{1});
  broker.set("log.roll.hours", std::int64_t{2});
  Config topic(s::kTopic);
  topic.set("max.message.bytes", std::int64_t{9000});
  Config merged = topic.topic_over(broker);
  CHECK(merged.number("flush.messages") == 1);
  CHECK(merged.number("min.insync.replicas") == 2);
  CHECK(merged.number("max.message.bytes") == 9000);
  CHECK(merged.number("retention.ms") == 3600000);
  CHECK(merged.number("segment.ms") == 7200000);
  CHECK(merged.number("retention.bytes") == -1);

  broker.set("log.retention.minutes", std::int64_t{5});
  CHECK(topic.topic_over(broker).number("retention.ms") == 300000);
  broker.set("log.retention.ms", std::int64_t{1000});
  CHECK(topic.topic_over(broker).number("retention.ms") == 1000);
  broker.erase("log.retention.ms");
  broker.set("log.retention.minutes", std::int64_t{-1});
  CHECK(topic.topic_over(broker).number("retention.ms") == -1);
  CHECK(topic.topic_over(broker).number("flush.ms") == std::numeric_limits<std::int64_t>::max());
  broker.set("log.flush.scheduler.interval.ms", std::int64_t{500});
  CHECK(topic.topic_over(broker).number("flush.ms") == 500);  // KafkaConfig.logFlushIntervalMs
  broker.set("log.flush.interval.ms", std::int64_t{2000});
  CHECK(topic.topic_over(broker).number("flush.ms") == 2000);
  CHECK(topic_key_of("log.segment.bytes", KafkaVersion::V4_1) == "segment.bytes");
  CHECK(topic_key_of("min.insync.replicas", KafkaVersion::V4_1) == "min.insync.replicas");
  CHECK(topic_key_of("num.partitions", KafkaVersion::V4_1).empty());
}

TEST_CASE("values are checked as Kafka checks them") {
  kafkascope::words::Message remedy;
  const auto parse = [&](std::string_view key, ConfigScopes scopes, std::string_view text) {
    return parse_config_value(*find_config(key, scopes, KafkaVersion::V4_1), text, &remedy);
  };
  CHECK(parse("acks", s::kProducer, "-1").has_value());
  CHECK_FALSE(parse("acks", s::kProducer, "2").has_value());
  CHECK_FALSE(parse("max.in.flight.requests.per.connection", s::kProducer, "0").has_value());
  CHECK(kafkascope::words::render(kafkascope::words::Lang::En, remedy) == "an integer from 1 to 2147483647");
  CHECK_FALSE(parse("retries", s::kProducer, "2147483648").has_value());       // an int
  CHECK_FALSE(parse("log.segment.bytes", s::kServer, "1048575").has_value());  // KIP-1030
  CHECK(parse_config_value(*find_config("log.segment.bytes", s::kServer, KafkaVersion::V2_5), "14").has_value());
  CHECK(parse("log.cleanup.policy", s::kServer, "compact, delete").has_value());
  CHECK_FALSE(parse("log.cleanup.policy", s::kServer, "compact,purge").has_value());
  CHECK_FALSE(parse("log.cleaner.min.cleanable.ratio", s::kServer, "1.5").has_value());
  for (const char* throttled : {"", "*", "0:1", "0:1, 12:103"})
    CHECK(parse("leader.replication.throttled.replicas", s::kTopic, throttled).has_value());
  for (const char* wrong : {"0:1,zz", "0", "0:", ":1", "0:1,*", "-1:2"})
    CHECK_FALSE(parse("follower.replication.throttled.replicas", s::kTopic, wrong).has_value());
  CHECK(parse_ppm("0.5") == 500000);
  CHECK(parse_ppm("-1.25") == -1250000);
  CHECK_FALSE(parse_ppm("half").has_value());
  CHECK_FALSE(parse_ppm("").has_value());
}

TEST_CASE(
    "LogConfig.validateValues: contradicting compaction lags are refused, in 4.1 also against the server's defaults") {
  Config server, topic(s::kTopic), old_server(s::kServer, KafkaVersion::V2_5), old_topic(s::kTopic, KafkaVersion::V2_5);
  for (Config* c : {&server, &old_server}) c->set("log.cleaner.max.compaction.lag.ms", std::int64_t{2000});
  CHECK(topic.topic_conflict(server).empty());
  for (Config* c : {&topic, &old_topic}) c->set("min.compaction.lag.ms", std::int64_t{5000});
  CHECK(topic.topic_conflict(server) ==
        "conflict topic config setting min.compaction.lag.ms (5000) > max.compaction.lag.ms (2000)");
  CHECK(old_topic.topic_conflict(old_server).empty());
  old_topic.set("max.compaction.lag.ms", std::int64_t{4999});
  CHECK_FALSE(old_topic.topic_conflict(old_server).empty());
}

TEST_CASE("auto.offset.reset takes by_duration and an ISO-8601 duration (KIP-1106)") {
  const ConfigDefinition* row = find_config("auto.offset.reset", config_scope::kConsumer, KafkaVersion::V4_1);
  REQUIRE(row != nullptr);
  for (const char* good : {"earliest", "by_duration:PT10S", "by_duration:P1DT2H30M", "by_duration:PT0.5S"}) {
    CAPTURE(good);
    CHECK(parse_config_value(*row, good));
  }
  for (const char* bad : {"by_duration:", "by_duration:10s", "by_duration:P", "by_duration:PT", "by_duration:-PT1S",
                          "by_duration:PT1S1M", "by_duration:<duration>", "newest"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_config_value(*row, bad));
  }
  CHECK(parse_iso_duration_ms("P1DT2H30M") == 95'400'000);
  CHECK(parse_iso_duration_ms("PT1.25S") == 1250);
}
