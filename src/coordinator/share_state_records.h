// The records of __share_group_state, with Kafka's names (share-coordinator's generated classes, 4.1): the state of
// share groups' records that partition leaders have stored.
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
  /// The text whose hash selects the partition of __share_group_state; topics are numbers here and uuids in Kafka.
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
  protocol::LeaderEpoch leader_epoch;  // -1: unchanged; the same for start_offset
  protocol::Offset start_offset;
  std::vector<protocol::ShareStateBatch> batches;
  KAFKASCOPE_FIELDS(snapshot_epoch, leader_epoch, start_offset, batches)
};
/// A ShareSnapshot without value: the state was deleted. A ShareUpdate always has a value.
using ShareSnapshotRecord = TypedRecord<ShareSnapshotKey, ShareSnapshotValue>;
using ShareUpdateRecord = TypedRecord<ShareUpdateKey, ShareUpdateValue>;
using ShareStateRecord = std::variant<ShareSnapshotRecord, ShareUpdateRecord>;

}  // namespace kafkascope::coordinator
