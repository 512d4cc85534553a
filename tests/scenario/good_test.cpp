#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "scenario/files.h"
#include "scenario/load.h"
#include "scenario/supported.h"
#include "scenario/templates.h"

using namespace kafkascope;
using namespace kafkascope::scenario;

namespace {

std::string problems_of(const Loaded& result) {
  std::string all;
  for (const Problem& p : result.problems) all += "\n" + format(p, "f");
  return all;
}

Scenario good(const std::string& text, const LoadOptions& options = {}) {
  Loaded result = load(text, options);
  REQUIRE_MESSAGE(result.ok(), problems_of(result));
  return std::move(*result.scenario);
}

}  // namespace

TEST_CASE("every complete example in docs/scenario-format.md is accepted") {
  const std::string document = read_text(source_path("docs/scenario-format.md"));
  int examples = 0;
  for (std::size_t at = document.find("```json\n"); at != std::string::npos; at = document.find("```json\n", at + 1)) {
    const std::size_t begin = at + 8;
    const std::string text = document.substr(begin, document.find("```", begin) - begin);
    if (text.find("\"format\"") == std::string::npos) continue;
    ++examples;
    const Loaded result = check(text);
    CHECK_MESSAGE(result.ok(), problems_of(result));
    CHECK(result.problems.empty());
  }
  CHECK(examples >= 1);
}

TEST_CASE("the example in docs/scenario-format.md is parsed into the right values") {
  const std::string document = read_text(source_path("docs/scenario-format.md"));
  const std::size_t begin = document.find("```json\n") + 8;
  const Scenario s = good(document.substr(begin, document.find("```", begin) - begin));
  CHECK(s.id == "leader-failover");
  CHECK(s.title.ko == "리더가 죽으면");
  CHECK(s.cluster.seed == 42);
  CHECK(s.cluster.controllers == 3);
  REQUIRE(s.cluster.brokers.size() == 3);
  CHECK(s.cluster.brokers[2].id == 3);
  CHECK(s.cluster.brokers[0].config.number("replica.lag.time.max.ms") == 10000);  // the cluster's config, merged
  CHECK(s.cluster.network.latency.low.us == 400);
  CHECK(s.cluster.network.latency.high.us == 1200);
  CHECK(s.cluster.network.bandwidth_bytes_per_s == 125000000);
  CHECK(s.cluster.disk.write_bytes_per_s == 200000000);
  CHECK(s.cluster.disk.capacity_bytes == 10000000000);
  CHECK(s.cluster.disk.write_back.us == 30000000);
  REQUIRE(s.cluster.topics.size() == 1);
  CHECK(s.cluster.topics[0].assignments.at(1) == std::vector<std::int32_t>{2, 3, 1});
  CHECK(s.cluster.topics[0].config.number("min.insync.replicas") == 2);
  REQUIRE(s.cluster.clients.size() == 2);
  const auto& producer = s.cluster.clients[0];
  CHECK(producer.rate->millionths_per_second == 20000000);
  CHECK(producer.rate->due(3).us == 150000);
  CHECK(producer.keys.kind == cluster::KeySpec::Kind::Uniform);
  CHECK(producer.keys.count == 8);
  CHECK(producer.config.text("acks") == "all");
  CHECK(s.cluster.clients[1].work.each.us == 5000);
  CHECK(s.cluster.clients[1].commit == cluster::CommitMode::Auto);
  CHECK(s.cluster.until.us == 45000000);
  REQUIRE(s.steps.size() == 6);
  CHECK(s.steps[1].ask->answer == 0);
  CHECK(s.steps[1].ask->choices[1].belief == "most-data-wins");
  CHECK(s.steps[2].by_learner);
  CHECK(to_text(*s.steps[2].command) == "crash leader:orders-0");
  CHECK(s.steps[3].trigger == Step::Trigger::When);
  CHECK(s.steps[3].predecessor == 2);
  CHECK(s.steps[3].timeout->us == 12000000);
  CHECK(*s.steps[3].when->value == 2);
  CHECK(s.steps[4].expect->op == Operator::Size);
  REQUIRE(s.expect.size() == 2);
  CHECK(s.expect[1].within->us == 20000000);
  CHECK(s.variants.size() == 1);
}

