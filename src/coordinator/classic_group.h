// One classic consumer group as its coordinator keeps it: members, generation, state, and the members that it waits
// for. Kafka: ClassicGroup, ClassicGroupMember, ClassicGroupState. Source: KIP-62, KIP-345, KIP-394.
//
// This class has only data and the rules about them. Timers, responses and records are in ClassicGroups.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/group_cause.h"
#include "coordinator/request_handle.h"
#include "protocol/messages_group.h"
#include "sim/time.h"

namespace kafkascope::coordinator {

enum class GroupState : std::uint8_t { Empty, PreparingRebalance, CompletingRebalance, Stable, Dead };
inline constexpr int kGroupStates = 5;
/// Kafka's name: "PreparingRebalance".
std::string_view name(GroupState state);

/// One legal change of state, and the sentence that explains it to a learner.
template <class State>
struct Arrow {
  State from;
  State to;
  std::string_view sentence;
};
inline constexpr Arrow<GroupState> kGroupArrows[] = {
    {GroupState::Empty, GroupState::PreparingRebalance, "a first member joined; the coordinator waits for others"},
    {GroupState::Stable, GroupState::PreparingRebalance, "membership changed; every member must join again"},
    {GroupState::CompletingRebalance, GroupState::PreparingRebalance,
     "membership changed before the assignment was there; every member must join again"},
    {GroupState::PreparingRebalance, GroupState::CompletingRebalance,
     "the members are known; the leader works out who gets what"},
    {GroupState::PreparingRebalance, GroupState::Empty, "the last member is gone; the offsets stay"},
    {GroupState::CompletingRebalance, GroupState::Stable, "the leader's assignment is stored; members read"},
    {GroupState::Empty, GroupState::Dead, "the group is removed"},
    {GroupState::PreparingRebalance, GroupState::Dead, "the group is removed"},
    {GroupState::CompletingRebalance, GroupState::Dead, "the group is removed"},
    {GroupState::Stable, GroupState::Dead, "the group is removed"},
};
/// nullptr: no such change of state is legal.
constexpr const Arrow<GroupState>* find_arrow(GroupState from, GroupState to) {
  for (const auto& arrow : kGroupArrows)
    if (arrow.from == from && arrow.to == to) return &arrow;
  return nullptr;
}

/// Kafka: ClassicGroupMember.
struct ClassicGroupMember {
  std::string member_id;
  std::string group_instance_id;  // KIP-345; empty: a dynamic member
  std::string client_id;
  std::int32_t rebalance_timeout_ms = 0;  // the consumer's max.poll.interval.ms
  std::int32_t session_timeout_ms = 0;
  std::string protocol_type;
  std::vector<protocol::JoinProtocol> protocols;     // preferred protocol first
  std::vector<protocol::TopicPartition> assignment;  // in this generation; empty until the leader's SyncGroup is stored
  std::optional<RequestHandle> awaiting_join;        // the parked JoinGroup
  std::optional<RequestHandle> awaiting_sync;        // the parked SyncGroup
  bool is_new = false;                               // has not received a JoinGroup response yet

  bool is_static() const { return !group_instance_id.empty(); }
  bool matches(const std::vector<protocol::JoinProtocol>& others) const { return protocols == others; }
  /// The member's subscription under that protocol; empty if the member does not support the protocol.
  protocol::Subscription metadata(std::string_view protocol) const;
  /// A member that waits for the coordinator cannot heartbeat, so its silence is not a failure. A new member can still
  /// be removed.
  bool has_satisfied_heartbeat() const { return !is_new && (awaiting_join || awaiting_sync); }
};

class ClassicGroup {
 public:
  ClassicGroup() = default;
  ClassicGroup(std::string group_id, sim::Instant now) : group_id_(std::move(group_id)), state_since_(now) {}

  const std::string& group_id() const { return group_id_; }
  GroupState state() const { return state_; }
  GroupState previous_state() const { return previous_state_; }
  bool in(GroupState s) const { return state_ == s; }
  sim::Instant state_since() const { return state_since_; }
  /// Why the state last changed.
  const GroupCause& cause() const { return cause_; }
  /// The cause of the current rebalance, or of the last one.
  const GroupCause& rebalance_cause() const { return rebalance_cause_; }
  void set_rebalance_cause(GroupCause cause) { rebalance_cause_ = std::move(cause); }

  std::int32_t generation() const { return generation_; }
  /// Generations with at least one member that were formed since this coordinator took over the group.
  std::int64_t rebalances() const { return rebalances_; }
  const std::string& protocol_type() const { return protocol_type_; }  // empty: the group only holds offsets
  const std::string& protocol_name() const { return protocol_name_; }  // the chosen assignor
  const std::string& leader() const { return leader_; }                // member id; empty: none
  bool is_leader(std::string_view member_id) const { return !leader_.empty() && leader_ == member_id; }

