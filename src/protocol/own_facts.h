// Facts with a header of their own, fact_<name>.h: their kinds are numbers behind those of Trace, and their sentences are made from their
// fields (observe/words/own_words.h). A new fact is one of these; few files are compiled anew for it.
#pragma once
#include "sim/fact.h"

namespace kafkascope::fact {

using OwnFacts = sim::FactList<>;

}  // namespace kafkascope::fact
