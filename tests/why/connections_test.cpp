// What a node cannot send or has not heard: a producer without a connection, a client that is cut off, a send that waits for memory in
// vain, a follower that is one fetch behind, a transform stuck on a record, uncommitted records of the metadata log. Timers and links, which the
// state document does not have: /timers/<node>/<setting>, /links/<node>/<node>.
#include <doctest/doctest.h>

#include "observe/why/why.h"
#include "support/lessons.h"
#include "why/in_version.h"
#include "why/root_check.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("Why? after a leader's crash says that producers lack a connection, not that they wait for an answer") {
  Session acks = session_at("scenarios/producer/acks.json", 10'000);
  Session quorum = session_at("scenarios/controller/kraft-quorum-loss.json", 25'000);
  for (const auto& [session, client] : {std::pair{&acks, "acks-0"}, {&acks, "acks-all"}, {&quorum, "shop"}}) {
    const observe::Answer answer = asked(*session, std::string("/clients/") + client + "/waiting");
    for (const char* part : {"broker-1", "delivery.timeout.ms=120000"})
      CHECK(says_in_both(sentence_with(answer, "why.waits_no_connection"_w), part));
    CHECK_FALSE(has_key(answer, "why.waits_silent_leader"_w));
    CHECK(answer.root_kind == observe::RootKind::Act);
  }
}

TEST_CASE("Why? names a leader that advertises 127.0.0.1, and the restart that changed its address") {
  Session session = session_at("scenarios/operations/cluster-setup.json", 14'000);
  const observe::Answer waiting = asked(session, "/clients/app/waiting");
  for (const char* part : {"broker-2", "delivery.timeout.ms=3000"})
    CHECK(says_in_both(sentence_with(waiting, "why.waits_misdirected"_w), part));
  CHECK_FALSE(has_key(waiting, "why.waits_answer"_w));
  for (const char* path : {"/clients/app/waiting", "/ledger/failed", "/clients/app/errors"}) {
    const observe::Answer answer = asked(session, path);
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 9'000'000);
    CHECK(answer.root->words.en.find("EXTERNAL://127.0.0.1:9092") != std::string::npos);
  }
  CHECK(says_in_both(sentence_with(asked(session, "/ledger/failed"), "why.misdirected"_w), "127.0.0.1"));
  // It has been so from the beginning: no act made it so.
  Session always = session_at("tests/stories/advertised-listeners.json", 12'000);
  const observe::Answer failed = asked(always, "/clients/p/errors");
  CHECK(has_key(failed, "why.misdirected"_w));
  CHECK(failed.root_kind != observe::RootKind::Act);
}

TEST_CASE("Why? does not take a slow broker that never led the partition for its silent former leader") {
  Session session = session_at("scenarios/operations/what-the-graphs-show.json", 80'000);
  const observe::Answer answer = asked(session, "/clients/shop/waiting");
  CHECK_FALSE(has_key(answer, "why.waits_old_leader"_w));
  CHECK(says_in_both(sentence_with(answer, "why.waits_turn"_w), "broker-2"));
  CHECK(says_in_both(sentence_with(answer, "why.waits_acks"_w), "broker-3"));
}

TEST_CASE("Why? about records that linger in a batch does not say that they wait for an answer") {
  Session session = session_at("scenarios/groups/rebalance-eager.json", 12'000);
  const observe::Answer answer = asked(session, "/clients/shop/waiting");
  CHECK(says_in_both(sentence_with(answer, "why.waits_linger"_w), "linger.ms="));
  CHECK_FALSE(has_key(answer, "why.waits_answer"_w));
}

TEST_CASE("a consumer that is cut off from the brokers blames no broker that was away before") {
  // The coordinator and leader, broker-1, had been paused until shortly before the consumer was cut off.
  Session session = small_run(kPay + R"(, "clients": [
      {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
      {"id": "r", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g", "auto.commit.interval.ms": 1000}}],
    "steps": [{"at": "8s", "do": "pause", "node": "broker-1"}, {"at": "9s", "do": "resume", "node": "broker-1"},
      {"at": "12s", "do": "isolate", "node": "r"}])",
                              16'000);
  for (const char* path : {"/groups/g/lag/pay-0", "/clients/r/positions/pay-0"}) {
    const observe::Answer answer = asked(session, path);
    CAPTURE(path);
    CAPTURE(text_of_steps(answer));
    CHECK(root_ms(answer) == 12'000);
    CHECK_FALSE(tells(answer, "broker-1 is paused"));
  }
}

TEST_CASE("a send() that has waited for memory in vain is told apart from one that waits for metadata") {
  for (const char* kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    const bool old = std::string(kafka) == "2.5";
    Session session = run_in_version(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3,
        "assignments": {"0": [1, 2, 3]}}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "100/s", "value_size": "1000B",
        "config": {"buffer.memory": 40000, "max.block.ms": 2000}}],
      "steps": [{"at": "5s", "do": "pause", "node": "broker-1"}])",
                                     9'000, kafka);
    const observe::Answer failed = asked(session, "/clients/shop/failed");
    const observe::WhyStep& step = sentence_with(failed, "why.memory_in_vain"_w);
    CHECK(says_in_both(step, old ? "TimeoutException" : "BufferExhaustedException"));
    CHECK(says_in_both(step, "max.block.ms=2000"));
    CHECK(root_ms(failed) == 5'000);
    Session unknown = run_in_version(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay",
        "config": {"max.block.ms": 2000}}],
      "steps": [{"at": "3s", "do": "produce", "node": "shop", "records": [{"key": "a", "value": "1", "partition": 7}]}])",
                                     9'000, kafka);
    CHECK(tells(asked(unknown, "/clients/shop/failed"), "TimeoutException"));
    CHECK_FALSE(has_key(asked(unknown, "/clients/shop/failed"), "why.memory_in_vain"_w));
  }
}

TEST_CASE("a producer with acks=0 awaits no response, and the answer says so") {
  Session session = small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "1/s",
      "config": {"acks": "0", "enable.idempotence": false}}])",
                              8'500);
  for (const char* path :
       {"/clients/shop/in_flight",
        "/metrics/mbeans/shop/kafka.producer:type=producer-metrics,client-id=shop#requests-in-flight"})
    CHECK(says_in_both(sentence_with(asked(session, path), "why.metric_acks_none"_w), "acks=0"));
  Session all =
      small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "1/s"}])", 8'500);
  CHECK_FALSE(has_key(asked(all, "/clients/shop/in_flight"), "why.metric_acks_none"_w));
}

