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
#include <variant>
#include <vector>

#include "coordinator/consumer_group.h"

namespace kafkascope::coordinator {

struct ShareGroupMember {
  std::string member_id, client_id;
  std::int32_t member_epoch = 0, previous_member_epoch = -1;
  std::vector<std::string> subscribed_topic_names;  // sorted
  Partitions assigned;
  friend bool operator==(const ShareGroupMember&, const ShareGroupMember&) = default;
};

enum class ShareGroupState : std::uint8_t { Empty, Stable, Dead };
inline constexpr int kShareGroupStates = 3;
std::string_view name(ShareGroupState state);
/// In a group.state line, behind the consumer groups' numbers.
inline constexpr std::int64_t kFirstShareStateCode = 32;
constexpr std::int64_t state_code(ShareGroupState s) { return kFirstShareStateCode + static_cast<std::int64_t>(s); }

class ShareGroup {
 public:
  ShareGroup() = default;
  ShareGroup(std::string group_id, sim::Instant now) : group_id_(std::move(group_id)), state_since_(now) {}

  const std::string& group_id() const { return group_id_; }
  std::int32_t group_epoch() const { return group_epoch_; }
  std::int32_t assignment_epoch() const { return assignment_epoch_; }
  std::uint64_t metadata_hash() const { return metadata_hash_; }
  const std::map<std::string, ShareGroupMember, std::less<>>& members() const { return members_; }
  const ShareGroupMember* member(std::string_view member_id) const;
  const TargetAssignment& targets() const { return targets_; }
  /// Empty if it has none.
  const Partitions& target(std::string_view member_id) const;
  bool empty() const { return members_.empty(); }
  bool homogeneous() const;
  /// Sorted.
  std::vector<std::string> subscribed_topics() const;
  /// The share coordinator knows them; it is being told. Kafka: ShareGroupStatePartitionMetadataInfo.
  const std::set<protocol::TopicPartition>& initialized() const { return initialized_; }
  const std::set<protocol::TopicPartition>& initializing() const { return initializing_; }

  ShareGroupState state() const { return state_; }
  ShareGroupState computed_state() const { return members_.empty() ? ShareGroupState::Empty : ShareGroupState::Stable; }
  ShareGroupState previous_state() const { return previous_state_; }
  void set_state(ShareGroupState next, sim::Instant now) { previous_state_ = std::exchange(state_, next), state_since_ = now; }
  sim::Instant state_since() const { return state_since_; }
  const std::string& reason() const { return reason_; }
  void set_reason(std::string reason) { reason_ = std::move(reason); }

  // What the records do.
  void set_group_epoch(std::int32_t epoch, std::uint64_t metadata_hash) { group_epoch_ = epoch, metadata_hash_ = metadata_hash; }
  void set_assignment_epoch(std::int32_t epoch) { assignment_epoch_ = epoch; }
  void set_target(const std::string& member_id, Partitions target) { targets_[member_id] = std::move(target); }
  void remove_target(const std::string& member_id) { targets_.erase(member_id); }
  void update_member(ShareGroupMember member) { members_.insert_or_assign(member.member_id, std::move(member)); }
  void remove_member(const std::string& member_id) { members_.erase(member_id); }
  void set_state_partitions(const Partitions& initializing, const Partitions& initialized) {
    initializing_ = {initializing.begin(), initializing.end()};
    initialized_ = {initialized.begin(), initialized.end()};
  }

  /// Up to which metadata record the subscribed topics were compared; not stored.
  protocol::Offset metadata_checked;
  /// Requests to the share coordinator that are out, and those that came back well; not stored.
  std::set<protocol::TopicPartition> awaited, answered;

 private:
  std::string group_id_;
  std::int32_t group_epoch_ = 0, assignment_epoch_ = 0;
  std::uint64_t metadata_hash_ = 0;
  std::map<std::string, ShareGroupMember, std::less<>> members_;
  TargetAssignment targets_;
  std::set<protocol::TopicPartition> initialized_, initializing_;
  ShareGroupState state_ = ShareGroupState::Empty, previous_state_ = ShareGroupState::Empty;
  sim::Instant state_since_;
  std::string reason_;
};

// Its records in __consumer_offsets. Without a value: tombstones.
struct ShareGroupMetadataRecord {
  struct Value {
    std::int32_t epoch = 0;
    std::uint64_t metadata_hash = 0;
  };
  std::string group;
  std::optional<Value> value;
};
struct ShareGroupMemberMetadataRecord {
  struct Value {
    std::string client_id;
    std::vector<std::string> subscribed_topic_names;
  };
  std::string group, member;
  std::optional<Value> value;
};
struct ShareGroupTargetAssignmentMetadataRecord {
  std::string group;
  std::optional<std::int32_t> assignment_epoch;
};
struct ShareGroupTargetAssignmentMemberRecord {
  std::string group, member;
  std::optional<Partitions> partitions;
};
struct ShareGroupCurrentMemberAssignmentRecord {
  struct Value {
    std::int32_t member_epoch = 0, previous_member_epoch = -1;
    Partitions assigned;
  };
  std::string group, member;
  std::optional<Value> value;
};
struct ShareGroupStatePartitionMetadataRecord {
  struct Value {
    Partitions initializing, initialized;
  };
  std::string group;
  std::optional<Value> value;
};
using ShareGroupRecord =
    std::variant<ShareGroupMetadataRecord, ShareGroupMemberMetadataRecord, ShareGroupTargetAssignmentMetadataRecord,
                 ShareGroupTargetAssignmentMemberRecord, ShareGroupCurrentMemberAssignmentRecord, ShareGroupStatePartitionMetadataRecord>;

/// Who shares what: each partition goes to as many members as it takes to keep all of them busy, each member has about as many as the
/// others, and what need not move stays. `assignable`: the partitions of subscribed topics, sorted. Kafka: SimpleAssignor.
/// Where Kafka goes through a hash table, this goes by member id.
TargetAssignment assign_simple(const AssignorSpec& spec, const Partitions& assignable);

}  // namespace kafkascope::coordinator
