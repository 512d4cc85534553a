// The share coordinator of one broker: what the leaders of partitions have stored about share groups' records, for those keys whose
// partition of __share_group_state it leads. Kafka: ShareCoordinatorService, ShareCoordinatorShard (4.1), KIP-932.
//
// A key is a share partition: group and topic partition. Its first record is a ShareSnapshot, the next ones are ShareUpdates with what
// has changed, and after share.coordinator.snapshot.update.records.per.snapshot of them comes a snapshot again. Who writes names its
// leader epoch: an older leader is fenced.
// It knows no broker: as GroupCoordinator, requests come in, replies and records to append go out through a Host.
#pragma once
#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/group_coordinator.h"
#include "protocol/messages_share.h"

namespace kafkascope::coordinator {

inline constexpr std::string_view kShareStateTopic = "__share_group_state";

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

/// Kafka: ShareGroupOffset.
struct StoredShareState {
  struct One {
    std::int8_t state = 0;
    std::int16_t delivery_count = 0;
    friend bool operator==(const One&, const One&) = default;
  };
  std::int32_t snapshot_epoch = 0, state_epoch = 0;
  protocol::LeaderEpoch leader_epoch;
  protocol::Offset start_offset;            // -1: its leader has not chosen yet
  std::map<protocol::Offset, One> records;  // at or behind the start; what is not there is as it lies in the log
  std::int32_t updates = 0;                 // since the snapshot

  /// Of two things said of a record the one with more deliveries holds, then the later state. Kafka: PersisterStateBatchCombiner.
  void merge(protocol::Offset start, const std::vector<protocol::ShareStateBatch>& batches);
  std::vector<protocol::ShareStateBatch> batches() const;
};

class ShareCoordinator {
 public:
  explicit ShareCoordinator(const protocol::Config& config);

  void on_elected(Host& host, std::int32_t partition, const storage::PartitionLog& log);
  void on_resigned(Host& host, std::int32_t partition);
  bool owns(std::int32_t partition) const { return shards_.contains(partition); }
  void on_topic_deleted(Host& host, protocol::TopicId topic);

  void handle(Host& host, RequestHandle request, const protocol::InitializeShareGroupStateRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::ReadShareGroupStateRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::ReadShareGroupStateSummaryRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::WriteShareGroupStateRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::DeleteShareGroupStateRequest& r);

  void on_append_done(Host& host, std::uint64_t token, protocol::ErrorCode error);
  /// share.coordinator.append.linger.ms is over for that partition.
  void on_linger(Host& host, std::int32_t partition) { flush(host, partition); }
  /// How long the broker waits before it calls that.
  sim::Duration linger() const { return linger_; }
  /// Partitions that have begun to gather records since the last call: each is to be appended after the linger.
  std::vector<std::int32_t> take_lingering() { return std::exchange(lingering_, {}); }
  void on_death();

  /// Requests to write, and reads by a new leader, which write, too (share-coordinator-metrics).
  std::int64_t writes() const { return writes_; }
  /// nullptr: not here, or unknown.
  const StoredShareState* state(const SharePartitionKey& key) const;

 private:
  struct Answer {
    RequestHandle request = 0;
    protocol::Body body;
  };
  struct Batch {
    std::uint64_t token = 0;
    protocol::RecordList records;
    std::vector<Answer> answers;
    std::map<SharePartitionKey, std::optional<StoredShareState>> before;  // back to it if the append fails
  };
  struct Shard {
    std::map<SharePartitionKey, StoredShareState> states;
    std::optional<Batch> gathering;
    std::deque<Batch> in_flight;  // oldest first
  };

  Shard* shard_for(Host& host, const SharePartitionKey& key, std::int32_t& partition);
  template <class Response, class Request, class Check>
  void answer(Host& host, RequestHandle request, const Request& r, Check&& check);
  Batch& open_batch(Shard& shard, std::int32_t partition);
  void store(Host& host, Shard& shard, std::int32_t partition, const SharePartitionKey& key, std::int32_t state_epoch,
             protocol::LeaderEpoch leader_epoch, protocol::Offset start,
             const std::vector<protocol::ShareStateBatch>& batches);
  void flush(Host& host, std::int32_t partition);

  sim::Duration linger_{0};
  std::int32_t updates_per_snapshot_ = 500, partitions_ = 50;
  std::map<std::int32_t, Shard> shards_;
  std::vector<std::int32_t> lingering_;
  std::uint64_t next_token_ = 1;
  std::int64_t writes_ = 0;
};

// Its records, as text (share_state_records.cpp):
//   key "ShareSnapshot group=pool topic=3 partition=0"  value "snapshot_epoch=0 state_epoch=1 leader_epoch=2 start_offset=40
//   batches=40:41:2:1,42:42:0:1" key "ShareUpdate group=pool topic=3 partition=0"    value "snapshot_epoch=0 leader_epoch=2 start_offset=42
//   batches=..."
// A batch is first:last:state:delivery count. A ShareSnapshot without value: forgotten.
protocol::Record encode_share_snapshot(const SharePartitionKey& key, const StoredShareState& state,
                                       std::int64_t timestamp_ms);
protocol::Record encode_share_update(const SharePartitionKey& key, std::int32_t snapshot_epoch,
                                     protocol::LeaderEpoch leader_epoch, protocol::Offset start,
                                     const std::vector<protocol::ShareStateBatch>& batches, std::int64_t timestamp_ms);
protocol::Record encode_share_tombstone(const SharePartitionKey& key, std::int64_t timestamp_ms);
/// Applies it to what was known.
void replay_share_state(std::map<SharePartitionKey, StoredShareState>& states, const protocol::RecordView& record);

}  // namespace kafkascope::coordinator
