// Acts from a form or a click: checked like a file's step, against the names in the running world.
#include "scenario/read_act.h"

#include "cluster/acts.h"

#include <doctest/doctest.h>

#include <memory>

#include "scenario/files.h"
#include "scenario/load.h"
#include "scenario/node_json.h"
#include "scenario/write.h"

using namespace kafkascope;
using namespace kafkascope::scenario;

namespace {

std::shared_ptr<const Scenario> scenario_of(const std::string& text) {
  Loaded result = load(text);
  REQUIRE(result.ok());
  return std::make_shared<const Scenario>(std::move(*result.scenario));
}

std::string told(const ReadAct& act) {
  std::string all;
  for (const Problem& p : act.problems)
    all += p.pointer + ": " + words::render(words::Lang::En, p.message) + "; " +
           words::render(words::Lang::En, p.remedy) + "\n";
  return all;
}

/// The problem that the checker reports for a step of the file with the same act.
std::string told_in_file(const std::string& act) {
  const std::string steps = "\"steps\": [", step = R"({"at": "0s", )" + act.substr(1) + ",";
  std::string all;
  for (const Problem& p : load(replaced(good_text(), steps, steps + step)).problems)
    if (p.pointer.starts_with("/steps/0"))
      all += p.pointer.substr(8) + ": " + words::render(words::Lang::En, p.message) + "; " +
             words::render(words::Lang::En, p.remedy) + "\n";
  return all;
}

}  // namespace

TEST_CASE("an act from a form gets the same error at the same field as a step in a file") {
  const Session session(scenario_of(good_text()));
  for (const char* act : {
           R"({"do": "crash", "node": "broker-9"})",
           R"({"do": "crash"})",
           R"({"do": "explode"})",
           R"({"do": "create_topic", "topic": "mail", "partitions": "many"})",
           R"({"do": "skew_clock", "node": "broker-1", "by": "soon"})",
           R"({"do": "disk", "node": "broker-1"})",
           R"({"do": "delete_topic", "topic": "ordres"})",
           R"({"do": "configure", "topic": "orders", "group": "x", "config": {"retention.ms": 1}})",
           R"({"do": "crash", "node": "broker-1", "latency": "2s"})",
           R"({"do": "crash", "node": "broker-1", "as": "ops"})",
       }) {
    CAPTURE(act);
    const ReadAct read = read_act(session, act);
    CHECK_FALSE(read.command.has_value());
    CHECK_FALSE(read.problems.empty());
    CHECK(told(read) == told_in_file(act));
  }
}

TEST_CASE("a share consumer cannot be added by hand to a cluster without the feature, and the error says so") {
  const Session session(scenario_of(good_text()));
  const ReadAct added = read_act(session, R"({"do": "add_client", "client": {"id": "audit-1", "kind": "share_consumer",
      "topics": ["orders"], "config": {"group.id": "audit"}}})");
  CHECK_FALSE(added.command.has_value());
  CHECK(told(added) ==
        "/cluster: a share_consumer needs the feature share.version; \"features\": {\"share.version\": 1}\n");
  CHECK(Node::array().find("cluster") == nullptr);
}

TEST_CASE("an act may name anything that the file declares, an earlier act created or the running world has") {
  Session session(scenario_of(good_text()));
  const std::string produce = R"({"do": "delete_topic", "topic": "mail"})";
  CHECK_FALSE(read_act(session, produce).command.has_value());
  const ReadAct create = read_act(session, R"({"do": "create_topic", "topic": "mail", "partitions": 1})");
  REQUIRE(create.command.has_value());
  session.command(*create.command);
  const ReadAct now = read_act(session, produce);
  REQUIRE_MESSAGE(now.command.has_value(), told(now));
  CHECK(now.command->get<cluster::act::DeleteTopic>().topic == "mail");
  CHECK(read_act(session, R"({"do": "add_broker", "id": 7})").command.has_value());
  CHECK_FALSE(read_act(session, R"({"do": "crash", "node": "broker-7"})").command.has_value());
  session.command(*read_act(session, R"({"do": "add_broker", "id": 7})").command);
  CHECK(read_act(session, R"({"do": "crash", "node": "broker-7"})").command.has_value());
}

