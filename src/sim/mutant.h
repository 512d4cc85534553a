// Deliberate defects in the production code, one changed condition each, for testing the tests (docs/mutants.md).
//
// Only a build with KAFKASCOPE_MUTANTS contains them, and only the one that a test has chosen is active; in every other
// build the condition is false at compile time.
#pragma once
#include <string_view>

namespace kafkascope::sim {

#ifdef KAFKASCOPE_MUTANTS
inline std::string_view chosen_mutant;  // "": none; set only by tests, and only while no world runs
inline bool mutant(std::string_view name) { return !chosen_mutant.empty() && chosen_mutant == name; }
#else
constexpr bool mutant(std::string_view) { return false; }
#endif

}  // namespace kafkascope::sim
