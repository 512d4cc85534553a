// The answers' roots against runs without them: each answer names the act, says why, and without that act the value is another one.
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// A question at a moment of a file, and the moment of the act that is to be its answer's root.
struct Named {
  std::string file;
  std::int64_t at_ms;
  std::string path;
  std::int64_t root_ms;
  std::string variant = "base";
  std::string compared = {};  // the path whose value the act changes, if it is another one
  std::string says = {};      // a part of a sentence
  bool last_only = false;     // the act made only the last of those errors
};

/// A file of three brokers with the topic orders, whose partition is on all of them, and these steps.
std::string of_three(const std::string& steps) {
  return R"({"format": 1, "id": "role", "title": {"en": "r", "ko": "r"}, "seed": 3, "cluster": {"controllers": 1,
    "brokers": 3}, "topics": [{"name": "orders", "partitions": 1, "assignments": {"0": [1, 2, 3]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "20/s"},
    {"id": "c", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "g"}}], "steps": [)" +
         steps + R"(], "until": "60s"})";
}

std::string content_of(const std::string& file) {
  if (file.starts_with("{")) return file;
  return read_text(source_path(file.find('/') == std::string::npos ? "tests/stories/" + file + ".json" : file));
}

/// The answer, whose root is that act, without which the value at the path is another one.
observe::Answer check_named(const Named& c) {
  CAPTURE(c.file);
  CAPTURE(c.path);
  Session session(loaded(content_of(c.file), c.variant), true);
  session.run_until(sim::Instant{} + sim::milliseconds(c.at_ms));
  const observe::Answer answer = asked(session, c.path);
  if (!c.says.empty()) CHECK_MESSAGE(tells(answer, c.says), text_of_steps(answer));
  REQUIRE_MESSAGE(answer.root.has_value(), text_of_steps(answer));
  CHECK_MESSAGE(answer.root->at.us / 1000 == c.root_ms, text_of_steps(answer));
  check_root_changes(session, answer, c.compared.empty() ? c.path : c.compared, c.last_only);
  return answer;
}

}  // namespace

TEST_CASE("named act: COORDINATOR_LOAD_IN_PROGRESS leads back to the failover, or to the act on answers") {
  const std::string error = "/errors/COORDINATOR_LOAD_IN_PROGRESS";
  check_named({"revocation-too-slow", 21'000, "/clients/c-1" + error, 9'000});
  check_named({"late-heartbeat-of-an-older-epoch", 90'000, "/clients/c-1" + error, 49'457});
  // Under ZooKeeper a coordinator loads anew with each leader epoch: with a new ISR, too.
  check_named({"a-marker-while-the-group-loads", 25'000, "/clients/tx" + error, 11'900});
  CHECK(tells(check_named({"a-marker-while-the-group-loads", 25'000, "/clients/first" + error, 11'900}),
              "broker-2 leads __consumer_offsets-0 now"));
}

TEST_CASE("named act: under ZooKeeper a broker leaves an ISR because its own session expires, not another's") {
  const std::string two = R"({"format": 1, "id": "two", "title": {"en": "r", "ko": "r"}, "seed": 3, "kafka": "2.5",
    "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 4, "config": {"zookeeper.session.timeout.ms": 6000}},
    "topics": [{"name": "orders", "partitions": 2, "assignments": {"0": [1, 2, 4], "1": [1, 3, 4]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "20/s"}],
    "steps": [{"at": "5s", "do": "crash", "node": "broker-2"}, {"at": "5.1s", "do": "pause", "node": "broker-3"}],
    "until": "40s"})";
  check_named({two, 20'000, "/partitions/orders-0/isr", 5'000});
  check_named({two, 20'000, "/partitions/orders-1/isr", 5'100});
  // Its shutdown, which comes after the cut, would have taken broker-1 out of the ISRs, too; but not without a leader.
  check_named({"zookeeper-shutdown-in-a-cut", 9'100, "/partitions/orders-2/leader", 2'667});
  Session session = session_at("tests/stories/zookeeper-shutdown-in-a-cut.json", 9'100);
  for (const char* path : {"orders-0/isr", "orders-1/isr", "orders-2/isr", "orders-2/leader"}) {
    const observe::Answer answer = asked(session, std::string("/partitions/") + path);
    CHECK(tells(answer, "broker-1 has sent nothing for 6000 ms: its session expires"));
    CHECK_FALSE(tells(answer, "broker-3 has sent nothing"));
  }
}

