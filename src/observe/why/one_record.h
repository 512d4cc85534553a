// The record that a question is about, and what several answers say about it.
#pragma once
#include <string>
#include <vector>

#include "observe/why/copies.h"
#include "observe/why/why_parts.h"

namespace kafkascope::observe {

/// The record in question, with what the trace says about it.
struct OneRecord {
  std::string client;
  sim::NodeId node;
  std::uint32_t number = 0;
  RecordState state;
  std::vector<Copy> copies;
};

/// The appends of the record by leaders, the first one first.
std::vector<const Story::Line*> appends(const Story& story, const OneRecord& r);
/// A retry of the record's own batch, after an attempt that may have been appended.
struct OwnRetry {
  const Story::Line *sent = nullptr, *retried = nullptr;  // the attempt, and the line that ended it; null: unknown
};
/// The retry after the attempt that `appended` wrote, or after the first attempt that may have written it.
OwnRetry own_retry(const Story& story, const OneRecord& r, const Story::Line& appended);
/// What kept an in-sync replica from copying the record between the two lines, if a producer with acks=all had to wait
/// for that copy, so that no answer could have been a success. Null: nothing did, or the copies were there.
const Story::Line* copy_missing(const Story& story, const OneRecord& r, const Story::Line& from, const Story::Line& to);
/// Whether the leader answers this producer only when the in-sync replicas have its records as well (acks=all).
bool waits_for_copies(const Story& story, sim::NodeId producer);
/// Tells what the record waits for now: an answer, its turn, a leader. A past fault is mentioned only if it is the
/// reason why the record still waits.
void tell_pending(Telling& telling, const OneRecord& r);
/// Tells that the broker throttles the producer, which has used up its quota, so that it sends nothing for a while; false: not
/// now.
bool tell_throttled(Telling& telling, sim::NodeId client, sim::NodeId broker);
/// Whether the record was acknowledged much later than this client's quick records.
bool is_late(const Story& story, const OneRecord& r);
Question asks_why_late(const OneRecord& r);
/// Tells on which part of its way a late record waited, and what held it up there.
void tell_late(Telling& telling, const OneRecord& r);
/// Tells that the record waited long because the client's earlier Produce requests waited for the followers, and what
/// slowed the followers; false: it did not, and nothing is added.
bool tell_queued(Telling& telling, const OneRecord& r, const Story::Line& handed, const Story::Line& appended);
/// Tells the line and what led to it. If that chain begins with a repair, it goes back to the fault that was repaired,
/// provided that the record waited because of the fault.
void tell_fault(Telling& telling, const OneRecord& r, const Story::Line* line, Weight first);
/// Tells who had the record when its producer counted it as acknowledged.
void tell_acked(Telling& telling, const OneRecord& r, Weight weight);
/// Whether the leader's log had the record and has removed it in the usual way: with its segment, by DeleteRecords, or
/// by compaction.
bool is_gone(const Story& story, const OneRecord& r);
/// Tells what removed such a record, and when.
void tell_gone(Telling& telling, const OneRecord& r);
/// The ledger's name for a reader: its group, or "@name" for a consumer without one.
std::string reader_name(const Story& story, sim::NodeId node);
/// The offset at which the line handed the record over to a reader; unknown if the line was about other records.
protocol::Offset handed_at(const Story& story, const Story::Line& l, RecordName record);
/// Tells why no log has the record any more.
void tell_lost(Telling& telling, const OneRecord& r);

}  // namespace kafkascope::observe
