// Why? about members of groups: what they are and have, who is silent or away, and how fast a reader is.
#include <doctest/doctest.h>

#include "observe/model/state_document.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "why/in_version.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

constexpr std::int64_t kS = 1'000'000;

/// A reader of a topic, which crashes at 10 s and starts again at 14 s.
Session restarted(std::int64_t at_s, const std::string& kind, const std::string& config) {
  return small_run(
      R"("topics": [{"name": "t", "partitions": 2, "replication_factor": 3}],
    "clients": [{"id": "p", "kind": "producer", "topic": "t", "rate": "10/s"},
    {"id": "r", "kind": ")" +
          kind + R"(", "topics": ["t"], "config": {"group.id": "g")" + config +
          R"(}}], "steps": [{"at": "10s", "do": "crash", "node": "r"}, {"at": "14s", "do": "start", "node": "r"}])",
      at_s * 1000, "4.1", R"("brokers": 3, "features": {"share.version": 1}, "config": {
    "group.consumer.min.session.timeout.ms": 20000, "group.consumer.session.timeout.ms": 20000,
    "group.share.min.session.timeout.ms": 20000, "group.share.session.timeout.ms": 20000})");
}

struct Protocol {
  const char *kind, *config, *timeout;
};
constexpr Protocol kProtocols[] = {
    {"consumer", R"(, "session.timeout.ms": 20000)", "(session.timeout.ms=20000)"},
    {"consumer", R"(, "group.protocol": "consumer")", "(group.consumer.session.timeout.ms=20000)"},
    {"share_consumer", "", "(group.share.session.timeout.ms=20000)"}};

/// The path of the member whose process died, or of the other one, by the key that the state document gave it.
std::string path_of(Session& session, bool died) {
  for (const char* key : {"r", "r#2"})
    if (const std::string path = "/groups/g/members/" + std::string(key); observe::state_at(session.moment(), path))
      if ((asked(session, path).question_key == "why.q_dead_member"_w) == died) return path;
  FAIL("no such member");
  return {};
}

}  // namespace

TEST_CASE("a member that died is named with its client, its session timeout and the crash, in every protocol") {
  for (const Protocol& protocol : kProtocols) {
    CAPTURE(protocol.timeout);
    Session session = restarted(20, protocol.kind, protocol.config);
    const observe::Answer dead = asked(session, path_of(session, true));
    CHECK(dead.question.en == "Why is the r that died still in group g?");
    CHECK(says_in_both(sentence_with(dead, "why.dead_member"_w), protocol.timeout));
    REQUIRE(dead.root.has_value());
    CHECK(dead.root->at.us == 10 * kS);
  }
}

TEST_CASE("Why? about a dead member's partition names the session time-out, and no internal member name") {
  Session session = restarted(20, "consumer", R"(, "group.protocol": "consumer", "auto.offset.reset": "earliest")");
  const observe::Answer lag = asked(session, "/groups/g/lag/t-0");
  CHECK(says_in_both(sentence_with(lag, "why.dead_member"_w), "(group.consumer.session.timeout.ms=20000)"));
  for (const observe::WhyStep& step : lag.steps) CHECK(step.words.en.find('#') == std::string::npos);
}

TEST_CASE("Why? about a restarted member names its own start, even if the old member leaves later") {
  for (const Protocol& protocol : kProtocols) {
    CAPTURE(protocol.timeout);
    for (const int at_s : {20, 45}) {  // before and after the end of the old member's session
      Session session = restarted(at_s, protocol.kind, protocol.config);
      const observe::Answer answer = asked(session, path_of(session, false));
      CHECK(answer.question.en == "Why is r in group g?");
      REQUIRE(answer.root.has_value());
      CHECK(answer.root->at.us == 14 * kS);
      for (const observe::WhyStep& step : answer.steps) CHECK(step.at.us >= 10 * kS);
      CHECK(std::none_of(answer.steps.begin(), answer.steps.end(), [](const observe::WhyStep& step) {
        return step.words.en.find("leaves group") != std::string::npos;
      }));
    }
  }
}

