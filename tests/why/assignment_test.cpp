// Why a consumer has its partitions or records, or none, where something else near at hand did not make that so.
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// Consumers of group g read `pay`, which has that many partitions.
std::string group_of(int partitions, const std::string& clients, const std::string& steps) {
  return R"("topics": [{"name": "pay", "partitions": )" + std::to_string(partitions) + R"(, "replication_factor": 3}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"}, )" +
         clients + R"(], "steps": [)" + steps + "]";
}

std::string consumer(const std::string& id, const std::string& config = "", const std::string& more = "") {
  return R"({"id": ")" + id + R"(", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g")" + config + "}" +
         more + "}";
}

const std::string kNewer = R"(, "group.protocol": "consumer")";

std::string assignment_of(Session& session, const std::string& client) {
  return text_of_steps(asked(session, "/clients/" + client + "/assignment"));
}

bool says(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

}  // namespace

TEST_CASE("partitions that another member's end brought do not go back to the consumer's own end before") {
  Session session =
      small_run(group_of(2, consumer("a") + ", " + consumer("b", "", R"(, "start": "15s")"),
                         R"({"at": "20s", "do": "stop", "node": "a"}, {"at": "30s", "do": "stop", "node": "b"},
                  {"at": "40s", "do": "start", "node": "a"})"),
                60'000);
  const observe::Answer answer = asked(session, "/clients/a/assignment");
  CAPTURE(text_of_steps(answer));
  CHECK((!answer.root || answer.root->at.us != 20'000'000));
}

TEST_CASE("a member whose session ended during the rebalance left its partitions to the others") {
  Session session =
      small_run(group_of(3, consumer("a") + ", " + consumer("b") + ", " + consumer("c"),
                         R"({"at": "8s", "do": "pause", "node": "a"}, {"at": "30s", "do": "kill", "node": "b"},
                  {"at": "60s", "do": "resume", "node": "a"})"),
                85'000);
  const std::string text = assignment_of(session, "a");
  CAPTURE(text);
  CHECK(says(text, "b leaves group g"));

  // One that had none leaves nothing to them.
  const std::string polls = R"(, "max.poll.interval.ms": 10000)";
  Session idle = small_run(group_of(2,
                                    consumer("a", polls) + ", " + consumer("b", polls) + ", " + consumer("c", polls) +
                                        ", " + consumer("aa", polls, R"(, "start": "20s")"),
                                    R"({"at": "15s", "do": "pause", "node": "c"})"),
                           60'000);
  const std::string newcomer = assignment_of(idle, "aa");
  CAPTURE(newcomer);
  CHECK(says(newcomer, "pay-1"));
  CHECK_FALSE(says(newcomer, "c is paused"));
}

TEST_CASE("an eager member that had unsubscribed holds its partition since its subscription") {
  Session session = small_run(group_of(2, consumer("a") + ", " + consumer("b"),
                                       R"({"at": "10s", "do": "unsubscribe", "node": "a"},
                                          {"at": "20s", "do": "subscribe", "node": "a", "topics": ["pay"]})"),
                              25'000);
  const observe::Answer answer = asked(session, "/clients/a/assignment");
  CAPTURE(text_of_steps(answer));
  REQUIRE(answer.root);
  CHECK(answer.root->at.us == 20'000'000);
}

TEST_CASE("an eager member gives its partitions up for the rebalance that is under way") {
  const std::string round_robin =
      R"(, "partition.assignment.strategy": "org.apache.kafka.clients.consumer.RoundRobinAssignor")";
  Session session =
      small_run(group_of(3, consumer("a", round_robin) + ", " + consumer("b", round_robin, R"(, "start": "10s")"),
                         R"({"at": "15s", "do": "pause", "node": "b"}, {"at": "20s", "do": "resume", "node": "b"},
                  {"at": "40s", "do": "kill", "node": "a"}, {"at": "45s", "do": "start", "node": "a"})"),
                60'000);
  const std::string text = assignment_of(session, "b");
  CAPTURE(text);
  CHECK(says(text, "Group g waits for the a that died"));
  CHECK_FALSE(says(text, "b is paused"));
}

TEST_CASE("in KIP-848's protocol a dead consumer gets nothing with a next heartbeat, and its next process waits") {
  const std::string run =
      group_of(2, consumer("a", kNewer) + ", " + consumer("b", kNewer),
               R"({"at": "10s", "do": "kill", "node": "a"}, {"at": "20s", "do": "start", "node": "a"})");
  Session dead = small_run(run, 15'000), again = small_run(run, 30'000);
  CHECK_FALSE(says(assignment_of(dead, "a"), "next heartbeat"));
  const std::string text = assignment_of(again, "a");
  CAPTURE(text);
  CHECK(says(text, "a that died"));
  CHECK_FALSE(says(text, "next heartbeat"));
}

TEST_CASE("a consumer that was refused for good does not wait for a session") {
  Session session =
      small_run(group_of(2,
                         consumer("a", kNewer + R"(, "group.instance.id": "i")") + ", " +
                             consumer("b", kNewer + R"(, "group.instance.id": "j")"),
                         R"({"at": "11s", "do": "kill", "node": "a"}, {"at": "12s", "do": "start", "node": "a"})"),
                30'000);
  const std::string text = assignment_of(session, "a");
  CAPTURE(text);
  CHECK(says(text, "UnreleasedInstanceIdException"));
  CHECK_FALSE(says(text, "waits for the a that died"));
}

TEST_CASE("a share group's backlog behind a record that one member works on for long goes back to no election") {
  Session session = small_run(
      R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3, "config": {"min.insync.replicas": 2}}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
       {"id": "x", "kind": "share_consumer", "topics": ["pay"], "config": {"group.id": "s"},
        "work": {"default": "1ms", "keys": {"bad": "25s"}}}],
      "steps": [{"at": "0s", "do": "configure", "group": "s", "config": {"share.auto.offset.reset": "earliest"}},
       {"at": "10s", "do": "crash", "node": "leader:pay-0"},
       {"at": "15s", "do": "produce", "node": "shop", "records": [{"key": "bad", "value": "v"}]}])",
      38'000, "4.1", R"("brokers": 3, "features": {"share.version": 1})");
  const observe::Answer answer = asked(session, "/groups/s/lag/pay-0");
  CAPTURE(text_of_steps(answer));
  CHECK((!answer.root || answer.root->at.us != 10'000'000));
}

TEST_CASE("of two members that went away, the one that is back does not explain what the other left") {
  const std::string soon = R"(, "session.timeout.ms": 10000)";
  const std::string clients = consumer("a", soon) + ", " + consumer("b", soon) + ", " + consumer("c", soon);
  const std::string paused = R"({"at": "20s", "do": "pause", "node": "b"}, {"at": "25s", "do": "pause", "node": "c"},
      {"at": "60s", "do": "resume", "node": "b"})";
  Session session = small_run(group_of(3, clients, paused), 70'000);
  for (const char* client : {"a", "b"}) {
    const observe::Answer answer = asked(session, std::string("/clients/") + client + "/assignment");
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root);
    CHECK(answer.root->at.us == 25'000'000);
  }
  // When the other one is back, too, nobody's absence counts.
  Session whole = small_run(group_of(3, clients, paused + R"(, {"at": "65s", "do": "resume", "node": "c"})"), 80'000);
  const std::string back = assignment_of(whole, "a");
  CAPTURE(back);
  CHECK_FALSE(says(back, "is paused"));
  CHECK(says(back, "c is resumed"));

  // Nor does the absence of one that had no partition of the topic: an idle member, or one that reads another topic.
  Session idle = small_run(group_of(2, clients, paused), 85'000);
  const std::string other_topic = R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 3},
      {"name": "log", "partitions": 1, "replication_factor": 3}], "clients": [)" +
                                  consumer("a", soon) + ", " + consumer("b", soon) + R"(, {"id": "c",
      "kind": "consumer", "topics": ["log"], "config": {"group.id": "g")" +
                                  soon + R"(}}], "steps": [)" + paused + "]";
  Session other = small_run(other_topic, 85'000);
  for (Session* run : {&idle, &other}) {
    const std::string text = assignment_of(*run, "a");
    CAPTURE(text);
    CHECK_FALSE(says(text, "c is paused"));
    CHECK_FALSE(says(text, "b is paused"));
  }
}

TEST_CASE("a consumer that gets nothing because one member more came does not owe that to its own pause") {
  Session session = session_at("tests/stories/delivery-auto-commit.json", 34'000);
  const observe::Answer answer = asked(session, "/clients/worker/assignment");
  CAPTURE(text_of_steps(answer));
  REQUIRE(answer.root);
  CHECK(answer.root->at.us == 7'000'000);

  // Here the member that was there before keeps its partition because it had it, and the pause took it.
  const std::string sticky =
      R"(, "session.timeout.ms": 6000, "partition.assignment.strategy": "org.apache.kafka.clients.consumer.StickyAssignor")";
  Session keeps = small_run(
      group_of(1, consumer("worker", sticky) + ", " + consumer("other", sticky, R"(, "start": "12s")"),
               R"({"at": "14s", "do": "pause", "node": "worker"}, {"at": "25s", "do": "resume", "node": "worker"})"),
      40'000);
  const observe::Answer own = asked(keeps, "/clients/worker/assignment");
  CAPTURE(text_of_steps(own));
  REQUIRE(own.root);
  CHECK(own.root->at.us == 14'000'000);

  // Range gives each topic's only partition to the first member: a third one takes nothing from the second.
  const auto both = [](const std::string& id, const std::string& more) {
    return R"({"id": ")" + id + R"(", "kind": "consumer", "topics": ["pay", "log"], "config": {"group.id": "g"})" +
           more + "}";
  };
  Session topics = small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3},
      {"name": "log", "partitions": 1, "replication_factor": 3}], "clients": [)" +
                                 both("a", "") + ", " + both("c", R"(, "start": "5s")") + ", " +
                                 both("b", R"(, "start": "20s")") + R"(], "steps": [])",
                             40'000);
  const observe::Answer none = asked(topics, "/clients/c/assignment");
  CAPTURE(text_of_steps(none));
  CHECK((!none.root || none.root->at.us != 20'000'000));
}

TEST_CASE("a dead member whose JoinGroup has arrived does not hold up the rebalance") {
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 3}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
      {"id": "a", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g", "max.poll.interval.ms": 600000,
       "max.poll.records": 1}, "work": {"default": "1ms", "keys": {"slow": "500s"}}}, )" +
                                  consumer("b", "", R"(, "start": "20s")") + R"(],
    "steps": [{"at": "10s", "do": "produce", "node": "shop", "records": [
        {"key": "slow", "value": "x", "partition": 0}, {"key": "slow", "value": "x", "partition": 1}]},
      {"at": "30s", "do": "kill", "node": "b"}, {"at": "60s", "do": "start", "node": "b"}])",
                              85'000);
  for (const char* path : {"/groups/g/state", "/clients/b/assignment"}) {
    const std::string text = text_of_steps(asked(session, path));
    CAPTURE(path);
    CAPTURE(text);
    CHECK(says(text, "waits for a to join g again"));
    CHECK_FALSE(says(text, "b that died"));
  }
}
