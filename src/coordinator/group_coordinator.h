// The group coordinator of one broker: all groups, classic and of the newer protocol, whose partition of
// __consumer_offsets it leads.
// Kafka: GroupCoordinatorService, GroupMetadataManager, OffsetMetadataManager, CoordinatorRuntime (4.1).
//
// It knows no broker: requests, timers and "your records are committed" come in; replies and records to append go out
// through its Host. A value like every role: copyable, no pointers to the host are kept.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/classic_group.h"
#include "coordinator/consumer_group.h"
#include "coordinator/group_records.h"
#include "coordinator/share_group.h"
#include "coordinator/timer_table.h"
#include "protocol/config.h"
#include "protocol/message.h"
#include "protocol/metadata_image.h"
#include "storage/partition_log.h"

namespace kafkascope::coordinator {

using Ctx = protocol::Context;

inline constexpr std::string_view kOffsetsTopic = "__consumer_offsets";
/// A JoinGroup of a member that never got an answer is given up after that long (KAFKA-7610).
inline constexpr std::int64_t kNewMemberJoinTimeoutMs = 300000;

/// What the coordinator needs from its broker.
class Host {
 public:
  virtual Ctx& ctx() = 0;
  virtual void reply(RequestHandle request, protocol::Body body) = 0;
  /// Appends to that partition of __consumer_offsets. GroupCoordinator::on_append_done(token) follows exactly once, at
  /// once (also from inside this call) or later: NONE when the high watermark has passed the batch, else why it was not
  /// taken or will never be known (NOT_LEADER_OR_FOLLOWER ...; NOT_ENOUGH_REPLICAS in 2.5 only). No time-out of the
  /// host's own: the coordinator has one.
  virtual void append(std::int32_t offsets_partition, protocol::BatchRef batch, std::uint64_t token) = 0;
  /// GroupCoordinator::on_append_done(token) follows when the high watermark has reached `end`, as after append().
  virtual void await_committed(std::int32_t offsets_partition, protocol::Offset end, std::uint64_t token) = 0;
  /// nullptr: not here any more.
  virtual const storage::PartitionLog* log(std::int32_t offsets_partition) = 0;
  virtual const protocol::MetadataImage& metadata() = 0;
  // The share coordinator is to keep state for that partition (from that offset on; -1: its leader chooses), to forget it, to say where it
  // begins. With a call GroupCoordinator::on_share_call_answer follows, without one (0) on_share_state_initialized, or nothing.
  virtual void initialize_share_state(const std::string&, protocol::TopicPartition, std::int32_t, protocol::Offset,
                                      std::uint64_t) {}
  virtual void delete_share_state(const std::string&, protocol::TopicPartition, std::uint64_t) {}
  virtual void read_share_state_summary(const std::string&, protocol::TopicPartition, std::uint64_t) {}

 protected:
  ~Host() = default;
};

/// group_regex.cpp. Can the coordinator resolve it? Else INVALID_REGULAR_EXPRESSION.
bool is_valid_regex(const std::string& expression);
/// consumer_group_heartbeat.cpp. Of a group's topics as they are now: another value makes a new target (KIP-1101).
std::uint64_t metadata_hash_of(const ConsumerGroup& group, const protocol::MetadataImage& image);
/// share_group_heartbeat.cpp. Likewise.
std::uint64_t metadata_hash_of(const ShareGroup& group, const protocol::MetadataImage& image);

/// What a client hears when an append to __consumer_offsets fails.
protocol::ErrorCode append_error_to_response_error(protocol::ErrorCode error);
/// The same answer with an error in place of success.
protocol::Body with_error(protocol::Body body, protocol::ErrorCode error);

class GroupCoordinator {
 public:
  explicit GroupCoordinator(const protocol::Config& config);
  // Defaulted in the source file: each is long, and many files copy worlds.
  GroupCoordinator(const GroupCoordinator&);
  GroupCoordinator(GroupCoordinator&&) noexcept;
  GroupCoordinator& operator=(const GroupCoordinator&);
  GroupCoordinator& operator=(GroupCoordinator&&) noexcept;
  ~GroupCoordinator();

  /// How fast a log is read when its partition is taken over; 0: in no time.
  void set_load_rate(std::int64_t bytes_per_second) { load_rate_ = bytes_per_second; }

