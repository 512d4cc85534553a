// What the program says of itself and of Kafka: help, verbs, explain.
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "app/program.h"

using nlohmann::json;

TEST_CASE("help and help COMMAND print what --help prints") {
  CHECK(run("help").out == run("--help").out);
  CHECK(run("help").out.find("Usage: kafkascope ") != std::string::npos);
  const Ran of_run = run("help run");
  CHECK(of_run.status == 0);
  CHECK(of_run.out == run("run --help").out);
}

TEST_CASE("the help of every command lists --lang, which works before and after the command") {
  for (const char* command : {"run", "tell", "compare", "inspect", "why", "explain", "verbs", "ledger", "tool", "check",
                              "list", "new", "render", "export", "site"})
    CHECK_MESSAGE(run(std::string(command) + " --help").out.find("\n  --lang ") != std::string::npos, command);
  const Ran before = run("--lang ko verbs crash"), after = run("verbs crash --lang ko");
  CHECK(before.status == 0);
  CHECK(before.out == after.out);
  CHECK(before.out != run("verbs crash").out);
}

TEST_CASE("explain describes a setting and names its KIP, Kafka class and tests, in both languages") {
  const Ran english = run("explain replica.lag.time.max.ms");
  CHECK(english.status == 0);
  CHECK(english.out.starts_with("replica.lag.time.max.ms (setting)\n  "));
  for (const char* part : {"\n  KIP: KIP-537\n", "\n  Kafka: ReplicationConfigs\n",
                           "tests/protocol/kafka_configs_test.cpp", "docs/fidelity.md#", "in-sync replica (ISR)"})
    CHECK_MESSAGE(english.out.find(part) != std::string::npos, part);
  const Ran korean = run("explain replica.lag.time.max.ms", kKorean);
  CHECK(korean.status == 0);
  CHECK(korean.out != english.out);
  CHECK(korean.out.find("Kafka: ReplicationConfigs") != std::string::npos);
}

TEST_CASE("explain prints a setting's default, unit and range, from the table of settings") {
  const Ran timeout = run("explain transaction.timeout.ms");
  CHECK_MESSAGE(timeout.out.find("\n  default: 60000; an integer up to 2147483647 (ms)\n") != std::string::npos,
                timeout.out);
  CHECK(run("explain isolation.level").out.find("default: read_uncommitted; ") != std::string::npos);
  CHECK(run("explain linger.ms").out.find("default: 5 (0 in Kafka 2.5); ") != std::string::npos);
  const json told = json::parse(run("explain linger.ms --json").out);
  REQUIRE(told[0]["values"].size() == 1);
  CHECK(told[0]["values"][0]["en"] != told[0]["values"][0]["ko"]);
}

TEST_CASE("explain knows the names used with transactions and share groups, and lists what a KIP introduced") {
  for (const char* name : {"KIP-890", "KIP-932", "IllegalStateException", "acked", "sendOffsetsToTransaction"}) {
    const Ran r = run(std::string("explain ") + name);
    CHECK_MESSAGE(r.status == 0, name);
    CHECK_MESSAGE(r.out.find("(term)\n") != std::string::npos, name);
  }
  const Ran kip = run("explain kip-537");
  CHECK(kip.status == 0);
  CHECK(kip.out.find("KIP-537 is the origin of: ") != std::string::npos);
  CHECK(kip.out.find("replica.lag.time.max.ms") != std::string::npos);
}

TEST_CASE("verbs NAME shows an example, which check accepts if the names in it exist") {
  const Ran begin = run("verbs begin_transaction");
  for (const char* line : {"\n  {\"at\": \"5s\", \"do\": \"begin_transaction\", \"node\": \"shop\"}\n",
                           "\"do\": \"produce\"", "\"do\": \"commit_transaction\""})
    CHECK_MESSAGE(begin.out.find(line) != std::string::npos, begin.out);
  for (const json& verb : json::parse(run("verbs --json").out))
    for (const json& example : verb["examples"])
      CHECK_MESSAGE(json::accept(example.get<std::string>()), example.get<std::string>());
}

