// The questions that observers ask the world. Read only; valid for one query.
#pragma once
#include "observe/judge/ledger.h"
#include "protocol/metadata_image.h"

namespace kafkascope::raft {
class QuorumNode;
}

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::IdList;
using protocol::LeaderEpoch;

class WorldView : public Truth {
 public:
  /// The committed metadata: that of the controller that has applied most of the quorum's log, dead or alive.
  virtual const protocol::MetadataImage& committed() const = 0;
  /// A replica's log, also of a dead broker (its disk and page cache); nullptr if that broker never had it.
  virtual const storage::PartitionLog* log(BrokerId broker, TopicPartition p) const = 0;
  /// According to that broker's leader state: the committed ISR and the replicas it proposes to add. Empty if it does
  /// not lead.
  virtual IdList maximal_isr(BrokerId broker, TopicPartition p) const = 0;
  /// min(min.insync.replicas, replication factor) according to that broker, whose metadata may lag. 0 if it does not
  /// lead.
  virtual int effective_min_isr(BrokerId broker, TopicPartition p) const = 0;
  /// -1: the node is not a broker, or another process is registered under its id. Kafka treats two processes with one
  /// id as one broker: the first one continues with the second one's metadata (STALE_BROKER_EPOCH does not stop it).
  virtual BrokerId broker_at(sim::NodeId node) const = 0;
  /// Names, for display.
  virtual std::string node(sim::NodeId node) const = 0;
  virtual std::string topic(protocol::TopicId topic) const = 0;
  /// The broker's process has caught up with the metadata and serves; before that, its leaderships are those of the previous process.
  virtual bool has_joined(BrokerId broker) const = 0;
  /// How far its wall clock is ahead.
  virtual sim::Duration clock_skew(sim::NodeId node) const = 0;
  /// nullptr: the node is not a controller.
  virtual const raft::QuorumNode* voter_at(sim::NodeId node) const = 0;
  /// A voter's or broker's copy of the quorum's log; nullptr: the node has none.
  virtual const raft::QuorumNode* quorum_log(sim::NodeId node) const = 0;
  /// unclean.leader.election.enable, of the topic or the cluster.
  virtual bool unclean_election_enabled(TopicPartition p) const = 0;
  virtual std::vector<const raft::QuorumNode*> voters() const = 0;
};

/// Whether the topic is deleted; a broker may not know it yet.
inline bool is_deleted(const WorldView& world, protocol::TopicId topic) {
  const auto& topics = world.committed().topics();
  return topic >= 0 && static_cast<std::size_t>(topic) < topics.size() &&
         topics[static_cast<std::size_t>(topic)].removed;
}

/// Whether a broker that starts has no data of the partition left, because its disk was replaced. No line reports that.
bool begins_empty(const WorldView& world, BrokerId broker, TopicPartition p);

}  // namespace kafkascope::observe
