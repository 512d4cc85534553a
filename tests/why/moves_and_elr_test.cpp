// Answers during and after a reassignment, about who may lead out of the ELR, about a topic whose deletion waits, and about
// healthy brokers that have not found the new controller yet.
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using nlohmann::json;
using scenario::Session;

namespace {

const std::string kShopProduces =
    R"("clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"}], )";
const std::string kFourBrokers = R"("brokers": 4)";

Session run_with(const std::string& steps, std::int64_t at_ms, const std::string& cluster = R"("brokers": 3)") {
  return small_run(kPay + ", " + kShopProduces + R"("steps": [)" + steps + "]", at_ms, "4.1", cluster);
}

/// The answer, which goes back to the act at that moment.
observe::Answer from_act(Session& session, const std::string& path, std::int64_t act_ms) {
  observe::Answer answer = asked(session, path);
  const std::int64_t root_ms = answer.root ? answer.root->at.us / 1000 : -1;
  CHECK_MESSAGE(root_ms == act_ms, path, ": ", text_of_steps(answer));
  return answer;
}

const std::string kOnlyAnotherOrder = R"({"at": "5s", "do": "reassign", "partition": "pay-0", "replicas": [2, 1, 3]})";
/// broker-4 cannot fetch from the leader, and is to become a replica; then a replica that stays crashes.
const std::string kCutFromLeader =
    R"({"at": "5s", "do": "partition", "from": ["broker-1"], "to": ["broker-4"]},
       {"at": "7s", "do": "reassign", "partition": "pay-0", "replicas": [2, 3, 4]},
       {"at": "20s", "do": "crash", "node": "broker-2"}, {"at": "45s", "do": "heal"})";

}  // namespace

