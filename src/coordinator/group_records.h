// The records of __consumer_offsets. Kafka: GroupMetadataKey/Value, OffsetCommitKey/Value, and of the newer protocol
// ConsumerGroupMetadata, ConsumerGroupMemberMetadata, ConsumerGroupTargetAssignmentMetadata and -Member,
// ConsumerGroupCurrentMemberAssignment.
//
// Kafka writes them in its binary schema; ours are lines a person can read, with the same fields. A record is
//   key   "OffsetCommit group=billing topic=3 partition=0"
//   value "offset=42 leader_epoch=1 metadata= commit_timestamp=1704067201000"
//   key   "GroupMetadata group=billing"
//   value "protocol_type=consumer generation=2 protocol=range leader=c-1-... state_timestamp=1704067201000 member=...
//   member=..."
//         member=<id>;<instance id>;<client id>;<rebalance ms>;<session ms>;<topics>;<owned>;<its
//         generation>;<sticky's previous assignment>;<and generation>;<assignment>
//   key   "ConsumerGroupMetadata group=billing"                            value "epoch=3 metadata_hash=42"
//   key   "ConsumerGroupMemberMetadata group=billing member=x"             value "instance= client=c-1 rebalance_timeout=300000
//   assignor= topics=orders"
//   key   "ConsumerGroupTargetAssignmentMetadata group=billing"            value "assignment_epoch=3"
//   key   "ConsumerGroupTargetAssignmentMember group=billing member=x"     value "partitions=3:0,3:1"
//   key   "ConsumerGroupCurrentMemberAssignment group=billing member=x"    value "member_epoch=3 previous_member_epoch=2 state=STABLE
//   assigned=3:0 pending_revocation="
// and those of share groups likewise (KIP-932): ShareGroupMetadata, ShareGroupMemberMetadata, ShareGroupTargetAssignmentMetadata and
// -Member, ShareGroupCurrentMemberAssignment, ShareGroupStatePartitionMetadata (initializing, initialized).
// topic is the topic's id, a partition in a list "3:0", list items are divided by ','. What would be taken for a
// divider is percent-escaped in texts. A record without value is a tombstone.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/classic_group.h"
#include "coordinator/consumer_group.h"
#include "coordinator/share_group.h"
#include "protocol/records.h"

namespace kafkascope::coordinator {

/// What a group has committed for one partition. Kafka: OffsetAndMetadata.
struct CommittedOffset {
  protocol::Offset offset;  // next record to read
  protocol::LeaderEpoch leader_epoch;
  std::string metadata;
  std::int64_t commit_timestamp_ms = 0;
  friend bool operator==(const CommittedOffset&, const CommittedOffset&) = default;
};

struct OffsetCommitRecord {
  std::string group;
  protocol::TopicPartition partition;
  std::optional<CommittedOffset> value;  // nothing: tombstone
  std::int32_t generation = -1;          // of the member that commits; not stored
};
struct GroupMetadataMember {
  std::string member_id, group_instance_id, client_id;
  std::int32_t rebalance_timeout_ms = 0, session_timeout_ms = 0;
  protocol::Subscription subscription;  // under the chosen protocol
  std::vector<protocol::TopicPartition> assignment;
};
struct GroupMetadataValue {
  std::string protocol_type, protocol, leader;
  std::int32_t generation = 0;
  std::int64_t state_timestamp_ms = -1;
  std::vector<GroupMetadataMember> members;
};
struct GroupMetadataRecord {
  std::string group;
  std::optional<GroupMetadataValue> value;  // nothing: tombstone
};

// Of the newer protocol. Without a value: tombstones.
using ConsumerGroupMetadataRecord = ModernGroupMetadataRecord<ConsumerGroup>;
struct ConsumerGroupMemberMetadataRecord {
  using Group = ConsumerGroup;
  struct Value {
    std::string instance_id, client_id, server_assignor;
    std::int32_t rebalance_timeout_ms = -1;
    std::vector<std::string> subscribed_topic_names;
    std::string subscribed_topic_regex, rack_id;
    std::optional<ConsumerGroupMember::Classic> classic;
  };
  std::string group, member;
  std::optional<Value> value;
};
using ConsumerGroupTargetAssignmentMetadataRecord = ModernGroupTargetAssignmentMetadataRecord<ConsumerGroup>;
using ConsumerGroupTargetAssignmentMemberRecord = ModernGroupTargetAssignmentMemberRecord<ConsumerGroup>;
struct ConsumerGroupCurrentMemberAssignmentRecord {
  using Group = ConsumerGroup;
  struct Value {
    std::int32_t member_epoch = 0, previous_member_epoch = -1;
    MemberState state = MemberState::Stable;
    Partitions assigned, pending_revocation;
  };
  std::string group, member;
  std::optional<Value> value;
};
struct ConsumerGroupRegularExpressionRecord {
  using Group = ConsumerGroup;
  std::string group, regex;
  std::optional<ResolvedRegex> value;
};
using CoordinatorRecord =
    std::variant<OffsetCommitRecord, GroupMetadataRecord, ConsumerGroupMetadataRecord,
                 ConsumerGroupMemberMetadataRecord, ConsumerGroupTargetAssignmentMetadataRecord,
                 ConsumerGroupTargetAssignmentMemberRecord, ConsumerGroupCurrentMemberAssignmentRecord,
                 ConsumerGroupRegularExpressionRecord, ShareGroupMetadataRecord, ShareGroupMemberMetadataRecord,
                 ShareGroupTargetAssignmentMetadataRecord, ShareGroupTargetAssignmentMemberRecord,
                 ShareGroupCurrentMemberAssignmentRecord, ShareGroupStatePartitionMetadataRecord>;

protocol::Record encode(const CoordinatorRecord& record, std::int64_t timestamp_ms);
/// Nothing: not one of ours (Kafka logs and skips it).
std::optional<CoordinatorRecord> decode(const protocol::RecordView& record);

// consumer_group_records.cpp
void encode_consumer_group_record(const CoordinatorRecord& record, protocol::Record& out);
std::optional<CoordinatorRecord> decode_consumer_group_record(const protocol::RecordView& record);
ConsumerGroupMemberMetadataRecord member_metadata_record(const std::string& group, const ConsumerGroupMember& member);
ConsumerGroupCurrentMemberAssignmentRecord current_assignment_record(const std::string& group,
                                                                     const ConsumerGroupMember& member);

// share_group_records.cpp
void encode_share_group_record(const CoordinatorRecord& record, protocol::Record& out);
std::optional<CoordinatorRecord> decode_share_group_record(const protocol::RecordView& record);

/// The group as it is now, with these assignments (by member id) in place of its members'.
GroupMetadataRecord metadata_record(const ClassicGroup& group,
                                    const std::map<std::string, std::vector<protocol::TopicPartition>>& assignments,
                                    std::int64_t state_timestamp_ms);

}  // namespace kafkascope::coordinator
