// What happens to share groups (KIP-932): heartbeats, the initialization of partitions, leaving. Kafka: the share
// groups' part of GroupMetadataManager (4.1). The administrators' requests: share_group_offsets.h.
//
// It works like ConsumerGroups, with two differences: a member reaches its target at once, and the share coordinator
// must initialize a new partition before it is assigned.
#pragma once
#include <string>

#include "coordinator/modern_groups.h"
#include "protocol/messages_share.h"
#include "protocol/messages_share_admin.h"

namespace kafkascope::coordinator {

class ShareGroups : public ModernGroups<ShareGroup> {
 public:
  explicit ShareGroups(GroupOperation& op) : ModernGroups(op) {}

  void heartbeat(RequestHandle request, const protocol::ShareGroupHeartbeatRequest& r);
  protocol::DescribedShareGroup describe(const std::string& id) const;

  void on_loaded(ShareGroup& group);
  void on_session_timer(ShareGroup& group, const std::string& member_id);
  /// The group's record of these partitions is committed, or has failed.
  void on_state_wanted(const ShareStateWanted& step, protocol::ErrorCode error);
  /// The share coordinator has initialized the partition, or could not.
  void on_state_initialized(const std::string& group_id, protocol::TopicPartition tp, protocol::ErrorCode error);
  /// Adds the group's tombstones to the operation's records, and deletes its state at the share coordinator.
  void remove(const std::string& id);

 private:
  void admit_or_update(RequestHandle request, const protocol::ShareGroupHeartbeatRequest& r);
  /// Writes the member if its subscription is new; the group epoch rises if the subscription, the topics or the
  /// initialized partitions have changed.
  Partitions update_subscription(ShareGroup& group, const protocol::ShareGroupHeartbeatRequest& r);
  /// The member reaches the target at once.
  void reach_target(ShareGroup& group, const std::string& member_id);
  void leave(RequestHandle request, const protocol::ShareGroupHeartbeatRequest& r, ShareGroup& group);
  void fence_member(ShareGroup& group, const std::string& member_id, const GroupCause& cause);
  void restart_session(const std::string& id, const std::string& member_id);
  void write_state_partitions(ShareGroup& group, const Partitions& initializing, const Partitions& initialized);
};

}  // namespace kafkascope::coordinator
