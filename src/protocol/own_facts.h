// Facts with a header of their own, fact_<name>.h: their kinds are numbers after those of Trace, and their sentences
// are made from their fields (observe/words/own_words.h). A new fact belongs here, because few files must then be
// recompiled.
#pragma once
#include "sim/fact.h"

namespace kafkascope::fact {

using OwnFacts = sim::FactList<>;

}  // namespace kafkascope::fact