  /// This broker leads that partition now: loads its groups and offsets; until that is done, requests are told
  /// COORDINATOR_LOAD_IN_PROGRESS. A repeated call with a later epoch changes nothing else.
  void on_elected(Host& host, std::int32_t partition, protocol::LeaderEpoch epoch, const storage::PartitionLog& log);
  /// It leads it no longer: whoever waits is told NOT_COORDINATOR.
  void on_resigned(Host& host, std::int32_t partition);

  /// Its groups' offsets of that topic go (OffsetMetadataManager.onPartitionsDeleted).
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

  /// False: not one of 300–349.
  bool on_timer(Host& host, std::uint16_t kind, std::uint64_t arg);
  void on_append_done(Host& host, std::uint64_t token, protocol::ErrorCode error);
  void on_share_state_initialized(Host& host, const std::string& group_id, protocol::TopicPartition tp,
                                  protocol::ErrorCode error);
  /// Of a call's partition; only Host::read_share_state_summary's has more than an error.
  void on_share_call_answer(Host& host, std::uint64_t call, protocol::TopicPartition tp,
                            const protocol::ReadShareGroupStateSummaryResponse& answer);
  /// Everything was in memory; the log has what counts.
  void on_death();

  // ---- views ----
  using OffsetMap = std::map<protocol::TopicPartition, CommittedOffset>;
  using OffsetsByGroup = std::map<std::string, OffsetMap, std::less<>>;
  bool owns(std::int32_t partition) const { return shards_.count(partition) != 0; }
  std::vector<std::int32_t> owned_partitions() const;
  /// By partition, then by id.
  std::vector<const ClassicGroup*> groups() const;
  /// nullptr: not coordinated here.
  const ClassicGroup* group(std::string_view group_id) const;
  /// Those of the newer protocol, likewise.
  std::vector<const ConsumerGroup*> consumer_groups() const;
  const ConsumerGroup* consumer_group(std::string_view group_id) const;
  /// Share groups, likewise.
  std::vector<const ShareGroup*> share_groups() const;
  const ShareGroup* share_group(std::string_view group_id) const;
  /// Committed (durable) offsets; nullptr: none.
  const OffsetMap* offsets(std::string_view group_id) const;
  /// The partition of __consumer_offsets the group lives in, -1: not here.
  std::int32_t partition_of(std::string_view group_id) const;

  struct TimerView {
    sim::Instant due;
    sim::Duration total;
  };
  std::optional<TimerView> session_timer(std::string_view group_id, std::string_view member_id) const;
  /// Until when the rebalance waits for members (initial delay or rebalance timeout); with a member: for a classic one in a group of the
  /// newer protocol, until when it must have joined again.
  std::optional<TimerView> join_timer(std::string_view group_id, std::string_view member_id = {}) const;
  /// Until when SyncGroups are awaited.
  std::optional<TimerView> sync_timer(std::string_view group_id) const;
  /// Until when a member of the newer protocol must have given up what it was asked for.
  std::optional<TimerView> revocation_timer(std::string_view group_id, std::string_view member_id) const;
  /// Who works out its targets.
  std::string assignor_of(const ConsumerGroup& group) const {
    return group.empty() || consumer_assignors_.empty() ? std::string()
                                                        : group.preferred_assignor(consumer_assignors_.front());
  }
  std::int64_t consumer_session_timeout_ms() const { return consumer_session_ms_; }
  std::int64_t share_session_timeout_ms() const { return share_session_ms_; }
  /// Answers that wait for the high watermark.
  int waiting_writes() const;
  using StateCounts = std::array<std::int64_t, kGroupStates>;
  /// By state, as the metrics have it: counted when a partition was loaded and once a minute from then on; before 4.x as they are now.
  StateCounts counted_groups(sim::Instant now) const;
  /// Of all groups and partitions.
  std::int64_t offset_count() const;
  /// Groups of the newer protocol as they are now.
  using ConsumerStateCounts = std::array<std::int64_t, kConsumerGroupStates>;
  ConsumerStateCounts consumer_group_states() const;
  /// What Kafka's sensors of the same names have counted since this process started (GroupCoordinatorMetrics).
  struct Counters {
    std::int64_t offset_commits = 0, offset_expirations = 0, offset_deletions = 0;
    std::int64_t completed_rebalances = 0;  // classic: a leader's assignment stored
    std::int64_t consumer_rebalances = 0;   // the newer protocol: a group epoch has risen, but not for who left
    std::int64_t share_rebalances = 0;      // likewise
    friend bool operator==(const Counters&, const Counters&) = default;
  };
  const Counters& counters() const { return counters_; }

