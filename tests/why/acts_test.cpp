// Why? names acts: those of an operator, those that hinder, and the only act of a run.
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

constexpr const char* kOrders = R"("topics": [{"name": "orders", "partitions": 1, "assignments": {"0": [1, 2, 3]}}],
  "clients": [{"id": "p", "kind": "producer", "topic": "orders", "rate": "20/s"},
              {"id": "c", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "g"}}])";

Session with_act(const std::string& act, std::int64_t at_ms, bool zookeeper, const std::string& rest = kOrders) {
  return small_run(rest + R"(, "steps": [)" + act + "]", at_ms, zookeeper ? "2.5" : "4.1",
                   zookeeper ? R"("metadata": "zookeeper", "zookeepers": 3, "brokers": 4)" : R"("brokers": 4)");
}

void check_root(Session& session, const std::string& path) { check_root_changes(session, asked(session, path), path); }

const std::string kMinIsr3 =
    R"({"at": "7s", "do": "configure", "topic": "orders", "config": {"min.insync.replicas": 3}})";

}  // namespace

TEST_CASE("operator's acts: a topic's setting and the errors that it causes lead back to the operator") {
  for (const bool zookeeper : {false, true}) {
    CAPTURE(zookeeper);
    Session setting = with_act(kMinIsr3, 12'000, zookeeper);
    check_root(setting, "/topics/orders/config/min.insync.replicas");
    Session smaller =
        with_act(R"({"at": "5s", "do": "configure", "topic": "orders", "config": {"max.message.bytes": 80}})", 12'000,
                 zookeeper);
    check_root(smaller, "/clients/p/errors/MESSAGE_TOO_LARGE");
  }
}

TEST_CASE("operator's acts: AtMinIsr with a complete ISR leads back to the act that raised min.insync.replicas") {
  for (const bool zookeeper : {false, true}) {
    CAPTURE(zookeeper);
    Session session = with_act(kMinIsr3, 12'000, zookeeper);
    check_root(session, "/metrics/mbeans/broker-1/kafka.cluster:type=Partition,name=AtMinIsr,topic=orders,partition=0");
  }
}

TEST_CASE("operator's acts: FENCED_LEADER_EPOCH leads back to the reassignment that began the epoch") {
  for (const bool zookeeper : {false, true}) {
    CAPTURE(zookeeper);
    Session session = with_act(R"({"at": "8s", "do": "reassign", "partition": "orders-0", "replicas": [1, 2, 4]})",
                               12'000, zookeeper);
    check_root(session, "/clients/c/errors/FENCED_LEADER_EPOCH");
  }
}

TEST_CASE("operator's acts: a reset of offsets is told of the group, with the topic among the details") {
  Session session = with_act(
      R"({"at": "8s", "do": "stop", "node": "c"}, {"at": "9s", "do": "reset_offsets", "group": "g", "topic": "orders", "to": "earliest"})",
      12'000, false);
  CHECK(tells(asked(session, "/groups/g/offsets/orders-0"),
              "An operator resets the offsets of group g (orders to beginning)"));
}

TEST_CASE("operator's acts: the cancellation of a reassignment is told as a cancellation") {
  const std::string move =
      R"({"at": "8s", "do": "reassign", "partition": "orders-0", "replicas": [4, 2], "throttle": "1KB/s"}, )";
  Session all = with_act(move + R"({"at": "9s", "do": "reassign", "cancel": true})", 12'000, false);
  CHECK(tells(asked(all, "/partitions/orders-0/replicas"), "An operator cancels all reassignments"));
  Session one =
      with_act(move + R"({"at": "9s", "do": "reassign", "partition": "orders-0", "cancel": true})", 12'000, false);
  CHECK(tells(asked(one, "/partitions/orders-0/replicas"), "An operator cancels the reassignment of orders-0"));
}

TEST_CASE("operator's acts: INVALID_TIMESTAMP leads back to the wrong clock of the leader or the producer") {
  for (const std::string of : {R"("broker-1", "by": "-2h")", R"("p", "by": "2h")"}) {
    CAPTURE(of);
    Session session = with_act(R"({"at": "5s", "do": "skew_clock", "node": )" + of + R"(},
      {"at": "8s", "do": "reassign", "partition": "orders-0", "replicas": [1, 2, 4]})",
                               12'000, false);
    const observe::Answer answer = asked(session, "/clients/p/errors/INVALID_TIMESTAMP");
    CHECK(answer.steps.front().at == sim::Instant{5'000'000});
    CHECK(tells(answer, "message.timestamp.after.max.ms=3600000 ahead"));
    check_root(session, "/clients/p/errors/INVALID_TIMESTAMP");
  }
}

TEST_CASE("operator's acts: Why? explains a share group's start offset, and a member that lost its partitions") {
  const auto run = [](std::int64_t at_ms) {
    return small_run(
        R"("topics": [{"name": "orders", "partitions": 1}],
  "clients": [{"id": "p", "kind": "producer", "topic": "orders", "rate": "20/s"},
              {"id": "s", "kind": "share_consumer", "topics": ["orders"], "config": {"group.id": "sg"}}],
  "steps": [{"at": "8s", "do": "delete_topic", "topic": "orders"}])",
        at_ms, "4.1",
        R"("brokers": 3, "config": {"auto.create.topics.enable": false}, "features": {"share.version": 1})");
  };
  Session after = run(20'000), before = run(7'000);
  const observe::Answer member = asked(after, "/groups/sg/members/s"),
                        offset = asked(before, "/groups/sg/offsets/orders-0");
  CHECK(tells(member, "An operator deletes the topic orders"));
  CHECK_FALSE(tells(member, "  "));
  CHECK(tells(offset, "the start offset of group sg on orders-0 moves"));
  CHECK_FALSE(tells(offset, "has committed nothing"));
}

namespace {

/// A question at a moment, and the moment of the act that is to be its answer's root.
struct Hindered {
  std::string steps;
  std::int64_t at_ms;
  std::string path;
  std::int64_t root_ms;
};

/// Three brokers, all with replicas of orders-0, which broker-1 leads, and of bills-0, which broker-2 leads; producers p and q and a consumer c.
std::string cluster_of(const std::string& kafka, const std::string& steps) {
  const std::string settings = R"("replica.lag.time.max.ms": 10000, "leader.imbalance.check.interval.seconds": 5)";
  const std::string servers = kafka == "2.5" ? R"("metadata": "zookeeper", "zookeepers": 1, "config": {)" + settings +
                                                   R"(, "zookeeper.session.timeout.ms": 6000})"
                                             : R"("controllers": 3, "config": {)" + settings + "}";
  return R"({"format": 1, "id": "hinder", "title": {"en": "h", "ko": "h"}, "seed": 3, "kafka": ")" + kafka +
         R"(", "cluster": {"brokers": 3, )" + servers + R"(}, "topics": [{"name": "orders", "partitions": 1,
    "assignments": {"0": [1, 2, 3]}, "config": {"min.insync.replicas": 2}}, {"name": "bills", "partitions": 1,
    "assignments": {"0": [2, 3, 1]}}], "clients": [{"id": "q", "kind": "producer", "topic": "bills", "rate": "20/s"},
    {"id": "p", "kind": "producer", "topic": "orders", "rate": "20/s", "config": {"acks": "all"}},
    {"id": "c", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "g", "session.timeout.ms": 6000}}],
    "steps": [)" +
         steps + R"(], "until": "60s"})";
}

observe::Answer check_hindered(const std::string& kafka, const Hindered& h) {
  CAPTURE(kafka);
  CAPTURE(h.steps);
  CAPTURE(h.path);
  Session session(loaded(cluster_of(kafka, h.steps), "base"), true);
  session.run_until(sim::Instant{} + sim::milliseconds(h.at_ms));
  const observe::Answer answer = asked(session, h.path);
  REQUIRE_MESSAGE(answer.root.has_value(), text_of_steps(answer));
  CHECK_MESSAGE(answer.root->at.us / 1000 == h.root_ms, text_of_steps(answer));
  check_root_changes(session, answer, h.path);
  return answer;
}

const std::string kPaused = R"({"at": "5s", "do": "pause", "node": "broker-3"}, )";
/// Acts on messages that do not carry what broker-3 does for orders-0.
const std::vector<std::string> kOfOthers = {
    R"({"at": "8s", "do": "hold", "count": "all", "from": ["c"], "to": ["broker-1", "broker-2", "broker-3"], "api": "Heartbeat"})",
    R"({"at": "8s", "do": "lose", "count": "all", "from": ["broker-3"], "api": "OffsetCommit", "what": "response"})",
    R"({"at": "8s", "do": "lose", "count": "all", "from": ["broker-3"], "api": "Fetch", "what": "response"})",
    R"({"at": "8s", "do": "answer", "node": "broker-3", "api": "Heartbeat", "error": "NOT_COORDINATOR", "count": 1})",
    R"({"at": "8s", "do": "partition", "from": ["c"], "to": ["broker-3"]})"};

}  // namespace

TEST_CASE("hindering acts: an act on messages hinders only the APIs and the nodes that it names") {
  for (const std::string kafka : {"4.1", "2.5"})
    for (const std::string& other : kOfOthers) {
      for (const char* path :
           {"/partitions/orders-0/high_watermark", "/partitions/orders-0/logs/3", "/clients/p/waiting"})
        check_hindered(kafka, {kPaused + other, 9'500, path, 5'000});
      check_hindered(kafka, {kPaused + other, 22'000, "/partitions/orders-0/isr", 5'000});
    }
  check_hindered("4.1", {kPaused + kOfOthers[1], 22'000, "/nodes/broker-3/fenced", 5'000});
}

TEST_CASE("hindering acts: an act on messages hinders whatever waits for those messages") {
  const std::string earlier =
      R"({"at": "5s", "do": "link", "from": ["broker-3"], "to": ["broker-1"], "latency": "20ms"}, )";
  for (const std::string kafka : {"4.1", "2.5"}) {
    for (const char* side : {"request", "response"}) {
      const std::string from = std::string(side) == "request" ? "broker-3" : "broker-1",
                        to = std::string(side) == "request" ? "broker-1" : "broker-3";
      const std::string fetch = R"({"at": "6s", "do": "hold", "count": "all", "from": [")" + from + R"("], "to": [")" +
                                to + R"("], "api": "Fetch", "what": ")" + side + R"("})";
      check_hindered(kafka, {earlier + fetch, 9'500, "/partitions/orders-0/high_watermark", 6'000});
      check_hindered(kafka, {earlier + fetch, 25'000, "/partitions/orders-0/isr", 6'000});
    }
    const std::string produce =
        R"({"at": "6s", "do": "hold", "count": "all", "from": ["p"], "to": ["broker-1"], "api": "Produce"})";
    check_hindered(kafka, {earlier + produce, 9'500, "/clients/p/waiting", 6'000});
  }
  const std::string alive =
      R"({"at": "6s", "do": "lose", "count": "all", "from": ["broker-3"], "api": "BrokerHeartbeat"})";
  check_hindered("4.1", {alive, 22'000, "/nodes/broker-3/fenced", 6'000});
}

