// A broker's replicas as leaders and followers: role changes, appends, followers' progress, the high watermark; and the
// requests Produce, ListOffsets and OffsetForLeaderEpoch. The replicas themselves are in BrokerServer::replicas. Kafka:
// ReplicaManager, Partition, UnifiedLog.
#pragma once
#include <cstdint>

#include "broker/add_partitions_to_txn_manager.h"
#include "broker/parts.h"
#include "broker/replica.h"
#include "protocol/metadata_records.h"

namespace kafkascope::broker {

struct AppendOutcome {
  ErrorCode error = ErrorCode::NONE;
  std::vector<protocol::RecordError> record_errors;  // of INVALID_RECORD and INVALID_TIMESTAMP
  Offset base_offset, last_offset;
  std::int64_t log_append_time_ms = -1;
  bool high_watermark_moved = false;
  bool appended = false;
  sim::Duration wait;  // how long the appender waits for the disk
};

/// This class has no state.
class ReplicaManager {
 public:
  /// Whether the high watermark of a partition that this broker leads cannot move, because the ISR is smaller than
  /// min.insync.replicas (KIP-966).
  bool high_watermark_stands(const BrokerServer& server, const Replica& replica) const;
  /// Whether the follower limits that high watermark: it is in the maximal ISR, or has caught up and is about to join
  /// it.
  bool holds_high_watermark(const BrokerServer& server, const Replica& replica, const RemoteReplica& remote,
                            sim::Instant now) const;
  sim::Instant last_caught_up(const BrokerServer& server, const RemoteReplica& remote) const;
  void become_leader(Ctx& ctx, BrokerServer& server, std::int32_t index, const protocol::PartitionRegistration& p);
  void become_follower(Ctx& ctx, BrokerServer& server, std::int32_t index, const protocol::PartitionRegistration& p);
  void drop_replica(Ctx& ctx, BrokerServer& server, std::int32_t index, bool stray = false);
  void retire_replica(BrokerServer& server, std::int32_t index);
  std::int32_t find_or_create(Ctx& ctx, BrokerServer& server, TopicPartition tp, bool anywhere = true);
  /// `guard`: from the verification of the batch's transaction; 0 if none.
  AppendOutcome append_to_leader(Ctx& ctx, BrokerServer& server, std::int32_t index, protocol::BatchRef batch, int acks,
                                 bool from_client, storage::VerificationGuard guard = 0);
  bool maybe_increment_high_watermark(Ctx& ctx, BrokerServer& server, Replica& replica);
  bool eligible_for_isr(const BrokerServer& server, const Replica& replica, const RemoteReplica& remote) const;
  bool caught_up(const BrokerServer& server, const RemoteReplica& remote, Offset leader_end, sim::Instant now) const;
  void record_follower_fetch(Ctx& ctx, BrokerServer& server, std::int32_t index, RemoteReplica& remote,
                             const protocol::FetchPartition& asked, BrokerEpoch epoch, Offset leader_end);
  ErrorCode check_leader_epoch(const Replica& replica, LeaderEpoch requested) const;
  ErrorCode missing_replica_error(const BrokerServer& server, TopicPartition tp, bool by_topic_id) const;
  ErrorCode leader_error(const BrokerServer& server, TopicPartition tp, bool by_topic_id,
                         LeaderEpoch requested = LeaderEpoch{-1}) const;
  void current_leader(const BrokerServer& server, TopicPartition tp, BrokerId& leader, LeaderEpoch& epoch) const;
  bool being_added(const BrokerServer& server, const Replica& replica, BrokerId id) const;
  Offset low_watermark(const BrokerServer& server, const Replica& replica) const;
  /// The client that sent a Produce; it may have disconnected.
  struct Producer {
    sim::ConnectionId connection;
    sim::NodeId peer;
    RequestTimes times;
  };
  void append_produce(Ctx& ctx, BrokerServer& server, const Producer& client, const protocol::ProduceRequest& r,
                      const VerificationResult& verified);
  void finish_produce(Ctx& ctx, BrokerServer& server, std::uint32_t slot);
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::ProduceRequest& r);
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::ListOffsetsRequest& r);
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::OffsetForLeaderEpochRequest& r);
};

}  // namespace kafkascope::broker
