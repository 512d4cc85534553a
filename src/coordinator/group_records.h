// The records of __consumer_offsets by Kafka's names (group-coordinator's generated classes, 4.1; 2.5 writes those of classic groups alike).
// Those of newer groups stand beside their groups: consumer_group.h, share_group.h, modern_group.h.
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
  std::string group, topic;  // its name
  protocol::TopicPartition partition;
  KAFKASCOPE_FIELDS(group, topic, partition)
  std::int64_t kafka_size(const KafkaLayout& layout) const {
    return layout.text(group.size()) + layout.text(topic.size()) + 4;
  }
};
/// Version 4, without the topic's id: clients up to 4.1 commit by name.
struct OffsetCommitValue {
  static constexpr bool kFlexible = true;
  protocol::Offset offset;  // next record to read
  protocol::LeaderEpoch leader_epoch;
  std::string metadata;
  std::int64_t commit_timestamp_ms = 0;
  KAFKASCOPE_FIELDS(offset, leader_epoch, metadata, commit_timestamp_ms)
};
struct OffsetCommitRecord : TypedRecord<OffsetCommitKey, OffsetCommitValue> {
  // Not stored:
  std::int32_t generation = -1;  // of the member that commits
  std::int64_t order = 0;        // see CommittedOffset
};
/// What a group has committed for one partition. Kafka: OffsetAndMetadata; there the key has the topic's name, and this may have its id.
struct CommittedOffset : OffsetCommitValue {
  std::string topic;
  std::int64_t order = 0;  // the later one of two records has the greater one. Kafka: recordOffset
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

/// The group as it is now, with these assignments (by member id) in place of its members'.
GroupMetadataRecord metadata_record(const ClassicGroup& group,
                                    const std::map<std::string, std::vector<protocol::TopicPartition>>& assignments,
                                    std::int64_t state_timestamp_ms);

}  // namespace kafkascope::coordinator
