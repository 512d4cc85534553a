// Deliberate defects, one changed condition each in the production code, for testing the tests (docs/mutants.md).
//
// Only a build with KAFKASCOPE_MUTANTS contains them, and only the one that a test chose is active; in every other build the condition
// is a compile-time false.
#pragma once
#include <string_view>

namespace kafkascope::sim {

#ifdef KAFKASCOPE_MUTANTS
inline std::string_view chosen_mutant;  // "" = none; set by tests only, while no world runs
inline bool mutant(std::string_view name) { return !chosen_mutant.empty() && chosen_mutant == name; }
#else
constexpr bool mutant(std::string_view) { return false; }
#endif

}  // namespace kafkascope::sim
