// The share coordinator of one broker: the state of share groups' records that partition leaders have stored, for the
// keys whose partition of __share_group_state it leads. Kafka: ShareCoordinatorService, ShareCoordinatorShard (4.1),
// KIP-932.
//
// A key is a share partition: group and topic partition. Its first record is a ShareSnapshot; the next ones are
// ShareUpdates with the changes. After share.coordinator.snapshot.update.records.per.snapshot updates a snapshot
// follows again. A leader that writes sends its epoch, so an older leader is fenced. CoordinatorRuntime handles
// partitions, batches and timers.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "coordinator/coordinator_runtime.h"
#include "coordinator/share_state_records.h"
#include "protocol/messages_share_admin.h"

namespace kafkascope::protocol {
class Config;
}  // namespace kafkascope::protocol

namespace kafkascope::coordinator {

inline constexpr std::string_view kShareStateTopic = "__share_group_state";

/// Kafka: ShareGroupOffset.
struct StoredShareState {
  struct One {
    std::int8_t state = 0;
    std::int16_t delivery_count = 0;
    friend bool operator==(const One&, const One&) = default;
  };
  std::int32_t snapshot_epoch = 0, state_epoch = 0;
  protocol::LeaderEpoch leader_epoch;
  protocol::Offset start_offset;            // -1: the partition's leader has not chosen one yet
  std::map<protocol::Offset, One> records;  // from the start offset on; without an entry: available
  std::int32_t updates = 0;                 // since the snapshot

  /// Of two states of the same record, the one with more deliveries wins, then the later state. Kafka:
  /// PersisterStateBatchCombiner.
  void merge(protocol::Offset start, const std::vector<protocol::ShareStateBatch>& batches);
  std::vector<protocol::ShareStateBatch> batches() const;
};

/// One partition of __share_group_state.
struct ShareCoordinatorShard {
  using Record = ShareStateRecord;
  using Delta = Undo<SharePartitionKey, StoredShareState>;
  using Event = Answer;
  static constexpr std::string_view kTopic = kShareStateTopic;
  static constexpr std::uint16_t kFirstTimerKind = 350;

  static protocol::Record encode(const Record& record, const protocol::MetadataImage& topics,
                                 std::int64_t timestamp_ms);
  static std::optional<Record> decode(const protocol::RecordView& record);
  void replay(Ctx&, const Record& record, Delta* uncommitted) {
    if (uncommitted != nullptr)
      uncommitted->keep(states, std::visit([](const auto& r) -> const SharePartitionKey& { return r; }, record));
    apply(record);
  }
  void apply(const Record& record);
  /// nullptr: never initialized, or deleted.
  const StoredShareState* find(const SharePartitionKey& key) const {
    const auto it = states.find(key);
    return it == states.end() ? nullptr : &it->second;
  }

  std::int32_t partition = -1;
  std::map<SharePartitionKey, StoredShareState> states;
};

extern template class CoordinatorRuntime<ShareCoordinatorShard>;

class ShareCoordinator final : public CoordinatorRuntime<ShareCoordinatorShard> {
 public:
  explicit ShareCoordinator(const protocol::Config& config);

  /// This broker now leads the partition, or no longer leads it (ShareCoordinatorService.onElection, onResignation).
  void on_elected(Host& host, std::int32_t partition, protocol::LeaderEpoch epoch, const storage::PartitionLog& log) {
    schedule_load_operation(host, partition, epoch, log);
  }
  void on_resigned(Host& host, std::int32_t partition, std::optional<protocol::LeaderEpoch> epoch = {}) {
    schedule_unload_operation(host, partition, epoch);
  }
  void on_topic_deleted(Host& host, protocol::TopicId topic);
  void on_death() {
    CoordinatorRuntime::on_death();
    writes_ = 0;
  }

  void handle(Host& host, RequestHandle request, const protocol::InitializeShareGroupStateRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::ReadShareGroupStateRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::ReadShareGroupStateSummaryRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::WriteShareGroupStateRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::DeleteShareGroupStateRequest& r);

  /// The number of write requests since this process started, including reads by a new leader, which also write
  /// (share-coordinator-metrics).
  std::int64_t writes() const { return writes_; }
  /// nullptr: not on this broker, or unknown.
  const StoredShareState* state(const SharePartitionKey& key) const;

 private:
  using Shard = ShareCoordinatorShard;
  void complete(Host& host, Shard&, Answer answer, protocol::ErrorCode append_error) override {
    reply(host, std::move(answer), append_error);
  }
  void revert(Host&, Shard& shard, Shard::Delta& failed) override { failed.revert(shard.states); }

  template <class Response, class Request, class Op>
  void write(Host& host, RequestHandle request, const Request& r, Op&& op);
  ShareStateRecord record_of(const SharePartitionKey& key, const StoredShareState& was, std::int32_t state_epoch,
                             protocol::LeaderEpoch leader_epoch, protocol::Offset start,
                             const std::vector<protocol::ShareStateBatch>& batches) const;

  std::int32_t updates_per_snapshot_;
  std::int64_t writes_ = 0;
};

}  // namespace kafkascope::coordinator
