// Facts of producers, consumers and the administrator's client. node = the client.
#pragma once
#include "protocol/errors.h"
#include "protocol/fact_texts.h"
#include "protocol/reasons.h"
#include "protocol/trace_kinds.h"

namespace kafkascope::fact {

using protocol::BrokerId;
using protocol::Offset;
using protocol::TopicPartition;
using protocol::Trace;

/// send() receives a record.
struct RecordSent {
  KAFKASCOPE_FACT(Trace::RecordSent, "record.sent")
  TopicPartition partition;
  std::uint32_t number;
  Text key;
  KAFKASCOPE_FIELDS(partition, number, key)
};
/// A batch leaves in a Produce request. The line refers to the batch, like every fact about batches.
struct BatchSent {
  KAFKASCOPE_FACT(Trace::BatchSent, "batch.sent")
  TopicPartition partition;
  std::int32_t count, attempt, base_sequence;
  KAFKASCOPE_FIELDS(partition, count, attempt, base_sequence)
};
/// The batch's futures complete without an exception.
struct BatchAcked {
  KAFKASCOPE_FACT(Trace::BatchAcked, "batch.acked")
  TopicPartition partition;
  std::int32_t count;
  Offset base_offset;
  std::int32_t attempt;
  KAFKASCOPE_FIELDS(partition, count, base_offset, attempt)
};
struct BatchRetried {
  KAFKASCOPE_FACT(Trace::BatchRetried, "batch.retried")
  TopicPartition partition;
  std::int32_t count;
  protocol::ErrorCode error;
  std::int32_t attempt;
  KAFKASCOPE_FIELDS(partition, count, error, attempt)
};
/// The batch's futures complete with an exception.
struct BatchFailed {
  KAFKASCOPE_FACT(Trace::BatchFailed, "batch.failed")
  TopicPartition partition;
  std::int32_t count;
  protocol::ErrorCode error;
  Text exception;
  KAFKASCOPE_FIELDS(partition, count, error, exception)
};
/// A record fails before it has been added to a batch.
struct RecordFailed {
  KAFKASCOPE_FACT(Trace::RecordFailed, "record.failed")
  TopicPartition partition;
  std::uint32_t number;
  protocol::ErrorCode error;
  Text exception;
  KAFKASCOPE_FIELDS(partition, number, error, exception)
};
/// An error in a response; see /clients/x/errors.
struct ClientError {
  KAFKASCOPE_FACT(Trace::ClientError, "client.error")
  TopicPartition partition;
  protocol::ErrorCode error;  // NONE: an exception without a code
  std::int64_t count;
  Text exception;
  KAFKASCOPE_FIELDS(partition, error, count, exception)
};
struct ClientMetadata {
  KAFKASCOPE_FACT(Trace::ClientMetadata, "client.metadata")
  std::int32_t brokers, topics;
  KAFKASCOPE_FIELDS(brokers, topics)
};
struct ClientBootstrapped {
  KAFKASCOPE_FACT(Trace::ClientBootstrapped, "client.bootstrap")
  BrokerId broker;
  KAFKASCOPE_FIELDS(broker)
};
/// poll() returns records. The line refers to their batch.
struct RecordDelivered {
  KAFKASCOPE_FACT(Trace::RecordDelivered, "record.delivered")
  TopicPartition partition;
  Offset first_offset, last_offset;
  Text group;
  KAFKASCOPE_FIELDS(partition, first_offset, last_offset, group)
};
/// The application has processed a record. The line refers to its batch.
struct RecordProcessed {
  KAFKASCOPE_FACT(Trace::RecordProcessed, "record.processed")
  TopicPartition partition;
  Offset offset;
  Text group;
  KAFKASCOPE_FIELDS(partition, offset, group)
};
struct PositionSet {
  KAFKASCOPE_FACT(Trace::PositionSet, "position.set")
  TopicPartition partition;
  Offset offset;
  PositionReason reason;
  KAFKASCOPE_FIELDS(partition, offset, reason)
};
struct PartitionsAssigned {
  KAFKASCOPE_FACT(Trace::PartitionsAssigned, "partitions.assigned")
  std::int32_t generation, count;
  PartitionsText partitions;
  KAFKASCOPE_FIELDS(generation, count, partitions)
};
struct PartitionsRevoked {
  KAFKASCOPE_FACT(Trace::PartitionsRevoked, "partitions.revoked")
  std::int32_t generation, count;
  PartitionsText partitions;
  KAFKASCOPE_FIELDS(generation, count, partitions)
};
struct PartitionsLost {
  KAFKASCOPE_FACT(Trace::PartitionsLost, "partitions.lost")
  std::int32_t generation, count;
  PartitionsText partitions;
  KAFKASCOPE_FIELDS(generation, count, partitions)
};
struct ReadReplicaChosen {
  KAFKASCOPE_FACT(Trace::ReadReplicaChosen, "replica.preferred")
  TopicPartition partition;
  BrokerId broker;  // kNoBroker: the leader again
  ReadReplicaReason reason;
  KAFKASCOPE_FIELDS(partition, broker, reason)
};
/// The response to an administrative action.
struct CommandResult {
  KAFKASCOPE_FACT(Trace::CommandResult, "command.result")
  protocol::ErrorCode error;
  std::uint64_t call;
  std::int64_t rows_left;
  Text name;  // of the row: a topic, "orders-0", "topic:orders", a broker's id
  AnswerReason reason;
  Offset offset;  // of LowWatermark and OffsetSet
  Text message;   // of an error: Kafka's own
  KAFKASCOPE_FIELDS(error, call, rows_left, name, reason, offset, message)
};
/// An administrator is about to commit for a group, whose committed offsets may decrease.
struct OffsetsReset {
  KAFKASCOPE_FACT(Trace::OffsetsReset, "offsets.reset")
  Text group;
  KAFKASCOPE_FIELDS(group)
};

/// A transactional producer changes its state. The states' numbers are those of client::TransactionState.
struct ProducerTransaction {
  KAFKASCOPE_FACT(Trace::ProducerTransaction, "producer.transaction")
  std::int64_t from, to;
  protocol::ProducerId producer_id;
  std::int32_t producer_epoch;
  Text exception;  // class of the error that caused the change; empty: no error
  KAFKASCOPE_FIELDS(from, to, producer_id, producer_epoch, exception)
};

using FactsOfClients = sim::FactList<RecordSent, BatchSent, BatchAcked, BatchRetried, BatchFailed, RecordFailed,
                                     ClientError, ClientMetadata, ClientBootstrapped, RecordDelivered, RecordProcessed,
                                     PositionSet, PartitionsAssigned, PartitionsRevoked, PartitionsLost,
                                     ReadReplicaChosen, CommandResult, OffsetsReset, ProducerTransaction>;

}  // namespace kafkascope::fact
