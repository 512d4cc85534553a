// KAFKASCOPE_DELIVERY_SEEDS=n: seeds 1 to n of each cell. KAFKASCOPE_DELIVERY_CELLS=words: only cells whose name contains these words.
// KAFKASCOPE_DELIVERY_PART=i/n: every n-th cell, from the i-th on. KAFKASCOPE_DELIVERY_OUT=file: the observed outcomes, for docs/delivery-matrix.json.
// KAFKASCOPE_DELIVERY_SAVE=folder: the scenario files of runs that broke a promise. KAFKASCOPE_DELIVERY_SEED=n: only that seed, and its file is saved in
// any case.
#include "engine/delivery_matrix.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/swarm.h"
#include "support/some.h"

using namespace kafkascope;
using delivery_matrix::Fates;
using delivery_matrix::kOutcomes;
using delivery_matrix::Matrix;
using nlohmann::ordered_json;

namespace {

struct Part {
  std::size_t first = 0, step = 1;
};
Part part_of_all() {
  const char* text = std::getenv("KAFKASCOPE_DELIVERY_PART");
  Part part;
  if (text != nullptr) REQUIRE(std::sscanf(text, "%zu/%zu", &part.first, &part.step) == 2);
  return part;
}

/// The number of a cell's runs that showed an outcome, and the first such seed.
struct Count {
  std::int64_t seen = 0;
  std::uint64_t first = 0;
  void add(bool happened, std::uint64_t seed) {
    if (happened && ++seen == 1) first = seed;
  }
};

ordered_json ids(const std::vector<ordered_json>& rules) {
  ordered_json list = ordered_json::array();
  for (const ordered_json& rule : rules) list.push_back(rule["id"]);
  return list;
}

ordered_json row(const Matrix& matrix, std::size_t cell, std::uint64_t seeds,
                 const std::map<std::string, Count>& counts,
                 const std::map<std::string, std::vector<std::uint64_t>>& kafkas_own) {
  ordered_json row = {{"cell", cell}};
  for (const auto& [axis, meanings] : matrix.promises["axes"].items()) row[axis] = matrix.cells[cell].at(axis);
  row["seeds"] = seeds;
  for (const std::string& outcome : kOutcomes) {
    const auto why = promises::reasons(matrix.promises, "may", outcome, matrix.cells[cell]);
    const Count& count = counts.at(outcome);
    ordered_json& of = row[outcome];
    of["promise"] = why.empty() ? "must not" : "may";
    of["seen"] = count.seen;
    if (count.seen > 0) of["first_seed"] = count.first;
    if (outcome == "duplicated" && count.seen > 0) {
      of["in_log"] = counts.at("in_log").seen;
      of["by_work"] = counts.at("by_work").seen;
    }
    if (!why.empty() && count.seen == 0) of["never_seen"] = true;
    of["why"] = ids(why.empty() ? promises::reasons(matrix.promises, "must_not", outcome, matrix.cells[cell]) : why);
  }
  for (const auto& [cause, found] : kafkas_own) row["kafkas_own"][cause] = found;
  return row;
}

}  // namespace

TEST_CASE("delivery matrix: no run of any cell breaks the cell's promise") {
  const Matrix matrix = delivery_matrix::read_matrix();
  const std::uint64_t seeds =
      swarm::setting("KAFKASCOPE_DELIVERY_SEEDS", std::max<std::uint64_t>(swarm::kSeeds / 20, 1));
  const char* words = std::getenv("KAFKASCOPE_DELIVERY_CELLS");
  const char* out = std::getenv("KAFKASCOPE_DELIVERY_OUT");
  const char* save = std::getenv("KAFKASCOPE_DELIVERY_SAVE");
  const std::string folder = save != nullptr ? save : std::filesystem::temp_directory_path().string();
  const std::uint64_t only = swarm::setting("KAFKASCOPE_DELIVERY_SEED", 0);
  const Part part = part_of_all();
  ordered_json rows = ordered_json::array();
  for (std::size_t cell = part.first; cell < matrix.cells.size(); cell += part.step * kThird) {
    const std::string name = promises::name(matrix.cells[cell]);
    if (words != nullptr && name.find(words) == std::string::npos) continue;
    std::map<std::string, Count> counts;
    std::map<std::string, std::vector<std::uint64_t>> kafkas_own;
    int failures = 0;
    for (std::uint64_t seed = only != 0 ? only : 1; seed <= (only != 0 ? only : seeds); ++seed) {
      const std::string file = delivery_matrix::file_of(matrix, cell, seed);
      const Fates fates = delivery_matrix::run(file);
      std::vector<std::string> broken = delivery_matrix::broken(matrix, cell, fates);
      std::map<std::string, std::string> own;
      if (!broken.empty()) own = delivery_matrix::kafkas_own(file, fates.ended);
      std::erase_if(own, [&](const auto& of) { return std::erase(broken, of.first) == 0; });
      for (const auto& [outcome, cause] : own) kafkas_own[cause].push_back(seed);
      for (const std::string& outcome : kOutcomes)
        counts[outcome].add(fates.of(outcome) > 0 && !own.contains(outcome), seed);
      counts["in_log"].add(fates.duplicated_in_log > 0, seed);
      counts["by_work"].add(fates.repeated_work > 0, seed);
      if (!fates.ill.empty()) broken.push_back(fates.ill);
      const std::string path = fmt::format("{}/delivery-{}-{}.json", folder, cell, seed);
      if (only != 0) {
        std::ofstream(path) << file;
        fmt::print("{}\n  lost {}, repeated {}, out of order {}, skipped {}\n  open: kafkascope {}\n", name,
                   fates.of("lost"), fates.of("duplicated"), fates.of("reordered"), fates.of("skipped"), path);
        std::fflush(stdout);
      }
      if (broken.empty() || ++failures > 3) continue;
      std::ofstream(path) << file;
      FAIL_CHECK(fmt::format("{}, seed {}: {}\n  open: kafkascope {}", name, seed, fmt::join(broken, ", "), path));
    }
    // Kafka's own faults are rare. A defect that looked like one of them would be frequent.
    std::size_t excused = 0;
    for (const auto& [cause, of] : kafkas_own) excused += of.size();
    CHECK_MESSAGE(excused <= seeds / 10 + 1, name);
    rows.push_back(row(matrix, cell, seeds, counts, kafkas_own));
    if (out != nullptr)
      fmt::print("{}: {}\n", name, failures == 0 ? "kept" : fmt::format("{} runs broke it", failures)),
          std::fflush(stdout);
  }
  CHECK(!rows.empty());
  if (out != nullptr) std::ofstream(out) << rows.dump() << "\n";
}
