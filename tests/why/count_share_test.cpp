// Why? about a count of the ledger says for how many of its records the cause is the one that it names.
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

struct CountShare {
  const char* path;
  words::Key key;
  std::string en, ko;  // parts of the last sentence
};

void check_share(Session& session, const CountShare& c) {
  CAPTURE(c.path);
  const observe::Answer answer = asked(session, c.path);
  CAPTURE(text_of_steps(answer));
  CHECK(answer.steps.size() <= observe::kMostWhySteps);
  const observe::WhyStep& last = answer.steps.back();
  CHECK(last.key == c.key);
  CHECK(last.words.en.find(c.en) != std::string::npos);
  CHECK(last.words.ko.find(c.ko) != std::string::npos);
}

/// The producer of acks=0 loses three records with broker-1's crash and five with broker-2's.
Session two_crashes() {
  return small_run(R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 3,
      "config": {"min.insync.replicas": 1}, "assignments": {"0": [1, 2, 3], "1": [2, 3, 1]}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "pay", "rate": "50/s", "count": 2400,
      "config": {"acks": 0, "enable.idempotence": false, "batch.size": 100}}],
    "steps": [{"at": "0s", "do": "link", "from": "all-brokers", "to": "all-brokers", "latency": "100ms"},
      {"at": "5s", "do": "crash", "node": "broker-1"}, {"at": "30s", "do": "crash", "node": "broker-2"}])",
                   60'000);
}

}  // namespace

TEST_CASE(
    "Why? about a count says how many of its records go back to the named cause, and what most others go back to") {
  Session two = two_crashes();
  for (const char* path : {"/ledger/lost_acked", "/ledger/by_client/p/lost_acked"}) {
    check_share(
        two,
        {path, "why.count_share"_w,
         "3 of these 8 records go back to what happened at 5.000 s; 5 go back to this: broker-2 is made "
         "to crash (30.000 s)",
         "레코드 8개 중 3개는 거슬러 올라가면 5.000초에 일어난 일이 원인이에요. 5개는 30.000초에 일어난 다음 일이 원인이에요: "
         "broker-2를 죽여요"});
    CHECK(has_key(asked(two, path), "why.crashed_before_copies"_w));  // the cause keeps its sentence
    const observe::WhyStep last = asked(two, path).steps.back();      // which leads to the other cause
    CHECK(last.at == sim::Instant{} + sim::seconds(30));
    const sim::TraceLine* line = two.observation().trace().find(last.seq);
    REQUIRE(line != nullptr);
    CHECK(line->time == last.at);
    CHECK(last.subject == "broker-2");
  }
  Session one = session_at("scenarios/producer/acks.json", 30'000);
  check_share(one, {"/ledger/lost_acked", "why.count_all"_w, "All 14 records go back to what happened at 6.000 s",
                    "레코드 14개 모두 거슬러 올라가면 6.000초에 일어난 일이 원인이에요"});
  check_share(one,
              {"/ledger/by_client/acks-1/lost_acked", "why.count_all"_w, "All 7 records go back to", "레코드 7개"});
  CHECK(has_key(asked(one, "/ledger/lost_acked"), "why.crashed_before_copies"_w));
  // A record of acks=0 is counted as well, but no broker has ever acknowledged it.
  CHECK(asked(one, "/ledger/lost_acked").question.en == "Why was record 293 of acks-1 lost?");
}

TEST_CASE("Why? about a count without an act behind it says how many records have the same explanation") {
  Session rules = session_at("scenarios/operations/access-control.json", 20'000);
  check_share(rules, {"/ledger/failed", "why.count_all"_w, "All 7 records have this explanation",
                      "레코드 7개 모두 같은 이유예요"});
}

TEST_CASE(
    "Why? about a large count asks about some of the records and says so, and a single record is the whole count") {
  Session many = session_at("scenarios/producer/options.json", 44'000);
  REQUIRE(observe::state_at(many.moment(), "/ledger/failed") == nlohmann::json(361));
  check_share(many, {"/ledger/failed", "why.count_share"_w,
                     "2 of these 200 records, taken evenly from all 361, go back to what happened at 6.000 s; 198 go "
                     "back to what happened at 22.000 s",
                     "전체 361개에서 고르게 고른 레코드 200개 중 2개는"});
  const observe::Answer with_room =
      asked(many, "/ledger/failed");  // the other cause has a sentence that can be followed
  CHECK(std::any_of(with_room.steps.begin(), with_room.steps.end(), [](const observe::WhyStep& step) {
    return step.seq != 0 && step.at.us == 22'000'000 && step.subject == "broker-1" && says_in_both(step, "broker-1");
  }));
  Session single = session_at("scenarios/producer/idempotence.json", 9'000);
  const observe::Answer answer = asked(single, "/ledger/duplicated");
  CHECK_FALSE(has_key(answer, "why.count_all"_w));
  CHECK_FALSE(has_key(answer, "why.count_share"_w));
  // A question about one record is not about a count.
  Session one = session_at("scenarios/producer/acks.json", 30'000);
  CHECK_FALSE(has_key(asked(one, "/ledger/by_client/acks-0/lost_acked/acks-0/293"), "why.count_all"_w));
}
