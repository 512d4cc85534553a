// The version of each request between clients and brokers of one release: RequestMetrics has a meter
// for each (version=). Kafka: ApiKeys, ApiVersions; as reported by a 4.1.0 and a 2.5.1 cluster.
#pragma once
#include "protocol/message.h"

namespace kafkascope::observe {

/// The version of a request that a broker answers.
constexpr int spoken_version(protocol::ApiKey api, bool kafka_2_5) {
  using protocol::ApiKey;
  struct Row {
    ApiKey api;
    int newer, older;
  };
  // clang-format off
  constexpr Row kRows[] = {
      {ApiKey::Produce, 13, 8}, {ApiKey::Fetch, 18, 11}, {ApiKey::ListOffsets, 10, 5}, {ApiKey::OffsetForLeaderEpoch, 4, 3},
      {ApiKey::Metadata, 13, 9}, {ApiKey::OffsetCommit, 9, 8}, {ApiKey::OffsetFetch, 9, 7}, {ApiKey::FindCoordinator, 6, 3},
      {ApiKey::JoinGroup, 9, 7}, {ApiKey::SyncGroup, 5, 5}, {ApiKey::Heartbeat, 4, 4}, {ApiKey::LeaveGroup, 5, 4},
      {ApiKey::InitProducerId, 5, 3}, {ApiKey::CreateTopics, 7, 5}, {ApiKey::DeleteRecords, 2, 1}, {ApiKey::DeleteGroups, 2, 2},
      {ApiKey::ApiVersions, 4, 3}, {ApiKey::DeleteTopics, 6, 4}, {ApiKey::CreatePartitions, 3, 2}, {ApiKey::IncrementalAlterConfigs, 1, 1},
      {ApiKey::ElectLeaders, 2, 2}, {ApiKey::CreateAcls, 3, 2}, {ApiKey::DeleteAcls, 3, 2}, {ApiKey::AlterPartitionReassignments, 1, 0},
      // Only 2.5 has them.
      {ApiKey::LeaderAndIsr, 0, 4}, {ApiKey::StopReplica, 0, 2}, {ApiKey::UpdateMetadata, 0, 6}, {ApiKey::ControlledShutdown, 0, 3},
      // Only 4.1 has them.
      {ApiKey::ConsumerGroupHeartbeat, 1, 0}, {ApiKey::ConsumerGroupDescribe, 1, 0}, {ApiKey::ShareGroupHeartbeat, 1, 0},
      {ApiKey::ShareGroupDescribe, 1, 0}, {ApiKey::ShareFetch, 1, 0}, {ApiKey::ShareAcknowledge, 1, 0}};
  // clang-format on
  for (const Row& row : kRows)
    if (row.api == api) return kafka_2_5 ? row.older : row.newer;
  return 0;  // requests with only one version
}

}  // namespace kafkascope::observe
