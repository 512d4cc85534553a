// What happens to classic groups: the requests of their members, rebalances, timers. Kafka: the classic groups' part of
// GroupMetadataManager (4.1).
//
// A rebalance: prepare_rebalance() lets JoinGroups wait (parked) until every member has sent one or the time is over;
// complete_join() answers them with the new generation; then SyncGroups wait until the leader's assignment is stored.
//
// classic_group_join.cpp: JoinGroup. classic_group_rebalance.cpp: how a rebalance begins, waits and ends.
// classic_group_sync.cpp: SyncGroup. classic_group_membership.cpp: Heartbeat, LeaveGroup, and how groups come and go.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "coordinator/group_operation.h"
#include "protocol/messages_group.h"

namespace kafkascope::coordinator {

/// A member that never received a JoinGroup response is removed after this time (KAFKA-7610).
inline constexpr std::int64_t kNewMemberJoinTimeoutMs = 300000;

class ClassicGroups {
 public:
  explicit ClassicGroups(GroupOperation& op) : op_(op) {}

  // ---- requests for a group that is not of the newer protocol
  void join(RequestHandle request, const protocol::JoinGroupRequest& r);
  void sync(RequestHandle request, const protocol::SyncGroupRequest& r);
  void heartbeat(RequestHandle request, const protocol::HeartbeatRequest& r);
  void leave(RequestHandle request, const protocol::LeaveGroupRequest& r);

  // ---- timers
  void on_join_timer(ClassicGroup& group);
  void on_sync_timer(ClassicGroup& group);
  void on_session_timer(ClassicGroup& group, const std::string& member_id);

  // ---- records that are committed or have failed
  void on_assignment_stored(const AssignmentStored& step, protocol::ErrorCode error);
  void on_static_replaced(const StaticReplaced& step, protocol::ErrorCode error);
  void on_created(const GroupCreated& step, protocol::ErrorCode error);

  // ---- the partition has been loaded, or is given up
  void on_loaded(ClassicGroup& group);
  void on_unloaded(ClassicGroup& group);

  // ---- how a group ends
  /// Removes the group at once, and returns it as it was; the caller writes the tombstone.
  ClassicGroup remove(const std::string& id, fact::GroupReason reason);
  /// The group's tombstone could not be appended.
  void restore(ClassicGroup group);

  // ---- used when a group changes its protocol (GroupMigration)
  void set_state(ClassicGroup& group, GroupState next, GroupCause cause);
  void prepare_rebalance(ClassicGroup& group, GroupCause cause);
  void drop_member(ClassicGroup& group, const std::string& member_id, const GroupCause& cause);
  void restart_session(const ClassicGroup& group, const ClassicGroupMember& member);
  void cancel_session(const ClassicGroup& group, const std::string& member_id);
  /// Answers the parked JoinGroup, or the parked SyncGroup, if there is one.
  void finish_join(ClassicGroupMember& member, protocol::JoinGroupResponse response);
  void finish_sync(ClassicGroupMember& member, protocol::SyncGroupResponse response);
  /// The time at which the group entered its state, by this broker's clock.
  std::int64_t state_timestamp_ms(const ClassicGroup& group) const;

 private:
  // classic_group_join.cpp
  bool accepts(const ClassicGroup& group, std::string_view member_id) const;
  void join_new_member(ClassicGroup& group, RequestHandle request, const protocol::JoinGroupRequest& r);
  void join_existing_member(ClassicGroup& group, RequestHandle request, const protocol::JoinGroupRequest& r);
  void join_returning_static_member(ClassicGroup& group, RequestHandle request, const protocol::JoinGroupRequest& r,
                                    const std::string& new_id);
  void add_member(ClassicGroup& group, RequestHandle request, const protocol::JoinGroupRequest& r,
                  const std::string& member_id);
  void update_member(ClassicGroup& group, ClassicGroupMember& member, RequestHandle request,
                     const protocol::JoinGroupRequest& r, GroupCause cause);
  void park_join(ClassicGroupMember& member, RequestHandle request, const protocol::JoinGroupRequest& r);
  std::string make_member_id(const protocol::JoinGroupRequest& r);

  // classic_group_rebalance.cpp
  void rebalance_or_complete_join(ClassicGroup& group, GroupCause cause);
  void maybe_complete_join(ClassicGroup& group);
  void complete_join(ClassicGroup& group);
  void schedule_join(const ClassicGroup& group, std::int64_t delay_ms);

  // classic_group_sync.cpp
  void propagate_assignment(ClassicGroup& group, protocol::ErrorCode error);

  GroupOperation& op_;
};

}  // namespace kafkascope::coordinator
