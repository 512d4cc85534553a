// Which of several slow disks explains what waits: that of the leader, of a follower, or none.
// Why a group lags whose reader works slowly: other acts do not explain its lag, and what it fetched is not what it has done.

#include "protocol/facts_of_logs.h"
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// A topic that broker-1 leads, with a producer and a reader, and these changes of disks.
Session with_slow_disks(const std::string& acks, const std::string& flush_messages, const std::string& acts,
                        std::int64_t at_ms) {
  return small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3,
      "assignments": {"0": [1, 2, 3]}, "config": {"min.insync.replicas": 1, "flush.messages": )" +
                       flush_messages + R"(}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "pay", "rate": "20/s", "config": {"acks": ")" +
                       acks + R"("}},
                {"id": "c", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}],
    "steps": [)" + acts +
                       "]",
                   at_ms);
}

const std::string kSlowLeaderThenFollower = R"({"at": "5s", "do": "disk", "node": "broker-1", "flush": "3s"},
    {"at": "6s", "do": "disk", "node": "broker-3", "write": "1KB/s"})";

}  // namespace

TEST_CASE("Why? about a flush within an append names flush.messages and the act that has set it") {
  scenario::Session session =
      small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "1/s"}],
        "steps": [{"at": "5s", "do": "configure", "topic": "pay", "config": {"flush.messages": 1}}])",
                9'000);
  const observe::TraceStore& trace = session.observation().trace();
  std::uint64_t flush = 0;
  for (std::size_t i = 0; i < trace.size(); ++i)
    if (is<fact::LogFlushed>(trace[i])) flush = trace[i].seq;
  REQUIRE(flush > 0);
  const observe::Answer answer = asked(session, "/events/" + std::to_string(flush));
  CHECK(says_in_both(sentence_with(answer, "why.flush_messages"_w), "flush.messages=1"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 5'000'000);
}

TEST_CASE("Why? about a flush within an append names the value that flush.messages had then, not the present one") {
  scenario::Session session =
      small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "1/s"}],
        "steps": [{"at": "5s", "do": "configure", "topic": "pay", "config": {"flush.messages": 1}},
                  {"at": "9s", "do": "configure", "topic": "pay", "config": {"flush.messages": null}}])",
                12'000);
  const observe::TraceStore& trace = session.observation().trace();
  std::uint64_t flush = 0;
  for (std::size_t i = 0; i < trace.size() && trace[i].time.us < 9'000'000; ++i)
    if (is<fact::LogFlushed>(trace[i])) flush = trace[i].seq;
  REQUIRE(flush > 0);
  const observe::Answer answer = asked(session, "/events/" + std::to_string(flush));
  CHECK(says_in_both(sentence_with(answer, "why.flush_messages"_w), "flush.messages=1"));
}

TEST_CASE("slow disks: with acks=1 records wait for the leader's own flush, whatever the followers do") {
  for (const std::int64_t at_ms : {12'000, 30'000}) {
    CAPTURE(at_ms);
    Session session = with_slow_disks("1", "1", kSlowLeaderThenFollower, at_ms);
    const observe::Answer answer = asked(session, "/clients/p/waiting");
    CAPTURE(text_of_steps(answer));
    CHECK_FALSE(tells(answer, "broker-3"));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 5'000'000);
    check_root_changes(session, answer, "/clients/p/waiting");
  }
}

TEST_CASE("slow disks: a reader at the high watermark waits for the slow follower, not for the leader's disk") {
  const std::string path = "/clients/c/positions/pay-0";
  Session session = with_slow_disks("1", "1", kSlowLeaderThenFollower, 30'000);
  const observe::Answer answer = asked(session, path);
  CAPTURE(text_of_steps(answer));
  CHECK_FALSE(tells(answer, "The disk of broker-1"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 6'000'000);
  check_root_changes(session, answer, path);
}

TEST_CASE("slow disks: the high watermark waits for the slowest follower, not for one that is slow but ahead of it") {
  const std::string path = "/partitions/pay-0/high_watermark";
  for (const std::int64_t at_ms : {20'000, 30'000}) {
    CAPTURE(at_ms);
    Session session = with_slow_disks("1", "1",
                                      R"({"at": "4s", "do": "disk", "node": "broker-2", "flush": "3s"},
      {"at": "5s", "do": "disk", "node": "broker-3", "write": "1KB/s"})",
                                      at_ms);
    CHECK(state_in(session, "/partitions/pay-0/logs/2/log_end_offset") >
          state_in(session, "/partitions/pay-0/logs/3/log_end_offset"));
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    CHECK_FALSE(tells(answer, "broker-2"));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 5'000'000);
    check_root_changes(session, answer, path);
  }
}

