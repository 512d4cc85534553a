// Several faults at once, or one after another: the answer names the one without which the record would not have fared so.
#include <algorithm>

#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// A producer p and a consumer c of t-0, which has a replica on each of three brokers; the moment of the act that the
/// answer names.
struct Overlap {
  std::string what, producer, consumer, steps;
  std::int64_t at_ms;
  std::string path;
  std::int64_t act_ms;
  const char* min_isr = "1";
};

const std::string kShort = R"("session.timeout.ms": 6000, "heartbeat.interval.ms": 2000)",
                  kAcks1 = R"("acks": "1", "enable.idempotence": false)",
                  kFails = R"("acks": "all", "request.timeout.ms": 2000, "delivery.timeout.ms": 5000)";

const std::vector<Overlap> kOverlaps = {
    {"the delay of the follower that became the leader, not that of another", kAcks1, "",
     R"({"at": "3s", "do": "pause", "node": "broker-3"}, {"at": "4s", "do": "hold", "from": "broker-2", "to": "broker-1",
        "api": "Fetch", "what": "request"}, {"at": "5s", "do": "crash", "node": "broker-1"},
        {"at": "20s", "do": "resume", "node": "broker-3"}, {"at": "30s", "do": "restart", "node": "broker-1"})",
     50000, "/sent/p/90", 4000},
    {"what kept a deposed leader from hearing of the election, not its own election later", kAcks1, "",
     R"({"at": "5s", "do": "pause", "node": "broker-1"}, {"at": "20s", "do": "resume", "node": "broker-1"},
        {"at": "30s", "do": "elect_leaders", "type": "preferred", "partitions": ["t-0"]})",
     50000, "/sent/p/200", 5000},
    {"a dead follower, not the leader's pause of 100 ms", kFails, "",
     R"({"at": "4s", "do": "crash", "node": "broker-3"}, {"at": "6s", "do": "pause", "node": "broker-1"},
        {"at": "6.1s", "do": "resume", "node": "broker-1"})",
     30000, "/sent/p/100", 4000},
    {"a dead follower, not the leader's slower disk", kFails, "",
     R"({"at": "4s", "do": "crash", "node": "broker-3"}, {"at": "7s", "do": "disk", "node": "broker-1", "flush": "20ms"})",
     30000, "/sent/p/100", 4000},
    {"the crash of the last leader, not what had failed earlier batches", kFails, "",
     R"({"at": "4s", "do": "crash", "node": "broker-2"}, {"at": "5s", "do": "crash", "node": "broker-3"},
        {"at": "15s", "do": "crash", "node": "broker-1"}, {"at": "17s", "do": "restart", "node": "broker-2"},
        {"at": "40s", "do": "restart", "node": "broker-1"})",
     60000, "/sent/p/350", 15000, "2"},
    {"the cut that kept the response away, not the crash that ended the request",
     R"("acks": "all", "enable.idempotence": false, "request.timeout.ms": 3000, "delivery.timeout.ms": 30000)", "",
     R"({"at": "5s", "do": "partition", "from": ["broker-1"], "to": ["p"], "one_way": true},
        {"at": "6s", "do": "crash", "node": "broker-1"}, {"at": "8s", "do": "heal"})",
     40000, "/ledger/duplicated", 5000},
    {"a commit refused by an act", R"("acks": "all")", R"(, "work": "5ms", "commit": "async_after")",
     R"({"at": "4s", "do": "answer", "node": "coordinator:g", "api": "OffsetCommit", "count": 4,
        "error": "REBALANCE_IN_PROGRESS"})",
     20000, "/ledger/redelivered", 4000},
    {"a fetch refused by an act", R"("acks": "all")", R"(, "work": "1ms")",
     R"({"at": "4s", "do": "answer", "node": "broker-1", "from": "c", "api": "Fetch", "error": "OFFSET_OUT_OF_RANGE"})",
     20000, "/ledger/redelivered", 4000},
    {"a commit ahead by an act, not the reader's start", R"("acks": "all")", R"(, "work": "5ms", "commit": "none")",
     R"({"at": "24s", "do": "commit", "node": "c", "offsets": {"t-0": 600}}, {"at": "24.1s", "do": "kill", "node": "c"},
        {"at": "32s", "do": "start", "node": "c"})",
     50000, "/ledger/skipped", 24000},
};

}  // namespace

TEST_CASE("overlapping faults: the answer names the one that the record's fate needs") {
  for (const Overlap& o : kOverlaps) {
    CAPTURE(o.what);
    Session session =
        small_run(R"("topics": [{"name": "t", "assignments": {"0": [1, 2, 3]}, "config": {"min.insync.replicas": )" +
                      std::string(o.min_isr) + R"(}}], "clients": [
    {"id": "p", "kind": "producer", "topic": "t", "rate": "20/s", "config": {)" +
                      o.producer + R"(}}, {"id": "c", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g",
    "auto.offset.reset": "earliest", )" +
                      kShort + "}" + o.consumer + R"(}], "steps": [)" + o.steps + "]",
                  o.at_ms, "4.1", R"("controllers": 1, "brokers": 3)");
    const observe::Answer answer = asked(session, o.path);
    REQUIRE_MESSAGE(answer.root.has_value(), text_of_steps(answer));
    const bool named = answer.root->at.us / 1000 == o.act_ms ||
                       std::any_of(answer.steps.begin(), answer.steps.end(),
                                   [&](const observe::WhyStep& step) { return step.at.us / 1000 == o.act_ms; });
    CHECK_MESSAGE(named, text_of_steps(answer));
    if (o.path.starts_with("/ledger/")) check_root_changes(session, answer, o.path);
  }
}
