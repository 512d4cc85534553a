// The order in which a question's choices are shown: random, so that the positions give nothing away
// (docs/scenario-format.md, "The lesson as a medium").
#pragma once
#include <cstdint>

#include "scenario/scenario.h"

namespace kafkascope::scenario {

/// Shuffles the choices into the order in which they are shown, and adjusts `answer`. The order depends on the seed,
/// the question and the choices' texts, not on the order in the file.
void draw_order(Ask& ask, std::uint64_t seed);

}  // namespace kafkascope::scenario
