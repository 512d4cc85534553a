// Values that an answer names: the settings of one broker, of one group, and the limits of members.

#include "observe/observation.h"
#include "observe/words/words.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_quorum.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("a sentence gives the setting of the broker that acts by it") {
  struct Case {
    std::string kafka, cluster, rest;
    std::int64_t at_ms;
    std::string path, said;
  };
  const std::string shop = R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "5/s"}], )";
  for (const Case& c :
       {Case{"4.1", R"("brokers": [{"id": 1, "config": {"replica.lag.time.max.ms": 3000}}, {"id": 2}, {"id": 3}])",
             kPay + shop + R"("steps": [{"at": "5s", "do": "pause", "node": "broker-3"}])", 12'000,
             "/partitions/pay-0/isr", "replica.lag.time.max.ms=3000"},
        {"2.5", R"("metadata": "zookeeper", "zookeepers": 1, "brokers": [
            {"id": 1, "config": {"zookeeper.session.timeout.ms": 30000}}, {"id": 2}, {"id": 3}])",
         kPay + shop + R"("steps": [{"at": "5s", "do": "pause", "node": "broker-1"}])", 25'000,
         "/partitions/pay-0/leader", "zookeeper.session.timeout.ms=30000"},
        {"4.1", R"("brokers": [{"id": 1, "config": {"group.initial.rebalance.delay.ms": 10000}},
            {"id": 2, "config": {"group.initial.rebalance.delay.ms": 10000}},
            {"id": 3, "config": {"group.initial.rebalance.delay.ms": 10000}}])",
         R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 1}], "clients": [{"id": "c",
            "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g", "group.protocol": "classic"}}])",
         8'000, "/groups/g/state", "group.initial.rebalance.delay.ms=10000"},
        {"4.1", R"("brokers": [{"id": 1}, {"id": 2}, {"id": 3, "config": {"log.dir.failure.timeout.ms": 5000}}],
            "disk": {"dirs": 2})",
         kPay + shop + R"("steps": [{"at": "5s", "do": "isolate", "node": "controller-1"},
            {"at": "6s", "do": "disk", "node": "broker-3", "dir": 1, "fail": true}])",
         20'000, "/nodes/broker-3/state", "5000"}}) {
    CAPTURE(c.path);
    Session session = small_run(c.rest, c.at_ms, c.kafka, c.cluster);
    const observe::Answer answer = asked(session, c.path);
    CAPTURE(text_of_steps(answer));
    CHECK(says(answer, c.said));
    for (const observe::WhyStep& step : answer.steps) CHECK(step.at <= session.now());
  }
}

TEST_CASE(
    "a sentence gives the setting of the group, and a dead member's session has the time-out that it began with") {
  const std::string consumers = R"("topics": [{"name": "pay", "partitions": 4, "replication_factor": 3}], "clients": [
    {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
    {"id": "a", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g", "group.protocol": "consumer"}},
    {"id": "b", "kind": "consumer", "topics": ["pay"], "start": "20s",
     "config": {"group.id": "g", "group.protocol": "consumer"}}], "steps": [
    {"at": "1s", "do": "configure", "group": "g",
     "config": {"consumer.heartbeat.interval.ms": 10000, "consumer.session.timeout.ms": 50000}})";
  Session waits = small_run(consumers + "]", 25'000);
  CHECK(says_in_both(sentence_with(asked(waits, "/clients/b/assignment"), "why.lag_awaits_told"_w),
                     "(consumer.heartbeat.interval.ms=10000)"));
  Session dead = small_run(consumers + R"(, {"at": "15s", "do": "kill", "node": "a"},
    {"at": "18s", "do": "configure", "group": "g", "config": {"consumer.session.timeout.ms": 46000}}])",
                           40'000);
  CHECK(says_in_both(sentence_with(asked(dead, "/groups/g/members/a"), "why.dead_member"_w),
                     "(consumer.session.timeout.ms=50000)"));
  const observe::Answer assignment = asked(dead, "/clients/b/assignment");
  CHECK_FALSE(has_key(assignment, "why.lag_awaits_told"_w));  // a dead member's heartbeat does not come
  CHECK(says_in_both(sentence_with(assignment, "why.dead_member"_w), "(consumer.session.timeout.ms=50000)"));
}

namespace {

/// The number of lines about members, rebalances and voters whose sentences name the setting and its value, in both languages.
int lines_with_limit(const Session& session, const std::string& limit) {
  const observe::ClusterView names(session.cluster(), &session.observation());
  const observe::TraceStore& trace = session.observation().trace();
  const auto has = [&](const std::string& text) { return text.find(", " + limit) != std::string::npos; };
  int lines = 0;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const sim::TraceLine& l = trace[i];
    if (!is<fact::GroupMemberLeft>(l) && !is<fact::GroupRebalance>(l) && !is<fact::QuorumStateChanged>(l)) continue;
    const observe::Words words = observe::sentence(l, names);
    lines += has(words.en) && has(words.ko);
  }
  return lines;
}

}  // namespace

