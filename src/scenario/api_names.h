// Kafka's names of APIs and errors, as files use them.
#pragma once
#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "protocol/errors.h"

namespace kafkascope::scenario {

// clang-format off
inline constexpr std::string_view kApiNames[] = {
    "Produce", "Fetch", "ListOffsets", "Metadata", "LeaderAndIsr", "StopReplica", "UpdateMetadata", "ControlledShutdown", "OffsetCommit",
    "OffsetFetch", "FindCoordinator", "JoinGroup", "Heartbeat", "LeaveGroup", "SyncGroup", "DescribeGroups", "ListGroups", "ApiVersions",
    "CreateTopics", "DeleteTopics", "DeleteRecords", "InitProducerId", "OffsetForLeaderEpoch", "AddPartitionsToTxn", "AddOffsetsToTxn",
    "EndTxn", "WriteTxnMarkers", "TxnOffsetCommit", "DescribeAcls", "CreateAcls", "DeleteAcls", "DescribeConfigs", "AlterConfigs",
    "CreatePartitions", "DeleteGroups", "ElectLeaders", "IncrementalAlterConfigs", "AlterPartitionReassignments",
    "ListPartitionReassignments", "OffsetDelete", "DescribeClientQuotas", "AlterClientQuotas", "Vote", "BeginQuorumEpoch",
    "EndQuorumEpoch", "DescribeQuorum", "AlterPartition", "UpdateFeatures", "FetchSnapshot", "DescribeCluster", "DescribeProducers",
    "BrokerRegistration", "BrokerHeartbeat", "UnregisterBroker", "DescribeTransactions", "ListTransactions", "AllocateProducerIds",
    "ConsumerGroupHeartbeat", "ConsumerGroupDescribe", "ControllerRegistration", "DescribeTopicPartitions", "ShareGroupHeartbeat",
    "AssignReplicasToDirs", "ShareGroupDescribe", "ShareFetch", "ShareAcknowledge", "InitializeShareGroupState", "ReadShareGroupState", "WriteShareGroupState",
    "DeleteShareGroupState", "ReadShareGroupStateSummary", "DescribeShareGroupOffsets", "AlterShareGroupOffsets", "DeleteShareGroupOffsets", "QueueSend", "QueueConsume", "QueueDeliver", "ServiceCall",
    "ZkConnect", "ZkRequest", "ZkPing", "ZkSetWatches", "ZkWatcherEvent", "ZkNotification", "ZkFollowerInfo",
    "ZkAckEpoch", "ZkNewLeader", "ZkUpToDate", "ZkProposal", "ZkCommit", "ZkForward", "ZkQuorumPing", "ZkRevalidate"};

inline bool is_api_name(std::string_view name) { return std::find(std::begin(kApiNames), std::end(kApiNames), name) != std::end(kApiNames); }

/// Every error code by its name: those the engine has (protocol/errors.h), and those only administrative acts can get.
inline const std::vector<std::string_view>& error_names() {
  static const std::vector<std::string_view> names = {
#define KAFKASCOPE_ROW(name, code, retriable, refresh) #name,
      KAFKASCOPE_ERRORS(KAFKASCOPE_ROW)
#undef KAFKASCOPE_ROW
      "POLICY_VIOLATION", "REASSIGNMENT_IN_PROGRESS", "INVALID_TRANSACTION_TIMEOUT", "TRANSACTION_COORDINATOR_FENCED", "GROUP_SUBSCRIBED_TO_TOPIC", "RESOURCE_NOT_FOUND",
      "TRANSACTION_ABORTABLE", "UNRELEASED_INSTANCE_ID", "UNSUPPORTED_ASSIGNOR", "STALE_MEMBER_EPOCH", "NOT_LEADER_FOR_PARTITION"};
  return names;
}
// clang-format on
inline bool is_error_name(std::string_view name) {
  const auto& names = error_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace kafkascope::scenario
