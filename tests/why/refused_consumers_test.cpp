// Why a consumer gets no partitions, or an error: what the answer names, and what it leaves alone.
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

std::string group_reader(const std::string& id, const std::string& config = "", const std::string& more = "") {
  return R"({"id": ")" + id + R"(", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g")" + config + "}" +
         more + "}";
}

/// Two partitions, a producer, and these clients.
std::string reads_pay(const std::string& clients, const std::string& steps) {
  return R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 3}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"}, )" +
         clients + R"(], "steps": [)" + steps + "]";
}

observe::Answer given_to(Session& session, const std::string& client) {
  return asked(session, "/clients/" + client + "/assignment");
}

std::string with_instance(const std::string& id) {
  return R"(, "group.protocol": "consumer", "group.instance.id": ")" + id + "\"";
}

std::string with_assignor(const std::string& name) {
  return R"(, "partition.assignment.strategy": "org.apache.kafka.clients.consumer.)" + name + "\"";
}

const std::string kStartsLate = R"(, "start": "10s")";

}  // namespace

TEST_CASE("a consumer in a rebalance that waits for a paused member names that member and its pause") {
  Session never = small_run(reads_pay(group_reader("a") + ", " + group_reader("b", "", kStartsLate),
                                      R"({"at": "9s", "do": "pause", "node": "a"})"),
                            28'000);
  const observe::Answer first = given_to(never, "b");
  CAPTURE(text_of_steps(first));
  CHECK(says(first, "The coordinator waits for a to join g again"));
  REQUIRE(first.root);
  CHECK(first.root->at.us == 9'000'000);

  // The consumer's own stop before does not keep it waiting.
  Session again =
      small_run(reads_pay(group_reader("a") + ", " + group_reader("b"),
                          R"({"at": "10s", "do": "pause", "node": "a"}, {"at": "20s", "do": "stop", "node": "b"},
                                        {"at": "30s", "do": "start", "node": "b"})"),
                50'000);
  const observe::Answer second = given_to(again, "b");
  CAPTURE(text_of_steps(second));
  CHECK(says(second, "The coordinator waits for a to join g again"));
  REQUIRE(second.root);
  CHECK(second.root->at.us == 10'000'000);
}

TEST_CASE("a consumer that lost its partitions and has joined again waits for the dead member") {
  Session session =
      small_run(reads_pay(group_reader("a") + ", " + group_reader("b"),
                          R"({"at": "10s", "do": "pause", "node": "a"}, {"at": "40s", "do": "kill", "node": "b"},
                                          {"at": "70s", "do": "resume", "node": "a"})"),
                80'000);
  const observe::Answer answer = given_to(session, "a");
  CAPTURE(text_of_steps(answer));
  CHECK(says(answer, "Group g waits for the b that died"));
  REQUIRE(answer.root);
  CHECK(answer.root->at.us == 40'000'000);
}

TEST_CASE("a consumer without a coordinator goes back to what took all brokers away from it") {
  for (const char* act : {R"({"at": "10s", "do": "crash", "node": "all-brokers"})",
                          R"({"at": "10s", "do": "partition", "from": ["a"], "to": ["all-brokers"]})"}) {
    Session session =
        small_run(reads_pay(group_reader("z") + ", " + group_reader("a", "", R"(, "start": "20s")"), act), 40'000);
    const observe::Answer answer = given_to(session, "a");
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root);
    CHECK(answer.root->at.us == 10'000'000);
  }
}

TEST_CASE("a consumer whose group.instance.id another program has is told who has it") {
  Session session = small_run(
      reads_pay(group_reader("a", with_instance("i")) + ", " + group_reader("b", with_instance("i"), kStartsLate) +
                    ", " + group_reader("c", with_instance("other")),
                ""),
      50'000);
  const observe::Answer error = asked(session, "/clients/b/errors/UNRELEASED_INSTANCE_ID");
  CAPTURE(text_of_steps(error));
  CHECK(says(error, "a has group.instance.id=i in group g"));
  CHECK(says(given_to(session, "b"), "UnreleasedInstanceIdException"));
  // Its own process before had it: nobody else is named.
  Session own =
      small_run(reads_pay(group_reader("a", with_instance("i")) + ", " + group_reader("c", with_instance("other")),
                          R"({"at": "11s", "do": "kill", "node": "a"}, {"at": "12s", "do": "start", "node": "a"})"),
                30'000);
  const observe::Answer before = asked(own, "/clients/a/errors/UNRELEASED_INSTANCE_ID");
  CHECK_MESSAGE(!says(before, "has group.instance.id="), text_of_steps(before));
}

TEST_CASE("a consumer whose assignors no member has is told which ones the members have") {
  Session session =
      small_run(reads_pay(group_reader("a", with_assignor("RoundRobinAssignor")) + ", " +
                              group_reader("b", with_assignor("StickyAssignor"), kStartsLate),
                          R"({"at": "2s", "do": "configure", "node": "shop", "config": {"linger.ms": 1}})"),
                40'000);
  const observe::Answer error = asked(session, "/clients/b/errors/INCONSISTENT_GROUP_PROTOCOL");
  CAPTURE(text_of_steps(error));
  CHECK(says(error, "b knows only StickyAssignor, and a, which is in group g, only RoundRobinAssignor"));

  Session story = session_at("tests/stories/to-cooperative-in-two-rolls.json", 60'000);
  const observe::Answer old = asked(story, "/clients/old/errors/INCONSISTENT_GROUP_PROTOCOL");
  CAPTURE(text_of_steps(old));
  CHECK(says(old, "old knows only RangeAssignor"));
  REQUIRE(old.root);
  CHECK(old.root->at.us == 12'000'000);
}

TEST_CASE("a consumer that has not started, or reads a queue, does not wait for an assignment") {
  Session session =
      small_run(reads_pay(group_reader("a") + ", " + group_reader("b", "", R"(, "start": "60s")"), ""), 20'000);
  CHECK(says(given_to(session, "b"), "b has not started yet"));
  Session queue = session_at("tests/stories/queue-beside-kafka.json", 10'000);
  CHECK(says(given_to(queue, "worker-2"), "reads the queue jobs"));
}

TEST_CASE("a dead consumer's answer says what it had") {
  const std::string newer = R"(, "group.protocol": "consumer")";
  Session session = small_run(reads_pay(group_reader("a", newer) + ", " + group_reader("b", newer),
                                        R"({"at": "30s", "do": "kill", "node": "a"})"),
                              85'000);
  const observe::Answer answer = given_to(session, "a");
  CAPTURE(text_of_steps(answer));
  CHECK(says(answer, "a gets [pay-0"));

  // A process that was given nothing had nothing to lose.
  for (const std::string& config : {std::string(), newer, with_instance("i")}) {
    CAPTURE(config);
    Session waits =
        small_run(reads_pay(group_reader("a", config) + ", " +
                                group_reader("b", config == with_instance("i") ? with_instance("j") : config),
                            R"({"at": "10s", "do": "kill", "node": "a"}, {"at": "20s", "do": "start", "node": "a"},
                     {"at": "21s", "do": "kill", "node": "a"})"),
                  22'000);
    const observe::Answer nothing = given_to(waits, "a");
    CAPTURE(text_of_steps(nothing));
    CHECK_FALSE(says(nothing, "a gets [pay"));
    REQUIRE(nothing.root);
    CHECK(nothing.root->at.us == 10'000'000);
    // Nor had one that had unsubscribed.
    Session unsubscribed = small_run(
        reads_pay(group_reader("a", config) + ", " +
                      group_reader("b", config == with_instance("i") ? with_instance("j") : config),
                  R"({"at": "10s", "do": "unsubscribe", "node": "a"}, {"at": "20s", "do": "kill", "node": "a"})"),
        25'000);
    const observe::Answer before = given_to(unsubscribed, "a");
    CAPTURE(text_of_steps(before));
    REQUIRE(before.root);
    CHECK(before.root->at.us == 10'000'000);
  }
}

TEST_CASE("the right that a client lacked is the one that its request needs") {
  const std::string only_group =
      R"({"at": "0s", "do": "acl", "principal": "User:a", "operation": "Read", "resource": "group:g"})";
  Session session = small_run(
      reads_pay(group_reader("a", "", kStartsLate), only_group), 20'000, "4.1",
      R"("brokers": 3, "config": {"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer"})");
  const observe::Answer answer = asked(session, "/clients/a/exception");
  CAPTURE(text_of_steps(answer));
  CHECK(says(answer, "No ACL allowed User:a Read on topic:pay, nor Describe, which the refused request needs"));
}

TEST_CASE("the rule that gave a consumer its partitions is the one after which all its requests were allowed") {
  const auto rule = [](const std::string& at, const std::string& more) {
    return R"({"at": ")" + at + R"(", "do": "acl", "principal": "User:a", "operation": "Read", "resource": "group:g")" +
           more + "}";
  };
  const std::string allowed =
      R"({"at": "0s", "do": "acl", "principal": "User:*", "operation": "All", "resource": "topic:pay"}, )" +
      rule("10s", "");
  const std::string cluster =
      R"("brokers": 3, "config": {"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer"})";
  const std::string start = R"(, {"at": "20s", "do": "start", "node": "a"})";
  Session denied =
      small_run(reads_pay(group_reader("a"), allowed + ", " + rule("12s", R"(, "allow": false)") + ", " +
                                                 rule("14s", R"(, "allow": false, "remove": true)") + start),
                40'000, "4.1", cluster);
  const observe::Answer last = given_to(denied, "a");
  CAPTURE(text_of_steps(last));
  REQUIRE(last.root);
  CHECK(last.root->at.us == 14'000'000);
  Session once = small_run(reads_pay(group_reader("a"), allowed + start), 40'000, "4.1", cluster);
  const observe::Answer only = given_to(once, "a");
  CAPTURE(text_of_steps(only));
  REQUIRE(only.root);
  CHECK(only.root->at.us == 10'000'000);
}

TEST_CASE("in KIP-848's protocol a member that was put out tells its pause while it waits for its partition") {
  const std::string newer = R"(, "group.protocol": "consumer")";
  Session session =
      small_run(reads_pay(group_reader("a", newer) + ", " + group_reader("b", newer),
                          R"({"at": "10s", "do": "pause", "node": "a"}, {"at": "70s", "do": "resume", "node": "a"})"),
                71'000);
  const observe::Answer answer = given_to(session, "a");
  CAPTURE(text_of_steps(answer));
  REQUIRE(answer.root);
  CHECK(answer.root->at.us == 10'000'000);
}

TEST_CASE("a member that joins again after it was put out goes back to that, not only to its joining") {
  Session session = session_at("tests/stories/real-transactions-rebalance-without.json", 68'000);
  const observe::Answer answer = asked(session, "/clients/t2/errors/REBALANCE_IN_PROGRESS");
  CAPTURE(text_of_steps(answer));
  REQUIRE(answer.root);
  CHECK(answer.root->at.us == 16'000'000);
}

TEST_CASE("a group's lag behind a transform goes back to what keeps its output") {
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 1, "assignments": {"0": [1]}},
      {"name": "out", "partitions": 1, "assignments": {"0": [2]}}], "clients": [
      {"id": "cp", "kind": "transform", "topics": ["pay"], "topic": "out", "config": {"group.id": "g", "transactional.id": "t"}},
      {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"}],
      "steps": [{"at": "20s", "do": "isolate", "node": "broker-2"}])",
                              30'000);
  const observe::Answer answer = asked(session, "/groups/g/lag/pay-0");
  CAPTURE(text_of_steps(answer));
  REQUIRE(answer.root);
  CHECK(answer.root->at.us == 20'000'000);
}

TEST_CASE(
    "Why? about a producer of the console that has gone on after an exception does not ask about that exception") {
  Session session = small_run(kPay + R"(, "clients": [{"id": "typed", "kind": "console_producer", "topic": "pay",
    "lines": ["a", "b"], "start": "2s", "config": {"max.block.ms": 5000}}],
    "steps": [{"at": "1s", "do": "isolate", "node": "typed"}])",
                              10'000);
  REQUIRE(observe::state_at(session.moment(), "/clients/typed/exception/at_us").value() == 7'000'000);
  REQUIRE(observe::state_at(session.moment(), "/clients/typed/state").value() == "running");
  CHECK_FALSE(observe::stopped_by_exception(session.moment(), "typed"));  // only consumers stop reading
  CHECK_FALSE(has_key(asked(session, "/clients/typed"), "why.exception"_w));
  CHECK(has_key(asked(session, "/clients/typed/exception"), "why.exception"_w));
}
