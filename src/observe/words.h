// Trace lines as sentences, in both languages: for the event log, `tell`, and what is printed of a failure.
#pragma once
#include "observe/snapshot.h"
#include "observe/trace_store.h"

namespace kafkascope::cluster {
struct Command;
}

namespace kafkascope::observe {

/// One sentence. Kafka's own names stay as they are.
Words sentence(const sim::TraceLine& line, const TraceNames& names);
/// "billing-1-0e6f…: session timeout" without what the coordinator put behind the client's id.
std::string without_member_uuids(std::string_view text);
/// A duration in the largest unit that it fills, three digits of it: "10 min", "1.5 h".
Words span(std::int64_t us);
/// A command as files spell it, with what matters of its numbers.
Words act(const cluster::Command& command);
/// What a configuration key does; "" if it has no text.
std::string_view config_in_korean(std::string_view key);
/// What its spelling leaves out, for people: how slow, how many. Empty: nothing.
Words act_details(const cluster::Command& command);
/// A command as cluster::to_text spells it, its verb in Korean.
std::string act_in_korean(std::string_view text);
/// Worth telling somebody who follows the story (an election, a fence, a truncation), as against daily traffic.
bool matters(const sim::TraceLine& line);

}  // namespace kafkascope::observe
