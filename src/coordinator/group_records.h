// The records of __consumer_offsets, with Kafka's names (group-coordinator's generated classes, 4.1; 2.5 writes the
// same records for classic groups). The records of newer groups are declared with their groups: consumer_group.h,
// share_group.h, modern_group.h.
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
#include "coordinator/typed_record.h"
#include "protocol/records.h"

namespace kafkascope::coordinator {

struct OffsetCommitKey {
  static constexpr RecordType kType = 1;
  static constexpr std::string_view kName = "OffsetCommit";
  std::string group, topic;  // the topic's name
  protocol::TopicPartition partition;
  KAFKASCOPE_FIELDS(group, topic, partition)
  std::int64_t kafka_size(const KafkaLayout& layout) const {
    return layout.text(group.size()) + layout.text(topic.size()) + 4;
  }
};
/// Version 4, without the topic's id: clients up to 4.1 commit by name.
struct OffsetCommitValue {
  static constexpr bool kFlexible = true;
  protocol::Offset offset;  // the next record to read
  protocol::LeaderEpoch leader_epoch;
  std::string metadata;
  std::int64_t commit_timestamp_ms = 0;
  KAFKASCOPE_FIELDS(offset, leader_epoch, metadata, commit_timestamp_ms)
};
struct OffsetCommitRecord : TypedRecord<OffsetCommitKey, OffsetCommitValue> {
  // Not part of the record:
  std::int32_t generation = -1;  // of the committing member
  std::int64_t order = 0;        // see CommittedOffset
};
/// A committed offset of a group for one partition. Kafka: OffsetAndMetadata. In Kafka the key holds the topic's name,
/// and this value may hold the topic's id.
struct CommittedOffset : OffsetCommitValue {
  std::string topic;
  std::int64_t order = 0;  // of two records the later one has the greater order. Kafka: recordOffset
};
inline OffsetCommitRecord offset_tombstone(const std::string& group, protocol::TopicPartition partition,
                                           const CommittedOffset& committed) {
  return {{{group, committed.topic, partition}, std::nullopt}};
}

/// Version 3.
struct GroupMetadataMember {
  std::string member_id, group_instance_id, client_id;
  std::int32_t rebalance_timeout_ms = 0, session_timeout_ms = 0;
  protocol::Subscription subscription;  // under the chosen protocol
  Partitions assignment;
  KAFKASCOPE_FIELDS(member_id, group_instance_id, client_id, rebalance_timeout_ms, session_timeout_ms, subscription,
                    assignment)
  std::int64_t kafka_size(const KafkaLayout& layout) const;
};
struct GroupMetadataKey {
  static constexpr RecordType kType = 2;
  static constexpr std::string_view kName = "GroupMetadata";
  std::string group;
  KAFKASCOPE_FIELDS(group)
};
struct GroupMetadataValue {
  static constexpr bool kFlexible = false;
  std::string protocol_type, protocol, leader;
  std::int32_t generation = 0;
  std::int64_t state_timestamp_ms = -1;
  std::vector<GroupMetadataMember> members;
  KAFKASCOPE_FIELDS(protocol_type, generation, protocol, leader, state_timestamp_ms, members)
  std::int64_t kafka_size(const KafkaLayout& layout) const;
};
using GroupMetadataRecord = TypedRecord<GroupMetadataKey, GroupMetadataValue>;

using CoordinatorRecord =
    std::variant<OffsetCommitRecord, GroupMetadataRecord, ConsumerGroupMetadataRecord,
                 ConsumerGroupMemberMetadataRecord, ConsumerGroupTargetAssignmentMetadataRecord,
                 ConsumerGroupTargetAssignmentMemberRecord, ConsumerGroupCurrentMemberAssignmentRecord,
                 ConsumerGroupRegularExpressionRecord, ShareGroupMetadataRecord, ShareGroupMemberMetadataRecord,
                 ShareGroupTargetAssignmentMetadataRecord, ShareGroupTargetAssignmentMemberRecord,
                 ShareGroupCurrentMemberAssignmentRecord, ShareGroupStatePartitionMetadataRecord>;

ConsumerGroupMemberMetadataRecord member_metadata_record(const std::string& group, const ConsumerGroupMember& member);
ConsumerGroupCurrentMemberAssignmentRecord current_assignment_record(const std::string& group,
                                                                     const ConsumerGroupMember& member);

/// A record of the group's current state with these assignments, by member id.
GroupMetadataRecord metadata_record(const ClassicGroup& group,
                                    const std::map<std::string, std::vector<protocol::TopicPartition>>& assignments,
                                    std::int64_t state_timestamp_ms);

}  // namespace kafkascope::coordinator
