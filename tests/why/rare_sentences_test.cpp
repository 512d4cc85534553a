// Sentences that few runs produce, or that are told at one moment and not at another, with what they name.
#include <doctest/doctest.h>

#include "observe/model/state_document.h"
#include "observe/why/why.h"
#include "support/lessons.h"
#include "why/in_version.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// Runs on, in steps of 1 ms, until an answer about the path has that sentence; false: none has, up to that moment.
bool comes_to_say(Session& session, const std::string& path, words::Key key, std::int64_t until_ms) {
  for (sim::Instant at = session.cluster().now(); at <= sim::Instant{} + sim::milliseconds(until_ms);
       session.run_until(at = at + sim::milliseconds(1))) {
    const auto answer = whole_why(session.moment(), path);
    if (answer && has_key(*answer, key)) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("Why? about a share group's record whose last lock runs out says that nobody gets it again") {
  Session session = small_run(R"("topics": [{"name": "jobs", "partitions": 1, "replication_factor": 1}], "clients": [
      {"id": "shop", "kind": "producer", "topic": "jobs"},
      {"id": "s", "kind": "share_consumer", "topics": ["jobs"], "work": "80s", "config": {"group.id": "pool", "max.poll.records": 1}},
      {"id": "t", "kind": "share_consumer", "topics": ["jobs"], "work": "80s", "config": {"group.id": "pool", "max.poll.records": 1}}],
      "steps": [{"at": "8s", "do": "produce", "node": "shop", "records": [{"key": "a", "value": "1"}]},
        {"at": "40s", "do": "crash", "node": "s"}, {"at": "40s", "do": "crash", "node": "t"}])",
                              45'000, "4.1",
                              R"("brokers": 1, "features": {"share.version": 1}, "config": {
      "share.coordinator.state.topic.replication.factor": 1, "share.coordinator.state.topic.min.isr": 1,
      "offsets.topic.replication.factor": 1, "group.share.delivery.count.limit": 2, "group.share.record.lock.duration.ms": 15000})");
  const observe::Answer answer = asked(session, "/ledger/by_group/pool/skipped");
  CAPTURE(text_of_steps(answer));
  CHECK(has_key(answer, "why.share_archived_lock_over"_w));
}

TEST_CASE("Why? about a position, or a record in hand, of what a consumer has never read says so") {
  Session session = small_run(R"("topics": [{"name": "jobs", "partitions": 1, "replication_factor": 1}], "clients": [
      {"id": "s", "kind": "share_consumer", "topics": ["jobs"], "config": {"group.id": "pool"}},
      {"id": "r", "kind": "consumer", "topics": ["jobs"], "config": {"group.id": "g"}}],
      "steps": [{"at": "0s", "do": "hold", "from": "r", "to": ["broker-1"], "what": "request", "count": "all", "api": "OffsetFetch"}])",
                              9'000, "4.1",
                              R"("brokers": 1, "features": {"share.version": 1}, "config": {
      "share.coordinator.state.topic.replication.factor": 1, "share.coordinator.state.topic.min.isr": 1, "offsets.topic.replication.factor": 1})");
  for (const char* path : {"/clients/s/subscription/jobs-0/in_hand", "/clients/r/subscription/jobs-0/position"}) {
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    CHECK(has_key(answer, "why.never_read"_w));
  }
}

TEST_CASE("Why? about UNSTABLE_OFFSET_COMMIT names the open transaction that has the group's offset") {
  Session session = small_run(kPay + R"(, "clients": [
      {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
      {"id": "bank", "kind": "producer", "topic": "pay", "config": {"transactional.id": "tx-1"}},
      {"id": "r", "kind": "consumer", "topics": ["pay"], "start": "8s", "config": {"group.id": "g"}}],
    "steps": [{"at": "3s", "do": "begin_transaction", "node": "bank"},
      {"at": "4s", "do": "send_offsets_to_transaction", "node": "bank", "group": "g", "offsets": {"pay-0": 3}}])",
                              14'000);
  const observe::Answer answer = asked(session, "/clients/r/errors/UNSTABLE_OFFSET_COMMIT");
  CAPTURE(text_of_steps(answer));
  CHECK(says_in_both(sentence_with(answer, "why.offsets_open"_w), "tx-1"));
}

