// Why? about an application's calls: what a transactional call waits for, what a send() wants that is not there, what a share group has in
// hand, and what was read without a commit; and the state of each act.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "observe/model/acts.h"
#include "observe/why/why.h"
#include "support/lessons.h"
#include "why/answers.h"
#include "words/catalogue.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

Session at(const char* file, std::int64_t seconds, const std::string& variant = "base") {
  Session session(loaded(read_text(source_path(file)), variant), true);
  session.run_until(sim::Instant{seconds * 1'000'000});
  return session;
}

/// All of the answer's sentences, with the question.
std::string all_of(const observe::Answer& answer) {
  std::string out = answer.question.en;
  for (const auto& step : answer.steps) out += "\n" + step.words.en;
  return out;
}

bool mentions_all(const observe::Answer& answer, std::initializer_list<const char*> names) {
  const std::string text = all_of(answer);
  CAPTURE(text);
  const bool all =
      std::all_of(names.begin(), names.end(), [&](const char* n) { return text.find(n) != std::string::npos; });
  CHECK(all);
  return all;
}

std::string act_state(Session& session, int step) {
  const observe::ActTaken* act = observe::act_of_step(session.observation(), step);
  REQUIRE(act != nullptr);
  const observe::ActOutcome outcome = observe::outcome_of(session.moment(), *act);
  return std::string(observe::to_string(outcome.state)) + (outcome.error.empty() ? "" : " " + outcome.error);
}

}  // namespace

TEST_CASE(
    "the answer to a waiting commit names EndTxn, the coordinator, its log and the broker that does not copy it") {
  const char* file = "tests/why/commit-waits.json";
  for (const char* path : {"/transactions/x/state", "/clients/p/waiting"}) {
    CAPTURE(path);
    Session early = at(file, 7);
    const observe::Answer copies = asked(early, path);
    CHECK(has_key(copies, "why.call_not_replicated"_w));
    mentions_all(copies, {"EndTxn", "broker-2", "__transaction_state-0", "broker-1"});
    REQUIRE(copies.root.has_value());
    CHECK(copies.root_kind == observe::RootKind::Act);
    CHECK(copies.root->words.en.find("pause") != std::string::npos);

    Session late = at(file, 38, "later");  // begun when the ISR was already too small
    const observe::Answer refused = asked(late, path);
    CHECK(has_key(refused, "why.call_cannot_write"_w));
    mentions_all(refused, {"EndTxn", "broker-2", "__transaction_state-0", "min.insync.replicas", "paused"});
  }
  Session early = at(file, 7);
  CHECK(asked(early, "/clients/p/waiting").question_key == "why.q_call"_w);
  Session dead = at(file, 8, "dead");
  const observe::Answer silent = asked(dead, "/clients/p/waiting");
  CHECK(has_key(silent, "why.call_silent"_w));
  mentions_all(silent, {"broker-2", "loses power"});
}

TEST_CASE("the exception after a transaction's time-out names transaction.timeout.ms and the moment of the abort") {
  for (const char* variant : {"base", "tv1", "old"}) {
    CAPTURE(variant);
    Session session = at("tests/why/fenced-by-timeout.json", 50, variant);
    for (const char* path : {"/clients/p/exception", "/clients/p/failed"}) {
      CAPTURE(path);
      const observe::Answer answer = asked(session, path);
      mentions_all(answer, {"transaction.timeout.ms is 10000", "coordinator", "Exception"});
      CHECK(std::any_of(answer.steps.begin(), answer.steps.end(), [](const observe::WhyStep& step) {
        return step.words.en.find("transaction.timeout.ms") != std::string::npos && step.at.us > 12'000'000 &&
               step.at.us < 25'000'000;
      }));
    }
  }
}

TEST_CASE("Why? about a send() to a missing partition or topic names what is missing, not the nearest crash") {
  Session blocked = at("tests/why/no-such-partition.json", 7), over = at("tests/why/no-such-partition.json", 20);
  const auto check = [](Session& session, const std::string& path, words::Key key, const char* name) {
    CAPTURE(path);
    const observe::Answer answer = asked(session, path);
    CHECK(has_key(answer, key));
    mentions_all(answer, {"UNKNOWN_TOPIC_OR_PARTITION", name, "max.block.ms=10000"});
    CHECK(all_of(answer).find("crash") == std::string::npos);
  };
  check(blocked, "/clients/p/waiting", "why.no_such_partition"_w, "Partition 9 of t");
  check(blocked, "/clients/q/waiting", "why.no_such_topic"_w, "later");
  check(blocked, "/clients/r/waiting", "why.no_such_topic"_w, "gone");
  mentions_all(asked(blocked, "/clients/r/waiting"), {"An operator deletes the topic gone"});
  check(over, "/clients/p/exception", "why.no_such_partition"_w, "Partition 9 of t");
  check(over, "/clients/p/failed", "why.no_such_partition"_w, "there are only 3");
  check(over, "/clients/q/exception", "why.no_such_topic"_w, "later");
  check(over, "/sent/p/1", "why.no_such_partition"_w, "Partition 9 of t");
  check(over, "/sent/q/0", "why.no_such_topic"_w, "later");
}