 private:
  // What waits until the records before it are committed.
  /// An answer that is ready; on error the same kind of body with the error.
  struct Answer {
    protocol::Body body;
  };
  /// An OffsetFetch that wants stable offsets: looked up when the wait is over.
  struct FetchAnswer {
    protocol::OffsetFetchRequest request;
  };
  /// The leader's SyncGroup: everybody gets the assignment, or the error.
  struct AssignmentStored {
    std::string group, leader;
    std::int32_t generation = -1;
    std::map<std::string, std::vector<protocol::TopicPartition>> assignments;
  };
  /// A static member came back and keeps its place; on error the replacement is taken back.
  struct StaticReplaced {
    std::string group, old_leader, old_member, new_member;
    std::vector<protocol::JoinProtocol> old_protocols;
    std::int32_t old_rebalance_timeout_ms = 0, old_session_timeout_ms = 0;
  };
  /// A group's first record; on error the group is removed again.
  struct GroupCreated {
    std::string group;
  };
  /// A group's record when its last member is gone: only a warning in Kafka's log if it fails.
  struct GroupEmptied {};
  /// A share group's record of partitions that the share coordinator is to be told of.
  struct ShareStateWanted {
    std::string group;
    Partitions partitions;
  };
  /// A share group's record of what an administrator asked for: now it is done.
  struct ShareCallReady {
    std::uint64_t call = 0;
  };
  using Step = std::variant<Answer, FetchAnswer, AssignmentStored, StaticReplaced, GroupCreated, GroupEmptied,
                            ShareStateWanted, ShareCallReady>;
  struct Waiting {
    Step step;
    RequestHandle request = 0;  // Answer, FetchAnswer
    std::uint64_t number = 0;   // of its time-out
  };
  /// Records on their way: gathered for the linger, then appended, then committed.
  struct Batch {
    std::uint64_t token = 0;
    protocol::RecordList records;                                      // while gathered
    std::vector<std::pair<OffsetCommitRecord, std::int32_t>> offsets;  // take effect when committed; second: generation
    std::vector<ClassicGroup> deleted;  // by its tombstones; they are back if these cannot be appended
    std::vector<Waiting> waiting;
    std::map<std::string, std::optional<ConsumerGroup>>
        before;  // groups of the newer protocol as they were: back to it if the append fails
    std::map<std::string, std::optional<ShareGroup>> share_before;  // likewise
    bool loaded = false;  // not of this coordinator: what it found above the high watermark
  };
  /// One partition of __consumer_offsets that this broker leads. Kafka: GroupCoordinatorShard.
  struct Shard {
    std::int32_t partition = -1;
    protocol::LeaderEpoch epoch;
    bool loading = false;
    std::map<std::string, ClassicGroup, std::less<>> groups;
    std::map<std::string, ConsumerGroup, std::less<>> consumer_groups;
    std::map<std::string, ShareGroup, std::less<>> share_groups;
    OffsetsByGroup offsets;
    StateCounts counted{};  // classic groups, at the last whole minute since the load
    sim::Instant counted_at;
    std::optional<Batch> gathering;
    std::deque<Batch> in_flight;  // oldest first
  };

  // group_coordinator.cpp: finding, loading, timers
  Shard* shard_for(Host& host, std::string_view group_id);
  const Shard* shard_of(std::string_view group_id) const;
  ClassicGroup* find_group(Shard& shard, std::string_view group_id);
  static protocol::ErrorCode unavailable(const Shard* shard);
  void load(Host& host, Shard& shard, const storage::PartitionLog& log);
  static void replay(Shard& shard, const CoordinatorRecord& record, Ctx& ctx);
  void set_state(Host& host, ClassicGroup& group, GroupState next, std::string reason);
  static StateCounts count(const Shard& shard);
  /// Called before a group comes, goes or changes its state: what was at the last whole minute.
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
                     const protocol::JoinGroupRequest& r, std::string reason);
  void park_join(Host& host, ClassicGroupMember& member, RequestHandle request, const protocol::JoinGroupRequest& r);
  std::string make_member_id(Host& host, const protocol::JoinGroupRequest& r);

