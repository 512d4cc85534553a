// Members of groups of each protocol: a member is its own process, not an earlier one of the same client; one that died holds its partitions
// until its session ends.
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
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
