// Checks that the delivery matrix can fail: it finds defects that were not made for it by the fates of records, without invariants. Only in a
// build with KAFKASCOPE_MUTANTS (docs/mutants.md).
#ifdef KAFKASCOPE_MUTANTS
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/delivery_matrix.h"
#include "sim/mutant.h"

using namespace kafkascope;

namespace {

struct Shown {
  std::string_view defect, outcome;
};
constexpr Shown kShownByTheMatrix[] = {
    {"acks-all-answered-at-append", "lost"}, {"recovery-skips-the-tail", "lost"},
    {"duplicates-appended", "duplicated"},   {"heartbeat-restarts-no-session", "duplicated"},
    {"commits-before-the-work", "skipped"},  {"reset-always-to-the-end", "skipped"},
    {"position-not-validated", "skipped"},   {"transform-commits-first", "skipped"},
    {"any-sequence-accepted", "reordered"},
};

/// Whether seed 1 of a cell shows the outcome although the cell promises that it does not happen, and Kafka's own causes do not
/// excuse it.
bool shows(const delivery_matrix::Matrix& matrix, std::string_view outcome) {
  for (std::size_t cell = 0; cell < matrix.cells.size(); ++cell) {
    const std::string file = delivery_matrix::file_of(matrix, cell, 1);
    const delivery_matrix::Fates fates = delivery_matrix::run(file);
    const std::vector<std::string> broken = delivery_matrix::broken(matrix, cell, fates);
    if (std::find(broken.begin(), broken.end(), outcome) != broken.end() &&
        !delivery_matrix::kafkas_own(file, fates.ended).contains(std::string(outcome)))
      return true;
  }
  return false;
}

}  // namespace

TEST_CASE("mutants: one seed per cell of the delivery matrix reveals these defects by what happens to records") {
  const delivery_matrix::Matrix matrix = delivery_matrix::read_matrix();
  for (const Shown& shown : kShownByTheMatrix) {
    sim::chosen_mutant = shown.defect;
    CHECK_MESSAGE(shows(matrix, shown.outcome), std::string(shown.defect));
    sim::chosen_mutant = {};
  }
}
#endif
