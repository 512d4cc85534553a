// What holds a client, a broker or a group now, not what is over or hinders something else.
// Who holds a group back, and since which act: share groups, cooperative members, readers whose next offset is gone.
#include <doctest/doctest.h>

#include "observe/why/why.h"
#include "why/answers.h"
#include "why/counterfactual.h"
#include "why/small_run.h"

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
              "zookeeper-2, zookeeper-3 crash"));
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

namespace {

const std::string kShares = "scenarios/groups/share-group.json";
const std::string kRetention = "scenarios/operations/consumer-falls-behind-retention.json";

std::string root_of(const observe::Answer& answer) { return answer.root ? answer.root->words.en : std::string(); }

}  // namespace

TEST_CASE("Why? about a share group's lag names the member that holds the first record, not another member") {
  Session paused = session_at(kShares, 35000), released = session_at(kShares, 50000),
          repaired = session_at(kShares, 80000);
  CHECK(root_of(asked(paused, "/groups/pool/lag")).find("s-2") != std::string::npos);
  for (Session* session : {&released, &repaired}) {
    const observe::Answer answer = asked(*session, "/groups/pool/lag");
    CHECK(root_of(answer).find("s-4") == std::string::npos);
    CHECK(has_key(answer, "why.share_first_locked"_w));
  }
}

TEST_CASE("Why? about a share group's lag compares the start offset with the high watermark") {
  Session behind = session_at(kShares, 35000);
  CHECK(asked(behind, "/groups/pool/lag").question.en ==
        "Why is the start offset of group pool 480 offsets before the high watermark of jobs-0?");
  Session even = session_at("tests/stories/share-member-dies.json", 19000);
  CHECK(has_key(asked(even, "/groups/pool/lag"), "why.share_lag_none"_w));
}

TEST_CASE("Why? about archived records names the delivery limit and the act that made a member release them") {
  Session session = session_at(kShares, 54900);
  const observe::Answer skipped = asked(session, "/ledger/skipped");
  CHECK(says(skipped, "the last one (group.share.delivery.count.limit)"));
  CHECK(root_of(skipped).find("release every record") != std::string::npos);
}

TEST_CASE("Why? about a member's assignment names the present partitions, not those that it has given up") {
  for (const auto& [file, member, has] :
       {std::tuple{"scenarios/groups/new-protocol.json", "c-1", "c-1 has orders-0, orders-1, orders-2 now"}}) {
    Session session = session_at(file, 30000);
    CHECK(says(asked(session, std::string("/groups/billing/members/") + member), has));
  }
}

TEST_CASE("Why? about a lag during a cooperative rebalance names the new member, and no stuck reader") {
  Session session = session_at("scenarios/groups/rebalance-cooperative.json", 17000);
  const observe::Answer answer = asked(session, "/groups/billing/lag");
  CHECK(has_key(answer, "why.lag_commits_rebalance"_w));
  CHECK_FALSE(has_key(answer, "why.lag_exception"_w));
  CHECK(root_of(answer).find("c-4") != std::string::npos);
}

TEST_CASE("Why? about a lag says that new records arrive faster only if the lag grows") {
  Session session = session_at("scenarios/groups/new-protocol.json", 13000);
  CHECK_FALSE(has_key(asked(session, "/groups/billing/lag"), "why.lag_slow"_w));
}

TEST_CASE("Why? about the lag of a group without members names the member that left, not the one that returns") {
  Session session = session_at(kRetention, 55000);
  CHECK(root_of(asked(session, "/groups/group-n/lag")).find("told to stop") != std::string::npos);
}

TEST_CASE("Why? about records that a reset to the end skipped names the stop of their reader") {
  Session session = session_at(kRetention, 66000);
  const auto answer = whole_why(session.moment(), "/records/web-log-0/900");
  REQUIRE(answer.has_value());
  CHECK(root_of(*answer).find("l is told to stop") != std::string::npos);
  const auto act = act_of(session, *answer->root);
  REQUIRE(act.has_value());
  Session other(without(session.scenario(), *act), true);
  other.run_until(sim::Instant{} + sim::milliseconds(66000));
  const auto skipped = [](Session& of) {
    return observe::state_at(of.moment(), "/ledger/by_group/group-l/skipped")->get<int>();
  };
  CHECK(skipped(session) > 0);
  CHECK(skipped(other) == 0);
}

TEST_CASE("Why? about a member that is too slow for a record sent by hand names the act that sent it") {
  Session session = session_at("scenarios/consumer/max-poll-interval.json", 19000);
  for (const char* path : {"/ledger/redelivered", "/groups/workers/members/w-1"}) {
    CAPTURE(std::string(path));
    const observe::Answer answer = asked(session, path);
    REQUIRE(answer.root.has_value());
    const auto act = act_of(session, *answer.root);
    REQUIRE(act.has_value());
    Session other(without(session.scenario(), *act), true);
    other.run_until(sim::Instant{} + sim::milliseconds(19000));
    CHECK(observe::state_at(other.moment(), "/ledger/redelivered")->get<int>() == 0);
  }
}
