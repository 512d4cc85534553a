// States that one act alone made: Why? names that act, and without it they are not so.
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// The answer's root is the act at that moment, and without it the state at the path is another one.
observe::Answer check_sole_act(Session& session, const std::string& path, std::int64_t act_ms) {
  CAPTURE(path);
  observe::Answer answer = asked(session, path);
  CAPTURE(text_of_steps(answer));
  CHECK(answer.root_kind == observe::RootKind::Act);
  CHECK((answer.root ? answer.root->at.us / 1000 : -1) == act_ms);
  check_root_changes(session, answer, path);
  return answer;
}

}  // namespace

TEST_CASE("Why? names the first ACL of a topic, which ends allow.everyone.if.no.acl.found=true for all others") {
  for (const std::string kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    const bool old = kafka == "2.5";
    const std::string authorizer = R"(, "config": {"authorizer.class.name": ")" +
                                   std::string(old ? "kafka.security.authorizer.AclAuthorizer"
                                                   : "org.apache.kafka.metadata.authorizer.StandardAuthorizer") +
                                   R"(", "allow.everyone.if.no.acl.found": true})";
    // At 10 s a rule for another one closes the topic; at 20 s a rule about the producer changes nothing more for it.
    for (const std::int64_t at_ms : {15'000, 21'000}) {
      Session session = small_run(
          kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"}],
        "steps": [{"at": "10s", "do": "acl", "principal": "User:kim", "operation": "Read", "resource": "topic:pay",
          "allow": false}, {"at": "20s", "do": "acl", "principal": "User:shop", "operation": "Write",
          "resource": "topic:pay", "allow": false}])",
          at_ms, kafka,
          (old ? R"("metadata": "zookeeper", "zookeepers": 3, "brokers": 3)" : R"("brokers": 3)") + authorizer);
      const observe::Answer answer = check_sole_act(session, "/clients/shop/failed", 10'000);
      CHECK(has_key(answer, "why.first_rule"_w));
      CHECK_FALSE(has_key(answer, "why.no_rule_named"_w));
    }
    // A rule that lets it in again, and the end of that rule: then that end is the reason.
    Session again = small_run(
        kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s", "start": "12s"}],
      "steps": [{"at": "5s", "do": "acl", "principal": "User:kim", "operation": "Read", "resource": "topic:pay"},
        {"at": "10s", "do": "acl", "principal": "User:shop", "operation": "Write", "resource": "topic:pay"},
        {"at": "20s", "do": "acl", "principal": "User:shop", "operation": "Write", "resource": "topic:pay",
          "remove": true}])",
        25'000, kafka,
        (old ? R"("metadata": "zookeeper", "zookeepers": 3, "brokers": 3)" : R"("brokers": 3)") + authorizer);
    check_sole_act(again, "/clients/shop/failed", 20'000);
  }
}

