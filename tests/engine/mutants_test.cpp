// Every deliberate defect is looked for by what knows none of them: the lessons, the stories and the swarm. Only in a build with
// KAFKASCOPE_MUTANTS. KAFKASCOPE_MUTANT=name: that one alone. KAFKASCOPE_MUTANTS_REPORT=file: the table of docs/mutants.md.
#ifdef KAFKASCOPE_MUTANTS
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "engine/swarm.h"
#include "scenario/files.h"
#include "scenario/load.h"
#include "sim/mutant.h"

using namespace kafkascope;

namespace {

constexpr std::string_view kMutants[] = {
    "hw-one-too-far",        "hw-ignores-the-isr",     "hw-moves-below-min-isr",    "leader-epoch-not-bumped",       "fenced-epoch-accepted",
    "divergence-not-told",   "votes-twice",            "vote-for-a-shorter-log",    "own-unflushed-entries-count",   "older-epochs-commit",
    "duplicates-appended",   "sequence-gap-accepted",  "isr-expands-too-early",     "election-outside-the-isr",      "min-isr-unchecked",
    "acks-all-answered-at-append", "consumers-read-past-the-hw", "unclean-shutdown-stays-in-isr", "generation-unchecked",
    "retention-one-segment-too-many", "retention-passes-the-hw", "tombstone-dropped-at-once", "compaction-passes-the-hw", "compaction-forgets-producers",
};
constexpr std::string_view kNotCaught[] = {"retention-passes-the-hw", "compaction-passes-the-hw", "compaction-forgets-producers"};
constexpr std::uint64_t kDefectSeeds = 200;  // a defect that these do not show is listed as not caught

struct Chosen {
  explicit Chosen(std::string_view name) { sim::chosen_mutant = name; }
  ~Chosen() { sim::chosen_mutant = {}; }
  Chosen(const Chosen&) = delete;
  Chosen& operator=(const Chosen&) = delete;
};

/// What the lessons and stories say, "" if they hold.
std::string broken_by_files() {
  std::vector<std::filesystem::path> files;
  for (const char* folder : {"scenarios", "tests/stories"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source_path(folder)))
      if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& path : files) {
    const std::string text = read_text(path);
    const scenario::Loaded base = scenario::load(text);
    if (!base.ok()) return path.stem().string() + ": does not load";
    for (const scenario::Variant& variant : base.scenario->variants) {
      scenario::Session session(std::make_shared<scenario::Scenario>(*scenario::load(text, {.variant = variant.id}).scenario));
      session.run_to_end();
      if (session.ok()) continue;
      const auto& violations = session.observation().invariants().violations();
      return fmt::format("`{}`{}: {}", path.stem().string(), variant.id == "base" ? "" : " (" + variant.id + ")",
                         !violations.empty()                          ? violations[0].name
                         : session.cluster().world().faulted() ? "engine fault"
                                                                      : "an expectation failed");
    }
  }
  return "";
}

}  // namespace

TEST_CASE("mutants: the deliberate defects are caught by a lesson, a story or the swarm, all but those named here") {
  const char* only = std::getenv("KAFKASCOPE_MUTANT");
  std::string table = "| defect | caught by | after |\n|---|---|---|\n";
  int caught = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (std::string_view name : kMutants) {
    if (only != nullptr && name != only) continue;
    const Chosen chosen(name);
    std::string by = broken_by_files();
    std::string after = "the lessons and stories";
    for (std::uint64_t seed = 1; by.empty() && seed <= kDefectSeeds; ++seed) {
      by = swarm::run(seed).broken;
      after = fmt::format("{} seed{}", seed, seed == 1 ? "" : "s");
    }
    caught += !by.empty();
    CHECK_MESSAGE(by.empty() == (std::find(std::begin(kNotCaught), std::end(kNotCaught), name) != std::end(kNotCaught)), name);
    const std::string what = by.empty() ? "not caught" : by.substr(0, by.find(" (topic"));
    MESSAGE(fmt::format("{}: {}{}", name, what, by.empty() ? "" : ", after " + after));
    table += fmt::format("| `{}` | {} | {} |\n", name, what, after);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  MESSAGE(fmt::format("{} of {} caught in {:.0f} s", caught, std::size(kMutants), seconds));
  if (const char* path = std::getenv("KAFKASCOPE_MUTANTS_REPORT")) std::ofstream(path) << table;
}

TEST_CASE("mutants: with none chosen the build is the others'") {
  CHECK_FALSE(sim::mutant("hw-one-too-far"));
  CHECK_FALSE(sim::mutant(""));
  CHECK(broken_by_files().empty());
}
#endif
