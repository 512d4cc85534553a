// What a record waited for before its turn: a leader handles one request of a connection at a time, and a Produce with
// acks=all is handled only once the fetches of the followers have shown that all in-sync replicas have its records.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "observe/why/one_record.h"

namespace kafkascope::observe {

/// The Produce that a later one of the same client waited for, as the trace tells it. A producer without acks=all has
/// none: its requests wait for no follower.
struct Turn {
  const Story::Line* written = nullptr;  // the append of its batch: since then it waited
  const Story::Line* copied = nullptr;   // the advance of the high watermark that ended its wait
  sim::NodeId leader;
  std::string follower;  // whose fetch moved the high watermark; "": no fetch did (the ISR had shrunk)
};
/// The Produce that the leader was handling until it wrote the batch of that line. nullopt: none held the batch up
/// there.
std::optional<Turn> turn_at_leader(const Story& story, const Story::Line& appended);
/// The Produce that had to be answered before the client could send that batch. nullopt: no answer led to its sending.
std::optional<Turn> turn_to_send(const Story& story, const Story::Line& sent);
/// The Produce for which a request of that client, not handled yet by the leader, waits now: its `copied` is null.
/// nullopt: none.
std::optional<Turn> turn_now(const Story& story, sim::NodeId client, sim::NodeId leader);

/// How a record got from send() into the log.
struct WayIn {
  const Story::Line* handed = nullptr;
  const Story::Line* sent = nullptr;  // the first request with its batch
  const Story::Line* appended = nullptr;
};
/// The sentence about the longer of both waits; an empty message if no Turn explains that wait, or if it was short.
struct TurnTold {
  words::Message message;
  const Story::Line* line = nullptr;     // what had to wait: the request's sending, or its append
  const Story::Line* written = nullptr;  // since when the other Produce waited
};
/// `holder`: the node that held up the other Produce, if no fetch ended its wait.
TurnTold turn_told(const Story& story, const RecordName& record, const WayIn& way, const std::string& holder);
bool tell_turn(Telling& telling, const OneRecord& r, const WayIn& way, const std::string& holder);

/// For a record of that client that is in no log yet: the earlier Produce that the partition's leader must answer
/// first. An empty message: there is none.
words::Message queued_now(const Story& story, const RecordName& record, protocol::TopicPartition tp);
/// Why a record that is in another run's log by then came later here, or is still to come. nullopt: no Turn is the
/// reason.
std::optional<WhyStep> turn_of_record(const Story& story, const RecordName& record, protocol::TopicPartition tp);

/// The first request with the batch that `appended` wrote; null: the trace does not have it.
const Story::Line* first_send(const Story& story, sim::NodeId client, const Story::Line& handed,
                              const Story::Line& appended);
/// The batches, by partition, that the client sent to that leader before `sent` and that had no answer before `answer`.
/// Each is given by the line that led to its sending, which the batches of one request share. The batches of a
/// partition are answered in their order.
std::map<protocol::TopicPartition, std::vector<std::uint64_t>> in_flight(const Story& story, sim::NodeId client,
                                                                         protocol::BrokerId leader, std::uint64_t sent,
                                                                         std::uint64_t answer);
/// Whether these batches took as many requests as max.in.flight.requests.per.connection allows.
bool was_full(const Story& story, sim::NodeId client, protocol::BrokerId leader, std::uint64_t sent,
              std::uint64_t answer);

}  // namespace kafkascope::observe
