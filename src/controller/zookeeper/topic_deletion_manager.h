// Deleting topics: a topic is deleted once all its replicas have been deleted, so a dead replica delays the deletion.
// Kafka: TopicDeletionManager.
#pragma once
#include "controller/zookeeper/replica_state_machine.h"
#include "protocol/messages_control.h"

namespace kafkascope::controller {

class TopicDeletionManager {
 public:
  TopicDeletionManager(EventScope& scope, ReplicaStateMachine& replicas)
      : scope_(scope), context_(scope.context), zk_(scope.zk), replicas_(replicas) {}

  /// Queues the topics in /admin/delete_topics. `takes_over`: a new controller has found them.
  void queue(bool takes_over);
  /// The deletion of the replica's topic has to wait.
  void fail(const PartitionReplica& replica);
  /// Continues every deletion that can continue.
  void resume();
  void on_response(BrokerId broker, const protocol::StopReplicaResponse& response);

 private:
  void start(TopicId topic);
  void complete(TopicId topic);

  EventScope& scope_;
  ControllerContext& context_;
  KafkaZkClient& zk_;
  ReplicaStateMachine& replicas_;
};

}  // namespace kafkascope::controller
