// One group of the consumer group protocol as its coordinator keeps it: epochs, members, target and current assignment.
// Kafka: ConsumerGroup, ConsumerGroupMember, MemberState. Source: KIP-848.
//
// There are three epochs. The group epoch rises whenever members, subscriptions or topics change. The assignment epoch
// follows when a new target has been computed. Each member's epoch follows when the member has revoked the partitions
// that the target takes from it. A member waits for another one only if it is to receive a partition that the other
// still owns.
// This state is derived from records: the coordinator writes a record and applies it, and a new coordinator replays
// it.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/classic_group.h"
#include "coordinator/modern_group.h"

namespace kafkascope::coordinator {

/// How far a member has got towards its target. Kafka: MemberState.
enum class MemberState : std::uint8_t { Stable, UnrevokedPartitions, UnreleasedPartitions };
/// Kafka's name: "UNREVOKED_PARTITIONS".
std::string_view name(MemberState state);

struct ConsumerGroupMember : ModernGroupMember {
  std::string instance_id;
  MemberState state = MemberState::Stable;
  std::int32_t rebalance_timeout_ms = -1;  // the consumer's max.poll.interval.ms
  std::string subscribed_topic_regex;      // empty: none
  std::string rack_id;                     // stored and described, but 4.1's assignors do not use it
  std::string server_assignor;             // empty: the broker's default
  /// For a member of this group that uses the classic protocol. Kafka: ClassicMemberMetadata. Simplified: only the
  /// names of the embedded protocols are kept; their subscription is in subscribed_topic_names.
  struct Classic {
    std::int32_t session_timeout_ms = 0;
    std::vector<std::string> protocols;  // preferred protocol first
    KAFKASCOPE_FIELDS(session_timeout_ms, protocols)
  };
  std::optional<Classic> classic;
  Partitions pending_revocation;

  bool is_static() const { return !instance_id.empty(); }
  bool speaks_classic() const { return classic.has_value(); }
  bool reconciled_to(std::int32_t epoch) const { return state == MemberState::Stable && member_epoch == epoch; }
  friend bool operator==(const ConsumerGroupMember&, const ConsumerGroupMember&) = default;
};

enum class ConsumerGroupState : std::uint8_t { Empty, Assigning, Reconciling, Stable, Dead };
inline constexpr int kConsumerGroupStates = 5;
std::string_view name(ConsumerGroupState state);  // "Reconciling"
// clang-format off
inline constexpr Arrow<ConsumerGroupState> kConsumerGroupArrows[] = {
    {ConsumerGroupState::Empty, ConsumerGroupState::Assigning, "a first member came; the group epoch has risen"},
    {ConsumerGroupState::Stable, ConsumerGroupState::Assigning, "members, subscriptions or topics changed; the group epoch has risen"},
    {ConsumerGroupState::Reconciling, ConsumerGroupState::Assigning, "something changed again while members were on their way"},
    {ConsumerGroupState::Assigning, ConsumerGroupState::Reconciling, "the coordinator has worked out the target; members go there one by one"},
    {ConsumerGroupState::Assigning, ConsumerGroupState::Stable, "the new target is where everybody is already"},
    {ConsumerGroupState::Reconciling, ConsumerGroupState::Stable, "every member has reached the target"},
    {ConsumerGroupState::Stable, ConsumerGroupState::Reconciling, "a static member is away for a while"},
    {ConsumerGroupState::Assigning, ConsumerGroupState::Empty, "the last member is gone; the offsets stay"},
    {ConsumerGroupState::Reconciling, ConsumerGroupState::Empty, "the last member is gone; the offsets stay"},
    {ConsumerGroupState::Stable, ConsumerGroupState::Empty, "the last member is gone; the offsets stay"},
    {ConsumerGroupState::Empty, ConsumerGroupState::Dead, "the group is removed"},
};
// clang-format on
/// The topics that a regular expression matched when it was last resolved. Kafka: ResolvedRegularExpression.
struct ResolvedRegex {
  std::vector<std::string> topics;  // sorted
  std::int64_t version = -1;        // version of the metadata
  std::int64_t timestamp_ms = -1;
  static constexpr bool kFlexible = true;  // as the value of a record
  KAFKASCOPE_FIELDS(topics, version, timestamp_ms)
};

constexpr const Arrow<ConsumerGroupState>* find_arrow(ConsumerGroupState from, ConsumerGroupState to) {
  for (const auto& arrow : kConsumerGroupArrows)
    if (arrow.from == from && arrow.to == to) return &arrow;
  return nullptr;
}

/// A group.state line gives states as numbers: those of consumer groups follow those of classic groups.
inline constexpr std::int64_t kFirstConsumerStateCode = 16;
constexpr std::int64_t state_code(ConsumerGroupState s) {
  return kFirstConsumerStateCode + static_cast<std::int64_t>(s);
}
/// Kafka's name of the state with this number.
std::string_view state_name(std::int64_t code);
bool is_stable(std::int64_t code);

/// The length of the ClientHost in a record. Hosts have no addresses here, so "/127.0.0.1" is assumed; Kafka writes its
/// length before it.
inline constexpr std::int64_t kClientHostLength = 10;

// The records of a consumer group in __consumer_offsets, except those that share groups also have.
class ConsumerGroup;
struct ConsumerGroupMemberMetadataKey {
  using Group = ConsumerGroup;
  static constexpr RecordType kType = 5;
  static constexpr std::string_view kName = "ConsumerGroupMemberMetadata";
  std::string group, member;
  KAFKASCOPE_FIELDS(group, member)
};
struct ConsumerGroupMemberMetadataValue {
  static constexpr bool kFlexible = true;
  std::string instance_id, client_id, server_assignor;
  std::int32_t rebalance_timeout_ms = -1;
  std::vector<std::string> subscribed_topic_names;
  std::string subscribed_topic_regex, rack_id;
  std::optional<ConsumerGroupMember::Classic> classic;
  KAFKASCOPE_FIELDS(instance_id, rack_id, client_id, subscribed_topic_names, subscribed_topic_regex,
                    rebalance_timeout_ms, server_assignor, classic)
  std::int64_t kafka_size(const KafkaLayout& layout) const;
};
struct ConsumerGroupCurrentMemberAssignmentKey {
  using Group = ConsumerGroup;
  static constexpr RecordType kType = 8;
  static constexpr std::string_view kName = "ConsumerGroupCurrentMemberAssignment";
  std::string group, member;
  KAFKASCOPE_FIELDS(group, member)
};
struct ConsumerGroupCurrentMemberAssignmentValue {
  static constexpr bool kFlexible = true;
  std::int32_t member_epoch = 0, previous_member_epoch = -1;
  MemberState state = MemberState::Stable;
  Partitions assigned, pending_revocation;
  KAFKASCOPE_FIELDS(member_epoch, previous_member_epoch, state, assigned, pending_revocation)
};
struct ConsumerGroupRegularExpressionKey {
  using Group = ConsumerGroup;
  static constexpr RecordType kType = 16;
  static constexpr std::string_view kName = "ConsumerGroupRegularExpression";
  std::string group, regex;
  KAFKASCOPE_FIELDS(group, regex)
};
using ConsumerGroupMemberMetadataRecord = TypedRecord<ConsumerGroupMemberMetadataKey, ConsumerGroupMemberMetadataValue>;
using ConsumerGroupCurrentMemberAssignmentRecord =
    TypedRecord<ConsumerGroupCurrentMemberAssignmentKey, ConsumerGroupCurrentMemberAssignmentValue>;
using ConsumerGroupRegularExpressionRecord = TypedRecord<ConsumerGroupRegularExpressionKey, ResolvedRegex>;

class ConsumerGroup : public ModernGroup<ConsumerGroupMember, ConsumerGroupState> {
 public:
  struct Records {
    static constexpr RecordType kMetadata = 3, kTargetAssignmentMetadata = 6, kTargetAssignmentMember = 7;
    static constexpr std::string_view kMetadataName = "ConsumerGroupMetadata",
                                      kTargetAssignmentMetadataName = "ConsumerGroupTargetAssignmentMetadata",
                                      kTargetAssignmentMemberName = "ConsumerGroupTargetAssignmentMember";
    static constexpr bool kHashIsTagged = true;
  };
  using MemberRecord = ConsumerGroupMemberMetadataRecord;
  using CurrentAssignmentRecord = ConsumerGroupCurrentMemberAssignmentRecord;
  ConsumerGroup(std::string group_id, sim::Instant now)
      : ModernGroup(std::move(group_id), ConsumerGroupState::Dead, now) {}

