// What the answers about small runs have to name in full: the act behind a change, the one who decided it, the setting that counts.
#include "observe/why/story.h"
#include "sim/facts_of_kernel.h"
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// A producer of pay-0, and a consumer of it in group g.
const std::string kShopAndC = R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
  {"id": "c", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}])";

/// The root's moment in milliseconds; -1: there is no root.
std::int64_t root_time(const observe::Answer& answer) { return answer.root ? answer.root->at.us / 1000 : -1; }

}  // namespace

TEST_CASE("an act that loses one message ends with a message that it means, not with another act's") {
  Session session = small_run(kPay + kShopAndC + R"(, "steps": [
      {"at": "10s", "do": "lose", "from": ["broker-1"], "to": ["shop"], "api": "Produce", "what": "response", "count": 1},
      {"at": "10s", "do": "lose", "from": ["broker-1"], "to": ["c"], "api": "Fetch", "what": "response", "count": 1}])",
                              12'000);
  const observe::Moment moment = session.moment();
  const observe::Story story(moment);
  for (const char* client : {"shop", "c"}) {
    CAPTURE(client);
    const sim::NodeId node = session.cluster().find(client);
    const observe::Story::Line* act = story.act_on(node, {"lose"}, story.end());
    REQUIRE(act != nullptr);
    const observe::Story::Line* lost = story.end_of_act(*act, node);
    REQUIRE(lost != nullptr);
    CHECK(lost->node == node);
  }
}

TEST_CASE("Why? says that the controller takes a broker out of the ISR as its new process registers") {
  Session session = small_run(kPay + kShopAndC + R"(, "steps": [{"at": "5s", "do": "crash", "node": "broker-2"},
      {"at": "6s", "do": "wipe_disk", "node": "broker-2"}, {"at": "7s", "do": "restart", "node": "broker-2"}])",
                              14'200);
  const observe::Answer answer = asked(session, "/partitions/pay-0/isr");
  CHECK(says_in_both(sentence_with(answer, "why.left_isr_registers"_w), "broker-2"));
  CHECK_FALSE(has_key(answer, "why.left_isr_slow"_w));
  CHECK(root_time(answer) == 5'000);
}

TEST_CASE("Why? about an ISR says of a new replica that it enters for the first time, and names the reassignment") {
  struct Case {
    std::string file, path;
    std::int64_t at_ms, root_ms;
  };
  for (const Case& c :
       {Case{"scenarios/operations/scale-in.json", "/partitions/orders-0/isr", 36'400, 20'000},
        {"tests/stories/late-retry-after-compaction.json", "/partitions/t-0/isr", 20'100, 12'000},
        {"tests/stories/zookeeper-partitions-during-a-move.json", "/partitions/orders-0/isr", 25'000, 5'000}}) {
    CAPTURE(c.file);
    Session session = session_at(c.file, c.at_ms);
    const observe::Answer answer = asked(session, c.path);
    CAPTURE(text_of_steps(answer));
    CHECK(has_key(answer, "why.entered_isr"_w));
    CHECK_FALSE(has_key(answer, "why.joined_isr"_w));
    CHECK(root_time(answer) == c.root_ms);
  }
}

TEST_CASE(
    "Why? names a restart that waits for the shutdown before it, and a subscription that made its consumer join again") {
  struct Case {
    std::string file, path;
    std::int64_t at_ms, root_ms;
  };
  for (const Case& c :
       {Case{"metrics-of-a-stale-follower", "/partitions/t-0/isr", 31'000, 6'000},
        {"metrics-of-a-stale-follower", "/nodes/broker-1/state", 31'000, 6'000},
        {"applications-change-their-ways", "/clients/c-1/errors/REBALANCE_IN_PROGRESS", 43'700, 42'000}}) {
    CAPTURE(c.file);
    Session session = session_at("tests/stories/" + c.file + ".json", c.at_ms);
    const observe::Answer answer = asked(session, c.path);
    CAPTURE(text_of_steps(answer));
    CHECK(root_time(answer) == c.root_ms);
  }
}

