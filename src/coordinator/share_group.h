// One share group as its coordinator keeps it: members, epochs, each member's partitions, and the partitions for which
// state is stored. Kafka: ShareGroup, ShareGroupMember, SimpleAssignor. Source: KIP-932.
//
// Members share partitions, so a member takes its target at once: no member has to revoke a partition before another
// gets it. A partition is assigned only after the share coordinator has initialized it.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/consumer_group.h"

namespace kafkascope::coordinator {

using ShareGroupMember = ModernGroupMember;

enum class ShareGroupState : std::uint8_t { Empty, Stable, Dead };
inline constexpr int kShareGroupStates = 3;
std::string_view name(ShareGroupState state);
/// In a group.state line, share groups' state numbers follow those of consumer groups.
inline constexpr std::int64_t kFirstShareStateCode = 32;
constexpr std::int64_t state_code(ShareGroupState s) { return kFirstShareStateCode + static_cast<std::int64_t>(s); }

// The records of a share group in __consumer_offsets, except those that both kinds have.
class ShareGroup;
struct ShareGroupMemberMetadataKey {
  using Group = ShareGroup;
  static constexpr RecordType kType = 10;
  static constexpr std::string_view kName = "ShareGroupMemberMetadata";
  std::string group, member;
  KAFKASCOPE_FIELDS(group, member)
};
struct ShareGroupMemberMetadataValue {
  static constexpr bool kFlexible = true;
  static constexpr std::int64_t kFieldsNotKept = 1 + 1 + kClientHostLength;  // rackId (null), clientHost
  std::string client_id;
  std::vector<std::string> subscribed_topic_names;
  KAFKASCOPE_FIELDS(client_id, subscribed_topic_names)
};
struct ShareGroupCurrentMemberAssignmentKey {
  using Group = ShareGroup;
  static constexpr RecordType kType = 14;
  static constexpr std::string_view kName = "ShareGroupCurrentMemberAssignment";
  std::string group, member;
  KAFKASCOPE_FIELDS(group, member)
};
struct ShareGroupCurrentMemberAssignmentValue {
  static constexpr bool kFlexible = true;
  static constexpr std::int64_t kFieldsNotKept = 1;  // state
  std::int32_t member_epoch = 0, previous_member_epoch = -1;
  Partitions assigned;
  KAFKASCOPE_FIELDS(member_epoch, previous_member_epoch, assigned)
};
struct ShareGroupStatePartitionMetadataKey {
  using Group = ShareGroup;
  static constexpr RecordType kType = 15;
  static constexpr std::string_view kName = "ShareGroupStatePartitionMetadata";
  std::string group;
  KAFKASCOPE_FIELDS(group)
};
/// Sorted.
struct ShareGroupStatePartitionMetadataValue {
  static constexpr bool kFlexible = true;
  Partitions initializing, initialized;
  std::vector<protocol::TopicId> deleting;
  KAFKASCOPE_FIELDS(initializing, initialized, deleting)
  std::int64_t kafka_size(const KafkaLayout& layout) const;
};
using ShareGroupMemberMetadataRecord = TypedRecord<ShareGroupMemberMetadataKey, ShareGroupMemberMetadataValue>;
using ShareGroupCurrentMemberAssignmentRecord =
    TypedRecord<ShareGroupCurrentMemberAssignmentKey, ShareGroupCurrentMemberAssignmentValue>;
using ShareGroupStatePartitionMetadataRecord =
    TypedRecord<ShareGroupStatePartitionMetadataKey, ShareGroupStatePartitionMetadataValue>;

class ShareGroup : public ModernGroup<ShareGroupMember, ShareGroupState> {
 public:
  struct Records {
    static constexpr RecordType kMetadata = 11, kTargetAssignmentMetadata = 12, kTargetAssignmentMember = 13;
    static constexpr std::string_view kMetadataName = "ShareGroupMetadata",
                                      kTargetAssignmentMetadataName = "ShareGroupTargetAssignmentMetadata",
                                      kTargetAssignmentMemberName = "ShareGroupTargetAssignmentMember";
    static constexpr bool kHashIsTagged = false;
  };
  using MemberRecord = ShareGroupMemberMetadataRecord;
  using CurrentAssignmentRecord = ShareGroupCurrentMemberAssignmentRecord;
  ShareGroup(std::string group_id, sim::Instant now) : ModernGroup(std::move(group_id), ShareGroupState::Empty, now) {}

  const std::vector<std::string>& topics_of(const ShareGroupMember& member) const {
    return member.subscribed_topic_names;
  }
  bool homogeneous() const;
  /// initialized(): the share coordinator has state for them. initializing(): it has been asked to create state.
  /// deleting(): it must delete the state of these topics. Kafka: ShareGroupStatePartitionMetadataInfo.
  const std::set<protocol::TopicPartition>& initialized() const { return initialized_; }
  const std::set<protocol::TopicPartition>& initializing() const { return initializing_; }
  const std::set<protocol::TopicId>& deleting() const { return deleting_; }

  ShareGroupState computed_state() const { return empty() ? ShareGroupState::Empty : ShareGroupState::Stable; }

  /// These sets as the value of a record.
  ShareGroupStatePartitionMetadataValue state_partitions() const;
  void set_state_partitions(const ShareGroupStatePartitionMetadataValue& all);

  /// Partitions with a request to the share coordinator in flight, and partitions whose request succeeded; not stored.
  std::set<protocol::TopicPartition> awaited, answered;

 private:
  std::set<protocol::TopicPartition> initialized_, initializing_;
  std::set<protocol::TopicId> deleting_;
};

using ShareGroupMetadataRecord = ModernGroupMetadataRecord<ShareGroup>;
using ShareGroupTargetAssignmentMetadataRecord = ModernGroupTargetAssignmentMetadataRecord<ShareGroup>;
using ShareGroupTargetAssignmentMemberRecord = ModernGroupTargetAssignmentMemberRecord<ShareGroup>;

/// Each member first gets one partition by the hash of its id, then keeps its current partitions up to its share;
/// partitions without a member are then dealt out. `assignable`: the partitions of subscribed topics, sorted. Where
/// Kafka iterates over a hash table, this iterates by member id, and by topic and partition. Kafka: SimpleAssignor
/// (4.1).
TargetAssignment assign_simple(const AssignorSpec& spec, const Partitions& assignable);

}  // namespace kafkascope::coordinator