  /// By member id.
  const std::map<std::string, ClassicGroupMember, std::less<>>& members() const { return members_; }
  bool has_member(std::string_view id) const { return members_.find(id) != members_.end(); }
  ClassicGroupMember* member(std::string_view id);
  const ClassicGroupMember* member(std::string_view id) const;
  /// Ids that were handed out with MEMBER_ID_REQUIRED and have not joined yet (KIP-394).
  const std::set<std::string, std::less<>>& pending_members() const { return pending_members_; }
  bool is_pending(std::string_view id) const { return pending_members_.find(id) != pending_members_.end(); }
  /// Members of this generation that have not sent SyncGroup yet.
  const std::set<std::string, std::less<>>& pending_sync_members() const { return pending_sync_members_; }
  /// The id of the member with that group.instance.id; empty: unknown.
  std::string static_member_id(std::string_view instance_id) const;
  int awaiting_join_count() const;
  /// Every member has a parked JoinGroup, and no pending member id is left.
  bool all_members_joined() const;
  std::vector<std::string> not_yet_rejoined_dynamic_members() const;
  /// The largest rebalance timeout of the members, in ms.
  std::int32_t rebalance_timeout_ms() const;

  /// Whether this member can be in the group: it needs the group's protocol type, and a protocol that all members
  /// support.
  bool supports(std::string_view protocol_type, const std::vector<protocol::JoinProtocol>& protocols) const;
  /// The protocol that all members support and that has the most votes; each member votes for the first one that it
  /// prefers. A tie goes to the name that sorts first (in Kafka to the first in a hash table).
  std::string select_protocol() const;
  bool can_rebalance() const { return find_arrow(state_, GroupState::PreparingRebalance) != nullptr; }

  /// UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID or NONE.
  protocol::ErrorCode validate_member(std::string_view member_id, std::string_view instance_id) const;
  /// NONE if the commit is allowed. Kafka: ClassicGroup.validateOffsetCommit.
  protocol::ErrorCode validate_offset_commit(std::string_view member_id, std::string_view instance_id,
                                             std::int32_t generation) const;
  /// The same for a commit in a transaction: the group's state does not matter, and a commit without member and
  /// generation (before KIP-447) is always allowed.
  protocol::ErrorCode validate_transactional_offset_commit(std::string_view member_id, std::string_view instance_id,
                                                           std::int32_t generation) const;
  /// NONE if an administrator may delete offsets, or the group. Kafka: ClassicGroup.validateOffsetDelete,
  /// validateDeleteGroup.
  protocol::ErrorCode validate_offset_delete() const;
  protocol::ErrorCode validate_delete() const;
  /// According to the members of the last generation; before the first one a consumer group counts as subscribed to
  /// every topic (ClassicGroup.isSubscribedToTopic).
  bool is_subscribed_to(const std::string& topic) const;
  /// Called for a new generation, and when the members have been loaded (ClassicGroup.computeSubscribedTopics).
  void note_subscriptions();
  /// The members in the leader's JoinGroup response, by member id.
  std::vector<protocol::JoinGroupMember> join_members() const;

  // Changes. State changes go through ClassicGroups::set_state, which checks the transition and traces it.
  void set_state(GroupState next, GroupCause cause, sim::Instant now);
  void add(ClassicGroupMember member);
  void remove(std::string_view member_id);
  void add_pending(const std::string& member_id) { pending_members_.insert(member_id); }
  void add_pending_sync(const std::string& member_id) { pending_sync_members_.insert(member_id); }
  void remove_pending_sync(std::string_view member_id);
  void clear_pending_sync() { pending_sync_members_.clear(); }
  /// Replaces a static member by its next incarnation, which inherits instance id, assignment and leadership. Returns
  /// the old member, so that its parked requests can be answered with FENCED_INSTANCE_ID.
  ClassicGroupMember replace_static_member(std::string_view instance_id, const std::string& new_member_id);
  /// The leader must be a member that has joined in this rebalance. Returns false if none has.
  bool elect_joined_leader();
  /// Increments the generation and selects its protocol.
  void init_next_generation();
  /// Restores the group from the log.
  void restore(GroupState state, std::int32_t generation, std::string protocol_type, std::string protocol_name,
               std::string leader, sim::Instant now);

  /// An empty group's first rebalance waits group.initial.rebalance.delay.ms, and waits again whenever a member joins
  /// during the wait, up to the rebalance timeout. Kafka: tryCompleteInitialRebalanceElseSchedule.
  struct InitialDelay {
    std::int64_t delay_ms = 0;      // of the current wait
    std::int64_t remaining_ms = 0;  // of the rebalance timeout, after the current wait
  };
  std::optional<InitialDelay> initial_delay;
  bool new_member_added = false;  // during the current wait

 private:
  std::string group_id_;
  GroupState state_ = GroupState::Empty;
  GroupState previous_state_ = GroupState::Dead;
  sim::Instant state_since_;
  GroupCause cause_;
  GroupCause rebalance_cause_;
  std::int32_t generation_ = 0;
  std::int64_t rebalances_ = 0;
  std::string protocol_type_;
  std::string protocol_name_;
  std::string leader_;
  std::map<std::string, ClassicGroupMember, std::less<>> members_;
  std::map<std::string, std::string, std::less<>> static_members_;  // instance id -> member id
  std::set<std::string, std::less<>> pending_members_;
  std::set<std::string, std::less<>> pending_sync_members_;
  std::optional<std::set<std::string, std::less<>>> subscribed_topics_;
};

}  // namespace kafkascope::coordinator
