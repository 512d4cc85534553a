// Clients that wait for a leader which nobody can elect, or for a leader that waits for ZooKeeper.
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("records that wait for a leader's write of its ISR go back to the end of the ensemble") {
  Session session = session_at("tests/stories/zookeeper-isr-change-without-an-ensemble.json", 20'000);
  for (const char* path : {"/clients/shop/waiting", "/ledger/pending"}) {
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    CHECK(has_key(answer, "why.isr_write_waits"_w));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 5'000'000);
  }
}

TEST_CASE("who waits for a new leader is told that nobody can elect one") {
  struct Case {
    std::string kafka, cluster, elector;
    words::Key key;
  };
  for (const Case& c :
       {Case{"2.5", R"("metadata": "zookeeper", "zookeepers": 1, "brokers": 3)", "zookeeper-1", "why.no_ensemble"_w},
        {"4.1", R"("brokers": 3)", "controller-1", "why.awaits_quorum"_w}}) {
    CAPTURE(c.elector);
    Session session = small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3,
      "assignments": {"0": [3, 1, 2]}}], "clients": [
      {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
      {"id": "a", "kind": "consumer", "assign": ["pay-0"]}], "steps": [
      {"at": "10s", "do": "crash", "node": ")" +
                                    c.elector + R"("}, {"at": "12s", "do": "crash", "node": "broker-3"}])",
                                40'000, c.kafka, c.cluster);
    for (const char* path : {"/clients/shop/waiting", "/partitions/pay-0/high_watermark", "/partitions/pay-0/leader"}) {
      CAPTURE(path);
      const observe::Answer answer = asked(session, path);
      CAPTURE(text_of_steps(answer));
      CHECK(has_key(answer, c.key));
      CHECK(tells(answer, c.elector + " crashes"));
    }
  }
}

TEST_CASE("a group whose coordinator is dead hears that no ensemble is there to give it another") {
  // broker-3 coordinates the group.
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 4, "replication_factor": 3}], "clients": [
    {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
    {"id": "a", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}], "steps": [
    {"at": "10s", "do": "crash", "node": "zookeeper-1"}, {"at": "12s", "do": "crash", "node": "broker-3"}])",
                              40'000, "2.5", R"("metadata": "zookeeper", "zookeepers": 1, "brokers": 3)");
  const observe::Answer answer = asked(session, "/groups/g/lag/pay-0");
  CAPTURE(text_of_steps(answer));
  CHECK(has_key(answer, "why.group_coordinator_silent"_w));
  CHECK(tells(answer, "zookeeper-1 crashes"));
}
