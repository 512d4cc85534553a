// Trace lines as sentences, in both languages: for the event log, `tell`, and what is printed of a failure.
#pragma once
#include "observe/snapshot.h"
#include "observe/trace_store.h"

namespace kafkascope::observe {

/// One sentence. Kafka's own names stay as they are.
Words sentence(const sim::TraceLine& line, const TraceNames& names);
/// Worth telling somebody who follows the story (an election, a fence, a truncation), as against daily traffic.
bool matters(const sim::TraceLine& line);

}  // namespace kafkascope::observe