  // group_rebalance.cpp
  void prepare_rebalance(Host& host, Shard& shard, ClassicGroup& group, std::string reason);
  void rebalance_or_complete_join(Host& host, Shard& shard, ClassicGroup& group, std::string reason);
  void maybe_complete_join(Host& host, Shard& shard, ClassicGroup& group);
  void complete_join(Host& host, Shard& shard, ClassicGroup& group);
  void on_join_timer(Host& host, Shard& shard, ClassicGroup& group);
  void on_sync_timer(Host& host, Shard& shard, ClassicGroup& group);
  void on_session_timer(Host& host, Shard& shard, ClassicGroup& group, const std::string& member_id);
  void drop_member(Host& host, Shard& shard, ClassicGroup& group, const std::string& member_id,
                   const std::string& reason);
  void schedule_join(Host& host, Shard& shard, const ClassicGroup& group, std::int64_t delay_ms);
  void restart_session(Host& host, Shard& shard, const ClassicGroup& group, const ClassicGroupMember& member);
  void cancel_session(Host& host, Shard& shard, const ClassicGroup& group, const std::string& member_id);
  void finish_join(Host& host, ClassicGroupMember& member, protocol::JoinGroupResponse response);
  void finish_sync(Host& host, ClassicGroupMember& member, protocol::SyncGroupResponse response);
  /// When the group came into its state, by this broker's clock.
  std::int64_t state_timestamp_ms(Host& host, const ClassicGroup& group) const;

  // group_sync.cpp
  void on_assignment_stored(Host& host, Shard& shard, const AssignmentStored& step, protocol::ErrorCode error);
  void propagate_assignment(Host& host, Shard& shard, ClassicGroup& group, protocol::ErrorCode error);

  // modern_groups.h: what groups of both newer kinds do alike
  using Records = std::vector<CoordinatorRecord>;
  template <class Group>
  static auto& groups_of(Shard& shard) {
    if constexpr (std::is_same_v<Group, ConsumerGroup>) return shard.consumer_groups;
    else return shard.share_groups;
  }
  template <class Group>
  static auto& before_of(Batch& batch) {
    if constexpr (std::is_same_v<Group, ConsumerGroup>) return batch.before;
    else return batch.share_before;
  }
  template <class Group>
  static Group* group_for_record(Shard& shard, const std::string& id, bool make, sim::Instant now);
  /// False: not one that both kinds have.
  template <class Group>
  static bool replay_modern_record(Shard& shard, const CoordinatorRecord& record, sim::Instant now);
  /// Applies it, and keeps it for the log.
  template <class Record>
  void apply(Host& host, Shard& shard, Records& records, const std::string& id, Record record);
  template <class Group>
  void update_state(Host& host, Group& group);
  template <class Group>
  void bump_group_epoch(Host& host, Shard& shard, Records& records, Group& group, std::uint64_t metadata_hash,
                        std::string reason);
  template <class Group>
  void update_target(Host& host, Shard& shard, Records& records, Group& group);
  template <class Group>
  void remove_member(Host& host, Shard& shard, Records& records, Group& group, const std::string& member_id,
                     const std::string& reason);
  /// Tombstones.
  template <class Group>
  void forget_member(Host& host, Shard& shard, Records& records, const std::string& id, const std::string& member_id);
  template <class Group>
  void forget_group(Host& host, Shard& shard, Records& records, const std::string& id);
  /// The assignor's name, and what it says.
  using WorkedOut = std::pair<std::string, TargetAssignment>;
  WorkedOut work_out(const ConsumerGroup& group, const AssignorSpec& spec, const protocol::MetadataImage& image) const;
  WorkedOut work_out(const ShareGroup& group, const AssignorSpec& spec, const protocol::MetadataImage& image) const;

