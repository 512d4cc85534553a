// The marker that ends a record's transaction is the one behind it in its own log: its own, a late one of the transaction
// before, or that of a later transaction, if its own is lost. Who decided about a transaction, and what kept its markers away.
#include "protocol/facts_of_cluster.h"
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// A producer with two transactions of one record each: the first is committed, the second aborted.
Session two_transactions(const std::string& replicas, const std::string& steps, std::int64_t at_ms,
                         const std::string& cluster = R"("brokers": 3, "config": {"request.timeout.ms": 2000})") {
  return small_run(R"("topics": [{"name": "pay", "partitions": 1, "assignments": {"0": )" + replicas +
                       R"(}}],
    "clients": [{"id": "bank", "kind": "producer", "topic": "pay",
                 "config": {"transactional.id": "tx-1", "linger.ms": 0}}],
    "steps": [{"at": "4s", "do": "begin_transaction", "node": "bank"},
      {"at": "4s", "do": "produce", "node": "bank", "records": [{"key": "k", "value": "a"}]}, )" +
                       steps +
                       R"(, {"at": "50s", "do": "begin_transaction", "node": "bank"},
      {"at": "50s", "do": "produce", "node": "bank", "records": [{"key": "k", "value": "b"}]},
      {"at": "55s", "do": "abort_transaction", "node": "bank"}])",
                   at_ms, "4.1", cluster);
}

}  // namespace

TEST_CASE("a record whose commit marker was lost with a power failure ends with the next transaction's abort marker") {
  const std::string steps = R"({"at": "20s", "do": "commit_transaction", "node": "bank"},
      {"at": "22s", "do": "power_off", "node": "broker-1"}, {"at": "40s", "do": "restart", "node": "broker-1"})";
  const auto run = [&](std::int64_t at_ms) {
    return two_transactions("[1]", steps, at_ms, R"("brokers": 3, "disk": {"write_back": "5s"})");
  };
  Session session = run(70'000);
  CHECK(state_in(session, "/ledger/aborted") == 2);
  for (const char* path : {"/sent/bank/0", "/ledger/aborted"}) {
    CAPTURE(path);
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    CHECK_FALSE(has_key(answer, "why.committed"_w));
    CHECK(has_key(answer, "why.aborted_by_next"_w));
    CHECK(answer.steps.back().at.us >= 55'000'000);
    CHECK(sentence_with(answer, "why.marker_lost"_w).words.en.find("the commit marker at offset 1") !=
          std::string::npos);
    CHECK(says_in_both(sentence_with(answer, "why.marker_lost"_w), "pay-0"));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 22'000'000);
    check_root_changes(session, answer, "/ledger/aborted", true);
  }
  // Before the next transaction ends it is open again.
  Session before = run(45'000);
  const observe::Answer open = asked(before, "/sent/bank/0");
  CAPTURE(text_of_steps(open));
  CHECK(has_key(open, "why.marker_lost"_w));
  CHECK(has_key(open, "why.undecided"_w));
}

TEST_CASE("a marker that the new leader lacks is written again by the new coordinator, and the record is committed") {
  // The follower has the record, but not its marker; it has left the ISR when the leader and coordinator dies.
  const std::string steps = R"({"at": "6s", "do": "hold", "from": ["broker-2"], "to": "broker-1", "api": "Fetch",
      "what": "request", "count": "all"}, {"at": "20s", "do": "commit_transaction", "node": "bank"},
      {"at": "22s", "do": "crash", "node": "broker-1"})";
  Session session = two_transactions("[1, 2]", steps, 70'000, R"("brokers": 3,
      "config": {"replica.lag.time.max.ms": 4000, "unclean.leader.election.enable": true})");
  REQUIRE(state_in(session, "/partitions/pay-0/leader") == 2);
  const observe::Answer answer = asked(session, "/sent/bank/0");
  CAPTURE(text_of_steps(answer));
  CHECK(state_in(session, "/ledger/aborted") == 1);
  CHECK(has_key(answer, "why.committed"_w));
  CHECK_FALSE(has_key(answer, "why.marker_lost"_w));
}

TEST_CASE("a marker that an unclean election loses leaves the transaction hanging: Why? names the election") {
  // The follower has the record, but not its marker; it has left the ISR when the leader dies. The coordinator is another broker.
  const std::string steps = R"({"at": "6s", "do": "hold", "from": ["broker-3"], "to": "broker-2", "api": "Fetch",
      "what": "request", "count": "all"}, {"at": "20s", "do": "commit_transaction", "node": "bank"},
      {"at": "30s", "do": "crash", "node": "broker-2"})";
  for (const auto& [at_ms, path] :
       {std::pair<std::int64_t, std::string>{45'000, "/partitions/pay-0/last_stable_offset"},
        {70'000, "/sent/bank/0"}}) {
    Session session = two_transactions("[2, 3]", steps, at_ms, R"("brokers": 3,
      "config": {"replica.lag.time.max.ms": 4000, "unclean.leader.election.enable": true})");
    REQUIRE(state_in(session, "/transactions/tx-1/coordinator") == 1);
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    CHECK_FALSE(has_key(answer, "why.lso_late"_w));
    const observe::WhyStep& lost = sentence_with(answer, "why.marker_lost"_w);
    CHECK(says_in_both(lost, "pay-0"));
    CHECK(is<fact::LeaderElected>(*session.observation().trace().find(lost.seq)));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 30'000'000);
    check_root_changes(session, answer, at_ms < 50'000 ? path : "/ledger/aborted", at_ms > 50'000);
  }
}

TEST_CASE("a late marker of the transaction before ends the next one even after that one's decision") {
  const std::string hold = R"("do": "hold", "from": "transaction-coordinator:tx-1", "to": "leader:pay-0",
      "api": "WriteTxnMarkers", "what": "request", "count": 1})";
  Session session = two_transactions("[1, 2, 3]",
                                     R"({"at": "5s", )" + hold +
                                         R"(, {"at": "6s", "do": "commit_transaction", "node": "bank"},
      {"at": "53s", )" + hold + R"(, {"at": "56s", "do": "release", "from": "transaction-coordinator:tx-1",
      "to": "leader:pay-0", "api": "WriteTxnMarkers"})",
                                     70'000);
  CHECK(state_in(session, "/ledger/aborted") == 0);
  CHECK(state_in(session, "/transactions/tx-1/state") == "CompleteAbort");
  const observe::Answer answer = asked(session, "/sent/bank/1");
  CAPTURE(text_of_steps(answer));
  CHECK_FALSE(has_key(answer, "why.committed"_w));
  CHECK(has_key(answer, "why.committed_by_before"_w));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 5'000'000);
}

