// The records of __share_group_state by Kafka's names (share-coordinator's generated classes, 4.1): what leaders of partitions have stored
// about share groups' records.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/typed_record.h"
#include "protocol/ids.h"
#include "protocol/messages_share.h"
#include "protocol/records.h"

namespace kafkascope::coordinator {

/// A group's view of one partition. Kafka: SharePartitionKey.
struct SharePartitionKey {
  std::string group;
  protocol::TopicPartition partition;
  /// What is hashed to find its partition of __share_group_state; topics are numbers here, Kafka has their uuids.
  std::string text() const {
    return group + ":" + std::to_string(partition.topic) + ":" + std::to_string(partition.partition);
  }
  friend std::strong_ordering operator<=>(const SharePartitionKey&, const SharePartitionKey&) = default;
};

struct ShareSnapshotKey : SharePartitionKey {
  static constexpr RecordType kType = 0;
  static constexpr std::string_view kName = "ShareSnapshot";
  KAFKASCOPE_FIELDS(group, partition)
};
struct ShareSnapshotValue {
  static constexpr bool kFlexible = true;
  static constexpr std::int64_t kFieldsNotKept = 8 + 8;  // createTimestamp, writeTimestamp
  std::int32_t snapshot_epoch = 0, state_epoch = 0;
  protocol::LeaderEpoch leader_epoch;
  protocol::Offset start_offset;
  std::vector<protocol::ShareStateBatch> batches;
  KAFKASCOPE_FIELDS(snapshot_epoch, state_epoch, leader_epoch, start_offset, batches)
};
struct ShareUpdateKey : SharePartitionKey {
  static constexpr RecordType kType = 1;
  static constexpr std::string_view kName = "ShareUpdate";
  KAFKASCOPE_FIELDS(group, partition)
};
struct ShareUpdateValue {
  static constexpr bool kFlexible = true;
  std::int32_t snapshot_epoch = 0;
  protocol::LeaderEpoch leader_epoch;  // -1: as it was; start_offset likewise
  protocol::Offset start_offset;
  std::vector<protocol::ShareStateBatch> batches;
  KAFKASCOPE_FIELDS(snapshot_epoch, leader_epoch, start_offset, batches)
};
/// A ShareSnapshot without value: forgotten. A ShareUpdate always has one.
using ShareSnapshotRecord = TypedRecord<ShareSnapshotKey, ShareSnapshotValue>;
using ShareUpdateRecord = TypedRecord<ShareUpdateKey, ShareUpdateValue>;
using ShareStateRecord = std::variant<ShareSnapshotRecord, ShareUpdateRecord>;

}  // namespace kafkascope::coordinator
