// Requests of clients and followers to brokers. Topics are identified by id (Produce v13, Fetch v13); clients learn the
// ids from Metadata.
#pragma once
#include <limits>
#include <string>
#include <vector>

#include "protocol/errors.h"
#include "protocol/message_kind.h"
#include "protocol/records.h"
#include "protocol/transaction_version.h"

namespace kafkascope::protocol {

/// Produce (0).
struct PartitionProduceData {
  TopicPartition partition;
  BatchRef batch;
};
struct ProduceRequest {
  std::int16_t acks = -1;
  std::int32_t timeout_ms = 30000;  // the producer's request.timeout.ms
  std::vector<PartitionProduceData> partitions;
  std::string transactional_id = {};  // empty: none
  /// TV2 (v12): the leader adds the partition to the transaction.
  TransactionVersion transaction_version = TransactionVersion::TV0;
};
/// KIP-467: a record that failed validation, with the message of its exception.
struct RecordError {
  std::int32_t batch_index = 0;  // from 0
  std::string message;
};
struct PartitionProduceResponse {
  TopicPartition partition;
  ErrorCode error = ErrorCode::NONE;
  Offset base_offset;
  std::int64_t log_append_time_ms = -1;
  Offset log_start_offset;
  /// KIP-951: with NOT_LEADER_OR_FOLLOWER, the leader as known to this broker. -1: unknown.
  BrokerId current_leader = kNoBroker;
  LeaderEpoch current_leader_epoch;
  std::vector<RecordError> record_errors;  // not hashed, because the error and the client's exceptions are
  KAFKASCOPE_FIELDS(partition, error, base_offset, log_append_time_ms, log_start_offset, current_leader,
                    current_leader_epoch)
};
/// Not sent for acks=0: in that case a failure closes the connection (KafkaApis).
struct ProduceResponse {
  std::vector<PartitionProduceResponse> partitions;
  KAFKASCOPE_FIELDS(partitions)
};

/// Fetch (1) by consumers (replica_id -1) and followers.
struct FetchPartition {
  TopicPartition partition;
  LeaderEpoch current_leader_epoch;
  Offset fetch_offset;
  LeaderEpoch last_fetched_epoch;  // followers: for the divergence check (KIP-595)
  Offset log_start_offset;         // followers only
  std::int32_t partition_max_bytes = 1048576;
  KAFKASCOPE_FIELDS(partition, current_leader_epoch, fetch_offset, last_fetched_epoch, log_start_offset,
                    partition_max_bytes)
};
struct FetchRequest {
  BrokerId replica_id = kNoBroker;
  BrokerEpoch replica_epoch = -1;
  std::int32_t max_wait_ms = 500;
  std::int32_t min_bytes = 1;
  std::int32_t max_bytes = 52428800;
  bool read_committed = false;
  /// Fetch session (KIP-227). Epoch 0: a new session, with all partitions; -1: no session; above 0: the session's next
  /// request, which lists only new or changed partitions, and removed ones in `forgotten`.
  std::int32_t session_id = 0;
  std::int32_t session_epoch = -1;
  std::vector<FetchPartition> partitions;
  std::vector<TopicPartition> forgotten;
  std::string rack_id;  // a consumer's client.rack (KIP-392)
  KAFKASCOPE_FIELDS(replica_id, replica_epoch, max_wait_ms, min_bytes, max_bytes, read_committed, session_id,
                    session_epoch, partitions, forgotten, rack_id)
};
/// The records of that producer from that offset on, up to its abort marker, are not committed.
struct AbortedTransaction {
  ProducerId producer_id = kNoProducerId;
  Offset first_offset;
  KAFKASCOPE_FIELDS(producer_id, first_offset)
};
struct FetchPartitionResponse {
  TopicPartition partition;
  ErrorCode error = ErrorCode::NONE;
  Offset high_watermark;
  Offset last_stable_offset;
  Offset log_start_offset;
  LeaderEpoch diverging_epoch;  // -1: no divergence
  Offset diverging_end_offset;
  BrokerId current_leader = kNoBroker;  // KIP-951
  LeaderEpoch current_leader_epoch;
  BrokerId preferred_read_replica = kNoBroker;  // KIP-392: the replica to fetch from instead; this response has no
                                                // records
  std::vector<StoredBatch> batches;             // whole batches; the first may begin before fetch_offset
  std::vector<AbortedTransaction> aborted_transactions{};  // for read_committed: those that reach into the batches
  std::int32_t cut_bytes = 0;  // bytes of the next batch that fill up the requested bytes; the reader discards them
};
struct FetchResponse {
  ErrorCode error = ErrorCode::NONE;
  std::int32_t session_id = 0;
  std::vector<FetchPartitionResponse> partitions;
};

/// ListOffsets (2): timestamp -1 latest, -2 earliest, -3 the record with the largest timestamp (KIP-734), -4 earliest
/// on the broker's own disks (KIP-405; the same without tiered storage), else the first offset whose timestamp is at or
/// after this one (ms).
inline constexpr std::int64_t kLatestTimestamp = -1;
inline constexpr std::int64_t kEarliestTimestamp = -2;
inline constexpr std::int64_t kMaxTimestamp = -3;
inline constexpr std::int64_t kEarliestLocalTimestamp = -4;
struct ListOffsetsPartition {
  TopicPartition partition;
  LeaderEpoch current_leader_epoch;
  std::int64_t timestamp = kLatestTimestamp;
  KAFKASCOPE_FIELDS(partition, current_leader_epoch, timestamp)
};
struct ListOffsetsRequest {
  BrokerId replica_id = kNoBroker;
  bool read_committed = false;
  std::vector<ListOffsetsPartition> partitions;
  KAFKASCOPE_FIELDS(replica_id, read_committed, partitions)
};
struct ListOffsetsPartitionResponse {
  TopicPartition partition;
  ErrorCode error = ErrorCode::NONE;
  std::int64_t timestamp = -1;
  Offset offset;
  LeaderEpoch leader_epoch;
  KAFKASCOPE_FIELDS(partition, error, timestamp, offset, leader_epoch)
};
struct ListOffsetsResponse {
  std::vector<ListOffsetsPartitionResponse> partitions;
  KAFKASCOPE_FIELDS(partitions)
};

/// DeleteRecords (21, KIP-107), sent to the leader. offset -1: up to the high watermark.
struct DeleteRecordsPartition {
  TopicPartition partition;
  Offset offset;
  KAFKASCOPE_FIELDS(partition, offset)
};
struct DeleteRecordsRequest {
  std::int32_t timeout_ms = 60000;  // how long to wait for the followers to raise their log start offsets as well
  std::vector<DeleteRecordsPartition> partitions;
  KAFKASCOPE_FIELDS(timeout_ms, partitions)
};
struct DeleteRecordsPartitionResult {
  TopicPartition partition;
  Offset low_watermark;  // the least log start offset of the live replicas
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(partition, low_watermark, error)
};
struct DeleteRecordsResponse {
  std::vector<DeleteRecordsPartitionResult> partitions;
  KAFKASCOPE_FIELDS(partitions)
};

/// OffsetForLeaderEpoch (23).
struct OffsetForLeaderEpochPartition {
  TopicPartition partition;
  LeaderEpoch current_leader_epoch;
  LeaderEpoch leader_epoch;
  KAFKASCOPE_FIELDS(partition, current_leader_epoch, leader_epoch)
};
struct OffsetForLeaderEpochRequest {
  BrokerId replica_id = kNoBroker;
  std::vector<OffsetForLeaderEpochPartition> partitions;
  KAFKASCOPE_FIELDS(replica_id, partitions)
};
struct OffsetForLeaderEpochResult {
  TopicPartition partition;
  ErrorCode error = ErrorCode::NONE;
  LeaderEpoch leader_epoch;
  Offset end_offset;
  KAFKASCOPE_FIELDS(partition, error, leader_epoch, end_offset)
};
struct OffsetForLeaderEpochResponse {
  std::vector<OffsetForLeaderEpochResult> partitions;
  KAFKASCOPE_FIELDS(partitions)
};

/// Metadata (3). No topics and all = true: every topic.
struct MetadataRequest {
  bool all = false;
  std::vector<std::string> topics;
  bool allow_auto_topic_creation = true;
  KAFKASCOPE_FIELDS(all, topics, allow_auto_topic_creation)
};
struct MetadataBroker {
  BrokerId node_id = kNoBroker;
  std::int32_t endpoint = -1;  // a place (located() in endpoint.h)
  std::string rack;
  KAFKASCOPE_FIELDS(node_id, endpoint, rack)
};
struct MetadataPartition {
  ErrorCode error = ErrorCode::NONE;  // NONE or LEADER_NOT_AVAILABLE
  BrokerId leader = kNoBroker;
  LeaderEpoch leader_epoch;
  IdList replicas, isr;
  KAFKASCOPE_FIELDS(error, leader, leader_epoch, replicas, isr)
};
struct MetadataTopic {
  ErrorCode error = ErrorCode::NONE;  // NONE or UNKNOWN_TOPIC_OR_PARTITION
  std::string name;
  TopicId topic_id = kNoTopic;
  std::vector<MetadataPartition> partitions;  // index = partition
  KAFKASCOPE_FIELDS(error, name, topic_id, partitions)
};
struct MetadataResponse {
  std::vector<MetadataBroker> brokers;  // unfenced brokers only
  BrokerId controller_id = kNoBroker;   // under KRaft: some live broker
  std::vector<MetadataTopic> topics;
  KAFKASCOPE_FIELDS(brokers, controller_id, topics)
};

/// ApiVersions (18), the first request on a client's connection (KIP-35, KIP-511). All nodes use one version here, so
/// the response only contains the number of APIs.
struct ApiVersionsRequest {};
struct ApiVersionsResponse {
  ErrorCode error = ErrorCode::NONE;
  std::int32_t apis = 0;
  // The finalized feature (v3) that clients use, and the epoch of all features. Both follow from what the run's hash
  // already contains.
  std::int16_t transaction_version = 0;
  std::int64_t features_epoch = -1;
};

/// InitProducerId (22), to any broker, or with a transactional id to its coordinator. A request with an id and an epoch
/// comes from a producer that has them and wants to continue after an error (KIP-360).
struct InitProducerIdRequest {
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = -1;
  std::string transactional_id = {};  // empty: none
  std::int32_t transaction_timeout_ms = std::numeric_limits<std::int32_t>::max();
};
struct InitProducerIdResponse {
  ErrorCode error = ErrorCode::NONE;
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = -1;
  KAFKASCOPE_FIELDS(error, producer_id, producer_epoch)
};

// clang-format off
#define KAFKASCOPE_DATA_APIS(API, MORE) \
  API(Produce, 0, 0, ProduceRequest, ProduceResponse, 13, 8) \
  API(Fetch, 1, 1, FetchRequest, FetchResponse, 18, 11) \
  API(ListOffsets, 2, 2, ListOffsetsRequest, ListOffsetsResponse, 10, 5) \
  API(OffsetForLeaderEpoch, 23, 3, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, 4, 3) \
  API(Metadata, 3, 4, MetadataRequest, MetadataResponse, 13, 9) \
  API(InitProducerId, 22, 5, InitProducerIdRequest, InitProducerIdResponse, 5, 3) \
  API(DeleteRecords, 21, 28, DeleteRecordsRequest, DeleteRecordsResponse, 2, 1) \
  API(ApiVersions, 18, 74, ApiVersionsRequest, ApiVersionsResponse, 4, 3)
KAFKASCOPE_DATA_APIS(KAFKASCOPE_KINDS, KAFKASCOPE_MORE_KINDS)
// clang-format on

}  // namespace kafkascope::protocol
