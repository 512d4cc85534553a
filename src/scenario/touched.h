// The last events about the subject of an expectation, for the report of its failure.
#pragma once
#include <vector>

#include "observe/model/snapshot.h"
#include "observe/model/state_document.h"

namespace kafkascope::scenario {

struct Touched {
  sim::Instant at;
  observe::Words words;
};

/// At most ten, oldest first; empty if no event in the trace is specific to the path.
std::vector<Touched> last_events_about(const std::string& path, const observe::Moment& moment);
/// If there is none about the path itself: events about the client, group or process that it names; failing that, those
/// that matter in the cluster (no internal topics).
std::vector<Touched> last_events_near(const std::string& path, const observe::Moment& moment);

}  // namespace kafkascope::scenario
