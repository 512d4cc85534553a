// The quota, the access rule and the missing right that Why? names for a client that a broker holds back or refuses.
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE(
    "the quota behind a throttle is the one that applies: the user's before the client id's, and of the request's kind") {
  struct Case {
    std::string steps, client;
    std::int64_t root_ms;
  };
  for (const Case& c : {Case{R"({"at": "5s", "do": "quota", "principal": "User:<default>", "producer_byte_rate": 20000},
                {"at": "15s", "do": "quota", "client": "bulk", "producer_byte_rate": 30000})",
                             "bulk", 5'000},
                        {R"({"at": "5s", "do": "quota", "principal": "User:bulk", "producer_byte_rate": 20000},
            {"at": "15s", "do": "quota", "principal": "User:<default>", "producer_byte_rate": 30000})",
                         "bulk", 5'000},
                        {R"({"at": "5s", "do": "quota", "client": "bulk", "producer_byte_rate": 20000},
            {"at": "15s", "do": "quota", "principal": "User:bulk", "consumer_byte_rate": 30000})",
                         "bulk", 5'000},
                        {R"({"at": "5s", "do": "quota", "client": "bulk", "producer_byte_rate": 20000},
            {"at": "15s", "do": "quota", "principal": "User:bulk", "producer_byte_rate": 30000})",
                         "bulk", 15'000},
                        {R"({"at": "5s", "do": "quota", "client": "<default>", "consumer_byte_rate": 20000},
            {"at": "15s", "do": "quota", "principal": "User:reader", "producer_byte_rate": 30000})",
                         "reader", 5'000}}) {
    CAPTURE(c.steps);
    Session session = small_run(kPay + R"(, "clients": [
        {"id": "bulk", "kind": "producer", "topic": "pay", "rate": "200/s", "value_size": "1000B"},
        {"id": "reader", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}], "steps": [)" +
                                    c.steps + "]",
                                40'000);
    const observe::Answer answer = asked(session, "/clients/" + c.client + "/throttled");
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us / 1000 == c.root_ms);
  }
}

namespace {

const std::string kWithAcls =
    R"("brokers": 3, "config": {"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer"})";

}  // namespace

TEST_CASE("the rule behind a refusal is one for the operation that the refused request needs") {
  // At 5 s the right is withdrawn; the rules of 7 s forbid something else.
  struct Case {
    std::string clients, steps, path;
  };
  for (
      const Case& c :
      {Case{
           R"({"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s", "config": {"enable.idempotence": false}})",
           R"({"at": "0s", "do": "acl", "principal": "User:shop", "operation": "Write", "resource": "topic:pay"},
         {"at": "5s", "do": "acl", "principal": "User:shop", "operation": "Write", "resource": "topic:pay", "remove": true},
         {"at": "7s", "do": "acl", "principal": "User:shop", "operation": "Read", "resource": "topic:pay", "allow": false},
         {"at": "7s", "do": "acl", "principal": "User:shop", "operation": "Delete", "resource": "topic:pay", "allow": false})",
           "/clients/shop/failed"},
       {R"({"id": "c", "kind": "consumer", "topics": ["pay"], "start": "9s", "config": {"group.id": "g"}})",
        R"({"at": "0s", "do": "acl", "principal": "User:c", "operation": "Read", "resource": "topic:pay"},
         {"at": "0s", "do": "acl", "principal": "User:c", "operation": "Read", "resource": "group:g"},
         {"at": "5s", "do": "acl", "principal": "User:c", "operation": "Read", "resource": "group:g", "remove": true},
         {"at": "7s", "do": "acl", "principal": "User:c", "operation": "Delete", "resource": "group:g", "allow": false})",
        "/clients/c/errors/GROUP_AUTHORIZATION_FAILED"},
       // Names may have spaces.
       {R"({"id": "my app", "kind": "consumer", "topics": ["pay"], "start": "9s", "config": {"group.id": "my group"}})",
        R"({"at": "0s", "do": "acl", "principal": "User:*", "operation": "Read", "resource": "topic:pay"},
         {"at": "0s", "do": "acl", "principal": "User:my app", "operation": "Read", "resource": "group:my group"},
         {"at": "5s", "do": "acl", "principal": "User:my app", "operation": "Read", "resource": "group:my group", "remove": true})",
        "/clients/my app/errors/GROUP_AUTHORIZATION_FAILED"},
       // A rule that denies what was never allowed keeps nobody out; one that overrides a later right does.
       {R"({"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s", "start": "9s", "config": {"enable.idempotence": false}})",
        R"({"at": "5s", "do": "acl", "principal": "User:shop", "operation": "Write", "resource": "topic:pay", "allow": false},
         {"at": "7s", "do": "acl", "principal": "User:shop", "operation": "Write", "resource": "topic:pa", "pattern": "prefixed"})",
        "/clients/shop/failed"}}) {
    CAPTURE(c.steps);
    Session session = small_run(kPay + R"(, "clients": [)" + c.clients + R"(], "steps": [)" + c.steps + "]", 12'000,
                                "4.1", kWithAcls);
    const observe::Answer answer = asked(session, c.path);
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 5'000'000);
  }
}

