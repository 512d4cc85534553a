// A member of a consumer group, and the commits of any consumer with a group.id. With group.protocol=consumer,
// membership is in ConsumerMembership (group_member_newer.cpp); the rest of this comment describes the classic
// protocol; group_member_join.cpp covers a rebalance from its start to the assignment. Kafka: AbstractCoordinator,
// ConsumerCoordinator, Heartbeat (KIP-62, KIP-394; KIP-345 for static members).
//
// States as in AbstractCoordinator.MemberState:
//   Unjoined --JoinGroup sent--> PreparingRebalance --answered--> CompletingRebalance --SyncGroup answered--> Stable
// From every state an error that resets the generation leads back to Unjoined, and the next join to PreparingRebalance.
// The polling thread's part (join, sync, commit before a rebalance) happens in poll(); heartbeats continue in the
// background. Eager members give up all partitions before they join. Cooperative members (KIP-429) keep their
// partitions and continue to read; after the rebalance they give up the partitions that the new assignment lacks, and
// join again so that another member can get them.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/assignors.h"
#include "client/commit_queue.h"
#include "client/consumer_membership.h"
#include "client/coordinator_lookup.h"
#include "client/subscription_state.h"
#include "client/transaction_request.h"

namespace kafkascope::client {

struct GroupOptions {
  std::string group_id, instance_id, client_id;
  sim::Duration session_timeout, heartbeat_interval, max_poll_interval, auto_commit_interval, request_timeout,
      api_timeout;
  bool auto_commit = true;
  std::vector<std::string> assignors;  // protocol names, in order of preference
  bool cooperative = false;            // all of these assignors are cooperative
  bool newer = false;                  // group.protocol=consumer (KIP-848)
  std::string remote_assignor;
  /// Behaves like 2.5 (AbstractCoordinator): sends no heartbeats before SyncGroup, accepts late responses, and also
  /// resets the member id on ILLEGAL_GENERATION.
  bool as_in_2_5 = false;
  ExponentialBackoff retry_backoff;
  static GroupOptions from(const Config& config, std::string client_id);
};

struct GroupParts {
  ClientCore& core;
  SubscriptionState& subscriptions;
  ClientStats& stats;
};

class GroupMember {
 public:
  static constexpr std::uint32_t kFindCoordinatorPurpose = 30, kJoinPurpose = 31, kSyncPurpose = 32,
                                 kHeartbeatPurpose = 33, kLeavePurpose = 34, kCommitPurpose = 35,
                                 kOffsetFetchPurpose = 36;
  enum class State : std::uint8_t { Unjoined, PreparingRebalance, CompletingRebalance, Stable };
  using CommitKind = client::CommitKind;
  struct CommitResult {
    CommitKind kind;
    std::string exception;  // empty: success
  };

  GroupMember() = default;
  explicit GroupMember(GroupOptions options) : options_(std::move(options)) {
    if (options_.newer)
      membership_.emplace(ConsumerMembership::Identity{
          options_.group_id, options_.instance_id, options_.client_id, options_.remote_assignor,
          static_cast<std::int32_t>(options_.max_poll_interval.us / 1000)});
  }
  const GroupOptions& options() const { return options_; }
  void set_auto_commit(sim::Instant now, bool on) {
    options_.auto_commit = on && has_group();
    auto_commit_due_ = now + options_.auto_commit_interval;
  }
  /// kNever: the timer does not run.
  struct Timers {
    sim::Instant poll_deadline;    // when max.poll.interval.ms ends for the records that are being processed
    sim::Instant auto_commit_due;  // the next auto commit; one that is due waits for poll()
    sim::Instant heartbeat_due;    // kNever: none will be sent
    sim::Duration heartbeat_every;
  };
  Timers timers() const;
  bool has_group() const { return !options_.group_id.empty(); }

  /// The polling thread's part: coordinator, rejoin, auto commit. Returns false until the member has joined. `thrown`:
  /// the exception that poll() throws.
  bool poll(Ctx& ctx, GroupParts parts, std::string& thrown);
  /// The part that runs at any time: heartbeats, session, commits that wait for the coordinator. `polling`: the
  /// application is inside poll(); otherwise it is processing, and max.poll.interval.ms counts from `last_poll`.
  void background(Ctx& ctx, GroupParts parts, bool polling, sim::Instant last_poll);
  bool on_completed(Ctx& ctx, GroupParts parts, const Completed& done);
  void on_connection_lost(Ctx& ctx, const ClientCore& core);