  const ConsumerGroupMember* static_member(std::string_view instance_id) const;
  /// Whether all members subscribe to the same topics, by name or by one regular expression
  /// (ConsumerGroup.subscriptionType).
  bool homogeneous() const;
  /// The topics that the member subscribes to by name, and those that its expression matches; sorted.
  std::vector<std::string> topics_of(const ConsumerGroupMember& member) const;
  const std::map<std::string, ResolvedRegex, std::less<>>& regexes() const { return regexes_; }
  /// The members' expressions; sorted, without duplicates.
  std::vector<std::string> subscribed_regexes() const;
  int subscribers_of_regex(std::string_view regex) const;
  bool is_subscribed_to(std::string_view topic) const;
  /// The assignor that most members ask for; a tie goes to the first name. If no member asks for one, `otherwise`.
  std::string preferred_assignor(const std::string& otherwise) const;
  /// Classic members must have a protocol in common (ConsumerGroup.supportsClassicProtocols).
  bool supports_classic(std::string_view protocol_type, const std::vector<protocol::JoinProtocol>& protocols) const;
  /// Whether this member is the only one that does not use the classic protocol.
  bool all_classic_except(std::string_view member_id) const;
  /// Whether another member still owns a partition of this member's target.
  bool waits_for_unreleased(const ConsumerGroupMember& member) const;
  /// The epoch of the member that owns the partition, or is revoking it; -1: the partition is free.
  std::int32_t current_partition_epoch(protocol::TopicPartition p) const;

  /// NONE if the commit, or the OffsetFetch, is allowed. Kafka: ConsumerGroup.validateOffsetCommit,
  /// validateOffsetFetch.
  protocol::ErrorCode validate_offset_commit(std::string_view member_id, std::int32_t epoch) const;
  protocol::ErrorCode validate_offset_fetch(std::string_view member_id, std::int32_t epoch) const;

  /// The state that follows from the epochs (maybeUpdateGroupState).
  ConsumerGroupState computed_state() const;

  // The effects of records.
  void set_regex(const std::string& regex, ResolvedRegex resolved) { regexes_[regex] = std::move(resolved); }
  void remove_regex(std::string_view regex);

 private:
  protocol::ErrorCode validate_epoch(std::string_view member_id, std::int32_t epoch) const;

  std::map<std::string, ResolvedRegex, std::less<>> regexes_;
};

using ConsumerGroupMetadataRecord = ModernGroupMetadataRecord<ConsumerGroup>;
using ConsumerGroupTargetAssignmentMetadataRecord = ModernGroupTargetAssignmentMetadataRecord<ConsumerGroup>;
using ConsumerGroupTargetAssignmentMemberRecord = ModernGroupTargetAssignmentMemberRecord<ConsumerGroup>;

}  // namespace kafkascope::coordinator
