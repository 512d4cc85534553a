// Requests between controllers, and between brokers and controllers (KIP-595, KIP-631, KIP-996, KIP-497).
#pragma once
#include <string>
#include <vector>

#include "protocol/errors.h"
#include "protocol/message_kind.h"
#include "protocol/metadata_image.h"
#include "protocol/metadata_records.h"

namespace kafkascope::protocol {

/// Vote (52). pre_vote: asks without bumping the epoch (KIP-996).
struct VoteRequest {
  LeaderEpoch replica_epoch;
  BrokerId replica_id = kNoBroker;  // the candidate
  LeaderEpoch last_offset_epoch;
  Offset last_offset;  // the candidate's log end offset
  bool pre_vote = false;
  KAFKASCOPE_FIELDS(replica_epoch, replica_id, last_offset_epoch, last_offset, pre_vote)
};
struct VoteResponse {
  ErrorCode error = ErrorCode::NONE;
  BrokerId leader_id = kNoBroker;
  LeaderEpoch leader_epoch;
  bool vote_granted = false;
  bool pre_vote = false;
  KAFKASCOPE_FIELDS(error, leader_id, leader_epoch, vote_granted, pre_vote)
};
/// BeginQuorumEpoch (53): a new leader sends it to the voters until they acknowledge it.
struct BeginQuorumEpochRequest {
  BrokerId leader_id = kNoBroker;
  LeaderEpoch leader_epoch;
  KAFKASCOPE_FIELDS(leader_id, leader_epoch)
};
struct BeginQuorumEpochResponse {
  ErrorCode error = ErrorCode::NONE;
  BrokerId leader_id = kNoBroker;
  LeaderEpoch leader_epoch;
  KAFKASCOPE_FIELDS(error, leader_id, leader_epoch)
};
/// EndQuorumEpoch (54): a resigning leader names its successors, best first.
struct EndQuorumEpochRequest {
  BrokerId leader_id = kNoBroker;
  LeaderEpoch leader_epoch;
  IdList preferred_successors;
  KAFKASCOPE_FIELDS(leader_id, leader_epoch, preferred_successors)
};
struct EndQuorumEpochResponse {
  ErrorCode error = ErrorCode::NONE;
  BrokerId leader_id = kNoBroker;
  LeaderEpoch leader_epoch;
  KAFKASCOPE_FIELDS(error, leader_id, leader_epoch)
};
/// Fetch (1) of __cluster_metadata-0, by voters and observers (replica_id: a broker's id, or 3000 and above).
struct QuorumFetchRequest {
  BrokerId replica_id = kNoBroker;
  LeaderEpoch current_leader_epoch;
  LeaderEpoch last_fetched_epoch;
  Offset fetch_offset;
  Offset high_watermark;  // the fetcher's own high watermark (KIP-1166); -1: unknown
  std::int32_t max_wait_ms = 500;
  KAFKASCOPE_FIELDS(replica_id, current_leader_epoch, last_fetched_epoch, fetch_offset, high_watermark, max_wait_ms)
};
struct QuorumFetchResponse {
  ErrorCode error = ErrorCode::NONE;
  BrokerId leader_id = kNoBroker;
  LeaderEpoch leader_epoch;
  Offset high_watermark;
  Offset log_start_offset;
  /// Set if the fetcher's log has diverged: the fetcher truncates to (epoch, end offset) and fetches again.
  LeaderEpoch diverging_epoch;
  Offset diverging_end_offset;
  Offset base_offset;  // offset of entries[0]
  std::vector<SharedMetadataEntry> entries;
  /// Set if the leader's log begins after the requested offset: the follower must fetch this snapshot. The field is
  /// tagged and sent only when set.
  Offset snapshot_end_offset = {};
  LeaderEpoch snapshot_epoch = {};
  KAFKASCOPE_FIELDS(error, leader_id, leader_epoch, high_watermark, log_start_offset, diverging_epoch,
                    diverging_end_offset, base_offset, entries)
};

/// FetchSnapshot (59, KIP-630). Simplified: a snapshot is sent in one piece.
struct FetchSnapshotRequest {
  BrokerId replica_id = kNoBroker;
  LeaderEpoch current_leader_epoch;
  Offset snapshot_end_offset;
  LeaderEpoch snapshot_epoch;
  KAFKASCOPE_FIELDS(replica_id, current_leader_epoch, snapshot_end_offset, snapshot_epoch)
};
struct FetchSnapshotResponse {
  ErrorCode error = ErrorCode::NONE;  // NONE or SNAPSHOT_NOT_FOUND
  BrokerId leader_id = kNoBroker;
  LeaderEpoch leader_epoch;
  Offset snapshot_end_offset;
  LeaderEpoch snapshot_epoch;
  std::int64_t size_bytes = 0;  // size of the image when written as records
  MetadataImage image;
};

/// BrokerRegistration (62).
struct BrokerRegistrationRequest {
  BrokerId broker_id = kNoBroker;
  std::int64_t incarnation_id = 0;
  Endpoint endpoint;
  std::string rack;
  BrokerEpoch previous_broker_epoch = -1;  // from the clean-shutdown file; -1 after an unclean shutdown
  std::vector<DirectoryId> log_dirs = {};  // online directories (KIP-858)
  KAFKASCOPE_FIELDS(broker_id, incarnation_id, endpoint, rack, previous_broker_epoch, log_dirs)
};
struct BrokerRegistrationResponse {
  ErrorCode error = ErrorCode::NONE;
  BrokerEpoch broker_epoch = -1;
  KAFKASCOPE_FIELDS(error, broker_epoch)
};
/// BrokerHeartbeat (63).
struct BrokerHeartbeatRequest {
  BrokerId broker_id = kNoBroker;
  BrokerEpoch broker_epoch = -1;
  Offset current_metadata_offset;
  bool want_fence = false;
  bool want_shut_down = false;
  std::vector<DirectoryId> offline_log_dirs = {};  // directories that failed since this process registered (KIP-858)
  KAFKASCOPE_FIELDS(broker_id, broker_epoch, current_metadata_offset, want_fence, want_shut_down, offline_log_dirs)
};
struct BrokerHeartbeatResponse {
  ErrorCode error = ErrorCode::NONE;
  bool is_caught_up = false;
  bool is_fenced = true;
  bool should_shut_down = false;
  KAFKASCOPE_FIELDS(error, is_caught_up, is_fenced, should_shut_down)
};

/// AlterPartition (56): the leader proposes an ISR. isr_epochs: each member's broker epoch (KIP-903), same order.
struct AlterPartitionData {
  TopicPartition partition;
  LeaderEpoch leader_epoch;
  IdList new_isr;
  std::vector<BrokerEpoch> isr_epochs;
  RecoveryState recovery_state = RecoveryState::Recovered;
  PartitionEpoch partition_epoch = -1;
  KAFKASCOPE_FIELDS(partition, leader_epoch, new_isr, isr_epochs, recovery_state, partition_epoch)
};
struct AlterPartitionRequest {
  BrokerId broker_id = kNoBroker;
  BrokerEpoch broker_epoch = -1;
  std::vector<AlterPartitionData> partitions;
  KAFKASCOPE_FIELDS(broker_id, broker_epoch, partitions)
};
struct AlterPartitionResult {
  TopicPartition partition;
  ErrorCode error = ErrorCode::NONE;
  BrokerId leader = kNoBroker;
  LeaderEpoch leader_epoch;
  IdList isr;
  RecoveryState recovery_state = RecoveryState::Recovered;
  PartitionEpoch partition_epoch = -1;
  KAFKASCOPE_FIELDS(partition, error, leader, leader_epoch, isr, recovery_state, partition_epoch)
};
struct AlterPartitionResponse {
  ErrorCode error = ErrorCode::NONE;  // NONE, STALE_BROKER_EPOCH or NOT_CONTROLLER
  std::vector<AlterPartitionResult> partitions;
  KAFKASCOPE_FIELDS(error, partitions)
};
/// AllocateProducerIds (67): a broker requests a block of 1000.
struct AllocateProducerIdsRequest {
  BrokerId broker_id = kNoBroker;
  BrokerEpoch broker_epoch = -1;
  KAFKASCOPE_FIELDS(broker_id, broker_epoch)
};
struct AllocateProducerIdsResponse {
  ErrorCode error = ErrorCode::NONE;
  ProducerId producer_id_start = -1;
  std::int32_t producer_id_len = 0;
  KAFKASCOPE_FIELDS(error, producer_id_start, producer_id_len)
};
/// AssignReplicasToDirs (73, KIP-858): a broker with several directories reports the directories of its replicas.
struct ReplicaDirectory {
  TopicPartition partition;
  DirectoryId directory = kUnassigned;
  KAFKASCOPE_FIELDS(partition, directory)
};
struct AssignReplicasToDirsRequest {
  BrokerId broker_id = kNoBroker;
  BrokerEpoch broker_epoch = -1;
  std::vector<ReplicaDirectory> replicas;
  KAFKASCOPE_FIELDS(broker_id, broker_epoch, replicas)
};
struct AssignReplicasToDirsResponse {
  ErrorCode error = ErrorCode::NONE;  // NONE, STALE_BROKER_EPOCH or NOT_CONTROLLER
  KAFKASCOPE_FIELDS(error)
};
/// Encodes the brokers of a negative partition number, and decodes them (CreatableTopic::assignments).
inline IdList below_zero(const IdList& brokers) {
  IdList out;
  for (const BrokerId id : brokers) out.push_back(~id);
  return out;
}
/// CreateTopics (19), from an admin client or from a broker (auto-created internal topics), handled by the active
/// controller.
struct CreatableTopic {
  std::string name;
  std::int32_t num_partitions = -1;      // -1: the default, num.partitions
  std::int32_t replication_factor = -1;  // -1: the default, default.replication.factor
  /// One replica list per partition, by partition number; empty: Kafka's placement. The list of a negative partition
  /// number follows the other lists and contains its brokers as ~id; if the request has only the number -n, its list
  /// has index n-1.
  std::vector<IdList> assignments;
  std::vector<std::pair<std::string, std::string>> configs;
  KAFKASCOPE_FIELDS(name, num_partitions, replication_factor, assignments, configs)
};
struct CreateTopicsRequest {
  std::vector<CreatableTopic> topics;
  KAFKASCOPE_FIELDS(topics)
};
struct CreateTopicsResult {
  std::string name;
  ErrorCode error = ErrorCode::NONE;
  std::string message;
  KAFKASCOPE_FIELDS(name, error, message)
};
struct CreateTopicsResponse {
  ErrorCode error = ErrorCode::NONE;  // NONE or NOT_CONTROLLER
  std::vector<CreateTopicsResult> topics;
  KAFKASCOPE_FIELDS(error, topics)
};

// clang-format off
#define KAFKASCOPE_QUORUM_APIS(API, MORE) \
  API(Vote, 52, 13, VoteRequest, VoteResponse, 0, 0) \
  API(BeginQuorumEpoch, 53, 14, BeginQuorumEpochRequest, BeginQuorumEpochResponse, 0, 0) \
  API(EndQuorumEpoch, 54, 15, EndQuorumEpochRequest, EndQuorumEpochResponse, 0, 0) \
  MORE(Fetch, 16, QuorumFetchRequest, QuorumFetchResponse) \
  API(BrokerRegistration, 62, 17, BrokerRegistrationRequest, BrokerRegistrationResponse, 0, 0) \
  API(BrokerHeartbeat, 63, 18, BrokerHeartbeatRequest, BrokerHeartbeatResponse, 0, 0) \
  API(AlterPartition, 56, 19, AlterPartitionRequest, AlterPartitionResponse, 0, 0) \
  API(AllocateProducerIds, 67, 20, AllocateProducerIdsRequest, AllocateProducerIdsResponse, 0, 0) \
  API(CreateTopics, 19, 21, CreateTopicsRequest, CreateTopicsResponse, 7, 5) \
  API(AssignReplicasToDirs, 73, 29, AssignReplicasToDirsRequest, AssignReplicasToDirsResponse, 0, 0) \
  API(FetchSnapshot, 59, 41, FetchSnapshotRequest, FetchSnapshotResponse, 0, 0)
KAFKASCOPE_QUORUM_APIS(KAFKASCOPE_KINDS, KAFKASCOPE_MORE_KINDS)
// clang-format on

}  // namespace kafkascope::protocol
