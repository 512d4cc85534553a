// Old beliefs: of a leader learned from an error (KIP-951), of a topic that is gone, of a client whose connections are full.
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
