// What a fifth and a sixth committer found: answers that named the wrong thing, or left out the half of it. Most cases have a decoy beside them.
#include "protocol/facts_of_cluster.h"
#include "why/in_version.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kWithShares = R"("brokers": 3, "features": {"share.version": 1})";

std::string with_assignors(const std::string& id, std::initializer_list<std::string> names, const std::string& start) {
  std::string all;
  for (const std::string& name : names)
    all += (all.empty() ? "" : ",") + ("org.apache.kafka.clients.consumer." + name + "Assignor");
  return R"({"id": ")" + id + R"(", "kind": "consumer", "topics": ["pay"], "start": ")" + start +
         R"(", "config": {"group.id": "g", "partition.assignment.strategy": ")" + all + R"("}})";
}

/// Four records in one batch; the third takes long.
const std::string kFour = R"({"at": "10s", "do": "produce", "node": "man", "records": [
  {"topic": "pay", "key": "a", "value": "1"}, {"topic": "pay", "key": "b", "value": "1"},
  {"topic": "pay", "key": "slow", "value": "1"}, {"topic": "pay", "key": "d", "value": "1"}]})";

std::string slow_reader(const std::string& id, const std::string& kind, const std::string& more = "") {
  return R"({"id": ")" + id + R"(", "kind": ")" + kind +
         R"(", "topics": ["pay"], "work": {"default": "5ms", "keys": {"slow": "60s"}}, "config": {"group.id": "g"})" +
         more + "}";
}

const std::string kTransactional =
    R"(, "clients": [{"id": "man", "kind": "producer", "topic": "pay", "config": {"transactional.id": "t", "transaction.timeout.ms": 80000}}], "steps": [)";
const std::string kOneRecord =
    R"({"at": "5s", "do": "begin_transaction", "node": "man"},
       {"at": "6s", "do": "produce", "node": "man", "records": [{"topic": "pay", "value": "a"}]},)";

}  // namespace

