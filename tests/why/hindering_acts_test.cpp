// Which act hinders: one on the messages of another API is no cause, nor is one that is too young for the time-out. Each root
// is an act, and without it the state is another one.
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

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
