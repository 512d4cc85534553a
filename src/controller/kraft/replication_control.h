// The active controller's decisions about topics and partitions. Kafka: ReplicationControlManager (4.1). The object is
// a view of the uncommitted image for one decision: it changes nothing and appends records to a list.
#pragma once
#include <cstdint>
#include <vector>

#include "controller/kraft/partition_change_builder.h"
#include "controller/kraft/replica_placer.h"
#include "protocol/historical.h"
#include "protocol/messages_admin.h"
#include "protocol/messages_quorum.h"
#include "protocol/metadata_image.h"
#include "sim/random.h"

namespace kafkascope::protocol {
class Config;
}  // namespace kafkascope::protocol

namespace kafkascope::controller {

using protocol::BrokerEpoch;
using protocol::ErrorCode;
using Records = std::vector<protocol::MetadataRecord>;

/// A periodic pass makes at most this many elections; the next pass follows at once
/// (QuorumController.MAX_ELECTIONS_PER_IMBALANCE).
inline constexpr std::size_t kMaxElectionsPerPass = 1000;

class ReplicationControl {
 public:
  ReplicationControl(const protocol::MetadataImage& image, const protocol::Config& config,
                     protocol::Historical historical = {})
      : image_(image), config_(config), historical_(historical) {}

  // Changes of a broker's state: they affect the ISRs that the broker leaves, the leaders that replace it, and its
  // registration.
  void broker_fenced(BrokerId id, Records& out) const;
  void broker_unfenced(BrokerId id, BrokerEpoch epoch, Records& out) const;
  void broker_in_controlled_shutdown(BrokerId id, BrokerEpoch epoch, Records& out) const;
  /// Handles the partitions of the previous incarnation when a new one registers. clean: the new incarnation presented
  /// the previous epoch from its clean-shutdown file (KIP-966).
  void broker_restarted(BrokerId id, bool clean, Records& out) const;

  /// Directories of a live broker have failed: its replicas there leave the ISRs and lose leadership; the registration
  /// keeps the other directories.
  void directories_offline(BrokerId id, BrokerEpoch epoch, const std::vector<protocol::DirectoryId>& offline,
                           Records& out) const;
  /// AssignReplicasToDirs; the caller checks the sender's broker epoch. Replicas that are assigned to a failed
  /// directory become offline.
  void assign_replicas_to_dirs(const protocol::AssignReplicasToDirsRequest& request, Records& out) const;

  bool has_leaderships(BrokerId id) const;

  /// The caller checks the sender's broker epoch.
  protocol::AlterPartitionResponse alter_partition(const protocol::AlterPartitionRequest& request, Records& out) const;
  ErrorCode validate_alter_partition(BrokerId sender, const protocol::AlterPartitionData& data) const;

  protocol::CreateTopicsResponse create_topics(const protocol::CreateTopicsRequest& request,
                                               const std::vector<UsableBroker>& brokers, sim::Random& random,
                                               Records& out) const;

  // Defined in topic_changes.cpp.
  protocol::DeleteTopicsResponse delete_topics(const protocol::DeleteTopicsRequest& request, Records& out) const;
  protocol::CreatePartitionsResponse create_partitions(const protocol::CreatePartitionsRequest& request,
                                                       const std::vector<UsableBroker>& brokers, sim::Random& random,
                                                       Records& out) const;
  protocol::ElectLeadersResponse elect_leaders(const protocol::ElectLeadersRequest& request, Records& out) const;
  protocol::AlterPartitionReassignmentsResponse reassign(const protocol::AlterPartitionReassignmentsRequest& request,
                                                         Records& out) const;
  /// UnregisterBroker: BROKER_ID_NOT_REGISTERED; otherwise other replicas take over the broker's partitions, and its
  /// registration is removed.
  ErrorCode unregister_broker(BrokerId id, Records& out) const;

  /// ElectLeaders of one partition. Preferred: ELECTION_NOT_NEEDED, PREFERRED_LEADER_NOT_AVAILABLE; Unclean:
  /// ELECTION_NOT_NEEDED, ELIGIBLE_LEADERS_NOT_AVAILABLE.
  ErrorCode elect_leader(TopicPartition p, Election type, Records& out) const;
  /// Preferred elections for partitions that are not led by their first replica. Returns true if more elections may be
  /// needed.
  bool balance_leaders(Records& out) const;
  /// Unclean elections for leaderless partitions of topics that allow them. Returns true if more elections may be
  /// needed.
  bool elect_unclean_leaders(Records& out) const;

 private:
  /// Brokers whose state differs from the image's while a decision's records are written.
  struct Moving {
    BrokerId removed = protocol::kNoBroker;           // the broker leaves every ISR and may not lead
    BrokerId added = protocol::kNoBroker;             // the broker may lead although it is still fenced
    BrokerId unclean_shutdown = protocol::kNoBroker;  // the broker leaves every ISR and ELR and may not lead
  };
  template <class Affected>
  void update_leaders_and_isrs(const Moving& moving, Affected affected, Records& out) const;
  PartitionChangeBuilder change(TopicPartition p, const protocol::TopicImage& topic,
                                const PartitionRegistration& partition, const Moving& moving,
                                bool knows_elr = true) const;
  bool is_active(BrokerId id) const;
  ErrorCode create_topic(const protocol::CreatableTopic& topic, const std::vector<UsableBroker>& brokers,
                         sim::Random& random, protocol::TopicId id, Records& out, std::string& message) const;
  ErrorCode check_assignment(const IdList& replicas, int replication_factor, std::string& message) const;
  /// The record of a new partition: its leader is the first active replica. `manual`: the replicas were chosen by hand.
  ErrorCode add_partition(TopicPartition p, const IdList& replicas, bool manual, Records& out,
                          std::string& message) const;
  ErrorCode add_partitions(const protocol::CreatablePartitions& asked, const std::vector<UsableBroker>& brokers,
                           sim::Random& random, Records& out, std::string& message) const;
  ErrorCode change_reassignment(TopicPartition tp, const PartitionRegistration& partition, const IdList& target,
                                Records& out, std::string& message) const;
  ErrorCode cancel_reassignment(TopicPartition tp, const PartitionRegistration& partition, Records& out,
                                std::string& message) const;

  const protocol::MetadataImage& image_;
  const protocol::Config& config_;
  protocol::Historical historical_;
};

/// The reason why a topic may not have this name; "" if it may (Topic.validate).
std::string topic_name_problem(std::string_view name);

}  // namespace kafkascope::controller
