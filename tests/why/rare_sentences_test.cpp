// Sentences of Why? about moments that pass quickly, or that few runs have.
#include <doctest/doctest.h>

#include "observe/model/state_document.h"
#include "observe/why/why.h"
#include "support/lessons.h"
#include "why/in_version.h"

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
