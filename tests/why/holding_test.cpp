// What holds a client, a broker or a group now, not what is over or hinders something else.
#include <doctest/doctest.h>

#include "observe/why/why.h"
#include "why/answers.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

observe::Answer answer_of(const std::string& file, std::int64_t at_ms, const std::string& path) {
  Session session = session_at(file, at_ms);
  return asked(session, path);
}

}  // namespace

TEST_CASE("Why? about a producer's waiting records does not name a retry that is already over") {
  const auto disk = answer_of("tests/stories/failing-directory.json", 22000, "/clients/p/waiting");
  CHECK_FALSE(tells(disk, "will send to t-1 again"));
  CHECK(has_key(disk, "why.waits_acks"_w));
  const auto isr = answer_of("tests/stories/a-retry-refused-on-the-way.json", 20000, "/clients/shop/waiting");
  CHECK_FALSE(tells(isr, "REQUEST_TIMED_OUT"));
  CHECK(has_key(isr, "why.hw_min_isr"_w));
}

TEST_CASE("Why? about a broker that is not heard names the cut, not a directory that failed later") {
  for (const int at_ms : {9000, 12000, 20000}) {
    const auto answer = answer_of("tests/stories/directory-failure-untold.json", at_ms, "/nodes/broker-1/fenced");
    CHECK(tells(answer, "The network between broker-1 and controller-1 is cut"));
    CHECK_FALSE(tells(answer, "The disk of broker-1"));
  }
}

TEST_CASE("Why? about a consumer that reads from a follower does not name a cut to the leader") {
  for (const int at_ms : {9500, 12400})
    CHECK_FALSE(
        has_key(answer_of("scenarios/replication/follower-fetch.json", at_ms, "/clients/reader-c/positions/news-0"),
                "why.reader_cut_off"_w));
  CHECK_FALSE(has_key(answer_of("tests/stories/read-from-the-rack.json", 9000, "/clients/reader/positions/orders-0"),
                      "why.reader_cut_off"_w));
}

TEST_CASE("Why? about a group's lag does not miss a leader while a fenced leader still answers") {
  for (const int at_ms : {11800, 12000})
    CHECK_FALSE(
        tells(answer_of("tests/stories/reads-on-from-a-fenced-leader.json", at_ms, "/groups/readers/lag/orders-0"),
              "has no leader to read from"));
}

TEST_CASE("Why? about a lost majority names the loss that ended it, not the first voter that was lost") {
  for (const char* path : {"/nodes/broker-3/fenced", "/partitions/t-0/isr"}) {
    const auto answer = answer_of("tests/stories/five-voters.json", 25000, path);
    CHECK(tells(answer, "controller-4"));
    CHECK_FALSE(tells(answer, "controller-1 crashes"));
  }
  CHECK(tells(answer_of("tests/stories/zookeeper-ensemble-lost.json", 20000, "/partitions/orders-0/isr"),
              "zookeeper-2, zookeeper-3 fall silent"));
}

TEST_CASE("Why? about a gauge does not count events") {
  for (const auto& [file, at_ms, path] :
       {std::tuple{"tests/stories/failing-directory.json", 22000,
                   "/metrics/mbeans/broker-1/kafka.server:type=ReplicaManager,name=OfflineReplicaCount"},
        std::tuple{"scenarios/replication/all-brokers-down.json", 50000,
                   "/metrics/mbeans/controller-1/kafka.controller:type=KafkaController,name=FencedBrokerCount"}}) {
    const auto answer = answer_of(file, at_ms, path);
    CHECK_FALSE(answer.steps.empty());
    CHECK_FALSE(has_key(answer, "why.happened_times"_w));
    CHECK_FALSE(has_key(answer, "why.happened_inside"_w));
  }
}

TEST_CASE("Why? about a consumer's waiting records calls them polled but not processed, and names no open call") {
  for (const auto& [file, at_ms, path] :
       {std::tuple{"tests/stories/consumer-wakes-after-its-session.json", 12000, "/clients/other/waiting"},
        std::tuple{"scenarios/groups/share-group.json", 20000, "/clients/s-1/waiting"}}) {
    const auto answer = answer_of(file, at_ms, path);
    CHECK(has_key(answer, "why.waits_polled"_w));
    CHECK_FALSE(has_key(answer, "why.waits_calls"_w));
  }
}
