// What a count leaves out: produce requests refused for the client's stale metadata, and the unclean elections of another controller's
// process.
#include "why/in_version.h"
#include "why/root_check.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kBroker1 = "/metrics/mbeans/broker-1/",
                  kFailed = kBroker1 + "kafka.server:type=BrokerTopicMetrics,name=FailedProduceRequestsPerSec";

std::string produce_errors(const std::string& error) {
  return kBroker1 + "kafka.network:type=RequestMetrics,name=ErrorsPerSec,request=Produce,error=" + error;
}

/// broker-2 crashes at 5 s, so that pay-0 on broker-1 has too few replicas in sync, and starts again at `restart`; then come `steps`.
Session too_few_for_a_time(const std::string& producer, const std::string& restart, const std::string& steps,
                           std::int64_t at_ms) {
  return small_run(R"("topics": [{"name": "pay", "config": {"min.insync.replicas": 2}, "assignments": {"0": [1, 2]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", )" +
                       producer + R"(}],
    "steps": [{"at": "5s", "do": "crash", "node": "broker-2"}, {"at": ")" +
                       restart + R"(", "do": "restart", "node": "broker-2"}, )" + steps + "]",
                   at_ms);
}

const std::string kImpatient =
    R"("rate": "10/s", "config": {"request.timeout.ms": 3000, "delivery.timeout.ms": 60000})";

/// The answer names the failure of the append and its root, and not the other error.
void check_names_failed_append(Session& session, const std::string& other_error) {
  const observe::Answer answer = asked(session, kFailed);
  CAPTURE(text_of_steps(answer));
  CHECK(test::says(answer, "NOT_ENOUGH_REPLICAS"));
  CHECK_FALSE(test::says(answer, other_error));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 5'000'000);
}

}  // namespace

TEST_CASE(
    "Why? about FailedProduceRequestsPerSec names the last failure of the broker, no later NOT_LEADER_OR_FOLLOWER") {
  Session session = too_few_for_a_time(R"("rate": "20/s")", "45s",
                                       R"({"at": "55s", "do": "reassign", "partition": "pay-0", "replicas": [2, 1]},
      {"at": "57s", "do": "elect_leaders", "type": "preferred", "partitions": ["pay-0"]})",
                                       65'000);
  REQUIRE(state_in(session, produce_errors("NOT_LEADER_OR_FOLLOWER")) > 0);
  REQUIRE(state_in(session, kFailed) > 0);
  check_names_failed_append(session, "NOT_LEADER_OR_FOLLOWER");
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
  Session session = too_few_for_a_time(
      kImpatient, "25s", R"({"at": "35s", "do": "partition", "from": ["broker-1"], "to": ["broker-2"]})", 45'000);
  REQUIRE(state_in(session, produce_errors("REQUEST_TIMED_OUT")) > 0);
  REQUIRE(state_in(session, kFailed) > 1);
  check_names_failed_append(session, "REQUEST_TIMED_OUT");
}

TEST_CASE("Why? about FailedProduceRequestsPerSec leaves out the answers of an act") {
  Session session = too_few_for_a_time(
      kImpatient, "25s",
      R"({"at": "40s", "do": "answer", "node": "broker-1", "api": "Produce", "error": "INVALID_TXN_STATE", "count": 1})",
      45'000);
  check_names_failed_append(session, "INVALID_TXN_STATE");
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
