// What travels on a connection: one request or response with its header.
#pragma once
#include <cstdint>
#include <string_view>

#include "protocol/body.h"
#include "sim/context.h"
#include "sim/hasher.h"

namespace kafkascope::protocol {

/// Kafka's API keys (ApiKeys); those from 100 on are ZooKeeper's messages, which have no such key.
enum class ApiKey : std::int16_t {
  Produce = 0,
  Fetch = 1,
  ListOffsets = 2,
  Metadata = 3,
  LeaderAndIsr = 4,
  StopReplica = 5,
  UpdateMetadata = 6,
  ControlledShutdown = 7,
  OffsetCommit = 8,
  OffsetFetch = 9,
  FindCoordinator = 10,
  JoinGroup = 11,
  Heartbeat = 12,
  LeaveGroup = 13,
  SyncGroup = 14,
  ApiVersions = 18,
  CreateTopics = 19,
  DeleteTopics = 20,
  DeleteRecords = 21,
  InitProducerId = 22,
  OffsetForLeaderEpoch = 23,
  CreateAcls = 30,
  DeleteAcls = 31,
  CreatePartitions = 37,
  DeleteGroups = 42,
  ElectLeaders = 43,
  IncrementalAlterConfigs = 44,
  AlterPartitionReassignments = 45,
  OffsetDelete = 47,
  AlterClientQuotas = 49,
  Vote = 52,
  BeginQuorumEpoch = 53,
  EndQuorumEpoch = 54,
  AlterPartition = 56,
  UpdateFeatures = 57,
  FetchSnapshot = 59,
  BrokerRegistration = 62,
  BrokerHeartbeat = 63,
  UnregisterBroker = 64,
  AllocateProducerIds = 67,
  ConsumerGroupHeartbeat = 68,
  ConsumerGroupDescribe = 69,
  AssignReplicasToDirs = 73,
  ShareGroupHeartbeat = 76,
  ShareGroupDescribe = 77,
  ShareFetch = 78,
  ShareAcknowledge = 79,
  InitializeShareGroupState = 83,
  ReadShareGroupState = 84,
  WriteShareGroupState = 85,
  DeleteShareGroupState = 86,
  ReadShareGroupStateSummary = 87,
  DescribeShareGroupOffsets = 90,
  AlterShareGroupOffsets = 91,
  DeleteShareGroupOffsets = 92,
  QueueSend = 120,
  QueueConsume = 121,
  QueueDeliver = 122,
  ServiceCall = 123,  // not Kafka's (messages_contrast.h)
  ZkConnect = 100,
  ZkRequest = 101,
  ZkPing = 102,
  ZkSetWatches = 103,
  ZkWatcherEvent = 104,
  ZkNotification = 105,
  ZkFollowerInfo = 106,
  ZkAckEpoch = 107,
  ZkNewLeader = 108,
  ZkUpToDate = 109,
  ZkProposal = 110,
  ZkCommit = 111,
  ZkForward = 112,
  ZkQuorumPing = 113,
  ZkRevalidate = 114
};
inline constexpr int kLastApiKey = 123;
std::string_view name(ApiKey api);

/// What a trace line may point at while it is emitted; the ledger reads identities from it.
struct TraceSubject {
  const RecordBatch* batch = nullptr;
  /// Where the batch lies, for lines about records in a log (record.delivered, record.processed, log.*). -1: nowhere yet.
  Offset base_offset;
};

struct Message {
  using Subject = TraceSubject;
  std::int32_t correlation_id = 0;  // the requester's; the response repeats it
  Body body;
  /// Of a response, ms: for so long the server reads nothing more on this connection, and the requester should send nothing (KIP-219).
  std::int32_t throttle_time_ms = 0;

  ApiKey api() const;
  bool is_response() const;
};

inline Message request(std::int32_t correlation_id, Body body) { return {correlation_id, std::move(body), 0}; }
inline Message response(const Message& to, Body body) { return {to.correlation_id, std::move(body), 0}; }

// For the kernel (sim/context.h).
void hash_payload(sim::Hasher& hasher, const Message& message);
std::uint32_t wire_size(const Message& message);
/// API key × 2, + 1 for a response.
std::uint16_t trace_code(const Message& message);

using Context = sim::Context<Message>;

}  // namespace kafkascope::protocol
