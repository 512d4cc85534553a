// Why? about a share consumer's records when their locks are gone: run out, or lost with a leader or an earlier process.
#include <doctest/doctest.h>

#include "observe/model/state_document.h"
#include "observe/why/why.h"
#include "support/lessons.h"
#include "why/in_version.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kJobsOfW = "/clients/w/subscription/jobs-0/";

/// w works 300 ms on each record of jobs-0.
Session run_of_sharer(const std::string& steps, std::int64_t at_ms) {
  return small_run(
      R"("topics": [{"name": "jobs", "partitions": 1, "replication_factor": 1, "assignments": {"0": [3]}}], "clients": [
      {"id": "clerk", "kind": "producer", "topic": "jobs", "rate": "20/s"},
      {"id": "w", "kind": "share_consumer", "topics": ["jobs"], "work": "300ms", "config": {"group.id": "ws", "max.poll.records": 4}}],
      "steps": [)" +
          steps + "]",
      at_ms, "4.1", R"("brokers": 3, "features": {"share.version": 1})");
}

std::int64_t of_worker(Session& session, const std::string& field) {
  const auto value = observe::state_at(session.moment(), kJobsOfW + field);
  return value && value->is_number() ? value->get<std::int64_t>() : -1;
}

}  // namespace

TEST_CASE(
    "Why? about a share consumer whose locks have run out says so, and that the leader will refuse its acknowledgement") {
  Session session = run_of_sharer(R"({"at": "10s", "do": "pause", "node": "w"})", 45'000);
  bool asked_any = false;
  for (const char* field : {"in_hand", "to_acknowledge", "buffered"}) {
    CAPTURE(field);
    if (of_worker(session, field) <= 0) continue;
    asked_any = true;
    const observe::Answer answer = asked(session, kJobsOfW + field);
    CAPTURE(text_of_steps(answer));
    CHECK(has_key(answer, "why.share_locks_over"_w));
    CHECK(root_ms(answer) == 10'000);
  }
  CHECK(asked_any);
  Session before = run_of_sharer(R"({"at": "10s", "do": "pause", "node": "w"})", 20'000);
  CHECK_FALSE(has_key(asked(before, kJobsOfW + "in_hand"), "why.share_locks_over"_w));
}

TEST_CASE("Why? about a share consumer's records names the death of their leader, with whose memory the locks went") {
  Session session = run_of_sharer(R"({"at": "10s", "do": "crash", "node": "broker-3"})", 25'000);
  REQUIRE(of_worker(session, "to_acknowledge") > 0);
  const observe::Answer waits = asked(session, kJobsOfW + "to_acknowledge");
  CAPTURE(text_of_steps(waits));
  CHECK(root_ms(waits) == 10'000);
  REQUIRE(of_worker(session, "acquired") == 0);
  const observe::Answer none = asked(session, kJobsOfW + "acquired");
  CAPTURE(text_of_steps(none));
  CHECK(has_key(none, "why.share_locks_lost"_w));
  CHECK(root_ms(none) == 10'000);
  // Before another broker is elected.
  Session just = run_of_sharer(R"({"at": "10s", "do": "crash", "node": "broker-3"})", 10'200);
  const observe::Answer gone = asked(just, kJobsOfW + "acquired");
  CAPTURE(text_of_steps(gone));
  CHECK(has_key(gone, "why.share_locks_lost"_w));
  for (const observe::WhyStep& step : gone.steps) CHECK(step.words.en.find("Acknowledged") == std::string::npos);
}

TEST_CASE("Why? about a share consumer that has just started does not tell what its earlier process did") {
  Session session =
      run_of_sharer(R"({"at": "10s", "do": "kill", "node": "w"}, {"at": "10.3s", "do": "start", "node": "w"})", 10'303);
  for (int ms = 10'303; of_worker(session, "in_hand") != 0 && ms < 10'500; ++ms)
    session.run_until(sim::Instant{} + sim::milliseconds(ms));
  REQUIRE(of_worker(session, "in_hand") == 0);
  const observe::Answer hand = asked(session, kJobsOfW + "in_hand");
  CAPTURE(text_of_steps(hand));
  CHECK(has_key(hand, "why.share_none_yet"_w));
  const observe::Answer decided = asked(session, kJobsOfW + "to_acknowledge");
  CAPTURE(text_of_steps(decided));
  for (const observe::Answer* answer : {&hand, &decided})
    for (const observe::WhyStep& step : answer->steps) CHECK((step.seq == 0 || step.at.us >= 10'300'000));
}

TEST_CASE("Why? names the lock duration with which a lock began, and the offset at work") {
  Session session = run_of_sharer(
      R"({"at": "10s", "do": "pause", "node": "w"}, {"at": "12s", "do": "configure", "group": "ws",
          "config": {"share.record.lock.duration.ms": 20000}})",
      15'000);
  const observe::Answer answer = asked(session, kJobsOfW + "acquired");
  CAPTURE(text_of_steps(answer));
  CHECK(says_in_both(sentence_with(answer, "why.share_acquired"_w), "=30000)"));
}