TEST_CASE("an act may name a new partition of a topic that was deleted and created again automatically") {
  Session session(scenario_of(R"({"format": 1, "id": "again", "title": {"en": "again"},
    "cluster": {"brokers": 3, "config": {"auto.create.topics.enable": true, "num.partitions": 6}},
    "topics": [{"name": "orders", "partitions": 1}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "5/s"}],
    "steps": [{"at": "2s", "do": "delete_topic", "topic": "orders"}], "until": "20s"})"));
  const std::string act = R"({"do": "elect_leaders", "partitions": ["orders-5"]})";
  CHECK_FALSE(read_act(session, act).command.has_value());
  session.run_until(sim::Instant{0} + sim::seconds(15));
  const ReadAct read = read_act(session, act);
  CHECK_MESSAGE(read.command.has_value(), told(read));
}

TEST_CASE("an act may name the group that a client joins after a change of its configuration") {
  const std::string file = R"({"format": 1, "id": "joins", "title": {"en": "joins"}, "cluster": {"brokers": 3},
    "topics": [{"name": "orders", "partitions": 2}],
    "clients": [{"id": "b1", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "billing"}}],
    "steps": [{"at": "1s", "do": "configure", "node": "b1", "config": {"group.id": "fresh"}},
              {"at": "2s", "do": "stop", "node": "b1"}, {"at": "3s", "do": "start", "node": "b1"}], "until": "20s"})";
  Session session(scenario_of(file));
  session.run_until(sim::Instant{0} + sim::seconds(8));
  const ReadAct read = read_act(session, R"({"do": "delete_group", "group": "fresh"})");
  CHECK_MESSAGE(read.command.has_value(), told(read));
  CHECK_FALSE(read_act(session, R"({"do": "delete_group", "group": "nobody"})").command.has_value());
}

TEST_CASE("kept acts are read together, and an act may name a topic that an earlier one creates") {
  const auto scenario = scenario_of(good_text());
  const auto acts = read_acts(*scenario, {R"({"do": "create_topic", "topic": "mail", "partitions": 1})",
                                          R"({"do": "delete_topic", "topic": "mail"})"});
  REQUIRE(acts.has_value());
  CHECK(acts->size() == 2);
  CHECK_FALSE(read_acts(*scenario, {R"({"do": "delete_topic", "topic": "mail"})"}).has_value());
  CHECK_FALSE(read_acts(*scenario, {"{"}).has_value());
  CHECK_FALSE(read_acts(*scenario, {"[]"}).has_value());
  CHECK_FALSE(read_acts(*scenario, {R"({"say": {"en": "no act"}})"}).has_value());
}

TEST_CASE("every command of a file is read unchanged as an act of its session") {
  int commands = 0;
  for (const char* name : {"now", "zookeeper"}) {
    const Loaded result = load(read_text(source_path(std::string("tests/scenario/good/") + name + ".json")));
    if (!result.ok()) continue;  // a part of the file is not simulated yet
    const auto scenario = std::make_shared<const Scenario>(*result.scenario);
    const Session session(scenario);
    for (const Step& step : scenario->steps) {
      if (!step.command) continue;
      const Node act = command_node(*step.command);
      CAPTURE(to_text(act));
      const ReadAct read = read_act(session, act);
      REQUIRE_MESSAGE(read.command.has_value(), told(read));
      CHECK(*read.command == *step.command);
      ++commands;
    }
  }
  CHECK(commands > 20);
}

TEST_CASE("a missing or faulty field is reported once") {
  const Session session(scenario_of(good_text()));
  for (const char* act : {
           R"({"do": "acl", "principal": "User:shop", "resource": "topic:orders"})",
           R"({"do": "acl", "principal": 7, "operation": "Read", "resource": "topic:orders"})",
           R"({"do": "behave", "node": "shop", "rate": "soon"})",
           R"({"do": "quota", "principal": "shop", "producer_byte_rate": 5})",
       }) {
    CAPTURE(act);
    const ReadAct read = read_act(session, act);
    CHECK_MESSAGE(read.problems.size() == 1, told(read));
  }
}
