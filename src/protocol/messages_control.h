// Requests of a controller in ZooKeeper mode to brokers (Kafka 2.5): LeaderAndIsr, StopReplica, UpdateMetadata; and a
// broker's request to shut down. Each carries the controller's epoch and the epoch of the broker for which it is meant
// (KIP-380), so that requests of a former controller, or to an earlier process, are refused.
#pragma once
#include <string>
#include <vector>

#include "protocol/endpoint.h"
#include "protocol/errors.h"
#include "protocol/ids.h"
#include "protocol/message_kind.h"
#include "sim/fields.h"

namespace kafkascope::protocol {

/// UpdateMetadata names this leader for a partition whose topic is being deleted. Kafka:
/// LeaderAndIsr.LeaderDuringDelete.
inline constexpr BrokerId kLeaderDuringDelete = -2;

/// The name that belongs to a topic's number; Kafka 2.5 sends only names.
struct NamedTopic {
  TopicId topic = kNoTopic;
  std::string name;
  KAFKASCOPE_FIELDS(topic, name)
};
/// A live broker's endpoint.
struct LiveBroker {
  BrokerId id = kNoBroker;
  Endpoint endpoint;
  std::string rack;
  KAFKASCOPE_FIELDS(id, endpoint, rack)
};
/// A partition's state from its znode. zk_version: the znode's version, used in place of KRaft's partition epoch.
struct ControlPartition {
  TopicPartition partition;
  std::int32_t controller_epoch = 0;
  BrokerId leader = kNoBroker;
  LeaderEpoch leader_epoch;
  IdList isr;
  PartitionEpoch zk_version = 0;
  IdList replicas, adding, removing;
  bool is_new = false;  // LeaderAndIsr: the replica's log may be created in any directory
  KAFKASCOPE_FIELDS(partition, controller_epoch, leader, leader_epoch, isr, zk_version, replicas, adding, removing,
                    is_new)
};
/// The sender's epoch, and the broker registration for which the request is meant.
struct ControlHeader {
  BrokerId controller_id = kNoBroker;
  std::int32_t controller_epoch = 0;
  BrokerEpoch broker_epoch = -1;  // -1 before KIP-380: not checked
  KAFKASCOPE_FIELDS(controller_id, controller_epoch, broker_epoch)
};
struct PartitionError {
  TopicPartition partition;
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(partition, error)
};

/// LeaderAndIsr (4).
struct LeaderAndIsrRequest {
  ControlHeader header;
  std::vector<NamedTopic> topics;  // the topics of the partitions
  std::vector<ControlPartition> partitions;
  std::vector<LiveBroker> live_leaders;
  KAFKASCOPE_FIELDS(header, topics, partitions, live_leaders)
};
struct LeaderAndIsrResponse {
  ErrorCode error = ErrorCode::NONE;
  std::vector<PartitionError> partitions;
  KAFKASCOPE_FIELDS(error, partitions)
};
/// StopReplica (5).
struct StopReplicaRequest {
  ControlHeader header;
  bool delete_partitions = false;
  std::vector<TopicPartition> partitions;
  KAFKASCOPE_FIELDS(header, delete_partitions, partitions)
};
struct StopReplicaResponse {
  ErrorCode error = ErrorCode::NONE;
  std::vector<PartitionError> partitions;
  KAFKASCOPE_FIELDS(error, partitions)
};
/// UpdateMetadata (6). The list of live brokers is complete; the partitions are those that changed.
struct UpdateMetadataRequest {
  ControlHeader header;
  std::vector<NamedTopic> topics;
  std::vector<ControlPartition> partitions;
  std::vector<LiveBroker> live_brokers;
  KAFKASCOPE_FIELDS(header, topics, partitions, live_brokers)
};
struct UpdateMetadataResponse {
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(error)
};
/// ControlledShutdown (7), from a broker.
struct ControlledShutdownRequest {
  BrokerId broker_id = kNoBroker;
  BrokerEpoch broker_epoch = -1;
  KAFKASCOPE_FIELDS(broker_id, broker_epoch)
};
struct ControlledShutdownResponse {
  ErrorCode error = ErrorCode::NONE;
  std::vector<TopicPartition> remaining;  // partitions that the broker still leads
  KAFKASCOPE_FIELDS(error, remaining)
};

// clang-format off
#define KAFKASCOPE_CONTROL_APIS(API, MORE) \
  API(LeaderAndIsr, 4, 58, LeaderAndIsrRequest, LeaderAndIsrResponse, 0, 4) \
  API(StopReplica, 5, 59, StopReplicaRequest, StopReplicaResponse, 0, 2) \
  API(UpdateMetadata, 6, 60, UpdateMetadataRequest, UpdateMetadataResponse, 0, 6) \
  API(ControlledShutdown, 7, 61, ControlledShutdownRequest, ControlledShutdownResponse, 0, 3)
KAFKASCOPE_CONTROL_APIS(KAFKASCOPE_KINDS, KAFKASCOPE_MORE_KINDS)
// clang-format on

}  // namespace kafkascope::protocol