TEST_CASE("explain --json prints all that is known about a name; a name of several words needs no quotes") {
  const json acks = json::parse(run("explain acks --json").out);
  REQUIRE(acks.size() == 2);
  CHECK(acks[0]["kind"] == "config");
  CHECK(acks[1]["kind"] == "term");
  for (const char* field : {"key", "kind", "name", "meaning", "kips", "classes", "tests", "fidelity", "see"})
    CHECK_MESSAGE(acks[0].contains(field), field);
  CHECK(acks[1]["name"]["en"] != acks[1]["name"]["ko"]);
  const json watermark = json::parse(run("explain high watermark --json").out);
  REQUIRE(watermark.size() == 1);
  CHECK(watermark[0]["key"] == "glossary.high-watermark");
}

TEST_CASE("verbs lists each act of the schema with its fields, in both languages") {
  const json schema = json::parse(read(source("assets/scenario.schema.json")));
  const json told = json::parse(run("verbs --json").out);
  std::map<std::string, std::set<std::string>> required_of;
  for (const json& verb : told)
    for (const json& field : verb["fields"])
      if (field["required"] == true) required_of[verb["verb"]].insert(field["name"]);
  std::size_t acts = 0;
  for (const json& branch : schema["$defs"]["step"]["allOf"]) {
    const json::json_pointer named("/if/properties/do/const"), needed("/then/required");
    if (!branch.contains(named)) continue;
    ++acts;
    const auto verb = branch.at(named).get<std::string>();
    const auto names =
        branch.contains(needed) ? branch.at(needed).get<std::vector<std::string>>() : std::vector<std::string>();
    CHECK_MESSAGE(required_of[verb] == std::set<std::string>(names.begin(), names.end()), verb);
  }
  CHECK(told.size() == acts);
  const std::string english = "\n" + run("verbs").out, korean = "\n" + run("verbs", kKorean).out;
  for (const json& verb : told)
    for (const std::string* out : {&english, &korean})
      CHECK_MESSAGE(out->find("\n" + verb["verb"].get<std::string>()) != std::string::npos, verb);
  CHECK(english.find(
            "\nlink from to [one_way] [latency] [bandwidth] [loss]\n  Link\n  The network between two sides gets "
            "another latency, bandwidth or loss.\n") != std::string::npos);
  CHECK(korean != english);
  CHECK("\n" + run("help verbs").out == english);
}

TEST_CASE(
    "verbs NAME and help NAME say what each field takes, which fields are required and which exclude one another") {
  const Ran link = run("verbs link");
  CHECK(link.status == 0);
  for (const char* line :
       {"    loss       a number from 0 to 1, such as 0.05\n", "at least one of latency, bandwidth, loss\n",
        "    from       a node, or a list of nodes (required)\n"})
    CHECK_MESSAGE(link.out.find(line) != std::string::npos, link.out);
  CHECK(run("help link").out == link.out);
  CHECK(run("verbs heal").out.find("only one of node, from\n") != std::string::npos);
  CHECK(run("help run").out.find("--junit") != std::string::npos);  // a command's own help
  CHECK(run("verbs lnk 2>&1").out.find("link") != std::string::npos);
  CHECK(run("verbs lnk 2>&1").status == 2);
}

TEST_CASE("explain suggests the nearest names for an unknown name") {
  const Ran r = run("explain NOT_ENOGH_REPLICAS 2>&1");
  CHECK(r.status == 2);
  CHECK(r.out.find("no setting, error, metric, invariant or term has that name") != std::string::npos);
  CHECK(r.out.find("NOT_ENOUGH_REPLICAS") != std::string::npos);
  CHECK(run("explain min.insync.replica 2>&1").out.find("min.insync.replicas") != std::string::npos);
  CHECK(run("explain 2>&1").status == 2);
}
