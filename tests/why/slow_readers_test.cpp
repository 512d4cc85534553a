// Why a group lags whose reader works slowly: other acts do not explain its lag, and what it fetched is not what it has done.
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

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
