// What a fourth committer found: answers about small runs in which a run without the named act shows the same. Each of them is
// asked in both versions of Kafka where both have it.
#include "why/in_version.h"
#include "why/root_check.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// The answer goes back to the act at that moment, and without it the state at the path is cured.
observe::Answer check_cure(Session& session, const std::string& path, std::int64_t act_ms) {
  CAPTURE(path);
  observe::Answer answer = asked(session, path);
  CAPTURE(text_of_steps(answer));
  CHECK(root_ms(answer) == act_ms);
  check_root_changes(session, answer, path);
  return answer;
}

}  // namespace

TEST_CASE("Why? about records that a reset skipped does not name records that once stood at their offsets") {
  struct Case {
    std::string kafka, stop, reset, start;
    std::int64_t at_ms, root_ms;
  };
  // The log of pay-0 loses its end with the power. At 34 s the group has gone back to what there is; at 28 s it has not yet.
  for (const Case& c : {Case{"4.1", "34s", "40s", "42s", 50'000, 40'000},
                        {"2.5", "34s", "40s", "42s", 50'000, 40'000},
                        {"2.5", "28s", "34s", "36s", 42'000, 34'000}}) {
    CAPTURE(c.kafka);
    CAPTURE(c.stop);
    Session session = run_in_version(
        R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 1, "assignments": {"0": [1]}}],
      "clients": [{"id": "p", "kind": "producer", "topic": "pay", "rate": "20/s", "stop": "9s", "config": {"acks": 1}},
      {"id": "c", "kind": "consumer", "topics": ["pay"], "commit": "sync_after",
       "config": {"group.id": "g", "auto.offset.reset": "earliest"}},
      {"id": "p2", "kind": "producer", "topic": "pay", "rate": "20/s", "start": "22s", "config": {"acks": 1}}],
      "steps": [{"at": "10s", "do": "power_off", "node": "broker-1"}, {"at": "12s", "do": "restart", "node": "broker-1"},
      {"at": ")" +
            c.stop +
            R"(", "do": "stop", "node": "c"},
      {"at": ")" +
            c.reset +
            R"(", "do": "reset_offsets", "group": "g", "topic": "pay", "to": "latest"},
      {"at": ")" +
            c.start + R"(", "do": "start", "node": "c"}])",
        c.at_ms, c.kafka);
    const observe::Answer answer = check_cure(session, "/ledger/skipped", c.root_ms);
    CHECK(has_key(answer, "why.committed_beyond"_w));
    CHECK_FALSE(has_key(answer, "why.got_another"_w));
  }
}

namespace {

/// tx aborts every second transaction. broker-3, in every ISR, pauses in the middle of one, so that its EndTxn comes late, and
/// waits until broker-3 responds again.
Session aborts_late(std::int64_t at_ms, const std::string& kafka) {
  const bool old = kafka == "2.5";
  return run_in_version(
      R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}}],
    "clients": [{"id": "tx", "kind": "producer", "topic": "pay", "rate": "10/s",
      "transaction": {"records": 10, "abort_every": 2}, "config": {"transactional.id": "t",
      "transaction.timeout.ms": 8000, "delivery.timeout.ms": 6000, "request.timeout.ms": 3000}}],
    "steps": [{"at": ")" +
          std::string(old ? "10.2s" : "10.05s") + R"(", "do": "pause", "node": "broker-3"},
      {"at": ")" +
          std::string(old ? "23s" : "18.5s") + R"(", "do": "resume", "node": "broker-3"}])",
      at_ms, kafka);
}

}  // namespace

TEST_CASE("Why? about an abort that the application asked for does not name the transaction's time-out") {
  for (const std::string kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    Session session = aborts_late(kafka == "2.5" ? 23'002 : 18'502, kafka);
    const observe::Answer answer = asked(session, "/transactions/t/state");
    CAPTURE(text_of_steps(answer));
    CHECK(has_key(answer, "why.aborts_by_plan"_w));
    CHECK_FALSE(has_key(answer, "why.tx_timed_out_late"_w));
    CHECK_FALSE(has_key(answer, "why.tx_timed_out"_w));
  }
}

