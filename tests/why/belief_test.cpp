// What a client waits for is judged by what it believes: the leader in its metadata, the coordinator that it has found, the
// broker from which it fetches.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "client/consumer.h"
#include "observe/model/snapshot_builder.h"
#include "observe/why/why.h"
#include "storage/partition_log.h"
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// weak-0 loses its only in-sync replica, pay-0 its leader: broker-1 still reaches its clients, but no other node.
Session leader_alone(std::int64_t at_ms) {
  return small_run(R"("topics": [
    {"name": "pay", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}},
    {"name": "weak", "partitions": 1, "replication_factor": 2, "assignments": {"0": [1, 3]}}],
    "clients": [{"id": "all", "kind": "producer", "topic": "pay", "rate": "20/s"},
      {"id": "one", "kind": "producer", "topic": "weak", "rate": "20/s", "config": {"acks": 1}}],
    "steps": [{"at": "3s", "do": "pause", "node": "broker-3"},
      {"at": "10s", "do": "partition", "from": ["broker-1"], "to": ["broker-2", "broker-3", "controller-1"]}])",
                   at_ms, "4.1", R"("brokers": 3, "controllers": 1, "config": {"replica.lag.time.max.ms": 3000})");
}

const std::string kGroup = R"("config": {"group.id": "g", "auto.offset.reset": "earliest"})",
                  kLag = "/groups/g/lag/pay-0",
                  kOneLog = R"("brokers": 3, "config": {"offsets.topic.num.partitions": 1})";

/// The reader reads pay-0, which broker-1 leads; the steps happen to it.
Session read_with(const std::string& steps, std::int64_t at_ms, const std::string& producer = R"("rate": "5/s")",
                  const std::string& reader = kGroup, const std::string& cluster = R"("brokers": 3)",
                  const std::string& replicas = "1, 2, 3") {
  return small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3, "assignments": {"0": [)" +
                       replicas + R"(]}}], "clients": [{"id": "shop", "kind": "producer", "topic": "pay", )" +
                       producer + R"(}, {"id": "reader", "kind": "consumer", "topics": ["pay"], )" + reader +
                       R"(}], "steps": [)" + steps + "]",
                   at_ms, "4.1", cluster);
}

/// A transaction of p, whose coordinator is broker-2; t-0 is led by another broker.
Session open_transaction(const std::string& leader, const std::string& steps, std::int64_t at_ms) {
  return small_run(R"("topics": [{"name": "t", "partitions": 1, "replication_factor": 1, "assignments": {"0": [)" +
                       leader + R"(]}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "t",
      "config": {"transactional.id": "x", "transaction.timeout.ms": 300000}}],
    "steps": [{"at": "1s", "do": "begin_transaction", "node": "p"},
      {"at": "2s", "do": "produce", "node": "p", "records": [{"key": "a", "value": "1"}]}, )" +
                       steps + "]",
                   at_ms, "4.1", R"("brokers": 3, "config": {"transaction.state.log.num.partitions": 1})");
}

void check_root(const observe::Answer& answer, std::int64_t seconds) {
  REQUIRE(answer.root.has_value());
  CHECK(answer.root_kind == observe::RootKind::Act);
  CHECK(answer.root->at.us == seconds * 1'000'000);
}

}  // namespace