TEST_CASE("Why? about a transactional call after its coordinator has died: the next has not begun, or reads its log") {
  const std::string rest = kPay + R"(, "clients": [
      {"id": "bank", "kind": "producer", "topic": "pay", "config": {"transactional.id": "tx-1"}}],
    "steps": [{"at": "3s", "do": "begin_transaction", "node": "bank"},
      {"at": "3.1s", "do": "produce", "node": "bank", "records": [{"key": "a", "value": "1"}]},
      {"at": "5s", "do": "crash", "node": "transaction-coordinator:tx-1"}, {"at": "5.1s", "do": "commit_transaction", "node": "bank"})";
  Session reads = small_run(rest + "]", 13'000, "4.1", R"("brokers": 3, "disk": {"write": "8KB/s"})");
  CHECK(comes_to_say(reads, "/clients/bank/waiting", "why.call_loading"_w, 16'000));
  Session unheard =
      small_run(rest + R"(, {"at": "6s", "do": "hold", "from": "controller-1", "to": ["broker-2", "broker-3"],
      "api": "Fetch", "what": "response", "count": "all"}])",
                14'500);
  const observe::Answer answer = asked(unheard, "/clients/bank/waiting");
  CAPTURE(text_of_steps(answer));
  CHECK(has_key(answer, "why.call_not_taken_over"_w));
}

