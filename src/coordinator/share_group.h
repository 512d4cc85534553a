// One share group as its coordinator keeps it: members, epochs, which partitions each one reads, for which of them there is stored
// state. Kafka: ShareGroup, ShareGroupMember, SimpleAssignor. Source: KIP-932.
//
// Nobody has to give anything up before another gets it: partitions are shared, so a member takes its target at once. A partition is
// handed out only when the share coordinator has been told of it (initialized).
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
/// In a group.state line, behind the consumer groups' numbers.
inline constexpr std::int64_t kFirstShareStateCode = 32;
constexpr std::int64_t state_code(ShareGroupState s) { return kFirstShareStateCode + static_cast<std::int64_t>(s); }

// Its records in __consumer_offsets besides those of both kinds.
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
  /// The share coordinator knows them; it is being told; it is to forget those topics. Kafka: ShareGroupStatePartitionMetadataInfo.
  const std::set<protocol::TopicPartition>& initialized() const { return initialized_; }
  const std::set<protocol::TopicPartition>& initializing() const { return initializing_; }
  const std::set<protocol::TopicId>& deleting() const { return deleting_; }

  ShareGroupState computed_state() const { return empty() ? ShareGroupState::Empty : ShareGroupState::Stable; }

  /// ... as its record says it.
  ShareGroupStatePartitionMetadataValue state_partitions() const;
  void set_state_partitions(const ShareGroupStatePartitionMetadataValue& all);

  /// Requests to the share coordinator that are out, and those that came back well; not stored.
  std::set<protocol::TopicPartition> awaited, answered;

 private:
  std::set<protocol::TopicPartition> initialized_, initializing_;
  std::set<protocol::TopicId> deleting_;
};

using ShareGroupMetadataRecord = ModernGroupMetadataRecord<ShareGroup>;
using ShareGroupTargetAssignmentMetadataRecord = ModernGroupTargetAssignmentMetadataRecord<ShareGroup>;
using ShareGroupTargetAssignmentMemberRecord = ModernGroupTargetAssignmentMemberRecord<ShareGroup>;

/// Who shares what: each member gets one partition by the hash of its id, keeps others of its present ones until it has its share, and
/// what nobody reads then is dealt out. `assignable`: the partitions of subscribed topics, sorted. Kafka: SimpleAssignor (4.1).
/// Where Kafka goes through a hash table, this goes by member id, and by topic and partition.
TargetAssignment assign_simple(const AssignorSpec& spec, const Partitions& assignable);

}  // namespace kafkascope::coordinator
