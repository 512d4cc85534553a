// What a sixth committer found in the answers about markers, calls, reset positions, assignments and waiting records.
#include "why/in_version.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kTransactional =
    R"(, "clients": [{"id": "man", "kind": "producer", "topic": "pay", "config": {"transactional.id": "t", "transaction.timeout.ms": 80000}}], "steps": [)";
const std::string kOneRecord =
    R"({"at": "5s", "do": "begin_transaction", "node": "man"},
       {"at": "6s", "do": "produce", "node": "man", "records": [{"topic": "pay", "value": "a"}]},)";

}  // namespace

TEST_CASE("Why? says that a leader refuses a marker only if the marker would reach it and is not written yet") {
  for (const std::string kafka : {"4.1", "2.5"})
    for (const bool written : {true, false}) {
      CAPTURE(kafka);
      CAPTURE(written);
      // Either the marker is in the log before the ISR shrinks, or the coordinator cannot reach the leader.
      const std::string steps =
          written
              ? R"({"at": "12s", "do": "pause", "node": "broker-3"}, {"at": "14s", "do": "commit_transaction", "node": "man"}])"
              : R"({"at": "12s", "do": "pause", "node": "broker-1"}, {"at": "14s", "do": "commit_transaction", "node": "man"}])";
      Session session = run_in_version(
          kPay + kTransactional +
              R"({"at": "2s", "do": "configure", "topic": "pay", "config": {"min.insync.replicas": 3}},)" + kOneRecord +
              steps,
          17'000, kafka);
      const observe::Answer answer = asked(session, "/transactions/t");
      CAPTURE(text_of_steps(answer));
      CHECK_FALSE(has_key(answer, "why.marker_refused"_w));
      CHECK(says(answer, written ? "broker-3 is paused" : "broker-1 is paused"));
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

TEST_CASE("a partition that loses its only replica has had no election") {
  Session session = small_run(
      R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 1, "assignments": {"0": [1]}}],
      "steps": [{"at": "12s", "do": "crash", "node": "broker-1"}, {"at": "30s", "do": "restart", "node": "broker-1"}])",
      12'000);
  const std::int64_t before = session.observation().counters().elections;
  session.run_until(sim::Instant{} + sim::milliseconds(29'000));
  CHECK(session.observation().counters().elections == before);
  session.run_until(sim::Instant{} + sim::milliseconds(45'000));
  CHECK(session.observation().counters().elections == before + 1);
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