TEST_CASE(
    "Why? about a transactional.id whose first InitProducerId is being written says that there was no transaction") {
  Session session = small_run(kPay + R"(, "clients": [
      {"id": "bank", "kind": "producer", "topic": "pay", "config": {"transactional.id": "tx-1"}}])",
                              0, "4.1", R"("brokers": 3, "features": {"transaction.version": 0})");
  CHECK(comes_to_say(session, "/transactions/tx-1", "why.tx_new"_w, 1'000));
}

TEST_CASE("Why? about what a process knows to be committed says, right after its start, that it knows of nothing") {
  Session session = small_run(kPay + R"(, "steps": [{"at": "3s", "do": "crash", "node": "controller-2"},
      {"at": "6s", "do": "restart", "node": "controller-2"}])",
                              6'000, "4.1", R"("controllers": 3, "brokers": 3)");
  CHECK(comes_to_say(session, "/metrics/mbeans/controller-2/kafka.server:type=raft-metrics#high-watermark",
                     "why.metric_committed_unknown"_w, 9'000));
}

TEST_CASE("Why? about a partition whose ISR and ELR are empty says that it waits for its last known leader") {
  Session session = session_at("scenarios/replication/all-brokers-down.json", 65'000);
  CHECK(comes_to_say(session, "/partitions/pay-wait-0/leader", "why.awaits_last_known"_w, 65'300));
}

TEST_CASE("Why? about a lost record names the leader that no act had left alone in the ISR") {
  // The followers are farther away than replica.lag.time.max.ms allows.
  Session session = small_run(
      kPay.substr(0, kPay.find(R"("min.insync)")) + R"("min.insync.replicas": 1}, "assignments": {"0": [1, 2, 3]}}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "50/s"}],
      "steps": [{"at": "20s", "do": "power_off", "node": "broker-1"}, {"at": "22s", "do": "restart", "node": "broker-1"}])",
      60'000, "4.1", R"("brokers": 3, "network": {"latency": "300ms"}, "config": {"replica.lag.time.max.ms": 500})");
  const observe::Answer answer = asked(session, "/sent/shop/800");
  CAPTURE(text_of_steps(answer));
  CHECK(says_in_both(sentence_with(answer, "why.alone_in_isr"_w), "broker-1"));
  CHECK(root_ms(answer) == 20'000);
}

TEST_CASE("Why? about a record that is in a log twice says why the broker did not recognize it") {
  const auto twice = [](const std::string& config, const std::string& steps, const std::string& fate = "duplicated") {
    Session session =
        small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "config": {)" + config +
                      R"(}}], "steps": [)" + steps + "]",
                  40'000);
    return asked(session, "/ledger/" + fate);
  };
  const std::string held =
      R"({"at": "7s", "do": "hold", "from": "broker-1", "to": "shop", "api": "Produce", "what": "response", "count": )";
  const std::string one = R"({"at": "8s", "do": "produce", "node": "shop", "records": [{"key": "a", "value": "1"}]})";
  const observe::Answer off = twice(R"("acks": 1, "request.timeout.ms": 2000)", held + "1}, " + one);
  CAPTURE(text_of_steps(off));
  CHECK(says_in_both(sentence_with(off, "why.appended_again_off"_w), "acks=1"));
  const observe::Answer another = twice(
      R"("request.timeout.ms": 4000)", held + "1}, " + one + R"(, {"at": "9s", "do": "delete_topic", "topic": "pay"})");
  CAPTURE(text_of_steps(another));
  CHECK(has_key(another, "why.appended_again_new_topic"_w));
  const observe::Answer anew = twice(
      R"("linger.ms": 0, "request.timeout.ms": 3000, "delivery.timeout.ms": 5000)",
      held + R"("all"}, )" + one +
          R"(, {"at": "10s", "do": "produce", "node": "shop", "records": [{"key": "a", "value": "2"}]}, {"at": "13.5s", "do": "release"})");
  CAPTURE(text_of_steps(anew));
  CHECK(has_key(anew, "why.appended_again_anew"_w));
}

TEST_CASE(
    "Why? about a record whose transaction another marker ends: a late one of the transaction before, or the next one's") {
  const std::string cluster = R"("brokers": 3, "config": {"request.timeout.ms": 2000})";
  const std::string bank = R"(, "clients": [{"id": "bank", "kind": "producer", "topic": "pay", "config":
      {"transactional.id": "tx-1", "linger.ms": 0, "request.timeout.ms": 2000, "delivery.timeout.ms": 2000}}], "steps": [
      {"at": "4s", "do": "begin_transaction", "node": "bank"},
      {"at": "4s", "do": "produce", "node": "bank", "records": [{"key": "kim", "value": "a"}]}, )";
  Session late = small_run(kPay + bank + R"(
      {"at": "5s", "do": "hold", "from": "transaction-coordinator:tx-1", "to": "leader:pay-0", "api": "WriteTxnMarkers", "what": "request", "count": 1},
      {"at": "6s", "do": "abort_transaction", "node": "bank"}, {"at": "10s", "do": "begin_transaction", "node": "bank"},
      {"at": "10s", "do": "produce", "node": "bank", "records": [{"key": "kim", "value": "b"}]}, {"at": "11s", "do": "release"},
      {"at": "13s", "do": "commit_transaction", "node": "bank"}])",
                           19'000, "4.1", cluster);
  const observe::Answer aborted = asked(late, "/sent/bank/1");
  CAPTURE(text_of_steps(aborted));
  CHECK(has_key(aborted, "why.aborted_by_before"_w));
  Session hangs =
      small_run(kPay + bank + R"(
      {"at": "5s", "do": "hold", "from": "bank", "to": "leader:pay-0", "api": "Produce", "what": "request", "count": 1},
      {"at": "5.1s", "do": "produce", "node": "bank", "records": [{"key": "kim", "value": "b"}]},
      {"at": "9s", "do": "abort_transaction", "node": "bank"}, {"at": "13s", "do": "release"},
      {"at": "15s", "do": "begin_transaction", "node": "bank"},
      {"at": "16s", "do": "produce", "node": "bank", "records": [{"key": "kim", "value": "c"}]},
      {"at": "17s", "do": "commit_transaction", "node": "bank"}])",
                39'000, "4.1", R"("brokers": 3, "historical": ["KIP-890"], "features": {"transaction.version": 0})");
  const observe::Answer committed = asked(hangs, "/sent/bank/1");
  CAPTURE(text_of_steps(committed));
  CHECK(has_key(committed, "why.committed_by_next"_w));
}

TEST_CASE("Why? about a transform that no access rule lets into its group says so") {
  Session session =
      small_run(R"("topics": [{"name": "pay", "partitions": 1}, {"name": "out", "partitions": 1}], "clients": [
      {"id": "cp", "kind": "transform", "topics": ["pay"], "topic": "out", "config": {"group.id": "g"}}])",
                20'000, "4.1", R"("brokers": 3, "config": {
      "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer", "super.users": "User:root"})");
  CHECK(says_in_both(sentence_with(asked(session, "/clients/cp/failed"), "why.no_rule_allows"_w), "cp"));
}

TEST_CASE("Why? about a record from before a share group names the offset at which the group begins") {
  Session session = session_at("tests/stories/what-clients-hold.json", 17'000);
  const observe::Answer answer = asked(session, "/ledger/by_group/workers/before_group");
  CAPTURE(text_of_steps(answer));
  CHECK(tells(answer, "group workers begins at offset "));
}

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