TEST_CASE(
    "Why? about a refused request for two topics names the one that the ACLs keep from the client, and its rule") {
  const std::string begin = R"("topics": [{"name": "free", "partitions": 1, "replication_factor": 3},
      {"name": "kept", "partitions": 1, "replication_factor": 3}],
    "clients": [{"id": "c", "kind": "consumer", "topics": ["free", "kept"], "start": "5s", "config": {"group.id": "g"}}],
    "steps": [{"at": "1s", "do": "acl", "principal": "User:c", "operation": "Read", "resource": "group:g"},
      {"at": "1s", "do": "acl", "principal": "User:c", "operation": "Read", "resource": "topic:free"},)";
  // A rule against the other topic is gone when the consumer starts.
  const std::string end = R"({"at": "3.5s", "do": "acl", "principal": "User:c", "operation": "Read",
        "resource": "topic:free", "allow": false},
      {"at": "4s", "do": "acl", "principal": "User:c", "operation": "Read", "resource": "topic:free", "allow": false,
        "remove": true}])";
  const std::string rule = R"({"at": "2s", "do": "acl", "principal": "User:c", "operation": "Read",
        "resource": "topic:kept"},
      {"at": "3s", "do": "acl", "principal": "User:c", "operation": "Read", "resource": "topic:kept", "remove": true},)";
  const std::string cluster =
      R"("brokers": 3, "config": {"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer"})";
  const std::string path = "/clients/c/errors/TOPIC_AUTHORIZATION_FAILED";
  Session withdrawn = small_run(begin + rule + end, 20'000, "4.1", cluster);
  check_sole_act(withdrawn, path, 3'000);
  Session never = small_run(begin + end, 20'000, "4.1", cluster);
  const observe::Answer answer = asked(never, path);
  CHECK_FALSE(answer.root.has_value());  // no rule
  CHECK_MESSAGE(says_in_both(sentence_with(answer, "why.no_rule_named"_w), "topic:kept"), text_of_steps(answer));
}

TEST_CASE("Why? about a preferred replica that leads again says that the controller's timer gave it the partition") {
  for (const std::string kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    Session session =
        small_run(kPay + R"(, "clients": [], "steps": [{"at": "5s", "do": "shutdown", "node": "broker-1"},
      {"at": "8s", "do": "restart", "node": "broker-1"}])",
                  35'000, kafka,
                  (kafka == "2.5" ? R"("metadata": "zookeeper", "zookeepers": 3, "brokers": 3)" : R"("brokers": 3)") +
                      std::string(R"(, "config": {"leader.imbalance.check.interval.seconds": 10})"));
    const observe::Answer answer = check_sole_act(session, "/partitions/pay-0/leader", 8'000);
    CHECK(has_key(answer, "why.preferred_again"_w));
  }
}

TEST_CASE("Why? about a producer that an operator has fenced names terminate_transaction") {
  Session session = small_run(R"("topics": [{"name": "orders", "partitions": 1, "replication_factor": 3},
      {"name": "out", "partitions": 1, "replication_factor": 3}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "20/s"},
      {"id": "tf", "kind": "transform", "topics": ["orders"], "topic": "out",
       "config": {"group.id": "tg", "transactional.id": "tt"}}],
    "steps": [{"at": "10s", "do": "terminate_transaction", "transactional_id": "tt"}])",
                              18'000);
  REQUIRE(state_in(session, "/transactions/tt/state") == "Empty");  // no transaction was open at 10 s
  for (const char* path : {"/clients/tf/state", "/clients/tf/exception", "/transactions/tt/state",
                           "/groups/tg/lag/orders-0", "/groups/tg/state"})
    check_sole_act(session, path, 10'000);
  Session nobody = session_at("tests/stories/transaction-terminated.json", 15'000);
  check_sole_act(nobody, "/transactions/nobody/state", 13'000);
}

TEST_CASE("Why? about ZooKeeper's leader names what gave the ensemble its majority again") {
  Session session = small_run(kPay + R"(, "clients": [], "steps": [{"at": "5s", "do": "crash", "node": "zookeeper-1"},
    {"at": "6s", "do": "crash", "node": "zookeeper-2"}, {"at": "20s", "do": "restart", "node": "zookeeper-1"}])",
                              30'000, "2.5", R"("metadata": "zookeeper", "zookeepers": 3, "brokers": 3)");
  check_sole_act(session, "/cluster/zookeeper", 20'000);
  // The death of a leader of a whole ensemble remains the reason for the next one.
  Session died = small_run(kPay + R"(, "clients": [], "steps": [{"at": "5s", "do": "crash", "node": "zookeeper-1"}])",
                           15'000, "2.5", R"("metadata": "zookeeper", "zookeepers": 3, "brokers": 3)");
  check_sole_act(died, "/cluster/zookeeper", 5'000);
}

TEST_CASE("Why? about acknowledge() in the implicit mode names the act that made the application call it") {
  Session session =
      small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "10/s"},
    {"id": "s", "kind": "share_consumer", "topics": ["pay"], "config": {"group.id": "g"}}],
    "steps": [{"at": "12s", "do": "behave", "node": "s", "acknowledge": "release_every:3"}])",
                20'000, "4.1", R"("brokers": 3, "features": {"share.version": 1})");
  for (const char* path : {"/clients/s/errors", "/clients/s/exception"}) {
    const observe::Answer answer = check_sole_act(session, path, 12'000);
    CHECK(has_key(answer, "why.acknowledges_implicitly"_w));
  }
}

TEST_CASE(
    "Why? about CONCURRENT_TRANSACTIONS names what keeps the markers of the transaction before from being written") {
  Session session = small_run(R"("topics": [
      {"name": "a", "partitions": 1, "replication_factor": 1, "assignments": {"0": [1]}},
      {"name": "b", "partitions": 1, "replication_factor": 1, "assignments": {"0": [2]}}],
    "clients": [{"id": "bank", "kind": "producer", "topic": "a", "config": {"transactional.id": "tx"}}],
    "steps": [{"at": "8s", "do": "begin_transaction", "node": "bank"},
      {"at": "8s", "do": "produce", "node": "bank",
       "records": [{"key": "1", "value": "v"}, {"key": "1", "value": "v", "topic": "b"}]},
      {"at": "10s", "do": "crash", "node": "broker-2"}, {"at": "12s", "do": "commit_transaction", "node": "bank"},
      {"at": "20s", "do": "begin_transaction", "node": "bank"},
      {"at": "20s", "do": "produce", "node": "bank", "records": [{"key": "2", "value": "v"}]}])",
                              39'600);
  for (const char* path : {"/clients/bank/waiting", "/clients/bank/errors"}) {
    const observe::Answer answer = check_sole_act(session, path, 10'000);
    CHECK(has_key(answer, "why.tx_markers"_w));
  }
}

namespace {

/// Two consumers of one group, in the classic protocol.
const std::string kTwoReaders = R"("topics": [{"name": "orders", "partitions": 2, "replication_factor": 3}],
  "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "20/s"},
    {"id": "b1", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "g", "session.timeout.ms": 10000}},
    {"id": "b2", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "g", "session.timeout.ms": 10000}}],
  "steps": [)";

}  // namespace