TEST_CASE("Why? about a restarted consumer with partitions does not say that it is no member") {
  Session session = restarted(45, "consumer", R"(, "group.protocol": "consumer")");
  REQUIRE(observe::state_at(session.moment(), "/clients/r/assignment")->size() == 2);
  CHECK_FALSE(has_key(asked(session, "/clients/r/assignment"), "why.no_member"_w));
  CHECK_FALSE(has_key(asked(session, "/clients/r/positions/t-0"), "why.no_member"_w));
}

TEST_CASE("Why? about a dead member's departure names its crash, not what delays the client's next process") {
  Session session = small_run(R"("topics": [{"name": "t", "partitions": 2, "replication_factor": 3}],
    "clients": [{"id": "r", "kind": "consumer", "topics": ["t"],
     "config": {"group.id": "g", "group.protocol": "consumer"}}],
    "steps": [{"at": "8s", "do": "hold", "from": ["r"], "to": ["all-brokers"], "api": "OffsetCommit",
    "what": "request", "count": "all"}, {"at": "10s", "do": "crash", "node": "r"},
    {"at": "12s", "do": "start", "node": "r"}])",
                              60'000);
  const observe::Answer answer = asked(session, "/groups/g/generation");
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 10 * kS);
}

TEST_CASE("a static member's place belongs to the process that took it last, not to the client it is named after") {
  Session session(loaded(read_text(source_path("tests/stories/one-instance-id-twice.json")), "base"), true);
  for (const int at_s : {15, 20, 28}) {  // the first process ended at 12.2 s
    CAPTURE(at_s);
    session.run_until(sim::Instant{} + sim::milliseconds(at_s * 1000));
    const observe::Answer lag = asked(session, "/groups/billing/lag/orders-0");
    CHECK_FALSE(has_key(lag, "why.dead_member"_w));
    CHECK_FALSE(has_key(lag, "why.closed_member"_w));
    CHECK(std::any_of(lag.steps.begin(), lag.steps.end(),
                      [](const observe::WhyStep& step) { return step.words.en.find("twin") != std::string::npos; }));
    for (const char* path : {"/groups/billing/members/till", "/groups/billing/members/twin"}) {
      const observe::Answer member = asked(session, path);
      CHECK(member.question.en == "Why is twin in group billing?");
      for (const observe::WhyStep& step : member.steps) CHECK(step.at.us >= 10 * kS);  // not what the first one did
    }
  }
}

TEST_CASE("Why? about a closed static member says that its group waits for the end of the session") {
  for (const char* protocol : {"classic", "consumer"}) {
    CAPTURE(protocol);
    Session session = small_run(
        R"("topics": [{"name": "t", "partitions": 2, "replication_factor": 3}],
    "clients": [{"id": "p", "kind": "producer", "topic": "t", "rate": "10/s"},
    {"id": "r", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g", "group.instance.id": "place-1",
     "group.protocol": ")" +
            std::string(protocol) + R"("}}], "steps": [{"at": "10s", "do": "stop", "node": "r"}])",
        15'000);
    const observe::Answer closed = asked(session, "/groups/g/members/r");
    CHECK(closed.question.en == "Why is r, which was closed, still in group g?");
    const observe::WhyStep& step = sentence_with(closed, "why.closed_member"_w);
    CHECK(says_in_both(step, "place-1"));
    CHECK(says_in_both(step, std::string(protocol) == "classic" ? "LeaveGroup" : "ConsumerGroupHeartbeat"));
    CHECK(says_in_both(sentence_with(asked(session, "/groups/g/lag/t-0"), "why.closed_member"_w), "t-0"));
  }
}