TEST_CASE("slow disks: the leader's disk is not why a batch still fills while no request is unanswered") {
  Session session = with_slow_disks(
      "all", "1000000", R"({"at": "5s", "do": "disk", "node": "broker-1", "write": "500KB/s", "flush": "2s"})", 30'000);
  CHECK(state_in(session, "/clients/p/accumulator/in_flight_requests").empty());
  const observe::Answer answer = asked(session, "/clients/p/waiting");
  CAPTURE(text_of_steps(answer));
  CHECK(has_key(answer, "why.waits_linger"_w));
  CHECK_FALSE(answer.root.has_value());
}

namespace {

const std::string kLagOfSlow = "/groups/g/lag/pay-0";

/// A producer of ten records per second, and a reader that works so long on each, with these acts.
Session with_slow_reader(const std::string& work, const std::string& acts, std::int64_t at_ms) {
  return small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3}],
    "clients": [{"id": "p", "kind": "producer", "topic": "pay", "rate": "10/s"},
                {"id": "c", "kind": "consumer", "topics": ["pay"], "work": ")" +
                       work + R"(", "config": {"group.id": "g", "auto.offset.reset": "earliest"}}],
    "steps": [)" + acts +
                       "]",
                   at_ms);
}

}  // namespace

TEST_CASE("slow readers: a lag that the reader's slow work began is not that of more records, which came later") {
  const std::string slow = R"({"at": "20s", "do": "behave", "node": "c", "work": "400ms"})",
                    more = R"({"at": "40s", "do": "behave", "node": "p", "rate": "50/s"})";
  for (const std::int64_t at_ms : {60'000, 70'000, 80'000}) {
    CAPTURE(at_ms);
    Session session = with_slow_reader("5ms", slow + ", " + more, at_ms);
    const observe::Answer answer = asked(session, kLagOfSlow);
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 20'000'000);
    check_root_changes(session, answer, kLagOfSlow);
    // At 70 s it works on what it got at 54 s: 25 records in ten seconds, of which 500 came.
    CHECK(has_key(answer, "why.lag_works_off"_w) == (at_ms == 70'000));
    if (at_ms == 70'000)
      for (const char* number : {"25", "500"})
        CHECK(says_in_both(sentence_with(answer, "why.lag_works_off"_w), number));
  }
  // A reader that keeps up until more records come lags because of them.
  Session keeps_up =
      with_slow_reader("5ms", R"({"at": "20s", "do": "behave", "node": "c", "work": "50ms"}, )" + more, 80'000);
  const observe::Answer answer = asked(keeps_up, kLagOfSlow);
  CAPTURE(text_of_steps(answer));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 40'000'000);
}

TEST_CASE("slow readers: a jump over deleted records is not why a group lags whose reader still works on one poll") {
  const std::string deletes = R"({"at": "15s", "do": "delete_records", "partition": "pay-0", "before": 100})";
  for (const std::int64_t at_ms : {20'000, 30'000}) {
    CAPTURE(at_ms);
    Session session = with_slow_reader("400ms", deletes, at_ms), same = with_slow_reader("400ms", "", at_ms);
    CHECK(state_in(session, kLagOfSlow) == state_in(same, kLagOfSlow));
    const observe::Answer answer = asked(session, kLagOfSlow);
    CAPTURE(text_of_steps(answer));
    CHECK_FALSE(has_key(answer, "why.lag_skipped"_w));
    CHECK_FALSE(answer.root.has_value());
    CHECK((has_key(answer, "why.waits_polled"_w) || has_key(answer, "why.lag_works_off"_w)));
  }
}
