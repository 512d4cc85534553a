// The records of __share_group_state: what leaders of partitions have stored about share groups' records. Kafka: ShareSnapshotKey/Value,
// ShareUpdateKey/Value (4.1).
//
// As text:
//   key   "ShareSnapshot group=pool topic=3 partition=0"
//   value "snapshot_epoch=0 state_epoch=1 leader_epoch=2 start_offset=40 batches=40:41:2:1,42:42:0:1"
//
//   key   "ShareUpdate group=pool topic=3 partition=0"
//   value "snapshot_epoch=0 leader_epoch=2 start_offset=42 batches=..."
//
// A batch is first:last:state:delivery count. A ShareSnapshot without value: forgotten.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

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

struct ShareSnapshotRecord {
  struct Value {
    std::int32_t snapshot_epoch = 0, state_epoch = 0;
    protocol::LeaderEpoch leader_epoch;
    protocol::Offset start_offset;
    std::vector<protocol::ShareStateBatch> batches;
  };
  SharePartitionKey key;
  std::optional<Value> value;  // nothing: tombstone
};
struct ShareUpdateRecord {
  SharePartitionKey key;
  std::int32_t snapshot_epoch = 0;
  protocol::LeaderEpoch leader_epoch;  // -1: as it was; start_offset likewise
  protocol::Offset start_offset;
  std::vector<protocol::ShareStateBatch> batches;
};
using ShareStateRecord = std::variant<ShareSnapshotRecord, ShareUpdateRecord>;

protocol::Record encode(const ShareStateRecord& record, std::int64_t timestamp_ms);
/// Nothing: not one of these.
std::optional<ShareStateRecord> decode_share_state(const protocol::RecordView& record);

}  // namespace kafkascope::coordinator