namespace {

/// A producer with the transactional.id t writes to pay-0, whose only replica is on broker-3.
std::string transactions(const std::string& steps, const std::string& clients = "") {
  return R"("topics": [{"name": "pay", "partitions": 1, "assignments": {"0": [3]}}],
    "clients": [{"id": "man", "kind": "producer", "topic": "pay", "config": {"transactional.id": "t"}})" +
         clients + R"(], "steps": [{"at": "5s", "do": "begin_transaction", "node": "man"},
      {"at": "5.2s", "do": "produce", "node": "man", "records": [{"value": "a"}]}, )" +
         steps + "]";
}

}  // namespace

TEST_CASE("a transaction that an operator terminates is not aborted by the producer's next process") {
  // The coordinator's record waits for a follower; meanwhile the producer starts over.
  Session session = small_run(transactions(R"({"at": "6s", "do": "isolate", "node": "broker-3"},
      {"at": "7s", "do": "terminate_transaction", "transactional_id": "t"},
      {"at": "8s", "do": "kill", "node": "man"}, {"at": "9s", "do": "start", "node": "man"})"),
                              20'000);
  const observe::Answer answer = asked(session, "/transactions/t/state");
  CAPTURE(text_of_steps(answer));
  REQUIRE(answer.root);
  CHECK(answer.root->at.us == 7'000'000);
  CHECK_FALSE(says(answer, "man takes over the transactional.id"));
}

TEST_CASE("an operator's act that comes when the producer has decided already ended nothing") {
  Session session = small_run(transactions(R"({"at": "6s", "do": "isolate", "node": "broker-3"},
      {"at": "7s", "do": "abort_transaction", "node": "man"},
      {"at": "8s", "do": "terminate_transaction", "transactional_id": "t"})"),
                              20'000);
  const observe::Answer answer = asked(session, "/transactions/t/state");
  CAPTURE(text_of_steps(answer));
  REQUIRE(answer.root);
  CHECK(answer.root->at.us == 7'000'000);
  CHECK_FALSE(says(answer, "An operator terminates"));
}

namespace {

/// What an error goes back to that the producer got while its decided transaction was not ended yet; both are over.
observe::Answer concurrent(const std::string& steps, std::int64_t at_ms, const std::string& client = "man",
                           const std::string& more = "") {
  Session session = small_run(transactions(steps, more), at_ms);
  return asked(session, "/clients/" + client + "/errors/CONCURRENT_TRANSACTIONS");
}

const std::string kRestartsSoon =
    R"(, {"at": "6s", "do": "kill", "node": "man"}, {"at": "8s", "do": "start", "node": "man"})";

}  // namespace

TEST_CASE("an error of a decided transaction goes back to what kept its marker away, also when the marker is written") {
  for (const char* act : {R"({"at": "5.5s", "do": "pause", "node": "broker-3"})",
                          R"({"at": "5.5s", "do": "crash", "node": "broker-3"})"}) {
    const std::string begins = act;
    const observe::Answer answer =
        concurrent(begins + kRestartsSoon + R"(, {"at": "20s", "do": ")" +
                       (begins.find("pause") == std::string::npos ? "restart" : "resume") + R"(", "node": "broker-3"})",
                   70'000);
    CAPTURE(text_of_steps(answer));
    CHECK(says(answer, "broker-3"));
    REQUIRE(answer.root);
  }
}

TEST_CASE("an error of a decided transaction does not go back to a broker that gets none of its markers") {
  const observe::Answer answer =
      concurrent(R"({"at": "5.5s", "do": "crash", "node": "broker-3"},
      {"at": "15s", "do": "pause", "node": "broker-1"}, {"at": "17s", "do": "resume", "node": "broker-1"})" +
                     kRestartsSoon + R"(, {"at": "20s", "do": "restart", "node": "broker-3"})",
                 70'000);
  CAPTURE(text_of_steps(answer));
  CHECK_FALSE(says(answer, "broker-1 is paused"));
}

TEST_CASE("an id that was Empty already is not so because of the operator who ended nothing") {
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 1, "assignments": {"0": [3]}}],
    "clients": [{"id": "man", "kind": "producer", "topic": "pay", "config": {"transactional.id": "t"}},
      {"id": "man2", "kind": "producer", "topic": "pay", "config": {"transactional.id": "t"}, "start": "7s"}],
    "steps": [{"at": "5s", "do": "begin_transaction", "node": "man"},
      {"at": "5.2s", "do": "produce", "node": "man", "records": [{"value": "a"}]},
      {"at": "7.5s", "do": "terminate_transaction", "transactional_id": "t"}])",
                              20'000);
  const observe::Answer answer = asked(session, "/transactions/t/state");
  CAPTURE(text_of_steps(answer));
  REQUIRE(answer.root);
  CHECK(answer.root->at.us == 7'000'000);
}
