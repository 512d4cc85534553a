// The group coordinator of one broker: all groups, classic and newer, whose partition of __consumer_offsets it leads.
// Kafka: GroupCoordinatorService (4.1); what happens to the groups is Kafka's GroupMetadataManager and
// OffsetMetadataManager.
//
// It receives requests, timers and committed records, and makes each an operation on the groups of one partition
// (GroupOperation), which it passes to the class that knows the kind of group:
//   ClassicGroups       classic groups: JoinGroup, SyncGroup, Heartbeat, LeaveGroup
//   ConsumerGroups      groups of the newer protocol (KIP-848); ClassicMembers: their members of the classic protocol;
//                       GroupMigration: the conversion between both
//   ShareGroups         share groups (KIP-932); ShareGroupOffsets: administrators' requests about their start offsets
//   GroupOffsets        committed offsets; TransactionalOffsets: those committed in transactions
//   GroupDeletion       how groups of all kinds are removed
// GroupStore has the state and the views of it. CoordinatorRuntime handles partitions, batches and timers.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "coordinator/group_store.h"
#include "coordinator/share_group_offsets.h"
#include "coordinator/transactional_offsets.h"
#include "coordinator/waiting_calls.h"
#include "protocol/messages_admin.h"
#include "protocol/messages_consumer_group.h"
#include "protocol/messages_share.h"
#include "protocol/messages_share_admin.h"

namespace kafkascope::coordinator {

class GroupCoordinator final : public GroupStore {
 public:
  explicit GroupCoordinator(const protocol::Config& config) : GroupStore(config) {}

  /// This broker now leads the partition, or no longer leads it (GroupCoordinatorService.onElection, onResignation).
  void on_elected(Host& host, std::int32_t partition, protocol::LeaderEpoch epoch, const storage::PartitionLog& log) {
    schedule_load_operation(host, partition, epoch, log);
  }
  void on_resigned(Host& host, std::int32_t partition, std::optional<protocol::LeaderEpoch> epoch = {}) {
    schedule_unload_operation(host, partition, epoch);
  }

  /// Deletes the groups' offsets of that topic.
  void on_topic_deleted(Host& host, protocol::TopicId topic);
  /// All state was in memory; the log has the durable part.
  void on_death();

  // ---- requests: group_coordinator_requests.cpp
  void handle(Host& host, RequestHandle request, const protocol::JoinGroupRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::SyncGroupRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::HeartbeatRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::LeaveGroupRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::ConsumerGroupHeartbeatRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::ConsumerGroupDescribeRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::ShareGroupHeartbeatRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::ShareGroupDescribeRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::DescribeShareGroupOffsetsRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::AlterShareGroupOffsetsRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::DeleteShareGroupOffsetsRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::OffsetCommitRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::OffsetFetchRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::OffsetDeleteRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::DeleteGroupsRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::TxnOffsetCommitRequest& r);
  /// The answer to Host::start_transaction_verification.
  void on_transaction_verified(Host& host, std::uint64_t call, const TransactionVerified& verified);
  /// Writes a transaction's marker into that partition; Host::on_transaction_completed(call) is called when it is done.
  void complete_transaction(Host& host, std::int32_t partition, const protocol::WritableTxnMarker& marker,
                            std::uint64_t call);

  // ---- answers of the share coordinator
  void on_share_state_initialized(Host& host, const std::string& group_id, protocol::TopicPartition tp,
                                  protocol::ErrorCode error);
  /// The share coordinator's answer for one partition of a call. Only the answer to Host::read_share_state_summary has
  /// more than an error.
  void on_share_call_answer(Host& host, std::uint64_t call, protocol::TopicPartition tp,
                            const protocol::ReadShareGroupStateSummaryResponse& answer);
  /// The number of requests about start offsets that wait for the share coordinator.
  std::size_t waiting_share_calls() const { return share_calls_.size(); }

 private:
  using Shard = GroupCoordinatorShard;

  // Called by CoordinatorRuntime.
  void on_loaded(Host& host, Shard& shard) override;
  void on_unloaded(Host& host, Shard& shard) override;
  void on_timeout(Host& host, Shard& shard, const TimerKey& key) override;
  void complete(Host& host, Shard& shard, GroupEvent event, protocol::ErrorCode append_error) override;
  void on_committed(Host& host, Shard& shard, GroupDelta& delta, bool loaded) override;
  void revert(Host& host, Shard& shard, GroupDelta& failed) override;
  void on_reverted(Host& host, Shard& shard, GroupDelta& failed) override;

  /// Runs operation(GroupOperation&) on the group's partition. Returns the error if this broker does not coordinate the
  /// group, or has not loaded it yet.
  template <class Operation>
  protocol::ErrorCode operate(Host& host, std::string_view group_id, Operation&& operation);
  /// The same for a request about a share group.
  template <class Operation>
  protocol::ErrorCode operate_on_share_group(Host& host, const std::string& group_id, Operation&& operation);
  /// The same for a request of a classic member: runs act(members) with the class that serves the group's protocol,
  /// ClassicGroups or ClassicMembers.
  template <class Act>
  protocol::ErrorCode operate_on_classic_member(Host& host, const std::string& group_id, Act&& act);
  void commit_in_transaction(Host& host, const TxnOffsetCommit& commit, const TransactionVerified& verified);

  WaitingCalls<TxnOffsetCommit> txn_commits_;  // commits that wait until their transaction is verified
  ShareCalls share_calls_;
};

}  // namespace kafkascope::coordinator