TEST_CASE("a group's and a quorum's lines name the time-out that was over, with the value that was in force") {
  struct Limit {
    const char *file, *variant;
    std::int64_t at_ms;
    const char* limit;
    int lines;
  };
  for (const Limit& c :
       {Limit{"tests/stories/group-with-its-own-timeouts.json", "base", 118'000, "consumer.session.timeout.ms=60000",
              2},  // the member leaves, the group rebalances
        {"tests/stories/group-with-its-own-timeouts.json", "brokers-own", 104'000,
         "group.consumer.session.timeout.ms=45000", 2},
        {"tests/stories/share-member-dies.json", "base", 56'000, "group.share.session.timeout.ms=45000", 2},
        {"scenarios/groups/static-membership.json", "base", 49'000, "session.timeout.ms=20000", 2},
        {"tests/stories/revocation-too-slow.json", "base", 23'000, "max.poll.interval.ms=12000", 2},
        {"tests/stories/who-does-not-rejoin-is-out.json", "base", 21'000, "max.poll.interval.ms=8000", 1},
        {"tests/stories/quorum-split-brain.json", "base", 6'000, "controller.quorum.fetch.timeout.ms=2000", 3}}) {
    CAPTURE(c.file);
    CAPTURE(c.limit);
    CHECK(lines_with_limit(session_at(c.file, c.at_ms, c.variant), c.limit) == c.lines);
  }
}

TEST_CASE("a group's line names the session time-out of the broker that coordinates it, not of the cluster's file") {
  const std::string own = R"("config": {"group.consumer.session.timeout.ms": 20000,
    "group.consumer.min.session.timeout.ms": 20000, "group.consumer.heartbeat.interval.ms": 5000})";
  const std::string cluster = R"("config": {"group.consumer.session.timeout.ms": 50000}, "brokers": [{"id": 1, )" +
                              own + R"(}, {"id": 2, )" + own + R"(}, {"id": 3, )" + own + "}]";
  Session session = small_run(kPay + R"(, "clients": [
    {"id": "a", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g", "group.protocol": "consumer"}},
    {"id": "b", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g", "group.protocol": "consumer"}}],
    "steps": [{"at": "20s", "do": "kill", "node": "a"}])",
                              45'000, "4.1", cluster);
  CHECK(lines_with_limit(session, "group.consumer.session.timeout.ms=20000") == 2);
  CHECK(lines_with_limit(session, "group.consumer.session.timeout.ms=50000") == 0);
}

TEST_CASE(
    "a line about an ended session names the time-out that the session had, whatever happens to the setting later") {
  const auto broker = [](int id, int ms) {
    return R"({"id": )" + std::to_string(id) + R"(, "config": {"group.consumer.session.timeout.ms": )" +
           std::to_string(ms) + "}}";
  };
  // The second and the third broker coordinate the group after the first has crashed.
  const std::string brokers =
      R"("brokers": [)" + broker(1, 50'000) + ", " + broker(2, 51'000) + ", " + broker(3, 52'000) + "]";
  const auto group = [](const std::string& config, const std::string& steps) {
    const auto consumer = [&](const std::string& id) {
      return R"({"id": ")" + id + R"(", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g", )" + config +
             "}}";
    };
    return kPay + R"(, "clients": [)" + consumer("a") + ", " + consumer("b") + R"(], "steps": [)" + steps + "]";
  };
  const std::string newer = R"("group.protocol": "consumer")";
  const auto lines = [](const Session& session, const std::string& limit) { return lines_with_limit(session, limit); };

  SUBCASE("another broker coordinates the group") {
    const std::string run = group(newer, R"({"at": "10s", "do": "crash", "node": "a"},
                                            {"at": "70s", "do": "crash", "node": "coordinator:g"})");
    Session before = small_run(run, 69'000, "4.1", brokers), after = small_run(run, 89'000, "4.1", brokers);
    std::string limit;
    for (const char* one : {"50000", "51000", "52000"})
      if (lines(before, std::string("group.consumer.session.timeout.ms=") + one) == 2) limit = one;
    REQUIRE_FALSE(limit.empty());
    CHECK(lines(after, "group.consumer.session.timeout.ms=" + limit) == 2);
    CHECK(lines(after, "group.consumer.session.timeout.ms=") == 2);
  }
  SUBCASE("the group's setting changes after the end, and before it") {
    const std::string run = group(newer, R"(
      {"at": "1s", "do": "configure", "group": "g", "config": {"consumer.session.timeout.ms": 55000}},
      {"at": "20s", "do": "crash", "node": "a"},
      {"at": "40s", "do": "configure", "group": "g", "config": {"consumer.session.timeout.ms": 46000}},
      {"at": "80s", "do": "configure", "group": "g", "config": {"consumer.session.timeout.ms": 58000}})");
    for (const std::int64_t at_ms : {78'000, 89'000}) {
      Session session = small_run(run, at_ms);
      CHECK(lines(session, "consumer.session.timeout.ms=55000") == 2);
      CHECK(lines(session, "consumer.session.timeout.ms=") == 2);
    }
  }
  SUBCASE("a classic member's process began with a value of its own") {
    Session session = small_run(group(R"("group.protocol": "classic")", R"(
      {"at": "10s", "do": "stop", "node": "a"},
      {"at": "12s", "do": "configure", "node": "a", "config": {"session.timeout.ms": 20000}},
      {"at": "15s", "do": "start", "node": "a"}, {"at": "30s", "do": "crash", "node": "a"},
      {"at": "60s", "do": "configure", "node": "a", "config": {"session.timeout.ms": 30000}},
      {"at": "65s", "do": "start", "node": "a"})"),
                                89'000);
    CHECK(lines(session, "session.timeout.ms=20000") == 2);
    CHECK(lines(session, "session.timeout.ms=") == 2);
  }
}

TEST_CASE("a group whose members have different rebalance time-outs names none, which might be another's") {
  const std::string file = read_text(source_path("tests/stories/who-does-not-rejoin-is-out.json"));
  std::string other = file;
  other.replace(other.find("8000"), 4, "7000");
  Session session(loaded(other), true);
  session.run_until(sim::Instant{} + sim::milliseconds(21'000));
  CHECK(lines_with_limit(session, "max.poll.interval.ms") == 0);
}