  /// Commits these offsets; take_results() returns the result.
  void commit(Ctx& ctx, GroupParts parts, CommitKind kind, Offsets offsets);
  std::vector<CommitResult> take_results() { return std::exchange(results_, {}); }
  bool commit_pending(CommitKind kind) const { return commits_.any(kind); }
  void retarget(protocol::TopicId before, protocol::TopicId now);  // see SubscriptionState::retarget
  /// Asks for the committed offsets of partitions without a position (initWithCommittedOffsetsIfNeeded).
  void fetch_committed(Ctx& ctx, GroupParts parts, const class Fetcher& fetcher, std::string& thrown);
  /// Leaves the group if this is a dynamic member that has joined. Returns false if there is nothing to leave. The
  /// request waits while a connection is being established, but not for a coordinator lookup.
  bool leave(Ctx& ctx, GroupParts parts, const std::string& reason);
  /// unsubscribe(): resets the membership as if the member had never joined.
  void forget_membership() {
    if (membership_) return;
    reset_generation(true, "consumer pro-actively leaving the group");
    join_in_flight_ = preparing_ = is_leader_ = false;
    ++join_round_;
  }
  bool leave_pending() const { return leave_pending_ || leave_unsent_.has_value(); }
  /// onLeavePrepare: the partitions are revoked; they are lost if the membership is lost or a rebalance is in progress.
  void give_up_all(Ctx& ctx, GroupParts parts);

  State state() const { return state_; }
  /// The generation; with the consumer protocol the member epoch.
  std::int32_t generation() const { return membership_ ? membership_->epoch() : generation_; }
  const std::string& member_id() const { return membership_ ? membership_->member_id() : member_id_; }
  /// For a transaction (KIP-447): the membership of the last join, even if it has been lost since then. In that case
  /// the group coordinator refuses the offsets.
  GroupMetadata metadata() const;
  /// The membership under the consumer protocol; nullptr: classic protocol.
  const ConsumerMembership* membership() const { return membership_ ? &*membership_ : nullptr; }
  /// Whether the member has joined and currently has nothing to do for the group.
  bool settled() const {
    return membership_ ? membership_->state() == ConsumerMembership::State::Stable : state_ == State::Stable;
  }
  bool fenced() const { return fenced_; }
  /// Ends a classic member's heartbeats before it leaves. Kafka: AbstractCoordinator.close, closeHeartbeatThread.
  void stop_heartbeats() { closed_ = true; }
  protocol::BrokerId coordinator() const {
    return coordinator_.known() ? kCoordinatorBase - coordinator_.node().id : protocol::kNoBroker;
  }
  sim::Instant next_wake(sim::Instant now, bool polling) const;

 private:
  /// 2.5 starts heartbeats at the SyncGroup response (AbstractCoordinator.MemberState).
  bool heartbeats() const {
    return !closed_ && (state_ == State::Stable || (state_ == State::CompletingRebalance && !options_.as_in_2_5));
  }
  void coordinator_unknown(Ctx& ctx, GroupParts& parts);
  /// ConsumerCoordinator's and AbstractCoordinator's requestRejoin; the next JoinGroup contains the reason (KIP-800).
  void rejoin(std::string why);
  void reset_generation(bool member_too, std::string why);
  void note_changes(Ctx& ctx, GroupParts& parts);
  bool lost() const { return membership_ ? membership_->epoch() <= 0 : generation_ < 0 || member_id_.empty(); }
  bool prepare_join(Ctx& ctx, GroupParts& parts);
  void give_up(Ctx& ctx, GroupParts& parts, const std::vector<protocol::TopicPartition>& partitions,
               protocol::Trace why);
  void on_assigned(Ctx& ctx, GroupParts& parts, const std::vector<protocol::TopicPartition>& assignment);
  // Defined in group_member_newer.cpp.
  void join_newer(Ctx& ctx, GroupParts& parts);
  bool poll_newer(Ctx& ctx, GroupParts& parts);
  void background_newer(Ctx& ctx, GroupParts& parts, bool polling, sim::Instant last_poll);
  void heartbeat_newer(Ctx& ctx, GroupParts& parts);
  void reconcile(Ctx& ctx, GroupParts& parts);
  void on_heartbeat_newer(Ctx& ctx, GroupParts& parts, const Completed& done);
  bool leave_newer(Ctx& ctx, GroupParts& parts, bool stale);
  sim::Instant next_wake_newer() const;

