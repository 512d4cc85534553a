// Administrative requests about share groups (KIP-932): describe members and offsets, alter offsets, delete offsets.
// Kafka: ShareGroupDescribeRequest, DescribeShareGroupOffsetsRequest, ... of 4.1.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/errors.h"
#include "protocol/ids.h"
#include "protocol/message_kind.h"
#include "sim/fields.h"

namespace kafkascope::protocol {

/// ShareGroupDescribe (77).
struct ShareGroupDescribeRequest {
  std::vector<std::string> groups;
  KAFKASCOPE_FIELDS(groups)
};
struct DescribedShareMember {
  std::string member_id, client_id;
  std::int32_t member_epoch = 0;
  std::vector<std::string> subscribed_topic_names;
  std::vector<TopicPartition> assignment;
  KAFKASCOPE_FIELDS(member_id, client_id, member_epoch, subscribed_topic_names, assignment)
};
struct DescribedShareGroup {
  ErrorCode error = ErrorCode::NONE;
  std::string group_id, group_state;
  std::int32_t group_epoch = 0, assignment_epoch = 0;
  std::string assignor_name;
  std::vector<DescribedShareMember> members;
  KAFKASCOPE_FIELDS(error, group_id, group_state, group_epoch, assignment_epoch, assignor_name, members)
};
struct ShareGroupDescribeResponse {
  std::vector<DescribedShareGroup> groups;
  KAFKASCOPE_FIELDS(groups)
};

// The next three requests go to the group's coordinator, which asks the share coordinator. Simplified: each names one
// group, as 91 and 92 do in Kafka; Kafka's 90 may name many.

/// DescribeShareGroupOffsets (90).
struct DescribeShareGroupOffsetsRequest {
  std::string group_id;
  bool all = false;  // null topics in Kafka: every partition for which the group has state
  std::vector<TopicPartition> partitions;
  KAFKASCOPE_FIELDS(group_id, all, partitions)
};
struct DescribedShareOffset {
  TopicPartition partition;
  Offset start_offset;  // -1: no start offset yet
  LeaderEpoch leader_epoch;
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(partition, start_offset, leader_epoch, error)
};
struct DescribeShareGroupOffsetsResponse {
  ErrorCode error = ErrorCode::NONE;
  std::vector<DescribedShareOffset> partitions;
  KAFKASCOPE_FIELDS(error, partitions)
};

/// AlterShareGroupOffsets (91): sets the start offsets of a group without members.
struct AlterShareGroupOffsetsPartition {
  TopicPartition partition;
  Offset start_offset;
  KAFKASCOPE_FIELDS(partition, start_offset)
};
struct AlterShareGroupOffsetsRequest {
  std::string group_id;
  std::vector<AlterShareGroupOffsetsPartition> partitions;
  KAFKASCOPE_FIELDS(group_id, partitions)
};
struct AlterShareGroupOffsetsResult {
  TopicPartition partition;
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(partition, error)
};
struct AlterShareGroupOffsetsResponse {
  ErrorCode error = ErrorCode::NONE;
  std::vector<AlterShareGroupOffsetsResult> partitions;
  KAFKASCOPE_FIELDS(error, partitions)
};

/// DeleteShareGroupOffsets (92): deletes whole topics' offsets of a group without members.
struct DeleteShareGroupOffsetsRequest {
  std::string group_id;
  std::vector<TopicId> topics;
  KAFKASCOPE_FIELDS(group_id, topics)
};
struct DeleteShareGroupOffsetsResult {
  TopicId topic = kNoTopic;
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(topic, error)
};
struct DeleteShareGroupOffsetsResponse {
  ErrorCode error = ErrorCode::NONE;
  std::vector<DeleteShareGroupOffsetsResult> topics;
  KAFKASCOPE_FIELDS(error, topics)
};

/// ReadShareGroupStateSummary (87), to the share coordinator: like ReadShareGroupState, without records and without a
/// leader epoch check.
struct ReadShareGroupStateSummaryRequest {
  std::string group_id;
  TopicPartition partition;
  KAFKASCOPE_FIELDS(group_id, partition)
};
struct ReadShareGroupStateSummaryResponse {
  ErrorCode error = ErrorCode::NONE;
  std::int32_t state_epoch = 0;
  LeaderEpoch leader_epoch;
  Offset start_offset;  // -1: not yet known
  KAFKASCOPE_FIELDS(error, state_epoch, leader_epoch, start_offset)
};

// clang-format off
#define KAFKASCOPE_SHARE_ADMIN_APIS(API, MORE) \
  API(ShareGroupDescribe, 77, 69, ShareGroupDescribeRequest, ShareGroupDescribeResponse, 1, 0) \
  API(ReadShareGroupStateSummary, 87, 70, ReadShareGroupStateSummaryRequest, ReadShareGroupStateSummaryResponse, 0, 0) \
  API(DescribeShareGroupOffsets, 90, 71, DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse, 0, 0) \
  API(AlterShareGroupOffsets, 91, 72, AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse, 0, 0) \
  API(DeleteShareGroupOffsets, 92, 73, DeleteShareGroupOffsetsRequest, DeleteShareGroupOffsetsResponse, 0, 0)
KAFKASCOPE_SHARE_ADMIN_APIS(KAFKASCOPE_KINDS, KAFKASCOPE_MORE_KINDS)
// clang-format on

}  // namespace kafkascope::protocol