TEST_CASE("hindering acts: a time-out is explained by the fault that lasted so long, not by a newer one") {
  const std::string cut = R"({"at": "5s", "do": "partition", "from": ["broker-1"],
                              "to": ["controller-1", "controller-2", "controller-3"]}, )";
  for (const char* newer : {"crash", "pause"})
    for (const char* path : {"/nodes/broker-1/fenced", "/partitions/orders-0/leader", "/partitions/orders-0/isr"})
      check_hindered("4.1",
                     {cut + R"({"at": "13s", "do": ")" + newer + R"(", "node": "broker-1"})", 20'000, path, 5'000});
  // The session with ZooKeeper.
  const std::string zk_cut = R"({"at": "5s", "do": "partition", "from": ["broker-1"], "to": ["zookeeper-1"]}, )";
  for (const char* path : {"/partitions/orders-0/leader", "/partitions/orders-0/isr"})
    check_hindered("2.5", {zk_cut + R"({"at": "9s", "do": "pause", "node": "broker-1"})", 13'500, path, 5'000});
  // The leader's check, a member's session.
  const std::string fetch =
      R"({"at": "5s", "do": "hold", "count": "all", "from": ["broker-3"], "to": ["broker-1"], "api": "Fetch"},
         {"at": "14.8s", "do": "pause", "node": "broker-3"})";
  const std::string member =
      R"({"at": "5s", "do": "partition", "from": ["c"], "to": ["broker-1", "broker-2", "broker-3"]},
         {"at": "9s", "do": "kill", "node": "c"})";
  for (const std::string kafka : {"4.1", "2.5"}) {
    check_hindered(kafka, {fetch, kafka == "4.1" ? 20'500 : 18'500, "/partitions/orders-0/isr", 5'000});
    check_hindered(kafka, {member, 12'500, "/groups/g/state", 5'000});
  }
}

TEST_CASE("hindering acts: an error for one heartbeat does not explain the end of a session") {
  const std::string steps = R"({"at": "5s", "do": "pause", "node": "coordinator:g"},
    {"at": "9s", "do": "answer", "node": "coordinator:g", "api": "Heartbeat", "error": "NOT_LEADER_OR_FOLLOWER", "count": 1},
    {"at": "12s", "do": "resume", "node": "broker-1"}, {"at": "12s", "do": "resume", "node": "broker-2"},
    {"at": "12s", "do": "resume", "node": "broker-3"})";
  check_hindered("4.1", {steps, 20'000, "/groups/g/generation", 5'000});
}

