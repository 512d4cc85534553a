// What observers may ask the world. Read only; valid for one question.
#pragma once
#include "observe/ledger.h"
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
  /// The committed metadata: of the controller that has applied most of the quorum's log, dead or alive.
  virtual const protocol::MetadataImage& committed() const = 0;
  /// A replica's log, of dead brokers too (their disk and page cache); nullptr if that broker never had it.
  virtual const storage::PartitionLog* log(BrokerId broker, TopicPartition p) const = 0;
  /// As that broker's leader state has it: committed ISR and what it has asked to add. Empty if it does not lead.
  virtual IdList maximal_isr(BrokerId broker, TopicPartition p) const = 0;
  /// min(min.insync.replicas, replication factor) as that broker has it, whose metadata may lag. 0 if it does not lead.
  virtual int effective_min_isr(BrokerId broker, TopicPartition p) const = 0;
  /// -1: the node is no broker, or another process is registered under its id. Kafka counts two processes with one id as one broker, and the
  /// first one goes on by the metadata of the second (STALE_BROKER_EPOCH does not stop it).
  virtual BrokerId broker_at(sim::NodeId node) const = 0;
  /// Names, for people.
  virtual std::string node(sim::NodeId node) const = 0;
  virtual std::string topic(protocol::TopicId topic) const = 0;
  /// Its process has caught up with the metadata and serves: before, what it believes to lead is of the process before it.
  virtual bool has_joined(BrokerId broker) const = 0;
  /// How far its wall clock is ahead.
  virtual sim::Duration clock_skew(sim::NodeId node) const = 0;
  /// nullptr: the node is no controller.
  virtual const raft::QuorumNode* voter_at(sim::NodeId node) const = 0;
  /// A voter's or a broker's copy of the quorum's log; nullptr: the node has none.
  virtual const raft::QuorumNode* quorum_log(sim::NodeId node) const = 0;
  /// unclean.leader.election.enable, of the topic or the cluster.
  virtual bool unclean_election_enabled(TopicPartition p) const = 0;
  virtual std::vector<const raft::QuorumNode*> voters() const = 0;
};

/// A broker may not have heard of it yet.
inline bool is_deleted(const WorldView& world, protocol::TopicId topic) {
  const auto& topics = world.committed().topics();
  return topic >= 0 && static_cast<std::size_t>(topic) < topics.size() &&
         topics[static_cast<std::size_t>(topic)].removed;
}

/// At a start: that broker has nothing left of the partition; its disk was replaced, and no line has told so.
bool begins_empty(const WorldView& world, BrokerId broker, TopicPartition p);

}  // namespace kafkascope::observe
