// Whose fault an answer tells: another reader's is none of this record's, and a broker that learns of an epoch has not begun it.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "observe/why/why_parting.h"
#include "protocol/facts_of_clients.h"
#include "support/lessons.h"
#include "why/answers.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("Why? about a count of what readers got or missed tells no other reader's fault as this record's") {
  struct Case {
    std::string file;
    std::int64_t at_ms;
    std::string path, own, others;
  };
  for (const Case& c :
       {Case{"operations/consumer-falls-behind-retention", 65'000, "/ledger/skipped", "e is told to stop", "l is told"},
        Case{"consumer/auto-commit", 27'000, "/ledger/redelivered", "handoff is killed", "one-thread is killed"},
        Case{"consumer/manual-commit", 36'000, "/ledger/redelivered", "commit-async is killed", "no-commit is killed"},
        Case{"groups/share-group", 60'000, "/ledger/skipped", "s-4 behaves", "s-3 behaves"}}) {
    CAPTURE(c.file);
    Session session = session_at("scenarios/" + c.file + ".json", c.at_ms);
    const observe::Answer answer = asked(session, c.path);
    CAPTURE(text_of_steps(answer));
    const observe::WhyStep& count = answer.steps.back();
    CHECK(count.key == "why.count_share"_w);
    CHECK(count.words.en.find(c.own) != std::string::npos);
    CHECK(count.words.en.find(c.others) != std::string::npos);
    for (const observe::WhyStep& step : answer.steps)
      if (&step != &count) CHECK(step.words.en.find(c.others) == std::string::npos);
  }
  Session automatic = session_at("scenarios/consumer/auto-commit.json", 27'000);
  CHECK(tells(asked(automatic, "/ledger/redelivered"), "has committed 84"));  // which decides what comes again
}

TEST_CASE("Why? about a record that a group got again says so") {
  Session crash = session_at("scenarios/consumer/auto-commit.json", 20'000);
  for (const char* path : {"/sent/bank/90", "/records/pay-0/90"}) {
    const observe::Answer answer = asked(crash, path);
    CHECK(answer.question_key == "why.q_redelivered"_w);
    CHECK(tells(answer, "handoff crashes"));
    CHECK(tells(answer, "the group gets it again"));
  }
  Session slow = session_at("scenarios/consumer/max-poll-interval.json", 40'000);
  CHECK(tells(asked(slow, "/sent/shop/40"), "max.poll.interval.ms=10000"));
}

TEST_CASE("Why? about a controller's first epoch names no broker that learns of it when it starts") {
  for (const auto& [file, at_ms] :
       {std::pair{"replication/leader-failover", 28'000}, std::pair{"operations/scale-out", 20'000},
        std::pair{"controller/controller-duties", 28'000}, std::pair{"replication/rolling-restart", 50'000}}) {
    Session session = session_at(std::string("scenarios/") + file + ".json", at_ms);
    for (const char* path : {"/cluster/controller_epoch", "/cluster/quorum/epoch"}) {
      CAPTURE(session.scenario().id);
      const observe::Answer answer = asked(session, path);
      CHECK(has_key(answer, "why.controller_epoch_of_first"_w));
      CHECK_FALSE(answer.root.has_value());
    }
  }
}

TEST_CASE(
    "Why? about the longest Produce and a producer's p99 names the fault that made them long, as that about its max") {
  Session session = session_at("scenarios/controller/session-expiry.json", 26'000);
  for (const char* path :
       {"/metrics/mbeans/broker-2/kafka.network:type=RequestMetrics,name=RemoteTimeMs,request=Produce#Max",
        "/metrics/mbeans/broker-3/kafka.network:type=RequestMetrics,name=RemoteTimeMs,request=Produce#Max",
        "/clients/shop/latency_us/p99", "/clients/shop/latency_us/max"}) {
    CAPTURE(path);
    const observe::Answer answer = asked(session, path);
    CHECK(tells(answer, "broker-1 is paused"));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at == sim::Instant{} + sim::seconds(5));
  }
  CHECK_FALSE(
      asked(session, "/metrics/mbeans/broker-1/kafka.network:type=RequestMetrics,name=RemoteTimeMs,request=Produce#Max")
          .root.has_value());
}

TEST_CASE("Why? about a client's errors answers with the most frequent one that is not harmless") {
  Session session = session_at("scenarios/replication/rack-loss.json", 21'000);
  const observe::Answer answer = asked(session, "/clients/p-huddled/errors");
  CHECK(tells(answer, "min.insync.replicas=2"));
  CHECK(tells(answer, "(NOT_ENOUGH_REPLICAS=8)"));
  CHECK_FALSE(tells(answer, "COORDINATOR_LOAD_IN_PROGRESS"));
}

TEST_CASE("Why? about repeated records names the limit that a member broke, and counts records and deliveries") {
  Session session = session_at("scenarios/consumer/max-poll-interval.json", 40'000);
  const observe::Answer answer = asked(session, "/ledger/redelivered");
  CHECK(has_key(answer, "why.poll_timeout"_w));
  CHECK(tells(answer, "all 79 records (108 repeated deliveries)"));
  CHECK(observe::state_at(session.moment(), "/ledger/redelivered") == nlohmann::json(108));
  CHECK(says_in_both(answer.steps.back(), "108"));
}

TEST_CASE("Why? about a topic's replication factor tells of replicas, not of other settings") {
  Session session = session_at("scenarios/operations/scale-out.json", 40'000);
  const observe::Answer answer = asked(session, "/topics/orders/replication_factor");
  CHECK(says_in_both(answer.steps.back(), "replication_factor"));
  CHECK_FALSE(tells(answer, "throttled"));
  CHECK_FALSE(answer.root.has_value());  // the move kept the number
  Session moving = session_at("scenarios/operations/scale-out.json", 20'000);
  CHECK(tells(asked(moving, "/topics/orders/replication_factor"), "[1,2] -> [4,5,1,2]"));
}

TEST_CASE("Why? about two worlds tells nothing as a difference that both of them do") {
  const std::string file = read_text(source_path("scenarios/why/batching.json"));
  std::string waits = file;
  const std::string zero = "\"linger.ms\": 0";
  waits.replace(waits.find(zero), zero.size(), "\"linger.ms\": 100");
  Session a(loaded(file), true), b(loaded(waits), true);
  for (Session* session : {&a, &b}) session->run_until(sim::Instant{} + sim::milliseconds(150));
  const auto line_at = [](const Session& session, auto fits) {
    const observe::TraceStore& trace = session.observation().trace();
    for (std::size_t i = 0; i < trace.size(); ++i)
      if (fits(trace[i])) return i;
    FAIL("there is no such line");
    return std::size_t{0};
  };
  observe::Parting at;
  at.a = line_at(a, [](const sim::TraceLine& l) { return is<fact::BatchSent>(l); });
  at.b = line_at(b, [](const sim::TraceLine& l) {
    const auto sent = fact_if<fact::RecordSent>(l);
    return sent && sent->number == 98;
  });
  const observe::Moment here = a.moment(), there = b.moment();
  const auto answer = observe::why_parting({here, there}, at, {});
  REQUIRE(answer.has_value());
  CHECK(has_key(*answer, "why.parting_nothing"_w));
  CHECK_FALSE(tells(*answer, "hands record 98"));
}
