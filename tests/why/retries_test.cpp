// The root of a record that was sent more than once is the fault that made its own batch's attempt fail, not what happened to others
// or later.
// Batches that the topic refuses as too large, and that their producer splits.
#include <doctest/doctest.h>

#include "observe/why/why.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

void check_root_at(const observe::Answer& answer, std::int64_t seconds) {
  REQUIRE(answer.root.has_value());
  CHECK(answer.root_kind == observe::RootKind::Act);
  CHECK(answer.root->at.us == seconds * 1'000'000);
}

const observe::WhyStep& retry_in(const observe::Answer& answer) {
  for (const observe::WhyStep& step : answer.steps)
    if (step.words.en.find("will send to") != std::string::npos) return step;
  FAIL("no retry");
  return answer.steps.front();
}

}  // namespace

TEST_CASE("Why? about a record that is twice in the log names the retry of the attempt that was appended") {
  Session session(loaded(read_text(source_path("tests/stories/a-retry-refused-on-the-way.json"))), true);
  session.run_to_end();
  for (int number = 10; number < 15; ++number) {
    const observe::Answer answer = asked(session, "/sent/shop/" + std::to_string(number));
    CHECK(answer.question_key == "why.q_record_twice"_w);
    CHECK(retry_in(answer).at.us < 12'000'000);  // the first one, not one of those that were refused before the append
    check_root_at(answer, 5);
  }
}

TEST_CASE("Why? about a record in doubt names the cut that kept it from being copied, not a lost response") {
  Session session = small_run(R"("topics": [{"name": "a", "partitions": 1, "replication_factor": 3,
      "config": {"min.insync.replicas": 1}, "assignments": {"0": [1, 2, 3]}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "20/s", "config": {"acks": "all",
      "enable.idempotence": false, "request.timeout.ms": 2000, "delivery.timeout.ms": 4000}}],
    "steps": [{"at": "4s", "do": "partition", "from": ["broker-2"], "to": ["broker-1"]},
      {"at": "6s", "do": "lose", "from": ["broker-1"], "to": ["p"], "api": "Produce", "what": "response", "count": 2},
      {"at": "25s", "do": "heal"}])",
                              40'000);
  const observe::Answer answer = asked(session, "/sent/p/80");
  CHECK(answer.question_key == "why.q_record_in_doubt"_w);
  check_root_at(answer, 4);
}

TEST_CASE("Why? about a lost record with acks=0 names the power failure, even when the machine is back") {
  Session session = small_run(R"("topics": [{"name": "a", "partitions": 1, "replication_factor": 3,
      "assignments": {"0": [1, 2, 3]}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "20/s", "config": {"acks": 0}}],
    "steps": [{"at": "5s", "do": "power_off", "node": "broker-1"}, {"at": "30s", "do": "restart", "node": "broker-1"}])",
                              50'000);
  const observe::Answer answer = asked(session, "/sent/p/600");
  CHECK(answer.question_key == "why.q_record_lost"_w);
  check_root_at(answer, 5);
}

TEST_CASE("Why? about records of batches that are too large says that their producer splits them in vain") {
  Session session = session_at("tests/stories/compression.json", 26'300);
  for (const char* path : {"/clients/snappy/waiting", "/ledger/pending"}) {
    const observe::WhyStep step = sentence_with(asked(session, path), "why.waits_split"_w);
    CHECK(says_in_both(step, "max.message.bytes=10000"));
    CHECK(says_in_both(step, "delivery.timeout.ms=31000"));
  }
  // An act has lowered the limit.
  Session lowered =
      small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "200/s",
    "value_size": "200B", "config": {"linger.ms": 500}}], "steps": [
    {"at": "10s", "do": "configure", "topic": "pay", "config": {"max.message.bytes": 5000}}])",
                20'000);
  const observe::Answer answer = asked(lowered, "/clients/shop/waiting");
  CHECK(has_key(answer, "why.waits_split"_w));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 10'000'000);
}