TEST_CASE("Why? about records in doubt names their time-out, not the abort that failed the unsent records") {
  for (const std::string kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    Session session = aborts_late(24'000, kafka);
    const observe::Answer sent = check_cure(session, "/ledger/by_client/tx/in_doubt", kafka == "2.5" ? 10'200 : 10'050);
    CHECK(tells(sent, "TimeoutException"));
    CHECK_FALSE(has_key(sent, "why.failed_by_plan"_w));
    CHECK_FALSE(has_key(sent, "why.failed_by_abort"_w));
    CHECK(has_key(asked(session, "/ledger/by_client/tx/failed/tx/99"), "why.failed_by_plan"_w));
  }
}

TEST_CASE("Why? about failed records names the cut or the quota behind them, not an act that came later") {
  const std::string pay =
      R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3, "assignments": {"0": [2, 3, 1]}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "pay", )";
  for (const std::string kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    Session cut = run_in_version(pay + R"("rate": "20/s", "config":
        {"acks": "all", "delivery.timeout.ms": 4000, "request.timeout.ms": 2000}}],
      "steps": [{"at": "5s", "do": "partition", "from": ["broker-1"], "to": ["broker-2", "broker-3"]},
        {"at": "9s", "do": "reassign", "partition": "pay-0", "replicas": [2, 3]}])",
                                 9'500, kafka);
    check_cure(cut, "/clients/p/failed", 5'000);
    Session throttled = run_in_version(pay + R"("rate": "40/s", "value_size": "10KB", "config":
        {"acks": 1, "enable.idempotence": false, "delivery.timeout.ms": 8000, "request.timeout.ms": 3000}}],
      "steps": [{"at": "7.4s", "do": "quota", "client": "p", "producer_byte_rate": 1000},
        {"at": "12.7s", "do": "delete_topic", "topic": "pay"}])",
                                       16'000, kafka);
    for (const char* path : {"/clients/p/failed", "/ledger/by_client/p/failed"}) {
      CAPTURE(path);
      const observe::Answer answer = asked(throttled, path);
      CAPTURE(text_of_steps(answer));
      CHECK(tells(answer, "1000"));
      CHECK_FALSE(tells(answer, "deletes the topic"));
      if (kafka == "4.1") check_cure(throttled, path, 7'400);
    }
  }
}