TEST_CASE("Why? about a static member that was replaced names the one in its place, and FENCED_INSTANCE_ID") {
  Session session = session_at("tests/stories/one-instance-id-twice.json", 20'000);
  for (const char* path : {"/groups/billing/members/till", "/groups/billing/members/twin"}) {
    CAPTURE(path);
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    CHECK(answer.question.en == "Why is twin in group billing?");  // the place that the coordinator calls till
    const observe::WhyStep& step = sentence_with(answer, "why.replaced_static"_w);
    for (const char* named : {"twin", "till", "group.instance.id=till-1", "billing"}) CHECK(says_in_both(step, named));
    CHECK(step.at.us / 1000 == 10'004);
    for (const char* told : {"twin starts", "till gets FENCED_INSTANCE_ID", "twin gets [orders-0, orders-1]"})
      CHECK_MESSAGE(tells(answer, told), told);
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 10'000'000);
  }
  // One that has not started has no predecessor, nor one that joins first; once the session is over there is no place to take.
  struct Case {
    const char *till, *twin, *steps;
    std::int64_t at_ms;
    const char* path;
  };
  for (const Case& c : {Case{R"("0s")", R"("10s")", "[]", 5'000, "/groups/billing/members/twin"},
                        Case{R"("30s")", R"("2s")", "[]", 20'000, "/groups/billing/members/till"},
                        Case{R"("0s")", R"("70s")", R"([{"at": "5s", "do": "crash", "node": "till"}])", 85'000,
                             "/groups/billing/members/twin"}}) {
    CAPTURE(c.at_ms);
    std::string text = R"("topics": [{"name": "orders", "partitions": 2, "replication_factor": 3}],
      "clients": [{"id": "till", "kind": "consumer", "topics": ["orders"], "start": TILL,
                   "config": {"group.id": "billing", "group.instance.id": "till-1"}},
                  {"id": "twin", "kind": "consumer", "topics": ["orders"], "start": TWIN,
                   "config": {"group.id": "billing", "group.instance.id": "till-1"}}], "steps": STEPS)";
    for (const auto& [name, value] :
         {std::pair{"TILL", c.till}, std::pair{"TWIN", c.twin}, std::pair{"STEPS", c.steps}})
      text.replace(text.find(name), std::string_view(name).size(), value);
    Session other = small_run(text, c.at_ms);
    CHECK_FALSE(has_key(asked(other, c.path), "why.replaced_static"_w));
  }
  // Before that the first one is a member.
  Session before = session_at("tests/stories/one-instance-id-twice.json", 9'000);
  CHECK_FALSE(has_key(asked(before, "/groups/billing/members/till"), "why.replaced_static"_w));
}

TEST_CASE("Why? about a twin that a group of KIP-848 keeps out names UNRELEASED_INSTANCE_ID, and who has the place") {
  const std::string twins = R"("topics": [{"name": "orders", "partitions": 2, "replication_factor": 3}], "clients": [
    {"id": "till", "kind": "consumer", "topics": ["orders"],
     "config": {"group.id": "billing", "group.instance.id": "till-1", "group.protocol": "consumer"}},
    {"id": "twin", "kind": "consumer", "topics": ["orders"], "start": "10s",
     "config": {"group.id": "billing", "group.instance.id": "till-1", "group.protocol": "consumer"}}], "steps": [)";
  Session session = small_run(twins + "]", 20'000);
  const observe::Answer answer = asked(session, "/groups/billing/members/twin");
  CAPTURE(text_of_steps(answer));
  CHECK(answer.question.en == "Why is twin not in group billing?");
  CHECK(tells(answer, "UNRELEASED_INSTANCE_ID"));
  const observe::WhyStep& taken = sentence_with(answer, "why.instance_taken"_w);
  for (const char* named : {"till", "twin", "group.instance.id=till-1", "billing"}) CHECK(says_in_both(taken, named));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 10'000'000);
  // The one that has the place is in the group, and knows nothing of it.
  const observe::Answer holder = asked(session, "/groups/billing/members/till");
  CHECK_FALSE(tells(holder, "UNRELEASED_INSTANCE_ID"));
  CHECK_FALSE(has_key(holder, "why.replaced_static"_w));
  // Once the first one has left for a while, the twin takes the place: what was refused before is no reason any more.
  Session later = small_run(
      twins +
          R"({"at": "20s", "do": "stop", "node": "till"}, {"at": "21s", "do": "stop", "node": "twin"}, {"at": "25s", "do": "start", "node": "twin"}])",
      35'000);
  const observe::Answer in = asked(later, "/groups/billing/members/twin");
  CAPTURE(text_of_steps(in));
  CHECK_FALSE(tells(in, "UNRELEASED_INSTANCE_ID"));
}

TEST_CASE("Why? about a missing or unknown member says which members exist") {
  Session session = restarted(9, "consumer", "");
  CHECK_FALSE(observe::why(session.moment(), "/groups/g/members/").has_value());
  CHECK(observe::why_absent(session.moment(), "/groups/g/members/").words.en ==
        "the name under /groups/g/members is missing; at that moment there is r");
  CHECK_FALSE(observe::why(session.moment(), "/groups/g/members/nobody").has_value());
  CHECK(observe::why_absent(session.moment(), "/groups/g/members/nobody").name == "nobody");
  CHECK(asked(session, "/groups/g/members/p").question_key == "why.q_no_member"_w);  // a client that is no member
}

TEST_CASE("Why? about an assignment names what gave and took partitions, not a change that brought none") {
  Session two = small_run(R"("topics": [{"name": "t", "partitions": 4, "replication_factor": 3}],
    "clients": [{"id": "a", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g", "group.protocol": "consumer"}},
    {"id": "b", "kind": "consumer", "topics": ["t"], "start": "10s",
     "config": {"group.id": "g", "group.protocol": "consumer"}}])",
                          30'000);
  REQUIRE(observe::state_at(two.moment(), "/clients/a/assignment")->size() == 2);
  const observe::Answer answer = asked(two, "/clients/a/assignment");
  const auto has = [&](const char* text) {
    return std::any_of(answer.steps.begin(), answer.steps.end(),
                       [&](const observe::WhyStep& step) { return step.words.en.find(text) != std::string::npos; });
  };
  CHECK(has("a gets [t-0, t-1, t-2, t-3]"));
  CHECK(has("a gives up ["));
  CHECK_FALSE(has("no new partition"));
  CHECK_FALSE(has("[]"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 10 * kS);
  CHECK(has("b starts"));
}

namespace {

/// The sentences about lines of that kind, as the event log has them.
template <class F>
std::vector<observe::Words> logged(Session& session) {
  const observe::ClusterView names(session.cluster(), &session.observation());
  std::vector<observe::Words> all;
  const observe::TraceStore& trace = session.observation().trace();
  for (std::size_t i = 0; i < trace.size(); ++i)
    if (is<F>(trace[i])) all.push_back(observe::sentence(trace[i], names));
  return all;
}

bool some_says(const std::vector<observe::Words>& all, const std::string& en, const std::string& ko) {
  return std::any_of(all.begin(), all.end(), [&](const observe::Words& words) {
    return words.en.find(en) != std::string::npos && words.ko.find(ko) != std::string::npos;
  });
}

/// Two members, of which r works on a record for longer than its max.poll.interval.ms.
Session slow(const std::string& kafka, const std::string& config) {
  return small_run(R"("topics": [{"name": "t", "partitions": 2, "replication_factor": 3}],
    "clients": [{"id": "p", "kind": "producer", "topic": "t", "rate": "4/s", "keys": "k:8"},
    {"id": "r", "kind": "consumer", "topics": ["t"], "work": "15s", "config": {"group.id": "g",
      "max.poll.interval.ms": 10000, "max.poll.records": 1)" +
                       config + R"(}},
    {"id": "s", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g")" +
                       config + R"(}}], "steps": [])",
                   40'000, kafka,
                   kafka == "4.1" ? R"("brokers": 3)" : R"("brokers": 3, "metadata": "zookeeper", "zookeepers": 1)");
}

}  // namespace

TEST_CASE("the event log has member epochs for members of the newer protocol, and generations for classic ones") {
  Session newer = slow("4.1", R"(, "group.protocol": "consumer")"), classic = slow("4.1", "");
  const auto epochs = logged<fact::PartitionsAssigned>(newer), generations = logged<fact::PartitionsAssigned>(classic);
  REQUIRE_FALSE(epochs.empty());
  REQUIRE_FALSE(generations.empty());
  for (const observe::Words& words : epochs) {
    CAPTURE(words.en);
    CHECK(words.en.find("in member epoch ") != std::string::npos);
    CHECK(words.ko.find("멤버 에포크") != std::string::npos);
  }
  for (const observe::Words& words : generations) CHECK(words.en.find("in generation ") != std::string::npos);
}

TEST_CASE("the event log says that a member left because its poll timeout expired, not by itself") {
  const std::pair<std::string, std::string> kinds[] = {
      {"4.1", R"(, "group.protocol": "consumer")"}, {"4.1", ""}, {"2.5", ""}};
  for (const auto& kind : kinds) {
    const std::string &kafka = kind.first, &config = kind.second;
    CAPTURE(kafka);
    CAPTURE(config);
    Session session = slow(kafka, config);
    const std::string ko = "max.poll.interval.ms 동안 poll 없음";
    const auto left = logged<fact::GroupMemberLeft>(session), rebalances = logged<fact::GroupRebalance>(session);
    std::string told;
    for (const observe::Words& words : left) told += words.en + " / " + words.ko + "\n";
    for (const observe::Words& words : rebalances) told += words.en + " / " + words.ko + "\n";
    CAPTURE(told);
    CHECK(some_says(left, "consumer poll timeout has expired.", ko));
    CHECK(some_says(rebalances, "consumer poll timeout has expired.", ko));
    CHECK_FALSE(some_says(left, "by itself", ""));
    CHECK_FALSE(some_says(rebalances, "by itself", ""));
  }
  // Who is told to stop leaves by itself.
  Session stopped = small_run(R"("topics": [{"name": "t", "partitions": 1, "replication_factor": 3}],
    "clients": [{"id": "r", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g", "group.protocol": "consumer"}},
    {"id": "s", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g", "group.protocol": "consumer"}}],
    "steps": [{"at": "5s", "do": "stop", "node": "r"}])",
                              20'000);
  CHECK(some_says(logged<fact::GroupMemberLeft>(stopped), "by itself", ""));
}

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

namespace {

/// A run of static members that may stay away for session.timeout.ms, while a rebalance waits for max.poll.interval.ms: c-1 from 1 s,
/// c-2 from 6 s, c-3 from 20 s, and perhaps c-4.
Session run_of_static(const std::string& steps, std::int64_t at_ms, const std::string& c4 = {},
                      const std::string& kafka = "4.1") {
  const auto reader = [](const std::string& id, const std::string& start) {
    return R"({"id": ")" + id + R"(", "kind": "consumer", "topics": ["pay"], "start": ")" + start +
           R"(", "config": {"group.id": "g", "group.instance.id": ")" + id +
           R"(", "session.timeout.ms": 45000, "max.poll.interval.ms": 8000}})";
  };
  return small_run(kPay + R"(, "clients": [)" + reader("c-1", "1s") + ", " + reader("c-2", "6s") + ", " +
                       reader("c-3", "20s") + (c4.empty() ? "" : ", " + reader("c-4", c4)) + R"(], "steps": [)" +
                       steps + "]",
                   at_ms, kafka);
}

/// c-1 led and did not join again in the rebalance to generation 3, which ended at 28 s: c-2 leads since.
void check_elected(Session& session, std::int64_t at_ms) {
  session.run_until(sim::Instant{} + sim::milliseconds(at_ms));
  CAPTURE(at_ms);
  REQUIRE(observe::state_at(session.moment(), "/groups/g/leader").value() == "c-2");
  const observe::Answer answer = asked(session, "/groups/g/leader");
  CAPTURE(text_of_steps(answer));
  CHECK(says_in_both(sentence_with(answer, "why.leader_not_rejoined"_w), "c-1"));
  CHECK(sentence_with(answer, "why.leader_not_rejoined"_w).words.en.find("generation 3") != std::string::npos);
  CHECK(tells(answer, "generation 3 with 3 members"));
  CHECK_FALSE(tells(answer, "generation 4"));
  CHECK_FALSE(has_key(answer, "why.leader_next"_w));
  CHECK_FALSE(tells(answer, "until its session ends"));
  CHECK(root_ms(answer) == 18'000);
}

}  // namespace

TEST_CASE("Why? about a group's leader names the static one that did not join again, and what kept it from that") {
  // ClassicGroup.maybeElectNewJoinedLeader.
  Session session = run_of_static(R"({"at": "18s", "do": "pause", "node": "c-1"})", 27'000);
  REQUIRE(observe::state_at(session.moment(), "/groups/g/leader").value() == "c-1");
  CHECK(has_key(asked(session, "/groups/g/leader"), "why.leader_first"_w));
  check_elected(session, 28'004);  // before the assignment is written
  check_elected(session, 33'000);
  CHECK(has_key(asked(session, "/groups/g/members/c-1/instance_id"), "why.instance_id"_w));
  // It is removed long before its session ends, for want of a SyncGroup (GroupMetadataManager.expirePendingSync): c-2 led before.
  session.run_until(sim::Instant{} + sim::milliseconds(36'100));
  REQUIRE_FALSE(observe::state_at(session.moment(), "/groups/g/members/c-1").has_value());
  check_elected(session, 36'100);
  check_elected(session, 60'000);
  CHECK(tells(asked(session, "/groups/g/leader"), "c-1 leaves group g: sent no SyncGroup in time"));
  // Its next process takes over its place: it is still a member.
  Session next = run_of_static(
      R"({"at": "18s", "do": "kill", "node": "c-1"}, {"at": "30s", "do": "start", "node": "c-1"})", 45'000);
  const observe::Answer stays = asked(next, "/groups/g/leader");
  CAPTURE(text_of_steps(stays));
  CHECK(has_key(stays, "why.leader_not_rejoined"_w));
  CHECK_FALSE(tells(stays, "c-1 leaves group g"));
}

TEST_CASE(
    "Why? about a group's members tells which of them the coordinator has removed, whatever the group did since") {
  const std::string removal = "c-1 leaves group g: sent no SyncGroup in time, max.poll.interval.ms=8000";
  const std::string paused = R"({"at": "18s", "do": "pause", "node": "c-1"})";
  Session session = run_of_static(paused, 70'000, "50s");
  REQUIRE(observe::state_at(session.moment(), "/groups/g/generation").value() == 5);
  const observe::Answer members = asked(session, "/groups/g/members");
  CAPTURE(text_of_steps(members));
  CHECK(tells(members, removal));
  CHECK(tells(members, "c-4 joined"));
  // It has joined again before c-4 does.
  Session back = run_of_static(paused + R"(, {"at": "60s", "do": "resume", "node": "c-1"})", 88'000, "80s");
  const observe::Answer whole = asked(back, "/groups/g/members");
  CAPTURE(text_of_steps(whole));
  CHECK(tells(whole, "c-4 joined"));
  CHECK_FALSE(tells(whole, removal));
  // With the end of its session, long before another member joins.
  Session dead = run_of_static(R"({"at": "24s", "do": "kill", "node": "c-2"})", 85'000, "80s");
  const observe::Answer ended = asked(dead, "/groups/g/members");
  CAPTURE(text_of_steps(ended));
  CHECK(tells(ended, "c-2 leaves group g: "));
  CHECK(tells(ended, "c-4 joined"));
}

TEST_CASE("Why? about a group's leader shows the rebalance that made it the leader, not a later one") {
  // c-1 joins generations 4 and 5 again, as one of the others.
  Session back = run_of_static(
      R"({"at": "18s", "do": "pause", "node": "c-1"}, {"at": "35s", "do": "resume", "node": "c-1"})", 30'000, "40s");
  check_elected(back, 34'000);
  check_elected(back, 38'000);
  REQUIRE(observe::state_at(back.moment(), "/groups/g/generation").value() == 4);
  check_elected(back, 60'000);
  // In 2.5 nobody is removed for want of a SyncGroup.
  Session old =
      run_of_static(R"({"at": "18s", "do": "pause", "node": "c-1"}, {"at": "35s", "do": "resume", "node": "c-1"})",
                    30'000, "40s", "2.5");
  check_elected(old, 34'000);
  check_elected(old, 60'000);
}

TEST_CASE("Why? about a group's leader does not say of one that led again that nobody led when it joined") {
  Session session = run_of_static(
      R"({"at": "18s", "do": "pause", "node": "c-1"}, {"at": "33s", "do": "resume", "node": "c-1"},
         {"at": "40s", "do": "pause", "node": "c-2"})",
      27'000, "50s");
  CHECK(has_key(asked(session, "/groups/g/leader"), "why.leader_first"_w));
  check_elected(session, 45'000);
  session.run_until(sim::Instant{} + sim::seconds(60));
  REQUIRE(observe::state_at(session.moment(), "/groups/g/leader").value() == "c-1");
  const observe::Answer again = asked(session, "/groups/g/leader");
  CAPTURE(text_of_steps(again));
  CHECK_FALSE(has_key(again, "why.leader_first"_w));
  CHECK(says_in_both(sentence_with(again, "why.leader_not_rejoined"_w), "c-2"));
  CHECK(root_ms(again) == 40'000);
}

TEST_CASE("Why? compares what a consumer read with what came since it has the partition, not since its process began") {
  Session session = session_at("scenarios/consumer/max-poll-interval.json", 8'400);
  const observe::Answer lag = asked(session, "/clients/w-1/subscription/jobs-0/lag");
  CAPTURE(text_of_steps(lag));
  CHECK_FALSE(tells(lag, "in the last 8 s"));
  CHECK(tells(lag, "in the last 2 s"));
  Session young = session_at("scenarios/why/many-to-many.json", 4'400);
  const observe::Answer answer = asked(young, "/clients/stats-1/subscription/orders-0/lag");
  CAPTURE(text_of_steps(answer));
  CHECK(says_in_both(sentence_with(answer, "why.lag_just_got"_w), "3.768"));
  CHECK_FALSE(tells(answer, "in the last"));
}

TEST_CASE(
    "Why? about what lies above every high watermark does not name the former leader from which a consumer reads") {
  Session session = session_at("tests/stories/delivery-idempotent.json", 2'055);
  const observe::Answer answer = asked(session, "/clients/reader/subscription/orders-0/log_end_lag");
  CAPTURE(text_of_steps(answer));
  CHECK_FALSE(has_key(answer, "why.lag_former_end"_w));
  CHECK_FALSE(has_key(answer, "why.lag_former_leader"_w));
  CHECK(has_key(answer, "why.hw_next_fetch"_w));
}

TEST_CASE("the members of a group are asked about by the names that the state document has") {
  // KIP-345: the coordinator keeps the client id with which the instance first joined, also after twin has taken its place.
  for (const int at_ms : {8'000, 20'000}) {
    const std::string member = "till";
    Session session = session_at("tests/stories/one-instance-id-twice.json", at_ms);
    const observe::Answer answer = asked(session, "/groups/billing/members");
    CHECK(answer.question.en == std::string("Why does group billing have these members: ") + member + "?");
    CHECK(answer.question.ko == std::string("왜 그룹 billing의 멤버는 ") + member + "인가요?");
  }
  Session empty = small_run(kPay + R"(, "clients": [{"id": "c", "kind": "consumer", "topics": ["pay"],
      "config": {"group.id": "g"}}], "steps": [{"at": "8s", "do": "stop", "node": "c"}])",
                            15'000);
  CHECK(asked(empty, "/groups/g/members").question.en == "Why does group g have no members?");
}
