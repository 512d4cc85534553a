// Metrics: what they count, by their own names: the follower's lag, internal topics, one partition, unfenced brokers, one request's error.
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kReplicas = "kafka.server:type=ReplicaManager,name=",
                  kPartition = "kafka.cluster:type=Partition,name=",
                  kErrors = "kafka.network:type=RequestMetrics,name=ErrorsPerSec,request=";

observe::Answer of_metric(Session& session, const std::string& node, const std::string& name) {
  return asked(session, "/metrics/mbeans/" + node + "/" + name);
}

/// Two topics; broker-3 is paused at 5 s and leaves their ISRs.
Session paused(std::int64_t at_s) {
  return small_run(
      R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}},
    {"name": "weak", "partitions": 1, "replication_factor": 2, "assignments": {"0": [1, 3]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
    {"id": "b", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}],
    "steps": [{"at": "5s", "do": "pause", "node": "broker-3"}])",
      at_s * 1000);
}

}  // namespace

TEST_CASE("Why? about MaxLag names the partition in which the follower is behind, and the slow link") {
  Session session =
      small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "400/s",
    "value_size": "1000B"}], "steps": [{"at": "5s", "do": "crash", "node": "broker-3"},
    {"at": "20s", "do": "link", "from": "broker-3", "to": ["broker-1"], "bandwidth": "5Mbps"},
    {"at": "25s", "do": "restart", "node": "broker-3"}])",
                27'000);
  const std::string name = "kafka.server:type=ReplicaFetcherManager,name=MaxLag,clientId=Replica";
  REQUIRE(observe::state_at(session.moment(), "/metrics/mbeans/broker-3/" + name)->get<double>() > 1000);
  const observe::Answer lag = of_metric(session, "broker-3", name);
  CHECK(says(lag, "pay-0"));
  REQUIRE(lag.root.has_value());
  CHECK(lag.root->at.us == 20'000'000);
}

TEST_CASE("Why? about UnderReplicatedPartitions names an internal partition if the broker leads no other") {
  Session session = paused(20);
  const std::string name = kReplicas + "UnderReplicatedPartitions";
  REQUIRE(observe::state_at(session.moment(), "/metrics/mbeans/broker-2/" + name)->get<double>() > 0);
  const observe::Answer answer = of_metric(session, "broker-2", name);
  CHECK(says(answer, "__consumer_offsets-"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 5'000'000);
  CHECK(says(of_metric(session, "broker-1", name), "pay-0"));  // one that users see comes first
}

TEST_CASE("Why? about a metric of one partition names no other partition") {
  Session session = paused(20);
  const observe::Answer weak = of_metric(session, "broker-1", kPartition + "UnderReplicated,topic=weak,partition=0");
  CHECK(says(weak, "weak-0"));
  CHECK_FALSE(says(weak, "pay-0"));
  CHECK(says(of_metric(session, "broker-1", kPartition + "AtMinIsr,topic=weak,partition=0"), "weak-0"));
  // A follower knows nothing of the ISR and reports 0.
  CHECK(has_key(of_metric(session, "broker-2", kPartition + "UnderReplicated,topic=pay,partition=0"),
                "why.metric_none"_w));
}

TEST_CASE("Why? about ActiveBrokerCount names the brokers that were fenced (KIP-748)") {
  const std::string name = "kafka.controller:type=KafkaController,name=ActiveBrokerCount";
  Session before = paused(4), after = paused(20);
  CHECK(has_key(of_metric(before, "controller-1", name), "why.formed"_w));
  const observe::Answer fenced = of_metric(after, "controller-1", name);
  CHECK(says(fenced, "broker-3 is fenced"));
  CHECK_FALSE(has_key(fenced, "why.active_since_formation"_w));
}

TEST_CASE("Why? about a metric of a controller that is cut off says that the value is this controller's own view") {
  Session session =
      small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 1, "assignments": {"0": [1]}}],
    "steps": [{"at": "5s", "do": "crash", "node": "broker-1"}, {"at": "20s", "do": "isolate", "node": "controller-1"},
    {"at": "35s", "do": "restart", "node": "broker-1"}])",
                50'000, "4.1", R"("brokers": 3, "controllers": 3)");
  const std::string name = "kafka.controller:type=KafkaController,name=OfflinePartitionsCount";
  REQUIRE(observe::state_at(session.moment(), "/partitions/pay-0/leader")->is_number());
  REQUIRE(observe::state_at(session.moment(), "/metrics/mbeans/controller-1/" + name)->get<double>() == 1);
  const observe::Answer answer = of_metric(session, "controller-1", name);
  CHECK(says_in_both(sentence_with(answer, "why.metric_own_view"_w), "controller-1"));
  REQUIRE(answer.root.has_value());
  CHECK_FALSE(has_key(answer, "why.metric_none"_w));
  CHECK(says(answer, "controller-1 is cut off"));
}

TEST_CASE("Why? about ErrorsPerSec names only the request and the error of that metric") {
  Session session = paused(4);
  int asked_about = 0;
  for (const char* node : {"broker-1", "broker-2", "broker-3"})
    if (const std::string name = kErrors + "JoinGroup,error=MEMBER_ID_REQUIRED";
        observe::state_at(session.moment(), "/metrics/mbeans/" + std::string(node) + "/" + name)) {
      ++asked_about;
      const observe::Answer answer = of_metric(session, node, name);
      CHECK(says(answer, "b gets MEMBER_ID_REQUIRED"));
      for (const observe::WhyStep& step : answer.steps) CHECK(step.words.en.find("COORDINATOR_") == std::string::npos);
    }
  CHECK(asked_about == 1);
}