TEST_CASE("Why? about full batches names the broker that starts, not linger.ms") {
  for (const std::string kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    const std::string rest =
        R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 1, "assignments": {"0": [3]}}],
      "clients": [{"id": "p", "kind": "producer", "topic": "pay", "rate": "20/s", "value_size": "8KB",
        "config": {"acks": 1, "enable.idempotence": false}}],
      "steps": [{"at": "5s", "do": "crash", "node": "broker-3"}, {"at": "12s", "do": "restart", "node": "broker-3"}])";
    for (const std::int64_t at_ms : {12'100, 12'300, 13'000}) {
      CAPTURE(at_ms);
      Session session = run_in_version(rest, at_ms, kafka);
      const observe::Answer answer = check_cure(session, "/clients/p/waiting", 5'000);
      for (const char* part : {"broker-3", "delivery.timeout.ms=120000"})
        CHECK(says_in_both(sentence_with(answer, "why.waits_start"_w), part));
      CHECK_FALSE(has_key(answer, "why.waits_linger"_w));
      CHECK(root_ms(asked(session, "/ledger/by_client/p/pending")) == 5'000);
    }
    std::string later =
        rest;  // so late that the producer has heard that there is no leader; it asks again a little later
    later.replace(later.find("12s"), 3, "30s");
    Session elected = run_in_version(later, 30'078, kafka);
    CHECK(state_in(elected, "/partitions/pay-0/leader") == 3);
    CHECK(has_key(check_cure(elected, "/clients/p/waiting", 5'000), "why.waits_unknown_leader"_w));
    if (kafka != "4.1") continue;
    Session back = run_in_version(rest, 13'700, kafka);  // it runs again, and the producer has not connected yet
    CHECK(state_in(back, "/nodes/broker-3/state") == "running");
    const observe::Answer pauses = check_cure(back, "/clients/p/waiting", 5'000);
    for (const char* part : {"reconnect.backoff.ms=50", "reconnect.backoff.max.ms=1000"})
      CHECK(says_in_both(sentence_with(pauses, "why.waits_reconnect"_w), part));
  }
}

TEST_CASE("an election of the last in-sync replica after its unclean shutdown counts as unclean") {
  Session session = run_in_version(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 2,
      "assignments": {"0": [1, 2]}, "config": {"unclean.leader.election.enable": true}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "pay", "rate": "20/s", "config": {"acks": 1}}],
    "steps": [{"at": "4s", "do": "crash", "node": "broker-2"}, {"at": "18s", "do": "power_off", "node": "broker-1"},
      {"at": "40s", "do": "restart", "node": "broker-1"}])",
                                   45'000, "4.1");
  const std::string path =
      "/metrics/mbeans/controller-1/kafka.controller:type=ControllerStats,name=UncleanLeaderElectionsPerSec";
  CHECK(state_in(session, path) == 1);
  const observe::Answer answer = asked(session, path);
  CAPTURE(text_of_steps(answer));
  CHECK_FALSE(has_key(answer, "why.never_happened"_w));
  CHECK(tells(answer, "broker-1 leads pay-0"));
  check_root_changes(session, answer, path);
}

TEST_CASE("Why? about counts of leaders and preferred leaders names the deletion or reassignment that changed them") {
  for (const std::string kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    Session session = run_in_version(R"("topics": [
        {"name": "pay", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}},
        {"name": "old", "partitions": 2, "replication_factor": 2, "assignments": {"0": [1, 2], "1": [2, 3]}}],
      "steps": [{"at": "4s", "do": "reassign", "partition": "pay-0", "replicas": [2, 1, 3]},
        {"at": "9s", "do": "delete_topic", "topic": "old"}])",
                                     4'500, kafka);
    const std::string imbalance = std::string("/metrics/mbeans/") + (kafka == "2.5" ? "broker-1" : "controller-1") +
                                  "/kafka.controller:type=KafkaController,name=PreferredReplicaImbalanceCount";
    CHECK(state_in(session, imbalance) == 1);
    check_cure(session, imbalance, 4'000);
    session.run_until(sim::Instant{12'000'000});
    check_cure(session, "/metrics/mbeans/broker-2/kafka.server:type=ReplicaManager,name=LeaderCount", 9'000);
  }
}

TEST_CASE("Why? about a group's state ignores what a deposed coordinator does with its members") {
  struct Case {
    std::string kafka, cluster, cut;
    std::int64_t at_ms, deposed_ms, rebalanced_ms;
  };
  for (const Case& c :
       {Case{"4.1", R"("controllers": 3, "brokers": 3)", R"("controller-1", "controller-2", "controller-3")", 32'000,
             29'095, 3'088},
        Case{"2.5", kZooKeeper, R"("zookeeper-1", "zookeeper-2", "zookeeper-3")", 40'000, 39'109, 36'211}}) {
    CAPTURE(c.kafka);
    Session session = small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3,
        "assignments": {"0": [1, 2, 3]}}],
      "clients": [{"id": "p", "kind": "producer", "topic": "pay", "rate": "20/s"},
        {"id": "c", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g", "session.timeout.ms": 6000,
         "heartbeat.interval.ms": 2000}}],
      "steps": [{"at": "10s", "do": "partition", "from": ["coordinator:g"], "to": [)" +
                                    c.cut + "]}]",
                                c.at_ms, c.kafka, c.cluster + R"(, "config": {"offsets.topic.num.partitions": 3})");
    CHECK(state_in(session, "/groups/g/state") == "Stable");
    for (const char* field : {"state", "generation"}) {
      const observe::Answer answer = asked(session, std::string("/groups/g/") + field);
      CAPTURE(text_of_steps(answer));
      const auto is_at = [&](std::int64_t ms) {
        return std::any_of(answer.steps.begin(), answer.steps.end(),
                           [&](const observe::WhyStep& step) { return step.at.us / 1000 == ms; });
      };
      CHECK(is_at(c.rebalanced_ms));
      CHECK_FALSE(is_at(c.deposed_ms));
      CHECK(tells(answer, "rebalances: generation"));
    }
  }
}

TEST_CASE("decoys: brokers are missing for a topic only if all of them together are enough for its replicas") {
  const auto run = [](int replicas) {
    return small_run(
        R"("topics": [], "clients": [{"id": "shop", "kind": "producer", "topic": "auto", "rate": "20/s", "start": "20s"}],
           "steps": [{"at": "2s", "do": "crash", "node": "broker-3"}])",
        29'000, "2.5",
        R"("metadata": "zookeeper", "zookeepers": 3, "brokers": 3, "config": {"auto.create.topics.enable": true,
           "default.replication.factor": )" +
            std::to_string(replicas) + "}");
  };
  const std::string path = "/clients/shop/errors/INVALID_REPLICATION_FACTOR";
  Session enough = run(3), too_few = run(4);
  const observe::Answer missing = asked(enough, path);
  CHECK_MESSAGE(root_ms(missing) == 2'000, text_of_steps(missing));
  CHECK(tells(missing, "with 3 replicas (default.replication.factor), and 2 brokers are there"));
  check_root_changes(enough, missing, path);
  const observe::Answer never = asked(too_few, path);
  CHECK_MESSAGE(!never.root.has_value(), text_of_steps(never));
  CHECK(tells(never, "with 4 replicas (default.replication.factor), and 2 brokers are there"));
  // Until the dead broker's session ends, its znode is there.
  const auto early = [](const std::string& act) {
    return small_run(R"("topics": [], "clients": [{"id": "shop", "kind": "producer", "topic": "auto", "rate": "20/s",
         "start": "5s"}], "steps": [{"at": "9s", "do": ")" +
                         act + R"(", "node": "broker-3"}])",
                     11'000, "2.5",
                     R"("metadata": "zookeeper", "zookeepers": 3, "brokers": 3, "config": {
           "auto.create.topics.enable": true, "default.replication.factor": 4})");
  };
  for (const char* act : {"crash", "pause"}) {
    Session session = early(act);
    const observe::Answer answer = asked(session, path);
    CHECK_MESSAGE(tells(answer, "and 3 brokers are there"), text_of_steps(answer));
  }
}

