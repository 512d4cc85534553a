// What stands at a moment, and what a committer would say of it: sessions counted anew, a high watermark that went back, an
// eligible replica without power, a hold that changes nothing, a free partition, and a leader after a reassignment.
#include <doctest/doctest.h>

#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("Why? says that a controller that becomes active waits for each broker's session anew") {
  const std::string file = "scenarios/controller/kraft-quorum-loss.json";
  Session waits = session_at(file, 43'400), fenced = session_at(file, 62'000), early = session_at(file, 20'000);
  for (const char* path : {"/partitions/orders-0/leader", "/nodes/broker-1/fenced"}) {
    const observe::Answer answer = asked(waits, path);
    CHECK(sentence_with(answer, "why.session_anew"_w).at.us / 1'000'000 == 40);
    CHECK(says_in_both(sentence_with(answer, "why.session_anew"_w), "broker.session.timeout.ms=9000"));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 17'000'000);
  }
  CHECK(has_key(asked(fenced, "/partitions/orders-0/leader_epoch"), "why.session_anew"_w));
  CHECK_FALSE(has_key(asked(early, "/partitions/orders-0/leader"), "why.session_anew"_w));
  Session usual = session_at("scenarios/replication/leader-failover.json", 15'000);  // the controller was there before
  CHECK_FALSE(has_key(asked(usual, "/partitions/orders-0/leader"), "why.session_anew"_w));
}

TEST_CASE("Why? about a high watermark that went back says that the new leader knew a lower one") {
  Session session = session_at("scenarios/replication/rack-loss.json", 15'000);
  const observe::Answer answer = asked(session, "/partitions/huddled-0/high_watermark");
  const observe::WhyStep& back = sentence_with(answer, "why.hw_went_back"_w);
  CHECK(says_in_both(back, "broker-3"));
  CHECK(says_in_both(back, "59"));
  CHECK(says_in_both(back, "60"));
}

TEST_CASE("Why? about the ELR says that a member that lost power may lack records, unknown to the controller") {
  Session off = session_at("scenarios/why/page-cache.json", 42'000),
          well = session_at("scenarios/replication/all-brokers-down.json", 25'000),
          back = session_at("scenarios/why/page-cache.json", 46'100);
  const observe::Answer answer = asked(off, "/partitions/rf-1-0/elr");
  CHECK(says_in_both(sentence_with(answer, "why.elr_lost_power"_w), "broker-1"));
  CHECK(says(answer, "to the controller it has all committed records"));
  CHECK_FALSE(has_key(asked(well, "/partitions/pay-elr-0/elr"), "why.elr_lost_power"_w));
  CHECK(observe::state_at(back.moment(), "/partitions/rf-1-0/elr")->empty());  // what the sentence says will happen
}

TEST_CASE("Why? about an open transaction does not name messages that are held back") {
  Session session = session_at("scenarios/delivery/hanging-transaction.json", 8'750);
  for (const char* path : {"/transactions/tx-1/state", "/partitions/pay-0/last_stable_offset"})
    CHECK_FALSE(tells(asked(session, path), "held back"));
}

TEST_CASE("Why? about a lag under KIP-848 says that a free partition waits for its next member's heartbeat") {
  const std::string file = "scenarios/groups/new-protocol.json", lag = "/groups/billing/lag/orders-3";
  Session session = session_at(file, 19'800), later = session_at(file, 20'400);
  const observe::Answer answer = asked(session, lag);
  CHECK_FALSE(has_key(answer, "why.lag_rebalancing"_w));
  CHECK(says_in_both(sentence_with(answer, "why.lag_awaits_heartbeat"_w), "c-4"));
  CHECK_FALSE(has_key(asked(later, lag), "why.lag_awaits_heartbeat"_w));
  const auto held = observe::state_at(later.moment(), "/groups/billing/members/c-4/assignment");
  REQUIRE(held.has_value());
  CHECK(std::find(held->begin(), held->end(), nlohmann::json("orders-3")) != held->end());
}

TEST_CASE("Why? about a leader that a reassignment made names the reassignment") {
  const std::string file = "scenarios/operations/scale-out.json";
  Session session = session_at(file, 28'000), moved = session_at("tests/stories/throttled-move.json", 42'000);
  for (const char* path :
       {"/partitions/orders-0/leader", "/partitions/orders-1/leader", "/clients/shop/errors/NOT_LEADER_OR_FOLLOWER"}) {
    const observe::Answer answer = asked(session, path);
    REQUIRE_MESSAGE(answer.root.has_value(), path);
    CHECK_MESSAGE(answer.root->at.us == 15'000'000, path);
    CHECK_FALSE(has_key(answer, "why.preferred_again"_w));
  }
  const observe::Answer epoch = asked(moved, "/partitions/orders-0/leader");
  REQUIRE(epoch.root.has_value());
  CHECK(epoch.root_kind == observe::RootKind::Act);
  CHECK_FALSE(has_key(epoch, "why.preferred_again"_w));
}
