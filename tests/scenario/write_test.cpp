#include "scenario/write.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "scenario/files.h"
#include "scenario/load.h"

using namespace kafkascope;
using namespace kafkascope::scenario;

namespace {

std::string problems_in(const Loaded& result) {
  std::string all;
  for (const Problem& p : result.problems) all += "\n" + format(p, "f");
  return all;
}

}  // namespace

TEST_CASE("every command of a file is written back as it was read") {
  int commands = 0;
  for (const char* name : {"now", "everything", "zookeeper"}) {
    CAPTURE(name);
    const std::string text = read_text(source_path(std::string("tests/scenario/good/") + name + ".json"));
    const Loaded original = load(text, {.contract_only = true});
    REQUIRE_MESSAGE(original.ok(), problems_in(original));
    SavedSession session;
    for (const Step& step : original.scenario->steps) {
      if (step.command) session.acts.emplace_back(sim::Instant{20000000}, *step.command);
    }
    const auto saved = to_json(text, session);
    REQUIRE(saved.has_value());
    const Loaded again = load(*saved, {.contract_only = true});
    REQUIRE_MESSAGE(again.ok(), problems_in(again));
    const auto& steps = again.scenario->steps;
    REQUIRE(steps.size() == original.scenario->steps.size() + session.acts.size());
    for (std::size_t i = 0; i < session.acts.size(); ++i) {
      const Step& step = steps[original.scenario->steps.size() + i];
      CAPTURE(to_text(session.acts[i].second));
      REQUIRE(step.command.has_value());
      CHECK(*step.command == session.acts[i].second);
      CHECK(step.at.us == 20000000);
      ++commands;
    }
  }
  CHECK(commands > 60);
}

TEST_CASE("a saved session appends the acts, merges seed and end, and keeps chains of steps") {
  cluster::Command crash;
  crash.verb = cluster::Verb::Crash;
  crash.node = cluster::parse_node_ref("leader:orders-1");
  SavedSession session;
  session.seed = 77;
  session.until = sim::Instant{50000000};
  session.set = {{"clients/shop/rate", "3/s"}};
  session.acts = {{sim::Instant{12345678}, crash}};
  const auto saved = to_json(good_text(), session);
  REQUIRE(saved.has_value());
  const Loaded again = load(*saved);
  REQUIRE_MESSAGE(again.ok(), problems_in(again));
  CHECK(again.scenario->cluster.seed == 77);
  CHECK(again.scenario->cluster.until.us == 50000000);
  CHECK(again.scenario->cluster.clients[0].rate->millionths_per_second == 3000000);
  REQUIRE(again.scenario->steps.size() == 2);
  CHECK(again.scenario->steps[1].at.us == 12345678);
  // Written again without a change, the file is identical byte for byte.
  CHECK(to_json(*saved, {}) == saved);
}

TEST_CASE("a session of a variant is saved with the variant's values and without variants") {
  const std::string text = replaced(good_text(), "\"until\"",
                                    R"("variants": [{"id": "weak", "set": {"clients/shop/config/acks": 1}}], "until")");
  SavedSession session;
  session.variant = "weak";
  const auto saved = to_json(text, session);
  REQUIRE(saved.has_value());
  CHECK(saved->find("variants") == std::string::npos);
  const Loaded again = load(*saved);
  REQUIRE_MESSAGE(again.ok(), problems_in(again));
  CHECK(again.scenario->cluster.clients[0].config.text("acks") == "1");
  CHECK_FALSE(to_json("[1]", session).has_value());
  CHECK_FALSE(to_json("{", session).has_value());
}

TEST_CASE("pretty-printing keeps the order of keys, Korean text and numbers") {
  const auto saved = to_json(
      R"({"z": 1, "a": "리더", "d": 0.25, "e": [], "f": {}, "g": [1, 2], "h": null, "i": "\n\"", "j": 1e300})", {});
  REQUIRE(saved.has_value());
  CHECK(
      *saved ==
      "{\n  \"z\": 1,\n  \"a\": \"리더\",\n  \"d\": 0.25,\n  \"e\": [],\n  \"f\": {},\n  \"g\": [1, 2],\n  \"h\": null,\n  \"i\": \"\\n\\\"\",\n  \"j\": 1e+300\n}\n");
}
