// Errors that no silent node explains: the preceding batch is missing, or the error is only the first part of an
// exchange.
#pragma once
#include <optional>

#include "observe/why/why_parts.h"

namespace kafkascope::observe {

/// Why the log that refused a batch with OUT_OF_ORDER_SEQUENCE_NUMBER lacks the batch before it: that batch was itself
/// refused or failed, or the log has lost it. A null line: the reason is not known.
struct SequenceGap {
  const sim::TraceLine* before = nullptr;
  bool lost = false;
};
SequenceGap sequence_gap(const Story& story, const sim::TraceLine& refused);

/// What led to an error that is explained here; null: another error, see Story::back_of_error.
const sim::TraceLine* back_of_own_error(const Story& story, const sim::TraceLine& failed);

/// The error of a failed batch or record, or of a response; NONE: the line is none of these.
protocol::ErrorCode error_of(const sim::TraceLine& failed);
/// Whether it says that the authorizer refused something.
bool is_authorization(protocol::ErrorCode error);
/// Whether the client only asked a broker that had no producer ids left at that moment: the broker asks the controller
/// for a block of them, and the client asks again.
bool awaits_producer_ids(const Story& story, sim::NodeId client, protocol::ErrorCode error);

/// The start of the broker that does not know the partition, if the controller has not told it of that since. Null: it has, or it
/// told it before that line, or the controller is KRaft's, which a broker reads before it answers clients.
const sim::TraceLine* start_untold(const Story& story, protocol::TopicPartition tp, std::uint64_t before);

/// Why the coordinator no longer knows the member: the member has left, or, since it joined, the coordinator has
/// changed or has lost its log. Null: neither.
const sim::TraceLine* loss_of_membership(const Story& story, sim::NodeId client, std::uint64_t before);

/// Why the coordinator does not know the transactional.id with the producer id that the client has: the id has expired
/// (the line is the last TransactionState), or the coordinator's log has lost it. Null: neither.
const sim::TraceLine* loss_of_id(const Story& story, sim::NodeId client, std::uint64_t before);

/// The answer about an error after which nothing failed, because it is the first part of an exchange. nullopt: another
/// error.
std::optional<Answer> why_nothing_failed(const Asked& asked, const sim::TraceLine* failed);

/// Tells the meaning of an error that is explained here; tells nothing about other errors.
void tell_own_error(Telling& telling, const sim::TraceLine& failed);

/// The replicas that a broker, which answered at that line, wants for a topic that it makes by itself, and the brokers that are
/// there. nullopt: enough are, or it does not make the client's topic.
struct LackOfBrokers {
  std::int64_t factor = 0, there = 0;
};
std::optional<LackOfBrokers> lack_of_brokers(const Story& story, sim::NodeId client, std::uint64_t before);
/// Tells of that lack, if it is why the client got the error.
void tell_lack_of_brokers(Telling& telling, const sim::TraceLine& failed);

/// If the error comes from a transaction that is decided, but not ended yet: tells which markers it still waits for.
void tell_undone_decision(Telling& telling, const sim::TraceLine& refused);

/// If the consumer's process that had partitions last has ended, and the present one has been given none: tells what ended it.
void tell_end_of_assigned(Telling& telling, sim::NodeId client);

/// Tells what a consumer waits for if it has not been assigned a partition since its process started; false: it has
/// been assigned one, or it does not run.
bool tell_not_assigned_yet(Telling& telling, sim::NodeId client);

/// The quota for which brokers throttled the producer during most of the batch's time before that line: delivery.timeout.ms
/// if the batch failed there, request.timeout.ms if it is sent again. Null: no such time ran out, or not because of a quota.
const sim::TraceLine* quota_behind(const Story& story, const sim::TraceLine& ended);

/// What made a coordinator refuse the client at that line, for these two reasons; null: nothing did, or for another reason.
const sim::TraceLine* back_of_taken_instance(const Story& story, sim::NodeId client, std::uint64_t before);
const sim::TraceLine* back_of_protocols(const Story& story, sim::NodeId client, std::uint64_t before);
/// Tells who has the instance id, or which assignors the members have; tells nothing about other errors.
void tell_refused_by_group(Telling& telling, const sim::TraceLine& failed);
/// Why the consumer asks for records that had been removed: it went back to them when they were gone, or something kept it away that
/// would have read them in time; otherwise their removal itself.
const sim::TraceLine* back_of_gone(const Story& story, const sim::TraceLine& thrown, const sim::TraceLine& gone);
/// Why the consumer found no committed offset for the partitions that it got last: they were removed, or lost. If the group
/// never had one for some of them, the assignment itself led to that.
const sim::TraceLine* back_of_no_offset(const Story& story, const sim::TraceLine& thrown);
/// What led to a consumer's position, other than a seek or a failed output: its records or the group's offset were gone, or it was
/// given the partition. Null: it has had it since its start.
const sim::TraceLine* back_of_position(const Story& story, const sim::TraceLine& set);

/// Whether send() failed at that line because it had waited for memory for max.block.ms: in 2.5 with an ordinary TimeoutException, as
/// for metadata, but with the topic and the partition known. Kafka: BufferPool.allocate.
bool waited_for_memory(const Story& story, const sim::TraceLine& failed);
/// Set if send() failed at that line for a partition that was added during the run: whether the client certainly had not heard of the
/// partition. In 2.5 it may also have waited for memory if it had.
std::optional<bool> waited_for_added(const Story& story, const sim::TraceLine& failed);

}  // namespace kafkascope::observe
