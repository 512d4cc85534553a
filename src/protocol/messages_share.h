// Share groups (KIP-932): the member's heartbeat, fetching and acknowledging record by record, and what the leader of a partition
// has stored about its records. Kafka: ShareGroupHeartbeatRequest, ShareFetchRequest, ... of 4.1.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/errors.h"
#include "protocol/ids.h"
#include "protocol/records.h"
#include "sim/fields.h"

namespace kafkascope::protocol {

/// ShareGroupHeartbeat (76). Epochs as in ConsumerGroupHeartbeat; there is nothing to give back, so nothing is reported.
struct ShareGroupHeartbeatRequest {
  std::string group_id;
  std::string member_id;  // made by the client
  std::int32_t member_epoch = 0;
  std::string client_id;          // request header
  bool has_subscription = false;  // false: null, unchanged
  std::vector<std::string> subscribed_topic_names;
  KAFKASCOPE_FIELDS(group_id, member_id, member_epoch, client_id, has_subscription, subscribed_topic_names)
};
struct ShareGroupHeartbeatResponse {
  ErrorCode error = ErrorCode::NONE;
  std::string member_id;
  std::int32_t member_epoch = 0;
  std::int32_t heartbeat_interval_ms = 0;
  bool has_assignment = false;  // false: null, as before
  std::vector<TopicPartition> assignment;
  KAFKASCOPE_FIELDS(error, member_id, member_epoch, heartbeat_interval_ms, has_assignment, assignment)
};

/// What a consumer says of a record. Kafka: AcknowledgeType; Gap: there is no record at that offset.
enum class AcknowledgeType : std::uint8_t { Gap = 0, Accept = 1, Release = 2, Reject = 3 };
struct AcknowledgementBatch {
  Offset first, last;
  std::vector<AcknowledgeType> types;  // one for all, or one per offset
  KAFKASCOPE_FIELDS(first, last, types)
};

/// SessionEpoch of ShareFetch and ShareAcknowledge: 0 begins a session, -1 ends it; in between it counts up.
inline constexpr std::int32_t kInitialShareEpoch = 0, kFinalShareEpoch = -1;

/// ShareFetch (78), with acknowledgements of what was fetched before.
struct ShareFetchPartition {
  TopicPartition partition;
  std::vector<AcknowledgementBatch> acknowledgements;
  KAFKASCOPE_FIELDS(partition, acknowledgements)
};
struct ShareFetchRequest {
  std::string group_id, member_id;
  std::string client_id;  // request header
  std::int32_t session_epoch = 0;
  std::int32_t max_wait_ms = 500, min_bytes = 1, max_bytes = 52428800;
  std::int32_t max_records = 500;               // at least; whole batches are acquired
  std::vector<ShareFetchPartition> partitions;  // new in the session, or with acknowledgements
  std::vector<TopicPartition> forgotten;
  KAFKASCOPE_FIELDS(group_id, member_id, client_id, session_epoch, max_wait_ms, min_bytes, max_bytes, max_records,
                    partitions, forgotten)
};
struct AcquiredRecords {
  Offset first, last;
  std::int16_t delivery_count = 0;
  KAFKASCOPE_FIELDS(first, last, delivery_count)
};
struct ShareFetchPartitionResponse {
  TopicPartition partition;
  ErrorCode error = ErrorCode::NONE, acknowledge_error = ErrorCode::NONE;
  BrokerId current_leader = kNoBroker;
  LeaderEpoch current_leader_epoch;
  std::vector<StoredBatch> batches;  // whole ones; of them only what is acquired is the member's
  std::vector<AcquiredRecords> acquired;
  KAFKASCOPE_FIELDS(partition, error, acknowledge_error, current_leader, current_leader_epoch, batches, acquired)
};
struct ShareFetchResponse {
  ErrorCode error = ErrorCode::NONE;
  std::int32_t acquisition_lock_timeout_ms = 0;
  std::vector<ShareFetchPartitionResponse> partitions;
  KAFKASCOPE_FIELDS(error, acquisition_lock_timeout_ms, partitions)
};

/// ShareAcknowledge (79).
struct ShareAcknowledgeRequest {
  std::string group_id, member_id;
  std::int32_t session_epoch = 0;
  std::vector<ShareFetchPartition> partitions;
  KAFKASCOPE_FIELDS(group_id, member_id, session_epoch, partitions)
};
struct ShareAcknowledgePartitionResponse {
  TopicPartition partition;
  ErrorCode error = ErrorCode::NONE;
  BrokerId current_leader = kNoBroker;
  LeaderEpoch current_leader_epoch;
  KAFKASCOPE_FIELDS(partition, error, current_leader, current_leader_epoch)
};
struct ShareAcknowledgeResponse {
  ErrorCode error = ErrorCode::NONE;
  std::vector<ShareAcknowledgePartitionResponse> partitions;
  KAFKASCOPE_FIELDS(error, partitions)
};

/// A run of records in one state. Kafka: PersisterStateBatch; RecordState's ids: 0 Available, 2 Acknowledged, 4 Archived. Never Acquired.
struct ShareStateBatch {
  Offset first, last;
  std::int8_t state = 0;
  std::int16_t delivery_count = 0;
  KAFKASCOPE_FIELDS(first, last, state, delivery_count)
  friend bool operator==(const ShareStateBatch&, const ShareStateBatch&) = default;
};

// Requests to the share coordinator (83 to 86), by brokers. Simplified: one share partition each, where Kafka's may name many and its
// coordinator takes one at a time.
struct InitializeShareGroupStateRequest {
  std::string group_id;
  TopicPartition partition;
  std::int32_t state_epoch = 0;
  Offset start_offset;  // -1: the partition's leader chooses, by share.auto.offset.reset
  KAFKASCOPE_FIELDS(group_id, partition, state_epoch, start_offset)
};
struct ReadShareGroupStateRequest {
  std::string group_id;
  TopicPartition partition;
  LeaderEpoch leader_epoch;
  KAFKASCOPE_FIELDS(group_id, partition, leader_epoch)
};
struct WriteShareGroupStateRequest {
  std::string group_id;
  TopicPartition partition;
  std::int32_t state_epoch = 0;
  LeaderEpoch leader_epoch;
  Offset start_offset;  // -1: as it is
  std::vector<ShareStateBatch> state_batches;
  KAFKASCOPE_FIELDS(group_id, partition, state_epoch, leader_epoch, start_offset, state_batches)
};
struct DeleteShareGroupStateRequest {
  std::string group_id;
  TopicPartition partition;
  KAFKASCOPE_FIELDS(group_id, partition)
};
struct InitializeShareGroupStateResponse {
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(error)
};
struct ReadShareGroupStateResponse {
  ErrorCode error = ErrorCode::NONE;
  std::int32_t state_epoch = 0;
  Offset start_offset;  // -1: not yet known
  std::vector<ShareStateBatch> state_batches;
  KAFKASCOPE_FIELDS(error, state_epoch, start_offset, state_batches)
};
struct WriteShareGroupStateResponse {
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(error)
};
struct DeleteShareGroupStateResponse {
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(error)
};

}  // namespace kafkascope::protocol
