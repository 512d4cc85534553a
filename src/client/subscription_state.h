// A consumer's partitions and its position in each of them. Kafka: SubscriptionState.
//
// The states of a partition:
//   Initializing --committed offset found--> AwaitValidation or Fetching
//   Initializing --no committed offset--> AwaitReset --ListOffsets--> Fetching
//   Fetching --new leader epoch--> AwaitValidation --OffsetForLeaderEpoch--> Fetching (KIP-320)
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/metadata_cache.h"
#include "client/options.h"
#include "protocol/reasons.h"

namespace kafkascope::client {

struct FetchPosition {
  protocol::Offset offset;             // the next offset to deliver
  protocol::LeaderEpoch offset_epoch;  // epoch of the batch before `offset`; -1: unknown
  LeaderAndEpoch current_leader;       // as known when the position was last checked; fetches go there

  bool operator==(const FetchPosition&) const = default;
};

struct AssignedPartition {
  enum class State : std::uint8_t { Initializing, AwaitReset, AwaitValidation, Fetching };
  State state = State::Initializing;
  FetchPosition position;
  std::int64_t reset_timestamp = protocol::kLatestTimestamp;  // AwaitReset: the timestamp for ListOffsets
  fact::PositionReason reset_reason{};
  bool request_pending = false;  // ListOffsets or OffsetForLeaderEpoch is in flight
  sim::Instant retry_at{0};
  bool nothing_committed = false;  // Initializing: the coordinator has no committed offset, so auto.offset.reset
                                   // decides, or the position becomes the beginning
  bool or_beginning = false;
  bool paused = false;
  bool pending_revocation = false;  // an auto commit before a rebalance is in progress, so no more records are
                                    // delivered
  protocol::Offset processed;       // the offset after the last processed record
  protocol::Offset committed;       // the committed offset as far as this consumer knows
  protocol::BrokerId read_replica = protocol::kNoBroker;  // a follower that the leader named (KIP-392)
  sim::Instant read_replica_until{0};                     // when (after metadata.max.age.ms) the consumer asks the
                                                          // leader again
  std::uint64_t place = 0;                                // position in the order of turns; the smallest is next

  bool has_position() const { return state == State::Fetching || state == State::AwaitValidation; }
  bool fetchable() const { return state == State::Fetching && !paused && !pending_revocation; }
};

/// The name in Kafka: SubscriptionState.FetchStates.
const char* name(AssignedPartition::State state);

class SubscriptionState {
 public:
  using Partitions = std::map<protocol::TopicPartition, AssignedPartition>;

  std::set<std::string, std::less<>> topics;  // the topics passed to subscribe()
  Partitions assigned;

  AssignedPartition* find(protocol::TopicPartition p) {
    const auto it = assigned.find(p);
    return it == assigned.end() ? nullptr : &it->second;
  }
  /// Keeps the partitions that stay, adds the new ones without a position, and drops the rest.
  void assign(const std::vector<protocol::TopicPartition>& partitions);
  /// In 2.5 an assignment starts in the order of a Java hash table (assignFromSubscribed, PartitionStates.set).
  void order_as_java(const MetadataCache& metadata);
  std::vector<protocol::TopicPartition> partitions() const;
  /// In 2.5: the partitions in the order of their turns, grouped by topic as in a JoinGroup
  /// (ConsumerProtocol.serializeSubscriptionV1).
  std::vector<protocol::TopicPartition> partitions_in_turn(const MetadataCache& metadata) const;
  /// The partition was read or answered with an error, so its next turn comes after all others (movePartitionToEnd).
  void move_to_end(protocol::TopicPartition p) {
    if (AssignedPartition* a = find(p)) a->place = ++last_place_;
  }
  /// The positions to commit: those that need no validation (allConsumed).
  std::map<protocol::TopicPartition, FetchPosition> all_consumed() const;
  /// Sets the position and traces it; asks for validation when both epochs are known.
  void seek(Ctx& ctx, protocol::TopicPartition p, FetchPosition position, fact::PositionReason reason, bool validate);
  void request_reset(protocol::TopicPartition p, std::int64_t timestamp, fact::PositionReason reason);
  /// Moves all partitions to the group's committed offsets, like an application that calls committed() and seek() for
  /// each. If there is none: `or_beginning` as if by seekToBeginning(), otherwise as auto.offset.reset says.
  void go_back_to_committed(bool or_beginning);
  /// The topic was deleted and created again. Positions belong to the topic's name, as in Kafka, and may be out of
  /// range in the new topic.
  void retarget(protocol::TopicId before, protocol::TopicId now);
  /// Returns to the leader. Returns false if the partition was already read from the leader.
  bool clear_read_replica(Ctx& ctx, protocol::TopicPartition p, fact::ReadReplicaReason reason);
  /// Requires validation if a leader epoch is newer than the one with which the position was validated
  /// (maybeValidatePositionForCurrentLeader). 4.1 keeps the position's leader until another one is known.
  /// `without_leader`: 2.5 also considers an epoch without a leader.
  void note_leaders(const MetadataCache& metadata, bool without_leader);

 private:
  std::uint64_t last_place_ = 0;
};

/// "[orders-0, orders-1]", with the names from the metadata.
std::string partitions_text(const std::vector<protocol::TopicPartition>& partitions, const MetadataCache& metadata);
/// F: fact::PartitionsAssigned, PartitionsRevoked or PartitionsLost.
template <sim::Fact F>
void tell_partitions(Ctx& ctx, std::int32_t generation, const std::vector<protocol::TopicPartition>& partitions,
                     const MetadataCache& metadata) {
  ctx.trace(F{generation, static_cast<std::int32_t>(partitions.size()), partitions_text(partitions, metadata)});
}

}  // namespace kafkascope::client