TEST_CASE("a partition without a leader holds nothing back while its former leader answers the producer") {
  Session session = leader_alone(25'000);
  CHECK(observe::state_at(session.moment(), "/partitions/weak-0/leader")->is_null());
  CHECK(observe::state_at(session.moment(), "/clients/one/records_per_s").value() > 10);
  const observe::Answer answer = asked(session, "/clients/one/waiting");
  CHECK(has_key(answer, "why.waits_linger"_w));
  CHECK_FALSE(has_key(answer, "why.waits_leader"_w));
}

TEST_CASE("Why? about records that wait for a deposed leader names that broker, the new leader and the cut") {
  Session session = leader_alone(25'000);
  CHECK(observe::state_at(session.moment(), "/partitions/pay-0/leader").value() == 2);
  for (const char* path : {"/clients/all/waiting", "/sent/all/400"}) {
    const observe::Answer answer = asked(session, path);
    const observe::WhyStep& waits = sentence_with(answer, "why.waits_former_leader"_w);
    CHECK(says_in_both(waits, "broker-1"));
    CHECK(says_in_both(waits, "broker-2"));
    check_root(answer, 10);
  }
}

TEST_CASE("Why? about a call whose request went to a dead coordinator names that broker and its successor") {
  Session session = open_transaction("3", R"({"at": "6s", "do": "power_off", "node": "broker-2"},
    {"at": "25s", "do": "commit_transaction", "node": "p"})",
                                     30'000);
  CHECK(observe::state_at(session.moment(), "/partitions/__transaction_state-0/leader").value() != 2);
  const observe::Answer answer = asked(session, "/clients/p/waiting");
  const observe::WhyStep& waits = sentence_with(answer, "why.call_in_vain"_w);
  CHECK(says_in_both(waits, "broker-2"));
  CHECK(says_in_both(waits, cluster::broker_name(session.cluster().coordinator_of("x", "__transaction_state"))));
  check_root(answer, 6);
}

TEST_CASE("Why? about a commit that waits for its batches names their silent leader, and no EndTxn under way") {
  Session session = open_transaction("3", R"({"at": "4s", "do": "pause", "node": "broker-3"},
    {"at": "5s", "do": "produce", "node": "p", "records": [{"key": "a", "value": "2"}]},
    {"at": "6s", "do": "commit_transaction", "node": "p"})",
                                     9'000);
  for (const char* path : {"/transactions/x", "/clients/p/waiting"}) {
    const observe::Answer answer = asked(session, path);
    CHECK_FALSE(has_key(answer, "why.call_not_replicated"_w));
    CHECK_FALSE(has_key(answer, "why.call_answer"_w));
    CHECK(says_in_both(sentence_with(answer, "why.waits_silent_leader"_w), "broker-3"));
    check_root(answer, 4);
  }
  CHECK(says_in_both(sentence_with(asked(session, "/transactions/x"), "why.call_after_batches"_w), "EndTxn"));
}

TEST_CASE("the Fetch requests of a transform do not count as waiting records") {
  Session session = small_run(R"("topics": [{"name": "in", "partitions": 1, "replication_factor": 3},
      {"name": "out", "partitions": 1, "replication_factor": 3}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "in", "rate": "5/s", "count": 5},
      {"id": "tr", "kind": "transform", "topics": ["in"], "topic": "out",
       "config": {"group.id": "g", "transactional.id": "x"}}])",
                              15'000);
  CHECK(observe::state_at(session.moment(), "/clients/tr/in_flight").value() == 1);
  const observe::Answer answer = asked(session, "/clients/tr/waiting");
  CHECK(answer.question_key == "why.q_waiting_nothing"_w);
  CHECK(has_key(answer, "why.waits_nothing"_w));
}

