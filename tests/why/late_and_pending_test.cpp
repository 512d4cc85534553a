// Why a record waits now, and why one was acknowledged late: the live fault is named, one that is over is not; without
// the named act the record is not held up.
#include <doctest/doctest.h>

#include "observe/why/why.h"
#include "scenario/load.h"
#include "scenario/other_mode.h"
#include "support/lessons.h"
#include "why/answers.h"
#include "why/counterfactual.h"
#include "words/catalogue.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const observe::RecordState& record(Session& session, const std::string& client, std::uint32_t number) {
  const auto* state = session.observation().ledger().record(session.cluster().find(client).index, number);
  REQUIRE(state != nullptr);
  return *state;
}

/// The same run without the act that the answer names.
Session without_root(Session& session, const observe::Answer& answer, std::int64_t at_ms) {
  const auto act = act_of(session, *answer.root);
  REQUIRE(act.has_value());
  Session other(without(session.scenario(), *act), true);
  other.run_until(sim::Instant{} + sim::milliseconds(at_ms));
  return other;
}

}  // namespace

TEST_CASE("if a record still waits after a fault is over, the cause is the missing answer, not the fault") {
  for (const auto& [file, at_ms] : {std::pair{"scenarios/replication/leader-failover.json", 33000},
                                    {"scenarios/replication/isr-shrink-expand.json", 38000},
                                    {"scenarios/replication/rolling-restart.json", 33000}}) {
    Session session = session_at(file, at_ms);
    const observe::Answer answer = asked(session, "/ledger/pending");
    CHECK_MESSAGE(!answer.root.has_value(), answer.path);
    CHECK(answer.steps.back().seq == 0);  // what it waits for at present
    CHECK(answer.question_key == "why.q_record_pending"_w);
  }
}

TEST_CASE("Why? about a waiting record and Why? about its client name the same lasting fault") {
  Session session = session_at("scenarios/operations/timers.json", 30000);
  const observe::Answer answer = asked(session, "/ledger/pending");
  const observe::Answer waiting = asked(session, "/clients/shop/waiting");
  REQUIRE(answer.root.has_value());
  REQUIRE(waiting.root.has_value());
  CHECK(answer.root->seq == waiting.root->seq);
  CHECK(answer.steps.back().seq == 0);
  const observe::ClusterView truth(session.cluster());
  const auto first = session.observation().ledger().with_fate("pending", truth, 1);
  REQUIRE(first.size() == 1);
  Session other = without_root(session, answer, 30000);
  CHECK(record(other, "shop", first.front().number).outcome == observe::Outcome::Acked);
}

TEST_CASE("the question about a late acknowledgement says that it was late, and the answer names the fault") {
  struct Late {
    const char *file, *client;
    std::uint32_t number;
    std::int64_t at_ms;
  };
  for (const Late& late : {Late{"scenarios/replication/leader-failover.json", "shop", 105, 15000},
                           Late{"scenarios/producer/acks.json", "acks-all", 300, 15000}}) {
    Session session = session_at(late.file, late.at_ms);
    const observe::Answer answer =
        asked(session, "/sent/" + std::string(late.client) + "/" + std::to_string(late.number));
    CHECK(answer.question_key == "why.q_record_late"_w);
    REQUIRE(answer.root.has_value());
    CHECK(answer.root_kind == observe::RootKind::Act);
    CHECK(answer.question.ko != answer.question.en);
    const observe::RecordState& slow = record(session, late.client, late.number);
    Session other = without_root(session, answer, late.at_ms);
    const observe::RecordState& fast = record(other, late.client, late.number);
    CHECK(fast.acked_us - fast.sent_us < (slow.acked_us - slow.sent_us) / 2);
  }
}

TEST_CASE("a record that was acknowledged as fast as the others is not called late") {
  Session session = session_at("scenarios/replication/leader-failover.json", 4000);
  CHECK(asked(session, "/sent/shop/10").question_key == "why.q_record"_w);
  // The only replica is not "only" one of several.
  Session one = session_at("scenarios/partitions/key-hash.json", 5000);
  const observe::Answer answer = asked(one, "/sent/web/0");
  CHECK(has_key(answer, "why.acked_by_only"_w));
  CHECK_FALSE(has_key(answer, "why.acked_by_alone"_w));
}

TEST_CASE("questions are in words, not in the notation of JSON") {
  Session session = session_at("scenarios/replication/leader-failover.json", 4000);
  for (const char* path : {"/partitions/orders-0/isr", "/clients/billing-1/assignment"}) {
    const std::string question = asked(session, path).question.en;
    CHECK_MESSAGE(question.find_first_of("[]{}\"") == std::string::npos, question);
  }
  Session early = session_at("scenarios/partitions/key-hash.json", 500);
  CHECK(asked(early, "/clients/web/waiting").question_key == "why.q_waiting_nothing"_w);
}

TEST_CASE("the count of waiting records is explained by the client in which most of them wait") {
  Session session = session_at("scenarios/producer/acks.json", 40000);
  const auto pending = [&](const std::string& of) {
    return observe::state_at(session.moment(), "/ledger" + of + "/pending")->get<int>();
  };
  REQUIRE(pending("/by_client/acks-all") * 2 > pending(""));
  REQUIRE(pending("/by_client/acks-all") < pending(""));
  const observe::Answer all = asked(session, "/ledger/pending"),
                        most = asked(session, "/ledger/by_client/acks-all/pending");
  CHECK(all.question.en == most.question.en);
  REQUIRE(all.steps.size() == most.steps.size());
  for (std::size_t i = 0; i + 1 < all.steps.size(); ++i) CHECK(all.steps[i].words.en == most.steps[i].words.en);
  // The last sentence says how many of the records that were counted have that cause.
  CHECK(tells(all, "of these " + std::to_string(pending("")) + " records"));
  CHECK(tells(most, "all " + std::to_string(pending("/by_client/acks-all")) + " records"));
}

TEST_CASE("Why? about a producer that produced too few records names the send() that blocked") {
  // broker-1 is paused from 6 s to 11 s, and small-buffer waits for memory until max.block.ms is over.
  scenario::Session options = session_at("scenarios/producer/options.json", 13'000);
  const observe::Answer small = asked(options, "/ledger/by_client/small-buffer/produced");
  CHECK(has_key(small, "why.produced_blocked"_w));
  CHECK(says(small, "buffer.memory, 131072 bytes"));
  CHECK(says(small, "is paused"));
  // Of all producers the one that was held up most.
  const std::string text = read_text(source_path("scenarios/operations/slow-disk.json"));
  scenario::Loaded file = scenario::load(text, {.set = scenario::in_mode(text, {}, true)});
  REQUIRE(file.ok());
  Session slow(std::make_shared<scenario::Scenario>(std::move(*file.scenario)), true);
  slow.run_until(sim::Instant{} + sim::seconds(79));
  const observe::Answer bulk = asked(slow, "/ledger/produced");
  CHECK(bulk.question.en.find("bulk") != std::string::npos);
  CHECK(says(bulk, "The disk of broker-3 changes"));
  CHECK(says(bulk, "led by broker-3"));
  CHECK(says(bulk, "blocked bulk 11 times"));
  // In a run that has held nobody up, the answer is about a record.
  scenario::Session calm = session_at("scenarios/operations/slow-disk.json", 4'000);
  CHECK_FALSE(has_key(asked(calm, "/ledger/produced"), "why.produced_blocked"_w));
}
