// A producer that has no connection to the leader awaits no answer: what keeps it from connecting.
#include <doctest/doctest.h>

#include "observe/why/why.h"
#include "support/lessons.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("Why? after a leader's crash says that producers lack a connection, not that they wait for an answer") {
  Session acks = session_at("scenarios/producer/acks.json", 10'000);
  Session quorum = session_at("scenarios/controller/kraft-quorum-loss.json", 25'000);
  for (const auto& [session, client] : {std::pair{&acks, "acks-0"}, {&acks, "acks-all"}, {&quorum, "shop"}}) {
    const observe::Answer answer = asked(*session, std::string("/clients/") + client + "/waiting");
    for (const char* part : {"broker-1", "delivery.timeout.ms=120000"})
      CHECK(says_in_both(sentence_with(answer, "why.waits_no_connection"_w), part));
    CHECK_FALSE(has_key(answer, "why.waits_silent_leader"_w));
    CHECK(answer.root_kind == observe::RootKind::Act);
  }
}

TEST_CASE("Why? names a leader that advertises 127.0.0.1, and the restart that changed its address") {
  Session session = session_at("scenarios/operations/cluster-setup.json", 14'000);
  const observe::Answer waiting = asked(session, "/clients/app/waiting");
  for (const char* part : {"broker-2", "delivery.timeout.ms=3000"})
    CHECK(says_in_both(sentence_with(waiting, "why.waits_misdirected"_w), part));
  CHECK_FALSE(has_key(waiting, "why.waits_answer"_w));
  for (const char* path : {"/clients/app/waiting", "/ledger/failed", "/clients/app/errors"}) {
    const observe::Answer answer = asked(session, path);
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 9'000'000);
    CHECK(answer.root->words.en.find("EXTERNAL://127.0.0.1:9092") != std::string::npos);
  }
  CHECK(says_in_both(sentence_with(asked(session, "/ledger/failed"), "why.misdirected"_w), "127.0.0.1"));
  // It has been so from the beginning: no act made it so.
  Session always = session_at("tests/stories/advertised-listeners.json", 12'000);
  const observe::Answer failed = asked(always, "/clients/p/errors");
  CHECK(has_key(failed, "why.misdirected"_w));
  CHECK(failed.root_kind != observe::RootKind::Act);
}

TEST_CASE("Why? does not take a slow broker that never led the partition for its silent former leader") {
  Session session = session_at("scenarios/operations/what-the-graphs-show.json", 80'000);
  const observe::Answer answer = asked(session, "/clients/shop/waiting");
  CHECK_FALSE(has_key(answer, "why.waits_old_leader"_w));
  CHECK(says_in_both(sentence_with(answer, "why.waits_turn"_w), "broker-2"));
  CHECK(says_in_both(sentence_with(answer, "why.waits_acks"_w), "broker-3"));
}

TEST_CASE("Why? about records that linger in a batch does not say that they wait for an answer") {
  Session session = session_at("scenarios/groups/rebalance-eager.json", 12'000);
  const observe::Answer answer = asked(session, "/clients/shop/waiting");
  CHECK(says_in_both(sentence_with(answer, "why.waits_linger"_w), "linger.ms="));
  CHECK_FALSE(has_key(answer, "why.waits_answer"_w));
}
