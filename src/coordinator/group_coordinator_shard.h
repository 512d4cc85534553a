// One partition of __consumer_offsets as its coordinator keeps it: its groups and offsets, and the events that wait
// until records are committed. Kafka: GroupCoordinatorShard, GroupMetadataManager, OffsetMetadataManager (4.1).
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/classic_group.h"
#include "coordinator/consumer_group.h"
#include "coordinator/coordinator_runtime.h"
#include "coordinator/group_records.h"
#include "coordinator/share_group.h"
#include "protocol/transaction_marker.h"

namespace kafkascope::coordinator {

inline constexpr std::string_view kOffsetsTopic = "__consumer_offsets";

/// The group coordinator's own timers.
struct GroupTimer {
  static constexpr TimerKind Session = 0;  // session.timeout.ms of a member or of a pending member id
  static constexpr TimerKind Join = 1;     // initial delay, or rebalance timeout while JoinGroups are awaited
  static constexpr TimerKind Sync = 2;     // the rebalance timeout while the group waits for SyncGroups
  static constexpr TimerKind Expire = 3;   // offsets.retention.check.interval.ms
  static constexpr TimerKind Revocation =
      4;  // the rebalance timeout of a member of the newer protocol that must revoke partitions
};
static_assert(GroupTimer::Revocation < RuntimeTimer::kFirst);

// ---- events that wait until the records before them are committed; besides Answer:

/// An OffsetFetch that requires stable offsets: it is answered when the wait is over.
struct FetchAnswer {
  RequestHandle request = 0;
  protocol::OffsetFetchRequest fetch;
  /// Partitions with an offset in a transaction that was open when the request arrived.
  std::set<protocol::TopicPartition> unstable;
};
/// The marker of a transaction in this partition.
struct MarkerStored {
  std::uint64_t call = 0;
};
/// The leader's SyncGroup: every member gets its assignment, or the error.
struct AssignmentStored {
  std::string group, leader;
  std::int32_t generation = -1;
  std::map<std::string, std::vector<protocol::TopicPartition>> assignments;
};
/// A static member has rejoined and keeps its place; on error the replacement is reverted.
struct StaticReplaced {
  std::string group, old_leader, old_member, new_member;
  std::vector<protocol::JoinProtocol> old_protocols;
  std::int32_t old_rebalance_timeout_ms = 0, old_session_timeout_ms = 0;
};
/// A group's first record; on error the group is removed.
struct GroupCreated {
  std::string group;
};
/// A share group's record of partitions that the share coordinator must initialize next.
struct ShareStateWanted {
  std::string group;
  Partitions partitions;
};
/// A share group's record of an administrator's request, which is carried out next.
struct ShareCallReady {
  std::uint64_t call = 0;
};
using GroupEvent = std::variant<Answer, FetchAnswer, AssignmentStored, StaticReplaced, GroupCreated, ShareStateWanted,
                                ShareCallReady, MarkerStored>;
inline bool has_deadline(const GroupEvent& event) {
  return !std::holds_alternative<GroupCreated>(event) && !std::holds_alternative<ShareStateWanted>(event) &&
         !std::holds_alternative<MarkerStored>(event);
}

using OffsetMap = std::map<protocol::TopicPartition, CommittedOffset>;
using OffsetsByGroup = std::map<std::string, OffsetMap, std::less<>>;

/// The changes of one batch.
struct GroupDelta {
  std::vector<OffsetCommitRecord> offsets;  // take effect when committed
  std::vector<ClassicGroup> deleted;        // by the batch's tombstones; restored if these cannot be appended
  Undo<std::string, ConsumerGroup> consumer_groups;
  Undo<std::string, ShareGroup> share_groups;
  Undo<protocol::ProducerId, OffsetsByGroup> pending;

  template <class Group>
  auto& undo() {
    if constexpr (std::is_same_v<Group, ConsumerGroup>) return consumer_groups;
    else return share_groups;
  }
};

struct GroupCoordinatorShard {
  using Record = CoordinatorRecord;
  using Delta = GroupDelta;
  using Event = GroupEvent;
  using StateCounts = std::array<std::int64_t, kGroupStates>;
  static constexpr std::string_view kTopic = kOffsetsTopic;
  static constexpr std::uint16_t kFirstTimerKind = 300;

  static protocol::Record encode(const Record& record, const protocol::MetadataImage& topics,
                                 std::int64_t timestamp_ms);
  static std::optional<Record> decode(const protocol::RecordView& record);
  /// An uncommitted offset is only remembered.
  void replay(Ctx& ctx, const Record& record, Delta* uncommitted);

  /// Replays a record of that producer's transaction.
  void replay_in_transaction(Ctx& ctx, const Record& record, protocol::ProducerId producer, Delta* uncommitted);
  /// The producer's pending offsets become committed offsets of the groups, or are dropped. Kafka:
  /// OffsetMetadataManager.replayEndTransactionMarker.
  void replay_end_transaction_marker(protocol::ProducerId producer, protocol::TransactionResult result,
                                     Delta* uncommitted);
  /// Returns false if the offset is older than the known one.
  bool take_offset(OffsetCommitRecord commit);
  void add_pending(protocol::ProducerId producer, OffsetCommitRecord commit, Delta* uncommitted);
  /// A tombstone also removes the pending offsets of its partition.
  void forget_pending(const std::string& group, protocol::TopicPartition partition, Delta* uncommitted);
  bool has_pending(std::string_view group, protocol::TopicPartition partition) const;
  bool has_pending(std::string_view group) const;

  void replay_consumer_record(const Record& record, sim::Instant now);
  void replay_share_record(const Record& record, sim::Instant now);
  template <class Group>
  auto& groups_of() {
    if constexpr (std::is_same_v<Group, ConsumerGroup>) return consumer_groups;
    else return share_groups;
  }
  template <class Group>
  Group* group_for_record(const std::string& id, bool make, sim::Instant now);
  /// Returns false if the record is not of a type that both kinds have.
  template <class Group>
  bool replay_modern_record(const Record& record, sim::Instant now);

  void forget_offset(const std::string& group, protocol::TopicPartition partition);
  /// Classic groups by state.
  StateCounts count() const;
  /// Whether the shard has a group or offsets with that id.
  bool knows(std::string_view group_id) const {
    return groups.find(group_id) != groups.end() || consumer_groups.find(group_id) != consumer_groups.end() ||
           offsets.find(group_id) != offsets.end() || share_groups.find(group_id) != share_groups.end();
  }

  std::int32_t partition = -1;
  std::map<std::string, ClassicGroup, std::less<>> groups;
  std::map<std::string, ConsumerGroup, std::less<>> consumer_groups;
  std::map<std::string, ShareGroup, std::less<>> share_groups;
  OffsetsByGroup offsets;
  /// Offsets written in open transactions, by producer. Kafka: pendingTransactionalOffsets.
  std::map<protocol::ProducerId, OffsetsByGroup> pending;
  std::int64_t next_order = 1;
  StateCounts counted{};  // classic groups, as of the last whole minute since the load
  sim::Instant counted_at;
};

extern template class CoordinatorRuntime<GroupCoordinatorShard>;

}  // namespace kafkascope::coordinator
