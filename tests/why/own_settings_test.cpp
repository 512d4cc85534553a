// Why? names the value that a setting has for the broker or the group that acts by it, not that of the cluster's file.
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("a sentence gives the setting of the broker that acts by it") {
  struct Case {
    std::string kafka, cluster, rest;
    std::int64_t at_ms;
    std::string path, said;
  };
  const std::string shop = R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "5/s"}], )";
  for (const Case& c :
       {Case{"4.1", R"("brokers": [{"id": 1, "config": {"replica.lag.time.max.ms": 3000}}, {"id": 2}, {"id": 3}])",
             kPay + shop + R"("steps": [{"at": "5s", "do": "pause", "node": "broker-3"}])", 12'000,
             "/partitions/pay-0/isr", "replica.lag.time.max.ms=3000"},
        {"2.5", R"("metadata": "zookeeper", "zookeepers": 1, "brokers": [
            {"id": 1, "config": {"zookeeper.session.timeout.ms": 30000}}, {"id": 2}, {"id": 3}])",
         kPay + shop + R"("steps": [{"at": "5s", "do": "pause", "node": "broker-1"}])", 25'000,
         "/partitions/pay-0/leader", "zookeeper.session.timeout.ms=30000"},
        {"4.1", R"("brokers": [{"id": 1, "config": {"group.initial.rebalance.delay.ms": 10000}},
            {"id": 2, "config": {"group.initial.rebalance.delay.ms": 10000}},
            {"id": 3, "config": {"group.initial.rebalance.delay.ms": 10000}}])",
         R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 1}], "clients": [{"id": "c",
            "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g", "group.protocol": "classic"}}])",
         8'000, "/groups/g/state", "group.initial.rebalance.delay.ms=10000"},
        {"4.1", R"("brokers": [{"id": 1}, {"id": 2}, {"id": 3, "config": {"log.dir.failure.timeout.ms": 5000}}],
            "disk": {"dirs": 2})",
         kPay + shop + R"("steps": [{"at": "5s", "do": "isolate", "node": "controller-1"},
            {"at": "6s", "do": "disk", "node": "broker-3", "dir": 1, "fail": true}])",
         20'000, "/nodes/broker-3/state", "5000"}}) {
    CAPTURE(c.path);
    Session session = small_run(c.rest, c.at_ms, c.kafka, c.cluster);
    const observe::Answer answer = asked(session, c.path);
    CAPTURE(text_of_steps(answer));
    CHECK(says(answer, c.said));
    for (const observe::WhyStep& step : answer.steps) CHECK(step.at <= session.now());
  }
}

TEST_CASE(
    "a sentence gives the setting of the group, and a dead member's session has the time-out that it began with") {
  const std::string consumers = R"("topics": [{"name": "pay", "partitions": 4, "replication_factor": 3}], "clients": [
    {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
    {"id": "a", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g", "group.protocol": "consumer"}},
    {"id": "b", "kind": "consumer", "topics": ["pay"], "start": "20s",
     "config": {"group.id": "g", "group.protocol": "consumer"}}], "steps": [
    {"at": "1s", "do": "configure", "group": "g",
     "config": {"consumer.heartbeat.interval.ms": 10000, "consumer.session.timeout.ms": 50000}})";
  Session waits = small_run(consumers + "]", 25'000);
  CHECK(says_in_both(sentence_with(asked(waits, "/clients/b/assignment"), "why.lag_awaits_heartbeat"_w),
                     "(consumer.heartbeat.interval.ms=10000)"));
  Session dead = small_run(consumers + R"(, {"at": "15s", "do": "kill", "node": "a"},
    {"at": "18s", "do": "configure", "group": "g", "config": {"consumer.session.timeout.ms": 46000}}])",
                           40'000);
  CHECK(says_in_both(sentence_with(asked(dead, "/groups/g/members/a"), "why.dead_member"_w),
                     "(consumer.session.timeout.ms=50000)"));
}
