// What an operator did, or a wrong clock, is the root of an answer: without that act the value is another one.
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

constexpr const char* kOrders = R"("topics": [{"name": "orders", "partitions": 1, "assignments": {"0": [1, 2, 3]}}],
  "clients": [{"id": "p", "kind": "producer", "topic": "orders", "rate": "20/s"},
              {"id": "c", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "g"}}])";

Session with_act(const std::string& act, std::int64_t at_ms, bool zookeeper, const std::string& rest = kOrders) {
  return small_run(rest + R"(, "steps": [)" + act + "]", at_ms, zookeeper ? "2.5" : "4.1",
                   zookeeper ? R"("metadata": "zookeeper", "zookeepers": 3, "brokers": 4)" : R"("brokers": 4)");
}

void check_root(Session& session, const std::string& path) { check_root_changes(session, asked(session, path), path); }

const std::string kMinIsr3 =
    R"({"at": "7s", "do": "configure", "topic": "orders", "config": {"min.insync.replicas": 3}})";

}  // namespace

TEST_CASE("operator's acts: a topic's setting and the errors that it causes lead back to the operator") {
  for (const bool zookeeper : {false, true}) {
    CAPTURE(zookeeper);
    Session setting = with_act(kMinIsr3, 12'000, zookeeper);
    check_root(setting, "/topics/orders/config/min.insync.replicas");
    Session smaller =
        with_act(R"({"at": "5s", "do": "configure", "topic": "orders", "config": {"max.message.bytes": 80}})", 12'000,
                 zookeeper);
    check_root(smaller, "/clients/p/errors/MESSAGE_TOO_LARGE");
  }
}

TEST_CASE("operator's acts: AtMinIsr with a complete ISR leads back to the act that raised min.insync.replicas") {
  for (const bool zookeeper : {false, true}) {
    CAPTURE(zookeeper);
    Session session = with_act(kMinIsr3, 12'000, zookeeper);
    check_root(session, "/metrics/mbeans/broker-1/kafka.cluster:type=Partition,name=AtMinIsr,topic=orders,partition=0");
  }
}

TEST_CASE("operator's acts: FENCED_LEADER_EPOCH leads back to the reassignment that began the epoch") {
  for (const bool zookeeper : {false, true}) {
    CAPTURE(zookeeper);
    Session session = with_act(R"({"at": "8s", "do": "reassign", "partition": "orders-0", "replicas": [1, 2, 4]})",
                               12'000, zookeeper);
    check_root(session, "/clients/c/errors/FENCED_LEADER_EPOCH");
  }
}

TEST_CASE("operator's acts: a reset of offsets is told of the group, with the topic among the details") {
  Session session = with_act(
      R"({"at": "8s", "do": "stop", "node": "c"}, {"at": "9s", "do": "reset_offsets", "group": "g", "topic": "orders", "to": "earliest"})",
      12'000, false);
  CHECK(tells(asked(session, "/groups/g/offsets/orders-0"),
              "An operator resets the offsets of group g (orders to beginning)"));
}

TEST_CASE("operator's acts: the cancellation of a reassignment is told as a cancellation") {
  const std::string move =
      R"({"at": "8s", "do": "reassign", "partition": "orders-0", "replicas": [4, 2], "throttle": "1KB/s"}, )";
  Session all = with_act(move + R"({"at": "9s", "do": "reassign", "cancel": true})", 12'000, false);
  CHECK(tells(asked(all, "/partitions/orders-0/replicas"), "An operator cancels all reassignments"));
  Session one =
      with_act(move + R"({"at": "9s", "do": "reassign", "partition": "orders-0", "cancel": true})", 12'000, false);
  CHECK(tells(asked(one, "/partitions/orders-0/replicas"), "An operator cancels the reassignment of orders-0"));
}

TEST_CASE("operator's acts: INVALID_TIMESTAMP leads back to the wrong clock of the leader or the producer") {
  for (const std::string of : {R"("broker-1", "by": "-2h")", R"("p", "by": "2h")"}) {
    CAPTURE(of);
    Session session = with_act(R"({"at": "5s", "do": "skew_clock", "node": )" + of + R"(},
      {"at": "8s", "do": "reassign", "partition": "orders-0", "replicas": [1, 2, 4]})",
                               12'000, false);
    const observe::Answer answer = asked(session, "/clients/p/errors/INVALID_TIMESTAMP");
    CHECK(answer.steps.front().at == sim::Instant{5'000'000});
    CHECK(tells(answer, "message.timestamp.after.max.ms=3600000 ahead"));
    check_root(session, "/clients/p/errors/INVALID_TIMESTAMP");
  }
}

TEST_CASE("operator's acts: Why? explains a share group's start offset, and a member that lost its partitions") {
  const auto run = [](std::int64_t at_ms) {
    return small_run(
        R"("topics": [{"name": "orders", "partitions": 1}],
  "clients": [{"id": "p", "kind": "producer", "topic": "orders", "rate": "20/s"},
              {"id": "s", "kind": "share_consumer", "topics": ["orders"], "config": {"group.id": "sg"}}],
  "steps": [{"at": "8s", "do": "delete_topic", "topic": "orders"}])",
        at_ms, "4.1",
        R"("brokers": 3, "config": {"auto.create.topics.enable": false}, "features": {"share.version": 1})");
  };
  Session after = run(20'000), before = run(7'000);
  const observe::Answer member = asked(after, "/groups/sg/members/s"),
                        offset = asked(before, "/groups/sg/offsets/orders-0");
  CHECK(tells(member, "An operator deletes the topic orders"));
  CHECK_FALSE(tells(member, "  "));
  CHECK(tells(offset, "the start offset of group sg on orders-0 moves"));
  CHECK_FALSE(tells(offset, "has committed nothing"));
}