TEST_CASE("a copy's high watermark names the crash that holds it, not a later one") {
  // broker-3 dies first and knows no more of what was committed since; then the leader dies, too.
  Session session =
      small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"}],
    "steps": [{"at": "5s", "do": "crash", "node": "broker-3"}, {"at": "20s", "do": "crash", "node": "broker-1"}])",
                21'000);
  const observe::Answer first = asked(session, "/partitions/pay-0/logs/3/high_watermark");
  CHECK(root_ms(first) == 5'000);
  CHECK(tells(first, "broker-3 crashes"));
  // A process that dies again before it has learned more does not begin anew.
  Session again = small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"}],
    "steps": [{"at": "5s", "do": "crash", "node": "broker-3"}, {"at": "20s", "do": "restart", "node": "broker-3"},
      {"at": "20002ms", "do": "crash", "node": "broker-3"}])",
                            21'000);
  const observe::Answer held = asked(again, "/partitions/pay-0/logs/3/high_watermark");
  CHECK(root_ms(held) == 5'000);
}

TEST_CASE("records that wait without a controller name the crash of their leader in a sentence") {
  Session session = session_at("scenarios/controller/kraft-quorum-loss.json", 24'000);
  const observe::Answer answer = asked(session, "/clients/shop/waiting");
  CHECK(tells(answer, "broker-1 crashes"));
  CHECK(tells(answer, "the majority is gone"));
  REQUIRE(answer.root.has_value());
  CHECK(std::any_of(answer.steps.begin(), answer.steps.end(),
                    [&](const observe::WhyStep& step) { return step.at == answer.root->at; }));
}

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

namespace {

const std::string kShopAndReader = kPay + R"(, "clients": [
  {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
  {"id": "reader", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}], "steps": [)";

}  // namespace

TEST_CASE("Why? about a timer says how long it runs, what comes at its end, and what it is about") {
  Session session = small_run(kShopAndReader + R"({"at": "10s", "do": "crash", "node": "broker-1"}])", 13'000);
  Session dead = small_run(kShopAndReader + R"({"at": "10s", "do": "kill", "node": "reader"}])", 13'000);
  struct Case {
    Session& at;
    std::string path, value, end;
    bool by_act;
  };
  for (const Case& c :
       {Case{session, "/timers/broker-1/broker.session.timeout.ms", "broker.session.timeout.ms=9000", "", true},
        {dead, "/timers/reader/session.timeout.ms", "session.timeout.ms=45000", "then the member is removed", true},
        {session, "/timers/shop/delivery.timeout.ms", "delivery.timeout.ms=120000", "", true},
        {session, "/timers/broker-2/broker.heartbeat.interval.ms", "broker.heartbeat.interval.ms=2000", "", false}}) {
    const observe::Answer answer = asked(c.at, c.path);
    CAPTURE(c.path);
    CAPTURE(text_of_steps(answer));
    CHECK(answer.path == c.path);
    CHECK(answer.question_key == "why.q_timer"_w);
    CHECK(answer.steps.size() <= observe::kMostWhySteps);
    const observe::WhyStep& runs = sentence_with(answer, "why.timer_runs"_w);
    CHECK(says_in_both(runs, c.value));
    CHECK(runs.words.en.find("s are left") != std::string::npos);
    CHECK(runs.words.en.find(c.end) != std::string::npos);
    CHECK(answer.root.has_value() == c.by_act);
    if (answer.root) CHECK(answer.root->at.us == 10'000'000);
  }
  // A timer that does not run has no answer.
  for (const char* path :
       {"/timers/shop/broker.session.timeout.ms", "/timers/nobody/linger.ms", "/timers/shop", "/timers"})
    CHECK_FALSE(observe::why(session.moment(), path).has_value());
}

TEST_CASE("Why? about a link says whether both nodes reach each other, and which act keeps them apart") {
  Session session =
      small_run(kShopAndReader + R"({"at": "10s", "do": "partition", "from": ["shop"], "to": ["broker-1"]},
    {"at": "11s", "do": "partition", "from": ["broker-2"], "to": ["broker-3"], "one_way": true},
    {"at": "12s", "do": "link", "from": "shop", "to": "broker-2", "latency": "300ms"},
    {"at": "13s", "do": "crash", "node": "reader"}])",
                15'000);
  struct Case {
    std::string path;
    words::Key key;
    std::int64_t root_ms;
  };
  for (const Case& c : {Case{"/links/shop/broker-1", "why.link_cut"_w, 10'000},
                        {"/links/broker-1/shop", "why.link_cut"_w, 10'000},
                        {"/links/broker-2/broker-3", "why.link_cut_one_way"_w, 11'000},
                        {"/links/broker-3/broker-2", "why.link_cut_one_way"_w, 11'000},
                        {"/links/shop/broker-2", "why.link_hindered"_w, 12'000},
                        {"/links/reader/broker-1", "why.link_end_silent"_w, 13'000},
                        {"/links/shop/broker-3", "why.link_open"_w, -1}}) {
    const observe::Answer answer = asked(session, c.path);
    CAPTURE(c.path);
    CAPTURE(text_of_steps(answer));
    CHECK(has_key(answer, c.key));
    CHECK(answer.root.has_value() == (c.root_ms >= 0));
    if (answer.root && c.root_ms >= 0) CHECK(answer.root->at.us / 1000 == c.root_ms);
  }
  CHECK(says_in_both(sentence_with(asked(session, "/links/broker-3/broker-2"), "why.link_cut_one_way"_w), "broker-2"));
  CHECK(asked(session, "/links/broker-3/broker-2").steps.back().words.en.find("from broker-2 to broker-3") !=
        std::string::npos);
  for (const char* path : {"/links/shop/nobody", "/links/shop/shop", "/links/shop", "/links"})
    CHECK_FALSE(observe::why(session.moment(), path).has_value());
}
