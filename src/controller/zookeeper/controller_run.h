// One controller event as a script; its methods correspond to Kafka's methods of the same names. Kafka:
// KafkaController, ZkPartitionStateMachine, ZkReplicaStateMachine, TopicDeletionManager, KafkaZkClient (2.5).
//
// Files: controller_events.cpp (events, election, failover), broker_changes.cpp (broker startup and failure),
// partition_states.cpp (leaders and ISRs), topic_events.cpp (topics, partitions, notifications), topic_deletion.cpp,
// reassignment.cpp.
#pragma once
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/zookeeper/kafka_controller.h"
#include "controller/zookeeper/scala_order.h"
#include "protocol/reasons.h"
#include "protocol/trace_kinds.h"

namespace kafkascope::controller {

/// How a leader is chosen: Offline: the first live replica in the ISR (OfflineUnclean: otherwise the first live
/// replica, if unclean elections are allowed); Reassign: the first live ISR member among a reassignment's targets;
/// Preferred: the preferred replica; ControlledShutdown: the first live ISR member that is not shutting down. Kafka:
/// PartitionLeaderElectionStrategy.
enum class ElectionStrategy : std::uint8_t { Offline, OfflineUnclean, Reassign, Preferred, ControlledShutdown };

class ControllerRun {
 public:
  ControllerRun(KafkaController& controller, Ctx& ctx)
      : c_(controller), ctx_(ctx), context_(controller.context_), zk_(controller.script_) {}

  void process(const ControllerEvent& event);

  /// Thrown when the version of /controller_epoch has changed, so another broker is the controller. Kafka:
  /// ControllerMovedException.
  struct Moved {};
  /// Thrown when ZooKeeper returned an unexpected error, or the session has expired; the event ends. Kafka:
  /// KeeperException.
  struct Failed {
    ZkError error;
  };

 private:
  using Partitions = std::vector<TopicPartition>;

  // controller_events.cpp
  void register_broker_and_reelect();
  void elect();
  std::pair<std::int32_t, std::int32_t> register_controller();
  void failover();
  void load_context();
  void load_topics(const std::vector<std::string>& names);
  void load_states(const Partitions& partitions);
  void maybe_resign();
  void resign(fact::ResignationReason reason);
  void expire();
  BrokerId read_controller();
  void answer(std::uint64_t handle, protocol::Body body);

  // Reads and writes in ZooKeeper.
  const std::vector<protocol::SharedZkResult>& ask(std::vector<ZkOperation> operations) {
    return zk_.ask(std::move(operations));
  }
  const ZkResult& ask(ZkOperation operation) { return zk_.ask(std::move(operation)); }
  /// children(): the names below a znode, none if it does not exist. The next function also reads each child's data and
  /// omits children that were deleted in the meantime.
  std::vector<std::string> children(const std::string& path, bool watch = false);
  std::vector<std::pair<std::string, ZkResult>> read_children(const std::string& path, bool watch = false);
  /// Writes on condition that this broker is still the controller; returns the result of each write. Throws Moved.
  std::vector<ZkResult> write(const std::vector<ZkOperation>& operations);
  void remove_all(const std::vector<std::string>& paths);
  static void expect(const ZkResult& result, std::initializer_list<ZkError> allowed);

  // Requests to brokers.
  void flush(ControlBatch& batch);
  void update_metadata(const std::vector<BrokerId>& brokers, const Partitions& partitions);
  template <sim::Fact F>
  void tell(F fact) {
    zk_.once([&] { ctx_.trace(std::move(fact)); });
  }

  // broker_changes.cpp
  std::map<BrokerId, LivingBroker> read_brokers(bool watch);
  void broker_change();
  void remove_broker(BrokerId id);
  void on_broker_startup(const std::vector<BrokerId>& brokers);
  void on_broker_failure(const std::vector<BrokerId>& brokers);
  void on_replicas_offline(const std::vector<PartitionReplica>& replicas);
  void controlled_shutdown(const ControllerEvent& event);
  void log_dir_events();
  void leader_and_isr_response(const ControllerEvent& event);

