// Errors whose reason is no silent node: the batch before it is missing, or the error is only the first part of an answer.
#pragma once
#include <optional>

#include "observe/why/why_parts.h"

namespace kafkascope::observe {

/// Why a log lacks the batch before the one that it refused with OUT_OF_ORDER_SEQUENCE_NUMBER: that batch was itself refused
/// or failed, or the log has lost what it had. A null line: neither is known.
struct SequenceGap {
  const sim::TraceLine* before = nullptr;
  bool lost = false;
};
SequenceGap sequence_gap(const Story& story, const sim::TraceLine& refused);

/// What led to an error that has a reason of its own; null: it has none, see Story::back_of_error.
const sim::TraceLine* back_of_own_error(const Story& story, const sim::TraceLine& failed);

/// The error of a batch, of a record or in an answer; NONE: another line.
protocol::ErrorCode error_of(const sim::TraceLine& failed);
/// Whether the client only asked a broker for a producer id that had none left at that moment: each broker asks the
/// controller for a block of them, and the client asks again.
bool awaits_producer_ids(const Story& story, sim::NodeId client, protocol::ErrorCode error);

/// Why the coordinator does not know the member any more: it has left, or the coordinator or its log is another one since it
/// joined. Null: neither.
const sim::TraceLine* loss_of_membership(const Story& story, sim::NodeId client, std::uint64_t before);

/// The answer about an error with which nothing failed: it is the first part of a conversation. nullopt: another error.
std::optional<Answer> why_nothing_failed(const Asked& asked, const sim::TraceLine* failed);

/// Tells what an error means that has a reason of its own; says nothing about another one.
void tell_own_error(Telling& telling, const sim::TraceLine& failed);

/// Tells what a consumer waits for that has not been assigned a partition since its process started; false: it has been, or it
/// does not run.
bool tell_not_assigned_yet(Telling& telling, sim::NodeId client);

/// The quota for which brokers throttled the producer for most of the time that the batch had (delivery.timeout.ms, or
/// request.timeout.ms if it is sent again) until that line; null: that time did not run out, or not because of a quota.
const sim::TraceLine* quota_behind(const Story& story, const sim::TraceLine& ended);

}  // namespace kafkascope::observe
