// Failure stories and regressions: every file in tests/stories holds, and its hash is the same twice.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "scenario/load.h"
#include "scenario/session.h"

using namespace kafkascope;

TEST_CASE("every story comes out as it is told") {
  int stories = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(KAFKASCOPE_SOURCE_DIR) + "/tests/stories")) {
    if (entry.path().extension() != ".json") continue;
    CAPTURE(entry.path().string());
    std::ifstream in(entry.path());
    std::ostringstream text;
    text << in.rdbuf();
    scenario::Loaded loaded = scenario::load(text.str());
    REQUIRE(loaded.ok());
    const auto scenario = std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario));
    scenario::Session first(scenario), second(scenario);
    first.run_to_end();
    second.run_to_end();
    CHECK(first.ok());
    CHECK(first.final_hash() == second.final_hash());
    ++stories;
  }
  CHECK(stories >= 2);
}
