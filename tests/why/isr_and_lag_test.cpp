// Who is still in an ISR and who is out; what makes a group lag; a record that is gone; a group without its
// coordinator.
#include <doctest/doctest.h>

#include "observe/why/why.h"
#include "support/lessons.h"
#include "why/answers.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

observe::Answer answer_at(const std::string& lesson, std::int64_t at_ms, const std::string& path) {
  Session session(loaded(read_text(source_path("scenarios/" + lesson + ".json")), "base"), true);
  session.run_until(sim::Instant{} + sim::milliseconds(at_ms));
  return asked(session, path);
}

std::vector<const observe::WhyStep*> all_with(const observe::Answer& answer, words::Key key) {
  std::vector<const observe::WhyStep*> found;
  for (const observe::WhyStep& step : answer.steps)
    if (step.key == key) found.push_back(&step);
  return found;
}

bool says(const observe::Answer& answer, words::Key key, const std::string& text) {
  for (const observe::WhyStep* step : all_with(answer, key))
    if (step->words.en.find(text) != std::string::npos && step->words.ko.find(text) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("an ISR that holds a dead broker: the controller has not fenced it yet") {
  const observe::Answer answer = answer_at("replication/leader-failover", 12'000, "/partitions/orders-1/isr");
  CHECK_FALSE(has_key(answer, "why.isr_whole"_w));
  CHECK(says(answer, "why.isr_holds_unfenced"_w, "broker-1"));
  CHECK(all_with(answer, "why.isr_holds_behind"_w).empty());
  CHECK(answer.root_kind == observe::RootKind::Act);
  CHECK(has_key(answer_at("producer/acks", 10'000, "/partitions/orders-0/isr"), "why.isr_holds_unfenced"_w));
}

TEST_CASE("an ISR that holds a replica that is cut off from the leader: since when, and the leader's check") {
  const observe::Answer answer = answer_at("replication/isr-shrink-expand", 18'000, "/partitions/orders-0/isr");
  CHECK_FALSE(has_key(answer, "why.isr_whole"_w));
  for (const char* part : {"broker-3", "6.967", "broker-1", "replica.lag.time.max.ms=10000"})
    CHECK_MESSAGE(says(answer, "why.isr_holds_behind"_w, part), part);
  CHECK_FALSE(says(answer, "why.isr_holds_behind"_w, "broker-2"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 7'000'000);
  const observe::Answer both = answer_at("replication/one-way-partition", 20'000, "/partitions/pay-0/isr");
  CHECK(all_with(both, "why.isr_holds_behind"_w).size() == 2);
}

TEST_CASE("an ISR whose replicas have kept up") {
  CHECK(has_key(answer_at("replication/isr-shrink-expand", 6'000, "/partitions/orders-0/isr"), "why.isr_whole"_w));
  CHECK(has_key(answer_at("replication/leader-failover", 4'000, "/partitions/orders-1/isr"), "why.isr_whole"_w));
}

TEST_CASE("all replicas that are out of an ISR have their moment") {
  const observe::Answer apart = answer_at("replication/min-insync", 30'000, "/partitions/pay-0/isr");
  CHECK(apart.question.en == "Why are broker-2, broker-3 not in the ISR of pay-0?");
  const auto left = all_with(apart, "why.left_isr"_w);
  REQUIRE(left.size() == 2);
  CHECK(left[0]->words.en == "broker-2 leaves the ISR of pay-0");
  CHECK(left[1]->words.en == "broker-3 leaves the ISR of pay-0");
  CHECK(left[0]->at < left[1]->at);
  const observe::Answer together = answer_at("replication/one-way-partition", 22'000, "/partitions/pay-0/isr");
  CHECK(says(together, "why.left_isr_slow"_w, "broker-2, broker-3"));
}

TEST_CASE("a record that is gone: what removed it, and when") {
  const observe::Answer deleted = answer_at("log/retention", 60'000, "/records/web-log-0/0");
  CHECK(deleted.question.en == "Why is record 0 of web gone?");
  CHECK(says(deleted, "why.gone_start"_w, "18"));
  CHECK(std::any_of(deleted.steps.begin(), deleted.steps.end(), [](const observe::WhyStep& step) {
    return step.key.empty() && step.words.en.find("deletes the segment") != std::string::npos;
  }));
  const observe::Answer compacted = answer_at("log/compaction", 40'000, "/records/profile-0/0");
  const auto when = all_with(compacted, "why.gone_compacted"_w);
  REQUIRE(when.size() == 1);
  CHECK(when[0]->at.us > 0);
  CHECK(has_key(compacted, "why.gone_inside"_w));
  CHECK(has_key(answer_at("operations/consumer-falls-behind-retention", 58'000, "/records/web-log-0/300"),
                "why.gone_start"_w));
  const observe::Answer there = answer_at("log/retention", 5'000, "/records/web-log-0/0");
  CHECK(there.question_key == "why.q_record"_w);
}

TEST_CASE("a lag has its own cause: a leader's death, a jump over records, a record that takes long") {
  const observe::Answer died = answer_at("replication/leader-failover", 14'000, "/groups/billing/lag/orders-0");
  CHECK(has_key(died, "why.lag_after_election"_w));
  CHECK_FALSE(has_key(died, "why.lag_slow"_w));
  REQUIRE(died.root.has_value());
  CHECK(died.root->at.us == 5'000'000);
  const observe::Answer jumped =
      answer_at("operations/consumer-falls-behind-retention", 60'000, "/groups/group-l/lag/web-log-0");
  CHECK(says(jumped, "why.lag_skipped"_w, "987"));
  CHECK(says(jumped, "why.lag_skipped"_w, "1107"));
  CHECK_FALSE(has_key(jumped, "why.lag_uncommitted"_w));
  const observe::Answer stuck = answer_at("consumer/max-poll-interval", 15'000, "/groups/workers/lag/jobs-0");
  CHECK(says(stuck, "why.lag_stuck_now"_w, "w-1"));
  CHECK_FALSE(has_key(stuck, "why.lag_slow"_w));
}

TEST_CASE("a group whose coordinator is dead: that, and its trail") {
  const observe::Answer answer = answer_at("replication/leader-failover", 12'000, "/groups/billing");
  CHECK(says(answer, "why.group_coordinator_silent"_w, "broker-1"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 5'000'000);
}

TEST_CASE("a group's first rebalance waits for group.initial.rebalance.delay.ms") {
  const observe::Answer answer = answer_at("groups/rebalance-eager", 2'000, "/groups/billing/state");
  CHECK(has_key(answer, "why.group_initial_delay"_w));
  CHECK_FALSE(has_key(answer, "why.group_awaits_joins"_w));
}