TEST_CASE("Why? about a transaction whose marker is refused names the short ISR and what shortened it") {
  for (const std::string kafka : {"4.1", "2.5"})
    for (const bool shrinks : {true, false}) {
      CAPTURE(kafka);
      CAPTURE(shrinks);
      // The decoy: enough replicas are in sync, and the pause of the leader holds the marker up.
      const std::string pauses = shrinks ? "broker-3" : "broker-1", least = shrinks ? "3" : "1";
      Session session = run_in_version(
          kPay +
              R"(, "clients": [{"id": "man", "kind": "producer", "topic": "pay", "config": {"transactional.id": "t", "transaction.timeout.ms": 80000}}],
        "steps": [{"at": "2s", "do": "configure", "topic": "pay", "config": {"min.insync.replicas": )" +
              least + R"(}},
        {"at": "5s", "do": "begin_transaction", "node": "man"},
        {"at": "6s", "do": "produce", "node": "man", "records": [{"topic": "pay", "value": "a"}]},
        {"at": "12s", "do": "pause", "node": ")" +
              pauses + R"("}, {"at": "60s", "do": "commit_transaction", "node": "man"}])",
          70'000, kafka);
      for (const std::string path : {"/transactions/t", "/transactions/t/state"}) {
        CAPTURE(path);
        const observe::Answer answer = asked(session, path);
        CAPTURE(text_of_steps(answer));
        CHECK(has_key(answer, "why.marker_refused"_w) == shrinks);
        if (shrinks) CHECK(says(answer, "broker-3 is paused"));
      }
      if (!shrinks) continue;
      const observe::Answer stable = asked(session, "/partitions/pay-0/last_stable_offset");
      CAPTURE(text_of_steps(stable));
      CHECK(has_key(stable, "why.marker_refused"_w));
      CHECK(says(stable, "broker-3 is paused"));
    }
}

TEST_CASE("Why? about a slow record names the act that sent it, also inside a batch and in an ordinary group") {
  for (const std::string kind : {"consumer", "share_consumer"}) {
    CAPTURE(kind);
    const std::string clients = R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3}],
      "clients": [{"id": "man", "kind": "producer", "topic": "pay"}, )" +
                                slow_reader("c", kind) + "]";
    const std::string before = R"({"at": "5s", "do": "configure", "node": "man", "config": {"linger.ms": 5}}, )";
    Session session = small_run(clients + R"(, "steps": [)" + before + kFour + "]", 40'000, "4.1", kWithShares);
    const observe::Answer answer = asked(session, "/groups/g/lag/pay-0");
    CAPTURE(text_of_steps(answer));
    CHECK(root_ms(answer) == 10'000);
    if (kind != "consumer") continue;
    // The decoy: an act sends the same records, and what holds them up is the pause of their reader.
    Session paused = small_run(clients + R"(, "steps": [)" + kFour + R"(, {"at": "9s", "do": "pause", "node": "c"}])",
                               20'000, "4.1", kWithShares);
    const observe::Answer other = asked(paused, "/groups/g/lag/pay-0");
    CAPTURE(text_of_steps(other));
    CHECK(root_ms(other) == 9'000);
  }
}

TEST_CASE("Why? about a lag in a rebalance names the member for which the rebalance waits, and its slow record") {
  for (const bool slow : {true, false}) {
    CAPTURE(slow);
    Session session = small_run(
        R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 3}],
      "clients": [{"id": "man", "kind": "producer", "topic": "pay"}, {"id": "more", "kind": "producer", "topic": "pay", "rate": "50/s"}, )" +
            slow_reader("c", "consumer") + ", " + slow_reader("e", "consumer") + ", " +
            slow_reader("d", "consumer", R"(, "start": "20s")") + R"(], "steps": [)" +
            (slow ? kFour : R"({"at": "10s", "do": "pause", "node": "c"})") + "]",
        30'000);
    int waits = 0;
    for (const std::string partition : {"pay-0", "pay-1"}) {
      CAPTURE(partition);
      const observe::Answer answer = asked(session, "/groups/g/lag/" + partition);
      CAPTURE(text_of_steps(answer));
      if (!says(answer, "The coordinator waits for")) continue;  // the member that is waited for reads it
      ++waits;
      CHECK(root_ms(answer) == 10'000);
      CHECK(has_key(answer, "why.lag_stuck_now"_w) == slow);
    }
    CHECK(waits == 1);
    const observe::Answer given = asked(session, "/clients/d/assignment");
    CAPTURE(text_of_steps(given));
    CHECK(says(given, "The coordinator waits for"));
    CHECK(has_key(given, "why.lag_stuck_now"_w) == slow);
    CHECK(root_ms(given) == 10'000);
  }
}

TEST_CASE("Why? about a position that was out of range names the log of the broker that answered") {
  for (const std::string leader : {"1", "2", "3"}) {
    CAPTURE(leader);
    const std::string others = leader == "1" ? "2, 3" : leader == "2" ? "1, 3" : "1, 2";
    Session session = small_run(
        R"("topics": [{"name": "web", "partitions": 1, "replication_factor": 3, "config": {"segment.ms": 5000, "retention.ms": 20000},
        "assignments": {"0": [)" +
            leader + ", " + others + R"(]}}],
      "clients": [{"id": "p", "kind": "producer", "topic": "web", "rate": "20/s"},
        {"id": "c", "kind": "consumer", "topics": ["web"], "config": {"group.id": "g", "auto.offset.reset": "earliest"}}],
      "steps": [{"at": "6s", "do": "stop", "node": "c"}, {"at": "52s", "do": "start", "node": "c"}])",
        58'000, "4.1", R"("brokers": 3, "config": {"log.retention.check.interval.ms": 5000})");
    const observe::Answer answer = asked(session, "/clients/c/positions/web-0");
    CAPTURE(text_of_steps(answer));
    CHECK(says(answer, "broker-" + leader));
    for (const std::string other : {"1", "2", "3"})
      if (other != leader) CHECK_FALSE(says(answer, "broker-" + other));
  }
}

TEST_CASE("a consumer that no assignor joins with all members is told which assignors each has") {
  for (const std::string kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    Session session = run_in_version(kPay + R"(, "clients": [)" + with_assignors("a", {"Range", "RoundRobin"}, "1s") +
                                         ", " + with_assignors("b", {"RoundRobin", "Sticky"}, "10s") + ", " +
                                         with_assignors("c", {"Sticky", "Range"}, "20s") + R"(], "steps": [])",
                                     40'000, kafka);
    for (const std::string path : {"/clients/c/errors/INCONSISTENT_GROUP_PROTOCOL", "/clients/c/exception"}) {
      CAPTURE(path);
      const observe::Answer answer = asked(session, path);
      CAPTURE(text_of_steps(answer));
      CHECK(says(answer,
                 "No assignor of c (StickyAssignor, RangeAssignor) is supported by all members of group g: a "
                 "(RangeAssignor, RoundRobinAssignor); b (RoundRobinAssignor, StickyAssignor)"));
    }
    // The decoy: one member alone has none of them.
    Session one = run_in_version(kPay + R"(, "clients": [)" + with_assignors("a", {"Range", "RoundRobin"}, "1s") +
                                     ", " + with_assignors("b", {"RoundRobin"}, "10s") + ", " +
                                     with_assignors("c", {"Sticky", "Range"}, "20s") + R"(], "steps": [])",
                                 40'000, kafka);
    for (const std::string path : {"/clients/c/errors/INCONSISTENT_GROUP_PROTOCOL", "/clients/c/exception"}) {
      const observe::Answer answer = asked(one, path);
      CAPTURE(text_of_steps(answer));
      CHECK(says(answer, "c knows only StickyAssignor, RangeAssignor, and b, which is in group g, only RoundRobin"));
      CHECK_FALSE(has_key(answer, "why.assignors_of_all"_w));
    }
  }
}

TEST_CASE("Why? about an admin client's open call names that call, not a later one that is answered") {
  Session session = small_run(
      R"("topics": [{"name": "solo", "partitions": 1, "replication_factor": 1, "assignments": {"0": [3]}},
      {"name": "pay", "partitions": 1, "replication_factor": 1, "assignments": {"0": [2]}}],
      "clients": [{"id": "ad", "kind": "admin"}, {"id": "p", "kind": "producer", "topic": "solo", "rate": "5/s", "stop": "8s"},
        {"id": "q", "kind": "producer", "topic": "pay", "rate": "5/s"}],
      "steps": [{"at": "10s", "do": "crash", "node": "broker-3"},
        {"at": "25s", "do": "delete_records", "as": "ad", "partition": "solo-0", "before": 5},
        {"at": "30s", "do": "delete_records", "as": "ad", "partition": "pay-0", "before": 5}])",
      40'000);
  const observe::Answer answer = asked(session, "/clients/ad/waiting");
  CAPTURE(text_of_steps(answer));
  CHECK(says(answer, "solo-0 has no leader"));
  CHECK_FALSE(says(answer, "pay-0"));
  CHECK(root_ms(answer) == 10'000);
}

TEST_CASE("Why? about a producer's open call names the act that made it, not one that waits behind it") {
  Session session = small_run(
      kPay + R"(, "clients": [{"id": "man", "kind": "producer", "topic": "pay", "config": {"transactional.id": "t"}}],
      "steps": [{"at": "5s", "do": "begin_transaction", "node": "man"},
        {"at": "6s", "do": "produce", "node": "man", "records": [{"topic": "pay", "value": "a"}]},
        {"at": "9s", "do": "hold", "from": "man", "api": "EndTxn", "what": "request"},
        {"at": "10s", "do": "commit_transaction", "node": "man"}, {"at": "12s", "do": "begin_transaction", "node": "man"},
        {"at": "13s", "do": "abort_transaction", "node": "man"}])",
      20'000);
  const observe::Answer answer = asked(session, "/clients/man/waiting");
  CAPTURE(text_of_steps(answer));
  const auto names = [&](std::int64_t at_ms) {
    return std::any_of(answer.steps.begin(), answer.steps.end(),
                       [&](const observe::WhyStep& step) { return step.at.us == at_ms * 1000; });
  };
  CHECK(names(10'000));
  CHECK_FALSE(names(13'000));
}

TEST_CASE("a consumer that had partitions before its process began anew is not said never to have had any") {
  Session again = session_at("tests/stories/online-migration.json", 24'000, "disabled");
  const observe::Answer answer = asked(again, "/clients/c-1/assignment");
  CAPTURE(text_of_steps(answer));
  CHECK(says(answer, "c-1 has not been assigned a partition since it started again at 16.000 s"));
  CHECK_FALSE(has_key(answer, "why.never_assigned"_w));
}

TEST_CASE("Why? about an empty assignment names the topic that does not exist, and what deleted it") {
  const std::string no_creation = R"("brokers": 3, "config": {"auto.create.topics.enable": false})";
  for (const std::string protocol : {"classic", "consumer"}) {
    CAPTURE(protocol);
    const std::string config = R"("group.protocol": ")" + protocol + "\"";
    Session session = small_run(kPay + R"(, "clients": [
        {"id": "c", "kind": "consumer", "topics": ["pay"], "start": "30s", "config": {"group.id": "g", )" +
                                    config + R"(}},
        {"id": "d", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "h", )" +
                                    config + R"(}}],
      "steps": [{"at": "20s", "do": "delete_topic", "topic": "pay"}])",
                                40'000, "4.1", no_creation);
    for (const std::string client : {"c", "d"}) {
      if (client == "d" && protocol == "classic") continue;  // it keeps the partition until it hears of the deletion
      const observe::Answer answer = asked(session, "/clients/" + client + "/assignment");
      CAPTURE(text_of_steps(answer));
      CHECK(says(answer, client + " is subscribed to pay only, which does not exist"));
      CHECK(root_ms(answer) == 20'000);
    }
  }
  // The decoy: the topic is there, and another member has its only partition.
  Session there = small_run(kPay + R"(, "clients": [
        {"id": "a", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}},
        {"id": "b", "kind": "consumer", "topics": ["pay"], "start": "10s", "config": {"group.id": "g"}}],
      "steps": [])",
                            40'000, "4.1", no_creation);
  for (const char* client : {"a", "b"})
    CHECK_FALSE(has_key(asked(there, "/clients/" + std::string(client) + "/assignment"), "why.no_topic_to_assign"_w));
}

TEST_CASE("Why? about lost records says that acks=1 is the default of Kafka 2.5, unless the file sets it") {
  for (const bool set : {false, true}) {
    CAPTURE(set);
    Session session = run_in_version(
        R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "50/s", "stop": "9.9s")" +
            std::string(set ? R"(, "config": {"acks": 1})" : "") + R"(}],
      "steps": [{"at": "5s", "do": "link", "from": ["broker-2", "broker-3"], "to": ["broker-1"], "latency": "400ms"},
        {"at": "8s", "do": "crash", "node": "broker-1"}, {"at": "60s", "do": "restart", "node": "broker-1"}])",
        80'000, "2.5");
    const observe::Answer answer = asked(session, "/ledger/lost_acked");
    CAPTURE(text_of_steps(answer));
    REQUIRE(has_key(answer, "why.acked_by_alone"_w));
    CHECK(says_in_both(sentence_with(answer, "why.acked_by_alone"_w), "Kafka 2.5") == !set);
  }
}

TEST_CASE(
    "Why? about a topic that too few brokers could make tells how many there were then, though others have joined") {
  for (const int brokers : {2, 3}) {
    CAPTURE(brokers);
    Session session = small_run(R"("topics": [], "clients": [{"id": "a", "kind": "consumer", "topics": ["auto"],
        "config": {"group.id": "g", "allow.auto.create.topics": true}}],
      "steps": [{"at": "10s", "do": "stop", "node": "a"}, {"at": "15s", "do": "add_broker", "id": 8}])",
                                40'000, "4.1", R"("brokers": )" + std::to_string(brokers) + R"(, "config": {
          "auto.create.topics.enable": true, "default.replication.factor": 3, "offsets.topic.replication.factor": 1})");
    const observe::Answer answer = asked(session, "/clients/a/errors/UNKNOWN_TOPIC_OR_PARTITION");
    CAPTURE(text_of_steps(answer));
    CHECK(says(answer, "(default.replication.factor), and 2 brokers are there") == (brokers == 2));
    CHECK_FALSE(says(answer, "3 brokers are there"));
  }
}

TEST_CASE("Why? says that a leader refuses a marker only if the marker would reach it and is not written yet") {
  struct Case {
    std::string steps, cause;
    std::int64_t at_ms;
    bool refused;
  };
  const std::string commit = R"({"at": "25s", "do": "commit_transaction", "node": "man"}])";
  const Case cases[] = {
      {R"({"at": "12s", "do": "pause", "node": "broker-3"},)" + commit, "broker-3 is paused", 30'000, true},
      // The coordinator, broker-2, does not reach the leader.
      {R"({"at": "12s", "do": "pause", "node": "broker-3"}, {"at": "24s", "do": "partition", "from": ["broker-1"], "to": ["broker-2"]},)" +
           commit,
       "The network between broker-1 and broker-2 is cut", 30'000, false},
      // The marker is written before the ISR shrinks, and waits for the ISR to grow.
      {R"({"at": "20s", "do": "partition", "from": ["broker-1"], "to": ["broker-3"]},)" + commit,
       "The network between broker-1 and broker-3 is cut", 64'000, false}};
  for (const Case& one : cases) {
    CAPTURE(one.steps);
    Session session = small_run(
        R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}, "config": {"min.insync.replicas": 3}}])" +
            kTransactional + kOneRecord + one.steps,
        one.at_ms, "4.1",
        R"("brokers": 3, "config": {"transaction.state.log.replication.factor": 1, "transaction.state.log.min.isr": 1})");
    const observe::Answer answer = asked(session, "/transactions/t");
    CAPTURE(text_of_steps(answer));
    CHECK(has_key(answer, "why.marker_refused"_w) == one.refused);
    CHECK(says(answer, one.cause));
    if (one.at_ms >= 40'000) CHECK_FALSE(has_key(answer, "why.tx_markers"_w));
  }
}

TEST_CASE(
    "Why? says of a marker in __consumer_offsets that the ISR is too small to commit it, not that it is refused") {
  Session session = small_run(
      R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}, "config": {"min.insync.replicas": 1}}],
      "clients": [{"id": "man", "kind": "producer", "topic": "pay", "config": {"transactional.id": "t", "transaction.timeout.ms": 80000}},
                  {"id": "c", "kind": "consumer", "topics": ["pay"], "commit": "none", "config": {"group.id": "g"}}],
      "steps": [)" +
          kOneRecord +
          R"({"at": "8s", "do": "send_offsets_to_transaction", "node": "man", "group": "g", "offsets": {"pay-0": 1}},
        {"at": "14s", "do": "pause", "node": "broker-3"}, {"at": "40s", "do": "commit_transaction", "node": "man"}])",
      60'000, "4.1", R"("brokers": 3, "config": {"min.insync.replicas": 3, "offsets.topic.num.partitions": 1})");
  for (const std::string path : {"/transactions/t", "/partitions/__consumer_offsets-0/last_stable_offset"}) {
    const observe::Answer answer = asked(session, path);
    CAPTURE(path);
    CAPTURE(text_of_steps(answer));
    CHECK_FALSE(has_key(answer, "why.marker_refused"_w));
    CHECK_FALSE(has_key(answer, "why.lso_marker_not_replicated"_w));
    CHECK(says(answer, "broker-3 is paused"));
  }
}

TEST_CASE("Why? does not explain the abort by close() with the abort of an earlier transaction") {
  Session session =
      small_run(kPay + kTransactional + kOneRecord + R"({"at": "7s", "do": "abort_transaction", "node": "man"},
        {"at": "10s", "do": "begin_transaction", "node": "man"},
        {"at": "11s", "do": "produce", "node": "man", "records": [{"topic": "pay", "value": "b"}]},
        {"at": "12s", "do": "hold", "from": "man", "api": "EndTxn", "what": "request"},
        {"at": "15s", "do": "stop", "node": "man"}])",
                25'000);
  for (const std::string path : {"/transactions/t", "/clients/man/waiting"}) {
    const observe::Answer answer = asked(session, path);
    CAPTURE(path);
    CAPTURE(text_of_steps(answer));
    for (const observe::WhyStep& step : answer.steps) CHECK(step.at.us / 1'000'000 != 7);
  }
}

TEST_CASE("Why? does not say acks=1 of what an idempotent producer of 2.5 sent, which has acks=all") {
  for (const bool idempotent : {true, false}) {
    CAPTURE(idempotent);
    Session session = small_run(
        R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}}],
        "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "50/s", "stop": "39.9s", "config": {"enable.idempotence": )" +
            std::string(idempotent ? "true" : "false") + R"(}}],
        "steps": [{"at": "5s", "do": "crash", "node": "broker-2"}, {"at": "6s", "do": "crash", "node": "broker-3"},
                  {"at": "40s", "do": "power_off", "node": "broker-1"}, {"at": "41s", "do": "restart", "node": "broker-1"}])",
        79'000, "2.5", kZooKeeper);
    const observe::Answer answer = asked(session, "/ledger/lost_acked");
    CAPTURE(text_of_steps(answer));
    CHECK(says(answer, "acks=1") == !idempotent);
  }
}

