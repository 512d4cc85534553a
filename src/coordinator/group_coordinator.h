// The group coordinator of one broker: all groups, classic and newer, whose partition of __consumer_offsets it leads.
// Kafka: GroupCoordinatorService, GroupMetadataManager, OffsetMetadataManager (4.1).
//
// CoordinatorRuntime handles partitions, batches and timers.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/coordinator_runtime.h"
#include "coordinator/group_coordinator_shard.h"
#include "protocol/messages_admin.h"
#include "protocol/messages_consumer_group.h"
#include "protocol/messages_share.h"
#include "protocol/messages_share_admin.h"
#include "protocol/reasons.h"

namespace kafkascope::protocol {
class Config;
}  // namespace kafkascope::protocol

namespace kafkascope::coordinator {

/// A member that never received a JoinGroup response is removed after this time (KAFKA-7610).
inline constexpr std::int64_t kNewMemberJoinTimeoutMs = 300000;

/// group_regex.cpp. Whether the coordinator can resolve the expression; if not, the error is
/// INVALID_REGULAR_EXPRESSION.
bool is_valid_regex(const std::string& expression);
/// consumer_group_heartbeat.cpp. A hash of the group's topics as they are now: if it changes, a new target is computed
/// (KIP-1101).
std::uint64_t metadata_hash_of(const ConsumerGroup& group, const protocol::MetadataImage& image);
/// The same for share groups; share_group_heartbeat.cpp.
std::uint64_t metadata_hash_of(const ShareGroup& group, const protocol::MetadataImage& image);

class GroupCoordinator final : public CoordinatorRuntime<GroupCoordinatorShard> {
 public:
  explicit GroupCoordinator(const protocol::Config& config);
  // Defined in the source file: they are long, and many files copy worlds.
  GroupCoordinator(const GroupCoordinator&);
  GroupCoordinator(GroupCoordinator&&) noexcept;
  GroupCoordinator& operator=(const GroupCoordinator&);
  GroupCoordinator& operator=(GroupCoordinator&&) noexcept;
  ~GroupCoordinator();

  /// This broker now leads the partition, or no longer leads it (GroupCoordinatorService.onElection, onResignation).
  void on_elected(Host& host, std::int32_t partition, protocol::LeaderEpoch epoch, const storage::PartitionLog& log) {
    schedule_load_operation(host, partition, epoch, log);
  }
  void on_resigned(Host& host, std::int32_t partition, std::optional<protocol::LeaderEpoch> epoch = {}) {
    schedule_unload_operation(host, partition, epoch);
  }

  /// Deletes the groups' offsets of that topic (OffsetMetadataManager.onPartitionsDeleted).
  void on_topic_deleted(Host& host, protocol::TopicId topic);

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

  void on_share_state_initialized(Host& host, const std::string& group_id, protocol::TopicPartition tp,
                                  protocol::ErrorCode error);
  /// The share coordinator's answer for one partition of a call. Only the answer to Host::read_share_state_summary has
  /// more than an error.
  void on_share_call_answer(Host& host, std::uint64_t call, protocol::TopicPartition tp,
                            const protocol::ReadShareGroupStateSummaryResponse& answer);
  /// All state was in memory; the log has the durable part.
  void on_death();
  /// The number of requests about start offsets that wait for the share coordinator.
  std::size_t waiting_share_calls() const { return share_calls_.size(); }

  // ---- views ----
  /// By partition, then by id.
  std::vector<const ClassicGroup*> groups() const;
  /// nullptr: this broker does not coordinate the group.
  const ClassicGroup* group(std::string_view group_id) const;
  /// Groups of the newer protocol, in the same order.
  std::vector<const ConsumerGroup*> consumer_groups() const;
  const ConsumerGroup* consumer_group(std::string_view group_id) const;
  /// Share groups, in the same order.
  std::vector<const ShareGroup*> share_groups() const;
  const ShareGroup* share_group(std::string_view group_id) const;
  /// Committed (durable) offsets; nullptr: none.
  const OffsetMap* offsets(std::string_view group_id) const;
  /// The group's partition of __consumer_offsets; -1: not on this broker.
  std::int32_t partition_of(std::string_view group_id) const;

