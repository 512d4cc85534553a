// The explanations for a record name its cause: the root, the moment, and the decisive settings.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "observe/why/account.h"
#include "observe/why/why_parts.h"
#include "support/lessons.h"
#include "why/answers.h"
#include "why/whole.h"

using namespace kafkascope;
using namespace kafkascope::test;
using observe::Account;
using scenario::Session;

namespace {

/// The scenario's run up to a moment; "": to its end.
Session run_to(const std::string& text, std::int64_t ms = 0, const std::string& variant = "base") {
  Session session(loaded(text, variant), true);
  if (ms == 0) session.run_to_end();
  else session.run_until(sim::Instant{ms * 1000});
  return session;
}

Session story_of(const char* file, std::int64_t ms = 0, const std::string& variant = "base") {
  return run_to(read_text(source_path(file)), ms, variant);
}

Account account_of(Session& session, std::string_view fate, std::uint32_t number, const std::string& group = "") {
  for (Account& account : observe::accounts(session.moment(), fate, 1000))
    if (account.record.number == number && (group.empty() || account.group == group)) return std::move(account);
  FAIL("no record ", number, " is ", std::string(fate));
  return {};
}

const observe::WhyStep* step_at(const observe::Answer& answer, std::int64_t ms) {
  for (const auto& step : answer.steps)
    if (step.seq != 0 && (step.at.us + 500) / 1000 == ms) return &step;
  return nullptr;
}

bool says(const Account& account, std::string_view words) {
  return account.sentence.en.find(words) != std::string::npos;
}

/// A transactional producer without acts on its transactions; `more` is appended to its cluster, client and steps.
std::string planned(const std::string& client, const std::string& steps) {
  return R"({"format": 1, "id": "tx", "title": {"en": "t"},
    "cluster": {"metadata": "kraft", "controllers": 1, "brokers": 3},
    "topics": [{"name": "orders", "partitions": 1, "replication_factor": 3}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "orders", )" +
         client + R"(}], "steps": [)" + steps + R"(], "until": "40s"})";
}

}  // namespace

TEST_CASE("the answer to the lag of a read_committed group names the open transaction that blocks it") {
  const std::string waits =
      R"({"format": 1, "id": "waits", "cluster": {"metadata": "kraft", "controllers": 1, "brokers": 3},
    "topics": [{"name": "mix", "partitions": 1, "replication_factor": 3}],
    "clients": [{"id": "plain", "kind": "producer", "topic": "mix", "rate": "5/s"},
      {"id": "tx", "kind": "producer", "topic": "mix", "config": {"transactional.id": "tx-1"}},
      {"id": "reader", "kind": "consumer", "topics": ["mix"],
       "config": {"group.id": "billing", "auto.offset.reset": "earliest", "isolation.level": "read_committed", "auto.commit.interval.ms": 100}}],
    "steps": [{"at": "6s", "do": "begin_transaction", "node": "tx"},
      {"at": "6s", "do": "produce", "node": "tx", "records": [{"value": "open"}]}], "until": "20s"})";
  Session session = run_to(waits, 12'000);
  const nlohmann::json at = observe::state_at(session.moment(), "/clients/reader/subscription/mix-0").value();
  CHECK(at["stable_lag"] == 0);
  CHECK(at["lag"].get<int>() > 20);
  const auto answer = test::whole_why(session.moment(), "/groups/billing/lag/mix-0");
  REQUIRE(answer.has_value());
  CHECK(std::any_of(answer->steps.begin(), answer->steps.end(), [](const observe::WhyStep& step) {
    return step.words.en.find("The transaction of tx-1 (tx) has been open in mix-0 from offset") != std::string::npos;
  }));
}

