// The last events about what an expectation looks at, for the report of its failure.
#pragma once
#include <vector>

#include "observe/snapshot.h"
#include "observe/state_document.h"

namespace kafkascope::scenario {

struct Touched {
  sim::Instant at;
  observe::Words words;
};

/// At most ten, oldest first; none where no event in the trace belongs to the path alone.
std::vector<Touched> last_events_about(const std::string& path, const observe::Moment& moment);
/// About anything that matters in the cluster, likewise.
std::vector<Touched> last_events(const observe::Moment& moment);

}  // namespace kafkascope::scenario
