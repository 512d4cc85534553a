// Why no record comes to a partition that has never had one: its end, its high watermark, and the partition itself.
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// The sentence after the one that the log is empty, or that the high watermark is at its end.
words::Key reason_of(Session& session, const std::string& partition) {
  const observe::Answer end = asked(session, "/partitions/" + partition + "/log_end_offset");
  REQUIRE(end.steps.size() >= 2);
  CHECK(has_key(end, "why.log_empty"_w));
  const observe::Answer watermark = asked(session, "/partitions/" + partition + "/high_watermark");
  CHECK(has_key(watermark, end.steps.back().key));
  return end.steps.back().key;
}

std::string empty_one_of(Session& session, const std::string& topic, int partitions) {
  for (int i = 0; i < partitions; ++i) {
    const std::string name = topic + "-" + std::to_string(i);
    const auto answer = observe::why(session.moment(), "/partitions/" + name + "/log_end_offset");
    if (answer && has_key(*answer, "why.log_empty"_w)) return name;
  }
  FAIL("no partition of ", topic, " is empty");
  return {};
}

}  // namespace

TEST_CASE(
    "Why? about an empty partition says why no record comes: no producer, no such key, not chosen, nothing sent") {
  for (const char* kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    Session session = small_run(R"("topics": [{"name": "idle", "partitions": 2, "replication_factor": 3},
        {"name": "keyed", "partitions": 6, "replication_factor": 3},
        {"name": "sticky", "partitions": 64, "replication_factor": 3},
        {"name": "turns", "partitions": 64, "replication_factor": 3},
        {"name": "silent", "partitions": 2, "replication_factor": 3},
        {"name": "gone", "partitions": 64, "replication_factor": 3}],
      "clients": [{"id": "by-key", "kind": "producer", "topic": "keyed", "rate": "5/s", "keys": ["a", "b"]},
        {"id": "without", "kind": "producer", "topic": "sticky", "rate": "2/s"},
        {"id": "in-turn", "kind": "producer", "topic": "turns", "rate": "2/s", "partitioner": "round_robin"},
        {"id": "mute", "kind": "producer", "topic": "silent"},
        {"id": "dead", "kind": "producer", "topic": "gone", "rate": "1/s"}],
      "steps": [{"at": "3s", "do": "crash", "node": "dead"}])",
                                10'250, kafka);
    CHECK(reason_of(session, "idle-1") == "why.empty_no_writer"_w);
    CHECK(reason_of(session, empty_one_of(session, "keyed", 6)) == "why.empty_no_key"_w);
    CHECK(reason_of(session, "silent-0") == "why.empty_nothing_sent"_w);
    CHECK(reason_of(session, empty_one_of(session, "turns", 64)) == "why.empty_no_turn"_w);
    CHECK(reason_of(session, empty_one_of(session, "gone", 64)) == "why.empty_not_running"_w);
    CHECK(
        tells(asked(session, "/partitions/" + empty_one_of(session, "gone", 64) + "/log_end_offset"), "dead crashes"));
    const std::string sticky = empty_one_of(session, "sticky", 64);
    CHECK(reason_of(session, sticky) == "why.empty_not_chosen"_w);
    const observe::Answer choice = asked(session, "/partitions/" + sticky + "/log_end_offset");
    CHECK(tells(choice,
                kafka == std::string("4.1") ? "until batch.size=16384 bytes are in it" : "until a batch is complete"));
  }
}

TEST_CASE("Why? about a partition that is empty because its producer's records wait says what they wait for") {
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3,
      "config": {"min.insync.replicas": 3}, "assignments": {"0": [1, 2, 3]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "5/s", "start": "20s"}],
    "steps": [{"at": "2s", "do": "crash", "node": "broker-3"}])",
                              30'000);
  const observe::Answer answer = asked(session, "/partitions/pay-0/log_end_offset");
  CHECK(has_key(answer, "why.log_empty"_w));
  CHECK(tells(answer, "NOT_ENOUGH_REPLICAS"));
  CHECK(tells(answer, "broker-3 crashes"));
}
