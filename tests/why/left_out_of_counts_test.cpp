// What a count leaves out: produce requests refused for the client's stale metadata, and the unclean elections of another controller's
// process.
#include "why/in_version.h"
#include "why/root_check.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE(
    "Why? about FailedProduceRequestsPerSec names the last failure of the broker, no later NOT_LEADER_OR_FOLLOWER") {
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 2,
      "config": {"min.insync.replicas": 2}, "assignments": {"0": [1, 2]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"}],
    "steps": [{"at": "5s", "do": "crash", "node": "broker-2"}, {"at": "45s", "do": "restart", "node": "broker-2"},
      {"at": "55s", "do": "reassign", "partition": "pay-0", "replicas": [2, 1]},
      {"at": "57s", "do": "elect_leaders", "type": "preferred", "partitions": ["pay-0"]}])",
                              65'000);
  const std::string beans = "/metrics/mbeans/broker-1/",
                    path = beans + "kafka.server:type=BrokerTopicMetrics,name=FailedProduceRequestsPerSec";
  REQUIRE(state_in(session, beans + "kafka.network:type=RequestMetrics,name=ErrorsPerSec,request=Produce,"
                                    "error=NOT_LEADER_OR_FOLLOWER") > 0);
  REQUIRE(state_in(session, path) > 0);
  const observe::Answer answer = asked(session, path);
  CAPTURE(text_of_steps(answer));
  CHECK(says(answer, "NOT_ENOUGH_REPLICAS"));
  CHECK_FALSE(says(answer, "NOT_LEADER_OR_FOLLOWER"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 5'000'000);
}

TEST_CASE("in 2.5 the process of the controller that elected uncleanly counts the election, no later controller's") {
  Session session = run_in_version(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 2,
      "assignments": {"0": [2, 3]}, "config": {"unclean.leader.election.enable": true}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s", "config": {"acks": 1}}],
    "steps": [{"at": "4s", "do": "crash", "node": "broker-3"}, {"at": "30s", "do": "crash", "node": "broker-2"},
      {"at": "31s", "do": "restart", "node": "broker-3"}, {"at": "60s", "do": "crash", "node": "broker-1"}])",
                                   59'000, "2.5");
  const auto bean = [](const std::string& broker) {
    return "/metrics/mbeans/" + broker + "/kafka.controller:type=ControllerStats,name=UncleanLeaderElectionsPerSec";
  };
  REQUIRE(state_in(session, bean("broker-1")) == 1);
  CHECK(tells(asked(session, bean("broker-1")), "broker-3 leads pay-0"));
  session.run_until(sim::Instant{85'000'000});
  REQUIRE(state_in(session, "/cluster/active_controller") == 3);
  REQUIRE(state_in(session, bean("broker-3")) == 0);
  const observe::Answer later = asked(session, bean("broker-3"));
  CAPTURE(text_of_steps(later));
  CHECK(tells(later, "broker-3 has counted none of these since its process started"));
  CHECK_FALSE(tells(later, "broker-3 leads pay-0"));
}

TEST_CASE("Why? about FailedProduceRequestsPerSec leaves out requests that timed out") {
  Session session =
      small_run(R"("topics": [{"name": "pay", "config": {"min.insync.replicas": 2}, "assignments": {"0": [1, 2]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "10/s",
      "config": {"request.timeout.ms": 3000, "delivery.timeout.ms": 60000}}],
    "steps": [{"at": "5s", "do": "crash", "node": "broker-2"}, {"at": "25s", "do": "restart", "node": "broker-2"},
      {"at": "35s", "do": "partition", "from": ["broker-1"], "to": ["broker-2"]}])",
                45'000);
  const std::string beans = "/metrics/mbeans/broker-1/",
                    path = beans + "kafka.server:type=BrokerTopicMetrics,name=FailedProduceRequestsPerSec";
  REQUIRE(state_in(session, beans + "kafka.network:type=RequestMetrics,name=ErrorsPerSec,request=Produce,"
                                    "error=REQUEST_TIMED_OUT") > 0);
  REQUIRE(state_in(session, path) > 1);
  const observe::Answer answer = asked(session, path);
  CAPTURE(text_of_steps(answer));
  CHECK(says(answer, "NOT_ENOUGH_REPLICAS"));
  CHECK_FALSE(says(answer, "REQUEST_TIMED_OUT"));
  CHECK(answer.root->at.us == 5'000'000);
}

TEST_CASE("Why? about FailedProduceRequestsPerSec leaves out the answers of an act") {
  Session session =
      small_run(R"("topics": [{"name": "pay", "config": {"min.insync.replicas": 2}, "assignments": {"0": [1, 2]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "10/s",
      "config": {"request.timeout.ms": 3000, "delivery.timeout.ms": 60000}}],
    "steps": [{"at": "5s", "do": "crash", "node": "broker-2"}, {"at": "25s", "do": "restart", "node": "broker-2"},
      {"at": "40s", "do": "answer", "node": "broker-1", "api": "Produce", "error": "INVALID_TXN_STATE", "count": 1}])",
                45'000);
  const observe::Answer answer =
      asked(session, "/metrics/mbeans/broker-1/kafka.server:type=BrokerTopicMetrics,name=FailedProduceRequestsPerSec");
  CAPTURE(text_of_steps(answer));
  CHECK(says(answer, "NOT_ENOUGH_REPLICAS"));
  CHECK_FALSE(says(answer, "INVALID_TXN_STATE"));
  CHECK(answer.root->at.us == 5'000'000);
}

TEST_CASE("a controller that is cut off has not counted an unclean election that it has not replayed") {
  Session session = small_run(R"("topics": [
      {"name": "a", "config": {"min.insync.replicas": 1, "unclean.leader.election.enable": true}, "assignments": {"0": [2, 3]}},
      {"name": "b", "config": {"min.insync.replicas": 1}, "assignments": {"0": [2, 3]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "a", "rate": "20/s", "config": {"acks": 1}}, {"id": "ops", "kind": "admin"}],
    "steps": [{"at": "4s", "do": "crash", "node": "broker-3"}, {"at": "20s", "do": "crash", "node": "broker-2"},
      {"at": "32s", "do": "restart", "node": "broker-3"},
      {"at": "40s", "do": "partition", "from": ["controller-3"], "to": ["controller-1", "controller-2"]},
      {"at": "45s", "do": "elect_leaders", "type": "unclean", "partitions": ["b-0"], "as": "ops"}])",
                              50'000, "4.1", R"("controllers": 3, "brokers": 3)");
  const auto bean = [](const std::string& controller) {
    return "/metrics/mbeans/" + controller + "/kafka.controller:type=ControllerStats,name=UncleanLeaderElectionsPerSec";
  };
  REQUIRE(state_in(session, bean("controller-1")) == 2);
  REQUIRE(state_in(session, bean("controller-3")) == 1);
  CHECK(tells(asked(session, bean("controller-1")), "broker-3 leads b-0"));
  const observe::Answer behind = asked(session, bean("controller-3"));
  CAPTURE(text_of_steps(behind));
  CHECK(tells(behind, "broker-3 leads a-0"));
  CHECK_FALSE(tells(behind, "b-0"));
}
