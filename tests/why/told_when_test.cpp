// Sentences that are told at one moment and not at another, with what they name.
#include <doctest/doctest.h>

#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kThreeBoth = R"("brokers": 3, "controllers": 3)";

Session quorum_run(const std::string& steps, std::int64_t at_ms, const std::string& cluster = kThreeBoth) {
  return small_run(kPay + R"(, "steps": [)" + steps + "]", at_ms, "4.1", cluster);
}

void check_names(const observe::Answer& answer, words::Key key, std::initializer_list<const char*> parts) {
  for (const char* part : parts) CHECK_MESSAGE(says_in_both(sentence_with(answer, key), part), part);
}

}  // namespace

TEST_CASE("Why? about a group's lag lists the partitions in which the group is behind, if there are several") {
  Session several = session_at("scenarios/groups/two-groups.json", 20'000);
  const auto lag = *observe::state_at(several.moment(), "/groups/billing/lag");
  REQUIRE(lag.size() == 2);
  const int first = lag["orders-0"], second = lag["orders-1"];
  const std::string each = "orders-0 " + std::to_string(first) + ", orders-1 " + std::to_string(second);
  check_names(asked(several, "/groups/billing/lag"), "why.lag_of_group"_w,
              {"billing", std::to_string(first + second).c_str(), each.c_str()});
  CHECK_FALSE(has_key(asked(several, "/groups/billing/lag/orders-0"), "why.lag_of_group"_w));
  Session one = session_at("tests/stories/reads-on-from-a-fenced-leader.json", 14'000);
  CHECK_FALSE(has_key(asked(one, "/groups/readers/lag"), "why.lag_of_group"_w));
}

TEST_CASE("Why? about a missing controller says that voters run but no majority of them is connected") {
  const std::string cut = R"({"at": "12s", "do": "partition", "from": ["controller-1"], "to": ["controller-2",
    "controller-3"]}, {"at": "12s", "do": "partition", "from": ["controller-2"], "to": ["controller-3"]})";
  Session apart = quorum_run(cut, 20'000);
  const observe::Answer answer = asked(apart, "/cluster/active_controller");
  check_names(answer, "why.awaits_quorum_cut"_w, {"3", "1"});
  CHECK_FALSE(has_key(answer, "why.awaits_quorum"_w));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 12'000'000);
  // With two of three dead the reach of the third is not the reason.
  Session dead = quorum_run(R"({"at": "12s", "do": "crash", "node": "controller-2"},
    {"at": "12s", "do": "crash", "node": "controller-3"})",
                            20'000);
  CHECK_FALSE(has_key(asked(dead, "/cluster/active_controller"), "why.awaits_quorum_cut"_w));
}

