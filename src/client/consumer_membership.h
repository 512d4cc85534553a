// A consumer's membership in a group of the consumer protocol: its state, the content of its next heartbeat, and the
// handling of a response. Kafka: ConsumerMembershipManager, ConsumerHeartbeatRequestManager.HeartbeatState. Source:
// KIP-848, KIP-1082.
//
//   Unsubscribed --subscribe--> Joining --assignment received--> Reconciling --partitions revoked and assigned-->
//   Acknowledging --heartbeat that reports it--> Stable --new assignment--> Reconciling
// A member that is Fenced loses all partitions and is Joining again, with epoch 0. After max.poll.interval.ms without a
// poll() it leaves and is Stale until the next poll(). Timers and requests are in GroupMember.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/messages_consumer_group.h"
#include "sim/random.h"

namespace kafkascope::client {

class ConsumerMembership {
 public:
  enum class State : std::uint8_t { Unsubscribed, Joining, Reconciling, Acknowledging, Stable, Stale, Fatal };
  using Partitions = std::vector<protocol::TopicPartition>;  // sorted

  struct Identity {
    std::string group_id, instance_id, client_id, server_assignor;
    std::int32_t rebalance_timeout_ms = 300000;
  };
  ConsumerMembership() = default;
  explicit ConsumerMembership(Identity identity) : identity_(std::move(identity)) {}

  State state() const { return state_; }
  const std::string& member_id() const { return member_id_; }
  std::int32_t epoch() const { return epoch_; }
  /// The epoch of the last membership, even after the member has left or was fenced
  /// (AsyncKafkaConsumer.updateGroupMetadata).
  std::int32_t joined_epoch() const { return joined_epoch_; }
  /// Whether the member sends heartbeats.
  bool in_group() const {
    return state_ == State::Joining || state_ == State::Reconciling || state_ == State::Acknowledging ||
           state_ == State::Stable;
  }
  /// Whether a heartbeat is due without waiting for the interval.
  bool heartbeat_now() const { return state_ == State::Joining || state_ == State::Acknowledging; }
  bool must_reconcile() const { return state_ == State::Reconciling && current_ != target_; }

  /// The last assignment received. It is numbered, because the same partitions may be assigned again.
  struct Assignment {
    std::int64_t number = -1;  // -1: none received yet
    Partitions partitions;
    friend bool operator==(const Assignment&, const Assignment&) = default;
  };
  const Assignment& target() const { return target_; }
  const Assignment& current() const { return current_; }

  /// Joins with epoch 0. The member id is drawn once per process.
  void join(sim::Random& random);
  /// The assignment has been carried out: the next heartbeat reports it.
  void on_reconciled(Assignment assignment);
  /// The heartbeat with which the member leaves the group, temporarily if the member is static. `stale`: the member
  /// stays out until the next poll().
  protocol::ConsumerGroupHeartbeatRequest leave(bool stale);
  void on_fatal() { state_ = State::Fatal; }
  /// The content of a heartbeat sent now: all fields when joining, otherwise the fields that have changed since the
  /// last heartbeat that was not lost.
  protocol::ConsumerGroupHeartbeatRequest heartbeat(const std::set<std::string, std::less<>>& topics);
  void on_answer(const protocol::ConsumerGroupHeartbeatResponse& response);
  /// The last heartbeat got no response, or an error: the next one contains all fields.
  void on_failure() { sent_ = {}; }

 private:
  Identity identity_;
  State state_ = State::Unsubscribed;
  std::string member_id_;
  std::int32_t epoch_ = 0, joined_epoch_ = -1;
  Assignment current_, target_;
  struct Sent {
    bool rebalance_timeout = false, assignor = false;
    std::optional<std::set<std::string, std::less<>>> topics;
    std::optional<Assignment> owned;
  } sent_;
};

}  // namespace kafkascope::client
