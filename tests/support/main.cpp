// KAFKASCOPE_DEFECT=name: the whole program with that deliberate defect (docs/mutants.md), in a build that has them.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>

#include "sim/mutant.h"

int main(int argc, char** argv) {
#ifdef KAFKASCOPE_MUTANTS
  if (const char* name = std::getenv("KAFKASCOPE_DEFECT")) kafkascope::sim::chosen_mutant = name;
#endif
  return doctest::Context(argc, argv).run();
}
