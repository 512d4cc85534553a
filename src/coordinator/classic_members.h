// Requests of members that use the classic protocol in a group of the newer one (KIP-848). Kafka:
// GroupMetadataManager.classicGroup{Join,Sync,Heartbeat,Leave}ToConsumerGroup (4.1).
//
// JoinGroup, SyncGroup and Heartbeat are answered without waiting for other members. The generation of a classic member
// is its member epoch, and REBALANCE_IN_PROGRESS tells it to rejoin.
#pragma once
#include <string>

#include "coordinator/group_operation.h"
#include "protocol/messages_group.h"

namespace kafkascope::coordinator {

class ClassicMembers {
 public:
  ClassicMembers(GroupOperation& op, ConsumerGroup& group) : op_(op), group_(group) {}

  void join(RequestHandle request, const protocol::JoinGroupRequest& r);
  void sync(RequestHandle request, const protocol::SyncGroupRequest& r);
  void heartbeat(RequestHandle request, const protocol::HeartbeatRequest& r);
  void leave(RequestHandle request, const protocol::LeaveGroupRequest& r);

 private:
  /// NONE if the member is one of the group's, and uses the classic protocol.
  protocol::ErrorCode member_error(const std::string& member_id, const std::string& instance_id) const;
  /// The member must rejoin. Its rebalance timeout starts now unless it already runs.
  void await_rejoin(const ConsumerGroupMember& member);

  GroupOperation& op_;
  ConsumerGroup& group_;
};

}  // namespace kafkascope::coordinator