TEST_CASE("Why? about a share group's lag names the holders of the locks and what keeps the start offset back") {
  Session session = at("tests/why/share-lag.json", 20);
  const observe::Answer answer = asked(session, "/groups/pool/lag/jobs-0");
  CHECK(has_key(answer, "why.share_lag"_w));
  CHECK(has_key(answer, "why.share_first_locked"_w));
  mentions_all(answer, {"s-1 is paused", "s-1 has its lock", "by s-1 (", "accepted already"});
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 12'000'000);

  Session released = at("tests/stories/share-poison-record.json", 8);
  mentions_all(asked(released, "/groups/pool/lag/jobs-1"),
               {"nobody in group pool has accepted it", "handed out again"});
}

TEST_CASE("Why? about the lag of a share group whose partition's leader has crashed leads back to the crash") {
  const std::string file = read_text(source_path("tests/why/share-lag.json"));
  const auto answer_at = [&](const char* verb, std::int64_t at_ms) {
    std::string text = file;
    const std::string step = R"({"at": "12s", "do": "pause", "node": "s-1"})";
    text.replace(text.find(step), step.size(),
                 std::string(R"({"at": "8s", "do": ")") + verb + R"(", "node": "leader:jobs-0"})");
    Session session(loaded(text, "base"), true);
    session.run_until(sim::Instant{} + sim::milliseconds(at_ms));
    return asked(session, "/groups/pool/lag/jobs-0");
  };
  const observe::Answer crashed = answer_at("crash", 10'000);
  CHECK(has_key(crashed, "why.share_leader_silent"_w));
  CHECK_FALSE(has_key(crashed, "why.share_not_read"_w));
  mentions_all(crashed, {"broker-2 crashes", "broker-2, which leads jobs-0"});
  REQUIRE(crashed.root.has_value());
  CHECK(crashed.root->at.us == 8'000'000);
  // Another broker leads, which begins without the group's state: that goes back to the crash, too.
  const observe::Answer elected = answer_at("crash", 16'000);
  CHECK_FALSE(has_key(elected, "why.share_leader_silent"_w));
  CHECK(has_key(elected, "why.share_not_read"_w));
  REQUIRE(elected.root.has_value());
  CHECK(elected.root->at.us == 8'000'000);
}

TEST_CASE("the ledger counts records that were read before their commit, and Why? names the isolation level") {
  Session session = at("tests/why/uncommitted-read.json", 15);
  const observe::Answer open = asked(session, "/ledger/by_group/g/uncommitted_read/p/2");
  CHECK(has_key(open, "why.read_while_open"_w));
  mentions_all(open, {"isolation.level=read_uncommitted", "c gets offset"});
  CHECK(has_key(asked(session, "/ledger/uncommitted_read"), "why.read_while_open"_w));
  session.run_to_end();
  CHECK(session.ok());
  CHECK(observe::state_at(session.moment(), "/ledger/by_group/g/uncommitted_read") == nlohmann::json(2));
  mentions_all(asked(session, "/ledger/by_group/g/uncommitted_read"), {"p calls abortTransaction()"});
}

TEST_CASE("the state document says whether an act is done, waits or has failed, and with which exception") {
  Session waits = at("tests/why/commit-waits.json", 20);
  CHECK(act_state(waits, 0) == "done");
  CHECK(act_state(waits, 1) == "done");
  CHECK(act_state(waits, 2) == "done");
  CHECK(act_state(waits, 4) == "waiting");
  waits.run_until(sim::Instant{46'000'000});
  CHECK(act_state(waits, 4) == "failed TimeoutException");
  Session outside = at("tests/why/calls-outside.json", 9);
  CHECK(act_state(outside, 1) == "failed IllegalStateException");
  CHECK(act_state(outside, 2) == "done");
  CHECK(act_state(outside, 3) == "failed IllegalStateException");
  Session missing = at("tests/why/no-such-partition.json", 7);
  CHECK(act_state(missing, 3) == "waiting");
  missing.run_until(sim::Instant{20'000'000});
  CHECK(act_state(missing, 3) == "failed TimeoutException");
  const auto acts = observe::state_at(missing.moment(), "/acts").value();
  const auto produce =
      std::find_if(acts.begin(), acts.end(), [](const nlohmann::json& act) { return act["step"] == 3; });
  REQUIRE(produce != acts.end());
  CHECK((*produce)["do"] == "produce");
  CHECK((*produce)["node"] == "p");
  CHECK((*produce)["state"] == "failed");
  CHECK((*produce)["error"] == "TimeoutException");
  CHECK((*produce)["at_us"] == 3'000'000);
}
