// Starts and stops replicas. Kafka: ZkReplicaStateMachine.
#pragma once
#include <map>
#include <vector>

#include "controller/zookeeper/event_scope.h"

namespace kafkascope::controller {

class ReplicaStateMachine {
 public:
  explicit ReplicaStateMachine(EventScope& scope) : scope_(scope), context_(scope.context), zk_(scope.zk) {}

  /// Sends each replica its state, even for a topic that is to be deleted, unless the replica's deletion has begun.
  void replicas_online(const std::vector<PartitionReplica>& replicas);
  /// The replicas stop and leave the ISR, and the other replicas are notified, one broker at a time; the last member of
  /// an ISR stays in it.
  void replicas_offline(const std::vector<PartitionReplica>& replicas);

 private:
  std::map<TopicPartition, LeaderAndIsr> remove_from_isr(BrokerId replica, Partitions partitions);

  EventScope& scope_;
  ControllerContext& context_;
  KafkaZkClient& zk_;
};

}  // namespace kafkascope::controller