  struct TimerView {
    sim::Instant due;
    sim::Duration total;
  };
  std::optional<TimerView> session_timer(std::string_view group_id, std::string_view member_id) const;
  /// How long the rebalance waits for members (initial delay or rebalance timeout). With a member: how long a classic
  /// member in a group of the newer protocol has to join again.
  std::optional<TimerView> join_timer(std::string_view group_id, std::string_view member_id = {}) const;
  /// How long the coordinator waits for SyncGroups.
  std::optional<TimerView> sync_timer(std::string_view group_id) const;
  /// How long a member of the newer protocol has to revoke the partitions that it was asked to.
  std::optional<TimerView> revocation_timer(std::string_view group_id, std::string_view member_id) const;
  /// The name of the assignor that computes the group's targets.
  std::string assignor_of(const ConsumerGroup& group) const {
    return group.empty() || consumer_assignors_.empty() ? std::string()
                                                        : group.preferred_assignor(consumer_assignors_.front());
  }
  std::int64_t consumer_session_timeout_ms() const { return consumer_session_ms_; }
  std::int64_t share_session_timeout_ms() const { return share_session_ms_; }
  using StateCounts = GroupCoordinatorShard::StateCounts;
  /// By state, as the metrics report them: counted when a partition is loaded and then once a minute; before 4.x the
  /// current counts.
  StateCounts counted_groups(sim::Instant now) const;
  /// The number of offsets in all groups and partitions.
  std::int64_t offset_count() const;
  /// Groups of the newer protocol, by current state.
  using ConsumerStateCounts = std::array<std::int64_t, kConsumerGroupStates>;
  ConsumerStateCounts consumer_group_states() const;
  /// The values of Kafka's sensors of the same names since this process started (GroupCoordinatorMetrics).
  struct Counters {
    std::int64_t offset_commits = 0, offset_expirations = 0, offset_deletions = 0;
    std::int64_t completed_rebalances = 0;  // classic groups: the leader's assignment was stored
    std::int64_t consumer_rebalances = 0;   // the group epoch has risen, except because a member left
    std::int64_t share_rebalances = 0;      // the same for share groups
    friend bool operator==(const Counters&, const Counters&) = default;
  };
  const Counters& counters() const { return counters_; }

 private:
  using Shard = GroupCoordinatorShard;
  using Records = std::vector<CoordinatorRecord>;

  // group_coordinator.cpp: called by CoordinatorRuntime
  void on_loaded(Host& host, Shard& shard) override;
  void on_unloaded(Host& host, Shard& shard) override;
  void on_timeout(Host& host, Shard& shard, const TimerKey& key) override;
  // group_writes.cpp: called by CoordinatorRuntime
  void complete(Host& host, Shard& shard, GroupEvent event, protocol::ErrorCode append_error) override;
  void on_committed(Host& host, Shard& shard, GroupDelta& delta, bool loaded) override;
  void revert(Host& host, Shard& shard, GroupDelta& failed) override;
  void on_reverted(Host& host, Shard& shard, GroupDelta& failed) override;

  // group_coordinator.cpp: lookup, states
  /// nullptr: this broker does not coordinate the group.
  Shard* shard_for(Host& host, std::string_view group_id) { return find_shard(partition_for(host, group_id)); }
  const Shard* shard_of(std::string_view group_id) const;
  /// The committed state of the group; nullptr: there is none.
  const ConsumerGroup* committed_consumer_group(const Shard& shard, const std::string& id) const;
  const ShareGroup* committed_share_group(const Shard& shard, const std::string& id) const;
  ClassicGroup* find_group(Shard& shard, std::string_view group_id);
  void set_state(Host& host, ClassicGroup& group, GroupState next, GroupCause cause);
  /// Called before a group is created, removed or changes its state: records the counts at the last whole minute.
  void count_if_due(sim::Instant now);
  std::optional<TimerView> timer_view(TimerKind kind, std::string_view group_id, std::string_view member_id) const;

  // group_join.cpp
  void join_new_member(Host& host, Shard& shard, ClassicGroup& group, RequestHandle request,
                       const protocol::JoinGroupRequest& r);
  void join_existing_member(Host& host, Shard& shard, ClassicGroup& group, RequestHandle request,
                            const protocol::JoinGroupRequest& r);
  void join_returning_static_member(Host& host, Shard& shard, ClassicGroup& group, RequestHandle request,
                                    const protocol::JoinGroupRequest& r, const std::string& new_id);
  bool accepts(const ClassicGroup& group, std::string_view member_id) const;
  void on_static_replaced(Host& host, Shard& shard, const StaticReplaced& step, protocol::ErrorCode error);
  void add_member(Host& host, Shard& shard, ClassicGroup& group, RequestHandle request,
                  const protocol::JoinGroupRequest& r, const std::string& member_id);
  void update_member(Host& host, Shard& shard, ClassicGroup& group, ClassicGroupMember& member, RequestHandle request,
                     const protocol::JoinGroupRequest& r, GroupCause cause);
  void park_join(Host& host, ClassicGroupMember& member, RequestHandle request, const protocol::JoinGroupRequest& r);
  std::string make_member_id(Host& host, const protocol::JoinGroupRequest& r);

