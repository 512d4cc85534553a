// What a record waited for before its turn: a leader handles one request of a connection at a time, and a Produce with
// acks=all is handled only once the fetches of the followers have shown that all in-sync replicas have its records.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "observe/why/one_record.h"

namespace kafkascope::observe {

/// The Produce that a later one of the same client waited for, as the trace tells it.
struct Turn {
  const Story::Line* written = nullptr;  // the append of its batch: since then it waited
  const Story::Line* copied = nullptr;   // the advance of the high watermark that ended its wait
  sim::NodeId leader;
  std::string follower;  // whose fetch moved the high watermark; "": no fetch did (the ISR had shrunk)
};
/// What the leader was handling until it wrote the batch of that line. nullopt: nothing held it up there.
std::optional<Turn> turn_at_leader(const Story& story, const Story::Line& appended);
/// What had to be answered before the client could send that batch. nullopt: no answer led to its sending.
std::optional<Turn> turn_to_send(const Story& story, const Story::Line& sent);
/// What a request of that client, which the leader has not handled yet, waits for now: `copied` is null. nullopt: nothing.
std::optional<Turn> turn_now(const Story& story, sim::NodeId client, sim::NodeId leader);

/// How a record got from send() into the log.
struct WayIn {
  const Story::Line* handed = nullptr;
  const Story::Line* sent = nullptr;  // the first request with its batch
  const Story::Line* appended = nullptr;
};
/// The sentence about the longer one of both waits; an empty message if no Turn explains it, or if it was not long.
struct TurnTold {
  words::Message message;
  const Story::Line* line = nullptr;     // what had to wait: the request's sending, or its append
  const Story::Line* written = nullptr;  // since when the other Produce waited
};
/// `holder`: who held up the other Produce, if no fetch ended its wait.
TurnTold turn_told(const Story& story, const RecordName& record, const WayIn& way, const std::string& holder);
bool tell_turn(Telling& telling, const OneRecord& r, const WayIn& way, const std::string& holder);

/// A record of that client that no log has yet: the earlier Produce that the leader of its partition must answer first.
/// An empty message: there is none.
words::Message queued_now(const Story& story, const RecordName& record, protocol::TopicPartition tp);
/// Why a record that another run has in its log by then came later here, or is still to come. nullopt: no Turn is the reason.
std::optional<WhyStep> turn_of_record(const Story& story, const RecordName& record, protocol::TopicPartition tp);

/// The first request with the batch that `appended` wrote; null: the trace does not have it.
const Story::Line* first_send(const Story& story, sim::NodeId client, const Story::Line& handed,
                              const Story::Line& appended);
/// The batches that the client sent to that leader before `sent`, and that had no answer before `answer`, by partition: for
/// each the line that led to its sending, which batches of one request share. A partition's are answered in their order.
std::map<protocol::TopicPartition, std::vector<std::uint64_t>> in_flight(const Story& story, sim::NodeId client,
                                                                         protocol::BrokerId leader, std::uint64_t sent,
                                                                         std::uint64_t answer);
/// Whether these were as many requests as max.in.flight.requests.per.connection allows.
bool was_full(const Story& story, sim::NodeId client, protocol::BrokerId leader, std::uint64_t sent,
              std::uint64_t answer);

}  // namespace kafkascope::observe