  void send_join(Ctx& ctx, GroupParts& parts);
  void send_sync(Ctx& ctx, GroupParts& parts, std::vector<protocol::MemberAssignment> assignments);
  void share_out(Ctx& ctx, GroupParts& parts, const protocol::JoinGroupResponse& join);
  void share_out_when_known(Ctx& ctx, GroupParts& parts);
  void on_joined(Ctx& ctx, GroupParts& parts, const Completed& done);
  void on_synced(Ctx& ctx, GroupParts& parts, const Completed& done);
  void on_heartbeat(Ctx& ctx, GroupParts& parts, const Completed& done);
  void on_commit(Ctx& ctx, GroupParts& parts, const Completed& done);
  void on_offsets(Ctx& ctx, GroupParts& parts, const Completed& done);
  void retry_later(Ctx& ctx);
  void send_commits(Ctx& ctx, GroupParts& parts);
  void retry_commit(Ctx& ctx, GroupParts& parts, std::uint64_t id);
  void send_leave(Ctx& ctx, GroupParts& parts);
  void finish_commit(std::uint64_t id, std::string exception);

  GroupOptions options_;
  State state_ = State::Unjoined;
  CoordinatorLookup coordinator_;
  sim::Instant looks_again_{0};  // end of the wait that follows a lookup

  std::int32_t generation_ = -1;
  std::string member_id_, protocol_;
  std::int32_t joined_generation_ = -1;  // of the last completed join, kept when the membership is lost
  std::string joined_member_id_;
  std::string rejoin_reason_;
  bool rejoin_needed_ = true, join_in_flight_ = false, needs_prepare_ = true, preparing_ = false;
  bool is_leader_ = false, fenced_ = false, leave_pending_ = false, closed_ = false;
  std::uint64_t join_round_ = 0;  // number of the current join; responses to older joins are ignored
  sim::Instant join_after_{0}, prepare_deadline_{0};
  int heartbeat_attempts_ = 0;
  std::string fatal_;
  AssignableTopics assigned_by_;  // on the leader: the metadata from which it computed the assignment
  /// On the leader: the members to assign, while metadata of their topics is being fetched (updateGroupSubscription).
  struct HeldJoin {
    protocol::JoinGroupResponse join;
    int metadata_version = 0;
  };
  std::optional<HeldJoin> held_join_;
  std::optional<std::vector<protocol::TopicPartition>> synced_;  // the SyncGroup response; the next poll() handles it
  std::set<std::string, std::less<>> joined_topics_;             // the subscription with which it joined
  // StickyAssignor remembers its last assignment until the process ends.
  std::vector<protocol::TopicPartition> previous_;
  std::int32_t previous_generation_ = -1;

  struct UnsentLeave {
    ClientNode node;
    protocol::Body request;
    sim::Instant deadline;
  };
  std::optional<UnsentLeave> leave_unsent_;

  // State of the consumer protocol.
  std::optional<ConsumerMembership> membership_;
  std::optional<ConsumerMembership::Assignment> reconciling_;  // the assignment that is being carried out
  bool heartbeat_in_flight_ = false;
  sim::Instant heartbeat_backoff_until_{0};
  sim::Duration newer_interval_{0};  // heartbeat interval, set by the coordinator

  sim::Instant heartbeat_due_ = sim::kNever, session_deadline_ = sim::kNever, poll_deadline_ = sim::kNever;
  sim::Instant auto_commit_due_ = sim::kNever;
  CommitQueue commits_;
  std::vector<CommitResult> results_;
  bool offset_fetch_in_flight_ = false;
  int offset_fetch_attempts_ = 0;
  sim::Instant offset_fetch_after_{0};
};

/// Whether a rebalance is in progress: the member has joined or is about to join, and has no assignment yet.
inline bool is_rebalancing(GroupMember::State state) {
  return state == GroupMember::State::PreparingRebalance || state == GroupMember::State::CompletingRebalance;
}

}  // namespace kafkascope::client