TEST_CASE("the templates of `kafkascope new` are accepted without problems or warnings") {
  CHECK(templates().size() == 6);
  for (const Template& t : templates()) {
    CAPTURE(t.name);
    const Loaded result = check(text_of(t), {.bundled = t.name == "lesson"});
    CHECK_MESSAGE(result.ok(), problems_of(result));
    CHECK(result.problems.empty());
    CHECK(find_template(t.name) == &t);
  }
  CHECK(find_template("none") == nullptr);
}

TEST_CASE("a byte-order mark, $schema, x- keys and Windows line ends are accepted") {
  std::string text = good_text();
  text = replaced(text, "\"format\": 1,", "\"$schema\": \"../x.json\", \"x-team\": {\"any\": [1]}, \"format\": 1,");
  text = replaced(text, "\"at\": \"5s\",", "\"at\": \"5s\", \"x-why\": null,");
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.replace(at, 1, "\r\n");
  CHECK(load("\xEF\xBB\xBF" + text).ok());
}

TEST_CASE("configuration values may be numbers, booleans or Kafka's strings") {
  for (const char* value : {"10000", "\"10000\""}) {
    const Scenario s =
        good(replaced(good_text(), "\"brokers\": 3,",
                      std::string("\"brokers\": 3, \"config\": {\"replica.lag.time.max.ms\": ") + value + "},"));
    CHECK(s.cluster.config.number("replica.lag.time.max.ms") == 10000);
  }
  for (const char* value : {"1", "\"1\""}) {
    const Scenario s = good(replaced(good_text(), "\"rate\": \"10/s\"",
                                     std::string("\"rate\": \"10/s\", \"config\": {\"acks\": ") + value + "}"));
    CHECK(s.cluster.clients[0].config.text("acks") == "1");
  }
}

TEST_CASE("a client's commit mode and enable.auto.commit must agree") {
  using cluster::CommitMode;
  const auto commit = [](const std::string& config, const std::string& field) {
    return good(replaced(good_text(), "{\"group.id\": \"billing\"}",
                         "{\"group.id\": \"billing\"" + config + "}" + field))
        .cluster.clients[1];
  };
  CHECK(commit("", "").commit == CommitMode::Auto);
  CHECK(commit(", \"enable.auto.commit\": false", "").commit == CommitMode::None);
  const auto sync = commit("", ", \"commit\": \"sync_after\"");
  CHECK(sync.commit == CommitMode::SyncAfter);
  CHECK_FALSE(sync.config.flag("enable.auto.commit"));
}

TEST_CASE("a broker's own keys override the cluster's, and brokers may have racks and hosts") {
  const Scenario s = good(replaced(
      good_text(), "\"brokers\": 3,",
      R"("config": {"min.insync.replicas": 2}, "brokers": [{"id": 2, "rack": "b", "host": "n"}, {"id": 1, "config": {"min.insync.replicas": 1}}, {"id": 7}],)"));
  REQUIRE(s.cluster.brokers.size() == 3);
  CHECK(s.cluster.brokers[0].id == 1);
  CHECK(s.cluster.brokers[0].config.number("min.insync.replicas") == 1);
  CHECK(s.cluster.brokers[1].config.number("min.insync.replicas") == 2);
  CHECK(s.cluster.brokers[1].rack == "b");
  CHECK(s.cluster.brokers[2].id == 7);
}

