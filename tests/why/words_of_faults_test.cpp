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

/// A reader of t that writes to out in transactions of ten records, which soon fail.
const std::string kFailing =
    R"({"id": "x", "kind": "transform", "topics": ["t"], "topic": "out", "work": "10ms", "transaction": {"records": 10},
        "config": {"group.id": "g", "auto.offset.reset": "earliest", "transactional.id": "T",
        "delivery.timeout.ms": 4000, "request.timeout.ms": 2000, "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 2000}})";

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

TEST_CASE("a record that a new topic has again: the deletion is named, and idempotence would make no difference") {
  for (const char* acks : {"all", "1"}) {
    CAPTURE(acks);
    Session session = small_run(
        kTopicT + R"("clients": [)" +
            producer(std::string(R"("request.timeout.ms": 2000, "delivery.timeout.ms": 9000, "retry.backoff.ms": 800,
                                 "acks": ")") +
                     acks + "\"") +
            R"(], "steps": [{"at": "5s", "do": "lose", "from": "broker-1", "to": "p", "api": "Produce", "what": "response",
             "count": 1}, {"at": "5.05s", "do": "delete_topic", "topic": "t"}])",
        40000, "4.1", kOne);
    const observe::Answer answer = asked(session, "/ledger/duplicated");
    CHECK(sentence_with(answer, "why.appended_again_new_topic"_w).words.en.find("deleted topic") != std::string::npos);
    CHECK_MESSAGE(std::any_of(answer.steps.begin(), answer.steps.end(),
                              [](const observe::WhyStep& step) { return step.at.us / 1000 == 5050; }),
                  text_of_steps(answer));
  }
}

TEST_CASE("a producer that waits for responses gets its refusals as answers") {
  Session session = small_run(kTopicT + R"("clients": [)" + producer(R"("acks": "all")") +
                                  R"(], "steps": [{"at": "5s", "do": "answer", "node": "broker-1", "api": "Produce",
                          "error": "NOT_LEADER_OR_FOLLOWER", "count": 1}])",
                              20000, "4.1", kOne);
  const observe::Answer answer = asked(session, "/clients/p/errors");
  CHECK(std::none_of(answer.steps.begin(), answer.steps.end(),
                     [](const observe::WhyStep& step) { return step.key == words::Key("why.refused_unanswered"_w); }));
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
          producer(R"("acks": "all")") + ", " + kFailing + R"(],
         "steps": [{"at": "3s", "do": "link", "from": ["x"], "to": ["broker-3"], "latency": "50ms"},
                   {"at": "4s", "do": "partition", "from": ["x"], "to": ["broker-2"]}, {"at": "14s", "do": "heal"},
                   {"at": "20s", "do": "pause", "node": "broker-2"}, {"at": "30s", "do": "resume", "node": "broker-2"}])",
      50000, "4.1", kOne);
  check_root_at(session, "/ledger/by_group/g/redelivered/p/220", 20000);
}

TEST_CASE("of two aborts the first one since the group got the record is the record's own") {
  Session session = small_run(
      R"("topics": [{"name": "t", "assignments": {"0": [1], "1": [3]}}, {"name": "out", "assignments": {"0": [2]}}],
         "clients": [{"id": "p", "kind": "producer", "topic": "t", "rate": "40/s", "keys": "customer:50",
           "config": {"acks": "all", "linger.ms": 0}},
          {"id": "x", "kind": "transform", "topics": ["t"], "topic": "out", "work": "10ms", "transaction": {"records": 60},
           "config": {"group.id": "g", "auto.offset.reset": "earliest", "transactional.id": "T",
           "session.timeout.ms": 20000, "heartbeat.interval.ms": 2000}}],
         "steps": [{"at": "15s", "do": "pause", "node": "x"}, {"at": "20s", "do": "resume", "node": "x"},
          {"at": "20.1s", "do": "link", "from": ["x"], "to": ["broker-3"], "latency": "400ms"},
          {"at": "20.9s", "do": "answer", "node": "broker-2", "from": "x", "api": "Produce",
           "error": "RECORD_LIST_TOO_LARGE", "count": 1},
          {"at": "22.5s", "do": "answer", "node": "broker-2", "from": "x", "api": "Produce",
           "error": "MESSAGE_TOO_LARGE", "count": 1}])",
      40000, "4.1", kOne);
  check_root_at(session, "/ledger/by_group/g/redelivered/p/601", 20900);
}

TEST_CASE("a coordinator's death long before an aborted transaction is not why its records come again") {
  Session session = small_run(
      R"("topics": [{"name": "t", "assignments": {"0": [1]}},
          {"name": "out", "assignments": {"0": [2, 4]}, "config": {"min.insync.replicas": 2}}],
         "clients": [)" +
          producer(R"("acks": "all")") + ", " + kFailing + R"(],
         "steps": [{"at": "12s", "do": "crash", "node": "broker-1"}, {"at": "13s", "do": "restart", "node": "broker-1"},
          {"at": "30s", "do": "pause", "node": "broker-2"}, {"at": "34.3s", "do": "resume", "node": "broker-2"}])",
      80000, "4.1", R"("controllers": 1, "brokers": 4)");
  check_root_at(session, "/ledger/by_group/g/redelivered/p/600", 30000);
}