TEST_CASE("Why? about a position out of range names what deleted the records, also if the leader has changed since") {
  Session session = small_run(
      R"("topics": [{"name": "web", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}}],
      "clients": [{"id": "p", "kind": "producer", "topic": "web", "rate": "20/s"},
                  {"id": "c", "kind": "consumer", "topics": ["web"], "config": {"group.id": "g", "auto.offset.reset": "earliest"}}],
      "steps": [{"at": "6s", "do": "stop", "node": "c"}, {"at": "20s", "do": "delete_records", "partition": "web-0", "before": 300},
                {"at": "40s", "do": "shutdown", "node": "broker-1"}, {"at": "52s", "do": "start", "node": "c"}])",
      57'000);
  const observe::Answer answer = asked(session, "/clients/c/positions/web-0");
  CAPTURE(text_of_steps(answer));
  CHECK(root_ms(answer) == 20'000);
}

TEST_CASE(
    "Why? does not blame a deleted topic for the missing partitions of a consumer that has not joined its group") {
  Session session = small_run(
      kPay +
          std::string(
              R"(, "clients": [{"id": "c", "kind": "consumer", "topics": ["pay"], "start": "10s", "config": {"group.id": "g"}}],
      "steps": [{"at": "9s", "do": "hold", "from": "c", "api": "JoinGroup", "what": "request"},
                {"at": "30s", "do": "delete_topic", "topic": "pay"}])"),
      38'000);
  const observe::Answer answer = asked(session, "/clients/c/assignment");
  CAPTURE(text_of_steps(answer));
  CHECK_FALSE(has_key(answer, "why.no_topic_to_assign"_w));
}

TEST_CASE("the count of leader changes leaves out new epochs of a leader that stays") {
  Session session = small_run(
      R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 1, "assignments": {"0": [1]}}],
      "steps": [{"at": "12s", "do": "shutdown", "node": "broker-1"}, {"at": "30s", "do": "restart", "node": "broker-1"}])",
      11'000);
  const auto& trace = session.observation().trace();
  const std::int64_t before = session.observation().counters().elections;
  session.run_until(sim::Instant{} + sim::milliseconds(60'000));
  std::int64_t changes = 0;
  for (std::size_t i = trace.first_at(sim::Instant{} + sim::milliseconds(11'000)); i < trace.size(); ++i)
    if (const auto f = fact_if<fact::LeaderElected>(trace[i])) changes += f->leader != f->previous ? 1 : 0;
  CHECK(changes >= 2);
  CHECK(session.observation().counters().elections - before == changes);
}

TEST_CASE("Why? about waiting records counts those of each other reason, of partitions with one leader, too") {
  const auto records = [](int partition, int count) {
    std::string all;
    for (int i = 0; i < count; ++i)
      all += (all.empty() ? "" : ", ") +
             (R"({"topic": "pay", "partition": )" + std::to_string(partition) + R"(, "value": "v"})");
    return all;
  };
  Session session = small_run(
      R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 1, "assignments": {"0": [1], "1": [2]}}],
      "clients": [{"id": "p", "kind": "producer", "topic": "pay", "config": {"linger.ms": 5, "delivery.timeout.ms": 200000}}],
      "steps": [{"at": "4s", "do": "produce", "node": "p", "records": [)" +
          records(0, 1) + ", " + records(1, 1) +
          R"(]}, {"at": "10s", "do": "crash", "node": "broker-1"}, {"at": "12s", "do": "pause", "node": "broker-2"},
        {"at": "31s", "do": "produce", "node": "p", "records": [)" +
          records(0, 9) + ", " + records(1, 5) + R"(]}, {"at": "32s", "do": "produce", "node": "p", "records": [)" +
          records(0, 2) + ", " + records(1, 3) + "]}]",
      45'000);
  const observe::Answer answer = asked(session, "/clients/p/waiting");
  CAPTURE(text_of_steps(answer));
  REQUIRE(has_key(answer, "why.waits_rest"_w));
  CHECK(says(answer, "3 of the 14"));
}
