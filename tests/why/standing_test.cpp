// What stands at a moment, and what has to happen next, which is told only if it can: sessions counted anew, a high watermark that
// went back or waits for all that are held back, an ISR that nobody changes, a hold that changes nothing.
#include <doctest/doctest.h>

#include "observe/why/why.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("Why? says that a controller that becomes active waits for each broker's session anew") {
  const std::string file = "scenarios/controller/kraft-quorum-loss.json";
  Session waits = session_at(file, 43'400), fenced = session_at(file, 62'000), early = session_at(file, 20'000);
  for (const char* path : {"/partitions/orders-0/leader", "/nodes/broker-1/fenced"}) {
    const observe::Answer answer = asked(waits, path);
    CHECK(sentence_with(answer, "why.session_anew"_w).at.us / 1'000'000 == 40);
    CHECK(says_in_both(sentence_with(answer, "why.session_anew"_w), "broker.session.timeout.ms=9000"));
    CHECK(tells(answer, "broker-1"));
    // What silenced the leader is no reason why it leads: it did before.
    CHECK(answer.root.has_value() == std::string(path).ends_with("/fenced"));
    if (answer.root) CHECK(answer.root->at.us == 17'000'000);
  }
  CHECK(has_key(asked(fenced, "/partitions/orders-0/leader_epoch"), "why.session_anew"_w));
  CHECK_FALSE(has_key(asked(early, "/partitions/orders-0/leader"), "why.session_anew"_w));
  Session usual = session_at("scenarios/replication/leader-failover.json", 15'000);  // the controller was there before
  CHECK_FALSE(has_key(asked(usual, "/partitions/orders-0/leader"), "why.session_anew"_w));
}

TEST_CASE("Why? about a high watermark that went back says that the new leader knew a lower one") {
  Session session = session_at("scenarios/replication/rack-loss.json", 15'000);
  const observe::Answer answer = asked(session, "/partitions/huddled-0/high_watermark");
  const observe::WhyStep& back = sentence_with(answer, "why.hw_went_back"_w);
  CHECK(says_in_both(back, "broker-3"));
  CHECK(says_in_both(back, "59"));
  CHECK(says_in_both(back, "60"));
}

TEST_CASE("Why? about the ELR says that a member that lost power may lack records, unknown to the controller") {
  Session off = session_at("scenarios/why/page-cache.json", 42'000),
          well = session_at("scenarios/replication/all-brokers-down.json", 25'000),
          back = session_at("scenarios/why/page-cache.json", 46'100);
  const observe::Answer answer = asked(off, "/partitions/rf-1-0/elr");
  CHECK(says_in_both(sentence_with(answer, "why.elr_lost_power"_w), "broker-1"));
  CHECK(says(answer, "to the controller it has all committed records"));
  CHECK_FALSE(has_key(asked(well, "/partitions/pay-elr-0/elr"), "why.elr_lost_power"_w));
  CHECK(observe::state_at(back.moment(), "/partitions/rf-1-0/elr")->empty());  // what the sentence says will happen
}

TEST_CASE("Why? about an open transaction does not name messages that are held back") {
  Session session = session_at("scenarios/delivery/hanging-transaction.json", 8'750);
  for (const char* path : {"/transactions/tx-1/state", "/partitions/pay-0/last_stable_offset"})
    CHECK_FALSE(tells(asked(session, path), "held back"));
}

TEST_CASE("Why? about a lag under KIP-848 says that a free partition waits for its next member's heartbeat") {
  const std::string file = "scenarios/groups/new-protocol.json", lag = "/groups/billing/lag/orders-3";
  Session session = session_at(file, 19'800), later = session_at(file, 20'400);
  const observe::Answer answer = asked(session, lag);
  CHECK_FALSE(has_key(answer, "why.lag_rebalancing"_w));
  CHECK(says_in_both(sentence_with(answer, "why.lag_awaits_heartbeat"_w), "c-4"));
  CHECK_FALSE(has_key(asked(later, lag), "why.lag_awaits_heartbeat"_w));
  const auto held = observe::state_at(later.moment(), "/groups/billing/members/c-4/assignment");
  REQUIRE(held.has_value());
  CHECK(std::find(held->begin(), held->end(), nlohmann::json("orders-3")) != held->end());
}

TEST_CASE("Why? about a leader that a reassignment made names the reassignment") {
  const std::string file = "scenarios/operations/scale-out.json";
  Session session = session_at(file, 28'000), moved = session_at("tests/stories/throttled-move.json", 42'000);
  for (const char* path :
       {"/partitions/orders-0/leader", "/partitions/orders-1/leader", "/clients/shop/errors/NOT_LEADER_OR_FOLLOWER"}) {
    const observe::Answer answer = asked(session, path);
    REQUIRE_MESSAGE(answer.root.has_value(), path);
    CHECK_MESSAGE(answer.root->at.us == 15'000'000, path);
    CHECK_FALSE(has_key(answer, "why.preferred_again"_w));
  }
  const observe::Answer epoch = asked(moved, "/partitions/orders-0/leader");
  REQUIRE(epoch.root.has_value());
  CHECK(epoch.root_kind == observe::RootKind::Act);
  CHECK_FALSE(has_key(epoch, "why.preferred_again"_w));
}

namespace {

/// One partition, pay-0: broker-1 leads, the others follow. The producer waits for no copy.
Session pay_with(const std::string& steps, std::int64_t at_ms, const std::string& kafka = "4.1",
                 const std::string& cluster = R"("brokers": 3)", const std::string& replicas = "1, 2, 3") {
  return small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": )" +
                       std::to_string((replicas.size() + 2) / 3) + R"(, "assignments": {"0": [)" + replicas + R"(]}}],
    "clients": [{"id": "one", "kind": "producer", "topic": "pay", "rate": "10/s", "config": {"acks": 1}}],
    "steps": [)" + steps +
                       "]",
                   at_ms, kafka, cluster);
}

bool is_act_at(const observe::Answer& answer, std::int64_t seconds) {
  return answer.root && answer.root_kind == observe::RootKind::Act && answer.root->at.us == seconds * 1'000'000;
}

}  // namespace

TEST_CASE("without a majority of controllers, or of ZooKeeper's servers, no replica leaves an ISR") {
  const std::string path = "/partitions/pay-0/isr", pause = R"(, {"at": "6s", "do": "pause", "node": "broker-3"})";
  for (const char* more : {"", R"(, {"at": "30s", "do": "crash", "node": "broker-2"})"}) {
    Session quorum = pay_with(R"({"at": "4s", "do": "crash", "node": "controller-2"},
                                 {"at": "4s", "do": "crash", "node": "controller-3"})" +
                                  pause + more,
                              50'000, "4.1", R"("brokers": 3, "controllers": 3)");
    Session ensemble = pay_with(R"({"at": "4s", "do": "crash", "node": "zookeeper-2"},
                                   {"at": "4s", "do": "crash", "node": "zookeeper-3"})" +
                                    pause + more,
                                50'000, "2.5", R"("metadata": "zookeeper", "zookeepers": 3, "brokers": 3)");
    for (const auto& [session, lacks] : {std::pair{&quorum, "why.awaits_quorum"_w}, {&ensemble, "why.no_ensemble"_w}}) {
      const observe::Answer answer = asked(*session, path);
      const observe::WhyStep& stays = sentence_with(answer, "why.isr_stays"_w);
      CHECK(says_in_both(stays, "broker-3"));
      CHECK(says_in_both(stays, "broker-2") == (*more != 0));
      CHECK(has_key(answer, lacks));
      for (const auto key : {"why.isr_holds_behind"_w, "why.isr_holds_unfenced"_w, "why.isr_holds_session"_w})
        CHECK_FALSE(has_key(answer, key));
    }
  }
}

TEST_CASE("Why? forecasts no ISR shrink by a leader that is cut off from ZooKeeper or from the controller") {
  const std::string path = "/partitions/pay-0/isr",
                    behind = R"({"at": "6s", "do": "partition", "from": ["broker-3"], "to": ["broker-1"]})";
  const auto at = [&](const std::string& cut, const char* kafka, const char* cluster, std::int64_t at_ms) {
    Session session = pay_with(behind + cut, at_ms, kafka, cluster);
    return asked(session, path);
  };
  const char* zookeeper = R"("metadata": "zookeeper", "zookeepers": 3, "brokers": 3)";
  const char* kraft = R"("brokers": 3, "controllers": 1)";
  const std::string servers = R"("zookeeper-1", "zookeeper-2", "zookeeper-3")",
                    some = R"("zookeeper-1", "zookeeper-2")";
  const auto cut = [](const std::string& to) {
    return R"(, {"at": "7s", "do": "partition", "from": ["broker-1"], "to": [)" + to + "]}";
  };
  const observe::Answer unheard = at(cut(servers), "2.5", zookeeper, 12'000);
  for (const char* part : {"broker-1", "broker-3", "pay-0", "ZooKeeper"})
    CHECK_MESSAGE(says_in_both(sentence_with(unheard, "why.isr_leader_unheard"_w), part), part);
  CHECK(is_act_at(unheard, 7));
  const observe::Answer alone = at(cut(R"("controller-1")"), "4.1", kraft, 10'000);
  CHECK(says_in_both(sentence_with(alone, "why.isr_leader_unheard"_w), "controller-1"));
  for (const observe::Answer* answer : {&unheard, &alone}) CHECK_FALSE(has_key(*answer, "why.isr_holds_behind"_w));
  // It reaches one server of the ensemble, or all: then it can.
  for (const std::string& less : {cut(some), std::string()}) {
    const observe::Answer heard = at(less, "2.5", zookeeper, 12'000);
    CHECK(says_in_both(sentence_with(heard, "why.isr_holds_behind"_w), "broker-3"));
    CHECK_FALSE(has_key(heard, "why.isr_leader_unheard"_w));
  }
}

TEST_CASE("Why? about a replica back from a pause says that it lacks a leader, or that it has all records") {
  const std::string path = "/partitions/pay-0/logs/3", steps = R"({"at": "3s", "do": "pause", "node": "broker-3"},
    {"at": "8s", "do": "partition", "from": ["broker-1"], "to": ["broker-2", "broker-3", "controller-1"]},
    {"at": "22s", "do": "resume", "node": "broker-3"}, {"at": "26s", "do": "heal"})",
                    cluster = R"("brokers": 3, "controllers": 1, "config": {"replica.lag.time.max.ms": 3000})";
  Session alone = pay_with(steps, 24'000, "4.1", cluster, "1, 3"),
          whole = pay_with(steps, 40'000, "4.1", cluster, "1, 3");
  const observe::Answer waits = asked(alone, path), done = asked(whole, path);
  CHECK(says_in_both(sentence_with(waits, "why.replica_no_leader"_w), "broker-3"));
  CHECK(is_act_at(waits, 8));
  CHECK(says_in_both(sentence_with(done, "why.replica_has_all"_w), "broker-1"));
  for (const observe::Answer* answer : {&waits, &done})
    for (const observe::WhyStep& step : answer->steps) CHECK(step.words.en.find("paused") == std::string::npos);
}

TEST_CASE("Why? about a high watermark held back by two dead replicas names both, and leads back to the first crash") {
  Session session = pay_with(R"({"at": "5s", "do": "crash", "node": "broker-3"},
                                {"at": "6s", "do": "crash", "node": "broker-2"})",
                             8'000);
  const observe::Answer answer = asked(session, "/partitions/pay-0/high_watermark");
  const observe::WhyStep& waits = sentence_with(answer, "why.hw_awaits"_w);
  CHECK(says_in_both(waits, "broker-2"));
  CHECK(says_in_both(waits, "broker-3"));
  CHECK(is_act_at(answer, 5));
}