TEST_CASE("Why? about a member that has joined again names its return, or the act that made it join again") {
  Session back = small_run(kTwoReaders + R"({"at": "10s", "do": "pause", "node": "b1"},
    {"at": "30s", "do": "resume", "node": "b1"}])",
                           50'000);
  check_sole_act(back, "/groups/g/members/b1", 30'000);
  // The coordinator still waits for the member that it has not lost: the group does not get ready.
  Session told = small_run(kTwoReaders + R"({"at": "20s", "do": "answer", "node": "coordinator:g", "from": "b1",
    "api": "OffsetCommit", "error": "UNKNOWN_MEMBER_ID", "count": 1}])",
                           28'000);
  REQUIRE(state_in(told, "/groups/g/state") == "PreparingRebalance");
  check_sole_act(told, "/groups/g/state", 20'000);
  check_sole_act(told, "/groups/g/lag/orders-0", 20'000);
}

TEST_CASE("Why? about a rebalance names the member that has not joined again, and what hinders it") {
  // b2's commits keep its session, but only the answers to its heartbeats would tell it of the rebalance.
  Session session = small_run(kTwoReaders + R"({"at": "20s", "do": "lose", "from": "b2", "api": "Heartbeat",
    "what": "request", "count": "all"},
    {"at": "50s", "do": "add_client", "client": {"id": "b3", "kind": "consumer", "topics": ["orders"],
     "config": {"group.id": "g"}}}])",
                              85'000);
  REQUIRE(state_in(session, "/groups/g/state") == "PreparingRebalance");
  const observe::Answer answer = asked(session, "/groups/g/state");
  for (const char* part : {"b2", "max.poll.interval.ms=300000"})
    CHECK(says_in_both(sentence_with(answer, "why.group_awaits_members"_w), part));
  CHECK(tells(answer, "Heartbeat"));
}