TEST_CASE("Why? about the quorum's high watermark names the log's end, or the copies or fetches that it waits for") {
  Session session = quorum_run("", 1'000, kThreeBoth + R"(, "network": {"latency": "100ms"})");
  const std::string path = "/cluster/quorum/high_watermark";
  int whole = 0, awaits = 0, fetch = 0;
  for (int ms = 3'000; ms < 8'000; ms += 20) {
    session.run_until(sim::Instant{} + sim::milliseconds(ms));
    const auto state = *observe::state_at(session.moment(), "/cluster/quorum");
    const std::int64_t hw = state["high_watermark"];
    std::int64_t end = -1;
    int at_end = 0;
    for (const auto& [id, voter] : state["voters"].items())
      if (voter["state"] == "Leader") end = voter["log_end_offset"];
    for (const auto& [id, voter] : state["voters"].items()) at_end += voter["log_end_offset"] > hw ? 1 : 0;
    const observe::Answer answer = asked(session, path);
    CHECK(has_key(answer, "why.quorum_hw_at_end"_w) == (hw >= end));
    CHECK(has_key(answer, "why.quorum_hw_awaits"_w) == (hw < end && at_end < 2));
    CHECK(has_key(answer, "why.quorum_hw_next_fetch"_w) == (hw < end && at_end >= 2));
    if (hw >= end) {
      check_names(answer, "why.quorum_hw_at_end"_w, {std::to_string(end).c_str(), "controller-"}), ++whole;
    } else if (at_end >= 2) {
      check_names(answer, "why.quorum_hw_next_fetch"_w, {"3", std::to_string(at_end).c_str()}), ++fetch;
    } else {
      // Those that have the record already are not waited for.
      const std::string en = sentence_with(answer, "why.quorum_hw_awaits"_w).words.en;
      const std::string behind = en.substr(en.find("must have it"));
      int named = 0;
      for (std::size_t at = behind.find("controller-"); at != std::string::npos;
           at = behind.find("controller-", at + 1))
        ++named;
      CHECK(named == 3 - at_end);
      check_names(answer, "why.quorum_hw_awaits"_w, {"2", "3", std::to_string(hw).c_str()}), ++awaits;
    }
  }
  CHECK(fetch > 0);
  CHECK(whole > 0);
  CHECK(awaits > 0);
}

TEST_CASE("Why? about a voter says whether it has had its state since the formation") {
  Session session = quorum_run(R"({"at": "4s", "do": "crash", "node": "controller"})", 3'000);
  const auto answer_of = [&](int id) { return asked(session, "/cluster/quorum/voters/" + std::to_string(id)); };
  check_names(answer_of(3001), "why.voter_since_formation"_w, {"controller-2", "Follower"});
  check_names(answer_of(3000), "why.voter_since_formation"_w, {"controller-1", "Leader"});
  session.run_until(sim::Instant{} + sim::seconds(20));
  REQUIRE(observe::state_at(session.moment(), "/cluster/quorum/leader").value() != 3000);
  for (const int id : {3000, 3001, 3002}) {
    CAPTURE(id);
    const auto leader = observe::state_at(session.moment(), "/cluster/quorum/leader").value();
    if (leader == id || id == 3000) CHECK_FALSE(has_key(answer_of(id), "why.voter_since_formation"_w));
  }
}

TEST_CASE("Why? about a partition whose leaders were all in sync says that it had no unclean election") {
  Session clean = session_at("scenarios/replication/leader-failover.json", 20'000);
  check_names(asked(clean, "/partitions/orders-0/recovering"), "why.never_unclean"_w, {"orders-0"});
  const char* file = "tests/stories/unclean-election-by-hand.json";
  Session before = session_at(file, 2000), after = session_at(file, 2000);
  after.run_to_end();
  CHECK(has_key(asked(before, "/partitions/orders-0/recovering"), "why.never_unclean"_w));
  CHECK_FALSE(has_key(asked(after, "/partitions/orders-0/recovering"), "why.never_unclean"_w));
}

TEST_CASE("Why? about a record that is too large names the limit of its topic") {
  Session session = session_at("tests/stories/what-the-application-hears.json", 3'000);
  const observe::Answer answer = asked(session, "/sent/large/0");
  check_names(answer, "why.too_large"_w, {"small-ones", "max.message.bytes=1000"});
  CHECK_FALSE(has_key(asked(session, "/sent/cramped/1"), "why.too_large"_w));
}

TEST_CASE("Why? about responses without an event gives their number, and about refusals the events in the trace") {
  Session session = session_at("scenarios/replication/min-insync.json", 30'000);
  const std::string bean = "/metrics/mbeans/broker-1/kafka.network:type=RequestMetrics,name=ErrorsPerSec,request=";
  const observe::Answer plain = asked(session, bean + "Metadata,error=NONE");
  const std::string count = observe::state_at(session.moment(), bean + "Metadata,error=NONE")->dump();
  check_names(plain, "why.metric_without_error"_w, {"broker-1", "Metadata", count.c_str()});
  CHECK_FALSE(has_key(asked(session, bean + "Produce,error=NOT_ENOUGH_REPLICAS"), "why.metric_unseen"_w));
}