  // consumer_group_heartbeat.cpp: the newer protocol (KIP-848)
  static void replay_consumer_record(Shard& shard, const CoordinatorRecord& record, sim::Instant now);
  void consumer_group_heartbeat(Host& host, Shard& shard, RequestHandle request,
                                const protocol::ConsumerGroupHeartbeatRequest& r);
  /// The member as the request finds it: known, new, or in its static predecessor's place.
  struct Admitted {
    ConsumerGroupMember member;
    bool fresh = false, joined = false;  // joined: fresh, or it took a place
  };
  Admitted admit_member(Host& host, Shard& shard, Records& records, ConsumerGroup& group, const std::string& member_id,
                        const std::string& instance_id);
  /// `member`: what the request makes of it. The group epoch, the target and the member's step towards it follow.
  const ConsumerGroupMember& settle_member(Host& host, Shard& shard, Records& records, ConsumerGroup& group,
                                           const Admitted& was, ConsumerGroupMember member,
                                           const std::optional<Partitions>& owned);
  void consumer_group_leave(Host& host, Shard& shard, RequestHandle request,
                            const protocol::ConsumerGroupHeartbeatRequest& r, const ConsumerGroupMember& member);
  void fence_consumer_member(Host& host, Shard& shard, Records& records, ConsumerGroup& group,
                             const std::string& member_id, const std::string& reason);
  void restart_consumer_session(Host& host, const Shard& shard, const std::string& group,
                                const ConsumerGroupMember& member);
  void on_consumer_member_timer(Host& host, Shard& shard, ConsumerGroup& group, const std::string& member_id,
                                const std::string& reason);
  void remove_consumer_group(Host& host, Shard& shard, const std::string& id, Records& tombstones);

  // group_regex.cpp: what a regular expression subscribes to
  bool regex_changes_subscription(Host& host, Shard& shard, Records& records, ConsumerGroup& group,
                                  const ConsumerGroupMember& before, const ConsumerGroupMember& after);
  void resolve_regexes_if_due(Host& host, Shard& shard, ConsumerGroup& group);
  void forget_unused_regexes(Host& host, Shard& shard, Records& records, ConsumerGroup& group);

  // group_migration.cpp: from one protocol to the other with members (group.consumer.migration.policy)
  bool can_upgrade(const ClassicGroup& group) const;
  bool can_downgrade(const ConsumerGroup& group, std::size_t members_then) const;
  /// The classic group as it was, for when the records cannot be appended.
  ClassicGroup convert_to_consumer_group(Host& host, Shard& shard, Records& records, ClassicGroup& group);
  /// Without `leaving`, which is empty where nobody leaves. The group is gone afterwards.
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
  static void replay_share_record(Shard& shard, const CoordinatorRecord& record, sim::Instant now);
  bool share_groups_enabled(Host& host) const;
  /// The group's own, else the broker's.
  std::int64_t group_setting(Host& host, const std::string& group, const std::string& key,
                             std::int64_t otherwise) const;
  void share_group_heartbeat(Host& host, Shard& shard, RequestHandle request,
                             const protocol::ShareGroupHeartbeatRequest& r);
  void write_state_partitions(Host& host, Shard& shard, Records& records, ShareGroup& group,
                              const Partitions& initializing, const Partitions& initialized);
  void on_share_state_wanted(Host& host, Shard& shard, const ShareStateWanted& step, protocol::ErrorCode error);
  void fence_share_member(Host& host, Shard& shard, Records& records, ShareGroup& group, const std::string& member_id,
                          const std::string& reason);
  void on_share_session_timer(Host& host, Shard& shard, ShareGroup& group, const std::string& member_id);
  void remove_share_group(Host& host, Shard& shard, const std::string& id, Records& tombstones);

  // share_group_offsets.cpp: what administrators ask
  /// A request about start offsets, while the share coordinator is asked.
  struct ShareCall {
    RequestHandle request = 0;
    std::string group;
    protocol::Body response;                                                  // its rows as far as they are known
    std::vector<std::pair<protocol::TopicPartition, protocol::Offset>> asks;  // the offset: where it is to begin
    std::size_t awaited = 0;
  };
  protocol::ErrorCode share_group_error(Host& host, const std::string& id, Shard*& shard, bool without_members);
  void begin_share_call(Host& host, Shard& shard, RequestHandle request, const std::string& group, ShareCall call,
                        Records records);
  void on_share_call_ready(Host& host, std::uint64_t number, protocol::ErrorCode error);
  void finish_share_call(Host& host, std::uint64_t number, protocol::ErrorCode error);