TEST_CASE("a producer that is refused a producer id lacks Write on every topic and IdempotentWrite on the cluster") {
  const std::string shop = R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s",
    "start": "9s"}], "steps": [)";
  const std::string path = "/clients/shop/errors/CLUSTER_AUTHORIZATION_FAILED";
  Session never = small_run(kPay + shop + "]", 12'000, "4.1", kWithAcls);
  CHECK(says_in_both(sentence_with(asked(never, path), "why.refused_producer_id"_w), "KIP-679"));
  // The right to write to another topic had been enough.
  Session withdrawn = small_run(kPay + shop + R"(
    {"at": "0s", "do": "acl", "principal": "User:shop", "operation": "Write", "resource": "topic:other"},
    {"at": "5s", "do": "acl", "principal": "User:shop", "operation": "Write", "resource": "topic:other", "remove": true}])",
                                12'000, "4.1", kWithAcls);
  const observe::Answer answer = asked(withdrawn, path);
  CHECK(has_key(answer, "why.refused_producer_id"_w));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 5'000'000);
  Session old = small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s",
      "start": "9s", "config": {"enable.idempotence": true, "acks": "all"}}], "steps": [
    {"at": "0s", "do": "acl", "principal": "User:shop", "operation": "Write", "resource": "topic:pay"}])",
                          12'000, "2.5", R"("metadata": "zookeeper", "zookeepers": 1, "brokers": 3,
      "config": {"authorizer.class.name": "kafka.security.authorizer.AclAuthorizer"})");
  CHECK(says_in_both(sentence_with(asked(old, path), "why.no_rule_named"_w), "IdempotentWrite"));
}

TEST_CASE("an admin client's error is put down to the act that got it, not to a later one that still waited then") {
  Session session = small_run(kPay + R"(, "clients": [{"id": "ops", "kind": "admin"}], "steps": [
    {"at": "5s", "do": "link", "from": "ops", "to": "controller-1", "latency": "100ms"},
    {"at": "10s", "do": "create_topic", "as": "ops", "topic": "pay", "partitions": 1, "replication_factor": 1},
    {"at": "10050ms", "do": "create_topic", "as": "ops", "topic": "fresh", "partitions": 1, "replication_factor": 1}])",
                              12'000);
  const observe::Answer answer = asked(session, "/clients/ops/errors/TOPIC_ALREADY_EXISTS");
  CAPTURE(text_of_steps(answer));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 10'000'000);
}

