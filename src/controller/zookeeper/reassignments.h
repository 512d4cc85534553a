// Reassignment: the new replicas join and catch up, then the old ones are removed. Kafka:
// KafkaController.onPartitionReassignment (KIP-455, as of 2.5).
#pragma once
#include <set>
#include <string>

#include "controller/zookeeper/partition_state_machine.h"
#include "controller/zookeeper/topic_deletion_manager.h"
#include "protocol/messages_admin.h"

namespace kafkascope::controller {

class Reassignments {
 public:
  Reassignments(EventScope& scope, PartitionStateMachine& partitions, ReplicaStateMachine& replicas,
                TopicDeletionManager& deletions)
      : scope_(scope),
        context_(scope.context),
        zk_(scope.zk),
        partitions_(partitions),
        replicas_(replicas),
        deletions_(deletions) {}

  /// Begins the moves that a znode asks for; returns the partitions in it.
  std::set<TopicPartition> begin_from_znode();
  protocol::AlterPartitionReassignmentsResponse handle(const protocol::AlterPartitionReassignmentsRequest& request);
  /// Runs the first half of the reassignment if a target replica is not in sync yet, else the second half.
  void go_on(TopicPartition p);
  void on_isr_change(TopicPartition p);

 private:
  ErrorCode handle_one(const protocol::ReassignablePartition& asked, std::string& message);
  std::string problem_of(const PartitionContext& now, const IdList& replicas) const;
  void begin(TopicPartition p, const znode::Assignment& to);
  void finish(TopicPartition p);
  void stop_removed(TopicPartition p, const IdList& removed);
  void write_assignment(TopicId topic);
  void change_assignment(TopicPartition p, const znode::Assignment& to);

  EventScope& scope_;
  ControllerContext& context_;
  KafkaZkClient& zk_;
  PartitionStateMachine& partitions_;
  ReplicaStateMachine& replicas_;
  TopicDeletionManager& deletions_;
};

}  // namespace kafkascope::controller