  // group_offsets.cpp
  void on_expire_timer(Host& host, Shard& shard);
  bool expire_offsets(Host& host, const ClassicGroup& group, const OffsetMap* offsets,
                      std::vector<CoordinatorRecord>& tombstones) const;
  bool expire_offsets(Host& host, const ConsumerGroup& group, const OffsetMap* offsets,
                      std::vector<CoordinatorRecord>& tombstones) const;
  void schedule_expiration(Host& host, const Shard& shard);
  /// Tombstones for what the group has committed, for all of it or for these partitions.
  static OffsetsByGroup written_offsets(const Shard& shard);
  static void delete_offsets(const OffsetsByGroup& written, const std::string& group,
                             const std::vector<protocol::TopicPartition>* only,
                             std::vector<CoordinatorRecord>& tombstones);
  static void forget_offset(Shard& shard, const std::string& group, protocol::TopicPartition partition);
  protocol::OffsetFetchResponse fetch_offsets(const Shard& shard, const protocol::OffsetFetchRequest& r) const;

  // group_writes.cpp: the runtime
  /// Gathers the records; `waiting` follows when they are committed. Without records it follows the last ones on their
  /// way.
  void write(Host& host, Shard& shard, std::vector<CoordinatorRecord> records, Waiting waiting,
             std::int32_t generation = -1);
  Batch& open_batch(Host& host, Shard& shard);
  void revert(Host& host, Shard& shard, Batch& failed);
  /// 2.5 keeps nobody waiting for what others have written.
  void reply_after_writes(Host& host, Shard& shard, RequestHandle request, Step step) {
    Waiting waiting{std::move(step), request};
    if (v4_) write(host, shard, {}, std::move(waiting));
    else finish(host, shard, std::move(waiting), protocol::ErrorCode::NONE);
  }
  void flush_if_due(Host& host, std::int32_t partition);
  void flush(Host& host, std::int32_t partition);
  void start_write_timeout(Host& host, Shard& shard, Waiting& waiting);
  void finish(Host& host, Shard& shard, Waiting waiting, protocol::ErrorCode append_error);
  void on_write_timeout(Host& host, Shard& shard, std::uint64_t number);
  /// Gone at once, whoever asks; its tombstone is yet to be written.
  ClassicGroup delete_group(Host& host, Shard& shard, const std::string& id, std::string reason);
  /// Their tombstones are in the open batch.
  static void note_deleted(Shard& shard, std::vector<ClassicGroup> deleted);
  void restore_deleted(Host& host, Shard& shard, std::vector<ClassicGroup> deleted);
  void remove_created_group(Host& host, Shard& shard, const std::string& group_id, protocol::ErrorCode error);

  // Configuration, read once.
  std::int64_t initial_delay_ms_;
  std::int64_t min_session_timeout_ms_;
  std::int64_t max_session_timeout_ms_;
  std::int64_t max_size_;
  std::int32_t offsets_partitions_;
  std::int64_t commit_timeout_ms_;
  std::int64_t metadata_max_bytes_;
  std::int64_t linger_ms_;
  std::int64_t retention_ms_;
  std::int64_t retention_check_ms_;
  std::int64_t consumer_session_ms_ = 0, consumer_heartbeat_ms_ = 0, consumer_max_size_ = 0;
  std::int64_t share_session_ms_ = 0, share_heartbeat_ms_ = 0, share_max_size_ = 0;
  std::vector<std::string> consumer_assignors_;  // the first is the default
  bool upgrades_ = false, downgrades_ = false;   // group.consumer.migration.policy
  bool v4_;  // else 2.5: no linger, no pending-sync timer (KAFKA-12890), no skip_assignment (KIP-814)

  std::int64_t load_rate_ = 0;
  std::map<std::int32_t, Shard> shards_;
  TimerTable timers_;
  std::uint64_t next_token_ = 1;
  std::uint64_t next_waiting_ = 1;
  std::map<std::uint64_t, ShareCall> share_calls_;
  std::uint64_t next_share_call_ = 1;
  Counters counters_;
};

}  // namespace kafkascope::coordinator