  // group_rebalance.cpp
  void prepare_rebalance(Host& host, Shard& shard, ClassicGroup& group, GroupCause cause);
  void rebalance_or_complete_join(Host& host, Shard& shard, ClassicGroup& group, GroupCause cause);
  void maybe_complete_join(Host& host, Shard& shard, ClassicGroup& group);
  void complete_join(Host& host, Shard& shard, ClassicGroup& group);
  void on_join_timer(Host& host, Shard& shard, ClassicGroup& group);
  void on_sync_timer(Host& host, Shard& shard, ClassicGroup& group);
  void on_session_timer(Host& host, Shard& shard, ClassicGroup& group, const std::string& member_id);
  void drop_member(Host& host, Shard& shard, ClassicGroup& group, const std::string& member_id,
                   const GroupCause& cause);
  void schedule_join(Host& host, Shard& shard, const ClassicGroup& group, std::int64_t delay_ms);
  void restart_session(Host& host, Shard& shard, const ClassicGroup& group, const ClassicGroupMember& member);
  void cancel_session(Host& host, Shard& shard, const ClassicGroup& group, const std::string& member_id);
  void finish_join(Host& host, ClassicGroupMember& member, protocol::JoinGroupResponse response);
  void finish_sync(Host& host, ClassicGroupMember& member, protocol::SyncGroupResponse response);
  /// The time at which the group entered its state, by this broker's clock.
  std::int64_t state_timestamp_ms(Host& host, const ClassicGroup& group) const;

  // group_sync.cpp
  void on_assignment_stored(Host& host, Shard& shard, const AssignmentStored& step, protocol::ErrorCode error);
  void propagate_assignment(Host& host, Shard& shard, ClassicGroup& group, protocol::ErrorCode error);

  // modern_groups.h: shared by groups of both newer kinds
  /// Applies the record and adds it to `records`.
  template <class OfGroup>
  void apply(Host& host, Shard& shard, Records& records, const std::string& id, OfGroup record);
  template <class Group>
  void update_state(Host& host, Group& group);
  template <class Group>
  void bump_group_epoch(Host& host, Shard& shard, Records& records, Group& group, std::uint64_t metadata_hash,
                        GroupCause cause);
  template <class Group>
  void update_target(Host& host, Shard& shard, Records& records, Group& group);
  template <class Group>
  void remove_member(Host& host, Shard& shard, Records& records, Group& group, const std::string& member_id,
                     const GroupCause& cause);
  /// Writes the tombstones.
  template <class Group>
  void forget_member(Host& host, Shard& shard, Records& records, const std::string& id, const std::string& member_id);
  template <class Group>
  void forget_group(Host& host, Shard& shard, Records& records, const std::string& id);
  /// The assignor's name and its result.
  using WorkedOut = std::pair<std::string, TargetAssignment>;
  WorkedOut work_out(const ConsumerGroup& group, const AssignorSpec& spec, const protocol::MetadataImage& image) const;
  WorkedOut work_out(const ShareGroup& group, const AssignorSpec& spec, const protocol::MetadataImage& image) const;

