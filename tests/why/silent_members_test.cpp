// Why? about members of a group of KIP-848's protocol from which no heartbeat comes: they are dead, away, replaced, paused or cut
// off, and what the others wait for is the end of their session, not their next heartbeat.
#include <doctest/doctest.h>

#include "observe/model/state_document.h"
#include "why/in_version.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kMembersOfG = "/groups/g/members/";
const std::string kSessionEnds = "group.consumer.session.timeout.ms=45000";

std::string kip848(const std::string& id, const std::string& start, const std::string& config = "") {
  return R"({"id": ")" + id + R"(", "kind": "consumer", "topics": ["pay"], "start": ")" + start +
         R"(", "config": {"group.id": "g", "group.protocol": "consumer")" + config + "}}";
}
std::string group_file(const std::string& consumers, const std::string& steps) {
  return R"("topics": [{"name": "pay", "partitions": 4}], "clients": [
      {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s", "keys": "customer:20"}, )" +
         consumers + R"(], "steps": [)" + steps + "]";
}
Session group_run(const std::string& consumers, const std::string& steps, std::int64_t at_ms) {
  return small_run(group_file(consumers, steps), at_ms, "4.1",
                   R"("brokers": 1, "config": {"offsets.topic.replication.factor": 1})");
}
nlohmann::json state_value(Session& session, const std::string& path) {
  const auto value = observe::state_at(session.moment(), path);
  REQUIRE_MESSAGE(value.has_value(), path);
  return *value;
}

}  // namespace

