// What a node has not heard: a client that is cut off, a follower that is one fetch behind, a transform stuck on a record, records of the
// metadata log that are not committed, counterparts in two worlds.
#include "why/in_version.h"
#include "why/root_check.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("Why? about the requests of a client that is cut off names the cut, and does not blame the broker") {
  Session session =
      small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "100/s"}],
    "steps": [{"at": "20s", "do": "isolate", "node": "shop"}])",
                24'000);
  for (const std::string& path :
       {std::string("/metrics/mbeans/shop/kafka.producer:type=producer-metrics,client-id=shop#requests-in-flight"),
        std::string("/clients/shop/waiting")}) {
    CAPTURE(path);
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 20'000'000);
    CHECK(has_key(answer, "why.waits_unheard_leader"_w));
    CHECK_FALSE(has_key(answer, "why.waits_silent_leader"_w));
  }
  session.run_until(sim::Instant{56'000'000});  // request.timeout.ms is over, and the connection closed
  const observe::Answer closed = asked(session, "/clients/shop/waiting");
  CAPTURE(text_of_steps(closed));
  CHECK(has_key(closed, "why.waits_cut_connection"_w));
  CHECK(closed.root->at.us == 20'000'000);
  Session one_way =
      small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "100/s"}],
    "steps": [{"at": "20s", "do": "partition", "from": ["shop"], "to": ["broker-1"], "one_way": true}])",
                24'000);
  const observe::Answer unreached = asked(one_way, "/clients/shop/waiting");
  CAPTURE(text_of_steps(unreached));
  CHECK(has_key(unreached, "why.waits_unreached_leader"_w));
  CHECK(unreached.root->at.us == 20'000'000);
}

TEST_CASE("Why? about a transform says that it is stuck on a record, as a consumer beside it") {
  Session session = small_run(
      R"("topics": [{"name": "in", "assignments": {"0": [1, 2, 3]}}, {"name": "out", "assignments": {"0": [1, 2, 3]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "in"},
      {"id": "tr", "kind": "transform", "topics": ["in"], "topic": "out", "config": {"group.id": "t", "auto.offset.reset": "earliest",
        "value.deserializer": "org.apache.kafka.common.serialization.LongDeserializer"}},
      {"id": "cons", "kind": "consumer", "topics": ["in"], "config": {"group.id": "c", "auto.offset.reset": "earliest",
        "value.deserializer": "org.apache.kafka.common.serialization.LongDeserializer"}}],
    "steps": [{"at": "5s", "do": "produce", "node": "shop", "records": [{"key": "a", "value": "hello"}]}])",
      10'000);
  for (const char* const client : {"tr", "cons"}) {
    const observe::Answer answer = asked(session, std::string("/clients/") + client);
    CAPTURE(text_of_steps(answer));
    CHECK(says(answer, "RecordDeserializationException"));
  }
}

TEST_CASE(
    "Why? about a follower's high watermark promises no time where the response is held, and none in 2.5, where it is sent at once") {
  Session cut =
      small_run(R"("topics": [{"name": "pay", "config": {"min.insync.replicas": 1}, "assignments": {"0": [1, 2, 3]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "100/s", "config": {"acks": 1}}],
    "steps": [{"at": "30s", "do": "partition", "from": ["broker-1"], "to": ["broker-2"]}])",
                33'000);
  const observe::Answer held = asked(cut, "/partitions/pay-0/logs/2/high_watermark");
  CAPTURE(text_of_steps(held));
  CHECK(has_key(held, "why.hw_copy_next"_w));
  CHECK_FALSE(has_key(held, "why.hw_copy_awaits"_w));
  CHECK(held.root->at.us == 30'000'000);
  Session old =
      small_run(R"("topics": [{"name": "pay", "config": {"min.insync.replicas": 1}, "assignments": {"0": [1, 2, 3]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "config": {"acks": 1}}],
    "steps": [{"at": "5s", "do": "produce", "node": "shop", "records": [{"key": "a", "value": "1"}]},
      {"at": "8s", "do": "produce", "node": "shop", "records": [{"key": "a", "value": "2"}]}])",
                8'185, "2.5", kZooKeeper + R"(, "network": {"latency": "50ms"})");
  REQUIRE(state_in(old, "/partitions/pay-0/high_watermark") > state_in(old, "/partitions/pay-0/logs/2/high_watermark"));
  CHECK(has_key(asked(old, "/partitions/pay-0/logs/2/high_watermark"), "why.hw_copy_next"_w));
}

TEST_CASE("Why? about what a cut-off controller has appended and applied says that it is not committed") {
  Session session = small_run(
      R"("topics": [{"name": "t", "assignments": {"0": [1, 2, 3]}}], "clients": [{"id": "ops", "kind": "admin"}],
    "steps": [{"at": "3s", "do": "partition", "from": ["controller-1"], "to": ["controller-2", "controller-3"]},
      {"at": "3100ms", "do": "reassign", "as": "ops", "partition": "t-0", "replicas": [3, 2, 1]}])",
      3'500, "4.1", R"("controllers": 3, "brokers": 3)");
  const std::string bean = "/metrics/mbeans/controller-1/",
                    end = bean + "kafka.server:type=raft-metrics#log-end-offset";
  REQUIRE(state_in(session, end) > state_in(session, "/cluster/quorum/high_watermark"));
  for (const std::string& path : {end, bean + "kafka.controller:type=KafkaController,name=LastAppliedRecordOffset"}) {
    const observe::Answer answer = asked(session, path);
    CAPTURE(path);
    CAPTURE(text_of_steps(answer));
    CHECK(has_key(answer, "why.metric_metadata_ahead"_w));
  }
  session.run_until(sim::Instant{8'000'000});
  const observe::Answer committed = asked(session, bean + "kafka.server:type=raft-metrics#high-watermark");
  CAPTURE(text_of_steps(committed));
  CHECK(has_key(committed, "why.metric_committed_behind"_w));
}
