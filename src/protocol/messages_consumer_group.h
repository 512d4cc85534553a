// The newer group protocol's requests (KIP-848): one heartbeat joins, reports, acknowledges, leaves; another describes groups.
#pragma once
#include <string>
#include <vector>

#include "protocol/errors.h"
#include "protocol/ids.h"
#include "sim/fields.h"

namespace kafkascope::protocol {

/// MemberEpoch of a request: 0 joins, -1 leaves, -2 leaves for a while as a static member.
inline constexpr std::int32_t kJoinGroupEpoch = 0, kLeaveGroupEpoch = -1, kLeaveGroupStaticEpoch = -2;

/// ConsumerGroupHeartbeat (68). What has not changed since the last one is left out; a full request has all of it.
struct ConsumerGroupHeartbeatRequest {
  std::string group_id;
  std::string member_id;  // made by the client (KIP-1082)
  std::int32_t member_epoch = 0;
  std::string instance_id;
  std::string client_id;                   // request header
  std::int32_t rebalance_timeout_ms = -1;  // -1: unchanged
  bool has_subscription = false;           // false: null, unchanged
  std::vector<std::string> subscribed_topic_names;
  bool has_regex = false;  // false: null, unchanged; an empty one is given up
  std::string subscribed_topic_regex;
  std::string rack_id;          // empty: null, unchanged
  std::string server_assignor;  // empty: null, unchanged
  bool has_owned = false;       // false: null, unchanged
  std::vector<TopicPartition> topic_partitions;
  KAFKASCOPE_FIELDS(group_id, member_id, member_epoch, instance_id, client_id, rebalance_timeout_ms, has_subscription,
                    subscribed_topic_names, has_regex, subscribed_topic_regex, rack_id, server_assignor, has_owned,
                    topic_partitions)
};
struct ConsumerGroupHeartbeatResponse {
  ErrorCode error = ErrorCode::NONE;
  std::string member_id;
  std::int32_t member_epoch = 0;
  std::int32_t heartbeat_interval_ms = 0;
  bool has_assignment = false;  // false: null, as before
  std::vector<TopicPartition> assignment;
  KAFKASCOPE_FIELDS(error, member_id, member_epoch, heartbeat_interval_ms, has_assignment, assignment)
};

/// ConsumerGroupDescribe (69): what kafka-consumer-groups --describe asks for.
struct ConsumerGroupDescribeRequest {
  std::vector<std::string> groups;
  KAFKASCOPE_FIELDS(groups)
};
struct DescribedMember {
  std::string member_id, instance_id, rack_id, client_id;
  std::int32_t member_epoch = 0;
  std::vector<std::string> subscribed_topic_names;
  std::string subscribed_topic_regex;
  std::vector<TopicPartition> assignment, target_assignment;
  std::int8_t member_type = 1;  // 0 it speaks the classic protocol, 1 the newer one (KIP-1099)
  KAFKASCOPE_FIELDS(member_id, instance_id, rack_id, client_id, member_epoch, subscribed_topic_names,
                    subscribed_topic_regex, assignment, target_assignment, member_type)
};
struct DescribedGroup {
  ErrorCode error = ErrorCode::NONE;
  std::string group_id, group_state;
  std::int32_t group_epoch = 0, assignment_epoch = 0;
  std::string assignor_name;
  std::vector<DescribedMember> members;
  KAFKASCOPE_FIELDS(error, group_id, group_state, group_epoch, assignment_epoch, assignor_name, members)
};
struct ConsumerGroupDescribeResponse {
  std::vector<DescribedGroup> groups;
  KAFKASCOPE_FIELDS(groups)
};

}  // namespace kafkascope::protocol
