// A share consumer's membership in its group: finds the coordinator, sends heartbeats, receives its partitions, leaves.
// Kafka: ShareMembershipManager, ShareHeartbeatRequestManager (4.1), KIP-932.
//
//   Unjoined --poll()--> Joining (epoch 0) --response--> Stable
// An assignment takes effect at once and is acknowledged by a heartbeat: nothing has to be revoked first. A changed
// subscription is sent with the next heartbeat that is due. A fenced member is Joining again. After
// max.poll.interval.ms without a poll() the member leaves the group; the next poll() joins again.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/metadata_cache.h"

namespace kafkascope::client {

struct ShareParts {
  ClientCore& core;
  ClientStats& stats;
};

class ShareMembership {
 public:
  enum class State : std::uint8_t { Unjoined, Joining, Stable, Leaving, Fatal };
  static constexpr std::uint32_t kFindCoordinatorPurpose = 70, kHeartbeatPurpose = 71, kLeavePurpose = 72;

  ShareMembership() = default;
  ShareMembership(const Config& config, std::string client_id);

  /// When max.poll.interval.ms ends; kNever if it does not run.
  sim::Instant poll_deadline() const { return poll_deadline_; }
  sim::Duration max_poll_interval() const { return max_poll_interval_; }
  /// `polling`: the application is inside poll(); otherwise it has been processing since `last_poll`.
  void run(Ctx& ctx, ShareParts parts, const std::set<std::string, std::less<>>& topics, bool polling,
           sim::Instant last_poll);
  /// Returns true if the response belongs to one of the membership's requests.
  bool on_completed(Ctx& ctx, ShareParts parts, const Completed& done);
  void on_connection_lost(Ctx& ctx, const ClientCore& core);
  /// Leaves the group; left() is true when that is done, or impossible.
  void leave(Ctx& ctx, ShareParts parts);
  bool left() const { return state_ == State::Unjoined || state_ == State::Fatal; }

  State state() const { return state_; }
  const std::string& group_id() const { return group_id_; }
  const std::string& member_id() const { return member_id_; }
  std::int32_t epoch() const { return epoch_; }
  /// The assigned partitions, sorted.
  const std::vector<protocol::TopicPartition>& assignment() const { return assignment_; }
  protocol::BrokerId coordinator() const {
    return coordinator_ ? kCoordinatorBase - coordinator_->id : protocol::kNoBroker;
  }
  sim::Instant heartbeat_due() const { return state_ == State::Stable ? heartbeat_due_ : sim::kNever; }
  sim::Instant next_wake(sim::Instant now) const;

 private:
  void join(Ctx& ctx);
  void find_coordinator(Ctx& ctx, ShareParts& parts);
  /// Returns true if the assignment has changed.
  bool set_assignment(Ctx& ctx, ShareParts& parts, std::vector<protocol::TopicPartition> next, bool lost);
  void retry(Ctx& ctx);
  void fail(Ctx& ctx, ShareParts& parts, protocol::ErrorCode error);

  std::string group_id_, client_id_, member_id_;
  ExponentialBackoff backoff_;
  PauseAfterSuccess pause_after_lookup_;
  sim::Duration max_poll_interval_ = sim::seconds(300);
  State state_ = State::Unjoined;
  std::int32_t epoch_ = 0;
  std::vector<protocol::TopicPartition> assignment_;
  std::optional<std::set<std::string, std::less<>>> sent_topics_;
  std::optional<ClientNode> coordinator_;
  bool lookup_in_flight_ = false, heartbeat_in_flight_ = false;
  std::uint64_t round_ = 0;  // responses of earlier rounds are ignored
  int attempts_ = 0;
  sim::Instant not_before_{0}, heartbeat_due_{0}, poll_deadline_ = sim::kNever;
};

}  // namespace kafkascope::client
