// KAFKASCOPE_GROUP_SWARM_SEED=n: only that seed. KAFKASCOPE_GROUP_SWARM_SEEDS=n: seeds 1 to n. KAFKASCOPE_GROUP_SWARM_SAVE=file: saves a
// failing seed, made as small as possible, as a scenario file. KAFKASCOPE_SWARM_REPORT=file: the report is appended to it.
#include "engine/group_swarm.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>

using namespace kafkascope;
using group_swarm::Kind;

namespace {

void run_seeds(Kind kind) {
  const std::uint64_t only = swarm::setting("KAFKASCOPE_GROUP_SWARM_SEED", 0);
  const std::uint64_t last = only != 0 ? only : swarm::setting("KAFKASCOPE_GROUP_SWARM_SEEDS", swarm::seeds_of(2));
  std::map<std::string, int> acts, came, seeds_with;
  std::int64_t rebalances = 0, evictions = 0, revoked = 0, lost = 0;
  swarm::States states;
  std::map<std::string, std::vector<std::uint64_t>> kafkas_own;  // the seeds that showed it
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t seed = only != 0 ? only : 1; seed <= last; ++seed) {
    const swarm::Plan plan = group_swarm::draw(seed, kind);
    const group_swarm::Result result = group_swarm::run(plan);
    for (const auto& [verb, count] : result.acts) {
      acts[verb] += count;
      ++seeds_with[verb];
    }
    for (const auto& [cause, count] : result.came) {
      came[cause] += count;
      ++seeds_with[cause];
    }
    for (const auto& [state, times] : result.states) states[state] += times;
    rebalances += result.rebalances;
    evictions += result.evictions;
    revoked += result.revoked;
    lost += result.lost;
    if (!result.kafkas_own.empty()) kafkas_own[result.kafkas_own].push_back(seed);
    if (result.broken.empty()) continue;
    if (const char* path = std::getenv("KAFKASCOPE_GROUP_SWARM_SAVE"))
      std::ofstream(path) << swarm::to_file(
          swarm::shrink(plan, result.broken, [](const swarm::Plan& p) { return group_swarm::run(p).broken; }));
    FAIL_CHECK("seed ", seed, ": ", result.broken, "\n  replay: KAFKASCOPE_GROUP_SWARM_SEED=", seed,
               " build/release/tests/test_engine -tc='group swarm ", group_swarm::name(kind), "*'");
  }
  if (only != 0) return;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::string told =
      fmt::format("{} seeds of {} simulated seconds, in {:.1f} s\n\n| act | done | seeds |\n|---|---:|---:|\n", last,
                  kind == Kind::Eager || kind == Kind::Cooperative ? 30 : 42, seconds);
  for (const auto& [verb, count] : acts) told += fmt::format("| {} | {} | {} |\n", verb, count, seeds_with[verb]);
  told += fmt::format(
      "\n| what came of them | |\n|---|---:|\n| rebalances | {} |\n| members evicted | {} |\n| partitions revoked | {} times |\n| partitions lost | {} times |\n",
      rebalances, evictions, revoked, lost);
  for (const auto& [cause, count] : came)
    told += fmt::format("| {} | {} times, in {} seeds |\n", cause, count, seeds_with[cause]);
  for (const auto& [what, seeds] : kafkas_own)
    told += fmt::format("| Kafka's own: {} | seeds {} |\n", what, fmt::join(seeds, ", "));
  told += swarm::states_table(states);
  MESSAGE(told);
  if (const char* path = std::getenv("KAFKASCOPE_SWARM_REPORT")) std::ofstream(path, std::ios::app) << told;
  std::vector<std::string> all = group_swarm::verbs();
  all.insert(all.end(), group_swarm::causes().begin(), group_swarm::causes().end());
  for (const std::string& what : all) {
    if (last < 100) break;  // with few seeds, one in twenty may well be none
    CAPTURE(what);
    CHECK(seeds_with[what] * 20 >= static_cast<int>(last));
  }
  for (const auto& [what, seeds] : kafkas_own) {
    const std::string& cause = what;
    CAPTURE(cause);
    CHECK(seeds.size() * 50 <= last + 49);  // rare; otherwise the cause is a different one
  }
  CHECK(rebalances > static_cast<std::int64_t>(last));
  CHECK(evictions > 0);
  CHECK(lost > 0);
}

}  // namespace

// No healthy member is evicted, no partition has two owners in a generation or epoch, and a mended group's members own all
// partitions.
TEST_CASE("group swarm classic-eager: every member gives up all its partitions in each rebalance") {
  run_seeds(Kind::Eager);
}
TEST_CASE("group swarm classic-cooperative: members give up only partitions that move (KIP-429)") {
  run_seeds(Kind::Cooperative);
}
TEST_CASE("group swarm consumer: members move to their targets one by one (KIP-848)") { run_seeds(Kind::Consumer); }
TEST_CASE(
    "group swarm mixed: classic members and members of the newer protocol share a group, which is converted when they join and leave") {
  run_seeds(Kind::Mixed);
}
