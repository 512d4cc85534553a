// The common part of groups of the newer protocols: epochs, members, and their target assignments. Kafka: ModernGroup,
// ModernGroupMember (coordinator.group.modern). Each kind of group adds its members' current assignments, its states
// and its records.
//
// This state is derived from records: the coordinator writes a record and applies it, and a new coordinator replays
// it.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/group_cause.h"
#include "coordinator/server_assignor.h"
#include "coordinator/typed_record.h"
#include "sim/time.h"

namespace kafkascope::coordinator {

struct ModernGroupMember {
  std::string member_id, client_id;
  std::int32_t member_epoch = 0, previous_member_epoch = -1;
  std::vector<std::string> subscribed_topic_names;  // sorted
  Partitions assigned;

  /// The member's name in trace lines: its client id and its unique member id.
  std::string text() const { return client_id + "/" + member_id; }
  friend bool operator==(const ModernGroupMember&, const ModernGroupMember&) = default;
};

template <class MemberOfKind, class StateOfKind>
class ModernGroup {
 public:
  using Member = MemberOfKind;
  using State = StateOfKind;
  using Members = std::map<std::string, Member, std::less<>>;

  /// `before`: the previous state that a new group reports before Empty.
  ModernGroup(std::string group_id, State before, sim::Instant now)
      : group_id_(std::move(group_id)), previous_state_(before), state_since_(now) {}

  const std::string& group_id() const { return group_id_; }
  std::int32_t group_epoch() const { return group_epoch_; }
  /// The group epoch for which the target was computed.
  std::int32_t assignment_epoch() const { return assignment_epoch_; }
  /// A hash of the subscribed topics as of the target (KIP-1101).
  std::uint64_t metadata_hash() const { return metadata_hash_; }
  const Members& members() const { return members_; }
  /// nullptr: no such member.
  const Member* member(std::string_view member_id) const {
    const auto it = members_.find(member_id);
    return it == members_.end() ? nullptr : &it->second;
  }
  const TargetAssignment& targets() const { return targets_; }
  /// Empty if the member has no target.
  const Partitions& target(std::string_view member_id) const {
    static const Partitions kNone;
    const auto it = targets_.find(member_id);
    return it == targets_.end() ? kNone : it->second;
  }
  bool empty() const { return members_.empty(); }

  State state() const { return state_; }
  State previous_state() const { return previous_state_; }
  sim::Instant state_since() const { return state_since_; }
  void set_state(State next, sim::Instant now) { previous_state_ = std::exchange(state_, next), state_since_ = now; }
  /// The reason why the group epoch last rose.
  const GroupCause& cause() const { return cause_; }
  void set_cause(GroupCause cause) { cause_ = std::move(cause); }

  // The effects of records.
  void set_group_epoch(std::int32_t epoch, std::uint64_t metadata_hash) {
    group_epoch_ = epoch, metadata_hash_ = metadata_hash;
  }
  void set_assignment_epoch(std::int32_t epoch) { assignment_epoch_ = epoch; }
  void set_target(const std::string& member_id, Partitions target) { targets_[member_id] = std::move(target); }
  void remove_target(const std::string& member_id) { targets_.erase(member_id); }
  void update_member(Member member) { members_.insert_or_assign(member.member_id, std::move(member)); }
  void remove_member(const std::string& member_id) { members_.erase(member_id); }

  /// The offset of the metadata record up to which the subscribed topics were compared; not stored.
  protocol::Offset metadata_checked;

 private:
  std::string group_id_;
  std::int32_t group_epoch_ = 0, assignment_epoch_ = 0;
  std::uint64_t metadata_hash_ = 0;
  Members members_;
  TargetAssignment targets_;
  State state_ = State::Empty, previous_state_;
  sim::Instant state_since_;
  GroupCause cause_;
};

/// The topics of all members, from Group::topics_of; sorted.
template <class Group>
std::vector<std::string> subscribed_topics(const Group& group) {
  std::set<std::string> topics;
  for (const auto& [id, m] : group.members())
    for (const std::string& topic : group.topics_of(m)) topics.insert(topic);
  return {topics.begin(), topics.end()};
}

// Records that both kinds write, each kind under its own names and numbers (Group::Records). Every record of a newer
// group names its kind in Group.
template <class GroupOfKind>
struct ModernGroupMetadataKey {
  using Group = GroupOfKind;
  static constexpr RecordType kType = Group::Records::kMetadata;
  static constexpr std::string_view kName = Group::Records::kMetadataName;
  std::string group;
  KAFKASCOPE_FIELDS(group)
};
template <class GroupOfKind>
struct ModernGroupMetadataValue {
  static constexpr bool kFlexible = true;
  std::int32_t epoch = 0;
  std::uint64_t metadata_hash = 0;
  KAFKASCOPE_FIELDS(epoch, metadata_hash)
  std::int64_t kafka_size(const KafkaLayout& layout) const {
    if constexpr (!GroupOfKind::Records::kHashIsTagged) return record_codec::size_of_fields(*this, layout);
    return 4 + layout.end() + (metadata_hash == 0 ? 0 : 1 + 1 + 8);  // tag, size and value of the tagged field
  }
};
template <class GroupOfKind>
struct ModernGroupTargetAssignmentMetadataKey {
  using Group = GroupOfKind;
  static constexpr RecordType kType = Group::Records::kTargetAssignmentMetadata;
  static constexpr std::string_view kName = Group::Records::kTargetAssignmentMetadataName;
  std::string group;
  KAFKASCOPE_FIELDS(group)
};
struct ModernGroupTargetAssignmentMetadataValue {
  static constexpr bool kFlexible = true;
  std::int32_t assignment_epoch = 0;
  KAFKASCOPE_FIELDS(assignment_epoch)
};
template <class GroupOfKind>
struct ModernGroupTargetAssignmentMemberKey {
  using Group = GroupOfKind;
  static constexpr RecordType kType = Group::Records::kTargetAssignmentMember;
  static constexpr std::string_view kName = Group::Records::kTargetAssignmentMemberName;
  std::string group, member;
  KAFKASCOPE_FIELDS(group, member)
};
struct ModernGroupTargetAssignmentMemberValue {
  static constexpr bool kFlexible = true;
  Partitions partitions;
  KAFKASCOPE_FIELDS(partitions)
};
template <class Group>
using ModernGroupMetadataRecord = TypedRecord<ModernGroupMetadataKey<Group>, ModernGroupMetadataValue<Group>>;
template <class Group>
using ModernGroupTargetAssignmentMetadataRecord =
    TypedRecord<ModernGroupTargetAssignmentMetadataKey<Group>, ModernGroupTargetAssignmentMetadataValue>;
template <class Group>
using ModernGroupTargetAssignmentMemberRecord =
    TypedRecord<ModernGroupTargetAssignmentMemberKey<Group>, ModernGroupTargetAssignmentMemberValue>;

}  // namespace kafkascope::coordinator
