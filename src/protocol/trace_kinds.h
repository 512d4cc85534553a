// Every kind of trace line beyond the kernel's own. What a line of a kind says is its fact, a struct of the same name in one of the
// facts_of_*.h; all_facts.h lists them. The observers (ledger, invariants, event log, golden traces) know only these, so a role that acts
// without its line is a bug.
#pragma once
#include "protocol/ids.h"
#include "protocol/trace_subject.h"
#include "sim/fact.h"

namespace kafkascope::protocol {

/// The numbers are in every trace hash: a new kind takes the next one, and none is used again.
enum class Trace : sim::TraceKind {
  QuorumStateChanged = 16,
  QuorumVoted = 17,
  QuorumElected = 18,
  QuorumHighWatermark = 19,
  QuorumTruncated = 20,
  MetadataAppended = 21,
  MetadataApplied = 22,
  ControllerActive = 23,
  ControllerResigned = 24,
  BrokerRegistered = 25,
  BrokerFenced = 26,
  BrokerUnfenced = 27,
  BrokerShutdownStarted = 28,
  TopicCreated = 29,
  TopicDeleted = 30,
  PartitionAdded = 31,
  ConfigChanged = 32,
  ReassignmentChanged = 33,
  BrokerUnregistered = 34,
  BrokerDirsOffline = 35,
  LeaderElected = 36,
  IsrChanged = 37,
  BecameLeader = 38,
  BecameFollower = 39,
  LogAppended = 40,
  LogReplicated = 41,
  LogTruncated = 42,
  LogRecovered = 43,
  LogFlushed = 44,
  LogDirOffline = 45,
  LogsLoading = 46,
  SegmentRolled = 47,
  SegmentDeleted = 48,
  LogStartAdvanced = 49,
  LogCompacted = 50,
  HighWatermarkAdvanced = 51,
  FollowerHighWatermark = 52,
  IsrShrink = 53,
  IsrExpand = 54,
  RequestRefused = 55,
  DuplicateBatch = 56,
  RecordSent = 57,
  BatchSent = 58,
  BatchAcked = 59,
  BatchRetried = 60,
  BatchFailed = 61,
  RecordFailed = 62,
  ClientError = 63,
  ClientMetadata = 64,
  ClientBootstrapped = 65,
  RecordDelivered = 66,
  RecordProcessed = 67,
  PositionSet = 68,
  PartitionsAssigned = 69,
  PartitionsRevoked = 70,
  PartitionsLost = 71,
  ReadReplicaChosen = 72,
  GroupState = 73,
  GroupRebalance = 74,
  GroupMemberJoined = 75,
  GroupMemberLeft = 76,
  GroupLoaded = 77,
  OffsetCommitted = 78,
  CommandResult = 79,
  LogDeleted = 80,
  OffsetsReset = 81,
  GroupTarget = 82,
  MemberEpoch = 83,
  ReplicaFailed = 84,
  QueueStored = 85,
  QueueDelivered = 86,
  QueueProcessed = 87,
  QueueReturned = 88,
  CallMade = 89,
  CallAnswered = 90,
  CallFailed = 91,
  AclChanged = 92,
  QuotaChanged = 93,
  FeatureChanged = 94,
  ClientThrottled = 95,
  QuorumSnapshot = 96,
  QuorumSnapshotLoaded = 97,
  QuorumLogStart = 98,
  ZkServerStateChanged = 99,
  ZkVoted = 100,
  ZkElected = 101,
  ZkFollowerSynced = 102,
  ZkLogTruncated = 103,
  ZnodeChanged = 104,
  ZkWriteRefused = 105,
  ZkSessionOpened = 106,
  ZkSessionExpired = 107,
  ZkSessionClosed = 108,
  ZkSessionMoved = 109,
  ZkWatchFired = 110,
  ZkClientState = 111,
  ShareAcquired = 112,
  ShareSettled = 113,
  ShareStart = 114,
  ProducerExpired = 115,
  End
};
constexpr sim::TraceKind kind(Trace t) { return static_cast<sim::TraceKind>(t); }

/// Also for the kernel's own kinds.
const sim::FactNames& trace_kind_info(sim::TraceKind kind);

/// A line of that kind about a partition.
inline sim::TraceLine line(Trace t, TopicPartition p = {}, std::int64_t a = 0, std::int64_t b = 0, std::int64_t c = 0,
                           sim::Text text = {}) {
  sim::TraceLine l;
  l.kind = kind(t);
  l.topic = p.topic;
  l.partition = p.partition;
  l.a = a;
  l.b = b;
  l.c = c;
  l.text = std::move(text);
  return l;
}

}  // namespace kafkascope::protocol
