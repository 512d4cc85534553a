// One controller event as a script; its methods correspond to Kafka's methods of the same names. Kafka: KafkaController
// (2.5). The machines that it drives have files of their own (event_scope.h).
//
// Files: controller_events.cpp (events, election, failover), broker_changes.cpp (broker startup and failure),
// topic_events.cpp (topics, partitions, notifications, requested elections).
#pragma once
#include <string>
#include <vector>

#include "controller/zookeeper/kafka_controller.h"
#include "controller/zookeeper/reassignments.h"

namespace kafkascope::controller {

class ControllerRun {
 public:
  ControllerRun(KafkaController& controller, Ctx& ctx);
  // The machines refer to the scope.
  ControllerRun(const ControllerRun&) = delete;
  ControllerRun& operator=(const ControllerRun&) = delete;

  /// Throws ControllerMoved, KeeperFailure.
  void process(const ControllerEvent& event);

 private:
  // controller_events.cpp
  void register_broker_and_reelect();
  void elect();
  void failover();
  void load_context();
  void load_topics(const std::vector<std::string>& names);
  void load_states(const Partitions& partitions);
  void maybe_resign();
  void resign(fact::ResignationReason reason);
  void expire();
  void answer(std::uint64_t handle, protocol::Body body);

  // broker_changes.cpp
  void broker_change();
  void remove_broker(BrokerId id);
  void on_broker_startup(const std::vector<BrokerId>& brokers);
  void on_broker_failure(const std::vector<BrokerId>& brokers);
  void on_replicas_offline(const std::vector<PartitionReplica>& replicas);
  protocol::ControlledShutdownResponse controlled_shutdown(BrokerId id, BrokerEpoch broker_epoch);
  void log_dir_events();
  void leader_and_isr_response(BrokerId broker, const protocol::LeaderAndIsrResponse& response);

  // topic_events.cpp
  void topic_change();
  void partition_modifications(const std::string& topic);
  void on_new_partitions(const Partitions& partitions);
  void isr_change_notification();
  protocol::ElectLeadersResponse leader_election(const protocol::ElectLeadersRequest& request);
  void zk_leader_election();
  void auto_leader_rebalance();
  void unclean_election_enabled(const std::string& topic);
  PartitionStateMachine::Outcome elect_replicas(const Partitions& partitions, bool unclean);

  KafkaController& c_;
  EventScope scope_;
  ControllerContext& context_;
  KafkaZkClient& zk_;
  PartitionStateMachine partitions_;
  ReplicaStateMachine replicas_;
  TopicDeletionManager deletions_;
  Reassignments reassignments_;
};

}  // namespace kafkascope::controller