TEST_CASE("an after step or a when step follows the step before it in the file") {
  const Scenario s = good(replaced(good_text(), "{\"at\": \"5s\", \"do\": \"crash\", \"node\": \"broker-1\"}",
                                   R"({"at": "5s", "do": "crash", "node": "broker-1", "say": {"en": "Now."}},
    {"after": "2s", "say": {"en": "Two seconds."}},
    {"when": {"path": "/partitions/orders-0/leader", "not": 1}, "say": {"en": "There."}},
    {"at": "1s", "do": "pause", "node": "all-brokers"},
    {"after": "100ms", "do": "resume", "node": "replicas:orders-1"})"));
  REQUIRE(s.steps.size() == 5);
  CHECK(s.steps[0].say->en == "Now.");
  CHECK(s.steps[1].predecessor == 0);
  CHECK(s.steps[2].predecessor == 1);
  CHECK(s.steps[4].predecessor == 3);
  CHECK(s.steps[4].after.us == 100000);
}

TEST_CASE("a lesson without Korean text is refused") {
  const std::string text =
      replaced(good_text(), "\"kafka\"", "\"title\": {\"en\": \"x\"}, \"track\": \"log\", \"kafka\"");
  CHECK(load(text).ok());
  const Loaded result = load(text, {.bundled = true});
  CHECK_FALSE(result.ok());
  CHECK(problems_of(result).find("/title: the text has no Korean") != std::string::npos);
}

TEST_CASE("a sentence without `point` is refused in a bundled lesson and accepted in other files") {
  const auto with = [](const char* step) {
    const std::string titled =
        replaced(good_text(), "\"kafka\"", "\"title\": {\"en\": \"x\", \"ko\": \"가\"}, \"track\": \"log\", \"kafka\"");
    return replaced(
        titled, "\"steps\": [",
        std::string("\"steps\": [{\"at\": \"0s\", ") + step + "\"say\": {\"en\": \"Now.\", \"ko\": \"나\"}}, ");
  };
  const std::string without = with("");
  CHECK(load(without).ok());
  CHECK(problems_of(load(without, {.bundled = true})).find("a lesson needs \"point\"") != std::string::npos);
  for (const char* point :
       {"\"point\": \"leader:orders-0\", ", "\"point\": \"none\", ", "\"point\": \"orders-0@broker-1\", ",
        "\"view\": {\"point\": [\"/partitions/orders-0/isr\"]}, "})
    CHECK_MESSAGE(load(with(point), {.bundled = true}).ok(), point);
  for (const char* point : {"\"point\": \"broker-9\", ", "\"point\": 7, ", "\"point\": \"group:nobody\", "})
    CHECK_FALSE_MESSAGE(load(with(point)).ok(), point);
}

TEST_CASE("`point` is refused in a step without a sentence") {
  const Loaded result = load(
      replaced(good_text(), "\"steps\": [", "\"steps\": [{\"at\": \"0s\", \"point\": \"none\", \"do\": \"heal\"}, "));
  CHECK(problems_of(result).find("nothing is said here that could point at something") != std::string::npos);
}

TEST_CASE("a verb of the contract that the engine does not have is refused as not supported yet") {
  const std::string text =
      replaced(good_text(), "\"do\": \"crash\", \"node\": \"broker-1\"", "\"do\": \"connect\", \"client\": \"shop\"");
  const Loaded refused = load(text);
  REQUIRE(refused.problems.size() == 1);
  CHECK(refused.problems[0].not_yet);
  CHECK(load(text, {.contract_only = true}).ok());
  for (const std::string_view word : supported(Form::Verb)) CHECK(cluster::parse_verb(word).has_value());
}

TEST_CASE("the parser knows every form of the contract") {
  // One file with every planned feature; only contract_only accepts it today.
  const Loaded result = load(read_text(source_path("tests/scenario/good/everything.json")), {.contract_only = true});
  CHECK_MESSAGE(result.ok(), problems_of(result));
  const Loaded old = load(read_text(source_path("tests/scenario/good/zookeeper.json")), {.contract_only = true});
  CHECK_MESSAGE(old.ok(), problems_of(old));
  const Loaded now = check(read_text(source_path("tests/scenario/good/now.json")));
  CHECK_MESSAGE(now.ok(), problems_of(now));
}

TEST_CASE("a topic's assignments determine its number of partitions and its replication factor") {
  const auto loaded = scenario::load(R"({"format": 1, "id": "a", "cluster": {"brokers": 3},
    "topics": [{"name": "orders", "assignments": {"0": [1, 2], "1": [2, 3], "2": [3, 1]}}], "until": "5s"})");
  REQUIRE(loaded.ok());
  CHECK(loaded.scenario->cluster.topics[0].partitions == 3);
  CHECK(loaded.scenario->cluster.topics[0].replication_factor == 2);
}