TEST_CASE("Why? about a record that only its leader had names what kept the others from copying it") {
  Session session = session_at("tests/stories/compaction-waits-for-replicas.json", 27'100);
  const observe::Answer answer = asked(session, "/sent/p/2");
  CAPTURE(text_of_steps(answer));
  CHECK(has_key(answer, "why.crashed_before_copies"_w));
  CHECK(tells(answer, "broker-2 is paused"));
}

TEST_CASE("Why? about a refusal names the access rule behind it, for an exception and a transactional.id, too") {
  const std::string acls =
      R"("brokers": 3, "config": {"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer"})";
  Session consumer = small_run(kPay + R"(, "clients": [{"id": "c", "kind": "consumer", "topics": ["pay"], "start": "9s",
      "config": {"group.id": "g"}}], "steps": [
      {"at": "0s", "do": "acl", "principal": "User:c", "operation": "Read", "resource": "topic:pay"},
      {"at": "0s", "do": "acl", "principal": "User:c", "operation": "Read", "resource": "group:g"},
      {"at": "5s", "do": "acl", "principal": "User:c", "operation": "Describe", "resource": "topic:pay", "allow": false}])",
                               12'000, "4.1", acls);
  for (const char* path : {"/clients/c/errors", "/clients/c/exception"}) {
    CAPTURE(path);
    CHECK(root_time(asked(consumer, path)) == 5'000);
  }
  Session alone = session_at("tests/stories/who-may-do-what.json", 5'900);
  CHECK(says_in_both(sentence_with(asked(alone, "/clients/alone/errors"), "why.no_rule_named"_w), "topic:t"));
  Session thief = session_at("tests/stories/a-transactional-id-needs-an-acl.json", 7'600);
  CHECK(says_in_both(sentence_with(asked(thief, "/clients/thief/errors"), "why.no_rule_named"_w),
                     "transactional-id:tx-2"));

  Session bank = small_run(kPay + R"(, "clients": [{"id": "bank", "kind": "producer", "topic": "pay", "start": "1s",
      "config": {"transactional.id": "t"}}], "steps": [
      {"at": "0s", "do": "acl", "principal": "User:bank", "operation": "Write", "resource": "topic:pay"},
      {"at": "0s", "do": "acl", "principal": "User:bank", "operation": "Write", "resource": "transactional-id:t"},
      {"at": "5s", "do": "begin_transaction", "node": "bank"},
      {"at": "5.2s", "do": "produce", "node": "bank", "records": [{"value": "a"}]},
      {"at": "6s", "do": "acl", "principal": "User:bank", "operation": "Write", "resource": "transactional-id:t", "remove": true},
      {"at": "8s", "do": "commit_transaction", "node": "bank"}])",
                           10'000, "4.1", acls);
  const observe::Answer open = asked(bank, "/transactions/t/state");
  CAPTURE(text_of_steps(open));
  CHECK(says_in_both(sentence_with(open, "why.tx_end_refused"_w), "commitTransaction()"));
  CHECK(root_time(open) == 6'000);
}

TEST_CASE("Why? about a broker that reads its logs says so, and names what makes its disk slow") {
  Session session = session_at("tests/stories/slow-recovery.json", 44'400);
  const std::pair<const char*, std::int64_t> roots[] = {{"/nodes/broker-1/state", 25'000},
                                                        {"/partitions/t-0/isr", 15'000}};
  for (const auto& of : roots) {
    CAPTURE(of.first);
    const observe::Answer answer = asked(session, of.first);
    CAPTURE(text_of_steps(answer));
    CHECK(says_in_both(sentence_with(answer, "why.loads_logs"_w), "broker-1"));
    CHECK(tells(answer, "disk of broker-1"));
    CHECK(root_time(answer) == of.second);
  }
}

TEST_CASE("Why? about batches without a leader names the cut for which the producer has lost its metadata") {
  Session session = session_at("tests/stories/delivery-timeout-behind-younger-batches.json", 44'100);
  const observe::Answer answer = asked(session, "/ledger/pending");
  CHECK(has_key(answer, "why.waits_unknown_leader"_w));
  CHECK(root_time(answer) == 5'000);
}

TEST_CASE("Why? about a group that has committed nothing names the follower that its commits wait for") {
  Session session = small_run(kPay + kShopAndC + R"(, "steps": [
      {"at": "5s", "do": "partition", "from": ["broker-1"], "to": ["broker-2"]},
      {"at": "7s", "do": "pause", "node": "broker-3"}])",
                              40'000);
  const observe::Answer answer = asked(session, "/groups/g/lag/pay-0");
  CAPTURE(text_of_steps(answer));
  CHECK(has_key(answer, "why.no_lag"_w));
  CHECK(says_in_both(sentence_with(answer, "why.commit_not_copied"_w), "broker-2"));
  CHECK(root_time(answer) == 5'000);
}

TEST_CASE("Why? names fetch.min.bytes and fetch.max.wait.ms while a broker collects what a consumer asks for") {
  Session session = small_run(kPay + R"(, "clients": [
      {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
      {"id": "c", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g",
       "fetch.min.bytes": 1000000, "fetch.max.wait.ms": 20000}}])",
                              15'000);
  for (const char* path : {"/groups/g/lag/pay-0", "/clients/c/positions/pay-0"}) {
    CAPTURE(path);
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    for (const char* part : {"fetch.min.bytes=1000000", "fetch.max.wait.ms=20000", "broker-1"})
      CHECK(says_in_both(sentence_with(answer, "why.fetch_collects"_w), part));
  }
}

TEST_CASE("Why? about a group that was empty before does not call its rebalance the first one") {
  Session session = small_run(kPay + R"(, "clients": [{"id": "c", "kind": "consumer", "topics": ["pay"], "config":
      {"group.id": "g", "session.timeout.ms": 6000, "heartbeat.interval.ms": 2000}}], "steps": [
      {"at": "10s", "do": "hold", "from": "c", "to": ["coordinator:g"], "api": "Heartbeat", "count": "all"}])",
                              25'000);
  REQUIRE(state_in(session, "/groups/g/state") == "PreparingRebalance");
  const observe::WhyStep waits = sentence_with(asked(session, "/groups/g/state"), "why.group_initial_delay"_w);
  CHECK(says_in_both(waits, "group.initial.rebalance.delay.ms=3000"));
  CHECK(waits.words.en.find("first") == std::string::npos);
}

TEST_CASE("Why? about a lag says that a reader has more of another partition in front, not that it is too slow") {
  Session session = session_at("scenarios/why/traffic-surge.json", 49'100);
  const observe::Answer answer = asked(session, "/groups/monitor/lag/hits-0");
  CHECK(says_in_both(sentence_with(answer, "why.lag_reads_another"_w), "hits-1"));
  CHECK_FALSE(has_key(answer, "why.lag_slow"_w));
  CHECK_FALSE(tells(answer, "0 more buffered"));
}

TEST_CASE("Why? about a high watermark tells apart what a replica lacks and what it only has to report") {
  Session session = session_at("scenarios/operations/slow-disk.json", 40'000);
  const std::int64_t end = state_in(session, "/partitions/orders-0/logs/3/log_end_offset").get<std::int64_t>();
  const observe::Answer answer = asked(session, "/partitions/orders-0/high_watermark");
  CHECK(says_in_both(sentence_with(answer, "why.hw_awaits"_w), std::to_string(end - 1)));
}

TEST_CASE("Why? does not call a broker silent while the session of its process before runs on") {
  Session session = session_at("scenarios/operations/scale-in.json", 19'000);
  REQUIRE(state_in(session, "/nodes/broker-4/state") == "running");
  const observe::Answer answer = asked(session, "/partitions/orders-0/isr");
  CAPTURE(text_of_steps(answer));
  CHECK_FALSE(has_key(answer, "why.isr_holds_unfenced"_w));
  CHECK(has_key(answer, "why.joined_isr"_w));
  CHECK(root_time(answer) == 15'000);
}