TEST_CASE(
    "an admin client's refused act is explained by the right that it needs on the topic or the group of its request") {
  struct RefusedAct {
    std::string act, error, operation, resource;
  };
  const std::vector<RefusedAct> acts = {
      {R"("do": "create_topic", "topic": "fresh", "partitions": 1, "replication_factor": 1)",
       "TOPIC_AUTHORIZATION_FAILED", "Create", "topic:fresh"},
      {R"("do": "delete_topic", "topic": "pay")", "TOPIC_AUTHORIZATION_FAILED", "Delete", "topic:pay"},
      {R"("do": "add_partitions", "topic": "pay", "partitions": 3)", "TOPIC_AUTHORIZATION_FAILED", "Alter",
       "topic:pay"},
      {R"("do": "configure", "topic": "pay", "config": {"retention.ms": 60000})", "TOPIC_AUTHORIZATION_FAILED",
       "AlterConfigs", "topic:pay"},
      {R"("do": "delete_records", "partition": "pay-0", "before": 0)", "TOPIC_AUTHORIZATION_FAILED", "Describe",
       "topic:pay"},  // it asks for the leader first
      {R"("do": "elect_leaders")", "CLUSTER_AUTHORIZATION_FAILED", "Alter", "cluster"},
      {R"("do": "delete_group", "group": "g-1")", "GROUP_AUTHORIZATION_FAILED", "Describe", "group:g-1"},
      {R"("do": "configure", "group": "g-1", "config": {"consumer.session.timeout.ms": 50000})",
       "GROUP_AUTHORIZATION_FAILED", "AlterConfigs", "group:g-1"}};
  std::string steps;
  for (std::size_t i = 0; i < acts.size(); ++i)
    steps +=
        (i == 0 ? "" : ", ") + (R"({"at": ")" + std::to_string(3 + i) + R"(s", "as": "kim", )") + acts[i].act + "}";
  Session session = small_run(kPay + R"(, "clients": [{"id": "kim", "kind": "admin"},
    {"id": "c", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g-1"}}], "steps": [)" +
                                  steps + "]",
                              2'500, "4.1", kWithAcls);
  for (std::size_t i = 0; i < acts.size(); ++i) {
    CAPTURE(acts[i].act);
    session.run_until(sim::Instant{} + sim::milliseconds(3'500 + 1'000 * static_cast<std::int64_t>(i)));
    const observe::Answer answer = asked(session, "/clients/kim/errors/" + acts[i].error);
    CAPTURE(text_of_steps(answer));
    CHECK(answer.root_kind == observe::RootKind::Act);
    for (const std::string& part : {std::string("User:kim"), acts[i].operation, acts[i].resource})
      CHECK(says_in_both(sentence_with(answer, "why.no_rule_named"_w), part));
  }
}

TEST_CASE(
    "an admin client whose right on the topic was withdrawn is refused because of that, not of another topic's rule") {
  Session session = small_run(kPay + R"(, "clients": [{"id": "kim", "kind": "admin"}], "steps": [
    {"at": "1s", "do": "acl", "principal": "User:kim", "operation": "Delete", "resource": "topic:pay"},
    {"at": "1s", "do": "acl", "principal": "User:kim", "operation": "Delete", "resource": "topic:other"},
    {"at": "5s", "do": "acl", "principal": "User:kim", "operation": "Delete", "resource": "topic:pay", "remove": true},
    {"at": "6s", "do": "acl", "principal": "User:kim", "operation": "Delete", "resource": "topic:other", "remove": true},
    {"at": "8s", "do": "delete_topic", "as": "kim", "topic": "pay"}])",
                              9'000, "4.1", kWithAcls);
  const observe::Answer answer = asked(session, "/clients/kim/errors/TOPIC_AUTHORIZATION_FAILED");
  CAPTURE(text_of_steps(answer));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 5'000'000);
  CHECK(tells(answer, "deletes the topic pay"));
  CHECK_FALSE(has_key(answer, "why.no_rule_named"_w));
}

TEST_CASE("who was refused for want of a right is told which ACL it lacks, whatever its client did before it threw") {
  struct Case {
    std::string file, client, resource;
    std::int64_t at_ms;
  };
  for (const Case& c :
       {Case{"tests/stories/a-transactional-id-needs-an-acl.json", "thief", "transactional-id:tx-2", 7'600},
        {"tests/stories/who-may-do-what.json", "alone", "topic:t", 20'000}}) {
    Session session = session_at(c.file, c.at_ms);
    const observe::Answer answer = asked(session, "/clients/" + c.client + "/errors");
    CAPTURE(text_of_steps(answer));
    CHECK(says_in_both(sentence_with(answer, "why.no_rule_named"_w), c.resource));
    CHECK_FALSE(answer.root.has_value());  // not the start of the client
  }
  Session denied = small_run(kPay + R"(, "clients": [
      {"id": "c", "kind": "consumer", "topics": ["pay"], "start": "9s", "config": {"group.id": "g"}}], "steps": [
      {"at": "0s", "do": "acl", "principal": "User:c", "operation": "Read", "resource": "topic:pay"},
      {"at": "0s", "do": "acl", "principal": "User:c", "operation": "Read", "resource": "group:g"},
      {"at": "5s", "do": "acl", "principal": "User:c", "operation": "Describe", "resource": "topic:pay", "allow": false}])",
                             12'000, "4.1", kWithAcls);
  for (const char* path : {"/clients/c/exception", "/clients/c/errors"}) {
    const observe::Answer answer = asked(denied, path);
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 5'000'000);
  }
}
