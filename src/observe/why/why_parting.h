// Why two worlds part: what was set or done differently in one of them, and how that leads to the first difference.
#pragma once
#include "observe/model/fates.h"
#include "observe/time/divergence.h"
#include "observe/why/why.h"

namespace kafkascope::cluster {
class Cluster;
}

namespace kafkascope::observe {

class Observation;

/// A record by its producer, its number among the producer's records, and its place.
struct NamedRecord {
  std::string client;  // its producer
  std::uint32_t number = 0;
  std::string partition;     // "orders-0"; empty: none is chosen yet
  std::int64_t offset = -1;  // -1: it has none
};

/// The record at that point of a line that sends, appends, acknowledges, delivers or truncates records; for a
/// truncation, the first record removed. nullopt also for a failed batch, and with acks=0: the trace does not say which
/// records those were.
std::optional<NamedRecord> record_of_line(const TraceStore& trace, std::size_t line, int point,
                                          const TraceNames& names);
/// "record 293 of acks-1 at orders-0 offset 744".
Words words_of(const NamedRecord& record);

/// A line in which two runs part, as a person would say it; an act names the node that its role meant then.
Words sentence_of_parting(const Moment& world, std::size_t line);

/// Whether the lines of both runs are one event, of the same record if it is one, that only happens at different times. An election is the
/// same with another leader epoch.
bool is_same_event(const Moment& here, const Moment& there, const Parting& at);
/// The sentence for an event that is the same: that of `here`, with the leader epochs of both worlds if they differ.
Words sentence_of_both(const Moment& here, const Moment& there, const Parting& at, bool here_is_b);

/// The record in which two runs part.
struct PartedRecord {
  NamedRecord record;
  bool of_b = false;  // whose line names it
  std::size_t line = 0;
};
/// The record of the earlier line; if that line names none, the record of the other line, if it is about the same
/// batch. nullopt: the runs part in something else.
std::optional<PartedRecord> parted_record(const Parting& at, const TraceStore& a, const TraceNames& names_a,
                                          const TraceStore& b, const TraceNames& names_b);

/// Two worlds at one moment. The answer's links lead to lines of `here`: A, or B (`here_is_b`) if B is the changed
/// copy.
struct TwoWorlds {
  const Moment& here;
  const Moment& there;
  bool here_is_b = false;
};

/// An original difference between the two, not a consequence: a setting, the seed, the metadata mode, an act.
struct Otherwise {
  std::string path;                                  // as for --set: "clients/shop/config/acks"; "steps": an act
  std::string a, b;                                  // the values
  Words words;                                       // "shop: acks is all in A and 1 in B"
  Words meaning;                                     // what the setting does; empty if `words` already says it
  std::string who;                                   // the client or topic that it belongs to; "" if it belongs to none
  std::optional<std::size_t> line_here, line_there;  // of an act
};
std::vector<Otherwise> what_differs(const TwoWorlds& worlds);

/// The answer for the first difference. nullopt: the line is not in the trace, because the run went back before it.
/// `differences`: what_differs(worlds), which reads both worlds' scenarios.
std::optional<Answer> why_parting(const TwoWorlds& worlds, const Parting& at, std::vector<Otherwise> differences);

/// The answer while nothing differs.
Answer why_not_parted(const TwoWorlds& now);
/// Adds when the first difference comes. `later`: copies of both runs that have gone on since the question. `at`: that difference;
/// nullopt: there is none up to where they are. `to_the_end`: they are at their end.
void tell_parting_later(const TwoWorlds& later, const std::optional<Parting>& at, bool to_the_end, sim::Instant asked,
                        Answer& answer);
/// Adds how far the runs' copies are that look for the rest of the answer. `end`: where they stop at the latest; `for_parting`: they look
/// for the first difference.
void tell_looking_ahead(sim::Instant asked, sim::Instant reached, sim::Instant end, bool for_parting, Answer& answer);
/// Adds that the rest of the answer is not looked for any more.
void tell_not_looked_ahead(sim::Instant asked, Answer& answer);

/// What had become of records in both worlds later: at the first moment since which it was the same again, or else at the last one
/// that was looked at.
struct FatesLater {
  FateCounts here, there;
  sim::Instant at;
  sim::Instant until;                  // the last moment that was looked at
  bool is_end = false;                 // that is the end of both runs
  FateCounts asked_here, asked_there;  // when the question was asked
  bool same() const { return first_differing_fates(here, there).en.empty(); }
};
/// Adds that what has become of records differs when the question is asked, and whether that passes. `here_is_b`: as in TwoWorlds.
void tell_fates_now(const FatesLater& later, sim::Instant asked, bool here_is_b, Answer& answer);

}  // namespace kafkascope::observe
