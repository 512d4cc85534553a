// Every kind of trace line beyond the kernel's own, with the meaning of a, b, c and text. The observers (ledger, invariants, event log,
// golden traces) know only this table, so a role that acts without its line is a bug.
#pragma once
#include <cstdint>
#include <string_view>

#include "protocol/ids.h"
#include "protocol/trace_subject.h"
#include "sim/trace.h"

namespace kafkascope::protocol {

// X(enumerator, "noun.verb", a, b, c, text): "" = unused. topic/partition are set where the thing belongs to one.
// subject: S = the line comes with a TraceSubject batch.
// clang-format off
#define KAFKASCOPE_TRACE_KINDS(X)                                                                                              \
  /* quorum: node = the controller */                                                                                          \
  X(QuorumStateChanged, "quorum.state", "state", "epoch", "leader", "reason")                                                  \
  X(QuorumVoted, "quorum.vote", "candidate", "epoch", "granted", "")                                                           \
  X(QuorumElected, "quorum.elected", "leader", "epoch", "start_offset", "")                                                    \
  X(QuorumHighWatermark, "quorum.hw", "from", "to", "", "")                                                                    \
  X(QuorumTruncated, "quorum.truncate", "to", "from", "", "")                                                                  \
  X(MetadataAppended, "metadata.append", "offset", "epoch", "", "record")                                                      \
  X(MetadataApplied, "metadata.apply", "offset", "epoch", "", "record")                                                        \
  X(ControllerActive, "controller.active", "controller", "epoch", "", "")                                                      \
  X(ControllerResigned, "controller.resigned", "controller", "epoch", "", "reason")                                            \
  /* brokers as the controller sees them */                                                                                    \
  X(BrokerRegistered, "broker.registered", "broker", "epoch", "", "")                                                          \
  X(BrokerFenced, "broker.fenced", "broker", "epoch", "", "reason")                                                            \
  X(BrokerUnfenced, "broker.unfenced", "broker", "epoch", "", "")                                                              \
  X(BrokerShutdownStarted, "broker.shutdown", "broker", "epoch", "", "")                                                       \
  X(TopicCreated, "topic.created", "partitions", "replication_factor", "", "topic")                                            \
  X(TopicDeleted, "topic.deleted", "partitions", "", "", "topic")                                                              \
  X(PartitionAdded, "partition.added", "leader", "leader_epoch", "", "isr") /* to a topic that exists */                       \
  X(ConfigChanged, "config.changed", "", "", "", "change") /* text "topic:orders min.insync.replicas=2" */                     \
  X(ReassignmentChanged, "reassignment", "partition_epoch", "adding", "removing", "state") /* counts; text "[1,2] -> [3,2]" */ \
  X(BrokerUnregistered, "broker.unregistered", "broker", "epoch", "", "")                                                      \
  X(BrokerDirsOffline, "broker.dirs", "broker", "epoch", "left", "") /* some of its directories failed */                      \
  X(LeaderElected, "leader.elected", "leader", "leader_epoch", "previous", "isr")                                              \
  X(IsrChanged, "isr.committed", "partition_epoch", "", "", "isr")                                                             \
  /* partitions on brokers */                                                                                                  \
  X(BecameLeader, "replica.leader", "leader_epoch", "start_offset", "", "isr")                                                 \
  X(BecameFollower, "replica.follower", "leader_epoch", "leader", "", "")                                                      \
  X(LogAppended, "log.append", "base_offset", "last_offset", "leader_epoch", "") /* S; on a leader */                          \
  X(LogReplicated, "log.replicate", "base_offset", "last_offset", "leader_epoch", "") /* S; on a follower */                   \
  X(LogTruncated, "log.truncate", "to", "from", "", "reason")                                                                  \
  X(LogRecovered, "log.recover", "log_end_offset", "lost_from", "scanned_bytes", "torn") /* restart; lost_from = old LEO if a  \
     tail was lost; scanned: 0 after an orderly stop; text "812 bytes" if a batch was there in part */                         \
  X(LogFlushed, "log.flush", "to", "", "", "")                                                                                 \
  X(LogDirOffline, "dir.offline", "directory", "replicas", "", "reason")                                                       \
  X(LogsLoading, "log.loading", "bytes", "takes_us", "", "") /* a start after an unclean end reads so much before it serves */  \
  X(SegmentRolled, "segment.roll", "base_offset", "closed_base_offset", "closed_bytes", "")                                    \
  X(SegmentDeleted, "segment.delete", "base_offset", "next_base_offset", "bytes", "reason")                                    \
  X(LogStartAdvanced, "log.start", "from", "to", "", "reason")                                                                 \
  X(LogCompacted, "log.compact", "clean_until", "records_before", "records_after", "tombstones") /* text "kept 2, dropped 1" */ \
  X(HighWatermarkAdvanced, "hw.advance", "from", "to", "leader_epoch", "") /* on a leader */                                   \
  X(FollowerHighWatermark, "hw.follower", "from", "to", "leader_epoch", "")                                                    \
  X(IsrShrink, "isr.shrink", "partition_epoch", "", "", "isr") /* the leader asks; text "[1,2,3] -> [1,2]" */                  \
  X(IsrExpand, "isr.expand", "partition_epoch", "", "", "isr")                                                                 \
  X(RequestRefused, "request.refused", "api", "error", "client", "") /* a broker answers an error for the partition */         \
  X(DuplicateBatch, "log.duplicate", "base_offset", "base_sequence", "producer_id", "")                                        \
  /* producers: node = the client */                                                                                           \
  X(RecordSent, "record.sent", "number", "", "", "key") /* handed to send */                                                   \
  X(BatchSent, "batch.sent", "count", "attempt", "base_sequence", "") /* S; leaves in a Produce request */                     \
  X(BatchAcked, "batch.acked", "count", "base_offset", "attempt", "") /* S; futures complete without exception */              \
  X(BatchRetried, "batch.retried", "count", "error", "attempt", "") /* S */                                                    \
  X(BatchFailed, "batch.failed", "count", "error", "", "exception") /* S; futures complete with an exception */                \
  X(RecordFailed, "record.failed", "number", "error", "", "exception") /* failed before it was in a batch */                   \
  X(ClientError, "client.error", "error", "count", "", "exception") /* an error in an answer; see /clients/x/errors */         \
  X(ClientMetadata, "client.metadata", "brokers", "topics", "", "")                                                            \
  X(ClientBootstrapped, "client.bootstrap", "broker", "", "", "")                                                              \
  /* consumers */                                                                                                              \
  X(RecordDelivered, "record.delivered", "first_offset", "last_offset", "", "group") /* S; poll hands over */                  \
  X(RecordProcessed, "record.processed", "offset", "", "", "group") /* S; the application's work on it is done */              \
  X(PositionSet, "position.set", "offset", "", "", "reason") /* committed, reset, seek */                                      \
  X(PartitionsAssigned, "partitions.assigned", "generation", "count", "", "partitions")                                        \
  X(PartitionsRevoked, "partitions.revoked", "generation", "count", "", "partitions")                                          \
  X(PartitionsLost, "partitions.lost", "generation", "count", "", "partitions")                                                \
  X(ReadReplicaChosen, "replica.preferred", "broker", "", "", "reason") /* a = -1: the leader again */                         \
  /* groups: node = the coordinator's broker; text begins with the group id */                                                 \
  X(GroupState, "group.state", "from", "to", "generation", "group")                                                            \
  X(GroupRebalance, "group.rebalance", "generation", "members", "", "group: reason")                                           \
  X(GroupMemberJoined, "group.join", "generation", "", "", "group member")                                                     \
  X(GroupMemberLeft, "group.leave", "generation", "", "", "group member: reason")                                              \
  X(GroupLoaded, "group.loaded", "groups", "offsets", "", "")                                                                  \
  X(OffsetCommitted, "offset.commit", "offset", "generation", "", "group")                                                     \
  X(CommandResult, "command.result", "error", "call", "rows_left", "message") /* an administrative act's answer */             \
  X(LogDeleted, "log.delete", "log_end_offset", "stray", "", "") /* moved away, or its topic deleted; stray: found at a start */ \
  X(OffsetsReset, "offsets.reset", "", "", "", "group") /* an administrator is about to commit for a group: it may go back */   \
  /* groups of the newer protocol (KIP-848) */                                                                                 \
  X(GroupTarget, "group.target", "assignment_epoch", "members", "", "group: assignor") /* the coordinator has worked it out */  \
  X(MemberEpoch, "group.member", "member_epoch", "state", "partitions", "group member: state") /* a step towards the target */ \
  /* of followers, later than the rest */ \
  X(ReplicaFailed, "replica.failed", "batch_base_offset", "log_end_offset", "leader_epoch", "reason") /* not fetched until a new epoch */ \
  /* without Kafka: the classical queue and programs that call each other */ \
  X(QueueStored, "queue.stored", "depth", "", "", "") /* S; node = the queue */ \
  X(QueueDelivered, "queue.delivered", "deliveries", "", "", "queue") /* S; node = the consumer; 1 = for the first time */ \
  X(QueueProcessed, "queue.processed", "", "", "", "queue") /* S; its work is done, it acknowledges */ \
  X(QueueReturned, "queue.returned", "depth", "", "", "consumer") /* S; not acknowledged in time: others may have it */ \
  X(CallMade, "call.made", "number", "", "", "service") \
  X(CallAnswered, "call.answered", "number", "latency_us", "", "service") \
  X(CallFailed, "call.failed", "number", "", "", "service: reason") \
  /* access and limits, as the controller has committed them; who had to wait, on a broker */ \
  X(AclChanged, "acl.changed", "removed", "", "", "entry") \
  X(QuotaChanged, "quota.changed", "", "", "", "change") \
  X(FeatureChanged, "feature.changed", "level", "", "", "feature") \
  X(ClientThrottled, "client.throttled", "client", "ms", "api", "") /* answered, and not read from for so long */ \
  /* snapshots of the metadata log (KIP-630): made; taken over instead of records; the log begins later */ \
  X(QuorumSnapshot, "quorum.snapshot", "end_offset", "epoch", "bytes", "reason") \
  X(QuorumSnapshotLoaded, "quorum.snapshot_loaded", "end_offset", "epoch", "had", "") \
  X(QuorumLogStart, "quorum.log_start", "from", "to", "", "reason") \
  /* ZooKeeper: node = the server, of the last one the client */ \
  X(ZkServerStateChanged, "zk.state", "state", "epoch", "leader", "reason") \
  X(ZkVoted, "zk.vote", "leader", "round", "zxid", "") /* its vote changes */ \
  X(ZkElected, "zk.elected", "leader", "epoch", "zxid", "") /* a quorum has its history: it may commit */ \
  X(ZkFollowerSynced, "zk.sync", "follower", "zxid", "transactions", "kind") /* on the leader */ \
  X(ZkLogTruncated, "zk.truncate", "to", "from", "", "") \
  X(ZnodeChanged, "znode.changed", "type", "zxid", "session", "path") /* committed; on the leader */ \
  X(ZkWriteRefused, "znode.refused", "error", "zxid", "session", "operation") /* on the leader */ \
  X(ZkSessionOpened, "session.opened", "session", "timeout_ms", "", "") /* on the leader */ \
  X(ZkSessionExpired, "session.expired", "session", "timeout_ms", "", "") /* on the leader: its end is proposed */ \
  X(ZkSessionClosed, "session.closed", "session", "ephemerals", "", "") /* on the leader */ \
  X(ZkSessionMoved, "session.moved", "session", "from", "to", "") /* on the leader */ \
  X(ZkWatchFired, "watch.fired", "type", "session", "client", "path") /* on the server that tells it */ \
  X(ZkClientState, "zk.client", "state", "session", "server", "") \
  /* share groups (KIP-932): node = the partition's leader */                                                                  \
  X(ShareAcquired, "share.acquire", "first_offset", "last_offset", "delivery_count", "group client/member")                    \
  X(ShareSettled, "share.settle", "first_offset", "last_offset", "state", "group client/member: why") /* a lock has ended; state: \
     0 Available, 2 Acknowledged, 4 Archived */                                                                                \
  X(ShareStart, "share.start", "from", "to", "", "group: reason") /* the start offset; from -1: what this leader begins with */  \
  X(ProducerExpired, "producer.expire", "producer_id", "", "", "") /* by the check of every producer.id.expiration.check.interval.ms */
// clang-format on

enum class Trace : sim::TraceKind {
  Before = sim::trace_kind::kFirstFree - 1,  // so that the first row is kFirstFree
#define KAFKASCOPE_ROW(id, name, a, b, c, text) id,
  KAFKASCOPE_TRACE_KINDS(KAFKASCOPE_ROW)
#undef KAFKASCOPE_ROW
      End
};
constexpr sim::TraceKind kind(Trace t) { return static_cast<sim::TraceKind>(t); }

struct TraceKindInfo {
  std::string_view name, a, b, c, text;
};
/// Also for the kernel's own kinds.
const TraceKindInfo& trace_kind_info(sim::TraceKind kind);

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
