// Timers and links, which the stage shows and the state document does not have: /timers/<node>/<setting>, /links/<node>/<node>.
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kShop = kPay + R"(, "clients": [
  {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
  {"id": "reader", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}], "steps": [)";

}  // namespace

TEST_CASE("Why? about a timer says how long it runs, what comes at its end, and what it is about") {
  Session session = small_run(kShop + R"({"at": "10s", "do": "crash", "node": "broker-1"}])", 13'000);
  Session dead = small_run(kShop + R"({"at": "10s", "do": "kill", "node": "reader"}])", 13'000);
  struct Case {
    Session& at;
    std::string path, value, end;
    bool by_act;
  };
  for (const Case& c :
       {Case{session, "/timers/broker-1/broker.session.timeout.ms", "broker.session.timeout.ms=9000", "", true},
        {dead, "/timers/reader/session.timeout.ms", "session.timeout.ms=45000", "then the member is removed", true},
        {session, "/timers/shop/delivery.timeout.ms", "delivery.timeout.ms=120000", "", true},
        {session, "/timers/broker-2/broker.heartbeat.interval.ms", "broker.heartbeat.interval.ms=2000", "", false}}) {
    const observe::Answer answer = asked(c.at, c.path);
    CAPTURE(c.path);
    CAPTURE(text_of_steps(answer));
    CHECK(answer.path == c.path);
    CHECK(answer.question_key == "why.q_timer"_w);
    CHECK(answer.steps.size() <= observe::kMostWhySteps);
    const observe::WhyStep& runs = sentence_with(answer, "why.timer_runs"_w);
    CHECK(says_in_both(runs, c.value));
    CHECK(runs.words.en.find("s are left") != std::string::npos);
    CHECK(runs.words.en.find(c.end) != std::string::npos);
    CHECK(answer.root.has_value() == c.by_act);
    if (answer.root) CHECK(answer.root->at.us == 10'000'000);
  }
  // A timer that does not run has no answer.
  for (const char* path :
       {"/timers/shop/broker.session.timeout.ms", "/timers/nobody/linger.ms", "/timers/shop", "/timers"})
    CHECK_FALSE(observe::why(session.moment(), path).has_value());
}

TEST_CASE("Why? about a link says whether both nodes reach each other, and which act keeps them apart") {
  Session session = small_run(kShop + R"({"at": "10s", "do": "partition", "from": ["shop"], "to": ["broker-1"]},
    {"at": "11s", "do": "partition", "from": ["broker-2"], "to": ["broker-3"], "one_way": true},
    {"at": "12s", "do": "link", "from": "shop", "to": "broker-2", "latency": "300ms"},
    {"at": "13s", "do": "crash", "node": "reader"}])",
                              15'000);
  struct Case {
    std::string path;
    words::Key key;
    std::int64_t root_ms;
  };
  for (const Case& c : {Case{"/links/shop/broker-1", "why.link_cut"_w, 10'000},
                        {"/links/broker-1/shop", "why.link_cut"_w, 10'000},
                        {"/links/broker-2/broker-3", "why.link_cut_one_way"_w, 11'000},
                        {"/links/broker-3/broker-2", "why.link_cut_one_way"_w, 11'000},
                        {"/links/shop/broker-2", "why.link_hindered"_w, 12'000},
                        {"/links/reader/broker-1", "why.link_end_silent"_w, 13'000},
                        {"/links/shop/broker-3", "why.link_open"_w, -1}}) {
    const observe::Answer answer = asked(session, c.path);
    CAPTURE(c.path);
    CAPTURE(text_of_steps(answer));
    CHECK(has_key(answer, c.key));
    CHECK(answer.root.has_value() == (c.root_ms >= 0));
    if (answer.root && c.root_ms >= 0) CHECK(answer.root->at.us / 1000 == c.root_ms);
  }
  CHECK(says_in_both(sentence_with(asked(session, "/links/broker-3/broker-2"), "why.link_cut_one_way"_w), "broker-2"));
  CHECK(asked(session, "/links/broker-3/broker-2").steps.back().words.en.find("from broker-2 to broker-3") !=
        std::string::npos);
  for (const char* path : {"/links/shop/nobody", "/links/shop/shop", "/links/shop", "/links"})
    CHECK_FALSE(observe::why(session.moment(), path).has_value());
}
