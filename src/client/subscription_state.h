// What a consumer reads and where it stands in each partition. Kafka: SubscriptionState.
//
// A partition: Initializing --committed offset found--> AwaitValidation or Fetching; --none--> AwaitReset --ListOffsets--> Fetching;
// a new leader epoch: Fetching -> AwaitValidation --OffsetForLeaderEpoch--> Fetching (KIP-320).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/metadata_cache.h"
#include "client/options.h"

namespace kafkascope::client {

struct FetchPosition {
  protocol::Offset offset;             // the next one to deliver
  protocol::LeaderEpoch offset_epoch;  // of the batch before it; -1 unknown
  protocol::LeaderEpoch leader_epoch;  // the leader believed when the position was last checked

  bool operator==(const FetchPosition&) const = default;
};

struct AssignedPartition {
  enum class State : std::uint8_t { Initializing, AwaitReset, AwaitValidation, Fetching };
  State state = State::Initializing;
  FetchPosition position;
  std::int64_t reset_timestamp = protocol::kLatestTimestamp;  // AwaitReset: what to ask ListOffsets for
  std::string reset_reason;
  bool request_pending = false;  // ListOffsets or OffsetForLeaderEpoch is out
  sim::Instant retry_at{0};
  bool nothing_committed = false;  // Initializing: the coordinator said so, auto.offset.reset decides
  bool paused = false;
  bool pending_revocation = false;  // auto commit before a rebalance is under way: nothing more is delivered
  protocol::Offset processed;       // behind the last record whose work is done
  protocol::Offset committed;       // as this consumer knows
  protocol::BrokerId read_replica = protocol::kNoBroker;  // a follower that the leader named (KIP-392)
  sim::Instant read_replica_until{0};                     // metadata.max.age.ms later the leader is asked again
  std::uint64_t place = 0;                                // whose turn it is: the smallest first

  bool has_position() const { return state == State::Fetching || state == State::AwaitValidation; }
  bool fetchable() const { return state == State::Fetching && !paused && !pending_revocation; }
};

/// Kafka's word: SubscriptionState.FetchStates.
const char* name(AssignedPartition::State state);

class SubscriptionState {
 public:
  using Partitions = std::map<protocol::TopicPartition, AssignedPartition>;

  std::set<std::string, std::less<>> topics;  // subscribe()
  Partitions assigned;

  AssignedPartition* find(protocol::TopicPartition p) {
    const auto it = assigned.find(p);
    return it == assigned.end() ? nullptr : &it->second;
  }
  /// Keeps what stays, adds the new ones without a position, drops the rest.
  void assign(const std::vector<protocol::TopicPartition>& partitions);
  /// 2.5: an assignment begins in the order of a Java hash table (assignFromSubscribed, PartitionStates.set).
  void order_as_java(const MetadataCache& metadata);
  std::vector<protocol::TopicPartition> partitions() const;
  /// 2.5: in the order in which they have their turn, by topic as a JoinGroup has them (ConsumerProtocol.serializeSubscriptionV1).
  std::vector<protocol::TopicPartition> partitions_in_turn(const MetadataCache& metadata) const;
  /// It was read, or answered with an error: the others have their turn first (movePartitionToEnd).
  void move_to_end(protocol::TopicPartition p) {
    if (AssignedPartition* a = find(p)) a->place = ++last_place_;
  }
  /// Positions to commit: those that need not be validated first (allConsumed).
  std::map<protocol::TopicPartition, FetchPosition> all_consumed() const;
  /// Sets the position and traces it; asks for validation when both epochs are known.
  void seek(Ctx& ctx, protocol::TopicPartition p, FetchPosition position, const char* reason, bool validate);
  void request_reset(protocol::TopicPartition p, std::int64_t timestamp, std::string reason);
  /// The topic was deleted and made anew: positions go by its name, as Kafka's do, and may be out of range in the new one.
  void retarget(protocol::TopicId before, protocol::TopicId now);
  /// Back to the leader. False: it was read from the leader anyway.
  bool clear_read_replica(Ctx& ctx, protocol::TopicPartition p, const char* reason);
  /// A leader epoch newer than the position was checked with: check again (maybeValidatePositionForCurrentLeader).
  void note_leaders(const MetadataCache& metadata);

 private:
  std::uint64_t last_place_ = 0;
};

/// "[orders-0, orders-1]" by the names the metadata has.
std::string partitions_text(const std::vector<protocol::TopicPartition>& partitions, const MetadataCache& metadata);
/// F: fact::PartitionsAssigned, PartitionsRevoked or PartitionsLost.
template <sim::Fact F>
void tell_partitions(Ctx& ctx, std::int32_t generation, const std::vector<protocol::TopicPartition>& partitions,
                     const MetadataCache& metadata) {
  ctx.trace(F{generation, static_cast<std::int32_t>(partitions.size()), partitions_text(partitions, metadata)});
}

}  // namespace kafkascope::client
