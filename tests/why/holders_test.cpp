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