  // partition_states.cpp
  /// In the order of Kafka's hash tables (scala_order.h).
  znode::NamedPartitions named(const Partitions& partitions) const;
  Partitions ordered(const Partitions& partitions, Places (*order)(const znode::NamedPartitions&)) const;
  /// The partitions in the iteration order of an immutable set or map filled in this order.
  Partitions as_set(const Partitions& partitions) const;
  /// The members of `filtered` that are in `set`, which partitionAssignments produced (in_assignment_order).
  Partitions taken_from(const Partitions& set, const Partitions& filtered) const;
  void trigger_online_state_change(TopicId only = protocol::kNoTopic);
  /// The result for each partition: NONE, or the reason why it has no new leader.
  std::map<TopicPartition, ErrorCode> partitions_online(const Partitions& partitions, ElectionStrategy strategy);
  void initialize(const Partitions& partitions, ControlBatch& batch, std::map<TopicPartition, ErrorCode>& out);
  Partitions elect(const Partitions& partitions, ElectionStrategy strategy, ControlBatch& batch,
                   std::map<TopicPartition, ErrorCode>& out);
  std::map<TopicPartition, LeaderAndIsr> read_states(const Partitions& partitions);
  std::map<TopicId, bool> unclean_allowed(const Partitions& partitions);
  std::optional<LeaderAndIsr> choose(TopicPartition p, const LeaderAndIsr& now, ElectionStrategy strategy,
                                     bool unclean);
  /// Writes the states whose znodes are unchanged, and caches them, in the iteration order of a map filled in this
  /// order. The bool is whether the state was written.
  std::vector<std::pair<TopicPartition, bool>> write_states(const Partitions& order,
                                                            const std::map<TopicPartition, LeaderAndIsr>& states,
                                                            const std::map<TopicPartition, LeaderAndIsr>& before);
  void remember(TopicPartition p, const LeaderAndIsr& state);
  void replicas_online(const std::vector<PartitionReplica>& replicas);
  void replicas_offline(const std::vector<PartitionReplica>& replicas);
  std::map<TopicPartition, LeaderAndIsr> remove_from_isr(BrokerId replica, Partitions partitions);
  void bump_epoch_and_send(TopicPartition p, const IdList& brokers);

  // topic_events.cpp
  void topic_change();
  void partition_modifications(const std::string& topic);
  void on_new_partitions(const Partitions& partitions);
  void isr_change_notification();
  void leader_election(const ControllerEvent& event);
  void zk_leader_election();
  void auto_leader_rebalance();
  void unclean_election_enabled(const std::string& topic);
  std::map<TopicPartition, ErrorCode> elect_replicas(const Partitions& partitions, bool unclean);

  // topic_deletion.cpp
  void topic_deletion();
  void queue_deletions(bool takes_over);
  void fail_deletion(const PartitionReplica& replica);
  void resume_deletions();
  void on_deletion_started(TopicId topic);
  void stop_replica_response(const ControllerEvent& event);
  void complete_deletion(TopicId topic);

  // reassignment.cpp
  std::set<TopicPartition> zk_reassignment();
  void api_reassignment(const ControllerEvent& event);
  void reassignment_isr_change(TopicPartition p);
  ErrorCode reassign(TopicPartition p, const znode::Assignment& to);
  void go_on_with_reassignment(TopicPartition p);
  void finish_reassignment(TopicPartition p);
  void stop_removed(TopicPartition p, const IdList& removed);
  void write_assignment(TopicId topic);
  void change_assignment(TopicPartition p, const znode::Assignment& to);

  KafkaController& c_;
  Ctx& ctx_;
  ControllerContext& context_;
  ZkScript& zk_;
};

}  // namespace kafkascope::controller
