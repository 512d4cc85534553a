// KAFKASCOPE_SHARE_SWARM_SEED=n: only that seed. KAFKASCOPE_SHARE_SWARM_SEEDS=n: seeds 1 to n. KAFKASCOPE_SHARE_SWARM_SAVE=file: saves a
// failing seed, made as small as possible, as a scenario file. KAFKASCOPE_SWARM_REPORT=file: the report is appended to it.
#include "engine/share_swarm.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <fstream>

using namespace kafkascope;

TEST_CASE(
    "share group swarm (KIP-932): a record has one lock, no delivery exceeds the limit, no unfinished record is passed, and a healed group finishes all records") {
  const std::uint64_t only = swarm::setting("KAFKASCOPE_SHARE_SWARM_SEED", 0);
  const std::uint64_t last =
      only != 0 ? only : swarm::setting("KAFKASCOPE_SHARE_SWARM_SEEDS", swarm::kSeeds < 100 ? swarm::kSeeds : 100);
  std::map<std::string, int> acts, seeds_with;
  share_swarm::Result sum;
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t seed = only != 0 ? only : 1; seed <= last; ++seed) {
    const swarm::Plan plan = share_swarm::draw(seed);
    const share_swarm::Result result = share_swarm::run(plan);
    for (const auto& [verb, count] : result.acts) {
      acts[verb] += count;
      ++seeds_with[verb];
    }
    for (const auto& [state, times] : result.states) sum.states[state] += times;
    sum.acquired += result.acquired;
    sum.redelivered += result.redelivered;
    sum.archived += result.archived;
    sum.expired += result.expired;
    sum.released += result.released;
    sum.new_leaders += result.new_leaders;
    sum.evictions += result.evictions;
    if (result.broken.empty()) continue;
    if (const char* path = std::getenv("KAFKASCOPE_SHARE_SWARM_SAVE"))
      std::ofstream(path) << swarm::to_file(
          swarm::shrink(plan, result.broken, [](const swarm::Plan& p) { return share_swarm::run(p).broken; }));
    FAIL_CHECK("seed ", seed, ": ", result.broken, "\n  replay: KAFKASCOPE_SHARE_SWARM_SEED=", seed,
               " build/release/tests/test_engine -tc='share group swarm*'");
  }
  if (only != 0) return;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::string told = fmt::format(
      "{} seeds of 45 simulated seconds, in {:.1f} s\n\n| act | done | seeds |\n|---|---:|---:|\n", last, seconds);
  for (const auto& [verb, count] : acts) told += fmt::format("| {} | {} | {} |\n", verb, count, seeds_with[verb]);
  told += fmt::format(
      "\n| what came of them | |\n|---|---:|\n| records locked | {} |\n| ... not for the first time | {} |\n| given back | {} |\n| "
      "archived | {} |\n| locks that ran out | {} |\n| share partitions read back | {} "
      "|\n| members evicted | {} |\n",
      sum.acquired, sum.redelivered, sum.released, sum.archived, sum.expired, sum.new_leaders, sum.evictions);
  told += swarm::states_table(sum.states);
  MESSAGE(told);
  if (const char* path = std::getenv("KAFKASCOPE_SWARM_REPORT")) std::ofstream(path, std::ios::app) << told;
  for (const std::string& verb : share_swarm::verbs()) {
    if (last < 100) break;  // with few seeds, one in twenty may well be none
    CAPTURE(verb);
    CHECK(seeds_with[verb] * 20 >= static_cast<int>(last));
  }
  CHECK(sum.redelivered > 0);
  CHECK(sum.archived > 0);
  CHECK(sum.expired > 0);
  CHECK(sum.evictions > 0);
}
