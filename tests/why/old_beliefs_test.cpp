// Old beliefs: of a leader learned from an error (KIP-951), of a topic that is gone, of a client whose connections are full; and what is
// so of beliefs and copies only for a moment.
#include "why/in_version.h"
#include "why/root_check.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// The preferred leader of pay-0 is broker-2 from 11 s on, and broker-2 is paused at 14 s.
Session moved_and_paused(std::int64_t at_ms) {
  return small_run(
      R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 3, "config": {"min.insync.replicas": 1},
      "assignments": {"0": [1, 2, 3], "1": [2, 3, 1]}}],
    "clients": [{"id": "idle", "kind": "producer", "topic": "pay", "config": {"metadata.max.age.ms": 20000}},
      {"id": "shop", "kind": "producer", "topic": "pay", "rate": "10/s"},
      {"id": "reader", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}, {"id": "ops", "kind": "admin"}],
    "steps": [{"at": "2s", "do": "produce", "node": "idle", "records": [{"key": "a", "value": "1"}]},
      {"at": "10s", "do": "reassign", "partition": "pay-0", "replicas": [2, 1, 3], "as": "ops"},
      {"at": "11s", "do": "elect_leaders", "type": "preferred", "partitions": ["pay-0"], "as": "ops"},
      {"at": "14s", "do": "pause", "node": "broker-2"}])",
      at_ms);
}

/// Goes on to the first of the moments at which the answer has the sentence; nullopt: none has.
std::optional<observe::WhyStep> first_with(Session& session, const std::string& path, words::Key key,
                                           std::int64_t from_ms, std::int64_t to_ms, std::int64_t step_ms) {
  for (std::int64_t at_ms = from_ms; at_ms <= to_ms; at_ms += step_ms) {
    session.run_until(sim::Instant{} + sim::milliseconds(at_ms));
    const auto answer = whole_why(session.moment(), path);
    if (!answer) continue;
    for (const observe::WhyStep& step : answer->steps)
      if (step.key == key) return step;
  }
  return std::nullopt;
}

/// Reads pay-0, which shop writes.
const std::string kReader = R"("clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "10/s"},
  {"id": "r", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}])";

}  // namespace

TEST_CASE(
    "Why? about a leader that a client learned from an error does not say that its last metadata named that leader (KIP-951)") {
  Session session = moved_and_paused(26'000);
  const std::string path = "/clients/reader/belief/partitions/pay-0";
  REQUIRE(state_in(session, path + "/leader") == 2);
  REQUIRE(state_in(session, path + "/leader_epoch") == 1);
  const observe::Answer answer = asked(session, path);
  CAPTURE(text_of_steps(answer));
  CHECK(says_in_both(sentence_with(answer, "why.belief_from_error"_w), "broker-2"));
  CHECK_FALSE(has_key(answer, "why.belief_heard_before_election"_w));
  CHECK(answer.root->at.us == 14'000'000);
}

TEST_CASE("Why? says that the controller had elected no other leader yet only where the leader had failed by then") {
  Session session = moved_and_paused(14'000);
  const observe::Answer answer = asked(session, "/clients/idle/belief/partitions/pay-0");
  CAPTURE(text_of_steps(answer));
  CHECK(says_in_both(sentence_with(answer, "why.belief_heard_before"_w), "broker-1"));
  CHECK_FALSE(has_key(answer, "why.belief_heard_before_election"_w));
  Session failed = session_at("scenarios/replication/leader-failover.json", 13'575);
  CHECK(has_key(asked(failed, "/clients/shop/belief/partitions/orders-0"), "why.belief_heard_before_election"_w));
}

TEST_CASE(
    "Why? about a client whose connections have as many requests as they may says that a response must come first") {
  Session session = session_at("scenarios/replication/leader-failover.json", 13'575);
  const observe::Answer answer = asked(session, "/clients/shop/belief/partitions/orders-0");
  CAPTURE(text_of_steps(answer));
  CHECK(says_in_both(sentence_with(answer, "why.belief_asks_full"_w), "5"));
  CHECK_FALSE(has_key(answer, "why.belief_asks_now"_w));
}

TEST_CASE("Why? about a belief in a topic that is gone, or has fewer partitions now, names the deletion") {
  for (const std::string kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    Session session = run_in_version(R"("topics": [{"name": "pay", "assignments": {"0": [1, 2, 3], "1": [1, 2, 3]}}],
      "clients": [{"id": "idle", "kind": "producer", "topic": "pay"}, {"id": "ops", "kind": "admin"}],
      "steps": [{"at": "2s", "do": "produce", "node": "idle", "records": [{"key": "a", "value": "1"}]},
        {"at": "10s", "do": "delete_topic", "topic": "pay", "as": "ops"},
        {"at": "12s", "do": "create_topic", "topic": "pay", "assignments": {"0": [2, 3, 1]}, "as": "ops"}])",
                                     11'000, kafka);
    const std::string belief = "/clients/idle/belief";
    REQUIRE(state_in(session, belief + "/partitions/pay-1/leader") == 1);
    for (const std::string& path : {belief, belief + "/partitions/pay-1"}) {
      const observe::Answer answer = asked(session, path);
      CAPTURE(text_of_steps(answer));
      CHECK(has_key(answer, "why.belief_gone"_w));
      CHECK(answer.root->at.us == 10'000'000);
    }
    session.run_until(sim::Instant{13'000'000});
    CHECK(has_key(asked(session, belief + "/partitions/pay-1"), "why.belief_gone"_w));
    const observe::Answer namesake = asked(session, belief + "/partitions/pay-0");
    CAPTURE(text_of_steps(namesake));
    CHECK(tells(namesake, "deletes the topic pay"));
  }
}

TEST_CASE("a client that reaches no broker cannot ask for metadata") {
  Session session = small_run(kPay + ", " + kReader + R"(, "steps": [{"at": "8s", "do": "isolate", "node": "r"},
    {"at": "9s", "do": "crash", "node": "broker-1"}])",
                              25'000);
  const observe::Answer answer = asked(session, "/clients/r/belief/partitions/pay-0");
  CHECK(says_in_both(sentence_with(answer, "why.belief_cannot_ask"_w), "r"));
}

TEST_CASE("a client's last metadata can come from a broker that has not heard of the change") {
  Session session = small_run(kPay + R"(, "clients": [{"id": "r", "kind": "consumer", "topics": ["pay"],
      "config": {"group.id": "g", "metadata.max.age.ms": 500}}],
    "steps": [{"at": "5s", "do": "partition", "from": ["broker-3"], "to": ["controller-1"]},
      {"at": "6s", "do": "crash", "node": "broker-1"}])",
                              6'000, "4.1", R"("brokers": 3, "controllers": 1)");
  const auto step =
      first_with(session, "/clients/r/belief/partitions/pay-0", "why.belief_heard_old"_w, 14'000, 40'000, 50);
  REQUIRE(step.has_value());
  CHECK(says_in_both(*step, "broker-1"));
}

TEST_CASE("a client that knows no leader got its last metadata before there was one") {
  Session session =
      small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 1, "assignments": {"0": [3]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "10/s"}],
    "steps": [{"at": "5s", "do": "crash", "node": "broker-3"}, {"at": "20s", "do": "restart", "node": "broker-3"}])",
                19'000);
  const auto step =
      first_with(session, "/clients/shop/belief/partitions/pay-0", "why.belief_heard_last"_w, 20'000, 24'000, 5);
  REQUIRE(step.has_value());
  CHECK(says_in_both(*step, "shop"));
}