TEST_CASE("named act: a replica stays outside the ISR because its fetcher gave the partition up") {
  for (const char* path : {"isr", "logs/3"}) {
    const observe::Answer answer =
        check_named({"segment-bytes-lowered", 40'000, std::string("/partitions/orders-0/") + path, 15'000});
    CHECK(tells(answer, "broker-3 cannot append to orders-0: more bytes than segment.bytes allows"));
  }
  // It is over with a new leader epoch.
  const observe::Answer later = check_named({"segment-bytes-lowered", 54'000, "/partitions/orders-0/isr", 41'000});
  CHECK_FALSE(tells(later, "cannot append"));
}

TEST_CASE("named act: NOT_COORDINATOR comes from the election that moved the coordinator") {
  check_named({"abort-of-nothing", 10'000, "/clients/bank/errors/NOT_COORDINATOR", 5'000, "tv1"});
  const std::string shutdown = of_three(R"({"at": "5s", "do": "shutdown", "node": "coordinator:g"})");
  const observe::Answer answer = check_named({shutdown, 30'000, "/clients/c/errors/NOT_COORDINATOR", 5'000});
  CHECK(tells(answer, "broker-2 leads __consumer_offsets-3 now"));
}

TEST_CASE("named act: an act on a group's coordinator explains what happens to the broker in this role") {
  for (const char* path : {"/nodes/broker-1/fenced", "/nodes/broker-1/state", "/partitions/orders-0/isr"})
    check_named({"offsets-expire", 77'000, path, 50'000});
  const std::string isolate = of_three(R"({"at": "5s", "do": "isolate", "node": "coordinator:g"})");
  for (const char* path : {"/nodes/broker-3/fenced", "/partitions/orders-0/isr"})
    check_named({isolate, 30'000, path, 5'000});
}

TEST_CASE("named act: under ZooKeeper the controller begins a leader epoch when it changes an ISR, or moves replicas") {
  const std::string orders = "/partitions/orders-0/leader_epoch";
  for (const Named& c :
       {Named{"zookeeper-deleted-below-a-replaced-log", 31'000, orders, 5'000},
        {"zookeeper-deleted-below-a-replaced-log", 31'000, "/partitions/orders-0/leader", 5'000, "base", orders},
        {"zookeeper-stale-order", 8'000, orders, 5'000},
        {"zookeeper-broker-bounces", 6'100, orders, 5'000},
        {"zookeeper-broker-dies", 28'000, "/partitions/orders-2/leader_epoch", 5'000},
        {"zookeeper-three-tries", 11'000, "/partitions/t-0/leader_epoch", 2'000},
        {"zookeeper-orders-before-the-answer", 16'000, orders, 3'000},
        {"zookeeper-partitions-during-a-move", 13'000, orders, 5'000},
        {"zookeeper-first-high-watermark-mark", 79'200, "/partitions/bills-0/leader_epoch", 57'500}}) {
    const observe::Answer answer = check_named(c);
    const bool moved = c.file == "zookeeper-partitions-during-a-move";
    CHECK(has_key(answer, moved ? "why.epoch_by_move"_w : "why.epoch_by_isr"_w));
    CHECK_FALSE(has_key(answer, "why.formed"_w));
  }
  // The end of a move takes a replica out that is well.
  check_named({"zookeeper-partitions-during-a-move", 17'000, orders, 5'000});
}

TEST_CASE("named act: the sentence about an act on a role names the node that had the role") {
  const observe::Answer cut = check_named({of_three(R"({"at": "5s", "do": "isolate", "node": "leader:orders-0"})"),
                                           30'000, "/partitions/orders-0/leader", 5'000});
  CHECK(tells(cut, "broker-1 is cut off from everybody else"));
  CHECK_FALSE(tells(cut, "leader:orders-0"));
  const observe::Answer gone = check_named({of_three(R"({"at": "5s", "do": "shutdown", "node": "coordinator:g"})"),
                                            30'000, "/nodes/broker-3/fenced", 5'000});
  CHECK(says_in_both(gone.steps.front(), "broker-3"));
}