TEST_CASE("a leader that a reassignment has left in its place is not called the preferred one") {
  Session another_order = run_with(kOnlyAnotherOrder, 8000);
  for (const char* path : {"/partitions/pay-0/leader", "/partitions/pay-0/leader_epoch"}) {
    const observe::Answer answer = from_act(another_order, path, 5000);
    CHECK(has_key(answer, "why.leads_until_preferred"_w));
    CHECK_FALSE(has_key(answer, "why.leads_as_preferred"_w));
  }
  CHECK_FALSE(has_key(from_act(another_order, "/partitions/pay-0/replicas", 5000), "why.replicas_formed"_w));

  Session under_way = run_with(kCutFromLeader, 40'000, kFourBrokers);
  const observe::Answer answer = from_act(under_way, "/partitions/pay-0/leader", 7000);
  CHECK(has_key(answer, "why.leads_until_moved"_w));
  CHECK_FALSE(has_key(answer, "why.leads_as_preferred"_w));
}

TEST_CASE("the leader that the controller's timer elects after a reassignment goes back to that act") {
  Session session =
      run_with(kOnlyAnotherOrder, 15'000, R"("brokers": 3, "config": {"leader.imbalance.check.interval.seconds": 10})");
  REQUIRE(state_in(session, "/partitions/pay-0/leader") == 2);
  check_root_changes(session, from_act(session, "/partitions/pay-0/leader", 5000), "/partitions/pay-0/leader");
}

TEST_CASE("a leader since the beginning does not make the partition unchanged") {
  Session session = run_with(R"({"at": "5s", "do": "crash", "node": "broker-3"})", 30'000);
  for (const char* path : {"/partitions/pay-0/leader", "/partitions/pay-0/leader_epoch"}) {
    const observe::Answer answer = asked(session, path);
    CHECK(has_key(answer, "why.led_from_start"_w));
    CHECK_FALSE(has_key(answer, "why.formed"_w));
  }
  CHECK_FALSE(has_key(asked(session, "/partitions/pay-0/replicas"), "why.formed"_w));
}

TEST_CASE("a new replica that is cut off from the leader is out of the ISR because of the cut") {
  Session session = run_with(kCutFromLeader, 15'000, kFourBrokers);
  for (const char* path : {"/partitions/pay-0/isr", "/partitions/pay-0/logs/4"}) {
    const observe::Answer answer = from_act(session, path, 5000);
    check_root_changes(session, answer, path);
  }
  CHECK(says_in_both(sentence_with(asked(session, "/partitions/pay-0/replicas"), "why.move_waits"_w), "broker-4"));

  session.run_until(sim::Instant{} + sim::seconds(40));
  CHECK(tells(asked(session, "/partitions/pay-0/isr"), "The network between broker-1 and broker-4 is cut"));
  const observe::Answer waits = asked(session, "/partitions/pay-0/replicas");
  CHECK(says_in_both(sentence_with(waits, "why.move_waits"_w), "broker-2, broker-4"));
  // KIP-455: a replica that is being added is none of those that the partition must have.
  const std::string bean = "kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions";
  const observe::Answer under = from_act(session, "/metrics/mbeans/broker-1/" + bean, 20'000);
  CHECK_FALSE(tells(under, "moves replicas"));

  session.run_until(sim::Instant{} + sim::seconds(68));
  const observe::Answer dead = asked(session, "/partitions/pay-0/replicas");
  CHECK(says_in_both(sentence_with(dead, "why.move_waits"_w), "broker-2"));
  CHECK(tells(dead, "broker-2 crashes"));
}

TEST_CASE("a throttled new replica gets nothing while the replicas in the ISR use the rate up") {
  Session session = run_with(R"({"at": "10s", "do": "reassign", "partition": "pay-0", "replicas": [4, 2, 3],
                                 "throttle": "1KB/s"},
                                {"at": "20s", "do": "disk", "node": "broker-4", "write": "5KB/s"})",
                             30'000, kFourBrokers);
  REQUIRE(state_in(session, "/partitions/pay-0/logs/4/log_end_offset") == 0);
  for (const char* path : {"/partitions/pay-0/logs/4", "/partitions/pay-0/isr"}) {
    const observe::Answer answer = from_act(session, path, 10'000);
    CHECK_MESSAGE(has_key(answer, "why.copies_held_back"_w), text_of_steps(answer));
    CHECK_FALSE(tells(answer, "The disk of broker-4"));
  }
}

TEST_CASE("a replica that its own broker throttles copies no faster than that, which is not the leader's limit") {
  const std::string large =
      R"("clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s", "value_size": "20KB"}], )";
  Session session = small_run(kPay + ", " + large + R"("steps": [
        {"at": "8s", "do": "configure", "topic": "pay", "config": {"follower.replication.throttled.replicas": "*"}},
        {"at": "9s", "do": "configure", "node": "broker-4", "config": {"follower.replication.throttled.rate": 100000}},
        {"at": "10s", "do": "reassign", "partition": "pay-0", "replicas": [4, 2, 3]}])",
                              30'000, "4.1", kFourBrokers);
  for (const char* path : {"/partitions/pay-0/logs/4", "/partitions/pay-0/isr"}) {
    const observe::Answer answer = from_act(session, path, 9000);
    CHECK(says_in_both(sentence_with(answer, "why.copies_limited_by_follower"_w), "100000"));
  }
}

TEST_CASE("a cluster that keeps no eligible leader replicas says so, and what has switched them off") {
  Session zookeeper = session_at("tests/stories/zookeeper-isr.json", 12'000);
  CHECK(says_in_both(sentence_with(asked(zookeeper, "/partitions/t-0/elr"), "why.elr_not_kept"_w), "ZooKeeper"));

  Session off = session_at("tests/stories/feature-levels.json", 28'000);
  const observe::Answer answer = from_act(off, "/partitions/t-0/elr", 1000);
  CHECK(says_in_both(sentence_with(answer, "why.elr_not_kept"_w), "eligible.leader.replicas.version"));
  CHECK_FALSE(has_key(answer, "why.elr_none"_w));
  off.run_until(sim::Instant{} + sim::seconds(54));
  CHECK_FALSE(has_key(asked(off, "/partitions/t-0/elr"), "why.elr_not_kept"_w));
}

TEST_CASE("a member of the ELR that died without a clean shutdown is not said to lead as one of it") {
  const std::string all_die = R"({"at": "5s", "do": "crash", "node": "broker-3"},
    {"at": "16s", "do": "power_off", "node": "broker-2"}, {"at": "30s", "do": "crash", "node": "broker-1"})";
  const std::string leader = "/partitions/pay-0/leader";
  Session session = run_with(
      all_die +
          R"(, {"at": "45s", "do": "restart", "node": "broker-1"}, {"at": "65s", "do": "restart", "node": "broker-2"})",
      42'000);
  REQUIRE(state_in(session, "/partitions/pay-0/elr") == json{1, 2});
  CHECK(says_in_both(sentence_with(asked(session, leader), "why.awaits_end_of_elr"_w), "broker-1, broker-2"));
  CHECK(has_key(asked(session, "/partitions/pay-0/elr"), "why.elr_unclean_death"_w));
  // The last known leader alone is not enough.
  session.run_until(sim::Instant{} + sim::seconds(60));
  REQUIRE(state_in(session, leader).is_null());
  CHECK(says(asked(session, leader), "the partition waits for broker-2"));
  session.run_until(sim::Instant{} + sim::seconds(75));
  CHECK(state_in(session, leader) == 1);

  Session paused =
      run_with(R"({"at": "5s", "do": "crash", "node": "broker-3"}, {"at": "16s", "do": "pause", "node": "broker-2"},
    {"at": "30s", "do": "crash", "node": "broker-1"}, {"at": "45s", "do": "resume", "node": "broker-2"})",
               42'000);
  const observe::Answer answer = asked(paused, leader);
  CHECK_FALSE(says(answer, "waits for broker-1"));
  CHECK(says_in_both(sentence_with(answer, "why.awaits_elr"_w), "broker-2"));
  paused.run_until(sim::Instant{} + sim::seconds(60));
  CHECK(state_in(paused, leader) == 2);
}

TEST_CASE("an ELR that a new min.insync.replicas has emptied goes back to that act") {
  Session session = run_with(R"({"at": "5s", "do": "lose", "from": "broker-3", "to": "broker-1", "api": "Fetch",
                                 "what": "request", "count": "all"},
    {"at": "10s", "do": "configure", "topic": "pay", "config": {"min.insync.replicas": 3}},
    {"at": "50s", "do": "configure", "topic": "pay", "config": {"min.insync.replicas": 2}})",
                             51'000);
  const std::string path = "/partitions/pay-0/elr";
  const observe::Answer answer = from_act(session, path, 50'000);
  CHECK(says_in_both(sentence_with(answer, "why.elr_cleared"_w), "broker-3"));
  check_root_changes(session, answer, path);
}

TEST_CASE("in Kafka 2.5 a topic whose deletion waits for a dead broker is not called unchanged") {
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3}],
    "steps": [{"at": "10s", "do": "crash", "node": "broker-2"}, {"at": "30s", "do": "delete_topic", "topic": "pay"}])",
                              45'000, "2.5", R"("metadata": "zookeeper", "zookeepers": 3, "brokers": 3)");
  const observe::Answer answer = from_act(session, "/topics/pay", 10'000);
  CHECK(says_in_both(sentence_with(answer, "why.deletion_waits"_w), "broker-2"));
  CHECK(tells(answer, "An operator deletes"));
  check_root_changes(session, answer, "/topics/pay");
}

TEST_CASE("a healthy broker that has not found the new controller yet is not said to be silent") {
  Session session = run_with(R"({"at": "5s", "do": "isolate", "node": "controller"},
                                {"at": "6s", "do": "crash", "node": "broker-1"})",
                             15'000, R"("controllers": 3, "brokers": 3)");
  REQUIRE(state_in(session, "/partitions/pay-0/isr").size() == 3);
  const observe::Answer answer = from_act(session, "/partitions/pay-0/isr", 6000);
  CHECK(says(answer, "broker-1 does not respond"));
  CHECK_FALSE(says(answer, "broker-2 does not respond"));
  CHECK_FALSE(says(answer, "broker-3 does not respond"));
}