TEST_CASE("a client that connects to a leader that has lost its power asks for metadata if that fails") {
  Session session =
      small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "10/s"}],
    "steps": [{"at": "7s", "do": "stop", "node": "shop"}, {"at": "8s", "do": "power_off", "node": "broker-1"},
      {"at": "12s", "do": "start", "node": "shop"}])",
                16'500);
  const observe::Answer answer = asked(session, "/clients/shop/belief/partitions/pay-0");
  CHECK(says_in_both(sentence_with(answer, "why.belief_connects"_w), "broker-1"));
}

TEST_CASE("a broker that missed a change hears nothing of it while there is no controller") {
  Session session = small_run(kPay + R"(, "steps": [{"at": "5s", "do": "isolate", "node": "broker-3"},
      {"at": "6s", "do": "crash", "node": "broker-1"}, {"at": "20s", "do": "crash", "node": "controller-1"}])",
                              25'000, "4.1", R"("brokers": 3, "controllers": 1)");
  const observe::Answer answer = asked(session, "/nodes/broker-3/belief/partitions/pay-0");
  CHECK(says_in_both(sentence_with(answer, "why.belief_no_controller"_w), "broker-3"));
}

TEST_CASE("the controller of a ZooKeeper cluster has not read a change of an ISR yet") {
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3,
      "assignments": {"0": [2, 3, 1]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s", "config": {"acks": "1"}}],
    "steps": [{"at": "6s", "do": "pause", "node": "broker-3"}])",
                              9'250, "2.5", kZooKeeper + R"(, "config": {"replica.lag.time.max.ms": 3000})");
  const observe::Answer answer = asked(session, "/nodes/broker-1/belief/partitions/pay-0");
  CHECK(says_in_both(sentence_with(answer, "why.belief_not_read"_w), "broker-1"));
}

TEST_CASE("a copy's high watermark is the leader's, ahead of a new leader's, or at the copy's own end") {
  Session same = session_at("scenarios/controller/kraft-quorum-loss.json", 24'000);
  CHECK(says_in_both(sentence_with(asked(same, "/partitions/orders-1/logs/3/high_watermark"), "why.hw_copy_same"_w),
                     "broker-2"));
  // A new replica has nothing yet.
  Session moved =
      small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 2, "assignments": {"0": [1, 2]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"}],
    "steps": [{"at": "10s", "do": "reassign", "partition": "pay-0", "replicas": [1, 3]}])",
                10'030);
  CHECK(says_in_both(sentence_with(asked(moved, "/partitions/pay-0/logs/3/high_watermark"), "why.hw_copy_at_end"_w),
                     "broker-3"));
}
