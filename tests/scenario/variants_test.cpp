#include "scenario/variants.h"

#include <doctest/doctest.h>

#include "scenario/files.h"
#include "scenario/load.h"
#include "scenario/try_next.h"

using namespace kafkascope;
using namespace kafkascope::scenario;

namespace {

Loaded with(const std::vector<std::pair<std::string, std::string>>& set) { return load(good_text(), {.set = set}); }

std::string first_problem(const Loaded& result) {
  return result.problems.empty() ? "" : format(result.problems.front(), "f");
}

}  // namespace

TEST_CASE("--set: a path consists of keys, and names clients, topics and brokers by id or name") {
  auto r = with({{"clients/shop/rate", "99/s"},
                 {"topics/orders/partitions", "6"},
                 {"cluster/brokers", "5"},
                 {"seed", "9"},
                 {"clients/shop/config/acks", "1"},
                 {"until", "60s"}});
  REQUIRE_MESSAGE(r.ok(), first_problem(r));
  CHECK(r.scenario->cluster.clients[0].rate->millionths_per_second == 99000000);
  CHECK(r.scenario->cluster.topics[0].partitions == 6);
  CHECK(r.scenario->cluster.brokers.size() == 5);
  CHECK(r.scenario->cluster.seed == 9);
  CHECK(r.scenario->cluster.clients[0].config.text("acks") == "1");
  CHECK(r.scenario->cluster.until.us == 60000000);
}

TEST_CASE("--set: null removes a value, objects are added, and a number of brokers becomes a list") {
  auto r = with({{"clients/reader", "null"},
                 {"clients/late", R"({"kind": "consumer", "topics": ["orders"], "config": {"group.id": "b"}})"},
                 {"cluster/brokers/2/rack", "west"},
                 {"/topics/orders/config/min.insync.replicas", "2"},
                 {"clients/shop/config/linger.ms", "null"},
                 {"topics/audit", "{}"}});
  REQUIRE_MESSAGE(r.ok(), first_problem(r));
  CHECK(r.scenario->cluster.clients.size() == 3);
  CHECK(r.scenario->cluster.clients.back().id == "late");
  CHECK(r.scenario->cluster.brokers[1].rack == "west");
  CHECK(r.scenario->cluster.topics[0].config.number("min.insync.replicas") == 2);
  CHECK(r.scenario->cluster.topics[1].name == "audit");
}

TEST_CASE("--set: an error names the path, since the value has no position in the file") {
  CHECK(first_problem(with({{"clients/shp/rate", "1/s"}})) == "f: /: clients has no \"shp\"; did you mean \"shop\"?");
  CHECK(first_problem(with({{"clients/shop/rate", "fast"}})) ==
        "f: /clients/0/rate: \"fast\" is not a rate; a rate above 0 such as \"20/s\", at most \"10000000/s\"");
  CHECK(first_problem(with({{"cluster/brokers", "many"}})).starts_with("f: /cluster/brokers: "));
  CHECK(first_problem(with({{"until/x", "1"}})) ==
        "f: /: until is a string and has no parts; a path into an object or a list");
  CHECK(first_problem(with({{"", "1"}})).find("is not a path") != std::string::npos);
  CHECK(first_problem(with({{"clients//rate", "1"}})).find("is not a path") != std::string::npos);
  CHECK(first_problem(with({{"colour", "blue"}})).starts_with("f: /colour: a scenario knows no field \"colour\""));
}

TEST_CASE("--set: a version that looks like a number needs no extra quotes") {
  auto old = with({{"kafka", "2.5"},
                   {"cluster/metadata", "zookeeper"},
                   {"cluster/zookeepers", "3"},
                   {"cluster/controllers", "null"},
                   {"cluster/brokers/1/rack", "1"}});
  REQUIRE_MESSAGE(old.ok(), first_problem(old));
  CHECK(old.scenario->cluster.kafka == protocol::KafkaVersion::V2_5);
  CHECK(old.scenario->cluster.brokers[0].rack == "1");
  auto quoted = with({{"kafka", "\"4.1\""}});
  CHECK_MESSAGE(quoted.ok(), first_problem(quoted));
  CHECK(first_problem(with({{"kafka", "9.9"}})).starts_with("f: /kafka: "));
}

TEST_CASE(
    "variants: base is the file itself, others change it, and steps and expectations may belong only to some variants") {
  const std::string text = replaced(
      replaced(
          replaced(good_text(), "\"until\"", R"("variants": [
    {"id": "weak", "title": {"en": "acks=1"}, "set": {"clients/shop/config/acks": 1, "clients/reader": null}},
    {"id": "big", "set": {"cluster/brokers": 5}}],
  "until")"),
          "\"equals\": 0}",
          "\"equals\": 0, \"only\": [\"base\"]}, {\"path\": \"/ledger/lost_acked\", \"at_least\": 1, \"only\": [\"weak\"]}"),
      "{\"at\": \"5s\"",
      "{\"at\": \"1s\", \"do\": \"pause\", \"node\": \"broker-2\", \"only\": [\"big\", \"weak\"]},\n    {\"at\": \"5s\"");
  auto all = check(text);
  REQUIRE_MESSAGE(all.ok(), first_problem(all));
  CHECK(all.scenario->variants.size() == 3);
  CHECK(all.scenario->steps.size() == 1);
  CHECK(all.scenario->steps[0].index == 1);
  CHECK(all.scenario->expect.size() == 1);
  auto weak = load(text, {.variant = "weak"});
  REQUIRE_MESSAGE(weak.ok(), first_problem(weak));
  CHECK(weak.scenario->variant == "weak");
  CHECK(weak.scenario->steps.size() == 2);
  CHECK(weak.scenario->cluster.clients.size() == 2);
  CHECK(weak.scenario->expect[0].op == Operator::AtLeast);
  CHECK(first_problem(load(text, {.variant = "wek"})) == "f: /: no variant is called \"wek\"; did you mean \"weak\"?");
  // --set overrides the variant's own values.
  auto over = load(text, {.variant = "big", .set = {{"cluster/brokers", "4"}}});
  REQUIRE_MESSAGE(over.ok(), first_problem(over));
  CHECK(over.scenario->cluster.brokers.size() == 4);
}

TEST_CASE("split_set splits a path and a value at the first equals sign") {
  CHECK(split_set("a/b=c=d") == std::pair<std::string, std::string>{"a/b", "c=d"});
  CHECK(split_set("a").first.empty());
}

TEST_CASE("a change to try: an act with \"after\" follows the act before it, and is done") {
  const Loaded r =
      load(R"({"format": 1, "id": "x", "kafka": "4.1", "cluster": {"brokers": 3}, "steps": [], "until": "30s",
    "try": [{"text": {"en": "x"}, "do": [{"at": "5s", "do": "crash", "node": "broker-1"},
                                         {"after": "2s", "do": "restart", "node": "broker-1"},
                                         {"after": "500ms", "do": "crash", "node": "broker-2"}]}]})");
  REQUIRE_MESSAGE(r.ok(), first_problem(r));
  const std::vector<HandCommand> acts = acts_of(r.scenario->tries.at(0));
  REQUIRE(acts.size() == 3);
  CHECK(acts[1].at.us == 7'000'000);
  CHECK(acts[2].at.us == 7'500'000);
}