  // consumer_group_heartbeat.cpp: the newer protocol (KIP-848)
  void consumer_group_heartbeat(Host& host, Shard& shard, RequestHandle request,
                                const protocol::ConsumerGroupHeartbeatRequest& r);
  /// The member at the start of a request: known, new, or in the place of its static predecessor.
  struct Admitted {
    ConsumerGroupMember member;
    bool fresh = false, joined = false;  // joined: the member is fresh, or has taken another's place
  };
  Admitted admit_member(Host& host, Shard& shard, Records& records, ConsumerGroup& group, const std::string& member_id,
                        const std::string& instance_id);
  /// `member`: the member as the request changes it. Updates the group epoch and the target, and takes the member's
  /// next step.
  const ConsumerGroupMember& settle_member(Host& host, Shard& shard, Records& records, ConsumerGroup& group,
                                           const Admitted& was, ConsumerGroupMember member,
                                           const std::optional<Partitions>& owned);
  void consumer_group_leave(Host& host, Shard& shard, RequestHandle request,
                            const protocol::ConsumerGroupHeartbeatRequest& r, const ConsumerGroupMember& member);
  void fence_consumer_member(Host& host, Shard& shard, Records& records, ConsumerGroup& group,
                             const std::string& member_id, const GroupCause& cause);
  void restart_consumer_session(Host& host, const Shard& shard, const std::string& group,
                                const ConsumerGroupMember& member);
  void on_consumer_member_timer(Host& host, Shard& shard, ConsumerGroup& group, const std::string& member_id,
                                const GroupCause& cause);
  void remove_consumer_group(Host& host, Shard& shard, const std::string& id, Records& tombstones);

  // group_regex.cpp: subscriptions by regular expression
  bool regex_changes_subscription(Host& host, Shard& shard, Records& records, ConsumerGroup& group,
                                  const ConsumerGroupMember& before, const ConsumerGroupMember& after);
  void resolve_regexes_if_due(Host& host, Shard& shard, ConsumerGroup& group);
  void forget_unused_regexes(Host& host, Shard& shard, Records& records, ConsumerGroup& group);

  // group_migration.cpp: conversion between the protocols while the group has members (group.consumer.migration.policy)
  bool can_upgrade(const ClassicGroup& group) const;
  bool can_downgrade(const ConsumerGroup& group, std::size_t members_then) const;
  /// Returns the classic group as it was, in case the records cannot be appended.
  ClassicGroup convert_to_consumer_group(Host& host, Shard& shard, Records& records, ClassicGroup& group);
  /// Converts without the member `leaving` ("": all members stay), and removes the consumer group.
  void convert_to_classic_group(Host& host, Shard& shard, Records& records, ConsumerGroup& group,
                                const std::string& leaving);
  void classic_join(Host& host, Shard& shard, RequestHandle request, ConsumerGroup& group,
                    const protocol::JoinGroupRequest& r);
  void classic_sync(Host& host, Shard& shard, RequestHandle request, ConsumerGroup& group,
                    const protocol::SyncGroupRequest& r);
  void classic_heartbeat(Host& host, Shard& shard, RequestHandle request, ConsumerGroup& group,
                         const protocol::HeartbeatRequest& r);
  void classic_leave(Host& host, Shard& shard, RequestHandle request, ConsumerGroup& group,
                     const protocol::LeaveGroupRequest& r);
  void await_rejoin(Host& host, Shard& shard, const ConsumerGroup& group, const ConsumerGroupMember& member);
  // share_group_heartbeat.cpp: share groups (KIP-932)
  bool share_groups_enabled(Host& host) const;
  /// The group's own value, or the broker's.
  std::int64_t group_setting(Host& host, const std::string& group, const std::string& key,
                             std::int64_t otherwise) const;
  void share_group_heartbeat(Host& host, Shard& shard, RequestHandle request,
                             const protocol::ShareGroupHeartbeatRequest& r);
  void write_state_partitions(Host& host, Shard& shard, Records& records, ShareGroup& group,
                              const Partitions& initializing, const Partitions& initialized);
  void on_share_state_wanted(Host& host, Shard& shard, const ShareStateWanted& step, protocol::ErrorCode error);
  void fence_share_member(Host& host, Shard& shard, Records& records, ShareGroup& group, const std::string& member_id,
                          const GroupCause& cause);
  void on_share_session_timer(Host& host, Shard& shard, ShareGroup& group, const std::string& member_id);
  void remove_share_group(Host& host, Shard& shard, const std::string& id, Records& tombstones);

  // share_group_offsets.cpp: administrative requests
  /// A request about start offsets that waits for the share coordinator.
  struct ShareCall {
    RequestHandle request = 0;
    std::string group;
    protocol::Body response;                                                  // its rows, filled in as answers arrive
    std::vector<std::pair<protocol::TopicPartition, protocol::Offset>> asks;  // each with its new start offset
    std::size_t awaited = 0;
  };
  protocol::ErrorCode share_group_error(Host& host, const std::string& id, Shard*& shard, bool without_members);
  void begin_share_call(Host& host, Shard& shard, RequestHandle request, const std::string& group, ShareCall call,
                        Records records);
  void on_share_call_ready(Host& host, std::uint64_t number, protocol::ErrorCode error);
  void finish_share_call(Host& host, std::uint64_t number, protocol::ErrorCode error);