TEST_CASE("the answer to a record that failed because its producer was fenced names the new producer or the time-out") {
  for (const auto& [file, record, other] : {std::tuple{"tests/stories/fenced-producer-closes.json", 16, "new"},
                                            std::tuple{"tests/stories/real-transactions-fencing.json", 2, "p2"}}) {
    Session session = story_of(file);
    const Account failed = account_of(session, "failed", static_cast<std::uint32_t>(record));
    CHECK(says(failed, std::string(other) + " starts"));
    CHECK(says(failed, "transactional.id"));
    CHECK(says(failed, "InvalidProducerEpochException"));
  }
  Session zombie = story_of("tests/stories/zombie-producer.json");
  CHECK(says(account_of(zombie, "failed", 2), "new starts"));
  Session timeout = story_of("tests/stories/real-transactions-timeout.json");
  CHECK(says(account_of(timeout, "failed", 1), "transaction.timeout.ms"));
}

TEST_CASE("Why? about a record that its own producer refuses does not blame a paused broker") {
  Session session = session_at("tests/stories/what-the-application-hears.json", 26'000);
  const observe::Moment moment = session.moment();
  const observe::Story story(moment);
  const auto refused = observe::why_fate(story, "", session.cluster().find("cramped").index, 246, "failed", "");
  REQUIRE(refused.has_value());
  CHECK(says(*refused, "IllegalArgumentException"));
  CHECK_FALSE(says(*refused, "paused"));  // broker-1 is, since 8 s
}

TEST_CASE("a producer without transactional.id that may not have a producer id has failed for good, though it runs") {
  Session session = session_at("tests/stories/zookeeper-idempotent-write.json", 12'000);
  const std::string kim = "/clients/kim/";
  REQUIRE(*observe::state_at(session.moment(), kim + "state") == "running");
  CHECK(*observe::state_at(session.moment(), kim + "fatal") == "CLUSTER_AUTHORIZATION_FAILED");
  CHECK(observe::state_at(session.moment(), "/clients/lee/fatal")->is_null());
  const observe::Answer answer = asked(session, kim + "fatal");
  CHECK(has_key(answer, "why.fatal"_w));
  CHECK(says(answer, "CLUSTER_AUTHORIZATION_FAILED"));
}

TEST_CASE("Why? about records aborted by CommitFailedException names the pause that cost the transform its place") {
  Session session = session_at("tests/stories/transform-loses-its-place.json", 30'000, "2.5");
  const observe::Answer answer = asked(session, "/ledger/aborted");
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->words.en.find("one is paused") != std::string::npos);
}

TEST_CASE("the transaction of a record that was appended after the marker hangs until the operator aborts it") {
  Session session = story_of("tests/stories/hanging-transaction-aborted.json");
  const Account hung = account_of(session, "aborted", 1);
  REQUIRE(hung.answer.root.has_value());
  // What made it hang is told; but without the operator's act it would not be aborted, and without the other it would be.
  CHECK(hung.answer.root_kind == observe::RootKind::Act);
  CHECK(hung.answer.root->at.us == 23'000'000);
  CHECK(step_at(hung.answer, 5'000) != nullptr);
  REQUIRE(hung.answer.steps.size() == 4);
  const auto* late = step_at(hung.answer, 13'000);
  const auto* ended = step_at(hung.answer, 23'000);
  REQUIRE(late != nullptr);
  REQUIRE(ended != nullptr);
  CHECK(late->key == "why.opened_unknown"_w);
  CHECK(ended->key == "why.ended_by_hand"_w);
  CHECK(step_at(hung.answer, 9'000) == nullptr);  // that call ended another transaction
  // The application's call aborts the first transaction.
  CHECK(account_of(session, "aborted", 0).answer.root->at.us == 9'000'000);
  const auto asked = test::whole_why(session.moment(), "/ledger/by_client/bank/in_doubt/bank/1");
  REQUIRE(asked.has_value());
  CHECK(asked->root->at.us == 5'000'000);
  CHECK(step_at(*asked, 13'000) != nullptr);
  CHECK(step_at(*asked, 23'000) != nullptr);
}

TEST_CASE("before a hanging transaction is aborted the answer already names the record that opened it") {
  Session session = story_of("tests/stories/hanging-transaction-aborted.json", 20'000);
  const auto asked = test::whole_why(session.moment(), "/ledger/by_client/bank/in_doubt/bank/1");
  REQUIRE(asked.has_value());
  CHECK(asked->root->at.us == 5'000'000);
  CHECK(std::any_of(asked->steps.begin(), asked->steps.end(),
                    [](const observe::WhyStep& step) { return step.key == "why.opened_unknown"_w; }));
}

TEST_CASE(
    "the cause of a planned abort is the application's call, for aborted records and for records that were never sent") {
  const std::string plan = R"("rate": "20/s", "count": 100, "transaction": {"records": 5, "abort_every": 3},
      "config": {"transactional.id": "shop-1", "transaction.timeout.ms": 10000})";
  Session session = run_to(planned(plan, R"({"at": "3s", "do": "kill", "node": "shop"})"));
  const Account failed = account_of(session, "failed", 14);
  CHECK_FALSE(failed.answer.root.has_value());
  REQUIRE(failed.answer.steps.size() == 1);
  CHECK(failed.answer.steps[0].at.us < 3'000'000);
  CHECK(failed.answer.steps[0].key == "why.failed_by_plan"_w);
  CHECK(says(failed, "abort_every: 3"));
  const auto all = observe::accounts(session.moment(), "aborted", 1000);
  int by_plan = 0, by_timer = 0;
  for (const Account& account : all) {
    CAPTURE(account.sentence.en);
    CHECK_FALSE(says(account, "TransactionAbortedException"));
    if (says(account, "calls abortTransaction(), as its plan says")) ++by_plan;
    // The last transaction is open when its process is killed: the timer finds it.
    if (!says(account, "timer")) continue;
    ++by_timer;
    CHECK(account.answer.root->at.us == 3'000'000);
    CHECK(says(account, "transaction.timeout.ms is 10000"));
    CHECK(says(account, "every 10000 ms (transaction.abort.timed.out.transaction.cleanup.interval.ms)"));
  }
  CHECK(by_plan > 0);
  CHECK(by_timer > 0);
  CHECK(by_plan + by_timer == static_cast<int>(all.size()));
}

TEST_CASE(
    "a record that an old leader appended after a marker and then truncated does not count as a hanging transaction") {
  Session session = story_of("tests/stories/real-transactions-delivery-timeout.json");
  const Account failed = account_of(session, "failed", 1);
  CHECK(failed.answer.root->at.us == 18'000'000);
  for (const auto& step : failed.answer.steps) {
    CHECK(step.key != "why.opened_unknown"_w);
    CHECK(step.key != "why.lso_hangs"_w);
  }
}

TEST_CASE("a planned abort is the cause if nothing else went wrong") {
  Session session = story_of("tests/stories/transactions-by-plan.json", 20'000);
  const auto asked = test::whole_why(session.moment(), "/ledger/failed");
  REQUIRE(asked.has_value());
  REQUIRE(asked->steps.size() == 2);
  CHECK(asked->steps[0].key == "why.failed_by_plan"_w);
  CHECK(asked->steps[1].key == "why.count_all"_w);
}

TEST_CASE("an act that aborts a transaction is the cause of its unsent records' failure") {
  Session session = run_to(planned(R"("config": {"transactional.id": "shop-1", "linger.ms": 2000})",
                                   R"({"at": "4s", "do": "begin_transaction", "node": "shop"},
      {"at": "4s", "do": "produce", "node": "shop", "records": [{"key": "k", "value": "a"}]},
      {"at": "4.5s", "do": "abort_transaction", "node": "shop"})"));
  const Account failed = account_of(session, "failed", 0);
  REQUIRE(failed.answer.root.has_value());
  CHECK(failed.answer.root_kind == observe::RootKind::Act);
  CHECK(failed.answer.root->at.us == 4'500'000);
  CHECK(failed.answer.steps.back().key == "why.failed_by_abort"_w);
  CHECK(failed.answer.steps.back().at.us == 4'500'000);
}

TEST_CASE("a hanging transaction that the operator does not abort ends with the producer's next transaction") {
  nlohmann::json file = nlohmann::json::parse(read_text(source_path("tests/stories/hanging-transaction-aborted.json")));
  nlohmann::json steps = nlohmann::json::array();
  for (const auto& step : file["steps"])
    if (step.value("do", "") != "abort_hanging" && !step.contains("expect")) steps.push_back(step);
  steps.push_back({{"at", "20s"}, {"do", "begin_transaction"}, {"node", "bank"}});
  steps.push_back({{"at", "20s"},
                   {"do", "produce"},
                   {"node", "bank"},
                   {"records", nlohmann::json::array({{{"key", "kim"}, {"value", "d"}}})}});
  steps.push_back({{"at", "22s"}, {"do", "abort_transaction"}, {"node", "bank"}});
  file["steps"] = steps;
  file.erase("expect");
  Session session = run_to(file.dump());
  const Account hung = account_of(session, "aborted", 1);
  CHECK(hung.answer.root->at.us == 5'000'000);
  CHECK(step_at(hung.answer, 13'000) != nullptr);
  CHECK(hung.answer.steps.back().key == "why.aborted_by_next"_w);
  CHECK(hung.answer.steps.back().at.us >= 22'000'000);
}

TEST_CASE("the cause of IllegalStateException for a send outside a transaction is the application itself") {
  Session session =
      run_to(planned(R"("rate": "20/s", "count": 100, "config": {"transactional.id": "shop-1"})", ""), 30'000);
  const auto asked = test::whole_why(session.moment(), "/clients/shop/errors/IllegalStateException");
  REQUIRE(asked.has_value());
  REQUIRE(!asked->steps.empty());
  CHECK(asked->steps.front().seq != 0);
  CHECK(asked->steps.back().key == "why.sends_outside"_w);
  CHECK(asked->root_kind != observe::RootKind::Act);
  CHECK(asked->root_kind != observe::RootKind::Fault);
}

TEST_CASE("the answer names a late marker of the previous transaction and the cause of its delay") {
  Session session = story_of("tests/stories/late-marker-ends-the-next-transaction.json");
  const auto asked = test::whole_why(session.moment(), "/records/pay-0/2");
  REQUIRE(asked.has_value());
  CHECK(asked->root->at.us == 5'000'000);
  const auto* marker = step_at(*asked, 11'000);
  REQUIRE(marker != nullptr);
  CHECK(marker->key == "why.committed_by_before"_w);
}

TEST_CASE("the answer to a redelivered record names the end of the consumer and its last commit") {
  Session manual = story_of("scenarios/consumer/manual-commit.json");
  const Account never = account_of(manual, "redelivered", 0, "pay-never");
  CHECK(never.answer.root->at.us == 11'000'000);
  CHECK(says(never, "has committed nothing in pay-0"));
  const Account async = account_of(manual, "redelivered", 75, "pay-async");
  CHECK(async.answer.root->at.us == 11'000'000);
  CHECK(says(async, "has committed 75 as the next offset to read"));
  CHECK(says(async, "crashes"));
  Session once = story_of("scenarios/delivery/exactly-once.json");
  const auto again = observe::accounts(once.moment(), "redelivered", 1);
  REQUIRE(!again.empty());
  CHECK(again.front().answer.root->at.us == 11'000'000);
  CHECK(says(again.front(), "the transaction that was to commit more is aborted"));
  Session automatic = story_of("tests/stories/delivery-auto-commit.json");
  const auto first = observe::accounts(automatic.moment(), "redelivered", 1);
  REQUIRE(!first.empty());
  CHECK(first.front().answer.root->at.us == 6'000'000);
  CHECK(says(first.front(), "has committed nothing in orders-0"));
}

TEST_CASE("the answer to a reordered or lost record names the settings that allow it") {
  Session reordered = story_of("tests/stories/delivery-reordered.json");
  const auto over = observe::accounts(reordered.moment(), "reordered", 1);
  REQUIRE(!over.empty());
  CHECK(says(over.front(), "without enable.idempotence, max.in.flight.requests.per.connection=5"));
  Session down = story_of("scenarios/replication/all-brokers-down.json");
  bool unclean = false;
  for (const Account& account : observe::accounts(down.moment(), "lost_acked", 1000)) {
    if (!says(account, "pay-now-0")) continue;
    CAPTURE(account.sentence.en);
    unclean = says(account, "unclean.leader.election.enable");
    CHECK(unclean);
  }
  CHECK(unclean);
  Session alone = story_of("tests/stories/delivery-last-in-sync.json");
  const auto lost = observe::accounts(alone.moment(), "lost_acked", 1);
  REQUIRE(!lost.empty());
  CHECK(says(lost.front(), "broker-1, alone in the ISR of orders-0, leads again without the record"));
}

TEST_CASE("a record's sentence has the same times as the answer to Why?, rounded in the same way") {
  Session session = story_of("tests/stories/delivery-last-in-sync.json");
  const auto lost = observe::accounts(session.moment(), "lost_acked", 1);
  REQUIRE(!lost.empty());
  int rounded_up = 0;
  for (const auto& step : lost.front().answer.steps) {
    if (step.seq == 0) continue;
    const std::int64_t ms = (step.at.us + 500) / 1000;
    rounded_up += ms != step.at.us / 1000;
    std::string text = std::to_string(ms % 1000);
    text = "(" + std::to_string(ms / 1000) + "." + std::string(3 - text.size(), '0') + text + " s)";
    CHECK(says(lost.front(), text));
  }
  CHECK(rounded_up > 0);
}

TEST_CASE("the answer to a record that a share group's consumer cannot read names the deserializer's exception") {
  Session session = story_of("tests/stories/share-poison-pill.json");
  const Account skipped = account_of(session, "skipped", 2, "reading");
  CHECK(says(skipped, "reader gets RecordDeserializationException"));
  CHECK(says(skipped, "rejected"));
  CHECK_FALSE(says(skipped, "nothing more"));
}

TEST_CASE("the answer to a record lost with a replaced disk names the leader that came back with an empty one") {
  Session session = story_of("tests/stories/zookeeper-deleted-below-a-replaced-log.json");
  const auto lost = observe::accounts(session.moment(), "lost_acked", 1);
  REQUIRE(!lost.empty());
  CHECK(says(lost.front(), "The disk of broker-1 is wiped"));
  CHECK(says(lost.front(), "broker-1 leads orders-0 from offset 0 on, and does not have the record"));
}

TEST_CASE("if a record's row was written many times, the sentence names the cause, not each repetition") {
  Session session = story_of("tests/stories/transform-repeats.json", 0, "refused");
  const auto again = observe::accounts(session.moment(), "redelivered", 1);
  REQUIRE(!again.empty());
  CAPTURE(again.front().sentence.en);
  CHECK(says(again.front(), "broker-1 answers all Produce requests from copy with CORRUPT_MESSAGE"));
  CHECK(says(again.front(), "one row more"));
  CHECK(again.front().answer.root_kind == observe::RootKind::Act);
}

TEST_CASE("Why? about a record says that a group has skipped it") {
  Session session = story_of("tests/stories/delivery-commit-before.json");
  const sim::NodeId shop = session.cluster().find("shop");
  const observe::Moment moment = session.moment();
  const auto asked = observe::why_fate(observe::Story(moment), "", shop.index, 63, "", "");
  REQUIRE(asked.has_value());
  CHECK(asked->question_key == "why.q_skipped"_w);
  CHECK(asked->steps.front().words.en.find("is handed offset 63") != std::string::npos);
}

TEST_CASE(
    "a read_committed share group waits for an open transaction; the answer about a read_uncommitted one names the setting") {
  Session session = story_of("tests/stories/share-isolation-levels.json", 10'000);
  const auto lag = test::whole_why(session.moment(), "/groups/committed/lag/pay-0");
  REQUIRE(lag.has_value());
  CHECK(std::any_of(lag->steps.begin(), lag->steps.end(), [](const observe::WhyStep& step) {
    return step.words.en.find("The transaction of tx-1 (bank) has been open in pay-0 from offset") != std::string::npos;
  }));
  const Account early = account_of(session, "uncommitted_read", 0, "uncommitted");
  CHECK(says(early, "share.isolation.level=read_uncommitted"));
  const auto other = test::whole_why(session.moment(), "/groups/uncommitted/lag/pay-0");
  if (other)
    CHECK(std::none_of(other->steps.begin(), other->steps.end(), [](const observe::WhyStep& step) {
      return step.words.en.find("The transaction of tx-1 is open") != std::string::npos;
    }));
}
