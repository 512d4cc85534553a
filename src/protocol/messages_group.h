// Requests of classic consumer groups (KIP-62, KIP-345, KIP-394).
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "protocol/errors.h"
#include "protocol/ids.h"
#include "protocol/message_kind.h"
#include "sim/fields.h"

namespace kafkascope::protocol {

/// FindCoordinator (10).
struct FindCoordinatorRequest {
  std::string key;           // group id
  std::int8_t key_type = 0;  // 0 group, 1 transaction
  KAFKASCOPE_FIELDS(key, key_type)
};
struct FindCoordinatorResponse {
  ErrorCode error = ErrorCode::NONE;
  BrokerId node_id = kNoBroker;
  std::int32_t endpoint = -1;  // a place, like MetadataBroker's
  KAFKASCOPE_FIELDS(error, node_id, endpoint)
};

/// A member's subscription (ConsumerProtocolSubscription), with the owned partitions for cooperative assignors.
struct Subscription {
  std::vector<std::string> topics;
  std::vector<TopicPartition> owned;
  std::int32_t generation = -1;
  // StickyAssignor's user data: the member's previous assignment and its generation.
  std::vector<TopicPartition> previous{};
  std::int32_t previous_generation = -1;
  KAFKASCOPE_FIELDS(topics, owned, generation, previous, previous_generation)
};
struct JoinProtocol {
  std::string name;  // "range", "cooperative-sticky"
  Subscription metadata;
  KAFKASCOPE_FIELDS(name, metadata)
};
/// JoinGroup (11).
struct JoinGroupRequest {
  std::string group_id;
  std::string member_id;  // empty on the first attempt
  std::string group_instance_id;
  std::string client_id;  // from the request header; the coordinator derives "<client id>-<random>" from it
  std::int32_t session_timeout_ms = 45000;
  std::int32_t rebalance_timeout_ms = 300000;
  std::string protocol_type = "consumer";
  std::vector<JoinProtocol> protocols;  // in order of preference
  std::string reason;                   // KIP-800; 2.5 sends none
  KAFKASCOPE_FIELDS(group_id, member_id, group_instance_id, client_id, session_timeout_ms, rebalance_timeout_ms,
                    protocol_type, protocols, reason)
};
struct JoinGroupMember {
  std::string member_id;
  std::string group_instance_id;
  Subscription metadata;
  KAFKASCOPE_FIELDS(member_id, group_instance_id, metadata)
};
struct JoinGroupResponse {
  ErrorCode error = ErrorCode::NONE;
  std::int32_t generation_id = -1;
  std::string protocol_name;
  std::string leader;
  bool skip_assignment = false;  // v9: the leader is a static member that has returned and must not assign
  std::string member_id;
  std::vector<JoinGroupMember> members;  // sent to the leader only
  KAFKASCOPE_FIELDS(error, generation_id, protocol_name, leader, skip_assignment, member_id, members)
};
struct MemberAssignment {
  std::string member_id;
  std::vector<TopicPartition> partitions;
  KAFKASCOPE_FIELDS(member_id, partitions)
};
/// SyncGroup (14). assignments: sent by the leader only.
struct SyncGroupRequest {
  std::string group_id;
  std::int32_t generation_id = -1;
  std::string member_id;
  std::string group_instance_id;
  std::string protocol_name;
  std::vector<MemberAssignment> assignments;
  KAFKASCOPE_FIELDS(group_id, generation_id, member_id, group_instance_id, protocol_name, assignments)
};
struct SyncGroupResponse {
  ErrorCode error = ErrorCode::NONE;
  std::string protocol_name;
  std::vector<TopicPartition> assignment;
  KAFKASCOPE_FIELDS(error, protocol_name, assignment)
};
/// Heartbeat (12).
struct HeartbeatRequest {
  std::string group_id;
  std::int32_t generation_id = -1;
  std::string member_id;
  std::string group_instance_id;
  KAFKASCOPE_FIELDS(group_id, generation_id, member_id, group_instance_id)
};
struct HeartbeatResponse {
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(error)
};
/// LeaveGroup (13).
struct LeaveGroupRequest {
  std::string group_id;
  std::string member_id;
  std::string group_instance_id;
  std::string reason;
  KAFKASCOPE_FIELDS(group_id, member_id, group_instance_id, reason)
};
struct LeaveGroupResponse {
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(error)
};

/// OffsetCommit (8). A consumer with assign() sends generation -1 and no member.
struct OffsetCommitPartition {
  TopicPartition partition;
  Offset offset;
  LeaderEpoch leader_epoch;
  std::string metadata;
  KAFKASCOPE_FIELDS(partition, offset, leader_epoch, metadata)
};
struct OffsetCommitRequest {
  std::string group_id;
  std::int32_t generation_id = -1;
  std::string member_id;
  std::string group_instance_id;
  std::vector<OffsetCommitPartition> partitions;
  KAFKASCOPE_FIELDS(group_id, generation_id, member_id, group_instance_id, partitions)
};
struct OffsetCommitResult {
  TopicPartition partition;
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(partition, error)
};
struct OffsetCommitResponse {
  std::vector<OffsetCommitResult> partitions;
  KAFKASCOPE_FIELDS(partitions)
};
/// OffsetFetch (9).
struct OffsetFetchRequest {
  std::string group_id;
  std::string member_id;
  std::int32_t generation_id = -1;
  bool require_stable = false;
  std::vector<TopicPartition> partitions;
  KAFKASCOPE_FIELDS(group_id, member_id, generation_id, require_stable, partitions)
};
struct OffsetFetchResult {
  TopicPartition partition;
  Offset committed_offset;  // -1: nothing committed
  LeaderEpoch committed_leader_epoch;
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(partition, committed_offset, committed_leader_epoch, error)
};
struct OffsetFetchResponse {
  ErrorCode error = ErrorCode::NONE;
  std::vector<OffsetFetchResult> partitions;
  KAFKASCOPE_FIELDS(error, partitions)
};

/// OffsetDelete (47, KIP-496).
struct OffsetDeleteRequest {
  std::string group_id;
  std::vector<TopicPartition> partitions;
  KAFKASCOPE_FIELDS(group_id, partitions)
};
struct OffsetDeleteResult {
  TopicPartition partition;
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(partition, error)
};
struct OffsetDeleteResponse {
  ErrorCode error = ErrorCode::NONE;
  std::vector<OffsetDeleteResult> partitions;
  KAFKASCOPE_FIELDS(error, partitions)
};

// clang-format off
#define KAFKASCOPE_GROUP_APIS(API, MORE) \
  API(FindCoordinator, 10, 6, FindCoordinatorRequest, FindCoordinatorResponse, 6, 3) \
  API(JoinGroup, 11, 7, JoinGroupRequest, JoinGroupResponse, 9, 7) \
  API(SyncGroup, 14, 8, SyncGroupRequest, SyncGroupResponse, 5, 5) \
  API(Heartbeat, 12, 9, HeartbeatRequest, HeartbeatResponse, 4, 4) \
  API(LeaveGroup, 13, 10, LeaveGroupRequest, LeaveGroupResponse, 5, 4) \
  API(OffsetCommit, 8, 11, OffsetCommitRequest, OffsetCommitResponse, 9, 8) \
  API(OffsetFetch, 9, 12, OffsetFetchRequest, OffsetFetchResponse, 9, 7) \
  API(OffsetDelete, 47, 30, OffsetDeleteRequest, OffsetDeleteResponse, 0, 0)
KAFKASCOPE_GROUP_APIS(KAFKASCOPE_KINDS, KAFKASCOPE_MORE_KINDS)
// clang-format on

}  // namespace kafkascope::protocol