TEST_CASE("Why? says that a partition of a dead member waits for the end of its session, not for its heartbeat") {
  Session session =
      group_run(kip848("a", "0s") + ", " + kip848("b", "12s"), R"({"at": "11.9s", "do": "kill", "node": "a"})", 13'000);
  for (const std::int64_t at_ms : {13'000, 16'000, 30'000}) {
    session.run_until(sim::Instant{} + sim::milliseconds(at_ms));
    for (const std::string& path :
         {kMembersOfG + "b/state", kMembersOfG + "b/target", std::string("/clients/b/assignment")}) {
      const observe::Answer answer = asked(session, path);
      CAPTURE(text_of_steps(answer));
      CHECK_FALSE(has_key(answer, "why.lag_awaits_told"_w));
      CHECK(says_in_both(sentence_with(answer, "why.dead_member"_w), kSessionEnds));
      CHECK(root_ms(answer) == (path.ends_with("target") ? 12'000 : 11'900));  // the target itself: because b came
      CHECK(std::any_of(answer.steps.begin(), answer.steps.end(),
                        [](const observe::WhyStep& step) { return step.at.us == 11'900'000; }));
    }
    for (const char* field : {"a/state", "a/member_epoch"}) {
      const observe::Answer answer = asked(session, kMembersOfG + field);
      CAPTURE(text_of_steps(answer));
      CHECK_FALSE(has_key(answer, "why.member_epoch_next"_w));
      CHECK(says_in_both(sentence_with(answer, "why.member_epoch_kept"_w), kSessionEnds));
      CHECK(root_ms(answer) == 11'900);
    }
  }
  session.run_until(sim::Instant{} + sim::seconds(70));  // what the sentences say has happened
  CHECK(state_value(session, "/clients/b/assignment").size() == 4);
}

TEST_CASE("Why? tells a client's process from the one before it, which is still a member") {
  Session session =
      group_run(kip848("a", "0s") + ", " + kip848("b", "3s"),
                R"({"at": "11.9s", "do": "kill", "node": "a"}, {"at": "12.5s", "do": "start", "node": "a"})", 18'000);
  // The rows are in the order of the members' ids.
  const bool first = state_value(session, kMembersOfG + "a/target").size() == 1 &&
                     state_value(session, kMembersOfG + "a/member_epoch") == 3;
  const std::string now = first ? "a" : "a#2", before = first ? "a#2" : "a";
  const observe::Answer waits = asked(session, kMembersOfG + now + "/state");
  CAPTURE(text_of_steps(waits));
  CHECK_FALSE(has_key(waits, "why.lag_awaits_told"_w));
  CHECK(says_in_both(sentence_with(waits, "why.dead_member"_w), kSessionEnds));
  const observe::Answer kept = asked(session, kMembersOfG + before + "/state");
  CAPTURE(text_of_steps(kept));
  CHECK(kept.question.en == "Why is " + before + " · state STABLE?");
  CHECK(says_in_both(sentence_with(kept, "why.member_epoch_kept"_w), kSessionEnds));
  CHECK(root_ms(kept) == 11'900);
  const observe::Answer id = asked(session, kMembersOfG + before + "/member_id"),
                        own = asked(session, kMembersOfG + now + "/member_id");
  CHECK(tells(id, "That process has ended"));
  CHECK_FALSE(tells(id, "until the process ends"));
  CHECK(tells(own, "until the process ends"));
}

TEST_CASE("Why? says until when the place of a static member is kept that is away, and what that keeps from others") {
  Session session = group_run(kip848("a", "0s", R"(, "group.instance.id": "i-a")") + ", " +
                                  kip848("b", "4s", R"(, "group.instance.id": "i-b")") + ", " + kip848("c", "22s"),
                              R"({"at": "15s", "do": "stop", "node": "a"})", 28'000);
  REQUIRE(state_value(session, kMembersOfG + "a/member_epoch") == -2);
  const observe::Answer waits = asked(session, kMembersOfG + "c/state");
  CAPTURE(text_of_steps(waits));
  CHECK_FALSE(has_key(waits, "why.lag_awaits_told"_w));
  CHECK(says_in_both(sentence_with(waits, "why.closed_member"_w), kSessionEnds));
  CHECK(tells(waits, "or its next process comes"));
  CHECK(root_ms(waits) == 15'000);
  for (const char* field : {"a/state", "a/member_epoch"})
    CHECK(says_in_both(sentence_with(asked(session, kMembersOfG + field), "why.member_away"_w), kSessionEnds));
}

TEST_CASE("Why? says that a member that is cut off keeps its partitions until its session ends") {
  Session session = group_run(kip848("a", "0s") + ", " + kip848("b", "12s"),
                              R"({"at": "11.9s", "do": "isolate", "node": "a"})", 20'000);
  const observe::Answer waits = asked(session, kMembersOfG + "b/state");
  CAPTURE(text_of_steps(waits));
  CHECK_FALSE(has_key(waits, "why.lag_awaits_told"_w));
  CHECK(says_in_both(sentence_with(waits, "why.lag_awaits_silent"_w), kSessionEnds));
  CHECK(root_ms(waits) == 11'900);
  const observe::Answer kept = asked(session, kMembersOfG + "a/state");
  CAPTURE(text_of_steps(kept));
  CHECK(says_in_both(sentence_with(kept, "why.member_epoch_kept"_w), kSessionEnds));
  CHECK(tells(kept, "until one does, or its session ends"));
  CHECK(root_ms(kept) == 11'900);
}

TEST_CASE("Why? says that a member gets a free partition only after it has given up what it still has to") {
  const auto works = [](const std::string& id, const std::string& work, const std::string& start) {
    return R"({"id": ")" + id + R"(", "kind": "consumer", "topics": ["pay"], "work": ")" + work + R"(", "start": ")" +
           start + R"(", "config": {"group.id": "g", "group.protocol": "consumer"}})";
  };
  Session session =
      small_run(R"("topics": [{"name": "pay", "partitions": 6}], "clients": [
      {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s", "keys": "customer:20"}, )" +
                    works("a", "2s", "0s") + ", " + works("d", "10ms", "0s") + ", " + works("b", "10ms", "15s") +
                    R"(], "steps": [{"at": "22s", "do": "stop", "node": "d"}])",
                28'000, "4.1", R"("brokers": 1, "config": {"offsets.topic.replication.factor": 1})");
  REQUIRE(state_value(session, kMembersOfG + "a/state") == "UNREVOKED_PARTITIONS");
  REQUIRE(state_value(session, kMembersOfG + "a/target").front() == "pay-1");
  const observe::Answer answer = asked(session, kMembersOfG + "a/target");
  CAPTURE(text_of_steps(answer));
  CHECK_FALSE(has_key(answer, "why.lag_awaits_heartbeat"_w));
  CHECK(says_in_both(sentence_with(answer, "why.lag_awaits_own_revocation"_w), "pay-1"));
  CHECK(says_in_both(sentence_with(answer, "why.lag_awaits_own_revocation"_w), "pay-5"));
}

TEST_CASE("Why? has no answer about what a member's protocol does not know") {
  Session classic = session_at("scenarios/groups/rebalance-eager.json", 20'000),
          share = session_at("scenarios/groups/share-group.json", 20'000);
  for (const char* field : {"protocol", "target", "member_epoch", "state", "previous_member_epoch"}) {
    const std::string path = std::string("/groups/billing/members/c-1/") + field;
    CHECK_FALSE_MESSAGE(observe::why(classic.moment(), path).has_value(), path);
    CHECK(observe::why_absent(classic.moment(), path).name == field);
  }
  for (const char* field : {"protocol", "target", "state", "pending_revocation"}) {
    const std::string path = std::string("/groups/pool/members/s-1/") + field;
    CHECK_FALSE_MESSAGE(observe::why(share.moment(), path).has_value(), path);
  }
  CHECK(observe::why(classic.moment(), "/groups/billing/members/c-1/member_id").has_value());
  CHECK(observe::why(share.moment(), "/groups/pool/members/s-1/member_epoch").has_value());
}

TEST_CASE(
    "Why? about a group that changes its protocol: whose id it is, what a process began with, and who leads then") {
  const std::string members = "/groups/orders-g/members/";
  Session session = session_at("tests/stories/online-migration.json", 75'000);
  const observe::WhyStep given = sentence_with(asked(session, members + "c-1/member_id"), "why.member_id_given"_w);
  CHECK(given.words.en.find("client.id") == std::string::npos);
  CHECK(given.words.en.find("a random UUID alone") != std::string::npos);
  CHECK(given.words.ko.find("client.id") == std::string::npos);
  const observe::Answer protocol = asked(session, members + "c-2/protocol");
  CAPTURE(text_of_steps(protocol));
  CHECK(root_ms(protocol) == 31'000);
  for (const observe::WhyStep& step : protocol.steps) CHECK(step.at.us != 66'000'000);
  session.run_until(sim::Instant{} + sim::seconds(110));
  const observe::Answer leader = asked(session, "/groups/orders-g/leader");
  CAPTURE(text_of_steps(leader));
  CHECK_FALSE(has_key(leader, "why.leader_rule"_w));
  CHECK(sentence_with(leader, "why.leader_converted"_w).at.us / 1'000 == 103'000);
  CHECK(root_ms(leader) == 103'000);
  Session early = session_at("tests/stories/online-migration.json", 12'000);
  CHECK(says_in_both(sentence_with(asked(early, members + "c-1/member_id"), "why.member_id_given"_w), "client.id"));
}
