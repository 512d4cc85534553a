// The active controller's in-memory copy of ZooKeeper's content, and its decisions. Kafka: ControllerContext,
// PartitionState, ReplicaState (2.5). A copy costs a few references: when an event has to wait, the controller restores
// the copy made before that event.
#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/zookeeper/zk_data.h"
#include "protocol/endpoint.h"
#include "protocol/ids.h"
#include "sim/paged.h"

namespace kafkascope::controller {

using protocol::BrokerEpoch;
using protocol::BrokerId;
using protocol::IdList;
using protocol::TopicId;
using protocol::TopicPartition;
using znode::LeaderAndIsr;

/// NonExistent: never created, or deleted; New: no leader has been chosen yet; Offline: its leader is dead.
enum class PartitionState : std::uint8_t { NonExistent, New, Online, Offline };
/// The state of a replica whose topic is being deleted (other replicas' states follow from the live brokers).
/// Ineligible: its broker is dead or has refused the deletion.
enum class DeletionState : std::uint8_t { Started, Successful, Ineligible };

struct LivingBroker {
  BrokerEpoch epoch = -1;
  protocol::Endpoint endpoint;
  std::string rack;
};

struct PartitionContext {
  IdList replicas, adding, removing;
  PartitionState state = PartitionState::NonExistent;
  std::optional<LeaderAndIsr> decided;  // the content of its state znode, as last read or written
  bool being_reassigned() const { return !adding.empty() || !removing.empty(); }
  /// The replicas after the reassignment.
  IdList target() const {
    IdList out;
    for (BrokerId id : replicas)
      if (!removing.contains(id)) out.push_back(id);
    return out;
  }
};

struct TopicContext {
  std::string name;
  sim::Paged<PartitionContext> partitions;  // index = partition; a missing number has state NonExistent and no replicas
};

struct PartitionReplica {
  TopicPartition partition;
  BrokerId replica = protocol::kNoBroker;
  friend auto operator<=>(const PartitionReplica& a, const PartitionReplica& b) {
    if (const auto c = a.partition <=> b.partition; c != 0) return c;
    return a.replica <=> b.replica;
  }
  friend bool operator==(const PartitionReplica&, const PartitionReplica&) = default;
};

struct ControllerContext {
  std::int32_t epoch = 0;  // this controller's epoch
  /// Version of /controller_epoch as written by this controller; its writes are conditional on that version.
  std::int32_t epoch_zk_version = 0;
  std::map<BrokerId, LivingBroker> brokers;
  std::set<BrokerId> shutting_down;
  std::map<TopicId, TopicContext> topics;
  std::map<std::string, TopicId, std::less<>> names;
  std::set<TopicPartition> reassigned;      // partitions being reassigned; their state znodes are watched
  std::set<TopicId> deleting, undeletable;  // deleting: topics whose deletion was requested; undeletable: those that
                                            // cannot be deleted at present (a replica is dead, a reassignment is in
                                            // progress)
  std::map<PartitionReplica, DeletionState> deletions;
  std::map<BrokerId, std::set<TopicPartition>> failed_dirs;  // replicas whose directory is offline (KIP-112)
  std::int64_t unclean_elections = 0;  // since the process started, over all its terms as controller (ControllerStats)

  bool live(BrokerId id) const { return brokers.contains(id) && !shutting_down.contains(id); }
  bool live_or_shutting_down(BrokerId id) const { return brokers.contains(id); }
  bool replica_online(BrokerId id, TopicPartition p) const { return live(id) && !failed_dir(id, p); }
  bool failed_dir(BrokerId id, TopicPartition p) const {
    const auto it = failed_dirs.find(id);
    return it != failed_dirs.end() && it->second.contains(p);
  }
  const PartitionContext* find(TopicPartition p) const;
  PartitionContext& edit(TopicPartition p) {
    return topics.at(p.topic).partitions.edit(static_cast<std::size_t>(p.partition));
  }
  const std::string& name(TopicPartition p) const { return topics.at(p.topic).name; }
  /// Returns nullopt if the topic or partition does not exist.
  std::optional<TopicPartition> partition(std::string_view topic, std::int32_t number) const;
  /// Sets the partition's replicas; creates the partition if it does not exist.
  void assign(TopicId topic, const std::string& name, std::int32_t partition, const znode::Assignment& assignment);
  void forget_topic(TopicId topic);
  bool queued_for_deletion(TopicPartition p) const { return deleting.contains(p.topic); }
  bool deleted(const PartitionReplica& r) const {
    const auto it = deletions.find(r);
    return it != deletions.end() && it->second == DeletionState::Successful;
  }
  /// Calls visit(TopicPartition, const PartitionContext&) for all partitions, in the order of topics and partitions.
  template <class F>
  void for_each(F&& visit) const {
    for (const auto& [id, topic] : topics)
      for (std::size_t i = 0; i < topic.partitions.size(); ++i)
        if (!topic.partitions[i].replicas.empty())
          visit(TopicPartition{id, static_cast<std::int32_t>(i)}, topic.partitions[i]);
  }
  std::vector<TopicPartition> all_partitions() const;
  std::vector<TopicPartition> partitions_of(TopicId topic) const;
  std::vector<TopicPartition> partitions_on(BrokerId broker) const;
  std::vector<BrokerId> live_or_shutting_down_ids() const;
};

}  // namespace kafkascope::controller
