// Facts of brokers about their replicas and logs, and about clients that they refuse or delay.
#pragma once
#include "protocol/api_key.h"
#include "protocol/errors.h"
#include "protocol/fact_texts.h"
#include "protocol/reasons.h"
#include "protocol/trace_kinds.h"

namespace kafkascope::fact {

using protocol::BrokerId;
using protocol::LeaderEpoch;
using protocol::Offset;
using protocol::TopicPartition;
using protocol::Trace;

struct BecameLeader {
  KAFKASCOPE_FACT(Trace::BecameLeader, "replica.leader")
  TopicPartition partition;
  LeaderEpoch leader_epoch;
  Offset start_offset;
  IdsText isr;
  KAFKASCOPE_FIELDS(partition, leader_epoch, start_offset, isr)
};
struct BecameFollower {
  KAFKASCOPE_FACT(Trace::BecameFollower, "replica.follower")
  TopicPartition partition;
  LeaderEpoch leader_epoch;
  BrokerId leader;
  KAFKASCOPE_FIELDS(partition, leader_epoch, leader)
};
/// On a leader. The line refers to the batch.
struct LogAppended {
  KAFKASCOPE_FACT(Trace::LogAppended, "log.append")
  TopicPartition partition;
  Offset base_offset, last_offset;
  LeaderEpoch leader_epoch;
  KAFKASCOPE_FIELDS(partition, base_offset, last_offset, leader_epoch)
};
/// On a follower. The line refers to the batch.
struct LogReplicated {
  KAFKASCOPE_FACT(Trace::LogReplicated, "log.replicate")
  TopicPartition partition;
  Offset base_offset, last_offset;
  LeaderEpoch leader_epoch;
  KAFKASCOPE_FIELDS(partition, base_offset, last_offset, leader_epoch)
};
/// The records written to a replica's log, by an append as leader or by a fetch as follower.
struct Written {
  Offset base_offset, last_offset;
  LeaderEpoch leader_epoch;
};
/// nullopt if the line is neither LogAppended nor LogReplicated.
inline std::optional<Written> written_in(const sim::TraceLine& line) {
  if (const auto f = fact_if<LogAppended>(line)) return Written{f->base_offset, f->last_offset, f->leader_epoch};
  if (const auto f = fact_if<LogReplicated>(line)) return Written{f->base_offset, f->last_offset, f->leader_epoch};
  return std::nullopt;
}
struct LogTruncated {
  KAFKASCOPE_FACT(Trace::LogTruncated, "log.truncate")
  TopicPartition partition;
  Offset to, from;
  TruncationReason reason;
  KAFKASCOPE_FIELDS(partition, to, from, reason)
};
/// After a restart.
struct LogRecovered {
  KAFKASCOPE_FACT(Trace::LogRecovered, "log.recover")
  TopicPartition partition;
  Offset log_end_offset;
  Offset lost_from;            // the old end if a tail was lost, else -1
  std::int64_t scanned_bytes;  // 0 after an orderly stop
  std::int64_t torn_bytes;     // size of an incomplete batch
  KAFKASCOPE_FIELDS(partition, log_end_offset, lost_from, scanned_bytes, torn_bytes)
};
struct LogFlushed {
  KAFKASCOPE_FACT(Trace::LogFlushed, "log.flush")
  TopicPartition partition;
  Offset to;
  KAFKASCOPE_FIELDS(partition, to)
};
struct LogDirOffline {
  KAFKASCOPE_FACT(Trace::LogDirOffline, "dir.offline")
  std::int32_t directory;
  std::int64_t replicas;
  DirFailureReason reason;
  KAFKASCOPE_FIELDS(directory, replicas, reason)
};
/// The amount that a start after an unclean shutdown reads before the broker can serve requests.
struct LogsLoading {
  KAFKASCOPE_FACT(Trace::LogsLoading, "log.loading")
  std::int64_t bytes;
  sim::Duration takes_us;
  KAFKASCOPE_FIELDS(bytes, takes_us)
};
struct SegmentRolled {
  KAFKASCOPE_FACT(Trace::SegmentRolled, "segment.roll")
  TopicPartition partition;
  Offset base_offset, closed_base_offset;
  std::int64_t closed_bytes;
  KAFKASCOPE_FIELDS(partition, base_offset, closed_base_offset, closed_bytes)
};
struct SegmentDeleted {
  KAFKASCOPE_FACT(Trace::SegmentDeleted, "segment.delete")
  TopicPartition partition;
  Offset base_offset, next_base_offset;
  std::int64_t bytes;
  SegmentDeletionReason reason;
  KAFKASCOPE_FIELDS(partition, base_offset, next_base_offset, bytes, reason)
};
struct LogStartAdvanced {
  KAFKASCOPE_FACT(Trace::LogStartAdvanced, "log.start")
  TopicPartition partition;
  Offset from, to;
  LogStartReason reason;
  KAFKASCOPE_FIELDS(partition, from, to, reason)
};
struct LogCompacted {
  KAFKASCOPE_FACT(Trace::LogCompacted, "log.compact")
  TopicPartition partition;
  Offset clean_until;
  std::int64_t records_before, records_after;
  std::int64_t tombstones_kept, tombstones_dropped;
  KAFKASCOPE_FIELDS(partition, clean_until, records_before, records_after, tombstones_kept, tombstones_dropped)
};
/// On a leader.
struct HighWatermarkAdvanced {
  KAFKASCOPE_FACT(Trace::HighWatermarkAdvanced, "hw.advance")
  TopicPartition partition;
  Offset from, to;
  LeaderEpoch leader_epoch;
  KAFKASCOPE_FIELDS(partition, from, to, leader_epoch)
};
struct FollowerHighWatermark {
  KAFKASCOPE_FACT(Trace::FollowerHighWatermark, "hw.follower")
  TopicPartition partition;
  Offset from, to;
  LeaderEpoch leader_epoch;
  KAFKASCOPE_FIELDS(partition, from, to, leader_epoch)
};
/// A shrink that the leader asked for is committed.
struct IsrShrink {
  KAFKASCOPE_FACT(Trace::IsrShrink, "isr.shrink")
  TopicPartition partition;
  protocol::PartitionEpoch partition_epoch;
  IdsChangeText isr;
  KAFKASCOPE_FIELDS(partition, partition_epoch, isr)
};
struct IsrExpand {
  KAFKASCOPE_FACT(Trace::IsrExpand, "isr.expand")
  TopicPartition partition;
  protocol::PartitionEpoch partition_epoch;
  IdsChangeText isr;
  KAFKASCOPE_FIELDS(partition, partition_epoch, isr)
};
/// A broker answers with an error for the partition.
struct RequestRefused {
  KAFKASCOPE_FACT(Trace::RequestRefused, "request.refused")
  TopicPartition partition;
  protocol::ApiKey api;
  protocol::ErrorCode error;
  sim::NodeId client;
  KAFKASCOPE_FIELDS(partition, api, error, client)
};
struct DuplicateBatch {
  KAFKASCOPE_FACT(Trace::DuplicateBatch, "log.duplicate")
  TopicPartition partition;
  Offset base_offset;
  std::int32_t base_sequence;
  protocol::ProducerId producer_id;
  KAFKASCOPE_FIELDS(partition, base_offset, base_sequence, producer_id)
};
/// The replica was moved away, or its topic was deleted.
struct LogDeleted {
  KAFKASCOPE_FACT(Trace::LogDeleted, "log.delete")
  TopicPartition partition;
  Offset log_end_offset;
  bool stray;  // found at a start
  KAFKASCOPE_FIELDS(partition, log_end_offset, stray)
};
/// The follower does not fetch the partition again until there is a new leader epoch.
struct ReplicaFailed {
  KAFKASCOPE_FACT(Trace::ReplicaFailed, "replica.failed")
  TopicPartition partition;
  Offset batch_base_offset, log_end_offset;
  LeaderEpoch leader_epoch;
  ReplicaFailureReason reason;
  KAFKASCOPE_FIELDS(partition, batch_base_offset, log_end_offset, leader_epoch, reason)
};
/// The broker has answered the client, and does not read from its connection for this time.
struct ClientThrottled {
  KAFKASCOPE_FACT(Trace::ClientThrottled, "client.throttled")
  sim::NodeId client;
  std::int64_t ms;
  protocol::ApiKey api;
  KAFKASCOPE_FIELDS(client, ms, api)
};
/// Found by the check that runs every producer.id.expiration.check.interval.ms.
struct ProducerExpired {
  KAFKASCOPE_FACT(Trace::ProducerExpired, "producer.expire")
  TopicPartition partition;
  protocol::ProducerId producer_id;
  KAFKASCOPE_FIELDS(partition, producer_id)
};

using FactsOfLogs =
    sim::FactList<BecameLeader, BecameFollower, LogAppended, LogReplicated, LogTruncated, LogRecovered, LogFlushed,
                  LogDirOffline, LogsLoading, SegmentRolled, SegmentDeleted, LogStartAdvanced, LogCompacted,
                  HighWatermarkAdvanced, FollowerHighWatermark, IsrShrink, IsrExpand, RequestRefused, DuplicateBatch,
                  LogDeleted, ReplicaFailed, ClientThrottled, ProducerExpired>;

}  // namespace kafkascope::fact