TEST_CASE("decoys: a consumer that was far behind was not kept from removed records by a short pause") {
  const auto run = [](const std::string& work, const std::string& pause, const std::string& resume) {
    return small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
      {"id": "a", "kind": "consumer", "topics": ["pay"], "work": ")" +
                         work + R"(", "config": {"group.id": "g", "auto.offset.reset": "earliest",
       "max.poll.records": 10, "max.partition.fetch.bytes": 1000}}],
      "steps": [{"at": ")" +
                         pause + R"(", "do": "pause", "node": "a"},
                {"at": "30s", "do": "delete_records", "partition": "pay-0", "before": 500},
                {"at": ")" +
                         resume + R"(", "do": "resume", "node": "a"}])",
                     89'000);
  };
  const std::string path = "/clients/a/errors/OFFSET_OUT_OF_RANGE";
  Session slow = run("300ms", "29.9s", "30.5s"), quick = run("1ms", "10s", "32s");
  const observe::Answer behind = asked(slow, path), away = asked(quick, path);
  CHECK_MESSAGE(root_ms(behind) == 30'000, text_of_steps(behind));
  check_root_changes(slow, behind, path);
  CHECK_MESSAGE(root_ms(away) == 10'000, text_of_steps(away));
  check_root_changes(quick, away, path);
}

TEST_CASE(
    "decoys: a fetch session is lost by a restart only if it began before, and to a follower only of that leader") {
  const auto run = [](const std::string& replicas, const std::string& last, const std::string& steps) {
    std::string clients;
    for (int i = 1; i <= 7; ++i)
      clients += R"({"id": "c)" + std::to_string(i) + R"(", "kind": "consumer", "assign": ["t-0"], "start": ")" +
                 std::to_string(last.empty() ? 40 + i : i) + R"(s"}, )";
    return R"({"format": 1, "id": "decoy", "title": {"en": "d", "ko": "d"}, "seed": 1, "kafka": "4.1", "cluster":
      {"controllers": 1, "brokers": 3, "config": {"max.incremental.fetch.session.cache.slots": 15}},
      "topics": [{"name": "t", "partitions": 1, "assignments": {"0": )" +
           replicas + R"(}}, {"name": "u", "partitions": 1, "assignments": {"0": [1]}}], "clients": [)" + clients +
           last + R"({"id": "p", "kind": "producer", "topic": "t", "rate": "20/s"}], "steps": [)" + steps +
           R"(], "until": "160s"})";
  };
  // c3's session began long after the leader's restart: the follower's took its place.
  Session restarted(loaded(run("[1, 2, 3]", "", R"({"at": "1s", "do": "crash", "node": "broker-1"},
    {"at": "13s", "do": "restart", "node": "broker-1"},
    {"at": "30s", "do": "elect_leaders", "type": "preferred", "partitions": ["t-0"]},
    {"at": "32s", "do": "shutdown", "node": "broker-3"}, {"at": "60s", "do": "restart", "node": "broker-3"})"),
                           "base"),
                    true);
  restarted.run_until(sim::Instant{} + sim::milliseconds(89'000));
  const std::string of_c3 = "/clients/c3/errors/FETCH_SESSION_ID_NOT_FOUND";
  const observe::Answer evicted = asked(restarted, of_c3);
  CHECK_MESSAGE(root_ms(evicted) == 60'000, text_of_steps(evicted));
  CHECK(tells(
      evicted,
      "broker-3 begins to fetch as a follower; broker-1 keeps at most 8 fetch sessions, 1 in each of its 8 shards "
      "(max.incremental.fetch.session.cache.slots=15)"));
  check_root_changes(restarted, evicted, of_c3);
  // broker-3 follows no partition: the larger session of c9 took the place of c1's.
  Session larger(loaded(run("[1]", R"({"id": "c8", "kind": "consumer", "assign": ["t-0"], "start": "8s"},
    {"id": "c9", "kind": "consumer", "assign": ["t-0", "u-0"], "start": "140s"}, )",
                            R"({"at": "100s", "do": "pause", "node": "broker-3"},
                               {"at": "138s", "do": "resume", "node": "broker-3"})"),
                        "base"),
                 true);
  larger.run_until(sim::Instant{} + sim::milliseconds(159'000));
  const observe::Answer by_size = asked(larger, "/clients/c1/errors/FETCH_SESSION_ID_NOT_FOUND");
  CHECK_MESSAGE(root_ms(by_size) == 140'000, text_of_steps(by_size));
  CHECK(tells(by_size, "c9 begins a fetch session; broker-1 keeps at most 8, 1 in each of its 8 shards"));
}

TEST_CASE("decoys: CONCURRENT_TRANSACTIONS does not come from a decision that was carried out before the request") {
  Session session = small_run(
      R"("topics": [{"name": "pay", "partitions": 2, "assignments": {"0": [3], "1": [2]}}],
         "clients": [{"id": "bank", "kind": "producer", "topic": "pay", "rate": "20/s", "transaction": {"records": 5},
           "config": {"transactional.id": "t", "delivery.timeout.ms": 6000, "request.timeout.ms": 5000}}],
         "steps": [{"at": "15s", "do": "kill", "node": "bank"}, {"at": "20s", "do": "crash", "node": "broker-3"},
           {"at": "22s", "do": "start", "node": "bank"}, {"at": "40s", "do": "restart", "node": "broker-3"}])",
      50'000);
  const observe::Answer answer = asked(session, "/clients/bank/errors/CONCURRENT_TRANSACTIONS");
  // The transaction that broker-3 kept from being aborted began after that decision; without the crash one such error is left.
  CHECK_MESSAGE(root_ms(answer) == 20'000, text_of_steps(answer));
  CHECK_FALSE(tells(answer, "PrepareCommit"));
  check_root_changes(session, answer, "/clients/bank/errors/CONCURRENT_TRANSACTIONS", true);
}