TEST_CASE("Why? about a lag of 0 asks why the group has no lag, not why it is behind") {
  Session session = read_with("", 40'000, R"("rate": "2/s", "count": 20)");
  REQUIRE(observe::state_at(session.moment(), kLag).value() == 0);
  const observe::Answer answer = asked(session, kLag);
  CHECK(answer.question_key == "why.q_lag_none"_w);
  CHECK(has_key(answer, "why.lag_none"_w));
  CHECK_FALSE(has_key(answer, "why.lag_all_uncommitted"_w));
}

TEST_CASE("Why? about the lag of a reader whose Fetch gets no answer names the silent broker and the new leader") {
  Session formed = read_with("", 5'000, R"("rate": "5/s")", kGroup, kOneLog);
  const bool first = formed.cluster().coordinator_of("g") != 1;  // the leader does not coordinate the group
  const std::string leader = first ? "broker-1" : "broker-2", replicas = first ? "1, 2, 3" : "2, 1, 3",
                    late = R"("start": "19s", "rate": "5/s")",
                    dies = R"({"at": "10s", "do": "power_off", "node": ")" + leader + R"("})",
                    back = dies + R"(, {"at": "20s", "do": "restart", "node": ")" + leader + R"("})";
  // The Fetch is lost with the process, and stays without an answer until request.timeout.ms.
  for (const std::string& steps : {dies, back}) {
    Session session = read_with(steps, 36'000, late, kGroup, kOneLog, replicas);
    const observe::Answer answer = asked(session, kLag);
    const observe::WhyStep& vain = sentence_with(answer, "why.lag_fetch_in_vain"_w);
    const int leads = observe::state_at(session.moment(), "/partitions/pay-0/leader").value();
    CHECK(cluster::broker_name(leads) != leader);
    CHECK(says_in_both(vain, leader));
    CHECK(says_in_both(vain, cluster::broker_name(leads)));
    CHECK_FALSE(has_key(answer, "why.lag_after_election"_w));
    check_root(answer, 10);
  }
  Session cut = read_with(R"({"at": "10s", "do": "partition", "from": ["reader"], "to": ["broker-1"]})", 18'000);
  const observe::Answer answer = asked(cut, kLag);
  CHECK(says_in_both(sentence_with(answer, "why.lag_fetch_in_vain"_w), "broker-1"));
  CHECK_FALSE(has_key(answer, "why.lag_slow"_w));
  check_root(answer, 10);
}

TEST_CASE("Why? about the lag behind a fenced leader names the broker, its epoch and how fast the lag falls") {
  Session session = session_at("tests/stories/reads-on-from-a-fenced-leader.json", 11'000);
  const std::string lag = "/groups/readers/lag/orders-0";
  CHECK_FALSE(has_key(asked(session, lag), "why.lag_former_leader"_w));  // not fenced yet
  for (const auto& [at_ms, seconds] : {std::pair{14'000, "2 s"}, {20'000, "8 s"}, {30'000, "10 s"}}) {
    const std::int64_t moment = at_ms;  // clang cannot capture a structured binding
    CAPTURE(moment);
    session.run_until(sim::Instant{} + sim::milliseconds(moment));
    REQUIRE(observe::state_at(session.moment(), "/partitions/orders-0/leader")->is_null());
    const observe::Answer answer = asked(session, lag);
    const observe::WhyStep& former = sentence_with(answer, "why.lag_former_leader"_w);
    for (const char* text : {"reader", "broker-1", "orders-0", "0", "1"}) CHECK(says_in_both(former, text));
    CHECK(former.words.en.find("in epoch 1 nobody does") != std::string::npos);
    CHECK_FALSE(has_key(answer, "why.lag_no_leader"_w));
    CHECK(sentence_with(answer, "why.lag_falls"_w).words.en.find(seconds) != std::string::npos);
    check_root(answer, 9);
  }
  session.run_until(sim::Instant{} + sim::seconds(35));
  CHECK(has_key(asked(session, lag), "why.lag_all_uncommitted"_w));  // 600 processed, 77 to commit
}

TEST_CASE("Why? about the lag behind a deposed leader compares its high watermark with the new leader's") {
  const std::string cut = R"({"at": "10s", "do": "partition", "from": ["broker-1"],
    "to": ["broker-2", "broker-3", "controller-1"]}, {"at": "10s", "do": "partition", "from": ["reader"],
    "to": ["broker-2", "broker-3"]})";
  // A producer that starts later asks broker-2 who leads.
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3,
      "assignments": {"0": [1, 2, 3]}}, {"name": "__consumer_offsets", "partitions": 1, "replication_factor": 1,
      "assignments": {"0": [2]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s", "stop": "9s",
      "config": {"acks": 1, "bootstrap.servers": "broker-2"}},
      {"id": "late", "kind": "producer", "topic": "pay", "rate": "20/s", "start": "18s",
       "config": {"bootstrap.servers": "broker-2"}},
      {"id": "reader", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g",
       "auto.offset.reset": "earliest", "session.timeout.ms": 45000}}], "steps": [)" +
                                  cut + "]",
                              19'000, "4.1", R"("brokers": 3, "controllers": 1,
      "config": {"broker.session.timeout.ms": 3000, "broker.heartbeat.interval.ms": 500})");
  session.run_until(sim::Instant{} + sim::seconds(30));
  REQUIRE(observe::state_at(session.moment(), "/partitions/pay-0/leader").value() == 2);
  const observe::Answer answer = asked(session, kLag);
  const observe::WhyStep& former = sentence_with(answer, "why.lag_former_leader"_w);
  CHECK(former.words.en.find("in epoch 1 broker-2 does") != std::string::npos);
  const observe::WhyStep& end = sentence_with(answer, "why.lag_former_end"_w);
  const auto watermark = [&](protocol::BrokerId broker) {
    return session.cluster().log(broker, session.cluster().partition({"pay", 0}))->high_watermark().value;
  };
  CHECK(says_in_both(end, std::to_string(watermark(1))));
  CHECK(says_in_both(end, std::to_string(watermark(2))));
  CHECK(watermark(1) < watermark(2));
  CHECK_FALSE(has_key(answer, "why.lag_all_uncommitted"_w));
  check_root(answer, 10);
}

TEST_CASE("Why? about a constant lag says that as many records were read as arrived, not that more arrived") {
  Session session = read_with("", 40'000, R"("rate": "2/s")",
                              R"("work": "500ms", "start": "8s", "config": {"group.id": "g", "max.poll.records": 1,
                                 "auto.offset.reset": "earliest"})");
  const observe::Answer answer = asked(session, kLag);
  CHECK(says_in_both(sentence_with(answer, "why.lag_stays"_w), "20"));
  CHECK_FALSE(has_key(answer, "why.lag_slow"_w));
}

TEST_CASE("Why? about the lag of a group that cannot commit names the silent broker or the ISR that is too small") {
  Session formed = read_with("", 5'000, R"("rate": "5/s")", kGroup, kOneLog);
  const protocol::BrokerId coordinator = formed.cluster().coordinator_of("g");
  const std::string follower = coordinator == 3 ? "broker-2" : "broker-3";
  for (const auto& [node, key] : {std::pair{cluster::broker_name(coordinator), "why.commit_silent"_w},
                                  std::pair{follower, "why.commit_not_copied"_w}}) {
    Session session = read_with(R"({"at": "10s", "do": "pause", "node": ")" + node + R"("})", 17'000,
                                R"("rate": "5/s", "config": {"acks": 1})", kGroup, kOneLog);
    const observe::Answer answer = asked(session, kLag);
    CHECK(says_in_both(sentence_with(answer, key), node));
    check_root(answer, 10);
  }
  Session small = read_with(R"({"at": "10s", "do": "pause", "node": ")" + follower + R"("})", 30'000,
                            R"("rate": "5/s", "config": {"acks": 1})", kGroup,
                            R"("brokers": 3, "config": {"offsets.topic.num.partitions": 1, "min.insync.replicas": 3})");
  const observe::Answer answer = asked(small, kLag);
  CHECK(says_in_both(sentence_with(answer, "why.commit_min_isr"_w), "__consumer_offsets-0"));
  check_root(answer, 10);
}

namespace {

const std::string kShopWrites = R"("clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s")";

/// A run in which pay-0 moves from broker-1, which crashes at 8 s, to broker-2.
Session moved(const std::string& client, const std::string& steps, std::int64_t at_ms,
              const std::string& kafka = "4.1") {
  return small_run(
      kPay + ", " + client + R"(], "steps": [{"at": "8s", "do": "crash", "node": "broker-1"})" + steps + "]", at_ms,
      kafka);
}

const std::string kBeliefOfShop = "/clients/shop/belief/partitions/pay-0";

void check_told(const observe::Answer& answer, std::vector<std::string> texts) {
  for (const observe::WhyStep& step : answer.steps)
    std::erase_if(texts, [&](const std::string& text) { return says_in_both(step, text); });
  std::string missing;
  for (const std::string& text : texts) missing += text + "; ";
  CHECK_MESSAGE(missing.empty(), missing << "is not said in both languages");
}

}  // namespace

TEST_CASE("Why? about a right belief names the election, and the metadata that told of it") {
  Session session = moved(kShopWrites + "}", "", 30'000);
  const observe::Answer answer = asked(session, kBeliefOfShop + "/leader");
  CHECK(answer.question.en == "Why does shop believe that broker-2 leads pay-0 in epoch 1?");
  check_told(answer, {"broker-2", "shop"});
  CHECK(has_key(answer, "why.belief_right"_w));
  CHECK(tells(answer, "shop refreshes its metadata"));
  check_root_at(session, kBeliefOfShop, 8'000);
}

TEST_CASE("Why? about an idle client's old belief says what has changed, and when the client asks again") {
  Session session =
      moved(R"("clients": [{"id": "shop", "kind": "producer", "topic": "pay"})",
            R"(, {"at": "2s", "do": "produce", "node": "shop", "records": [{"key": "a", "value": "1"}]})", 30'000);
  REQUIRE(observe::state_at(session.moment(), kBeliefOfShop + "/leader").value() == 1);
  const observe::Answer answer = asked(session, kBeliefOfShop);
  CHECK(answer.question.en == "Why does shop believe that broker-1 leads pay-0 in epoch 0?");
  check_told(answer, {"broker-2", "metadata.max.age.ms", "300000"});
  check_root_at(session, kBeliefOfShop, 8'000);
}

TEST_CASE("Why? about the belief of a paused client names the pause") {
  Session session = moved(kShopWrites + "}", R"(, {"at": "7s", "do": "pause", "node": "shop"})", 30'000);
  REQUIRE(observe::state_at(session.moment(), kBeliefOfShop + "/leader").value() == 1);
  const observe::Answer answer = asked(session, kBeliefOfShop);
  CHECK(tells(answer, "shop is paused"));
  CHECK(has_key(answer, "why.belief_silent"_w));
  CHECK_FALSE(has_key(answer, "why.belief_asks_later"_w));
}

TEST_CASE("Why? about an old belief names the requests that the client's Metadata request waits behind") {
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 2,
      "assignments": {"0": [1, 2], "1": [3, 1]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "2/s", "keys": "k:8"}],
    "steps": [{"at": "5s", "do": "partition", "from": ["broker-2"], "to": ["broker-1"]},
      {"at": "6s", "do": "crash", "node": "broker-3"}])",
                              20'000);
  const std::string path = "/clients/shop/belief/partitions/pay-1";
  REQUIRE(observe::state_at(session.moment(), path + "/leader").value() == 3);
  REQUIRE(observe::state_at(session.moment(), "/partitions/pay-1/leader").value() == 1);
  for (const std::string& about : {path, std::string("/clients/shop/belief")}) {  // of the two, only pay-1 is wrong
    const observe::Answer answer = asked(session, about);
    CHECK(answer.question.en == "Why does shop believe that broker-3 leads pay-1 in epoch 0?");
    const observe::WhyStep& waits = sentence_with(answer, "why.belief_asked"_w);
    CHECK(says_in_both(waits, "broker-1"));
    CHECK(waits.words.en.find("earlier requests of that connection first") != std::string::npos);
  }
}

TEST_CASE("Why? about the belief of a broker that no controller reaches names the cut, with KRaft and with ZooKeeper") {
  struct Case {
    const char *kafka, *from, *to;
    std::int64_t at_ms;
    words::Key key;
  };
  // With ZooKeeper broker-3 is the controller after broker-1's session has ended.
  for (const Case& c : {Case{"4.1", "controller-1", "broker-3", 18'000, "why.belief_behind"_w},
                        Case{"2.5", "broker-3", "broker-2", 28'000, "why.belief_not_told"_w}}) {
    const std::string kafka = c.kafka;
    CAPTURE(kafka);
    Session session = moved(
        kShopWrites + "}",
        std::string(R"(, {"at": "7s", "do": "partition", "from": [")") + c.from + R"("], "to": [")" + c.to + R"("]})",
        c.at_ms, c.kafka);
    const std::string path = std::string("/nodes/") + c.to + "/belief/partitions/pay-0";
    REQUIRE(observe::state_at(session.moment(), path + "/leader").value() == 1);
    REQUIRE(observe::state_at(session.moment(), "/partitions/pay-0/leader").value() != 1);
    const observe::Answer answer = asked(session, path + "/leader_epoch");
    CHECK(has_key(answer, c.key));
    CHECK(tells(answer, c.from));
    CHECK(tells(answer, "cut"));
  }
}

TEST_CASE("Why? about a belief that a node does not have says that it knows no leader") {
  Session session =
      small_run(kPay + R"(, "steps": [{"at": "5s", "do": "partition", "from": ["controller-1"], "to": ["broker-3"]},
      {"at": "6s", "do": "create_topic", "topic": "late", "partitions": 1, "replication_factor": 1, "assignments": {"0": [1]}}])",
                8'000, "4.1", R"("brokers": 3, "controllers": 1)");
  const std::string path = "/nodes/broker-3/belief/partitions/late-0";
  REQUIRE_FALSE(observe::state_at(session.moment(), path).has_value());
  const observe::Answer answer = asked(session, path);
  CHECK(answer.question.en == "Why does broker-3 know no leader of late-0?");
  CHECK(has_key(answer, "why.belief_behind"_w));
  CHECK_FALSE(whole_why(session.moment(), "/nodes/broker-3/belief/partitions/nothing-0").has_value());
}

TEST_CASE(
    "Why? about a belief tells a node that does not run from one that is silent, and an old ISR from an old leader") {
  Session crashed = moved(kShopWrites + "}", "", 30'000);
  const observe::Answer down = asked(crashed, "/nodes/broker-1/belief/partitions/pay-0");
  CHECK(down.question.en == "Why does broker-1 know no leader of pay-0?");
  CHECK(has_key(down, "why.belief_down"_w));
  // broker-3 is cut off while broker-2 leaves the ISR.
  Session old_isr = small_run(kPay + ", " + kShopWrites + R"(}], "steps": [
      {"at": "5s", "do": "partition", "from": ["controller-1"], "to": ["broker-3"]}, {"at": "6s", "do": "pause", "node": "broker-2"}])",
                              18'000, "4.1", R"("brokers": 3, "controllers": 1)");
  const std::string path = "/nodes/broker-3/belief/partitions/pay-0";
  REQUIRE(observe::state_at(old_isr.moment(), path + "/leader").value() == 1);
  REQUIRE(observe::state_at(old_isr.moment(), "/partitions/pay-0/leader").value() == 1);
  CHECK(says_in_both(sentence_with(asked(old_isr, path), "why.belief_only_isr"_w), "[1,2,3]"));
}

TEST_CASE("Why? about the belief of a client that reaches no broker names the cut") {
  Session session = moved(R"("clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "1/s"})",
                          R"(, {"at": "7s", "do": "isolate", "node": "shop"})", 60'000);
  REQUIRE(observe::state_at(session.moment(), kBeliefOfShop + "/leader").value() == 1);
  CHECK(tells(asked(session, kBeliefOfShop), "shop is cut off"));
}

namespace {

/// pay is deleted at 10 s and created again at 12 s; its leader and epoch are as before.
Session created_again(const std::string& rest, const std::string& steps, const std::string& kafka = "4.1",
                      const std::string& cluster = R"("brokers": 3)") {
  return small_run(kPay + rest + R"(, "steps": [)" + steps + R"({"at": "10s", "do": "delete_topic", "topic": "pay"},
    {"at": "12s", "do": "create_topic", "topic": "pay", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}}])",
                   18'000, kafka, cluster);
}

const std::string kIdleShop = R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay"}])",
                  kRecordOfIdleShop =
                      R"({"at": "2s", "do": "produce", "node": "shop", "records": [{"key": "a", "value": "1"}]}, )";

}  // namespace

TEST_CASE(
    "Why? about the belief in a topic that was deleted and created again says so, though leader and epoch are the same") {
  Session client = created_again(kIdleShop, kRecordOfIdleShop);
  Session broker =
      created_again("", R"({"at": "8s", "do": "partition", "from": ["controller-1"], "to": ["broker-3"]}, )", "4.1",
                    R"("brokers": 3, "controllers": 1)");
  for (const auto& [session, who, path] :
       {std::tuple{&client, "shop", std::string("/clients/shop/belief")},
        {&client, "shop", kBeliefOfShop},
        {&broker, "broker-3", std::string("/nodes/broker-3/belief/partitions/pay-0")}}) {
    const std::string at = path;  // clang 14 captures no structured binding
    CAPTURE(at);
    CHECK(observe::state_at(session->moment(), "/partitions/pay-0/leader").value() == 1);
    CHECK(observe::state_at(session->moment(), "/partitions/pay-0/leader_epoch").value() == 0);
    const observe::Answer answer = asked(*session, at);
    CAPTURE(text_of_steps(answer));
    CHECK(answer.question.en == std::string("Why does ") + who + " believe that broker-1 leads pay-0 in epoch 0?");
    CHECK(says_in_both(sentence_with(answer, "why.belief_earlier_topic"_w), who));
    CHECK_FALSE(has_key(answer, "why.belief_right"_w));
    CHECK_FALSE(has_key(answer, "why.belief_only_isr"_w));
    check_root(answer, 10);
  }
  CHECK(has_key(asked(client, kBeliefOfShop), "why.belief_asks_later"_w));
  // The window marks the node's row, from which this is asked.
  for (const auto& [session, who] : {std::pair{&client, "shop"}, {&broker, "broker-3"}}) {
    const std::string node = who;
    CAPTURE(node);
    const observe::Snapshot shown = observe::snapshot(session->moment());
    const auto row =
        std::find_if(shown.nodes.begin(), shown.nodes.end(), [&](const observe::Node& n) { return n.name == node; });
    REQUIRE(row != shown.nodes.end());
    REQUIRE(row->beliefs.size() == 1);
    CHECK(row->beliefs[0].leader == 1);
    CHECK(row->beliefs[0].differs);
  }
}

TEST_CASE("Why? about the belief in a topic that was created again says nothing of that where topics have only names") {
  Session session = created_again(kIdleShop, kRecordOfIdleShop, "2.5");
  const observe::Answer answer = asked(session, kBeliefOfShop);
  CAPTURE(text_of_steps(answer));
  CHECK_FALSE(has_key(answer, "why.belief_earlier_topic"_w));
}

TEST_CASE("Why? about a client's old belief names its last metadata, from between the crash and the election") {
  Session session = session_at("scenarios/replication/leader-failover.json", 13'600);
  for (const std::string client : {"shop", "billing-1"}) {
    const std::string path = "/clients/" + client + "/belief";
    const observe::Answer answer = asked(session, path + "/partitions/orders-0");
    CAPTURE(text_of_steps(answer));
    const observe::WhyStep& heard = sentence_with(answer, "why.belief_heard_before_election"_w);
    for (const char* text : {client.c_str(), "broker-1", "orders-0"}) CHECK(says_in_both(heard, text));
    const auto age_us = observe::state_at(session.moment(), path + "/age_us").value().get<std::int64_t>();
    CHECK(heard.at.us == session.cluster().now().us - age_us);
    CHECK(heard.at.us > 5'000'000);   // the crash
    CHECK(heard.at.us < 13'549'000);  // the election
    CHECK(heard.seq > 0);             // the delivery of the response
    CHECK_FALSE(tells(answer, client + " refreshes its metadata"));
    CHECK(tells(answer, "broker-1 crashes"));
    CHECK(tells(answer, "broker-2 leads orders-0 now"));
    check_root(answer, 5);
  }
}

TEST_CASE("Why? about a client's old belief says what the client does now, until it asks again") {
  Session session = session_at("scenarios/replication/leader-failover.json", 13'560);
  const std::string path = "/clients/billing-1/belief/partitions/orders-0";
  std::set<words::Key> told;
  for (std::int64_t at = 13'560; at < 13'850; at += 10) {
    session.run_until(sim::Instant{} + sim::milliseconds(at));
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    CHECK_FALSE(has_key(answer, "why.belief_asks_later"_w));  // the rule
    told.insert(answer.steps.back().key);
    if (answer.steps.back().key != "why.belief_asks_at"_w) continue;
    const auto* reader = session.cluster().role<kafkascope::client::Consumer>(session.cluster().find("billing-1"));
    const sim::Instant next = reader->metadata().next_update(session.cluster().now());
    CHECK(says_in_both(answer.steps.back(), fmt::format("{:.3f}", static_cast<double>(next.us) / 1e6)));
  }
  CHECK(told.contains("why.belief_connects_later"_w));
  CHECK(told.contains("why.belief_asked"_w));
}

TEST_CASE("Why? about the high watermark of a replica says that a follower learns it with the leader's next response") {
  Session session = session_at("scenarios/replication/leader-failover.json", 4'900);
  const std::string logs = "/partitions/orders-0/logs/";
  REQUIRE(observe::state_at(session.moment(), logs + "1/high_watermark").value() == 23);
  REQUIRE(observe::state_at(session.moment(), logs + "2/high_watermark").value() == 22);
  const observe::Answer answer = asked(session, logs + "2/high_watermark");
  CAPTURE(text_of_steps(answer));
  CHECK(answer.question.en == "Why is the high watermark of orders-0 on broker-2 22?");
  CHECK(says_in_both(sentence_with(answer, "why.hw_copy_told"_w), "22"));
  CHECK(says_in_both(sentence_with(answer, "why.hw_moved"_w), "23"));
  CHECK(says_in_both(sentence_with(answer, "why.hw_copy_awaits"_w), "23"));
  CHECK(has_key(asked(session, logs + "1/high_watermark"), "why.hw_at_end"_w));  // the leader's own
  session.run_until(sim::Instant{} + sim::milliseconds(5'400));
  CHECK(tells(asked(session, logs + "2/high_watermark"), "broker-1 crashes"));  // it answers no fetch
}
