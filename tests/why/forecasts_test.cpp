// What has to happen next is told only if it can: nobody changes an ISR without a controller; a replica without a leader copies
// nothing; a high watermark waits for all that are held back.
#include <doctest/doctest.h>

#include "observe/why/why.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

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
