// Trace lines as sentences, in both languages: for the event log, `tell`, and failure messages.
#pragma once
#include "observe/time/trace_store.h"
#include "observe/words/bilingual.h"

namespace kafkascope::cluster {
struct Command;
}
namespace kafkascope::coordinator {
struct GroupCause;
}
namespace kafkascope::fact {
struct CommandResult;
}

namespace kafkascope::observe {

/// The line as one sentence. Kafka's own names are not translated.
Words sentence(const sim::TraceLine& line, const TraceNames& names);
/// The same, followed by the records that the line wrote into a log: "… (shop/20)".
Words sentence_with_records(const TraceStore& trace, std::size_t index, const TraceNames& names);
/// "billing-1-0e6f…: session timeout" without the suffix that the coordinator appends to the client's id.
std::string without_member_uuids(std::string_view text);
/// A duration in the largest unit that gives at least 1, with three digits: "10 min", "1.5 h".
Words span(std::int64_t us);
/// Why a group changed or a member left it; member ids without the coordinator's suffix. `limit`: TraceNames::limit_behind.
Words group_words(const coordinator::GroupCause& cause, std::string_view limit = {});
/// What a row of the response to an administrator's request says, without its error code.
Words answer_words(const fact::CommandResult& result);
/// A command as spelled in files, with its important numbers.
Words act(const cluster::Command& command);
/// Details of a command that its spelling leaves out: how slow, how many. Empty: none.
Words act_details(const cluster::Command& command);
/// A command as spelled by cluster::to_text, with a Korean verb.
std::string act_in_korean(std::string_view text);
/// A Korean act on one thing, in Korean word order: the thing before the verb, without a colon.
std::string thing_first(std::string korean);
/// Whether the line is important for following the story (an election, a fence, a truncation), as opposed to routine
/// traffic.
bool matters(const sim::TraceLine& line);

}  // namespace kafkascope::observe
