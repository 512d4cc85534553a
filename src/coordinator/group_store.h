// What a group coordinator keeps: its configuration, its partitions with their groups and offsets (CoordinatorRuntime),
// its counters; and the views of them. Groups change only through a GroupOperation.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/group_coordinator_config.h"
#include "coordinator/group_coordinator_shard.h"

namespace kafkascope::coordinator {

class GroupStore : public CoordinatorRuntime<GroupCoordinatorShard> {
 public:
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
    return group.empty() || config_.consumer_assignors.empty()
               ? std::string()
               : group.preferred_assignor(config_.consumer_assignors.front());
  }
  std::int64_t consumer_session_timeout_ms() const { return config_.consumer_session_ms; }
  std::int64_t share_session_timeout_ms() const { return config_.share_session_ms; }
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
    std::int64_t consumer_rebalances = 0;   // rises of the group epoch, except those because a member left
    std::int64_t share_rebalances = 0;      // the same for share groups
    friend bool operator==(const Counters&, const Counters&) = default;
  };
  const Counters& counters() const { return counters_; }

 protected:
  explicit GroupStore(const protocol::Config& config);
  // Defined in the source file: their code is long, and every source file that copies a World would compile it again.
  GroupStore(const GroupStore&);
  GroupStore(GroupStore&&) noexcept;
  GroupStore& operator=(const GroupStore&);
  GroupStore& operator=(GroupStore&&) noexcept;
  ~GroupStore();

  const GroupCoordinatorConfig& config() const { return config_; }
  /// Called before a group is created, removed or changes its state: records the counts at the last whole minute.
  void count_if_due(sim::Instant now);
  /// All state was in memory; the log has the durable part.
  void on_death();

 private:
  friend class GroupOperation;
  const GroupCoordinatorShard* shard_of(std::string_view group_id) const;
  std::optional<TimerView> timer_view(TimerKind kind, std::string_view group_id, std::string_view member_id) const;

  GroupCoordinatorConfig config_;
  Counters counters_;
};

}  // namespace kafkascope::coordinator
