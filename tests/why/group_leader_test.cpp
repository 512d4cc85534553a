// Why? about the leader of a classic group: who made room for it, whose place it took, and what another coordinator knew of the group.
#include <doctest/doctest.h>

#include "observe/model/state_document.h"
#include "why/in_version.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("Why? about a group's leader says that another client took over the place of a static member") {
  Session session = session_at("tests/stories/one-instance-id-twice.json", 20'000);
  const observe::Answer answer = asked(session, "/groups/billing/leader");
  CAPTURE(text_of_steps(answer));
  const observe::WhyStep& taken = sentence_with(answer, "why.leader_taken"_w);
  CHECK(taken.subject == "twin");
  for (const char* name : {"twin", "till", "till-1"}) CHECK(says_in_both(taken, name));
  CHECK_FALSE(has_key(answer, "why.leader_replaced"_w));
  CHECK(tells(answer, "twin stays the leader"));
  // Its own next process is no other client.
  Session again = small_run(kPay + R"(, "clients": [{"id": "c", "kind": "consumer", "topics": ["pay"],
      "config": {"group.id": "g", "group.instance.id": "one"}}],
    "steps": [{"at": "10s", "do": "kill", "node": "c"}, {"at": "12s", "do": "start", "node": "c"}])",
                            20'000);
  CHECK(has_key(asked(again, "/groups/g/leader"), "why.leader_replaced"_w));
}

TEST_CASE("Why? about a group's leader names the member with whose leaving the group was empty") {
  for (const std::int64_t at_s : {60, 120}) {
    CAPTURE(at_s);
    Session session = session_at("tests/stories/rebalance-storm.json", at_s * 1'000);
    REQUIRE(observe::state_at(session.moment(), "/groups/billing/leader").value() == "c-1");
    const observe::Answer answer = asked(session, "/groups/billing/leader");
    CAPTURE(text_of_steps(answer));
    CHECK(has_key(answer, "why.leader_first"_w));
    CHECK(tells(answer, "c-2 has not called poll() for max.poll.interval.ms=20000: it leaves group billing"));
    CHECK_FALSE(tells(answer, "c-1 has not called poll()"));
  }
}

TEST_CASE(
    "Why? about a group's leader tells that it was the first to join at another coordinator, which knew of no members") {
  struct Case {
    const char *file, *group, *leader, *broker;
    std::int64_t at_ms, joined_ms, root_ms;
  };
  for (const Case& c : {Case{"coordinator-dies-during-join", "readers", "reader-2", "broker-3", 15'000, 10'209, 1'500},
                        {"zookeeper-shutdown-in-a-cut", "readers", "reader-1", "broker-2", 32'000, 9'804, 2'667},
                        {"groups-lost-with-their-log", "billing", "c", "broker-3", 60'000, 36'410, 22'000}}) {
    CAPTURE(c.file);
    Session session = session_at("tests/stories/" + std::string(c.file) + ".json", c.at_ms);
    const std::string path = "/groups/" + std::string(c.group) + "/leader";
    REQUIRE(observe::state_at(session.moment(), path).value() == c.leader);
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    CHECK(says_in_both(sentence_with(answer, "why.leader_none_read"_w), c.broker));
    CHECK(sentence_with(answer, "why.leader_first"_w).at.us / 1'000 == c.joined_ms);
    CHECK_FALSE(has_key(answer, "why.leader_rule"_w));
    CHECK(root_ms(answer) == c.root_ms);
  }
}

TEST_CASE("Why? about a group's leader tells that a later coordinator has read who leads") {
  Session session = session_at("tests/stories/epoch-led-without-a-record.json", 32'000);
  const observe::Answer answer = asked(session, "/groups/readers/leader");
  CAPTURE(text_of_steps(answer));
  CHECK(sentence_with(answer, "why.leader_first"_w).at.us / 1'000 == 91);
  CHECK(says_in_both(sentence_with(answer, "why.leader_read"_w), "broker-3"));
}
