// Sentences about faults: what the broker and the log did, no more.
#include <algorithm>

#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kTopicT = R"("topics": [{"name": "t", "assignments": {"0": [1, 2, 3]}}], )";
const std::string kOne = R"("controllers": 1, "brokers": 3)";

std::string producer(const std::string& config) {
  return R"({"id": "p", "kind": "producer", "topic": "t", "rate": "20/s", "config": {)" + config + "}}";
}

}  // namespace

TEST_CASE("a broker that refuses a batch with acks=0 answers nothing") {
  Session session =
      small_run(kTopicT + R"("clients": [)" + producer(R"("acks": "0", "enable.idempotence": false)") +
                    R"(], "steps": [{"at": "5s", "do": "reassign", "partition": "t-0", "replicas": [2, 3, 1]},
                          {"at": "10s", "do": "elect_leaders", "type": "preferred", "partitions": ["t-0"]}])",
                20000, "4.1", kOne);
  const observe::Answer answer = asked(session, "/ledger/lost_acked");
  CHECK(says_in_both(sentence_with(answer, "why.refused_unanswered"_w), "NOT_LEADER_OR_FOLLOWER"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us / 1000 == 10000);
}

TEST_CASE("a record that is appended again to a new topic of the same name was not forgotten by a broker") {
  Session session = small_run(kTopicT + R"("clients": [)" +
                                  producer(R"("acks": "all", "request.timeout.ms": 2000, "delivery.timeout.ms": 5000,
                                "max.block.ms": 3000)") +
                                  R"(, {"id": "c", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g"}}],
         "steps": [{"at": "5s", "do": "pause", "node": "broker-3"}, {"at": "6s", "do": "delete_topic", "topic": "t"},
                   {"at": "10s", "do": "resume", "node": "broker-3"}])",
                              30000, "4.1", kOne);
  const observe::Answer answer = asked(session, "/ledger/duplicated");
  CHECK(sentence_with(answer, "why.appended_again_new_topic"_w).words.en.find("offset 0") != std::string::npos);
}

TEST_CASE("an act that loses all messages says when it lost the first one") {
  Session session = small_run(
      kTopicT + R"("clients": [)" + producer(R"("acks": "all")") +
          R"(, {"id": "c", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g", "auto.offset.reset": "earliest",
             "session.timeout.ms": 6000, "heartbeat.interval.ms": 2000}}],
         "steps": [{"at": "4s", "do": "lose", "from": "c", "api": "OffsetCommit", "what": "request", "count": "all"},
                   {"at": "10s", "do": "kill", "node": "c"}, {"at": "11s", "do": "start", "node": "c"}])",
      40000, "4.1", kOne);
  const observe::Answer answer = asked(session, "/ledger/redelivered");
  CHECK_MESSAGE(std::any_of(answer.steps.begin(), answer.steps.end(),
                            [](const observe::WhyStep& step) {
                              return step.words.en.find("are lost; the first of them at 8.") != std::string::npos;
                            }),
                text_of_steps(answer));
}

TEST_CASE(
    "a group reads again what an aborted transaction was to commit: the abort's fault is named, not an earlier one") {
  Session session = small_run(
      R"("topics": [{"name": "t", "assignments": {"0": [1, 2, 3]}}, {"name": "out", "assignments": {"0": [2, 3, 1]}}],
         "clients": [)" +
          producer(R"("acks": "all")") +
          R"(, {"id": "x", "kind": "transform", "topics": ["t"], "topic": "out", "work": "10ms",
             "transaction": {"records": 10}, "config": {"group.id": "g", "auto.offset.reset": "earliest",
             "transactional.id": "T", "delivery.timeout.ms": 4000, "request.timeout.ms": 2000,
             "session.timeout.ms": 6000, "heartbeat.interval.ms": 2000}}],
         "steps": [{"at": "3s", "do": "link", "from": ["x"], "to": ["broker-3"], "latency": "50ms"},
                   {"at": "4s", "do": "partition", "from": ["x"], "to": ["broker-2"]}, {"at": "14s", "do": "heal"},
                   {"at": "20s", "do": "pause", "node": "broker-2"}, {"at": "30s", "do": "resume", "node": "broker-2"}])",
      50000, "4.1", kOne);
  const observe::Answer answer = asked(session, "/ledger/by_group/g/redelivered/p/220");
  REQUIRE_MESSAGE(answer.root.has_value(), text_of_steps(answer));
  CHECK_MESSAGE(answer.root->at.us / 1000 == 20000, text_of_steps(answer));
}
