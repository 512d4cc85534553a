// Decides and writes a partition's leader and ISR. Kafka: ZkPartitionStateMachine, PartitionLeaderElectionAlgorithms,
// Election.
#pragma once
#include <cstdint>
#include <map>
#include <optional>

#include "controller/zookeeper/event_scope.h"

namespace kafkascope::controller {

/// How a leader is chosen: Offline: the first live replica in the ISR (OfflineUnclean: otherwise the first live
/// replica, if unclean elections are allowed); Reassign: the first live ISR member among a reassignment's targets;
/// Preferred: the preferred replica; ControlledShutdown: the first live ISR member that is not shutting down. Kafka:
/// PartitionLeaderElectionStrategy.
enum class ElectionStrategy : std::uint8_t { Offline, OfflineUnclean, Reassign, Preferred, ControlledShutdown };

class PartitionStateMachine {
 public:
  explicit PartitionStateMachine(EventScope& scope) : scope_(scope), context_(scope.context), zk_(scope.zk) {}

  /// NONE for each partition that is online now, or the reason why it has no new leader.
  using Outcome = std::map<TopicPartition, ErrorCode>;
  Outcome partitions_online(const Partitions& partitions, ElectionStrategy strategy);
  /// Tries to elect a leader for every partition (of one topic) that has none, because it is new or its leader is dead.
  void trigger_online_state_change(TopicId only = protocol::kNoTopic);
  /// Keeps the leader but starts a new epoch, so that the leader notices added or removed followers.
  void bump_epoch_and_send(TopicPartition p, const IdList& brokers);

 private:
  void initialize(const Partitions& partitions, ControlBatch& batch, Outcome& out);
  Partitions elect(const Partitions& partitions, ElectionStrategy strategy, ControlBatch& batch, Outcome& out);
  std::map<TopicId, bool> unclean_allowed(const Partitions& partitions);
  std::optional<LeaderAndIsr> choose(TopicPartition p, const LeaderAndIsr& now, ElectionStrategy strategy,
                                     bool unclean);

  EventScope& scope_;
  ControllerContext& context_;
  KafkaZkClient& zk_;
};

}  // namespace kafkascope::controller
