// The newer group protocol's request (KIP-848): one heartbeat joins, reports, acknowledges, leaves.
#pragma once
#include <string>
#include <vector>

#include "protocol/errors.h"
#include "protocol/fields.h"
#include "protocol/ids.h"

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
  std::string server_assignor;  // empty: null, unchanged
  bool has_owned = false;       // false: null, unchanged
  std::vector<TopicPartition> topic_partitions;
  KAFKASCOPE_FIELDS(group_id, member_id, member_epoch, instance_id, client_id, rebalance_timeout_ms, has_subscription, subscribed_topic_names,
                    server_assignor, has_owned, topic_partitions)
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

}  // namespace kafkascope::protocol
