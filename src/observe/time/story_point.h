// What a trace line adds to the story of a run: what a client did or was told, what a partition holds, what was done to the cluster.
// Two runs tell the same story if each of its subjects has the same points in the same order, regardless of time.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "observe/time/trace_store.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::observe {

/// What counts as the same. Within one metadata mode every detail counts; how the records of several clients mix in a log,
/// and which offsets they get by it, is left out to find what matters more. Between the two modes, neither does count, nor
/// which partition is without a leader for a moment while the next one is chosen.
enum class Likeness : std::uint8_t { OfOneMode, OfRecords, BetweenModes };

/// Calls visit(subject, content) for each point that the line adds; a line of records adds one for each. Ids and epochs, which differ where
/// nothing else does, are left out.
using StoryPointVisit = std::function<void(std::string subject, std::string content)>;
void for_each_story_point(const TraceStore& trace, std::size_t index, const TraceNames& names,
                          const StoryPointVisit& visit, Likeness likeness = Likeness::OfOneMode);
/// The act as the file spells it. A file that cuts or slows a link to controller-1 does so to zookeeper-1 in the other mode:
/// between the modes both have one spelling.
std::string spelling_of(const fact::Command& act, Likeness likeness);
/// Whether the line is of interest: not message traffic, and not Kafka's own bookkeeping (metadata records, high watermarks,
/// internal topics).
bool is_of_story(const sim::TraceLine& line, const TraceNames& names);

}  // namespace kafkascope::observe
