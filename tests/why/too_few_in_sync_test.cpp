// An ISR below min.insync.replicas: each replica that is out of it and the act that set the number are causes.
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// The answer says all of it, and gives min.insync.replicas.
void check_too_few(Session& session, const std::string& path, const std::vector<std::string>& said, int least) {
  CAPTURE(path);
  const observe::Answer answer = asked(session, path);
  CAPTURE(text_of_steps(answer));
  for (const std::string& text : said) CHECK_MESSAGE(tells(answer, text), text);
  CHECK(says_in_both(sentence_with(answer, "why.below_min_isr"_w), "min.insync.replicas=" + std::to_string(least)));
}

}  // namespace

TEST_CASE("Why? about NOT_ENOUGH_REPLICAS names the raised setting and the replica that is out, whichever came later") {
  const std::string shop =
      R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"}], "steps": [)";
  const std::string raise = R"("do": "configure", "topic": "pay", "config": {"min.insync.replicas": 3}})";
  const std::string leave = R"("do": "shutdown", "node": "broker-3"})";
  for (const bool raised_first : {true, false}) {
    CAPTURE(raised_first);
    Session session = small_run(kPay + shop + R"({"at": "10s", )" + (raised_first ? raise : leave) +
                                    R"(, {"at": "15s", )" + (raised_first ? leave : raise) + "]",
                                30'000);
    for (const char* path : {"/clients/shop/errors/NOT_ENOUGH_REPLICAS", "/clients/shop/waiting"}) {
      check_too_few(session, path, {"broker-3 is shut down"}, 3);
      const observe::Answer answer = asked(session, path);
      for (const std::int64_t act_us : {10'000'000, 15'000'000})
        CHECK(std::any_of(answer.steps.begin(), answer.steps.end(),
                          [&](const observe::WhyStep& step) { return step.at.us == act_us; }));
    }
  }
}

TEST_CASE("Why? about NOT_ENOUGH_REPLICAS names every replica that is out of the ISR") {
  Session paused = session_at("tests/stories/too-few-in-sync.json", 12'000);
  check_too_few(paused, "/clients/shop/errors/NOT_ENOUGH_REPLICAS", {"broker-2 is paused", "broker-3 is paused"}, 2);
  Session lesson = session_at("scenarios/replication/min-insync.json", 22'000);
  for (const char* path : {"/clients/acks-all/errors/NOT_ENOUGH_REPLICAS", "/clients/acks-all/waiting"})
    check_too_few(lesson, path, {"broker-2 crashes", "broker-3 is shut down"}, 2);
  Session configured = session_at("tests/stories/configuration-changes.json", 11'900);
  check_too_few(configured, "/clients/shop/errors/NOT_ENOUGH_REPLICAS", {"broker-3 is paused"}, 3);
  CHECK(asked(configured, "/clients/shop/errors/NOT_ENOUGH_REPLICAS").steps.front().at.us == 2'000'000);
}