TEST_CASE("hindering acts: the isolation of the first controller explains what waits for that broker") {
  const std::string isolate = R"({"at": "5s", "do": "isolate", "node": "controller"})";
  for (const char* path : {"/partitions/bills-0/high_watermark", "/clients/p/waiting"})
    check_hindered("2.5", {isolate, 8'000, path, 5'000});
  for (const char* path : {"/partitions/orders-0/leader", "/partitions/orders-0/isr", "/cluster/active_controller"})
    check_hindered("2.5", {isolate, 20'000, path, 5'000});
  check_hindered("4.1", {isolate, 20'000, "/cluster/active_controller", 5'000});
}

TEST_CASE("hindering acts: an error is explained by the change of the broker that answered with it") {
  // broker-1 is back long before.
  const std::string steps =
      R"({"at": "5s", "do": "shutdown", "node": "broker-2"}, {"at": "8s", "do": "restart", "node": "broker-2"},
    {"at": "20s", "do": "shutdown", "node": "broker-1"}, {"at": "23s", "do": "restart", "node": "broker-1"})";
  for (const std::string kafka : {"4.1", "2.5"})
    check_hindered(kafka, {steps, 50'000, "/clients/c/errors/FETCH_SESSION_ID_NOT_FOUND", 23'000});
  // The preferred leader of the group's partition is back, after another broker was away and came back, too.
  const std::string returns =
      R"({"at": "5s", "do": "shutdown", "node": "broker-3"}, {"at": "8s", "do": "restart", "node": "broker-3"},
    {"at": "20s", "do": "shutdown", "node": "coordinator:g"}, {"at": "23s", "do": "restart", "node": "broker-1"}, {"at": "23s", "do": "restart", "node": "broker-2"},
    {"at": "23s", "do": "restart", "node": "broker-3"})";
  for (const std::string kafka : {"4.1", "2.5"}) {
    Session session(loaded(cluster_of(kafka, returns), "base"), true);
    session.run_until(sim::Instant{} + sim::milliseconds(50'000));
    const observe::Answer answer = asked(session, "/clients/c/errors/NOT_COORDINATOR");
    REQUIRE(answer.root.has_value());
    CHECK_MESSAGE(answer.root->at.us == 23'000'000, text_of_steps(answer));
    CHECK(tells(answer, " starts"));
  }
}

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
