// KAFKASCOPE_TRANSACTION_SWARM_SEED=n: only that seed. KAFKASCOPE_TRANSACTION_SWARM_SEEDS=n: seeds 1 to n. KAFKASCOPE_TRANSACTION_SWARM_SAVE=file: saves a
// failing seed, made as small as possible, as a scenario file; with one seed also if it holds. KAFKASCOPE_SWARM_REPORT=file: the report is appended to it.
#include "engine/transaction_swarm.h"

#include "engine/excuses.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdlib>
#include <fstream>

using namespace kafkascope;
using TransactionKind = transaction_swarm::Kind;

namespace {

void run_transaction_seeds(TransactionKind kind) {
  const std::uint64_t only = swarm::setting("KAFKASCOPE_TRANSACTION_SWARM_SEED", 0);
  // The part *before* is two versions, with Kafka 2.5 on even seeds: each gets as many seeds as the others.
  const std::uint64_t seeds = kind == TransactionKind::Before ? swarm::kSeeds : swarm::seeds_of(2);
  const std::uint64_t last = only != 0 ? only : swarm::setting("KAFKASCOPE_TRANSACTION_SWARM_SEEDS", seeds);
  std::map<std::string, int> acts, seeds_with;
  transaction_swarm::Result total;
  std::map<std::string, std::vector<std::uint64_t>> excused;  // the seeds that showed it
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t seed = only != 0 ? only : 1; seed <= last; ++seed) {
    const swarm::Plan plan = transaction_swarm::draw(seed, kind);
    const transaction_swarm::Result result = transaction_swarm::run(plan);
    for (const auto& [verb, count] : result.acts) {
      acts[verb] += count;
      ++seeds_with[verb];
    }
    for (const auto& [state, times] : result.states) total.states[state] += times;
    total.committed += result.committed;
    total.aborted += result.aborted;
    total.records += result.records;
    total.markers += result.markers;
    total.later += result.later;
    total.taken_over += result.taken_over;
    total.open.add(result.open);
    for (const std::string& cause : result.excused_by) excused[cause].push_back(seed);
    const char* path = std::getenv("KAFKASCOPE_TRANSACTION_SWARM_SAVE");
    if (only != 0)
      for (const std::string& cause : result.excused_by) MESSAGE("Kafka's own: ", cause);
    if (result.broken.empty() && only != 0 && path != nullptr) std::ofstream(path) << swarm::to_file(plan);
    if (result.broken.empty()) continue;
    if (path != nullptr) {
      const swarm::Plan small =
          swarm::shrink(plan, result.broken, [](const swarm::Plan& p) { return transaction_swarm::run(p).broken; });
      std::ofstream(path) << swarm::to_file(small);
      MESSAGE("of what is in the file: ", transaction_swarm::run(small).broken);
    }
    FAIL_CHECK("seed ", seed, ": ", result.broken, "\n  replay: KAFKASCOPE_TRANSACTION_SWARM_SEED=", seed,
               " build/release/tests/test_engine -tc='transaction swarm ", transaction_swarm::name(kind), "*'");
  }
  if (only != 0) return;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::string told =
      fmt::format("{} seeds of {} simulated seconds, in {:.1f} s\n\n| act | done | seeds |\n|---|---:|---:|\n", last,
                  transaction_swarm::kSeconds, seconds);
  for (const auto& [verb, count] : acts) told += fmt::format("| {} | {} | {} |\n", verb, count, seeds_with[verb]);
  told += fmt::format(
      "\n| what came of them | |\n|---|---:|\n| transactions committed | {} |\n| transactions aborted | {} |\n| markers written | {} |\n| ... that had to wait for ZooKeeper | {} |\n"
      "| records that readers of committed records got | {} |\n| another coordinator took transactions over | {} times |\n"
      "| transactions open when their time was over | {} |\n| ... for how long at most while their coordinator could end them | {} ms |\n"
      "| ... a decision without all markers, while its coordinator and its leaders could write them | {} ms |\n",
      total.committed, total.aborted, total.markers, total.later, total.records, total.taken_over, total.open.timed_out,
      total.open.longest.us / 1000, total.open.longest_end.us / 1000);
  for (const auto& [what, seeds] : excused)
    told += fmt::format("| Kafka's own: {} | seeds {} |\n", what, fmt::join(seeds, ", "));
  told += swarm::states_table(total.states);
  MESSAGE(told);
  if (const char* path = std::getenv("KAFKASCOPE_SWARM_REPORT")) std::ofstream(path, std::ios::app) << told;
  for (const std::string& what : transaction_swarm::verbs()) {
    if (last < 100) break;  // with few seeds, one in twenty may well be none
    CAPTURE(what);
    CHECK(seeds_with[what] * 20 >= static_cast<int>(last));
  }
  // A cause that excuses many seeds would be our own fault, except for the one that the plans provoke.
  for (const auto& [cause, seeds] : excused) {
    if (cause == transaction_swarm::kLateWrite && kind == TransactionKind::Before) continue;
    const std::string where = fmt::format("{}: seeds {}", cause, fmt::join(seeds, ", "));
    const std::size_t count = seeds.size();
    CHECK_MESSAGE(count <= std::max<std::size_t>(3, last * 3 / 100), where);
  }
  if (last >= 100 && kind == TransactionKind::Before)
    CHECK(excused.contains(std::string(transaction_swarm::kLateWrite)));
  CHECK(total.committed > 10 * static_cast<std::int64_t>(last));
  CHECK(total.aborted > static_cast<std::int64_t>(last));
  CHECK(total.taken_over > 0);
}

}  // namespace

// read_committed readers get each transaction as a whole or not at all, and in order; the effect of each record of `in` occurs once; no transaction
// stays open.
TEST_CASE("transaction swarm older: random faults break no transaction in Kafka 4.1 with the older protocol") {
  run_transaction_seeds(TransactionKind::Older);
}
TEST_CASE("transaction swarm newer: random faults break no transaction with an epoch for each one (KIP-890)") {
  run_transaction_seeds(TransactionKind::Newer);
}
// A write that comes after the end of its transaction may open another one, which nobody ends, or become part of the next; excuses.cpp has the other causes.
TEST_CASE("transaction swarm before: random faults break no transaction without KIP-890, in 4.1 and in 2.5") {
  run_transaction_seeds(TransactionKind::Before);
}
