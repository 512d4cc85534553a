// Why a client or a broker believes what it does about a partition's leader.
#include <doctest/doctest.h>

#include "observe/why/why.h"
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kShop = R"("clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s")";

/// A run in which pay-0 moves from broker-1, which crashes at 8 s, to broker-2.
Session moved(const std::string& client, const std::string& steps, std::int64_t at_ms,
              const std::string& kafka = "4.1") {
  return small_run(
      kPay + ", " + client + R"(], "steps": [{"at": "8s", "do": "crash", "node": "broker-1"})" + steps + "]", at_ms,
      kafka);
}

const std::string kOfShop = "/clients/shop/belief/partitions/pay-0";

void check_told(const observe::Answer& answer, std::vector<std::string> texts) {
  for (const observe::WhyStep& step : answer.steps)
    std::erase_if(texts, [&](const std::string& text) { return says_in_both(step, text); });
  std::string missing;
  for (const std::string& text : texts) missing += text + "; ";
  CHECK_MESSAGE(missing.empty(), missing << "is not said in both languages");
}

}  // namespace

TEST_CASE("Why? about a right belief names the election, and the metadata that told of it") {
  Session session = moved(kShop + "}", "", 30'000);
  const observe::Answer answer = asked(session, kOfShop + "/leader");
  CHECK(answer.question.en == "Why does shop believe that broker-2 leads pay-0 in epoch 1?");
  check_told(answer, {"broker-2", "shop"});
  CHECK(has_key(answer, "why.belief_right"_w));
  CHECK(tells(answer, "shop refreshes its metadata"));
  check_root_at(session, kOfShop, 8'000);
}

TEST_CASE("Why? about an idle client's old belief says what has changed, and when the client asks again") {
  Session session =
      moved(R"("clients": [{"id": "shop", "kind": "producer", "topic": "pay"})",
            R"(, {"at": "2s", "do": "produce", "node": "shop", "records": [{"key": "a", "value": "1"}]})", 30'000);
  REQUIRE(observe::state_at(session.moment(), kOfShop + "/leader").value() == 1);
  const observe::Answer answer = asked(session, kOfShop);
  CHECK(answer.question.en == "Why does shop believe that broker-1 leads pay-0 in epoch 0?");
  check_told(answer, {"broker-2", "metadata.max.age.ms", "300000"});
  check_root_at(session, kOfShop, 8'000);
}

TEST_CASE("Why? about the belief of a paused client names the pause") {
  Session session = moved(kShop + "}", R"(, {"at": "7s", "do": "pause", "node": "shop"})", 30'000);
  REQUIRE(observe::state_at(session.moment(), kOfShop + "/leader").value() == 1);
  const observe::Answer answer = asked(session, kOfShop);
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
        kShop + "}",
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
  Session crashed = moved(kShop + "}", "", 30'000);
  const observe::Answer down = asked(crashed, "/nodes/broker-1/belief/partitions/pay-0");
  CHECK(down.question.en == "Why does broker-1 know no leader of pay-0?");
  CHECK(has_key(down, "why.belief_down"_w));
  // broker-3 is cut off while broker-2 leaves the ISR.
  Session old_isr = small_run(kPay + ", " + kShop + R"(}], "steps": [
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
  REQUIRE(observe::state_at(session.moment(), kOfShop + "/leader").value() == 1);
  CHECK(tells(asked(session, kOfShop), "shop is cut off"));
}