  // group_offsets.cpp
  void on_expire_timer(Host& host, Shard& shard);
  bool expire_offsets(Host& host, const Shard& shard, const ClassicGroup& group, const OffsetMap* offsets,
                      std::vector<CoordinatorRecord>& tombstones) const;
  bool expire_offsets(Host& host, const Shard& shard, const ConsumerGroup& group, const OffsetMap* offsets,
                      std::vector<CoordinatorRecord>& tombstones) const;
  void schedule_expiration(Host& host, const Shard& shard);
  /// The offsets including the uncommitted ones.
  OffsetsByGroup written_offsets(const Shard& shard) const;
  /// Tombstones for the group's committed offsets: for all partitions, or only these.
  static void delete_offsets(const Shard& shard, const OffsetsByGroup& written, const std::string& group,
                             const std::vector<protocol::TopicPartition>* only,
                             std::vector<CoordinatorRecord>& tombstones);
  /// `unstable`: these partitions get an error instead of an offset.
  protocol::OffsetFetchResponse fetch_offsets(const Shard& shard, const protocol::OffsetFetchRequest& r,
                                              const std::set<protocol::TopicPartition>& unstable) const;
  /// Offsets of the group's open transactions.
  static OffsetMap pending_offsets(const Shard& shard, std::string_view group);
  static std::set<protocol::TopicPartition> pending_partitions(const Shard& shard, std::string_view group);

  // transactional_offsets.cpp
  struct TxnOffsetCommit {
    RequestHandle request = 0;
    protocol::TxnOffsetCommitRequest body;      // without the partitions that do not exist
    protocol::TxnOffsetCommitResponse refused;  // rows for partitions that do not exist
  };
  void refuse(Host& host, const TxnOffsetCommit& commit, protocol::ErrorCode error);
  void commit_in_transaction(Host& host, TxnOffsetCommit commit, const TransactionVerified& verified);
  protocol::ErrorCode validate_transactional_offset_commit(Shard& shard, const protocol::TxnOffsetCommitRequest& r);

  // group_writes.cpp: writing records
  /// Gathers the records, which have been applied; `event`, if there is one, is completed when they are committed.
  /// Without records, it is completed when the last pending records are.
  void write(Host& host, Shard& shard, Records records, std::optional<GroupEvent> event);
  /// In 2.5 the response does not wait for other writes.
  void reply_after_writes(Host& host, Shard& shard, Answer answer) {
    if (v4_) write(host, shard, {}, std::move(answer));
    else reply(host, std::move(answer), protocol::ErrorCode::NONE);
  }
  /// Removes the group at once; the caller writes the tombstone.
  ClassicGroup delete_group(Host& host, Shard& shard, const std::string& id, fact::GroupReason reason);
  /// Notes groups whose tombstones are in the open batch.
  void note_deleted(Host& host, Shard& shard, std::vector<ClassicGroup> deleted);
  void remove_created_group(Host& host, Shard& shard, const std::string& group_id, protocol::ErrorCode error);

  // Configuration, read once.
  std::int64_t initial_delay_ms_;
  std::int64_t min_session_timeout_ms_;
  std::int64_t max_session_timeout_ms_;
  std::int64_t max_size_;
  std::int64_t metadata_max_bytes_;
  std::int64_t retention_ms_;
  std::int64_t retention_check_ms_;
  std::int64_t consumer_session_ms_ = 0, consumer_heartbeat_ms_ = 0, consumer_max_size_ = 0;
  std::int64_t share_session_ms_ = 0, share_heartbeat_ms_ = 0, share_max_size_ = 0;
  std::vector<std::string> consumer_assignors_;  // the first is the default
  bool upgrades_ = false, downgrades_ = false;   // group.consumer.migration.policy
  bool v4_;  // false: 2.5: no linger, no pending-sync timer (KAFKA-12890), no skip_assignment (KIP-814)

  std::map<std::uint64_t, TxnOffsetCommit> txn_commits_;  // commits that wait until their transaction is verified
  std::uint64_t next_txn_commit_ = 1;
  std::map<std::uint64_t, ShareCall> share_calls_;
  std::uint64_t next_share_call_ = 1;
  Counters counters_;
};

}  // namespace kafkascope::coordinator