TEST_CASE("named act: INVALID_RECORD_STATE comes from the expired lock") {
  Session session = session_at("tests/stories/metrics-of-share-groups.json", 45'000);
  const observe::Answer answer = asked(session, "/clients/slow/errors/INVALID_RECORD_STATE");
  REQUIRE(answer.steps.size() == 2);
  CHECK(answer.steps.front().at.us / 1000 == 20'155);
  CHECK(answer.root_kind == observe::RootKind::Timer);
}

TEST_CASE("named act: errors while an internal topic or producer ids are missing are no failures") {
  Session session = session_at("tests/stories/abort-of-nothing.json", 6'000, "tv1");
  const observe::Answer created = asked(session, "/clients/bank/errors/COORDINATOR_NOT_AVAILABLE");
  CHECK(says_in_both(sentence_with(created, "why.no_internal_topic"_w), "__transaction_state"));
  const observe::Answer ids = asked(session, "/clients/bank/errors/COORDINATOR_LOAD_IN_PROGRESS");
  CHECK(says_in_both(sentence_with(ids, "why.no_producer_ids"_w), "bank"));
  // A coordinator that was lost is another matter, and one that loads.
  const observe::Answer lost = check_named({"a-marker-while-the-group-loads",
                                            25'000,
                                            "/clients/first/errors/COORDINATOR_NOT_AVAILABLE",
                                            11'900,
                                            "base",
                                            {},
                                            {},
                                            true});
  CHECK(tells(lost, "__consumer_offsets-0 has no leader now"));
}

TEST_CASE("named act: Why? tells two processes with one broker id apart") {
  const char* file = "one-id-twice-after-a-cut";
  check_named({file, 35'000, "/nodes/broker-2/fenced", 5'000, "base", "", "belongs to broker-2#2 now"});
  check_named({file, 46'000, "/partitions/t-1/leader", 45'000, "base", "", "tells the controller its own directory"});
  check_named({file, 45'300, "/clients/p/errors/NOT_LEADER_OR_FOLLOWER", 40'000, "base", "", "broker-2 leads t-1 now"});
  check_named(
      {file, 46'000, "/clients/p/errors/NOT_LEADER_OR_FOLLOWER", 45'000, "base", "", "broker-3 leads t-1 now", true});
}

TEST_CASE("named act: Why? about a group's coordinator names the act that moved it") {
  check_named({"scenarios/replication/leader-failover.json", 15'000, "/groups/billing/coordinator", 5'000, "base", "",
               "hashes to: __consumer_offsets-"});
  check_named({"offsets-topic-compacted", 54'000, "/groups/billing/coordinator", 40'000, "base", "",
               "has loaded its share of groups"});
}

TEST_CASE("named act: Why? explains a new controller epoch and an ISR that shrank without an ensemble") {
  check_named({"zookeeper-controller-begins-anew", 21'000, "/cluster/controller_epoch", 6'000, "base", "",
               "its session expires"});
  check_named(
      {"zookeeper-isr-change-without-an-ensemble", 54'000, "/metrics/isr_shrinks", 5'000, "base", "", "[1,2] -> [1]"});
}

TEST_CASE("named act: Why? about an ISR names the replica that was down when its partition was created") {
  check_named({"five-voters", 52'000, "/partitions/late-0/isr", 21'000, "base", "", "broker-3 leaves the ISR"});
  check_named({"zookeeper-what-2-5-takes-and-refuses", 29'000, "/partitions/t1-0/isr", 3'000, "base", "",
               "its first ISR is without it"});
}

TEST_CASE("named act: Why? explains a generation without members and an assignment that a crash took") {
  check_named(
      {"reset-to-a-moment", 17'000, "/groups/g/generation", 10'000, "base", "", "begins generation 2 without members"});
  check_named({"scenarios/operations/access-control.json", 20'000, "/groups/kim/generation", 16'000, "base", "",
               "begins generation 2 without members"});
  check_named({"scenarios/operations/what-the-graphs-show.json", 29'000, "/clients/billing-1/assignment", 10'000,
               "base", "", "billing-1 crashes"});
  check_named({"reset-to-a-moment", 20'000, "/clients/c/assignment", 10'000, "base", "", "c gives up"});
}

TEST_CASE("named act: Why? about a topic names the move of its replicas, or Kafka's own settings") {
  Session moved = session_at("tests/stories/zookeeper-answers-of-replicas-moved-away.json", 4'000);
  const observe::Answer answer = asked(moved, "/topics/orders");
  CHECK(tells(answer, "orders exists since the cluster was formed"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 3'000'000);
  CHECK(act_of(moved, *answer.root).has_value());
  Session session = session_at("scenarios/replication/leader-failover.json", 15'000);
  CHECK(tells(asked(session, "/topics/__consumer_offsets/config/compression.type"), "Kafka's own setting"));
  CHECK(tells(asked(session, "/topics/__consumer_offsets/config/segment.bytes"), "Kafka's own setting"));
}

TEST_CASE("named act: Why? about a lag names the records of another partition that the consumer reads first") {
  check_named({"scenarios/operations/hot-partition.json", 39'000, "/groups/viewers/lag/views-5", 31'000, "base", "",
               "383 fetched records of views-4 come first, and while 1 of views-5 waits behind them"});
}

TEST_CASE("named act: COORDINATOR_NOT_AVAILABLE leads back to the broker's failed directory or slow link") {
  const std::string error = "/clients/c/errors/COORDINATOR_NOT_AVAILABLE";
  // The shutdown of broker-1 came while the last commit waited for it: its directory had failed before.
  check_named({"failing-directory", 70'000, error, 10'000, "base", "", "log directory 1 with 4 replicas is offline"});
  const observe::Answer late =
      check_named({"zookeeper-coordinator-before-its-metadata", 70'000, error, 20'000, "base", "", "", true});
  CHECK(late.root->words.en.find("broker-2") != std::string::npos);  // not the link of the ensemble at the same time
}

TEST_CASE("named act: a leader's second join leads back to the death of the first coordinator") {
  const observe::Answer answer = check_named({"epoch-led-without-a-record", 18'500, "/groups/readers/rebalances", 7'607,
                                              "base", "", "broker-3 leads __consumer_offsets-28 now"});
  CHECK_FALSE(tells(answer, "session timeout"));  // which ran out at a broker that was no longer the coordinator
}

TEST_CASE("named act: Why? about FailedPartitionsCount names the abandoned partition and the act behind it") {
  const std::string path =
      "/metrics/mbeans/broker-3/kafka.server:type=ReplicaFetcherManager,name=FailedPartitionsCount,clientId=Replica";
  const observe::Answer stale = check_named({"metrics-of-a-stale-follower", 9'000, path, 3'000});
  CHECK(says_in_both(sentence_with(stale, "why.awaits_leader_epoch"_w), "t-0"));
  check_named({"segment-bytes-lowered", 40'000, path, 15'000, "base", "", "broker-3 cannot append to orders-0"});
  Session session = session_at("tests/stories/metrics-of-a-stale-follower.json", 30'000);
  CHECK(has_key(asked(session, path), "why.metric_none"_w));
}

TEST_CASE("named act: an error while __consumer_offsets is being created leads back to no act") {
  for (const auto& [file, at_ms, client] :
       {std::tuple{"offsets-before-their-topic", 11'500, "bank"}, {"real-transactions-expiration", 37'000, "b"}}) {
    Session session = session_at(std::string("tests/stories/") + file + ".json", at_ms);
    const std::string name = client;
    CAPTURE(name);
    const observe::Answer answer =
        asked(session, std::string("/clients/") + client + "/errors/COORDINATOR_NOT_AVAILABLE");
    CAPTURE(text_of_steps(answer));
    CHECK(says_in_both(sentence_with(answer, "why.no_internal_topic"_w), "__consumer_offsets"));
    CHECK(answer.root_kind != observe::RootKind::Act);
  }
}

TEST_CASE("named act: a limit that a topic under ZooKeeper was created with goes back to the act that created it") {
  const std::string file = "tests/stories/zookeeper-config-lost-with-the-session.json";
  Session session = session_at(file, 40'000);
  for (const char* path :
       {"/ledger/failed", "/sent/p/1", "/clients/p/failed", "/topics/small/config/max.message.bytes"}) {
    CAPTURE(path);
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    CHECK(tells(answer, "creates the topic small (max.message.bytes=500)"));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 2'500'000);
  }
  CHECK(says_in_both(sentence_with(asked(session, "/ledger/failed"), "why.too_large"_w), "max.message.bytes=500"));
}
