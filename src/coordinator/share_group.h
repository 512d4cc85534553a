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

/// Sorted.
struct ShareStatePartitions {
  Partitions initializing, initialized;
  std::vector<protocol::TopicId> deleting;
};

struct ShareGroupMemberMetadataRecord;
struct ShareGroupCurrentMemberAssignmentRecord;

class ShareGroup : public ModernGroup<ShareGroupMember, ShareGroupState> {
 public:
  static constexpr std::string_view kKind = "ShareGroup";  // as its records are called
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
  ShareStatePartitions state_partitions() const;
  void set_state_partitions(const ShareStatePartitions& all);

  /// Requests to the share coordinator that are out, and those that came back well; not stored.
  std::set<protocol::TopicPartition> awaited, answered;

 private:
  std::set<protocol::TopicPartition> initialized_, initializing_;
  std::set<protocol::TopicId> deleting_;
};

// Its records in __consumer_offsets. Without a value: tombstones.
using ShareGroupMetadataRecord = ModernGroupMetadataRecord<ShareGroup>;
struct ShareGroupMemberMetadataRecord {
  using Group = ShareGroup;
  struct Value {
    std::string client_id;
    std::vector<std::string> subscribed_topic_names;
  };
  std::string group, member;
  std::optional<Value> value;
};
using ShareGroupTargetAssignmentMetadataRecord = ModernGroupTargetAssignmentMetadataRecord<ShareGroup>;
using ShareGroupTargetAssignmentMemberRecord = ModernGroupTargetAssignmentMemberRecord<ShareGroup>;
struct ShareGroupCurrentMemberAssignmentRecord {
  using Group = ShareGroup;
  struct Value {
    std::int32_t member_epoch = 0, previous_member_epoch = -1;
    Partitions assigned;
  };
  std::string group, member;
  std::optional<Value> value;
};
struct ShareGroupStatePartitionMetadataRecord {
  using Group = ShareGroup;
  using Value = ShareStatePartitions;
  std::string group;
  std::optional<Value> value;
};
/// Who shares what: each member gets one partition by the hash of its id, keeps others of its present ones until it has its share, and
/// what nobody reads then is dealt out. `assignable`: the partitions of subscribed topics, sorted. Kafka: SimpleAssignor (4.1).
/// Where Kafka goes through a hash table, this goes by member id, and by topic and partition.
TargetAssignment assign_simple(const AssignorSpec& spec, const Partitions& assignable);

}  // namespace kafkascope::coordinator
