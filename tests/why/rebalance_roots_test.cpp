// Why a group has its generation: a topic was deleted; a member waited for its commit; or nobody has joined the group yet.
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// A group of two that reads two topics, of which one is deleted at 40 s.
Session group_of_deleted(const std::string& kafka, const std::string& kind, const std::string& config) {
  const std::string reader =
      R"(", "kind": ")" + kind + R"(", "topics": ["pay", "old"], "config": {"group.id": "g")" + config + "}}";
  const std::string common = R"("brokers": 3, "config": {"auto.create.topics.enable": false})";
  return small_run(R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 3},
    {"name": "old", "partitions": 2, "replication_factor": 3}],
    "clients": [{"id": "a)" +
                       reader + R"(, {"id": "b)" + reader + R"(],
    "steps": [{"at": "15s", "do": "pause", "node": "broker-3"}, {"at": "16s", "do": "resume", "node": "broker-3"},
      {"at": "40s", "do": "delete_topic", "topic": "old"}])",
                   70'000, kafka,
                   kafka == "2.5" ? R"("metadata": "zookeeper", "zookeepers": 1, )" + common
                                  : common + R"(, "features": {"share.version": 1})");
}

}  // namespace

TEST_CASE("the generation that begins with a deleted topic has the deletion as its root, in every protocol") {
  const std::string classic = R"(, "metadata.max.age.ms": 5000, "enable.auto.commit": false)";
  const std::string cooperative =
      classic + R"(, "partition.assignment.strategy": "org.apache.kafka.clients.consumer.CooperativeStickyAssignor")";
  struct Case {
    const char *kafka, *kind;
    std::string config;
  };
  for (const Case& c : {Case{"4.1", "consumer", classic},
                        {"4.1", "consumer", cooperative},
                        {"2.5", "consumer", classic},
                        {"2.5", "consumer", cooperative},
                        {"4.1", "consumer", R"(, "group.protocol": "consumer")"},
                        {"4.1", "share_consumer", ""}}) {
    CAPTURE(c.kafka);
    CAPTURE(c.kind);
    CAPTURE(c.config);
    Session session = group_of_deleted(c.kafka, c.kind, c.config);
    const observe::Answer answer = asked(session, "/groups/g/generation");
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 40'000'000);
    check_root_changes(session, answer, "/groups/g/generation");
  }
}

TEST_CASE("a static member that comes back is not why its group is stable: that began with the last rebalance") {
  for (const std::string kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    Session session =
        small_run(R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 3}],
      "clients": [{"id": "a", "kind": "consumer", "topics": ["pay"],
                   "config": {"group.id": "g", "group.instance.id": "i1", "session.timeout.ms": 20000}},
                  {"id": "b", "kind": "consumer", "topics": ["pay"],
                   "config": {"group.id": "g", "group.instance.id": "i2", "session.timeout.ms": 20000}}],
      "steps": [{"at": "15s", "do": "stop", "node": "a"}, {"at": "20s", "do": "start", "node": "a"}])",
                  30'000, kafka,
                  kafka == "2.5" ? R"("metadata": "zookeeper", "zookeepers": 1, "brokers": 3)" : R"("brokers": 3)");
    for (const char* path : {"/groups/g/state", "/groups/g"}) {
      const observe::Answer answer = asked(session, path);
      CAPTURE(text_of_steps(answer));
      CHECK(tells(answer, "group g rebalances: generation 1 with 2 members"));
      CHECK(answer.steps.back().at < sim::Instant{15'000'000});
    }
  }
}

TEST_CASE("nobody has joined a group in generation 0 yet") {
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 2}],
    "clients": [{"id": "alone", "kind": "consumer", "assign": ["pay-0"], "config": {"group.id": "own"}},
                {"id": "later", "kind": "consumer", "topics": ["pay"], "start": "80s", "config": {"group.id": "new"}}],
    "steps": [{"at": "15s", "do": "crash", "node": "broker-3"}, {"at": "20s", "do": "restart", "node": "broker-3"},
              {"at": "30s", "do": "reset_offsets", "group": "new", "topic": "pay", "to": "earliest"}])",
                              70'000);
  for (const std::string group : {"own", "new"}) {
    const std::string path = "/groups/" + group + "/generation";
    CAPTURE(path);
    REQUIRE(state_in(session, path) == 0);
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    CHECK(answer.question_key == "why.q_never_rebalanced"_w);
    CHECK(says_in_both(sentence_with(answer, "why.nobody_joined"_w), group));
    CHECK(tells(answer, group + " commits offset"));
    CHECK((answer.root_kind == observe::RootKind::Act) == (group == "new"));  // that act commits its offsets
    if (group == "new") CHECK(answer.root->at.us == 30'000'000);
  }
  session.run_until(sim::Instant{} + sim::seconds(88));
  CHECK(asked(session, "/groups/new/generation").question_key == "why.q_rebalanced"_w);
}

TEST_CASE(
    "the generation that begins as a member leaves whose commitSync() has no answer: the root kept that answer away") {
  // Broker 1 coordinates the group, and leads none of the partitions.
  const std::string reader = R"(", "kind": "consumer", "topics": ["t"], "work": "1ms", "commit": "sync_after",
    "config": {"group.id": "g", "max.poll.interval.ms": 10000, "auto.offset.reset": "earliest"}})";
  const std::string rest = R"("topics": [{"name": "t", "partitions": 2, "replication_factor": 3,
      "assignments": {"0": [2, 3, 1], "1": [3, 1, 2]}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "t", "rate": "20/s"}, {"id": "c)" +
                           reader + R"(, {"id": "d)" + reader + R"(], "steps": [)";
  const std::string heal = R"({"at": "20s", "do": "heal"}, )";
  const auto slower = [](const std::string& at) {  // it changes nothing here
    return R"({"at": ")" + at + R"(", "do": "link", "from": ["c"], "to": ["broker-1", "broker-2"], "latency": "1ms"}])";
  };
  for (const std::string& steps :
       {R"({"at": "8s", "do": "hold", "from": "coordinator:g", "to": "c", "api": "OffsetCommit"}, )" + slower("13s"),
        R"({"at": "8s", "do": "partition", "from": ["c"], "to": ["coordinator:g"]}, )" + heal + slower("13s"),
        R"({"at": "8s", "do": "partition", "one_way": true, "from": ["coordinator:g"], "to": ["c"]}, )" + heal +
            slower("13s"),
        R"({"at": "8s", "do": "link", "from": ["c"], "to": ["coordinator:g"], "latency": "12s"}, )" + slower("30s")}) {
    CAPTURE(steps);
    Session session = small_run(rest + steps, 38'000);
    const observe::Answer answer = asked(session, "/groups/g/generation");
    REQUIRE_MESSAGE(answer.root.has_value(), text_of_steps(answer));
    CHECK_MESSAGE(answer.root->at.us == 8'000'000, text_of_steps(answer));
    check_root_changes(session, answer, "/groups/g/generation");
  }
}
